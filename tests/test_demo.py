"""The demonstration company: the same on every reset and on every day, its dates as distance from today."""

import hashlib
import re
from datetime import UTC, date, datetime, tzinfo
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from accounts.models import Activity, Customer, PlantService, Promise, User
from catalog.models import Product
from kam.core import clock
from kam.core.numbering import Sequence

pytestmark = [pytest.mark.django_db]
#: What depends on the moment of the run, on chance by design, or on what another run counted before.
LEFT_OUT = re.compile(
    r"^(created_at|updated_at|password|file|preview|sha256|size|search_text|message_id|hash|last_login|date_joined|not_before|digest|pgh_.*|asked_at|sort_.*)$"
)
TABLES = ("accounts", "catalog", "orders", "core")


class Undone(Exception):
    """Takes a demonstration back."""


def told(value: Any, today: date, zone: tzinfo | None = None) -> Any:
    """A value with its dates as distance from today, and its hours as they are where it happens."""
    match value:
        case datetime():
            local = timezone.localtime(value, zone)
            return ("at", (local.date() - today).days, local.hour, local.minute)
        case date():
            return ("on", (value - today).days)
        case list() | tuple():
            return [told(one, today) for one in value]
    bounds = (getattr(value, "lower", None), getattr(value, "upper", None))
    return [told(bound, today) for bound in bounds] if hasattr(value, "lower_inc") else value


def dump(today: date) -> dict[str, tuple[int, str]]:
    """Each table's count and the hash of its rows; keys of rows are told by their place in their own table."""
    places: dict[str, dict[int, int]] = {}
    models = [model for model in apps.get_models() if model._meta.app_label in TABLES and not model.__name__.endswith("Event")]
    models.remove(Sequence)  # counts by the calendar year that today happens to lie in
    for model in models:
        keys = model._base_manager.order_by("pk").values_list("pk", flat=True)
        places[model._meta.label] = {key: place for place, key in enumerate(keys)}
    leading = PlantService.objects.filter(leads=True).select_related("location")
    zones = {service.plant_id: ZoneInfo(service.location.time_zone) for service in leading}
    found = {}
    for model in models:
        sums = hashlib.sha256()
        fields = [field for field in model._meta.concrete_fields if not field.primary_key and not LEFT_OUT.match(field.name)]
        named = {"core.WorkItem", "core.Notification", "core.OutgoingMail", "core.Job"}
        if model._meta.label in named:
            fields = [field for field in fields if field.name in {"kind", "reader", "state", "content_type", "due_at"}]
        fields = [
            field
            for field in fields
            if field.name
            not in {"object_id", "payload", "private_to", "addressed_to", "text" if model.__name__ == "Comment" else ""}
        ]
        for row in model._base_manager.order_by("pk"):
            values = []
            for field in fields:
                value = getattr(row, field.attname)
                if field.is_relation and value is not None:
                    value = places.get(field.related_model._meta.label, {}).get(value, "elsewhere")
                there = zones.get(row.plant_id) if field.name in {"starts_at", "ends_at"} else None
                values.append(told(value, today, there))
            sums.update(repr(values).encode())
        found[model._meta.label] = (len(places[model._meta.label]), sums.hexdigest())
    return found


def made_on(day: date) -> dict[str, tuple[int, str]]:
    """The demonstration made on a day, told, and taken back."""
    answer: dict[str, tuple[int, str]] = {}
    try:
        with clock.moment(datetime(day.year, day.month, day.day, 12, tzinfo=UTC)), transaction.atomic():
            call_command("demo", stdout=StringIO())
            answer = dump(day)
            counted = {model: model.objects.count() for model in (Customer, Product, Activity, Promise)}
            assert counted == {Customer: 150, Product: 300, Activity: 250, Promise: 60}
            raise Undone
    except Undone:
        pass
    assert not User.objects.exists()
    return answer


def test_two_resets_on_two_days_make_the_same_company() -> None:
    first = made_on(date(2028, 2, 29))
    again = made_on(date(2026, 12, 31))
    assert {name for name in first if first[name] != again[name]} == set()
