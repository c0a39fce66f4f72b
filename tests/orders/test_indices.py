"""Prices that follow indices: the share of a price, the metal surcharge, windows, bounds, what stands in for a missing value."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from kam.core.money import ExchangeRate
from kam.core.workflow import Denied
from orders.actions import correct_index_value, create_index, edit_index, record_index_value
from orders.models import IndexValue, PriceClause, PriceIndex
from tests.factories.catalog import ProductFactory
from tests.factories.prices import agreement, line
from tests.matrix import Matrix
from tests.orders.test_pricing import ask

JULY = "2026-07-15"


def index(code: str = "STEEL", currency: str = "EUR", **values: Any) -> PriceIndex:
    """An index with values by month of 2026, as in `june=902`."""
    made = PriceIndex.objects.create(code=code, name_en=code, currency=currency, source="Exchange")
    months = ("january", "february", "march", "april", "may", "june", "july")
    for name, value in values.items():
        IndexValue.objects.create(index=made, day=date(2026, months.index(name) + 1, 1), value=Decimal(str(value)))
    return made


def priced(matrix: Matrix, clause: dict[str, Any], *, price: Any = "50.00", **own: Any) -> Any:
    """A product of ACME Italy whose agreement has this clause."""
    product = ProductFactory(gross_weight=own.pop("gross_weight", None))
    agreement(line(product, price, **own), customer=matrix.acme_it, clauses=[clause])
    return product


@pytest.mark.acceptance("AT-32")
def test_a_share_of_the_price_follows_the_index_from_its_threshold_on(matrix: Matrix) -> None:
    steel = index(february=902, march=853, april=738, may=861)
    clause = {"kind": "share", "index": steel, "reference": Decimal(820), "share": Decimal(40), "threshold": Decimal(5)}
    product = priced(matrix, clause | {"symmetric": True})
    prices = {month: ask(matrix, product, 1, day=f"2026-{month:02d}-10")["price"] for month in (3, 4, 5, 6)}
    assert prices == {3: "52.00000", 4: "50.00000", 5: "48.00000", 6: "51.00000"}
    assert [step["code"] for step in ask(matrix, product, 1, day="2026-04-10")["steps"]] == [
        "agreed",
        "index_kept",
        "goods",
        "net",
    ]
    upwards = priced(matrix, clause)
    assert ask(matrix, upwards, 1, day="2026-05-10")["price"] == "50.00000", "not symmetric: it never falls"
    IndexValue.objects.filter(index=steel, day=date(2026, 2, 1)).update(value=984)
    assert ask(matrix, product, 1, day="2026-03-10")["price"] == "54.00000"


@pytest.mark.acceptance("AT-35")
def test_a_surcharge_by_weight_is_never_negative_unless_it_is_symmetric(matrix: Matrix) -> None:
    nickel = index("NICKEL", may="1.52", june="1.10")
    clause = {"index": nickel, "reference": Decimal("1.20"), "weight": Decimal("0.85")}
    product = priced(matrix, clause, price="200.00", price_unit=100)
    answer = ask(matrix, product, 100, day="2026-06-15")
    step = next(step for step in answer["steps"] if step["code"] == "surcharge")
    assert Decimal(step["values"]["per_price_unit"]) == Decimal("27.20")
    assert (answer["goods"], answer["surcharge"], answer["net"]) == ("200.000000", "27.200000", "227.200000")
    assert ask(matrix, product, 100, day=JULY)["surcharge"] == "0.000000"
    both = priced(matrix, clause | {"symmetric": True}, price="2.00")
    assert ask(matrix, both, 1000, day=JULY)["surcharge"] == "-85.000000"
    by_weight = priced(matrix, {"index": nickel, "reference": Decimal("1.20")}, gross_weight=Decimal("0.85"))
    assert ask(matrix, by_weight, 1000, day="2026-06-15")["surcharge"] == "272.000000"
    unknown = ask(matrix, priced(matrix, {"index": nickel, "reference": Decimal("1.20")}), 1, day=JULY)
    assert unknown["blocked"]["code"] == "no_weight"
    assert unknown["price"] is unknown["net"] is None


def test_the_window_of_an_index_is_averaged_delayed_and_bounded(matrix: Matrix) -> None:
    copper = index("COPPER", february=9, march=10, april=11, may=15)
    for day, value in ((date(2026, 5, 20), 17), (date(2026, 5, 21), 99), (date(2026, 6, 20), 12)):
        IndexValue.objects.create(index=copper, day=day, value=value)
    clause = {"index": copper, "reference": Decimal(1), "weight": Decimal(1)}
    for more, expected in (
        ({"averaging": 3, "lag": 3}, "9.000000"),  # February to April: 10
        ({"averaging": 1, "lag": 1, "closing_day": 20}, "54.500000"),  # 21 May to 20 June: (99 + 12) / 2
        ({"averaging": 3, "lag": 3, "floor": Decimal(12)}, "11.000000"),
        ({"averaging": 3, "lag": 3, "cap": Decimal(8)}, "7.000000"),
    ):
        assert ask(matrix, priced(matrix, clause | more), 1, day=JULY)["surcharge"] == expected, more


def test_a_month_without_a_value_is_named_stood_in_for_or_blocked_as_the_clause_says(matrix: Matrix) -> None:
    gone, other = index("DEL", april=5), index("LME", may=6, june=7)
    clause = {"index": gone, "reference": Decimal(1), "weight": Decimal(1)}
    blocked = ask(matrix, priced(matrix, clause), 1, day=JULY)
    assert (blocked["blocked"]["code"], blocked["price"], blocked["net"]) == ("no_index_value", None, None)
    assert "DEL" in blocked["blocked"]["text"]
    assert "06/2026" in blocked["blocked"]["text"] or "June 2026" in blocked["blocked"]["text"]
    last = ask(matrix, priced(matrix, clause | {"missing": "last"}), 1, day=JULY)
    assert last["surcharge"] == "4.000000"
    assert [step["code"] for step in last["steps"]][1] == "index_last"
    fallback = clause | {"missing": "fallback", "fallback": other, "fallback_addition": Decimal("1.5")}
    answer = ask(matrix, priced(matrix, fallback), 1000, day=JULY)
    assert answer["surcharge"] == "6105.000000", "7 and 1.5 per cent, less the reference, by a thousand kilograms"
    assert "LME" in next(step["text"] for step in answer["steps"] if step["code"] == "index_fallback")
    assert ask(matrix, priced(matrix, fallback | {"averaging": 3}), 1, day=JULY)["blocked"]["code"] == "no_index_value"


def test_an_index_in_another_currency_is_converted_or_blocked(matrix: Matrix) -> None:
    dollars = index("LME-USD", "USD", june=4)
    product = priced(matrix, {"index": dollars, "reference": Decimal(1), "weight": Decimal(1)})
    blocked = ask(matrix, product, 1, day=JULY)["blocked"]
    assert (blocked["code"], blocked["values"]["source"]) == ("no_rate", "USD")
    ExchangeRate.objects.create(
        from_currency="EUR", to_currency="USD", kind="spot", date=date(2026, 6, 29), rate=Decimal("1.25"), source="bank"
    )
    assert ask(matrix, product, 1, day=JULY)["surcharge"] == "2.200000"
    assert (
        ask(
            matrix,
            priced(matrix, {"kind": "share", "index": dollars, "reference": Decimal(2), "share": Decimal(50)}),
            1,
            day=JULY,
        )["price"]
        == "75.00000"
    ), "a ratio needs no rate"


def test_index_values_are_recorded_once_and_clauses_stay(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    finance = matrix.finance_it
    made = create_index(PriceIndex, actor=finance, code="ZN", name_en="Zinc", currency="EUR", source="LME")
    row = record_index_value(IndexValue, actor=finance, index=made, day=date(2026, 1, 1), value=Decimal(2))
    with nothing_changed():
        for values in ({"day": date(2026, 1, 1), "value": Decimal(3)}, {"day": date(2026, 2, 1), "value": Decimal(0)}):
            with pytest.raises(Denied):
                record_index_value(IndexValue, actor=finance, index=made, **values)
        with pytest.raises(Denied):
            create_index(PriceIndex, actor=finance, code="ZN", name_en="Zinc", currency="EUR", source="LME")
        with pytest.raises(Denied):
            edit_index(made, actor=finance, currency="USD")
        with pytest.raises(Denied):
            record_index_value(IndexValue, actor=matrix.technical_it, index=made, day=date(2026, 3, 1), value=Decimal(3))
    assert correct_index_value(row, actor=finance, value=Decimal(4)).value == 4
    priced(matrix, {"index": made, "reference": Decimal(1), "weight": Decimal(1)})
    clause = PriceClause.objects.get()
    with pytest.raises(DatabaseError), transaction.atomic():
        PriceClause.objects.filter(pk=clause.pk).update(reference=2)
    with pytest.raises(DatabaseError), transaction.atomic():
        clause.delete()
