"""The time line of a record, read back from its history: what happened, who did it, when, why, old and new values."""

import json
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.db import models
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kam.core import formats
from kam.core.history import told_beside
from kam.core.scoping import ScopedQuerySet
from kam.core.verbs import VERBS

#: So many steps are read back at most.
LONGEST = 200
#: Columns that say nothing to a person.
SILENT = frozenset({"id", "created_at", "updated_at", "version", "search_text", "password", "last_login"})
LABELS = {"insert": gettext_lazy("Created"), "update": gettext_lazy("Changed"), "delete": gettext_lazy("Deleted")}
ICONS = {"insert": "circle-plus", "update": "pencil", "delete": "trash-2"}


@dataclass
class Change:
    """One field's old and new value, as the reader writes them; of a row beside the record with the row's name."""

    label: Any
    before: str
    after: str
    row: str = ""
    row_key: Any = None

    @property
    def full_label(self) -> str:
        """Which field of which row."""
        return f"{self.row} · {self.label}" if self.row else str(self.label)


@dataclass
class ChangedRow:
    """What one step did to one row, or to the record itself (without a name): its fields stand under one heading."""

    name: str
    changes: list[Change]

    @property
    def is_new(self) -> bool:
        """Whether nothing of it was there before."""
        return bool(self.name) and all(change.before == formats.EMPTY for change in self.changes)

    @property
    def is_gone(self) -> bool:
        """Whether nothing of it is left."""
        return bool(self.name) and all(change.after == formats.EMPTY for change in self.changes)


@dataclass
class Moment:
    """One step: what a person (or the system) did, when, why, and what it changed."""

    at: datetime
    label: Any
    icon: str
    actor: Any = None
    principal: Any = None
    reason: str = ""
    changes: list[Change] = field(default_factory=list)
    comment: Any = None
    #: What one person did in one step carries one mark.
    step: Any = None

    @property
    def rows(self) -> list[ChangedRow]:
        """What it changed, row by row."""
        found: dict[tuple[str, Any], ChangedRow] = {}
        for change in self.changes:
            found.setdefault((change.row, change.row_key), ChangedRow(change.row, [])).changes.append(change)
        return list(found.values())

    @property
    def day(self) -> date:
        """The day in the reader's time zone."""
        return timezone.localtime(self.at).date()


def timeline(record: models.Model, reader: Any, limit: int = 40) -> list[Moment]:
    """The last steps on a record that its reader may see, the newest first; only the card of a record has no time line.

    What was done to rows that are tracked beside it (`kam.core.history.tracked`) is told with it, step by step.
    """
    rows: Any = type(record)._default_manager.all()
    if hasattr(rows, "detailed_to") and not rows.detailed_to(reader).filter(pk=record.pk).exists():
        return []
    history = getattr(record, "pgh_event_model", None)
    if history is None:
        return []
    found = _moments(type(record), list(history.objects.filter(pgh_obj_id=record.pk).order_by("-pgh_id")[: limit + 1]), reader)
    parts = [moment for path, model in told_beside(type(record)) for moment in _beside(path, model, record, reader, limit)]
    return _joined(found[:limit], parts)[:limit] if parts else found[:limit]


def _beside(path: str, model: Any, record: models.Model, reader: Any, limit: int) -> list[Moment]:
    """The last steps on the rows of a model that belong to a record; of records of their own only those that the reader may see."""
    history = model.pgh_event_model
    events = history.objects.filter(**{path: record.pk})
    if path in history.told_at:
        events = events.filter(pgh_obj_id__in=model._default_manager.visible_to(reader).values("pk"))
    return _moments(model, list(events.order_by("-pgh_id")[: limit + 1]), reader, beside=path)[:limit]


def _moments(model: Any, events: list[Any], reader: Any, beside: str = "") -> list[Moment]:
    """The steps that these events of one model tell, the newest first; `beside` leads to the record in whose time line they stand.

    A change whose state before is no longer among them is left out.
    """
    people = _people(events)
    words = _Words(model, reader, events, beside)
    moments = []
    for place, event in enumerate(events):
        before = next((one for one in events[place + 1 :] if one.pgh_obj_id == event.pgh_obj_id), None)
        changes: list[Change] = []
        if beside:
            changes = words.told(before, event)
        elif event.pgh_label == "update" and before is not None:
            changes = words.changes(before, event)
        if event.pgh_label == "update" and not changes:
            continue
        said = _said(event)
        verb = VERBS.get(said.get("verb", ""))
        moments.append(
            Moment(
                datetime.fromisoformat(said["at"]) if "at" in said else event.pgh_created_at,
                verb.label if verb else LABELS.get(event.pgh_label, event.pgh_label),
                ICONS.get(event.pgh_label, "pencil"),
                people.get(said.get("actor")),
                people.get(said.get("principal")),
                said.get("reason", ""),
                changes,
                step=event.pgh_context_id,
            )
        )
    return moments


def _joined(own: list[Moment], parts: list[Moment]) -> list[Moment]:
    """The steps on a record with those on its parts; what was done in one step is told as one. Of one moment the parts are later."""
    steps = {moment.step: moment for moment in own if moment.step is not None}
    more = []
    for moment in parts:
        known = steps.get(moment.step)
        if known is not None:
            known.changes += moment.changes
            continue
        more.append(moment)
        if moment.step is not None:
            steps[moment.step] = moment
    return sorted([*more, *own], key=lambda one: one.at, reverse=True)


def by_day(moments: list[Moment]) -> list[tuple[date, list[Moment]]]:
    """The steps parted by day, the newest first."""
    days: dict[date, list[Moment]] = defaultdict(list)
    for moment in sorted(moments, key=lambda one: one.at, reverse=True):
        days[moment.day].append(moment)
    return list(days.items())


def _said(event: Any) -> dict[str, Any]:
    said = event.pgh_context
    if isinstance(said, str):
        said = json.loads(said)
    return dict(said) if said else {}


def _people(events: list[Any]) -> dict[Any, Any]:
    keys = {said.get(name) for said in map(_said, events) for name in ("actor", "principal")} - {None}
    return get_user_model()._default_manager.in_bulk(keys)


class _Words:
    """How the values of one model are written; relations are looked up once per field, over the reader's rows."""

    def __init__(self, model: type[models.Model], reader: Any, events: list[Any], beside: str = "") -> None:
        known = {column.attname for column in type(events[0])._meta.concrete_fields} if events else set()
        self.model = model
        shown = [one for one in model._meta.concrete_fields if one.name not in {*SILENT, beside} and one.attname in known]
        # What KAM works out and keeps as JSON is codes, which pages put into words; nobody wrote it.
        self.fields = [one for one in shown if one.editable or not isinstance(one, models.JSONField)]
        self.related = {one.attname: self._names(one, reader, events) for one in self.fields if one.is_relation}

    def _names(self, one: Any, reader: Any, events: list[Any]) -> dict[Any, str]:
        keys = {getattr(event, one.attname) for event in events} - {None}
        rows: Any = one.related_model._default_manager.all()
        rows = rows.visible_to(reader) if isinstance(rows, ScopedQuerySet) else rows
        return {row.pk: str(row) for row in rows.filter(pk__in=keys)} if keys else {}

    def changes(self, before: Any, after: Any) -> list[Change]:
        """The fields that differ between two states."""
        found = []
        for one in self.fields:
            old, new = getattr(before, one.attname), getattr(after, one.attname)
            if old != new:
                found.append(Change(capfirst(str(one.verbose_name)), self.written(one, old), self.written(one, new)))
        return found

    def told(self, before: Any, after: Any) -> list[Change]:
        """What happened to a row beside a record: what a new one holds, what changed, what was taken out; each by the row's name."""
        if after.pgh_label == "update":
            found = self.changes(before, after) if before is not None else []
        else:
            gone = after.pgh_label == "delete"
            shown = [(one, self.written(one, getattr(after, one.attname))) for one in self.fields]
            found = [
                Change(capfirst(str(one.verbose_name)), *((text, formats.EMPTY) if gone else (formats.EMPTY, text)))
                for one, text in shown
                if text != formats.EMPTY
            ]
        row = capfirst(str(self.model._meta.verbose_name))
        if not after.named_by and len(found) == 1:  # a row that says one thing is that thing
            return [Change(row, found[0].before, found[0].after)]
        if after.named_by:
            named = getattr(after, after.named_by)
            column: Any = self.model._meta.get_field(after.named_by)
            row = f"{row} {dict(column.flatchoices or ()).get(named, named)}"
        return [Change(change.label, change.before, change.after, row, (self.model, after.pgh_obj_id)) for change in found]

    def written(self, one: Any, value: Any) -> str:
        """A value as its reader writes it; a relation that is not theirs stays unnamed."""
        if value is None or value == "":
            return formats.EMPTY
        if one.is_relation:
            return self.related[one.attname].get(value, _("not visible to you"))
        if one.choices:
            return str(dict(one.flatchoices).get(value, value))
        if isinstance(value, list | tuple):
            return ", ".join(map(str, value)) or formats.EMPTY
        bounds = (getattr(value, "lower", None), getattr(value, "upper", None))
        if isinstance(bounds[0], date):
            return f"{formats.day(bounds[0])} {formats.EMPTY} {formats.day(bounds[1]) if bounds[1] else ''}".strip()
        return str(formats.plain(value))
