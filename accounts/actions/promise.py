"""What is done to promises: made, moved, kept, broken, withdrawn."""

from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import Activity, Customer, Promise, User
from kam.core import clock
from kam.core.notifications import define_notification, notify
from kam.core.shape import change
from kam.core.verbs import verb
from kam.core.workflow import Denied

ENTRUSTED = define_notification("promise_entrusted", _("A promise to a customer is yours to keep"), way="mail")

EDITABLE = ("side", "what", "customer", "plant", "owner", "contact", "made_on", "due_on")


def _check(promise: Promise, actor: Any) -> None:
    """Plant and contact are the customer's, the customer is one that this person sees, the days are in order."""
    if promise.plant is not None and promise.plant.customer_id != promise.customer_id:
        raise Denied("foreign_plant", _("The plant does not belong to this customer."), field="plant", status=400)
    if promise.contact is not None and promise.contact.customer_id != promise.customer_id:
        raise Denied("foreign_contact", _("The contact does not belong to this customer."), field="contact", status=400)
    if promise.due_on < promise.made_on:
        raise Denied("due_before_made", _("It was due before it was promised."), field="due_on", status=400)
    if actor is None:
        return
    for field, subject in (("plant", promise.plant), ("customer", promise.customer), ("contact", promise.contact)):
        if subject is not None and not type(subject).objects.visible_to(actor).filter(pk=subject.pk).exists():
            raise Denied("not_your_customer", _("Choose a customer or a plant that you see."), field=field, status=400)


@verb("accounts.create_promise", _("Record promise"))
def create_promise(
    model: type[Promise],
    *,
    actor: Any,
    reason: str = "",
    customer: Customer,
    what: str,
    due_on: date,
    owner: User | None = None,
    made_on: date | None = None,
    activity: Activity | None = None,
    **details: Any,
) -> Promise:
    """Record what one side promised the other by a day; whoever records it keeps or follows it unless told otherwise."""
    owner = owner or actor
    if owner is None:
        raise Denied("owner_missing", _("Say who keeps or follows it."), field="owner", status=400)
    promise = model(customer=customer, owner=owner, activity=activity, due_on=due_on, made_on=made_on or clock.today())
    change(promise, {"what": what, **details}, allowed=EDITABLE)
    _check(promise, actor)
    promise.save(force_insert=True)
    if actor is not None and owner.pk != actor.pk:
        notify(ENTRUSTED, promise, to=[owner], occasion="created", actor=actor)
    return promise


@verb("accounts.edit_promise", _("Edit promise"))
def edit_promise(promise: Promise, *, actor: Any, reason: str = "", **values: Any) -> Promise:
    """Change an open promise; a later day needs a reason, which the history keeps."""
    if promise.status != Promise.Status.OPEN:
        raise Denied("settled", _("This promise is settled and stays as it was."))
    if "due_on" in values and values["due_on"] > promise.due_on and not reason.strip():
        raise Denied("reason_needed", _("Say why the day moves."), field="reason", status=400)
    before = promise.owner_id
    if change(promise, values, allowed=EDITABLE):
        _check(promise, actor)
        promise.save()
        if promise.owner_id != before:
            notify(ENTRUSTED, promise, to=[promise.owner], occasion=f"owner {promise.owner_id}", actor=actor)
    return promise


def _settle(promise: Promise, code: str, outcome: str, settled_on: date | None) -> Promise:
    Promise.workflow.move(promise, code)
    day = settled_on or clock.today()
    if day > clock.today() or day < promise.made_on:
        raise Denied("day_impossible", _("Choose a day between the promise and today."), field="settled_on", status=400)
    promise.settled_on = day
    change(promise, {"outcome": outcome}, allowed=("outcome",))
    promise.save()
    return promise


@verb("accounts.keep_promise", _("Kept"))
def keep_promise(promise: Promise, *, actor: Any, reason: str = "", outcome: str = "", settled_on: date | None = None) -> Promise:
    """Say that a promise was kept, and when."""
    return _settle(promise, "accounts.keep_promise", outcome or reason, settled_on)


@verb("accounts.break_promise", _("Broken"))
def break_promise(
    promise: Promise, *, actor: Any, reason: str = "", outcome: str = "", settled_on: date | None = None
) -> Promise:
    """Say that a promise was broken, and why."""
    if not (outcome or reason).strip():
        raise Denied("reason_needed", _("Say why it was not kept."), field="outcome", status=400)
    return _settle(promise, "accounts.break_promise", outcome or reason, settled_on)


@verb("accounts.withdraw_promise", _("Withdraw promise"))
def withdraw_promise(promise: Promise, *, actor: Any, reason: str = "", settled_on: date | None = None) -> Promise:
    """Take a promise back with the other side's consent; the reason says whose."""
    if not reason.strip():
        raise Denied("reason_needed", _("Say why it is withdrawn and who agreed."), field="reason", status=400)
    return _settle(promise, "accounts.withdraw_promise", reason, settled_on)
