"""A large round published, the nightly sweep over all nodes and the one after ten thousand new lines, against what they cannot avoid."""

import statistics
import time
from collections.abc import Callable
from datetime import date
from typing import Any

from django.db import connection, transaction

from budgets.actions import publish_round
from budgets.actions.publishing import COLUMNS, SUMS
from budgets.actions.sweep import sweep_year
from budgets.models import Budget, BudgetRound, DeviationSweep, NodeStanding
from budgets.models.years import MONTHS
from budgets.reports.nodes import Closed
from budgets.reports.portfolio import OWNERS, owners_of
from kam.core import clock
from orders.models.totals import month_column as sold_in
from tests.bench import ledger

#: So often a round is published, and all but the last time taken back.
PUBLISHED = 3
BUDGETS = f"""
INSERT INTO budgets_budget (version, round_id, contributor_id, location_id, status, revenue, line_count, submitted_at, approved_at,
    approved_by_id)
SELECT 1, %(round)s, owner_id, location_id, 'approved', 0, 0, now(), now(), %(approver)s FROM ({OWNERS}) AS pair
WHERE owner_id IS NOT NULL GROUP BY owner_id, location_id
"""
#: What is sold is planned half as itself and half as the next product, so that there are twice as many lines for the same money.
NEXT = "(SELECT min(id) FROM catalog_product) + (total.product_id + 1 - (SELECT min(id) FROM catalog_product)) %% (SELECT count(*) FROM catalog_product)"
LINES = f"""
INSERT INTO budgets_budgetline (version, budget_id, plant_id, product_id, producing_location_id, currency, unit, chance, source, comment,
    quantity, revenue)
SELECT 1, budget.id, total.plant_id, planned.product_id, min(total.producing_location_id), 'EUR', 'pcs', 'running', 'by_hand', '', 0, 0
FROM orders_salestotal AS total CROSS JOIN LATERAL (VALUES (total.product_id), ({NEXT})) AS planned (product_id)
JOIN ({OWNERS}) AS pair ON pair.plant_id = total.plant_id AND pair.location_id = total.selling_location_id
JOIN budgets_budget AS budget ON budget.contributor_id = pair.owner_id AND budget.location_id = pair.location_id
WHERE total.kind = 'goods' GROUP BY budget.id, total.plant_id, planned.product_id ORDER BY 2, 3, 4 LIMIT %(lines)s
"""
COUNTS = """
UPDATE budgets_budget AS budget SET line_count = (SELECT count(*) FROM budgets_budgetline AS line WHERE line.budget_id = budget.id)
"""
# A plan a little below what came in each month; a plant in twenty was planned at twice as much, and is red.
CELLS = f"""
INSERT INTO budgets_budgetcell (line_id, month, quantity, price, revenue, version)
SELECT line.id, cell.month, planned.quantity, CASE WHEN planned.quantity > 0 THEN round(planned.revenue / planned.quantity, 5) ELSE 0 END,
    planned.revenue, 1
FROM budgets_budgetline AS line JOIN budgets_budget AS budget ON budget.id = line.budget_id
LEFT JOIN orders_salestotal AS total ON total.plant_id = line.plant_id AND line.product_id IN (total.product_id, {NEXT})
    AND total.selling_location_id = budget.location_id AND total.year = %(year)s AND total.kind = 'goods'
    AND total.producing_location_id = line.producing_location_id
CROSS JOIN LATERAL (VALUES {{months}}) AS cell (month, quantity, revenue)
CROSS JOIN LATERAL (SELECT CASE WHEN line.plant_id %% 20 = 0 THEN 1 ELSE 0.49 END AS share) AS asked
CROSS JOIN LATERAL (SELECT round(greatest(coalesce(cell.quantity, 0), 0) * share, 3) AS quantity,
    round(greatest(coalesce(cell.revenue, 0), 0) * share, 2) AS revenue) AS planned
ORDER BY line.id, cell.month
"""
# What a publication cannot avoid: the cells of the approved lines added up into one row a line.
BARE_TARGETS = f"""
INSERT INTO bare_budgets_target (id, round_id, line_id, superseded, original, person_id, selling_location_id, producing_location_id,
    plant_id, customer_id, product_id, family_id, currency, unit, {", ".join(COLUMNS)})
SELECT line.id, budget.round_id, line.id, false, true, budget.contributor_id, budget.location_id, line.producing_location_id,
    line.plant_id, plant.customer_id, line.product_id, product.family_id, 'EUR', line.unit, {", ".join(SUMS)}
FROM budgets_budget AS budget
JOIN budgets_budgetline AS line ON line.budget_id = budget.id
JOIN budgets_budgetcell AS cell ON cell.line_id = line.id
JOIN accounts_plant AS plant ON plant.id = line.plant_id
JOIN catalog_product AS product ON product.id = line.product_id
LEFT JOIN budgets_budgetrate AS rate ON rate.round_id = budget.round_id AND rate.currency = line.currency
WHERE budget.round_id = %(round)s GROUP BY budget.id, line.id, plant.id, product.id
"""
ONCE_MORE = """
INSERT INTO orders_salesline (document_id, number, version, batch_id, date, plant_id, selling_location_id, producing_location_id,
    product_id, kind, is_intercompany, quantity, unit, net, currency, rate, cost, local_cost, account_manager_id, manager_stated)
SELECT document_id, number || '-' || %(batch)s, 1, %(batch)s, date, plant_id, selling_location_id, producing_location_id, product_id,
    kind, is_intercompany, quantity, unit, net, currency, rate, cost, local_cost, account_manager_id, manager_stated
FROM orders_salesline WHERE date >= %(first)s AND ended_by_id IS NULL ORDER BY id LIMIT %(lines)s
"""


def approved(approver: Any, lines: int) -> BudgetRound:
    """A year with so many approved lines over what the ledger holds, ready to be published."""
    first_month = clock.today().replace(month=1, day=1)
    done = {"approved_at": clock.now(), "approved_by": approver, "opened_at": clock.now()}
    one = BudgetRound.objects.create(
        first_month=first_month, number=1, status="approved", deadline=first_month, currency="EUR", requested_by=approver, **done
    )
    months = ", ".join(f"({month}, total.{sold_in('quantity', month)}, total.{sold_in('revenue', month)})" for month in MONTHS)
    values = owners_of(first_month) | {"round": one.pk, "approver": approver.pk, "lines": lines, "year": first_month.year}
    with connection.cursor() as cursor:
        for statement in (
            BUDGETS,
            "ANALYZE budgets_budget",
            LINES,
            "ANALYZE budgets_budgetline",
            COUNTS,
            "ALTER TABLE budgets_budgetcell DISABLE TRIGGER USER",
            CELLS.format(months=months),
            "ALTER TABLE budgets_budgetcell ENABLE TRIGGER USER",
        ):
            cursor.execute(statement, values if "%(" in statement else None)
        cursor.execute("VACUUM ANALYZE")
    assert Budget.objects.exists()
    return one


def publish(one: BudgetRound, approver: Any) -> None:
    """Write its targets as the job does, with what is else checked at the end of its transaction."""
    publish_round(one, actor=approver, report=lambda *_told: None)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def plan(approver: Any, lines: int) -> date:
    """A published year with so many lines; answers its first month."""
    one = approved(approver, lines)
    publish(one, approver)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return one.first_month


def timed(work: Callable[[], Any]) -> float:
    """Seconds that something takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def bare(first_month: date) -> None:
    """The one statement: plan and actuals of every node, added up and thrown away."""
    closed = Closed(first_month)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '256MB'")
        cursor.execute(f"SELECT count(*), sum(planned), sum(actual) FROM ({closed.whole()}) AS node", closed.values)


def bare_publication(one: BudgetRound) -> None:
    """The one statement: a row a line, its months added up from the cells, into a table with the same columns and indexes."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bare_budgets_target (LIKE budgets_target INCLUDING ALL)")
        cursor.execute(BARE_TARGETS, {"round": one.pk, "places": one.decimals})
        transaction.set_rollback(True)


def measure_publication(approver: Any, lines: int, rounds: int) -> tuple[BudgetRound, dict[str, list[float]]]:
    """Seconds of publishing a round in turn with the bare statement, each taken back but the last publication."""
    one = approved(approver, lines)
    found: dict[str, list[float]] = {"bare_targets": [], "published": []}
    for turn in range(rounds):
        found["bare_targets"].append(timed(lambda: bare_publication(one)))
        with transaction.atomic():
            found["published"].append(timed(lambda: publish(BudgetRound.objects.get(pk=one.pk), approver)))
            transaction.set_rollback(turn < rounds - 1)
    found["targets"] = [float(one.targets.count())]
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return one, found


def sell(first: date, lines: int) -> None:
    """So many further lines of the year, as one run of the ledger."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(ledger.BATCH)
        cursor.execute(ONCE_MORE, {"batch": cursor.fetchone()[0], "first": first, "lines": lines})


def measure(approver: Any, lines: int, rounds: int, new_lines: int) -> dict[str, list[float]]:
    """Seconds of publications, of the bare statement of a sweep, of a whole sweep in turn with it, and of a sweep after new lines; counts of nodes and cases."""
    one, found = measure_publication(approver, lines, PUBLISHED)
    first_month = one.first_month
    found |= {"first": [timed(lambda: sweep_year(first_month))], "bare": [], "night": [], "touched": []}
    for _turn in range(rounds):
        found["bare"].append(timed(lambda: bare(first_month)))
        found["night"].append(timed(lambda: sweep_year(first_month)))
    for _turn in range(rounds):
        sell(first_month, new_lines)
        found["touched"].append(timed(lambda: sweep_year(first_month, whole=False)))
        assert not DeviationSweep.objects.latest("pk").whole
    found["nodes"] = [float(NodeStanding.objects.count())]
    return found


def medians(found: dict[str, list[float]]) -> dict[str, float]:
    """The middle of each."""
    return {name: statistics.median(times) for name, times in found.items()}
