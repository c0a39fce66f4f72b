"""Approval limits as data: what of a record exceeds which limit, how high the approval must come from, and what was approved.

A limit is a parameter with one value a level, so that a location or product line may have its own. Which people a level
stands for is the business of who uses it.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext_lazy as _

from kam.core.parameters import Definition, define, parameter
from kam.core.workflow import Denied

#: What nobody but the author has to approve.
OWN = 0


@dataclass(frozen=True)
class Limit:
    """A figure with a limit for each level: the highest level that may decide on it alone is found by how far it goes."""

    code: str
    label: Any
    definition: Definition
    #: Whether small figures are the ones to be approved, as of a margin, and not large ones.
    falling: bool = False

    def level(self, value: Decimal, scopes: Sequence[str] = ()) -> int:
        """The level that this figure needs; a figure at its limit is within it."""
        level = OWN
        for bound in bounds(self.definition.key, scopes):
            if value < bound if self.falling else value > bound:
                level += 1
        return level


def limit(code: str, label: Any, *, key: str, default: Sequence[str], unit: str = "", falling: bool = False) -> Limit:
    """Declare a limit and its parameter: the values of each level in turn, the author's own first."""
    return Limit(code, label, define(key, default=list(default), unit=unit, label=label), falling)


def bounds(key: str, scopes: Sequence[str] = ()) -> list[Decimal]:
    """The limits of each level. Raises Denied where the parameter holds no numbers: then nobody decides alone."""
    try:
        return [Decimal(str(value)) for value in parameter(key, scopes)]
    except InvalidOperation:
        raise Denied(
            "limit_unreadable",
            _("The approval limit “%(key)s” is not a list of numbers. Ask an administrator to correct it.") % {"key": key},
        ) from None


@dataclass(frozen=True)
class Trigger:
    """A figure beside its limits: which level it needs, and of what in the record it is, where it is not of the whole."""

    code: str
    level: int
    value: Decimal | None = None
    subject: str = ""

    def kept(self) -> dict[str, Any]:
        """As a record keeps it."""
        kept = {"code": self.code, "level": self.level, "value": None if self.value is None else str(self.value)}
        return kept | ({"subject": self.subject} if self.subject else {})


def triggers(
    limits: Iterable[Limit], values: Mapping[str, Decimal | None], scopes: Sequence[str] = (), subject: str = ""
) -> list[Trigger]:
    """Everything that needs more than its author, the highest first; a value that is None is not looked at."""
    found = [
        Trigger(one.code, level, value, subject)
        for one in limits
        if (value := values.get(one.code)) is not None and (level := one.level(value, scopes)) > OWN
    ]
    return sorted(found, key=lambda one: (-one.level, one.code))


def highest(found: Iterable[Trigger]) -> int:
    """The level that decides: the highest that was triggered."""
    return max((one.level for one in found), default=OWN)


def fingerprint(content: Any) -> str:
    """A short text that is another one as soon as anything of the content is: what an approval is bound to."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=_plain).encode()).hexdigest()


def _plain(value: Any) -> str:
    return str(value.normalize() if isinstance(value, Decimal) else value)
