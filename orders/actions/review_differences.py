"""The difference table of a review: filled by comparison, decided one by one, closed with the customer's answer (domain 5.5)."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from accounts.models import PaymentTerm
from kam.core import clock
from kam.core.money import convert
from kam.core.verbs import verb
from kam.core.workflow import Denied
from orders.actions.review_rights import at_work, may_act_for, not_entered_by, running
from orders.models import ContractReview, Order, OrderLine, ReviewDifference
from orders.reports.order_differences import THEIRS, Compared

TOLD = ("basis", "expected", "found", "delta", "delta_percent", "effect", "function", "blocking")
#: What a customer's answer can put right in the order itself, as it was offered or agreed.
OF_THE_HEAD = frozenset({"payment", "certificates", "terms", "incoterms"})
OF_A_LINE = frozenset({"customer_part", "revision", "quantity", "price", "date"})


def _values(one: Compared) -> dict[str, Any]:
    """What the table keeps of a comparison."""
    return {
        "basis": one.basis[:80],
        "expected": one.expected[:200],
        "found": one.found[:200],
        "delta": one.delta,
        "delta_percent": None if one.percent is None else round(one.percent, 4),
        "effect": one.effect,
        "function": one.function,
        "blocking": one.blocking,
    }


def fill_differences(review: ContractReview, found: Iterable[Compared]) -> None:
    """Bring the table up to what differs now: the same difference keeps its decision, a changed one is decided anew, one that is gone is noted."""
    known = {(row.position, row.field): row for row in review.differences.filter(gone_at__isnull=True).locked()}
    new = []
    for one in found:
        values = _values(one)
        row = known.pop((one.position, one.field), None)
        if row is None:
            new.append(ReviewDifference(review=review, line=one.line, position=one.position, field=one.field, **values))
        elif (row.expected, row.found) != (values["expected"], values["found"]):
            for name, value in values.items():
                setattr(row, name, value)
            row.decision, row.reason, row.evidence = "", "", ""
            row.decided_by = row.decided_at = row.closed_on = None
            row.save()
    ReviewDifference.objects.bulk_create(new)
    for row in known.values():
        if row.closed_on is None:
            row.gone_at = clock.now()
            row.save()


def _of(review: ContractReview, key: int) -> ReviewDifference:
    row = review.differences.filter(pk=key, gone_at__isnull=True).select_related("line").first()
    if row is None:
        raise Denied(
            "no_difference", _("This difference is not there any more. Look at the table anew."), field="difference", status=400
        )
    return row  # type: ignore[no-any-return]


@verb("orders.decide_difference", _("Decide on a difference"))
def decide_difference(
    review: ContractReview, *, actor: Any, reason: str = "", difference: int, decision: str, effect: Decimal | None = None
) -> ContractReview:
    """Accept a difference, ask the customer, or reject it; whose matter it is decides, and says why.

    What is accepted is closed; the rest waits for the customer's answer. `effect` values what cannot be computed. Raises Denied.
    """
    at_work(review)
    row = _of(review, difference)
    if decision not in ReviewDifference.Decision.values:
        raise Denied("unknown_decision", _("Accept it, ask the customer, or reject it."), field="decision", status=400)
    if not reason.strip():
        raise Denied("reason_needed", _("Say why."), field="reason", status=400)
    if not may_act_for(actor, review, row.function):
        text = _("This is for %(function)s to decide.")
        raise Denied("other_function", text % {"function": row.get_function_display()})
    not_entered_by(review, actor)
    row.decision, row.reason = decision, reason.strip()[:1000]
    row.decided_by, row.decided_at = actor, clock.now()
    row.closed_on = clock.today() if decision == ReviewDifference.Decision.ACCEPT else None
    row.evidence = ""
    if effect is not None and row.effect is None:
        row.effect = effect
    row.save()
    return review


@verb("orders.settle_difference", _("Note the customer's answer"))
def settle_difference(
    review: ContractReview, *, actor: Any, reason: str = "", difference: int, evidence: str, corrected: bool = False
) -> ContractReview:
    """Close a difference that was asked about or rejected, with the customer's answer; `corrected` puts the order right by it.

    Raises Denied without evidence, and where the order cannot be put right that way.
    """
    running(review)
    row = _of(review, difference)
    if row.decision not in {ReviewDifference.Decision.ASK, ReviewDifference.Decision.REJECT} or row.closed_on is not None:
        raise Denied("not_asked", _("The customer was not asked about this, or has answered already."), field="difference")
    if not evidence.strip():
        raise Denied(
            "evidence_needed", _("Name the customer's answer: its number or date, or the document."), field="evidence", status=400
        )
    row.evidence, row.closed_on = " ".join(evidence.split())[:200], clock.today()
    row.save()
    if corrected:
        put_right(review, row)
    return review


def put_right(review: ContractReview, row: ReviewDifference) -> None:
    """Write what was offered or agreed into the order, because the customer follows it. Raises Denied where that is done in the order."""
    assert review.order is not None
    order = Order.objects.locked().get(pk=review.order.pk)
    line = OrderLine.objects.locked().get(pk=row.line.pk) if row.line else None
    if line is None and row.field in OF_THE_HEAD:
        _head_right(order, row)
    elif line is not None and row.field in OF_A_LINE:
        _line_right(order, line, row)
        line.save()
    else:
        raise Denied("not_corrected_here", _("This cannot be put right in the order here. Change the order."), field="corrected")
    order.net = order.lines.live().aggregate(sum=Sum("amount"))["sum"] or Decimal(0)
    order.base_net = convert(order.net, order.currency, settings.BASE_CURRENCY, on=order.customer_date or clock.today()).amount
    order.save()
    review.order = order


def _head_right(order: Order, row: ReviewDifference) -> None:
    match row.field:
        case "payment":
            order.payment_term = PaymentTerm.objects.filter(code=row.expected).first()
        case "certificates":
            order.certificates = row.expected
        case "terms":
            order.own_terms = row.expected == THEIRS
        case _:
            source: Any = order.offer or order.agreement or order.customer
            for name in ("incoterms", "incoterms_place", "incoterms_version"):
                setattr(order, name, getattr(source, name))


def _line_right(order: Order, line: OrderLine, row: ReviewDifference) -> None:
    match row.field:
        case "customer_part":
            line.customer_part = row.expected
        case "revision":
            line.part_revision = row.expected
        case "quantity":
            line.quantity = Decimal(row.expected)
        case "price":
            line.price, line.discount = Decimal(row.expected), Decimal(0)
        case _:
            days = order.destination.transit_days or 0 if order.requested_type == Order.RequestedType.ARRIVAL else 0
            line.requested_on = date.fromordinal(date.fromisoformat(row.expected).toordinal() + days)
