"""Our locations: made and edited."""

import zoneinfo
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _
from psycopg.errors import UniqueViolation

from accounts.models import Location
from kam.core.verbs import verb
from kam.core.workflow import Denied, Refusals

EDITABLE = (
    "code", "name_it", "name_en", "name_de", "country", "city", "address", "time_zone", "currency", "calendar", "sells",
    "produces", "sap_sales_organisation", "sap_plant", "stand_in", "is_active",
)  # fmt: skip


def save_once(row: Any, refusal: Denied) -> None:
    """Save a row; where another one has its code, raise the refusal."""
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        if isinstance(error.__cause__, UniqueViolation):
            raise refusal from None
        raise


def _checked(location: Location, values: dict[str, Any]) -> bool:
    """Put the values on the location, everything checked at once; says whether anything changes."""
    values = {name: value.strip() if isinstance(value, str) else value for name, value in values.items() if name in EDITABLE}
    for name in ("code", "country", "currency"):
        if name in values:
            values[name] = values[name].upper()
    changed = [name for name, value in values.items() if getattr(location, name, None) != value]
    for name in changed:
        setattr(location, name, values[name])
    refusals = [
        Denied("required", _("Fill in this field."), field=name, status=400)
        for name in ("code", "name_en", "country", "time_zone", "currency")
        if not getattr(location, name)
    ]
    if location.calendar_id is None:
        refusals.append(Denied("required", _("Choose the working calendar of the location."), field="calendar", status=400))
    if location.time_zone and location.time_zone not in zoneinfo.available_timezones():
        refusals.append(Denied("unknown_time_zone", _("Choose one of the offered time zones."), field="time_zone", status=400))
    if location.country and not _two_letters(location.country):
        refusals.append(
            Denied(
                "unknown_country",
                _("Type the two letters of the country (ISO 3166), for example IT."),
                field="country",
                status=400,
            )
        )
    if location.currency and not (len(location.currency) == 3 and location.currency.isalpha()):
        refusals.append(
            Denied(
                "unknown_currency",
                _("Type the three letters of the currency (ISO 4217), for example EUR."),
                field="currency",
                status=400,
            )
        )
    if not (location.sells or location.produces):
        refusals.append(Denied("does_nothing", _("A location sells, produces or both."), field="sells", status=400))
    if "stand_in" in changed and location.stand_in is not None:
        refusals += _stand_in(location, location.stand_in)
    if refusals:
        raise Refusals(refusals)
    return bool(changed)


def _stand_in(location: Location, other: Location) -> list[Denied]:
    """What speaks against another location that stands in."""
    if location.pk == other.pk:
        text = _("A location does not stand in for itself. Choose another one, or none.")
        return [Denied("stands_in_for_itself", text, field="stand_in", status=400)]
    if not other.is_active:
        text = _("This location is no longer active. Choose another one.")
        return [Denied("location_inactive", text, field="stand_in", status=400)]
    return []


def _two_letters(text: str) -> bool:
    return len(text) == 2 and text.isascii() and text.isalpha()


def _code_taken(location: Location) -> Denied:
    return Denied("code_taken", _("There is a location %(code)s already.") % {"code": location.code}, field="code")


@verb("accounts.create_location", _("Add location"))
def create_location(model: type[Location], *, actor: Any, reason: str = "", **values: Any) -> Location:
    """Add one of our locations. Raises Denied for a code that is taken and for what is missing or unknown, all at once."""
    location = model(currency=settings.BASE_CURRENCY)
    _checked(location, values)
    save_once(location, _code_taken(location))
    return location


@verb("accounts.edit_location", _("Edit location"))
def edit_location(location: Location, *, actor: Any, reason: str = "", **values: Any) -> Location:
    """Change a location; deadlines that run keep the calendar with which they began."""
    if _checked(location, values):
        save_once(location, _code_taken(location))
    return location
