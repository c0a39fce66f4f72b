"""Documents of orders in the register: what is required of which order, asked for, read and checked with the order (domain 12.2, AT-93)."""

from collections.abc import Callable
from typing import Any

import pytest

from catalog.actions import check_document, refresh_register, request_document, require_document
from catalog.models import DocumentEntry, DocumentRequirement
from catalog.reports.documents import uses_of_old
from kam.core.documents import revise_document
from kam.core.workflow import Denied
from orders.actions.order_review import facts_of
from orders.models import Order
from orders.reports.order_checks import check_order
from tests.factories.catalog import ProductFactory, ProductFamilyFactory
from tests.factories.customer_orders import OrderFactory, OrderLineFactory
from tests.factories.documents import document_type, entry_of, in_hand, required
from tests.factories.files import named, pdf
from tests.factories.reviews import known_product, reviewed_order
from tests.matrix import Matrix
from tests.pages import client_for

CERTIFICATE = "certificate_of_tests"


def test_documents_of_an_order_go_their_way(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    line = ProductFamilyFactory(code="GEAR")
    product = known_product(matrix.acme_it_plant, matrix.italy, family=ProductFamilyFactory(parent=line))
    order = reviewed_order(matrix.acme_it_plant, matrix.italy, {"product": product}).order
    assert order is not None
    where = {"plant": matrix.acme_it_plant, "selling_location": matrix.italy}
    draft, erp, over, sample, other = (
        OrderFactory(**where),
        OrderFactory(**where, number="4711", system="ERP", registered_at=order.registered_at),
        OrderFactory(**where, registered=True, status="cancelled", ended_reason="Ordered twice"),
        OrderFactory(**where, registered=True, kind="sample"),
        OrderFactory(**where, registered=True),
    )
    for one in (draft, erp, over, sample):
        OrderLineFactory(order=one, product=product)
    OrderLineFactory(order=other, product=ProductFactory())
    kind, manager = document_type(CERTIFICATE), matrix.sales_manager
    with nothing_changed(), pytest.raises(Denied) as wrong:
        require_document(DocumentRequirement, actor=manager, type=kind, subject="order", process="acquisition")
    assert wrong.value.code == "phase_does_not_fit"
    rule = {"type": kind, "subject": "order", "process": "series", "product_line": line}
    require_document(DocumentRequirement, actor=manager, blocks=True, **rule)
    assert list(DocumentEntry.objects.values_list("object_id", "customer", "plant")) == [
        (order.pk, order.customer_id, order.plant_id)
    ], "neither a draft, nor what another system keeps, what is over, a sample, or another product line"

    # The review and the order's page say that it is missing; it is read with the order.
    [found] = [one for one in check_order(order, facts=facts_of(order)) if one.code == "customer_document"]
    assert (found.level, found.position) == ("block", 0)
    entry = entry_of(order, CERTIFICATE)
    page = client_for(matrix.quality_it).get(f"/orders/{order.pk}/?tab=register")
    panel = next(one for one in page.context["tabs"] if one.panel.name == "register")
    assert panel.count == 1
    text = client_for(matrix.quality_it).get(panel.address).content.decode()
    assert f"/documents-due/{entry.pk}/" in text and f"record_id={order.pk}" in text
    for person, seen in (("account_manager", 1), ("quality_it", 1), ("account_manager2", 0), ("area_manager_us", 0)):
        assert DocumentEntry.objects.visible_to(getattr(matrix, person)).count() == seen, person
    listed = client_for(matrix.account_manager).get("/documents-due/?subject=order")
    assert order.number in listed.content.decode()

    # Asked for, received, checked by a department of the location; the check lets the order go on.
    request_document(entry, actor=matrix.account_manager)
    assert entry_of(order, CERTIFICATE).status == "requested"
    document = in_hand(order, CERTIFICATE, by=matrix.account_manager, revision="1")
    assert [one.code for one in check_order(order, facts=facts_of(order)) if "document" in one.code] == ["customer_document"]
    assert not DocumentEntry.objects.permitted(matrix.account_manager2, "catalog.check_document").exists()
    check_document(DocumentEntry.objects.permitted(matrix.quality_it, "catalog.check_document").get(), actor=matrix.quality_it)
    assert [one.code for one in check_order(order, facts=facts_of(order)) if "document" in one.code] == []

    # A new revision names the order that goes by the old one (AT-93), and is to be checked again.
    revise_document(document, actor=matrix.account_manager, file=named(pdf("newer"), "newer.pdf"), revision="2")
    entry = entry_of(order, CERTIFICATE)
    assert (entry.status, uses_of_old(entry, matrix.account_manager)) == ("received", [order])
    assert uses_of_old(entry, matrix.account_manager2) == []

    # What is over needs no documents any more.
    Order.objects.filter(pk=order.pk).update(status="cancelled", ended_reason="Not needed")
    refresh_register()
    assert not DocumentEntry.objects.filter(required=True).exists()


def test_requirements_of_orders_by_tier(matrix: Matrix) -> None:
    type(matrix.acme).objects.filter(pk=matrix.acme.pk).update(tier="A")
    orders = [OrderFactory(plant=plant, registered=True) for plant in (matrix.acme_it_plant, matrix.beta_plant)]
    required(CERTIFICATE, "order", tier="A")
    refresh_register(orders)
    assert DocumentEntry.objects.get(required=True).record == orders[0]
