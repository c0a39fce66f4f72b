"""The life of a price agreement after its draft: handed in, approved by somebody else, sent back, ended; and who is warned of its end."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils.translation import gettext_lazy as _
from psycopg.errors import ExclusionViolation

from accounts.models import Role, User
from accounts.models.assignments import Assignment, account_manager_of
from kam.core import clock
from kam.core.formats import day
from kam.core.notifications import Way, define_notification, notify
from kam.core.numbering import next_number
from kam.core.parameters import parameter
from kam.core.verbs import verb
from kam.core.work import close_work, define_work, withdraw_work
from kam.core.workflow import Denied
from orders.actions.consenting import ask_consent, call_off_consent
from orders.actions.deciding import ask_approval, keep_triggers, refuse_unless_decides, void
from orders.actions.opinions import ask_opinions, forget_opinions, settle_opinions
from orders.actions.terms import AGREE, note_agreement
from orders.actions.wrong_prices import check_agreement
from orders.models import AgreementLine, PriceAgreement
from orders.models.agreements import WARN
from orders.reports.agreement_limits import triggers_of_agreement
from orders.reports.limits import SALES_MANAGER

APPROVE = define_work("approve_agreement", _("Approve %(record)s"), on_record=True, owner=f"role:{Role.SALES_MANAGER}")
DECIDED = define_notification("agreement_decided", _("Your price agreement is decided"))
EXPIRES = define_notification("agreement_expires", _("A price agreement is about to end"), way=Way.MAIL)
#: The number of an agreement that holds at all of our locations.
EVERYWHERE = "ALL"


@verb("orders.submit_agreement", _("Hand in"))
def submit_agreement(agreement: PriceAgreement, *, actor: Any, reason: str = "") -> PriceAgreement:
    """Hand a draft in; from now on nobody changes it. Another person approves it (W3), at the highest level that its prices or terms trigger.

    Raises Denied where another one holds.
    """
    PriceAgreement.workflow.move(agreement, "orders.submit_agreement")
    refuse_overlap(agreement, actor, apart_from=[agreement.replaces_id])
    keep_triggers(agreement, triggers_of_agreement(agreement), least=SALES_MANAGER)
    agreement.submitted_by, agreement.submitted_at = actor, clock.now()
    if not agreement.number:
        where = agreement.location.code if agreement.location else EVERYWHERE
        agreement.number = next_number("PA", location=where, year=clock.today().year)
    if not ask_consent(agreement, actor=actor, why=reason):
        have_approved(agreement, actor)
    agreement.save()
    ask_opinions(agreement, actor)
    return agreement


def have_approved(agreement: PriceAgreement, actor: Any) -> None:
    """Have an agreement approved by whoever decides at its level, after finance: nobody's consent to its prices is missing."""
    ask_approval(agreement, APPROVE, actor=actor, days=7)


def reopened_agreement(agreement: PriceAgreement) -> None:
    """Make a draft again of an agreement whose local prices were not allowed, or taken back."""
    agreement.status = PriceAgreement.Status.DRAFT
    void(agreement)
    agreement.save()


@verb("orders.approve_agreement", _("Approve"))
def approve_agreement(agreement: PriceAgreement, *, actor: Any, reason: str = "") -> PriceAgreement:
    """Let the prices hold from their first day on; what they replace ends the day before. Nobody approves their own.

    Raises Denied for who decides at a lower level than the one that was triggered.
    """
    PriceAgreement.workflow.move(agreement, "orders.approve_agreement")
    refuse_unless_decides(agreement, actor, own="own_agreement")
    settle_opinions(agreement, actor=actor, reason=reason)
    if agreement.replaces_id:
        _end_replaced(agreement)
    refuse_overlap(agreement, actor)
    agreement.approved_by, agreement.approved_at = actor, clock.now()
    agreement.save()
    try:
        with transaction.atomic():
            agreement.lines.update(agreed=True)
    except IntegrityError as error:
        if isinstance(error.__cause__, ExclusionViolation):
            refuse_overlap(agreement, actor)
            raise unnamed_overlap() from None
        raise
    close_work(agreement, APPROVE, actor=actor)
    notify(DECIDED, agreement, to=[agreement.submitted_by], occasion=f"approved {agreement.version}", actor=actor)
    check_agreement(agreement)
    return agreement


@verb("orders.agree_agreement_terms", _("Agree to the terms"))
def agree_agreement_terms(agreement: PriceAgreement, *, actor: Any, reason: str = "") -> PriceAgreement:
    """Agree, for finance, to the payment terms of an agreement; then its approval goes on. Raises Denied for whoever handed it in."""
    note_agreement(agreement, "orders.agree_agreement_terms", actor=actor, own="own_agreement")
    have_approved(agreement, actor)
    return agreement


@verb("orders.refuse_agreement_terms", _("Refuse the terms"))
def refuse_agreement_terms(agreement: PriceAgreement, *, actor: Any, reason: str = "") -> PriceAgreement:
    """Send an agreement back whose terms finance does not agree to, and say why."""
    return _sent_back(agreement, "orders.refuse_agreement_terms", actor, reason)


@verb("orders.return_agreement", _("Send back"))
def return_agreement(agreement: PriceAgreement, *, actor: Any, reason: str = "") -> PriceAgreement:
    """Send an agreement back to be reworked, and say why."""
    return _sent_back(agreement, "orders.return_agreement", actor, reason)


def _sent_back(agreement: PriceAgreement, by: str, actor: Any, reason: str) -> PriceAgreement:
    if not reason.strip():
        raise Denied("reason_needed", _("Say what has to be different."), field="reason", status=400)
    PriceAgreement.workflow.move(agreement, by)
    author = agreement.submitted_by
    void(agreement)
    call_off_consent(agreement, actor=actor, reason=reason)
    forget_opinions(agreement, actor=actor, reason=reason)
    agreement.save()
    for kind in (AGREE, APPROVE):
        withdraw_work(agreement, actor=actor, kind=kind, reason=reason)
    notify(DECIDED, agreement, to=[author], occasion=f"returned {agreement.version}", actor=actor)
    return agreement


@verb("orders.terminate_agreement", _("Terminate"))
def terminate_agreement(
    agreement: PriceAgreement, *, actor: Any, reason: str = "", last_day: date | None = None
) -> PriceAgreement:
    """End an agreement early, on a day that is not over; one that has not begun is called off. Raises Denied."""
    if not reason.strip():
        raise Denied("reason_needed", _("Say why it ends."), field="reason", status=400)
    PriceAgreement.workflow.move(agreement, "orders.terminate_agreement")
    today = clock.today()
    if agreement.first_day is not None and agreement.first_day > today:
        agreement.called_off, agreement.ending = True, PriceAgreement.Ending.TERMINATED
        agreement.save()
        agreement.lines.update(agreed=False)
        return agreement
    last_day = last_day or today
    if last_day < today or (agreement.last_day is not None and last_day >= agreement.last_day):
        text = _("Choose a day from today on that lies before the agreed end.")
        raise Denied("last_day", text, field="last_day", status=400)
    agreement.ending = PriceAgreement.Ending.TERMINATED
    _end(agreement, agreement.lines.filter(agreed=True), last_day + timedelta(days=1))
    return agreement


def _end(agreement: PriceAgreement, lines: Any, until: date) -> None:
    """Let an agreement and these of its lines hold until a day, that one not included."""
    for line in lines.locked():
        if line.period.upper is None or line.period.upper > until:
            line.period = DateRange(line.period.lower, until, "[)")
            line.save(update_fields=["period"])
    agreement.period = DateRange(agreement.period.lower, until, "[)")
    agreement.save()


def end_elsewhere(agreement: PriceAgreement, until: date) -> None:
    """End an agreement the day before one at another of our locations takes its place; one that has not begun is called off."""
    held = PriceAgreement.objects.locked().get(pk=agreement.pk)
    if held.period.lower >= until:
        held.called_off, held.ending = True, PriceAgreement.Ending.TERMINATED
        held.save()
        held.lines.update(agreed=False)
        return
    held.ending = PriceAgreement.Ending.REPLACED
    _end(held, held.lines.filter(agreed=True), until)


def _end_replaced(agreement: PriceAgreement) -> None:
    """End those lines of the agreement before that are priced anew; it is replaced as a whole where none goes on."""
    assert agreement.replaces is not None
    before = PriceAgreement.objects.filter(pk=agreement.replaces.pk).locked().get()
    begins = agreement.period.lower
    keys = agreement.lines.values_list("key", flat=True)
    holding = before.lines.filter(agreed=True, key__in=list(keys), period__overlap=agreement.period)
    if begins <= before.period.lower:
        raise Denied(
            "before_its_beginning",
            _("This agreement begins on %(day)s. The new one must begin later.") % {"day": day(before.first_day)},
        )
    for line in holding.locked():
        line.period = DateRange(line.period.lower, begins, "[)")
        line.save(update_fields=["period"])
    if not before.lines.filter(agreed=True, period__contains=begins).exists() and before.holds_on(begins):
        before.period = DateRange(before.period.lower, begins, "[)")
        before.ending = PriceAgreement.Ending.REPLACED
        before.save()


def refuse_overlap(agreement: PriceAgreement, actor: Any, *, apart_from: Iterable[int | None] = ()) -> None:
    """Refuse prices for which another agreement of the same key holds on one of their days (AT-88)."""
    keys = list(agreement.lines.values_list("key", flat=True))
    others = AgreementLine.objects.filter(agreed=True, key__in=keys, period__overlap=agreement.period)
    others = others.exclude(agreement__in=[key for key in (agreement.pk, *apart_from) if key])
    other = others.for_list().order_by("period", "pk").first()
    if other is not None:
        raise overlap(other, actor)


def overlap(other: AgreementLine, actor: Any) -> Denied:
    """The refusal of a second price for the same days; it names the other one only to who may see it."""
    if actor is not None and not AgreementLine.objects.visible_to(actor).filter(pk=other.pk).exists():
        return unnamed_overlap()
    text = _("%(agreement)s holds for %(subject)s from %(first)s to %(last)s. Change that one, or choose other days.")
    names = {
        "agreement": other.agreement.number,
        "subject": other.subject,
        "first": day(other.first_day),
        "last": day(other.last_day) if other.last_day else "…",
    }
    return Denied("agreement_overlaps", text % names, field="first_day")


def unnamed_overlap() -> Denied:
    """The refusal of a second price where the first is not the reader's to see."""
    text = _("For these days a price is agreed already, outside your area. Ask who leads the account.")
    return Denied("agreement_overlaps", text, field="first_day")


def people_to_warn(agreement: PriceAgreement) -> list[User]:
    """Who leads the account of an agreement today, else whoever handed it in."""
    today = clock.today()
    company = agreement.customer or (agreement.plant.customer if agreement.plant else None)
    leader = account_manager_of(company, today) if company else None
    if agreement.group_id:
        led = Assignment.objects.on(today).filter(kind=Assignment.Kind.ACCOUNT_MANAGER, group=agreement.group_id)
        assignment = led.select_related("user").first()
        leader = assignment.user if assignment else None
    return [person for person in [leader or agreement.submitted_by] if person is not None]


def warn() -> int:
    """Warn of each agreement that ends within one of the numbers of days of its parameter, once each; answers how many were told.

    The smallest number that was reached is told, so that a night without a sweep loses no warning.
    """
    today = clock.today()
    steps = sorted(int(days) for days in parameter(WARN.key))
    if not steps:
        return 0
    ending = PriceAgreement.objects.filter(
        status=PriceAgreement.Status.ACTIVE,
        ending="",
        period__endswith__gt=today,
        period__endswith__lte=today + timedelta(days=steps[-1] + 1),
    )
    told = 0
    for agreement in ending.for_list().order_by("pk"):
        left = (agreement.last_day - today).days  # type: ignore[operator]
        reached = next(days for days in steps if left <= days)
        occasion = f"{agreement.last_day} {reached}"
        told += len(notify(EXPIRES, agreement, to=people_to_warn(agreement), occasion=occasion))
    return told
