"""The deadlines of a complaint's steps: the customer's where a document of theirs names the step, else ours by severity; and who has to act next.

A clock never moves by itself: it begins with the receipt, is met by the verb of its step, stands still only while parts are
waited for, and then only where it is our own (domain 1.6, 6.5).
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import Department, Role, account_manager_of
from complaints.models import Complaint, CustomerDeadline, Depth, Step
from complaints.models.deadlines import kind_of
from complaints.models.process import ANSWERED_FROM, IN_WORK
from kam.core import clock
from kam.core.clock import Clock, Roll, Unit
from kam.core.parameters import define, parameter, parameters_in_turn
from kam.core.work import assign_work, close_work, define_work, withdraw_work
from kam.core.work_items import WorkItem
from kam.core.workflow import Denied

#: Our own deadlines, one for each severity from 1 on; one alone holds for all of them.
OWN: dict[str, tuple[list[str], Any]] = {
    Step.RECEIPT: (
        ["4 hours", "24 hours", "24 hours", "1 working_days"],
        _("Deadline of the confirmation of receipt, by severity"),
    ),
    Step.D3: (["24 hours", "48 hours", "5 working_days", "5 working_days"], _("Deadline of the first answer (D3), by severity")),
    Step.D4: (["7 calendar_days"], _("Deadline of the causes (D4), by severity")),
    Step.D5: (["14 calendar_days"], _("Deadline of the defined actions (D5), by severity")),
    Step.D6: (["14 calendar_days"], _("Deadline of the implemented actions (D6), by severity")),
    Step.D7: (["25 calendar_days"], _("Deadline of prevention (D7), by severity")),
    Step.D8: (["30 calendar_days"], _("Deadline of the final answer (D8), by severity")),
}
for _step, (_default, _label) in OWN.items():
    define(f"complaints.due_{_step}", default=_default, label=_label)
EFFECT_DAYS = define(
    "complaints.effect_days", default=90, unit="cd", label=_("Days after closure when effectiveness is verified")
)
#: Missing parts stop neither the receipt nor D1 to D3.
NEVER_PAUSED = frozenset({Step.RECEIPT, Step.D3})
#: Which steps a depth has.
STEPS_OF: dict[str, tuple[str, ...]] = {
    "": (Step.RECEIPT, Step.D3),
    Depth.STATEMENT: (Step.RECEIPT, Step.D3),
    Depth.THREE: (Step.RECEIPT, Step.D3),
    Depth.FIVE: (Step.RECEIPT, Step.D3, Step.D4, Step.D5),
    Depth.EIGHT: tuple(Step.values),
}

ASSESS = define_work(
    "assess_complaint", _("Assess the complaint %(record)s of %(customer)s"), on_record=True, owner="role:quality"
)
ANSWER = define_work(
    "answer_complaint", _("Answer the complaint %(record)s of %(customer)s"), on_record=True, owner="role:quality"
)
CONTAIN = define_work(
    "contain_complaint", _("Contain what %(customer)s complained about in %(record)s (D3)"), on_record=True, owner="role:quality"
)
ANALYSE = define_work(
    "analyse_complaint", _("Find the causes of %(record)s of %(customer)s (D4, D5)"), on_record=True, owner="role:quality"
)
IMPLEMENT = define_work(
    "implement_complaint",
    _("Have the actions about %(record)s of %(customer)s carried out (D6)"),
    on_record=True,
    owner="role:quality",
)
PREVENT = define_work(
    "prevent_complaint",
    _("Prevent that %(record)s of %(customer)s comes back elsewhere (D7)"),
    on_record=True,
    owner="role:quality",
)
CLOSE = define_work("close_complaint", _("Close the complaint %(record)s of %(customer)s"), on_record=True, owner="role:quality")
CHECK = define_work(
    "check_effectiveness",
    _("Verify that what was done about %(record)s of %(customer)s works"),
    on_record=True,
    owner="role:quality",
)
AGREE = define_work(
    "agree_rejection", _("Decide whether the complaint %(record)s of %(customer)s is not justified"), on_record=True,
    owner="role:sales_manager",
)  # fmt: skip
#: By status: what is to be done next, and the step whose deadline binds it.
NEXT: dict[str, tuple[str, str]] = {
    "acknowledged": (ASSESS, Step.D3),
    "reopened": (ASSESS, Step.D3),
    "assessed": (CONTAIN, Step.D3),
    "containment": (CONTAIN, Step.D3),
    "analysis": (ANALYSE, Step.D5),
    "action_defined": (IMPLEMENT, Step.D6),
    "action_implemented": (PREVENT, Step.D7),
    "prevention": (ANSWER, Step.D8),
    "answer_sent": (CLOSE, ""),
    "closed": (CHECK, ""),
}
KINDS = (ASSESS, CONTAIN, ANALYSE, IMPLEMENT, PREVENT, ANSWER, CLOSE, CHECK)


def _own(values: list[str], complaint: Complaint, step: str) -> tuple[int, str]:
    """Our own deadline of a step by severity. Raises Denied where the parameter cannot be read."""
    text = str(values[min(complaint.severity, len(values)) - 1]) if values else ""
    amount, _blank, unit = text.partition(" ")
    if not (amount.isdecimal() and 0 < int(amount) < 1000 and unit in Unit.values):
        words = _("The deadline “%(key)s” cannot be read: write it as in “48 hours”, “7 calendar_days” or “5 working_days”.")
        raise Denied("deadline_unreadable", words % {"key": f"complaints.due_{step}"})
    return int(amount), unit


def terms_of(complaint: Complaint, steps: Sequence[str], start: Any) -> dict[str, dict[str, Any]]:
    """Of each step amount, unit, roll and whether it pauses: the strictest of the customer's documents in force, else ours by severity.

    Raises Denied where one of ours cannot be read.
    """
    ours = parameters_in_turn([f"complaints.due_{step}" for step in steps], [complaint.scopes])[0]
    rows = CustomerDeadline.objects.filter(customer=complaint.plant.customer_id, step__in=steps).on(start.date())
    imposed: dict[str, list[Any]] = defaultdict(list)
    for one in rows:
        calendar = _location(complaint, one.step).calendar
        imposed[one.step].append((clock.due(start, one.amount, one.unit, calendar, one.roll).at, one.pk, one))
    found: dict[str, dict[str, Any]] = {}
    for step in steps:
        if step in imposed:
            one = min(imposed[step])[2]
            found[step] = {"amount": one.amount, "unit": one.unit, "roll": one.roll, "pausable": False}
        else:
            amount, unit = _own(ours[f"complaints.due_{step}"], complaint, step)
            found[step] = {"amount": amount, "unit": unit, "roll": Roll.BACK, "pausable": step not in NEVER_PAUSED}
    return found


def _location(complaint: Complaint, step: str) -> Any:
    """Who handles a step: whoever sells confirms the receipt, whoever produces answers."""
    return complaint.selling_location if step == Step.RECEIPT else complaint.producing_location


def plan_steps(complaint: Complaint) -> None:
    """Start the clocks of the steps that a complaint has by its depth, let others run by their new terms, end those it no longer has.

    A reopened complaint starts further ones, from when it was reopened; what was met before stays met.
    """
    start = complaint.reopened_at or complaint.received_at
    wanted = STEPS_OF[complaint.depth]
    last: dict[str, Clock] = {one.kind: one for one in clock.clocks_of(complaint)}
    terms_by_step = terms_of(complaint, wanted, start)
    starting: dict[str, dict[str, Any]] = {}
    for step in Step.values:
        known = last.get(kind_of(step))
        if step not in wanted:
            if known is not None and known.running:
                clock.stop_clock(known)
            continue
        if known is not None and not known.running and known.started_at >= start:
            continue
        if step == Step.RECEIPT and complaint.receipt_at is not None:
            continue
        terms = terms_by_step[step]
        if known is not None and known.running:
            if all(getattr(known, name) == value for name, value in terms.items()) and known.started_at == start:
                continue
            clock.stop_clock(known)
        starting[kind_of(step)] = terms | {"calendar": _location(complaint, step).calendar}
    clock.start_clocks(complaint, starting, start=start)


def meet_steps(complaint: Complaint, *steps: str) -> None:
    """Note that steps are done, in time or late; of those that no longer run nothing changes."""
    kinds = [kind_of(step) for step in steps]
    for one in clock.clocks_of(complaint).filter(kind__in=kinds, met_at=None, stopped_at=None):
        clock.meet_clock(one)


def end_steps(complaint: Complaint) -> None:
    """Nothing is promised any more."""
    for one in clock.clocks_of(complaint).filter(met_at=None, stopped_at=None):
        clock.stop_clock(one)


def quality_of(complaint: Complaint) -> str:
    """Quality where it is made, or where it is sold, or anywhere."""
    places = [complaint.producing_location_id, complaint.selling_location_id]
    found = {one.location_id: one for one in Department.objects.filter(location__in=places, function=Role.QUALITY)}
    for place in places:
        if place in found:
            return found[place].audience
    return f"role:{Role.QUALITY}"


def account_of(complaint: Complaint) -> Any:
    """Who leads the customer, else the sales managers."""
    return account_manager_of(complaint.plant.customer, clock.today()) or f"role:{Role.SALES_MANAGER}"


def hand_on(complaint: Complaint, *, actor: Any) -> None:
    """Close what was to be done and ask for the next step by its deadline: quality assesses, closes and verifies, the leader works."""
    kind, step = NEXT.get(complaint.status, ("", ""))
    if complaint.status in IN_WORK and complaint.status == ANSWERED_FROM.get(complaint.depth):
        kind, step = ANSWER, STEPS_OF[complaint.depth][-1]
    for other in KINDS:
        if other != kind:
            close_work(complaint, other, actor=actor)
    if not kind:
        return
    rows = clock.clocks_of(complaint).filter(kind=kind_of(step), met_at=None, stopped_at=None)
    due: Any = rows.last() if step else None
    if kind == CHECK and complaint.closed_at is not None:
        due = complaint.closed_at + timedelta(days=parameter(EFFECT_DAYS.key, complaint.scopes))
    to: Any = complaint.leader if kind not in {ASSESS, CLOSE, CHECK} else quality_of(complaint)
    address = to if isinstance(to, str) else f"user:{to.pk}"
    open_items = WorkItem.objects.on(complaint).open().filter(kind=kind)
    if open_items.exclude(addressed_to=address).exists():
        withdraw_work(complaint, actor=actor, kind=kind)
    excluded = [one for one in (complaint.leader, complaint.analysed_by) if one is not None] if kind == CLOSE else []
    assign_work(
        complaint, kind, to=to, actor=actor, occasion=str(complaint.reopenings), due=due, excluded=excluded,
        payload={"scopes": complaint.scopes, "customer": complaint.plant.customer.name},
    )  # fmt: skip
