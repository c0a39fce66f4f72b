"""Repairs asked for, authorised with a number, received piece by piece; what differs is settled before anybody looks for the fault (AT-80)."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction

from complaints.actions import (
    add_piece,
    authorise_repair,
    edit_piece,
    edit_repair,
    issue_receipt_note,
    label_piece,
    note_dispatch,
    receive_piece,
    request_repair,
    send_repair_letter,
    settle_mismatch,
    start_diagnosis,
    strike_piece,
    take_in_unannounced,
    withdraw_repair,
)
from complaints.documents.repairs import keep_letter, repair_label, repair_letter
from complaints.models import Repair, RepairLetter, RepairPiece
from complaints.reports import pieces_using, serial_history
from complaints.tasks import sweep_repair_letters
from kam.core import clock
from kam.core.documents import Document, attach_document, revise_document, standard_type
from kam.core.jobs import Job
from kam.core.notifications import Notification
from kam.core.printing import render
from kam.core.work_items import WorkItem
from kam.core.workflow import Denied
from tests.factories.accounts import ContactFactory
from tests.factories.catalog import ProductFactory
from tests.factories.complaints import complained
from tests.factories.files import image, named, pdf
from tests.factories.repairs import arrived, authorised, labelled, requested
from tests.matrix import Matrix
from tests.pages import client_for, words
from tests.world import api_client


class Report:
    """Where a job puts its file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def file(self, name: str) -> Path:
        return self.folder / name


def refused(code: str, call: Callable[..., Any], nothing_changed: Callable[..., Any], field: str = "") -> None:
    with nothing_changed(), pytest.raises(Denied) as denied:
        call()
    assert denied.value.code == code
    if field:
        assert denied.value.field == field


def test_a_repair_is_opened_with_a_line_for_each_serial_and_authorised(
    matrix: Matrix, nothing_changed: Callable[..., Any]
) -> None:
    repair = request_repair(
        Repair, actor=matrix.area_manager_us, plant=matrix.acme_us_plant, serials="SN-1\n\nSN-2\nSN-1", fault="Leaks"
    )
    assert repair.number.startswith("RMA-US-") and repair.status == "requested"
    assert (repair.selling_location, repair.repair_location) == (matrix.usa, matrix.usa)
    assert matrix.acme_us.name in repair.return_address
    assert [(one.position, one.serial) for one in repair.pieces.order_by("position")] == [(1, "SN-1"), (2, "SN-2")]
    [item] = WorkItem.objects.on(repair).open()
    assert (item.kind, item.assignee) == ("authorise_repair", matrix.area_manager_us)
    assert repair.missing == ["product", "contact", "contamination"]
    refused("incomplete", lambda: authorise_repair(repair, actor=matrix.area_manager_us), nothing_changed, "product")
    product = ProductFactory()
    for piece in repair.pieces.all():
        edit_piece(piece, actor=matrix.area_manager_us, product=product)
    repair = edit_repair(repair, actor=matrix.area_manager_us, contact=matrix.acme_us_contact, contamination="clean")
    done = authorise_repair(repair, actor=matrix.area_manager_us)
    assert done.status == "authorised" and done.authorised_by == matrix.area_manager_us
    assert not WorkItem.objects.on(repair).open().exists()
    letter = done.letters.get()
    assert (letter.kind, letter.language, letter.state) == ("authorisation", matrix.acme_us_contact.language, "issued")
    refused("wrong_status", lambda: authorise_repair(done, actor=matrix.area_manager_us), nothing_changed)
    refused(
        "incomplete", lambda: edit_repair(done, actor=matrix.area_manager_us, contamination=""), nothing_changed, "contamination"
    )
    sent = note_dispatch(done, actor=matrix.area_manager_us, note_in="DDT 7")
    assert (sent.status, sent.note_in_on) == ("in_transit", clock.today())


@pytest.mark.parametrize(
    ("head", "field", "code"),
    [
        ({"plant": None}, "plant", "required"),
        ({"status": "received"}, "status", "not_editable"),
        ({"serials": "X" * 61}, "serials", "bad_serials"),
        ({"contact": "beta"}, "contact", "contact_of_another"),
        ({"complaint": "beta"}, "complaint", "complaint_of_another"),
    ],
)
def test_what_cannot_be_is_refused(
    matrix: Matrix, nothing_changed: Callable[..., Any], head: dict[str, Any], field: str, code: str
) -> None:
    foreign = {"contact": matrix.beta_contact, "complaint": complained(matrix.beta_plant, matrix.germany)}
    values = {name: foreign[name] if value == "beta" else value for name, value in head.items()}
    known = {"plant": matrix.acme_us_plant} | values
    refused(code, lambda: request_repair(Repair, actor=matrix.account_manager, **known), nothing_changed, field)


def test_closed_and_foreign_customers_are_refused(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    refused(
        "outside_your_area",
        lambda: request_repair(Repair, actor=matrix.account_manager, plant=matrix.beta_plant),
        nothing_changed,
    )
    matrix.acme_us.status = "closed"
    matrix.acme_us.save()
    matrix.acme_us_plant.refresh_from_db()
    refused(
        "customer_closed",
        lambda: request_repair(Repair, actor=matrix.account_manager, plant=matrix.acme_us_plant),
        nothing_changed,
    )


@pytest.mark.acceptance("AT-80")
def test_another_serial_than_declared_is_settled_with_the_customer_before_the_diagnosis(
    matrix: Matrix, nothing_changed: Callable[..., Any]
) -> None:
    piece = authorised(matrix.acme_us_plant, matrix.usa, matrix.italy).pieces.get()
    service = api_client(matrix.service_it)
    address = f"/api/v1/repair-pieces/{piece.pk}/"
    body = {"serial_found": "SN-9", "condition": "Dusty", "accessories": "Cable", "storage_place": "R2"}
    assert service.post(f"{address}receive/", body, format="json").status_code == 200
    assert service.get(address).json()["mismatch"] is True
    assert Notification.objects.filter(reader=matrix.account_manager, kind="repair_differs", urgent=True).exists()
    assert service.post(f"{address}label/", {}, format="json").status_code == 200
    with nothing_changed():
        answer = service.post(f"{address}start-diagnosis/", {}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (409, "mismatch_open")
    with nothing_changed():
        early = service.post(f"{address}settle/", {"settlement": "corrected", "informed_on": "2020-01-01"}, format="json")
    assert early.json()["code"] == "impossible_day"
    body = {"settlement": "corrected", "informed_on": clock.today().isoformat()}
    assert service.post(f"{address}settle/", body, format="json").status_code == 200
    piece.refresh_from_db()
    assert (piece.serial, piece.informed_on) == ("SN-9", clock.today())
    assert service.post(f"{address}start-diagnosis/", {}, format="json").json()["status"] == "diagnosis"
    refused("nothing_to_settle", lambda: settle_mismatch(piece, actor=matrix.service_it), nothing_changed)


def test_damage_is_a_difference_and_no_label_is_no_diagnosis(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    piece = authorised(matrix.acme_us_plant, matrix.usa, matrix.italy).pieces.get()
    photo = SimpleUploadedFile("a.png", image(), "image/png")
    refused("required", lambda: receive_piece(piece, actor=matrix.service_it, serial_found="SN-1"), nothing_changed, "condition")
    refused("not_here", lambda: label_piece(piece, actor=matrix.service_it), nothing_changed)
    here = receive_piece(
        piece, actor=matrix.logistics_it, serial_found="sn-1", condition="Box torn", damaged=True, photos=[photo]
    )
    assert here.mismatch and Document.objects.about(here).count() == 1
    assert here.repair.status == "received"
    refused(
        "wrong_status", lambda: receive_piece(here, actor=matrix.service_it, serial_found="SN-1", condition="x"), nothing_changed
    )
    same = labelled(matrix.acme_us_plant, matrix.usa, matrix.italy)
    assert not same.mismatch
    assert start_diagnosis(same, actor=matrix.service_it).diagnosis_at is not None
    bare = arrived(matrix.acme_us_plant, matrix.usa, matrix.italy)
    refused("no_label", lambda: start_diagnosis(bare, actor=matrix.service_it), nothing_changed)
    with pytest.raises(IntegrityError), transaction.atomic():
        RepairPiece.objects.filter(pk=bare.pk).update(status="diagnosis")


def test_goods_that_come_by_themselves_go_into_quarantine(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    known = {"plant": matrix.acme_us_plant, "selling_location": matrix.usa, "repair_location": matrix.italy}
    refused(
        "required",
        lambda: take_in_unannounced(Repair, actor=matrix.logistics_it, serials="S", **known),
        nothing_changed,
        "condition",
    )
    repair = take_in_unannounced(
        Repair, actor=matrix.logistics_it, serials="S-1\nS-2", condition="No papers", note_in="DDT 3", fault="?", product=ProductFactory(),
        **known,
    )  # fmt: skip
    assert repair.unannounced and repair.status == "received" and repair.pieces.count() == 2
    assert Notification.objects.filter(reader=matrix.account_manager, kind="repair_unannounced").exists()
    piece = label_piece(repair.pieces.first(), actor=matrix.service_it)
    refused("not_authorised", lambda: start_diagnosis(piece, actor=matrix.service_it), nothing_changed)
    refused("incomplete", lambda: authorise_repair(repair, actor=matrix.sales_manager), nothing_changed)
    edit_repair(repair, actor=matrix.service_it, contact=matrix.acme_us_contact, contamination="clean")
    late = authorise_repair(repair, actor=matrix.sales_manager)
    assert late.status == "received" and late.authorised_at is not None
    assert start_diagnosis(piece, actor=matrix.service_it).status == "diagnosis"
    page = client_for(matrix.sales_manager).get(repair.get_absolute_url()).content.decode()
    assert "S-2" in page


def test_a_repair_of_which_nothing_came_is_withdrawn(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    repair = requested(matrix.acme_us_plant, matrix.usa, serials="A\nB")
    first = repair.pieces.first()
    refused("reason_needed", lambda: strike_piece(first, actor=matrix.area_manager_us), nothing_changed)
    assert strike_piece(first, actor=matrix.area_manager_us, reason="Found the fault themselves").status == "struck"
    refused("reason_needed", lambda: withdraw_repair(repair, actor=matrix.area_manager_us), nothing_changed)
    gone = withdraw_repair(repair, actor=matrix.area_manager_us, reason="They keep it")
    assert gone.status == "withdrawn" and not WorkItem.objects.on(gone).open().exists()
    refused("repair_over", lambda: edit_repair(gone, actor=matrix.area_manager_us, urgent=True), nothing_changed)
    refused("repair_over", lambda: add_piece(RepairPiece, actor=matrix.area_manager_us, repair=gone, serial="C"), nothing_changed)
    here = arrived(matrix.acme_us_plant, matrix.usa).repair
    refused("goods_here", lambda: withdraw_repair(here, actor=matrix.area_manager_us, reason="x"), nothing_changed)


def test_pieces_are_added_and_changed_as_long_as_they_are_not_here(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    repair = authorised(matrix.acme_us_plant, matrix.usa)
    refused(
        "incomplete", lambda: add_piece(RepairPiece, actor=matrix.area_manager_us, repair=repair, serial="S"), nothing_changed
    )
    foreign = authorised(matrix.beta_plant, matrix.germany)
    refused(
        "not_yours", lambda: add_piece(RepairPiece, actor=matrix.area_manager_us, repair=foreign, serial="S"), nothing_changed
    )
    more = add_piece(
        RepairPiece, actor=matrix.area_manager_us, repair=repair, serial="S", product=ProductFactory(), fault="Noise"
    )
    assert more.position == 2
    later = clock.today() + timedelta(days=2)
    refused("not_yet", lambda: edit_piece(more, actor=matrix.area_manager_us, notified_on=later), nothing_changed, "notified_on")
    here = arrived(matrix.acme_us_plant, matrix.usa)
    refused("settle_instead", lambda: edit_piece(here, actor=matrix.area_manager_us, serial="Z"), nothing_changed, "serial")


def test_letters_are_printed_kept_and_mailed_once(
    matrix: Matrix, tmp_path: Path, settings: Any, nothing_changed: Callable[..., Any]
) -> None:
    contact = ContactFactory(customer=matrix.acme_us, plant=matrix.acme_us_plant, language="de", email="ada@acme.example")
    repair = requested(matrix.acme_us_plant, matrix.usa, contact=contact, instructions='#read("/etc/passwd")')
    backend, settings.DEMO = settings.EMAIL_BACKEND, False
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    refused("no_mail_server", lambda: authorise_repair(repair, actor=matrix.area_manager_us, by_mail=True), nothing_changed)
    settings.EMAIL_BACKEND = backend
    repair = authorise_repair(repair, actor=matrix.area_manager_us, by_mail=True)
    letter = repair.letters.get()
    assert (letter.state, letter.recipients) == ("waiting", ["ada@acme.example"])
    assert "Rücksendung" in letter.subject or "Rücksende" in letter.subject
    assert sweep_repair_letters() == 0, "nothing goes out before its print is kept"
    job = Job.objects.get(kind="complaints.keep_repair_letter", params__letter=letter.pk)
    assert keep_letter(job, Report(tmp_path)) == {"kept": 1} and keep_letter(job, Report(tmp_path)) == {"kept": 0}
    assert sweep_repair_letters() == 1 and sweep_repair_letters() == 0
    [message] = mail.outbox
    assert message.to == ["ada@acme.example"] and message.attachments[0][0].endswith(".pdf")
    letter.refresh_from_db()
    assert letter.state == "sent" and letter.sha256
    refused("not_to_be_sent", lambda: send_repair_letter(letter, actor=matrix.area_manager_us), nothing_changed)
    assert repair_letter(str(letter.pk), actor=matrix.area_manager_us).number == f"{repair.number}/1"
    with pytest.raises(Denied):
        repair_letter(str(letter.pk), actor=matrix.area_manager_de)
    with pytest.raises(Exception, match="Cannot"), transaction.atomic():
        RepairLetter.objects.filter(pk=letter.pk).update(contents={})


def test_the_label_names_the_owner_and_leads_to_the_piece(matrix: Matrix, tmp_path: Path) -> None:
    piece = labelled(matrix.acme_us_plant, matrix.usa, matrix.italy)
    contents = repair_label(str(piece.pk), actor=matrix.service_it)
    assert contents.path == piece.get_absolute_url()
    said = dict(contents.data["facts"])
    assert "SN-1" in said.values() and str(piece) in said.values()
    assert render(contents, tmp_path / "label.pdf", actor=matrix.service_it) == 1
    with pytest.raises(Denied):
        repair_label(str(arrived(matrix.acme_us_plant, matrix.usa).pk), actor=matrix.service_it)


def test_the_receipt_note_says_what_differs(matrix: Matrix, nothing_changed: Callable[..., Any], tmp_path: Path) -> None:
    waiting = authorised(matrix.acme_us_plant, matrix.usa)
    refused("nothing_here", lambda: issue_receipt_note(waiting, actor=matrix.area_manager_us), nothing_changed)
    piece = arrived(matrix.acme_us_plant, matrix.usa, matrix.italy, serial_found="SN-9")
    letter = piece.repair.letters.get(kind="receipt")
    assert "SN-9" in str(letter.contents) and letter.contents["marked"]
    assert render(repair_letter(str(letter.pk), actor=matrix.service_it), tmp_path / "note.pdf", actor=None) == 1


def test_who_reads_what(matrix: Matrix) -> None:
    repair = requested(matrix.acme_us_plant, matrix.usa, matrix.italy)
    for name in ("account_manager", "area_manager_us", "service_it", "logistics_it", "management", "auditor"):
        assert repair in Repair.objects.visible_to(matrix.users[name]), name
    for name in ("area_manager_de", "account_manager2", "administrator", "nobody"):
        assert repair not in Repair.objects.visible_to(matrix.users[name]), name
    page = client_for(matrix.area_manager_de).get(f"/plants/{matrix.acme_us_plant.pk}/repairs/").content.decode()
    assert repair.number in page and repair.get_absolute_url() not in page
    assert client_for(matrix.area_manager_de).get(repair.get_absolute_url()).status_code == 404


def test_a_serial_number_that_is_here_twice_is_shown_as_far_as_the_reader_sees_both(matrix: Matrix) -> None:
    product = ProductFactory()
    here = arrived(matrix.acme_us_plant, matrix.usa, matrix.italy, product=product)
    arrived(matrix.acme_us_plant, matrix.usa, matrix.italy, product=ProductFactory())
    service, page = api_client(matrix.service_it), client_for(matrix.service_it)
    assert service.get("/api/v1/repair-pieces/?twice=true").json()["results"] == []
    other = arrived(matrix.acme_us_plant, matrix.usa, matrix.italy, product=product, serial_found="sn-1")
    arrived(matrix.beta_plant, matrix.germany, product=product)
    found = service.get("/api/v1/repair-pieces/?twice=true").json()["results"]
    assert {row["id"] for row in found} == {here.pk, other.pk}
    assert "Serial number twice" in words(page.get(here.get_absolute_url()))
    RepairPiece.objects.filter(pk=other.pk).update(serial="SN-2", serial_found="SN-2")
    assert "Serial number twice" not in words(page.get(here.get_absolute_url()))


def test_the_history_of_a_serial_number_and_the_search_for_it(matrix: Matrix) -> None:
    old = arrived(matrix.acme_us_plant, matrix.usa, matrix.italy)
    complained(matrix.acme_us_plant, matrix.usa, matrix.italy, serial="sn-1")
    new = arrived(matrix.acme_us_plant, matrix.usa, matrix.italy)
    arrived(matrix.beta_plant, matrix.germany)
    past = serial_history(new, matrix.service_it)
    assert {one.record.pk for one in past if isinstance(one.record, RepairPiece)} == {old.pk} and len(past) == 2
    assert serial_history(new, matrix.nobody) == []
    found = api_client(matrix.service_it).get("/api/v1/repairs/?serial=SN-1").json()
    assert {row["id"] for row in found["results"]} == {old.repair_id, new.repair_id}


def test_a_new_revision_of_a_drawing_lists_the_open_pieces(matrix: Matrix) -> None:
    product = ProductFactory()
    drawing = attach_document(
        Document, actor=None, record=product, type=standard_type("drawing"), file=named(pdf("A"), "a.pdf"), revision="A"
    )
    piece = arrived(matrix.acme_us_plant, matrix.usa, matrix.italy, product=product)
    revise_document(drawing, actor=None, file=named(pdf("B"), "b.pdf"), revision="B")
    drawing.refresh_from_db()
    assert pieces_using(drawing, matrix.service_it) == [piece]
    assert pieces_using(drawing, matrix.area_manager_de) == []


def test_the_screens_open_receive_and_label(matrix: Matrix) -> None:
    client = client_for(matrix.area_manager_us)
    body = {
        "plant": matrix.acme_us_plant.pk, "product": ProductFactory().pk, "serials": "SN-1", "fault": "Leaks", "contamination": "clean",
        "contact": matrix.acme_us_contact.pk, "origin": "request", "repair_location": matrix.italy.pk,
    }  # fmt: skip
    answer = client.post("/repairs/new/", body)
    repair = Repair.objects.get()
    assert answer["Location"] == repair.get_absolute_url()
    assert client.post(f"/repairs/{repair.pk}/authorise/", {}).status_code == 302
    workshop = client_for(matrix.service_it)
    piece = repair.pieces.get()
    photo = SimpleUploadedFile("a.png", image(), "image/png")
    form = {"serial_found": "SN-1", "condition": "Fine", "photos": [photo]}
    assert workshop.post(f"/repair-pieces/{piece.pk}/receive/", form).status_code == 302
    assert workshop.post(f"/repair-pieces/{piece.pk}/label/").status_code == 302
    piece.refresh_from_db()
    assert piece.labelled_at is not None and piece.received_at.date() <= date.today()
