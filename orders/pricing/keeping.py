"""Keeping the steps of a computation with a record, as plain data, so that the why of a price can be read long afterwards."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from orders.pricing.questions import Step


def kept_steps(steps: Iterable[Step]) -> list[dict[str, Any]]:
    """Steps as JSON: figures and days as such, everything else by its name."""
    return [{"code": step.code, "values": {name: _kept(value) for name, value in step.values.items()}} for step in steps]


def step_of(kept: dict[str, Any]) -> Step:
    """A step as it was kept."""
    return Step(kept["code"], {name: _read(value) for name, value in kept["values"].items()})


def _kept(value: Any) -> Any:
    match value:
        case Decimal():
            return {"figure": str(value)}
        case date():
            return {"day": value.isoformat()}
        case list() | tuple():
            return [_kept(one) for one in value]
        case int():
            return value
    return str(value)


def _read(value: Any) -> Any:
    match value:
        case {"figure": figure}:
            return Decimal(figure)
        case {"day": day}:
            return date.fromisoformat(day)
        case list():
            return [_read(one) for one in value]
    return value
