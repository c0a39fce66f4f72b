"""Taking complaints in: with a customer and a sentence, completed and registered later, told apart from what came before (domain 6.2)."""

from collections.abc import Sequence
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from accounts.models import Plant, leading_location
from catalog.actions.rows import faults, refuse
from complaints.actions.alerting import alert
from complaints.actions.deadlines import end_steps, hand_on, plan_steps
from complaints.models import Complaint
from complaints.models.complaints import first_severity
from complaints.models.exchange import EXCHANGED
from complaints.models.process import PROCESS_FIELDS
from kam.core import clock
from kam.core.documents import Document, attach_document, standard_type
from kam.core.numbering import next_number
from kam.core.verbs import verb
from kam.core.work import Asking, close_work, define_work, withdraw_work
from kam.core.workflow import Denied

COMPLETE = define_work("complete_complaint", _("Complete and register the complaint %(record)s of %(customer)s"), on_record=True)

#: What a complaint is told; what is only counted or judged later is told by later steps.
HEAD = (
    "kind", "simple", "line_stop", "safety", "plant", "selling_location", "producing_location", "contact", "product", "order",
    "customer_reference", "customer_part", "delivery_note", "invoice", "batch", "serial", "text", "defect", "detected_at", "remedy",
    "unit", "delivered", "claimed", "returned", "confirmed", "unjustified", "channel", "received_at", "discovered_on", "notified_on",
    *EXCHANGED,
)  # fmt: skip
OURS = (
    "number", "status", "severity", "reported_by", "registered_at", "receipt_at", "receipt_way", "repeats", "duplicate_of",
    "exchanged_header", *PROCESS_FIELDS,
)  # fmt: skip
QUANTITIES = ("delivered", "claimed", "returned", "confirmed", "unjustified")
MOST_PHOTOS = 10


@verb("complaints.receive_complaint", _("New complaint"))
def receive_complaint(
    model: type[Complaint], *, actor: Any, reason: str = "", photos: Sequence[Any] = (), **head: Any
) -> Complaint:
    """Take a complaint in: a plant and a sentence are enough, everything else can follow until the next working morning.

    What is complete is registered at once. The departments concerned are alerted in the same transaction. Raises Denied.
    """
    complaint = Complaint(reported_by=actor)
    _set(complaint, head)
    complaint.received_at = complaint.received_at or clock.now()
    _place(complaint)
    complaint.severity = first_severity(complaint)
    refuse(_faults(complaint) + _photo_faults(photos))
    if not complaint.missing:
        complaint.status, complaint.registered_at = Complaint.Status.REGISTERED, clock.now()
    complaint.number = next_number("RC", location=complaint.selling_location.code, year=clock.today().year)
    complaint.save(force_insert=True)
    for photo in photos:
        attach_document(Document, actor=actor, record=complaint, type=standard_type("photo"), file=photo)
    plan_steps(complaint)
    alert(complaint, actor=actor, beside=_completing(complaint, actor))
    return complaint


def label_key(complaint: Complaint, _actor: Any) -> str:
    """By which key the label of the complained goods is printed; goods are blocked while the complaint runs. Raises Denied."""
    if complaint.is_over:
        raise Denied("complaint_over", _("This complaint has ended. Its goods are not kept apart any more."))
    return str(complaint.pk)


@verb("complaints.edit_complaint", _("Edit complaint"))
def edit_complaint(complaint: Complaint, *, actor: Any, reason: str = "", **head: Any) -> Complaint:
    """Change what a complaint says; what is not given stays. What becomes graver alerts whom it then concerns. Raises Denied."""
    if complaint.is_over:
        raise Denied("complaint_over", _("This complaint has ended. What it says stays as it is."))
    before, severity = {name: getattr(complaint, name) for name in HEAD}, complaint.severity
    _set(complaint, head)
    if before == {name: getattr(complaint, name) for name in HEAD}:
        return complaint
    _place(complaint)
    if (complaint.line_stop, complaint.safety) != (before["line_stop"], before["safety"]) or not complaint.registered_at:
        complaint.severity = first_severity(complaint)
    refuse(_faults(complaint) + _still_complete(complaint))
    complaint.save()
    if (complaint.severity, complaint.received_at) != (severity, before["received_at"]):
        plan_steps(complaint)
    alert(complaint, actor=actor)
    return complaint


@verb("complaints.register_complaint", _("Register complaint"))
def register_complaint(complaint: Complaint, *, actor: Any, reason: str = "") -> Complaint:
    """Register what says everything that it must (domain 6.2). Raises Denied with what is missing."""
    Complaint.workflow.move(complaint, "complaints.register_complaint")
    complaint.registered_at = clock.now()
    if complaint.receipt_at is not None:
        Complaint.workflow.move(complaint, "complaints.send_receipt")
    complaint.save()
    close_work(complaint, COMPLETE, actor=actor)
    hand_on(complaint, actor=actor)
    return complaint


@verb("complaints.mark_duplicate", _("It is a duplicate"))
def mark_duplicate(complaint: Complaint, *, actor: Any, reason: str = "", of: Complaint) -> Complaint:
    """Say that a complaint is the same as another one of the customer, which goes on; its alerts are called off. Raises Denied."""
    Complaint.workflow.move(complaint, "complaints.mark_duplicate")
    if of.pk == complaint.pk or of.is_over or of.plant.customer_id != complaint.plant.customer_id:
        text = _("Choose another complaint of this customer that is still open.")
        raise Denied("not_the_same", text, field="of", status=400)
    complaint.duplicate_of = of
    complaint.save()
    withdraw_work(complaint, actor=actor, reason=of.number)
    end_steps(complaint)
    return complaint


@verb("complaints.withdraw_complaint", _("Withdrawn by the customer"))
def withdraw_complaint(complaint: Complaint, *, actor: Any, reason: str = "") -> Complaint:
    """Note that the customer takes a complaint back, and why; nothing is to be done about it any more. Raises Denied."""
    if not reason.strip():
        raise Denied("reason_needed", _("Say why."), field="reason", status=400)
    Complaint.workflow.move(complaint, "complaints.withdraw_complaint")
    complaint.save()
    withdraw_work(complaint, actor=actor, reason=reason)
    end_steps(complaint)
    return complaint


def _completing(complaint: Complaint, actor: Any) -> list[Asking]:
    """What whoever took it in has still to say, by the next working morning."""
    if not complaint.missing or actor is None:
        return []
    payload = {"customer": complaint.plant.customer.name}
    return [Asking(COMPLETE, [actor], due=next_morning(complaint), payload=payload, tell=False)]


def _set(complaint: Complaint, head: dict[str, Any]) -> None:
    for name, value in head.items():
        if name not in HEAD:
            raise Denied("not_editable", _("This cannot be changed here."), field=name, status=400)
        setattr(complaint, name, value)


def _place(complaint: Complaint) -> None:
    """What nobody said: the location that leads the plant sells, the product's own location makes it, else the one that sells."""
    order = complaint.order
    if complaint.selling_location_id is None and complaint.plant_id is not None:
        complaint.selling_location = order.selling_location if order else leading_location(complaint.plant)
    if complaint.producing_location_id is None:
        made = complaint.product.producing_location if complaint.product else None
        complaint.producing_location = made or (order.producing_location if order else None) or _seller(complaint)
    if complaint.product is not None:
        complaint.unit = complaint.product.base_unit


def _seller(complaint: Complaint) -> Any:
    return complaint.selling_location if complaint.selling_location_id is not None else None


def _faults(complaint: Complaint) -> list[Denied]:
    """What is wrong with what it says, each at its field."""
    wrong = faults(complaint, exclude=OURS)
    plant: Plant | None = complaint.plant if complaint.plant_id is not None else None
    if plant is not None:
        if plant.customer.status == "closed" or plant.status == Plant.Status.CLOSED:
            text = _("This customer or plant is closed. Choose who took it over.")
            wrong.append(Denied("customer_closed", text, field="plant", status=400))
        if complaint.contact is not None and complaint.contact.customer_id != plant.customer_id:
            wrong.append(Denied("contact_of_another", _("Choose a contact of this customer."), field="contact", status=400))
        if complaint.order is not None and complaint.order.customer_id != plant.customer_id:
            wrong.append(Denied("order_of_another", _("Choose an order of this customer."), field="order", status=400))
    if complaint.received_at is not None and complaint.received_at > clock.now():
        wrong.append(Denied("not_yet", _("This lies in the future."), field="received_at", status=400))
    if None not in (complaint.confirmed, complaint.delivered) and complaint.confirmed > complaint.delivered:  # type: ignore[operator]
        text = _("No more can be confirmed as defective than was delivered.")
        wrong.append(Denied("more_than_delivered", text, field="confirmed", status=400))
    return wrong


def _still_complete(complaint: Complaint) -> list[Denied]:
    """What was registered goes on saying everything that it must."""
    if complaint.registered_at is None:
        return []
    text = _("A registered complaint has to say this.")
    return [Denied("incomplete", text, field=name, status=400) for name in complaint.missing]


def _photo_faults(photos: Sequence[Any]) -> list[Denied]:
    if len(photos) > MOST_PHOTOS:
        text = _("At most %(most)d photos at once; the others can be attached afterwards.") % {"most": MOST_PHOTOS}
        return [Denied("too_many_photos", text, field="photos", status=400)]
    return []


def next_morning(complaint: Complaint) -> datetime:
    """Noon of the next working day where it is sold."""
    location = complaint.selling_location
    zone = ZoneInfo(location.time_zone)
    return datetime.combine(clock.add_working_days(clock.today(zone), 1, location.calendar), time(12), zone)
