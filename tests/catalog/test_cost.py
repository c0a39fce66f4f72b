"""Standard costs: versions published as a set, never changed, read only by those who read costs there."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, ProgrammingError, transaction

from catalog.actions import publish_costs
from catalog.models import StandardCost
from catalog.reports import cost_split, costs_of
from tests.catalog.test_product import refused
from tests.factories.catalog import ProductFactory, StandardCostFactory
from tests.matrix import Matrix

Nothing = Callable[..., Any]


def cost(product: Any, material: str = "7", **more: Any) -> dict[str, Any]:
    """One cost of a set: material, 3 variable conversion, 1 fixed."""
    return {"product": product, "material": Decimal(material), "variable_conversion": Decimal(3), "fixed": Decimal(1)} | more


def test_a_new_version_ends_the_one_before(matrix: Matrix, nothing_changed: Nothing) -> None:
    old, dropped = StandardCostFactory(), StandardCostFactory()
    fresh = ProductFactory()
    given = {"location": matrix.italy, "cost_version": "2026", "first_day": date(2026, 1, 1)}
    costs = [cost(old.product), cost(fresh, price_unit=100)]
    made = publish_costs(StandardCost, actor=matrix.finance_it, **given, costs=costs)
    assert [(row.sum, row.currency) for row in made] == [(11, "EUR"), (11, "EUR")]
    assert made[1].per_unit == Decimal("0.11")
    old.refresh_from_db()
    dropped.refresh_from_db()
    assert (old.last_day, dropped.last_day) == (date(2025, 12, 31), None)
    assert StandardCost.objects.in_force(old.product, matrix.italy, date(2025, 12, 31)) == old
    assert StandardCost.objects.in_force(old.product, matrix.italy, date(2026, 1, 1)) == made[0]
    with nothing_changed():
        assert publish_costs(StandardCost, actor=matrix.finance_it, **given, costs=costs) == []


def test_a_complete_version_ends_the_costs_that_it_leaves_out(matrix: Matrix) -> None:
    old, dropped, elsewhere = StandardCostFactory(), StandardCostFactory(), StandardCostFactory(location=matrix.germany)
    publish_costs(
        StandardCost,
        actor=matrix.finance_it,
        location=matrix.italy,
        cost_version="2026",
        first_day=date(2026, 1, 1),
        costs=[cost(old.product)],
        complete=True,
    )
    dropped.refresh_from_db()
    elsewhere.refresh_from_db()
    assert (dropped.last_day, elsewhere.last_day) == (date(2025, 12, 31), None)


@pytest.mark.parametrize(
    ("code", "version", "first_day", "costs"),
    [
        ("no_costs", "2026", date(2026, 1, 1), lambda product: []),
        ("twice", "2026", date(2026, 1, 1), lambda product: [cost(product), cost(product)]),
        ("invalid", "2026", date(2026, 1, 1), lambda product: [cost(product, "-1")]),
        ("invalid", "2026", date(2026, 1, 1), lambda product: [cost(product, currency="EURO")]),
        ("invalid", "2026", date(2026, 1, 1), lambda product: [cost(product, price_unit=10)]),
        ("invalid", "", date(2026, 1, 1), lambda product: [cost(product)]),
        ("published_already", "2020", date(2026, 1, 1), lambda product: [cost(product)]),
        ("later_version", "2026", date(2019, 12, 31), lambda product: [cost(product)]),
        ("later_version", "2026", date(2020, 1, 1), lambda product: [cost(product)]),
    ],
)
def test_what_is_not_published(
    matrix: Matrix, nothing_changed: Nothing, code: str, version: str, first_day: date, costs: Callable[[Any], Any]
) -> None:
    product = StandardCostFactory().product
    act = lambda: publish_costs(  # noqa: E731
        StandardCost,
        actor=matrix.finance_it,
        location=matrix.italy,
        cost_version=version,
        first_day=first_day,
        costs=costs(product),
    )
    refused(code, act, nothing_changed)


@pytest.mark.parametrize(
    ("person", "code"),
    [("finance_it", "outside_your_area"), ("sales_manager", "not_permitted"), ("technical_it", "not_permitted")],
)
def test_finance_publishes_for_its_own_location(matrix: Matrix, nothing_changed: Nothing, person: str, code: str) -> None:
    product = ProductFactory()
    act = lambda: publish_costs(  # noqa: E731
        StandardCost,
        actor=matrix.users[person],
        location=matrix.germany,
        cost_version="2026",
        first_day=date(2026, 1, 1),
        costs=[cost(product)],
    )
    assert refused(code, act, nothing_changed).status == 403


READERS = {
    "account_manager": ("IT", "DE"),
    "area_manager_de": ("DE",),
    "area_manager_us": (),
    "sales_manager": ("IT", "DE"),
    "management": ("IT", "DE"),
    "auditor": ("IT", "DE"),
    "finance_it": ("IT",),
    "administrator": (),
    "back_office_it": (),
    "technical_it": (),
    "quality_it": (),
    "production_it": (),
    "logistics_it": (),
    "service_it": (),
    "nobody": (),
}


@pytest.mark.parametrize("person", READERS)
def test_who_reads_which_costs(matrix: Matrix, person: str) -> None:
    product = ProductFactory()
    for location in (matrix.italy, matrix.germany):
        StandardCostFactory(product=product, location=location)
    reader = matrix.users[person]
    seen = StandardCost.objects.visible_to(reader).values_list("location__code", flat=True)
    assert sorted(seen) == sorted(READERS[person])
    assert sorted(split.cost.location.code for split in costs_of(product, reader)) == sorted(READERS[person])


def test_the_split_of_a_cost(db: None) -> None:
    split = cost_split(StandardCostFactory())
    assert split.parts == [("material", 6, 60), ("variable_conversion", 3, 30), ("fixed", 1, 10)]
    assert split.cost.variable_per_unit == 9


def test_the_database_keeps_costs_unchanged_and_apart(db: None) -> None:
    row = StandardCostFactory()
    with pytest.raises(ProgrammingError, match="Cannot update rows"), transaction.atomic():
        StandardCost.objects.filter(pk=row.pk).update(material=99)
    with pytest.raises(IntegrityError, match="catalog_cost_one_in_force"), transaction.atomic():
        StandardCostFactory(product=row.product, cost_version="2021")
