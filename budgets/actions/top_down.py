"""Setting what is asked from above: of families, markets, new products and new customers; and shared out to persons by what they sold."""

from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from budgets.models import Budget, BudgetRound, TopDownTarget
from budgets.reports.phasing import spread
from budgets.reports.portfolio import sold_by_budget
from kam.core.money import minor_unit
from kam.core.shape import change
from kam.core.verbs import verb
from kam.core.workflow import Denied


def _held(one: BudgetRound) -> BudgetRound:
    """The round as it is now, locked; past preparation nothing is asked any more. Raises Denied."""
    held = BudgetRound.objects.locked().get(pk=one.pk)
    if held.status not in {BudgetRound.Status.REQUESTED, BudgetRound.Status.OPEN}:
        raise Denied("round_not_open", _("This round is past preparation and stays as it is."))
    return held


@verb("budgets.create_top_down", _("Set top-down target of a part"))
def create_top_down(
    model: type[TopDownTarget],
    *,
    actor: Any,
    reason: str = "",
    round: BudgetRound,
    of: str,
    amount: Decimal,
    family: Any = None,
    market: Any = None,
) -> TopDownTarget:
    """Ask a round for an amount in a family, in a market, with new products or with new customers. Raises Denied."""
    target = model(round=_held(round), family=family, market=market)
    change(target, {"of": of, "amount": amount}, allowed=("of", "amount"))
    if (of == TopDownTarget.Of.FAMILY, of == TopDownTarget.Of.MARKET) != (family is not None, market is not None):
        field = "market" if of == TopDownTarget.Of.MARKET else "family"
        raise Denied(
            "name_the_part", _("Name the family or the market, and only the one that is meant."), field=field, status=400
        )
    try:
        with transaction.atomic():
            target.save(force_insert=True)
    except IntegrityError:
        raise Denied("asked_already", _("This part has a top-down target already."), field="of") from None
    return target


@verb("budgets.edit_top_down", _("Change top-down target of a part"))
def edit_top_down(target: TopDownTarget, *, actor: Any, reason: str = "", amount: Decimal) -> TopDownTarget:
    """Change the amount while budgets are prepared."""
    _held(target.round)
    if change(target, {"amount": amount}, allowed=("amount",)):
        target.save()
    return target


@verb("budgets.remove_top_down", _("Remove top-down target of a part"), leaves=True)
def remove_top_down(target: TopDownTarget, *, actor: Any, reason: str = "") -> None:
    """Take a part's target back while budgets are prepared."""
    _held(target.round)
    target.delete()


@verb("budgets.distribute_top_down", _("Share out to persons"))
def distribute_top_down(one: BudgetRound, *, actor: Any, reason: str = "", amount: Decimal | None = None) -> BudgetRound:
    """Share an amount (the round's target) out to the budgets in proportion to what their plants bought in the last twelve months.

    Parts add up to the cent (AT-15); approved budgets keep what was asked of them and count against the whole. Raises Denied.
    """
    if not one.accepts_work:
        raise Denied("round_not_open", _("This round is not in preparation."))
    whole = one.top_down if amount is None else amount
    if whole is None:
        raise Denied("no_top_down", _("Set the top-down target first."), field="amount", status=400)
    budgets = list(Budget.objects.locked().filter(round=one))
    approved = sum((budget.top_down or Decimal(0) for budget in budgets if budget.status == Budget.Status.APPROVED), Decimal(0))
    open_ones = [budget for budget in budgets if budget.status != Budget.Status.APPROVED]
    if not open_ones or whole < approved:
        raise Denied("nothing_to_share", _("There is nothing left to share out among the budgets that are not approved."))
    sold = sold_by_budget(one.first_month)
    weights = [max(sold.get((budget.contributor_id, budget.location_id), Decimal(0)), Decimal(0)) for budget in open_ones]
    for budget, part in zip(open_ones, spread(whole - approved, weights, step=minor_unit(one.currency)), strict=True):
        if change(budget, {"top_down": part}, allowed=("top_down",)):
            budget.save()
    return one
