"""Sends a background task by its name once the transaction has committed; a broker that is away never fails a request."""

import logging
import time
from typing import Any

from django.db import transaction

logger = logging.getLogger(__name__)
REST = 5.0  # seconds without a further attempt after the broker was away, so that many messages cost one wait
_away_until = 0.0


def dispatch(task: str, *arguments: Any) -> None:
    """Send a task on commit; what cannot be sent is taken up by the sweeper, so nothing is raised or repeated here."""
    transaction.on_commit(lambda: send(task, *arguments), robust=True)


def send(task: str, *arguments: Any) -> bool:
    """Send a task now, once, waiting half a second at most; says whether the broker took it."""
    global _away_until
    from kam.celery import app

    if app.conf.task_always_eager:
        app.tasks[task].apply(args=arguments)
        return True
    if time.monotonic() < _away_until:
        return False
    try:
        app.send_task(task, args=arguments, retry=False, ignore_result=True)
    except Exception as problem:
        _away_until = time.monotonic() + REST
        logger.warning("The broker is away, the sweeper will send %s: %s", task, problem)
        return False
    return True
