"""The way of a complaint after its receipt: assessed, answered, closed by another, found effective, reopened; recognised and rejected by whom."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction

from complaints.actions import (
    ask_parts,
    assess_complaint,
    close_complaint,
    confirm_effectiveness,
    decline_rejection,
    note_parts,
    note_reply,
    propose_rejection,
    recognise_defect,
    reject_complaint,
    remind_customer,
    reopen_complaint,
    send_answer,
    send_receipt,
)
from complaints.models import Complaint
from complaints.reports import notice_of, steps_of
from kam.core.parameters import ParameterValue, set_parameter
from kam.core.work_items import WorkItem
from kam.core.workflow import Denied
from tests.factories.accounts import UserFactory
from tests.factories.complaints import answered, assessed, complained, wanted
from tests.matrix import Matrix
from tests.pages import client_for, words
from tests.world import api_client

NOW = datetime(2026, 4, 3, 14, 30, tzinfo=UTC)


@pytest.fixture
def complaint(matrix: Matrix) -> Complaint:
    """What ACME in America complains about, made in Italy."""
    return complained(matrix.acme_us_plant, matrix.usa, matrix.italy)


def to_do(complaint: Complaint) -> list[str]:
    rows = WorkItem.objects.on(complaint).open().exclude(kind="acknowledge_complaint")
    return sorted(rows.values_list("kind", flat=True))


def test_from_the_receipt_to_its_effect(matrix: Matrix, complaint: Complaint, nothing_changed: Callable[..., Any]) -> None:
    send_receipt(complaint, actor=matrix.area_manager_us, way="phone")
    assert to_do(complaint) == ["assess_complaint"]
    WorkItem.objects.on(complaint).filter(kind="acknowledge_complaint").update(state="cancelled", done_at=NOW)
    one = assess_complaint(complaint, actor=matrix.quality_it, severity=3, depth="statement", leader=matrix.technical_it)
    assert (one.status, one.severity, one.depth, one.leader) == ("assessed", 3, "statement", matrix.technical_it)
    assert to_do(one) == ["answer_complaint"]
    with nothing_changed(), pytest.raises(Denied) as refused:
        send_answer(one, actor=matrix.area_manager_us, answer=" ", sent_to="buyer@acme.example")
    assert (refused.value.code, refused.value.field) == ("required", "answer")
    send_answer(one, actor=matrix.area_manager_us, answer="The joint was not cured.", sent_to="buyer@acme.example")
    assert to_do(one) == ["close_complaint"]
    with nothing_changed(), pytest.raises(Denied) as refused:
        close_complaint(one, actor=matrix.quality_it)
    assert refused.value.code == "no_reply"
    note_reply(one, actor=matrix.area_manager_us)
    closed = close_complaint(one, actor=matrix.quality_it)
    assert (closed.status, closed.closed_by, to_do(closed)) == ("closed", matrix.quality_it, ["check_effectiveness"])
    with nothing_changed(), pytest.raises(Denied) as refused:
        confirm_effectiveness(closed, actor=matrix.quality_it, evidence="None of 12,000")
    assert refused.value.code == "too_early"
    with time_machine.travel(closed.closed_at + timedelta(days=91), tick=False):
        done = confirm_effectiveness(closed, actor=matrix.quality_it, evidence="None of 12,000")
    assert (done.status, to_do(done)) == ("effective", [])


@pytest.mark.acceptance("AT-76")
def test_open_work_and_the_author_keep_it_open(matrix: Matrix, complaint: Complaint, nothing_changed: Callable[..., Any]) -> None:
    answered(complaint, leader=matrix.quality_it)
    with nothing_changed(), pytest.raises(Denied) as refused:
        close_complaint(complaint, actor=matrix.quality_it)
    assert (refused.value.code, refused.value.status) == ("own_work", 403)
    Complaint.objects.filter(pk=complaint.pk).update(leader=matrix.technical_it, analysed_by=matrix.quality_it)
    with nothing_changed(), pytest.raises(Denied) as refused:
        close_complaint(complaint, actor=matrix.quality_it)
    assert refused.value.code == "own_work"
    Complaint.objects.filter(pk=complaint.pk).update(analysed_by=None)
    item = WorkItem.objects.on(complaint).filter(kind="acknowledge_complaint").order_by("pk")[0]
    WorkItem.objects.filter(pk=item.pk).update(state="open", done_at=None)
    with nothing_changed(), pytest.raises(Denied) as refused:
        close_complaint(complaint, actor=matrix.quality_it)
    assert refused.value.code == "open_work"
    WorkItem.objects.filter(pk=item.pk).update(state="cancelled", done_at=NOW)
    assert close_complaint(complaint, actor=matrix.quality_it).status == "closed"


def test_silence_counts_only_after_a_reminder(matrix: Matrix, complaint: Complaint, nothing_changed: Callable[..., Any]) -> None:
    send_answer(assessed(complaint), actor=None, answer="The joint was not cured.", sent_to="Mr Smith")
    with nothing_changed(), pytest.raises(Denied) as refused:
        note_reply(complaint, actor=matrix.area_manager_us, reply="silence")
    assert (refused.value.code, refused.value.field) == ("too_early", "reply")
    reminded = remind_customer(complaint, actor=matrix.area_manager_us)
    with nothing_changed(), pytest.raises(Denied) as refused:
        remind_customer(complaint, actor=matrix.area_manager_us)
    assert refused.value.code == "reminded_already"
    with time_machine.travel(reminded.reminded_at + timedelta(days=8), tick=False):
        assert note_reply(complaint, actor=matrix.area_manager_us, reply="silence").acceptance == "silence"
    with nothing_changed(), pytest.raises(Denied) as refused:
        note_reply(complaint, actor=matrix.area_manager_us)
    assert refused.value.code == "replied_already"


def test_what_comes_back_is_reopened_one_step_graver(matrix: Matrix, complaint: Complaint) -> None:
    close_complaint(answered(complaint), actor=None)
    first = [one.round for one in steps_of(complaint)]
    again = reopen_complaint(complaint, actor=matrix.area_manager_us, reason="Ten more pieces")
    assert (again.status, again.severity, again.reopenings) == ("reopened", 2, 1)
    assess_complaint(again, actor=matrix.quality_it, severity=2, depth="statement")
    assert first == [1, 1] and [(one.step, one.round) for one in steps_of(again)] == [("receipt", 1), ("d3", 1), ("d3", 2)]


def test_two_people_find_a_complaint_not_justified(
    matrix: Matrix, complaint: Complaint, nothing_changed: Callable[..., Any]
) -> None:
    assessed(complaint)
    with nothing_changed(), pytest.raises(Denied) as refused:
        reject_complaint(complaint, actor=matrix.account_manager)
    assert refused.value.code == "nothing_proposed"
    propose_rejection(complaint, actor=matrix.quality_it, grounds="It is within the drawing.")
    [item] = WorkItem.objects.on(complaint).open().filter(kind="agree_rejection")
    assert item.assignee == matrix.account_manager
    with nothing_changed(), pytest.raises(Denied) as refused:
        decline_rejection(complaint, actor=matrix.account_manager)
    assert refused.value.code == "required"
    decline_rejection(complaint, actor=matrix.account_manager, reason="The drawing is of revision B")
    propose_rejection(complaint, actor=matrix.quality_it, grounds="It is within revision B as well.")
    Complaint.objects.filter(pk=complaint.pk).update(rejection_by=matrix.account_manager)
    with nothing_changed(), pytest.raises(Denied) as refused:
        reject_complaint(complaint, actor=matrix.account_manager)
    assert refused.value.code == "own_proposal"
    Complaint.objects.filter(pk=complaint.pk).update(rejection_by=matrix.quality_it)
    with nothing_changed(), pytest.raises(Denied) as refused:
        reject_complaint(complaint, actor=matrix.account_manager)
    assert refused.value.code == "required", "the customer is told why"
    one = reject_complaint(complaint, actor=matrix.account_manager, sent_to="buyer@acme.example")
    assert one.status == "unjustified" and one.is_over and to_do(one) == []
    contested = reopen_complaint(one, actor=matrix.area_manager_us, reason="The customer contests it")
    assert (contested.status, contested.severity, contested.rejection) == ("reopened", 3, "")


@pytest.mark.acceptance("AT-73")
def test_only_quality_and_the_sales_manager_recognise_a_defect(
    matrix: Matrix, complaint: Complaint, nothing_changed: Callable[..., Any]
) -> None:
    for person in (matrix.account_manager, matrix.area_manager_us, matrix.back_office_it, matrix.technical_it, matrix.management):
        answer = api_client(person).post(
            f"/api/v1/complaints/{complaint.pk}/recognise-defect/", {"reason": "Seen"}, format="json"
        )
        assert answer.status_code == 403, person
    with nothing_changed(), pytest.raises(Denied) as refused:
        recognise_defect(complaint, actor=matrix.quality_it)
    assert refused.value.field == "reason"
    answer = api_client(matrix.quality_it).post(
        f"/api/v1/complaints/{complaint.pk}/recognise-defect/", {"reason": "Seen on three pieces"}, format="json"
    )
    assert answer.status_code == 200 and answer.json()["recognised_by"] == matrix.quality_it.pk
    with nothing_changed(), pytest.raises(Denied) as refused:
        recognise_defect(complaint, actor=matrix.sales_manager, reason="Again")
    assert refused.value.code == "recognised_already"


@pytest.mark.acceptance("AT-74")
def test_a_late_notice_is_shown_and_never_applied(matrix: Matrix) -> None:
    law = {"key": "orders.governing_law", "value": "IT", "scope": f"customer:{matrix.acme_us.pk}", "valid_from": date(2000, 1, 1)}
    set_parameter(ParameterValue, actor=None, **law)
    client = api_client(matrix.area_manager_us)
    body = {
        "plant": matrix.acme_us_plant.pk, "text": "Belts tear", "discovered_on": "2026-04-01", "notified_on": "2026-04-12",
        "claimed": "3", "remedy": "credit", "delivery_note": "DN-1",
    }  # fmt: skip
    made = client.post("/api/v1/complaints/", body, format="json").json()
    told = client.get(f"/api/v1/complaints/{made['id']}/notice/").json()
    assert told == {"law": "IT", "term": 8, "by_contract": False, "late_by": 3, "words": "late by 3 days (term 8)"}
    assert made["status"] == "registered", "nothing was rejected"
    term = {"key": "complaints.notice_contract_days", "value": 30, "scope": f"customer:{matrix.acme_us.pk}"}
    set_parameter(ParameterValue, actor=None, valid_from=date(2000, 1, 1), **term)
    told = client.get(f"/api/v1/complaints/{made['id']}/notice/").json()
    assert (told["late_by"], told["by_contract"], told["words"]) == (0, True, "in time (term 30)")
    page = client_for(matrix.area_manager_us).get(f"/complaints/{made['id']}/")
    assert "in time (term 30)" in words(page)


def test_a_law_without_days_is_to_be_checked(matrix: Matrix) -> None:
    one = complained(matrix.acme_us_plant, matrix.usa, discovered_on=date(2026, 4, 1), notified_on=date(2026, 4, 30))
    assert (notice_of(one).term, notice_of(one).late_by, str(notice_of(one).words)) == (None, None, "to be checked")


@time_machine.travel(NOW, tick=False)
def test_the_strictest_of_the_customer_comes_before_ours(matrix: Matrix) -> None:
    wanted(matrix.acme_us, "d3", 48, "hours", "Supplier manual")
    wanted(matrix.acme_us, "d3", 1, "calendar_days", "Quality agreement")
    wanted(matrix.beta, "d3", 1, "hours", "Of somebody else")
    one = complained(matrix.acme_us_plant, matrix.usa, matrix.italy)
    due = {step.step: step for step in steps_of(one)}
    assert (due["d3"].amount, due["d3"].unit, due["d3"].imposed) == (1, "calendar_days", True)
    assert due["receipt"].due_at == NOW + timedelta(hours=24) and not due["d3"].met_at
    send_receipt(one, actor=None, way="phone")
    assert next(step for step in steps_of(one) if step.step == "receipt").met_at == NOW


@time_machine.travel(NOW, tick=False)
def test_ours_follow_the_severity(matrix: Matrix, complaint: Complaint, nothing_changed: Callable[..., Any]) -> None:
    grave = complained(matrix.acme_us_plant, matrix.usa, matrix.italy, line_stop=True)
    assert [(one.step, one.amount, one.unit) for one in steps_of(grave)] == [("receipt", 4, "hours"), ("d3", 24, "hours")]
    send_receipt(grave, actor=None, way="phone")
    with nothing_changed(), pytest.raises(Denied) as refused:
        assess_complaint(grave, actor=matrix.quality_it, severity=2, depth="statement")
    assert refused.value.code == "grave_is_first"
    assessed(complaint, severity=3)
    assert [(one.amount, one.unit) for one in steps_of(complaint) if one.step == "d3"] == [(5, "working_days")]
    set_parameter(ParameterValue, actor=None, key="complaints.due_d3", value=["soon"])
    with nothing_changed(), pytest.raises(Denied) as refused:
        complained(matrix.acme_us_plant, matrix.usa, matrix.italy)
    assert refused.value.code == "deadline_unreadable"


def test_waiting_for_parts_stops_no_first_answer(
    matrix: Matrix, complaint: Complaint, nothing_changed: Callable[..., Any]
) -> None:
    assessed(complaint)
    complaint = ask_parts(complaint, actor=matrix.area_manager_us)
    assert complaint.awaits_parts and not any(one.paused for one in steps_of(complaint))
    with nothing_changed(), pytest.raises(Denied) as refused:
        ask_parts(complaint, actor=matrix.area_manager_us)
    assert refused.value.code == "parts_asked_already"
    assert not note_parts(complaint, actor=matrix.area_manager_us).awaits_parts
    with nothing_changed(), pytest.raises(Denied) as refused:
        note_parts(complaint, actor=matrix.area_manager_us)
    assert refused.value.code == "no_parts_asked"


def test_the_database_keeps_the_end_true(matrix: Matrix, complaint: Complaint) -> None:
    answered(complaint, leader=matrix.quality_it)
    for values in (
        {"status": "closed", "closed_at": NOW, "closed_by": matrix.quality_it}, {"depth": ""}, {"answered_to": ""},
        {"status": "effective"}, {"status": "unjustified"}, {"recognised_at": NOW}, {"parts_arrived_at": NOW}, {"reopenings": 1},
    ):  # fmt: skip
        with pytest.raises(IntegrityError), transaction.atomic():
            Complaint.objects.filter(pk=complaint.pk).update(**values)


def test_it_is_done_on_the_screen(matrix: Matrix, complaint: Complaint) -> None:
    send_receipt(complaint, actor=None, way="phone")
    client = client_for(matrix.quality_it)
    assert "Assess complaint" in words(client.get(f"/complaints/{complaint.pk}/"))
    leader = UserFactory()
    answer = client.post(f"/complaints/{complaint.pk}/assess/", {"severity": 3, "depth": "statement", "leader": leader.pk})
    assert answer.status_code == 302
    page = words(client.get(f"/complaints/{complaint.pk}/"))
    assert "Final answer sent" in page and "5 working days" in page
    assert "Reject as not justified" not in page
