"""The background tasks of the catalogue, doors only; twice without harm."""

from celery import shared_task

from catalog.actions import document_sweep, transfers
from catalog.actions.register import refresh_register


@shared_task(name="catalog.tasks.refresh_register")
def refresh() -> int:
    """Bring the register of documents up to date: new records, records in another phase, requirements that begin or end."""
    return refresh_register()


@shared_task(name="catalog.tasks.watch_documents")
def watch_documents() -> int:
    """Tell of ends that come near, ask for reminders, keep the month."""
    document_sweep.keep_month()
    return document_sweep.warn_of_documents() + document_sweep.ask_for_reminders()


@shared_task(name="catalog.tasks.carry_out_transfers")
def carry_out_transfers() -> int:
    """Carry out the transfers whose day has come."""
    return transfers.carry_out_due()
