"""Papers about orders: issued with what they say, kept as they were printed, mailed once from the outbox, told of where they cannot go out."""

import logging
from decimal import Decimal
from typing import Any

from django.core.mail import EmailMessage
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.models.assignments import account_manager_of
from kam.core import clock
from kam.core.jobs import start_job
from kam.core.kept_prints import Outbox, attached, mail_to_customer
from kam.core.notifications import Way, define_notification, notify
from kam.core.verbs import verb
from kam.core.workflow import Denied
from orders.actions.mailing import addresses_of, why_no_mail
from orders.actions.order_writing import amount_of
from orders.models import Order, OrderLine, OrderPaper

logger = logging.getLogger(__name__)
VERB = "orders.send_order_paper"
NOT_SENT = define_notification("order_paper_not_sent", _("A paper about an order could not be mailed"), way=Way.MAIL)
#: The words of the mail around each paper; a subject never says a price.
WORDS: dict[str, tuple[Any, Any]] = {
    "acknowledgement": (
        _("We have received your order %(reference)s"),
        _("We have received your order. The attached acknowledgement is not an order confirmation; that follows separately."),
    ),
    "confirmation": (_("Order confirmation %(number)s"), _("Please find attached the confirmation of your order.")),
    "variations": (
        _("Order confirmation %(number)s with variations"),
        _("Our confirmation departs from your order in the terms that are marked. Please tell us that you agree."),
    ),
    "change": (_("Change of order confirmation %(number)s"), _("Please find attached the changed confirmation of your order.")),
    "delay": (
        _("New delivery date for your order %(reference)s"),
        _("To our regret a date that we confirmed cannot be kept. The cause and the new date stand in the attached notice."),
    ),
    "cancellation": (_("Cancellation of order %(number)s"), _("Please find attached the notice of cancellation.")),
    "pro_forma": (_("Pro forma invoice for your order %(reference)s"), _("Please find attached the pro forma invoice.")),
}


def recipients_of(order: Order, sent_to: str, *, by_mail: bool) -> tuple[str, list[str]]:
    """To whom a paper goes, as it is noted, and the addresses to which it is mailed from here. Raises Denied."""
    if not sent_to.strip() and order.contact is not None:
        sent_to = order.contact.email or ("" if by_mail else str(order.contact))
    if not sent_to.strip():
        raise Denied("no_recipient", _("Say to whom it goes."), field="sent_to", status=400)
    if not by_mail:
        return sent_to.strip()[:254], []
    denied = why_no_mail()
    if denied is not None:
        raise denied
    to = addresses_of(sent_to)
    return ", ".join(to)[:254], to


def issue_paper(
    order: Order,
    kind: str,
    *,
    actor: Any,
    contents: dict[str, Any],
    number: int | None = None,
    sent_to: str = "",
    by_mail: bool = False,
    subject: str = "",
    text: str = "",
) -> OrderPaper:
    """Issue a paper with what it says, as a row that waits for its print and, with `by_mail`, for the server. Raises Denied.

    The same transaction writes both down, so that a process that dies in between loses neither and sends nothing twice.
    """
    noted, to = recipients_of(order, sent_to, by_mail=by_mail)
    if number is None:
        number = order.papers.filter(kind=kind).count() + 1
    usual = letter_of(order, kind, number, sender=actor)
    paper: OrderPaper = order.papers.create(
        kind=kind,
        number=number,
        language=order.language,
        contents=contents,
        issued_by=actor,
        issued_at=clock.now(),
        sent_to=noted,
        recipients=to,
        subject=(" ".join(subject.split()) or usual[0])[:200],
        text=(text.strip() or usual[1])[:20000],
        state=OrderPaper.State.WAITING if to else OrderPaper.State.ISSUED,
    )
    start_job("orders.keep_order_paper", actor=None, params={"paper": paper.pk, "title": paper.name})
    return paper


def letter_of(order: Order, kind: str, number: int, *, sender: Any) -> tuple[str, str]:
    """Subject and text of a mail with a paper, in the language of the order."""
    with translation.override(order.language):
        subject, text = WORDS[kind]
        names = {"number": f"{order.number}/{number}", "reference": order.customer_reference or order.number}
        greeting = gettext("Dear Sir or Madam,")
        return subject % names, f"{greeting}\n\n{text}" + (f"\n\n{sender}\n" if sender else "")


def contents_of(order: Order, lines: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """What a paper says of an order: its terms as they stand, these lines, and what else is given, as plain data."""
    terms = {
        name: str(getattr(order, name) or "")
        for name in ("incoterms", "incoterms_place", "incoterms_version", "certificates", "packaging", "transport")
    }
    payment = more.pop("payment_term", order.payment_term)
    return {
        "currency": order.currency,
        "terms": terms | {name: str(more.pop(name)) for name in ("incoterms", "incoterms_place") if more.get(name)},
        "payment": payment.pk if payment else None,
        "partial_allowed": order.partial_allowed,
        "vat_treatment": order.vat_treatment,
        "declaration_of_intent": order.declaration_of_intent,
        "requested_type": order.requested_type,
        "lines": lines,
        **more,
    }


def line_contents(line: Any, **values: Any) -> dict[str, Any]:
    """What a paper says of a line: as it stands, but for the values that are given."""
    quantity, price, unit = (values.get(name, getattr(line, name)) for name in ("quantity", "price", "price_unit"))
    day = values.get("confirmed_on", line.confirmed_on)
    told = OrderLine(quantity=quantity, price=price, price_unit=unit, surcharge=line.surcharge, discount=line.discount)
    return {
        "position": line.position,
        "product": line.product_id,
        "description": line.description,
        "customer_part": line.customer_part,
        "part_revision": values.get("part_revision", line.part_revision),
        "quantity": plain(quantity),
        "unit": line.unit,
        "price": plain(price),
        "price_unit": unit,
        "surcharge": plain(line.surcharge or 0),
        "discount": plain(line.discount or 0),
        "amount": plain(amount_of(told, line.order.currency)),
        "requested_on": day_of(line.wanted_on),
        "confirmed_on": day_of(day),
    }


def plain(value: Any) -> str:
    """A figure as text, without zeros behind it."""
    return f"{Decimal(value).normalize():f}"


def day_of(value: Any) -> str:
    """A day as text, or nothing."""
    return value.isoformat() if value else ""


@verb("orders.acknowledge_order", _("Acknowledge receipt"))
def acknowledge_order(
    order: Order, *, actor: Any, reason: str = "", sent_to: str = "", by_mail: bool = False, subject: str = "", text: str = ""
) -> Order:
    """Tell the customer that the order was received; it says that it is no confirmation (domain 18.1). Raises Denied."""
    denied = why_not_acknowledged(order)
    if denied is not None:
        raise denied
    lines = [line_contents(line, confirmed_on=None) for line in order.lines.select_related("product").order_by("position")]
    issue_paper(
        order, OrderPaper.Kind.ACKNOWLEDGEMENT, actor=actor, contents=contents_of(order, lines), sent_to=sent_to, by_mail=by_mail,
        subject=subject, text=text,
    )  # fmt: skip
    return order


def why_not_acknowledged(order: Order) -> Denied | None:
    """Why receipt cannot be acknowledged, or None: only what has a number and is not confirmed yet."""
    if order.number and order.status in Order.BEFORE and not order.confirmation:
        return None
    return Denied("not_to_be_acknowledged", _("Only an order that is registered and not confirmed yet is acknowledged."))


@verb("orders.issue_pro_forma", _("Pro forma invoice"))
def issue_pro_forma(
    order: Order, *, actor: Any, reason: str = "", sent_to: str = "", by_mail: bool = False, subject: str = "", text: str = ""
) -> Order:
    """Give out a pro forma invoice of what is not cancelled; it is no invoice and asks for no payment by itself. Raises Denied."""
    if not order.number or order.status in {Order.Status.CANCELLED, Order.Status.REJECTED}:
        raise Denied("no_pro_forma", _("Only an order that is registered and alive has a pro forma invoice."))
    lines = [line_contents(line) for line in order.lines.live().order_by("position")]
    if not lines:
        raise Denied("no_lines", _("Give at least one line with its price."))
    issue_paper(
        order, OrderPaper.Kind.PRO_FORMA, actor=actor, contents=contents_of(order, lines), sent_to=sent_to, by_mail=by_mail,
        subject=subject, text=text,
    )  # fmt: skip
    return order


@verb(VERB, _("Send by e-mail"))
def send_order_paper(paper: OrderPaper, *, actor: Any, reason: str = "", sent_to: str = "") -> OrderPaper:
    """Mail a paper that was given out by hand or that failed, as it was kept, to these addresses. Raises Denied."""
    if paper.state not in {OrderPaper.State.ISSUED, OrderPaper.State.FAILED}:
        raise Denied("not_to_be_sent", _("This paper was mailed already, or is on its way."))
    paper.sent_to, paper.recipients = recipients_of(paper.order, sent_to or ", ".join(paper.recipients), by_mail=True)
    paper.state, paper.attempts, paper.last_error, paper.not_before = OrderPaper.State.WAITING, 0, "", clock.now()
    paper.save()
    if paper.document_id is None:
        start_job("orders.keep_order_paper", actor=None, params={"paper": paper.pk, "title": paper.name})
    else:
        kept(paper)
    return paper


def _message(paper: OrderPaper) -> EmailMessage | None:
    """The mail as it goes out, or None where it may not any more; raises Denied while the kept print cannot be read."""
    order, person, document = paper.order, paper.issued_by, paper.document
    gone = {Order.Status.CANCELLED, Order.Status.REJECTED}
    if order.status in gone and paper.kind != OrderPaper.Kind.CANCELLATION:
        paper.last_error = str(_("The order is cancelled or rejected."))[:300]
        return None
    if person is not None and not _still_may(order, person):
        paper.last_error = str(_("Whoever sent it has no right to do so any more."))[:300]
        return None
    assert document is not None
    return mail_to_customer(paper, person, files=[attached(document, paper.sha256)])


def _still_may(order: Order, person: User) -> bool:
    """Whether whoever issued the paper may still do so: an account may have been handed over in between."""
    return person.is_active and Order.objects.permitted(person, VERB).filter(pk=order.pk).exists()


def _tell(paper: OrderPaper) -> None:
    """Tell whoever issued it, and who leads the account, that it did not go out."""
    logger.warning("The paper %s about an order did not go out: %s", paper.message_id, paper.last_error)
    leader = account_manager_of(paper.order.plant.customer, clock.today())
    people = {one.pk: one for one in (paper.issued_by, leader) if one is not None}
    context = {"recipients": ", ".join(paper.recipients), "why": paper.last_error, "paper": paper.subject}
    notify(NOT_SENT, paper.order, to=people.values(), occasion=f"paper {paper.pk} {paper.attempts}", context=context)


OUTBOX = Outbox(OrderPaper, "paper", "orders.tasks.deliver_order_paper", VERB, _message, _tell)
given_up, kept = OUTBOX.given_up, OUTBOX.kept
