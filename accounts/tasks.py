"""The background tasks of accounts, doors only: each fetches by key and calls an action; twice without harm."""

import logging
from functools import partial

from celery import shared_task
from django.conf import settings
from django.core.mail import EmailMessage

from accounts.actions import hand_over, reorganise, user
from accounts.actions.received_mails import LARGEST, take_mail
from accounts.models import Customer
from kam.core.mailbox import name_of, read_mailbox
from kam.core.sealed_text import unseal

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


@shared_task(name="accounts.tasks.end_audits")
def end_audits() -> int:
    """Shut out auditors whose days are over; what they could see ended with these at once."""
    over = user.audits_over()
    for one in over:
        user.deactivate_user(one, actor=None)
    return len(over)


@shared_task(name="accounts.tasks.deliver_access_mail")
def deliver_access_mail(sealed: str, wanted: bool) -> bool:
    """Send a mail of the log-in pages (a reset link); one for an unknown address is opened and dropped, which costs the same."""
    address, subject, body = unseal(sealed).split("\n", 2)
    if wanted:
        EmailMessage(subject, body, None, [address]).send()
    return wanted


@shared_task(name="accounts.tasks.fetch_mails")
def fetch_mails() -> int:
    """Take in what waits in the mailboxes for orders and complaints, each on its own; one that is away is read the next time."""
    taken = 0
    for use, urls in settings.MAILBOXES.items():
        for url in urls:
            name = name_of(url)
            try:
                taken += read_mailbox(url, partial(take_mail, use=use, mailbox=name), largest=LARGEST)
            except Exception as problem:
                logger.warning("The mailbox %s could not be read: %s", name, problem)
    return taken
