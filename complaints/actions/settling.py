"""Settling a complaint with the customer: proposed, approved by who may go so far, carried out; limits are data (domain 1.8, 6.4)."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from accounts.models import Role
from accounts.models.deciding import DECIDES, level_of
from catalog.actions.rows import faults, refuse
from complaints.actions.repair_requests import request_repair
from complaints.models import Complaint, ComplaintCost, Repair, Settlement
from kam.core import clock
from kam.core.approvals import OWN, limit
from kam.core.money import base_currency, convert, minor_unit
from kam.core.notifications import define_notification, notify
from kam.core.verbs import verb
from kam.core.work import assign_work, close_work, define_work, hands_of, withdraw_work
from kam.core.workflow import Denied

APPROVE = define_work("approve_settlement", _("Approve %(record)s"), on_record=True, owner=f"role:{Role.SALES_MANAGER}")
CARRY_OUT = define_work("carry_out_settlement", _("Carry out %(record)s"), on_record=True, owner=f"role:{Role.SALES_MANAGER}")
DECIDED = define_notification("settlement_decided", _("A settlement that you proposed is decided"))
LIMIT = limit(
    "settlement",
    _("Settlement of a complaint, in the group's currency, above which the sales manager, and management, approve it"),
    key="complaints.limit_settlement",
    default=["1000", "10000"],
)
#: Who carries a remedy out: the office enters a replacement order, finance writes credit notes, service takes in repairs.
CARRIES = {
    Settlement.Remedy.REPLACEMENT: Role.BACK_OFFICE,
    Settlement.Remedy.CREDIT: Role.FINANCE,
    Settlement.Remedy.ALLOWANCE: Role.FINANCE,
    Settlement.Remedy.REPAIR: Role.SERVICE,
    Settlement.Remedy.SORTING: Role.QUALITY,
}
#: What of a settlement is a cost by itself; of replaced goods it is their cost that counts, of a repair its own.
COSTS = {
    Settlement.Remedy.CREDIT: ComplaintCost.Kind.CREDIT,
    Settlement.Remedy.ALLOWANCE: ComplaintCost.Kind.CREDIT,
    Settlement.Remedy.SORTING: ComplaintCost.Kind.SORTING,
}


def why_not_settled(complaint: Complaint) -> Denied | None:
    """A complaint is settled from its registration until it is closed."""
    if complaint.registered_at is None or complaint.is_over:
        return Denied("not_to_be_settled", _("A complaint is settled between its registration and its end."))
    return None


def why_no_credit(settlement: Settlement) -> Denied | None:
    """A credit note is requested of what is credited and was neither declined nor withdrawn."""
    if settlement.remedy in (Settlement.Remedy.CREDIT, Settlement.Remedy.ALLOWANCE) and settlement.status in Settlement.COUNTED:
        return None
    return Denied("nothing_to_credit", _("A credit note is requested for a credit or an allowance that is proposed or approved."))


def credit_key(settlement: Settlement, _actor: Any) -> str:
    """By which key the request of its credit note is printed. Raises Denied."""
    denied = why_no_credit(settlement)
    if denied is not None:
        raise denied
    return str(settlement.pk)


@verb("complaints.propose_settlement", _("Propose settlement"))
def propose_settlement(
    complaint: Complaint,
    *,
    actor: Any,
    reason: str = "",
    remedy: str,
    amount: Decimal,
    currency: str = "",
    unverified: bool = False,
    note: str = "",
) -> Settlement:
    """Propose how the customer is compensated; within one's own limit it is approved at once, else whoever decides so far is asked.

    All settlements of the complaint count together. Raises Denied.
    """
    denied = why_not_settled(complaint)
    if denied is not None:
        raise denied
    settlement = Settlement(
        complaint=complaint, remedy=remedy, amount=amount, currency=currency or base_currency(), base_amount=Decimal(0),
        unverified=unverified, note=note.strip(), proposed_by=actor,
    )  # fmt: skip
    refuse(faults(settlement, exclude=("complaint", "base_amount")))
    if amount != amount.quantize(minor_unit(settlement.currency)):
        raise Denied("amount", _("Write the amount in whole cents."), field="amount", status=400)
    settlement.base_amount = convert(amount, settlement.currency, base_currency(), on=clock.today()).amount
    before = Settlement.objects.filter(complaint=complaint, status__in=Settlement.COUNTED).aggregate(all=Sum("base_amount"))
    settlement.level = LIMIT.level(settlement.base_amount + (before["all"] or 0), complaint.scopes)
    if settlement.level == OWN:
        settlement.status, settlement.decided_by, settlement.decided_at = Settlement.Status.APPROVED, actor, clock.now()
    settlement.save(force_insert=True)
    payload = {"scopes": complaint.scopes}
    if settlement.level == OWN:
        _ask_for_it(settlement, actor)
    else:
        to, due = f"role:{DECIDES[settlement.level]}", clock.now() + timedelta(days=3)
        excluded = [actor] if actor is not None else []
        assign_work(settlement, APPROVE, to=to, actor=actor, due=due, excluded=excluded, payload=payload)
    return settlement


def _ask_for_it(settlement: Settlement, actor: Any) -> None:
    due, payload = clock.now() + timedelta(days=7), {"scopes": settlement.complaint.scopes}
    to = f"role:{CARRIES[Settlement.Remedy(settlement.remedy)]}"
    assign_work(settlement, CARRY_OUT, to=to, actor=actor, due=due, payload=payload)


@verb("complaints.approve_settlement", _("Approve settlement"))
def approve_settlement(settlement: Settlement, *, actor: Any, reason: str = "") -> Settlement:
    """Approve a settlement; nobody approves their own, nor beyond their own limit. Raises Denied."""
    Settlement.workflow.move(settlement, "complaints.approve_settlement")
    _decide(settlement, actor)
    settlement.save()
    _close(settlement, actor, "approved")
    _ask_for_it(settlement, actor)
    return settlement


@verb("complaints.decline_settlement", _("Decline settlement"))
def decline_settlement(settlement: Settlement, *, actor: Any, reason: str = "") -> Settlement:
    """Decline a settlement, and say why; another may be proposed. Raises Denied."""
    if not reason.strip():
        raise Denied("reason_needed", _("Say why it is declined."), field="reason", status=400)
    Settlement.workflow.move(settlement, "complaints.decline_settlement")
    _decide(settlement, actor)
    settlement.save()
    _close(settlement, actor, "declined")
    return settlement


def _decide(settlement: Settlement, actor: Any) -> None:
    if settlement.proposed_by_id is not None and settlement.proposed_by_id in hands_of(actor).people:
        raise Denied("own_settlement", _("Whoever proposed it does not decide it. Another person does."), status=403)
    if settlement.level > level_of(actor):
        text = _("So much is for %(role)s to decide.") % {"role": DECIDES[settlement.level].label}
        raise Denied("higher_level", text, status=403)
    settlement.decided_by, settlement.decided_at = actor, clock.now()


def _close(settlement: Settlement, actor: Any, said: str) -> None:
    close_work(settlement, APPROVE, actor=actor)
    person = settlement.proposed_by
    notify(DECIDED, settlement, to=[person] if person else [], occasion=said, actor=actor)


@verb("complaints.carry_out_settlement", _("Carried out"))
def carry_out_settlement(
    settlement: Settlement, *, actor: Any, reason: str = "", reference: str = "", order: Any = None
) -> Settlement:
    """Note that a settlement was carried out, by which document; a repair is opened here. Credit and sorting become costs.

    Raises Denied where a replacement names no order of this customer, or the others no document.
    """
    Settlement.workflow.move(settlement, "complaints.carry_out_settlement")
    complaint, remedy = settlement.complaint, settlement.remedy
    if order is not None and (remedy != Settlement.Remedy.REPLACEMENT or order.plant.customer_id != complaint.plant.customer_id):
        raise Denied("order_of_another", _("Choose an order of this customer, for a replacement."), field="order", status=400)
    if remedy == Settlement.Remedy.REPAIR:
        settlement.repair = request_repair(
            Repair, actor=actor, plant=complaint.plant, contact=complaint.contact, complaint=complaint,
            selling_location=complaint.selling_location, repair_location=complaint.producing_location,
            origin=Repair.Origin.COMPLAINT, product=complaint.product, fault=complaint.text[:400], serials=complaint.serial,
        )  # fmt: skip
        reference = settlement.repair.number
    elif order is not None:
        settlement.order, reference = order, reference.strip() or str(order.name)
    if not reference.strip():
        text = _("Name the order or document by which it was carried out.")
        raise Denied("required", text, field="reference", status=400)
    settlement.reference, settlement.done_at = reference.strip()[:60], clock.now()
    settlement.save()
    if remedy in COSTS and settlement.base_amount:
        kind = COSTS[Settlement.Remedy(remedy)]
        day, note = clock.today(), settlement.reference
        complaint.costs.create(
            kind=kind, incurred_on=day, amount=settlement.base_amount, note=note, settlement=settlement
        )  # fmt: skip
    close_work(settlement, CARRY_OUT, actor=actor)
    return settlement


@verb("complaints.withdraw_settlement", _("Withdraw settlement"))
def withdraw_settlement(settlement: Settlement, *, actor: Any, reason: str = "") -> Settlement:
    """Take a settlement back that was not carried out, and say why. Raises Denied."""
    if not reason.strip():
        raise Denied("reason_needed", _("Say why it is withdrawn."), field="reason", status=400)
    Settlement.workflow.move(settlement, "complaints.withdraw_settlement")
    settlement.save()
    withdraw_work(settlement, actor=actor, reason=reason)
    return settlement
