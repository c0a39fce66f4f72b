"""Work centres and bills of resources: versions, hours and materials of a quantity, capacity of a month."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from catalog.actions import create_work_centre, edit_bill, edit_work_centre, record_bill
from catalog.models import BillOfResources, WorkCentre
from catalog.reports import capacity_hours, capacity_months, hours_by_shares, resources_for, without_bill
from tests.catalog.test_product import refused
from tests.factories.catalog import BillOfResourcesFactory, ProductFactory, WorkCentreFactory
from tests.matrix import Matrix

Nothing = Callable[..., Any]


def operation(centre: WorkCentre, hours: str = "0.5", setup: str = "0", offset: int = 0) -> dict[str, Any]:
    """One operation of a bill."""
    return {"work_centre": centre, "hours_per_unit": Decimal(hours), "setup_hours": Decimal(setup), "offset_months": offset}


@pytest.mark.acceptance("S45-bill")
def test_the_sourced_example_through_records(matrix: Matrix) -> None:
    """2 h × 100 + 3 h × 50 + 4 h × 25 = 450 h; by shares 60/40 that is 270 and 180 h (domain 12.1)."""
    centre = WorkCentreFactory()
    products = [ProductFactory() for _ in range(3)]
    for product, hours in zip(products, ("2", "3", "4"), strict=True):
        record_bill(
            BillOfResources,
            actor=matrix.production_it,
            product=product,
            location=matrix.italy,
            first_day=date(2026, 1, 1),
            operations=[operation(centre, hours)],
        )
    quantities = dict(zip(products, (Decimal(100), Decimal(50), Decimal(25)), strict=True))
    found = resources_for(quantities, matrix.italy)
    assert [(row.work_centre, row.hours) for row in found.hours] == [(centre, 450)]
    assert found.total_hours == 450
    assert hours_by_shares(found.total_hours, [60, 40]) == [270, 180]
    record_bill(
        BillOfResources,
        actor=matrix.production_it,
        product=products[0],
        location=matrix.italy,
        first_day=date(2026, 2, 1),
        operations=[operation(centre, "2.5")],
    )
    assert resources_for(quantities, matrix.italy).total_hours == 500


def test_yield_lots_setup_offset_and_materials(matrix: Matrix, django_assert_num_queries: Any) -> None:
    lathe, mill = WorkCentreFactory(code="A"), WorkCentreFactory(code="B")
    product, unknown = ProductFactory(), ProductFactory()
    record_bill(
        BillOfResources,
        actor=matrix.production_it,
        product=product,
        location=matrix.italy,
        first_day=date(2026, 1, 1),
        lot=Decimal(40),
        yield_rate=Decimal(80),
        operations=[operation(lathe, "0.1", "1.5", 1), operation(mill, "0.2")],
        materials=[
            {"material": "Steel", "grade": "C45", "quantity": Decimal("1.2"), "unit": "kg", "gross_weight": Decimal("1.2")}
        ],
    )
    with django_assert_num_queries(4):
        found = resources_for({product: Decimal(100), unknown: Decimal(1)}, matrix.italy)
    # 100 good ones are 125 started, that is 4 lots of 40.
    assert [(row.work_centre.code, row.offset_months, row.hours) for row in found.hours] == [
        ("A", 1, Decimal("18.5")),
        ("B", 0, 25),
    ]
    assert [(need.material, need.grade, need.unit, need.quantity, need.gross_weight) for need in found.materials] == [
        ("Steel", "C45", "kg", 150, 150)
    ]
    assert found.missing == [unknown]
    assert list(without_bill(matrix.italy, matrix.production_it)) == [unknown]


def test_a_change_is_a_new_version(matrix: Matrix, nothing_changed: Nothing) -> None:
    centre = WorkCentreFactory()
    given = {"product": ProductFactory(), "location": matrix.italy, "operations": [operation(centre)]}
    first = record_bill(BillOfResources, actor=matrix.production_it, first_day=date(2026, 1, 1), **given)
    with nothing_changed():
        assert record_bill(BillOfResources, actor=matrix.production_it, first_day=date(2026, 2, 1), **given) == first
    changed = given | {"operations": [operation(centre, "0.6")]}
    refused(
        "before_last_version",
        lambda: record_bill(BillOfResources, actor=matrix.production_it, first_day=date(2026, 1, 1), **changed),
        nothing_changed,
    )
    second = record_bill(BillOfResources, actor=matrix.production_it, first_day=date(2026, 4, 1), **changed)
    first.refresh_from_db()
    assert (first.last_day, second.bill_version) == (date(2026, 3, 31), 2)
    values = {"operations": [operation(centre, "0.7")], "lot": Decimal(5), "yield_rate": Decimal(99)}
    refused("bill_has_begun", lambda: edit_bill(first, actor=matrix.production_it, **values), nothing_changed)
    second = edit_bill(second, actor=matrix.production_it, **values)
    assert (second.lot, second.operations.get().hours_per_unit) == (5, Decimal("0.7"))
    with nothing_changed():
        edit_bill(second, actor=matrix.production_it, **values)


@pytest.mark.parametrize(
    ("code", "values"),
    [
        ("no_operations", {"operations": []}),
        ("centre_of_another", {"operations": "germany"}),
        ("centre_out_of_use", {"operations": "out_of_use"}),
        ("invalid", {"lot": Decimal(0)}),
        ("invalid", {"yield_rate": Decimal(101)}),
        ("invalid", {"materials": [{"material": "", "quantity": Decimal(1), "unit": "kg"}]}),
        ("invalid", {"materials": [{"material": "Steel", "quantity": Decimal(1), "unit": "ell"}]}),
    ],
)
def test_what_a_bill_cannot_say(matrix: Matrix, nothing_changed: Nothing, code: str, values: dict[str, Any]) -> None:
    centres = {"germany": WorkCentreFactory(location=matrix.germany), "out_of_use": WorkCentreFactory(is_active=False)}
    if isinstance(values.get("operations"), str):
        values = values | {"operations": [operation(centres[values["operations"]])]}
    given = {"product": ProductFactory(), "location": matrix.italy, "operations": [operation(WorkCentreFactory())]} | values
    act = lambda: record_bill(BillOfResources, actor=matrix.production_it, first_day=date(2026, 1, 1), **given)  # noqa: E731
    refused(code, act, nothing_changed)


def test_production_planning_writes_its_own_location(matrix: Matrix, nothing_changed: Nothing) -> None:
    given = {"code": "L1", "name_en": "Lathes", "machines": 3}
    centre = create_work_centre(WorkCentre, actor=matrix.production_it, location=matrix.italy, **given)
    refused(
        "outside_your_area",
        lambda: create_work_centre(WorkCentre, actor=matrix.production_it, location=matrix.germany, **given),
        nothing_changed,
    )
    refused(
        "duplicate",
        lambda: create_work_centre(WorkCentre, actor=matrix.production_it, location=matrix.italy, **given),
        nothing_changed,
    )
    refused("not_permitted", lambda: edit_work_centre(centre, actor=matrix.technical_it, machines=4), nothing_changed)
    foreign = WorkCentreFactory(location=matrix.germany)
    refused("not_permitted", lambda: edit_work_centre(foreign, actor=matrix.production_it, machines=4), nothing_changed)
    refused("invalid", lambda: edit_work_centre(centre, actor=matrix.production_it, shifts=5), nothing_changed)
    refused("invalid", lambda: edit_work_centre(centre, actor=matrix.production_it, hours_per_shift=Decimal(25)), nothing_changed)
    assert edit_work_centre(centre, actor=matrix.production_it, machines=4).machines == 4
    product = ProductFactory(producing_location=matrix.germany)
    act = lambda: record_bill(  # noqa: E731
        BillOfResources,
        actor=matrix.production_it,
        product=product,
        location=matrix.germany,
        first_day=date(2026, 1, 1),
        operations=[operation(foreign)],
    )
    refused("outside_your_area", act, nothing_changed)


def test_the_capacity_of_a_month(matrix: Matrix) -> None:
    centre = WorkCentreFactory()
    # March 2026 has 22 working days in Italy: 2 machines × 2 shifts × 8 h × 85 % = 27.2 h a day.
    assert centre.hours_a_day == Decimal("27.2")
    assert capacity_hours(centre, date(2026, 3, 10)) == Decimal("598.4")
    months = capacity_months(centre, 3)
    assert [(month, days) for month, days, _hours in months] == [
        (date(2026, 3, 1), 22),
        (date(2026, 4, 1), 21),
        (date(2026, 5, 1), 20),
    ]
    assert centre.people_for(Decimal("1619.2"), 22) == 10
    assert centre.people_for(Decimal(1), 0) == 0


def test_the_database_allows_one_bill_at_a_date(db: None) -> None:
    bill = BillOfResourcesFactory()
    with pytest.raises(IntegrityError, match="catalog_bill_one_in_force"), transaction.atomic():
        BillOfResourcesFactory(product=bill.product, bill_version=2)
