"""By when a repair is promised: told with the consent, watched, and told anew when it will be later."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from complaints.actions import announce_delay, approve_estimate, finish_repair, record_test
from complaints.actions.repair_letters import given_up
from complaints.documents.repairs import letter_contents
from complaints.models import RepairLetter, RepairPiece
from complaints.tasks import look_after_promises
from kam.core import clock
from kam.core.jobs import Job
from kam.core.notifications import Notification
from kam.core.printing import render
from kam.core.work_items import WorkItem
from tests.complaints.test_estimates import refused, shop, signed
from tests.factories import repairs
from tests.factories.accounts import ContactFactory
from tests.matrix import Matrix
from tests.pages import client_for
from tests.world import api_client


def test_the_consent_is_confirmed_with_the_day_that_is_promised(matrix: Matrix, tmp_path: Path) -> None:
    contact = ContactFactory(customer=matrix.acme_us, plant=matrix.acme_us_plant, language="de")
    estimate = repairs.offered(*shop(matrix), contact=contact)
    approve_estimate(estimate, actor=matrix.area_manager_us, decided_by="Ada", purchase_order="PO 7", file=signed())
    piece = RepairPiece.objects.get(pk=estimate.piece_id)
    calendar = piece.repair.repair_location.calendar
    assert piece.promised_on is not None
    assert clock.working_days_between(clock.today(), piece.promised_on, calendar) >= 8
    letter = piece.repair.letters.get(kind="approval")
    contents = letter_contents(letter)
    assert contents.language == "de" and "PO 7" in str(contents.data) and "733,60" in str(contents.data)
    assert "733" not in letter.text
    assert render(contents, tmp_path / "approval.pdf", actor=None) == 1


def test_a_delay_is_told_with_its_reason_and_the_new_day(
    matrix: Matrix, nothing_changed: Callable[..., Any], tmp_path: Path
) -> None:
    piece = repairs.in_repair(*shop(matrix))
    promised, office = piece.promised_on, matrix.area_manager_us
    assert promised is not None
    later = promised + timedelta(days=3)
    refused("reason_needed", lambda: announce_delay(piece, actor=office, expected_on=later), nothing_changed, "reason")
    refused("required", lambda: announce_delay(piece, actor=office, reason="x"), nothing_changed, "expected_on")
    refused(
        "impossible_day", lambda: announce_delay(piece, actor=office, reason="x", expected_on=promised), nothing_changed, "expected_on"
    )  # fmt: skip
    body = {"reason": "The bearing comes late", "expected_on": later.isoformat()}
    said = api_client(office).post(f"/api/v1/repair-pieces/{piece.pk}/announce-delay/", body, format="json").json()
    assert (said["promised_on"], said["expected_on"]) == (promised.isoformat(), later.isoformat())
    letter = piece.repair.letters.get(kind="delay")
    assert "The bearing comes late" in str(letter.contents)
    assert render(letter_contents(letter), tmp_path / "delay.pdf", actor=None) == 1
    expected = repairs.arrived(*shop(matrix))
    refused("nothing_promised", lambda: announce_delay(expected, actor=office, reason="x", expected_on=later), nothing_changed)
    answer = client_for(matrix.service_it).post(
        f"/repair-pieces/{piece.pk}/delay/", {"expected_on": str(later + timedelta(days=1)), "reason": "Still not here"}
    )
    assert answer.status_code == 302


def test_what_is_late_is_asked_about_once_a_day_that_passed(matrix: Matrix) -> None:
    piece = repairs.in_repair(*shop(matrix))
    asked = WorkItem.objects.on(piece).filter(kind="tell_delay")
    assert look_after_promises() == 0
    assert piece.promised_on is not None
    with clock.moment(clock.now() + timedelta(days=30)):
        assert (look_after_promises(), look_after_promises()) == (1, 0)
        rows = api_client(matrix.service_it).get("/api/v1/repair-pieces/?late=true").json()["results"]
        assert [row["id"] for row in rows] == [piece.pk]
        announce_delay(piece, actor=None, reason="x", expected_on=clock.today() + timedelta(days=5))
        assert not asked.open().exists()
        assert look_after_promises() == 0
    with clock.moment(clock.now() + timedelta(days=40)):
        assert look_after_promises() == 1
        done = finish_repair(RepairPiece.objects.get(pk=piece.pk), actor=None, work_done="Seal", hours_spent=Decimal(1))
        record_test(done, actor=None, passed=True, test_results="Tight")
        assert look_after_promises() == 0 and not asked.open().exists()


def test_a_letter_that_does_not_go_out_is_told_to_who_wrote_it_and_who_leads(matrix: Matrix) -> None:
    contact = ContactFactory(customer=matrix.acme_us, plant=matrix.acme_us_plant, email="buyer@acme.example")
    estimate = repairs.offered(*shop(matrix), contact=contact)
    approve_estimate(estimate, actor=matrix.area_manager_us, decided_by="Ada", purchase_order="PO 7", file=signed())
    letter = RepairLetter.objects.get(repair=estimate.piece.repair, kind="approval")
    RepairLetter.objects.filter(pk=letter.pk).update(state="waiting", recipients=["buyer@acme.example"])
    job = Job.objects.get(kind="complaints.keep_repair_letter", params__letter=letter.pk)
    for _again in range(2):
        given_up(job, "No font")
    letter.refresh_from_db()
    assert (letter.state, letter.last_error, letter.document) == ("failed", "No font", None)
    told = Notification.objects.filter(kind="repair_letter_not_sent")
    assert {one.reader for one in told} == {matrix.area_manager_us, matrix.account_manager}
    assert told.count() == 2 and "No font" in told[0].text()[1] and str(letter.repair) in told[0].text()[0]
