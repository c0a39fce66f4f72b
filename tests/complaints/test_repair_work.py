"""From the consent to the invoice: repaired within what was approved (AT-47), tested, shipped, accounted for (AT-82), measured (AT-45)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from complaints.actions import (
    approve_estimate,
    charge_piece,
    close_repair,
    create_estimate,
    decide_warranty,
    exchange_piece,
    finish_repair,
    free_piece,
    label_piece,
    note_findings,
    receive_piece,
    record_test,
    refuse_estimate,
    return_unrepaired,
    scrap_piece,
    send_estimate,
    ship_piece,
    start_diagnosis,
    start_repair,
)
from complaints.actions.repair_returns import storage_fee
from complaints.documents.repairs import letter_contents
from complaints.models import Repair, RepairEstimate, RepairPiece
from kam.core import clock
from kam.core.printing import render
from kam.core.work_items import WorkItem
from tests.complaints.test_estimates import refused, shop, signed
from tests.factories import repairs
from tests.factories.accounts import ContactFactory
from tests.matrix import Matrix
from tests.pages import client_for
from tests.world import api_client


def test_no_repair_begins_without_consent(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    for piece in (
        repairs.out_of_warranty(*shop(matrix)),
        repairs.offered(*shop(matrix)).piece,
        repairs.refused(*shop(matrix)),
    ):
        piece.refresh_from_db()
        refused("wrong_status", lambda piece=piece: start_repair(piece, actor=matrix.service_it), nothing_changed)
    begun = start_repair(repairs.approved(*shop(matrix)), actor=matrix.service_it)
    assert begun.status == "in_repair" and begun.started_at is not None


@pytest.mark.acceptance("AT-47")
def test_beyond_the_tolerance_a_repair_waits_for_a_further_approval(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    piece = repairs.in_repair(*shop(matrix))
    service = api_client(matrix.service_it)
    address = f"/api/v1/repair-pieces/{piece.pk}/"
    assert service.post(f"{address}note-expected/", {"comes_to": "812.40"}, format="json").json()["status"] == "in_repair"
    assert service.post(f"{address}note-expected/", {"comes_to": "843.64"}, format="json").json()["status"] == "in_repair"
    body = {"work_done": "New seal", "hours_spent": "8.00", "comes_to": "861.00"}
    with nothing_changed():
        answer = service.post(f"{address}finish-repair/", body, format="json")
    assert (answer.status_code, answer.json()["code"]) == (409, "over_estimate")
    assert service.post(f"{address}note-expected/", {"comes_to": "861.00"}, format="json").json()["status"] == "extra_approval"
    piece.refresh_from_db()
    assert {item.kind for item in WorkItem.objects.on(piece).open()} == {"repair_piece", "decide_piece"}
    refused("wrong_status", lambda: finish_repair(piece, actor=matrix.service_it, work_done="x"), nothing_changed)
    lines = [*repairs.LINES, {"kind": "part", "text": "Shaft", "quantity": Decimal(1), "price": Decimal("127.40")}]
    further = create_estimate(RepairEstimate, actor=matrix.area_manager_us, piece=piece, lines=lines, work="Also the shaft")
    assert further.further and further.total == Decimal("861.00")
    sent = send_estimate(further, actor=matrix.sales_manager)
    piece.refresh_from_db()
    assert piece.status == "extra_approval"
    approve_estimate(sent, actor=matrix.area_manager_us, decided_by="Ada", file=signed())
    assert service.post(f"{address}finish-repair/", body, format="json").json()["status"] == "testing"
    assert service.get(address).json()["comes_to"] == "861.00"


def test_a_failed_test_leads_back_and_a_passed_one_to_the_report(
    matrix: Matrix, nothing_changed: Callable[..., Any], tmp_path: Path
) -> None:
    contact = ContactFactory(customer=matrix.acme_us, plant=matrix.acme_us_plant, language="de")
    piece = repairs.in_test(*shop(matrix), contact=contact)
    refused("required", lambda: record_test(piece, actor=matrix.quality_it, passed=True), nothing_changed, "test_results")
    failed = record_test(piece, actor=matrix.quality_it, passed=False, test_results="Leaks at 6 bar")
    assert (failed.status, failed.tests) == ("in_repair", 1)
    again = finish_repair(failed, actor=matrix.service_it, work_done="Neue Dichtung", hours_spent=Decimal(7))
    ready = record_test(again, actor=matrix.quality_it, passed=True, test_results="Dicht bei 6 bar")
    assert (ready.status, ready.tests) == ("ready", 2)
    letter = ready.repair.letters.get(kind="report")
    contents = letter_contents(letter)
    assert contents.language == "de" and "Dicht bei 6 bar" in str(contents.data)
    assert render(contents, tmp_path / "report.pdf", actor=None) == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        RepairPiece.objects.filter(pk=repairs.approved(*shop(matrix)).pk).update(status="ready")


@pytest.mark.acceptance("AT-45")
def test_turnaround_with_and_without_waiting_for_the_customer(matrix: Matrix) -> None:
    def at(day: int) -> Any:
        return clock.moment(datetime(2026, 3, day, 9, tzinfo=UTC))

    with at(2):
        piece = repairs.out_of_warranty(*shop(matrix))
    with at(6):
        estimate = create_estimate(RepairEstimate, actor=None, piece=piece, lines=repairs.LINES, work="New seal")
        send_estimate(estimate, actor=None)
    with at(16):
        estimate.refresh_from_db()
        approve_estimate(estimate, actor=None, decided_by="Ada", file=signed())
        piece = start_repair(RepairPiece.objects.get(pk=piece.pk), actor=None)
    with at(20):
        piece = finish_repair(piece, actor=None, work_done="New seal", hours_spent=Decimal(6))
        piece = record_test(piece, actor=None, passed=True, test_results="Tight")
    with at(23):
        assert api_client(matrix.logistics_it).post(
            f"/api/v1/repair-pieces/{piece.pk}/ship/", {"note_out": "DDT 4"}, format="json"
        ).status_code == 200  # fmt: skip
    said = api_client(matrix.service_it).get(f"/api/v1/repair-pieces/{piece.pk}/").json()
    assert (said["gross_days"], said["gross_working_days"]) == (21, 15)
    assert (said["waited_days"], said["waited_working_days"]) == (10, 6)
    assert (said["net_days"], said["net_working_days"]) == (11, 9)


@pytest.mark.acceptance("AT-82")
def test_a_repair_of_five_pieces_closes_when_all_are_accounted_for(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    repair = repairs.authorised(*shop(matrix), serials="A\nB\nC\nD\nE")
    today, seller = clock.today(), matrix.area_manager_us

    def to_estimate(piece: RepairPiece) -> RepairEstimate:
        receive_piece(piece, actor=None, serial_found=piece.serial, condition="Fine")
        piece = start_diagnosis(label_piece(RepairPiece.objects.get(pk=piece.pk), actor=None), actor=None)
        piece = note_findings(piece, actor=None, fault_code="leak", cause_code="wear", findings="Worn")
        piece = decide_warranty(piece, actor=None, warranty_from=today, notified_on=today)
        made = create_estimate(
            RepairEstimate, actor=None, piece=piece, lines=repairs.LINES, work="Seal", exchange_price=Decimal(1000)
        )
        return send_estimate(made, actor=None)

    pieces = list(repair.pieces.order_by("position"))
    for piece in pieces[:3]:
        approve_estimate(to_estimate(piece), actor=seller, decided_by="Ada", file=signed())
        done = start_repair(RepairPiece.objects.get(pk=piece.pk), actor=None)
        done = finish_repair(done, actor=None, work_done="Seal", hours_spent=Decimal(1))
        done = record_test(done, actor=None, passed=True, test_results="Tight")
        done = ship_piece(done, actor=matrix.logistics_it, note_out="DDT 1")
        charge_piece(done, actor=matrix.finance_it, charge=Decimal("733.60"), invoice_out="F 1")
    refuse_estimate(to_estimate(pieces[3]), actor=seller, decided_by="Ada", instruction="scrap", file=signed())
    refuse_estimate(to_estimate(pieces[4]), actor=seller, decided_by="Ada", instruction="exchange", file=signed())
    repair = Repair.objects.get(pk=repair.pk)
    refused("pieces_open", lambda: close_repair(repair, actor=seller), nothing_changed)
    last = RepairPiece.objects.get(pk=pieces[4].pk)
    refused("instruction_needed", lambda: scrap_piece(last, actor=seller), nothing_changed, "file")
    refused("required", lambda: exchange_piece(last, actor=seller, note_out="DDT 2"), nothing_changed, "new_serial")
    scrap_piece(RepairPiece.objects.get(pk=pieces[3].pk), actor=seller)
    refused("pieces_open", lambda: close_repair(repair, actor=seller), nothing_changed)
    exchange_piece(last, actor=seller, new_serial="NEW-1", note_out="DDT 2")
    client = api_client(seller)
    assert client.post(f"/api/v1/repairs/{repair.pk}/close/", {}, format="json").status_code == 200
    said = client.get(f"/api/v1/repairs/{repair.pk}/").json()
    assert said["status"] == "closed" and said["closed_at"]
    states = {row["serial"]: row["status"] for row in client.get(f"/api/v1/repair-pieces/?repair={repair.pk}").json()["results"]}
    assert states == {"A": "shipped", "B": "shipped", "C": "shipped", "D": "scrapped", "E": "replaced"}


def test_what_is_not_repaired_goes_back_with_the_customers_word(
    matrix: Matrix, nothing_changed: Callable[..., Any], tmp_path: Path
) -> None:
    piece = repairs.refused(*shop(matrix))
    logistics = matrix.logistics_it
    refused("required", lambda: return_unrepaired(piece, actor=logistics), nothing_changed, "note_out")
    refused(
        "out_of_range", lambda: return_unrepaired(piece, actor=logistics, note_out="1", packages=0), nothing_changed, "packages"
    )
    gone = return_unrepaired(piece, actor=logistics, note_out="DDT 5", packages=1, weight=Decimal("12.5"), carrier="DHL")
    assert gone.status == "unrepaired" and gone.left_at is not None
    letter = gone.repair.letters.get(kind="return")
    assert "DDT 5" in str(letter.contents) and render(letter_contents(letter), tmp_path / "n.pdf", actor=None) == 1
    refused(
        "over_estimate",
        lambda: charge_piece(gone, actor=matrix.finance_it, charge=Decimal("62.01"), invoice_out="F"),
        nothing_changed,
    )
    assert charge_piece(gone, actor=matrix.finance_it, charge=Decimal("62.00"), invoice_out="F 3").settled == "charged"


def test_what_is_charged_stays_within_what_was_approved_and_free_within_limits(
    matrix: Matrix, nothing_changed: Callable[..., Any]
) -> None:
    piece = repairs.ready(*shop(matrix))
    finance = matrix.finance_it
    refused("not_left", lambda: charge_piece(piece, actor=finance, charge=Decimal(1), invoice_out="F"), nothing_changed)
    gone = ship_piece(piece, actor=matrix.logistics_it, note_out="DDT 9")
    repair = Repair.objects.get(pk=gone.repair_id)
    refused("not_settled", lambda: close_repair(repair, actor=matrix.area_manager_us), nothing_changed)
    much = Decimal("843.65")
    refused("over_estimate", lambda: charge_piece(gone, actor=finance, charge=much, invoice_out="F"), nothing_changed, "charge")
    refused("required", lambda: charge_piece(gone, actor=finance, charge=Decimal(1)), nothing_changed, "invoice_out")
    refused("reason_needed", lambda: free_piece(gone, actor=matrix.sales_manager), nothing_changed, "reason")
    refused("higher_level", lambda: free_piece(gone, actor=matrix.area_manager_us, reason="Goodwill"), nothing_changed)
    free = free_piece(gone, actor=matrix.sales_manager, reason="Goodwill")
    assert (free.settled, free.charge, free.settled_how) == ("free", None, "Goodwill")
    refused("charged_already", lambda: free_piece(free, actor=matrix.sales_manager, reason="x"), nothing_changed)
    covered = repairs.shipped(*shop(matrix))
    RepairPiece.objects.filter(pk=covered.pk).update(warranty="within", warranty_until=clock.today(), notified_on=clock.today())
    covered.refresh_from_db()
    refused("within_warranty", lambda: charge_piece(covered, actor=finance, charge=Decimal(1), invoice_out="F"), nothing_changed)
    assert free_piece(covered, actor=finance, reason="Warranty").settled == "free"


def test_keeping_a_ready_piece_costs_from_the_sixteenth_day_on(matrix: Matrix) -> None:
    piece = repairs.ready(*shop(matrix))
    day = clock.today()
    assert storage_fee(piece, day + timedelta(days=15)) == 0
    assert storage_fee(piece, day + timedelta(days=16)) == Decimal("0.50")
    assert storage_fee(piece, day + timedelta(days=20)) == Decimal("2.50")


def test_the_screens_of_the_workshop(matrix: Matrix) -> None:
    piece = repairs.approved(*shop(matrix))
    workshop, quality, logistics = (client_for(one) for one in (matrix.service_it, matrix.quality_it, matrix.logistics_it))
    at = f"/repair-pieces/{piece.pk}/"
    assert workshop.post(f"{at}start/").status_code == 302
    assert workshop.post(f"{at}finish/", {"work_done": "New seal", "hours_spent": "6"}).status_code == 302
    assert quality.post(f"{at}test/", {"test_results": "Tight", "passed": "on"}).status_code == 302
    assert logistics.post(f"{at}ship/", {"note_out": "DDT 1", "packages": "1"}).status_code == 302
    assert client_for(matrix.finance_it).post(f"{at}charge/", {"charge": "733.60", "invoice_out": "F 1"}).status_code == 302
    page = workshop.get(at).content.decode()
    assert "DDT 1" in page and "New seal" in page
    assert client_for(matrix.area_manager_us).post(f"/repairs/{piece.repair_id}/close/").status_code == 302
