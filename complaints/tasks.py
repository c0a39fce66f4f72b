"""The background tasks of complaints, doors only; twice without harm."""

from celery import shared_task

from complaints.actions import letters, repair_estimates, repair_letters, repair_promises
from complaints.actions.alerting import tell_reporters


@shared_task(name="complaints.tasks.deliver_complaint_letter")
def deliver_complaint_letter(key: int) -> bool:
    """Mail a letter about a complaint."""
    return letters.OUTBOX.deliver(key)


@shared_task(name="complaints.tasks.sweep_complaint_letters")
def sweep_complaint_letters() -> int:
    """Mail the letters that should have gone out: the broker was away, the server refused, a worker died."""
    return letters.OUTBOX.sweep()


@shared_task(name="complaints.tasks.tell_of_silence")
def tell_of_silence() -> int:
    """Tell whoever took a complaint in which department is silent."""
    return tell_reporters()


@shared_task(name="complaints.tasks.deliver_repair_letter")
def deliver_repair_letter(key: int) -> bool:
    """Mail a letter about a repair."""
    return repair_letters.OUTBOX.deliver(key)


@shared_task(name="complaints.tasks.sweep_repair_letters")
def sweep_repair_letters() -> int:
    """Mail the letters that should have gone out."""
    return repair_letters.OUTBOX.sweep()


@shared_task(name="complaints.tasks.look_after_estimates")
def look_after_estimates() -> int:
    """Let estimates expire whose last day is over, and have customers reminded of the others."""
    return repair_estimates.look_after()


@shared_task(name="complaints.tasks.look_after_promises")
def look_after_promises() -> int:
    """Have customers told whose repair is late."""
    return repair_promises.look_after_promises()
