"""What is done to the lines of a budget and their cells: added, spread over the year, written in batches, taken out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import F, Sum
from django.utils.translation import gettext_lazy as _

from budgets.actions.costing import cost_lines
from budgets.actions.filling import refuse_closed
from budgets.actions.rates import rate_needed
from budgets.actions.totals import keep_totals
from budgets.models import Budget, BudgetCell, BudgetLine
from budgets.reports.phasing import EQUAL, spread
from budgets.reports.portfolio import owns
from budgets.reports.seasonality import profile_of
from kam.core.money import minor_unit, round_money
from kam.core.shape import change
from kam.core.verbs import verb
from kam.core.workflow import Denied, Refusals, changed_meanwhile

FIELDS = ("plant", "customer", "market", "product", "family", "producing_location", "currency", "unit", "chance", "comment")
EDITABLE = ("chance", "comment")
AT_ONCE = 5_000
LARGEST = Decimal("1e12")
WRITE = """
UPDATE budgets_budgetcell AS cell SET quantity = new.quantity, price = new.price, revenue = new.revenue
FROM unnest(%(lines)s::bigint[], %(months)s::int[], %(quantities)s::numeric[], %(prices)s::numeric[], %(revenues)s::numeric[],
    %(versions)s::int[]) AS new (line_id, month, quantity, price, revenue, version)
WHERE cell.line_id = new.line_id AND cell.month = new.month AND cell.version = coalesce(new.version, cell.version)
RETURNING cell.line_id, cell.month, cell.quantity, cell.price, cell.revenue, cell.version
"""


@dataclass(frozen=True)
class CellValue:
    """What one month of a line is to hold; `version` is what the writer saw, None writes whatever is there.

    Quantity and price make the revenue; a revenue alone is a plan in money only.
    """

    line: int
    month: int
    quantity: Decimal | None = None
    price: Decimal | None = None
    revenue: Decimal | None = None
    version: int | None = None


@dataclass(frozen=True)
class Written:
    """A budget after a batch, and the cells of the batch as they are now."""

    budget: Budget
    cells: list[CellValue]


@verb("budgets.add_line", _("Add line"))
def add_line(
    budget: Budget,
    *,
    actor: Any,
    reason: str = "",
    revenue: Decimal | None = None,
    quantity: Decimal | None = None,
    imported: bool = False,
    **values: Any,
) -> BudgetLine:
    """Add a line: a plant (or the rest of a customer or market) and a product (or a family), spread equally over the year.

    Plant or customer must belong to this budget (docs/decisions/budgets.md), so that nothing is planned twice.
    """
    refuse_closed(budget)
    values = {"producing_location": budget.location, "currency": budget.location.currency} | values
    line = BudgetLine(budget=budget)
    line.source = line.Source.IMPORTED if imported else line.Source.BY_HAND
    change(line, values, allowed=FIELDS)
    _check(budget, line)
    rate_needed(budget.round, line.currency)
    if line.product is not None and not line.unit:
        line.unit = line.product.base_unit
    _save(line)
    BudgetCell.objects.bulk_create([BudgetCell(line=line, month=month, revenue=Decimal(0)) for month in range(1, 13)])
    if revenue or quantity:
        _write(budget, _phased(line, EQUAL, revenue, quantity, budget.round.months_over))
    cost_lines(budget.round, [budget.pk], [line.pk])
    keep_totals([budget.pk], budget.round.decimals, [line.pk])
    line.refresh_from_db()
    return line


def _check(budget: Budget, line: BudgetLine) -> None:
    wrong = []
    if sum(one is not None for one in (line.plant_id, line.customer_id, line.market_id)) != 1:
        wrong.append(
            Denied("one_buyer", _("Choose a plant, or the rest of a customer or of a market."), field="plant", status=400)
        )
    if (line.product_id is None) == (line.family_id is None):
        wrong.append(Denied("one_article", _("Choose a product, or a whole family."), field="product", status=400))
    if wrong:
        raise Refusals(wrong)
    named = {"plant": line.plant_id, "customer": line.customer_id}
    if not line.market_id and not owns(budget.round.first_month, budget.contributor_id, budget.location_id, **named):
        field = "plant" if line.plant_id else "customer"
        raise Denied("not_of_this_budget", _("This is planned in another budget."), field=field, status=400)


def _save(line: BudgetLine) -> None:
    try:
        with transaction.atomic():
            line.save()
    except IntegrityError as error:
        if "budgets_line_once" not in str(error):
            raise
        raise Denied("line_twice", _("This line is in the budget already."), field="product") from None


def _open_budget(line: BudgetLine) -> Budget:
    """The budget of a line, locked, so that nobody submits it meanwhile. Raises Denied where it takes no work."""
    budget: Budget = Budget.objects.locked().select_related("round").get(pk=line.budget_id)
    refuse_closed(budget)
    return budget


@verb("budgets.edit_line", _("Edit line"))
def edit_line(line: BudgetLine, *, actor: Any, reason: str = "", **values: Any) -> BudgetLine:
    """Change the class or the comment of a line; what it is about stays."""
    budget = _open_budget(line)
    if change(line, values, allowed=EDITABLE):
        seen = line.review == line.Review.OPEN
        line.review = line.review and line.Review.CHANGED
        _save(line)
        if seen:
            Budget.objects.filter(pk=budget.pk).update(to_look_at=F("to_look_at") - 1)
    return line


@verb("budgets.remove_line", _("Remove line"), leaves=True)
def remove_line(line: BudgetLine, *, actor: Any, reason: str = "") -> None:
    """Take a line out of a budget that is in preparation; one that holds something in a month that is over stays."""
    budget = _open_budget(line)
    if line.cells.filter(month__lte=budget.round.months_over, revenue__gt=0).exists():
        raise _month_over()
    if line.challenge == line.Challenge.RETURNED:
        raise Denied("row_returned", _("This row was returned to you. Answer it first."))
    if line.proposal in {line.Proposal.PROPOSED, line.Proposal.OPEN}:
        raise Denied("row_open", _("This row is open between you and its counterpart."))
    line.delete()
    keep_totals([budget.pk], budget.round.decimals, [])


@verb("budgets.phase_line", _("Spread over the year"))
def phase_line(
    line: BudgetLine,
    *,
    actor: Any,
    reason: str = "",
    revenue: Decimal | None = None,
    quantity: Decimal | None = None,
    weights: Sequence[Decimal] | None = None,
    by_profile: bool = False,
) -> BudgetLine:
    """Spread a year's revenue, or a quantity at the line's price, over its months (AT-12, AT-15).

    Months that are over keep what they hold: what is left of the year goes on those to come.
    Without weights the line keeps its own shape, and a line that is all zero is spread equally; `by_profile` takes the
    seasonality profile of its customer or family.
    """
    budget = _open_budget(line)
    if by_profile:
        profile = profile_of(line)
        if profile is None:
            raise Denied("no_profile", _("Neither the customer nor the family has a seasonality profile."), field="shape")
        weights = profile.of_year(budget.round.first_month)
    if revenue is None and quantity is None:
        raise Denied("nothing_to_spread", _("Give the year's revenue or quantity."), field="revenue", status=400)
    shape = [cell.revenue for cell in line.cells.order_by("month")] if weights is None else list(weights)
    if len(shape) != 12 or min(shape) < 0:
        raise Denied("twelve_weights", _("Give twelve weights, none below zero."), field="weights", status=400)
    _write(budget, _phased(line, shape, revenue, quantity, budget.round.months_over))
    cost_lines(budget.round, [budget.pk], [line.pk])
    keep_totals([budget.pk], budget.round.decimals, [line.pk])
    line.refresh_from_db()
    return line


def _phased(
    line: BudgetLine, weights: Sequence[Decimal], revenue: Decimal | None, quantity: Decimal | None, over: int
) -> list[CellValue]:
    """The cells of a year's revenue, quantity or both by weights; a quantity alone is sold at the line's average price."""
    weights = weights[over:]
    if over:
        closed = line.cells.filter(month__lte=over).aggregate(revenue=Sum("revenue"), quantity=Sum("quantity"))
        revenue = None if revenue is None else revenue - (closed["revenue"] or 0)
        quantity = None if quantity is None else quantity - (closed["quantity"] or 0)
        if min(revenue or 0, quantity or 0) < 0:
            raise Denied("less_than_over", _("The months that are over hold more than this already."), status=400)
    money = [None] * (12 - over) if revenue is None else spread(rounded(revenue, line), weights, step=minor_unit(line.currency))
    if quantity is None:
        return [CellValue(line.pk, month, revenue=part) for month, part in enumerate(money, over + 1)]
    pieces = spread(quantity, weights, step=Decimal("0.001") if quantity % 1 else 1)
    average = line.revenue / line.quantity if line.quantity else None
    if revenue is None and average is None:
        raise Denied("no_price", _("This line has no price yet. Give the revenue, too."), field="revenue", status=400)
    return [
        CellValue(line.pk, month, quantity=part, price=_price(part, amount, average), revenue=amount)
        for month, (part, amount) in enumerate(zip(pieces, money, strict=True), over + 1)
    ]


def _price(quantity: Decimal, amount: Decimal | None, average: Decimal | None) -> Decimal:
    if amount is None:
        return round(average or Decimal(0), 5)
    return round(amount / quantity, 5) if quantity else Decimal(0)


def rounded(amount: Decimal, line: BudgetLine) -> Decimal:
    """An amount to the smallest coin of the line's currency."""
    return round_money(amount, line.currency)


@verb("budgets.edit_cells", _("Edit cells"))
def edit_cells(budget: Budget, *, actor: Any, reason: str = "", cells: Sequence[CellValue]) -> Written:
    """Write a batch of cells, all or none; every cell that somebody changed meanwhile refuses the batch and is named.

    A quantity and a price make the revenue; a revenue with a quantity makes the price. Raises Denied.
    """
    refuse_closed(budget)
    return write_cells(budget, cells)


def write_cells(budget: Budget, cells: Sequence[CellValue]) -> Written:
    """Write a batch of cells of a budget that is locked, whoever decided on them. Raises Denied."""
    if not 1 <= len(cells) <= AT_ONCE:
        raise Denied("out_of_range", _("Send from 1 to %(limit)s cells at once.") % {"limit": AT_ONCE}, field="cells", status=400)
    lines = BudgetLine.objects.filter(budget=budget).in_bulk({cell.line for cell in cells})
    wrong = [
        Denied(denied.code, denied.message, field=f"cells.{place}", status=400)
        for place, cell in enumerate(cells)
        for denied in _faults(cell, lines, budget.round.months_over)
    ]
    if len({(cell.line, cell.month) for cell in cells}) < len(cells):
        wrong.append(Denied("cell_twice", _("A cell is in the batch twice."), field="cells", status=400))
    if wrong:
        raise Refusals(wrong)
    written = _write(budget, [_complete(cell, lines[cell.line]) for cell in cells])
    _share_if_wanted(budget, cells, lines)
    keep_totals([budget.pk], budget.round.decimals, sorted(lines))
    budget.refresh_from_db()
    return Written(budget, written)


def _share_if_wanted(budget: Budget, cells: Sequence[CellValue], lines: dict[int, BudgetLine]) -> None:
    """A month that is planned in money only has a cost by share, which its line may not know yet."""
    wanted = {cell.line for cell in cells if cell.quantity is None and cell.revenue and lines[cell.line].cost_share is None}
    if wanted:
        cost_lines(budget.round, [budget.pk], sorted(wanted))


def _month_over() -> Denied:
    return Denied("month_over", _("What stands in a month that is over stays as it is."))


def _faults(cell: CellValue, lines: dict[int, BudgetLine], over: int) -> Iterable[Denied]:
    if cell.line not in lines:
        yield Denied("foreign_line", _("This line belongs to another budget."))
    if 1 <= cell.month <= over:
        yield _month_over()
    if not 1 <= cell.month <= 12:
        yield Denied("no_month", _("A year has twelve months."))
    for value in (cell.quantity, cell.price, cell.revenue):
        if value is not None and (not value.is_finite() or not 0 <= value < LARGEST):
            yield Denied("absurd", _("Quantity, price and revenue are numbers from zero up."))
    if cell.quantity is None and cell.price is not None:
        yield Denied("price_alone", _("A price needs a quantity."))
    if None not in (cell.quantity, cell.price, cell.revenue) and not _multiplies(cell, lines.get(cell.line)):
        yield Denied("not_the_product", _("Quantity times price is another revenue."))


def _multiplies(cell: CellValue, line: BudgetLine | None) -> bool:
    """Whether the revenue is quantity times price, but for what the price was rounded by and the smallest coin."""
    quantity, price, revenue = cell.quantity or Decimal(0), cell.price or Decimal(0), cell.revenue or Decimal(0)
    values = (quantity, price, revenue)
    if line is None or not all(value.is_finite() and 0 <= value < LARGEST for value in values):
        return True  # said already
    return abs(quantity * price - revenue) <= quantity * Decimal("0.00001") + minor_unit(line.currency)


def _complete(cell: CellValue, line: BudgetLine) -> CellValue:
    """The cell with what follows from what was given."""
    quantity, price, revenue = cell.quantity, cell.price, cell.revenue
    if quantity is not None:
        quantity = round(quantity, 3)
        if price is None:
            price = _price(quantity, revenue or Decimal(0), None)
        price = round(price, 5)
        revenue = quantity * price if revenue is None else revenue
    return CellValue(cell.line, cell.month, quantity, price, rounded(revenue or Decimal(0), line), cell.version)


def _write(budget: Budget, cells: Sequence[CellValue]) -> list[CellValue]:
    """One statement for the whole batch; where a version is not the one that was seen, nothing stays written. Raises Denied."""
    values: dict[str, Any] = {
        "lines": [cell.line for cell in cells],
        "months": [cell.month for cell in cells],
        "quantities": [cell.quantity for cell in cells],
        "prices": [cell.price for cell in cells],
        "revenues": [cell.revenue if cell.revenue is not None else (cell.quantity or 0) * (cell.price or 0) for cell in cells],
        "versions": [cell.version for cell in cells],
    }
    with connection.cursor() as cursor:
        cursor.execute(WRITE, values)
        written = [CellValue(*row) for row in cursor.fetchall()]
    if len(written) == len(cells):
        return written
    kept = {(cell.line, cell.month) for cell in written}
    meanwhile = changed_meanwhile()
    raise Refusals(
        Denied(meanwhile.code, meanwhile.message, field=f"cells.{place}", status=meanwhile.status)
        for place, cell in enumerate(cells)
        if (cell.line, cell.month) not in kept
    )
