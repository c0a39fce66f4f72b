"""Giving a customer a loaner for the time of a repair and taking it back; nothing closes while one is out (domain 7.2, 7.3)."""

from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import Role
from catalog.actions.rows import faults, refuse
from catalog.models import Product
from complaints.actions.repair_people import shop_of
from complaints.models import Repair, RepairLoaner
from kam.core import clock
from kam.core.verbs import verb
from kam.core.work import assign_work, close_work, define_work
from kam.core.workflow import Denied

FETCH = define_work("fetch_loaner", _("Get the loaner of the repair %(record)s back from %(customer)s"), on_record=True)


@verb("complaints.lend_unit", _("Give a loaner"))
def lend_unit(
    model: type[RepairLoaner],
    *,
    actor: Any,
    reason: str = "",
    repair: Repair,
    product: Product | None = None,
    serial: str = "",
    note_out: str = "",
    due_on: date | None = None,
) -> RepairLoaner:
    """Note that the customer of a repair has got a piece of ours until a day; logistics gets it back by then. Raises Denied."""
    if actor is not None and not Repair.objects.permitted(actor, "complaints.lend_unit").filter(pk=repair.pk).exists():
        raise Denied("not_yours", _("Choose a repair of yours."), field="repair", status=400)
    repair = Repair.objects.locked().get(pk=repair.pk)
    if repair.is_over:
        raise Denied("repair_over", _("This repair has ended. What it says stays as it is."))
    said: dict[str, Any] = {"product": product, "serial": serial.strip(), "note_out": note_out.strip(), "due_on": due_on}
    loaner = RepairLoaner(repair=repair, given_on=clock.today(), given_by=actor, **said)
    wrong = faults(loaner, exclude=("given_on", "given_by", "returned_on", "returned_to", "condition"))
    if due_on is not None and due_on < clock.today():
        wrong.append(Denied("too_early", _("It is returned today or later."), field="due_on", status=400))
    refuse(wrong)
    assert product is not None
    Product.objects.locked().get(pk=product.pk)  # the last one is given once, also when two ask for it at once
    if RepairLoaner.objects.out().filter(product=product, serial__iexact=loaner.serial).exists():
        raise Denied("loaner_out", _("This piece is with a customer already."), field="serial")
    loaner.save(force_insert=True)
    calendar = repair.repair_location.calendar
    payload = {"customer": repair.plant.customer.name, "scopes": repair.scopes}
    assign_work(
        repair, FETCH, to=shop_of(repair, Role.LOGISTICS), actor=actor, due=clock.midnight(loaner.due_on, calendar.zone),
        payload=payload, occasion=str(loaner.pk),
    )  # fmt: skip
    return loaner


@verb("complaints.take_back_unit", _("Loaner returned"))
def take_back_unit(
    loaner: RepairLoaner, *, actor: Any, reason: str = "", condition: str = "", returned_on: date | None = None
) -> RepairLoaner:
    """Note that a loaner is back, on which day and in what condition. Raises Denied."""
    denied = why_not_taken_back(loaner)
    if denied is not None:
        raise denied
    day, wrong = returned_on or clock.today(), []
    if not condition.strip():
        wrong.append(Denied("required", _("Say in what condition it came."), field="condition", status=400))
    if not loaner.given_on <= day <= clock.today():
        text = _("A loaner comes back after it was given and not later than today.")
        wrong.append(Denied("impossible_day", text, field="returned_on", status=400))
    refuse(wrong)
    loaner.returned_on, loaner.returned_to, loaner.condition = day, actor, condition.strip()[:2000]
    loaner.save()
    close_work(loaner.repair, FETCH, actor=actor, occasion=str(loaner.pk))
    return loaner


def why_not_taken_back(loaner: RepairLoaner) -> Denied | None:
    """Why it cannot come back, or None."""
    if loaner.returned_on is None:
        return None
    return Denied("returned_already", _("This loaner is back already."))
