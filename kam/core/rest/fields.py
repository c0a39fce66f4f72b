"""Fields of API bodies: keys that obey the reader's rows, dates and periods within reason."""

import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.relations import MANY_RELATION_KWARGS

from kam.core.periods import period

EARLIEST, LATEST = datetime.date(1900, 1, 1), datetime.date(2199, 12, 31)
LONGEST_TEXT = 20_000


class ScopedPrimaryKeyField(serializers.PrimaryKeyRelatedField):
    """The key of another record; one outside the writer's rows is answered exactly like one that does not exist."""

    @classmethod
    def many_init(cls, *args: Any, **options: Any) -> "ScopedKeys":
        """The field for several keys, as the library builds it."""
        known = {name: value for name, value in options.items() if name in MANY_RELATION_KWARGS}
        return ScopedKeys(child_relation=cls(*args, **options), **known)

    def get_queryset(self) -> QuerySet[Any]:
        """The records that the writer may see."""
        rows: Any = super().get_queryset()
        request = self.context.get("request")
        return rows.visible_to(request.user) if request is not None else rows.none()

    def to_internal_value(self, data: Any) -> Any:
        """The record behind a key; only numbers are keys."""
        if isinstance(data, str) and not (data.isascii() and data.isdigit() and len(data) < 20):
            self.fail("incorrect_type", data_type="str")
        if isinstance(data, float):
            self.fail("incorrect_type", data_type="float")
        return super().to_internal_value(data)


class VisibleKeyField(ScopedPrimaryKeyField):
    """The key of another record, answered as none where the reader does not see that one: the viewset prefetches those that they do."""

    def use_pk_only_optimization(self) -> bool:
        """The prefetched record is asked, not its key, which stands in the row whoever reads it."""
        return False


class ScopedKeys(serializers.ManyRelatedField):
    """The keys of several records; an object is no list, not even an empty one."""

    def to_internal_value(self, data: Any) -> list[Any]:
        """The records behind the keys."""
        if isinstance(data, dict):
            self.fail("not_a_list", input_type="dict")
        return list(super().to_internal_value(data))


class SensibleDateField(serializers.DateField):
    """A day between 1900 and 2199: further away it is a typing error."""

    default_error_messages = {"out_of_range": _("The date must lie between 1900 and 2199.")}

    def to_internal_value(self, value: Any) -> Any:
        """The day, if it is a likely one."""
        day = super().to_internal_value(value)
        if not EARLIEST <= day <= LATEST:
            self.fail("out_of_range")
        return day


class SensibleDateTimeField(serializers.DateTimeField):
    """A moment in UTC between 1900 and 2199: further away it is a typing error."""

    default_error_messages = {"out_of_range": _("The date must lie between 1900 and 2199.")}

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"default_timezone": datetime.UTC} | options)

    def to_internal_value(self, value: Any) -> Any:
        """The moment, if it is a likely one."""
        try:
            moment = super().to_internal_value(value)
        except OverflowError:
            self.fail("out_of_range")
        if not EARLIEST <= moment.date() <= LATEST:
            self.fail("out_of_range")
        return moment


class PeriodField(serializers.Field):
    """A period as two days, both included: `{"first_day": "2026-01-01", "last_day": null}`; null is open."""

    default_error_messages = {
        "not_a_period": _("Write a period as first_day and last_day."),
        "turned_round": _("The last day lies before the first."),
    }

    def to_internal_value(self, data: Any) -> Any:
        """The period; each day may be missing or null."""
        if not isinstance(data, dict) or not set(data) <= {"first_day", "last_day"}:
            self.fail("not_a_period")
        days = {}
        for name in ("first_day", "last_day"):
            try:
                days[name] = SensibleDateField(allow_null=True).run_validation(data.get(name))
            except serializers.ValidationError as error:
                raise serializers.ValidationError({name: error.detail}) from None
        if days["first_day"] and days["last_day"] and days["last_day"] < days["first_day"]:
            self.fail("turned_round")
        return period(days["first_day"], days["last_day"])

    def to_representation(self, value: Any) -> dict[str, Any]:
        """Both days as the person sees them."""
        last = value.upper - datetime.timedelta(days=1) if value.upper else None
        return {"first_day": value.lower.isoformat() if value.lower else None, "last_day": last.isoformat() if last else None}
