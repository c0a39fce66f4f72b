"""Negotiations: begun with customers and prospects, worth something each year, moved with evidence, decided; and who is told."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction

from accounts.models import Customer
from accounts.reports.hand_over import Reach
from kam.core import clock
from kam.core.documents import Document
from kam.core.notifications import Notification
from kam.core.parameters import ParameterValue, set_parameter
from kam.core.work_items import WorkItem
from kam.core.workflow import Denied, Refusals
from orders.actions import (
    create_negotiation,
    edit_negotiation,
    leave_negotiation,
    lose_negotiation,
    move_negotiation,
    reopen_negotiation,
    take_step,
    win_negotiation,
    withdraw_negotiation,
)
from orders.actions.merging import move_negotiations
from orders.actions.negotiations_decided import remind
from orders.actions.passing import pass_negotiations
from orders.models import Negotiation
from tests.factories.accounts import CustomerFactory
from tests.factories.catalog import ProductFactory
from tests.factories.negotiations import negotiation, volume
from tests.matrix import Matrix
from tests.orders.conftest import rate


def begun(matrix: Matrix, **values: Any) -> Negotiation:
    """A lead of the account manager's with ACME in the United States."""
    head = {"plant": matrix.acme_us_plant, "selling_location": matrix.usa, "subject": "Belt drives", "currency": "EUR"}
    made: Negotiation = create_negotiation(Negotiation, actor=matrix.account_manager, **head | values)
    return made


def test_its_value_follows_from_quantities_and_prices(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    rate("USD", clock.today() - timedelta(days=3), "0.90")
    product = ProductFactory()
    lines = [
        volume(product, [(2027, 1000), (2028, 2000)], price="12.50", later_prices=[(2028, Decimal("12"))]),
        volume(None, [(2028, 300)], price="450", price_unit=100, description="Housings"),
    ]
    one = begun(matrix, currency="usd", lines=lines, decision_on=clock.today())
    one.refresh_from_db()
    assert one.number.startswith("NG-US-")
    assert one.by_year == [(2027, Decimal("12500.00")), (2028, Decimal("25350.00"))]
    assert (one.annual_value, one.lifetime_value, one.currency) == (Decimal(25350), Decimal(37850), "USD")
    assert (one.base_annual_value, one.probability) == (Decimal("22815.00"), 10)
    assert one.weighted_value == Decimal("2281.50")
    version = one.version
    edit_negotiation(one, actor=matrix.account_manager, lines=lines, subject="Belt drives")
    one.refresh_from_db()
    assert one.version == version, "the same again writes nothing"
    with nothing_changed(), pytest.raises(Denied, match="rate"):
        edit_negotiation(one, actor=matrix.account_manager, currency="CHF")
    for wrong, field in (
        ({"lines": [volume(product, [(2028, 1), (2027, 1)])]}, "lines.0.volumes"),
        ({"lines": [volume(product, [(2027, 0)])]}, "lines.0.volumes"),
        ({"lines": [volume(product, [(2027, 1)], price="-1")]}, "lines.0.price"),
        ({"lines": [volume(product, [(2027, 1)], price="0")]}, "lines.0.price"),
        ({"lines": [volume(None, [(2027, 1)])]}, "lines.0.product"),
        ({"lines": [volume(product, [(1, 1)])]}, "lines.0.volumes"),
        ({"currency": "XXY"}, "currency"),
        ({"customer": matrix.acme_us}, "plant"),
        ({"plant": None}, "customer"),
        ({"end_of_production": clock.today(), "start_of_production": clock.today() + timedelta(days=1)}, "end_of_production"),
        ({"probability": 60}, "probability_reason"),
        ({"probability": 160, "probability_reason": "Sure"}, "probability"),
        ({"next_step": "Call"}, "next_step_on"),
        ({"next_step_on": clock.today()}, "next_step"),
        ({"owner": matrix.quality_it}, "owner"),
    ):
        with nothing_changed(), pytest.raises(Denied) as refused:
            edit_negotiation(one, actor=matrix.account_manager, **wrong)
        refusals = refused.value.refusals if isinstance(refused.value, Refusals) else [refused.value]
        assert field in {denied.field for denied in refusals}, wrong


def test_a_prospect_has_negotiations_before_it_is_a_customer(matrix: Matrix) -> None:
    prospect = CustomerFactory(status=Customer.Status.PROSPECT, plant__served_by=[matrix.usa])
    one = create_negotiation(
        Negotiation, actor=matrix.area_manager_us, customer=prospect, selling_location=matrix.usa, subject="First", currency="EUR"
    )
    assert (one.owner, one.stage) == (matrix.area_manager_us, "lead")


def test_each_stage_asks_for_what_shows_it(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    one = begun(matrix)
    with nothing_changed(), pytest.raises(Denied, match="value by year, the day") as refused:
        move_negotiation(one, actor=matrix.account_manager, stage="qualified")
    assert refused.value.code == "evidence_missing"
    edit_negotiation(
        one, actor=matrix.account_manager, decision_on=clock.today(), lines=[volume(ProductFactory(), [(2027, 10)], price="5")],
        probability=15, probability_reason="They know us",
    )  # fmt: skip
    move_negotiation(one, actor=matrix.account_manager, stage="qualified")
    one.refresh_from_db()
    assert (one.probability, one.probability_reason) == (20, ""), "the stage's again"
    with nothing_changed(), pytest.raises(Denied, match=r"a document.*in words"):
        move_negotiation(one, actor=matrix.account_manager, stage="offer_sent")
    with nothing_changed(), pytest.raises(Denied):
        move_negotiation(one, actor=matrix.account_manager, stage="won")
    file = ContentFile(b"Request for quotation", name="rfq.txt")
    move_negotiation(one, actor=matrix.account_manager, stage="offer_sent", evidence="Offer 4711 of 3 March", file=file)
    one.refresh_from_db()
    assert (one.stage, one.probability, one.evidence) == ("offer_sent", 50, "Offer 4711 of 3 March")
    assert Document.objects.get(object_id=one.pk).title
    with nothing_changed(), pytest.raises(Denied, match="goes back"):
        move_negotiation(one, actor=matrix.account_manager, stage="qualified")
    move_negotiation(one, actor=matrix.account_manager, stage="in_costing", evidence="New drawing")
    # stages ask what the parameter says, in codes that it knows
    with nothing_changed(), pytest.raises(Denied, match=r"competitors \(the competitors\)"):
        set_parameter(ParameterValue, actor=matrix.administrator, key="orders.evidence_offer_sent", value=["a guess"])
    set_parameter(ParameterValue, actor=matrix.administrator, key="orders.evidence_offer_sent", value=["competitors"])
    set_parameter(
        ParameterValue,
        actor=matrix.administrator,
        key="orders.probability_offer_sent",
        value=65,
        scope=f"location:{matrix.usa.pk}",
    )
    with nothing_changed(), pytest.raises(Denied, match="the competitors"):
        move_negotiation(one, actor=matrix.account_manager, stage="offer_sent", evidence="Sent")
    edit_negotiation(one, actor=matrix.account_manager, competitors="Rexroth")
    assert move_negotiation(one, actor=matrix.account_manager, stage="offer_sent").probability == 65


@pytest.mark.acceptance("AT-92")
def test_a_loss_says_why_to_whom_and_at_which_price(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    one = begun(matrix, team=[matrix.area_manager_us])
    lost = {"loss_reason": "price", "lost_to": "Rexroth", "lost_price": Decimal("9.90")}
    for missing in lost:
        with nothing_changed(), pytest.raises(Denied) as refused:
            lose_negotiation(one, actor=matrix.account_manager, **lost | {missing: None if missing == "lost_price" else ""})
        assert refused.value.field == missing
    with nothing_changed(), pytest.raises(Denied, match="up to today"):
        lose_negotiation(one, actor=matrix.account_manager, decided_on=clock.today() + timedelta(days=1), **lost)
    lose_negotiation(one, actor=matrix.account_manager, outcome="They bought for less", **lost)
    one.refresh_from_db()
    assert (one.stage, one.probability, one.decided_on) == ("lost", 0, clock.today())
    assert Notification.objects.filter(kind="negotiation_decided", reader=matrix.area_manager_us).count() == 1
    with nothing_changed(), pytest.raises(Denied, match="Reopen"):
        edit_negotiation(one, actor=matrix.account_manager, subject="Other")
    with pytest.raises(IntegrityError), transaction.atomic():
        Negotiation.objects.filter(pk=one.pk).update(lost_to="")
    with nothing_changed(), pytest.raises(Denied, match="Say why"):
        reopen_negotiation(one, actor=matrix.account_manager)
    reopen_negotiation(one, actor=matrix.account_manager, reason="They ask again")
    one.refresh_from_db()
    assert (one.stage, one.lost_to, one.lost_price, one.decided_on) == ("negotiation", "", None, None)
    for end, stage in ((leave_negotiation, "no_decision"), (withdraw_negotiation, "withdrawn")):
        other = begun(matrix)
        with nothing_changed(), pytest.raises(Denied, match="Say why"):
            end(other, actor=matrix.account_manager)
        assert end(other, actor=matrix.account_manager, reason="Project stopped").stage == stage
    won = begun(matrix)
    with nothing_changed(), pytest.raises(Denied, match="in words"):
        win_negotiation(won, actor=matrix.account_manager)
    assert win_negotiation(won, actor=matrix.account_manager, evidence="Order 99").probability == 100


def test_the_next_step_is_somebody_s_to_do(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    one = begun(matrix, next_step="Call the buyer", next_step_on=clock.today() + timedelta(days=3))
    item = WorkItem.objects.on(one).open().get()
    assert (item.assignee, item.payload) == (matrix.account_manager, {"step": "Call the buyer"})
    with nothing_changed(), pytest.raises(Denied, match="what came"):
        take_step(one, actor=matrix.account_manager, result=" ")
    with nothing_changed(), pytest.raises(Denied) as refused:
        take_step(one, actor=matrix.account_manager, result="They want a drawing", next_step="Send it")
    assert refused.value.field == "next_step_on"
    take_step(
        one, actor=matrix.account_manager, result="They want a drawing", next_step="Send it", next_step_on=clock.today(),
        next_step_by=matrix.area_manager_us,
    )  # fmt: skip
    item.refresh_from_db()
    assert (item.state, item.comment) == ("done", "They want a drawing")
    assert WorkItem.objects.on(one).open().get().assignee == matrix.area_manager_us
    edit_negotiation(one, actor=matrix.account_manager, next_step="", next_step_on=None, next_step_by=None)
    assert not WorkItem.objects.on(one).open().exists()
    with nothing_changed(), pytest.raises(Denied, match="No next step"):
        take_step(one, actor=matrix.account_manager, result="Done")


def test_stale_and_overdue_ones_are_told_once(matrix: Matrix) -> None:
    one = begun(matrix, decision_on=clock.today() - timedelta(days=1))
    assert (remind(), remind()) == (1, 0)
    Negotiation.objects.filter(pk=one.pk).update(touched_at=clock.now() - timedelta(days=31))
    assert (remind(), remind()) == (1, 0)
    one.refresh_from_db()
    assert one.stale
    assert Negotiation.objects.stale().get() == one
    kinds = Notification.objects.filter(reader=matrix.account_manager).values_list("kind", flat=True)
    assert sorted(kinds) == ["negotiation_overdue", "negotiation_stale"]
    edit_negotiation(one, actor=matrix.account_manager, subject="New")
    one.refresh_from_db()
    assert not one.stale


def test_who_sees_and_who_leads_it(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    one = begun(matrix)
    at = {name: user for name, user in matrix.users.items() if Negotiation.objects.visible_to(user).exists()}
    assert set(at) == {"account_manager", "area_manager_us", "sales_manager", "management", "auditor"}
    leads = {
        name for name, user in matrix.users.items() if Negotiation.objects.permitted(user, "orders.edit_negotiation").exists()
    }
    assert leads == {"account_manager", "area_manager_us", "sales_manager"}
    edit_negotiation(one, actor=matrix.account_manager, team=[matrix.technical_it])
    assert Notification.objects.filter(kind="negotiation_team", reader=matrix.technical_it).exists()
    assert Negotiation.objects.visible_to(matrix.technical_it).get() == one, "who is named sees it"
    with nothing_changed(), pytest.raises(Denied):
        edit_negotiation(one, actor=matrix.technical_it, subject="Mine")
    edit_negotiation(one, actor=matrix.account_manager, team=[], plant=None, group=matrix.acme, selling_location=None)
    seen = {name for name, user in matrix.users.items() if Negotiation.objects.visible_to(user).exists()}
    assert seen == {"account_manager", "sales_manager", "management", "auditor"}
    with nothing_changed(), pytest.raises(Denied, match="outside your area"):
        create_negotiation(Negotiation, actor=matrix.area_manager_us, group=matrix.acme, subject="Mine", currency="EUR")


def test_it_goes_along_with_hand_overs_and_merges(matrix: Matrix) -> None:
    one = begun(matrix, next_step="Call", next_step_on=clock.today())
    kept = win_negotiation(begun(matrix), actor=matrix.account_manager, evidence="Order")
    reach = Reach(group_ids=frozenset([matrix.acme.pk]), plant_ids=frozenset([matrix.acme_us_plant.pk]))
    moved = list(pass_negotiations(matrix.account_manager, matrix.account_manager2, reach, actor=None, dry=False))
    assert [touched.count for touched in moved] == [1]
    one.refresh_from_db()
    kept.refresh_from_db()
    assert (one.owner, one.next_step_by, kept.owner) == (matrix.account_manager2, matrix.account_manager2, matrix.account_manager)
    other = negotiation(customer=matrix.beta)
    assert [touch.count for touch in move_negotiations(matrix.beta, matrix.acme_de, write=True)] == [1]
    other.refresh_from_db()
    assert other.customer == matrix.acme_de


def test_screen_and_api_do_the_same(matrix: Matrix, client: Any) -> None:
    client.force_login(matrix.account_manager)
    form = {
        "subject": "Gear boxes", "plant": matrix.acme_us_plant.pk, "selling_location": matrix.usa.pk, "currency": "EUR",
        "decision_on": "2027-03-01", "lines-TOTAL_FORMS": "1", "lines-INITIAL_FORMS": "0",
        "lines-0-product": ProductFactory().pk, "lines-0-volumes": "2027 = 1,000; 2028 = 1,500", "lines-0-price": "9.50",
        "lines-0-price_unit": "1", "lines-0-later_prices": "2028 = 9.20",
    }  # fmt: skip
    answer = client.post("/negotiations/new/", form)
    assert answer.status_code == 302, [
        answer.context["form"].errors,
        [line.errors for line in answer.context["form"].tables["lines"].forms],
    ]
    one = Negotiation.objects.get()
    assert (one.annual_value, one.owner) == (Decimal("13800.00"), matrix.account_manager)
    page = client.get(one.get_absolute_url()).content.decode()
    assert "13,800" in page
    again = client.get(f"{one.get_absolute_url()}edit/").content.decode()
    assert "2027 = 1,000; 2028 = 1,500" in again
    assert client.post(f"{one.get_absolute_url()}move/", {"stage": "qualified"}).status_code == 302
    refused = client.post(f"{one.get_absolute_url()}lose/", {"loss_reason": "", "lost_to": ""})
    assert refused.status_code in {400, 409}
    assert (
        client.post(f"{one.get_absolute_url()}lose/", {"loss_reason": "price", "lost_to": "X", "lost_price": "8"}).status_code
        == 302
    )
    listed = client.get("/negotiations/?stage=lost").content.decode()
    assert "Gear boxes" in listed
    for address in (
        "/negotiations/home/",
        f"/plants/{one.plant_id}/negotiations/",
        f"/customer-groups/{matrix.acme.pk}/negotiations/",
    ):
        assert client.get(address).status_code == 200, address
