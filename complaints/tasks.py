"""The background tasks of complaints, doors only; twice without harm."""

from celery import shared_task

from complaints.actions import receipts
from complaints.actions.alerting import tell_reporters


@shared_task(name="complaints.tasks.deliver_receipt")
def deliver_receipt(key: int) -> bool:
    """Mail a confirmation of receipt."""
    return receipts.deliver(key)


@shared_task(name="complaints.tasks.sweep_receipts")
def sweep_receipts() -> int:
    """Mail the confirmations that should have gone out: the broker was away, the server refused, a worker died."""
    return sum(receipts.deliver(key) for key in receipts.due_receipts())


@shared_task(name="complaints.tasks.tell_of_silence")
def tell_of_silence() -> int:
    """Tell whoever took a complaint in which department is silent."""
    return tell_reporters()
