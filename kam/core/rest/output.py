"""How records are written out: decided once for each serializer, column by column, and not again for every record and request."""

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from operator import attrgetter
from typing import Any

from django.db import models
from django.utils.functional import cached_property
from rest_framework import serializers
from rest_framework.fields import BigIntegerField, SkipField
from rest_framework.relations import PKOnlyObject

from kam.core.rest.fields import PeriodField, ScopedPrimaryKeyField, SensibleDateField, SensibleDateTimeField, VisibleKeyField

Reader = Callable[[Any], Any]
#: Fields whose value depends on nothing but what they are given: neither on who asks nor on the language.
PLAIN = frozenset(
    {
        BigIntegerField,
        PeriodField,
        SensibleDateField,
        SensibleDateTimeField,
        serializers.BooleanField,
        serializers.CharField,
        serializers.ChoiceField,
        serializers.DateField,
        serializers.DateTimeField,
        serializers.DecimalField,
        serializers.EmailField,
        serializers.FloatField,
        serializers.IntegerField,
        serializers.JSONField,
        serializers.SlugField,
        serializers.TimeField,
        serializers.URLField,
        serializers.UUIDField,
    }
)
KEYS = frozenset({ScopedPrimaryKeyField, serializers.PrimaryKeyRelatedField})
#: Columns whose values are those of JSON already: texts, whole numbers, yes and no.
AS_THEY_ARE = (models.CharField, models.TextField, models.IntegerField, models.BooleanField)
UNCHANGED = frozenset(
    {
        BigIntegerField,
        serializers.BooleanField,
        serializers.CharField,
        serializers.ChoiceField,
        serializers.EmailField,
        serializers.IntegerField,
        serializers.SlugField,
        serializers.URLField,
    }
)


class Columns:
    """How a serializer writes a record: `names` in their order; some are `kept` by the record itself under an attribute, of
    which `changed` says how some are written; the others have a `reader`, or None where the field of each request says it.
    """

    def __init__(self, serializer: type[Any]) -> None:
        prototype: Any = serializer()
        columns = {column.name: column for column in prototype.Meta.model._meta.concrete_fields}
        self.kept: dict[str, str] = {}
        self.changed: dict[str, Reader] = {}
        self.readers: dict[str, Reader | None] = {}
        self.names = [name for name, field in prototype.fields.items() if not field.write_only]
        for name in self.names:
            field = prototype.fields[name]
            column = columns.get(str(field.source))
            if column is None or not _plain(field):
                same = _plain(field) or type(field) is VisibleKeyField  # which asks the record itself, never the request
                self.readers[name] = _rows(field) or (_by_field(field) if same else None)
                continue
            self.kept[name] = column.attname
            if type(field) not in KEYS and not (type(field) in UNCHANGED and isinstance(column, AS_THEY_ARE)):
                self.changed[name] = field.to_representation

    def writer(self, names: Iterable[str], fields: Mapping[str, Any]) -> Callable[[Any], dict[str, Any]]:
        """What writes a record under these names."""
        kept = [name for name in names if name in self.kept]
        changed = [(name, self.changed[name]) for name in kept if name in self.changed]
        others = [(name, self.readers[name] or _by_field(fields[name])) for name in names if name in self.readers]
        blank = dict.fromkeys(names)
        # With one name twice, so that there are always several.
        read = attrgetter(*(self.kept[name] for name in kept), self.kept[kept[0]]) if kept else None

        def write(record: Any) -> dict[str, Any]:
            row = blank.copy()
            if read is not None:
                row.update(zip(kept, read(record), strict=False))
            for name, change in changed:
                if row[name] is not None:
                    row[name] = change(row[name])
            for name, said in others:
                try:
                    row[name] = said(record)
                except SkipField:
                    del row[name]
            return row

        return write


@cache
def columns(serializer: type[Any]) -> Columns:
    """The columns of a serializer, looked at once."""
    return Columns(serializer)


class WrittenByColumn(serializers.ModelSerializer):
    """Writes a record as REST framework does, but reads plain columns directly; set `chosen` for some names only."""

    chosen: list[str] | None = None

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """The record, name by name."""
        return self._write(instance)

    @cached_property
    def _write(self) -> Callable[[Any], dict[str, Any]]:
        found = columns(type(self))
        names = [name for name in found.names if self.chosen is None or name in self.chosen]
        return found.writer(names, {} if all(found.readers.get(name, True) for name in names) else self.fields)


def _plain(field: Any) -> bool:
    if isinstance(field, serializers.ListField | serializers.ManyRelatedField):
        return _plain(field.child if isinstance(field, serializers.ListField) else field.child_relation)
    return type(field) in PLAIN or (type(field) in KEYS and field.pk_field is None)


def _rows(field: Any) -> Reader | None:
    """How the rows below a record are written, where all that is shown of them is plain."""
    child = getattr(field, "child", None)
    if not isinstance(child, WrittenByColumn) or type(child).to_representation is not WrittenByColumn.to_representation:
        return None
    found = columns(type(child))
    if "." in field.source or None in found.readers.values():
        return None
    read, write = attrgetter(field.source), found.writer(found.names, {})

    def written(record: Any) -> list[dict[str, Any]]:
        rows = read(record)
        return [write(row) for row in (rows.all() if isinstance(rows, models.Manager) else rows)]

    return written


def _by_field(field: Any) -> Reader:
    """How the library asks a field. Raises SkipField where the field leaves its name out."""

    def written(record: Any) -> Any:
        value = field.get_attribute(record)
        return None if (value.pk if isinstance(value, PKOnlyObject) else value) is None else field.to_representation(value)

    return written
