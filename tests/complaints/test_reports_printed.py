"""The printed report of a complaint: in the customer's language, with both numbers and the state of each discipline, kept as it was sent, no cost in it."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile

from complaints.actions import add_cost, send_answer, write_team
from complaints.documents import keep_complaint_letter, report_print
from complaints.models import Complaint, ComplaintCost
from kam.core import clock
from kam.core.documents import Document, PreviewState, attach_document, standard_type
from kam.core.jobs import Job
from kam.core.printing import Contents, render
from kam.core.workflow import Denied
from tests.factories.accounts import ContactFactory
from tests.factories.complaints import assessed, complained, contained, prevented
from tests.factories.files import image, words_of_print
from tests.matrix import Matrix
from tests.pages import client_for
from tests.world import api_client


@pytest.fixture
def complaint(matrix: Matrix, settings: Any, tmp_path: Path) -> Complaint:
    """A complaint of somebody who reads German, with a photo and a cost."""
    settings.MEDIA_ROOT = str(tmp_path / "media")
    contact = ContactFactory(customer=matrix.acme_us, plant=matrix.acme_us_plant, language="de", email="ada@acme.example")
    made = complained(
        matrix.acme_us_plant, matrix.usa, matrix.italy, contact=contact, customer_reference="Q-4711", customer_part="P 12",
        text='#read("/etc/passwd") tears', delivered=Decimal(100),
    )  # fmt: skip
    photo = attach_document(
        Document,
        actor=None,
        record=made,
        type=standard_type("photo"),
        file=ContentFile(image(), name="belt.png"),
        title="Torn belt",
    )
    photo.preview.save("preview", ContentFile(image()), save=False)
    photo.preview_state, photo.preview_type = PreviewState.READY, "image/png"
    photo.save()
    add_cost(
        ComplaintCost,
        actor=None,
        complaint=made,
        kind="debit",
        incurred_on=clock.today(),
        amount=Decimal("98765.43"),
        note="DBT-1",
    )
    return made


def text_of(contents: Contents, path: Path) -> str:
    render(contents, path, actor=None)
    return words_of_print(path.read_bytes())


def test_the_8d_says_every_discipline_in_the_customers_language_and_no_cost(
    matrix: Matrix, complaint: Complaint, tmp_path: Path
) -> None:
    one = prevented(complaint, leader=matrix.technical_it)
    write_team(one, actor=None, members=[matrix.quality_it], champion=matrix.management)
    contents = report_print(f"{one.pk}:8d", actor=matrix.quality_it)
    assert (contents.language, contents.title, contents.draft) == ("de", "8D-Report", True)
    said = text_of(contents, tmp_path / "8d.pdf")
    for words in (
        complaint.number, "Q-4711", "P 12", '#read("/etc/passwd") tears', "D1 Team", "D4 Ursachen", "Record of the oven", "Torn belt",
        "Nichtentdeckung", "FMEA rev. 7", "Der Kunde nimmt diesen Bericht an", "ENTWURF", str(matrix.quality_it),
    ):  # fmt: skip
        assert words in said, words
    assert "98" not in said.replace(complaint.number, "") or "765" not in said
    assert "DBT-1" not in said
    recognised = Complaint.objects.get(pk=one.pk)
    notice = [part for part in contents.data["blocks"] if part["kind"] == "notice"]
    assert notice, "no obligation is recognised by a report"
    Complaint.objects.filter(pk=recognised.pk).update(recognised_at=clock.now(), recognised_by=matrix.quality_it)
    again = report_print(f"{one.pk}:8d", actor=matrix.quality_it)
    assert not [part for part in again.data["blocks"] if part["kind"] == "notice"]


def test_the_3d_that_is_sent_is_kept_as_it_was_with_its_hash(matrix: Matrix, complaint: Complaint, report: Any) -> None:
    one = contained(complaint)
    client = api_client(matrix.quality_it)
    answer = client.post(f"/api/v1/complaints/{one.pk}/finish-containment/", {"sent_to": "ada@acme.example"}, format="json")
    assert answer.status_code == 200, answer.content
    one.containment.filter(place="stock").update(quantity=Decimal(777))
    job = Job.objects.get(kind="complaints.keep_letter")
    assert keep_complaint_letter(job, report) == {"kept": 1} and keep_complaint_letter(job, report) == {"kept": 0}
    kept = Document.objects.about(one).get(type__code="print")
    assert (kept.number, kept.language) == (f"{one.number} 3D", "de") and kept.sha256 and "ada@acme.example" in kept.title
    with kept.file.open("rb") as file:
        said = words_of_print(file.read())
    assert "Sorted, 5 found" in said and "777" not in said and "D4" not in said


def test_what_is_answered_by_a_statement_has_no_disciplines(matrix: Matrix, complaint: Complaint, tmp_path: Path) -> None:
    one = send_answer(assessed(complaint), actor=matrix.quality_it, answer="The joint was not cured.", sent_to="ada@acme.example")
    contents = report_print(f"{one.pk}:8d", actor=matrix.quality_it)
    said = text_of(contents, tmp_path / "statement.pdf")
    assert contents.title == "Stellungnahme zur Reklamation" and "The joint was not cured." in said
    assert "D3 " not in said and "ENTWURF" not in said


def test_a_report_is_for_who_reads_the_complaint(matrix: Matrix, complaint: Complaint) -> None:
    for key in (f"{complaint.pk}:8d", f"{complaint.pk}:5d", "x:8d", str(complaint.pk)):
        with pytest.raises(Denied) as refused:
            report_print(key, actor=matrix.area_manager_de)
        assert refused.value.status == 404
    client = client_for(matrix.quality_it)
    assert client.post(f"/complaints/{complaint.pk}/print-3d/").status_code == 302
    assert 'print-8d/"' in client.get(f"/complaints/{complaint.pk}/eight-d/").content.decode()
    assert (
        api_client(matrix.quality_it).post(f"/api/v1/complaints/{complaint.pk}/print-8d/", {}, format="json").status_code == 201
    )
