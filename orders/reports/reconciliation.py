"""From an area manager's total over the account managers' to the company's: every step with its amount, and nothing left over."""

from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Location
from kam.core.money import ExchangeRate
from kam.core.workflow import Denied
from orders.models import LineKind, reach_of
from orders.reports.figures import COUNTED, DIMENSIONS, Asked, Question, rows_of, sales_by, sales_total

OTHERS = tuple(kind.value for kind in LineKind if kind.value not in COUNTED)


class Beside(models.TextChoices):
    """What account managers sold in a year beside what a location sold: the steps from its total to theirs."""

    SAME_PLANTS = "same_plants", _("The same plants at other locations")
    OTHER_ACCOUNTS = "other_accounts", _("Other accounts of the same account managers")
    OTHER_MANAGERS = "other_managers", _("Account managers without a sale at this location")


@dataclass(frozen=True)
class Step:
    """One step of the way: what it is, its amount in the group's currency, and the question that leads to its lines.

    `beside` names what account managers sold elsewhere (orders.filters), which no key tells apart.
    """

    label: Any
    amount: Decimal
    drill: Question
    beside: str = ""


@dataclass(frozen=True)
class Reconciliation:
    """The way from one total to the other: three totals, the steps between them, and what is left over, which must be nothing."""

    location: Location
    area_manager: Decimal
    to_account_managers: list[Step] = field(default_factory=list)
    account_managers: Decimal = Decimal(0)
    to_company: list[Step] = field(default_factory=list)
    company: Decimal = Decimal(0)

    @property
    def remainder(self) -> Decimal:
        """What the steps do not explain."""
        steps = [*self.to_account_managers, *self.to_company]
        return self.company - self.area_manager - sum((step.amount for step in steps), Decimal(0))


def reconcile(location: Location, question: Question, reader: Any, *, rate: Decimal | None = None) -> Reconciliation:
    """From what a location sold, as its area manager counts it, to what the account managers and the company count.

    The area manager counts every kind, intercompany included, in the location's currency; `rate` (else the last one that is
    recorded) turns that into the group's. The account managers count goods to third parties, each sale once, at the
    rate of its document; the company counts what nobody is account manager of as well, and the other kinds.
    Raises Denied for who does not oversee the whole ledger.
    """
    if not reach_of(reader).everything:
        raise Denied("not_permitted", _("The sales of all locations and accounts are not for you to see."), status=403)
    everything = replace(question, kinds=(*COUNTED, *OTHERS), intercompany=None)
    here = replace(everything, only={**question.only, "selling_location": [location.pk]})
    in_local_currency = replace(here, only={**here.only, "currency": [location.currency]})
    local = sales_total(in_local_currency, reader).now
    used = rate or _last_rate(location.currency)
    exchange = Decimal(0) if used is None or local.net is None else local.revenue - local.net * used
    counted_here = replace(here, kinds=COUNTED, intercompany=False)
    of_kinds = [
        Step(LineKind(row.key).label, -row.now.revenue, replace(here, kinds=(row.key,), intercompany=False))
        for row in sales_by("kind", replace(here, kinds=OTHERS, intercompany=False), reader)
    ]
    intercompany = replace(here, intercompany=True)
    unassigned_here = replace(counted_here, only={**counted_here.only, "account_manager": [None]})
    counted = replace(question, kinds=COUNTED, intercompany=False)
    unassigned = replace(counted, only={**question.only, "account_manager": [None]})
    elsewhere, others, apart = _other_accounts(location, counted, reader)
    amount_here = sales_total(here, reader).now.revenue
    return Reconciliation(
        location,
        amount_here - exchange,
        [
            Step(_("Exchange: the rate of each document instead of one rate"), exchange, in_local_currency),
            *of_kinds,
            Step(_("Intercompany"), -sales_total(intercompany, reader).now.revenue, intercompany),
            Step(
                _("Sales of this location without an account manager"),
                -sales_total(unassigned_here, reader).now.revenue,
                unassigned_here,
            ),
            Step(Beside.SAME_PLANTS.label, elsewhere, counted, Beside.SAME_PLANTS),
            Step(Beside.OTHER_ACCOUNTS.label, others, counted, Beside.OTHER_ACCOUNTS),
            Step(Beside.OTHER_MANAGERS.label, apart, counted, Beside.OTHER_MANAGERS),
        ],
        sales_total(counted, reader).now.revenue - sales_total(unassigned, reader).now.revenue,
        [
            Step(_("Sales without an account manager"), sales_total(unassigned, reader).now.revenue, unassigned),
            *(
                Step(LineKind(row.key).label, row.now.revenue, replace(question, kinds=(row.key,), intercompany=False))
                for row in sales_by("kind", replace(question, kinds=OTHERS, intercompany=False), reader)
            ),
        ],
        sales_total(replace(everything, intercompany=False), reader).now.revenue,
    )


def _last_rate(currency: str) -> Decimal | None:
    """The last rate of a currency that is recorded; None for the group's own."""
    if currency == settings.BASE_CURRENCY:
        return None
    found = (
        ExchangeRate.objects.filter(from_currency=currency, to_currency=settings.BASE_CURRENCY, kind="spot")
        .order_by("-date")
        .first()
    )
    return found.rate if found else None


def _other_accounts(location: Location, question: Question, reader: Any) -> tuple[Decimal, Decimal, Decimal]:
    """What account managers sold elsewhere: to the plants that buy here too, to their other plants, and those who sell nothing here."""
    asked = Asked(question, reader, ["plant", "account_manager", "selling_location"], [question.year])
    plant, manager = DIMENSIONS["plant"].key, DIMENSIONS["account_manager"].key
    revenue = asked.figures(question.months, "true")[1]
    asked.values["location"] = location.pk
    statement = f"""
        WITH sold AS (
            SELECT {plant} AS plant, {manager} AS manager, total.selling_location_id = %(location)s AS here, {revenue} AS revenue
            {asked.source()} AND total.account_manager_id IS NOT NULL GROUP BY 1, 2, 3
        ), managers AS (SELECT DISTINCT manager FROM sold WHERE here), plants AS (SELECT DISTINCT manager, plant FROM sold WHERE here)
        SELECT coalesce(sum(revenue) FILTER (WHERE plants.plant IS NOT NULL), 0),
            coalesce(sum(revenue) FILTER (WHERE plants.plant IS NULL AND managers.manager IS NOT NULL), 0),
            coalesce(sum(revenue) FILTER (WHERE managers.manager IS NULL), 0)
        FROM sold LEFT JOIN managers USING (manager) LEFT JOIN plants ON plants.manager = sold.manager AND plants.plant = sold.plant
        WHERE NOT here
    """
    [row] = rows_of(statement, asked.values)
    return row[0], row[1], row[2]
