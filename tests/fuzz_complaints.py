"""What the fuzz of the API needs of complaints: one for each verb, and what a client knows beyond the shape of a body."""

import itertools
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from accounts.models import Location, Plant, User
from complaints.actions import (
    ask_parts,
    close_complaint,
    define_actions,
    finish_action,
    implement_actions,
    propose_rejection,
    send_answer,
    send_receipt,
)
from complaints.models import Cause, Complaint, ComplaintAction, ComplaintCost, CustomerDeadline, OnCall, Settlement
from kam.core import clock
from tests.factories.accounts import ContactFactory, DepartmentFactory
from tests.factories.complaints import (
    analysed,
    answered,
    assessed,
    caused,
    complained,
    contained,
    cost,
    on_call,
    planned,
    settled,
    wanted,
)
from tests.factories.reports_8d import IDENTIFIED, report_file

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
    if verb in FAR:
        FAR[verb](made)
        made.refresh_from_db()
    return made


def _closed(one: Complaint) -> None:
    close_complaint(answered(one), actor=None)
    Complaint.objects.filter(pk=one.pk).update(closed_at=clock.now() - timedelta(days=91))


def _sent(one: Complaint) -> None:
    send_answer(assessed(one), actor=None, answer="The joint was not cured.", sent_to="buyer@acme.example")


def _found(one: Complaint) -> None:
    propose_rejection(assessed(one), actor=None, grounds="It is within the drawing.")


def _known_there(one: Complaint) -> Complaint:
    """A complaint with everything by which the customer's system knows it."""
    contact = ContactFactory(customer=one.plant.customer, plant=one.plant, email="quality@acme.example")
    Complaint.objects.filter(pk=one.pk).update(contact=contact, **IDENTIFIED)
    one.refresh_from_db()
    return one


#: How far a complaint has to be for a verb.
FAR: dict[str, Callable[[Complaint], Any]] = {
    "assess": lambda one: send_receipt(one, actor=None, way="phone"),
    "send_answer": assessed,
    "remind": _sent,
    "note_reply": _sent,
    "close": answered,
    "confirm_effectiveness": _closed,
    "reopen": _closed,
    "ask_parts": assessed,
    "note_parts": lambda one: ask_parts(assessed(one), actor=None),
    "write_team": assessed,
    "write_problem": assessed,
    "write_containment": lambda one: assessed(one, depth="8d"),
    "finish_containment": contained,
    "define_actions": analysed,
    "implement_actions": lambda one: define_actions(analysed(one, done=True), actor=None),
    "report_8d": lambda one: contained(_known_there(one)),
    "write_prevention": lambda one: implement_actions(define_actions(analysed(one, done=True), actor=None), actor=None),
    "propose_rejection": assessed,
    "reject": _found,
    "decline_rejection": _found,
    "recognise_defect": assessed,
}


def first_answer() -> Any:
    """The first answer to a complaint, given out by hand."""
    return analysed(complaining("GET")).letters.get()


def cause() -> Cause:
    """A cause of a complaint that is worked on, on which nothing hangs."""
    return caused(contained(complaining("GET")), "system", root=False)


def action_of(verb: str) -> ComplaintAction:
    """An action about a complaint that is worked on, carried out where it is to be verified."""
    made = planned(contained(complaining("GET")))
    return finish_action(made, actor=None, proof="Record of the oven") if verb == "verify" else made


def _cause(key: int | None) -> dict[str, Any]:
    """A further cause, of its own complaint."""
    about = Cause.objects.get(pk=key).complaint_id if key else contained(complaining("GET")).pk
    words = {"kind": "system", "category": "method", "text": f"No alarm {next(number)}"}
    return words | {"complaint": about, "parent": None, "root": False, "verification": ""}


def _action(key: int | None) -> dict[str, Any]:
    """An action of the account manager."""
    about = ComplaintAction.objects.get(pk=key).complaint_id if key else contained(complaining("GET")).pk
    owner = User.objects.get(email="account.manager@kam.example")
    words = {"discipline": "corrective", "text": f"Watch it {next(number)}", "due_on": "2099-01-01"}
    return words | {"complaint": about, "cause": None, "owner": owner.pk}


def settlement(verb: str) -> Settlement:
    """A settlement to be decided, or approved where it is to be carried out."""
    return settled(complaining("GET"), "500.00" if verb == "carry_out" else "2500.00")


def cost_of() -> ComplaintCost:
    """A cost of a complaint."""
    return cost(complaining("GET"))


def _cost(key: int | None) -> dict[str, Any]:
    """A freight cost, of its own complaint."""
    about = ComplaintCost.objects.get(pk=key).complaint_id if key else complaining("GET").pk
    figures = {"kind": "freight", "incurred_on": "2026-01-08", "hours": None, "rate": None, "amount": "310.00"}
    return figures | {"complaint": about, "note": f"Truck {next(number)}"}


def deadline() -> CustomerDeadline:
    """What the German company wants of a step by a document of its own."""
    return wanted(_plant().customer, "d3", 2, "working_days", f"QA {next(number)}")


def _deadline(key: int | None) -> dict[str, Any]:
    """A deadline in a document that nobody else has."""
    customer = CustomerDeadline.objects.get(pk=key).customer_id if key else _plant().customer_id
    term = {"step": "d4", "amount": 5, "unit": "working_days", "roll": "none"}
    return {"customer": customer, "profile": f"QA {next(number)}", "first_day": "2026-01-01", "last_day": None} | term


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
    ("complaint", "import_report"): lambda _key: {"plant": _plant().pk, "report": report_file()},
    ("complaint", "confirm_receipt"): lambda _key: {"way": "phone"},
    ("complaint", "mark_duplicate"): lambda _key: {"of": complaining("GET").pk},
    ("complaint", "assess"): lambda _key: {"severity": 3, "depth": "statement"},
    ("complaint", "note_reply"): lambda _key: {"reply": "accepted"},
    ("complaint", "send_answer"): lambda _key: {"answer": "The joint was not cured.", "sent_to": "buyer@acme.example"},
    ("complaint", "write_problem"): lambda _key: {"facts": [{"question": "what", "occurs": "Belts tear"}]},
    ("complaint", "write_team"): lambda _key: {"members": []},
    ("complaint", "write_containment"): lambda _key: {
        "places": [{"place": place, "quantity": "0"} for place in ("customer", "transit", "stock", "wip")]
    },
    ("complaint", "finish_containment"): lambda _key: {"sent_to": "buyer@acme.example"},
    ("complaint", "reject"): lambda _key: {"sent_to": "buyer@acme.example"},
    ("complaintletter", "send"): lambda _key: {"sent_to": "buyer@acme.example"},
    ("complaint", "settle"): lambda _key: {"remedy": "credit", "amount": "10.00", "currency": "EUR"},
    ("settlement", "carry_out"): lambda _key: {"reference": "NC 17"},
    ("complaintcost", "POST"): _cost,
    ("complaintcost", "PUT"): _cost,
    ("complaintcost", "PATCH"): _cost,
    ("cause", "POST"): _cause,
    ("cause", "PUT"): _cause,
    ("cause", "PATCH"): _cause,
    ("complaintaction", "POST"): _action,
    ("complaintaction", "PUT"): _action,
    ("complaintaction", "PATCH"): _action,
    ("customerdeadline", "POST"): _deadline,
    ("customerdeadline", "PUT"): _deadline,
    ("customerdeadline", "PATCH"): _deadline,
    ("oncall", "POST"): _turn,
    ("oncall", "PUT"): _turn,
    ("oncall", "PATCH"): _turn,
}
