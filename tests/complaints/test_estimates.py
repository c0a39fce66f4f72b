"""Diagnosis, warranty by the day of the notice (AT-46), estimates and the customer's answer to them (AT-47, AT-81)."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from complaints.actions import (
    approve_estimate,
    create_estimate,
    decide_warranty,
    declare_unrepairable,
    edit_estimate,
    note_findings,
    refuse_estimate,
    revise_estimate,
    send_estimate,
)
from complaints.actions.repair_estimates import overrun_limit
from complaints.documents.repairs import letter_contents
from complaints.models import RepairEstimate, RepairPiece
from complaints.tasks import look_after_estimates
from kam.core import clock
from kam.core.documents import Document, attach_document, standard_type
from kam.core.parameters import ParameterValue
from kam.core.periods import months_later, period
from kam.core.printing import render
from kam.core.work_items import WorkItem
from kam.core.workflow import Denied
from tests.factories.accounts import ContactFactory
from tests.factories.files import named, pdf
from tests.factories.repairs import LINES, diagnosed, estimated, in_diagnosis, offered, out_of_warranty
from tests.matrix import Matrix
from tests.pages import client_for
from tests.world import api_client


def refused(code: str, call: Callable[..., Any], nothing_changed: Callable[..., Any], field: str = "") -> None:
    with nothing_changed(), pytest.raises(Denied) as denied:
        call()
    assert denied.value.code == code
    if field:
        assert denied.value.field == field


def shop(matrix: Matrix) -> tuple[Any, Any, Any]:
    return matrix.acme_us_plant, matrix.usa, matrix.italy


def signed() -> Any:
    return named(pdf("yes"), "signed.pdf")


def test_the_diagnosis_says_what_and_why_in_the_customers_words(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    piece = in_diagnosis(*shop(matrix))
    service = matrix.service_it
    refused(
        "required", lambda: note_findings(piece, actor=service, fault_code="leak", cause_code="wear"), nothing_changed, "findings"
    )
    refused(
        "required", lambda: note_findings(piece, actor=service, fault_code="leak", findings="x"), nothing_changed, "cause_code"
    )
    refused("required", lambda: note_findings(piece, actor=service, findings="x"), nothing_changed, "fault_code")
    body = {"fault_code": "leak", "cause_code": "material", "findings": "Riss im Gehäuse", "hours_needed": "6.50"}
    said = api_client(service).post(f"/api/v1/repair-pieces/{piece.pk}/note-findings/", body, format="json")
    assert said.status_code == 200 and said.json()["status"] == "decision" and said.json()["hours_needed"] == "6.50"
    [item] = WorkItem.objects.on(piece).open()
    assert (item.kind, item.assignee) == ("decide_piece", matrix.area_manager_us)
    refused(
        "wrong_status",
        lambda: note_findings(piece, actor=service, fault_code="leak", cause_code="wear", findings="x"),
        nothing_changed,
    )


def test_what_has_no_fault_is_not_repaired(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    piece = note_findings(in_diagnosis(*shop(matrix)), actor=matrix.service_it, fault_code="none", findings="Runs as it should")
    assert piece.status == "no_fault" and piece.no_fault
    refused("wrong_status", lambda: decide_warranty(piece, actor=matrix.quality_it), nothing_changed)
    refused(
        "wrong_status",
        lambda: create_estimate(RepairEstimate, actor=matrix.area_manager_us, piece=piece, lines=LINES),
        nothing_changed,
        "piece",
    )


@pytest.mark.acceptance("AT-46")
def test_the_warranty_goes_by_the_day_of_the_notice(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    with clock.moment(datetime.fromisoformat("2026-03-02T09:00:00+00:00")):
        piece = diagnosed(*shop(matrix))
        late = diagnosed(*shop(matrix))
    with clock.moment(datetime.fromisoformat("2026-03-03T09:00:00+00:00")):
        quality = api_client(matrix.quality_it)
        body = {"warranty_from": "2025-02-10", "notified_on": "2026-02-05"}
        answer = quality.post(f"/api/v1/repair-pieces/{piece.pk}/decide-warranty/", body, format="json")
        assert answer.status_code == 200
        said = quality.get(f"/api/v1/repair-pieces/{piece.pk}/").json()
        assert (said["warranty"], said["warranty_until"], said["status"]) == ("within", "2026-02-10", "warranty")
        with nothing_changed():
            again = quality.post(f"/api/v1/repair-pieces/{piece.pk}/decide-warranty/", body, format="json")
        assert again.status_code == 409
        body["notified_on"] = "2026-02-11"
        answer = quality.post(f"/api/v1/repair-pieces/{late.pk}/decide-warranty/", body, format="json")
        assert (answer.json()["warranty"], answer.json()["status"]) == ("late", "decision")
        refused("warranty_decided", lambda: decide_warranty(late, actor=matrix.quality_it), nothing_changed)
        last = decide_warranty(
            diagnosed(*shop(matrix)), actor=matrix.quality_it, warranty_from=date(2025, 2, 10), notified_on=date(2026, 2, 10)
        )
        assert last.warranty == "within", "a notice on the last day is in time"
        short = decide_warranty(
            diagnosed(*shop(matrix)), actor=matrix.quality_it, warranty_from=date(2025, 8, 31), warranty_months=6,
            notified_on=date(2026, 3, 1),
        )  # fmt: skip
        assert (short.warranty_until, short.warranty) == (date(2026, 2, 28), "late")
    assert {item.kind for item in WorkItem.objects.on(piece).open()} == {"repair_piece"}


def test_misuse_wear_and_a_reason_exclude_the_warranty(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    today = clock.today()
    known = {"warranty_from": today, "notified_on": today}
    assert decide_warranty(diagnosed(*shop(matrix), cause="misuse"), actor=matrix.quality_it, **known).warranty == "excluded"
    piece = diagnosed(*shop(matrix))
    refused("reason_needed", lambda: decide_warranty(piece, actor=matrix.quality_it, excluded=True, **known), nothing_changed)
    refused("required", lambda: decide_warranty(piece, actor=matrix.quality_it), nothing_changed)
    later = known | {"notified_on": today + timedelta(days=3)}
    refused("not_yet", lambda: decide_warranty(piece, actor=matrix.quality_it, **later), nothing_changed, "notified_on")
    refused("reason_needed", lambda: declare_unrepairable(piece, actor=matrix.service_it), nothing_changed, "reason")
    assert declare_unrepairable(piece, actor=matrix.service_it, reason="Housing broken").status == "unrepairable"


@pytest.mark.acceptance("AT-47")
def test_an_estimate_its_limit_and_whether_the_repair_is_economic(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    piece = out_of_warranty(*shop(matrix))
    client = api_client(matrix.area_manager_us)
    lines = [{name: str(value) for name, value in line.items()} for line in LINES]
    body = {"piece": piece.pk, "work": "New seal", "replacement_value": "1150.00", "lines": lines, "lead_days": 8}
    made = client.post("/api/v1/repair-estimates/", body, format="json")
    assert made.status_code == 201, made.content
    said = client.get(f"/api/v1/repair-estimates/{made.json()['id']}/").json()
    assert (said["total"], said["uneconomic"], said["diagnosis_fee"]) == ("733.60", False, "62.00")
    estimate = RepairEstimate.objects.get(pk=said["id"])
    assert overrun_limit(estimate) == Decimal("843.64")
    assert round(estimate.total * 100 / Decimal(1150), 2) == Decimal("63.79")
    assert edit_estimate(estimate, actor=matrix.area_manager_us, discount=Decimal("33.60")).total == Decimal("700.00")
    worth = edit_estimate(estimate, actor=matrix.area_manager_us, discount=Decimal(0), replacement_value=Decimal("978.14"))
    assert not worth.uneconomic, "733.60 is still below 75 per cent of 978.14"
    poor = edit_estimate(estimate, actor=matrix.area_manager_us, replacement_value=Decimal("978.13"))
    assert poor.uneconomic
    refused(
        "beyond_economic_repair", lambda: send_estimate(poor, actor=matrix.area_manager_us), nothing_changed, "exchange_price"
    )
    poor = edit_estimate(poor, actor=matrix.area_manager_us, exchange_price=Decimal("900"))
    sent = send_estimate(poor, actor=matrix.area_manager_us)
    assert sent.status == "sent" and "900" in str(sent.letters.get().contents)


@pytest.mark.acceptance("AT-81")
def test_an_estimate_approved_after_its_last_day_is_issued_again(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    start = datetime.fromisoformat("2026-03-06T09:00:00+00:00")
    with clock.moment(start):
        estimate = offered(*shop(matrix))
        other = offered(*shop(matrix))
    assert estimate.valid_until == date(2026, 6, 6)
    seller = api_client(matrix.area_manager_us)
    address = f"/api/v1/repair-estimates/{estimate.pk}/"
    with clock.moment(start + timedelta(days=93)):
        paper = attach_document(Document, actor=None, record=estimate, type=standard_type("other"), file=signed())
        body = {"decided_by": "Ada Lovelace", "document": paper.pk, "decided_on": "2026-06-07"}
        with nothing_changed():
            answer = seller.post(f"{address}approve/", body, format="json")
        assert (answer.status_code, answer.json()["code"]) == (409, "estimate_expired")
        body["decided_on"] = "2026-06-06"
        assert seller.post(f"{address}approve/", body, format="json").status_code == 200, "written on the last day is in time"
        assert look_after_estimates() == 1 and look_after_estimates() == 0
        other.refresh_from_db()
        assert (other.status, other.piece.status) == ("expired", "expired")
        refused(
            "estimate_expired",
            lambda: approve_estimate(other, actor=matrix.area_manager_us, decided_by="Ada", file=signed()),
            nothing_changed,
        )
        again = revise_estimate(other, actor=matrix.area_manager_us)
        assert (again.status, again.revision, again.total) == ("draft", 2, other.total)
        sent = send_estimate(again, actor=matrix.area_manager_us)
        assert sent.valid_until == date(2026, 9, 7)
    estimate.refresh_from_db()
    piece = RepairPiece.objects.get(pk=estimate.piece_id)
    assert (estimate.status, estimate.channel, piece.status) == ("approved", "hand", "approved")
    assert {item.kind for item in WorkItem.objects.on(piece).open()} == {"repair_piece"}


def test_consent_is_shown_by_a_paper(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    estimate, other = offered(*shop(matrix)), offered(*shop(matrix))
    seller = matrix.area_manager_us
    stray = attach_document(Document, actor=None, record=other, type=standard_type("other"), file=signed())
    refused("evidence_needed", lambda: approve_estimate(estimate, actor=seller, decided_by="Ada"), nothing_changed, "file")
    refused("required", lambda: approve_estimate(estimate, actor=seller, file=signed()), nothing_changed, "decided_by")
    refused(
        "document_of_another",
        lambda: approve_estimate(estimate, actor=seller, decided_by="Ada", document=stray),
        nothing_changed,
        "document",
    )
    early = clock.today() - timedelta(days=40)
    refused(
        "impossible_day",
        lambda: approve_estimate(estimate, actor=seller, decided_by="Ada", decided_on=early, file=signed()),
        nothing_changed,
        "decided_on",
    )
    refused(
        "required",
        lambda: refuse_estimate(estimate, actor=seller, decided_by="Ada", file=signed()),
        nothing_changed,
        "instruction",
    )
    done = refuse_estimate(estimate, actor=seller, decided_by="Ada", instruction="scrap", reason="Too dear", file=signed())
    assert (done.status, done.instruction, done.answer, done.piece.repair.pieces.get().status) == (
        "refused",
        "scrap",
        "Too dear",
        "refused",
    )
    assert done.evidence is not None and done.recorded_by == seller
    refused("wrong_status", lambda: approve_estimate(done, actor=seller, decided_by="A", file=signed()), nothing_changed)
    with pytest.raises(Exception, match="never changed"), transaction.atomic():
        RepairEstimate.objects.filter(pk=done.pk).update(total=1)


def test_what_an_estimate_must_say_before_it_goes_out(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    seller = matrix.area_manager_us
    open_one = diagnosed(*shop(matrix))
    refused(
        "warranty_open",
        lambda: create_estimate(RepairEstimate, actor=seller, piece=open_one, lines=LINES),
        nothing_changed,
        "piece",
    )
    estimate = estimated(*shop(matrix), by=seller, head={"work": ""})
    refused("no_work", lambda: send_estimate(estimate, actor=seller), nothing_changed)
    refused(
        "estimate_open",
        lambda: create_estimate(RepairEstimate, actor=seller, piece=estimate.piece, lines=LINES),
        nothing_changed,
    )
    bad = [LINES[0] | {"quantity": Decimal(-1)}]
    refused("invalid", lambda: edit_estimate(estimate, actor=seller, lines=bad), nothing_changed, "lines.1.quantity")
    refused("too_much", lambda: edit_estimate(estimate, actor=seller, discount=Decimal(9999)), nothing_changed, "discount")
    refused("not_editable", lambda: edit_estimate(estimate, actor=seller, total=Decimal(1)), nothing_changed, "total")
    refused("too_many_lines", lambda: edit_estimate(estimate, actor=seller, lines=LINES * 13), nothing_changed)
    ready = edit_estimate(estimate, actor=seller, work="New seal")
    ParameterValue.objects.create(key="complaints.estimate_alone", value="700", period=period(clock.today()))
    refused("own_estimate", lambda: send_estimate(ready, actor=seller), nothing_changed)
    sent = send_estimate(ready, actor=matrix.sales_manager)
    refused("sent_already", lambda: edit_estimate(sent, actor=seller, work="Other"), nothing_changed)
    empty = edit_estimate(estimated(*shop(matrix)), actor=seller, lines=[])
    refused("no_lines", lambda: send_estimate(empty, actor=seller), nothing_changed)
    foreign = out_of_warranty(matrix.beta_plant, matrix.germany)
    refused(
        "not_yours", lambda: create_estimate(RepairEstimate, actor=seller, piece=foreign, lines=LINES), nothing_changed, "piece"
    )


def test_a_customer_is_reminded_once(matrix: Matrix) -> None:
    with clock.moment(clock.now() - timedelta(days=15, minutes=1)):
        estimate = offered(*shop(matrix))
    assert look_after_estimates() == 1 and look_after_estimates() == 0
    [item] = WorkItem.objects.on(estimate).open()
    assert item.kind == "remind_of_estimate" and item.assignee == matrix.area_manager_us
    approve_estimate(estimate, actor=matrix.area_manager_us, decided_by="Ada", file=signed())
    assert not WorkItem.objects.on(estimate).open().exists()


def test_the_estimate_is_printed_in_the_customers_language(matrix: Matrix, tmp_path: Path) -> None:
    contact = ContactFactory(customer=matrix.acme_us, plant=matrix.acme_us_plant, language="de")
    estimate = offered(*shop(matrix), contact=contact)
    letter = estimate.letters.get()
    contents = letter_contents(letter)
    assert contents.language == "de" and "Kostenvoranschlag" in str(contents.title)
    words = str(contents.data)
    assert "733,60" in words and "The seal is worn out." in words and estimate.piece.known_serial in words
    assert render(contents, tmp_path / "estimate.pdf", actor=None) in {1, 2}


def test_the_screens_from_diagnosis_to_approval(matrix: Matrix) -> None:
    piece = in_diagnosis(*shop(matrix))
    workshop, seller = client_for(matrix.service_it), client_for(matrix.area_manager_us)
    page = workshop.get(piece.get_absolute_url()).content.decode()
    assert f"/repair-pieces/{piece.pk}/findings/" in page
    body = {"fault_code": "leak", "cause_code": "material", "findings": "Worn seal"}
    assert workshop.post(f"/repair-pieces/{piece.pk}/findings/", body).status_code == 302
    today = clock.today()
    body = {"warranty_from": months_later(today, -30).isoformat(), "notified_on": today.isoformat()}
    assert seller.post(f"/repair-pieces/{piece.pk}/warranty/", body).status_code == 302
    assert f"/repair-estimates/new/?piece={piece.pk}" in seller.get(piece.get_absolute_url()).content.decode()
    body = {"piece": piece.pk, "work": "New seal", "lines": "labour; Repair; 6.5; 62\nPart; Seal; 2; 10.50", "discount": "4"}
    bad = seller.post("/repair-estimates/new/", body | {"lines": "labour; 6.5"})
    assert bad.status_code == 422
    bad = seller.post("/repair-estimates/new/", body | {"lines": "labour; Repair; x; 62"})
    assert bad.status_code == 422
    answer = seller.post("/repair-estimates/new/", body)
    estimate = RepairEstimate.objects.get()
    assert answer["Location"] == estimate.get_absolute_url() and estimate.total == Decimal("420.00")
    shown = seller.get(f"/repair-estimates/{estimate.pk}/edit/").content.decode()
    assert "Labour; Repair; 6.50; 62.00" in shown
    assert seller.post(f"/repair-estimates/{estimate.pk}/send/", {"sent_to": "Ada"}).status_code == 302
    paper = SimpleUploadedFile("yes.pdf", pdf("yes"), "application/pdf")
    assert seller.post(f"/repair-estimates/{estimate.pk}/approve/", {"decided_by": "Ada", "file": paper}).status_code == 302
    page = seller.get(estimate.get_absolute_url()).content.decode()
    assert "Ada" in page and "420.00" in page
