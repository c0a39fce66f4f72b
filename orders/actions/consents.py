"""What becomes of a request for consent to local prices: given, refused, escalated, decided by the sales manager, taken back (AT-86)."""

from contextlib import suppress
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import Role
from accounts.models.assignments import account_manager_of
from kam.core import clock
from kam.core.notifications import Way, define_notification, notify
from kam.core.parameters import define, parameter
from kam.core.verbs import verb
from kam.core.work import assign_work, close_work, hands_of, withdraw_work
from kam.core.workflow import Denied
from orders.actions.agreed import have_approved, reopened_agreement
from orders.actions.consenting import ANSWER, DECIDE, REWORK
from orders.actions.offered import consented_offer, reopened_offer
from orders.models import Offer, PriceConsent
from orders.models.consent_status import ConsentStatus

ANSWERED = define_notification("consent_answered", _("Consent to a local price is answered or decided"), way=Way.MAIL)
ARBITRATION = define(
    "orders.arbitration_days",
    default=2,
    unit="wd",
    label=_("Working days that the sales manager has to decide on a local price that was escalated"),
)


@verb("orders.give_consent", _("Consent"))
def give_consent(consent: PriceConsent, *, actor: Any, reason: str = "") -> PriceConsent:
    """Consent to local prices as they were asked about; what they stand in goes on to its approval. Raises Denied for one's own."""
    _not_own(actor, consent.asked_by_id)
    PriceConsent.workflow.move(consent, "orders.give_consent")
    consent.answered_by, consent.answered_at, consent.answer = actor, clock.now(), reason.strip()[:2000]
    _hold(consent, actor)
    return consent


@verb("orders.refuse_consent", _("Refuse"))
def refuse_consent(consent: PriceConsent, *, actor: Any, reason: str = "") -> PriceConsent:
    """Refuse consent and say why; whoever asked escalates or takes it back. Raises Denied without a reason."""
    said = _why(reason)
    _not_own(actor, consent.asked_by_id)
    PriceConsent.workflow.move(consent, "orders.refuse_consent")
    consent.answered_by, consent.answered_at, consent.answer = actor, clock.now(), said
    consent.save()
    _mark(consent)
    close_work(consent, ANSWER, actor=actor)
    assign_work(consent, REWORK, to=consent.asked_by, actor=actor, occasion=f"{consent.version}", due=_until(consent))
    _tell(consent, actor)
    return consent


@verb("orders.escalate_consent", _("Escalate"))
def escalate_consent(consent: PriceConsent, *, actor: Any, reason: str = "") -> PriceConsent:
    """Have the sales manager decide: on a refusal, or where the account manager let the deadline pass. Raises Denied before that."""
    said = _why(reason)
    PriceConsent.workflow.move(consent, "orders.escalate_consent")
    consent.escalated_at, consent.escalation = clock.now(), said
    consent.save()
    _mark(consent)
    withdraw_work(consent, actor=actor, kind=ANSWER, reason=said)
    close_work(consent, REWORK, actor=actor)
    to = f"role:{Role.SALES_MANAGER}"
    assign_work(
        consent, DECIDE, to=to, actor=actor, occasion=f"{consent.version}", due=_until(consent), excluded=[consent.asked_by]
    )
    _tell(consent, actor)
    return consent


@verb("orders.decide_consent", _("Decide"))
def decide_consent(consent: PriceConsent, *, actor: Any, reason: str = "", allow: bool) -> PriceConsent:
    """Decide between area and account manager, and say why; prices that are not allowed go back to who set them. Raises Denied."""
    said = _why(reason)
    _not_own(actor, consent.asked_by_id, consent.answered_by_id)
    PriceConsent.workflow.move(consent, "orders.decide_consent")
    consent.decided_by, consent.decided_at, consent.decision = actor, clock.now(), said
    if allow:
        _hold(consent, actor)
        return consent
    consent.status = ConsentStatus.DISALLOWED
    consent.save()
    close_work(consent, DECIDE, actor=actor)
    _reopened(consent)
    _tell(consent, actor)
    return consent


@verb("orders.take_back_consent", _("Take back"))
def take_back_consent(consent: PriceConsent, *, actor: Any, reason: str = "") -> PriceConsent:
    """Ask no longer: the agreement or offer is a draft again and can be changed."""
    PriceConsent.workflow.move(consent, "orders.take_back_consent")
    consent.save()
    withdraw_work(consent, actor=actor, reason=reason)
    _reopened(consent)
    return consent


def escalate_late() -> int:
    """Escalate what no account manager answered in time; answers how many. Twice without harm."""
    late = PriceConsent.objects.filter(status=ConsentStatus.WAITING, due_at__lte=clock.now())
    escalated = 0
    for consent in late.order_by("pk"):
        with suppress(Denied):  # answered at this moment
            escalate_consent(consent, actor=None, reason=str(_("No answer within the deadline.")))
            escalated += 1
    return escalated


def _why(reason: str) -> str:
    if not reason.strip():
        raise Denied("reason_needed", _("Say why."), field="reason", status=400)
    return reason.strip()[:2000]


def _not_own(actor: Any, *people: int | None) -> None:
    """Whoever set the prices, or refused them, does not decide on them as well."""
    if actor is not None and set(people) & set(hands_of(actor).people):
        raise Denied("own_work", _("You set or answered this yourself. Another person decides."), status=403)


def _until(consent: PriceConsent) -> Any:
    """By when what follows has to be done."""
    days = parameter(ARBITRATION.key, [f"location:{consent.selling_location_id}"])
    return clock.due(clock.now(), days, clock.Unit.WORKING_DAYS, consent.selling_location.calendar).at


def _subject(consent: PriceConsent) -> Any:
    """What it is about, locked."""
    subject = consent.subject
    return type(subject).objects.filter(pk=subject.pk).locked().get()


def _mark(consent: PriceConsent) -> Any:
    """How it stands is seen, and remembered, beside what it is about."""
    subject = _subject(consent)
    subject.consent = consent.status
    subject.save()
    return subject


def _hold(consent: PriceConsent, actor: Any) -> None:
    """The prices may hold; what they stand in goes on to its approval."""
    consent.save()
    subject = _mark(consent)
    for kind in (ANSWER, DECIDE):
        close_work(consent, kind, actor=actor)
    withdraw_work(consent, actor=actor, kind=REWORK)
    go_on = consented_offer if isinstance(subject, Offer) else have_approved
    go_on(subject, actor)
    _tell(consent, actor)


def _reopened(consent: PriceConsent) -> None:
    """What was asked about is a draft again."""
    subject = _mark(consent)
    reopen = reopened_offer if isinstance(subject, Offer) else reopened_agreement
    reopen(subject)


def _tell(consent: PriceConsent, actor: Any) -> None:
    """Both sides hear how it stands."""
    leader = account_manager_of(consent.plant.customer, clock.today())
    people = {one.pk: one for one in (consent.asked_by, consent.answered_by, leader) if one is not None}
    notify(ANSWERED, consent, to=people.values(), occasion=f"{consent.status} {consent.version}", actor=actor)
