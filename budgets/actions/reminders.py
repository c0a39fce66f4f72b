"""Reminders of a budget that is due: so many days ahead, once each, in the contributor's language."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from budgets.models import Budget, BudgetRound
from kam.core import clock
from kam.core.notifications import Way, define_notification, notify
from kam.core.parameters import define, parameter

DUE_SOON = define_notification("budget_due_soon", _("Your budget is due soon"), way=Way.MAIL)
REMIND = define(
    "budgets.remind_days",
    default=["10", "5", "1"],
    unit="cd",
    label=_("Days before the deadline on which contributors are reminded"),
)


def remind() -> int:
    """Remind everyone whose budget is not handed in and due in one of these numbers of days; answers how many were told anew."""
    days = {clock.today() + timedelta(days=int(count)) for count in parameter(REMIND.key)}
    waiting = Budget.objects.filter(
        round__status=BudgetRound.Status.OPEN,
        round__deadline__in=days,
        status__in=[Budget.Status.DRAFT, Budget.Status.RETURNED],
    )
    told = 0
    for budget in waiting.select_related("contributor", "round"):
        told += len(notify(DUE_SOON, budget, to=[budget.contributor], occasion=f"{clock.today():%Y-%m-%d}"))
    return told
