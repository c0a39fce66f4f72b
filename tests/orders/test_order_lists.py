"""Open orders and deliveries of an ERP: a list replaces the one before, the same file twice changes nothing, faults at their cells, undo."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from kam.core.import_kinds import import_kind
from kam.core.imports import Import, confirm_import, run_apply, run_preview, run_undo, undo_import
from kam.core.workflow import Denied
from orders.actions import record_deliveries, record_open_orders
from orders.actions.customer_orders import hold_order
from orders.actions.order_cancelling import cancel_order
from orders.actions.order_changing import request_change
from orders.actions.order_delays import delay_order
from orders.actions.order_deliveries import deliver_order, start_order
from orders.actions.order_invoicing import invoice_order
from orders.actions.order_lists import ListedOrders
from orders.models import InvoiceSource, Order, OrderDelivery, OrderIntake, OrderLine, OrderList
from orders.reports.credit import exposure
from orders.reports.order_cockpit import backlog, stakes
from orders.reports.order_service import otif, whole
from tests.catalog.test_excel import carry_out, preview, quiet, written
from tests.factories.catalog import ProductFactory
from tests.factories.customer_orders import OrderFactory
from tests.factories.files import named
from tests.matrix import Matrix
from tests.orders.conftest import external
from tests.world import api_client, browser

KIND, DELIVERIES = "orders.open_orders", "orders.deliveries"
DAY = date(2026, 3, 31)
ORDERED = date(2026, 2, 2)


@pytest.fixture
def erp(matrix: Matrix) -> Matrix:
    """Italy's orders and invoices are those of SAP-IT; it makes KP-1."""
    InvoiceSource.objects.create(location=matrix.italy, system="SAP-IT", period="[,)")
    ProductFactory(code="KP-1", producing_location=matrix.italy)
    return matrix


def row(number: str = "4500001", position: int = 10, **values: Any) -> SimpleNamespace:
    """A row of Italy's list of 31 March: 100 pieces of KP-1 for ACME in Italy at 10 EUR, confirmed for 20 April."""
    known = {
        "system": "SAP-IT", "selling_location": "IT", "as_of": DAY, "number": number, "customer_reference": f"PO-{number}",
        "customer_date": ORDERED, "kind": None, "customer": "C-ACME-IT", "plant": None, "producing_location": None, "currency": "EUR",
        "position": position, "product": "KP-1", "customer_part": None, "description": None, "quantity": Decimal(100), "unit": "ST",
        "price": Decimal(10), "price_unit": 1, "requested_on": date(2026, 4, 13), "first_confirmed_on": None,
        "confirmed_on": date(2026, 4, 20),
    }  # fmt: skip
    return SimpleNamespace(**known | values)


def note(number: str = "4500001", position: int = 10, **values: Any) -> SimpleNamespace:
    """An item of the delivery note 80001: 100 pieces on 17 April."""
    known = {
        "system": "SAP-IT", "number": number, "position": position, "note_number": "80001", "delivered_on": date(2026, 4, 17),
        "quantity": Decimal(100),
    }  # fmt: skip
    return SimpleNamespace(**known | values)


def take(matrix: Matrix, *rows: SimpleNamespace, kind: str = KIND, actor: Any = None) -> Any:
    """A list that the back office of Italy takes over."""
    record = preview(kind, actor or matrix.back_office_it, rows)
    assert not record.errors, record.errors
    carry_out(record)
    return record


def take_back(record: Any) -> None:
    """Undo an import."""
    undo_import(record, actor=record.actor)
    record.refresh_from_db()
    run_undo(record.job, quiet)
    record.refresh_from_db()
    assert record.state == "undone", record.message


def stands() -> dict[tuple[str, int], tuple[str, str]]:
    """Where each order and each of its positions stands."""
    rows = OrderLine.objects.exclude(order__system="").order_by("order__number", "position")
    return {(line.order.number, line.position): (line.order.status, line.status) for line in rows.select_related("order")}


def test_a_list_brings_confirmed_orders_with_their_schedule_lines(erp: Matrix) -> None:
    rows = [
        row(),
        row(position=20, quantity=Decimal(30), confirmed_on=date(2026, 5, 4), first_confirmed_on=date(2026, 4, 6)),
        row(position=20, quantity=Decimal(70), confirmed_on=date(2026, 6, 1)),
        row("4500002", customer="C-ACME-DE", price=Decimal(1250), price_unit=100),
    ]
    record = take(erp, *rows)
    assert record.counts["create"] == 6, "two orders, three positions and the list itself"
    order = Order.objects.get(number="4500001")
    assert (order.system, order.status, order.customer_reference, order.net, order.entered_by) == (
        "SAP-IT", "confirmed", "PO-4500001", Decimal(2000), erp.back_office_it,
    )  # fmt: skip
    line = order.lines.get(position=20)
    assert (line.quantity, line.first_confirmed_on, line.confirmed_on) == (100, date(2026, 4, 6), date(2026, 6, 1))
    assert list(line.schedule.values_list("date", "quantity")) == [(date(2026, 5, 4), 30), (date(2026, 6, 1), 70)]
    assert Order.objects.get(number="4500002").net == 1250
    assert not OrderIntake.objects.exists(), "what is open is not what came in"
    again = preview(KIND, erp.back_office_it, rows)
    assert (again.counts["create"], again.counts["update"], again.counts["unchanged"]) == (0, 0, 5)


def test_what_is_exported_comes_back_unchanged(erp: Matrix) -> None:
    take(
        erp, row(), row(position=20, quantity=Decimal(30)), row(position=20, quantity=Decimal(70), confirmed_on=date(2026, 6, 1))
    )
    take(erp, note(quantity=Decimal(40)), kind=DELIVERIES)
    assert len(written(KIND, erp.back_office_it)) == 3
    for kind in (KIND, DELIVERIES):
        exported = [
            SimpleNamespace(**dict(zip([one.key for one in _columns(kind)], values, strict=True)))
            for values in written(kind, erp.back_office_it)
        ]
        again = preview(kind, erp.back_office_it, exported)
        assert (again.errors, again.counts["create"], again.counts["update"]) == ([], 0, 0)


def _columns(kind: str) -> Any:
    return import_kind(kind).columns


def test_a_later_list_replaces_the_one_before_and_one_of_the_same_day_completes_it(erp: Matrix) -> None:
    take(erp, row("1"), row("2"), row("2", 20))
    take(erp, row("3"))
    assert set(stands().values()) == {("confirmed", "confirmed")}, "a list of the same day completes the first"
    take(erp, note("2", quantity=Decimal(60)), kind=DELIVERIES)
    later = {"as_of": DAY + timedelta(days=30)}
    record = take(erp, row("2", 20, confirmed_on=date(2026, 5, 11), price=Decimal(11), **later))
    assert stands() == {
        ("1", 10): ("cancelled", "cancelled"),
        ("2", 10): ("partially_delivered", "shipped"),
        ("2", 20): ("partially_delivered", "confirmed"),
        ("3", 10): ("cancelled", "cancelled"),
    }
    moved = OrderLine.objects.get(order__number="2", position=20)
    assert (moved.first_confirmed_on, moved.confirmed_on, moved.order.net) == (date(2026, 4, 20), date(2026, 5, 11), 2100)
    assert Order.objects.get(number="1").ended_reason
    take_back(record)
    assert set(stands().values()) == {
        ("confirmed", "confirmed"), ("partially_delivered", "shipped_part"), ("partially_delivered", "confirmed"),
    }  # fmt: skip
    assert (OrderList.objects.get().as_of, Order.objects.get(number="2").net) == (DAY, 2000)


def test_an_import_is_taken_back_whole(erp: Matrix) -> None:
    first = take(erp, row(), row(quantity=Decimal(50), confirmed_on=date(2026, 5, 4)))
    take_back(first)
    assert not (Order.objects.exists() or OrderLine.objects.exists() or OrderList.objects.exists())
    take(erp, row(), row(quantity=Decimal(50), confirmed_on=date(2026, 5, 4)))
    shorter = take(erp, row(quantity=Decimal(150), as_of=DAY + timedelta(days=1)))
    line = OrderLine.objects.get()
    assert line.schedule.count() == 0
    take_back(shorter)
    assert list(line.schedule.values_list("date", "quantity")) == [(date(2026, 4, 20), 100), (date(2026, 5, 4), 50)]


def test_deliveries_are_taken_back(erp: Matrix) -> None:
    take(erp, row())
    record = take(erp, note(quantity=Decimal(40)), note(note_number="80002", quantity=Decimal(60)), kind=DELIVERIES)
    assert stands() == {("4500001", 10): ("delivered", "shipped")}
    take_back(record)
    line = OrderLine.objects.get()
    assert (OrderDelivery.objects.count(), line.delivered_quantity, line.delivered_on) == (0, 0, None)
    assert stands() == {("4500001", 10): ("confirmed", "confirmed")}


def test_deliveries_are_corrected_and_taken_back(erp: Matrix) -> None:
    take(erp, row())
    rows = [note(quantity=Decimal(30)), note(quantity=Decimal(10)), note(note_number="80002", quantity=Decimal(60))]
    take(erp, *rows, kind=DELIVERIES)
    assert stands() == {("4500001", 10): ("delivered", "shipped")}
    again = preview(DELIVERIES, erp.back_office_it, rows)
    assert (again.counts["create"], again.counts["update"], again.counts["unchanged"]) == (0, 0, 2)
    corrected = take(erp, note(quantity=Decimal(35)), note(note_number="80002", quantity=Decimal(0)), kind=DELIVERIES)
    line = OrderLine.objects.get()
    assert (line.delivered_quantity, line.status, line.order.status) == (35, "shipped_part", "partially_delivered")
    take_back(corrected)
    assert stands() == {("4500001", 10): ("delivered", "shipped")}
    assert OrderDelivery.objects.get(note_number="80002").quantity == 60


def test_a_delivery_that_comes_after_the_order_left_the_list_closes_it(erp: Matrix) -> None:
    take(erp, row("1"), row("2"))
    take(erp, row("2", as_of=DAY + timedelta(days=30)))
    assert stands()["1", 10] == ("cancelled", "cancelled")
    take(erp, note("1"), kind=DELIVERIES)
    assert stands()["1", 10] == ("closed", "shipped")
    order = Order.objects.get(number="1")
    assert (order.net, order.base_net, order.ended_reason) == (1000, 1000, "")


def test_every_fault_of_a_list_stands_at_its_cell(erp: Matrix) -> None:
    take(erp, row("1"))
    InvoiceSource.objects.create(location=erp.usa, system="KAM", period="[,)")
    record = preview(
        KIND,
        erp.back_office_it,
        [
            row("2", customer="C-BETA"),  # not a customer of Italy
            row("3", selling_location="US"),  # another location's orders
            row("4", as_of=DAY - timedelta(days=1)),  # KAM has a later list
            row("5", currency="GBP"),  # no rate
            row("6", product="NONE"),
            row("7", product=None),
            row("8", unit="KG"),
            row("9", requested_on=None, confirmed_on=None),
            row("10", customer_date=date(2026, 4, 2)),
            row("11", system="SAP-DE"),  # not the source of Italy's invoices
            row("12"),
            row("12", price=Decimal(11)),  # one price a position
        ],
    )
    found = {(error["row"], error["column"]) for error in record.errors}
    assert found == {
        (2, "customer"), (3, "selling location"), (4, "as of"), (5, "currency"), (6, "product"), (7, "product"), (8, "unit"),
        (9, "confirmed date"), (10, "order date"), (11, "source system"), (12, "source system"), (13, "price"),
    }  # fmt: skip
    assert stands() == {("1", 10): ("confirmed", "confirmed")}


def test_every_fault_of_a_delivery_stands_at_its_cell(erp: Matrix) -> None:
    take(erp, row("1"))
    OrderFactory(
        number="9", plant=erp.acme_it_plant, selling_location=erp.italy, registered_at="2026-03-02T08:00Z", status="registered"
    )
    record = preview(
        DELIVERIES,
        erp.back_office_it,
        [note("9"), note("1", 20), note("1", delivered_on=date(2099, 1, 1)), note("1", note_number="8"), note("1", note_number="8", delivered_on=date(2026, 4, 1))],
    )  # fmt: skip
    found = {(error["row"], error["column"]) for error in record.errors}
    assert found == {(2, "order number"), (3, "order number"), (4, "delivered on"), (5, "source system"), (6, "delivered on")}
    assert not OrderDelivery.objects.exists()


def test_what_a_refused_row_names_is_not_over(erp: Matrix) -> None:
    take(erp, row("1"), row("2"), row("3"))
    later = {"as_of": DAY + timedelta(days=1)}
    record = preview(KIND, erp.back_office_it, [row("1", **later), row("2", currency="XXX", **later)])
    confirm_import(record, actor=erp.back_office_it, quarantine=True)
    record.refresh_from_db()
    run_apply(record.job, quiet)
    assert {number for (number, _position), (_order, line) in stands().items() if line == "confirmed"} == {"1", "2"}


def test_an_order_that_was_entered_here_is_not_taken_a_second_time(erp: Matrix) -> None:
    OrderFactory(plant=erp.acme_it_plant, selling_location=erp.italy, customer_reference="po-4500001", customer_date=ORDERED)
    record = take(erp, row(), row("4500002"))
    assert (record.counts["create"], record.counts["unchanged"]) == (3, 1)
    assert not Order.objects.filter(number="4500001").exists()


def test_codes_of_the_source_system_and_orders_of_two_systems_with_one_number(erp: Matrix) -> None:
    external(erp.acme_it, "0000100012", "SAP-IT")
    InvoiceSource.objects.create(location=erp.germany, system="SAP-DE", period="[,)")
    take(erp, row(customer="100012"))
    take(
        erp,
        row(
            system="SAP-DE", selling_location="DE", customer="C-ACME-DE", producing_location="IT", customer_reference="PO-4500001"
        ),
        actor=erp.sales_manager,
    )
    assert Order.objects.filter(number="4500001").count() == 2
    assert Order.objects.get(system="SAP-DE").producing_location == erp.italy


def test_a_location_that_invoices_here_imports_nothing(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    source = InvoiceSource.objects.create(location=matrix.italy, system="KAM", period="[,)")
    given: dict[str, Any] = {"location": matrix.italy, "system": "SAP-IT", "listed": ListedOrders()}
    for system in ("SAP-IT", "KAM"):
        with nothing_changed(), pytest.raises(Denied) as refused:
            record_open_orders(OrderList, actor=matrix.back_office_it, as_of=DAY, **given | {"system": system})
        assert (refused.value.code, refused.value.field) == ("other_source", "system")
    source.delete()
    with nothing_changed(), pytest.raises(Denied) as refused:
        record_open_orders(OrderList, actor=matrix.back_office_it, as_of=date(2099, 1, 1), **given)
    assert refused.value.code == "future_list"
    held = record_open_orders(OrderList, actor=matrix.back_office_it, as_of=DAY, **given)
    assert InvoiceSource.objects.get().system == "SAP-IT", "the first list says where the location's invoices come from"
    for verb in (
        lambda: record_open_orders(OrderList, actor=matrix.back_office_it, as_of=DAY - timedelta(days=1), **given),
        lambda: record_open_orders(OrderList, actor=matrix.area_manager_us, as_of=DAY, **given),
        lambda: record_deliveries(held, actor=matrix.area_manager_us),
    ):
        with nothing_changed(), pytest.raises(Denied):
            verb()


@pytest.mark.parametrize(
    "step",
    [hold_order, cancel_order, request_change, delay_order, start_order, deliver_order, invoice_order],
    ids=lambda step: step.code,
)
def test_nothing_is_done_here_with_an_order_that_the_erp_keeps(
    erp: Matrix, step: Any, nothing_changed: Callable[..., Any]
) -> None:
    take(erp, row())
    given = {"note_number": "1"} if step is deliver_order else {}
    with nothing_changed(), pytest.raises(Denied) as refused:
        step(Order.objects.get(), actor=erp.sales_manager, reason="Because", **given)
    assert refused.value.code == "kept_elsewhere"


def test_orders_of_an_erp_count_in_backlog_past_due_punctuality_and_credit(erp: Matrix, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kam.core.clock.today", lambda zone=None: date(2026, 5, 1))
    take(erp, row("1"), row("2", confirmed_on=date(2026, 4, 17)), row("3", confirmed_on=date(2026, 6, 1)))
    take(erp, note("2"), note("1", quantity=Decimal(40)), kind=DELIVERIES)
    assert backlog(erp.account_manager) == (Decimal(600), {date(2026, 6, 1): Decimal(1000)})
    assert stakes(erp.account_manager)[0]["late"].count == 1
    april = whole(otif(erp.account_manager, date(2026, 4, 1), date(2026, 4, 30))["confirmed"])
    assert (april.due, april.on_time, april.in_full, april.both) == (2, 2, 1, 1)
    owed = exposure(erp.acme_it)
    assert (owed.orders, owed.deliveries) == (1600, 0), "what an ERP invoices stands among its open items"


def test_page_and_interface_say_whose_order_it_is(erp: Matrix) -> None:
    take(erp, row())
    order = Order.objects.get()
    assert api_client(erp.account_manager).get(f"/api/v1/orders/{order.pk}/").json()["system"] == "SAP-IT"
    page = browser(erp.account_manager).get(f"/orders/{order.pk}/").content.decode()
    assert "SAP-IT" in page
    assert "4500001" in page


#: The list of open orders as SAP writes it with German headers, and how the guide says that its columns are named.
SAP = (
    "Verkaufsbeleg;Position;Auftraggeber;Bestellnummer;Belegdatum;Material;Auftragsmenge;VME;Nettopreis;pro;Währung;Wunschlieferdatum;"
    "Lieferdatum\n"
    "4500001;10;100012;PO 77;02.02.2026;KP-1;1.250,000;ST;1.250,00;100;EUR;13.04.2026;20.04.2026\n"
    "4500001;10;100012;PO 77;02.02.2026;KP-1;750,000;ST;1.250,00;100;EUR;13.04.2026;18.05.2026\n"
)
RULES = {
    "columns": {
        "Verkaufsbeleg": "number", "Position": "position", "Auftraggeber": "customer", "Bestellnummer": "customer_reference",
        "Belegdatum": "customer_date", "Material": "product", "Auftragsmenge": "quantity", "VME": "unit", "Nettopreis": "price",
        "pro": "price_unit", "Währung": "currency", "Wunschlieferdatum": "requested_on", "Lieferdatum": "confirmed_on",
    },
    "constants": {"system": "SAP-IT", "selling_location": "IT", "as_of": "31.03.2026"},
    "delimiter": ";", "decimal": ",", "dates": "dmy",
}  # fmt: skip


def test_the_list_of_sap_goes_in_by_the_mapping_of_the_guide(erp: Matrix) -> None:
    external(erp.acme_it, "100012", "SAP-IT")
    client = api_client(erp.back_office_it)
    mapping = {"kind": KIND, "name": "Open orders of SAP", "rules": RULES, "headers": SAP.splitlines()[0].split(";")}
    kept = client.post("/api/v1/import-mappings/", mapping, format="json")
    assert kept.status_code == 201, kept.content
    body = {"kind": KIND, "file": named(SAP.encode(), "orders.csv"), "mapping": kept.json()["id"]}
    answer = client.post("/api/v1/imports/", body, format="multipart")
    assert answer.status_code == 201, answer.content
    record = Import.objects.get(pk=answer.json()["id"])
    run_preview(record.job, quiet)
    record.refresh_from_db()
    assert (record.state, record.errors) == ("previewed", [])
    assert client.post(f"/api/v1/imports/{record.pk}/confirm/", {}, format="json").status_code == 200
    record.refresh_from_db()
    run_apply(record.job, quiet)
    line = OrderLine.objects.get()
    assert (line.quantity, line.price, line.price_unit, line.amount) == (2000, 1250, 100, 25000)
    assert (line.confirmed_on, line.schedule.count(), line.order.customer_reference) == (date(2026, 5, 18), 2, "PO 77")
