"""The rates of a round: what one unit of a currency is worth in the round's, fixed for the whole year (domain 1.4)."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from budgets.actions.totals import keep_totals
from budgets.models import BudgetRate, BudgetRound
from kam.core.money import ExchangeRate, convert
from kam.core.shape import change
from kam.core.verbs import verb
from kam.core.workflow import Denied


@verb("budgets.set_rate", _("Set budget rate"))
def set_rate(one: BudgetRound, *, actor: Any, reason: str = "", currency: str, rate: Decimal) -> BudgetRound:
    """Set what one unit of a currency is worth in the round's currency; every budget of the round is added up anew."""
    if one.status not in {BudgetRound.Status.REQUESTED, BudgetRound.Status.OPEN}:
        raise Denied("round_not_open", _("This round is past preparation and stays as it is."))
    if currency == one.currency:
        raise Denied("same_currency", _("The round is in this currency."), field="currency", status=400)
    row = BudgetRate.objects.filter(round=one, currency=currency).first() or BudgetRate(round=one, currency=currency)
    if change(row, {"rate": rate, "currency": currency}, allowed=("rate", "currency")) or row.pk is None:
        if row.rate <= 0:
            raise Denied("rate_above_zero", _("The rate must be above zero."), field="rate", status=400)
        row.save()
        keep_totals(list(one.budgets.values_list("pk", flat=True)), one.decimals)
    return one


def rate_needed(one: BudgetRound, currency: str) -> None:
    """Make sure that the round has a rate for a currency: its own, else the recorded one. Raises Denied."""
    if currency == one.currency or BudgetRate.objects.filter(round=one, currency=currency).exists():
        return
    for kind in (ExchangeRate.Kind.BUDGET, ExchangeRate.Kind.SPOT):
        try:
            found = convert(Decimal(1), currency, one.currency, on=one.first_month, kind=kind, rounded=False)
        except Denied:
            continue
        BudgetRate.objects.get_or_create(round=one, currency=currency, defaults={"rate": round(found.factor, 8)})
        return
    raise Denied(
        "no_budget_rate",
        _("The round has no rate for %(currency)s. Ask the sales manager to set one.") % {"currency": currency},
        field="currency",
    )
