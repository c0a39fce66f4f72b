"""Letters about complaints: written with what they say at this moment, kept as they were printed, mailed once from the outbox."""

import logging
from dataclasses import dataclass, field
from typing import Any

from django.core.mail import EmailMessage
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import account_manager_of
from complaints.actions.report_words import language_of, report_of
from complaints.models import Complaint, ComplaintLetter
from kam.core import clock, formats
from kam.core.jobs import start_job
from kam.core.kept_prints import Outbox, attached, mail_to_customer
from kam.core.mails import reaches_out
from kam.core.notifications import Way, define_notification, notify
from kam.core.verbs import verb
from kam.core.workflow import Denied
from orders.actions.mailing import addresses_of

logger = logging.getLogger(__name__)
VERB = "complaints.send_letter"
NOT_SENT = define_notification("complaint_letter_not_sent", _("A letter about a complaint could not be mailed"), way=Way.MAIL)
Kind = ComplaintLetter.Kind
#: Subject and words of the mail around each letter; none says a cause, and none admits anything.
WORDS: dict[str, tuple[Any, tuple[Any, ...]]] = {
    Kind.RECEIPT: (
        _("Your report of %(day)s: our number %(number)s"),
        (
            _("we have received your report of %(day)s (your number: %(reference)s) and keep it under our number %(number)s."),
            _("We are looking into it and will tell you what we find."),
            _("This message only confirms the receipt; it says nothing about causes or obligations."),
        ),
    ),
    Kind.REJECTION: (
        _("Your report of %(day)s: what we found, our number %(number)s"),
        (
            _("we have examined your report of %(day)s (your number: %(reference)s)."),
            _("What we found, and what you can do if you see it otherwise, stands in the attached letter."),
        ),
    ),
}
REPORT = (
    _("%(title)s: our number %(number)s"),
    (
        _("attached you find what we can say of your report of %(day)s (your number: %(reference)s): %(title)s."),
        _("If you have questions, answer to this mail."),
    ),
)


@dataclass(frozen=True)
class Address:
    """To whom a letter goes: the addresses where it is mailed from here, and the words that are noted in any case."""

    words: str
    recipients: list[str] = field(default_factory=list)


def address_of(complaint: Complaint, sent_to: str, *, by_mail: bool) -> Address:
    """Where a letter goes, to whoever complained unless told. Raises Denied where nobody is named or, of a mail, nobody can be reached."""
    contact = complaint.contact
    if by_mail and not reaches_out():
        words = _("No mail server is set up here. Print the letter and send it otherwise.")
        raise Denied("no_mail_server", words, field="by_mail")
    if not sent_to.strip() and contact is not None:
        sent_to = contact.email if by_mail else contact.email or str(contact)
    if not by_mail and not sent_to.strip():
        raise Denied("required", _("This field is required."), field="sent_to", status=400)
    if not by_mail:
        return Address(sent_to.strip()[:254])
    recipients = addresses_of(sent_to)
    return Address(", ".join(recipients)[:254], recipients)


def write_letter(complaint: Complaint, kind: str, *, actor: Any, to: Address) -> ComplaintLetter:
    """Write down a letter with what it says now, and have it printed and kept; it is mailed once its print is there."""
    contents = report_of(complaint, kind)
    subject, text = words_of(complaint, kind, contents["title"], sender=actor)
    letter: ComplaintLetter = complaint.letters.create(
        kind=kind, number=complaint.letters.filter(kind=kind).count() + 1, language=contents["language"], contents=contents,
        written_by=actor, written_at=clock.now(), sent_to=to.words, recipients=to.recipients, subject=subject, text=text,
        state=ComplaintLetter.State.WAITING if to.recipients else ComplaintLetter.State.ISSUED,
    )  # fmt: skip
    _keep(letter)
    return letter


def _keep(letter: ComplaintLetter) -> None:
    start_job("complaints.keep_letter", actor=None, params={"letter": letter.pk, "title": letter.name})


def words_of(complaint: Complaint, kind: str, title: str, *, sender: Any) -> tuple[str, str]:
    """Subject and text of the mail around a letter, in the customer's language."""
    with translation.override(language_of(complaint)):
        values = {
            "number": complaint.number,
            "day": formats.day(complaint.received_at.date()),
            "reference": complaint.customer_reference or "–",
            "title": title,
        }
        subject, words = WORDS.get(kind, REPORT)
        parts = [gettext("Good day,"), *(str(one) % values for one in words), gettext("Kind regards")]
        text = "\n\n".join(parts) + f"\n{sender or ''}\n{complaint.selling_location.name}"
        return (str(subject) % values)[:200], text


def why_not_sent(letter: ComplaintLetter) -> Denied | None:
    """Why a letter cannot be mailed now, or None."""
    if letter.state in {ComplaintLetter.State.SENT, ComplaintLetter.State.WAITING}:
        return Denied("not_to_be_sent", _("This letter was mailed already, or is on its way."))
    return None


@verb(VERB, _("Send by e-mail"))
def send_letter(letter: ComplaintLetter, *, actor: Any, reason: str = "", sent_to: str = "") -> ComplaintLetter:
    """Mail a letter that was given out by hand or did not arrive, as it was kept, in one's own name. Raises Denied."""
    denied = why_not_sent(letter)
    if denied is not None:
        raise denied
    to = address_of(letter.complaint, sent_to or ", ".join(letter.recipients), by_mail=True)
    letter.recipients, letter.sent_to = to.recipients, to.words
    letter.written_by = actor or letter.written_by
    _subject, letter.text = words_of(letter.complaint, letter.kind, letter.contents.get("title", ""), sender=letter.written_by)
    letter.state, letter.attempts, letter.last_error, letter.not_before = ComplaintLetter.State.WAITING, 0, "", clock.now()
    letter.save()
    if letter.document_id is None:
        _keep(letter)
    else:
        kept(letter)
    return letter


def _message(letter: ComplaintLetter) -> EmailMessage | None:
    """The mail as it goes out, or None where whoever sends it may not write to this customer any more; raises Denied while the print cannot be read."""
    person, document = letter.written_by, letter.document
    if person is not None and not (
        person.is_active and Complaint.objects.permitted(person, VERB).filter(pk=letter.complaint_id).exists()
    ):
        letter.last_error = str(_("Whoever sent it has no right to do so any more."))[:300]
        return None
    assert document is not None
    return mail_to_customer(letter, person, files=[attached(document, letter.sha256)])


def _tell(letter: ComplaintLetter) -> None:
    """Tell whoever sent it, who leads the complaint and who leads the customer that it did not go out."""
    logger.warning("The letter %s about a complaint did not go out: %s", letter.message_id, letter.last_error)
    complaint = letter.complaint
    people = (letter.written_by, complaint.leader, account_manager_of(complaint.plant.customer, clock.today()))
    context = {"recipients": ", ".join(letter.recipients), "why": letter.last_error, "paper": letter.subject}
    told = list({one.pk: one for one in people if one is not None}.values())
    notify(NOT_SENT, complaint, to=told, occasion=f"letter {letter.pk} {letter.attempts}", context=context)


OUTBOX = Outbox(ComplaintLetter, "letter", "complaints.tasks.deliver_complaint_letter", VERB, _message, _tell)
given_up, kept = OUTBOX.given_up, OUTBOX.kept
