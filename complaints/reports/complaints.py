"""What is read of complaints: what looks like the same one, whom to call, who was told what and when they answered, and what is found by typing."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib.contenttypes.models import ContentType
from django.db.models import Max, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Department, User, manager_audience
from accounts.models.audiences import audience_label, audience_members
from complaints.models import Complaint, OnCall
from complaints.models.complaints import ACKNOWLEDGE
from kam.core import clock
from kam.core.notifications import Notification
from kam.core.plain import with_words
from kam.core.work_items import WorkItem
from orders.models import Order, SalesDocument, SalesLine

DAYS_ALIKE = 30
MOST_FOUND = 5


def likely_same(complaint: Complaint, reader: Any) -> list[Complaint]:
    """The reader's open complaints of the same customer that may be this one: its number, its batch or serial, or its product of these days."""
    if complaint.is_over:
        return []
    alike = Q(pk__in=[])
    for name in ("customer_reference", "batch", "serial", "delivery_note"):
        if value := getattr(complaint, name):
            alike |= Q(**{f"{name}__iexact": value})
    if complaint.product_id is not None:
        days = timedelta(days=DAYS_ALIKE)
        alike |= Q(
            product=complaint.product_id, defect=complaint.defect,
            received_at__range=(complaint.received_at - days, complaint.received_at + days),
        )  # fmt: skip
    rows = Complaint.objects.visible_to(reader).open().filter(alike, plant__customer=complaint.plant.customer_id)
    return list(rows.exclude(pk=complaint.pk).for_list().order_by("-received_at", "-pk")[:MOST_FOUND])


def alerts_of(complaint: Complaint) -> list[WorkItem]:
    """What the departments were asked to acknowledge, the first asked first."""
    rows = WorkItem.objects.on(complaint).filter(kind=ACKNOWLEDGE).exclude(state=WorkItem.State.CANCELLED)
    return list(rows.select_related("done_by", "assignee", "clock").order_by("asked_at", "pk"))


@dataclass(frozen=True)
class Call:
    """Whom to call for a department that is silent."""

    department: str
    person: User
    phone: str
    why: Any


def whom_to_call(complaint: Complaint) -> list[Call]:
    """For every department that has let its time pass: who is on call today in their order, then its head or whoever stands above it."""
    found = []
    for item in alerts_of(complaint):
        if item.state != WorkItem.State.OPEN or item.due_at is None or item.due_at > clock.now():
            continue
        label = audience_label(item.audience)
        kind, _colon, key = item.audience.partition(":")
        turns = OnCall.objects.on(clock.today()).filter(department=int(key) if kind == "department" else 0)
        calls = [Call(label, turn.person, turn.number, _("on call")) for turn in turns.for_list().order_by("place", "pk")]
        head = Department.objects.filter(pk=int(key)).select_related("head").first() if kind == "department" else None
        above = [head.head] if head and head.head else list(audience_members(manager_audience(item.audience))[:1])
        known = {call.person.pk for call in calls}
        calls += [Call(label, one, one.phone, _("stands above it")) for one in above if one.pk not in known]
        found += calls
    return found


@dataclass(frozen=True)
class Told:
    """One line of the proof: who was told what, when and how, when they read it, and when their department answered."""

    person: Any
    about: Any
    told_at: datetime
    mailed_at: datetime | None
    mail_state: Any
    device_at: datetime | None
    read_at: datetime | None
    answered_at: datetime | None
    answered_by: Any


def proof_of(complaint: Complaint) -> list[Told]:
    """Who was told of a complaint, in the order in which they were told; kept by the rows that told them."""
    items = {item.pk: item for item in WorkItem.objects.on(complaint).select_related("done_by")}
    own, of_work = ContentType.objects.get_for_model(Complaint), ContentType.objects.get_for_model(WorkItem)
    rows = Notification.objects.filter(
        Q(content_type=own, object_id=complaint.pk) | Q(content_type=of_work, object_id__in=list(items))
    ).select_related("reader", "mail")
    found = []
    for row in rows.annotate(device_at=Max("pushes__sent_at")).order_by("created_at", "pk"):
        item = items.get(row.object_id) if row.content_type_id == of_work.pk else None
        about = audience_label(item.audience) if item else _("for information")
        mail = row.mail
        found.append(
            Told(
                row.reader, about, row.created_at, mail.sent_at if mail else None, mail.get_state_display() if mail else "",
                row.device_at, row.read_at, item.done_at if item else None, item.done_by if item else None,
            )
        )  # fmt: skip
    return found


@dataclass(frozen=True)
class Hit:
    """Something found by typing a part of its number, and where the form for a complaint about it begins."""

    label: str
    detail: str
    address: str


def find(reader: Any, text: str) -> list[Hit]:
    """The reader's orders, invoices and what earlier complaints named (delivery, batch, serial) whose number holds the text."""
    text = " ".join(text.split())[:60]
    if len(text) < 3:
        return []
    hits = []
    for order in with_words(Order.objects.visible_to(reader).for_list(), text).order_by("-received_at", "-pk")[:MOST_FOUND]:
        values = {"plant": order.plant_id, "order": order.pk, "selling_location": order.selling_location_id}
        label = " ".join(part for part in (order.number, order.customer_reference) if part)
        hits.append(_hit(label, order.plant, values))
    documents = SalesDocument.objects.visible_to(reader).filter(number__iexact=text).order_by("pk")[:MOST_FOUND]
    lines = SalesLine.objects.visible_to(reader).current().filter(document__in=list(documents)).for_list()
    seen = set()
    for line in lines.order_by("document", "pk")[:MOST_FOUND]:
        if (line.document_id, line.product_id) in seen:
            continue
        seen.add((line.document_id, line.product_id))
        values = {"plant": line.plant_id, "invoice": line.document.number, "selling_location": line.selling_location_id}
        values |= {"product": line.product_id} if line.product_id else {}
        hits.append(_hit(f"{line.document.number} · {line.product or ''}", line.plant, values))
    named = Q()
    for name in ("delivery_note", "batch", "serial"):
        named |= Q(**{f"{name}__icontains": text})
    earlier = with_words(Complaint.objects.visible_to(reader).for_list(), text).filter(named)
    for one in earlier.order_by("-received_at", "-pk")[:MOST_FOUND]:
        values = {name: getattr(one, name) for name in ("delivery_note", "batch", "serial") if getattr(one, name)}
        label = " · ".join(map(str, values.values()))
        values |= {"plant": one.plant_id} | ({"product": one.product_id} if one.product_id else {})
        hits.append(_hit(label, one.plant, values))
    return hits


def _hit(label: str, plant: Any, values: dict[str, Any]) -> Hit:
    return Hit(label, f"{plant.name}, {plant.customer.name}", f"{reverse('complaints:complaint_create')}?{urlencode(values)}")
