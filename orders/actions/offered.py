"""The life of an offer after its draft: handed in, approved by who may, sent, negotiated, accepted, lost, withdrawn, expired."""

from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.core.files import File
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Role, User
from accounts.models.assignments import account_manager_of
from kam.core import clock, history
from kam.core.approvals import OWN, highest
from kam.core.notifications import Way, define_notification, notify
from kam.core.numbering import next_number
from kam.core.verbs import verb
from kam.core.work import assign_work, close_work, define_work, withdraw_work
from kam.core.workflow import Denied
from orders.actions.consenting import ask_consent, call_off_consent
from orders.actions.customer_orders import enter_accepted
from orders.actions.deciding import ask_approval, keep_triggers, refuse_unless_decides
from orders.actions.mailing import addresses_of, write_mail
from orders.actions.negotiations import CONCLUDE
from orders.actions.offer_agreements import agree_on
from orders.actions.offer_papers import start_keeping
from orders.actions.offer_pauses import keep_lead_time
from orders.actions.offer_reviews import refuse_unreviewed
from orders.actions.offers import print_of, void_approval
from orders.actions.terms import AGREE, note_agreement
from orders.models import Negotiation, Offer
from orders.pricing.keeping import step_of
from orders.reports.limits import IN_KIND
from orders.reports.offers import triggers_of
from orders.reports.prices import say

APPROVE = define_work("approve_offer", _("Approve %(record)s"), on_record=True, owner=f"role:{Role.SALES_MANAGER}")
FOLLOW_UP = define_work("follow_up_offer", _("Ask about %(record)s, which has expired"), on_record=True)
DECIDED = define_notification("offer_decided", _("Your offer is decided"))
EXPIRED = define_notification("offer_expired", _("An offer has expired"), way=Way.MAIL)


@verb("orders.submit_offer", _("Hand in"))
def submit_offer(offer: Offer, *, actor: Any, reason: str = "") -> Offer:
    """Hand an offer in: within the author's own limits it is approved at once, else the highest limit that it exceeds decides who does.

    Raises Denied while the cost of a line is not known or too old, and says who can mend it (domain 10.2).
    """
    if offer.number and Offer.objects.filter(number=offer.number, status=Offer.Status.ACCEPTED).exists():
        raise Denied("offer_accepted", _("The customer has accepted this offer. Copy it for a new one."))
    Offer.workflow.move(offer, "orders.submit_offer")
    lines = list(offer.lines.select_related("product"))
    for line in lines:
        if line.counts and line.variable_cost is None:
            raise Denied("no_cost", _without_cost(line))
    keep_triggers(offer, triggers_of(offer))
    offer.submitted_by, offer.submitted_at = actor, clock.now()
    if not offer.number:
        offer.number = next_number("OF", location=offer.selling_location.code, year=clock.today().year)
    if ask_consent(offer, actor=actor, why=reason):
        offer.save()
    else:
        _go_on(offer, lines, actor)
    return offer


def _go_on(offer: Offer, lines: Any, actor: Any) -> None:
    """Within the author's own limits an offer is approved at once, else whoever decides on the highest is asked, after finance."""
    if offer.level == OWN:
        _approve(offer, lines, actor)
    offer.save()
    if offer.level > OWN:
        ask_approval(offer, APPROVE, actor=actor, days=3)


@verb("orders.agree_terms", _("Agree to the terms"))
def agree_terms(offer: Offer, *, actor: Any, reason: str = "") -> Offer:
    """Agree, for finance, to the payment terms of an offer or to terms beyond our standard ones; then its approval goes on.

    Bound to the offer as it was handed in, like the approval itself. Raises Denied for whoever handed it in.
    """
    note_agreement(offer, "orders.agree_terms", actor=actor, own="own_offer")
    _go_on(offer, list(offer.lines.all()), actor)
    return offer


@verb("orders.refuse_terms", _("Refuse the terms"))
def refuse_terms(offer: Offer, *, actor: Any, reason: str = "") -> Offer:
    """Send an offer back whose terms finance does not agree to, and say why."""
    return _sent_back(offer, "orders.refuse_terms", actor, reason)


def _call_off(offer: Offer, actor: Any, reason: str) -> None:
    """Call off what finance and whoever decides were asked for."""
    for kind in (AGREE, APPROVE):
        withdraw_work(offer, actor=actor, kind=kind, reason=reason)


def consented_offer(offer: Offer, actor: Any) -> None:
    """Let an offer go on whose local prices were consented to."""
    _go_on(offer, list(offer.lines.all()), actor)


def reopened_offer(offer: Offer) -> None:
    """Make a draft again of an offer whose local prices were not allowed, or taken back."""
    void_approval(offer)
    offer.save()


def _without_cost(line: Any) -> Any:
    """Why a line has no cost, and who can mend it."""
    kept = (line.why or {}).get("cost")
    if kept:
        return say(step_of(kept[0]), line.offer.currency)
    text = _("Position %(position)s has no cost. Ask the technical office or finance for it, and state it in the line.")
    return text % {"position": line.position}


def _approve(offer: Offer, lines: Any, actor: Any) -> None:
    offer.status = Offer.Status.APPROVED
    offer.approved_by, offer.approved_at = actor, clock.now()
    offer.approved_print = print_of(offer, lines)


@verb("orders.approve_offer", _("Approve"))
def approve_offer(offer: Offer, *, actor: Any, reason: str = "") -> Offer:
    """Approve an offer as it stands now; a later change of price or terms makes the approval void. Nobody approves their own.

    Raises Denied for who decides at a lower level than the one that was triggered.
    """
    Offer.workflow.move(offer, "orders.approve_offer")
    refuse_unless_decides(offer, actor, own="own_offer")
    _approve(offer, list(offer.lines.all()), actor)
    offer.save()
    close_work(offer, APPROVE, actor=actor)
    notify(DECIDED, offer, to=_told(offer.submitted_by), occasion=f"approved {offer.version}", actor=actor)
    return offer


def _told(author: User | None) -> list[User]:
    """Who hears what became of an offer: whoever handed it in, if that was a person."""
    return [author] if author is not None else []


@verb("orders.return_offer", _("Send back"))
def return_offer(offer: Offer, *, actor: Any, reason: str = "") -> Offer:
    """Send an offer back to be reworked, and say why."""
    return _sent_back(offer, "orders.return_offer", actor, reason)


def _sent_back(offer: Offer, by: str, actor: Any, reason: str) -> Offer:
    if not reason.strip():
        raise Denied("reason_needed", _("Say what has to be different."), field="reason", status=400)
    Offer.workflow.move(offer, by)
    author = offer.submitted_by
    void_approval(offer)
    call_off_consent(offer, actor=actor, reason=reason)
    offer.save()
    _call_off(offer, actor, reason)
    notify(DECIDED, offer, to=_told(author), occasion=f"returned {offer.version}", actor=actor)
    return offer


def return_outgrown(negotiation: Negotiation, *, actor: Any) -> None:
    """Send back the offers of a negotiation that are handed in or approved, where what is given in kind now needs a higher approval."""
    why = str(_("What is given in kind goes beyond what this offer was handed in with."))
    waiting = Offer.objects.filter(negotiation=negotiation, status__in=(Offer.Status.IN_APPROVAL, Offer.Status.APPROVED))
    for offer in waiting.locked():
        if highest(one for one in triggers_of(offer) if one.code == IN_KIND.code) <= offer.level:
            continue
        author = offer.submitted_by
        with history.bound(actor=actor, verb="orders.return_offer", reason=why):
            void_approval(offer)
            call_off_consent(offer, actor=actor, reason=why)
            offer.save()
        _call_off(offer, actor, why)
        notify(DECIDED, offer, to=_told(author), occasion=f"returned {offer.version}", actor=None)


@verb("orders.send_offer", _("Send"))
def send_offer(
    offer: Offer,
    *,
    actor: Any,
    reason: str = "",
    sent_to: str = "",
    supersede: bool = True,
    by_mail: bool = False,
    subject: str = "",
    text: str = "",
) -> Offer:
    """Note that an offer goes to the customer; its print is kept as it was sent (orders.documents.keeping).

    With `by_mail` it is mailed from here, with this subject and text, as soon as the print is kept (orders.actions.mailing).
    The revisions before it are superseded, unless they are to stay alive beside it (`supersede=False`). Raises Denied where it is
    not approved as it stands now, its validity is over, or the review that its class needs is missing.
    """
    Offer.workflow.move(offer, "orders.send_offer")
    if offer.approved_print != print_of(offer, list(offer.lines.all())):
        raise Denied("not_as_approved", _("This is not what was approved. Hand it in again."))
    refuse_unreviewed(offer)
    if not sent_to and offer.contact is not None:
        sent_to = offer.contact.email or ("" if by_mail else str(offer.contact))
    if not sent_to.strip():
        raise Denied("no_recipient", _("Say to whom it goes."), field="sent_to", status=400)
    to = addresses_of(sent_to) if by_mail else []
    sent_to = ", ".join(to) or sent_to
    offer.sent_by, offer.sent_at, offer.sent_to = actor, clock.now(), sent_to.strip()[:254]
    keep_lead_time(offer)
    offer.save()
    if supersede:
        for before in Offer.objects.filter(number=offer.number, revision__lt=offer.revision, status__in=Offer.OUT).locked():
            before.status = Offer.Status.SUPERSEDED
            before.save()
    if by_mail:
        write_mail(offer, actor=actor, to=to, subject=subject, text=text)
    start_keeping(offer)
    return offer


@verb("orders.negotiate_offer", _("In negotiation"))
def negotiate_offer(offer: Offer, *, actor: Any, reason: str = "") -> Offer:
    """Note that the customer negotiates about what was sent."""
    Offer.workflow.move(offer, "orders.negotiate_offer")
    offer.save()
    return offer


@verb("orders.accept_offer", pgettext_lazy("offer", "Accepted"))
def accept_offer(
    offer: Offer,
    *,
    actor: Any,
    reason: str = "",
    accepted_reference: str = "",
    customer_date: date | None = None,
    paper: File | None = None,
    agree: bool = False,
    first_day: date | None = None,
    last_day: date | None = None,
) -> Offer:
    """Note that the customer has accepted an offer; every other revision of it ends. Raises Denied once its last day has passed.

    It becomes the draft of the order, with the customer's number, date and `paper`; with `agree` its goods become instead the
    draft of a price agreement from a day on, today unless told. Whoever leads the negotiation that it was written for is asked
    whether that is won.
    """
    if agree and paper is not None:
        text = _("The customer's order belongs to an order. Leave the file out, or accept without an agreement.")
        raise Denied("paper_of_no_order", text, field="paper", status=400)
    Offer.workflow.move(offer, "orders.accept_offer")
    offer.decided_on, offer.accepted_reference = clock.today(), accepted_reference[:60]
    offer.save()
    others = Offer.objects.filter(number=offer.number, status__in=Offer.ALIVE).exclude(pk=offer.pk)
    for other in others.locked():
        if other.status == Offer.Status.DRAFT:
            continue
        other.status = Offer.Status.SUPERSEDED if other.sent_at else Offer.Status.WITHDRAWN
        why = str(_("Another revision was accepted."))
        if not other.sent_at:
            call_off_consent(other, actor=actor, reason=why)
        other.save()
        _call_off(other, actor, why)
    close_work(offer, FOLLOW_UP, actor=actor)
    if agree:
        agree_on(offer, actor=actor, first_day=first_day or clock.today(), last_day=last_day)
    else:
        enter_accepted(offer, actor=actor, customer_date=customer_date, paper=paper)
    if offer.negotiation is not None and offer.negotiation.is_open:
        due = clock.now() + timedelta(days=3)
        assign_work(offer.negotiation, CONCLUDE, to=offer.negotiation.owner, actor=actor, occasion=f"{offer.pk}", due=due)
    return offer


@verb("orders.lose_offer", pgettext_lazy("offer", "Lost"))
def lose_offer(
    offer: Offer,
    *,
    actor: Any,
    reason: str = "",
    lost_reason: str = "",
    lost_note: str = "",
    competitor: str = "",
    competitor_price: Decimal | None = None,
) -> Offer:
    """Note that an offer was lost, with the reason and, as far as they are known, the competitor and its price. Raises Denied."""
    if lost_reason not in Offer.LossReason.values:
        raise Denied("reason_needed", _("Say why it was lost."), field="lost_reason", status=400)
    if competitor_price is not None and competitor_price <= 0:
        raise Denied("above_zero", _("A price lies above zero."), field="competitor_price", status=400)
    Offer.workflow.move(offer, "orders.lose_offer")
    offer.decided_on, offer.lost_reason, offer.lost_note = clock.today(), lost_reason, lost_note[:400]
    offer.competitor, offer.competitor_price = competitor[:120], competitor_price
    offer.save()
    close_work(offer, FOLLOW_UP, actor=actor)
    return offer


@verb("orders.withdraw_offer", _("Withdraw"))
def withdraw_offer(offer: Offer, *, actor: Any, reason: str = "") -> Offer:
    """Withdraw an offer that nobody has accepted, and say why."""
    if not reason.strip():
        raise Denied("reason_needed", _("Say why it is withdrawn."), field="reason", status=400)
    Offer.workflow.move(offer, "orders.withdraw_offer")
    if offer.sent_at:
        offer.decided_on = clock.today()
    call_off_consent(offer, actor=actor, reason=reason)
    offer.save()
    _call_off(offer, actor, reason)
    return offer


def owner_of(offer: Offer) -> User | None:
    """Who leads the account today, else whoever sent or handed it in."""
    return account_manager_of(offer.plant.customer, clock.today()) or offer.sent_by or offer.submitted_by


@verb("orders.expire_offer", pgettext_lazy("offer", "Expired"))
def expire_offer(offer: Offer, *, actor: Any, reason: str = "") -> Offer:
    """Let an offer expire whose last day has passed, and have somebody ask the customer. Raises Denied while it is valid."""
    Offer.workflow.move(offer, "orders.expire_offer")
    offer.save()
    person = owner_of(offer)
    if person is not None:
        due = clock.now() + timedelta(days=7)
        assign_work(offer, FOLLOW_UP, to=person, actor=None, occasion=f"{offer.revision}", due=due, tell=False)
        notify(EXPIRED, offer, to=[person], occasion=f"{offer.valid_until}")
    return offer


def expire_offers() -> int:
    """Let offers expire whose last day has passed, and have somebody ask the customer; answers how many. Twice without harm."""
    over = Offer.objects.filter(status__in=Offer.OUT, valid_until__lt=clock.today())
    expired = 0
    for offer in over.order_by("pk"):
        with suppress(Denied):  # somebody decided on it, or gave it time, meanwhile
            expire_offer(offer, actor=None)
            expired += 1
    return expired
