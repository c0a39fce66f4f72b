"""Customer items and programmes: under the row rule of their customer; what fits together and what does not."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from catalog.actions import create_customer_item, create_programme, edit_customer_item, edit_programme
from catalog.models import CustomerItem, Programme
from catalog.reports import where_used
from tests.catalog.test_product import refused
from tests.factories.accounts import CustomerFactory
from tests.factories.catalog import CustomerItemFactory, ProductFactory, ProductRevisionFactory, ProgrammeFactory
from tests.matrix import Matrix

Nothing = Callable[..., Any]


def test_an_item_is_recorded_and_changed(matrix: Matrix, nothing_changed: Nothing) -> None:
    product = ProductFactory()
    revision = product.revisions.get()
    item = create_customer_item(
        CustomerItem,
        actor=matrix.account_manager,
        customer=matrix.acme_us,
        product=product,
        part_number="51-2207-08",
        description="Idler assy",
        agreed_revision=revision,
        minimum_delivery_quantity=Decimal(50),
    )
    item = edit_customer_item(item, actor=matrix.back_office_it, plant=matrix.acme_us_plant, part_number="51-2207-09")
    assert (item.plant, item.part_number, item.version) == (matrix.acme_us_plant, "51-2207-09", 2)
    with nothing_changed():
        edit_customer_item(item, actor=matrix.account_manager, part_number="51-2207-09")


@pytest.mark.parametrize(
    ("code", "values"),
    [
        ("plant_of_another", {"plant": "beta"}),
        ("revision_of_another", {"agreed_revision": "other"}),
        ("revision_is_draft", {"agreed_revision": "draft"}),
        ("duplicate", {"part_number": "TAKEN"}),
        ("invalid", {"part_number": "X" * 36}),
        ("invalid", {"part_number": ""}),
        ("invalid", {"description": "X" * 41}),
        ("invalid", {"minimum_delivery_quantity": Decimal(-1)}),
    ],
)
def test_what_does_not_fit(matrix: Matrix, nothing_changed: Nothing, code: str, values: dict[str, Any]) -> None:
    item = CustomerItemFactory(customer=matrix.acme_us)
    CustomerItemFactory(customer=matrix.acme_us, part_number="TAKEN")
    rows = {
        "beta": matrix.beta_plant,
        "other": ProductFactory().revisions.get(),
        "draft": ProductRevisionFactory(product=item.product, status="draft", level="B"),
    }
    values = {name: rows.get(value, value) if isinstance(value, str) else value for name, value in values.items()}
    refused(code, lambda: edit_customer_item(item, actor=matrix.account_manager, **values), nothing_changed)
    made = {"customer": matrix.acme_us, "product": item.product, "part_number": "NEW", "plant": matrix.acme_us_plant} | values
    if code != "duplicate":
        refused(code, lambda: create_customer_item(CustomerItem, actor=matrix.account_manager, **made), nothing_changed)


def test_a_product_has_one_number_per_customer_and_plant(matrix: Matrix, nothing_changed: Nothing) -> None:
    item = CustomerItemFactory(customer=matrix.acme_us)
    made = {"customer": matrix.acme_us, "product": item.product, "part_number": "OTHER"}
    refused("duplicate", lambda: create_customer_item(CustomerItem, actor=matrix.account_manager, **made), nothing_changed)
    create_customer_item(CustomerItem, actor=matrix.account_manager, **made, plant=matrix.acme_us_plant)
    closed = CustomerFactory(status="closed", group=matrix.acme)
    matrix.account_manager.renew_access()
    refused(
        "customer_closed",
        lambda: create_customer_item(CustomerItem, actor=matrix.account_manager, **made | {"customer": closed}),
        nothing_changed,
    )
    with pytest.raises(IntegrityError, match="catalog_item_product_once"), transaction.atomic():
        CustomerItemFactory(customer=matrix.acme_us, product=item.product)


SEES = {
    "account_manager": {"acme", "acme_plant"},
    "account_manager2": {"beta"},
    "area_manager_us": {"acme", "acme_plant"},
    "area_manager_de": {"beta"},
    "sales_manager": {"acme", "acme_plant", "beta"},
    "quality_it": {"acme", "acme_plant"},
    "nobody": set(),
}


@pytest.mark.parametrize("person", SEES)
def test_items_follow_the_row_rule_of_their_customer(matrix: Matrix, nothing_changed: Nothing, person: str) -> None:
    product = ProductFactory()
    items = {
        "acme": CustomerItemFactory(customer=matrix.acme_us, product=product),
        "acme_plant": CustomerItemFactory(customer=matrix.acme_us, product=product, plant=matrix.acme_us_plant),
        "beta": CustomerItemFactory(customer=matrix.beta, product=product),
    }
    programme = {name: ProgrammeFactory(customer=item.customer) for name, item in items.items()}
    reader = matrix.users[person]
    assert set(where_used(product, reader)) == {items[name] for name in SEES[person]}
    assert set(Programme.objects.visible_to(reader)) == {programme[name] for name in SEES[person]}
    for name in set(items) - SEES[person]:
        refused(
            "not_permitted", lambda name=name: edit_customer_item(items[name], actor=reader, part_number="X"), nothing_changed
        )
        refused("not_permitted", lambda name=name: edit_programme(programme[name], actor=reader, name="X"), nothing_changed)


def test_nobody_records_items_outside_their_area(matrix: Matrix, nothing_changed: Nothing) -> None:
    made = {"customer": matrix.beta, "product": ProductFactory(), "part_number": "X"}
    denied = refused(
        "outside_your_area", lambda: create_customer_item(CustomerItem, actor=matrix.account_manager, **made), nothing_changed
    )
    assert denied.status == 403
    refused("not_permitted", lambda: create_customer_item(CustomerItem, actor=matrix.quality_it, **made), nothing_changed)


def test_programmes_begin_before_they_end(matrix: Matrix, nothing_changed: Nothing) -> None:
    start, end = date(2027, 1, 1), date(2032, 12, 31)
    given = {"code": "X7", "name": "Conveyor 7", "start_of_production": start, "end_of_production": end}
    programme = create_programme(Programme, actor=matrix.account_manager, customer=matrix.acme_us, **given)
    refused(
        "duplicate",
        lambda: create_programme(Programme, actor=matrix.account_manager, customer=matrix.acme_us, **given),
        nothing_changed,
    )
    refused(
        "period_in_order",
        lambda: edit_programme(programme, actor=matrix.account_manager, end_of_production=date(2026, 1, 1)),
        nothing_changed,
    )
    assert edit_programme(programme, actor=matrix.account_manager, end_of_production=None).end_of_production is None
    with nothing_changed():
        edit_programme(programme, actor=matrix.account_manager, name="Conveyor 7")
    with pytest.raises(IntegrityError, match="catalog_programme_in_order"), transaction.atomic():
        Programme.objects.filter(pk=programme.pk).update(end_of_production=date(2020, 1, 1))
