"""What is done to requests for development: asked from a negotiation or a visit, answered with a date, taken back."""

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from accounts.models import Activity, Department, Role
from catalog.actions.rows import faults, refuse
from kam.core import clock
from kam.core.documents import Document, attach_document, standard_type
from kam.core.money import base_currency
from kam.core.numbering import next_number
from kam.core.verbs import verb
from kam.core.work import assign_work, close_work, withdraw_work
from kam.core.workflow import Denied
from orders.models import DevelopmentRequest, Negotiation
from orders.models.development import ANSWER

OURS = ("number", "status", "answer", "answer_text", "ready_on", "asked_by", "answered_by", "answered_at")
FIELDS = (
    "subject", "customer", "plant", "negotiation", "activity", "location", "need", "drawing", "target_price", "currency",
    "yearly_quantity", "answer_by",
)  # fmt: skip


@verb("orders.ask_development", _("Ask R&D"))
def ask_development(
    model: type[DevelopmentRequest], *, actor: Any, reason: str = "", file: Any = None, **values: Any
) -> DevelopmentRequest:
    """Ask R&D of one of our locations by a day; a negotiation or a visit brings its customer along. Raises Denied."""
    one = model(asked_by=actor, currency=base_currency())
    for name, value in values.items():
        if name not in FIELDS:
            raise Denied("not_editable", _("This cannot be changed here."), field=name, status=400)
        if name != "currency" or value:
            setattr(one, name, value.upper() if name == "currency" else value)
    _place(one)
    refuse(_faults(one))
    one.number = next_number("DR", location=one.location.code, year=clock.today().year)
    one.save(force_insert=True)
    if file is not None:
        attach_document(Document, actor=actor, record=one, type=standard_type(), file=file)
    due = datetime.combine(one.answer_by, time(18), ZoneInfo(one.location.time_zone))
    assign_work(one, ANSWER, to=_asked(one), actor=actor, due=due)
    return one


def _asked(one: DevelopmentRequest) -> str:
    """R&D of the location; where it has no such department, whoever holds the role."""
    department = Department.objects.filter(location=one.location, function=Role.TECHNICAL).first()
    return department.audience if department else f"role:{Role.TECHNICAL}"


def _place(one: DevelopmentRequest) -> None:
    """The customer and plant of what it comes from, where they are not given."""
    for source in (one.plant, one.negotiation, one.activity):
        if isinstance(source, Negotiation):
            one.plant = one.plant or (source.plant if one.customer_id in {None, getattr(source.company, "pk", None)} else None)
            if one.customer_id is None and source.company is not None:
                one.customer = source.company
        elif isinstance(source, Activity):
            one.plant = one.plant or (source.plant if one.customer_id in {None, source.customer_id} else None)
            if one.customer_id is None and source.customer is not None:
                one.customer = source.customer
        elif source is not None and one.customer_id is None:
            one.customer = source.customer


def _faults(one: DevelopmentRequest) -> list[Denied]:
    wrong = faults(one, exclude=OURS)
    if one.plant is not None and one.customer_id is not None and one.plant.customer_id != one.customer_id:
        wrong.append(Denied("foreign_plant", _("The plant does not belong to this customer."), field="plant", status=400))
    for name, source in (
        ("negotiation", getattr(one.negotiation, "company", None)),
        ("activity", getattr(one.activity, "customer", None)),
    ):
        if source is not None and one.customer_id is not None and source.pk != one.customer_id:
            wrong.append(Denied("foreign_source", _("This is about another customer."), field=name, status=400))
    if one.answer_by is not None and one.answer_by < clock.today():
        wrong.append(Denied("due_past", _("Choose a day to come."), field="answer_by", status=400))
    for name in ("target_price", "yearly_quantity"):
        value: Decimal | None = getattr(one, name)
        if value is not None and value <= 0:
            wrong.append(Denied("above_zero", _("A figure here lies above zero."), field=name, status=400))
    return wrong


@verb("orders.answer_development", _("Answer request"))
def answer_development(
    one: DevelopmentRequest,
    *,
    actor: Any,
    reason: str = "",
    answer: str,
    answer_text: str = "",
    ready_on: date | None = None,
) -> DevelopmentRequest:
    """Say whether it can be done and by when; conditions and a no are put in words. Who asked is told."""
    DevelopmentRequest.workflow.move(one, "orders.answer_development")
    text = " ".join((answer_text or reason).split())
    wrong = []
    if answer not in DevelopmentRequest.Answer.values:
        wrong.append(Denied("unknown_answer", _("Choose one of the offered answers."), field="answer", status=400))
    if answer != DevelopmentRequest.Answer.FEASIBLE and not text:
        wrong.append(Denied("comment_needed", _("This answer needs a comment: say why."), field="answer_text", status=400))
    if answer != DevelopmentRequest.Answer.NOT_FEASIBLE and (ready_on is None or ready_on < clock.today()):
        wrong.append(Denied("ready_when", _("Say by when it can be ready."), field="ready_on", status=400))
    one.answer, one.answer_text = answer, text
    one.ready_on = ready_on if answer != DevelopmentRequest.Answer.NOT_FEASIBLE else None
    one.answered_by, one.answered_at = actor, clock.now()
    refuse(wrong + faults(one, exclude=tuple(name for name in OURS if name != "answer_text")))
    one.save()
    close_work(one, ANSWER, actor=actor)
    return one


@verb("orders.withdraw_development", _("Withdraw request"))
def withdraw_development(one: DevelopmentRequest, *, actor: Any, reason: str = "") -> DevelopmentRequest:
    """Take back what nobody has answered yet, with a reason; R&D has nothing to do with it any more."""
    if not reason.strip():
        raise Denied("reason_needed", _("Say why."), field="reason", status=400)
    DevelopmentRequest.workflow.move(one, "orders.withdraw_development")
    one.save()
    withdraw_work(one, actor=actor, kind=ANSWER, reason=reason)
    return one
