"""Who is on call: planned by a department's location, one person a place and day, with a number to call."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from complaints.actions import edit_on_call, plan_on_call, remove_on_call
from complaints.models import OnCall
from kam.core.workflow import Denied
from tests.factories.accounts import DepartmentFactory, UserFactory
from tests.factories.complaints import on_call
from tests.matrix import Matrix
from tests.pages import client_for
from tests.world import api_client


def test_a_turn_is_planned_changed_and_taken_away(matrix: Matrix) -> None:
    quality = DepartmentFactory(location=matrix.italy, function="quality")
    client = api_client(matrix.quality_it)
    body = {"department": quality.pk, "person": matrix.quality_it.pk, "place": 1, "phone": "+39 011 9", "first_day": "2026-01-01"}
    made = client.post("/api/v1/on-calls/", body, format="json")
    assert made.status_code == 201, made.content
    assert made.json()["number"] == "+39 011 9" and made.json()["last_day"] is None
    turn = OnCall.objects.get()
    edit_on_call(turn, actor=matrix.quality_it, first_day=date(2026, 1, 1), last_day=date(2026, 1, 7), place=2)
    turn.refresh_from_db()
    assert (turn.last_day, turn.place) == (date(2026, 1, 7), 2)
    assert "+39 011 9" in client_for(matrix.nobody).get("/on-call/").content.decode()
    remove_on_call(turn, actor=matrix.quality_it)
    assert not OnCall.objects.exists()


def test_what_cannot_be_planned_is_refused(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    quality = DepartmentFactory(location=matrix.italy, function="quality")
    on_call(quality)
    known = {"department": quality, "person": UserFactory(phone="+39 1"), "place": 1, "first_day": date(2026, 1, 1)}
    for change, code, field in (
        ({}, "place_taken", "place"),
        ({"place": 2, "person": UserFactory()}, "no_phone", "phone"),
        ({"place": 0}, "invalid", "place"),
        ({"first_day": None}, "required", "first_day"),
        ({"last_day": date(2025, 1, 1)}, "turned_round", "last_day"),
        ({"version_of": 1}, "not_editable", "version_of"),
    ):
        with nothing_changed(), pytest.raises(Denied) as refused:
            plan_on_call(OnCall, actor=matrix.quality_it, **known | change)
        assert (refused.value.code, refused.value.field) == (code, field)
    american = DepartmentFactory(location=matrix.usa, function="quality")
    with nothing_changed(), pytest.raises(Denied) as refused:
        plan_on_call(OnCall, actor=matrix.quality_it, **known | {"department": american})
    assert refused.value.status == 403
