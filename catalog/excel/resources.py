"""Work centres and bills of resources as sheets."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from catalog.actions.imports import take_over_bills
from catalog.actions.resources import MATERIAL, same_bill
from catalog.excel.base import CatalogKind, by_code
from catalog.excel.commercial import FIRST_DAY, PRODUCT
from catalog.excel.products import NAMES
from catalog.models import BillOfResources, Product, Unit, WorkCentre
from catalog.models.scopes import locations_of
from kam.core.excel import Column, SheetRow
from kam.core.formats import day
from kam.core.import_kinds import Change, Plan

ZERO, TINY = Decimal(0), Decimal("0.000001")
HOURS = ("hours_per_unit", "setup_hours", "offset_months")
LOCATION = Column("location", _("location"), "reference", required=True, source="location.code")


class WorkCentres(CatalogKind):
    """Work centres by location and code."""

    code, label, verb = "catalog.work_centres", _("Work centres"), "catalog.create_work_centre"
    model = WorkCentre
    fields = (
        "location",
        "code",
        "name_en",
        "name_it",
        "name_de",
        "machines",
        "shifts",
        "hours_per_shift",
        "efficiency",
        "presence_rate",
        "is_active",
    )
    columns = (
        LOCATION,
        Column("code", _("code"), required=True, max_length=20),
        *NAMES,
        Column("machines", _("machines"), "integer", minimum=0, maximum=9999),
        Column("shifts", _("shifts a day"), "integer", minimum=1, maximum=4),
        Column("hours_per_shift", _("hours a shift"), "decimal", minimum=Decimal("0.01"), maximum=24, decimals=2),
        Column("efficiency", _("efficiency (%)"), "decimal", minimum=Decimal("0.01"), maximum=200, decimals=2),
        Column("presence_rate", _("presence rate (%)"), "decimal", minimum=Decimal("0.01"), maximum=100, decimals=2),
        Column("is_active", _("in use"), "boolean"),
    )

    def prepare(self, rows: list[SheetRow], *, actor: Any, sheet: str) -> Plan:
        """Work centres that are new or differ, of the locations where this person plans."""
        plan = Plan()
        rows = self.resolve(rows, "location", by_code(locations_of(actor, self.verb), rows, "location"), plan, sheet)
        key = lambda row: (row.values["location"].pk, row.values["code"])  # noqa: E731
        rows = self.once(rows, key, plan, sheet, "code")
        found = WorkCentre.objects.filter(location__in={row.values["location"] for row in rows}).select_related("location")
        existing = {(centre.location_id, centre.code): centre for centre in found}
        self.sort_out(rows, existing, key, plan, lambda row: f"{row.values['location'].code} {row.values['code']}")
        self.check_fields(rows, plan, sheet)
        return plan

    def export_rows(self, actor: Any) -> Iterable[Any]:
        """Every work centre."""
        return WorkCentre.objects.visible_to(actor).for_list().order_by("location__code", "code")


class Bills(CatalogKind):
    """Bills of resources: a row an operation or material; the rows of one product, location and day are one version."""

    code, label, verb = "catalog.bills_of_resources", _("Bills of resources"), "catalog.record_bill"
    together = ("product", "location", "first_day")
    model = BillOfResources
    columns = (
        PRODUCT,
        LOCATION,
        FIRST_DAY,
        Column("lot", _("production lot"), "decimal", minimum=Decimal("0.001"), decimals=3),
        Column("yield_rate", _("yield (%)"), "decimal", minimum=Decimal("0.01"), maximum=100, decimals=2),
        Column("work_centre", _("work centre"), "reference"),
        Column("hours_per_unit", _("hours per unit"), "decimal", minimum=ZERO, decimals=6),
        Column("setup_hours", _("set-up hours per lot"), "decimal", minimum=ZERO, decimals=3),
        Column("offset_months", _("months before delivery"), "integer", minimum=0, maximum=24),
        Column("material", _("material or part"), max_length=80),
        Column("grade", _("grade"), max_length=40),
        Column("quantity", _("quantity per unit"), "decimal", minimum=TINY, decimals=6),
        Column("unit", _("unit"), "choice", values=Unit.choices),
        Column("gross_weight", _("gross weight per unit (kg)"), "decimal", minimum=ZERO, decimals=4),
    )

    def prepare(self, rows: list[SheetRow], *, actor: Any, sheet: str) -> Plan:
        """The versions that are new; one that begins before the last is a fault."""
        plan = Plan()
        rows = self.resolve(rows, "product", by_code(Product.objects.visible_to(actor), rows, "product"), plan, sheet)
        rows = self.resolve(rows, "location", by_code(locations_of(actor, self.verb), rows, "location"), plan, sheet)
        centres = WorkCentre.objects.filter(location__in={row.values["location"] for row in rows}, is_active=True)
        known = {(centre.location_id, centre.code): centre for centre in centres}
        groups: dict[tuple[Any, Any, Any], list[SheetRow]] = {}
        for row in rows:
            groups.setdefault((row.values["product"], row.values["location"], row.values["first_day"]), []).append(row)
        found = BillOfResources.objects.filter(product__in={key[0] for key in groups}).with_lines().order_by("bill_version")
        last: dict[tuple[int, int], Any] = {}
        versions = {}
        for bill in found:
            last[bill.product_id, bill.location_id] = bill.first_day
            versions[bill.product_id, bill.location_id, bill.first_day] = bill
        for (product, location, first_day), members in sorted(groups.items(), key=lambda pair: pair[0][2]):
            values = self._bill(product, location, first_day, members, known, plan, sheet)
            same = versions.get((product.pk, location.pk, first_day))
            if same is not None and same_bill(same, values):
                plan.unchanged += 1
                continue
            before = last.get((product.pk, location.pk))
            if before is not None and first_day <= before:
                expected = gettext("a day after %(day)s, when the last version begins") % {"day": day(before)}
                plan.errors.append(self.error(sheet, members[0], "first_day", expected))
            last[product.pk, location.pk] = first_day
            plan.create.append(Change(members[0].number, f"{product.code} {location.code}", values))
        return plan

    def _bill(
        self,
        product: Any,
        location: Any,
        first_day: Any,
        rows: list[SheetRow],
        known: dict[Any, WorkCentre],
        plan: Plan,
        sheet: str,
    ) -> dict[str, Any]:
        """One version from its rows; lot and yield are those of its first row that says them."""
        operations, materials = [], []
        for row in rows:
            values = row.values
            centre = known.get((location.pk, values.get("work_centre")))
            if values.get("work_centre") and centre is None:
                plan.errors.append(self.error(sheet, row, "work_centre", _("a work centre in use at this location")))
            elif centre is not None and values.get("hours_per_unit") is None:
                plan.errors.append(self.error(sheet, row, "hours_per_unit", _("the hours of one unit at this work centre")))
            elif centre is not None:
                operations.append(
                    {
                        "work_centre": centre,
                        "hours_per_unit": values["hours_per_unit"],
                        "setup_hours": values.get("setup_hours") or ZERO,
                        "offset_months": values.get("offset_months") or 0,
                    }
                )
            if values.get("material") and values.get("quantity") is None:
                plan.errors.append(self.error(sheet, row, "quantity", _("how much of the material one unit takes")))
            elif values.get("material"):
                materials.append(
                    {
                        "material": values["material"],
                        "grade": values.get("grade") or "",
                        "quantity": values["quantity"],
                        "unit": values.get("unit") or Unit.KILOGRAM.value,
                        "gross_weight": values.get("gross_weight"),
                    }
                )
        if not any(row.values.get("work_centre") for row in rows):
            plan.errors.append(self.error(sheet, rows[0], "work_centre", _("at least one work centre for this product")))
        bill = {
            "product": product,
            "location": location,
            "first_day": first_day,
            "operations": operations,
            "materials": materials,
        }
        for name in ("lot", "yield_rate"):
            said = next((row.values[name] for row in rows if row.values.get(name) is not None), None)
            bill |= {name: said} if said is not None else {}
        return bill

    def apply(self, plan: Plan, *, actor: Any, reason: str) -> None:
        """Record the versions, the earliest first."""
        take_over_bills(plan, actor=actor, reason=reason)

    def export_rows(self, actor: Any) -> Iterable[Any]:
        """A row an operation, then a row a material, of every bill."""
        return self._lines(
            BillOfResources.objects.visible_to(actor).with_lines().order_by("product__code", "location__code", "period")
        )

    @staticmethod
    def _lines(bills: Iterable[BillOfResources]) -> Iterator[Any]:
        for bill in bills:
            head = {
                "product": bill.product,
                "location": bill.location,
                "first_day": bill.first_day,
                "lot": bill.lot,
                "yield_rate": bill.yield_rate,
            }
            for step in bill.operations.all():
                yield SimpleNamespace(**head, work_centre=step.work_centre.code, **{name: getattr(step, name) for name in HOURS})
            for part in bill.materials.all():
                yield SimpleNamespace(**head, **{name: getattr(part, name) for name in MATERIAL})
