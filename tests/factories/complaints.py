"""Complaints for tests, and who is on call."""

from datetime import date
from decimal import Decimal
from typing import Any

from accounts.models import Department, Location, Plant
from complaints.actions import (
    add_cost,
    assess_complaint,
    define_actions,
    finish_action,
    finish_containment,
    implement_actions,
    note_reply,
    propose_settlement,
    receive_complaint,
    send_answer,
    send_receipt,
    verify_action,
    write_containment,
    write_prevention,
)
from complaints.models import Cause, Complaint, ComplaintAction, ComplaintCost, CustomerDeadline, OnCall, Settlement
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


def contained(complaint: Complaint, *, leader: Any = None, depth: str = "8d") -> Complaint:
    """A complaint whose pieces were looked for everywhere; five were found in our stock, and blocked."""
    one = assessed(complaint, leader=leader, severity=2, depth=depth)
    places: list[dict[str, Any]] = [{"place": place, "quantity": Decimal(0)} for place in ("customer", "transit", "wip")]
    day = clock.today()
    places.append(
        {"place": "stock", "quantity": Decimal(5), "action": "Blocked", "effective_from": day, "result": "Sorted, 5 found"}
    )
    return write_containment(one, actor=None, places=places)


def caused(complaint: Complaint, kind: str, *, root: bool = True) -> Cause:
    """A cause, verified where it is the root."""
    return Cause.objects.create(
        complaint=complaint, kind=kind, category="method", text=f"The oven was cold ({kind})", root=root,
        verification="Repeated on three belts" if root else "",
    )  # fmt: skip


def planned(complaint: Complaint, cause: Cause | None = None, *, done: bool = False, **values: Any) -> ComplaintAction:
    """An action of somebody, carried out and verified where told."""
    known = {"text": "Watch the temperature", "owner": UserFactory(), "due_on": clock.today()}
    action = ComplaintAction.objects.create(complaint=complaint, cause=cause, **known | values)
    if done:
        verify_action(finish_action(action, actor=None, proof="Record of the oven"), actor=None)
    return action


def analysed(complaint: Complaint, *, done: bool = False, **how: Any) -> Complaint:
    """A complaint with both root causes and an action against each."""
    one = finish_containment(contained(complaint, **how), actor=None, sent_to="buyer@acme.example")
    for kind in ("occurrence", "non_detection"):
        planned(one, caused(one, kind), done=done)
    return one


def settled(complaint: Complaint, amount: str = "2500.00", remedy: str = "credit") -> Settlement:
    """A settlement that the sales manager has to approve."""
    return propose_settlement(complaint, actor=None, remedy=remedy, amount=Decimal(amount))


def cost(complaint: Complaint) -> ComplaintCost:
    """What carrying it back and forth cost."""
    return add_cost(
        ComplaintCost, actor=None, complaint=complaint, kind="freight", incurred_on=clock.today(), amount=Decimal("310.00")
    )


def prevented(complaint: Complaint, **how: Any) -> Complaint:
    """A complaint whose 8D is complete up to D7."""
    one = implement_actions(define_actions(analysed(complaint, done=True, **how), actor=None), actor=None)
    return write_prevention(one, actor=None, papers="FMEA rev. 7", similar="Belts of 20 and 30 mm", lessons="Ovens have alarms")
