"""Filling the budgets of a round that was opened: at once where there is little, else in the background, budget by budget."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from budgets.actions.filling import begin_with
from budgets.models import Budget, BudgetRound
from kam.core import history
from kam.core.jobs import Job, start_job
from kam.core.parameters import define, parameter

FILL_AT_ONCE = define(
    "budgets.fill_at_once",
    default=2_000,
    unit="",
    label=_("Plants up to which the budgets of a round are filled while one waits"),
)
VERB = "budgets.open_round"


def fill_opened(one: BudgetRound, budgets: Sequence[Budget], plants: int, *, actor: Any) -> None:
    """Give these budgets their proposal, now or by a job that ends with all of them filled."""
    if plants <= parameter(FILL_AT_ONCE.key):
        for budget in budgets:
            begin_with(budget)
        return
    Budget.objects.filter(pk__in=[budget.pk for budget in budgets]).update(being_filled=True)
    start_job("budgets.fill_round", actor=actor, params={"round": one.pk, "title": str(one)}, verb=VERB)


def given_up(job: Job, message: str) -> None:
    """The filling was cancelled or failed: what is still empty is its contributor's to fill."""
    with transaction.atomic(), history.bound(actor=job.actor, verb=VERB):
        Budget.objects.filter(round=job.params["round"], being_filled=True).update(being_filled=False)


def run_filling(job: Job, report: Any) -> dict[str, int]:
    """The job kind `budgets.fill_round`: each budget in a transaction of its own, so that who resumes it begins where it stopped."""
    waiting = Budget.objects.filter(round=job.params["round"], being_filled=True).order_by("pk")
    keys = list(waiting.values_list("pk", flat=True))
    for place, key in enumerate(keys):
        report(place, len(keys))
        with transaction.atomic(), history.bound(actor=job.actor, verb=VERB):
            budget = waiting.locked().select_related("round", "location").filter(pk=key).first()
            if budget is None:
                continue
            if budget.accepts_work:
                begin_with(budget)
            Budget.objects.filter(pk=key).update(being_filled=False)
    return {"budgets": len(keys)}
