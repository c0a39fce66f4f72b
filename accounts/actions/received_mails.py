"""E-mails from our mailboxes: kept once, filed with what they answer or made what they bring; of unknown senders a person decides."""

import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile, File
from django.db import models, transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.letters import Letter, opened
from accounts.models import Contact, Customer, Plant, ReceivedMail, Role
from kam.core import clock
from kam.core.documents import Document, attach_document, refile_documents, standard_type
from kam.core.notifications import Way, define_notification, notify
from kam.core.ports import ports
from kam.core.verbs import verb
from kam.core.work import assign_work, close_work, define_work, withdraw_work
from kam.core.workflow import Denied

logger = logging.getLogger(__name__)
#: What a mail may weigh: the limit of most mail servers and what its encoding adds.
LARGEST = 40 * 1024 * 1024
SORT = define_work("assign_mail", _("Assign the e-mail “%(record)s”"), on_record=True)
FILED = define_notification("mail_filed", _("A customer has answered on an order or complaint"), way=Way.MAIL)
HOURS = 4


@dataclass(frozen=True)
class MailTaker:
    """What a floor does with mails (port `mail_takers`).

    `answered` finds what a mail answers; `numbered` finds a record by its number among those of a person; `take` makes what it
    brings for a plant; `told` says who is told of an answer; `types` is the type of document of an attachment by its ending.
    `keep` files an answer in its own way instead.
    """

    use: str
    answered: Callable[[Letter], Any]
    numbered: Callable[[str, Any], Any] = lambda _number, _reader: None
    take: Callable[[ReceivedMail, Plant, Any], Any] | None = None
    told: Callable[[Any], Iterable[Any]] = lambda _record: ()
    customer: Callable[[Any], Customer] = lambda record: record.plant.customer
    types: dict[str, str] | None = None
    keep: Callable[[Any, Letter, File], Any] | None = None


def takers() -> list[MailTaker]:
    """What every floor does with mails."""
    return list(ports("mail_takers"))


def taker_of(use: str) -> MailTaker:
    """Who makes something of the mails of a mailbox."""
    return next(one for one in takers() if one.use == use)


def writes_for(customer: Customer, address: str) -> bool:
    """Whether an address is that of an active contact of a customer."""
    return bool(address) and Contact.objects.filter(customer=customer, email__iexact=address, is_active=True).exists()


def take_mail(raw: bytes, *, use: str, mailbox: str) -> str:
    """Keep a mail as it travels and do with it what can be done by itself; says what became of it. Twice without harm.

    `filed`, `to_assign`, `set_aside`, or `known` (taken before). Whatever goes wrong on the way, the mail is kept to be assigned;
    only where not even that works an error is raised, and the mail stays unread where it is.
    """
    problem, turns = "", 2
    while True:
        turns -= 1
        try:
            return str(receive_mail(ReceivedMail, actor=None, use=use, mailbox=mailbox, raw=raw, problem=problem).state)
        except Denied as denied:
            if denied.code == "mail_known":
                return "known"
            if not turns:
                raise
            problem = str(denied)
        except Exception:
            if not turns:
                raise
            logger.exception("A mail could not be filed by itself; it is kept to be assigned")
            problem = gettext("It could not be filed by itself.")


@verb("accounts.receive_mail", _("Receive e-mail"))
def receive_mail(
    model: type[ReceivedMail], *, actor: Any, reason: str = "", use: str, mailbox: str, raw: bytes, problem: str = ""
) -> ReceivedMail:
    """Keep a mail, in one transaction with what it becomes. With a `problem` it is only kept, and a person decides."""
    whole = len(raw) <= LARGEST
    if not whole:
        problem = gettext("It is larger than %(limit)d MB: only its beginning is kept. The whole of it lies in the mailbox.") % {
            "limit": LARGEST // 1024 // 1024
        }
    file = ContentFile(raw[:LARGEST], name="mail.eml")
    try:
        with opened(file, whole=False) as letter:
            return _receive(use, mailbox, letter, file, problem)
    except Denied as denied:
        if denied.code not in {"mail_unreadable", "not_a_mail", "file_empty", "file_kind"}:
            raise
        return _receive(use, mailbox, _unread(file), file, str(denied))


def _unread(file: ContentFile) -> Letter:
    """A mail that cannot be read, known by its content alone."""
    file.seek(0)
    return Letter("", "", "", [], None, f"sha256:{sha256(file.read()).hexdigest()}", "")


def _receive(use: str, mailbox: str, letter: Letter, file: ContentFile, problem: str) -> ReceivedMail:
    if ReceivedMail.objects.filter(sender=letter.sender, message_id=letter.message_id).exists():
        raise Denied("mail_known", _("This e-mail was taken before."))
    mail = ReceivedMail(
        use=use, mailbox=mailbox[:400], message_id=letter.message_id, sender=letter.sender, sender_name=letter.sender_name,
        subject=letter.subject, text=letter.text, sent_at=letter.sent_at, received_at=clock.now(), automatic=letter.automatic,
        note=problem[:400],
    )  # fmt: skip
    mail.contact = _contact_of(letter.sender)
    mail.save(force_insert=True)
    found = None if problem else _answered(letter)
    if found is not None and found[0].keep is not None:
        return _note_filed(mail, found[0].keep(found[1], letter, file))
    _keep_files(mail, letter, file, taker_of(use).types or {})
    if found is not None:
        taker, record = found
        _file(mail, record)
        told = taker.told(record) if not letter.automatic or letter.undelivered else ()
        context = {"sender": letter.sender_name or letter.sender}
        notify(FILED, record, to=[one for one in told if one is not None], occasion=f"mail {mail.pk}", context=context)
        return mail
    if letter.automatic and not letter.attachments and not problem:
        return _aside(mail, gettext("A program wrote it, and nothing is attached."))
    plant = None if problem else _plant_of(mail.contact)
    if plant is not None:
        try:
            with transaction.atomic():
                record = _take(mail, plant, None)
        except Denied as denied:
            mail.note = str(denied)[:400]
        else:
            _file(mail, record)
            return mail
    mail.save()
    role = Role.QUALITY if use == ReceivedMail.Use.COMPLAINTS else Role.BACK_OFFICE
    assign_work(mail, SORT, to=f"role:{role}", actor=None, due=clock.now() + timedelta(hours=HOURS))
    return mail


def _contact_of(sender: str) -> Contact | None:
    """Whose address it is: one active contact, never one of several customers."""
    found = list(Contact.objects.filter(email__iexact=sender, is_active=True).order_by("pk")[:20]) if sender else []
    return found[0] if len({one.customer_id for one in found}) == 1 else None


def _plant_of(contact: Contact | None) -> Plant | None:
    """The plant that a contact writes for: their own, else the only open one of their company."""
    if contact is None:
        return None
    if contact.plant is not None:
        return contact.plant
    plants = list(Plant.objects.filter(customer=contact.customer_id, status=Plant.Status.OPEN)[:2])
    return plants[0] if len(plants) == 1 else None


def _answered(letter: Letter) -> tuple[MailTaker, Any] | None:
    """What a mail answers: something of ours that a floor knows, else a mail that was filed before, if the customer writes."""
    for taker in takers():
        record = taker.answered(letter)
        if record is not None:
            return taker, record
    filed = ReceivedMail.objects.filter(message_id__in=letter.references[:50], state=ReceivedMail.State.FILED)
    for mail in filed.select_related("plant__customer").order_by("-pk") if letter.references else ():
        record = mail.record
        if record is not None and letter.sender and (letter.sender == mail.sender or _same_customer(mail, letter.sender)):
            return taker_of(mail.use), record
    return None


def _same_customer(mail: ReceivedMail, address: str) -> bool:
    return mail.plant is not None and writes_for(mail.plant.customer, address)


def _keep_files(mail: ReceivedMail, letter: Letter, file: File, types: dict[str, str]) -> None:
    """The mail and its attachments as documents; what KAM does not take stays inside the mail, and the mail says so."""
    left_out: list[str] = []
    with suppress(Denied):
        file.seek(0)
        attach_document(Document, actor=None, record=mail, type=standard_type("mail"), file=file, title=letter.subject[:200])
    for name, path in letter.attachments:
        kind = types.get(name.rpartition(".")[2].lower(), "other")
        with path.open("rb") as stream:
            try:
                with transaction.atomic():
                    attach_document(
                        Document, actor=None, record=mail, type=standard_type(kind), file=File(stream, name=name), title=""
                    )
            except Denied as denied:
                left_out.append(f"{name[:80]}: {denied}")
    if letter.left_out:
        left_out.append(gettext("%(count)d further attachments") % {"count": letter.left_out})
    if left_out:
        mail.text = "\n".join([mail.text, "", gettext("Kept only inside the e-mail:"), *left_out]).strip()[:20000]
        mail.save()


def _take(mail: ReceivedMail, plant: Plant, actor: Any) -> Any:
    take = taker_of(mail.use).take
    assert take is not None
    return take(mail, plant, actor)


def _file(mail: ReceivedMail, record: models.Model) -> None:
    """The mail belongs to a record from now on, with its files."""
    refile_documents(mail, record)
    _note_filed(mail, record)


def _note_filed(mail: ReceivedMail, record: Any) -> ReceivedMail:
    mail.state, mail.note = ReceivedMail.State.FILED, ""
    mail.filed_type, mail.filed_id = ContentType.objects.get_for_model(record), record.pk
    mail.plant = record.plant
    mail.save()
    return mail


def _aside(mail: ReceivedMail, note: str) -> ReceivedMail:
    mail.state, mail.note = ReceivedMail.State.SET_ASIDE, note[:400]
    mail.save()
    return mail


@verb("accounts.assign_mail", _("Assign"), leaves=True)
def assign_mail(
    mail: ReceivedMail, *, actor: Any, reason: str = "", plant: Plant | None = None, use: str = "", number: str = ""
) -> ReceivedMail:
    """Say whose a mail is: of a plant, for which it becomes an order or complaint, or of a record by its number. Raises Denied."""
    denied = mail.why_not_sorted()
    if denied:
        raise denied
    if (plant is None) == (not number.strip()):
        text = _("Choose the plant that wrote, or name the order or complaint that the e-mail belongs to.")
        raise Denied("plant_or_number", text, field="plant", status=400)
    if number.strip():
        record = next((found for one in takers() if (found := one.numbered(number.strip(), actor)) is not None), None)
        if record is None:
            raise Denied("unknown_number", _("There is no order or complaint of this number."), field="number", status=400)
    else:
        assert plant is not None
        if use not in ("", *ReceivedMail.Use.values):
            raise Denied("unknown_use", _("Choose what the e-mail brings."), field="use", status=400)
        mail.use = use or mail.use
        if mail.contact is not None and mail.contact.customer_id != plant.customer_id:
            mail.contact = None
        record = _take(mail, plant, actor)
    _file(mail, record)
    close_work(mail, SORT, actor=actor)
    return mail


@verb("accounts.set_aside_mail", _("Set aside"))
def set_aside_mail(mail: ReceivedMail, *, actor: Any, reason: str = "") -> ReceivedMail:
    """Say that nothing is to be made of a mail, and why; it stays and can still be assigned. Raises Denied."""
    denied = mail.why_not_set_aside()
    if denied:
        raise denied
    if not reason.strip():
        raise Denied("reason_missing", _("Say why."), field="reason", status=400)
    withdraw_work(mail, actor=actor, reason=reason)
    return _aside(mail, reason.strip())


def give_back(record: models.Model, note: str) -> int:
    """Put aside again the mails that were filed with a record which is taken away, with their files; answers how many."""
    kind = ContentType.objects.get_for_model(record)
    mails = list(ReceivedMail.objects.filter(filed_type=kind, filed_id=record.pk).locked())
    for mail in mails[:1]:
        refile_documents(record, mail)
    for mail in mails:
        mail.filed_type = mail.filed_id = None
        _aside(mail, note)
    return len(mails)
