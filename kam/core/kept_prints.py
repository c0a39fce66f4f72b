"""Prints that went out: made once, kept beside their record with their hash, and mailed as they were kept. What a print says is not here."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from email.message import EmailMessage as UnsentMail
from email.utils import formataddr, parseaddr
from typing import Any

from django.conf import settings
from django.core.files import File
from django.core.mail import EmailMessage
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from kam.core import clock, history
from kam.core.dispatch import dispatch
from kam.core.documents import Document, attach_document, standard_type
from kam.core.jobs import Job
from kam.core.mails import State, post
from kam.core.printing import Contents, render
from kam.core.uploads import digest
from kam.core.workflow import Denied


def keep_print(
    record: models.Model,
    contents: Contents,
    report: Any,
    *,
    by: Any,
    on: date,
    title: str,
    number: str,
    at: datetime | None = None,
) -> Document:
    """Print what was sent, as somebody and dated as it was written, and attach it to its record; nobody has a verb on it afterwards."""
    path = report.file(contents.file_name)
    render(contents, path, actor=by, issued_at=at)
    with path.open("rb") as file:
        return attach_document(
            Document,
            actor=None,  # who sent it stands on the record
            record=record,
            type=standard_type("print"),
            file=File(file, name=contents.file_name),
            title=title[:200],
            number=number,
            language=contents.language,
            issued_on=on,
        )


def attached(document: Document, sha256: str) -> tuple[str, bytes, str]:
    """The kept print as a mail takes it: name, content and type. Raises Denied while it cannot be read or is not what was kept."""
    denied = document.why_not_readable()
    if denied is not None:
        raise denied
    with document.file.open("rb") as file:
        if digest(file) != sha256:
            raise Denied("print_differs", _("The file is not what was kept."))
        return document.original_name, file.read(), "application/pdf"


def unsent_mail(document: Document, subject: str, text: str, *, to: str, sender: Any) -> UnsentMail:
    """A mail with a kept print, to be opened in one's own mail program and sent from there."""
    mail = UnsentMail()
    mail["Subject"] = subject
    mail.set_content(text)
    if "@" in to:
        mail["To"] = to
    mail["From"] = sender.email
    mail["X-Unsent"] = "1"
    with document.file.open("rb") as file:
        mail.add_attachment(file.read(), maintype="application", subtype="pdf", filename=document.original_name)
    return mail


def sender_of(person: Any) -> tuple[str, str]:
    """Under which name and from which address a mail of this person, or of the house, goes out."""
    name, house = parseaddr(settings.DEFAULT_FROM_EMAIL)
    return str(person or name)[:120], house


def mail_to_customer(mail: Any, person: Any, *, files: Iterable[tuple[str, bytes, str]] = (), answers: str = "") -> EmailMessage:
    """A mail to a customer in the name of a person of ours, who reads the answer, unless `answers` says where it is filed."""
    name, house = sender_of(person)
    return EmailMessage(
        mail.subject,
        mail.text,
        from_email=answers or house,  # what cannot be delivered comes back to where answers are filed
        to=mail.recipients,
        reply_to=[answers or (person.email if person else house)],
        headers={"From": formataddr((name, house))},
        attachments=list(files),
    )


@dataclass(frozen=True)
class Outbox:
    """How papers of one kind go out: each waits for its print, is mailed once by a task, and is told of where it does not go out.

    `model` is a posting with its kept print (`document`); `noun` names its key in the parameters of the job that prints it.
    `message` makes the mail, or nothing where it may not go out any more; `tell` says to whom it matters that it did not.
    """

    model: Any
    noun: str
    task: str
    verb: str
    message: Callable[[Any], EmailMessage | None]
    tell: Callable[[Any], None]

    def kept(self, paper: Any) -> None:
        """Send a paper whose print is kept now."""
        if paper.state == State.WAITING:
            dispatch(self.task, paper.pk)

    def given_up(self, job: Job, message: Any) -> None:
        """The print could not be made, so what waited for it does not go out (port `job_ends`)."""
        rows = self.model._default_manager.filter(pk=job.params[self.noun], document=None, state=State.WAITING)
        for paper in rows.for_list():
            paper.state, paper.last_error = State.FAILED, str(message)[:300]
            paper.save()
            self.tell(paper)

    def deliver(self, key: int) -> bool:
        """Mail one paper whose print is kept; says whether it went out. Twice without harm."""
        rows = self.model._default_manager.filter(pk=key, document__isnull=False)
        with transaction.atomic(), history.bound(actor=None, verb=self.verb):
            done = post(rows.for_list(), self.message)
            if done is not None and done.state in {State.FAILED, State.CANCELLED}:
                self.tell(done)
        return done is not None and done.state == State.SENT

    def sweep(self) -> int:
        """Mail what should have gone out: the broker was away, the server refused, a worker died. Answers how many went."""
        rows = self.model._default_manager.filter(state=State.WAITING, not_before__lte=clock.now(), document__isnull=False)
        keys = list(rows.order_by("not_before", "pk").values_list("pk", flat=True)[:200])
        return sum(map(self.deliver, keys))
