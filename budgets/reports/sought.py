"""What negotiations and accepted offers promise for the year of a budget, by row and month: weighted until it is won (domain 8.3, 8.4)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import connection
from django.db.models import Q

from budgets.models import Budget, BudgetLine, months_of
from budgets.models.years import month_after
from budgets.reports.phasing import EQUAL, spread
from budgets.reports.portfolio import PORTFOLIO, owners_of
from kam.core.money import round_money
from orders.models import Negotiation, NegotiationLine, Offer, OfferLine, Stage
from orders.models.negotiations import OPEN

OWN = f"SELECT plant_id, customer_id FROM ({PORTFOLIO}) AS portfolio WHERE owner_id = %(owner)s AND location_id = %(location)s"
Chance = BudgetLine.Chance
NOTHING = (Decimal(0), Decimal(0))


@dataclass
class SoughtRow:
    """A row that is promised: to a plant or the rest of a customer, of a product or a family; its months in its currency.

    Without a product it has no quantities and is planned in money only.
    """

    plant: int | None
    customer: int | None
    product: int | None
    family: int | None
    producing_location: int
    currency: str
    unit: str
    chance: str
    quantities: list[Decimal] = field(default_factory=lambda: [Decimal(0)] * 12)
    revenues: list[Decimal] = field(default_factory=lambda: [Decimal(0)] * 12)

    @property
    def key(self) -> tuple[Any, ...]:
        """What tells it apart from other rows of a budget."""
        of = (self.plant, self.customer, self.product, self.family, self.producing_location, self.currency, self.unit)
        return (*of, self.chance)

    @property
    def article(self) -> tuple[Any, ...]:
        """To whom of what it is, whatever its class."""
        return (self.plant, self.product, self.currency)

    def add(self, months: Sequence[tuple[Decimal, Decimal]]) -> None:
        """Take in twelve months of quantity and revenue."""
        for place, (quantity, revenue) in enumerate(months):
            self.quantities[place] += quantity
            self.revenues[place] += revenue


def sought_rows(budget: Budget, reader: Any) -> list[SoughtRow]:
    """What the reader's negotiations and accepted offers promise for the plants of this budget, at its location.

    Negotiations with one of its plants or companies: open ones with their probability, to be won; won ones as a whole, awarded, if
    production begins in the year or later (what began before is running business). A year's quantity is spread equally over its
    months from the start to the end of production. What was accepted in an offer in the twelve months before the year or later is
    awarded with the offer's quantity of a year, from the month after (and the start of production, where it names its negotiation),
    and takes the place of negotiations about the same product for the same plant, and of the one that it names. Negotiations with whole groups, and what is said in words only, promise no row.
    """
    plants = _plants_of(budget)
    rows: dict[tuple[Any, ...], SoughtRow] = {}
    accepted = _accepted(budget, reader, plants)
    settled = {(line.offer.negotiation_id, line.product_id) for line in accepted}
    for one in _negotiations(budget, reader, plants):
        for line in one.lines.all():
            if (one.pk, line.product_id) not in settled:
                _take(rows, _row_of(budget, one, line, plants), _months_of(budget, one, line))
    named = Negotiation.objects.visible_to(reader).in_bulk({line.offer.negotiation_id for line in accepted} - {None})
    for row, months in _awarded(budget, accepted, named).values():
        for key in [key for key, other in rows.items() if other.product and other.article == row.article]:
            del rows[key]
        _take(rows, row, months)
    return [row for row in rows.values() if any(row.revenues)]


def _take(rows: dict[tuple[Any, ...], SoughtRow], row: SoughtRow | None, months: Sequence[tuple[Decimal, Decimal]]) -> None:
    if row is not None:
        rows.setdefault(row.key, row).add(months)


def _plants_of(budget: Budget) -> dict[int, int]:
    """The plants that this budget plans, each with its company."""
    with connection.cursor() as cursor:
        values = {"owner": budget.contributor_id, "location": budget.location_id}
        cursor.execute(OWN, owners_of(budget.round.first_month) | values)
        return dict(cursor.fetchall())


def _negotiations(budget: Budget, reader: Any, plants: dict[int, int]) -> Iterable[Negotiation]:
    first = budget.round.first_month
    began = Q(start_of_production__gte=first) | Q(start_of_production=None, decided_on__gte=month_after(first, -12))
    found = Negotiation.objects.visible_to(reader).filter(
        Q(stage__in=OPEN) | Q(stage=Stage.WON) & began,
        Q(plant__in=list(plants)) | Q(customer__in=set(plants.values())),
        Q(selling_location=budget.location_id) | Q(selling_location=None),
    )
    return found.prefetch_related("lines__product").order_by("pk")


def _row_of(budget: Budget, one: Negotiation, line: NegotiationLine, plants: dict[int, int]) -> SoughtRow | None:
    """The row of a line: of its plant, of the only one that its company has here, else of the rest of that company."""
    if line.product is None and line.family_id is None:
        return None
    own = [plant for plant, company in plants.items() if company == one.customer_id] if one.customer_id else [one.plant_id]
    plant = own[0] if len(own) == 1 else None
    product = line.product if plant else None
    family = None if product else line.family_id or (line.product.family_id if line.product else None)
    made_at = one.producing_location_id or (line.product.producing_location_id if line.product else None)
    return SoughtRow(
        plant, None if plant else one.customer_id, product.pk if product else None, family, made_at or budget.location_id,
        one.currency, product.base_unit if product else "", Chance.AWARDED if one.stage == Stage.WON else Chance.TO_BE_WON,
    )  # fmt: skip


def _months_of(budget: Budget, one: Negotiation, line: NegotiationLine) -> list[tuple[Decimal, Decimal]]:
    """Quantity and revenue of the months of the plan, as likely as the negotiation is to be won."""
    share = Decimal(1) if one.stage == Stage.WON else Decimal(one.probability) / 100
    by_year: dict[int, list[Decimal]] = {}
    for year, quantity in line.volumes:
        producing = [1 if _producing(one, date(year, month, 1)) else 0 for month in range(1, 13)]
        by_year[year] = _spread(quantity, share, producing) if any(producing) else [Decimal(0)] * 12
    months = []
    for day in months_of(budget.round.first_month):
        price = line.price_in(day.year)
        quantity = by_year[day.year][day.month - 1] if day.year in by_year and price is not None else Decimal(0)
        months.append((quantity, round_money(quantity * (price or 0) / line.price_unit, one.currency)))
    return months


def _producing(one: Negotiation, month: date) -> bool:
    """Whether anything is made for it in a month."""
    begins, ends = one.start_of_production, one.end_of_production
    return (begins is None or begins.replace(day=1) <= month) and (ends is None or month <= ends)


def _spread(quantity: Decimal, share: Decimal, weights: Sequence[Decimal | int]) -> list[Decimal]:
    """A share of a year's quantity over months; whole pieces stay whole."""
    step = Decimal(1) if quantity % 1 == 0 else Decimal("0.001")
    return spread((quantity * share).quantize(step, ROUND_HALF_UP), weights, step=step)


def _accepted(budget: Budget, reader: Any, plants: dict[int, int]) -> list[Any]:
    """The lines of what was accepted, with a product and a quantity of a year, the latest last."""
    lines = OfferLine.objects.visible_to(reader).counted()
    lines = lines.filter(
        offer__status=Offer.Status.ACCEPTED,
        offer__plant__in=list(plants),
        offer__selling_location=budget.location_id,
        offer__decided_on__gte=month_after(budget.round.first_month, -12),
        product__isnull=False,
        annual_quantity__isnull=False,
    )
    return list(lines.select_related("offer", "product").order_by("offer__decided_on", "offer", "position"))


def _awarded(
    budget: Budget, accepted: Iterable[Any], named: Mapping[int, Negotiation]
) -> dict[Any, tuple[SoughtRow, list[tuple[Decimal, Decimal]]]]:
    """What was accepted last of each product for each plant, with its months: from the month after, and while it is produced.

    Production is that of the negotiation `named` by the offer, as far as the reader sees it.
    """
    found = {}
    for line in accepted:
        offer, product = line.offer, line.product
        made_at = product.producing_location_id or budget.location_id
        row = SoughtRow(offer.plant_id, None, product.pk, None, made_at, offer.currency, line.unit, Chance.AWARDED)
        begins = month_after(offer.decided_on.replace(day=1), 1)
        negotiation = named.get(offer.negotiation_id)
        pieces = zip(months_of(budget.round.first_month), _spread(line.annual_quantity, Decimal(1), EQUAL), strict=True)
        months = []
        for day, quantity in pieces:
            held = begins <= day and (negotiation is None or _producing(negotiation, day))
            months.append((quantity, round_money(quantity * line.price / line.price_unit, offer.currency)) if held else NOTHING)
        found[row.article] = (row, months)
    return found


def sought_beside(budget: Budget, reader: Any) -> list[dict[str, Any]]:
    """What is promised of the rows of a budget, month by month `[quantity, revenue]`; where several rows say the same, the first one."""
    promised: dict[tuple[Any, ...], list[SoughtRow]] = {}
    for row in sought_rows(budget, reader):
        promised.setdefault((row.plant, row.customer, row.product, row.family, row.currency, row.chance), []).append(row)
    found = []
    lines = BudgetLine.objects.filter(budget=budget, market=None).with_awards().order_by("pk")
    for line in lines:
        place = (line.plant_id, line.customer_id, line.product_id, line.family_id, line.currency, line.class_now)
        rows = promised.pop(place, None)
        if rows:
            months = [
                [float(sum(row.quantities[month] for row in rows)), float(sum(row.revenues[month] for row in rows))]
                for month in range(12)
            ]
            found.append({"line": line.pk, "months": months})
    return found
