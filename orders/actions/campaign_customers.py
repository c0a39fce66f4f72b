"""What happens with each customer of a price campaign: consent of the area manager, letter, answer, agreement or refusal."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from catalog.actions.rows import faults, refuse
from kam.core import clock
from kam.core.formats import day, percent
from kam.core.notifications import define_notification, notify
from kam.core.verbs import verb
from kam.core.work import hands_of
from kam.core.workflow import Denied
from orders.actions.agreed import submit_agreement
from orders.actions.agreements import edit_agreement, revise_agreement
from orders.actions.campaign_letters import start_keeping
from orders.actions.campaigns import close_consent, close_sending, refuse_discounts_used_up
from orders.models import CampaignConsent, CampaignCustomer, PriceAgreement, PriceCampaign

OBJECTED = define_notification("campaign_objected", _("An area manager objects to a price campaign"))


@verb("orders.edit_campaign_customer", _("Edit customer of the campaign"))
def edit_campaign_customer(row: CampaignCustomer, *, actor: Any, reason: str = "", **values: Any) -> CampaignCustomer:
    """Ask this customer for another percentage than the others while the campaign is a draft. Raises Denied."""
    before = row.asked
    for name, value in values.items():
        if name != "asked":
            raise Denied("not_editable", _("This cannot be changed here."), field=name, status=400)
        setattr(row, name, value)
    if row.asked != before and row.campaign.status != PriceCampaign.Status.DRAFT:
        text = _("What was handed in is asked as it stands. Have the campaign sent back to change it.")
        raise Denied("campaign_kept", text, field="asked")
    wrong = faults(row, exclude=("campaign", "status", "answered", "agreed"))
    if row.asked == 0:
        wrong.append(Denied("no_change", _("A change of zero per cent changes nothing."), field="asked", status=400))
    refuse(wrong)
    refuse_discounts_used_up([one.line for one in row.lines.for_list()], row.asked, "asked")
    row.save()
    return row


@verb("orders.consent_to_campaign", _("Consent or object"))
def consent_to_campaign(
    row: CampaignCustomer, *, actor: Any, reason: str = "", consents: bool = True, note: str = ""
) -> CampaignCustomer:
    """Say, as area manager of a plant of this customer, that its prices may change, or object and say why (domain 10.5, 11.1)."""
    mine = row.consents.filter(verdict=CampaignConsent.Verdict.ASKED)
    if actor is not None:
        mine = mine.filter(person__in=hands_of(actor).people)
    asked = list(mine.locked())
    if not asked:
        raise Denied("not_asked", _("Nobody waits for your consent here."))
    if not consents and not note.strip():
        raise Denied("reason_needed", _("Say why you object."), field="note", status=400)
    for one in asked:
        one.verdict = CampaignConsent.Verdict.AGREED if consents else CampaignConsent.Verdict.OBJECTED
        one.note, one.given_by, one.given_at = note.strip()[:1000], actor or one.person, clock.now()
        one.save()
    close_consent(row.campaign, {one.person_id for one in asked}, actor)
    author = row.campaign.submitted_by
    if not consents and author is not None:
        notify(OBJECTED, row, to=[author], occasion=f"{asked[0].pk}", actor=actor)
    return row


@verb("orders.consent_to_whole_campaign", _("Consent for all of my customers"))
def consent_to_whole_campaign(
    campaign: PriceCampaign, *, actor: Any, reason: str = "", consents: bool = True, note: str = ""
) -> PriceCampaign:
    """Say the same, as area manager, at every customer of the campaign where one has not answered yet. Raises Denied."""
    asked = CampaignConsent.objects.filter(row__campaign=campaign, verdict=CampaignConsent.Verdict.ASKED)
    if actor is not None:
        asked = asked.filter(person__in=hands_of(actor).people)
    rows = campaign.customers.filter(pk__in=asked.values("row")).order_by("pk")
    if not rows.exists():
        raise Denied("not_asked", _("Nobody waits for your consent here."))
    for row in rows:
        consent_to_campaign(row, actor=actor, consents=consents, note=note)
    return campaign


@verb("orders.ask_campaign_customer", _("Send the letter"))
def ask_campaign_customer(
    row: CampaignCustomer, *, actor: Any, reason: str = "", sent_to: str = "", effective_on: date | None = None
) -> CampaignCustomer:
    """Note that the letter goes to the customer; it is kept as it was sent. Raises Denied where the notice period would be broken.

    A letter that is late names a later day (`effective_on`).
    """
    CampaignCustomer.workflow.move(row, "orders.ask_campaign_customer")
    row.effective_on = effective_on or row.effective_on
    if row.effective_on < row.campaign.effective_on:
        text = _("The campaign begins on %(day)s, not before.")
        raise Denied("before_campaign", text % {"day": day(row.campaign.effective_on)}, field="effective_on", status=400)
    if row.last_day_to_send < clock.today():
        text = _("With a notice period of %(days)s days this had to go out by %(day)s. Choose a later day for the new prices.")
        names = {"days": row.notice_days, "day": day(row.last_day_to_send)}
        raise Denied("notice_over", text % names, field="effective_on")
    if not sent_to.strip():
        raise Denied("no_recipient", _("Say to whom it goes."), field="sent_to", status=400)
    row.sent_to, row.sent_by, row.sent_at = sent_to.strip()[:254], actor, clock.now()
    row.save()
    close_sending(row.campaign, row.responsible_id, actor)
    start_keeping(row)
    return row


@verb("orders.note_campaign_answer", _("Note the answer"))
def note_campaign_answer(
    row: CampaignCustomer,
    *,
    actor: Any,
    reason: str = "",
    answered: Decimal | None = None,
    answer: str = "",
    answered_on: date | None = None,
) -> CampaignCustomer:
    """Note what the customer answered: a percentage, words, or both. Raises Denied without either."""
    if answered is None and not answer.strip():
        raise Denied("answer_needed", _("Say what the customer answered."), field="answer", status=400)
    CampaignCustomer.workflow.move(row, "orders.note_campaign_answer")
    row.answered, row.answer, row.answered_on = answered, answer.strip(), _past(answered_on, "answered_on")
    refuse(faults(row, exclude=("campaign", "status", "asked")))
    row.save()
    return row


@verb("orders.agree_campaign_customer", _("Agreed"))
def agree_campaign_customer(
    row: CampaignCustomer,
    *,
    actor: Any,
    reason: str = "",
    agreed: Decimal | None = None,
    effective_on: date | None = None,
    decided_on: date | None = None,
    reference: str = "",
) -> CampaignCustomer:
    """Note what the customer agreed to, as asked unless told otherwise, and hand in a new price agreement for each that changes.

    They wait for their approval as every price agreement does; what they replace then ends the day before. Raises Denied.
    """
    CampaignCustomer.workflow.move(row, "orders.agree_campaign_customer")
    agreed = row.asked if agreed is None else agreed
    if not 0 < agreed / row.asked <= 1:
        text = _("Asked were %(asked)s. What is agreed lies between nothing and that.") % {"asked": percent(row.asked, 2)}
        raise Denied("beyond_asked", text, field="agreed", status=400)
    row.agreed, row.decided_on, row.refusal = agreed, _past(decided_on, "decided_on"), ""
    row.reference = " ".join(reference.split())
    row.effective_on = effective_on or row.effective_on
    refuse(faults(row, exclude=("campaign", "status", "asked", "answered")))
    row.save()
    _write_agreements(row, actor)
    return row


def _write_agreements(row: CampaignCustomer, actor: Any) -> None:
    """A new agreement for each of which prices change, handed in."""
    assert row.agreed is not None
    lines = list(row.lines.filter(agreement__isnull=True).select_related("line"))
    agreements = PriceAgreement.objects.filter(pk__in={one.line.agreement_id for one in lines})
    for before in agreements.order_by("pk"):
        own = [one for one in lines if one.line.agreement_id == before.pk]
        if not before.holds_on(row.effective_on):
            text = _("%(agreement)s does not hold any more on %(day)s. Make a new agreement by hand and leave this customer out.")
            names = {"agreement": before.number, "day": day(row.effective_on)}
            raise Denied("agreement_over", text % names, field="effective_on")
        only = [one.line_id for one in own]
        draft = revise_agreement(
            before, actor=actor, first_day=row.effective_on, last_day=before.last_day, change=row.agreed, only=only
        )
        edit_agreement(draft, actor=actor, pricing_date=_pricing_date(row.campaign, before))
        for one in own:
            one.agreement = draft
            one.save(update_fields=["agreement"])
        submit_agreement(draft, actor=actor)


def _pricing_date(campaign: PriceCampaign, before: PriceAgreement) -> str:
    """By which day orders are priced from now on, so that open ones keep the old price, or take the new one, as the letter says."""
    by_order = PriceAgreement.PricingDate.ORDER
    if campaign.open_orders == PriceCampaign.OpenOrders.OLD:
        return by_order
    return PriceAgreement.PricingDate.DELIVERY if before.pricing_date == by_order else before.pricing_date


@verb("orders.refuse_campaign_customer", _("Refused"))
def refuse_campaign_customer(
    row: CampaignCustomer, *, actor: Any, reason: str = "", refusal: str = "", decided_on: date | None = None
) -> CampaignCustomer:
    """Note that the customer refused, and why. The prices stay as they are; what is agreed later can still be noted."""
    if not refusal.strip():
        raise Denied("reason_needed", _("Say why it was refused."), field="refusal", status=400)
    CampaignCustomer.workflow.move(row, "orders.refuse_campaign_customer")
    row.refusal, row.decided_on = refusal.strip()[:1000], _past(decided_on, "decided_on")
    row.save()
    return row


@verb("orders.leave_out_campaign_customer", _("Leave out"))
def leave_out_campaign_customer(row: CampaignCustomer, *, actor: Any, reason: str = "") -> CampaignCustomer:
    """Leave a customer out of whom nothing was asked yet, and say why."""
    if not reason.strip():
        raise Denied("reason_needed", _("Say why this customer is left out."), field="reason", status=400)
    CampaignCustomer.workflow.move(row, "orders.leave_out_campaign_customer")
    row.save()
    if row.campaign.submitted_at is not None:
        close_consent(row.campaign, set(row.consents.values_list("person", flat=True)), actor)
        close_sending(row.campaign, row.responsible_id, actor)
    return row


def _past(when: date | None, field: str) -> date:
    """A day that has come, today unless told. Raises Denied."""
    when = when or clock.today()
    if when > clock.today():
        raise Denied("day_to_come", _("Choose a day up to today."), field=field, status=400)
    return when
