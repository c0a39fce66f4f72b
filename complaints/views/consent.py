"""The page behind the signed link of an estimate: it shows what was sent, and takes the customer's answer once; reading decides nothing."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.decorators import method_decorator
from django.views import View

from accounts.documents import letterhead
from complaints.actions.repair_links import (
    What,
    answer_by_link,
    note_visit,
    too_many,
    why_not_open,
)
from complaints.actions.repair_secrets import estimate_of
from complaints.forms.consents import ConsentForm
from complaints.models import RepairEstimate
from kam.core.views.form import place_refusals
from kam.core.workflow import Denied


@method_decorator(login_not_required, name="dispatch")
class Consent(View):
    """An estimate for whoever holds its link."""

    http_method_names = ["get", "post", "head", "options"]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Limited by network address; never kept by a browser, and its address is told to no other site."""
        if too_many():
            answer = render(request, "complaints/consent_busy.html", status=429)
            answer["Retry-After"] = "60"
        else:
            answer = super().dispatch(request, *args, **kwargs)
        answer["Cache-Control"] = "private, no-store"
        # Without any referrer a browser would hide its origin when it sends the form too, and the answer would be refused.
        answer["Referrer-Policy"] = "strict-origin"
        answer["X-Robots-Tag"] = "noindex"
        return answer

    def get(self, request: HttpRequest, secret: str) -> HttpResponse:
        """Show what was sent; nothing is decided, since mail scanners follow links."""
        estimate = estimate_of(secret)
        note_visit(estimate, What.SHOWN if estimate else What.UNKNOWN, browser=self.browser)
        return self.unknown() if estimate is None else self.shown(estimate, self.form())

    def post(self, request: HttpRequest, secret: str) -> HttpResponse:
        """Take the answer once."""
        estimate = estimate_of(secret)
        if estimate is None:
            note_visit(None, What.UNKNOWN, browser=self.browser)
            return self.unknown()
        with translation.override(estimate.piece.repair.language):
            form = self.form(request.POST)
            if not form.is_valid():
                note_visit(estimate, What.DENIED, browser=self.browser)
                return self.shown(estimate, form, 422)
            try:
                answer_by_link(estimate, actor=None, browser=self.browser, **form.values())
            except Denied as denied:
                place_refusals(form, denied)
                note_visit(estimate, What.DENIED, browser=self.browser, text=denied.code)
                return self.shown(estimate_of(secret) or estimate, form, 422 if denied.status == 400 else 409)
        return redirect(request.path)

    @property
    def browser(self) -> str:
        """What the browser says that it is."""
        return self.request.META.get("HTTP_USER_AGENT", "")

    def form(self, data: Any = None) -> ConsentForm:
        return ConsentForm(data, reader=AnonymousUser(), record=None)

    def unknown(self) -> HttpResponse:
        """A link that we never gave out, one that was altered, and one that is gone look alike."""
        return render(self.request, "complaints/consent_unknown.html", status=404)

    def shown(self, estimate: RepairEstimate, form: ConsentForm, status: int = 200) -> HttpResponse:
        """What the customer was sent, in their language, and the form or what became of it."""
        letter = estimate.letters.order_by("pk").first()
        denied = why_not_open(estimate)
        with translation.override(estimate.piece.repair.language):
            context = {
                "estimate": estimate,
                "says": letter.contents if letter else {},
                "closed": denied.message if denied else "",
                "form": form,
                "questions": list(estimate.visits.filter(what=What.QUESTION).order_by("at")),
                "from": letterhead(estimate.piece.repair.selling_location, estimate.piece.repair.language),
            }
            return render(self.request, "complaints/consent.html", context, status=status)
