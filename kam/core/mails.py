"""The outbox of e-mails: one row a mail with a fixed Message-ID, sent on commit, swept if it was not, repeated with patience."""

import logging
import uuid
from collections.abc import Callable
from datetime import timedelta
from smtplib import SMTPRecipientsRefused
from typing import Any
from urllib.parse import urlsplit

from django.apps import apps
from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.db import models, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from kam.core import clock
from kam.core.dispatch import dispatch
from kam.core.scoping import ScopedQuerySet
from kam.core.workflow import Denied

logger = logging.getLogger(__name__)
ATTEMPTS = 8
FIRST_WAIT = timedelta(minutes=1)  # doubled with every attempt: two hours in all


def new_message_id() -> str:
    """A Message-ID of our own, fixed for the life of a mail."""
    return f"<{uuid.uuid4()}@{urlsplit(settings.PUBLIC_URL).hostname or 'localhost'}>"


class State(models.TextChoices):
    """How far a mail is."""

    WAITING = "waiting", _("waiting")
    SENT = "sent", _("sent")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")


class Sending(models.Model):
    """Something on its way to somebody: how often it was tried, when it is tried again, when it went out."""

    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    not_before = models.DateTimeField(_("not before"), default=clock.now)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    last_error = models.CharField(_("last error"), max_length=300, blank=True)

    class Meta:
        abstract = True


class Posting(Sending):
    """A mail on its way, under a Message-ID that stays the same however often it is tried."""

    message_id = models.CharField(_("Message-ID"), max_length=120, unique=True, default=new_message_id, editable=False)

    class Meta:
        abstract = True


class OutgoingMail(Posting):
    """An e-mail to a person; its text is made when it is sent, by the rights that its reader has then."""

    State = State

    reader = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", verbose_name=_("reader"))
    key = models.CharField(_("key"), max_length=80, unique=True)
    created_at = models.DateTimeField(_("created"), default=clock.now)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("e-mail")
        verbose_name_plural = _("e-mails")
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["not_before"], condition=Q(state="waiting"), name="core_outgoingmail_waiting")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="sent", sent_at__isnull=False) | ~Q(state="sent") & Q(sent_at=None),
                name="core_outgoingmail_sent_has_time",
            ),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def is_digest(self) -> bool:
        """The day's e-mail rather than one notification."""
        return self.key.startswith("digest:")


def queue_mails(readers: dict[str, Any]) -> dict[str, OutgoingMail]:
    """Put mails into the outbox, once per key, each for its reader, and have them sent when the transaction has committed."""
    OutgoingMail.objects.bulk_create((OutgoingMail(key=key, reader=one) for key, one in readers.items()), ignore_conflicts=True)
    mails = {mail.key: mail for mail in OutgoingMail.objects.filter(key__in=readers)}
    waiting = [mail.pk for mail in mails.values() if mail.state == State.WAITING]
    if waiting:
        dispatch("kam.core.tasks.deliver_mails", waiting)
    return mails


def reaches_out() -> bool:
    """Whether mails leave the house: a mail server is set up, or it is a demonstration, where they are only written down."""
    return settings.DEMO or not settings.EMAIL_BACKEND.endswith("filebased.EmailBackend")


def deliver(key: int, compose: Callable[[OutgoingMail], tuple[Any, ...] | None]) -> bool:
    """Send one waiting mail to its reader (subject, body, files as name, content and type); says whether it went out."""

    def message(mail: OutgoingMail) -> EmailMessage | None:
        text = compose(mail)
        if text is None:
            return None
        subject, body, *files = text
        made = EmailMultiAlternatives(subject, body, to=[mail.reader.email], headers={"Auto-Submitted": "auto-generated"})
        for name, content, media_type in files:
            if "method=" in media_type:  # an invitation stands in place of the text, or no calendar program offers to accept it
                made.attach_alternative(content.decode(), media_type)
            else:
                made.attach(name, content, media_type)
        return made

    mail = post(OutgoingMail.objects.filter(pk=key).select_related("reader"), message)
    return mail is not None and mail.state == State.SENT


def post(rows: QuerySet, compose: Callable[[Any], EmailMessage | None]) -> Any:
    """Send the one waiting mail among these rows, and answer with it as it stands then; None where nothing waits.

    A crash between the server's answer and our commit repeats the same message under the same Message-ID. What composes
    nothing is cancelled.
    """

    def hand_over(mail: Any) -> bool:
        with transaction.atomic():
            message = compose(mail)
        if message is None:
            return False
        message.extra_headers["Message-ID"] = mail.message_id
        message.send()
        return True

    return attempt(rows, hand_over)


@transaction.atomic
def attempt(rows: QuerySet, hand_over: Callable[[Any], bool]) -> Any:
    """Try to hand over the one that waits among these rows, and answer with it as it stands then; None where nothing waits.

    The row stays locked until the other side has answered and we have committed: two workers never send one twice.
    Where handing over raises, it is tried again later; where it answers False there is nothing to send any more.
    """
    rows = rows.filter(state=State.WAITING, not_before__lte=clock.now())
    row = rows.select_for_update(of=("self",), skip_locked=True).first()
    if row is None:
        return None
    row.attempts += 1
    try:
        if hand_over(row):
            row.state, row.sent_at, row.last_error = State.SENT, clock.now(), ""
        else:
            row.state = State.CANCELLED
    except Exception as problem:  # whatever the server or the network says: note it, wait, try again
        row.last_error = (str(problem) if isinstance(problem, Denied) else f"{type(problem).__name__}: {problem}")[:300]
        row.not_before = clock.now() + FIRST_WAIT * 2 ** (row.attempts - 1)
        row.state = State.FAILED if row.attempts >= ATTEMPTS or _for_good(problem) else State.WAITING
        logger.warning("%s %s was not sent (attempt %s): %s", row._meta.label, row.pk, row.attempts, row.last_error)
    row.save()
    return row


def _for_good(problem: Exception) -> bool:
    """Whether the server has refused every recipient and says that it always will."""
    return isinstance(problem, SMTPRecipientsRefused) and all(code >= 500 for code, _said in problem.recipients.values())


def due_mails(limit: int = 200) -> list[int]:
    """The keys of mails that should have gone out: for the sweeper."""
    waiting = OutgoingMail.objects.filter(state=State.WAITING, not_before__lte=clock.now())
    return list(waiting.order_by("not_before", "pk").values_list("pk", flat=True)[:limit])


def suppress_unsent() -> int:
    """Cancel all that has not gone out: after a restore nothing is sent a second time. Answers how many."""
    kinds = [model for model in apps.get_models() if issubclass(model, Sending)]
    return sum(model._default_manager.filter(state=State.WAITING).update(state=State.CANCELLED) for model in kinds)
