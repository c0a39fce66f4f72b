"""Figures of price campaigns: every price before and after, what the change is worth a year, and what of it reached the invoices."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import Plant
from kam.core import clock
from kam.core.formats import day, number, percent
from kam.core.periods import months_later
from orders.models import AgreementLine, CampaignCustomer, CampaignLine, LineKind, PriceCampaign, SalesTotal
from orders.models.totals import MONTHS, NET, month_column
from orders.reports.campaign_budget import Budgeted, Concerned, budgeted_of

CENT = Decimal("0.01")
MONTHS_OF_A_YEAR = 12


@dataclass(frozen=True)
class PriceChange:
    """An agreed price before and after a change; of a scale each step."""

    line: AgreementLine
    before: Decimal | None
    after: Decimal | None
    #: A quantity, its price before and after.
    steps: list[tuple[Decimal, Decimal, Decimal]]
    #: Of a discount on the list: in per cent, before and after.
    discount_before: Decimal | None = None
    discount_after: Decimal | None = None
    #: The title of another campaign that runs and asks for this price as well.
    also_in: str = ""

    @property
    def subject(self) -> Any:
        """The product or family."""
        return self.line.subject


def change_of(line: AgreementLine, rate: Decimal, also_in: str = "") -> PriceChange:
    """What a change of so many per cent makes of a price, rounded as the price is."""
    after, steps = line.raised(rate)
    pairs = [(quantity, before, new) for (quantity, before), (_same, new) in zip(line.steps, steps, strict=True)]
    return PriceChange(line, line.price, after, pairs, line.discount, line.discounted(rate), also_in)


def changes_of(row: CampaignCustomer, lines: Iterable[CampaignLine]) -> list[PriceChange]:
    """Every price of a customer before and after, at what was agreed, else at what is asked."""
    rate = row.agreed if row.agreed is not None else row.asked
    return [change_of(one.line, rate, getattr(one, "also_in", None) or "") for one in lines]


def computation_of(campaign: PriceCampaign, rate: Decimal) -> list[str]:
    """How a percentage came about, step by step, in the active language."""
    found = []
    if campaign.basis == PriceCampaign.Basis.INDEX and campaign.index is not None:
        assert campaign.value_from is not None
        assert campaign.value_to is not None
        moved = (campaign.value_to / campaign.value_from - 1) * 100
        text = _("%(index)s: %(before)s on %(first)s, %(after)s on %(last)s, a change of %(moved)s.")
        names = {
            "index": campaign.index,
            "before": number(campaign.value_from, 2, most=6),
            "first": day(campaign.index_from),
            "after": number(campaign.value_to, 2, most=6),
            "last": day(campaign.index_to),
            "moved": percent(moved, 2, signed=True),
        }
        found.append(text % names)
        text = _("%(share)s of the price follow it: %(share)s × %(moved)s = %(change)s.")
        names = {
            "share": percent(campaign.share, 2),
            "moved": percent(moved, 2, signed=True),
            "change": percent(campaign.percentage, 2, signed=True),
        }
        found.append(text % names)
    text = _("New price = old price × (1 %(sign)s %(rate)s), rounded to the decimals of the price.")
    sign = "+" if rate > 0 else "−"
    found.append(text % {"sign": sign, "rate": percent(abs(rate), 2)})
    if campaign.discounts:
        text = _(
            "New discount on the list = 100 − (100 − old discount) × (1 %(sign)s %(rate)s), to two decimals; the list stays as it is."
        )
        found.append(text % {"sign": sign, "rate": percent(abs(rate), 2)})
    return found


@dataclass(frozen=True)
class Month:
    """What reached the invoices in a month: the revenue of the prices concerned, and how much of it the change of prices made.

    `uncompared` is revenue of what was not sold in the twelve months before: it has no price to compare with.
    """

    first: date
    revenue: Decimal
    effect: Decimal
    uncompared: Decimal


@dataclass
class Money:
    """What a change is worth, in the group's currency; None where the reader does not read every sale behind it."""

    #: What was invoiced of these prices in the twelve months before.
    base: Decimal | None = None
    asked: Decimal | None = None
    agreed: Decimal | None = None
    #: What the budget in force counts on from the new prices in the months of its year, and why that cannot be told.
    budgeted: Decimal | None = None
    why_not_budgeted: str = ""
    budget_year: str = ""
    #: Revenue of the budget that has no price to compare with.
    budget_uncompared: Decimal | None = None
    reached: Decimal | None = None
    #: The part of what was agreed for a year that falls on the months counted so far.
    expected: Decimal | None = None
    months: list[Month] = field(default_factory=list)


#: What was sold of the prices in campaigns, month by month, as far as the reader reads it; then the twelve months before, and
#: each month since against the average price of then, key by key (plant, product, location, currency, unit).
FOUND = """
WITH RECURSIVE total AS MATERIALIZED ({totals}),
wanted AS MATERIALIZED (
    SELECT priced.row_id, line.product_id, line.family_id, line.currency, line.location_id,
        line.plant_id, line.customer_id, line.group_id
    FROM orders_campaignline AS priced JOIN orders_agreementline AS line ON line.id = priced.line_id
    WHERE priced.row_id = ANY(%s)
),
tree (root, family_id) AS (
    SELECT DISTINCT family_id, family_id FROM wanted WHERE family_id IS NOT NULL
    UNION ALL
    SELECT tree.root, family.id FROM tree JOIN catalog_productfamily AS family ON family.parent_id = tree.family_id
),
priced AS (
    SELECT row_id, product_id, currency, location_id, plant_id, customer_id, group_id FROM wanted WHERE product_id IS NOT NULL
    UNION ALL
    SELECT wanted.row_id, product.id, wanted.currency, wanted.location_id, wanted.plant_id, wanted.customer_id, wanted.group_id
    FROM wanted JOIN tree ON tree.root = wanted.family_id JOIN catalog_product AS product ON product.family_id = tree.family_id
),
matched AS (
    SELECT DISTINCT priced.row_id, total.id
    FROM total
    JOIN accounts_plant AS plant ON plant.id = total.plant_id
    JOIN accounts_customer AS company ON company.id = plant.customer_id
    JOIN priced ON priced.product_id = total.product_id AND priced.currency = total.currency
        AND (priced.location_id IS NULL OR priced.location_id = total.selling_location_id)
        AND (priced.plant_id = plant.id OR priced.customer_id = company.id OR priced.group_id = company.group_id)
),
sold AS MATERIALIZED (
    SELECT matched.row_id, total.plant_id, total.product_id, total.selling_location_id, total.currency, total.unit,
        make_date(total.year, month.number, 1) AS first, month.quantity, month.net, month.revenue
    FROM matched JOIN total ON total.id = matched.id CROSS JOIN LATERAL (VALUES {months}) AS month (number, quantity, net, revenue)
    WHERE month.revenue IS NOT NULL
),
span AS (
    SELECT customer.id AS row_id, (campaign.measured_until - interval '12 months')::date AS begins, campaign.measured_until AS until,
        CASE WHEN customer.status = 'agreed'
            THEN (date_trunc('month', customer.effective_on - 1) + interval '1 month')::date END AS counted
    FROM orders_campaigncustomer AS customer JOIN orders_pricecampaign AS campaign ON campaign.id = customer.campaign_id
    WHERE customer.id = ANY(%s)
),
before AS (
    SELECT sold.row_id, plant_id, product_id, selling_location_id, currency, unit,
        sum(quantity) AS quantity, sum(net) AS net, sum(revenue) AS revenue
    FROM sold JOIN span USING (row_id) WHERE first >= begins AND first < until
    GROUP BY sold.row_id, plant_id, product_id, selling_location_id, currency, unit
)
"""
#: What the keys of a row cost before, and which products, currencies and locations a row is about.
OLD_PRICES = (
    FOUND
    + """
SELECT row_id, plant_id, product_id, selling_location_id, currency, unit, net / quantity FROM before WHERE quantity > 0
"""
)
PRICED = FOUND + "SELECT DISTINCT row_id, product_id, currency, location_id FROM priced"
REACHED = (
    FOUND
    + """
SELECT row_id, NULL::date AS first, sum(revenue), NULL::numeric, NULL::numeric FROM before GROUP BY row_id
UNION ALL
SELECT sold.row_id, sold.first, sum(sold.revenue),
    sum((sold.net - sold.quantity * before.net / before.quantity)
        * CASE WHEN sold.net <> 0 THEN sold.revenue / sold.net ELSE before.revenue / nullif(before.net, 0) END)
        FILTER (WHERE before.quantity > 0),
    sum(sold.revenue) FILTER (WHERE before.quantity > 0 IS NOT TRUE)
FROM sold JOIN span USING (row_id)
LEFT JOIN before USING (row_id, plant_id, product_id, selling_location_id, currency, unit)
WHERE sold.first >= span.counted AND sold.first <= %s
GROUP BY sold.row_id, sold.first
ORDER BY 1, 2 NULLS FIRST
"""
)


def money_of(rows: Sequence[CampaignCustomer], reader: Any) -> dict[int, Money]:
    """What each customer's change is worth, for rows `with_money_rights` of the reader; a row whose sales are not all theirs has none."""
    told = [row for row in rows if row.reads_money]  # type: ignore[attr-defined]
    found = {row.pk: Money() for row in rows}
    if not told:
        return found
    bases, months, concerned = _sold(told, reader)
    plans = budgeted_of(concerned, reader)
    for row in told:
        plan = plans.get(row.pk, Budgeted())
        base, counted = bases.get(row.pk, Decimal(0)), months.get(row.pk, [])
        agreed = None if row.agreed is None else share(base, row.agreed)
        found[row.pk] = Money(
            base=base.quantize(CENT),
            asked=share(base, row.asked),
            agreed=agreed,
            budgeted=plan.amount,
            why_not_budgeted=plan.why_not,
            budget_year=plan.year,
            budget_uncompared=plan.uncompared if plan.amount is not None else None,
            reached=sum((month.effect for month in counted), Decimal(0)) if counted else None,
            expected=(agreed * len(counted) / MONTHS_OF_A_YEAR).quantize(CENT) if counted and agreed is not None else None,
            months=counted,
        )
    return found


def share(base: Decimal, rate: Decimal) -> Decimal:
    """So many per cent of an amount, to the cent."""
    return (base * rate / 100).quantize(CENT)


Sold = tuple[dict[int, Decimal], dict[int, list[Month]], list[Concerned]]


def _sold(rows: Sequence[CampaignCustomer], reader: Any) -> Sold:
    """The turnover of the twelve months before, and the months since, of each row; and what of each a plan may be asked about."""
    holders = Q(pk__in=[row.plant_id for row in rows if row.plant_id])
    holders |= Q(customer__in=[row.customer_id for row in rows if row.customer_id])
    holders |= Q(customer__group__in=[row.group_id for row in rows if row.group_id])
    plants = list(Plant.objects.filter(holders).values_list("pk", "customer_id", "customer__group_id"))
    first = min(months_later(row.campaign.measured_until, -MONTHS_OF_A_YEAR) for row in rows)
    totals = SalesTotal.objects.visible_to(reader).filter(
        plant__in=[plant for plant, _company, _group in plants],
        year__gte=first.year,
        kind=LineKind.GOODS,
        is_intercompany=False,
        lines__gt=0,
    )
    figures = [month_column(measure, month) for measure in ("quantity", NET, "revenue") for month in MONTHS]
    keys = ["id", "plant_id", "product_id", "selling_location_id", "currency", "unit", "year"]
    try:
        words, parameters = totals.order_by().values(*keys, *figures).query.sql_with_params()
    except EmptyResultSet:  # a group without a plant: nothing was sold to it
        return {}, {}, []
    months = ", ".join(
        f"({month}, total.{month_column('quantity', month)}, total.{month_column(NET, month)}, total.{month_column('revenue', month)})"
        for month in MONTHS
    )
    wanted = [row.pk for row in rows]
    bases: dict[int, Decimal] = {}
    since: dict[int, list[Month]] = {}
    before: dict[int, dict[Any, Decimal]] = defaultdict(dict)
    priced: dict[int, set[tuple[int, str, int | None]]] = defaultdict(set)
    with connection.cursor() as cursor:
        statement = REACHED.format(totals=words, months=months)  # our own words
        cursor.execute(statement, [*parameters, wanted, wanted, clock.today()])
        for row, month, revenue, effect, uncompared in cursor.fetchall():
            if month is None:
                bases[row] = revenue
            else:
                nothing = Decimal(0)
                figure = Month(month, *(Decimal(one or nothing).quantize(CENT) for one in (revenue, effect, uncompared)))
                since.setdefault(row, []).append(figure)
        cursor.execute(OLD_PRICES.format(totals=words, months=months), [*parameters, wanted, wanted])
        for row, *key, price in cursor.fetchall():
            before[row][tuple(key)] = price
        cursor.execute(PRICED.format(totals=words, months=months), [*parameters, wanted, wanted])
        for row, *price in cursor.fetchall():
            priced[row].add((price[0], price[1], price[2]))
    return bases, since, [_concerned(row, plants, priced[row.pk], before[row.pk]) for row in rows]


def _concerned(
    row: CampaignCustomer, plants: Sequence[tuple[Any, ...]], priced: set[Any], before: dict[Any, Decimal]
) -> Concerned:
    """What a plan is asked about of one row: from the first whole month of the new prices on."""
    own = [
        one for one in plants if row.plant_id == one[0] or row.customer_id == one[1] or (row.group_id and row.group_id == one[2])
    ]
    begins = row.effective_on if row.effective_on.day == 1 else months_later(row.effective_on.replace(day=1), 1)
    return Concerned(
        row=row.pk,
        since=begins,
        plants=frozenset(plant for plant, _company, _group in own),
        companies=frozenset(company for _plant, company, _group in own) if row.plant_id is None else frozenset(),
        priced=frozenset(priced),
        before=before,
    )


def together(figures: Iterable[Money]) -> Money:
    """Several customers as one: what is known of them added up, month by month."""
    whole = Money()
    months: dict[date, Month] = {}
    plans: set[str] = set()
    for one in figures:
        if one.base is not None:
            plans.add(one.why_not_budgeted)
            whole.budget_year = max(whole.budget_year, one.budget_year)
        for name in ("base", "asked", "agreed", "budgeted", "budget_uncompared", "reached", "expected"):
            value = getattr(one, name)
            if value is not None:
                setattr(whole, name, (getattr(whole, name) or Decimal(0)) + value)
        for month in one.months:
            known = months.get(month.first)
            months[month.first] = (
                month
                if known is None
                else Month(
                    month.first,
                    known.revenue + month.revenue,
                    known.effect + month.effect,
                    known.uncompared + month.uncompared,
                )
            )
    whole.months = [months[first] for first in sorted(months)]
    if plans - {""}:  # a part of what is budgeted would be a wrong figure
        whole.budgeted = whole.budget_uncompared = None
        whole.why_not_budgeted = min(plans - {""})
    return whole
