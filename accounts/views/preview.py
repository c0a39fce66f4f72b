"""The page of a verb that first shows what it would touch: asked, previewed, then confirmed with the same values."""

import hashlib
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from kam.core.views import VerbView
from kam.core.workflow import Denied


class PreviewedVerb(VerbView):
    """A verb with consequences: the first click shows them, the second one does it. Changed values are previewed again."""

    template_name = "accounts/preview_page.html"
    preview_label: Any = _("Show what it touches")

    def preview(self, values: dict[str, Any]) -> list[Any]:
        """What the verb would touch with these values, as touches."""
        raise NotImplementedError

    def refuse_early(self, values: dict[str, Any]) -> Denied | None:
        """What would be refused anyway, before a preview is shown."""
        return None

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.require(self.verb, self.record)
        form = self.form(request.POST, request.FILES)
        if not form.is_valid():
            return self.shown(form, status=422)
        print_ = self.fingerprint(form)
        if request.POST.get("seen") == print_:
            return super().post(request, *args, **kwargs)
        self.touched, self.print_ = self.preview(form.values()), print_
        return self.shown(form)

    def fingerprint(self, form: Any) -> str:
        """What was chosen, so that exactly that is confirmed."""
        chosen = sorted(
            (name, str(getattr(value, "pk", value)))
            for name, value in form.cleaned_data.items()
            if name not in {"reason", "version"}
        )
        return hashlib.sha256(repr((self.record.pk, chosen)).encode()).hexdigest()[:32]

    def context(self) -> dict[str, Any]:
        touched = getattr(self, "touched", None)
        context = super().context() | {"touched": touched, "print": getattr(self, "print_", "")}
        if touched is None:
            self.dangerous = False
            return context | {"submit_label": self.preview_label}
        return context
