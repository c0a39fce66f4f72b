"""Complaints for tests, and who is on call."""

from datetime import date
from typing import Any

from accounts.models import Department, Location, Plant
from complaints.actions import assess_complaint, note_reply, receive_complaint, send_answer, send_receipt
from complaints.models import Complaint, CustomerDeadline, OnCall
from kam.core import clock
from kam.core.periods import period
from kam.core.work_items import WorkItem
from tests.factories.accounts import DepartmentFactory, UserFactory


def complained(plant: Plant, selling: Location, producing: Location | None = None, *, by: Any = None, **head: Any) -> Complaint:
    """A complaint of a plant, as it was taken in; complete and registered unless told otherwise."""
    known = {
        "text": "Belts tear at the joint", "claimed": 12, "remedy": "replacement", "delivery_note": "DN-4711",
        "selling_location": selling, "producing_location": producing or selling, "channel": "phone",
    }  # fmt: skip
    return receive_complaint(Complaint, actor=by, plant=plant, **known | head)


def on_call(department: Department | None = None, **values: Any) -> OnCall:
    """A turn of a department, always."""
    known: dict[str, Any] = {"person": UserFactory(), "place": 1, "phone": "+39 011 555", "period": period(date(2000, 1, 1))}
    return OnCall.objects.create(department=department or DepartmentFactory(), **known | values)


def assessed(complaint: Complaint, *, leader: Any = None, severity: int = 3, depth: str = "statement") -> Complaint:
    """A complaint that was confirmed to the customer and judged; nobody's alert waits any more."""
    if complaint.status == "registered":
        send_receipt(complaint, actor=None, way="phone")
    WorkItem.objects.on(complaint).open().filter(kind="acknowledge_complaint").update(state="cancelled", done_at=clock.now())
    return assess_complaint(complaint, actor=None, severity=severity, depth=depth, leader=leader or UserFactory())


def answered(complaint: Complaint, *, leader: Any = None) -> Complaint:
    """A complaint with a final answer that the customer accepted."""
    send_answer(assessed(complaint, leader=leader), actor=None, answer="The joint was not cured.", sent_to="buyer@acme.example")
    return note_reply(complaint, actor=None)


def wanted(customer: Any, step: str, amount: int, unit: str, profile: str = "QA", **values: Any) -> CustomerDeadline:
    """A customer's deadline of a step, always."""
    known = {"roll": "none", "period": period(date(2000, 1, 1))}
    return CustomerDeadline.objects.create(
        customer=customer, step=step, amount=amount, unit=unit, profile=profile, **known | values
    )
