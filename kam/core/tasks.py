"""The floor's background tasks, doors only: each fetches by key and calls what does the work; twice without harm."""

import logging

from celery import shared_task

from kam.core import (
    clock,
    devices,
    idempotency,
    imports,
    jobs,
    mails,
    notifications,
    previews,
    push,
    webhook_delivery,
    webhooks,
    work,
)
from kam.core.dispatch import send

logger = logging.getLogger(__name__)


@shared_task(name="kam.core.tasks.deliver_mails")
def deliver_mails(keys: list[int]) -> int:
    """Send e-mails from the outbox; answers how many went out."""
    return sum(mails.deliver(key, notifications.compose) for key in keys)


@shared_task(name="kam.core.tasks.run_job")
def run_job(key: int) -> str:
    """Carry out one background job."""
    return jobs.run(key)


@shared_task(name="kam.core.tasks.sweep_mails")
def sweep_mails() -> int:
    """Send what should have gone out: the broker was away, the server refused, a worker died."""
    return sum(mails.deliver(key, notifications.compose) for key in mails.due_mails())


@shared_task(name="kam.core.tasks.deliver_push")
def deliver_push(key: int) -> bool:
    """Send one message to one device."""
    return push.deliver(key)


@shared_task(name="kam.core.tasks.sweep_pushes")
def sweep_pushes() -> int:
    """Send to devices what should have gone out: the broker was away, the service refused, a worker died."""
    return sum(push.deliver(key) for key in devices.due_pushes())


@shared_task(name="kam.core.tasks.sweep_jobs")
def sweep_jobs() -> int:
    """Send again the jobs that nobody runs."""
    keys = jobs.jobs_to_repeat()
    for key in keys:
        run_job.apply_async((key,), retry=False)
    return len(keys)


@shared_task(name="kam.core.tasks.send_digests")
def send_digests() -> int:
    """Make the day's e-mail for everyone whose morning has come."""
    return notifications.queue_digests()


@shared_task(name="kam.core.tasks.escalate_work")
def escalate_work() -> int:
    """Raise late work items to the level that they have reached, each on its own."""
    raised = 0
    for key in work.late_items(clock.now()):
        try:
            raised += work.escalate_item(key) is not None
        except Exception:
            logger.exception("Work item %s could not be raised", key)
    return raised


@shared_task(name="kam.core.tasks.forget_old_jobs")
def forget_old_jobs() -> int:
    """Delete results of background work after their time, and what was kept of imports that nobody confirms."""
    return jobs.forget_old_jobs() + imports.forget_old()


@shared_task(name="kam.core.tasks.forget_answered_requests")
def forget_answered_requests() -> int:
    """Delete the answers that were kept for repeated requests, after their day."""
    return idempotency.forget_answered_requests()


@shared_task(name="kam.core.tasks.scan_documents")
def scan_documents() -> int:
    """Queue again the documents that the virus scanner has not answered for."""
    return previews.scan_waiting()


@shared_task(name="kam.core.tasks.tell_webhooks")
def tell_webhooks() -> int:
    """Send what other systems wait for: after a change, and swept for what was left (the broker was away, a receiver was down)."""
    keys = webhook_delivery.due_webhooks()
    for key in keys:
        send("kam.core.tasks.deliver_webhook", key)
    return len(keys)


@shared_task(name="kam.core.tasks.deliver_webhook")
def deliver_webhook(key: int) -> bool:
    """Send what is due for one webhook; where there is much, in turns."""
    more = webhook_delivery.deliver(key)
    if more:
        send("kam.core.tasks.deliver_webhook", key)
    return more


@shared_task(name="kam.core.tasks.forget_old_deliveries")
def forget_old_deliveries() -> int:
    """Delete deliveries of webhooks after their time."""
    return webhooks.forget_old_deliveries()
