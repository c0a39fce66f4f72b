"""The sweep: how every node of the years in force stands, which ones have become red, and who is told; in one transaction a year.

A worker that dies leaves nothing half done: the next sweep finds the same nodes newly red and tells everybody once. After runs of
the ledger only the nodes that they touched are added up anew; at night, after a round was published and when a month is over, all.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Max
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from accounts.models import Department, Location, Role
from budgets.actions.following import ANALYSE, FOLLOW, FRESH, HANDED, SAME, pass_on, responsible_for
from budgets.actions.judging import judge_due
from budgets.models import BudgetRound, Deviation, DeviationSweep, Measure, NodeKind, NodeStanding, State
from budgets.models.years import month_after
from budgets.reports.closing import months_closed
from budgets.reports.my_year import limits
from budgets.reports.nodes import Closed
from budgets.reports.placing import explained, explains
from catalog.models import Product
from kam.core import clock, history
from kam.core.calendars import PlainWeek
from kam.core.notifications import define_notification, notify, readers_of
from kam.core.parameters import define, parameter
from kam.core.work import assign_work
from orders.models import SalesBatch

FOUND = define_notification("deviations_found", _("The year departs from its plan"))
ABOVE = define_notification("demand_above_plan", _("Products sell far above the plan"))
RECOVERED = define_notification("deviation_recovered", _("A deviation is no longer red"))
DAYS = define("budgets.analysis_days", default=5, unit="wd", label=_("Time to plan an action for a red deviation"))
LOCK = 7311
# Compared without a division, unrounded, strictly (AT-13); what is short of a quantity counts at the plan's price.
STATE = """
CASE WHEN {planned} - {actual} > %(red)s * {planned} AND ({planned} - {actual}) * {worth} > %(red_amount)s * {planned} THEN 'red'
    WHEN {planned} - {actual} > %(amber)s * {planned} THEN 'amber'
    WHEN {actual} - {planned} > %(red)s * {planned} AND ({actual} - {planned}) * {worth} > %(red_amount)s * {planned} THEN 'above'
    ELSE 'green' END"""
KEY = ("kind", "key", "person_id", "location_id", "measure", "unit")
WHOLE = f"""
CREATE TEMPORARY TABLE {FRESH} ON COMMIT DROP AS
SELECT fresh.*, {STATE.format(planned="fresh.planned", actual="fresh.actual", worth="fresh.worth")} AS state,
    (SELECT coalesce(max(id), 0) FROM orders_salesbatch) AS batch
FROM ({{statement}}) AS fresh
"""
# What was moved is added to what is held; a node without a plan is not held.
TOUCHED = f"""
CREATE TEMPORARY TABLE {FRESH} ON COMMIT DROP AS
SELECT sums.*, {STATE.format(planned="sums.planned", actual="sums.actual", worth="sums.worth")} AS state,
    (SELECT coalesce(max(id), 0) FROM orders_salesbatch) AS batch
FROM (
    SELECT held.kind, held.key, held.person_id, held.location_id, held.measure, held.unit, held.planned,
        held.actual + fresh.actual AS actual, held.worth
    FROM ({{statement}}) AS fresh JOIN budgets_nodestanding AS held ON {SAME}
) AS sums
"""
TURNED = f"""
SELECT fresh.kind, fresh.key, fresh.person_id, fresh.location_id, fresh.measure, fresh.unit, fresh.state
FROM {FRESH} AS fresh LEFT JOIN budgets_nodestanding AS held ON {SAME}
WHERE held.state IS DISTINCT FROM fresh.state AND (fresh.state IN ('red', 'above') OR held.state = 'red')
"""
GONE = f"""
DELETE FROM budgets_nodestanding AS held
WHERE held.first_month = %(first_month)s AND NOT EXISTS (SELECT FROM {FRESH} AS fresh WHERE {SAME})
"""
CHANGED = f"""
UPDATE budgets_nodestanding AS held SET planned = fresh.planned, actual = fresh.actual, worth = fresh.worth, state = fresh.state
FROM {FRESH} AS fresh WHERE {SAME}
    AND (held.planned, held.actual, held.worth, held.state) IS DISTINCT FROM (fresh.planned, fresh.actual, fresh.worth, fresh.state)
"""
NEW = f"""
INSERT INTO budgets_nodestanding (first_month, {", ".join(KEY)}, planned, actual, worth, state)
SELECT %(first_month)s, {", ".join(KEY)}, planned, actual, worth, state FROM {FRESH} AS fresh
WHERE NOT EXISTS (SELECT FROM budgets_nodestanding AS held WHERE {SAME})
"""
Node = tuple[str, int, int | None, int | None, str, str]


def years_in_force() -> list[date]:
    """The years that have targets, a month that is closed, and are not past for longer than it takes to close their books."""
    published = BudgetRound.objects.filter(published_at__isnull=False)
    years = published.order_by().values_list("first_month", flat=True).distinct()
    today = clock.today()
    return sorted(year for year in years if month_after(year, 14) > today and months_closed(year))


def sweep() -> int:
    """Look at all nodes of the years in force; answers how many deviations were opened.

    What corrective actions brought is judged in the year after, too, where that has no plan.
    """
    opened = sum(sweep_year(year) for year in years_in_force())
    with transaction.atomic(), history.bound(actor=None, verb="budgets.sweep_year"):
        judge_due()
    return opened


def sweep_due() -> int:
    """Look at what has changed since the last sweep: sales that came in, a month that is over, a round that was published."""
    return sum(sweep_year(year, whole=False) for year in years_in_force())


def sweep_year(first_month: date, *, whole: bool = True) -> int:
    """Look at one year; with `whole=False` only at what has changed since the last time. Answers how many deviations were opened."""
    with transaction.atomic(), history.bound(actor=None, verb="budgets.sweep_year"), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, first_month.year * 12 + first_month.month])
        closed, bounds = Closed(first_month), limits()
        last = DeviationSweep.objects.filter(first_month=first_month).order_by("-pk").first()
        whole = whole or last is None or _all_anew(last, closed)
        if not whole and last is not None and not SalesBatch.objects.filter(pk__gt=last.batch).exists():
            return 0
        values: dict[str, Any] = closed.values | {
            "amber": bounds.amber,
            "red": bounds.red,
            "red_amount": bounds.red_amount,
            "after": last.batch if last else 0,
            "months": len(closed.months),
        }
        cursor.execute("SET LOCAL work_mem = '256MB'")
        cursor.execute(f"DROP TABLE IF EXISTS {FRESH}")
        cursor.execute((WHOLE if whole else TOUCHED).format(statement=closed.whole() if whole else closed.moved()), values)
        cursor.execute(f"ANALYZE {FRESH}")
        cursor.execute(f"SELECT max(batch) FROM {FRESH}")
        seen = cursor.fetchone()[0] or SalesBatch.objects.aggregate(last=Max("pk"))["last"] or 0  # type: ignore[index]
        if whole:
            cursor.execute(HANDED, values)
        cursor.execute(TURNED, values)
        turned: dict[Node, str] = {row[:6]: row[6] for row in cursor.fetchall()}
        if whole:
            cursor.execute(GONE, values)
        cursor.execute(CHANGED, values)
        if whole:
            cursor.execute(NEW, values)
        cursor.execute(FOLLOW, values)
        if whole:
            pass_on(first_month)
        one = DeviationSweep.objects.create(first_month=first_month, months=len(closed.months), batch=seen, whole=whole)
        _tell_recovered(one, [node for node, state in turned.items() if state not in {State.RED, State.ABOVE}])
        opened = _open(one, [node for node, state in turned.items() if state == State.RED])
        _tell_production(one, [node for node, state in turned.items() if state == State.ABOVE])
        judge_due()
        if opened:
            DeviationSweep.objects.filter(pk=one.pk).update(opened=opened)
        return opened


def _all_anew(last: DeviationSweep, closed: Closed) -> bool:
    """Whether a month is over or a plan was published since the last sweep."""
    published = BudgetRound.objects.filter(first_month=last.first_month, published_at__gt=last.swept_at)
    return last.months != len(closed.months) or published.exists()


def _open(one: DeviationSweep, turned: Sequence[Node]) -> int:
    """Open a deviation for each node that has become red and has none running; cases get somebody who looks into them."""
    if not turned:
        return 0
    standings = {_node(row): row for row in NodeStanding.objects.filter(first_month=one.first_month, state=State.RED)}
    rows = Deviation.objects.running().filter(first_month=one.first_month).select_related("explained_by")
    running = {_of(row): row for row in rows}
    new = [standings[node] for node in turned if node in standings and _known(node) not in running]
    if not new:
        return 0
    places = explained(standings.values())
    by_key = {row.pk: row for row in standings.values()}
    responsible = responsible_for(new)
    made: dict[int, Deviation] = {}
    for row in sorted(new, key=lambda row: places[row.pk] != row.pk):
        case = by_key[places[row.pk]]
        deviation = _deviation(row, one, responsible[row.pk])
        if case.pk != row.pk:
            # Where the case itself was dealt with already, this one stands for what it does not explain.
            deviation.explained_by = _behind(row, made.get(case.pk) or running.get(_known(_node(case))))
        deviation.save(force_insert=True)
        made[row.pk] = deviation
    _tell(one, [deviation for deviation in made.values() if deviation.explained_by_id is None])
    return len(made)


def _behind(row: NodeStanding, found: Deviation | None) -> Deviation | None:
    """The case to which a deviation points: the one of what explains it, or what that points to, as far as it explains this, too."""
    if found is None or found.explained_by is None:
        return found
    short = row.worth * (row.planned - row.actual) / row.planned
    return found.explained_by if explains(-found.explained_by.money_gap, short) else None


def _node(row: Any) -> Node:
    return row.kind, row.key, row.person_id, row.location_id, row.measure, row.unit


def _known(node: Node) -> Node:
    """A node as its deviation is found again: a plant whoever it belongs to."""
    kind, key, person, location, measure, unit = node
    return kind, key, None if kind == NodeKind.PLANT else person, location, measure, unit


def _of(row: Deviation) -> Node:
    return _known(_node(row))


def _deviation(row: NodeStanding, one: DeviationSweep, responsible: int | None) -> Deviation:
    planned, actual = round(row.planned, 3), round(row.actual, 3)
    own: dict[str, Any] = {} if row.kind in {NodeKind.PERSON, NodeKind.LOCATION} else {f"{row.kind}_id": row.key}
    return Deviation(
        first_month=row.first_month, kind=row.kind, key=row.key, measure=row.measure, unit=row.unit, person_id=row.person_id,
        location_id=row.location_id, responsible_id=responsible, months=one.months, planned=planned,
        actual=actual, worth=round(row.worth, 2), found_months=one.months, found_planned=planned, found_actual=actual,
        found_at=clock.now(), **own,
    )  # fmt: skip


def due_for(deviation: Deviation) -> datetime:
    """Until when an action is to be planned: so many working days at the location where it arises."""
    location = deviation.location or Location.objects.filter(is_active=True).order_by("pk").first()
    calendar = location.calendar if location else PlainWeek()
    return clock.due(clock.now(), parameter(DAYS.key), clock.Unit.WORKING_DAYS, calendar).at


def _tell(one: DeviationSweep, cases: Sequence[Deviation]) -> None:
    """Give each case to whoever looks into it; one message a person, about the largest of theirs."""
    for case in cases:
        occasion = case.found_at.isoformat()
        assign_work(case, ANALYSE, to=case.analyst, actor=None, due=due_for(case), occasion=occasion, tell=False)
    _tell_each(FOUND, one, cases)


def _tell_each(kind: str, one: DeviationSweep, cases: Iterable[Deviation]) -> None:
    """One message a person about the cases that are theirs, on the page of the largest."""
    theirs: dict[Any, list[Deviation]] = defaultdict(list)
    for case in cases:
        theirs[case.analyst].append(case)
    for who, found in theirs.items():
        largest = min(found, key=lambda case: (case.money_gap, case.pk))
        notify(kind, largest, to=[who], occasion=f"sweep {one.pk}", context={"others": len(found) - 1})


def _tell_recovered(one: DeviationSweep, nodes: Sequence[Node]) -> None:
    """Note on the cases that run what is no longer red, and tell whoever looks into them, once for each time."""
    if not nodes:
        return
    rows = Deviation.objects.running().cases().filter(first_month=one.first_month).select_related("responsible")
    running = {_of(row): row for row in rows}
    _tell_each(RECOVERED, one, [running[_known(node)] for node in nodes if _known(node) in running])


def _tell_production(one: DeviationSweep, nodes: Sequence[Node]) -> None:
    """Tell Production where a product is made that it is needed far above the plan: no corrective (docs/decisions/deviations.md).

    One message a person, in their language.
    """
    keys = {key for kind, key, person, _place, measure, _unit in nodes
            if kind == NodeKind.PRODUCT and person is None and measure == Measure.QUANTITY}  # fmt: skip
    products = list(Product.objects.filter(pk__in=keys).order_by("code"))
    making = Department.objects.filter(function=Role.PRODUCTION, location__in={one.producing_location_id for one in products})
    readers = {one.location_id: readers_of([one.audience]).values() for one in making}
    theirs: dict[Any, list[Product]] = defaultdict(list)
    for product in products:
        for reader in readers.get(product.producing_location_id or 0, ()):
            theirs[reader].append(product)
    for reader, needed in theirs.items():
        with translation.override(reader.language):
            names = [str(product) for product in needed]
        context = {"products": names[:20], "others": max(len(names) - 20, 0)}
        notify(ABOVE, needed[0], to=[reader], occasion=f"sweep {one.pk}", context=context)
