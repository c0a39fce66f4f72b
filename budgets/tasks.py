"""The background tasks of plans, doors only; twice without harm."""

import logging

from celery import shared_task

from budgets.actions import sweep as sweeping
from budgets.actions.reminders import remind
from budgets.actions.shared_rows import settle_silent
from budgets.reports.target_totals import target_totals_differ

logger = logging.getLogger(__name__)


@shared_task(name="budgets.tasks.remind")
def remind_contributors() -> int:
    """Remind of the budgets that are due soon."""
    return remind()


@shared_task(name="budgets.tasks.settle_shared_rows")
def settle_shared_rows() -> int:
    """Agree to what was proposed for shared rows and not answered, every night."""
    return settle_silent()


@shared_task(name="budgets.tasks.sweep")
def sweep() -> int:
    """Look at all nodes of the years in force, every night."""
    return sweeping.sweep()


@shared_task(name="budgets.tasks.sweep_due")
def sweep_due() -> int:
    """Look at what came in since: sales, a month that is over, a round that was published; what a broker lost is found again."""
    return sweeping.sweep_due()


@shared_task(name="budgets.tasks.check_target_totals")
def check_target_totals() -> int:
    """Prove that every total of targets is the sum of its targets; each place where it is not is an error in the log."""
    found = target_totals_differ()
    for level, key in found:
        logger.error("The totals of targets by %s of round %s are not the sums of its targets", level, key)
    return len(found)
