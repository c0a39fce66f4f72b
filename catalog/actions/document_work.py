"""What is to be done about documents, as work on their records: confirm that one has the current revision, remind the customer."""

from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.models import Role
from catalog.models import DocumentEntry
from kam.core import clock
from kam.core.work import WorkItem, assign_work, close_work, define_work, withdraw_work

RECEIVE = define_work("confirm_document", _("Confirm that you have the current revision: %(document)s"))
REMIND = define_work(
    "remind_of_document",
    _("Remind the customer of the document: %(document)s"),
    on_record=True,
    owner=f"role:{Role.SALES_MANAGER}",
)


def _record(entry: DocumentEntry) -> Any:
    return entry.record


def asked_of_holders(entry: DocumentEntry) -> Any:
    """What those who must hold the document in hand were asked, and answered."""
    return WorkItem.objects.on(_record(entry)).filter(kind=RECEIVE, occasion__startswith=f"{entry.pk}:{entry.document_id}:")


def hand_out(entry: DocumentEntry, *, actor: Any) -> None:
    """Ask everybody who must hold the document to confirm the one in hand, and nobody any more about an older one (ISO 9001, 7.5)."""
    record = _record(entry)
    present = f"{entry.pk}:{entry.document_id}:"
    for item in WorkItem.objects.on(record).open().filter(kind=RECEIVE, occasion__startswith=f"{entry.pk}:"):
        if not item.occasion.startswith(present) or item.addressed_to not in entry.holders:
            withdraw_work(record, actor=actor, kind=RECEIVE, occasion=item.occasion)
    if entry.document is None:
        return
    asked = list(asked_of_holders(entry))
    standing = {item.addressed_to for item in asked if item.state != WorkItem.State.CANCELLED}
    for holder in entry.holders:
        if holder not in standing:
            again = sum(item.addressed_to == holder for item in asked)
            payload = {"document": str(entry.document)}
            assign_work(record, RECEIVE, to=holder, actor=actor, occasion=f"{present}{holder}:{again}", payload=payload)


def ask_to_remind(entry: DocumentEntry) -> None:
    """Ask whoever requested a document to remind the customer: the day has passed; once a day that was set."""
    due = datetime.combine(clock.today(), time(18), ZoneInfo(settings.TIME_ZONE))
    payload = {"document": entry.type.name_in(settings.LANGUAGE_CODE)}
    occasion = f"{entry.pk}:{entry.due_on}"
    assign_work(_record(entry), REMIND, to=entry.requested_by, actor=None, occasion=occasion, due=due, payload=payload)


def end_reminders(entry: DocumentEntry, *, actor: Any, done: bool = False) -> None:
    """The customer was reminded, or need not be any more."""
    for item in WorkItem.objects.on(_record(entry)).open().filter(kind=REMIND, occasion__startswith=f"{entry.pk}:"):
        end: Any = close_work if done else withdraw_work
        end(_record(entry), kind=REMIND, actor=actor, occasion=item.occasion)
