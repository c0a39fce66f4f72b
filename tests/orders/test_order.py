"""Orders as they are entered: filled in and priced, what is missing, registered once, copied, held and blocked; and what nobody may."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from kam.core import clock
from kam.core.documents import Document, retire_document
from kam.core.workflow import Denied, Refusals
from orders.actions import (
    accept_offer,
    copy_order,
    create_order,
    discard_order,
    edit_order,
    enter_from_agreement,
    enter_from_offer,
    hold_order,
    lift_block,
    register_order,
    reject_order,
    resume_order,
    set_block,
)
from orders.models import Order, OrderBlock
from tests.factories.accounts import UserFactory
from tests.factories.catalog import CustomerItemFactory, ProductFactory
from tests.factories.customer_orders import ordered, purchase_order
from tests.factories.offers import offer_line, offered, payment_term, priced_product
from tests.factories.prices import agreement, line
from tests.matrix import Matrix
from tests.world import api_client

TODAY = clock.today


def entered(matrix: Matrix, *lines: dict[str, Any], **head: Any) -> Order:
    """An order of ACME Italy's, entered by the back office."""
    return ordered(matrix.acme_it_plant, matrix.italy, *lines, **{"by": matrix.back_office_it} | head)


def test_an_order_takes_over_what_nobody_said(matrix: Matrix) -> None:
    product = priced_product(25)
    agreement(line(product, "22.50"), customer=matrix.acme_it)
    item = CustomerItemFactory(customer=matrix.acme_it, product=product, part_number="88-1040")
    item.agreed_revision = product.revisions.get()
    item.save()
    order = entered(matrix, {"customer_part": "88-1040", "part_revision": "B", "quantity": Decimal(100)})
    one = order.lines.get()
    assert (one.product, one.price, one.agreed_revision, one.part_revision) == (product, Decimal("22.50"), "A", "B")
    assert one.agreement_line is not None
    assert (order.net, order.base_net, order.currency, order.vat_treatment) == (Decimal(2250), Decimal(2250), "EUR", "domestic")
    assert (order.incoterms_place, order.entered_by, order.incomplete) == ("Works", matrix.back_office_it, [])


def test_vat_follows_from_the_countries(matrix: Matrix) -> None:
    abroad = ordered(matrix.acme_de_plant, matrix.italy)
    assert abroad.vat_treatment == "intra_eu"
    assert ordered(matrix.acme_us_plant, matrix.italy).vat_treatment == "export"
    assert ordered(matrix.acme_de_plant, matrix.italy, ship_to=matrix.acme_it_plant).vat_treatment == "domestic"


def test_what_is_missing_is_listed_and_keeps_the_order_from_being_registered(
    matrix: Matrix, nothing_changed: Callable[..., Any]
) -> None:
    unpriced = ProductFactory()
    order: Order = create_order(
        Order,
        actor=matrix.back_office_it,
        plant=matrix.acme_it_plant,
        selling_location=matrix.italy,
        vat_treatment="declaration",
        lines=[{"product": unpriced, "quantity": Decimal(5)}, {"description": "Shaft as by drawing", "quantity": Decimal(1)}],
    )
    assert order.incomplete == [
        "customer_reference", "customer_date", "payment_term", "declaration_of_intent", "document",
        "lines.10.price", "lines.10.requested_on", "lines.20.product", "lines.20.price", "lines.20.requested_on",
    ]  # fmt: skip
    with nothing_changed(), pytest.raises(Denied) as denied:
        register_order(order, actor=matrix.back_office_it)
    assert denied.value.code == "incomplete"


def test_the_list_follows_the_papers(matrix: Matrix) -> None:
    order = entered(matrix)
    assert order.incomplete == []
    retire_document(Document.objects.get(), actor=None, reason="Wrong file")
    order.refresh_from_db()
    assert order.incomplete == ["document"]
    purchase_order(order)
    order.refresh_from_db()
    assert order.incomplete == []


def test_a_registered_order_has_the_next_number_and_is_under_review(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    order = register_order(entered(matrix), actor=matrix.back_office_it)
    assert order.number == f"SO-{matrix.italy.code}-{TODAY().year}-00001"
    assert register_order(entered(matrix), actor=matrix.back_office_it).number.endswith("00002")
    assert (order.status, order.review.state) == ("in_review", "open")
    with nothing_changed(), pytest.raises(Denied) as denied:
        edit_order(order, actor=matrix.back_office_it, customer_reference="")
    assert denied.value.code == "order_kept"
    with nothing_changed(), pytest.raises(Denied) as denied:
        discard_order(order, actor=matrix.back_office_it)
    assert denied.value.code == "order_kept"


def test_a_purchase_order_is_entered_once_and_the_other_one_is_named(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    hundred = {"product": priced_product(), "quantity": Decimal(100)}
    entered(matrix, hundred, customer_reference="PO 1")
    with nothing_changed(), pytest.raises(Denied, match="PO 1") as denied:
        entered(matrix, hundred, customer_reference="po  1")
    assert (denied.value.code, denied.value.field) == ("duplicate_order", "customer_reference")
    ordered(matrix.acme_de_plant, matrix.germany, customer_reference="PO 2")
    with nothing_changed(), pytest.raises(Denied) as denied:
        ordered(matrix.acme_de_plant, matrix.italy, hundred, customer_reference="PO 2", by=matrix.back_office_it)
    assert "PO 2" not in str(denied.value)


@pytest.mark.parametrize(
    ("head", "line", "field", "code"),
    [
        ({"customer_date": TODAY() + timedelta(days=2)}, {}, "customer_date", "in_the_future"),
        ({"requested_on": TODAY() - timedelta(days=9)}, {}, "requested_on", "before_the_order"),
        ({}, {"requested_on": TODAY() - timedelta(days=9)}, "lines.0.requested_on", "before_the_order"),
        ({}, {"unit": "kg"}, "lines.0.unit", "other_unit"),
        ({}, {"product": None, "customer_part": "unknown"}, "lines.0.product", "product_or_text"),
        ({}, {"quantity": Decimal(0)}, "lines.0.quantity", "invalid"),
        ({}, {"schedule": [{"date": TODAY(), "quantity": Decimal(3)}]}, "lines.0.schedule", "schedule_sum"),
        ({"kind": "call_off"}, {}, "kind", "frame_missing"),
        ({"currency": "XXQ"}, {}, "currency", "invalid"),
    ],
)
def test_what_does_not_fit_is_refused_at_its_field(
    matrix: Matrix, nothing_changed: Callable[..., Any], head: Any, line: Any, field: str, code: str
) -> None:
    product, _term = priced_product(), payment_term(30)
    with nothing_changed(), pytest.raises(Denied) as denied:
        entered(matrix, {"product": product, "quantity": Decimal(10)} | line, **head)
    found = denied.value.refusals if isinstance(denied.value, Refusals) else [denied.value]
    assert (field, code) in [(one.field, one.code) for one in found]


def test_a_line_that_is_told_by_its_position_stays_itself(matrix: Matrix) -> None:
    order = entered(matrix, *({"product": priced_product(), "quantity": Decimal(10)} for _number in range(3)))
    first, second, third = order.lines.all()
    edit_order(
        order,
        actor=matrix.back_office_it,
        lines=[
            {"position": 10, "product": first.product, "quantity": Decimal(40), "price": Decimal(20)},
            {"position": 30, "product": third.product, "quantity": Decimal(10), "price": third.price},
            {"product": second.product, "quantity": Decimal(1)},
        ],
    )
    order.refresh_from_db()
    rows = {one.position: one for one in order.lines.all()}
    assert list(rows) == [10, 30, 40] and (rows[10].pk, rows[30].pk) == (first.pk, third.pk)
    assert rows[30].version == 1 and order.net == Decimal(800 + 250 + 25)


def test_an_offer_becomes_an_order_once_it_is_accepted_and_more_are_entered_by_hand(
    matrix: Matrix, nothing_changed: Callable[..., Any]
) -> None:
    product = priced_product()
    offer = offered(
        matrix.acme_it_plant, matrix.italy, offer_line(product, 200, 24), status="sent",
        by=matrix.account_manager, approver=matrix.sales_manager,
    )  # fmt: skip
    with nothing_changed(), pytest.raises(Denied) as denied:
        enter_from_offer(offer, actor=matrix.back_office_it)
    assert denied.value.code == "not_accepted"
    accept_offer(offer, actor=matrix.account_manager, accepted_reference="PO-8")
    made = offer.orders.get()
    assert (made.status, made.number, made.customer_reference, made.channel) == ("received", "", "PO-8", "offer")
    order = enter_from_offer(offer, actor=matrix.back_office_it, customer_reference="PO-9", customer_date=TODAY())
    for one in (made.lines.get(), order.lines.get()):
        assert (one.price, one.quantity, one.offer_line) == (Decimal(24), Decimal(200), offer.lines.get())
    assert (order.offer, order.channel) == (offer, "offer")


def test_an_agreement_and_a_past_order_are_ordered_again(matrix: Matrix) -> None:
    product = priced_product(25)
    agreed = agreement(line(product, "22.50"), customer=matrix.acme_it)
    order = enter_from_agreement(
        Order, agreement=agreed, actor=matrix.back_office_it, plant=matrix.acme_it_plant, selling_location=matrix.italy,
        quantities={agreed.lines.get().pk: Decimal(70)},
    )  # fmt: skip
    assert (order.agreement, order.net) == (agreed, Decimal("1575.00"))
    again = copy_order(order, actor=matrix.back_office_it, customer_reference="NEW-1", customer_date=TODAY())
    assert (again.net, again.customer_reference, again.requested_on) == (order.net, "NEW-1", None)


def test_over_rest_an_order_is_made_of_an_agreement_an_offer_and_a_past_order(
    matrix: Matrix, nothing_changed: Callable[..., Any]
) -> None:
    one, other = priced_product(25), priced_product(25)
    agreed = agreement(line(one, "22.50", minimum_quantity=40), line(other, 20), customer=matrix.acme_it, location=matrix.italy)
    foreign = agreement(line(one, 10), customer=matrix.beta, location=matrix.italy)
    client, address = api_client(matrix.back_office_it), "/api/v1/orders/from-agreement/"
    body: dict[str, Any] = {"agreement": agreed.pk, "plant": matrix.acme_it_plant.pk, "customer_reference": "PO 1"}
    with nothing_changed():
        assert client.post(address, body | {"agreement": foreign.pk}, format="json").status_code == 400
        assert client.post(address, body | {"lines": []}, format="json").json()["code"] == "nothing_agreed"
    made = client.post(address, body, format="json")
    order = Order.objects.get(pk=made.json()["id"])
    assert (made.status_code, order.agreement, order.selling_location) == (200, agreed, matrix.italy)
    assert [(row.product, row.quantity, row.price) for row in order.lines.all()] == [(one, 40, Decimal("22.5")), (other, 1, 20)]
    told = {"agreement_line": agreed.lines.get(product=other).pk, "quantity": "70"}
    body |= {"customer_reference": "PO 2", "lines": [told]}
    some = Order.objects.get(pk=client.post(address, body, format="json").json()["id"])
    assert [(row.product, row.quantity) for row in some.lines.all()] == [(other, 70)]
    copied = client.post(f"/api/v1/orders/{some.pk}/copy/", {"customer_reference": "PO 3"}, format="json")
    assert Order.objects.get(pk=copied.json()["id"]).lines.get().quantity == 70


def test_an_order_rests_and_goes_on_from_where_it_stood(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    order = entered(matrix, register=True)
    with nothing_changed(), pytest.raises(Denied):
        hold_order(order, actor=matrix.back_office_it, reason=" ")
    assert hold_order(order, actor=matrix.back_office_it, reason="Customer asked").status == "on_hold"
    assert resume_order(order, actor=matrix.back_office_it).status == "in_review"
    assert reject_order(order, actor=matrix.back_office_it, reason="Not ours").ended_reason == "Not ours"
    with nothing_changed(), pytest.raises(Denied):
        set_block(order, actor=matrix.finance_it, kind="credit", reason="Overdue")


def test_each_kind_of_block_is_lifted_by_its_own_people(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    order = entered(matrix)
    block = set_block(order, actor=None, kind="billing", reason="No VAT number", until=TODAY() + timedelta(days=5))
    assert set_block(order, actor=matrix.quality_it, kind="billing", reason="No valid VAT number") == block
    for person in (matrix.back_office_it, matrix.sales_manager, matrix.logistics_it, matrix.account_manager):
        with nothing_changed(), pytest.raises(Denied) as denied:
            lift_block(block, actor=person, reason="Paid")
        assert denied.value.status == 403
    with nothing_changed(), pytest.raises(Denied):
        lift_block(block, actor=matrix.finance_it, reason="")
    assert lift_block(block, actor=matrix.finance_it, reason="Paid").lifted_by == matrix.finance_it
    with nothing_changed(), pytest.raises(Denied) as denied:
        lift_block(block, actor=matrix.finance_it, reason="Paid")
    assert denied.value.code == "block_over"
    price = set_block(order, actor=matrix.back_office_it, kind="price", reason="Not as agreed")
    assert lift_block(price, actor=matrix.account_manager, reason="Agreed by telephone").lifted_at is not None


def test_a_role_lifts_only_where_it_is_held(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    order = ordered(matrix.acme_de_plant, matrix.germany)
    block = set_block(order, actor=None, kind="billing", reason="No VAT number")
    with nothing_changed(), pytest.raises(Denied):
        lift_block(block, actor=matrix.finance_it, reason="Paid")
    assert (
        lift_block(block, actor=UserFactory(role="finance", role__location=matrix.germany), reason="Paid").lifted_by is not None
    )


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"kind": "technical", "until": TODAY()}, "until"),
        ({"kind": "credit", "until": TODAY() - timedelta(days=1)}, "until"),
        ({"kind": "credit", "reason": ""}, "reason"),
        ({"kind": "mood"}, "kind"),
    ],
)
def test_a_block_says_what_for_and_until_when(
    matrix: Matrix, nothing_changed: Callable[..., Any], values: dict[str, Any], field: str
) -> None:
    order = entered(matrix)
    with nothing_changed(), pytest.raises(Denied) as denied:
        set_block(order, actor=matrix.finance_it, **{"reason": "Because"} | values)
    assert denied.value.field == field and not OrderBlock.objects.exists()


def test_nobody_enters_an_order_of_somebody_elses(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    hundred, _term = {"product": priced_product(), "quantity": Decimal(100)}, payment_term(30)
    for person in (matrix.account_manager, matrix.quality_it, matrix.nobody):
        with nothing_changed(), pytest.raises(Denied) as denied:
            entered(matrix, hundred, by=person)
        assert denied.value.status == 403
    with nothing_changed(), pytest.raises(Denied) as denied:
        ordered(matrix.beta_plant, matrix.germany, hundred, by=matrix.back_office_it)
    assert denied.value.status == 403
