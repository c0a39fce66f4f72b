"""The rates of a round: what one unit of a currency is worth in the round's, fixed for the whole year (domain 1.4)."""

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from budgets.models import BudgetRate, BudgetRound
from kam.core.money import ExchangeRate, convert
from kam.core.workflow import Denied


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
