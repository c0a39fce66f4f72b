"""Answers to offers that were mailed from here: known by the address that they come to, kept with the offer, read as a stranger's."""

import logging
import re
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile, File
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actions.received_mails import LARGEST, MailTaker
from accounts.letters import Letter, opened
from accounts.models import Contact
from accounts.models.assignments import account_manager_of
from kam.core import clock
from kam.core.documents import Document, attach_document, standard_type
from kam.core.notifications import Way, define_notification, notify
from kam.core.signed import is_signed, signature
from kam.core.verbs import verb
from kam.core.workflow import Denied
from orders.models import Offer, OfferMail

logger = logging.getLogger(__name__)
ANSWERED = define_notification("offer_answered", gettext_lazy("A customer has answered an offer"), way=Way.MAIL)
SALT = "orders.offer_mail"
TOKEN = re.compile(r"\+(\d{1,18})-([a-z2-7]{32})@")


def token_of(mail: OfferMail) -> str:
    """What the address for answers to a mail carries: its key and 160 bits that only we can make."""
    return f"{mail.pk}-{signature(SALT, str(mail.pk))}"


def reply_address(mail: OfferMail) -> str:
    """Where answers to a mail are filed; empty where no mailbox for them is set up."""
    name, at, host = settings.REPLY_ADDRESS.rpartition("@")
    return f"{name}+{token_of(mail)}@{host}" if at else ""


def file_reply(raw: bytes) -> str:
    """File a mail as it travels with the offer that it answers; says what became of it. Twice without harm.

    `filed`, `automatic` (filed, and nobody is told), `known` (filed before), `unknown` (answers nothing that we sent),
    `too_large`, `unreadable`. Whatever is not filed is logged by its size and Message-ID, and nobody is answered.
    """
    if len(raw) > LARGEST:
        return _refused("too_large", raw)
    try:
        with opened(ContentFile(raw, name="reply.eml")) as letter:
            mail = _answered(letter)
            if mail is None:
                return _refused("unknown", raw, letter.message_id)
            return str(keep_reply(mail.offer, actor=None, mail=mail, letter=letter, file=ContentFile(raw, name="reply.eml")))
    except Denied as denied:
        return _refused("unreadable", raw, denied.code)


def _refused(outcome: str, raw: bytes, more: str = "") -> str:
    logger.warning("A mail of %s bytes was not filed: %s %s", len(raw), outcome, more[:250])
    return outcome


def _answered(letter: Letter) -> OfferMail | None:
    """Which mail of ours is answered: by the signed address that it was sent to, else by a Message-ID, if its recipient answers."""
    ours = OfferMail.objects.filter(answers=None).select_related("offer__plant__customer", "written_by")
    for address in (*letter.recipients, *letter.delivered_to):
        found = TOKEN.search(address)
        if found and is_signed(SALT, str(int(found[1])), found[2]):
            return ours.filter(pk=int(found[1])).first()
    for mail in ours.filter(message_id__in=letter.references[:50]).order_by("pk") if letter.references else ():
        if letter.sender and (letter.sender in map(str.lower, mail.recipients) or _writes_for(mail.offer, letter.sender)):
            return mail
    return None


def _writes_for(offer: Offer, address: str) -> bool:
    """Whether an address is that of a contact of the offer's customer."""
    people = Contact.objects.filter(customer=offer.plant.customer_id, email__iexact=address, is_active=True)
    return people.exists()


@verb("orders.keep_reply", gettext_lazy("File answer"))
def keep_reply(offer: Offer, *, actor: Any, reason: str = "", mail: OfferMail, letter: Letter, file: File) -> str:
    """Keep an answer with its offer, which is locked: its words as plain text, the mail and its attachments as documents."""
    if offer.mails.filter(message_id=letter.message_id).exists():
        return "known"
    subject = letter.subject or _("E-mail without a subject")
    original = attach_document(Document, actor=None, record=offer, type=standard_type("mail"), file=file, title=subject[:200])
    left_out: list[str] = []
    for name, path in letter.attachments:
        with path.open("rb") as stream:
            try:
                attach_document(
                    Document, actor=None, record=offer, type=standard_type("other"), file=File(stream, name=name), title=""
                )
            except Denied as denied:
                left_out.append(f"{name[:80]}: {denied}")
    lines = [letter.text, *(["", _("Kept only inside the e-mail:"), *left_out] if left_out else [])]
    made = offer.mails.create(
        answers=mail,
        state=OfferMail.State.RECEIVED,
        sender=letter.sender,
        sender_name=letter.sender_name,
        subject=subject[:200],
        text="\n".join(lines).strip()[:20000],
        message_id=letter.message_id,
        automatic=letter.automatic,
        document=original,
        sha256=original.sha256,
    )
    if letter.automatic and not letter.undelivered:
        return "automatic"
    leader = account_manager_of(offer.plant.customer, clock.today())
    people = {one.pk: one for one in (mail.written_by, leader) if one is not None}
    context = {"sender": letter.sender_name or letter.sender, "undelivered": letter.undelivered}
    notify(ANSWERED, offer, to=people.values(), occasion=f"mail {made.pk}", context=context)
    return "filed"


def _keep(mail: OfferMail, letter: Letter, file: File) -> Offer:
    keep_reply(mail.offer, actor=None, mail=mail, letter=letter, file=file)
    return mail.offer


#: An answer to an offer that comes into another mailbox is filed with the offer too.
OFFER_MAILS = MailTaker(use="", answered=_answered, keep=_keep)
