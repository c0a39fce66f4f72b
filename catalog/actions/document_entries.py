"""What is done about an entry of the register: asked of the customer, checked, declared not required, given an owner and holders."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from catalog.actions.document_work import end_reminders, hand_out
from catalog.models import DocumentEntry
from kam.core import clock
from kam.core.parameters import define, parameter
from kam.core.verbs import verb
from kam.core.workflow import Denied

REQUEST_DAYS = define(
    "catalog.document_request_days", default=14, unit="cd", label=_("Calendar days that a customer has to send a document")
)
REMINDER_DAYS = define(
    "catalog.document_reminder_days",
    default=7,
    unit="cd",
    label=_("Calendar days that a reminder of a document gives the customer"),
)


def _reason(reason: str) -> str:
    if not reason.strip():
        raise Denied("reason_missing", _("Say why."), field="reason", status=400)
    return reason.strip()[:400]


def _later(day: date) -> date:
    if day < clock.today():
        raise Denied("due_passed", _("This day has passed. Give the customer a later one."), field="due_on", status=400)
    return day


@verb("catalog.check_document", _("Check document"))
def check_document(entry: DocumentEntry, *, actor: Any, reason: str = "") -> DocumentEntry:
    """Note that the document in hand was looked at and is right. Raises Denied without one, for an obsolete one, and twice."""
    document = entry.document
    if document is None:
        raise Denied("no_document", _("There is no document yet. Attach it first."))
    if document.obsolete_since is not None:
        raise Denied("document_obsolete", _("A newer revision has replaced this file elsewhere. Attach that one."))
    if entry.checked_at is not None:
        raise Denied("document_checked", _("This document is checked already."))
    entry.checked_at, entry.checked_by = clock.now(), actor
    entry.save(update_fields=["checked_at", "checked_by"])
    return entry


@verb("catalog.request_document", _("Request document"))
def request_document(entry: DocumentEntry, *, actor: Any, reason: str = "", due_on: date | None = None) -> DocumentEntry:
    """Note that the customer was asked for a document by a day: the letter then lists it, and the reminder follows that day.

    Raises Denied where no customer could be asked, where it is not required, or was asked for already.
    """
    if entry.customer_id is None:
        raise Denied("no_customer", _("This document is ours: no customer can be asked for it."))
    if entry.waived_at is not None:
        raise Denied("document_waived", _("This document is not required. Require it again first."))
    if entry.requested_on is not None:
        raise Denied("document_requested", _("The customer was asked for it already. Remind them when the day has passed."))
    entry.due_on = _later(due_on or clock.today() + timedelta(days=parameter(REQUEST_DAYS.key)))
    entry.requested_on, entry.requested_by, entry.reminders = clock.today(), actor, 0
    entry.save(update_fields=["due_on", "requested_on", "requested_by", "reminders"])
    return entry


@verb("catalog.remind_of_document", _("Reminded"))
def remind_of_document(entry: DocumentEntry, *, actor: Any, reason: str = "", due_on: date | None = None) -> DocumentEntry:
    """Note a further reminder and until when the customer has now. Raises Denied where nothing was asked for."""
    if entry.requested_on is None:
        raise Denied("document_not_requested", _("The customer was not asked for it yet. Request it first."))
    entry.due_on = _later(due_on or clock.today() + timedelta(days=parameter(REMINDER_DAYS.key)))
    entry.reminders += 1
    entry.save(update_fields=["due_on", "reminders"])
    end_reminders(entry, actor=actor, done=True)
    return entry


@verb("catalog.waive_document", _("Not required"))
def waive_document(entry: DocumentEntry, *, actor: Any, reason: str = "") -> DocumentEntry:
    """Declare that a document is not required here, and why; it counts no more and blocks nothing. Raises Denied without a reason."""
    if entry.waived_at is not None:
        raise Denied("document_waived", _("This document is declared not required already."))
    entry.waiver = _reason(reason)
    entry.waived_at, entry.waived_by = clock.now(), actor
    entry.requested_on = entry.requested_by = entry.due_on = None
    entry.save(update_fields=["waiver", "waived_at", "waived_by", "requested_on", "requested_by", "due_on"])
    end_reminders(entry, actor=actor)
    return entry


@verb("catalog.require_again", _("Require again"))
def require_again(entry: DocumentEntry, *, actor: Any, reason: str = "") -> DocumentEntry:
    """Take back that a document is not required."""
    if entry.waived_at is None:
        raise Denied("document_not_waived", _("Nobody has declared that it is not required."))
    entry.waived_at, entry.waived_by, entry.waiver = None, None, ""
    entry.save(update_fields=["waived_at", "waived_by", "waiver"])
    return entry


@verb("catalog.distribute_document", _("Owner and holders"))
def distribute_document(
    entry: DocumentEntry,
    *,
    actor: Any,
    reason: str = "",
    owner: Any = None,
    people: Iterable[Any] = (),
    departments: Iterable[Any] = (),
) -> DocumentEntry:
    """Say who looks after the document and who must hold its current revision; each new holder is asked to confirm it.

    Raises Denied for somebody who is no longer active.
    """
    people, departments = list(people), list(departments)
    for field, one in [("owner", owner), *(("people", person) for person in people)]:
        if one is not None and not one.is_active:
            raise Denied("person_inactive", _("%(person)s no longer works here.") % {"person": one}, field=field, status=400)
    holders = sorted({f"user:{person.pk}" for person in people} | {department.audience for department in departments})
    if (entry.owner, entry.holders) == (owner, holders):
        return entry
    entry.owner, entry.holders = owner, holders
    entry.save(update_fields=["owner", "holders"])
    hand_out(entry, actor=actor)
    return entry
