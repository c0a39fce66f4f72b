"""Families, products, their units and revisions as sheets."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Location
from catalog.actions.imports import take_over_families, take_over_revisions
from catalog.actions.products import weights_refusal
from catalog.excel.base import CatalogKind, by_code
from catalog.models import Product, ProductFamily, ProductRevision, ProductUnit, Unit
from kam.core.excel import Column, SheetRow
from kam.core.formats import day
from kam.core.import_kinds import Change, Plan
from kam.core.workflow import Denied

NAMES = (
    Column("name_en", _("name in English"), required=True, max_length=160, width=32),
    Column("name_it", _("name in Italian"), max_length=160, width=32),
    Column("name_de", _("name in German"), max_length=160, width=32),
)
ZERO = Decimal(0)


class Families(CatalogKind):
    """Families by code; one may belong to a family of the same sheet."""

    code, label, verb = "catalog.product_families", _("Product families"), "catalog.create_family"
    model = ProductFamily
    fields = ("code", "name_en", "name_it", "name_de", "parent")
    columns = (
        Column("code", _("code"), required=True, max_length=20),
        *NAMES,
        Column(
            "parent",
            _("belongs to"),
            "reference",
            help=_("code of a family"),
            source=lambda row: row.parent.code if row.parent else "",
        ),
    )

    def prepare(self, rows: list[SheetRow], *, actor: Any, sheet: str) -> Plan:
        """Families that are new or differ; circles and unknown parents are faults."""
        plan = Plan()
        rows = self.once(rows, "code", plan, sheet)
        families = {family.code: family for family in ProductFamily.objects.visible_to(actor)}
        new = {row.values["code"] for row in rows} - set(families)
        rows = self.resolve(rows, "parent", {**{code: code for code in new}, **families}, plan, sheet)
        self._refuse_circles(rows, families, plan, sheet)
        self.sort_out(rows, families, lambda row: row.values["code"], plan, lambda row: row.values["code"])
        for change in plan.update:
            if isinstance(change.values.get("parent"), str):
                row = next(row for row in rows if row.number == change.number)
                plan.errors.append(self.error(sheet, row, "parent", _("a family that is in KAM already")))
        return plan

    def _refuse_circles(self, rows: list[SheetRow], families: dict[str, ProductFamily], plan: Plan, sheet: str) -> None:
        codes = {family.pk: family.code for family in families.values()}
        above = {family.code: codes.get(family.parent_id or 0) for family in families.values()}
        for row in rows:
            if "parent" in row.values:
                parent = row.values["parent"]
                above[row.values["code"]] = getattr(parent, "code", parent)
        for row in rows:
            start = row.values["code"]
            seen, at = {start}, above.get(start)
            while at is not None and at not in seen:
                seen.add(at)
                at = above.get(at)
            if at is not None:
                plan.errors.append(self.error(sheet, row, "parent", _("a family that is not below this one"), above.get(start)))

    def apply(self, plan: Plan, *, actor: Any, reason: str) -> None:
        """Write the families, then what belongs to what."""
        take_over_families(plan)

    def export_rows(self, actor: Any) -> Iterable[Any]:
        """Every family."""
        return ProductFamily.objects.visible_to(actor).for_list().order_by("code")


class Products(CatalogKind):
    """Products by code; the status and last-order date are taken over for new ones only."""

    code, label, verb = "catalog.products", _("Products"), "catalog.create_product"
    model = Product
    fields = (
        "code",
        "name_en",
        "name_it",
        "name_de",
        "family",
        "status",
        "last_order_date",
        "producing_location",
        "base_unit",
        "net_weight",
        "gross_weight",
        "lead_time_days",
        "minimum_order_quantity",
        "pack_multiple",
        "customs_code",
        "origin_country",
        "is_dual_use",
        "is_sanctioned",
    )
    columns = (
        Column("code", _("code"), required=True, max_length=40, width=16),
        *NAMES,
        Column("family", _("family"), "reference", required=True, source="family.code"),
        Column("status", _("status"), "choice", values=Product.Status.choices),
        Column("last_order_date", _("last-order date"), "date"),
        Column("producing_location", _("producing location"), "reference", source="producing_location.code"),
        Column("base_unit", _("base unit"), "choice", values=Unit.choices),
        Column("net_weight", _("net weight (kg)"), "decimal", minimum=ZERO, decimals=4),
        Column("gross_weight", _("gross weight (kg)"), "decimal", minimum=ZERO, decimals=4),
        Column("lead_time_days", _("standard lead time (working days)"), "integer", minimum=0, maximum=999),
        Column("minimum_order_quantity", _("minimum order quantity"), "decimal", minimum=Decimal("0.001"), decimals=3),
        Column("pack_multiple", _("pack multiple"), "decimal", minimum=Decimal("0.001"), decimals=3),
        Column("customs_code", _("HS/TARIC code"), max_length=10),
        Column("origin_country", _("country of origin"), max_length=2),
        Column("is_dual_use", _("dual use"), "boolean"),
        Column("is_sanctioned", _("on a sanctions list"), "boolean"),
    )

    def prepare(self, rows: list[SheetRow], *, actor: Any, sheet: str) -> Plan:
        """Products that are new or differ, with every fault of their fields."""
        plan = Plan()
        rows = self.once(rows, "code", plan, sheet)
        rows = self.resolve(rows, "family", by_code(ProductFamily.objects.visible_to(actor), rows, "family"), plan, sheet)
        locations = by_code(Location.objects.visible_to(actor), rows, "producing_location")
        if any("producing_location" in row.values for row in rows):
            rows = self.resolve(rows, "producing_location", locations, plan, sheet)
        existing = by_code(Product.objects.visible_to(actor), rows, "code")
        self.sort_out(rows, existing, lambda row: row.values["code"], plan, lambda row: row.values["code"])
        self._keep_lives(rows, plan, sheet)
        self.check_fields(rows, plan, sheet)
        return plan

    def _keep_lives(self, rows: list[SheetRow], plan: Plan, sheet: str) -> None:
        """An existing product changes its status by its own steps; a new one brings the date that its status needs."""
        by_number = {row.number: row for row in rows}
        for change in plan.update:
            for name in ("status", "last_order_date", "base_unit"):
                if name in change.values and change.values[name] != change.before[name]:
                    shown = change.record.get_status_display() if name == "status" else change.before[name]
                    expected = gettext("%(value)s, as it is; change it on the product's page") % {
                        "value": shown or gettext("empty")
                    }
                    plan.errors.append(self.error(sheet, by_number[change.number], name, expected))
        for change in plan.create:
            ending = change.values.get("status") in (Product.Status.PHASE_OUT, Product.Status.DISCONTINUED)
            if ending != bool(change.values.get("last_order_date")):
                wanted = _("a date for a product that is phasing out or discontinued, else empty")
                plan.errors.append(self.error(sheet, by_number[change.number], "last_order_date", wanted))

    def contradictions(self, trial: Any) -> list[Denied]:
        """Weights in order."""
        denied = weights_refusal(trial.net_weight, trial.gross_weight)
        return [denied] if denied else []

    def export_rows(self, actor: Any) -> Iterable[Any]:
        """Every product."""
        return Product.objects.visible_to(actor).for_list().order_by("code").iterator(chunk_size=1000)


class Units(CatalogKind):
    """Other units of products, by product and unit."""

    code, label, verb = "catalog.product_units", _("Units of products"), "catalog.edit_product"
    model = ProductUnit
    fields = ("product", "unit", "factor")
    columns = (
        Column("product", _("product"), "reference", required=True, source="product.code"),
        Column("unit", _("unit"), "choice", required=True, values=Unit.choices),
        Column("factor", _("base units in one"), "decimal", required=True, minimum=Decimal("0.000001"), decimals=6),
    )

    def prepare(self, rows: list[SheetRow], *, actor: Any, sheet: str) -> Plan:
        """Units that are new or differ; the base unit is a fault."""
        plan = Plan()
        rows = self.resolve(rows, "product", by_code(Product.objects.permitted(actor, self.verb), rows, "product"), plan, sheet)
        rows = self.once(rows, lambda row: (row.values["product"].pk, row.values["unit"]), plan, sheet, "unit")
        found = ProductUnit.objects.filter(product__in=[row.values["product"] for row in rows]).select_related("product")
        existing = {(unit.product_id, unit.unit): unit for unit in found}
        key = lambda row: (row.values["product"].pk, row.values["unit"])  # noqa: E731
        self.sort_out(rows, existing, key, plan, lambda row: f"{row.values['product'].code} {row.values['unit']}")
        for row in rows:
            if row.values["unit"] == row.values["product"].base_unit:
                plan.errors.append(self.error(sheet, row, "unit", _("another unit than the base unit")))
        return plan

    def export_rows(self, actor: Any) -> Iterable[Any]:
        """The units of every product."""
        return ProductUnit.objects.visible_to(actor).select_related("product").order_by("product__code", "factor")


class Revisions(CatalogKind):
    """Revisions by product and level; one with an effectivity date is released, one without stays a draft."""

    code, label, verb = "catalog.product_revisions", _("Product revisions"), "catalog.create_revision"
    model = ProductRevision
    fields = ("product", "level", "drawing_number", "description", "effective_from")
    columns = (
        Column("product", _("product"), "reference", required=True, source="product.code"),
        Column("level", _("revision level"), required=True, max_length=10),
        Column("drawing_number", _("drawing number"), required=True, max_length=40),
        Column("description", _("what changes"), max_length=400),
        Column("effective_from", _("effective from"), "date", help=_("empty for a draft")),
    )

    def prepare(self, rows: list[SheetRow], *, actor: Any, sheet: str) -> Plan:
        """New drafts and releases, changed drafts; a released revision that would change is a fault."""
        plan = Plan()
        rows = self.resolve(rows, "product", by_code(Product.objects.permitted(actor, self.verb), rows, "product"), plan, sheet)
        key = lambda row: (row.values["product"].pk, row.values["level"])  # noqa: E731
        rows = self.once(rows, key, plan, sheet, "level")
        found = ProductRevision.objects.filter(product__in=[row.values["product"] for row in rows]).order_by("product", "period")
        existing = {(revision.product_id, revision.level): revision for revision in found}
        last = {revision.product_id: revision.effective_from for revision in found if revision.effective_from}
        self.sort_out(rows, existing, key, plan, lambda row: f"{row.values['product'].code} {row.values['level']}")
        by_number = {row.number: row for row in rows}
        for change in plan.update:
            if change.record.status != ProductRevision.Status.DRAFT:
                plan.errors.append(self.error(sheet, by_number[change.number], "level", _("a revision that is not released yet")))
        self._in_order([*plan.create, *plan.update], by_number, last, plan, sheet)
        return plan

    def _in_order(self, changes: list[Change], rows: dict[int, SheetRow], last: dict[int, Any], plan: Plan, sheet: str) -> None:
        """Each release begins after the one before; a discontinued product gets none."""
        for change in sorted(changes, key=lambda change: str(change.values.get("effective_from") or "9")):
            product = rows[change.number].values["product"]
            if product.status == Product.Status.DISCONTINUED:
                plan.errors.append(
                    self.error(sheet, rows[change.number], "product", _("a product that is not discontinued"), product.code)
                )
            begins = change.values.get("effective_from")
            if begins is None:
                continue
            before = last.get(product.pk)
            if before is not None and begins <= before:
                expected = gettext("a day after %(day)s, when the last revision became effective") % {"day": day(before)}
                plan.errors.append(self.error(sheet, rows[change.number], "effective_from", expected))
            last[product.pk] = begins

    def apply(self, plan: Plan, *, actor: Any, reason: str) -> None:
        """Draft, change and release, one after the other."""
        take_over_revisions(plan, actor=actor, reason=reason)

    def export_rows(self, actor: Any) -> Iterable[Any]:
        """Every revision."""
        return ProductRevision.objects.visible_to(actor).for_list().order_by("product__code", "period", "level")
