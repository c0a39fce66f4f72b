"""Reports of a year of sales under load: by customer, by product, by month, each beside one GROUP BY over the finest totals."""

import statistics
from typing import Any

from django.db import connection

from kam.core import clock
from orders.models.totals import MONTHS, month_column
from orders.reports.figures import Question, sales_by, sales_by_month
from tests.bench.sweeping import timed

#: What any implementation adds up: revenue, quantity and both costs of this year and the one before, as far as they are wanted.
BARE = """
SELECT {key}, {columns} FROM orders_salestotal AS total {join}
WHERE total.year = ANY(%(years)s) AND total.kind = 'goods' AND NOT total.is_intercompany {group}
"""
MEASURES = ("revenue", "quantity", "cost", "local_cost")
CUSTOMER = ("plant.customer_id", "JOIN accounts_plant AS plant ON plant.id = total.plant_id")


def _year(measure: str) -> str:
    return " + ".join(f"coalesce(total.{month_column(measure, month)}, 0)" for month in MONTHS)


def bare(key: str, join: str) -> int:
    """The one statement by a key; how many keys there are."""
    year = clock.today().year
    columns = [f"sum({_year(measure)}) FILTER (WHERE total.year = {one})" for one in (year, year - 1) for measure in MEASURES]
    return _answered(BARE.format(key=key, columns=", ".join(columns), join=join, group=f"GROUP BY {key}"))


def bare_months() -> int:
    """The one statement month by month."""
    year = clock.today().year
    columns = [
        f"sum(total.{month_column(measure, month)}) FILTER (WHERE total.year = {one})"
        for one in (year, year - 1)
        for measure in MEASURES
        for month in MONTHS
    ]
    return _answered(BARE.format(key="1", columns=", ".join(columns), join="", group=""))


def _answered(statement: str) -> int:
    year = clock.today().year
    with connection.cursor() as cursor:
        cursor.execute(statement, {"years": [year, year - 1]})
        return len(cursor.fetchall())


def measure(reader: Any, rounds: int) -> dict[str, tuple[float, float, int]]:
    """Milliseconds of each report of this reader and of its bare statement, asked in turn, and how many rows it has."""
    question = Question(clock.today().year)
    sides = {
        "customer": (lambda: sales_by("customer", question, reader), lambda: bare(*CUSTOMER)),
        "product": (lambda: sales_by("product", question, reader), lambda: bare("total.product_id", "")),
        "month": (lambda: sales_by_month(question, reader), bare_months),
    }
    found = {}
    for name, (ours, theirs) in sides.items():
        spent = [(timed(ours), timed(theirs)) for _turn in range(rounds + 1)][1:]
        one, other = (statistics.median(times) * 1000 for times in zip(*spent, strict=True))
        found[name] = (one, other, len(ours()))
    return found
