"""Recording price indices and their values; a value that was wrong is corrected in place, its history stays."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from catalog.actions.rows import changed, created, taken
from kam.core.import_kinds import Plan, write_plan
from kam.core.verbs import verb
from kam.core.workflow import Denied
from orders.models import IndexValue, PriceIndex

FIELDS = ("code", "name_en", "name_it", "name_de", "currency", "source")


@verb("orders.create_index", _("New price index"))
def create_index(model: type[PriceIndex], *, actor: Any, reason: str = "", **values: Any) -> PriceIndex:
    """Record a published index that clauses may follow. Raises Denied."""
    index = PriceIndex(**values)
    return created(index, taken(PriceIndex.objects.filter(code=index.code), "code"))  # type: ignore[no-any-return]


@verb("orders.edit_index", _("Edit price index"))
def edit_index(index: PriceIndex, *, actor: Any, reason: str = "", **values: Any) -> PriceIndex:
    """Change the name or source of an index; its currency stays once values or clauses are in it. Raises Denied."""
    currency = values.get("currency", index.currency)
    wrong = None
    if currency != index.currency and (index.values.exists() or index.clauses.exists()):
        wrong = Denied("in_use", _("Values or clauses are in this currency. Make another index."), field="currency")
    others = PriceIndex.objects.filter(code=values.get("code", index.code))
    return changed(index, values, wrong, taken(others, "code", index))  # type: ignore[no-any-return]


@verb("orders.record_index_value", _("Record index value"))
def record_index_value(
    model: type[IndexValue], *, actor: Any, reason: str = "", index: PriceIndex, day: date, value: Decimal
) -> IndexValue:
    """Record what an index stood at on a day; a monthly one on the first of its month. Raises Denied where one is there."""
    known = IndexValue.objects.filter(index=index, day=day)
    text = _("Of this day a value is recorded already. Correct it instead.")
    there = Denied("duplicate_value", text, field="day") if known.exists() else None
    return created(IndexValue(index=index, day=day, value=value), there)  # type: ignore[no-any-return]


@verb("orders.correct_index_value", _("Correct index value"))
def correct_index_value(row: IndexValue, *, actor: Any, reason: str = "", value: Decimal) -> IndexValue:
    """Correct a recorded value; prices asked for afterwards follow it. Raises Denied."""
    return changed(row, {"value": value})  # type: ignore[no-any-return]


def take_over_values(plan: Plan) -> None:
    """Write the new and the corrected values of a plan that was checked, in sets."""
    write_plan(IndexValue, plan)
