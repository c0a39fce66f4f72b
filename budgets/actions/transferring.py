"""What of budgets passes with a plant or a product to another of our locations: the rows in preparation, month by month (port `transfer_touches`)."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Assignment
from budgets.actions.costing import cost_lines
from budgets.actions.totals import keep_totals
from budgets.models import Budget, BudgetCell, BudgetLine, BudgetRound, Target
from budgets.models.years import month_after
from catalog.models.transfers import Moving, Outcome, Stage, Transfer

KEY = ("plant", "customer", "market", "product", "family", "producing_location", "currency", "unit", "chance")


def move_rows(transfer: Transfer, *, stage: str) -> Iterator[Moving]:
    """The rows of budgets in preparation from the month of the day on; what is published follows by a revision only."""
    if stage == Stage.PREPARE:
        return
    month = transfer.day.replace(day=1)
    rounds = BudgetRound.objects.filter(first_month__gt=month_after(month, -12))
    where = Q(plant=transfer.plant_id, budget__location=transfer.source_id) if transfer.plant_id else Q(
        product=transfer.product_id, producing_location=transfer.source_id
    )  # fmt: skip
    lines = BudgetLine.objects.filter(where, budget__round__in=rounds.filter(status=BudgetRound.Status.OPEN))
    for line in lines.for_list().order_by("pk"):
        if not line.cells.filter(month__gte=_first(line.budget.round, month), revenue__gt=0).exists():
            continue
        budget, why = _taker(line, transfer)
        yield Moving("budget_rows", f"{line} · {line.budget}", Outcome.STAYS if why else Outcome.MOVES, why, line)
        if stage == Stage.MOVE and budget is not None:
            _move(line, budget, transfer, _first(line.budget.round, month))
    yield from _published(transfer, rounds)


def _first(one: BudgetRound, month: date) -> int:
    """Which month of the round's year is the first that moves; those that are over stay."""
    place = (month.year - one.first_month.year) * 12 + month.month - one.first_month.month + 1
    return max(place, one.months_over + 1, 1)


def _taker(line: BudgetLine, transfer: Transfer) -> tuple[Budget | None, Any]:
    """The budget that takes a row over, or why it stays."""
    budget = line.budget
    if budget.status not in {Budget.Status.DRAFT, Budget.Status.RETURNED} or budget.being_filled:
        return None, _("is handed in: return the budget, or plan it anew at the new location")
    if line.proposal in {line.Proposal.PROPOSED, line.Proposal.OPEN} or line.challenge == line.Challenge.RETURNED:
        return None, _("an answer is open on it")
    if transfer.plant_id is None:
        return budget, ""
    person = _planner(line, transfer)
    found = Budget.objects.filter(round=budget.round_id, contributor=person, location=transfer.target_id).select_related("round")
    taker = found.filter(status__in=[Budget.Status.DRAFT, Budget.Status.RETURNED], being_filled=False).first()
    if taker is None:
        return None, _("there is no budget in preparation at the new location that could take it")
    return taker, ""


def _planner(line: BudgetLine, transfer: Transfer) -> int | None:
    """Who plans a plant at the new location: its account manager goes on, an area manager is followed by the one there."""
    assert transfer.plant is not None
    customer, contributor = transfer.plant.customer, line.budget.contributor_id
    led = Assignment.objects.on(transfer.day).filter(user=contributor, kind=Assignment.Kind.ACCOUNT_MANAGER)
    if led.filter(Q(customer=customer) | Q(group__isnull=False, group=customer.group_id)).exists():
        return contributor
    if transfer.manager_id:
        return transfer.manager_id
    there = Assignment.objects.on(transfer.day).filter(plant=transfer.plant, location=transfer.target_id)
    return there.values_list("user", flat=True).first()


def _move(line: BudgetLine, budget: Budget, transfer: Transfer, first: int) -> None:
    """Move the months from `first` on to the same row at the new location, which is made where there is none; nothing is lost."""
    before = Budget.objects.locked().select_related("round").get(pk=line.budget_id)
    values: dict[str, Any] = {name: getattr(line, name) for name in KEY}
    if transfer.product_id:
        values["producing_location"] = transfer.target
    twin = BudgetLine.objects.filter(budget=budget, **values).first()
    if twin is None:
        twin = BudgetLine(budget=budget, **values, source=line.source, comment=line.comment)
        twin.save(force_insert=True)
        BudgetCell.objects.bulk_create([BudgetCell(line=twin, month=month, revenue=Decimal(0)) for month in range(1, 13)])
    held = {cell.month: cell for cell in twin.cells.all()}
    for cell in line.cells.filter(month__gte=first).order_by("month"):
        other = held[cell.month]
        other.revenue += cell.revenue
        other.quantity = _together(other, cell)
        other.price = (
            None if other.quantity is None else round(other.revenue / other.quantity, 5) if other.quantity else Decimal(0)
        )
        other.save(update_fields=["revenue", "quantity", "price"])
        cell.quantity, cell.price, cell.revenue = None, None, Decimal(0)
        cell.save(update_fields=["revenue", "quantity", "price"])
    for one, rows in ((before, [line.pk]), (budget, [twin.pk])):
        cost_lines(one.round, [one.pk], rows)
        keep_totals([one.pk], one.round.decimals, rows)


def _together(one: BudgetCell, other: BudgetCell) -> Decimal | None:
    """The quantity of two months of a row; unknown where one of them is planned in money only."""
    if (one.revenue - other.revenue) == 0 and one.quantity is None:
        return other.quantity
    return None if one.quantity is None or other.quantity is None else one.quantity + other.quantity


def _published(transfer: Transfer, rounds: Any) -> Iterator[Moving]:
    """The targets in force, year by year: approved figures are never moved behind the backs of those who have them."""
    where = {"plant": transfer.plant_id, "selling_location": transfer.source_id} if transfer.plant_id else {
        "product": transfer.product_id, "producing_location": transfer.source_id
    }  # fmt: skip
    found = Target.objects.in_force().filter(round__in=rounds, **where)
    counted = dict(found.order_by().values_list("round").annotate(rows=Count("pk")))
    for one in BudgetRound.objects.filter(pk__in=counted).order_by("first_month", "pk"):
        words = _("%(count)d rows of %(round)s") % {"count": counted[one.pk], "round": one}
        yield Moving("targets", words, Outcome.STAYS, _("are published; a revision of the year moves them"), one)
