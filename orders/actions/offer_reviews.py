"""The review of an offer before it is sent: begun, begun anew for other content, and asked for where its class needs one (domain 10.2)."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from kam.core import clock
from kam.core.parameters import define, parameter
from kam.core.verbs import verb
from kam.core.work import withdraw_work
from kam.core.workflow import Denied
from orders.actions.offers import print_of
from orders.actions.order_review import ask_opinions, begin_review, next_round
from orders.models import ContractReview, Offer
from orders.models.checklists import ReviewClass
from orders.reports.review_class import class_of_offer, functions_of, say_why

REVIEWED = define(
    "orders.reviewed_offer_classes",
    default=["C"],
    label=_("Classes of offers that are reviewed before they are sent"),
    words={"A": _("A, repetitive"), "B": _("B, with variations"), "C": _("C, new or special")},
)


def refuse_unreviewed(offer: Offer) -> None:
    """Raises Denied where an offer needs its review before it is sent and has none for what it says now."""
    klass, why = class_of_offer(offer)
    if klass not in parameter(REVIEWED.key, [f"location:{offer.selling_location_id}"]):
        return
    review = ContractReview.objects.filter(offer=offer).first()
    if review is None or not review.is_positive or review.covered != print_of(offer, list(offer.lines.all())):
        text = _("This offer needs its contract review before it is sent: %(why)s Have it reviewed.")
        raise Denied("offer_not_reviewed", text % {"why": " ".join(say_why(why))})


def why_not_reviewed(offer: Offer) -> Denied | None:
    """Why an offer cannot be given to review now, or None."""
    if offer.sent_at is not None:
        return Denied("offer_sent", _("This offer was sent already."))
    if offer.status not in {Offer.Status.IN_APPROVAL, Offer.Status.APPROVED}:
        return Denied("not_handed_in", _("Hand the offer in first: the review covers it as it was handed in."))
    review = ContractReview.objects.filter(offer=offer).first()
    if review is None:
        return None
    if review.is_running or review.state != ContractReview.State.CLOSED:
        return Denied("review_there", _("This offer is in review already."))
    if review.is_positive and review.covered == print_of(offer, list(offer.lines.all())):
        return Denied("review_there", _("This offer was reviewed as it stands."))
    return None


@verb("orders.open_offer_review", _("Have it reviewed"))
def ask_offer_review(offer: Offer, *, actor: Any, reason: str = "") -> Offer:
    """Begin the review of an offer before it is sent, or the next round of it where it says something else now. Raises Denied."""
    denied = why_not_reviewed(offer)
    if denied:
        raise denied
    klass, why = class_of_offer(offer)
    klass = max(klass, ReviewClass.VARIED)
    review = ContractReview.objects.filter(offer=offer).locked().first()
    if review is None:
        products = [line.product for line in offer.lines.select_related("product__producing_location") if line.product]
        producers = [product.producing_location for product in products]
        producer = max(producers, key=producers.count) if producers else None
        review = begin_review(
            offer, klass, why, name=offer.name, producing_location=producer, entered_by=offer.submitted_by, offer=offer
        )
    else:
        withdraw_work(review, actor=actor, reason=str(_("What was reviewed has changed.")))
        next_round(review, clock.now())
        review.computed_class, review.why, review.klass = max(klass, review.computed_class), why, max(klass, review.klass)
        review.save()
    ask_opinions(review, functions_of(offer, review.klass, ()), actor)
    return offer
