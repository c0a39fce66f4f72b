"""Thresholds and deadlines as data: a default in code, dated values in general or for a location, customer or product line."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import models
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils.translation import gettext_lazy as _

from kam.core import clock
from kam.core.history import tracked
from kam.core.periods import Dated, DatedQuerySet, never_overlapping
from kam.core.ports import ports
from kam.core.records import Record
from kam.core.scoping import SharedQuerySet
from kam.core.verbs import verb
from kam.core.workflow import Denied

GENERAL = ""
#: Units in words; what is not here (%) is the same in every language.
UNITS = {"wd": _("working days"), "cd": _("calendar days")}
SCOPE = re.compile(r"[a-z_]{1,40}:[1-9][0-9]{0,17}")


@dataclass(frozen=True)
class Definition:
    """A parameter: its key (`app.name`), the default, the unit and the words that a person reads.

    A list of codes names its codes in `words`; others are refused.
    """

    key: str
    default: Any
    unit: str
    label: Any
    words: Mapping[str, Any] = field(default_factory=dict)

    @property
    def unit_name(self) -> Any:
        """The unit as a person reads it."""
        return UNITS.get(self.unit, self.unit)

    @property
    def written(self) -> str:
        """The default as a person reads it."""
        return written(self.default, self.words)


DEFINITIONS: dict[str, Definition] = {}


def written(value: Any, words: Mapping[str, Any]) -> str:
    """A value as a person reads it, codes by their words."""
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    return ", ".join(str(words.get(one, one)) for one in value) if isinstance(value, list) else str(value)


def define(key: str, *, default: Any, label: Any, unit: str = "", words: Mapping[str, Any] | None = None) -> Definition:
    """Register a parameter with its default; the default's type (bool, int, Decimal, str, list) is the type of its values."""
    definition = Definition(key, default, unit, label, words or {})
    known = DEFINITIONS.setdefault(key, definition)
    if known.default != default:
        raise ValueError(f"the parameter {key} is defined twice")
    return known


class ParameterValueQuerySet(DatedQuerySet, SharedQuerySet):
    """Values of parameters: everyone reads them."""


@tracked()
class ParameterValue(Record, Dated):
    """A value of a parameter from a day on, in general or for one scope (`location:1`, `customer:2`, `product_line:3`)."""

    key = models.CharField(_("parameter"), max_length=80)
    scope = models.CharField(_("scope"), max_length=60, blank=True)
    value = models.JSONField(_("value"))

    objects = ParameterValueQuerySet.as_manager()

    class Meta(Record.Meta):
        verbose_name = _("parameter value")
        verbose_name_plural = _("parameter values")
        ordering = ["key", "scope", "-period", "pk"]
        constraints = [never_overlapping("core_parametervalue_one_at_a_time", "key", "scope")]

    def __str__(self) -> str:
        return f"{self.key} {self.scope or '*'} = {self.value}"

    @property
    def written(self) -> str:
        """The value as a person reads it."""
        definition = DEFINITIONS.get(self.key)
        return written(self.value, definition.words if definition else {})


def parameter(key: str, scopes: Sequence[str] = (), on: date | None = None) -> Any:
    """The value of a parameter on a day: of the first scope that has one, else the general value, else the default."""
    definition = DEFINITIONS[key]
    on = on or clock.today()
    wanted = [*scopes, GENERAL]
    found = dict(ParameterValue.objects.filter(key=key, scope__in=wanted).on(on).values_list("scope", "value"))
    for scope in wanted:
        if scope in found:
            return typed(definition, found[scope])
    return definition.default


def parameter_by_scope(key: str, scopes: Sequence[str], on: date | None = None) -> dict[str, Any]:
    """The value of a parameter in each of these scopes on a day: its own, else the general value, else the default."""
    return {scope: values[key] for scope, values in parameters_by_scope([key], scopes, on).items()}


def parameters_by_scope(keys: Sequence[str], scopes: Sequence[str], on: date | None = None) -> dict[str, dict[str, Any]]:
    """The values of several parameters in each of these scopes on a day, in one query."""
    return dict(zip(scopes, parameters_in_turn(keys, [[scope] for scope in scopes], on), strict=True))


def parameters_in_turn(keys: Sequence[str], chains: Sequence[Sequence[str]], on: date | None = None) -> list[dict[str, Any]]:
    """The values of several parameters along each chain of scopes, as `parameter` finds one of them, all in one query."""
    wanted = {scope for chain in chains for scope in chain} | {GENERAL}
    rows = ParameterValue.objects.filter(key__in=keys, scope__in=sorted(wanted)).on(on or clock.today())
    found = {(key, scope): typed(DEFINITIONS[key], value) for key, scope, value in rows.values_list("key", "scope", "value")}

    def of(key: str, chain: Sequence[str]) -> Any:
        return next((found[key, scope] for scope in (*chain, GENERAL) if (key, scope) in found), DEFINITIONS[key].default)

    return [{key: of(key, chain) for key in keys} for chain in chains]


def scope_names() -> dict[str, str]:
    """The scopes that a value may be given for, as a person reads them: in general, our locations, product lines."""
    return {GENERAL: str(_("in general")), **dict(pair for scopes in ports("parameter_scopes") for pair in scopes())}


def typed(definition: Definition, value: Any) -> Any:
    """A stored or typed-in value in the parameter's own type. Raises Denied when it does not fit."""
    kind = type(definition.default)
    try:
        if kind is Decimal:
            number = Decimal(str(value))
            if not number.is_finite():
                raise ValueError(value)
            return number
        if kind is int and not isinstance(value, bool) and Decimal(str(value)) == int(Decimal(str(value))):
            return int(Decimal(str(value)))
        if type(value) is kind:
            if definition.words and not all(isinstance(one, str) and one in definition.words for one in value):
                raise _not_a_word(definition)
            return value
    except (InvalidOperation, ValueError, OverflowError):
        pass
    raise Denied(
        "parameter_value",
        _("This value does not fit the parameter “%(label)s”.") % {"label": definition.label},
        field="value",
        status=400,
    )


def _not_a_word(definition: Definition) -> Denied:
    """The refusal of a code that a parameter does not know, with those that it does."""
    choices = ", ".join(f"{code} ({word})" for code, word in definition.words.items())
    return Denied("parameter_value", _("Choose among these: %(choices)s.") % {"choices": choices}, field="value", status=400)


@verb("core.set_parameter", _("Set parameter"))
def set_parameter(
    model: type[ParameterValue],
    *,
    actor: Any,
    reason: str = "",
    key: str,
    value: Any,
    scope: str = GENERAL,
    valid_from: date | None = None,
) -> ParameterValue:
    """Give a parameter a value from a day on (today by default); the value before it ends that day, a planned later one stays."""
    definition = DEFINITIONS.get(key)
    if definition is None:
        raise Denied("unknown_parameter", _("There is no such parameter."), field="key", status=400)
    if scope and not SCOPE.fullmatch(scope):
        raise Denied("unknown_scope", _("Write the scope as in location:1."), field="scope", status=400)
    value = typed(definition, value)
    stored = str(value) if isinstance(value, Decimal) else value
    start = valid_from or clock.today()
    rows = ParameterValue.objects.filter(key=key, scope=scope).locked()
    present = rows.on(start).first()
    if present and present.value == stored:
        return present
    if present and present.first_day == start:
        present.value = stored
        present.save(update_fields=["value"])
        return present
    later = ParameterValue.objects.filter(key=key, scope=scope, period__startswith__gt=start).order_by("period").first()
    if present:
        present.period = DateRange(present.period.lower, start)
        present.save(update_fields=["period"])
    return ParameterValue.objects.create(
        key=key, scope=scope, value=stored, period=DateRange(start, later.first_day if later else None)
    )
