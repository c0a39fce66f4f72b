"""What happened while somebody was away: what the substitute did in their name, what is open, what changed in their matrix."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.apps import apps
from django.db.models import Q

from accounts.models import Assignment, Delegation, User
from kam.core import clock
from kam.core.scoping import ScopedQuerySet
from kam.core.verbs import VERBS
from kam.core.work import WorkItem, inbox_of

MOST = 50


@dataclass(frozen=True)
class Deed:
    """Something that was done in somebody's name: the verb's words, by whom, on what, how often, when last."""

    label: Any
    actor: User | None
    record: Any
    count: int
    at: datetime


@dataclass(frozen=True)
class Summary:
    """What somebody should know on return."""

    deeds: list[Deed]
    done: list[WorkItem]
    open: list[WorkItem]
    assignments: list[Assignment]


def while_away(row: Delegation, reader: User) -> Summary:
    """The summary of a substitution for the person who was away; only rows that they may see today."""
    first, last = _bounds(row)
    done = WorkItem.objects.visible_to(reader).filter(on_behalf_of=row.principal, done_at__gte=first, done_at__lt=last)
    waiting = inbox_of(reader).filter(Q(asked_at__gte=first, asked_at__lt=last) | Q(level__gt=0))
    changed = Assignment.objects.visible_to(reader).filter(user=reader)
    return Summary(
        sorted(_deeds(row, reader, first, last), key=lambda deed: deed.at, reverse=True)[:MOST],
        list(done.for_list().order_by("-done_at", "-pk")[:MOST]),
        list(waiting[:MOST]),
        list(_changed(changed, row).for_list().order_by("-period", "pk")[:MOST]),
    )


def _changed(rows: Any, row: Delegation) -> Any:
    """The assignments that began or ended while the person was away."""
    first, after = row.period.lower, row.period.upper
    return rows.filter(
        Q(period__startswith__gte=first, period__startswith__lt=after)
        | Q(period__endswith__gte=first, period__endswith__lt=after)
    )


def _bounds(row: Delegation) -> tuple[datetime, datetime]:
    """The moments between which the person was away, by their own time zone."""
    zone = ZoneInfo(row.principal.time_zone)
    first = datetime.combine(row.first_day or clock.today(), time(), zone)
    last = datetime.combine(row.period.upper or clock.today(), time(), zone)
    return first, last


def _deeds(row: Delegation, reader: User, first: datetime, last: datetime) -> Iterator[Deed]:
    """What the history says was done for the person, kind of record by kind, one line per record and verb."""
    people: dict[int, User] = {}
    for model in _tracked_models():
        events = model.pgh_event_model.objects.filter(
            pgh_created_at__gte=first, pgh_created_at__lt=last, pgh_context__principal=row.principal_id
        )
        said = list(events.order_by("-pgh_id").values_list("pgh_obj_id", "pgh_context", "pgh_created_at")[: MOST * 4])
        if not said:
            continue
        rows: Any = model._default_manager.all()
        found = rows.visible_to(reader).in_bulk({key for key, _said, _at in said}) if isinstance(rows, ScopedQuerySet) else {}
        counts = Counter((key, words.get("verb"), words.get("actor")) for key, words, _at in said)
        latest = {(key, words.get("verb"), words.get("actor")): at for key, words, at in reversed(said)}
        people |= User.objects.in_bulk({actor for _key, _verb, actor in counts if actor} - people.keys())
        for (key, code, actor), count in counts.items():
            if key in found:
                verb = VERBS.get(code or "")
                yield Deed(verb.label if verb else code, people.get(actor or 0), found[key], count, latest[key, code, actor])


def _tracked_models() -> list[Any]:
    """Every model with a history; work items are told apart."""
    return [model for model in apps.get_models() if hasattr(model, "pgh_event_model") and model is not WorkItem]
