"""Hand-over: what one person leads or serves passes to another on a day, with the open work; what was stays as it was."""

from collections.abc import Iterable
from datetime import date
from functools import partial
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.actions.assignment import check_person, taken
from accounts.actions.dates import EARLIEST, LATEST, end_on
from accounts.models import Assignment, HandOver, User, manager_audience
from accounts.reports.hand_over import Reach, work_to_move
from kam.core import clock, formats
from kam.core.notifications import define_notification, notify
from kam.core.periods import save_apart
from kam.core.ports import ports
from kam.core.verbs import verb
from kam.core.work import reassign_work
from kam.core.workflow import Denied

PLANNED = define_notification("hand_over_planned", _("Accounts pass from one person to another"), way="mail")
DONE = define_notification("hand_over_done", _("Accounts have passed to another person"), way="mail")


@verb("accounts.hand_over", _("Hand over"))
def hand_over(
    model: type[HandOver],
    *,
    actor: Any,
    reason: str = "",
    source: User,
    target: User,
    day: date,
    assignments: Iterable[Assignment] | None = None,
) -> HandOver:
    """Let all assignments of `source`, or some, pass to `target` from a day on; open work moves that day.

    Days before stay as they were (as-was), the old person loses the right to write on that day. Raises Denied for the
    same person, a past day, nothing to hand over, and a target who does not hold the role on that day.
    """
    rows = check_hand_over(source, target, day, assignments, lock=True)
    made = model(source=source, target=target, day=day)
    made.save()
    for row in rows:
        passed = Assignment(**subject_of(row), kind=row.kind, user=target, period=_rest(row, day), hand_over=made)
        end_on(row, day)
        save_apart(passed, partial(taken, passed))
    if day <= clock.today():
        return complete_hand_over(made, actor=None)
    notify(PLANNED, made, to=[source, target], occasion="planned", actor=actor)
    return made


def check_hand_over(
    source: User, target: User, day: date, assignments: Iterable[Assignment] | None, *, lock: bool = False
) -> list[Assignment]:
    """The assignments that would pass, or the refusal: the same question for the preview and for the hand-over, which locks them."""
    if source.pk == target.pk:
        raise Denied("two_persons", _("Choose two persons."), field="target", status=400)
    if day < clock.today() or not EARLIEST <= day <= LATEST:
        raise Denied(
            "not_backwards", _("A hand-over takes place today at the earliest: what was true stays so."), field="day", status=400
        )
    rows = Assignment.objects.to_pass_on(source, day)
    rows = rows.locked() if lock else rows
    if assignments is not None:
        chosen = {row.pk for row in assignments}
        rows = rows.filter(pk__in=chosen)
        if rows.count() != len(chosen):
            raise Denied(
                "not_theirs", _("Some of the chosen assignments are no longer this person's. Look again."), field="assignments"
            )
    found = list(rows)
    if not found:
        raise Denied(
            "nothing_to_hand_over",
            _("%(person)s leads and serves nothing from that day on.") % {"person": source},
            field="source",
        )
    for row in found:
        if row.hand_over and row.hand_over.status == HandOver.Status.PLANNED:
            raise Denied(
                "planned_hand_over",
                _("%(subject)s is part of a planned hand-over. Cancel that first.") % {"subject": row.subject},
            )
        passed = Assignment(**subject_of(row), kind=row.kind, user=target)
        check_person(passed, max(day, row.first_day or day), field="target")
    return found


def subject_of(row: Assignment) -> dict[str, Any]:
    """What is assigned, as values for another assignment of the same."""
    return {"group": row.group, "customer": row.customer, "plant": row.plant, "location": row.location}


def _rest(row: Assignment, day: date) -> Any:
    """What is left of a period from a day on."""
    lower = row.period.lower if row.period.lower and row.period.lower > day else day
    return type(row.period)(lower, row.period.upper, "[)")


@verb("accounts.complete_hand_over", _("Move the work"))
def complete_hand_over(made: HandOver, *, actor: Any, reason: str = "") -> HandOver:
    """Move the open work of a hand-over whose day has come. Raises Denied before that day and when it is done already."""
    HandOver.workflow.move(made, "accounts.complete_hand_over")
    if made.day > clock.today():
        raise Denied(
            "not_yet", _("The hand-over takes place on %(day)s; the work moves that day.") % {"day": formats.day(made.day)}
        )
    reach = Reach.of(made.assignments.all())
    items = work_to_move(made.source, reach)
    for item in items:
        try:
            reassign_work(item, actor=None, to=made.target)
        except Denied:
            reassign_work(item, actor=None, to=manager_audience(f"user:{made.source_id}"))
    made.moved = {"assignments": made.assignments.count(), "work": len(items)}
    for touch in ports("hand_over_touches"):
        for touched in touch(made.source, made.target, reach, actor=actor, dry=False):
            made.moved[touched.code] = touched.count
    made.done_at = clock.now()
    made.save()
    notify(DONE, made, to=[made.source, made.target], occasion="done", actor=actor)
    return made


@verb("accounts.cancel_hand_over", _("Cancel hand-over"))
def cancel_hand_over(made: HandOver, *, actor: Any, reason: str = "") -> HandOver:
    """Call off a planned hand-over: the assignments stay with the person who has them. Raises Denied once it took place."""
    HandOver.workflow.move(made, "accounts.cancel_hand_over")
    for passed in list(made.assignments.select_related("group", "customer", "plant", "location").locked()):
        until, keys, days = passed.period.upper, subject_of(passed), passed.period
        before = Assignment.objects.filter(**keys, user=made.source, period__endswith=made.day).locked().first()
        passed.delete()
        if not made.source.is_active:
            continue
        row = before or Assignment(**keys, kind=passed.kind, user=made.source)
        row.period = type(days)(before.period.lower if before else days.lower, until, "[)")
        save_apart(row, partial(taken, row))
    made.save()
    notify(PLANNED, made, to=[made.source, made.target], occasion="cancelled", actor=actor)
    return made


def due_hand_overs() -> list[HandOver]:
    """Planned hand-overs whose day has come, for the nightly task."""
    return list(HandOver.objects.filter(status=HandOver.Status.PLANNED, day__lte=clock.today()).order_by("pk"))
