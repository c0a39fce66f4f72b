"""Agreements and price lists sent to the customer: written down, kept as printed, mailed once from the outbox, signed in the end."""

import logging
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.core.files import File
from django.core.mail import EmailMessage
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, User
from accounts.models.assignments import account_manager_of
from kam.core import clock
from kam.core.documents import Document, attach_document, standard_type
from kam.core.formats import day as day_in_words
from kam.core.jobs import Job, start_job
from kam.core.kept_prints import Outbox, attached, mail_to_customer
from kam.core.notifications import Way, define_notification, notify
from kam.core.verbs import verb
from kam.core.workflow import Denied, not_permitted
from orders.actions.mailing import addresses_of, why_no_mail
from orders.models import AgreementLine, PriceAgreement, PricePaper
from orders.reports.price_lists import prices_of
from orders.reports.prices import refuse_price_list

logger = logging.getLogger(__name__)
VERB = "orders.send_price_paper"
SEND_LIST = "orders.send_price_list"
NOT_SENT = define_notification("price_paper_not_sent", _("A price agreement or price list could not be mailed"), way=Way.MAIL)
#: The words of the mail around each paper, in the customer's language; they never say a price.
WORDS: dict[str, tuple[Any, Any]] = {
    "agreement": (
        _("Price agreement %(name)s"),
        _("Please find attached our price agreement, valid from %(day)s. Please send it back to us signed."),
    ),
    "price_list": (
        _("Price list of %(day)s"),
        _("Please find attached the prices that are agreed between us, as of %(day)s."),
    ),
}


@verb("orders.send_agreement", _("Send for signature"))
def send_agreement(
    agreement: PriceAgreement,
    *,
    actor: Any,
    reason: str = "",
    sent_to: str = "",
    by_mail: bool = False,
    subject: str = "",
    text: str = "",
) -> PricePaper:
    """Send an agreement that holds or will hold to the customer, who signs it; its print is kept as it was sent. Raises Denied."""
    denied = PriceAgreement.workflow.why_not(agreement, "orders.send_agreement")
    if denied is not None:
        raise denied
    company = agreement.company
    return _issue(
        PricePaper.Kind.AGREEMENT, agreement=agreement, customer=company, agreements=[agreement.pk], day=agreement.first_day,
        stood={"lines": stood(agreement.lines.for_list()), "days": _days(agreement)},
        addressee=str(agreement.group.name if agreement.group else company), language=company.language if company else "en",
        actor=actor, sent_to=sent_to, by_mail=by_mail, subject=subject, text=text,
    )  # fmt: skip


@verb(SEND_LIST, _("Send the price list"))
def send_price_list(
    model: type[PricePaper],
    *,
    actor: Any,
    customer: Customer,
    day: date | None = None,
    reason: str = "",
    sent_to: str = "",
    by_mail: bool = False,
    subject: str = "",
    text: str = "",
) -> PricePaper:
    """Send a customer the prices agreed on a day, today unless told, and those to come, as far as the sender reads the agreements.

    Raises Denied for a customer that is not theirs, or with whom nothing is agreed.
    """
    day, rows = day or clock.today(), AgreementLine.objects.all()
    if actor is not None:
        refuse_price_list(customer, actor)
        if not Customer.objects.permitted(actor, SEND_LIST).filter(pk=customer.pk).exists():
            raise not_permitted()
        rows = AgreementLine.objects.visible_to(actor)
    now, later = prices_of(customer, day, rows)
    return _issue(
        PricePaper.Kind.PRICE_LIST, agreement=None, customer=customer, agreements=[line.agreement_id for line in (*now, *later)],
        stood={"lines": stood([*now, *later])}, day=day, addressee=str(customer), language=customer.language, actor=actor, sent_to=sent_to, by_mail=by_mail,
        subject=subject, text=text,
    )  # fmt: skip


def stood(lines: Iterable[AgreementLine]) -> list[list[Any]]:
    """The lines of a paper as it keeps them: each by its key, with its first and last day as they are now."""
    return [[line.pk, *_days(line)] for line in lines]


def _days(row: AgreementLine | PriceAgreement) -> list[str | None]:
    return [one.isoformat() if one else None for one in (row.first_day, row.last_day)]


def _issue(
    kind: str, *, actor: Any, agreements: Sequence[int], sent_to: str, by_mail: bool, subject: str, text: str, **values: Any
) -> PricePaper:
    """Write down a paper that waits for its print and, with `by_mail`, for the server; one transaction, so that neither is lost."""
    noted, to = _recipients(sent_to, by_mail=by_mail)
    paper = PricePaper(kind=kind, issued_by=actor, issued_at=clock.now(), sent_to=noted, recipients=to, **values)
    usual = letter_of(paper, sender=actor)
    paper.addressee = paper.addressee[:200]
    paper.subject, paper.text = (" ".join(subject.split()) or usual[0])[:200], (text.strip() or usual[1])[:20000]
    paper.state = PricePaper.State.WAITING if to else PricePaper.State.ISSUED
    paper.save(force_insert=True)
    paper.agreements.set(dict.fromkeys(agreements))
    _have_kept(paper)
    return paper


def _recipients(sent_to: str, *, by_mail: bool) -> tuple[str, list[str]]:
    """To whom a paper goes, as it is noted, and the addresses to which it is mailed from here. Raises Denied."""
    if not sent_to.strip():
        raise Denied("no_recipient", _("Say to whom it goes."), field="sent_to", status=400)
    if not by_mail:
        return sent_to.strip()[:254], []
    denied = why_no_mail()
    if denied is not None:
        raise denied
    to = addresses_of(sent_to)
    return ", ".join(to)[:254], to


def _have_kept(paper: PricePaper) -> Job:
    return start_job("orders.keep_price_paper", actor=None, params={"paper": paper.pk, "title": paper.name})


def letter_of(paper: PricePaper, *, sender: Any) -> tuple[str, str]:
    """Subject and text of the mail with a paper, in the customer's language."""
    with translation.override(paper.language):
        subject, text = WORDS[paper.kind]
        names = {"name": paper.name, "day": day_in_words(paper.day)}
        greeting = gettext("Dear Sir or Madam,")
        return subject % names, f"{greeting}\n\n{text % names}" + (f"\n\n{sender}\n" if sender else "")


def why_not_mailed(paper: PricePaper) -> Denied | None:
    """Why a paper cannot be mailed (again), or None: only what was given out by hand or failed."""
    if paper.state in {PricePaper.State.ISSUED, PricePaper.State.FAILED}:
        return None
    return Denied("not_to_be_sent", _("This paper was mailed already, or is on its way."))


@verb(VERB, _("Send by e-mail"))
def send_price_paper(paper: PricePaper, *, actor: Any, reason: str = "", sent_to: str = "") -> PricePaper:
    """Mail a paper that was given out by hand or that failed, as it was kept, to these addresses. Raises Denied."""
    denied = why_not_mailed(paper)
    if denied is not None:
        raise denied
    paper.sent_to, paper.recipients = _recipients(sent_to or ", ".join(paper.recipients), by_mail=True)
    paper.state, paper.attempts, paper.last_error, paper.not_before = PricePaper.State.WAITING, 0, "", clock.now()
    paper.save()
    if paper.document_id is None:
        _have_kept(paper)
    else:
        kept(paper)
    return paper


def why_not_signed(paper: PricePaper) -> Denied | None:
    """Why no signature is noted, or None: only an agreement is signed, and once."""
    if paper.kind == PricePaper.Kind.AGREEMENT and paper.signed_on is None:
        return None
    return Denied("not_to_be_signed", _("Only an agreement that is not signed yet can be noted as signed."))


@verb("orders.note_signature", _("Note the signature"))
def note_signature(
    paper: PricePaper,
    *,
    actor: Any,
    reason: str = "",
    signed_by: str = "",
    signed_on: date | None = None,
    file: File | None = None,
) -> PricePaper:
    """Note who signed an agreement at the customer, and when (today unless told), with the paper that came back. Raises Denied."""
    denied = why_not_signed(paper)
    if denied is not None:
        raise denied
    signed_on = signed_on or clock.today()
    if not signed_by.strip():
        raise Denied("no_signer", _("Say who signed."), field="signed_by", status=400)
    if signed_on > clock.today():
        raise Denied("signed_later", _("This day is still to come."), field="signed_on", status=400)
    if signed_on < timezone.localdate(paper.issued_at):
        raise Denied("signed_before", _("It was not sent yet on that day."), field="signed_on", status=400)
    paper.signed_by, paper.signed_on = " ".join(signed_by.split())[:120], signed_on
    paper.save()
    if file is not None:
        title = gettext("%(paper)s, signed") % {"paper": paper}
        attach_document(Document, actor=actor, record=paper, type=standard_type(), file=file, title=title[:200])
    return paper


def _message(paper: PricePaper) -> EmailMessage | None:
    """The mail as it goes out, or None where it may not any more; raises Denied while the kept print cannot be read."""
    person, document = paper.issued_by, paper.document
    if paper.agreement is not None and paper.agreement.called_off:
        paper.last_error = str(_("The agreement was called off."))[:300]
        return None
    if person is not None and not _still_may(paper, person):
        paper.last_error = str(_("Whoever sent it has no right to do so any more."))[:300]
        return None
    assert document is not None
    return mail_to_customer(paper, person, files=[attached(document, paper.sha256)])


def _still_may(paper: PricePaper, person: User) -> bool:
    """Whether whoever sent the paper may still do so: an account may have been handed over in between."""
    return person.is_active and PricePaper.objects.permitted(person, VERB).filter(pk=paper.pk).exists()


def _tell(paper: PricePaper) -> None:
    """Tell whoever sent it, and who leads the account, that it did not go out."""
    logger.warning("The paper %s about prices did not go out: %s", paper.message_id, paper.last_error)
    leader = account_manager_of(paper.customer, clock.today()) if paper.customer else None
    people = {one.pk: one for one in (paper.issued_by, leader) if one is not None}
    context = {"recipients": ", ".join(paper.recipients), "why": paper.last_error}
    notify(NOT_SENT, paper, to=people.values(), occasion=f"paper {paper.pk} {paper.attempts}", context=context)


OUTBOX = Outbox(PricePaper, "paper", "orders.tasks.deliver_price_paper", VERB, _message, _tell)
given_up, kept = OUTBOX.given_up, OUTBOX.kept
