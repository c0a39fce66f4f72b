"""Complaints for tests, and who is on call."""

from datetime import date
from typing import Any

from accounts.models import Department, Location, Plant
from complaints.actions import receive_complaint
from complaints.models import Complaint, OnCall
from kam.core.periods import period
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
