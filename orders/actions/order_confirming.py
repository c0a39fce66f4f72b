"""Confirming orders: only what was reviewed as it stands, revision by revision; with variations it waits for the customer (domain 4.2, AT-72)."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import PaymentTerm
from kam.core import clock
from kam.core.calendars import working_seconds
from kam.core.documents import Document
from kam.core.parameters import define, parameter
from kam.core.verbs import verb
from kam.core.workflow import Denied
from orders.actions.order_intake import book_intake
from orders.actions.order_law import law_of, waits_under
from orders.actions.order_papers import contents_of, day_of, issue_paper, line_contents, plain
from orders.actions.order_progress import Rows, derive, keep_value, live_lines, rows_by_line, stand_of
from orders.models import ConfirmedLine, Order, OrderConfirmation, OrderIntake, OrderLine, OrderPaper
from orders.models.checklists import ReviewClass

CONFIRMATION_DAYS = define(
    "orders.confirmation_days", default=2, unit="wd", label=_("Working days in which an order is confirmed")
).key
SPECIAL_DAYS = define(
    "orders.special_confirmation_days",
    default=5,
    unit="wd",
    label=_("Working days in which an order of review class C is confirmed"),
).key
Cause, State = OrderConfirmation.Cause, OrderConfirmation.State
PROMISED = ("confirmed_on", "quantity", "price", "price_unit", "part_revision")
TAKEN_OVER = ("quantity", "price", "price_unit", "part_revision")


@verb("orders.confirm_order", _("Confirm"))
def confirm_order(
    order: Order,
    *,
    actor: Any,
    reason: str = "",
    lines: Rows = (),
    payment_term: PaymentTerm | None = None,
    incoterms: str = "",
    incoterms_place: str = "",
    deviations: str = "",
    sent_to: str = "",
    by_mail: bool = False,
    subject: str = "",
    text: str = "",
) -> Order:
    """Confirm an order as the next revision: each line with its date (the requested one unless told), quantity, price and revision.

    What departs from the order makes it a confirmation with variations, which waits for the customer where the law of the
    contract says so. Raises Denied while the review is not closed positively for the order as it stands, while a block is
    active, and for a line without a date or with one that has passed.
    """
    Order.workflow.move(order, "orders.confirm_order")
    told = rows_by_line(order, lines, PROMISED)
    promised = [_promise(line, told, order) for line in live_lines(order)]
    if not promised:
        raise Denied("no_lines", _("Give at least one line with its price."))
    terms = {"payment_term": payment_term, "incoterms": incoterms.strip().upper(), "incoterms_place": incoterms_place.strip()}
    varied = variations(order, promised, terms)
    cause = Cause.CHANGE if order.confirmation else Cause.FIRST
    confirmation = write_confirmation(
        order, promised, actor=actor, cause=cause, varied=varied, terms=terms, deviations=deviations.strip(),
        mail={"sent_to": sent_to, "by_mail": by_mail, "subject": subject, "text": text},
    )  # fmt: skip
    if varied and confirmation.state == State.CONCLUDED:
        _take_over(order, confirmation, terms)
    order.changes.filter(confirmation=None).update(confirmation=confirmation)
    return order


def _promise(line: OrderLine, told: dict[OrderLine, dict[str, Any]], order: Order) -> ConfirmedLine:
    """A line as it is to be confirmed, not yet written. Raises Denied at its field."""
    said = told.get(line, {})
    at = f"lines.{list(told).index(line)}." if line in told else f"lines.{line.position}."
    promise = ConfirmedLine(line=line, **{name: said.get(name, getattr(line, name)) for name in TAKEN_OVER})
    promise.confirmed_on = said.get("confirmed_on") or line.confirmed_on or line.wanted_on
    open_still = line.delivered_quantity < promise.quantity
    if promise.confirmed_on is None and order.kind != Order.Kind.FRAME:
        text = _("Say by when position %(position)s is delivered.") % {"position": line.position}
        raise Denied("no_date", text, field=f"{at}confirmed_on", status=400)
    if promise.confirmed_on is not None and open_still and promise.confirmed_on < clock.today():
        text = _("The date of position %(position)s has passed.") % {"position": line.position}
        raise Denied("past_date", text, field=f"{at}confirmed_on", status=400)
    if promise.quantity <= 0 or promise.quantity < line.delivered_quantity:
        text = _("More of position %(position)s was delivered already.") % {"position": line.position}
        raise Denied("quantity", text, field=f"{at}quantity", status=400)
    if promise.price is None or promise.price < 0:
        text = _("Position %(position)s has no price.") % {"position": line.position}
        raise Denied("no_price", text, field=f"{at}price", status=400)
    return promise


def variations(order: Order, promised: Sequence[ConfirmedLine], terms: dict[str, Any]) -> list[dict[str, Any]]:
    """Where these lines and terms depart from what the customer ordered: position, field, ordered, confirmed."""
    found: list[dict[str, Any]] = []

    def compare(position: int | None, field: str, ordered: str, confirmed: str) -> None:
        if ordered != confirmed:
            found.append({"position": position, "field": field, "ordered": ordered, "confirmed": confirmed})

    for one in promised:
        line, position = one.line, one.line.position
        compare(position, "date", day_of(line.wanted_on), day_of(one.confirmed_on))
        compare(position, "quantity", plain(line.quantity), plain(one.quantity))
        compare(position, "price", _each(line.price, line.price_unit), _each(one.price, one.price_unit))
        compare(position, "revision", line.part_revision, one.part_revision)
    if terms.get("payment_term") is not None:
        compare(None, "payment", str(order.payment_term or ""), str(terms["payment_term"]))
    if terms.get("incoterms"):
        place = terms.get("incoterms_place") or order.incoterms_place
        compare(None, "delivery", f"{order.incoterms} {order.incoterms_place}".strip(), f"{terms['incoterms']} {place}".strip())
    return found


def _each(price: Decimal | None, unit: int) -> str:
    """A price with its unit, so that 100 for one hundred is the same as 1 for one."""
    return plain((price or Decimal(0)) / unit)


def write_confirmation(
    order: Order,
    promised: Sequence[ConfirmedLine],
    *,
    actor: Any,
    cause: str,
    varied: list[dict[str, Any]],
    terms: dict[str, Any],
    deviations: str = "",
    mail: dict[str, Any],
) -> OrderConfirmation:
    """Write the next revision of a confirmation with its paper, and what it promises on the lines and the header. Raises Denied.

    Only what customer and we did not agree on before waits for the customer: a delay does not, and neither do dates that they asked for.
    """
    conditions = conditions_of(order)
    named = {row["field"] for row in varied} | ({"other"} if deviations else set()) | ({"condition"} if conditions else set())
    law = law_of(order)
    waits = cause in {Cause.FIRST, Cause.CHANGE} and waits_under(law, named)
    revision = order.confirmation + 1
    stated = {name: value for name, value in terms.items() if value}
    paper = issue_paper(
        order, _kind(cause, bool(named)), actor=actor, number=revision, **mail,
        contents=contents_of(
            order,
            [line_contents(one.line, **{name: getattr(one, name) for name in PROMISED}) for one in promised],
            variations=varied, deviations=deviations, conditions=conditions, law=law, waits=waits, **stated,
        ),
    )  # fmt: skip
    order.confirmations.filter(state=State.WAITING).update(state=State.SUPERSEDED)
    confirmation: OrderConfirmation = order.confirmations.create(
        revision=revision, cause=cause, variations=varied, deviations=deviations, conditions=conditions, law=law, paper=paper,
        state=State.WAITING if waits else State.CONCLUDED, confirmed_by=actor, confirmed_at=clock.now(),
        **(_time_taken(order) if revision == 1 else {}),
    )  # fmt: skip
    for one in promised:
        one.confirmation = confirmation
    ConfirmedLine.objects.bulk_create(promised, batch_size=1000)
    _promise_lines(promised)
    order.confirmation, order.confirmed_at, order.waiting_customer = revision, confirmation.confirmed_at, waits
    derive(order)
    order.save()
    return confirmation


def _time_taken(order: Order) -> dict[str, Any]:
    """How long the customer waited for the first confirmation, by the hours of the location that sells, and whether that is in time (K-O2)."""
    calendar, review = order.selling_location.calendar, getattr(order, "review", None)
    key = SPECIAL_DAYS if review is not None and review.klass == ReviewClass.SPECIAL else CONFIRMATION_DAYS
    days = int(parameter(key, [f"location:{order.selling_location_id}"]))
    received, now = min(order.received_at, clock.now()), clock.now()
    hours = Decimal(working_seconds(received, now, calendar)) / 3600
    in_time = now <= clock.due(received, days, clock.Unit.WORKING_DAYS, calendar).at
    return {"working_hours": hours.quantize(Decimal("0.01")), "in_time": in_time}


def _kind(cause: str, varied: bool) -> str:
    """Which paper a confirmation is."""
    if cause == Cause.FIRST:
        return OrderPaper.Kind.VARIATIONS if varied else OrderPaper.Kind.CONFIRMATION
    return OrderPaper.Kind.CHANGE


def conditions_of(order: Order) -> list[str]:
    """The conditions of the order's review as it was closed last, which are printed on every confirmation (domain 5.3)."""
    review = getattr(order, "review", None)
    return [str(one) for one in review.conditions.filter(round=review.round).order_by("pk")] if review is not None else []


def _promise_lines(promised: Sequence[ConfirmedLine]) -> None:
    """Note on the lines what was promised; the date that was promised first stays."""
    for one in promised:
        line = one.line
        if one.confirmed_on is not None:
            line.first_confirmed_on = line.first_confirmed_on or one.confirmed_on
            line.confirmed_on = one.confirmed_on
            line.status = stand_of(line)
        line.save()


def _take_over(order: Order, confirmation: OrderConfirmation, terms: dict[str, Any]) -> None:
    """What was agreed on becomes what is ordered: quantities, prices, revisions and terms of the confirmation."""
    for one in confirmation.lines.select_related("line"):
        line = one.line
        line.order = order
        for name in TAKEN_OVER:
            setattr(line, name, getattr(one, name))
        line.status = stand_of(line) if line.confirmed_on else line.status
        line.save()
    for name, value in terms.items():
        if value:
            setattr(order, name, value)
    keep_value(order)
    order.save()
    book_intake(order, OrderIntake.Kind.CHANGED)


@verb("orders.accept_confirmation", pgettext_lazy("confirmation", "The customer agrees"))
def accept_confirmation(
    confirmation: OrderConfirmation,
    *,
    actor: Any,
    reason: str = "",
    agreed_how: str = OrderConfirmation.Agreed.WRITTEN,
    agreed_on: date | None = None,
    agreed_note: str = "",
    document: Document | None = None,
) -> OrderConfirmation:
    """Note that the customer agreed to a confirmation with variations: in writing, with the document, or by conduct, saying which.

    From then on the contract is concluded, with what was confirmed. Raises Denied.
    """
    OrderConfirmation.workflow.move(confirmation, "orders.accept_confirmation")
    agreed_on = agreed_on or clock.today()
    if agreed_on > clock.today():
        raise Denied("future_date", _("This day has not come yet."), field="agreed_on", status=400)
    if agreed_how not in OrderConfirmation.Agreed.values:
        raise Denied("agreed_how", _("Say how the customer agreed."), field="agreed_how", status=400)
    if agreed_how == OrderConfirmation.Agreed.WRITTEN and document is None:
        raise Denied("no_document", _("Attach what the customer wrote to the order and name it."), field="document", status=400)
    if agreed_how == OrderConfirmation.Agreed.CONDUCT and not agreed_note.strip():
        raise Denied("no_conduct", _("Say what the customer did."), field="agreed_note", status=400)
    order = Order.objects.locked().get(pk=confirmation.order_id)
    if document is not None and not Document.objects.about(order).filter(pk=document.pk).exists():
        raise Denied("document_of_another", _("Choose a document of this order."), field="document", status=400)
    confirmation.agreed_how, confirmation.agreed_on = agreed_how, agreed_on
    confirmation.agreed_note, confirmation.accepted_document = agreed_note.strip()[:400], document
    confirmation.save()
    order.waiting_customer = False
    stated = {row["field"]: row for row in confirmation.variations}
    _take_over(order, confirmation, _agreed_terms(confirmation, stated))
    return confirmation


def _agreed_terms(confirmation: OrderConfirmation, stated: dict[str, Any]) -> dict[str, Any]:
    """The terms of the header that were confirmed otherwise than they were ordered."""
    contents, terms = confirmation.paper.contents, {}
    if "payment" in stated:
        terms["payment_term"] = PaymentTerm.objects.filter(pk=contents["payment"]).first()
    if "delivery" in stated:
        terms |= {name: contents["terms"][name] for name in ("incoterms", "incoterms_place")}
    return terms


def waits_for_nobody(order: Order) -> Denied | None:
    """Why nothing is delivered, produced or delayed yet: a contract that waits for the customer is none."""
    if not order.waiting_customer:
        return None
    return Denied("waiting_customer", _("The customer has not agreed to the confirmation yet. Note first that they did."))
