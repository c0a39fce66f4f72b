"""Pages of contract reviews: what waits, one of them as order beside offer with its checklist and signatures, and each step."""

from typing import Any

from django.conf import settings
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kam.core import formats
from kam.core.badges import Badge, badge_for
from kam.core.tables import Column
from kam.core.views import Fact, ListPage, PrintView, RecordPage, Signed, VerbView
from kam.core.views.list import BulkAction
from kam.core.views.record import VerbButton
from orders.actions import pass_review
from orders.actions.order_review import findings_of, standing_blocks
from orders.actions.review_rights import entered_it, functions_held
from orders.actions.reviewing import obstacles
from orders.filters import ContractReviewFilter
from orders.forms.reviews import (
    AnswersForm,
    ClassForm,
    DecideDifferenceForm,
    DecideReviewForm,
    InformedForm,
    SettleDifferenceForm,
    SignForm,
)
from orders.models import ContractReview, Offer, Order, ReviewDifference
from orders.models.checklists import ReviewClass, basis_name
from orders.reports.order_checks import LEVELS
from orders.reports.order_checks import told as told_checks
from orders.reports.order_differences import compare, written
from orders.reports.order_facts import OrderFacts
from orders.reports.review_class import say_why

CLASS_TONES = {"A": "closed", "B": "accent", "C": "wait"}


class ReviewList(ListPage):
    """The contract reviews that the reader may see."""

    model = ContractReview
    title = _("Contract reviews")
    icon = "clipboard-check"
    filterset_class = ContractReviewFilter
    default_order = ("-opened_at",)
    tabs = (
        (_("Open"), "running=true"),
        (_("Late"), "late=true"),
        (_("With differences to settle"), "running=true&differing=true"),
        (_("With the customer"), "state=clarification"),
        (_("Repetitive"), "running=true&klass=A"),
        (_("Closed"), "state=closed"),
    )
    bulk_actions = (BulkAction("pass", _("Confirm clean reviews"), "check-check", "orders.pass_review", pass_review),)
    empty_title = _("No contract reviews")
    empty_text = _(
        "Each order is reviewed from its registration on; what is found waits here for the functions that it concerns."
    )
    columns = (
        Column("name", _("Order or offer"), value="name", link=True),
        Column("customer", _("Customer"), value="plant.customer.name", second="plant.name"),
        Column("klass", _("Class"), value="get_klass_display", sort="klass"),
        Column("state", _("Status"), kind="status"),
        Column("result", _("Result"), value="get_result_display", default=False),
        Column("opened_at", _("Opened"), kind="moment", sort="opened_at"),
        Column("due_at", _("Opinions by"), kind="moment", sort="due_at"),
        Column("selling_location", _("Selling location"), value="selling_location.name"),
        Column("producing_location", _("Producing location"), value="producing_location.name", default=False),
        Column("round", pgettext_lazy("review", "Round"), kind="number", default=False),
        Column("decided_by", _("Decided by"), value="decided_by", default=False),
        Column("decided_at", _("Decided"), kind="moment", default=False),
        Column("closed_at", _("Closed"), kind="moment", default=False),
    )


class ReviewPage(RecordPage):
    """A review: what differs and what it is worth, what the checks found, who answered and signed what, what stands in the way."""

    model = ContractReview
    template_name = "orders/review_page.html"
    list_url = "orders:review_list"
    icon = "clipboard-check"
    buttons = (
        VerbButton("orders.pass_review", "orders:review_pass", "check-check", primary=True),
        VerbButton("orders.answer_review", "orders:review_answer", "list-checks", page=True),
        VerbButton("orders.sign_review", "orders:review_sign", "pen-line", page=True, primary=True),
        VerbButton("orders.decide_review", "orders:review_decide", "check", page=True, primary=True),
        VerbButton("orders.close_review", "orders:review_close", "archive", page=True, primary=True),
        VerbButton("orders.ask_customer_about_review", "orders:review_ask", "mail"),
        VerbButton("orders.resume_review", "orders:review_resume", "play"),
        VerbButton("orders.compare_review", "orders:review_compare", "refresh-cw"),
        VerbButton("orders.raise_review_class", "orders:review_raise", "arrow-up", page=True),
        VerbButton("orders.lower_review_class", "orders:review_lower", "arrow-down", page=True),
    )

    def badges(self) -> list[Badge]:
        one = self.record
        made = [badge_for(one, "state"), Badge(one.get_klass_display(), CLASS_TONES[one.klass])]
        if one.result and one.state == ContractReview.State.CLOSED:
            made.insert(1, badge_for(one, "result"))
        return made

    def step(self, button: VerbButton) -> Any:
        """Only what makes sense where the review stands now."""
        one = self.record
        shown = {
            "orders.pass_review": one.is_running and one.klass == ReviewClass.REPETITIVE,
            "orders.resume_review": one.state == ContractReview.State.CLARIFICATION,
            "orders.raise_review_class": one.is_running and one.klass != ReviewClass.SPECIAL,
            "orders.lower_review_class": one.is_running and one.klass != ReviewClass.REPETITIVE,
            "orders.compare_review": one.is_running and one.order_id is not None,
            "orders.answer_review": one.is_running and one.klass != ReviewClass.REPETITIVE,
            "orders.sign_review": one.is_running and one.klass != ReviewClass.REPETITIVE,
        }
        return super().step(button) if shown.get(button.verb, True) else None

    def facts(self) -> list[Fact]:
        one = self.record
        subject = type(one.subject).objects.visible_to(self.reader).filter(pk=one.subject.pk).first()
        facts = (
            Fact(_("Order or offer"), one.name, subject.get_absolute_url() if subject else ""),
            Fact(_("Plant"), one.plant.name, one.plant.get_absolute_url(), one.plant.customer.name),
            Fact(_("Selling location"), one.selling_location.name),
            Fact(_("Producing location"), one.producing_location.name if one.producing_location else ""),
            Fact(_("Entered by"), one.entered_by),
            Fact(_("Opened"), one.opened_at),
            Fact(_("Opinions by"), one.due_at),
            Fact(_("Why the class was changed"), one.class_reason, note=one.class_by),
            Fact(_("Decided by"), one.decided_by),
            Fact(_("Decided"), one.decided_at),
            Fact(_("Reason of the decision"), one.decision),
            Fact(_("Customer informed on"), one.informed_on),
            Fact(_("Checklist"), one.checklist, one.checklist.get_absolute_url()),
        )
        return [fact for fact in facts if fact.value]

    def context(self) -> dict[str, Any]:
        one = self.record
        running = one.is_running
        facts = OrderFacts(one.order) if one.order is not None else None
        found = findings_of(one, facts) if running else []
        held = functions_held(self.reader, one)
        rows = [shown(row) for row in one.differences.filter(gone_at__isnull=True).select_related("decided_by")]
        total = one.differences.filter(gone_at__isnull=True).aggregate(sum=Sum("effect"))["sum"]
        answers = list(one.asked_answers.select_related("question", "answered_by"))
        return super().context() | {
            "why": say_why(one.why),
            "checks": [(LEVELS[finding.level], finding.text) for finding in found] if running else told_checks(one.checked),
            "obstacles": obstacles(one, standing_blocks(one, found)) if running else [],
            "differences": rows,
            "effect": total,
            "compared": [same(row) for row in compare(facts)] if facts is not None and "all" in self.request.GET else [],
            "can_show_all": facts is not None,
            "answers": answers,
            "signatures": list(one.signatures.select_related("signed_by", "on_behalf_of").order_by("-round", "pk")),
            "conditions": list(one.conditions.select_related("owner")),
            "deciding": running and not entered_it(one, self.reader) and self.may("orders.decide_difference"),
            "settling": running and self.may("orders.settle_difference"),
            "held": held,
            "base_currency": settings.BASE_CURRENCY,
        }  # fmt: skip


def shown(row: ReviewDifference) -> dict[str, Any]:
    """A difference as the page shows it."""
    return {
        "row": row,
        "expected": written(row.field, row.expected),
        "found": written(row.field, row.found),
        "delta": "" if row.delta is None else formats.number(row.delta, None, signed=True),
        "percent": "" if row.delta_percent is None else formats.percent(row.delta_percent, 2, signed=True),
    }


def same(one: Any) -> dict[str, Any]:
    """A compared field as the page shows it."""
    expected, found = written(one.field, one.expected), written(one.field, one.found)
    return {"name": one.name, "basis": basis_name(one.basis), "expected": expected, "found": found, "same": one.same}


class ReviewVerb(VerbView):
    """A verb on a review."""

    model = ContractReview


class ReviewAnswers(ReviewVerb):
    """Answer the questions of one's function."""

    verb = "orders.answer_review"
    text = _("A no says why, and how it was resolved once it is. Whoever changes an answer that was signed signs anew.")

    def form(self, data: Any = None, files: Any = None) -> Any:
        made = AnswersForm.of(self.record, self.reader)
        return made(data, files, initial={"version": self.record.version}, reader=self.reader, record=self.record)


class ReviewSign(ReviewVerb):
    """Sign for a function."""

    verb = "orders.sign_review"
    form_class = SignForm
    text = _("With your signature you say that this function can keep what is promised. One person signs for one function.")


class OnOneDifference(ReviewVerb):
    """A verb on one difference, named in the address."""

    def initial(self) -> dict[str, Any]:
        asked = self.request.GET.get("difference", "")
        return {"difference": int(asked)} if asked.isdecimal() and len(asked) < 19 else {}


class DifferenceDecide(OnOneDifference):
    """Decide on a difference."""

    verb = "orders.decide_difference"
    form_class = DecideDifferenceForm
    text = _("What is accepted is settled. What is asked or rejected waits for the customer's answer.")


class DifferenceSettle(OnOneDifference):
    """Note the customer's answer."""

    verb = "orders.settle_difference"
    form_class = SettleDifferenceForm


class ReviewRaise(ReviewVerb):
    """Look at it more closely."""

    verb = "orders.raise_review_class"
    form_class = ClassForm


class ReviewLower(ReviewVerb):
    """Look at it less closely."""

    verb = "orders.lower_review_class"
    form_class = ClassForm


class ReviewAsk(ReviewVerb):
    """Note that the customer is asked."""

    verb = "orders.ask_customer_about_review"


class ReviewResume(ReviewVerb):
    """Go on after the customer's answer."""

    verb = "orders.resume_review"


class ReviewCompare(ReviewVerb):
    """Compare and check anew."""

    verb = "orders.compare_review"


class ReviewDecide(ReviewVerb):
    """Say whether we commit."""

    verb = "orders.decide_review"
    form_class = DecideReviewForm
    text = _("Conditions are printed on the confirmation. None is about safety or statute.")


class ReviewClose(ReviewVerb):
    """Close it once the customer was told."""

    verb = "orders.close_review"
    form_class = InformedForm


class ReviewPass(ReviewVerb):
    """Confirm a clean review."""

    verb = "orders.pass_review"


class ReviewPrint(PrintView):
    """The record of the review."""

    model = ContractReview
    printed = "orders.review"


class OfferReview(VerbView):
    """Have an offer reviewed before it is sent."""

    model = Offer
    verb = "orders.open_offer_review"
    text = _("The functions are asked as for an order. What is reviewed is the offer as it was handed in.")

    def next_address(self, result: Any) -> str:
        return str(result.review.get_absolute_url())


class RecordReview(Signed):
    """The review of an order or offer as a part of its page."""

    part: Any = Order

    def rows(self) -> Any:
        return self.part.objects.visible_to(self.reader)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        record = self.record_or_404()
        name = "order" if self.part is Order else "offer"
        reviews = ContractReview.objects.visible_to(self.reader).for_list()
        review = reviews.filter(**{name: record}).first()
        frame = None
        if review is None and self.part is Order and record.frame_id and record.reviewed:
            frame = reviews.filter(order=record.frame_id).first()
        signatures = list(review.signatures.filter(round=review.round).select_related("signed_by")) if review else []
        context = {"record": record, "review": review or frame, "of_frame": frame is not None, "signatures": signatures}
        return render(request, "orders/review_panel.html", context)
