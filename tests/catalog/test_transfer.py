"""Transfers of a plant or a product between our locations: planned with all that they touch, carried out whole or not at all."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import Assignment, PlantService
from catalog.actions import cancel_transfer, carry_out_transfer, plan_transfer
from catalog.models import Transfer
from catalog.models.transfers import APPROVAL
from catalog.reports.transfers import sections
from catalog.tasks import carry_out_transfers
from kam.core import clock
from kam.core.documents import Document, attach_document, standard_type
from kam.core.notifications import Notification
from kam.core.workflow import Denied
from orders.actions import approve_agreement, submit_agreement
from orders.actions.order_confirming import confirm_order
from orders.actions.order_deliveries import deliver_order
from orders.models import PriceAgreement
from tests.factories.catalog import CustomerItemFactory, ProductFactory
from tests.factories.files import named, pdf
from tests.factories.order_lives import accepted_order
from tests.factories.prices import agreement, line
from tests.matrix import Matrix

pytestmark = pytest.mark.django_db
Nothing = Callable[..., AbstractContextManager[None]]


def planned(matrix: Matrix, **values: Any) -> Transfer:
    """ACME's American plant goes from America to Italy today, unless told otherwise."""
    told = {"plant": matrix.acme_us_plant, "source": matrix.usa, "target": matrix.italy, "day": clock.today()} | values
    made: Transfer = plan_transfer(Transfer, actor=matrix.sales_manager, **told)
    return made


def done(matrix: Matrix, transfer: Transfer) -> Transfer:
    """The transfer once it is carried out."""
    carry_out_transfer(transfer, actor=matrix.sales_manager)
    transfer.refresh_from_db()
    return transfer


def refused(matrix: Matrix, nothing_changed: Nothing, **values: Any) -> tuple[str, str]:
    """The code and field of the refusal of a transfer that is planned so; it changed nothing."""
    with nothing_changed(), pytest.raises(Denied) as denied:
        planned(matrix, **values)
    return denied.value.code, denied.value.field


def told(matrix: Matrix, transfer: Transfer) -> dict[str, list[tuple[str, str]]]:
    """What the page says, by sort: the outcome and its reason."""
    return {
        part.sort: [(row.outcome.value, str(row.note)) for row in part.rows] for part in sections(transfer, matrix.sales_manager)
    }


def approve(transfer: Transfer, customer: Any, number: str = "") -> None:
    """File a customer's approval."""
    attach_document(
        Document, actor=None, record=customer, type=standard_type(APPROVAL), number=number or transfer.number,
        title="Approval", file=named(pdf("Approved"), "approval.pdf"),
    )  # fmt: skip


def test_a_plant_is_led_from_another_location_with_its_orders_line_by_line(matrix: Matrix) -> None:
    fresh = accepted_order(matrix.acme_us_plant, matrix.usa, {}, {"quantity": Decimal(5)})
    begun = accepted_order(matrix.acme_us_plant, matrix.usa)
    for order in (fresh, begun):
        confirm_order(order, actor=None, sent_to="buyer@acme.example")
    first = begun.lines.get()
    deliver_order(begun, actor=None, note_number="DDT-1", lines=[{"line": first, "quantity": Decimal(10)}])
    transfer = planned(matrix)
    assert transfer.number.startswith(f"TR-{matrix.usa.code}-")
    found = told(matrix, transfer)
    assert sorted(found["order_lines"]) == [
        ("moves", ""), ("moves", ""), ("stays", "was begun and is finished where it is"),
    ]  # fmt: skip
    assert done(matrix, transfer).status == "done"
    assert transfer.moved == {"services": 1, "assignments": 1, "order_lines": 2}
    fresh.refresh_from_db()
    begun.refresh_from_db()
    assert (fresh.selling_location, fresh.status, fresh.reviewed) == (matrix.italy, "in_review", False)
    change = fresh.changes.get()
    assert (change.cause, change.differences[0]["field"]) == ("own", "selling_location")
    assert (begun.selling_location, begun.changes.count()) == (matrix.usa, 0)
    today = PlantService.objects.on(clock.today()).filter(plant=matrix.acme_us_plant)
    assert [(row.location, row.leads) for row in today] == [(matrix.italy, True)]
    assert not Assignment.objects.on(clock.today()).filter(plant=matrix.acme_us_plant).exists()


def test_whoever_serves_it_there_follows_and_is_told(matrix: Matrix) -> None:
    transfer = planned(matrix, target=matrix.germany, manager=matrix.area_manager_de)
    assert Notification.objects.filter(reader=matrix.area_manager_de, kind="transfer_planned").count() == 1
    done(matrix, transfer)
    held = Assignment.objects.on(clock.today()).get(plant=matrix.acme_us_plant)
    assert (held.user, held.location) == (matrix.area_manager_de, matrix.germany)


def test_prices_that_were_handed_in_stay_and_are_followed_by_their_successors(matrix: Matrix, nothing_changed: Nothing) -> None:
    product = ProductFactory()
    held = agreement(line(product, 10), plant=matrix.acme_us_plant, location=matrix.usa)
    draft = agreement(line(ProductFactory(), 4), plant=matrix.acme_us_plant, location=matrix.usa, status="draft")
    wide = agreement(line(product, 11), customer=matrix.acme_us, location=matrix.usa)
    transfer = planned(matrix)
    heir = PriceAgreement.objects.get(replaces=held)
    assert (heir.location, heir.first_day, heir.lines.get().price, heir.status) == (
        matrix.italy,
        clock.today(),
        Decimal(10),
        "draft",
    )
    outcomes = sorted(outcome for outcome, _note in told(matrix, transfer)["agreements"])
    assert outcomes == ["blocked", "moves", "stays"]
    with nothing_changed(), pytest.raises(Denied, match="not approved yet"):
        carry_out_transfer(transfer, actor=matrix.sales_manager)
    submit_agreement(heir, actor=matrix.account_manager)
    heir.refresh_from_db()
    approve_agreement(heir, actor=matrix.sales_manager)
    assert done(matrix, transfer).moved["agreements"] == 2
    for row in (held, heir, draft, wide):
        row.refresh_from_db()
    assert (held.last_day, held.ending, held.location) == (clock.today() - timedelta(days=1), "replaced", matrix.usa)
    assert (heir.standing, draft.location, draft.lines.get().location) == ("active", matrix.italy, matrix.italy)
    assert (wide.standing, wide.location) == ("active", matrix.usa)


def test_a_customer_who_approves_changes_of_the_site_blocks_until_the_evidence_is_there(
    matrix: Matrix, nothing_changed: Nothing
) -> None:
    matrix.acme_us.approves_site = True
    matrix.acme_us.save()
    transfer = planned(matrix)
    assert Notification.objects.filter(reader=matrix.account_manager, kind="transfer_planned").exists()
    assert told(matrix, transfer)["approvals"][0][0] == "blocked"
    approve(transfer, matrix.acme_us, "TR-OF-ANOTHER")
    with nothing_changed(), pytest.raises(Denied, match=transfer.number):
        carry_out_transfer(transfer, actor=matrix.sales_manager)
    assert carry_out_transfers() == 0
    assert Notification.objects.filter(reader=matrix.sales_manager, kind="transfer_blocked").count() == 1
    approve(transfer, matrix.acme_us)
    assert carry_out_transfers() == 1
    assert carry_out_transfers() == 0


def test_a_product_is_made_elsewhere(matrix: Matrix) -> None:
    product, other = ProductFactory(producing_location=matrix.usa), ProductFactory(producing_location=matrix.usa)
    CustomerItemFactory(customer=matrix.acme_us, plant=None, product=product)
    alone = accepted_order(matrix.acme_us_plant, matrix.usa, {"product": product})
    mixed = accepted_order(matrix.acme_us_plant, matrix.usa, {"product": product}, {"product": other})
    sold_there = accepted_order(matrix.acme_us_plant, matrix.italy, {"product": product}, producing_location=matrix.usa)
    transfer = planned(matrix, plant=None, source=None, product=product)
    assert transfer.source == matrix.usa
    outcomes = sorted(outcome for outcome, _note in told(matrix, transfer)["order_lines"])
    assert outcomes == ["moves", "moves", "stays", "stays"]
    done(matrix, transfer)
    for row in (product, alone, mixed, sold_there):
        row.refresh_from_db()
    assert product.producing_location == matrix.italy
    assert (alone.producing_location, alone.selling_location) == (matrix.italy, matrix.usa)
    assert (mixed.producing_location, sold_there.producing_location) == (None, None)


def test_what_is_refused(matrix: Matrix, nothing_changed: Nothing) -> None:
    product = ProductFactory(producing_location=matrix.usa)
    yesterday = clock.today() - timedelta(days=1)
    assert refused(matrix, nothing_changed, product=product) == ("plant_or_product", "plant")
    assert refused(matrix, nothing_changed, day=yesterday) == ("not_backwards", "day")
    assert refused(matrix, nothing_changed, target=matrix.usa) == ("same_location", "target")
    assert refused(matrix, nothing_changed, source=matrix.germany) == ("not_served", "source")
    assert refused(matrix, nothing_changed, plant=None, product=product, source=matrix.germany) == ("not_made_there", "source")
    assert refused(matrix, nothing_changed, manager=matrix.area_manager_de) == ("role_not_held", "manager")
    assert refused(matrix, nothing_changed, plant=None, source=None, product=product, manager=matrix.area_manager_de) == (
        "no_manager_of_products", "manager",
    )  # fmt: skip
    matrix.germany.produces = False
    matrix.germany.save()
    assert refused(matrix, nothing_changed, plant=None, source=None, product=product, target=matrix.germany) == (
        "cannot_take",
        "target",
    )
    transfer = planned(matrix, day=clock.today() + timedelta(days=30))
    assert refused(matrix, nothing_changed) == ("planned_already", "day")
    with nothing_changed(), pytest.raises(Denied) as denied:
        carry_out_transfer(transfer, actor=matrix.sales_manager)
    assert denied.value.code == "not_yet"
    with nothing_changed(), pytest.raises(Denied) as denied:
        cancel_transfer(transfer, actor=matrix.sales_manager)
    assert denied.value.code == "reason_needed"
    cancel_transfer(transfer, actor=matrix.sales_manager, reason="The customer does not want it")
    with nothing_changed(), pytest.raises(Denied) as denied:
        carry_out_transfer(transfer, actor=matrix.sales_manager)
    assert denied.value.code == "wrong_status"
    assert planned(matrix).status == "planned"


def test_only_the_sales_manager_decides(matrix: Matrix, nothing_changed: Nothing) -> None:
    with nothing_changed(), pytest.raises(Denied) as denied:
        plan_transfer(Transfer, actor=matrix.account_manager, plant=matrix.acme_us_plant, target=matrix.italy, day=clock.today())
    assert denied.value.status == 403
    transfer = planned(matrix)
    assert Transfer.objects.visible_to(matrix.area_manager_us).filter(pk=transfer.pk).exists()
    assert not Transfer.objects.visible_to(matrix.area_manager_de).filter(pk=transfer.pk).exists()
