"""The grid of a budget: its lines with all their months, light enough for thousands of them, and what they are compared with."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models.functions import Coalesce
from django.utils.translation import gettext

from accounts.models import User
from budgets.models import Budget, BudgetCell, BudgetLine
from budgets.models.years import months_of
from kam.core import clock
from kam.core.comments import Comment
from kam.core.scoping import Way
from kam.core.words import translated_name
from orders.models.scopes import reach_of
from orders.models.totals import month_column

#: So much of the past is told, the newest first.
LONGEST = 100
# Built by the database as the page reads it: sixty thousand rows would take a second to pass through Python one by one.
MONTHS = """
SELECT cell.line_id, json_agg(json_build_array(cell.quantity, cell.price, cell.revenue, cell.version) ORDER BY cell.month)
FROM budgets_budgetline AS line JOIN budgets_budgetcell AS cell ON cell.line_id = line.id
WHERE line.budget_id = %(budget)s AND (%(since)s::timestamptz IS NULL OR line.updated_at >= %(since)s)
GROUP BY cell.line_id
"""
REMARKS = """
SELECT remark.object_id, remark.place, count(*)
FROM core_comment AS remark JOIN django_content_type AS kind ON kind.id = remark.content_type_id
JOIN budgets_budgetline AS line ON line.id = remark.object_id
WHERE kind.app_label = 'budgets' AND kind.model = 'budgetline' AND remark.deleted_at IS NULL AND line.budget_id = %(budget)s
GROUP BY 1, 2 ORDER BY 1, 2
"""
# What was sold of what a line plans. What a plant bought and no line of this budget plans by itself counts in the rest of its
# customer; the rest of a market has no sales of its own.
SOLD = """
WITH sold AS (
    SELECT total.plant_id, plant.customer_id, total.product_id, product.family_id, total.producing_location_id, total.currency,
        total.unit, ARRAY[{quantities}] AS quantities, ARRAY[{amounts}] AS amounts
    FROM orders_salestotal AS total
    JOIN accounts_plant AS plant ON plant.id = total.plant_id
    JOIN catalog_product AS product ON product.id = total.product_id
    WHERE total.selling_location_id = %(location)s AND total.year = ANY(%(years)s) AND total.kind = 'goods'
        AND NOT total.is_intercompany AND {read}
        AND (total.plant_id IN (SELECT plant_id FROM budgets_budgetline WHERE budget_id = %(budget)s AND plant_id IS NOT NULL)
            OR plant.customer_id IN (SELECT customer_id FROM budgets_budgetline WHERE budget_id = %(budget)s AND customer_id IS NOT NULL))
    GROUP BY 1, 2, 3, 4, 5, 6, 7
), line AS (
    SELECT id, plant_id, customer_id, product_id, family_id, producing_location_id, currency, unit,
        row_number() OVER (PARTITION BY plant_id, customer_id, product_id, family_id, producing_location_id, currency, unit
            ORDER BY chance = 'running' DESC, id) AS place
    FROM budgets_budgetline WHERE budget_id = %(budget)s AND market_id IS NULL
), found AS (
    SELECT line.id, sold.quantities, sold.amounts FROM line JOIN sold ON sold.plant_id = line.plant_id
        AND sold.product_id = line.product_id AND sold.producing_location_id = line.producing_location_id
        AND sold.currency = line.currency AND sold.unit = line.unit
    WHERE line.place = 1
    UNION ALL
    SELECT line.id, sold.quantities, sold.amounts FROM line JOIN sold ON sold.family_id = line.family_id
        AND sold.customer_id = line.customer_id AND sold.producing_location_id = line.producing_location_id
        AND sold.currency = line.currency
    WHERE line.place = 1 AND line.customer_id IS NOT NULL AND NOT EXISTS (SELECT FROM line AS own WHERE own.plant_id = sold.plant_id
        AND own.product_id = sold.product_id AND own.producing_location_id = sold.producing_location_id
        AND own.currency = sold.currency AND own.unit = sold.unit)
)
SELECT id, json_build_array({months}) FROM found GROUP BY id ORDER BY id
"""
_SOLD = "{0}.plant_id, {0}.customer_id, {0}.market_id, {0}.product_id, {0}.family_id, {0}.producing_location_id, {0}.currency, {0}.unit"
#: What a line sells to whom from where, of any class and of its class.
KIN, SAME = f"ROW({_SOLD})::text", f"ROW({_SOLD}, {{0}}.chance)::text"
BEFORE = f"""
SELECT line.id, json_agg(json_build_array(cell.quantity, cell.revenue) ORDER BY cell.month)
FROM budgets_budgetline AS line
JOIN budgets_budgetline AS before ON before.budget_id = %(before)s AND {SAME.format("before")} = {SAME.format("line")}
JOIN budgets_budgetcell AS cell ON cell.line_id = before.id
WHERE line.budget_id = %(budget)s
GROUP BY 1 ORDER BY 1
"""
COLUMNS = {
    "id": "id",
    "version": "version",
    "plant": "plant__name",
    "customer": "customer__name",
    "market": "buyer_market",
    "sector": "buyer_sector",
    "company": "plant__customer__name",
    "code": "product__code",
    "product": "product_name",
    "family": "family_name",
    "chance": "chance",
    "offer_accepted": "offer_accepted",
    "unit": "unit",
    "currency": "currency",
    "producing_location": "made_at",
    "comment": "comment",
    "review": "review",
    "challenge": "challenge",
    "counter": "counter",
    "challenge_reason": "challenge_reason",
    "proposal": "proposal",
    "proposed": "proposed",
    "proposal_reason": "proposal_reason",
    "unit_cost": "unit_cost",
    "cost_share": "cost_share",
    "reads_cost": "reads_cost",
}


def grid_lines(budget: Budget, reader: Any, since: datetime | None = None) -> list[dict[str, Any]]:
    """The lines of a budget as the grid shows them, each with its twelve months `[quantity, price, revenue, version]`.

    What a unit costs stands only where the reader reads it. Two queries whatever their number. `since` narrows them to those that changed at or after that moment.
    """
    rows = BudgetLine.objects.visible_to(reader).filter(budget=budget).with_cost_rights(reader).with_awards()
    rows = rows.annotate(
        buyer_market=translated_name("market__"),
        buyer_sector=Coalesce(translated_name("plant__customer__sector__"), translated_name("customer__sector__")),
        made_at=translated_name("producing_location__"),
        product_name=translated_name("product__"),
        family_name=Coalesce(translated_name("family__"), translated_name("product__family__")),
    )
    if since is not None:
        rows = rows.filter(updated_at__gte=since)
    with connection.cursor() as cursor:
        cursor.execute(MONTHS, {"budget": budget.pk, "since": since})
        months = dict(cursor.fetchall())
    names = list(COLUMNS)
    found = rows.order_by("-revenue", "pk").values_list(*COLUMNS.values())
    return [_line(dict(zip(names, row, strict=True)), months) for row in found.iterator(2_000)]


def _line(row: dict[str, Any], months: dict[int, Any]) -> dict[str, Any]:
    """A line in the words of its reader."""
    rest = row["customer"] or row["market"]
    return {
        "id": row["id"],
        "version": row["version"],
        "buyer": f"{row['plant']} · {row['company']}" if row["plant"] else gettext("Rest of %(of)s") % {"of": rest},
        "article": f"{row['code']} {row['product']}" if row["code"] else row["family"],
        "customer": row["company"] or rest,
        "market": row["market"] or row["sector"] or "",
        "family": row["family"],
        "chance": BudgetLine.Chance.AWARDED.value if row["offer_accepted"] else row["chance"],
        "unit": row["unit"],
        "currency": row["currency"],
        "producing_location": row["producing_location"],
        "comment": row["comment"],
        "review": row["review"],
        "challenge": row["challenge"],
        "counter": row["counter"],
        "challenge_reason": row["challenge_reason"],
        "proposal": row["proposal"],
        "proposed": row["proposed"],
        "proposal_reason": row["proposal_reason"],
        "reads_cost": row["reads_cost"],
        "unit_cost": row["unit_cost"] if row["reads_cost"] else None,
        "cost_share": row["cost_share"] if row["reads_cost"] else None,
        "months": months.get(row["id"], []),
    }


def remarked_cells(budget: Budget) -> list[dict[str, Any]]:
    """Where people said something: line, month (0 for the line as a whole) and how many comments."""
    with connection.cursor() as cursor:
        cursor.execute(REMARKS, {"budget": budget.pk})
        return [{"line": line, "month": month_of(place), "count": count} for line, place, count in cursor.fetchall()]


def month_of(place: str) -> int:
    """The month that a comment stands at; 0 for the whole line."""
    month = place.removeprefix("month-")
    return int(month) if month.isdigit() and 1 <= int(month) <= 12 else 0


def months_before(first_month: date) -> list[date]:
    """For each month of a plan's year the one that is compared: a year earlier, or one more where that is not over yet."""
    running = clock.today().replace(day=1)
    years = ((month, date(month.year - 1, month.month, 1)) for month in months_of(first_month))
    return [last if last < running else date(month.year - 2, month.month, 1) for month, last in years]


def sold_before(budget: Budget, reader: Any) -> list[dict[str, Any]]:
    """What was sold of each line a year earlier, month by month `[quantity, revenue]`, in its currency, as far as it is theirs to read.

    Who prepared a plan keeps it; the sales to a customer who has changed hands since are read by whoever leads it now.
    """
    reach = reach_of(reader)
    read = "true"
    led: dict[str, Any] = {}
    if not (reach.everything or budget.location_id in reach.location_ids):
        if not reach.accounts.statement:
            return []
        read, led = reach.accounts.in_sql("total.plant_id", "led", Way.EITHER)
    months = months_before(budget.round.first_month)

    def columns(measure: str) -> str:
        return ", ".join(
            f"coalesce(sum(CASE WHEN total.year = {month.year} THEN total.{month_column(measure, month.month)} END), 0)"
            for month in months
        )

    parts = ", ".join(f"json_build_array(sum(quantities[{place}]), round(sum(amounts[{place}]), 2))" for place in range(1, 13))
    statement = SOLD.format(quantities=columns("quantity"), amounts=columns("net"), months=parts, read=read)
    values = led | {"budget": budget.pk, "location": budget.location_id, "years": sorted({month.year for month in months})}
    return _compared(statement, values)


def planned_before(budget: Budget, before: Budget) -> list[dict[str, Any]]:
    """What another version planned for the same lines, month by month `[quantity, revenue]`."""
    return _compared(BEFORE, {"budget": budget.pk, "before": before.pk})


def _compared(statement: str, values: dict[str, Any]) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [{"line": line, "months": months} for line, months in cursor.fetchall()]


def cell_history(line: BudgetLine, months: Sequence[int]) -> list[dict[str, Any]]:
    """What the cells of these months held, since when and by whom, the newest first."""
    cells = dict(line.cells.filter(month__in=months).values_list("pk", "month"))
    past: Any = BudgetCell.pgh_event_model  # type: ignore[attr-defined]
    events = list(past.objects.filter(pgh_obj_id__in=list(cells)).order_by("-pgh_id")[:LONGEST])
    said = [event.pgh_context or {} for event in events]
    people = User.objects.in_bulk({one.get("actor") for one in said} - {None})
    return [
        {
            "month": cells[event.pgh_obj_id],
            "at": event.pgh_created_at,
            "person": str(people.get(one.get("actor")) or ""),
            "reason": one.get("reason", ""),
            "quantity": event.quantity,
            "price": event.price,
            "revenue": event.revenue,
            "version": event.version,
        }
        for event, one in zip(events, said, strict=True)
    ]


def said_at(line: BudgetLine, months: Sequence[int], reader: Any) -> list[dict[str, Any]]:
    """What the people who see its budget said at the cells of these months, the newest first."""
    kind = ContentType.objects.get_for_model(BudgetLine)
    places = {f"month-{month}": month for month in months}
    said = Comment.objects.visible_to(reader).filter(content_type=kind, object_id=line.pk, place__in=places, deleted_at=None)
    return [
        {
            "month": places[one.place],
            "at": one.created_at,
            "person": str(one.author),
            "text": "".join(str(part) for _kind, part in one.parts()),
        }
        for one in said.for_list().order_by("-pk")[:LONGEST]
    ]
