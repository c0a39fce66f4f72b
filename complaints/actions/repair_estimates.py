"""Estimates of repairs: written line by line, sent with a validity, issued again, and looked after until the customer answers (AT-47, AT-81)."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from catalog.actions.rows import faults, refuse
from complaints.actions.repair_estimate_words import overrun_share
from complaints.actions.repair_findings import DECIDE
from complaints.actions.repair_letters import tell_customer
from complaints.actions.repair_people import people_of
from complaints.models import RepairEstimate, RepairEstimateLine, RepairLetter, RepairPiece
from kam.core import clock
from kam.core.approvals import fingerprint
from kam.core.money import round_money
from kam.core.notifications import Way, define_notification, notify
from kam.core.parameters import define, parameter
from kam.core.periods import months_later
from kam.core.verbs import verb
from kam.core.work import assign_work, close_work, define_work, withdraw_work
from kam.core.workflow import Denied

REMIND = define_work("remind_of_estimate", _("Remind %(customer)s of the estimate for %(record)s"))
EXPIRED = define_notification("estimate_expired", _("An estimate has expired without an answer"), way=Way.MAIL)
HOUR_RATE = define("complaints.repair_hour_rate", default=Decimal("62.00"), label=_("Price of an hour of repair"))
FEE_HOURS = define(
    "complaints.diagnosis_fee_hours", default=Decimal("1.0"), label=_("Hours charged for a diagnosis where no repair follows")
)
VALID_MONTHS = define("complaints.estimate_months", default=3, label=_("Months for which an estimate of a repair holds"))
REMIND_DAYS = define(
    "complaints.estimate_reminder_days", default=15, unit="cd", label=_("Days after which a customer is reminded of an estimate")
)
UNECONOMIC = define(
    "complaints.repair_uneconomic", default=Decimal("75"), unit="%", label=_("Share of the value of a new one above which a repair is not economic")
)  # fmt: skip
ALONE = define(
    "complaints.estimate_alone", default=Decimal("5000"), label=_("Up to which total whoever wrote an estimate may send it alone")
)
HEAD = ("work", "discount", "replacement_value", "exchange_price", "diagnosis_fee", "lead_days")
OF_LINE = ("kind", "text", "quantity", "price")
MOST_LINES = 60
Lines = Sequence[Mapping[str, Any]]


@verb("complaints.create_estimate", _("New estimate"))
def create_estimate(
    model: type[RepairEstimate], *, actor: Any, reason: str = "", piece: RepairPiece, lines: Lines = (), **head: Any
) -> RepairEstimate:
    """Write the estimate for a piece that was diagnosed and is not repaired under warranty. Raises Denied."""
    if actor is not None and not RepairPiece.objects.permitted(actor, "complaints.create_estimate").filter(pk=piece.pk).exists():
        raise Denied("not_yours", _("Choose a piece of yours."), field="piece", status=400)
    piece = RepairPiece.objects.locked().get(pk=piece.pk)
    denied = why_no_estimate(piece)
    if denied is not None:
        raise denied
    head.setdefault("diagnosis_fee", _fee(piece))
    return _new(piece, actor, head, lines)


def why_no_estimate(piece: RepairPiece) -> Denied | None:
    """Why no estimate can be written for a piece now, or None."""
    if piece.status not in ESTIMABLE:
        words = _("Not possible while the piece is “%(state)s”.") % {"state": piece.get_status_display()}
        return Denied("wrong_status", words, field="piece")
    if piece.warranty == RepairPiece.Warranty.OPEN:
        return Denied("warranty_open", _("Decide on the warranty first."), field="piece")
    if piece.estimates.open().exists():
        return Denied("estimate_open", _("There is an estimate that is not answered yet."), field="piece")
    return None


@verb("complaints.edit_estimate", _("Edit estimate"))
def edit_estimate(
    estimate: RepairEstimate, *, actor: Any, reason: str = "", lines: Lines | None = None, **head: Any
) -> RepairEstimate:
    """Change an estimate that was not sent; what is not given stays, lines are given all together. Raises Denied."""
    if estimate.status != RepairEstimate.Status.DRAFT:
        raise Denied("sent_already", _("The customer has this estimate. Issue it again instead."))
    told = [{name: getattr(line, name) for name in OF_LINE} for line in estimate.lines.all()]
    before = {name: getattr(estimate, name) for name in HEAD}
    wanted = told if lines is None else [{name: line.get(name, "") for name in OF_LINE} for line in lines]
    _set(estimate, head)
    if wanted == told and before == {name: getattr(estimate, name) for name in HEAD}:
        return estimate
    _write(estimate, wanted)
    return estimate


@verb("complaints.send_estimate", _("Send to the customer"))
def send_estimate(
    estimate: RepairEstimate, *, actor: Any, reason: str = "", sent_to: str = "", by_mail: bool = False
) -> RepairEstimate:
    """Send an estimate, printed in the customer's language; it holds until its last day and is never changed again. Raises Denied."""
    denied = why_not_sent(estimate, actor)
    if denied is not None:
        raise denied
    RepairEstimate.workflow.move(estimate, "complaints.send_estimate")
    piece = RepairPiece.objects.locked().get(pk=estimate.piece_id)
    if piece.status not in ESTIMABLE:
        raise Denied("wrong_status", _("Not possible while the piece is “%(state)s”.") % {"state": piece.get_status_display()})
    estimate.sent_at, estimate.sent_by = clock.now(), actor
    estimate.valid_until = months_later(clock.today(), parameter(VALID_MONTHS.key, piece.repair.scopes))
    estimate.fingerprint = fingerprint_of(estimate)
    estimate.save()
    if not estimate.further:
        piece.status = RepairPiece.Status.ESTIMATED
        piece.save()
    close_work(piece, DECIDE, actor=actor)
    tell_customer(
        piece.repair, RepairLetter.Kind.ESTIMATE, actor=actor, piece=piece, estimate=estimate, sent_to=sent_to, by_mail=by_mail
    )
    return estimate


def why_not_sent(estimate: RepairEstimate, actor: Any = None) -> Denied | None:
    """Why an estimate cannot be sent, or None."""
    denied = RepairEstimate.workflow.why_not(estimate, "complaints.send_estimate")
    if denied is not None:
        return denied
    if not estimate.total:
        return Denied("no_lines", _("Write what the repair costs first."))
    if not estimate.work.strip():
        return Denied("no_work", _("Say in the customer's language what is done."))
    if estimate.uneconomic and estimate.exchange_price is None:
        text = _("The repair costs more than it is worth. Propose an exchange: give its price.")
        return Denied("beyond_economic_repair", text, field="exchange_price")
    alone = parameter(ALONE.key, estimate.piece.repair.scopes)
    if actor is not None and estimate.written_by_id == actor.pk and estimate.total > alone:
        return Denied("own_estimate", _("An estimate of this size is sent by somebody else than who wrote it."), status=403)
    return None


@verb("complaints.revise_estimate", _("Issue again"))
def revise_estimate(estimate: RepairEstimate, *, actor: Any, reason: str = "") -> RepairEstimate:
    """Replace an estimate that the customer has not decided on: it and its link hold no longer, a draft with its lines follows.

    Raises Denied.
    """
    piece = RepairPiece.objects.locked().get(pk=estimate.piece_id)
    RepairEstimate.workflow.move(estimate, "complaints.revise_estimate")
    estimate.save()
    if not estimate.further:
        piece.status = RepairPiece.Status.DECISION
        piece.save()
    withdraw_work(estimate, actor=actor)
    lines = [{name: getattr(line, name) for name in OF_LINE} for line in estimate.lines.all()]
    return _new(piece, actor, {name: getattr(estimate, name) for name in HEAD}, lines)


def overrun_limit(estimate: RepairEstimate) -> Decimal:
    """Up to what the repair may cost without a new approval (AT-47)."""
    return estimate.total * (100 + Decimal(overrun_share(estimate))) / 100


def look_after() -> int:
    """Let estimates expire whose last day is over, and have customers reminded of the others; twice without harm."""
    sent = RepairEstimate.objects.filter(status=RepairEstimate.Status.SENT).for_list()
    done = 0
    for estimate in sent.order_by("pk"):
        repair = estimate.piece.repair
        assert estimate.sent_at is not None
        days = timedelta(days=parameter(REMIND_DAYS.key, repair.scopes))
        if estimate.is_late:
            expire_estimate(estimate, actor=None)
        elif estimate.reminded_at is None and clock.now() >= estimate.sent_at + days:
            have_reminded(estimate, actor=None)
        else:
            continue
        done += 1
    return done


@verb("complaints.expire_estimate", _("Estimate expired"))
def expire_estimate(estimate: RepairEstimate, *, actor: Any, reason: str = "") -> RepairEstimate:
    """Note that the last day of an estimate is over. Raises Denied."""
    if estimate.status != RepairEstimate.Status.SENT or not estimate.is_late:
        raise Denied("still_valid", _("The estimate still holds, or was answered."))
    piece = RepairPiece.objects.locked().get(pk=estimate.piece_id)
    estimate.status = RepairEstimate.Status.EXPIRED
    estimate.save()
    if not estimate.further:
        piece.status = RepairPiece.Status.EXPIRED
        piece.save()
    withdraw_work(estimate, actor=actor)
    notify(EXPIRED, estimate, to=people_of(piece.repair), actor=actor)
    return estimate


@verb("complaints.have_reminded", _("Reminder due"))
def have_reminded(estimate: RepairEstimate, *, actor: Any, reason: str = "") -> RepairEstimate:
    """Have the customer reminded of an estimate that they have not answered, once. Raises Denied."""
    if estimate.status != RepairEstimate.Status.SENT or estimate.reminded_at is not None:
        raise Denied("nothing_to_remind", _("This estimate is answered, or its reminder is due already."))
    repair = estimate.piece.repair
    estimate.reminded_at = clock.now()
    estimate.save()
    to = (people_of(repair) or ["role:sales_manager"])[-1]
    due = clock.due(clock.now(), 1, clock.Unit.WORKING_DAYS, repair.selling_location.calendar)
    payload = {"customer": repair.plant.customer.name, "scopes": repair.scopes}
    assign_work(estimate, REMIND, to=to, actor=actor, due=due.at, payload=payload)
    return estimate


def fingerprint_of(estimate: RepairEstimate) -> str:
    """What is another text as soon as anything of the estimate is: what the customer's consent is bound to."""
    lines = [[str(getattr(line, name)) for name in OF_LINE] for line in estimate.lines.all()]
    head = [str(getattr(estimate, name)) for name in (*HEAD, "total", "currency", "revision", "piece_id", "valid_until")]
    return fingerprint([head, lines])


def _fee(piece: RepairPiece) -> Decimal:
    scopes = piece.repair.scopes
    amount = parameter(HOUR_RATE.key, scopes) * parameter(FEE_HOURS.key, scopes)
    return round_money(amount, piece.repair.selling_location.currency)


def _new(piece: RepairPiece, actor: Any, head: dict[str, Any], lines: Lines) -> RepairEstimate:
    last = piece.estimates.order_by("-revision").values_list("revision", flat=True).first() or 0
    estimate = RepairEstimate(
        piece=piece, revision=last + 1, written_by=actor, currency=piece.repair.selling_location.currency,
        further=piece.status in FURTHER,
    )  # fmt: skip
    _set(estimate, head)
    _write(estimate, lines)
    return estimate


def _set(estimate: RepairEstimate, head: dict[str, Any]) -> None:
    for name, value in head.items():
        if name not in HEAD:
            raise Denied("not_editable", _("This cannot be changed here."), field=name, status=400)
        setattr(estimate, name, Decimal(0) if name == "discount" and value is None else value)


def _write(estimate: RepairEstimate, lines: Lines) -> None:
    """Write an estimate with its lines and its total, or refuse with everything that is wrong with it."""
    wrong = faults(estimate, exclude=tuple({field.name for field in RepairEstimate._meta.concrete_fields} - set(HEAD)))
    if len(lines) > MOST_LINES:
        wrong.append(
            Denied(
                "too_many_lines", _("An estimate has at most %(most)d lines.") % {"most": MOST_LINES}, field="lines", status=400
            )
        )
    made = []
    for number, values in enumerate(lines[:MOST_LINES], 1):
        line = RepairEstimateLine(estimate=estimate, position=number, **{name: values.get(name, "") for name in OF_LINE})
        found = faults(line, exclude=("estimate", "position", "amount"), prefix=f"lines.{number}.")
        wrong += found
        if not found:
            line.amount = round_money(line.quantity * line.price, estimate.currency)
            made.append(line)
    total = sum((line.amount for line in made), Decimal(0)) - estimate.discount
    if made and total < 0:
        wrong.append(Denied("too_much", _("The discount is larger than the sum."), field="discount", status=400))
    refuse(wrong)
    estimate.total = max(total, Decimal(0))
    bound = parameter(UNECONOMIC.key, estimate.piece.repair.scopes)
    worth = estimate.replacement_value
    estimate.uneconomic = worth is not None and estimate.total * 100 > worth * bound
    estimate.save()
    estimate.lines.all().delete()
    for line in made:
        line.save(force_insert=True)


#: Where a piece stands when an estimate may be written for it.
FURTHER: tuple[str, ...] = (RepairPiece.Status.FURTHER,)
ESTIMABLE = (RepairPiece.Status.DECISION, RepairPiece.Status.EXPIRED, RepairPiece.Status.REFUSED, *FURTHER)
