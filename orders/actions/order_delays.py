"""Delays of confirmed dates: told at once within the house and to the customer, confirmed anew, with the damages that are owed (domain 4.5, AT-39)."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models.assignments import account_manager_of, area_manager_of
from kam.core import clock
from kam.core.money import round_money
from kam.core.notifications import Way, define_notification, notify
from kam.core.verbs import verb
from kam.core.workflow import Denied
from orders.actions.order_confirming import PROMISED, waits_for_nobody, write_confirmation
from orders.actions.order_papers import contents_of, day_of, issue_paper, line_contents
from orders.actions.order_progress import Rows, live_lines, rows_by_line
from orders.models import ConfirmedLine, DelayedLine, Order, OrderConfirmation, OrderDelay, OrderLine, OrderPaper, kept_elsewhere

DELAYED = define_notification("order_delayed", _("A confirmed date cannot be kept"), way=Way.MAIL)
Cause = OrderConfirmation.Cause


def damages_of(order: Order, amount: Decimal, days: int) -> tuple[int, Decimal]:
    """Commenced weeks and liquidated damages of an amount that comes so many days late: a rate for each, up to the cap (AT-39)."""
    weeks = max(-(-days // 7), 0)
    if order.penalty_rate is None:
        return weeks, Decimal(0)
    share = weeks * order.penalty_rate
    if order.penalty_cap is not None:
        share = min(share, order.penalty_cap)
    return weeks, round_money(amount * share / 100, order.currency)


def why_not_delayed(order: Order) -> Denied | None:
    """Why no date of an order can be moved, or None."""
    elsewhere = kept_elsewhere(order)
    if elsewhere is not None:
        return elsewhere
    if order.status not in Order.RUNNING:
        return Denied("not_confirmed", _("Only an order that is confirmed and not delivered has dates to be moved."))
    return waits_for_nobody(order)


@verb("orders.delay_order", _("Move confirmed dates"))
def delay_order(
    order: Order,
    *,
    actor: Any,
    reason: str = "",
    cause: str = "",
    lines: Rows = (),
    sent_to: str = "",
    by_mail: bool = False,
    subject: str = "",
    text: str = "",
) -> Order:
    """Move confirmed dates: the next revision of the confirmation goes out, and for a delay of ours a notice with the cause.

    Area manager and account manager are told at once. Where the customer asked for the new date (cause `customer`) nothing is
    owed, and punctuality is judged by it. Raises Denied for a day that has passed, an earlier one of ours, and the same one.
    """
    denied = why_not_delayed(order)
    if denied is not None:
        raise denied
    if cause not in OrderDelay.Cause.values:
        raise Denied("cause", _("Say what the delay is due to."), field="cause", status=400)
    driven = cause == OrderDelay.Cause.CUSTOMER
    moved = _moved(order, lines, driven=driven)
    mail: dict[str, Any] = {"sent_to": sent_to, "by_mail": by_mail, "subject": subject, "text": text}
    delayed = [_delayed(order, line, day, driven=driven) for line, day in moved.items()]
    varied = [
        {"position": one.line.position, "field": "date", "ordered": day_of(one.before), "confirmed": day_of(one.after)}
        for one in delayed
    ]
    confirmation = write_confirmation(
        order, _promised(order, moved), actor=actor, cause=Cause.RESCHEDULED if driven else Cause.DELAY, varied=varied, terms={},
        mail=mail if driven else mail | {"subject": "", "text": ""},
    )  # fmt: skip
    notice = None
    if not driven:
        rows = [line_contents(one.line, confirmed_on=one.after) | {"before": day_of(one.before)} for one in delayed]
        contents = contents_of(order, rows, cause=cause, note=reason.strip()[:400])
        notice = issue_paper(order, OrderPaper.Kind.DELAY, actor=actor, contents=contents, **mail)
    delay: OrderDelay = order.delays.create(
        number=order.delays.count() + 1, cause=cause, note=reason.strip()[:400], noted_on=clock.today(), noted_by=actor,
        confirmation=confirmation, notice=notice,
    )  # fmt: skip
    for one in delayed:
        one.delay = delay
    DelayedLine.objects.bulk_create(delayed, batch_size=1000)
    _tell(order, delay, actor)
    return order


def _moved(order: Order, rows: Rows, *, driven: bool) -> dict[OrderLine, date]:
    """The lines with their new dates. Raises Denied at each row."""
    told = rows_by_line(order, rows, {"confirmed_on"})
    if not told:
        raise Denied("no_lines", _("Name the lines whose date moves."), field="lines", status=400)
    for place, (line, values) in enumerate(told.items()):
        at, day = f"lines.{place}.", values.get("confirmed_on")
        if line.status not in OrderLine.BACKLOG or line.confirmed_on is None:
            text = _("Position %(position)s has no confirmed date that is still to be met.") % {"position": line.position}
            raise Denied("line_not_confirmed", text, field=f"{at}line", status=400)
        if day is None or day < clock.today():
            raise Denied("past_date", _("Give a day that has not passed."), field=f"{at}confirmed_on", status=400)
        if day == line.confirmed_on:
            raise Denied("same_date", _("This is the date that is confirmed."), field=f"{at}confirmed_on", status=400)
        if day < line.confirmed_on and not driven:
            raise Denied(
                "earlier_date",
                _("An earlier date is no delay. It is the customer who asks for it."),
                field=f"{at}confirmed_on",
                status=400,
            )
    return {line: values["confirmed_on"] for line, values in told.items()}


def _delayed(order: Order, line: OrderLine, day: date, *, driven: bool) -> DelayedLine:
    """One line as it moves; what is owed counts from the date that was agreed before any delay of ours, on what is still open."""
    agreed = _agreed(line)
    before: Any = line.confirmed_on  # looked at in `_moved`
    weeks, damages = 0, Decimal(0)
    if not driven and agreed is not None:
        open_share = line.open_quantity / line.quantity
        weeks, damages = damages_of(order, (line.amount or Decimal(0)) * open_share, (day - agreed).days)
    return DelayedLine(line=line, agreed_on=agreed or before, before=before, after=day, weeks=weeks, damages=damages)


def _agreed(line: OrderLine) -> date | None:
    """The date that holds between customer and us: the last that was confirmed other than for a delay of ours."""
    agreed = line.confirmed_lines.exclude(confirmation__cause=Cause.DELAY).order_by("-confirmation__revision")
    found: date | None = agreed.values_list("confirmed_on", flat=True).first()
    return found


def _promised(order: Order, moved: dict[OrderLine, date]) -> Sequence[ConfirmedLine]:
    """Every line as the next revision confirms it: those that move with their new date, the others as they are."""
    days = {line.pk: day for line, day in moved.items()}
    return [
        ConfirmedLine(
            line=line,
            **{name: getattr(line, name) for name in PROMISED if name != "confirmed_on"},
            confirmed_on=days.get(line.pk, line.confirmed_on),
        )
        for line in live_lines(order)
    ]


def _tell(order: Order, delay: OrderDelay, actor: Any) -> None:
    """Tell the area manager and the account manager at once, whichever of them did not note it."""
    today = clock.today()
    found = (account_manager_of(order.customer, today), area_manager_of(order.plant, order.selling_location, today))
    people = {one.pk: one for one in found if one is not None}
    context = {"positions": ", ".join(str(one.line.position) for one in delay.lines.select_related("line"))}
    notify(DELAYED, order, to=people.values(), occasion=f"delay {delay.number}", actor=actor, context=context, urgent=True)
