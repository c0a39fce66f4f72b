"""What runs goes on with the year: deviations take the figures of their nodes, and pass to whoever a node belongs to by now."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import Role, RoleGrant, User
from budgets.actions.judging import ACT_AGAIN
from budgets.models import CorrectiveAction, Deviation, Measure, NodeKind, NodeStanding
from budgets.models.corrective_actions import CARRY_OUT
from budgets.models.scopes import CONTRIBUTORS, LEADING
from kam.core import clock
from kam.core.work import WorkItem, define_work, reassign_work

ANALYSE = define_work("analyse_deviation", _("Analyse %(record)s and plan a corrective action"), on_record=True)
FRESH = "swept_standing"
# Nobody and nowhere are compared as zero: IS NOT DISTINCT FROM cannot be hashed, and a product has a row for each who sells it.
SAME = (
    "held.first_month = %(first_month)s AND held.kind = fresh.kind AND held.key = fresh.key AND held.measure = fresh.measure"
    " AND held.unit = fresh.unit AND coalesce(held.person_id, 0) = coalesce(fresh.person_id, 0)"
    " AND coalesce(held.location_id, 0) = coalesce(fresh.location_id, 0)"
)
# A node that somebody held and that is somebody else's now is the same node: it has not turned red, and its case goes along.
HANDED = f"""
WITH gone AS MATERIALIZED (
    SELECT held.* FROM budgets_nodestanding AS held
    WHERE held.first_month = %(first_month)s AND held.person_id IS NOT NULL AND NOT EXISTS (SELECT FROM {FRESH} AS fresh WHERE {SAME})
), came AS MATERIALIZED (
    SELECT fresh.* FROM {FRESH} AS fresh
    WHERE fresh.person_id IS NOT NULL AND NOT EXISTS (SELECT FROM budgets_nodestanding AS held WHERE {SAME})
), found AS (
    SELECT gone.id, gone.kind, gone.key, gone.location_id, gone.measure, gone.unit, gone.person_id AS before, came.person_id AS now,
        count(*) OVER (PARTITION BY gone.id) AS heirs,
        count(*) OVER (PARTITION BY gone.kind, gone.key, gone.location_id, gone.measure, gone.unit, came.person_id) AS sources
    FROM gone JOIN came ON came.kind = gone.kind AND came.key = gone.key AND came.measure = gone.measure AND came.unit = gone.unit
        AND came.location_id IS NOT DISTINCT FROM gone.location_id
), handed AS (
    SELECT * FROM found WHERE heirs = 1 AND sources = 1
), moved AS (
    UPDATE budgets_nodestanding AS held SET person_id = handed.now FROM handed WHERE held.id = handed.id
)
UPDATE budgets_deviation AS deviation SET person_id = handed.now FROM handed
WHERE deviation.ended_at IS NULL AND deviation.first_month = %(first_month)s AND deviation.kind = handed.kind
    AND deviation.key = handed.key AND deviation.measure = handed.measure AND deviation.unit = handed.unit
    AND deviation.location_id IS NOT DISTINCT FROM handed.location_id AND deviation.person_id = handed.before
    AND NOT EXISTS (SELECT FROM budgets_deviation AS other WHERE other.ended_at IS NULL AND other.first_month = deviation.first_month
        AND other.kind = handed.kind AND other.key = handed.key AND other.measure = handed.measure AND other.unit = handed.unit
        AND other.location_id IS NOT DISTINCT FROM handed.location_id AND other.person_id = handed.now)
"""
# The deviations that run follow the figures; that of a plant goes on with whoever the plant belongs to by now.
FOLLOW = """
UPDATE budgets_deviation AS deviation SET planned = round(held.planned, 3), actual = round(held.actual, 3),
    worth = round(held.worth, 2), state = held.state, months = %(months)s,
    person_id = CASE WHEN deviation.kind = 'plant' THEN held.person_id ELSE deviation.person_id END
FROM budgets_nodestanding AS held
WHERE deviation.ended_at IS NULL AND deviation.first_month = %(first_month)s AND held.first_month = deviation.first_month
    AND held.kind = deviation.kind AND held.key = deviation.key AND held.measure = deviation.measure AND held.unit = deviation.unit
    AND held.location_id IS NOT DISTINCT FROM deviation.location_id
    AND (deviation.kind = 'plant' OR held.person_id IS NOT DISTINCT FROM deviation.person_id)
    AND (deviation.planned, deviation.actual, deviation.worth, deviation.state, deviation.months,
        CASE WHEN deviation.kind = 'plant' THEN held.person_id ELSE deviation.person_id END)
        IS DISTINCT FROM (round(held.planned, 3), round(held.actual, 3), round(held.worth, 2), held.state, %(months)s::int,
        deviation.person_id)
"""


def responsible_for(rows: Iterable[NodeStanding | Deviation]) -> dict[int, int | None]:
    """Who looks into each: the person whose year it is part of, of a location its one area manager; else nobody by name.

    A margin is looked into by somebody who reads it over the whole of their year.
    """
    grants = RoleGrant.objects.on(clock.today()).filter(user__is_active=True, role__in=CONTRIBUTORS)
    held: dict[str, set[int]] = defaultdict(set)
    area: dict[int, list[int]] = defaultdict(list)
    for user, role, location in grants.values_list("user", "role", "location"):
        held[role].add(user)
        if role == Role.AREA_MANAGER and location is not None:
            area[location].append(user)
    people = set().union(*held.values())
    leading = set().union(*(held[role] for role in LEADING)) - held[Role.AREA_MANAGER]
    found: dict[int, int | None] = {}
    for row in rows:
        of_margin = row.measure == Measure.MARGIN
        person = row.person_id if row.person_id in (leading if of_margin else people) else None
        here = area[row.location_id] if row.kind == NodeKind.LOCATION and row.location_id and not of_margin else []
        found[row.pk] = person or (here[0] if len(here) == 1 else None)
    return found


def pass_on(first_month: date) -> None:
    """Let the deviations that run be looked into by whoever is to do so today, with what is open on them."""
    rows = Deviation.objects.running().filter(first_month=first_month)
    running = list(rows.only("kind", "measure", "person", "location", "responsible"))
    by_now = responsible_for(running)
    moved = [row.pk for row in running if by_now[row.pk] != row.responsible_id]
    people = User.objects.in_bulk([key for pk in moved if (key := by_now[pk])])
    for deviation in Deviation.objects.filter(pk__in=moved).select_related("responsible").order_by("pk"):
        _pass_on(deviation, people.get(by_now[deviation.pk] or 0))


def _pass_on(deviation: Deviation, to: User | None) -> None:
    """What whoever looked into it has still to do passes along; what they gave to others stays with these."""
    before, asked = deviation.responsible, deviation.analyst
    deviation.responsible = to
    deviation.save(update_fields=["responsible"])
    _reassign(deviation, asked, deviation.analyst)
    if before is None or to is None:
        return
    for action in deviation.actions.filter(owner=before, status=CorrectiveAction.Status.OPEN):
        action.owner = to
        action.save(update_fields=["owner"])
        _reassign(action, before, to)


def _reassign(record: Any, before: User | str, to: User | str) -> None:
    audience = before if isinstance(before, str) else f"user:{before.pk}"
    for item in WorkItem.objects.open().on(record).filter(kind__in=(ANALYSE, ACT_AGAIN, CARRY_OUT), audience=audience):
        reassign_work(item, actor=None, to=to)
