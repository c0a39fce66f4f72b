"""Writing price campaigns: the set that a filter finds, the percentage or what an index did; handed in, approved by another, withdrawn."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Assignment, Role, User
from accounts.models.assignments import account_manager_of
from catalog.actions.rows import faults, refuse
from catalog.models import ProductFamily
from kam.core import clock
from kam.core.formats import day
from kam.core.notifications import Way, define_notification, notify
from kam.core.numbering import next_number
from kam.core.parameters import define, parameter
from kam.core.verbs import verb
from kam.core.work import assign_work, close_work, define_work, withdraw_work
from kam.core.workflow import Denied
from orders.actions.agreements import refuse_used_up
from orders.actions.deciding import ask_approval, keep_triggers, refuse_unless_decides, void
from orders.actions.opinions import area_managers
from orders.models import AgreementLine, CampaignConsent, CampaignCustomer, CampaignLine, IndexValue, PriceCampaign
from orders.models.campaigns import HIGHEST, LOWEST
from orders.reports.agreement_limits import triggers_of_campaign
from orders.reports.limits import SALES_MANAGER

APPROVE = define_work("approve_campaign", _("Approve %(record)s"), on_record=True, owner=f"role:{Role.SALES_MANAGER}")
CONSENT = define_work("consent_to_campaign", _("Consent to %(record)s at your customers, or object"), on_record=True)
SEND = define_work("send_campaign_letters", _("Send the letters of %(record)s"), on_record=True)
DECIDED = define_notification("campaign_decided", _("A price campaign is decided"), way=Way.MAIL)
DAYS = define(
    "orders.campaign_consent_days",
    default=5,
    unit="wd",
    label=_("Days in which an area manager objects to a price campaign; silence is no objection"),
)
FIELDS = (
    "title", "why", "location", "basis", "percentage", "index", "index_from", "index_to", "share", "effective_on", "notice_days",
    "open_orders", "discounts", "of_group", "of_customer", "of_sector", "of_family", "of_location",
)  # fmt: skip
OF_AN_INDEX = ("index", "index_from", "index_to", "share")
OURS = (
    "number",
    "status",
    "measured_until",
    "value_from",
    "value_to",
    "submitted_by",
    "submitted_at",
    "approved_by",
    "approved_at",
)
#: What the agreements have in common that stand in one row of a campaign.
HOLDER = ("group_id", "customer_id", "plant_id", "location_id")
CENT = Decimal("0.01")
#: How many prices one campaign changes at most; a larger set is narrowed by its filter.
MOST = 20_000


@verb("orders.create_campaign", _("New price campaign"))
def create_campaign(model: type[PriceCampaign], *, actor: Any, reason: str = "", **values: Any) -> PriceCampaign:
    """Draft a campaign for the agreed prices that its filter finds among those that the actor may change; nothing is written to prices.

    The change is `percentage`, or follows from `share` of what `index` did from one day to another. Raises Denied where nothing is found.
    """
    campaign = PriceCampaign()
    _set(campaign, values)
    campaign.save(force_insert=True)
    _fill(campaign, actor, asked_before=None)
    return campaign


@verb("orders.edit_campaign", _("Edit price campaign"))
def edit_campaign(campaign: PriceCampaign, *, actor: Any, reason: str = "", **values: Any) -> PriceCampaign:
    """Change a draft; its prices are found anew, and what single customers are asked otherwise or who was left out stays. Raises Denied."""
    _refuse_unless_draft(campaign)
    was = [getattr(campaign, name) for name in FIELDS]
    asked_before = campaign.percentage
    _set(campaign, values)
    if was == [getattr(campaign, name) for name in FIELDS]:
        return campaign
    campaign.save()
    _fill(campaign, actor, asked_before=asked_before)
    return campaign


@verb("orders.discard_campaign", _("Discard draft"), leaves=True)
def discard_campaign(campaign: PriceCampaign, *, actor: Any, reason: str = "") -> None:
    """Take away a draft that was never handed in."""
    _refuse_unless_draft(campaign)
    if campaign.number:
        raise Denied("campaign_kept", _("This campaign was handed in once and is kept. Withdraw it."))
    campaign.delete()


def _refuse_unless_draft(campaign: PriceCampaign) -> None:
    if campaign.status != PriceCampaign.Status.DRAFT:
        raise Denied("campaign_kept", _("This campaign was handed in and stays as it is. Have it sent back, or withdraw it."))


def _set(campaign: PriceCampaign, values: dict[str, Any]) -> None:
    """Take in what was told and find the percentage. Raises Denied."""
    for name, value in values.items():
        if name not in FIELDS:
            raise Denied("not_editable", _("This cannot be changed here."), field=name, status=400)
        setattr(campaign, name, value)
    campaign.measured_until = clock.today().replace(day=1)
    if campaign.basis == PriceCampaign.Basis.INDEX:
        _follow_index(campaign)
    else:
        for name in (*OF_AN_INDEX, "value_from", "value_to"):
            setattr(campaign, name, None)
    wrong = faults(campaign, exclude=OURS)
    if campaign.percentage == 0:
        wrong.append(Denied("no_change", _("A change of zero per cent changes nothing."), field="percentage", status=400))
    if campaign.effective_on is not None and campaign.effective_on <= clock.today():
        text = _("The prices have to change on a day to come.")
        wrong.append(Denied("day_is_over", text, field="effective_on", status=400))
    refuse(wrong)


def _follow_index(campaign: PriceCampaign) -> None:
    """The percentage from what the index did: share · (I1 / I0 − 1), to two decimals. Raises Denied without a value."""
    missing = [name for name in OF_AN_INDEX if getattr(campaign, name) is None]
    if missing:
        text = _("Name the index, its two days and the share of the price that follows it.")
        refuse([Denied("index_needed", text, field=name, status=400) for name in missing])
    for source, target in (("index_from", "value_from"), ("index_to", "value_to")):
        when = getattr(campaign, source)
        known = IndexValue.objects.filter(index=campaign.index, day__lte=when, day__gt=when - timedelta(days=366))
        value = known.order_by("-day").values_list("value", flat=True).first()
        if value is None:
            text = _("The index has no value for %(day)s. Record it first.")
            raise Denied("no_index_value", text % {"day": day(when)}, field=source, status=400)
        setattr(campaign, target, value)
    assert campaign.value_from is not None
    assert campaign.value_to is not None
    assert campaign.share is not None
    change = campaign.share * (campaign.value_to / campaign.value_from - 1)
    campaign.percentage = max(LOWEST, min(HIGHEST, change.quantize(CENT, ROUND_HALF_UP)))
    if campaign.percentage == 0:
        raise Denied("no_change", _("The index did not move between these days."), field="index_to", status=400)


def found_lines(campaign: PriceCampaign, actor: Any) -> Any:
    """The agreed prices that a campaign's filter finds among those that a person may change.

    They hold on its first day and have begun before it. Discounts on the list follow the list, and are found only where it asks for them.
    """
    lines = AgreementLine.objects.permitted(actor, "orders.create_campaign") if actor else AgreementLine.objects.all()
    first = campaign.effective_on
    lines = lines.filter(agreed=True, period__contains=first, period__startswith__lt=first)
    if not campaign.discounts:
        lines = lines.filter(discount__isnull=True)
    group, customer, sector = campaign.of_group, campaign.of_customer, campaign.of_sector
    if group is not None:
        lines = lines.filter(Q(group=group) | Q(customer__group=group) | Q(plant__customer__group=group))
    if customer is not None:
        lines = lines.filter(Q(customer=customer) | Q(plant__customer=customer))
    if sector is not None:
        lines = lines.filter(Q(group__sector=sector) | Q(customer__sector=sector) | Q(plant__customer__sector=sector))
    if campaign.of_family is not None:
        below = ProductFamily.objects.with_descendants([campaign.of_family.pk])
        lines = lines.filter(Q(family__in=below) | Q(product__family__in=below))
    if campaign.of_location is not None:
        lines = lines.filter(location=campaign.of_location)
    return lines


def _fill(campaign: PriceCampaign, actor: Any, *, asked_before: Decimal | None) -> None:
    """Make the customers of a campaign what its filter finds. Raises Denied where that is nothing, or too much."""
    lines = list(found_lines(campaign, actor).for_list().order_by("pk")[: MOST + 1])
    if not lines:
        text = _("No agreed price that you may change holds on that day and fits. Widen the filter.")
        raise Denied("nothing_found", text, field="effective_on")
    if len(lines) > MOST:
        text = _("More than %(most)s prices fit. Narrow the filter.")
        raise Denied("too_many", text % {"most": MOST}, field="of_family")
    wanted: dict[tuple[int | None, ...], list[AgreementLine]] = defaultdict(list)
    for line in lines:
        wanted[tuple(getattr(line, name) for name in HOLDER)].append(line)
    known = {tuple(getattr(row, name) for name in HOLDER): row for row in campaign.customers.all()}
    campaign.customers.filter(pk__in=[row.pk for key, row in known.items() if key not in wanted]).delete()
    CampaignLine.objects.filter(row__campaign=campaign).delete()
    made = []
    for key, priced in wanted.items():
        row = known.get(key) or CampaignCustomer(
            campaign=campaign, asked=campaign.percentage, **dict(zip(HOLDER, key, strict=True))
        )
        if row.asked == asked_before:
            row.asked = campaign.percentage
        row.effective_on = campaign.effective_on
        row.notice_days = max([campaign.notice_days, *(line.agreement.notice_days or 0 for line in priced)])
        refuse_discounts_used_up(priced, row.asked, "percentage")
        row.save()
        made += [CampaignLine(row=row, line=line) for line in priced]
    CampaignLine.objects.bulk_create(made, batch_size=1000)


def refuse_discounts_used_up(lines: Iterable[AgreementLine], rate: Decimal, field: str) -> None:
    """Raises Denied where a change of so many per cent leaves nothing of a discount on the list."""
    for line in lines:
        discount = line.discounted(rate)
        if discount is not None:
            refuse_used_up(line, discount, field)


@verb("orders.submit_campaign", _("Hand in"))
def submit_campaign(campaign: PriceCampaign, *, actor: Any, reason: str = "") -> PriceCampaign:
    """Hand a campaign in: the area managers concerned are asked, and another person approves it, at the highest level that its prices trigger.

    Judged are the agreements that it would make at what it asks. Raises Denied.
    """
    PriceCampaign.workflow.move(campaign, "orders.submit_campaign")
    keep_triggers(campaign, triggers_of_campaign(campaign), least=SALES_MANAGER)
    campaign.submitted_by, campaign.submitted_at = actor, clock.now()
    campaign.measured_until = clock.today().replace(day=1)
    if not campaign.number:
        campaign.number = next_number("PC", location=campaign.location.code, year=clock.today().year)
    campaign.save()
    _ask_area_managers(campaign, actor)
    ask_approval(campaign, APPROVE, actor=actor, days=7)
    return campaign


def _ask_area_managers(campaign: PriceCampaign, actor: Any) -> None:
    """Ask who serves a plant at which one of the prices holds, each of them once for all of their customers (domain 10.5)."""
    days = parameter(DAYS.key)
    asked: dict[User, datetime] = {}
    for row in campaign.customers.filter(status=CampaignCustomer.Status.PLANNED).order_by("pk"):
        for one in area_managers(row):
            if actor is not None and one.user_id == actor.pk:
                continue
            assert one.location is not None
            due = clock.due(clock.now(), days, clock.Unit.WORKING_DAYS, one.location.calendar).at
            CampaignConsent.objects.create(row=row, location=one.location, person=one.user, due_at=due)
            asked[one.user] = min(due, asked.get(one.user, due))
    for person, due in asked.items():
        assign_work(campaign, CONSENT, to=person, actor=actor, occasion=occasion_of(campaign, person.pk), due=due)


def occasion_of(campaign: PriceCampaign, person: int | None) -> str:
    """What keeps the work of one person on a campaign apart from that of others, and from an earlier handing in."""
    return f"{campaign.submitted_at:%Y-%m-%d %H:%M:%S} {person}"


def close_consent(campaign: PriceCampaign, people: Iterable[int], actor: Any) -> None:
    """Close the work of those who have answered for all of their customers."""
    open_ones = CampaignConsent.objects.filter(
        row__campaign=campaign, row__status=CampaignCustomer.Status.PLANNED, verdict=CampaignConsent.Verdict.ASKED
    )
    for person in people:
        if not open_ones.filter(person=person).exists():
            close_work(campaign, CONSENT, actor=actor, occasion=occasion_of(campaign, person))


def close_sending(campaign: PriceCampaign, person: int | None, actor: Any) -> None:
    """Close the work of who has sent the last of their letters."""
    if not campaign.customers.filter(status=CampaignCustomer.Status.PLANNED, responsible=person).exists():
        close_work(campaign, SEND, actor=actor, occasion=occasion_of(campaign, person))


@verb("orders.approve_campaign", _("Approve"))
def approve_campaign(campaign: PriceCampaign, *, actor: Any, reason: str = "") -> PriceCampaign:
    """Let the letters go out. Nobody approves their own; an area manager's objection is overruled only with a reason.

    Raises Denied while an area manager still has time to object, and for who decides at a lower level than was triggered.
    """
    PriceCampaign.workflow.move(campaign, "orders.approve_campaign")
    refuse_unless_decides(campaign, actor, own="own_campaign")
    asked = CampaignConsent.objects.filter(row__campaign=campaign, row__status=CampaignCustomer.Status.PLANNED)
    waiting = asked.filter(verdict=CampaignConsent.Verdict.ASKED)
    open_one = waiting.filter(due_at__gt=clock.now()).select_related("location", "person").order_by("due_at").first()
    if open_one is not None:
        text = _("%(person)s of %(location)s has until %(day)s to object.")
        names = {"person": open_one.person, "location": open_one.location, "day": day(open_one.due_at)}
        raise Denied("consent_pending", text % names)
    if asked.filter(verdict=CampaignConsent.Verdict.OBJECTED).exists() and not reason.strip():
        text = _("An area manager objects. Leave that customer out, or say why it is done all the same.")
        raise Denied("reason_needed", text, field="reason", status=400)
    waiting.update(verdict=CampaignConsent.Verdict.SILENT)
    campaign.approved_by, campaign.approved_at = actor, clock.now()
    campaign.save()
    close_work(campaign, APPROVE, actor=actor)
    people = _assign_letters(campaign, actor)
    notify(DECIDED, campaign, to=people, occasion=f"approved {campaign.version}", actor=actor)
    return campaign


def _assign_letters(campaign: PriceCampaign, actor: Any) -> list[User]:
    """Have the letters sent by who leads each account, until the first of their last days; answers who hears of it."""
    people = {campaign.submitted_by} if campaign.submitted_by else set()
    last_days: dict[User, date] = {}
    withdraw_work(campaign, actor=actor, kind=CONSENT, reason=str(_("The time to object is over.")))
    for row in campaign.customers.filter(status=CampaignCustomer.Status.PLANNED).order_by("pk"):
        row.responsible = leader_of(row) or campaign.submitted_by
        row.save()
        if row.responsible is not None:
            last = last_days.get(row.responsible, row.last_day_to_send)
            last_days[row.responsible] = min(last, row.last_day_to_send)
    for person, last in last_days.items():
        left = max((last - clock.today()).days, 1)
        due = clock.due(clock.now(), left, clock.Unit.CALENDAR_DAYS, campaign.location.calendar).at
        assign_work(campaign, SEND, to=person, actor=actor, occasion=occasion_of(campaign, person.pk), due=due, tell=False)
    return list(people | set(last_days))


def leader_of(row: CampaignCustomer) -> User | None:
    """Who leads the account of a campaign's customer today."""
    company = row.plant.customer if row.plant else row.customer
    if company is not None:
        return account_manager_of(company, clock.today())
    led = Assignment.objects.on(clock.today()).filter(kind=Assignment.Kind.ACCOUNT_MANAGER, group=row.group_id)
    found = led.select_related("user").first()
    return found.user if found else None


@verb("orders.return_campaign", _("Send back"))
def return_campaign(campaign: PriceCampaign, *, actor: Any, reason: str = "") -> PriceCampaign:
    """Send a campaign back to be reworked, and say why; area managers are asked anew when it is handed in again."""
    if not reason.strip():
        raise Denied("reason_needed", _("Say what has to be different."), field="reason", status=400)
    PriceCampaign.workflow.move(campaign, "orders.return_campaign")
    author = campaign.submitted_by
    void(campaign)
    campaign.save()
    withdraw_work(campaign, actor=actor, reason=reason)
    CampaignConsent.objects.filter(row__campaign=campaign).delete()
    notify(DECIDED, campaign, to=[author] if author else [], occasion=f"returned {campaign.version}", actor=actor)
    return campaign


@verb("orders.withdraw_campaign", _("Withdraw"))
def withdraw_campaign(campaign: PriceCampaign, *, actor: Any, reason: str = "") -> PriceCampaign:
    """End a campaign, and say why: nobody is asked any more, nothing more is agreed. What was agreed holds."""
    if not reason.strip():
        raise Denied("reason_needed", _("Say why it is withdrawn."), field="reason", status=400)
    PriceCampaign.workflow.move(campaign, "orders.withdraw_campaign")
    campaign.save()
    withdraw_work(campaign, actor=actor, reason=reason)
    return campaign
