"""What the fuzz of the API needs of complaints: one for each verb, and what a client knows beyond the shape of a body."""

import itertools
from collections.abc import Callable
from typing import Any

from accounts.models import Location, Plant, User
from complaints.models import Complaint, OnCall
from tests.factories.accounts import DepartmentFactory
from tests.factories.complaints import complained, on_call

number = itertools.count(1)


def _germany() -> Location:
    found: Location = Location.objects.get(code="DE")
    return found


def _plant() -> Plant:
    return Plant.objects.filter(customer__code="C-ACME-DE").order_by("pk")[0]


def complaining(verb: str) -> Complaint:
    """A complaint of the German plant about the German location; one that is to be registered says everything and is not yet."""
    made = complained(_plant(), _germany(), remedy="" if verb == "register" else "credit")
    Complaint.objects.filter(pk=made.pk).update(remedy="credit")
    made.refresh_from_db()
    return made


def turn() -> OnCall:
    """A turn in Germany in a department of its own place."""
    OnCall.objects.all().delete()
    return on_call(DepartmentFactory(location=_germany(), function="quality"), place=1 + next(number) % 9)


def _complaint(_key: int | None) -> dict[str, Any]:
    """Twelve pieces of the German plant."""
    nothing = dict.fromkeys(
        ("contact", "product", "order", "discovered_on", "notified_on", "returned", "confirmed", "unjustified")
    )
    quantities = {"claimed": "12.000", "delivered": "100.000"}
    place = {"plant": _plant().pk, "selling_location": _germany().pk, "producing_location": _germany().pk}
    words = {
        "text": f"Belts tear {next(number)}",
        "delivery_note": "DN-1",
        "remedy": "credit",
        "received_at": "2026-01-07T09:00:00Z",
    }
    return nothing | quantities | place | words


def _turn(key: int | None) -> dict[str, Any]:
    """A turn in Germany that nobody else has."""
    OnCall.objects.exclude(pk=key or 0).delete()
    department = DepartmentFactory(location=_germany(), function="quality")
    person = User.objects.get(email="account.manager@kam.example")
    days = {"first_day": "2026-01-01", "last_day": None}
    return days | {"department": department.pk, "person": person.pk, "phone": "+49 1", "place": 1 + next(number) % 9}


COMPLAINING: dict[tuple[str, str], Callable[[int | None], dict[str, Any]]] = {
    ("complaint", "POST"): _complaint,
    ("complaint", "PUT"): _complaint,
    ("complaint", "PATCH"): _complaint,
    ("complaint", "confirm_receipt"): lambda _key: {"way": "phone"},
    ("complaint", "mark_duplicate"): lambda _key: {"of": complaining("GET").pk},
    ("oncall", "POST"): _turn,
    ("oncall", "PUT"): _turn,
    ("oncall", "PATCH"): _turn,
}
