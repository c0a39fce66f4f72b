"""The base serializers: strict about what they take in, scoped in what they refer to, without business rules."""

from collections.abc import Iterator
from typing import Any

from django.contrib.postgres.fields import DateRangeField
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail
from rest_framework.validators import UniqueValidator

from kam.core.characters import as_kept, unkept
from kam.core.rest.fields import (
    LONGEST_TEXT,
    PeriodField,
    ScopedPrimaryKeyField,
    SensibleDateField,
    SensibleDateTimeField,
)
from kam.core.rest.output import WrittenByColumn

SERVER_OWNED = ("id", "version", "created_at", "updated_at")


class StrictSerializer(serializers.Serializer):
    """A body in which every name is known and writable, and every text can be kept."""

    def to_internal_value(self, data: Any) -> Any:
        """The validated values; unknown and server-owned names are errors, all told at once."""
        if not isinstance(data, dict):
            return super().to_internal_value(data)
        errors = self._name_errors(data)
        try:
            values = super().to_internal_value({name: as_kept(part) for name, part in data.items() if name not in errors})
        except serializers.ValidationError as error:
            detail: Any = error.detail
            raise serializers.ValidationError(dict(detail) | errors) from None
        if errors:
            raise serializers.ValidationError(errors)
        return values

    def _name_errors(self, data: dict[str, Any]) -> dict[str, list[ErrorDetail]]:
        errors = {}
        for name, part in data.items():
            field = self.fields.get(name)
            if field is None:
                errors[name] = [ErrorDetail(gettext("There is no field of this name."), "unknown_field")]
            elif field.read_only:
                errors[name] = [ErrorDetail(gettext("KAM sets this value itself; leave it out."), "read_only_field")]
            else:
                fault = unkept(part)
                if fault:
                    errors[name] = [ErrorDetail(fault[1], fault[0])]
        return errors


class VerbSerializer(StrictSerializer):
    """The body of a verb: a reason, where the person wants to give one; verbs that need more add their fields."""

    reason = serializers.CharField(
        required=False, allow_blank=True, max_length=2000, help_text=_("Why, for the history of the record.")
    )


class RecordSerializer(StrictSerializer, WrittenByColumn):
    """A business row: identity, version and times are the server's; keys of other records obey the writer's rows.

    `cost_fields` names the fields that only readers of costs see. A write takes an optional `reason` for the history.
    """

    cost_fields: tuple[str, ...] = ()
    serializer_related_field = ScopedPrimaryKeyField
    serializer_field_mapping = serializers.ModelSerializer.serializer_field_mapping | {
        models.DateField: SensibleDateField,
        models.DateTimeField: SensibleDateTimeField,
        DateRangeField: PeriodField,
    }

    def get_fields(self) -> dict[str, serializers.Field]:
        """The declared fields, the server's own read-only, and the reason of a write."""
        fields = super().get_fields()
        for name in SERVER_OWNED:
            if name in fields:
                fields[name].read_only = True
                fields[name].required = False
        self._tell_emptiness(fields)
        if "reason" not in fields and any(not field.read_only for field in fields.values()):
            fields["reason"] = serializers.CharField(
                required=False,
                allow_blank=True,
                max_length=2000,
                write_only=True,
                help_text=_("Why, for the history of the record."),
            )
        return fields

    def _tell_emptiness(self, fields: dict[str, serializers.Field]) -> None:
        """Note on read-only fields what may be empty, so that the schema says so."""
        model: Any = self.Meta.model
        columns = {column.name: column for column in model._meta.concrete_fields}
        for name, field in fields.items():
            column = columns.get(field.source or name)
            if column is not None and field.read_only:
                field.allow_null = field.allow_null or column.null
                if isinstance(field, serializers.ChoiceField):
                    field.allow_blank = column.blank

    def build_standard_field(self, field_name: str, model_field: models.Field) -> tuple[type, dict[str, Any]]:
        """A field without uniqueness checks: they would tell about rows of others; the action and the database refuse."""
        kind, options = super().build_standard_field(field_name, model_field)
        return kind, self._without_uniqueness(options, model_field)

    def build_relational_field(self, field_name: str, relation_info: Any) -> tuple[type, dict[str, Any]]:
        """A key of another record, scoped."""
        kind, options = super().build_relational_field(field_name, relation_info)
        return kind, self._without_uniqueness(options, relation_info.model_field)

    def get_validators(self) -> list[Any]:
        """None over several fields: what must be unique together is refused by the action and the database."""
        return []

    def get_unique_together_constraints(self, model: Any) -> Iterator[Any]:
        """None: see get_validators."""
        return iter(())

    @staticmethod
    def _without_uniqueness(options: dict[str, Any], model_field: Any) -> dict[str, Any]:
        if "validators" in options:
            options["validators"] = [check for check in options["validators"] if not isinstance(check, UniqueValidator)]
        if isinstance(model_field, models.TextField) and not options.get("read_only") and "choices" not in options:
            options.setdefault("max_length", LONGEST_TEXT)
        return options
