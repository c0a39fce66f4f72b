"""Values of price indices as a sheet: index, day, value; sent again they change nothing, corrected they are corrected."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from catalog.excel.base import CatalogKind, by_code
from kam.core.excel import Column, SheetRow
from kam.core.import_kinds import Plan
from orders.actions.indices import take_over_values
from orders.models import IndexValue, PriceIndex


class IndexValues(CatalogKind):
    """Values by index and day."""

    code, label, verb = "orders.index_values", _("Values of price indices"), "orders.record_index_value"
    model = IndexValue
    fields = ("index", "day", "value")
    columns = (
        Column("index", _("price index"), "reference", required=True, source="index.code"),
        Column("day", _("day"), "date", required=True, help=_("of a monthly index the first of its month")),
        Column("value", _("value"), "decimal", required=True, minimum=Decimal("0.000001"), decimals=6),
    )

    def prepare(self, rows: list[SheetRow], *, actor: Any, sheet: str) -> Plan:
        """The values that are new, and those that differ."""
        plan = Plan()
        rows = self.resolve(rows, "index", by_code(PriceIndex.objects.visible_to(actor), rows, "index"), plan, sheet)
        key = lambda row: (row.values["index"].pk, row.values["day"])  # noqa: E731
        rows = self.once(rows, key, plan, sheet, "day")
        found = IndexValue.objects.filter(index__in={row.values["index"].pk for row in rows}).select_related("index")
        existing = {(one.index_id, one.day): one for one in found}
        self.sort_out(rows, existing, key, plan, lambda row: f"{row.values['index'].code} {row.values['day']}")
        self.check_fields(rows, plan, sheet)
        return plan

    def apply(self, plan: Plan, *, actor: Any, reason: str) -> None:
        """Write the values."""
        take_over_values(plan)

    def export_rows(self, actor: Any) -> Iterable[Any]:
        """Every value."""
        return IndexValue.objects.visible_to(actor).for_list().order_by("index__code", "day")
