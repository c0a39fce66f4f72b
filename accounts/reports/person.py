"""Everything that KAM keeps about a contact, for that person to read (access) and to know what an erasure reaches."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from accounts.models import Activity, Contact, Plant, Promise, User
from kam.core import clock, formats
from kam.core.comments import Comment
from kam.core.documents import Document
from kam.core.links import Link
from kam.core.timeline import timeline
from kam.core.work_items import WorkItem

#: Where people are named in free words, and in which columns.
NAMED_IN: tuple[tuple[Any, tuple[str, ...]], ...] = (
    (Activity, ("subject", "text", "place", "next_step")),
    (Promise, ("what", "outcome")),
    (Comment, ("text",)),
    (Document, ("title", "original_name")),
    (WorkItem, ("comment",)),
    (Link, ("note",)),
)
SHORTEST_NUMBER = 6
SILENT = frozenset({"id", "version", "search_text"})


@dataclass
class Line:
    """One row of the report: when, what, the words kept, who wrote them, where they stand."""

    at: Any
    what: str
    text: str = ""
    by: str = ""
    address: str = ""


@dataclass
class Part:
    """One kind of thing kept about the person; `withheld` counts what is private to others and is shown by its owner."""

    name: str
    label: str
    lines: list[Line] = field(default_factory=list)
    withheld: int = 0


@dataclass
class PersonReport:
    """What is kept about one contact on a day: the columns of the record, then everything that refers to the person."""

    contact: Contact
    made_at: Any
    facts: list[tuple[str, str]]
    parts: list[Part]

    def data(self) -> dict[str, Any]:
        """The report as plain data, for the download and the API."""
        return {
            "contact": self.contact.pk,
            "made_at": self.made_at,
            "facts": [{"label": label, "value": value} for label, value in self.facts],
            "parts": [
                {"name": part.name, "label": part.label, "withheld": part.withheld, "lines": [vars(line) for line in part.lines]}
                for part in self.parts
            ],
        }


def surely_names(contact: Contact) -> str:
    """A pattern (of PostgreSQL) of what can only mean this person: both names together, the e-mail address, the numbers."""
    found = []
    if contact.first_name and contact.last_name:
        first, last = re.escape(contact.first_name), re.escape(contact.last_name)
        found += [rf"\m{first}\s+{last}\M", rf"\m{last},?\s+{first}\M"]
    found += [re.escape(contact.email)] if contact.email else []
    numbers = [number for number in (contact.phone, contact.mobile) if sum(map(str.isdigit, number)) >= SHORTEST_NUMBER]
    return "|".join([*found, *map(re.escape, numbers)])


def naming(rows: Any, names: Iterable[str], pattern: str) -> Any:
    """Those rows that hold the pattern in one of these columns."""
    found = Q(pk__in=[])
    for name in names if pattern else ():
        found |= Q(**{f"{name}__iregex": pattern})
    return rows.filter(found)


def by_last_name_only(contact: Contact) -> dict[Any, Any]:
    """Activities, promises and comments of the person's company that hold the last name but nothing that is surely this person."""
    if contact.erased_at is not None:
        return {}
    last, sure = rf"\m{re.escape(contact.last_name)}\M", surely_names(contact)
    found: dict[Any, Any] = {}
    for model, names in NAMED_IN[:3]:
        rows = _of_the_company(model, contact)
        found[model] = naming(rows, names, last).exclude(pk__in=naming(rows, names, sure).values("pk"))
    return found


def _of_the_company(model: Any, contact: Contact) -> Any:
    """The activities and promises with the person's company, or the comments on it and on what belongs to it."""
    if model is not Comment:
        return model._base_manager.filter(customer=contact.customer_id)
    found = _on(contact.customer) | _on(contact)
    for kind in (Plant, Activity, Promise):
        keys = kind._default_manager.filter(customer=contact.customer_id).values("pk")
        found |= Q(content_type=ContentType.objects.get_for_model(kind), object_id__in=keys)
    return Comment._base_manager.filter(found)


def _on(record: models.Model) -> Q:
    return Q(content_type=ContentType.objects.get_for_model(record), object_id=record.pk)


def person_report(contact: Contact, reader: User) -> PersonReport:
    """What is kept about a contact: the record, its history, and what names the person or stands on the record.

    Regulation (EU) 2016/679, article 15. What is private to others than its reader is counted, not shown.
    """
    facts = [
        (capfirst(str(column.verbose_name)), _written(contact, column))
        for column in contact._meta.concrete_fields
        if column.name not in SILENT
    ]
    sure, loose = surely_names(contact), by_last_name_only(contact)
    activities = Activity._base_manager.filter(Q(pk__in=contact.activities.values("pk")) | _found(Activity, sure, loose))
    files = _on(contact) | Q(
        content_type=ContentType.objects.get_for_model(Activity), object_id__in=contact.activities.values("pk")
    )
    about_both = Link.objects.of(contact).values("pk")
    parts = [
        Part("history", _("History"), list(_history(contact, reader))),
        _part("activities", _("Activities"), activities, reader, lambda one: Line(one.starts_at, one.get_kind_display(), _joined(one), str(one.owner), one.get_absolute_url())),
        _part("promises", _("Promises"), Promise._base_manager.filter(Q(contact=contact) | _found(Promise, sure, loose)), reader, lambda one: Line(one.made_on, one.get_side_display(), _joined(one), str(one.owner), one.get_absolute_url())),
        _part("comments", _("Comments"), Comment._base_manager.filter(_on(contact) | _found(Comment, sure, loose)), reader, lambda one: Line(one.created_at, _("Comment"), one.text, str(one.author), one.get_absolute_url())),
        _part("documents", _("Documents"), Document._base_manager.filter(files | _found(Document, sure, loose)), reader, lambda one: Line(one.created_at, str(one.type), f"{one.title} ({one.original_name})", str(one.uploaded_by or ""), one.get_absolute_url())),
        _part("work", _("To do"), WorkItem._base_manager.filter(_on(contact) | _found(WorkItem, sure, loose)), reader, lambda one: Line(one.asked_at, str(one), one.comment, "", one.get_absolute_url())),
        _part("links", _("Links"), Link._base_manager.filter(Q(pk__in=about_both) | _found(Link, sure, loose)), reader, lambda one: Line(one.created_at, one.get_meaning_display(), f"{one} {one.note}".strip(), str(one.made_by or ""))),
    ]  # fmt: skip
    return PersonReport(contact, clock.now(), facts, parts)


def _found(model: Any, sure: str, loose: dict[Any, Any]) -> Q:
    """The rows of a model that name the person."""
    names = dict(NAMED_IN)[model]
    found = Q(pk__in=naming(model._base_manager.all(), names, sure).values("pk"))
    return found | Q(pk__in=loose[model].values("pk")) if model in loose else found


def _part(name: str, label: str, rows: Any, reader: User, write: Any) -> Part:
    """The rows that the reader sees, written; the others counted."""
    keys = list(rows.order_by("pk").values_list("pk", flat=True))
    seen = rows.model._default_manager.visible_to(reader).filter(pk__in=keys).order_by("pk")
    lines = [write(row) for row in seen]
    return Part(name, label, lines, len(keys) - len(lines))


def _history(contact: Contact, reader: User) -> Iterable[Line]:
    for moment in timeline(contact, reader, limit=1000):
        changes = "; ".join(f"{change.label}: {change.before} → {change.after}" for change in moment.changes)
        yield Line(moment.at, str(moment.label), " ".join(filter(None, (changes, moment.reason))), str(moment.actor or "KAM"))


def _joined(record: Any) -> str:
    names = dict(NAMED_IN)[type(record)]
    return " · ".join(text for text in (getattr(record, name) for name in names) if text)


def _written(contact: Contact, column: Any) -> str:
    value = getattr(contact, column.name)
    if value is None or value == "":
        return formats.EMPTY
    if column.choices:
        return str(dict(column.flatchoices).get(value, value))
    if isinstance(column, models.DateTimeField):
        return formats.moment(value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return str(value)
