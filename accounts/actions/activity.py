"""What is done to activities: reported, planned, edited, completed, cancelled; once only, even when a phone sends twice."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.core.files import File
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.calendars import invitation
from accounts.models import Activity, Contact, Customer, Plant, User
from kam.core import clock
from kam.core.documents import Document, attach_document, standard_type
from kam.core.notifications import define_notification, notify
from kam.core.shape import change, refuse_misshapen
from kam.core.uploads import checked, clean_name
from kam.core.verbs import verb
from kam.core.workflow import Denied

INVITED = define_notification("activity_invited", _("You take part in an activity"), way="mail", file=invitation)
CHANGED = define_notification("activity_changed", _("An activity of yours has moved or changed"), way="mail", file=invitation)
CALLED_OFF = define_notification("activity_cancelled", _("An activity of yours does not take place"), way="mail", file=invitation)
LEFT = define_notification("activity_left", _("You no longer take part in an activity"), way="mail", file=invitation)
#: What a calendar shows: whoever takes part is told when it changes.
SHOWN_IN_CALENDARS = frozenset({"kind", "subject", "customer", "plant", "starts_at", "ends_at", "place"})

EDITABLE = (
    "kind",
    "subject",
    "text",
    "customer",
    "plant",
    "starts_at",
    "ends_at",
    "place",
    "signals",
    "next_step",
    "next_step_on",
    "private",
)
#: How far an activity may lie from today: what is further off is a slip of the keys.
FARTHEST = timedelta(days=3660)


def _place(activity: Activity, actor: Any, code: str) -> None:
    """The plant brings its customer, and both must be ones that this person sees."""
    if activity.plant is not None:
        if activity.customer_id is not None and activity.plant.customer_id != activity.customer_id:
            raise Denied("foreign_plant", _("The plant does not belong to this customer."), field="plant", status=400)
        activity.customer = activity.plant.customer
    if actor is None:
        return
    for field, subject in (("plant", activity.plant), ("customer", activity.customer)):
        if subject is not None and not type(subject).objects.visible_to(actor).filter(pk=subject.pk).exists():
            raise Denied("not_your_customer", _("Choose a customer or a plant that you see."), field=field, status=400)


def _time(activity: Activity) -> None:
    """When it is, within reason, and over after its beginning."""
    if abs(activity.starts_at - clock.now()) > FARTHEST:
        raise Denied("far_off", _("This day lies more than ten years off. Check the year."), field="starts_at", status=400)
    if activity.ends_at is not None and activity.ends_at < activity.starts_at:
        raise Denied("ends_before_start", _("It ends before it begins."), field="ends_at", status=400)
    if activity.next_step_on is not None and not activity.next_step:
        raise Denied("step_missing", _("Say what the next step is."), field="next_step", status=400)


def _people(
    activity: Activity, actor: Any, participants: list[User] | None, contacts: list[Contact] | None
) -> tuple[list[User], list[User]]:
    """Set who takes part; answers with the colleagues who are new, and with those who no longer take part."""
    new: list[User] = []
    gone: list[User] = []
    if contacts is not None:
        allowed = Contact.objects.visible_to(actor) if actor is not None else Contact.objects.all()
        strangers = [one for one in contacts if one.customer_id != activity.customer_id]
        if strangers or allowed.filter(pk__in=[one.pk for one in contacts]).count() != len({one.pk for one in contacts}):
            raise Denied("foreign_contact", _("Choose contacts of this customer."), field="contacts", status=400)
        activity.contacts.set(contacts)
    if participants is not None:
        before = {one.pk: one for one in activity.participants.all()}
        new = [one for one in participants if one.pk not in before and one.pk != activity.owner_id]
        for one in new:
            _must_see(activity, one)
        gone = [one for key, one in before.items() if key not in {one.pk for one in participants}]
        activity.participants.set(participants)
    return new, gone


def _must_see(activity: Activity, person: User) -> None:
    """Whoever takes part sees the customer; an invitation does not widen anybody's rows."""
    subject = activity.plant or activity.customer
    if subject is not None and not type(subject).objects.visible_to(person).filter(pk=subject.pk).exists():
        text = _("%(person)s does not work for this customer. Ask who leads the account to assign them.") % {"person": person}
        raise Denied("participant_elsewhere", text, field="participants", status=400)


@verb("accounts.create_activity", _("Report activity"))
def create_activity(
    model: type[Activity],
    *,
    actor: Any,
    reason: str = "",
    kind: str,
    subject: str,
    customer: Customer | None = None,
    plant: Plant | None = None,
    owner: User | None = None,
    starts_at: Any = None,
    status: str = "",
    participants: list[User] | None = None,
    contacts: list[Contact] | None = None,
    client_key: Any = None,
    message_id: str = "",
    photos: Iterable[File] = (),
    **details: Any,
) -> Activity:
    """Report or plan a visit, call, mail, note or task. What lies in the past is done; the rest is planned.

    `photos` become its documents. `client_key` is the key of a report kept on a device: the same key answers with the activity that it made before.
    Raises Denied for a customer, plant or contact that this person does not see, and for times that cannot be.
    """
    owner = owner or actor
    if owner is None:
        raise Denied("owner_missing", _("Say whose activity it is."), field="owner", status=400)
    made = _made_before(owner, client_key, message_id)
    if made is not None:
        return made
    now = clock.now()
    activity = model(
        owner=owner, customer=customer, plant=plant, starts_at=starts_at or now, client_key=client_key, message_id=message_id
    )
    change(activity, {"kind": kind, "subject": subject, **details}, allowed=EDITABLE)
    photos = list(photos)
    _check(photos)
    activity.status = status or (Activity.Status.DONE if activity.starts_at <= now else Activity.Status.PLANNED)
    refuse_misshapen(activity, ["status"])
    _place(activity, actor, "accounts.create_activity")
    _time(activity)
    try:
        with transaction.atomic():
            activity.save(force_insert=True)
    except IntegrityError as error:
        # The same report arrived twice at once: the other one made it.
        other = _made_before(owner, client_key, message_id)
        if other is None:
            raise Denied("key_taken", _("This report was sent by somebody else already."), field="client_key") from error
        return other
    invited, _gone = _people(activity, actor, participants, contacts)
    for photo in photos:
        attach_document(Document, actor=actor, record=activity, type=standard_type("photo"), file=photo)
    _tell(INVITED, activity, invited, actor)
    return activity


def _check(photos: list[File]) -> None:
    """Refuse a picture that cannot be kept before any of them is stored."""
    for photo in photos:
        try:
            checked(photo, clean_name(photo.name or ""))
        except Denied as denied:
            raise Denied(denied.code, denied.message, field="photos", status=denied.status) from denied


def _made_before(owner: User, client_key: Any, message_id: str) -> Activity | None:
    """The owner's activity that the same report or the same mail made before."""
    if client_key is not None:
        return Activity.objects.filter(client_key=client_key, owner=owner).first()
    return Activity.objects.filter(message_id=message_id, owner=owner).first() if message_id else None


@verb("accounts.edit_activity", _("Edit activity"))
def edit_activity(
    activity: Activity,
    *,
    actor: Any,
    reason: str = "",
    participants: list[User] | None = None,
    contacts: list[Contact] | None = None,
    **values: Any,
) -> Activity:
    """Change an activity; only its owner makes it private or public again. Who takes part is told what a calendar shows of it."""
    if "private" in values and values["private"] != activity.private and actor is not None and actor.pk != activity.owner_id:
        raise Denied("not_yours", _("Only its owner decides whether it is private."), field="private", status=403)
    changed = change(activity, values, allowed=EDITABLE)
    if changed:
        if {"customer", "plant"} & set(changed):
            if "customer" in changed and "plant" not in values:
                activity.plant = None
            _place(activity, actor, "accounts.edit_activity")
        _time(activity)
        activity.save()
        if "customer" in changed and contacts is None:
            activity.contacts.remove(*activity.contacts.exclude(customer=activity.customer_id))
    invited, gone = _people(activity, actor, participants, contacts)
    _tell(INVITED, activity, invited, actor)
    _tell(LEFT, activity, gone, actor)
    if SHOWN_IN_CALENDARS & set(changed):
        _tell(CHANGED, activity, [one for one in _everybody(activity) if one not in invited], actor)
    return activity


def _everybody(activity: Activity) -> list[User]:
    """Its owner and whoever takes part."""
    return [activity.owner, *activity.participants.all()]


def _tell(kind: str, activity: Activity, people: list[User], actor: Any) -> None:
    """Tell people what became of something that lay ahead; each change is an occasion of its own.

    Whoever was invited is told of what they did themselves too: in their calendar stands what the owner sent them, and only
    the owner's next message moves it or takes it out (RFC 5546, 3.2.2 and 3.2.5).
    """
    if people and activity.status in (Activity.Status.PLANNED, Activity.Status.CANCELLED):
        invited = actor is not None and actor.pk != activity.owner_id
        notify(kind, activity, to=people, occasion=clock.now().isoformat(), actor=actor, tell_actor=invited)


@verb("accounts.complete_activity", _("Done"))
def complete_activity(activity: Activity, *, actor: Any, reason: str = "", text: str | None = None) -> Activity:
    """Mark a planned activity as done, with what happened."""
    Activity.workflow.move(activity, "accounts.complete_activity")
    if text is not None:
        change(activity, {"text": text}, allowed=EDITABLE)
    activity.save()
    return activity


@verb("accounts.cancel_activity", _("Cancel activity"))
def cancel_activity(activity: Activity, *, actor: Any, reason: str = "") -> Activity:
    """Say that a planned activity does not take place."""
    Activity.workflow.move(activity, "accounts.cancel_activity")
    activity.save()
    _tell(CALLED_OFF, activity, _everybody(activity), actor)
    return activity


@verb("accounts.reopen_activity", _("Plan again"))
def reopen_activity(activity: Activity, *, actor: Any, reason: str = "") -> Activity:
    """Put a done or cancelled activity back among the planned ones."""
    called_off = activity.status == Activity.Status.CANCELLED
    Activity.workflow.move(activity, "accounts.reopen_activity")
    activity.save()
    if called_off:
        _tell(INVITED, activity, _everybody(activity), actor)
    return activity
