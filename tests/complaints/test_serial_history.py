"""The whole history of a serial number: delivered, complained of, repaired, failed again, exchanged, lent; as far as its reader sees it, from wherever it stands."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from complaints.actions import edit_piece, exchange_piece, take_back_unit
from complaints.models import RepairPiece
from complaints.reports import history_of
from kam.core import clock
from orders.actions.order_confirming import confirm_order
from orders.actions.order_deliveries import deliver_order
from tests.complaints.test_estimates import shop
from tests.factories import repairs
from tests.factories.catalog import ProductFactory
from tests.factories.complaints import complained
from tests.factories.order_lives import accepted_order
from tests.matrix import Matrix
from tests.pages import client_for, words
from tests.world import api_client

ADDRESS = "/api/v1/repair-pieces/serial-history/"


def kinds(person: Any, serial: str = "SN-1") -> list[str]:
    answer = api_client(person).get(ADDRESS, {"serial": serial})
    assert answer.status_code == 200, answer.content
    return [one["kind"] for one in answer.json()]


def delivered(matrix: Matrix, note: str) -> Any:
    """An order of ACME in America whose product left with a delivery note."""
    order = accepted_order(matrix.acme_us_plant, matrix.usa, {"quantity": Decimal(5), "price": Decimal(1)})
    confirm_order(order, actor=None, sent_to="Buyer")
    order.refresh_from_db()
    deliver_order(order, actor=None, note_number=note, lines=[{"line": order.lines.get(), "quantity": Decimal(5)}])
    return order


def test_everything_that_happened_to_a_serial_number(matrix: Matrix) -> None:
    order = delivered(matrix, "DDT-1")
    product = order.lines.get().product
    with clock.moment(clock.now() + timedelta(days=5)):
        first = repairs.shipped(*shop(matrix), product=product)
    RepairPiece.objects.filter(pk=first.pk).update(delivery_note="DDT-1")
    with clock.moment(clock.now() + timedelta(days=20)):
        complaint = complained(matrix.acme_us_plant, matrix.usa, matrix.italy, serial="sn-1", text="Leaks again")
        again = repairs.arrived(*shop(matrix), product=product)
        repairs.arrived(*shop(matrix), serials="SN-2", serial_found="SN-2")
        repairs.arrived(matrix.beta_plant, matrix.germany, product=ProductFactory())
    assert kinds(matrix.area_manager_us) == ["repeat", "complaint", "left", "repair", "delivered"]
    assert kinds(matrix.service_it)[:4] == ["repeat", "complaint", "left", "repair"]
    assert kinds(matrix.area_manager_de) == ["repair"] and kinds(matrix.nobody) == [], "only what they see"
    assert kinds(matrix.management).count("repair") == 2, "the number stands on another customer's piece too"
    told = api_client(matrix.area_manager_us).get(ADDRESS, {"serial": "SN-1"}).json()
    assert [one["address"] for one in told] == [
        again.get_absolute_url(), complaint.get_absolute_url(), first.get_absolute_url(), first.get_absolute_url(), order.get_absolute_url(),
    ]  # fmt: skip
    assert (told[1]["words"], told[4]["words"], told[4]["product"]) == ("Leaks again", "DDT-1", product.pk)
    for wrong in ({}, {"serial": ""}, {"serial": "x" * 61}, {"number": "SN-1"}):
        assert api_client(matrix.management).get(ADDRESS, wrong).status_code == 400

    client = client_for(matrix.area_manager_us)
    page = words(client.get("/serials/?serial=SN-1"))
    assert "Failed again" in page and "Leaks again" in page and "DDT-1" in page and matrix.beta.name not in page
    assert "Nothing that you may see" in words(client_for(matrix.nobody).get("/serials/?serial=SN-1"))
    assert client.get("/serials/").status_code == client.get("/serials/?serial=%00").status_code == 200
    for record in (again, again.repair, complaint):
        serial = getattr(record, "serial", "SN-1")
        assert f'href="/serials/?serial={serial}"' in client.get(record.get_absolute_url()).content.decode()
    found = api_client(matrix.area_manager_us).get("/api/v1/search/", {"q": "sn-1", "kind": "serial"}).json()["results"]
    assert [(one["title"], one["address"]) for one in found] == [("SN-1", "/serials/?serial=SN-1")]
    assert api_client(matrix.nobody).get("/api/v1/search/", {"q": "sn-1", "kind": "serial"}).json()["results"] == []


def test_what_was_given_in_exchange_and_lent_has_a_history(matrix: Matrix) -> None:
    old = repairs.refused(*shop(matrix), instruction="exchange")
    exchange_piece(old, actor=None, new_serial="N-77", note_out="DDT 5")
    [past] = history_of("n-77", matrix.service_it)
    assert (past.kind, past.record, past.words) == ("exchange", old, "In exchange for SN-1")
    loaner = repairs.lent(*shop(matrix))
    take_back_unit(loaner, actor=None, condition="Clean")
    assert [one.kind for one in history_of(loaner.serial, matrix.service_it)] == ["fetched", "lent"]
    assert history_of(loaner.serial, matrix.area_manager_de) == history_of(" ", matrix.management) == []
    declared = repairs.authorised(*shop(matrix), serials="D-1").pieces.get()
    edit_piece(declared, actor=None, delivered_on=clock.today() - timedelta(days=900), delivery_note="OLD 4")
    told = [(one.kind, one.words) for one in history_of("D-1", matrix.service_it)]
    assert told == [("announced", "Leaks oil"), ("delivered", "OLD 4")]
