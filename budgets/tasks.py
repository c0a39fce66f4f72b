"""The background tasks of plans, doors only; twice without harm."""

from celery import shared_task

from budgets.actions.reminders import remind


@shared_task(name="budgets.tasks.remind")
def remind_contributors() -> int:
    """Remind of the budgets that are due soon."""
    return remind()
