"""Work centres and bills of resources: making, changing, a new version from a day on."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils.translation import gettext_lazy as _

from accounts.models import Location
from catalog.actions.rows import changed, created, faults, refuse, taken
from catalog.models import BillMaterial, BillOfResources, BillOperation, Product, WorkCentre
from kam.core import clock
from kam.core.formats import day
from kam.core.verbs import verb
from kam.core.workflow import Denied

OPERATION = ("work_centre_id", "hours_per_unit", "setup_hours", "offset_months")
MATERIAL = ("material", "grade", "quantity", "unit", "gross_weight")
STEP = 10


@verb("catalog.create_work_centre", _("Create work centre"))
def create_work_centre(model: type[WorkCentre], *, actor: Any, reason: str = "", location: Location, **values: Any) -> WorkCentre:
    """Record a work centre of a location: code, names, machines, shifts, hours a shift, efficiency, presence rate."""
    centre = WorkCentre(location=location, **values)
    return created(centre, taken(WorkCentre.objects.filter(location=location, code=centre.code), "code"))  # type: ignore[no-any-return]


@verb("catalog.edit_work_centre", _("Edit work centre"))
def edit_work_centre(centre: WorkCentre, *, actor: Any, reason: str = "", **values: Any) -> WorkCentre:
    """Change a work centre; its location stays."""
    same = taken(WorkCentre.objects.filter(location=centre.location, code=values.get("code", centre.code)), "code", centre)
    return changed(centre, values, same)  # type: ignore[no-any-return]


@verb("catalog.record_bill", _("Record bill of resources"))
def record_bill(
    model: type[BillOfResources],
    *,
    actor: Any,
    reason: str = "",
    product: Product,
    location: Location,
    first_day: date,
    operations: Sequence[dict[str, Any]],
    materials: Sequence[dict[str, Any]] = (),
    lot: Decimal = Decimal(1),
    yield_rate: Decimal = Decimal(100),
) -> BillOfResources:
    """Record what making a product at a location takes from a day on: a new version; the one before ends the day before.

    An operation names work_centre, hours_per_unit, setup_hours, offset_months; a material names material, grade,
    quantity, unit, gross_weight, in their order. The same content as the version before writes nothing.
    """
    Product.objects.filter(pk=product.pk).locked().get()
    before = BillOfResources.objects.filter(product=product, location=location).order_by("-bill_version").first()
    bill = BillOfResources(
        product=product,
        location=location,
        bill_version=before.bill_version + 1 if before else 1,
        lot=lot,
        yield_rate=yield_rate,
        period=DateRange(first_day, None, "[)"),
    )
    steps, parts = _lines(bill, operations, materials)
    refuse(faults(bill, exclude=("product", "location", "period")) + _line_faults(location, steps, parts))
    if before is not None and before.first_day is not None:
        if _content(before, list(before.operations.all()), list(before.materials.all())) == _content(bill, steps, parts):
            return before
        if first_day <= before.first_day:
            raise Denied(
                "before_last_version",
                _("The last version holds from %(day)s. A new one must begin later.") % {"day": day(before.first_day)},
                field="first_day",
            )
        before.period = DateRange(before.first_day, first_day, "[)")
        before.save(update_fields=["period"])
    bill.save(force_insert=True)
    _write_lines(bill, steps, parts)
    return bill


@verb("catalog.edit_bill", _("Edit bill of resources"))
def edit_bill(
    bill: BillOfResources,
    *,
    actor: Any,
    reason: str = "",
    operations: Sequence[dict[str, Any]] | None = None,
    materials: Sequence[dict[str, Any]] | None = None,
    lot: Decimal | None = None,
    yield_rate: Decimal | None = None,
) -> BillOfResources:
    """Change a version that has not begun (what is not given stays); one that holds is followed by a new version instead."""
    if bill.first_day is None or bill.first_day <= clock.today():
        raise Denied("bill_has_begun", _("This version holds already. Record a new one from a later day."))
    present, stuff = list(bill.operations.all()), list(bill.materials.all())
    was = _content(bill, present, stuff)
    bill.lot = bill.lot if lot is None else lot
    bill.yield_rate = bill.yield_rate if yield_rate is None else yield_rate
    operations = [_values(step, OPERATION) for step in present] if operations is None else operations
    materials = [_values(part, MATERIAL) for part in stuff] if materials is None else materials
    steps, parts = _lines(bill, operations, materials)
    refuse(faults(bill, exclude=("product", "location", "period")) + _line_faults(bill.location, steps, parts))
    if was == _content(bill, steps, parts):
        return bill
    bill.operations.all().delete()
    bill.materials.all().delete()
    bill.save(update_fields=["lot", "yield_rate"])
    _write_lines(bill, steps, parts)
    return bill


def _values(line: Any, names: Sequence[str]) -> dict[str, Any]:
    return {name: getattr(line, name) for name in names}


def _lines(
    bill: BillOfResources, operations: Sequence[dict[str, Any]], materials: Sequence[dict[str, Any]]
) -> tuple[list[BillOperation], list[BillMaterial]]:
    steps = [BillOperation(bill=bill, sequence=number * STEP, **values) for number, values in enumerate(operations, 1)]
    parts = [BillMaterial(bill=bill, position=number * STEP, **values) for number, values in enumerate(materials, 1)]
    return steps, parts


def _line_faults(location: Location, steps: Sequence[BillOperation], parts: Sequence[BillMaterial]) -> list[Denied]:
    """What is wrong with the lines of a bill: fields, work centres of another location or out of use."""
    wrong: list[Denied] = []
    if not steps:
        wrong.append(Denied("no_operations", _("Give at least one work centre with its hours."), field="operations", status=400))
    for number, step in enumerate(steps):
        at = f"operations.{number}."
        wrong += faults(step, exclude=("bill",), prefix=at)
        centre = WorkCentre.objects.filter(pk=step.work_centre_id).first() if step.work_centre_id else None
        if centre is not None and centre.location_id != location.pk:
            wrong.append(
                Denied("centre_of_another", _("Choose a work centre of this location."), field=f"{at}work_centre", status=400)
            )
        elif centre is not None and not centre.is_active:
            wrong.append(Denied("centre_out_of_use", _("This work centre is out of use."), field=f"{at}work_centre"))
    for number, part in enumerate(parts):
        wrong += faults(part, exclude=("bill",), prefix=f"materials.{number}.")
    return wrong


def _content(bill: BillOfResources, steps: Sequence[BillOperation], parts: Sequence[BillMaterial]) -> list[Any]:
    """What a bill says, to compare two of them."""
    return [
        bill.lot,
        bill.yield_rate,
        [tuple(getattr(step, name) for name in OPERATION) for step in steps],
        [tuple(getattr(part, name) for name in MATERIAL) for part in parts],
    ]


def same_bill(bill: BillOfResources, values: dict[str, Any]) -> bool:
    """Whether these values of `record_bill` say what a recorded bill says already."""
    trial = BillOfResources(lot=values.get("lot", Decimal(1)), yield_rate=values.get("yield_rate", Decimal(100)))
    steps, parts = _lines(trial, values["operations"], values["materials"])
    return _content(bill, list(bill.operations.all()), list(bill.materials.all())) == _content(trial, steps, parts)


def _write_lines(bill: BillOfResources, steps: Sequence[BillOperation], parts: Sequence[BillMaterial]) -> None:
    for step in steps:
        step.bill = bill
    for part in parts:
        part.bill = bill
    BillOperation.objects.bulk_create(steps)
    BillMaterial.objects.bulk_create(parts)
