"""What was repaired and comes back soon: known by its serial number, told, under the repair's warranty, a complaint when a fault is found."""

from datetime import datetime, time, timedelta
from typing import Any

import pytest

from complaints.actions import decide_warranty, label_piece, note_findings, receive_piece, start_diagnosis
from complaints.models import Complaint, RepairPiece
from kam.core import clock
from kam.core.notifications import Notification
from tests.complaints.test_estimates import shop
from tests.factories import repairs
from tests.matrix import Matrix
from tests.pages import client_for
from tests.world import api_client


def back_again(matrix: Matrix, days: int, *, serial: str = "SN-1", **values: Any) -> tuple[RepairPiece, RepairPiece]:
    """A piece that left us repaired at noon, and the one that comes so many days later; an hour more or less in summer is no day."""
    zone = matrix.italy.calendar.zone
    with clock.moment(datetime.combine(clock.today(zone) - timedelta(days=days), time(12), zone)):
        first = repairs.shipped(*shop(matrix))
    values.setdefault("product", first.product)
    expected = repairs.authorised(*shop(matrix), serials=serial, **values).pieces.get()
    return first, receive_piece(expected, actor=matrix.service_it, serial_found=serial, condition="Oily")


@pytest.mark.parametrize(("days", "repeat"), [(1, True), (90, True), (91, False)])
def test_the_same_serial_number_within_ninety_days_is_a_repeat(matrix: Matrix, days: int, repeat: bool) -> None:
    first, again = back_again(matrix, days)
    assert again.repeat_of == (first if repeat else None)
    assert Notification.objects.filter(kind="repair_came_back", reader=matrix.area_manager_us).exists() is repeat
    client = api_client(matrix.service_it)
    assert client.get(f"/api/v1/repair-pieces/{again.pk}/").json()["repeat_of"] == (first.pk if repeat else None)
    assert [row["id"] for row in client.get("/api/v1/repair-pieces/?repeat=true").json()["results"]] == [again.pk][: int(repeat)]
    page = client_for(matrix.service_it).get(again.get_absolute_url()).content.decode()
    assert str(first) in page and (page.count("Failed again") > 1) is repeat


def test_another_serial_number_or_product_is_no_repeat(matrix: Matrix) -> None:
    assert back_again(matrix, 10, serial="SN-2")[1].repeat_of is None
    other = repairs.ProductFactory(producing_location=matrix.usa)
    assert back_again(matrix, 10, product=other)[1].repeat_of is None


def test_a_fault_found_again_is_a_complaint_and_free_under_the_warranty_of_the_repair(matrix: Matrix) -> None:
    first, again = back_again(matrix, 30)
    again = start_diagnosis(label_piece(again, actor=None), actor=None)
    again = note_findings(again, actor=matrix.service_it, fault_code="leak", cause_code="manufacture", findings="Seal cut")
    complaint = Complaint.objects.get()
    again.repair.refresh_from_db()
    assert again.repair.complaint == complaint and complaint.status == "registered"
    assert (complaint.serial, complaint.product, complaint.claimed) == ("SN-1", first.product, 1)
    decided = decide_warranty(again, actor=matrix.quality_it, notified_on=clock.today())
    assert (decided.warranty, decided.warranty_months) == ("within", 4)
    assert first.left_at is not None and decided.warranty_from == first.left_at.date()
    assert decided.promised_on is not None


def test_no_fault_found_is_no_complaint(matrix: Matrix) -> None:
    _first, again = back_again(matrix, 30)
    again = start_diagnosis(label_piece(again, actor=None), actor=None)
    note_findings(again, actor=matrix.service_it, fault_code="none", findings="Runs")
    assert not Complaint.objects.exists()
