"""The 8D as a file: it says what the published schema wants at every stage from D3 on, keeps the customer's identifiers, and comes in as a complaint."""

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from catalog.models import CustomerItem
from complaints.actions import (
    close_complaint,
    define_actions,
    edit_complaint,
    finish_containment,
    implement_actions,
    import_report,
    note_reply,
    send_answer,
    write_prevention,
    write_problem,
    write_team,
)
from complaints.models import Complaint
from complaints.reports.report_8d import report_8d
from kam.core.documents import Document
from kam.core.workflow import Denied
from tests.factories.accounts import ContactFactory
from tests.factories.catalog import ProductFactory
from tests.factories.complaints import assessed, caused, complained, contained, planned
from tests.factories.reports_8d import IDENTIFIED, report_file
from tests.matrix import Matrix
from tests.pages import client_for
from tests.world import api_client

PUBLISHED = Path(__file__).resolve().parents[3] / "shared" / "sample" / "catenax_8d"
SCHEMA = PUBLISHED / "Report8D-schema.json"


def sample() -> dict[str, Any]:
    """A report as a customer's system writes it when it complains."""
    return report_file("OE-123")


def changed(path: str, value: Any) -> dict[str, Any]:
    """The sample with one place changed; without it where there is no value."""
    report = sample()
    node: Any = report
    *way, last = path.split(".")
    for name in way:
        node = node[int(name) if name.isdecimal() else name]
    if value is None:
        del node[last]
    else:
        node[last] = value
    return report


@pytest.fixture
def valid() -> Callable[[Any], None]:
    """Whether a report is what the published schema wants; the schema is no part of KAM and may be absent."""
    if not SCHEMA.exists():
        pytest.skip("the published schema is not here")
    checker = jsonschema.Draft4Validator(json.loads(SCHEMA.read_text()))

    def check(report: Any) -> None:
        faults = [f"{'.'.join(map(str, fault.path))}: {fault.message}" for fault in checker.iter_errors(report)]
        assert not faults, faults

    return check


def test_every_stage_from_d3_on_is_what_the_schema_wants(
    matrix: Matrix, valid: Callable[[Any], None], nothing_changed: Callable[..., Any]
) -> None:
    contact = ContactFactory(customer=matrix.acme_us, plant=matrix.acme_us_plant, email="ada@acme.example", phone="+1 (313) 55-1")
    one = complained(matrix.acme_us_plant, matrix.usa, matrix.italy, contact=contact, delivered=Decimal(1000), **IDENTIFIED)
    client = api_client(matrix.quality_it)
    address = f"/api/v1/complaints/{one.pk}/report-8d/"
    assessed(one, leader=matrix.technical_it, severity=2, depth="8d")
    assert (client.get(address).status_code, client.get(address).json()["code"]) == (409, "no_containment")
    one.status = "registered"  # the factory takes it from there
    Complaint.objects.filter(pk=one.pk).update(status="acknowledged")
    one = contained(Complaint.objects.get(pk=one.pk), leader=matrix.technical_it)
    write_team(one, actor=None, members=[matrix.quality_it], champion=matrix.management)
    write_problem(one, actor=None, facts=[{"question": "what", "occurs": "Joint torn", "absent": "Belt torn", "difference": ""}])

    def told() -> Any:
        report = client.get(address).json()
        valid(report)
        return report

    report = told()
    assert set(report) == {"header", "stepD1", "stepD2", "stepD3"}
    head = report["header"]
    assert (head["customerComplaintId"], head["supplierComplaintId"], head["supplierId"]) == ("OE-123", one.number, "RB-206")
    assert head["customerContact"]["phoneNumber"] == "+1 313 551"
    assert head["parts"][0] | {"customerPartNumber": "P 12", "orderNumber": "PO 4711"} == head["parts"][0]
    assert {"key": "delivered", "value": "1000 PCE"} in head["additionalInformationList"] or head["additionalInformationList"]
    assert len(report["stepD3"]["descriptionOfInterimContainmentActions"]) == 4, "zero is told like every other number"
    one = finish_containment(one, actor=None, sent_to="ada@acme.example")
    for kind in ("occurrence", "non_detection"):
        planned(one, caused(one, kind), done=True)
    assert {cause["typeOfCauses"] for cause in told()["stepD4"]["causes"]} == {"TUA", "TUN"}
    one = implement_actions(define_actions(one, actor=None), actor=None)
    assert told()["stepD6"]["implementedCorrectiveMeasures"][0]["status"] == "closed"
    one = write_prevention(one, actor=None, papers="FMEA rev. 7", similar="Belts of 20 mm", lessons="Ovens have alarms")
    assert told()["stepD7"]["additionalInformationList"][2]["value"] == "Ovens have alarms"
    one = note_reply(send_answer(one, actor=None, answer="The joint was not cured.", sent_to="ada@acme.example"), actor=None)
    assert "stepD8" not in told()
    close_complaint(one, actor=matrix.quality_it)
    assert told()["stepD8"]["resultAssesment"] == "The joint was not cured."
    screen = client_for(matrix.quality_it).get(f"/complaints/{one.pk}/report-8d/")
    assert json.loads(screen.content) == told() and "attachment" in screen["Content-Disposition"]


def test_what_the_customers_system_must_read_is_named_while_it_is_missing(matrix: Matrix) -> None:
    one = contained(complained(matrix.acme_us_plant, matrix.usa, matrix.italy))
    body = api_client(matrix.quality_it).get(f"/api/v1/complaints/{one.pk}/report-8d/").json()
    assert {"customer_reference", "customer_part", "customer_order", "customer_bpn", "supplier_number", "contact"} <= {
        one["field"] for one in body["errors"]
    }
    page = client_for(matrix.quality_it).get(f"/complaints/{one.pk}/report-8d/", follow=True).content.decode()
    assert "business partner number" in page
    # What the customer is called by stands in their last complaint already; the part number in their item.
    complained(matrix.acme_us_plant, matrix.usa, matrix.italy, **IDENTIFIED)
    product = ProductFactory()
    CustomerItem.objects.create(customer=matrix.acme_us, product=product, part_number="P 99")
    contact = ContactFactory(customer=matrix.acme_us, plant=matrix.acme_us_plant, email="ada@acme.example")
    edit_complaint(one, actor=None, customer_reference="OE-9", customer_order="PO 1", product=product, contact=contact)
    head = report_8d(Complaint.objects.get(pk=one.pk))["header"]
    assert (head["supplierId"], head["customerContact"]["bpnlProperty"]) == ("RB-206", "BPNL0123456789ZZ")
    assert head["parts"][0]["customerPartNumber"] == "P 99"


def test_a_customers_file_comes_in_as_a_complaint_and_goes_back_as_theirs(
    matrix: Matrix, valid: Callable[[Any], None], nothing_changed: Callable[..., Any]
) -> None:
    product = ProductFactory(producing_location=matrix.italy)
    CustomerItem.objects.create(customer=matrix.acme_us, product=product, part_number="P 12")
    contact = ContactFactory(customer=matrix.acme_us, plant=matrix.acme_us_plant, email="ada@acme.example")
    client, plant = api_client(matrix.area_manager_us), matrix.acme_us_plant.pk
    answer = client.post("/api/v1/complaints/import-report/", {"plant": plant, "report": sample()}, format="json")
    assert answer.status_code in (200, 201), answer.content
    one = Complaint.objects.get(pk=answer.json()["id"])
    assert (one.customer_reference, one.customer_order, one.serial, one.product, one.contact) == (
        "OE-123",
        "PO 4711",
        "SN 1",
        product,
        contact,
    )
    assert (one.channel, one.customer_bpn, str(one.notified_on)) == ("portal", "BPNL0123456789ZZ", "2026-01-05")
    assert "Belts tear at the joint" in one.text and "The line slows down" in one.text
    assert Document.objects.about(one).get().number == "OE-123"
    with nothing_changed():
        again = client.post("/api/v1/complaints/import-report/", {"plant": plant, "report": sample()}, format="json")
    assert (again.status_code, again.json()["code"]) == (400, "taken_in_already")
    edit_complaint(one, actor=None, claimed=Decimal(12), remedy="replacement")
    Complaint.objects.filter(pk=one.pk).update(status="registered", registered_at=one.received_at)
    report = report_8d(contained(Complaint.objects.get(pk=one.pk)))
    valid(report)
    head = report["header"]
    assert head["qualityTaskId"] == "430f56d3-1234-1234-1234-abc123456789" and head["complaintDate"] == "2026-01-05"
    assert head["customerContact"] == sample()["header"]["customerContact"]
    assert head["parts"][0] | sample()["header"]["parts"][0] == head["parts"][0]
    assert {"key": "Steel quality", "value": "Stainless"} in head["additionalInformationList"]
    assert head["supplierComplaintId"] == one.number


def test_the_published_sample_is_taken_in(matrix: Matrix, valid: Callable[[Any], None]) -> None:
    report = json.loads((PUBLISHED / "Report8D.json").read_text())
    one = import_report(Complaint, actor=matrix.area_manager_us, plant=matrix.acme_us_plant, report=report)
    assert (one.customer_reference, one.serial) == ("OE-123456789", "ECU20646005020221")
    Complaint.objects.filter(pk=one.pk).update(status="registered", registered_at=one.received_at, remedy="credit", claimed=1)
    back = report_8d(contained(Complaint.objects.get(pk=one.pk)))
    valid(back)
    assert back["header"]["qualityTaskId"] == report["header"]["qualityTaskId"]


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        ("header.customerComplaintId", None, "required"),
        ("header.customerComplaintId", " ", "required"),
        ("header.customerComplaintId", 7, "no_text"),
        ("header.customerComplaintId", "x" * 36, "no_text"),
        ("header.complaintDate", "05.01.2026", "no_day"),
        ("header.complaintDate", "2026-02-30", "no_day"),
        ("header.customerContact", None, "no_object"),
        ("header.customerContact.bpnlProperty", "BPNL1", "no_such_form"),
        ("header.customerContact.email", "nobody", "no_such_form"),
        ("header.parts", [], "no_parts"),
        ("header.parts", "P 12", "no_parts"),
        ("header.parts.0.orderNumber", None, "required"),
        ("header.parts.0.serialNumber", ["SN"], "no_text"),
        ("header.title", "\x00", "no_text"),
        ("header.additionalInformationList", {"key": "a"}, "no_list"),
        ("stepD2", [1], "no_object"),
        ("stepD2.symptomDescription", {}, "no_text"),
    ],
)
def test_a_bad_file_is_refused_at_its_field(
    matrix: Matrix, nothing_changed: Callable[..., Any], path: str, value: Any, code: str
) -> None:
    with nothing_changed(), pytest.raises(Denied) as refused:
        import_report(Complaint, actor=matrix.area_manager_us, plant=matrix.acme_us_plant, report=changed(path, value))
    found = {one.field: one.code for one in getattr(refused.value, "refusals", [refused.value])}
    assert found.get(path) == code, found


def test_a_file_that_is_no_report_is_refused_on_the_screen(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    client = client_for(matrix.area_manager_us)
    half = json.dumps(changed("stepD2.symptomDescription", "Torn \ud800")).encode()
    for content in (b"\xff\xfe", b"{", b"[" * 100_000, b"[]", b'"x"', b"{}", b" " * 600_000, half):
        with nothing_changed():
            form = {"plant": matrix.acme_us_plant.pk, "file": SimpleUploadedFile("8d.json", content, "application/json")}
            assert client.post("/complaints/import/", form).status_code == 422, content[:9]
    form = {"plant": matrix.acme_us_plant.pk, "file": SimpleUploadedFile("8d.json", json.dumps(sample()).encode())}
    assert client.post("/complaints/import/", form).status_code == 302
    foreign = {"plant": matrix.beta_plant.pk, "report": sample()}
    assert api_client(matrix.area_manager_us).post("/api/v1/complaints/import-report/", foreign, format="json").status_code == 400
