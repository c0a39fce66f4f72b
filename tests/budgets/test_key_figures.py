"""The key figures of the year's plan with the numbers of domain 14: phasing, forecasts, thresholds, tally, bridge, accuracy."""

from decimal import ROUND_HALF_UP, Decimal

import pytest

from budgets.reports.attainment import Standing, accuracy
from budgets.reports.phasing import EQUAL, spread
from budgets.reports.ratio import Ratio
from budgets.reports.thresholds import Colour, Limits, Tally
from budgets.reports.variance import Item, bridge

WEIGHTS = [7, 8, 9, 9, 9, 9, 8, 4, 10, 10, 9, 8]
LIMITS = Limits(amber=Decimal("0.05"), red=Decimal("0.10"), red_amount=Decimal(10_000))
CENT = Decimal("0.01")


def cents(amount: Decimal | None) -> Decimal | None:
    return None if amount is None else amount.quantize(CENT, ROUND_HALF_UP)


@pytest.fixture
def half_year() -> Standing:
    """1,200,000 over the year by the weights, 571,200 in the first six months."""
    actual = spread(571_200, WEIGHTS[:6])
    return Standing(spread(1_200_000, WEIGHTS), actual)


@pytest.mark.acceptance("AT-10")
def test_phased_plan_and_year_to_date(half_year: Standing) -> None:
    assert half_year.planned == 612_000
    assert half_year.attainment.percent == Decimal("93.33")
    assert half_year.of_year.percent == Decimal("47.60")
    assert half_year.gap == -40_800
    assert half_year.deviation.percent == Decimal("-6.67")


@pytest.mark.acceptance("AT-11")
def test_where_the_year_will_end(half_year: Standing) -> None:
    assert half_year.linear == 1_142_400
    assert half_year.seasonal == 1_120_000
    assert half_year.base == 1_159_200
    assert half_year.operational(Decimal(420_000), Decimal(95_500)) == 1_086_700
    assert half_year.needed == 104_800
    assert half_year.uplift.percent == Decimal("106.94")


def test_before_the_first_month_and_after_the_last() -> None:
    fresh = Standing([Decimal(10)] * 12, [])
    assert (fresh.attainment.percent, fresh.linear, fresh.seasonal) == (None, None, None)
    assert (fresh.base, fresh.needed) == (120, 10)
    over = Standing([Decimal(10)] * 12, [Decimal(9)] * 12)
    assert (over.needed, over.uplift.value, over.base) == (None, None, 108)


@pytest.mark.acceptance("AT-12")
def test_whole_pieces_are_phased_by_largest_remainder() -> None:
    assert spread(1_003, WEIGHTS, step=1) == [70, 80, 91, 90, 90, 90, 80, 40, 101, 101, 90, 80]


@pytest.mark.acceptance("AT-13")
def test_colours_are_strict() -> None:
    assert LIMITS.colour(Decimal(612_000), Decimal(-40_800)) == Colour.AMBER
    assert LIMITS.colour(Decimal(8_000) / Decimal("0.12"), Decimal(-8_000)) == Colour.AMBER
    assert LIMITS.colour(Decimal(200_000), Decimal(-10_000)) == Colour.GREEN
    assert LIMITS.colour(Decimal(200_000), Decimal(-20_000)) == Colour.AMBER
    assert LIMITS.colour(Decimal(200_000), Decimal("-20000.01")) == Colour.RED
    assert LIMITS.colour(Decimal(200_000), Decimal(90_000)) == Colour.GREEN
    assert LIMITS.colour(Decimal(0), Decimal(-90_000)) == Colour.GREEN


@pytest.mark.acceptance("AT-14")
def test_top_down_against_bottom_up() -> None:
    tally = Tally(Decimal(5_000_000), Decimal(4_720_000))
    assert (tally.gap, tally.share.percent) == (280_000, Decimal("5.60"))
    assert not tally.within(Decimal("0.02"))
    stretched = Tally(Decimal(5_000_000), Decimal(4_720_000), Decimal(280_000))
    assert (stretched.gap, stretched.within(Decimal("0.02"))) == (0, True)
    assert Tally(Decimal(5_000_000), Decimal(4_900_000)).within(Decimal("0.02"))
    assert not Tally(Decimal(5_000_000), Decimal("4899999.99")).within(Decimal("0.02"))
    assert not Tally(Decimal(5_000_000), Decimal(5_200_000)).within(Decimal("0.02"))


@pytest.mark.acceptance("AT-15")
def test_a_total_by_a_reference() -> None:
    assert spread(540_000, [200_000, 150_000, 100_000, 50_000]) == [216_000, 162_000, 108_000, 54_000]


def test_held_parts_stay_and_zero_weights_share_equally() -> None:
    assert spread(100, [1, 1, 1, 1], held=[40, None, None, None]) == [40, 20, 20, 20]
    assert spread(90, [0, 5, 0], held=[None, 30, None]) == [30, 30, 30]
    assert sum(spread(Decimal("100.01"), EQUAL)) == Decimal("100.01")
    assert spread(-10, [1, 1, 2], step=1) == [-3, -2, -5]
    assert spread(3, [1, 1], held=[1, 2]) == [1, 2]
    with pytest.raises(ValueError, match="held"):
        spread(4, [1, 1], held=[1, 2])


def item(group: str, plan: tuple[int, str, str], came: tuple[int, str, str]) -> Item:
    return Item(group, *(Decimal(part) for part in (*plan, *came)))


A = item("family", (1000, "50.00", "1"), (1100, "48.50", "1"))
B = item("family", (600, "120.00", "1"), (520, "123.00", "1"))
C = item("family", (400, "80.00", "0.92"), (480, "80.00", "0.90"))
D = item("family", (0, "0", "1"), (50, "60.00", "1"))


@pytest.mark.acceptance("AT-17")
def test_volume_mix_price_exchange_and_new() -> None:
    found = bridge([A, B, C, D])
    assert (found.planned, found.actual, found.difference) == (151_440, 154_870, 3_430)
    assert (found.volume, found.mix, found.price) == (7_572, -6_284, -90)
    assert (found.exchange, found.new, found.ceased) == (-768, 3_000, 0)


def test_price_realisation_is_of_what_was_planned_and_sold() -> None:
    found = bridge([A, B, C, D])
    assert (found.realisation.numerator, found.realisation.denominator) == (152_638, 152_728)
    assert found.realisation.percent == Decimal("99.94")
    assert bridge([D]).realisation.percent is None, "n/a, not 0"


def test_what_ceased_has_no_price_effect() -> None:
    gone = item("family", (10, "7.00", "1"), (0, "0", "1"))
    found = bridge([A, gone])
    assert (found.ceased, found.difference) == (-70, found.actual - found.planned)
    assert found.volume + found.mix + found.price + found.exchange + found.new + found.ceased == found.difference


def test_parts_add_up_where_prices_do_not_end() -> None:
    odd = [
        item("one", (3, "0.33333", "0.91237"), (7, "0.33337", "0.90001")),
        item("one", (11, "1.77777", "1"), (5, "1.71111", "1")),
        item("two", (13, "9.99999", "1.08113"), (17, "9.12345", "1.07")),
    ]
    found = bridge(odd)
    parts = (found.volume, found.mix, found.price, found.exchange, found.new, found.ceased)
    assert sum(parts) == found.difference
    assert all(part == part.quantize(CENT) for part in parts)


def test_families_are_not_mixed() -> None:
    """More of a cheap family and less of a dear one is volume in each, not mix over both."""
    found = bridge([item("cheap", (10, "1", "1"), (20, "1", "1")), item("dear", (10, "9", "1"), (5, "9", "1"))])
    assert (found.volume, found.mix) == (-35, 0)


@pytest.mark.acceptance("AT-49")
def test_how_well_an_estimate_met_what_came() -> None:
    found = accuracy([Decimal(100), Decimal(120), Decimal(90)], [Decimal(110), Decimal(100), Decimal(95)])
    assert found.error.percent == Decimal("11.48")
    assert cents(found.accuracy and found.accuracy * 100) == Decimal("88.52")
    assert found.bias.percent == Decimal("1.64")
    assert cents(found.mean_percentage and found.mean_percentage * 100) == Decimal("11.45")
    assert accuracy([Decimal(1)], [Decimal(0)]).mean_percentage is None
    assert accuracy([Decimal(1)], [Decimal(0)]).error.value is None


def test_a_ratio_of_nothing_is_not_available() -> None:
    assert Ratio(Decimal(5), Decimal(0)).percent is None
    assert Ratio(Decimal(0), Decimal(5)).percent == 0
