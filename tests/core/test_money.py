"""Money: rounding, allocation, dated rates and which one was used."""

from datetime import date
from decimal import Decimal

import pytest

from kam.core.money import ExchangeRate, allocate, convert, correct_exchange_rate, record_exchange_rate, round_money
from kam.core.workflow import Denied, Refusals
from tests.factories.accounts import UserFactory

WEIGHTS = [7, 8, 9, 9, 9, 9, 8, 4, 10, 10, 9, 8]


@pytest.mark.acceptance("AT-12")
def test_integer_phasing_adds_up() -> None:
    parts = allocate(1003, WEIGHTS, 1)
    assert parts == [70, 80, 91, 90, 90, 90, 80, 40, 101, 101, 90, 80]
    assert sum(parts) == 1003


@pytest.mark.parametrize(
    ("total", "weights", "step", "expected"),
    [
        ("100.00", [1, 1, 1], "0.01", ["33.34", "33.33", "33.33"]),
        ("-100.00", [1, 1, 1], "0.01", ["-33.34", "-33.33", "-33.33"]),
        ("0.02", [0, 1, 1, 1], "0.01", ["0.00", "0.01", "0.01", "0.00"]),
        ("1000", ["0.1", "0.2", "0.7"], "1", ["100", "200", "700"]),
        ("540000", [200, 150, 100, 50], "0.01", ["216000.00", "162000.00", "108000.00", "54000.00"]),
    ],
)
def test_allocation(total: str, weights: list[str], step: str, expected: list[str]) -> None:
    assert allocate(Decimal(total), [Decimal(weight) for weight in weights], Decimal(step)) == [
        Decimal(part) for part in expected
    ]


@pytest.mark.parametrize(("total", "weights"), [("10", []), ("10", [0, 0]), ("10", [2, -1]), ("10.005", [1, 1])])
def test_allocation_refuses_what_cannot_add_up(total: str, weights: list[int]) -> None:
    with pytest.raises(ValueError, match=r"weights|multiple"):
        allocate(Decimal(total), weights)


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [("1.005", "EUR", "1.01"), ("-1.005", "EUR", "-1.01"), ("1.5", "JPY", "2"), ("2.5", "JPY", "3"), ("1.0005", "KWD", "1.001")],
)
def test_rounding_is_half_up_to_the_minor_unit(amount: str, currency: str, expected: str) -> None:
    assert str(round_money(Decimal(amount), currency)) == expected


@pytest.fixture
def finance(db: None) -> object:
    return UserFactory(role="finance")


def rate(finance: object, source: str, target: str, kind: str, day: date, value: str) -> ExchangeRate:
    return record_exchange_rate(
        ExchangeRate,
        actor=finance,
        from_currency=source,
        to_currency=target,
        kind=kind,
        date=day,
        rate=Decimal(value),
        source="ECB",
    )


def test_conversion_takes_the_last_rate_on_or_before_the_day_and_says_which(finance: object) -> None:
    rate(finance, "EUR", "USD", "spot", date(2026, 3, 2), "1.25")
    used = rate(finance, "EUR", "USD", "spot", date(2026, 3, 9), "1.10")
    rate(finance, "EUR", "USD", "spot", date(2026, 3, 20), "1.30")
    converted = convert(Decimal("100.00"), "EUR", "USD", on=date(2026, 3, 15))
    assert (converted.amount, converted.currency, converted.rates) == (Decimal("110.00"), "USD", (used,))
    assert convert(Decimal("110.00"), "USD", "EUR", on=date(2026, 3, 15)).amount == Decimal("100.00")
    assert convert(Decimal("7"), "EUR", "EUR", on=date(2026, 3, 15)).rates == ()


def test_a_month_average_holds_for_its_month_only(finance: object) -> None:
    march = rate(finance, "EUR", "USD", "month_average", date(2026, 3, 31), "1.20")
    assert march.date == date(2026, 3, 1)
    assert convert(Decimal(10), "EUR", "USD", on=date(2026, 3, 15), kind="month_average").amount == Decimal("12.00")
    with pytest.raises(Denied) as refused:
        convert(Decimal(10), "EUR", "USD", on=date(2026, 4, 1), kind="month_average")
    assert refused.value.code == "no_exchange_rate"


def test_without_a_direct_rate_the_way_goes_through_the_groups_currency(finance: object) -> None:
    dollars = rate(finance, "USD", "EUR", "budget", date(2026, 1, 1), "0.90")
    yuan = rate(finance, "EUR", "CNY", "budget", date(2026, 1, 1), "7.80")
    converted = convert(Decimal(100), "USD", "CNY", on=date(2026, 6, 1), kind="budget")
    assert (converted.amount, converted.rates) == (Decimal("702.00"), (dollars, yuan))


def test_recording_refuses_all_that_is_wrong_at_once_and_a_rate_twice(finance: object) -> None:
    with pytest.raises(Refusals) as wrong:
        rate(finance, "EUX", "EUX", "spot", date(2026, 3, 2), "0")
    assert [(one.field, one.code) for one in wrong.value.refusals] == [
        ("from_currency", "currency"), ("to_currency", "currency"), ("to_currency", "same_currency"), ("rate", "rate_above_zero"),
    ]  # fmt: skip
    rate(finance, "EUR", "USD", "spot", date(2026, 3, 2), "1.25")
    with pytest.raises(Denied) as twice:
        rate(finance, "EUR", "USD", "spot", date(2026, 3, 2), "1.26")
    assert (twice.value.code, twice.value.field) == ("duplicate_rate", "date")
    assert ExchangeRate.objects.get().rate == Decimal("1.25")


def test_a_correction_is_a_new_version_and_only_finance_makes_it(finance: object) -> None:
    row = rate(finance, "EUR", "USD", "spot", date(2026, 3, 2), "1.25")
    corrected = correct_exchange_rate(row, actor=finance, rate=Decimal("1.26"), reason="typing error")
    assert (corrected.rate, corrected.version) == (Decimal("1.26"), 2)
    same = correct_exchange_rate(row, actor=finance, rate=Decimal("1.26"))
    assert same.version == 2
    with pytest.raises(Denied) as refused:
        correct_exchange_rate(row, actor=UserFactory(role="account_manager"), rate=Decimal(2))
    assert refused.value.status == 403
