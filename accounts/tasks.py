"""The background tasks of accounts, doors only: each fetches by key and calls an action; twice without harm."""

import logging

from celery import shared_task

from accounts.actions import hand_over, reorganise
from accounts.models import Customer

logger = logging.getLogger(__name__)


@shared_task(name="accounts.tasks.complete_hand_overs")
def complete_hand_overs() -> int:
    """Move the work of every planned hand-over whose day has come, each on its own."""
    done = 0
    for made in hand_over.due_hand_overs():
        try:
            hand_over.complete_hand_over(made, actor=None)
            done += 1
        except Exception:
            logger.exception("Hand-over %s could not be completed", made.pk)
    return done


@shared_task(name="accounts.tasks.apply_dated_changes")
def apply_dated_changes() -> int:
    """Let groups, owners and closings that were decided for today take effect."""
    return int(reorganise.apply_dated_changes(Customer, actor=None))
