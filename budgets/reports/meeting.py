"""What a sales meeting is about: a person's deviations, the actions that are due, and what has to be decided; or the team's."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import F, Q

from accounts.models import User
from budgets.models import CorrectiveAction, Deviation
from budgets.reports.attainment import Standing
from budgets.reports.my_year import people_to_see, whole
from budgets.reports.standings import Question
from kam.core import clock
from kam.core.work_items import WorkItem

#: Actions due in so many days stand on the page.
AHEAD = timedelta(days=14)
MOST = 15


@dataclass(frozen=True)
class Agenda:
    """What lies on the table, as far as its reader sees it; `standing` is of a person's year."""

    person: User | None
    standing: Standing | None = None
    deviations: Sequence[Deviation] = ()
    actions: Sequence[CorrectiveAction] = ()
    to_decide: Sequence[Deviation] = ()


def agenda(reader: Any, person: User | None, first_month: date | None) -> Agenda:
    """The agenda of a meeting about a person's year, or about the team's; a person whose year the reader may not see has none."""
    if person is not None and person.pk not in {one.pk for one in people_to_see(reader)}:
        return Agenda(person)
    cases = cases_of(reader, person, first_month)
    return Agenda(
        person,
        whole(Question(first_month, person=person)) if person and first_month else None,
        list(cases[:MOST]),
        list(actions_due(reader, person)[:MOST]),
        list(cases.filter(undecided())[:MOST]),
    )


def cases_of(reader: Any, person: User | None, first_month: date | None) -> Any:
    """The running cases of a person's year, or without one of all that the reader sees, those with the largest gap first."""
    rows = Deviation.objects.visible_to(reader).cases().running().for_list()
    if first_month is not None:
        rows = rows.filter(first_month=first_month)
    if person is not None:
        rows = rows.filter(Q(person=person) | Q(responsible=person))
    return rows.prefetch_related("causes", "actions__owner").order_by(F("worth") * F("gap") / F("planned"), "pk")


def actions_due(reader: Any, person: User | None) -> Any:
    """Open actions that are due soon or late: a person's own and those of their deviations, or all that the reader sees."""
    rows = CorrectiveAction.objects.visible_to(reader).filter(
        status=CorrectiveAction.Status.OPEN, due_on__lte=clock.today() + AHEAD
    )
    if person is not None:
        rows = rows.filter(Q(owner=person) | Q(deviation__person=person) | Q(deviation__responsible=person))
    return rows.for_list().order_by("due_on", "pk")


def undecided() -> Q:
    """Cases about which somebody has to decide: judged ones, and those without a plan when the time for it is over."""
    late = WorkItem.objects.open().filter(
        content_type=ContentType.objects.get_for_model(Deviation), kind="analyse_deviation", due_at__lt=clock.now()
    )
    status = Deviation.Status
    return Q(status__in=[status.NOT_EFFECTIVE, status.EFFECTIVE]) | Q(
        status__in=[status.DETECTED, status.ANALYSING], pk__in=late.values("object_id")
    )
