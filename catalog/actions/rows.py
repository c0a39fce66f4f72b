"""How the catalogue's actions write a row: every fault of its fields at once, only what changed, nothing when nothing did."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from kam.core.shape import refuse_misshapen
from kam.core.workflow import Denied, Refusals


def faults(row: models.Model, *, exclude: tuple[str, ...] = (), prefix: str = "") -> list[Denied]:
    """What is wrong with the fields of a row, each as a refusal at its field; `prefix` leads to the row in a set."""
    left_out = {"created_at", "updated_at", "version", "search_text", row._meta.pk.name, *exclude}
    names = [field.name for field in row._meta.concrete_fields if field.name not in left_out]
    wrong = []
    try:
        refuse_misshapen(row, names)
    except Refusals as refusals:
        wrong += refusals.refusals
    for field in row._meta.concrete_fields:
        if field.is_relation and not field.null and field.name not in left_out and getattr(row, field.attname) is None:
            wrong.append(Denied("required", _("This field is required."), field=field.name, status=400))
    return [Denied(denied.code, denied.message, field=prefix + denied.field, status=denied.status) for denied in wrong]


def refuse(wrong: list[Denied]) -> None:
    """Raise the refusals, if there are any: one alone as itself."""
    if len(wrong) == 1:
        raise wrong[0]
    if wrong:
        raise Refusals(wrong)


def created(row: Any, *more: Denied | None, exclude: tuple[str, ...] = ()) -> Any:
    """Write a new row, or refuse with everything that is wrong with it."""
    refuse(faults(row, exclude=exclude) + [denied for denied in more if denied])
    row.save(force_insert=True)
    return row


def changed(row: Any, values: dict[str, Any], *more: Denied | None) -> Any:
    """Write the values that differ from what the row holds, or refuse with everything that is wrong with them."""
    before = {name: getattr(row, name) for name in values}
    for name, value in values.items():
        setattr(row, name, value)
    refuse(faults(row) + [denied for denied in more if denied])
    different = [name for name, value in before.items() if getattr(row, name) != value]
    if different:
        row.save(update_fields=different)
    return row


def differences(row: Any, values: dict[str, Any]) -> dict[str, Any]:
    """The values that differ from what the row holds."""
    return {name: value for name, value in values.items() if getattr(row, name) != value}


def taken(rows: models.QuerySet, field: str, except_for: models.Model | None = None) -> Denied | None:
    """The refusal of a code that another of these rows has already."""
    if except_for is not None:
        rows = rows.exclude(pk=except_for.pk)
    return Denied("duplicate", _("This is used already. Choose another."), field=field) if rows.exists() else None
