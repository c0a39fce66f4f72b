"""Two records of one company become one: everything moves to the one that stays, the other keeps its code as an alias."""

from collections.abc import Iterator
from typing import Any

from django.db import OperationalError
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from pghistory.models import Event

from accounts.actions.customer import refuse_merged
from accounts.actions.dated import between
from accounts.actions.external_code import OWN, write_code
from accounts.models import Assignment, Customer, GroupMembership
from kam.core import clock
from kam.core.ports import ports
from kam.core.touches import Touch, move
from kam.core.verbs import verb
from kam.core.workflow import Denied

#: What the record that stays takes over where it has nothing of its own.
FILLED = (
    "vat_id",
    "vat_checked_on",
    "tax_code",
    "address",
    "postal_code",
    "city",
    "region",
    "website",
    "sector",
    *Customer.commercial_fields,
    "notes",
)


def merge_preview(customer: Customer, into: Customer) -> list[Touch]:
    """What a merge would move, floor by floor, without moving anything."""
    found = [touch for function in ports("merge_touches") for touch in function(customer, into, write=False)]
    filled = [str(Customer._meta.get_field(name).verbose_name) for name in _to_fill(customer, into)]  # type: ignore[union-attr]
    return [*found, Touch(_("fields taken over where they were empty"), len(filled), ", ".join(filled))] if filled else found


@verb("accounts.merge_customers", _("Merge into another customer"))
def merge_customers(customer: Customer, *, actor: Any, reason: str = "", into: Customer) -> Customer:
    """Merge a customer into another one: plants, contacts, assignments, documents and all else move, the old code stays findable.

    Answers with the customer that stays. Raises Denied for the same record, a merged one, or one outside one's area.
    """
    if customer.pk == into.pk:
        raise Denied("same_customer", _("Choose another customer to merge into."), field="into", status=400)
    rows = Customer.objects.permitted(actor, "accounts.merge_customers") if actor is not None else Customer.objects.all()
    try:
        target = rows.filter(pk=into.pk).select_for_update(nowait=True).first()
    except OperationalError:
        raise Denied("busy", _("Somebody is working on the other customer. Try again in a moment."), field="into") from None
    if target is None:
        raise Denied("unknown_customer", _("Choose a customer of your area."), field="into", status=400)
    refuse_merged(customer)
    refuse_merged(target)
    for function in ports("merge_touches"):
        list(function(customer, target, write=True))
    filled = _to_fill(customer, target)
    for name in filled:
        setattr(target, name, getattr(customer, name))
    customer.status, customer.merged_into = Customer.Status.CLOSED, target
    customer.status_reason = (_("Merged into %(code)s") % {"code": target.code})[:200]
    customer.save()
    if filled:
        target.save()
    write_code(target, OWN, customer.code)
    return target


def _to_fill(customer: Customer, into: Customer) -> list[str]:
    names = [name for name in FILLED if getattr(into, name) in ("", None) and getattr(customer, name) not in ("", None)]
    if "vat_id" not in names and "vat_checked_on" in names:
        names.remove("vat_checked_on")
    return names


def move_accounts(source: Customer, target: Customer, *, write: bool) -> Iterator[Touch]:
    """What accounts keeps of a customer. The plants' past goes along; assignments and groups of the same days stay as they were."""
    for relation in Customer._meta.related_objects:
        model: Any = relation.related_model
        if model._meta.app_label != "accounts" or issubclass(model, Event):
            continue
        rows = model._base_manager.filter(**{relation.field.name: source})
        if model in (Assignment, GroupMembership):
            yield from _move_dated(rows, model._base_manager.filter(**{relation.field.name: target}), target, write=write)
        else:
            yield from move(rows, {relation.field.name: target}, write=write)


def _move_dated(rows: Any, theirs: Any, target: Customer, *, write: bool) -> Iterator[Touch]:
    """Rows of which the target may hold one a day: from today the target's own stands; days that it has free are filled."""
    count = rows.count()
    if not count:
        return
    yield Touch(rows.model._meta.verbose_name_plural, count, _("those of the customer that stays go before"))
    if not write:
        return
    today = clock.today()
    for row in rows.order_by("pk"):
        if not theirs.filter(period__overlap=row.period).exists():
            row.customer = target
            row.save(update_fields=["customer"])
            continue
        lower, upper = row.period.lower, row.period.upper
        if (lower is not None and lower >= today) or (upper is not None and upper <= today):
            continue
        row.period = between(lower, today)
        row.save(update_fields=["period"])
        future = between(today, upper)
        if not theirs.filter(Q(period__overlap=future)).exists():
            same = {"kind": row.kind, "user": row.user} if isinstance(row, Assignment) else {"group": row.group}
            type(row).objects.create(customer=target, period=future, **same)
    group = target.memberships.on(today).first() if rows.model is GroupMembership else None
    if group is not None and target.group_id != group.group_id:
        target.group = group.group
        target.save(update_fields=["group"])
