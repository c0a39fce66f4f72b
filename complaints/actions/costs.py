"""Costs of a complaint line by line; above the limit management is told at once (domain 6.4, 6.5)."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import Role, audience_members
from catalog.actions.rows import faults, refuse
from complaints.models import Complaint, ComplaintCost
from complaints.reports.costs import costs_of
from kam.core.money import base_currency, round_money
from kam.core.notifications import Way, define_notification, notify
from kam.core.parameters import define, parameter
from kam.core.verbs import verb
from kam.core.workflow import Denied

COSTLY = define_notification("complaint_costly", _("A complaint costs more than the limit"), way=Way.MAIL)
ALARM = define(
    "complaints.cost_alarm",
    default="10000",
    label=_("Cost of a complaint, in the group's currency, above which management is told"),
)
OF_A_COST = ("complaint", "kind", "incurred_on", "hours", "rate", "amount", "note")


def _write(cost: ComplaintCost, values: dict[str, Any]) -> None:
    for name, value in values.items():
        if name not in OF_A_COST or (name == "complaint" and cost.pk and value != cost.complaint):
            raise Denied("not_editable", _("This cannot be changed here."), field=name, status=400)
        setattr(cost, name, value)
    if (cost.hours is None) != (cost.rate is None):
        text = _("Give hours and rate together.")
        raise Denied("hours_and_rate", text, field="rate" if cost.rate is None else "hours", status=400)
    if cost.hours is not None and cost.rate is not None:
        cost.amount = round_money(Decimal(cost.hours) * Decimal(cost.rate), base_currency())
    if cost.amount is None:
        raise Denied("required", _("This field is required."), field="amount", status=400)
    refuse(faults(cost))


def _alarm(complaint: Complaint, before: Decimal, actor: Any) -> None:
    bound = Decimal(str(parameter(ALARM.key, complaint.scopes)))
    if before <= bound < costs_of(complaint.costs.all()).gross:
        notify(COSTLY, complaint, to=audience_members(f"role:{Role.MANAGEMENT}"), actor=actor, urgent=True)


@verb("complaints.add_cost", _("Add cost"))
def add_cost(model: type[ComplaintCost], *, actor: Any, reason: str = "", **values: Any) -> ComplaintCost:
    """Write a cost of a complaint down, or what a supplier pays back; hours and rate make the amount. Raises Denied."""
    complaint = values.get("complaint")
    if complaint is None:
        raise Denied("required", _("This field is required."), field="complaint", status=400)
    cost, before = ComplaintCost(), costs_of(complaint.costs.all()).gross
    _write(cost, values)
    cost.save(force_insert=True)
    _alarm(complaint, before, actor)
    return cost


def _typed(cost: ComplaintCost) -> None:
    if cost.settlement_id is not None:
        raise Denied("from_settlement", _("This cost follows from a settlement that was carried out."))


@verb("complaints.edit_cost", _("Edit cost"))
def edit_cost(cost: ComplaintCost, *, actor: Any, reason: str = "", **values: Any) -> ComplaintCost:
    """Change a cost; what follows from a settlement stays. Raises Denied."""
    _typed(cost)
    if all(getattr(cost, name, None) == value for name, value in values.items()):
        return cost
    before = costs_of(cost.complaint.costs.all()).gross
    _write(cost, values)
    cost.save()
    _alarm(cost.complaint, before, actor)
    return cost


@verb("complaints.remove_cost", _("Remove cost"), leaves=True)
def remove_cost(cost: ComplaintCost, *, actor: Any, reason: str = "") -> None:
    """Take a cost away that was none; what follows from a settlement stays. Raises Denied."""
    _typed(cost)
    cost.delete()
