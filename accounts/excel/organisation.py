"""Our locations and the markets as sheets."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.actions.location import create_location, edit_location
from accounts.actions.market import create_market, edit_market
from accounts.excel.base import by
from accounts.excel.by_action import ByAction
from accounts.models import Location, Market
from kam.core.calendars import WorkingCalendar
from kam.core.excel import Column, SheetRow
from kam.core.import_kinds import Change, Plan

NAMES = (
    Column("name_en", _("name in English"), required=True, max_length=160, width=28),
    Column("name_it", _("name in Italian"), max_length=160, width=28),
    Column("name_de", _("name in German"), max_length=160, width=28),
)


class Locations(ByAction):
    """Our locations by code."""

    code, label, verb = "accounts.locations", _("Locations"), "accounts.create_location"
    columns = (
        Column("code", _("code"), required=True, max_length=8),
        *NAMES,
        Column("country", _("country"), required=True, max_length=2),
        Column("city", _("city"), max_length=80),
        Column("address", _("address"), max_length=200),
        Column("time_zone", _("time zone"), required=True, max_length=64),
        Column("currency", _("currency"), required=True, max_length=3),
        Column(
            "calendar",
            _("working calendar"),
            "reference",
            required=True,
            source="calendar.code",
            help=_("code of a working calendar"),
        ),
        Column("sells", _("sells"), "boolean"),
        Column("produces", _("produces"), "boolean"),
        Column("sap_sales_organisation", _("SAP sales organisation"), max_length=4),
        Column("sap_plant", _("SAP plant"), max_length=4),
        Column(
            "stand_in",
            _("location that stands in for reviews"),
            "reference",
            source="stand_in.code",
            help=_("code of a location"),
        ),
    )

    def prepare(self, rows: list[SheetRow], *, actor: Any, sheet: str) -> Plan:
        """New and changed locations."""
        plan = Plan()
        for row in self.filled(rows):
            for name in ("code", "country", "currency"):
                row.values[name] = row.values[name].strip().upper()
            for name in ("sells", "produces"):
                if row.values.get(name) is None:
                    row.values.pop(name, None)
        rows = self.once(rows, "code", plan, sheet)
        rows = self.resolve(rows, "calendar", by(WorkingCalendar.objects.visible_to(actor), "code"), plan, sheet)
        rows = self.resolve(rows, "stand_in", by(Location.objects.visible_to(actor), "code"), plan, sheet)
        existing = by(
            Location.objects.visible_to(actor)
            .select_related("calendar", "stand_in")
            .filter(code__in=[row.values["code"] for row in rows]),
            "code",
        )
        self.compare(rows, existing, "code", [column.key for column in self.columns], plan)
        return self.try_out(rows, plan, actor=actor, sheet=sheet)

    def write(self, change: Change, *, actor: Any, reason: str) -> None:
        """Add or edit one location."""
        if change.record is None:
            create_location(Location, actor=actor, reason=reason, **change.values)
        else:
            edit_location(change.record, actor=actor, reason=reason, **change.values)

    def export_rows(self, actor: Any) -> Iterable[Any]:
        """Every location."""
        return Location.objects.visible_to(actor).select_related("calendar", "stand_in").order_by("code", "pk")


class Markets(ByAction):
    """Markets by code."""

    code, label, verb = "accounts.markets", _("Markets"), "accounts.create_market"
    columns = (
        Column("code", _("code"), required=True, max_length=20),
        Column("dimension", _("dimension"), "choice", required=True, values=Market.Dimension.choices),
        *NAMES,
        Column("countries", _("countries"), max_length=400, help=_("ISO codes parted by blanks"), width=32),
    )

    def prepare(self, rows: list[SheetRow], *, actor: Any, sheet: str) -> Plan:
        """New and changed markets."""
        plan = Plan()
        for row in self.filled(rows):
            row.values["code"] = row.values["code"].strip().upper()
        rows = self.once(rows, "code", plan, sheet)
        existing = by(Market.objects.visible_to(actor).filter(code__in=[row.values["code"] for row in rows]), "code")
        self.compare(rows, existing, "code", [column.key for column in self.columns], plan)
        return self.try_out(rows, plan, actor=actor, sheet=sheet)

    def write(self, change: Change, *, actor: Any, reason: str) -> None:
        """Add or edit one market."""
        if change.record is None:
            create_market(Market, actor=actor, reason=reason, **change.values)
        else:
            edit_market(change.record, actor=actor, reason=reason, **change.values)

    def export_rows(self, actor: Any) -> Iterable[Any]:
        """Every market."""
        return Market.objects.visible_to(actor).order_by("code", "pk")
