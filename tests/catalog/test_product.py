"""Families and products: made, changed, launched, phased out, discontinued and taken back; every refusal changes nothing."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from catalog.actions import (
    create_family,
    create_product,
    discontinue_product,
    edit_family,
    edit_product,
    launch_product,
    phase_out_product,
    reactivate_product,
)
from catalog.models import Product, ProductFamily
from kam.core.workflow import Denied, Refusals
from tests.factories.catalog import ListPriceFactory, ProductFactory, ProductFamilyFactory
from tests.matrix import Matrix

Nothing = Callable[..., Any]


def refused(code: str, act: Callable[[], Any], nothing_changed: Nothing) -> Denied:
    """The refusal, of which this code must be one, and nothing changed."""
    with nothing_changed(), pytest.raises(Denied) as caught:
        act()
    denied = caught.value
    codes = [part.code for part in denied.refusals] if isinstance(denied, Refusals) else [denied.code]
    assert code in codes
    return denied


def test_a_product_is_made_in_development_with_its_units(matrix: Matrix) -> None:
    family = ProductFamilyFactory(code="PUL")
    product = create_product(
        Product,
        actor=matrix.technical_it,
        code="KP-1",
        name_en="Pulley",
        name_it="Puleggia",
        family=family,
        origin_country="IT",
        customs_code="84835080",
        units=[{"unit": "box", "factor": Decimal(12)}, {"unit": "pallet", "factor": Decimal(480)}],
    )
    assert (product.status, product.base_unit) == ("development", "pcs")
    assert product.in_base_unit(Decimal("2.5"), "box") == 30
    assert product.in_base_unit(Decimal(7), "pcs") == 7
    with pytest.raises(Denied, match="no such unit"):
        product.in_base_unit(Decimal(1), "kg")


@pytest.mark.parametrize(
    ("code", "values"),
    [
        ("duplicate", {"code": "kp-taken"}),
        ("invalid", {"code": "X" * 41}),
        ("invalid", {"name_en": ""}),
        ("invalid", {"origin_country": "XX"}),
        ("invalid", {"customs_code": "12A"}),
        ("invalid", {"minimum_order_quantity": Decimal(0)}),
        ("invalid", {"net_weight": Decimal(-1)}),
        ("gross_below_net", {"net_weight": Decimal(2), "gross_weight": Decimal(1)}),
        ("base_unit_again", {"units": [{"unit": "pcs", "factor": Decimal(1)}]}),
        ("invalid", {"units": [{"unit": "box", "factor": Decimal(0)}]}),
        ("twice", {"units": [{"unit": "box", "factor": Decimal(2)}, {"unit": "box", "factor": Decimal(3)}]}),
        ("required", {"family": None}),
    ],
)
def test_what_a_product_cannot_be(matrix: Matrix, nothing_changed: Nothing, code: str, values: dict[str, Any]) -> None:
    ProductFactory(code="KP-TAKEN")
    good = {"code": "KP-2", "name_en": "Pulley", "family": ProductFamilyFactory()}
    refused(code, lambda: create_product(Product, actor=matrix.technical_it, **good | values), nothing_changed)


def test_every_fault_of_a_product_is_told_at_once(matrix: Matrix, nothing_changed: Nothing) -> None:
    act = lambda: create_product(Product, actor=matrix.technical_it, code="", name_en="", family=ProductFamilyFactory.build())  # noqa: E731
    denied = refused("invalid", act, nothing_changed)
    assert isinstance(denied, Refusals)
    assert {part.field for part in denied.refusals} >= {"code", "name_en", "family"}


@pytest.mark.parametrize(
    "person", ["account_manager", "area_manager_de", "sales_manager", "finance_it", "production_it", "nobody"]
)
def test_only_the_technical_department_makes_products(matrix: Matrix, nothing_changed: Nothing, person: str) -> None:
    family, product = ProductFamilyFactory(), ProductFactory()
    actor = matrix.users[person]
    denied = refused(
        "not_permitted", lambda: create_product(Product, actor=actor, code="A", name_en="A", family=family), nothing_changed
    )
    assert denied.status == 403
    refused("not_permitted", lambda: edit_product(product, actor=actor, name_en="B"), nothing_changed)


def test_an_edit_writes_what_differs_and_nothing_else(matrix: Matrix, nothing_changed: Nothing) -> None:
    product = ProductFactory(name_en="Old")
    product = edit_product(
        product, actor=matrix.technical_it, name_en="  New  name ", units=[{"unit": "box", "factor": Decimal(6)}]
    )
    assert (product.name_en, product.version) == ("New name", 2)
    with nothing_changed():
        edit_product(product, actor=matrix.technical_it, name_en="New name", units=[{"unit": "box", "factor": Decimal(6)}])
    edit_product(
        product,
        actor=matrix.technical_it,
        units=[{"unit": "box", "factor": Decimal(8)}, {"unit": "pallet", "factor": Decimal(80)}],
    )
    assert dict(product.units.values_list("unit", "factor")) == {"box": 8, "pallet": 80}
    edit_product(product, actor=matrix.technical_it, units=[])
    assert not product.units.exists()


def test_an_edit_of_an_older_version_is_refused(matrix: Matrix, nothing_changed: Nothing) -> None:
    product = ProductFactory()
    edit_product(product, actor=matrix.technical_it, version=1, name_en="First")
    denied = refused(
        "changed_meanwhile",
        lambda: edit_product(product, actor=matrix.technical_it, version=1, name_en="Second"),
        nothing_changed,
    )
    assert denied.status == 412


def test_the_base_unit_stays_once_a_price_is_stated_in_it(matrix: Matrix, nothing_changed: Nothing) -> None:
    product = ListPriceFactory().product
    refused("base_unit_in_use", lambda: edit_product(product, actor=matrix.technical_it, base_unit="kg"), nothing_changed)
    assert edit_product(ProductFactory(), actor=matrix.technical_it, base_unit="kg").base_unit == "kg"


def test_the_life_of_a_product(matrix: Matrix, nothing_changed: Nothing) -> None:
    product = ProductFactory(status="development", revision=False)
    refused("no_released_revision", lambda: launch_product(product, actor=matrix.technical_it), nothing_changed)
    product, successor = ProductFactory(status="development"), ProductFactory()
    launch_product(product, actor=matrix.technical_it)
    refused("wrong_status", lambda: launch_product(product, actor=matrix.technical_it), nothing_changed)
    refused("wrong_status", lambda: discontinue_product(product, actor=matrix.sales_manager), nothing_changed)
    last = date(2026, 6, 30)
    phase_out_product(product, actor=matrix.sales_manager, last_order_date=last, successor=successor)
    product.refresh_from_db()
    assert (product.status, product.last_order_date, product.successor) == ("phase_out", last, successor)
    assert product.takes_orders_on(last)
    assert not product.takes_orders_on(date(2026, 7, 1))
    refused("last_order_date_not_passed", lambda: discontinue_product(product, actor=matrix.sales_manager), nothing_changed)
    Product.objects.filter(pk=product.pk).update(last_order_date=date(2026, 3, 15))
    discontinue_product(product, actor=matrix.sales_manager)
    refused("reason_needed", lambda: reactivate_product(product, actor=matrix.sales_manager), nothing_changed)
    product = reactivate_product(product, actor=matrix.sales_manager, reason="A customer orders again")
    assert (product.status, product.last_order_date, product.successor) == ("active", None, None)


@pytest.mark.parametrize(
    ("code", "values"),
    [
        ("last_order_in_the_past", {"last_order_date": date(2026, 3, 15)}),
        ("its_own_successor", {"successor": "itself"}),
        ("successor_ends_too", {"successor": "ending"}),
    ],
)
def test_how_a_product_cannot_be_phased_out(matrix: Matrix, nothing_changed: Nothing, code: str, values: dict[str, Any]) -> None:
    product = ProductFactory()
    others = {"itself": product, "ending": ProductFactory(status="phase_out", last_order_date=date(2026, 12, 31))}
    values = {"last_order_date": date(2026, 12, 31)} | values
    if "successor" in values:
        values["successor"] = others[values["successor"]]
    refused(code, lambda: phase_out_product(product, actor=matrix.technical_it, **values), nothing_changed)


@pytest.mark.parametrize(
    ("constraint", "values"),
    [
        ("catalog_product_status_and_last_order", {"status": "phase_out"}),
        ("catalog_product_status_and_last_order", {"status": "active", "last_order_date": date(2026, 1, 1)}),
        ("catalog_product_weights", {"net_weight": 2, "gross_weight": 1}),
        ("catalog_product_quantities", {"pack_multiple": 0}),
        ("catalog_product_succeeded_is_going", {"successor": "other"}),
    ],
)
def test_the_database_itself_keeps_products_true(db: None, constraint: str, values: dict[str, Any]) -> None:
    product, other = ProductFactory(), ProductFactory()
    values = {name: other if value == "other" else value for name, value in values.items()}
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Product.objects.filter(pk=product.pk).update(**values)


def test_families_are_a_tree_without_circles(matrix: Matrix, nothing_changed: Nothing) -> None:
    line = create_family(ProductFamily, actor=matrix.technical_it, code="LINE", name_en="Drives")
    family = create_family(ProductFamily, actor=matrix.technical_it, code="PUL", name_en="Pulleys", parent=line)
    below = ProductFamilyFactory(parent=family)
    assert below.line == line
    assert sorted(ProductFamily.objects.with_descendants([line.pk])) == sorted([line.pk, family.pk, below.pk])
    refused("circle", lambda: edit_family(line, actor=matrix.technical_it, parent=below), nothing_changed)
    refused("circle", lambda: edit_family(line, actor=matrix.technical_it, parent=line), nothing_changed)
    refused("duplicate", lambda: edit_family(family, actor=matrix.technical_it, code="line"), nothing_changed)
    refused("not_permitted", lambda: edit_family(family, actor=matrix.back_office_it, name_en="X"), nothing_changed)
    with nothing_changed():
        edit_family(family, actor=matrix.technical_it, name_en="Pulleys")
    ProductFactory(family=below)
    assert Product.objects.of_family(line).count() == 1
