"""Targets beside actuals, of whomever and by whatever they are asked: the statements behind "My year".

Whose sale it is follows the rule of the budgets (reports.portfolio): every sale and every target counts for one person, so that
people add up to the company (AT-16). What belongs to nobody is in the company's year and in no person's.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.core.cache import cache
from django.db import connection
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, CustomerGroup, Location, Market, Plant, User
from budgets.models import BudgetRound, Measure, months_of
from budgets.models.target_totals import Level
from budgets.models.years import month_after
from budgets.reports.attainment import Standing
from budgets.reports.measures import planned_in, sold_in
from budgets.reports.portfolio import LEADS, OWNERS, owners_on, reach_of
from catalog.models import Product, ProductFamily
from kam.core import clock
from orders.models.totals import month_column


class Plan(TextChoices):
    """Which targets."""

    CURRENT = "current", _("In force")
    ORIGINAL = "original", _("Original")


class Owner(TextChoices):
    """Whose a customer is: today, or when it was sold (a target: when it was published)."""

    AS_IS = "as_is", _("As it is today")
    AS_WAS = "as_was", _("As it was then")


class Rates(TextChoices):
    """How actuals in other currencies are worth: at the rate of each document, or at the round's."""

    ACTUAL = "actual", _("Rate of each document")
    BUDGET = "budget", _("Budget rates")


@dataclass(frozen=True)
class Question:
    """What is asked: whose year, which one, and how it is to be compared. Neither person nor location is the whole company."""

    first_month: date
    person: User | None = None
    location: Location | None = None
    plan: Plan = Plan.CURRENT
    owner: Owner = Owner.AS_IS
    rates: Rates = Rates.ACTUAL
    measure: Measure = Measure.REVENUE
    running: bool = False

    @property
    def over(self) -> list[date]:
        """The months of the year that are over; the running one only where it is asked for, too."""
        ahead = 0 if self.running else 1
        return [month for month in months_of(self.first_month) if month_after(month, ahead) <= clock.today()]


@dataclass(frozen=True)
class Dimension:
    """What a year is broken down by: its records, and its key in a target, in the ledger's totals and in the portfolio."""

    label: Any
    model: Any
    of_target: str
    of_total: str
    finest: bool = False


#: By what a year is broken down. People are known from the portfolio, groups and companies from the plant.
DIMENSIONS: dict[str, Dimension] = {
    "person": Dimension(_("People"), User, "portfolio_owner", "portfolio.owner_id"),
    "group": Dimension(_("Groups"), CustomerGroup, "company.group_id", "company.group_id"),
    "customer": Dimension(_("Customers"), Customer, "target.customer_id", "plant.customer_id"),
    "plant": Dimension(_("Plants"), Plant, "target.plant_id", "total.plant_id"),
    "family": Dimension(_("Product families"), ProductFamily, "target.family_id", "product.family_id", finest=True),
    "product": Dimension(_("Products"), Product, "target.product_id", "total.product_id", finest=True),
    "area": Dimension(_("Countries and areas"), Market, "target.area_id", "total.area_id"),
    "sector": Dimension(_("Sectors"), Market, "target.sector_id", "total.sector_id"),
    "location": Dimension(_("Locations"), Location, "target.selling_location_id", "total.selling_location_id"),
}
#: What is known of a row with a plant only.
OF_ACCOUNTS = frozenset({"group", "customer", "plant"})
#: Breakdowns with a row for each of many records, which take long over many people; an answer is kept so many seconds at most.
LONG = frozenset({"person", "product", *OF_ACCOUNTS})
KEPT_FOR = 600
BEHIND = "SELECT " + ", ".join(
    f"(SELECT max({key}) FROM {table})"
    for key, tables in (
        ("id", ("orders_salesbatch", "orders_salesline", "budgets_targettotal", "budgets_budgetround")),
        (
            "pgh_id",
            (
                "accounts_assignmentevent", "accounts_plantserviceevent", "accounts_plantevent", "accounts_customerevent",
                "accounts_customergroupevent", "catalog_productevent", "budgets_budgetrateevent", "budgets_budgetroundevent",
            ),
        ),
    )
    for table in tables
)  # fmt: skip
NOBODY = 0
# The target of a plant follows whoever holds the plant, as its sales do; one without a plant whoever leads most of its customer's
# plants at that location, without any its own person.
STANDINGS = """
WITH portfolio AS MATERIALIZED ({owners}), leads AS MATERIALIZED ({leads}), planned AS (
    SELECT coalesce({target_key}, 0) AS key, {plans}
    FROM {targets} AS target
    {target_joins}
    WHERE target.round_id = ANY(%(rounds)s) AND target.{version} {target_rows}
    GROUP BY 1
), sold AS (
    SELECT coalesce({total_key}, 0) AS key, {actuals}
    FROM {totals} AS total
    {total_joins}
    WHERE total.year = ANY(%(years)s) AND total.kind = 'goods' AND NOT total.is_intercompany {total_rows}
    GROUP BY 1
)
SELECT coalesce(planned.key, sold.key), {shown}
FROM planned FULL JOIN sold ON sold.key = planned.key
ORDER BY {gap}, 1 LIMIT %(most)s
"""
OWNER_OF_TARGET = """
LEFT JOIN portfolio AS holds ON holds.plant_id = target.plant_id AND holds.location_id = target.selling_location_id
LEFT JOIN leads ON target.plant_id IS NULL AND leads.customer_id = target.customer_id
    AND leads.location_id = target.selling_location_id
"""


def standings(asked: Question, by: str = "", most: int | None = None) -> dict[int, Standing]:
    """Plan and actuals of a year by the key of a dimension, the furthest behind first; one statement, whatever the length.

    Without a dimension there is one row, 0, which is also the key of what has no such record. `most` limits the rows. Those of many
    people by who or what is sold are kept for as long as nothing behind them has changed.
    """
    if asked.person is not None or by not in LONG or (most is None and by != "person"):
        return _Statement(asked, by).rows(most)
    key = _key(asked, by, most)
    found: dict[int, Standing] | None = cache.get(key)
    if found is None:
        found = _Statement(asked, by).rows(most)
        cache.set(key, found, KEPT_FOR)
    return found


def _key(asked: Question, by: str, most: int | None) -> str:
    """What is asked, and how far everything has come that the answer rests on: each change moves one of these numbers up."""
    with connection.cursor() as cursor:
        cursor.execute(BEHIND)
        behind = cursor.fetchone()
    question = (asked.location and asked.location.pk, asked.plan, asked.owner, asked.rates, asked.measure, by, most)
    told = repr((asked.first_month.isoformat(), clock.today().isoformat(), question, behind))
    return f"standings-{hashlib.sha256(told.encode()).hexdigest()}"


class _Statement:
    """One question as SQL."""

    def __init__(self, asked: Question, by: str) -> None:
        self.asked, self.by, self.over = asked, by, asked.over
        self.dimension = DIMENSIONS.get(by)
        self.owned = asked.person is not None or by == "person"
        self.rounds = _rounds(asked.first_month)

    def rows(self, most: int | None) -> dict[int, Standing]:
        """The answer."""
        nothing, none_yet = [Decimal(0)] * 12, [Decimal(0)] * len(self.over)
        with connection.cursor() as cursor:
            cursor.execute(self.text(), self.values() | {"most": most})
            found = {key: Standing(amounts[:12], amounts[12:]) for key, *amounts in cursor.fetchall()}
        return found if self.by else {NOBODY: found.get(NOBODY, Standing(nothing, none_yet))}

    def text(self) -> str:
        """The statement."""
        kept = bool(self.level)
        plan = [f"sum({planned_in(self.asked.measure, month, kept=kept)}) AS plan_{month}" for month in range(1, 13)]
        actual = [f"coalesce(sum({self.amount(month)}), 0) AS actual_{place}" for place, month in enumerate(self.over, 1)]
        plans = [f"coalesce(planned.plan_{month}, 0)" for month in range(1, 13)]
        actuals = [f"coalesce(sold.actual_{place}, 0)" for place in range(1, len(self.over) + 1)]
        behind = " + ".join(actuals) or "0"
        asked_for = " + ".join(plans[: len(actuals)]) or "0"
        return STANDINGS.format(
            owners=OWNERS,
            leads=LEADS.format(portfolio="portfolio"),
            target_key=self.target_key(),
            plans=", ".join(plan),
            targets="budgets_targettotal" if self.level else "budgets_target",
            target_joins=self.target_joins(),
            version="original" if self.asked.plan == Plan.ORIGINAL else "superseded IS FALSE",
            target_rows=self.target_rows(),
            total_key=self.dimension.of_total if self.dimension else "NULL::bigint",
            actuals=", ".join(actual) or "0 AS nothing_yet",
            totals=self.totals,
            total_joins=self.total_joins(),
            total_rows="".join(self.total_rows()),
            shown=", ".join([*plans, *actuals]),
            gap=f"({behind}) - ({asked_for})",
        )

    @property
    def level(self) -> str:
        """The coarsest level of the totals of targets that knows what is asked; empty where only the targets themselves do."""
        if self.owned or self.by in OF_ACCOUNTS:
            return Level.ACCOUNT if self.by in {"", "person", "location", *OF_ACCOUNTS} else ""
        return {"family": Level.FAMILY, "product": ""}.get(self.by, Level.MARKET)

    @property
    def totals(self) -> str:
        """The coarsest totals of the ledger that know what is asked: products without currencies, markets without plants."""
        finest = self.dimension is not None and self.dimension.finest
        if self.owned or self.by in OF_ACCOUNTS:
            return "orders_salestotal" if finest else "orders_accounttotal"
        if finest:
            by_currency = self.asked.rates == Rates.BUDGET and self.asked.measure == Measure.REVENUE
            return "orders_salestotal" if by_currency else "orders_producttotal"
        return "orders_markettotal"

    def amount(self, month: date) -> str:
        """What a row of the totals adds to a month."""
        column = sold_in(self.asked.measure, month.month)
        if self.asked.measure == Measure.REVENUE and self.asked.rates == Rates.BUDGET:
            net = f"total.{month_column('net', month.month)}"
            column = f"CASE WHEN total.currency = %(currency)s THEN {net} WHEN rate.rate IS NULL THEN {column} ELSE {net} * rate.rate END"
        then = f" AND portfolio.day = '{_last_day(month)}'" if self.owned and self.asked.owner == Owner.AS_WAS else ""
        return f"CASE WHEN total.year = {month.year}{then} THEN {column} END"

    def target_key(self) -> str:
        if self.dimension is None:
            return "NULL::bigint"
        return self.owner_of_target() if self.by == "person" else self.dimension.of_target

    def owner_of_target(self) -> str:
        """Whose target it is."""
        return (
            "target.person_id"
            if self.asked.owner == Owner.AS_WAS
            else "CASE WHEN target.plant_id IS NULL THEN coalesce(leads.owner_id, target.person_id) ELSE holds.owner_id END"
        )

    def target_joins(self) -> str:
        joins = OWNER_OF_TARGET if self.owned and self.asked.owner == Owner.AS_IS else ""
        if self.by == "group":
            joins += "LEFT JOIN accounts_customer AS company ON company.id = target.customer_id"
        return joins

    def target_rows(self) -> str:
        level = f"AND target.level = '{self.level}'" if self.level else ""
        return f"{level} {self.whose_targets()}"

    def whose_targets(self) -> str:
        if self.asked.person is not None:
            near = "AND (target.person_id = %(person)s OR target.plant_id = ANY(%(within)s) OR target.plant_id IS NULL)"
            return f"{near if self.asked.owner == Owner.AS_IS else ''} AND {self.owner_of_target()} = %(person)s"
        return "AND target.selling_location_id = %(location)s" if self.asked.location else ""

    def total_joins(self) -> str:
        joins = []
        if self.owned:
            kind = "" if self.asked.person is not None else "LEFT "
            joins.append(
                f"{kind}JOIN portfolio ON portfolio.plant_id = total.plant_id AND portfolio.location_id = total.selling_location_id"
            )
        if self.by in {"customer", "group"}:
            joins.append("JOIN accounts_plant AS plant ON plant.id = total.plant_id")
        if self.by == "group":
            joins.append("JOIN accounts_customer AS company ON company.id = plant.customer_id")
        if self.by == "family":
            joins.append("LEFT JOIN catalog_product AS product ON product.id = total.product_id")
        if self.asked.rates == Rates.BUDGET:
            joins.append(
                "LEFT JOIN budgets_budgetrate AS rate ON rate.round_id = %(rates_of)s AND rate.currency = total.currency"
            )
        return "\n".join(joins)

    def total_rows(self) -> Sequence[str]:
        if self.asked.person is not None:
            return ["AND portfolio.owner_id = %(person)s AND total.plant_id = ANY(%(within)s)"]
        return ["AND total.selling_location_id = %(location)s"] if self.asked.location else []

    def values(self) -> dict[str, Any]:
        """The parameters."""
        person, location = self.asked.person, self.asked.location
        days = [clock.today()]
        if self.asked.owner == Owner.AS_WAS:
            days = [_last_day(month) for month in self.over] or days
        within = reach_of(person.pk) if person else None if self.by == "person" else []
        last = self.rounds[-1] if self.rounds else None
        return owners_on(
            days,
            years={month.year for month in months_of(self.asked.first_month)},
            rounds=[one.pk for one in self.rounds],
            within=within,
        ) | {
            "person": person and person.pk,
            "location": location and location.pk,
            "rates_of": last and last.pk,
            "currency": last.currency if last else "",
        }


def _last_day(month: date) -> date:
    return month_after(month, 1) - timedelta(days=1)


def _rounds(first_month: date) -> list[BudgetRound]:
    """The rounds of a year that have targets, the last published one last."""
    rows = BudgetRound.objects.filter(first_month=first_month, published_at__isnull=False).order_by("published_at", "pk")
    return list(rows)


def currency_of(first_month: date) -> str:
    """The currency of a year's targets."""
    return next((one.currency for one in reversed(_rounds(first_month))), "")
