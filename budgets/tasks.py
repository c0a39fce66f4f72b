"""The background tasks of plans, doors only; twice without harm."""

from celery import shared_task

from budgets.actions import sweep as sweeping
from budgets.actions.reminders import remind
from budgets.actions.shared_rows import settle_silent


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
