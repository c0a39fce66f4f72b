"""A verb as a page: POST does it once; where a reason or values are wanted, GET asks for them first."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from kam.core.forms import Form, ReasonForm
from kam.core.verbs import VERBS
from kam.core.views.base import Page
from kam.core.views.form import CONFLICTS, differences, place_refusals
from kam.core.workflow import Denied


class VerbView(Page):
    """Do one verb on one record: name `model` and `verb`.

    `form_class` asks for values, `reason=True` for a reason (`reason_required` insists), `text` says what will happen;
    with any of them GET shows a page to confirm. The record must be the reader's (else 404) and the verb too (else 403
    with the reason). `dangerous` colours the button.
    """

    verb = ""
    form_class: Any = None
    reason = False
    reason_required = False
    text: Any = ""
    success: Any = ""
    dangerous = False
    template_name = "components/verb_page.html"
    http_method_names = ["get", "post", "head", "options"]

    @cached_property
    def record(self) -> Any:
        """The record of the address, if it is the reader's."""
        return self.record_or_404()

    def form(self, data: Any = None, files: Any = None) -> Any:
        """The form that asks before the verb is done."""
        form_class = self.form_class or (ReasonForm if self.reason or self.reason_required else Form)
        initial = self.initial()
        if hasattr(self.record, "version"):
            initial["version"] = self.record.version
        form = form_class(data, files, initial=initial, reader=self.reader, record=self.record)
        if "reason" in form.fields and self.reason_required:
            form.fields["reason"].required = True
        return form

    def initial(self) -> dict[str, Any]:
        """What the form shows at first."""
        return {}

    def act(self, form: Any) -> Any:
        """Do the verb with what the form holds; the version, where the form sent one, guards against a stale page."""
        return VERBS[self.verb].action(self.record, actor=self.reader, **form.values())

    def next_address(self, result: Any) -> str:
        """Where the reader goes afterwards."""
        return self.record.get_absolute_url()

    def message(self, result: Any) -> Any:
        """The words of the toast."""
        return self.success or _("Done: %(verb)s.") % {"verb": VERBS[self.verb].label}

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.require(self.verb, self.record)
        return self.shown(self.form())

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.require(self.verb, self.record)
        form = self.form(request.POST, request.FILES)
        if not form.is_valid():
            return self.shown(form, status=422)
        try:
            result = self.act(form)
        except Denied as denied:
            conflict = differences(self, form) if denied.code in CONFLICTS else None
            place_refusals(form, denied)
            return self.shown(form, status=denied.status if denied.status in {400, 403, 409} else 409, conflict=conflict)
        return self.answer(result)

    def answer(self, result: Any) -> HttpResponse:
        """What the reader gets after the verb is done: the next page with a toast, or a page that shows the result once."""
        return self.done(self.next_address(result), self.message(result))

    def shown(self, form: Any, status: int = 200, conflict: Any = None) -> HttpResponse:
        """The page that asks, or says why not."""
        return render(self.request, self.template_name, self.context() | {"form": form, "conflict": conflict}, status=status)

    def context(self) -> dict[str, Any]:
        return super().context() | {
            "record": self.record,
            "title": self.title or VERBS[self.verb].label,
            "text": self.text,
            "breadcrumb": [(str(self.record), self.record.get_absolute_url())],
            "submit_label": VERBS[self.verb].label,
            "cancel_address": self.record.get_absolute_url(),
        }
