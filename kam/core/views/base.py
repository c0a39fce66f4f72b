"""What every page shares: the signed-in reader, the row that is theirs or 404, the refusal that stands where it happened."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import resolve
from django.views import View

from kam.core.workflow import Denied, Refusals, not_permitted


class Signed(View):
    """A page for a signed-in person; subclasses name a model and read only through `rows()`."""

    model: Any = None
    request: Any

    @property
    def reader(self) -> Any:
        """The person who is looking."""
        return self.request.user

    @property
    def partial(self) -> bool:
        """Whether htmx asks for a part of the page only."""
        return bool(self.request.htmx) and not self.request.htmx.history_restore_request

    def rows(self) -> Any:
        """The rows that this reader may see; narrow it in a subclass, never widen it."""
        return self.model._default_manager.visible_to(self.reader)

    def record_or_404(self, pk: Any = None) -> Any:
        """The record of the address, if it is the reader's; a foreign one does not exist."""
        record = self.rows().few().filter(pk=pk if pk is not None else self.kwargs["pk"]).first()
        if record is None:
            raise Http404
        return record

    def require(self, verb: str, record: Any = None) -> None:
        """Refuse with 403 and the reason unless the reader may do this verb here (on this record, if there is one)."""
        if record is None:
            allowed = self.reader.may(verb)
        else:
            allowed = type(record)._default_manager.permitted(self.reader, verb).filter(pk=record.pk).exists()
        if not allowed:
            raise not_permitted()

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Answer, and show a refusal that nobody caught as a page (or as a message in place for htmx)."""
        try:
            return super().dispatch(request, *args, **kwargs)
        except Denied as denied:
            return self.refused(denied)

    def refused(self, denied: Denied) -> HttpResponse:
        """The refusal as an answer: its text, with its status."""
        context = {"denied": denied, "refusals": refusals_of(denied)}
        template = "components/refusal.html" if self.partial else "refused.html"
        return render(self.request, template, context, status=denied.status if denied.status in {400, 403} else 409)

    def done(self, target: str, text: Any = "") -> HttpResponse:
        """Go on to another page with a toast; htmx loads the whole page so that nothing stale stays on it."""
        if text:
            messages.success(self.request, text)
        if self.partial:
            response = HttpResponse(status=204)
            response["HX-Redirect"] = target
            return response
        return HttpResponseRedirect(target)


class Page(Signed):
    """A page of its own kind: a title, a template and its context."""

    title: Any = ""
    template_name = ""
    breadcrumb: tuple[tuple[Any, str], ...] = ()

    def context(self) -> dict[str, Any]:
        """What the template gets; extend it in a subclass."""
        return {
            "title": self.title,
            "breadcrumb": self.crumbs(),
            "page": self,
            "base_template": "base_partial.html" if self.partial else "base.html",
        }

    def crumbs(self) -> list[tuple[Any, str]]:
        """The way to this page: pairs of label and address, the nearest last."""
        return list(self.breadcrumb)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return render(request, self.template_name, self.context())


def list_crumb(address: str) -> tuple[Any, str]:
    """The way back to a list: its title, as the list itself says it, and its address."""
    return getattr(resolve(address).func, "view_class", Page).title, address


def refusals_of(denied: Denied) -> list[Denied]:
    """Every single refusal inside a refusal."""
    return list(denied.refusals) if isinstance(denied, Refusals) else [denied]
