"""Offers mailed from here: written down with the sending, sent once their print is kept, and told of where they cannot go out."""

import logging
from re import split
from typing import Any

from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.models.assignments import account_manager_of
from kam.core import clock, history
from kam.core.dispatch import dispatch
from kam.core.jobs import Job
from kam.core.kept_prints import attached, mail_to_customer, sender_of
from kam.core.mails import post, reaches_out
from kam.core.notifications import Way, define_notification, notify
from kam.core.verbs import verb
from kam.core.workflow import Denied
from orders.actions.offer_papers import kept_print, letter_of, start_keeping
from orders.actions.replies import reply_address
from orders.models import Offer, OfferMail

logger = logging.getLogger(__name__)
VERB = "orders.mail_offer"
NOT_SENT = define_notification("offer_not_mailed", _("An offer could not be mailed"), way=Way.MAIL)
MOST = 10


def addresses_of(text: str) -> list[str]:
    """The e-mail addresses in a text, parted by commas, semicolons or blanks, each once. Raises Denied."""
    found = list(dict.fromkeys(part for part in split(r"[\s,;]+", text.strip()) if part))
    if not 1 <= len(found) <= MOST:
        words = _("Give from one to %(most)d e-mail addresses.") % {"most": MOST}
        raise Denied("no_recipient", words, field="sent_to", status=400)
    for one in found:
        try:
            validate_email(one)
        except ValidationError:
            words = _("“%(address)s” is no e-mail address.") % {"address": one[:80]}
            raise Denied("bad_address", words, field="sent_to", status=400) from None
    return found


def why_no_mail() -> Denied | None:
    """Why nothing can be mailed from here, or None."""
    if reaches_out():
        return None
    text = _("No mail server is set up here. Send the offer from your own mail program.")
    return Denied("no_mail_server", text, field="by_mail")


def write_mail(offer: Offer, *, actor: Any, to: list[str], subject: str, text: str) -> OfferMail:
    """Write down a mail with the offer's print; what is left empty of its words is as usual, in the customer's language. Raises Denied."""
    denied = why_no_mail()
    if denied is not None:
        raise denied
    if offer.mails.filter(state=OfferMail.State.WAITING, recipients__overlap=to).exists():
        raise Denied(
            "on_its_way", _("A mail to this address is on its way already. Wait for what becomes of it."), field="sent_to"
        )
    usual = letter_of(offer, sender=actor)
    mail: OfferMail = offer.mails.create(
        written_by=actor,
        recipients=to,
        subject=(" ".join(subject.split()) or usual[0])[:200],
        text=(text.strip() or usual[1])[:20000],
    )
    if kept_print(offer) is not None:
        dispatch("orders.tasks.deliver_offer_mail", mail.pk)
    return mail


@verb(VERB, _("Send by e-mail"))
def mail_offer(offer: Offer, *, actor: Any, reason: str = "", sent_to: str = "", subject: str = "", text: str = "") -> Offer:
    """Mail an offer that is with the customer from here, to the contact where nobody is named; it goes out as it was kept. Raises Denied."""
    if offer.status not in Offer.OUT:
        raise Denied("not_with_customer", _("Only an offer that was sent and is still open can be mailed."))
    if not sent_to.strip() and offer.contact is not None:
        sent_to = offer.contact.email
    write_mail(offer, actor=actor, to=addresses_of(sent_to), subject=subject, text=text)
    if kept_print(offer) is None:
        start_keeping(offer)
    return offer


def mail_kept(offer: Offer) -> None:
    """Send what waited for the print of this offer, which is kept now."""
    for key in offer.mails.filter(state=OfferMail.State.WAITING).values_list("pk", flat=True):
        dispatch("orders.tasks.deliver_offer_mail", key)


def given_up(job: Job, message: Any) -> None:
    """The print could not be made, so what waited for it does not go out (port `job_ends`)."""
    rows = OfferMail.objects.filter(offer=job.params["offer"], state=OfferMail.State.WAITING)
    for mail in rows.select_related("offer__plant__customer", "written_by").order_by("pk"):
        mail.state, mail.last_error = OfferMail.State.FAILED, str(message)[:300]
        mail.save()
        _tell(mail)


def due_mails() -> list[int]:
    """The keys of mails that should have gone out: for the sweeper."""
    rows = OfferMail.objects.filter(state=OfferMail.State.WAITING, not_before__lte=clock.now()).select_related("offer")
    return [mail.pk for mail in rows.order_by("not_before", "pk")[:200] if kept_print(mail.offer) is not None]


def deliver(key: int) -> bool:
    """Send one mail whose print is kept; says whether it went out. Twice without harm."""
    mail = OfferMail.objects.filter(pk=key, state=OfferMail.State.WAITING).select_related("offer").first()
    if mail is None or kept_print(mail.offer) is None:
        return False
    rows = OfferMail.objects.filter(pk=key).select_related("offer__plant__customer", "written_by")
    with transaction.atomic(), history.bound(actor=None, verb=VERB):
        done = post(rows, _message)
        if done is not None and done.state in {OfferMail.State.FAILED, OfferMail.State.CANCELLED}:
            _tell(done)
    return done is not None and done.state == OfferMail.State.SENT


def _message(mail: OfferMail) -> EmailMessage | None:
    """The mail as it goes out, or None where it may not any more; raises Denied while the kept print cannot be read."""
    offer, person = mail.offer, mail.written_by
    if offer.status not in Offer.OUT:
        mail.last_error = str(_("The offer is no longer open."))[:300]
        return None
    if person is not None and not _still_may(offer, person):
        mail.last_error = str(_("Whoever sent it has no right to do so any more."))[:300]
        return None
    paper = kept_print(offer)
    assert paper is not None
    file = attached(paper, paper.sha256)
    mail.document, mail.sha256 = paper, paper.sha256
    mail.sender_name, mail.sender = sender_of(person)
    return mail_to_customer(mail, person, files=[file], answers=reply_address(mail))


def _still_may(offer: Offer, person: User) -> bool:
    """Whether whoever wrote the mail may still send this offer: an account may have been handed over in between."""
    return person.is_active and Offer.objects.permitted(person, "orders.send_offer").filter(pk=offer.pk).exists()


def _tell(mail: OfferMail) -> None:
    """Tell whoever wrote it, and who leads the account, that it did not go out."""
    logger.warning("The mail %s with offer %s did not go out: %s", mail.message_id, mail.offer.name, mail.last_error)
    leader = account_manager_of(mail.offer.plant.customer, clock.today())
    people = {one.pk: one for one in (mail.written_by, leader) if one is not None}
    context = {"recipients": ", ".join(mail.recipients), "why": mail.last_error}
    notify(NOT_SENT, mail.offer, to=people.values(), occasion=f"mail {mail.pk}", context=context)
