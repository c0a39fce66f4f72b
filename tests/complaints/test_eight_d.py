"""The disciplines of an 8D: blank is not zero, causes of occurrence and non-detection, actions with proof, verified by another; clocks by the customer."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction

from complaints.actions import (
    add_action,
    add_cause,
    close_complaint,
    define_actions,
    edit_cause,
    finish_action,
    finish_containment,
    implement_actions,
    note_parts,
    note_reply,
    remove_cause,
    send_answer,
    verify_action,
    write_containment,
    write_prevention,
)
from complaints.actions.assessing import ask_parts
from complaints.models import Cause, Complaint, ComplaintAction
from complaints.reports import steps_of
from complaints.reports.diagrams import diagrams_of
from kam.core.work_items import WorkItem
from kam.core.workflow import Denied
from tests.factories.complaints import analysed, assessed, caused, complained, contained, planned, prevented, wanted
from tests.matrix import Matrix
from tests.pages import client_for, words
from tests.world import api_client

FRIDAY = datetime(2026, 4, 3, 14, 30, tzinfo=UTC)
NOTHING = [{"place": place, "quantity": Decimal(0)} for place in ("customer", "transit", "stock", "wip")]


@pytest.fixture
def complaint(matrix: Matrix) -> Complaint:
    """What ACME in America complains about, made in Italy."""
    return complained(matrix.acme_us_plant, matrix.usa, matrix.italy)


def test_blank_is_not_zero(matrix: Matrix, complaint: Complaint, nothing_changed: Callable[..., Any]) -> None:
    assessed(complaint, severity=2, depth="8d")
    with nothing_changed(), pytest.raises(Denied) as refused:
        write_containment(complaint, actor=matrix.quality_it, places=NOTHING[:3])
    assert (refused.value.code, refused.value.field) == ("place_blank", "wip_quantity")
    found = [*NOTHING[:3], {"place": "wip", "quantity": Decimal(7)}]
    with nothing_changed(), pytest.raises(Denied) as refused:
        write_containment(complaint, actor=matrix.quality_it, places=found)
    assert (refused.value.code, refused.value.field) == ("action_missing", "wip_action")
    found[3]["action"] = "Blocked"
    one = write_containment(complaint, actor=matrix.quality_it, places=found)
    assert (one.status, one.containment.count()) == ("containment", 4)
    with nothing_changed(), pytest.raises(Denied) as refused:
        finish_containment(one, actor=matrix.quality_it, sent_to="buyer@acme.example")
    assert refused.value.code == "not_effective"
    found[3] |= {"effective_from": FRIDAY.date(), "result": "Seven sorted out"}
    write_containment(one, actor=matrix.quality_it, places=found)
    done = finish_containment(one, actor=matrix.quality_it, sent_to="buyer@acme.example")
    assert (done.status, done.contained_to) == ("analysis", "buyer@acme.example")
    assert next(step for step in steps_of(done) if step.step == "d3").met_at is not None


@pytest.mark.acceptance("AT-75")
def test_an_occurrence_cause_alone_is_not_enough(
    matrix: Matrix, complaint: Complaint, nothing_changed: Callable[..., Any]
) -> None:
    finish_containment(contained(complaint), actor=None, sent_to="buyer@acme.example")
    client = api_client(matrix.quality_it)
    body = {
        "complaint": complaint.pk, "kind": "occurrence", "category": "machine", "text": "The oven was cold", "root": True,
        "verification": "Repeated on three belts",
    }  # fmt: skip
    first = client.post("/api/v1/complaint-causes/", body, format="json").json()
    planned(complaint, Cause.objects.get(pk=first["id"]))
    with nothing_changed():
        answer = client.post(f"/api/v1/complaints/{complaint.pk}/define-actions/", {}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (409, "non_detection_missing")
    second = client.post("/api/v1/complaint-causes/", body | {"kind": "non_detection", "text": "No alarm"}, format="json").json()
    with nothing_changed():
        answer = client.post(f"/api/v1/complaints/{complaint.pk}/define-actions/", {}, format="json")
    assert answer.json()["code"] == "action_missing"
    planned(complaint, Cause.objects.get(pk=second["id"]))
    answer = client.post(f"/api/v1/complaints/{complaint.pk}/define-actions/", {}, format="json")
    assert (answer.status_code, answer.json()["status"]) == (200, "action_defined")
    assert answer.json()["analysed_by"] == matrix.quality_it.pk


def test_actions_are_proved_and_verified_by_another(
    matrix: Matrix, complaint: Complaint, nothing_changed: Callable[..., Any]
) -> None:
    complaint = analysed(complaint, leader=matrix.technical_it)
    action = add_action(
        ComplaintAction, actor=matrix.quality_it, complaint=complaint, text="New alarm", owner=matrix.production_it,
        due_on=FRIDAY.date(), cause=complaint.causes.order_by("pk")[0],
    )  # fmt: skip
    [item] = WorkItem.objects.on(action).open()
    assert (item.kind, item.assignee) == ("carry_out_complaint_action", matrix.production_it)
    with nothing_changed(), pytest.raises(Denied) as refused:
        verify_action(action, actor=matrix.quality_it)
    assert refused.value.code == "not_done"
    with nothing_changed(), pytest.raises(Denied) as refused:
        finish_action(action, actor=matrix.production_it, proof=" ")
    assert refused.value.field == "proof"
    finish_action(action, actor=matrix.production_it, proof="Protocol 12")
    with nothing_changed(), pytest.raises(Denied) as refused:
        verify_action(action, actor=matrix.production_it)
    assert (refused.value.code, refused.value.status) == ("own_work", 403)
    one = define_actions(complaint, actor=matrix.quality_it)
    with nothing_changed(), pytest.raises(Denied) as refused:
        implement_actions(one, actor=matrix.quality_it)
    assert refused.value.code == "action_open"
    assert verify_action(action, actor=matrix.technical_it).verified_by == matrix.technical_it
    assert not WorkItem.objects.on(action).open().exists()


def test_a_tree_of_whys_has_no_circle(matrix: Matrix, complaint: Complaint, nothing_changed: Callable[..., Any]) -> None:
    complaint = contained(complaint)
    above = caused(complaint, "occurrence", root=False)
    below = add_cause(
        Cause, actor=matrix.quality_it, complaint=complaint, kind="occurrence", category="machine", text="No alarm", parent=above
    )
    with nothing_changed(), pytest.raises(Denied) as refused:
        edit_cause(above, actor=matrix.quality_it, parent=below)
    assert (refused.value.code, refused.value.field) == ("no_parent", "parent")
    with nothing_changed(), pytest.raises(Denied) as refused:
        edit_cause(below, actor=matrix.quality_it, root=True)
    assert refused.value.code == "not_verified"
    with nothing_changed(), pytest.raises(Denied) as refused:
        remove_cause(above, actor=matrix.quality_it)
    assert refused.value.code == "cause_used"
    drawn = diagrams_of(complaint)
    assert [mark.x for mark in drawn["whys"].marks] == [260, 10] and len(drawn["fishbone"].heads) == 6
    page = client_for(matrix.quality_it).get(f"/complaints/{complaint.pk}/eight-d/")
    assert b'role="img"' in page.content and "No alarm" in words(page)
    remove_cause(below, actor=matrix.quality_it)
    assert complaint.causes.count() == 1


def test_each_depth_ends_with_its_own_discipline(
    matrix: Matrix, complaint: Complaint, nothing_changed: Callable[..., Any]
) -> None:
    contained(complaint, depth="8d")
    with nothing_changed(), pytest.raises(Denied):
        send_answer(complaint, actor=matrix.quality_it, answer="Done", sent_to="buyer@acme.example")
    three = contained(complained(matrix.acme_us_plant, matrix.usa, matrix.italy), depth="3d")
    finish_containment(three, actor=None, sent_to="buyer@acme.example")
    assert send_answer(three, actor=None, answer="Sorted", sent_to="buyer@acme.example").status == "answer_sent"
    five = define_actions(analysed(complained(matrix.acme_us_plant, matrix.usa, matrix.italy), depth="5d"), actor=None)
    assert send_answer(five, actor=None, answer="Planned", sent_to="buyer@acme.example").status == "answer_sent"
    note_reply(five, actor=None)
    with nothing_changed(), pytest.raises(Denied) as refused:
        close_complaint(five, actor=matrix.quality_it)
    assert refused.value.code == "open_work", "its actions are not carried out"


def test_from_containment_to_closure(matrix: Matrix, complaint: Complaint, nothing_changed: Callable[..., Any]) -> None:
    one = prevented(complaint, leader=matrix.technical_it)
    assert one.status == "prevention" and one.lessons == "Ovens have alarms"
    with nothing_changed(), pytest.raises(Denied) as refused:
        write_prevention(one, actor=matrix.quality_it, papers="FMEA", similar="", lessons="None")
    assert refused.value.field == "similar"
    send_answer(one, actor=None, answer="See the report", sent_to="buyer@acme.example")
    note_reply(one, actor=None)
    assert close_complaint(one, actor=matrix.quality_it).status == "closed"
    assert all(step.met_at for step in steps_of(one))


@pytest.mark.acceptance("AT-21")
@pytest.mark.parametrize(
    ("profile", "steps", "due"),
    [
        (
            "NextBuy",
            [("d3", 1, "calendar_days"), ("d4", 7, "calendar_days"), ("d5", 14, "calendar_days"), ("d6", 14, "calendar_days"),
             ("d7", 25, "calendar_days"), ("d8", 30, "calendar_days")],
            {"d3": "2026-04-04", "d4": "2026-04-10", "d5": "2026-04-17", "d6": "2026-04-17", "d7": "2026-04-28", "d8": "2026-05-03"},
        ),
        ("Schaeffler", [("d3", 48, "hours"), ("d5", 5, "working_days")], {"d3": "2026-04-05", "d5": "2026-04-13"}),
    ],
)  # fmt: skip
def test_profiles_differ_in_unit(
    matrix: Matrix, complaint: Complaint, profile: str, steps: list[Any], due: dict[str, str]
) -> None:
    client = api_client(matrix.sales_manager)
    for step, amount, unit in steps:
        body = {
            "customer": matrix.acme_us.pk,
            "profile": profile,
            "step": step,
            "amount": amount,
            "unit": unit,
            "first_day": "2026-01-01",
        }
        assert client.post("/api/v1/complaint-deadlines/", body, format="json").status_code == 201
    complaint = assessed(complained(matrix.acme_us_plant, matrix.usa, matrix.italy, received_at=FRIDAY), severity=2, depth="8d")
    told = {one["step"]: one for one in client.get(f"/api/v1/complaints/{complaint.pk}/steps/").json()}
    assert {step: told[step]["due_at"][:10] for step in due} == due
    if profile == "Schaeffler":
        assert datetime.fromisoformat(told["d3"]["due_at"]) == FRIDAY + timedelta(hours=48), "Sunday 16:30 in Italy"


@time_machine.travel(FRIDAY, tick=False)
def test_parts_stop_our_own_clocks_and_never_the_customer_s(matrix: Matrix, complaint: Complaint) -> None:
    wanted(matrix.acme_us, "d5", 14, "calendar_days")
    one = ask_parts(assessed(complaint, severity=2, depth="8d"), actor=matrix.area_manager_us)
    still = {step.step for step in steps_of(one) if step.paused}
    assert still == {"d4", "d6", "d7", "d8"}
    before = {step.step: step.due_nominal for step in steps_of(one)}
    with time_machine.travel(FRIDAY + timedelta(days=4), tick=False):
        note_parts(one, actor=matrix.area_manager_us)
    after = {step.step: step.due_nominal for step in steps_of(one)}
    assert after["d4"] - before["d4"] == timedelta(days=4) and after["d5"] == before["d5"]


def test_the_database_keeps_the_disciplines_true(matrix: Matrix, complaint: Complaint) -> None:
    analysed(complaint)
    action, cause = complaint.actions.order_by("pk")[0], complaint.causes.order_by("pk")[0]
    for rows, values in (
        (complaint.containment.filter(place="stock"), {"action": ""}), (complaint.containment.all(), {"quantity": -1}),
        (Cause.objects.filter(pk=cause.pk), {"verification": ""}), (Cause.objects.filter(pk=cause.pk), {"parent": cause}),
        (ComplaintAction.objects.filter(pk=action.pk), {"done_on": FRIDAY.date()}),
        (ComplaintAction.objects.filter(pk=action.pk), {"verified_by": action.owner, "verified_on": FRIDAY.date()}),
        (Complaint.objects.filter(pk=complaint.pk), {"contained_to": ""}),
        (Complaint.objects.filter(pk=complaint.pk), {"status": "prevention"}),
    ):  # fmt: skip
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**values)


def test_the_tables_are_written_on_the_screen(matrix: Matrix, complaint: Complaint) -> None:
    assessed(complaint, severity=2, depth="8d", leader=matrix.technical_it)
    client, address = client_for(matrix.quality_it), f"/complaints/{complaint.pk}/"
    filled = {f"{place}_quantity": "0" for place in ("customer", "transit", "wip")}
    refused = client.post(f"{address}containment/", filled)
    assert refused.status_code >= 400 and "write 0" in words(refused)
    assert client.post(f"{address}containment/", filled | {"stock_quantity": "5", "stock_action": "Blocked"}).status_code == 302
    assert client.post(f"{address}problem/", {"what_occurs": "Belts tear", "what_absent": "Belts of 20 mm"}).status_code == 302
    assert client.post(f"{address}team/", {"members": [matrix.production_it.pk]}).status_code == 302
    cause = {"kind": "occurrence", "category": "machine", "text": "The oven was cold"}
    assert client.post(f"{address}causes/new/", cause).status_code == 302
    action = {"discipline": "corrective", "text": "New alarm", "owner": matrix.production_it.pk, "due_on": "2026-12-01"}
    assert client.post(f"{address}actions/new/", action).status_code == 302
    page = words(client.get(f"{address}eight-d/"))
    for word in ("Blocked", "Belts of 20 mm", "The oven was cold", "New alarm"):
        assert word in page
    told = api_client(matrix.quality_it).get(f"/api/v1/complaints/{complaint.pk}/eight-d/").json()
    assert told["team"] == [{"person": matrix.production_it.pk, "part": "member"}] and len(told["containment"]) == 4
