"""Shape of values: what a model's own fields take, told as refusals at each field; and what really changes in a row."""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from kam.core.workflow import Denied, Refusals


def refuse_misshapen(row: models.Model, names: Iterable[str]) -> None:
    """Put the named fields into their stored form, or raise every fault at once: too long, not a choice, missing."""
    wrong = []
    for name in names:
        field = row._meta.get_field(name)
        if not isinstance(field, models.Field) or field.is_relation:
            continue
        value = getattr(row, field.attname)
        if isinstance(value, str):
            value = value.strip() if isinstance(field, models.TextField) else " ".join(value.split())
        try:
            setattr(row, field.attname, field.clean(value, row))
        except ValidationError as error:
            wrong.append(Denied("invalid", " ".join(error.messages), field=name, status=400))
    if wrong:
        raise Refusals(wrong)


def change(row: models.Model, values: dict[str, Any], *, allowed: Iterable[str]) -> list[str]:
    """Set those values that differ and answer with their names, so that an empty list writes nothing.

    Raises Denied for a name outside `allowed`, and for a value that its field does not take.
    """
    known = set(allowed)
    for name in values:
        if name not in known:
            raise Denied("not_editable", _("This cannot be changed here."), field=name, status=400)
    before = {name: getattr(row, row._meta.get_field(name).attname) for name in values}  # type: ignore[union-attr]
    for name, value in values.items():
        setattr(row, name, value)
    refuse_misshapen(row, values)
    return [name for name, old in before.items() if getattr(row, row._meta.get_field(name).attname) != old]  # type: ignore[union-attr]
