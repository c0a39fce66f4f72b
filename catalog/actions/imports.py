"""Taking rows over from a sheet in sets, after the plan was checked against everything that a single action checks.

The verb of the import, its person and its reason are bound to every row by the import itself (kam.core.imports).
"""

from typing import Any

from catalog.actions.costs import publish_costs
from catalog.actions.prices import record_list_price
from catalog.actions.resources import record_bill
from catalog.actions.revisions import create_revision, edit_revision, release_revision
from catalog.models import BillOfResources, ListPrice, ProductFamily, ProductRevision, StandardCost
from kam.core.import_kinds import Plan, write_plan


def write_rows(model: Any, plan: Plan) -> list[Any]:
    """Write the new and the changed rows of a plan; gives back the new ones."""
    return write_plan(model, plan)


def take_over_families(plan: Plan) -> None:
    """Write families; one may belong to another of the same sheet, named by its code."""
    waiting = {
        change.values["code"]: change.values.pop("parent")
        for change in plan.create
        if isinstance(change.values.get("parent"), str)
    }
    made = {family.code: family for family in write_plan(ProductFamily, plan)}
    for code, parent in waiting.items():
        made[code].parent = made[parent]
    ProductFamily.objects.bulk_update([made[code] for code in waiting], ["parent"], batch_size=1000)


def take_over_revisions(plan: Plan, *, actor: Any, reason: str) -> None:
    """Draft, change and release revisions in the order of their effectivity: each release ends the one before."""
    for change in sorted([*plan.create, *plan.update], key=lambda change: str(change.values.get("effective_from") or "9")):
        values = dict(change.values)
        effective_from = values.pop("effective_from", None)
        if change.record is None:
            revision = create_revision(ProductRevision, actor=actor, reason=reason, **values)
        else:
            revision = change.record
            names = ("drawing_number", "description")
            edit_revision(revision, actor=actor, reason=reason, **{name: values[name] for name in names if name in values})
        if effective_from is not None:
            release_revision(revision, actor=actor, reason=reason, effective_from=effective_from)


def take_over_costs(plan: Plan, *, actor: Any, reason: str) -> None:
    """Publish the versions of a sheet, each as one set, the earliest first."""
    sets: dict[tuple[Any, str, Any], list[dict[str, Any]]] = {}
    for change in plan.create:
        values = dict(change.values)
        key = (values.pop("first_day"), values.pop("cost_version"), values.pop("location"))
        sets.setdefault(key, []).append(values)
    for (first_day, version, location), costs in sorted(sets.items(), key=lambda pair: pair[0][:2]):
        publish_costs(
            StandardCost, actor=actor, reason=reason, location=location, cost_version=version, first_day=first_day, costs=costs
        )


def take_over_prices(plan: Plan, *, actor: Any, reason: str) -> None:
    """Record the prices of a sheet, the earliest first: each ends the one before."""
    for change in sorted(plan.create, key=lambda change: change.values["first_day"]):
        record_list_price(ListPrice, actor=actor, reason=reason, **change.values)


def take_over_bills(plan: Plan, *, actor: Any, reason: str) -> None:
    """Record the bills of a sheet, the earliest first: each ends the version before."""
    for change in sorted(plan.create, key=lambda change: change.values["first_day"]):
        record_bill(BillOfResources, actor=actor, reason=reason, **change.values)
