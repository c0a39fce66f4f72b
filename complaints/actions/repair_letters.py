"""Letters about repairs: written with what they say, kept as they were printed, mailed once from the outbox."""

import logging
from typing import Any

from django.core.mail import EmailMessage
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from complaints.actions.repair_people import people_of
from complaints.actions.repair_secrets import link_of
from complaints.actions.repair_words import contents_of
from complaints.models import Repair, RepairEstimate, RepairLetter, RepairPiece
from kam.core import clock
from kam.core.jobs import start_job
from kam.core.kept_prints import Outbox, attached, mail_to_customer
from kam.core.mails import reaches_out
from kam.core.notifications import Way, define_notification, notify
from kam.core.verbs import verb
from kam.core.workflow import Denied
from orders.actions.mailing import addresses_of

logger = logging.getLogger(__name__)
VERB = "complaints.send_repair_letter"
NOT_SENT = define_notification("repair_letter_not_sent", _("A letter about a repair could not be mailed"), way=Way.MAIL)
#: Stands in the words that are kept; the mail alone carries what opens the estimate.
LINK = "<link>"
#: Subject and words of the mail around each letter; none says a price.
WORDS: dict[str, tuple[Any, Any]] = {
    "authorisation": (
        _("Your return %(number)s: authorisation and instructions"),
        _("You can send the goods back under our number %(number)s. Please keep to the attached instructions."),
    ),
    "receipt": (
        _("Your return %(number)s has arrived"),
        _("We have received your goods. What came, and in what condition, stands in the attached note."),
    ),
    "approval": (
        _("Your return %(number)s: we begin with the repair"),
        _("We have your consent. What we do, and by when it is done, stands in the attached confirmation."),
    ),
    "delay": (
        _("Your return %(number)s takes longer"),
        _("The repair takes longer than we promised. Until when, and why, stands in the attached notice."),
    ),
    "report": (
        _("Your return %(number)s is ready"),
        _("Your goods are repaired and tested. What was done stands in the attached report."),
    ),
    "return": (
        _("Your return %(number)s is on its way"),
        _("Your goods have left us. The attached note says what was sent and how."),
    ),
    "estimate": (
        _("Your return %(number)s: estimate of the repair"),
        _(
            "We have looked at your goods. The attached estimate says what we found and what the repair would cost; without your consent we do not begin."
        ),
    ),
}


def tell_customer(
    repair: Repair,
    kind: str,
    *,
    actor: Any,
    piece: RepairPiece | None = None,
    estimate: RepairEstimate | None = None,
    sent_to: str = "",
    by_mail: bool | None = None,
) -> RepairLetter:
    """Write a letter to the customer: mailed where asked for, or, when nobody said, where there is an address and a server.

    The same transaction writes it down and has its print made. Raises Denied.
    """
    contact = repair.contact
    mailed = by_mail if by_mail is not None else bool(reaches_out() and contact is not None and contact.email)
    if not sent_to.strip() and contact is not None:
        sent_to = contact.email if mailed else str(contact)
    to: list[str] = []
    if mailed:
        if not reaches_out():
            words = _("No mail server is set up here. Print the letter and send it otherwise.")
            raise Denied("no_mail_server", words, field="by_mail")
        to = addresses_of(sent_to)
    subject, text = words_of(repair, kind, sender=actor)
    number = repair.letters.filter(kind=kind).count() + 1
    letter: RepairLetter = repair.letters.create(
        piece=piece, estimate=estimate, kind=kind, number=number, language=repair.language,
        contents=contents_of(repair, kind, piece=piece, estimate=estimate),
        written_by=actor, written_at=clock.now(), sent_to=(", ".join(to) or sent_to.strip())[:254], recipients=to,
        subject=subject[:200], text=text, state=RepairLetter.State.WAITING if to else RepairLetter.State.ISSUED,
    )  # fmt: skip
    start_job("complaints.keep_repair_letter", actor=None, params={"letter": letter.pk, "title": letter.name})
    return letter


def words_of(repair: Repair, kind: str, *, sender: Any) -> tuple[str, str]:
    """Subject and text of the mail around a letter, in the customer's language."""
    with translation.override(repair.language):
        subject, text = WORDS[kind]
        names = {"number": repair.number}
        parts = [gettext("Good day,"), str(text) % names, gettext("Kind regards")]
        if kind == RepairLetter.Kind.ESTIMATE:
            parts.insert(2, gettext("Read it and answer here, without an account: %(link)s") % {"link": LINK})
        return str(subject) % names, "\n\n".join(parts) + f"\n{sender or ''}\n{repair.selling_location.name}"


@verb(VERB, _("Send by e-mail"))
def send_repair_letter(letter: RepairLetter, *, actor: Any, reason: str = "", sent_to: str = "") -> RepairLetter:
    """Mail a letter that was given out by hand or that failed, as it was kept. Raises Denied."""
    denied = why_not_sent(letter)
    if denied is not None:
        raise denied
    if not reaches_out():
        raise Denied("no_mail_server", _("No mail server is set up here. Print the letter and send it otherwise."))
    if not sent_to.strip() and not letter.recipients and letter.repair.contact is not None:
        sent_to = letter.repair.contact.email
    letter.recipients = addresses_of(sent_to or ", ".join(letter.recipients))
    letter.sent_to = ", ".join(letter.recipients)[:254]
    letter.state, letter.attempts, letter.last_error = RepairLetter.State.WAITING, 0, ""
    letter.not_before = clock.now()
    letter.save()
    if letter.document_id is None:
        start_job("complaints.keep_repair_letter", actor=None, params={"letter": letter.pk, "title": letter.name})
    else:
        kept(letter)
    return letter


def why_not_sent(letter: RepairLetter) -> Denied | None:
    """Why a letter cannot be mailed now, or None."""
    if letter.state in {RepairLetter.State.ISSUED, RepairLetter.State.FAILED}:
        return None
    return Denied("not_to_be_sent", _("This letter was mailed already, or is on its way."))


def _message(letter: RepairLetter) -> EmailMessage | None:
    """The mail as it goes out, or None where it may not any more; raises Denied while the kept print cannot be read."""
    person, document = letter.written_by, letter.document
    if person is not None and not (person.is_active and Repair.objects.visible_to(person).filter(pk=letter.repair_id).exists()):
        letter.last_error = str(_("Whoever sent it has no right to do so any more."))[:300]
        return None
    assert document is not None
    message = mail_to_customer(letter, person, files=[attached(document, letter.sha256)])
    if letter.estimate is not None:
        if letter.estimate.status != RepairEstimate.Status.SENT:
            letter.last_error = str(_("The estimate was answered or replaced meanwhile."))[:300]
            return None
        message.body = message.body.replace(LINK, link_of(letter.estimate))
    return message


def _tell(letter: RepairLetter) -> None:
    """Tell whoever wrote it, and who leads and serves the customer, that it did not go out."""
    logger.warning("The letter %s about a repair did not go out: %s", letter.message_id, letter.last_error)
    people = [one for one in (letter.written_by, *people_of(letter.repair)) if one is not None]
    context = {"recipients": ", ".join(letter.recipients), "why": letter.last_error, "paper": letter.subject}
    notify(NOT_SENT, letter.repair, to=people, occasion=f"letter {letter.pk} {letter.attempts}", context=context)


OUTBOX = Outbox(RepairLetter, "letter", "complaints.tasks.deliver_repair_letter", VERB, _message, _tell)
given_up, kept = OUTBOX.given_up, OUTBOX.kept
