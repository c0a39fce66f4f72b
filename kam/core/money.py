"""Amounts with a currency: rounding, dated rates and which one was used, parts that add up to the whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from functools import cache
from typing import Any

from babel.numbers import get_currency_precision, list_currencies
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from kam.core.history import tracked
from kam.core.records import Record
from kam.core.scoping import SharedQuerySet
from kam.core.verbs import verb
from kam.core.workflow import Denied, Refusals


@cache
def currency_codes() -> frozenset[str]:
    """The three-letter codes (ISO 4217) that amounts may carry."""
    return frozenset(list_currencies())


def base_currency() -> str:
    """The currency of the group, in which an amount is meant unless told."""
    return str(settings.BASE_CURRENCY)


def validate_currency(code: str) -> None:
    """Refuse a code that is no currency."""
    if code not in currency_codes():
        raise ValidationError(_("“%(code)s” is not a currency code; write it as in EUR."), params={"code": code}, code="currency")


@cache
def minor_unit(currency: str) -> Decimal:
    """The smallest amount of a currency: 0.01 EUR, 1 JPY."""
    return Decimal(1).scaleb(-get_currency_precision(currency))


def round_money(amount: Decimal, currency: str) -> Decimal:
    """The amount in whole minor units of its currency, halves away from zero."""
    return amount.quantize(minor_unit(currency), ROUND_HALF_UP)


def allocate(total: Decimal | int, weights: Sequence[Decimal | int], step: Decimal | int = Decimal("0.01")) -> list[Decimal]:
    """Split a total in proportion to weights into multiples of `step` that add up to it exactly.

    What is left after rounding down goes to the largest remainders, ties to the earliest (domain.md 1.4, AT-12).
    Raises ValueError for weights that are negative or all zero and for a total that is no multiple of the step.
    """
    whole, unit = Decimal(total), Decimal(step)
    shares = [Decimal(weight) for weight in weights]
    if not shares or min(shares) < 0 or not sum(shares):
        raise ValueError("weights must not be negative, and one must be above zero")
    units = abs(whole) / unit
    if units != units.to_integral_value():
        raise ValueError("the total must be a multiple of the step")
    everything = sum(shares)
    exact = [units * share / everything for share in shares]
    parts = [part.to_integral_value(ROUND_DOWN) for part in exact]
    missing = int(units - sum(parts))
    by_remainder = sorted(range(len(parts)), key=lambda place: (parts[place] - exact[place], place))
    for place in by_remainder[:missing]:
        parts[place] += 1
    sign = -1 if whole < 0 else 1
    return [sign * part * unit for part in parts]


class ExchangeRateQuerySet(SharedQuerySet):
    """Exchange rates: everyone reads them."""

    def in_force(self, source: str, target: str, kind: str, on: date) -> "ExchangeRate | None":
        """The last rate of a kind on or before a day; a month's average only for its own month."""
        rows = self.filter(from_currency=source, to_currency=target, kind=kind, date__lte=on)
        if kind == ExchangeRate.Kind.MONTH_AVERAGE:
            rows = rows.filter(date__year=on.year, date__month=on.month)
        found: Any = rows.order_by("-date", "-pk").first()
        return found  # type: ignore[no-any-return]


@tracked()
class ExchangeRate(Record):
    """What one unit of a currency was worth in another: the budget's, a month's average or the day's, and who says so."""

    class Kind(models.TextChoices):
        BUDGET = "budget", _("Budget")
        MONTH_AVERAGE = "month_average", _("Month average")
        SPOT = "spot", _("Spot")

    from_currency = models.CharField(_("from currency"), max_length=3, validators=[validate_currency])
    to_currency = models.CharField(_("to currency"), max_length=3, validators=[validate_currency])
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    date = models.DateField(_("date"))
    rate = models.DecimalField(_("rate"), max_digits=18, decimal_places=8)
    source = models.CharField(_("source"), max_length=80)

    objects = ExchangeRateQuerySet.as_manager()

    class Meta(Record.Meta):
        verbose_name = _("exchange rate")
        verbose_name_plural = _("exchange rates")
        ordering = ["-date", "from_currency", "to_currency", "kind", "pk"]
        indexes = [models.Index(fields=["-date", "from_currency", "to_currency", "kind", "id"], name="core_exchangerate_listed")]
        constraints = [
            models.UniqueConstraint(fields=["from_currency", "to_currency", "kind", "date"], name="core_exchangerate_once"),
            models.CheckConstraint(condition=Q(rate__gt=0), name="core_exchangerate_above_zero"),
            models.CheckConstraint(condition=~Q(from_currency=F("to_currency")), name="core_exchangerate_two_currencies"),
            models.CheckConstraint(condition=Q(kind__in=["budget", "month_average", "spot"]), name="core_exchangerate_kind"),
        ]

    def get_absolute_url(self) -> str:
        """The list of rates; a rate has no page of its own."""
        return "/exchange-rates/"

    def __str__(self) -> str:
        return f"{self.from_currency}/{self.to_currency} {self.rate.normalize():f} {self.date:%Y-%m-%d}"


@dataclass(frozen=True)
class Converted:
    """An amount in another currency and how it came about: the factor, and the rates that were used (none for the same currency)."""

    amount: Decimal
    currency: str
    factor: Decimal
    rates: tuple[ExchangeRate, ...]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"


def convert(
    amount: Decimal, source: str, target: str, *, on: date, kind: str = ExchangeRate.Kind.SPOT, rounded: bool = True
) -> Converted:
    """The amount in another currency by the rate of a kind in force on a day; the answer says which rates were used.

    A rate the other way round is inverted; without a direct one the way goes through the group's currency.
    Raises Denied when there is no rate.
    """
    factor, rates = _factor(source, target, kind, on)
    value = amount * factor
    return Converted(round_money(value, target) if rounded else value, target, factor, rates)


def _factor(source: str, target: str, kind: str, on: date) -> tuple[Decimal, tuple[ExchangeRate, ...]]:
    if source == target:
        return Decimal(1), ()
    straight = _leg(source, target, kind, on)
    if straight:
        return straight[0], (straight[1],)
    base = settings.BASE_CURRENCY
    legs = [_leg(source, base, kind, on), _leg(base, target, kind, on)] if base not in (source, target) else []
    if len(legs) == 2 and legs[0] and legs[1]:
        return legs[0][0] * legs[1][0], (legs[0][1], legs[1][1])
    raise Denied(
        "no_exchange_rate",
        _("There is no rate from %(source)s to %(target)s on %(day)s. Record it first.")
        % {"source": source, "target": target, "day": on.isoformat()},
    )


def _leg(source: str, target: str, kind: str, on: date) -> tuple[Decimal, ExchangeRate] | None:
    direct = ExchangeRate.objects.in_force(source, target, kind, on)
    if direct:
        return direct.rate, direct
    inverse = ExchangeRate.objects.in_force(target, source, kind, on)
    return (1 / inverse.rate, inverse) if inverse else None


@verb("core.record_exchange_rate", _("Record exchange rate"))
def record_exchange_rate(model: type[ExchangeRate], *, actor: Any, reason: str = "", **values: Any) -> ExchangeRate:
    """Record a rate: from, to, kind, date (a month's average: any day of it), rate, source. Raises Denied when it is there."""
    values = _checked(values)
    key = {name: values[name] for name in ("from_currency", "to_currency", "kind", "date")}
    if ExchangeRate.objects.filter(**key).exists():
        raise Denied("duplicate_rate", _("This rate is recorded already. Correct it instead."), field="date")
    return ExchangeRate.objects.create(**values)


@verb("core.correct_exchange_rate", _("Correct exchange rate"))
def correct_exchange_rate(
    rate_row: ExchangeRate, *, actor: Any, reason: str = "", rate: Decimal, source: str = ""
) -> ExchangeRate:
    """Correct the value of a recorded rate; documents keep the rate that they were made with."""
    source = source or rate_row.source
    if rate <= 0:
        raise Denied("rate_above_zero", _("The rate must be above zero."), field="rate", status=400)
    if (rate_row.rate, rate_row.source) != (rate, source):
        rate_row.rate, rate_row.source = rate, source
        rate_row.save(update_fields=["rate", "source"])
    return rate_row


def _checked(values: dict[str, Any]) -> dict[str, Any]:
    """The values of a rate in their stored form, or every refusal at once."""
    wrong = [
        Denied(
            "currency",
            _("“%(code)s” is not a currency code; write it as in EUR.") % {"code": values[name]},
            field=name,
            status=400,
        )
        for name in ("from_currency", "to_currency")
        if values[name] not in currency_codes()
    ]
    if values["from_currency"] == values["to_currency"]:
        wrong.append(Denied("same_currency", _("The two currencies must differ."), field="to_currency", status=400))
    if values["rate"] <= 0:
        wrong.append(Denied("rate_above_zero", _("The rate must be above zero."), field="rate", status=400))
    if wrong:
        raise Refusals(wrong)
    if values["kind"] == ExchangeRate.Kind.MONTH_AVERAGE:
        values = {**values, "date": values["date"].replace(day=1)}
    return values
