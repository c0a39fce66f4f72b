"""Complaints taken in: a customer and a sentence are enough; registered when complete; told apart from what came before; kept once."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction

from complaints.actions import (
    edit_complaint,
    mark_duplicate,
    receive_complaint,
    register_complaint,
    withdraw_complaint,
)
from complaints.models import Complaint
from complaints.reports import find, likely_same
from kam.core import clock
from kam.core.documents import Document
from kam.core.links import Link
from kam.core.notifications import Notification
from kam.core.work_items import WorkItem
from kam.core.workflow import Denied
from tests.factories.accounts import DepartmentFactory
from tests.factories.catalog import ProductFactory
from tests.factories.complaints import complained
from tests.factories.files import image
from tests.factories.orders import SalesLineFactory
from tests.matrix import Matrix
from tests.pages import client_for
from tests.world import api_client

PNG = ("photo.png", "image/png")


def photo(name: str = "photo.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, image(), "image/png")


def to_do(complaint: Complaint, kind: str) -> list[WorkItem]:
    return list(WorkItem.objects.on(complaint).open().filter(kind=kind).order_by("pk"))


def test_a_plant_and_a_sentence_are_enough(matrix: Matrix) -> None:
    one = receive_complaint(
        Complaint, actor=matrix.area_manager_us, plant=matrix.acme_us_plant, text="Belts tear", photos=[photo(), photo("b.png")]
    )
    assert one.number.startswith("RC-US-") and one.status == "received"
    assert (one.selling_location, one.producing_location, one.severity) == (matrix.usa, matrix.usa, 2)
    assert one.missing == ["product", "claimed", "remedy"]
    assert Document.objects.about(one).filter(type__code="photo").count() == 2
    [item] = to_do(one, "complete_complaint")
    assert item.assignee == matrix.area_manager_us and item.due_at is not None
    with pytest.raises(Denied) as refused:
        register_complaint(one, actor=matrix.area_manager_us)
    assert (refused.value.code, refused.value.field) == ("incomplete", "product")
    edit_complaint(one, actor=matrix.area_manager_us, delivery_note="DN-1", claimed=Decimal(3), remedy="credit")
    done = register_complaint(one, actor=matrix.area_manager_us)
    assert done.status == "registered" and done.registered_at is not None
    assert to_do(one, "complete_complaint") == []


def test_what_is_complete_is_registered_at_once(matrix: Matrix) -> None:
    product = ProductFactory(producing_location=matrix.italy)
    one = complained(matrix.acme_us_plant, matrix.usa, None, product=product, producing_location=None)
    assert (one.status, one.producing_location) == ("registered", matrix.italy)


@pytest.mark.parametrize(
    ("head", "field", "code"),
    [
        ({"claimed": Decimal(-1)}, "claimed", "invalid"),
        ({"text": ""}, "text", "invalid"),
        ({"delivered": Decimal(5), "confirmed": Decimal(6)}, "confirmed", "more_than_delivered"),
        ({"received_at": datetime(2199, 1, 1, tzinfo=UTC)}, "received_at", "not_yet"),
        ({"plant": None}, "plant", "required"),
        ({"severity": 4}, "severity", "not_editable"),
        ({"photos": [None] * 11}, "photos", "too_many_photos"),
    ],
)
def test_what_cannot_be_is_refused(
    matrix: Matrix, nothing_changed: Callable[..., Any], head: dict[str, Any], field: str, code: str
) -> None:
    with nothing_changed(), pytest.raises(Denied) as refused:
        complained(**{"plant": matrix.acme_us_plant, "selling": matrix.usa, "by": matrix.area_manager_us} | head)
    assert (refused.value.code, refused.value.field) == (code, field)


def test_closed_and_foreign_customers_are_refused(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    matrix.acme_us.status = "closed"
    matrix.acme_us.save()
    matrix.acme_us_plant.refresh_from_db()
    with nothing_changed(), pytest.raises(Denied) as refused:
        complained(matrix.acme_us_plant, matrix.usa, by=matrix.account_manager)
    assert refused.value.code == "customer_closed"
    with nothing_changed(), pytest.raises(Denied) as refused:
        complained(matrix.beta_plant, matrix.germany, by=matrix.account_manager)
    assert refused.value.status == 403
    with nothing_changed(), pytest.raises(Denied) as refused:
        complained(matrix.beta_plant, matrix.germany, by=matrix.area_manager_de, contact=matrix.acme_us_contact)
    assert refused.value.code == "contact_of_another"


def test_a_photo_that_is_none_is_refused_and_nothing_stays(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    with nothing_changed(), pytest.raises(Denied):
        receive_complaint(
            Complaint, actor=matrix.area_manager_us, plant=matrix.acme_us_plant, text="Belts tear",
            photos=[SimpleUploadedFile("photo.png", b"MZ\x90\x00 no picture", "image/png")],
        )  # fmt: skip


def test_the_database_keeps_what_must_never_be_false(matrix: Matrix) -> None:
    one = complained(matrix.acme_us_plant, matrix.usa)
    for values in ({"claimed": -1}, {"line_stop": True}, {"status": "acknowledged"}, {"status": "duplicate"}, {"repeats": one}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Complaint.objects.filter(pk=one.pk).update(**values)
    with pytest.raises(Exception, match="Cannot delete"), transaction.atomic():
        one.delete()


@pytest.mark.acceptance("AT-77")
def test_a_repeat_is_marked_linked_and_raised_to_management(matrix: Matrix) -> None:
    product = ProductFactory(producing_location=matrix.italy)
    about = {"product": product, "defect": "function"}
    with clock.moment(datetime(2026, 3, 2, 9, tzinfo=UTC)):
        first = complained(matrix.acme_us_plant, matrix.usa, matrix.italy, **about)
        other = complained(matrix.acme_us_plant, matrix.usa, matrix.italy, **about | {"defect": "surface"})
    assert other.repeats is None
    client = api_client(matrix.area_manager_us)
    body = {"plant": matrix.acme_us_plant.pk, "text": "Again", "product": product.pk, "defect": "function"}
    with clock.moment(datetime(2026, 8, 20, 9, tzinfo=UTC)):
        answer = client.post("/api/v1/complaints/", body, format="json")
    assert answer.status_code == 201, answer.content
    assert client.get(f"/api/v1/complaints/{answer.json()['id']}/").json()["repeats"] == first.pk
    again = Complaint.objects.get(pk=answer.json()["id"])
    assert Link.objects.of(again).count() == 1
    assert max(item.level for item in WorkItem.objects.on(again)) == WorkItem.Level.N4
    assert Notification.objects.filter(reader=matrix.management, kind="work_late", urgent=True).exists()
    with clock.moment(datetime(2027, 3, 2, 9, tzinfo=UTC)):
        late = complained(matrix.acme_us_plant, matrix.usa, matrix.italy, **about)
    assert late.repeats is None, "more than six months after the last one"


def test_what_may_be_the_same_is_proposed_and_ends_as_a_duplicate(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    first = complained(matrix.acme_us_plant, matrix.usa, batch="B-77")
    second = complained(matrix.acme_us_plant, matrix.usa, batch="b-77", delivery_note="DN-9")
    foreign = complained(matrix.beta_plant, matrix.germany, batch="B-77")
    assert likely_same(second, matrix.area_manager_us) == [first]
    assert likely_same(second, matrix.nobody) == []
    for wrong in (foreign, second):
        with nothing_changed(), pytest.raises(Denied) as refused:
            mark_duplicate(second, actor=matrix.sales_manager, of=wrong)
        assert refused.value.code == "not_the_same"
    ended = mark_duplicate(second, actor=matrix.area_manager_us, of=first)
    assert (ended.status, ended.duplicate_of) == ("duplicate", first)
    assert not WorkItem.objects.on(second).open().exists()
    with nothing_changed(), pytest.raises(Denied) as refused:
        edit_complaint(ended, actor=matrix.area_manager_us, text="Other")
    assert refused.value.code == "complaint_over"


def test_a_complaint_is_withdrawn_with_its_reason(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    one = complained(matrix.acme_us_plant, matrix.usa)
    with nothing_changed(), pytest.raises(Denied) as refused:
        withdraw_complaint(one, actor=matrix.area_manager_us)
    assert refused.value.code == "reason_needed"
    assert withdraw_complaint(one, actor=matrix.area_manager_us, reason="Their gauge was wrong").status == "withdrawn"
    with nothing_changed(), pytest.raises(Denied) as refused:
        withdraw_complaint(one, actor=matrix.area_manager_us, reason="Again")
    assert refused.value.code == "wrong_status"


def test_what_was_registered_goes_on_saying_what_it_must(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    one = complained(matrix.acme_us_plant, matrix.usa)
    with nothing_changed(), pytest.raises(Denied) as refused:
        edit_complaint(one, actor=matrix.area_manager_us, remedy="")
    assert (refused.value.code, refused.value.field) == ("incomplete", "remedy")
    with nothing_changed():
        edit_complaint(one, actor=matrix.area_manager_us, remedy="replacement")


def test_who_reads_what(matrix: Matrix) -> None:
    one = complained(matrix.acme_us_plant, matrix.usa, matrix.italy)
    foreign = complained(matrix.beta_plant, matrix.germany)
    readers = ("account_manager", "area_manager_us", "quality_it", "logistics_it", "back_office_it", "management", "auditor")
    for name in readers:
        assert one in Complaint.objects.visible_to(matrix.users[name]), name
    for name in ("area_manager_de", "account_manager2", "administrator", "nobody"):
        assert one not in Complaint.objects.visible_to(matrix.users[name]), name
    assert list(Complaint.objects.cards_visible_to(matrix.area_manager_de)) == [one]
    assert list(Complaint.objects.cards_visible_to(matrix.quality_it)) == []
    page = client_for(matrix.area_manager_de).get(f"/plants/{matrix.acme_us_plant.pk}/complaints/").content.decode()
    assert one.number in page and one.text not in page and one.get_absolute_url() not in page
    assert foreign.number not in page
    assert client_for(matrix.area_manager_de).get(one.get_absolute_url()).status_code == 404


def test_the_same_key_takes_a_complaint_in_once(matrix: Matrix) -> None:
    client = api_client(matrix.area_manager_us)
    body = {"plant": matrix.acme_us_plant.pk, "text": "Belts tear"}
    answers = [client.post("/api/v1/complaints/", body, format="json", headers={"Idempotency-Key": "k1"}) for _time in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json()["id"] == answers[1].json()["id"]
    assert Complaint.objects.count() == 1


def test_intake_on_the_screen_with_photos_is_found_by_part_of_a_number(matrix: Matrix) -> None:
    DepartmentFactory(location=matrix.usa, function="quality")
    client = client_for(matrix.area_manager_us)
    assert 'name="photos"' in client.get("/complaints/new/").content.decode()
    body = {
        "plant": matrix.acme_us_plant.pk, "text": "Belts tear", "claimed": "4", "photos": [photo(), photo("b.png")], "kind": "quality",
        "unit": "pcs", "channel": "visit", "batch": "LOT-2026-55", "line_stop": "on",
    }  # fmt: skip
    answer = client.post("/complaints/new/", body)
    one = Complaint.objects.get()
    assert answer.status_code == 302 and answer["Location"] == one.get_absolute_url()
    assert one.severity == 1 and Document.objects.about(one).count() == 2
    page = client.get(one.get_absolute_url()).content.decode()
    assert "Quality us US" in page and "To be completed:" in page
    found = client.get("/complaints/find/?q=2026-55").content.decode()
    assert "LOT-2026-55" in found and f"plant={matrix.acme_us_plant.pk}" in found
    assert "LOT-2026-55" not in client_for(matrix.area_manager_de).get("/complaints/find/?q=2026-55").content.decode()
    empty = client.post("/complaints/new/", {"plant": matrix.acme_us_plant.pk})
    assert empty.status_code == 422 and Complaint.objects.count() == 1


def test_an_invoice_is_found_by_whoever_reads_it(matrix: Matrix) -> None:
    line = SalesLineFactory(plant=matrix.acme_us_plant, selling_location=matrix.usa, product=ProductFactory())
    [hit] = find(matrix.account_manager, line.document.number)
    assert f"invoice={line.document.number}" in hit.address and f"product={line.product_id}" in hit.address
    assert find(matrix.quality_it, line.document.number) == find(matrix.quality_it, "no such number") == []


def test_numbers_of_complaints_have_no_gap_after_a_refusal(matrix: Matrix) -> None:
    first = complained(matrix.acme_us_plant, matrix.usa)
    with pytest.raises(Denied):
        complained(matrix.acme_us_plant, matrix.usa, claimed=Decimal(-1))
    second = complained(matrix.acme_us_plant, matrix.usa)
    assert int(second.number[-5:]) == int(first.number[-5:]) + 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM complaints_complaint")
        assert cursor.fetchone() == (2,)


def test_what_came_late_counts_from_when_it_happened(matrix: Matrix) -> None:
    when = clock.now() - timedelta(days=2)
    one = complained(matrix.acme_us_plant, matrix.usa, received_at=when)
    assert one.received_at == when and one.created_at > when
