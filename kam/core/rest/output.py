"""How records are written out: decided once for each serializer, column by column, and not again for every record and request."""

from collections.abc import Callable
from functools import cache
from operator import attrgetter
from typing import Any

from django.db.models import Manager
from django.utils.functional import cached_property
from rest_framework import serializers
from rest_framework.fields import BigIntegerField, SkipField
from rest_framework.relations import PKOnlyObject

from kam.core.rest.fields import PeriodField, ScopedPrimaryKeyField, SensibleDateField, SensibleDateTimeField

Reader = Callable[[Any], Any]
#: Fields whose value depends on nothing but what they are given: neither on who asks nor on the language.
PLAIN = frozenset(
    {
        PeriodField,
        SensibleDateField,
        SensibleDateTimeField,
        BigIntegerField,
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


class WrittenByColumn(serializers.ModelSerializer):
    """Writes a record as REST framework does, but reads plain columns directly; set `chosen` for some names only."""

    chosen: list[str] | None = None

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """The record, name by name."""
        row = {}
        for name, read in self._readers:
            try:
                row[name] = read(instance)
            except SkipField:
                continue
        return row

    @cached_property
    def _readers(self) -> list[tuple[str, Reader]]:
        return [
            (name, read or _by_field(self.fields[name]))
            for name, read in columns(type(self)).items()
            if self.chosen is None or name in self.chosen
        ]


@cache
def columns(serializer: type[WrittenByColumn]) -> dict[str, Reader | None]:
    """What each name in an answer of this serializer is read with; None where the field of each request has to say it."""
    prototype: Any = serializer()
    kept = {column.name: column.attname for column in prototype.Meta.model._meta.concrete_fields}
    return {
        name: _rows(field) or (_column(field, kept.get(str(field.source), "")) if _plain(field) else None)
        for name, field in prototype.fields.items()
        if not field.write_only
    }


def _plain(field: Any) -> bool:
    if isinstance(field, serializers.ListField | serializers.ManyRelatedField):
        return _plain(field.child if isinstance(field, serializers.ListField) else field.child_relation)
    return type(field) in PLAIN or (type(field) in KEYS and field.pk_field is None)


def _column(field: Any, attribute: str) -> Reader:
    """How a plain value is read: directly where it is a column of the record itself."""
    if not attribute:
        return _by_field(field)
    read, write = attrgetter(attribute), field.to_representation
    if type(field) in KEYS:
        return read

    def written(record: Any) -> Any:
        value = read(record)
        return None if value is None else write(value)

    return written


def _rows(field: Any) -> Reader | None:
    """How the rows below a record are read, where all that is shown of them is plain."""
    child = getattr(field, "child", None)
    if not isinstance(child, WrittenByColumn) or type(child).to_representation is not WrittenByColumn.to_representation:
        return None
    readers = columns(type(child)).items()
    if "." in field.source or None in dict(readers).values():
        return None
    read = attrgetter(field.source)

    def written(record: Any) -> list[dict[str, Any]]:
        rows = read(record)
        rows = rows.all() if isinstance(rows, Manager) else rows
        return [{name: value(row) for name, value in readers if value} for row in rows]

    return written


def _by_field(field: Any) -> Reader:
    """How the library asks a field. Raises SkipField where the field leaves its name out."""

    def written(record: Any) -> Any:
        value = field.get_attribute(record)
        return None if (value.pk if isinstance(value, PKOnlyObject) else value) is None else field.to_representation(value)

    return written
