"""Work items: assigned, claimed, done, passed on, called off, and raised from level to level when they are late."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from kam.core import clock, history
from kam.core.calendars import PlainWeek, working_days_between
from kam.core.notifications import CONFIDENTIAL, Telling, Way, define_notification, notify, notify_all
from kam.core.parameters import define, parameter
from kam.core.ports import port
from kam.core.verbs import verb
from kam.core.work_items import WORK_KINDS, Hands, WorkItem, WorkKind, define_work, hands_of
from kam.core.workflow import Denied

__all__ = [
    "WORK_KINDS",
    "Asking",
    "Hands",
    "WorkItem",
    "WorkKind",
    "assign_each",
    "assign_work",
    "cancel_work",
    "claim_work",
    "close_work",
    "complete_work",
    "define_work",
    "escalate_item",
    "hands_of",
    "inbox_of",
    "late_items",
    "move_deadline",
    "reassign_work",
    "withdraw_work",
]

ASSIGNED = define_notification("work_assigned", _("Something to do"))
RAISED = define_notification("work_raised", _("Nobody else can do it"), way=Way.MAIL)
LATE = define_notification("work_late", _("A deadline is near or missed"))
DONE = define_notification("work_done", _("What you asked for is done"), way=Way.APP)
CANCELLED = define_notification("work_cancelled", _("Something to do was called off"), way=Way.APP)

define("work.warn_share", default=Decimal(75), unit="%", label=_("Share of the time used at which the owner is warned (N1)"))
define("work.late_share", default=Decimal(100), unit="%", label=_("Share of the time used at which the manager is told (N2)"))
define(
    "work.very_late_share",
    default=Decimal(125),
    unit="%",
    label=_("Share of the time used at which the account manager is told (N3)"),
)
define("work.very_late_days", default=2, unit="wd", label=_("Working days overdue at which the account manager is told (N3)"))
define("work.lost_share", default=Decimal(150), unit="%", label=_("Share of the time used at which management is told (N4)"))


def _address(to: Any) -> str:
    return to if isinstance(to, str) else f"user:{to.pk}"


@dataclass(frozen=True)
class Asking:
    """What users or audiences are asked to do: by a moment or by a clock, once per kind, occasion and addressee.

    The payload fills the words and holds no price or margin. With `tell=False` nobody is told here: whoever assigns much at once
    tells each person once of all of it.
    """

    kind: str
    to: Sequence[Any]
    occasion: str = ""
    due: datetime | clock.Clock | None = None
    payload: dict[str, Any] = field(default_factory=dict)
    urgent: bool = False
    tell: bool = True


def assign_work(
    record: models.Model,
    kind: str,
    *,
    to: Any,
    actor: Any,
    occasion: str = "",
    due: datetime | clock.Clock | None = None,
    excluded: Iterable[Any] = (),
    payload: dict[str, Any] | None = None,
    urgent: bool = False,
    tell: bool = True,
) -> WorkItem:
    """Ask a user or an audience to do something on a record (see `Asking`).

    `excluded` names the people who must not do it (its author, W3). When everyone who could is away or excluded, it
    goes up one level at once and says so.
    """
    asking = Asking(kind, [to], occasion=occasion, due=due, payload=payload or {}, urgent=urgent, tell=tell)
    return assign_each(record, [asking], actor=actor, excluded=excluded)[0][0]


def assign_each(
    record: models.Model, askings: Sequence[Asking], *, actor: Any, excluded: Iterable[Any] = ()
) -> list[list[WorkItem]]:
    """Ask several things about a record at once, each of whom it names, as `assign_work` does one; answers the items of each asking."""
    for asking in askings:
        if asking.kind not in WORK_KINDS:
            raise ValueError(f"the kind of work {asking.kind} is not defined")
        if any(word in name for name in asking.payload for word in CONFIDENTIAL):
            raise ValueError("a work item never carries prices, margins or costs")
    return _assign(record, askings, actor, sorted({person.pk for person in excluded}))


@transaction.atomic(savepoint=False)
def _assign(record: models.Model, askings: Sequence[Asking], actor: Any, barred: list[int]) -> list[list[WorkItem]]:
    about = {"content_type": ContentType.objects.get_for_model(record), "object_id": record.pk}
    wanted = {(one.kind, one.occasion, _address(to)): (one, to) for one in askings for to in one.to}
    kinds, occasions, addresses = (set(part) for part in zip(*wanted, strict=True))
    asked = WorkItem.objects.filter(kind__in=kinds, occasion__in=occasions, addressed_to__in=addresses, **about)
    known = set(asked.values_list("kind", "occasion", "addressed_to"))
    new = {
        place: WorkItem(
            kind=one.kind, occasion=one.occasion, addressed_to=place[2], audience=place[2],
            assignee=None if isinstance(to, str) else to, asked_by=actor, excluded=barred, payload=one.payload,
            clock=one.due if isinstance(one.due, clock.Clock) else None,
            due_at=None if isinstance(one.due, clock.Clock) else one.due, asked_at=clock.now(), **about,
        )
        for place, (one, to) in wanted.items()
        if place not in known
    }  # fmt: skip
    WorkItem.objects.bulk_create(new.values(), ignore_conflicts=True)
    items = {(item.kind, item.occasion, item.addressed_to): item for item in asked.select_related("clock")}
    if new:
        people = port("people_of_each")([items[place].audience for place in new], barred)
        for asking in askings:
            if asking.tell:
                of_it = [items[place] for place in new if wanted[place][0] is asking]
                _tell(asking, of_it, people, actor)
        for place in new:
            if not people[items[place].audience][1]:
                _raise_if_nobody(items[place], actor)
    return [[items[one.kind, one.occasion, _address(to)] for to in one.to] for one in askings]


def _tell(asking: Asking, items: list[WorkItem], people: dict[str, Any], actor: Any) -> None:
    about = [Telling(item, _doers(item, people), str(item.pk)) for item in items]
    if about:
        notify_all(ASSIGNED, about, actor=actor, urgent=asking.urgent or _due_today(items[0]))


def _due_today(item: WorkItem) -> bool:
    """Due before this day ends: such a notice does not wait for the digest."""
    return item.deadline is not None and item.deadline.astimezone(clock.timezone.get_current_timezone()).date() <= clock.today()


def _doers(item: WorkItem, people: dict[str, Any] | None = None) -> list[Any]:
    """Everyone addressed and, for those away, their substitutes; without those who are excluded."""
    members, acting = (people or port("people_of_each")([item.audience], item.excluded))[item.audience]
    found = {person.pk: person for person in (*members, *acting)}
    return [person for key, person in found.items() if key not in item.excluded]


def _raise_if_nobody(item: WorkItem, actor: Any) -> None:
    """Let the item go up one level when everyone who could do it is away or excluded, and say so."""
    able = port("people_to_act")
    if any(able(audience, item.excluded) for audience in [item.audience, *item.raised_to]):
        return
    for level in (WorkItem.Level.N2, WorkItem.Level.N3, WorkItem.Level.N4):
        above = [name for name in port("escalation_audience")(item, level) if name != item.audience and able(name, item.excluded)]
        if above:
            item.raised_to = sorted({*item.raised_to, *above})
            item.save(update_fields=["raised_to"])
            notify(
                RAISED,
                item,
                to=[*above, *([item.asked_by] if item.asked_by else [])],
                occasion=",".join(above)[:120],
                actor=actor,
            )
            return


def inbox_of(user: Any) -> models.QuerySet[WorkItem]:
    """What a person has to do now, own, by audience and for whom they substitute; the next deadline first."""
    return WorkItem.objects.to_do_by(user).for_list().by_urgency()


def _open(item: WorkItem) -> WorkItem:
    if item.state != WorkItem.State.OPEN:
        raise Denied("work_closed", _("This has been done or called off already."))
    return item


@verb("core.claim_work", _("Take on"))
def claim_work(item: WorkItem, *, actor: Any, reason: str = "") -> WorkItem:
    """Take on an item of one's audience, so that the others know. Raises Denied when somebody else has."""
    _open(item)
    if item.assignee_id == actor.pk:
        return item
    if item.assignee_id is not None and item.assignee_id not in hands_of(actor).people:
        raise Denied("work_claimed", _("%(person)s has taken this on already.") % {"person": item.assignee})
    item.assignee = actor
    item.save(update_fields=["assignee"])
    return item


@verb("core.complete_work", _("Complete"))
def complete_work(item: WorkItem, *, actor: Any, reason: str = "", answer: str = "done", comment: str = "") -> WorkItem:
    """Say that an item is done, with its answer. Raises Denied when it is closed, when the answer is not one of its
    kind or lacks its comment, and when it can only be done on its record."""
    _open(item)
    definition = item.definition
    if definition.on_record:
        raise Denied("do_on_record", _("Open the record and do it there; this then closes by itself."))
    return _close(item, actor, answer, comment)


def _close(item: WorkItem, actor: Any, answer: str, comment: str) -> WorkItem:
    definition = item.definition
    if answer not in definition.answers:
        raise Denied("unknown_answer", _("Choose one of the offered answers."), field="answer", status=400)
    if answer in definition.needs_comment and not comment.strip():
        raise Denied("comment_needed", _("This answer needs a comment: say why."), field="comment", status=400)
    item.state, item.answer, item.comment = WorkItem.State.DONE, answer, comment.strip()
    item.done_at, item.done_by = clock.now(), actor
    item.on_behalf_of_id = _principal(item, actor)
    item.save(update_fields=["state", "answer", "comment", "done_at", "done_by", "on_behalf_of"])
    if item.asked_by_id and item.asked_by_id != getattr(actor, "pk", None):
        notify(DONE, item, to=[item.asked_by], occasion=str(item.pk), actor=actor)
    return item


def _principal(item: WorkItem, actor: Any) -> int | None:
    """For whom a substitute did it (W7), or None when it was theirs to do."""
    return port("acting_for")(actor, "core.complete_work", item) if actor is not None else None


@transaction.atomic
def close_work(
    record: models.Model, kind: str, *, actor: Any, answer: str = "done", comment: str = "", occasion: str | None = None
) -> list[WorkItem]:
    """Close the open items of a kind on a record because its own verb was done; the verb has checked the rights."""
    rows = WorkItem.objects.on(record).open().filter(kind=kind).locked()
    if occasion is not None:
        rows = rows.filter(occasion=occasion)
    return [_close(item, actor, answer, comment) for item in rows]


@verb("core.cancel_work", _("Call off"))
def cancel_work(item: WorkItem, *, actor: Any, reason: str = "") -> WorkItem:
    """Call off an item that is no longer needed. Raises Denied when it is closed."""
    return _withdraw(_open(item), actor, reason)


def _withdraw(item: WorkItem, actor: Any, reason: str) -> WorkItem:
    item.state, item.done_at, item.done_by, item.comment = WorkItem.State.CANCELLED, clock.now(), actor, reason.strip()
    item.save(update_fields=["state", "done_at", "done_by", "comment"])
    notify(CANCELLED, item, to=_doers(item), occasion=str(item.pk), actor=actor)
    return item


@transaction.atomic
def withdraw_work(
    record: models.Model, *, actor: Any, kind: str = "", occasion: str | None = None, reason: str = ""
) -> list[WorkItem]:
    """Call off the open items on a record, all of them or of one kind, because its own verb made them pointless."""
    rows = WorkItem.objects.on(record).open().locked()
    if kind:
        rows = rows.filter(kind=kind)
    if occasion is not None:
        rows = rows.filter(occasion=occasion)
    return [_withdraw(item, actor, reason) for item in rows]


def move_deadline(record: models.Model, kind: str, due: datetime) -> int:
    """Let what is open on a record be due at another moment; whoever was late is so only by the new one. Answers how many moved."""
    rows = WorkItem.objects.open().on(record).filter(kind=kind, clock=None).exclude(due_at=due)
    return int(rows.update(due_at=due, level=WorkItem.Level.N0))


@verb("core.reassign_work", _("Pass on"), leaves=True)
def reassign_work(item: WorkItem, *, actor: Any, reason: str = "", to: Any) -> WorkItem:
    """Pass an item on to another user or audience; whoever had it goes on seeing it. Raises Denied for who is excluded."""
    _open(item)
    audience = _address(to)
    if not isinstance(to, str) and hands_of(to).people & set(item.excluded):
        raise Denied(
            "excluded", _("%(person)s must not do this: author and approver are two persons.") % {"person": to}, field="to"
        )
    if audience == item.audience and item.assignee_id == (None if isinstance(to, str) else to.pk):
        return item
    item.informed = sorted({*item.informed, item.audience, *([f"user:{item.assignee_id}"] if item.assignee_id else [])})
    item.audience, item.assignee, item.raised_to = audience, None if isinstance(to, str) else to, []
    item.save(update_fields=["informed", "audience", "assignee", "raised_to"])
    doers = _doers(item)
    notify(ASSIGNED, item, to=doers, actor=actor, occasion=f"{item.pk}:{item.version}", urgent=_due_today(item))
    _raise_if_nobody(item, actor)
    return item


def level_of(item: WorkItem, at: datetime) -> int:
    """The level of the ladder (domain.md 1.7) that an open item has reached by the time used; a paused clock stands still."""
    deadline, share = item.deadline, item.used_share(at)
    if deadline is None or share is None or (item.clock and item.clock.paused):
        return item.level
    scopes = _scopes(item)
    percent = Decimal(round(share, 9)) * 100
    if percent >= parameter("work.lost_share", scopes):
        return WorkItem.Level.N4
    if percent >= parameter("work.very_late_share", scopes) or _days_late(item, deadline, at) >= parameter(
        "work.very_late_days", scopes
    ):
        return WorkItem.Level.N3
    if at > deadline and percent >= parameter("work.late_share", scopes):
        return WorkItem.Level.N2
    return WorkItem.Level.N1 if percent >= parameter("work.warn_share", scopes) else WorkItem.Level.N0


def _scopes(item: WorkItem) -> Sequence[str]:
    """The scopes whose parameters hold for the item: those that its maker named."""
    return item.payload.get("scopes", ())


def _days_late(item: WorkItem, deadline: datetime, at: datetime) -> int:
    """Whole working days since the deadline."""
    if at <= deadline:
        return 0
    calendars = item.clock.calendars if item.clock else (port("working_calendar")(item.record) or PlainWeek(),)
    zone = calendars[0].zone
    late, last = deadline.astimezone(zone), at.astimezone(zone)
    days = working_days_between(late.date(), last.date(), calendars)
    return days if last.time() >= late.time() else max(0, days - 1)


def late_items(at: datetime) -> list[int]:
    """The keys of open items that have reached a further level, or that nobody can do today: for the sweeper."""
    rows = WorkItem.objects.open().select_related("clock").order_by("pk")
    rows = rows.prefetch_related("clock__pauses", "clock__other_calendars__days", "clock__calendar__days", "record")
    able: dict[tuple[str, ...], bool] = {}

    def somebody(item: WorkItem) -> bool:
        for audience in (item.audience, *item.raised_to):
            asked = (audience, *map(str, item.excluded))
            if asked not in able:
                able[asked] = bool(port("people_to_act")(audience, item.excluded))
            if able[asked]:
                return True
        return False

    return [
        item.pk for item in rows if (item.level < WorkItem.Level.N4 and level_of(item, at) > item.level) or not somebody(item)
    ]


@transaction.atomic
def escalate_item(key: int, at: datetime | None = None, *, level: int | None = None, cause: str = "") -> int | None:
    """Raise one item to the level that it has reached and tell those whom the level names; exactly once per level.

    `level` with a `cause` raises it regardless of time (a line stop, safety). Answers the new level, or None.
    """
    at = at or clock.now()
    item = WorkItem.objects.open().filter(pk=key).locked().first()
    if item is None:
        return None
    with history.bound(actor=None, verb="core.escalate_work", reason=cause):
        _raise_if_nobody(item, None)
        reached = max(level_of(item, at) if level is None else level, item.level)
        if reached == item.level:
            return None
        told = port("escalation_audience")(item, reached)
        item.level, item.informed = reached, sorted({*item.informed, *told})
        item.save(update_fields=["level", "informed"])
        notify(
            LATE, item, to=[*told, *item.raised_to], occasion=f"N{reached}", urgent=reached == WorkItem.Level.N4 or _due_today(item),
            context={"level": f"N{reached}", "cause": cause},
        )  # fmt: skip
    return reached
