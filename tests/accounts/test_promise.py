"""Promises: both sides', kept or broken with a reason, moved only with one, seen with their plant, passed on and merged."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.actions.hand_over import hand_over
from accounts.actions.promise import break_promise, create_promise, edit_promise, keep_promise, withdraw_promise
from accounts.models import HandOver, Promise, User
from kam.core import clock
from kam.core.notifications import Notification
from kam.core.workflow import Denied
from tests.accounts.test_activity import api, as_
from tests.matrix import Matrix

pytestmark = pytest.mark.django_db
LOGS = ("kam_api_quota", "django_session")


def promised(matrix: Matrix, actor: User | None = None, **values: Any) -> Promise:
    """Samples for ACME's American plant within a week."""
    values = {
        "customer": matrix.acme_us,
        "plant": matrix.acme_us_plant,
        "what": "Ten samples",
        "due_on": clock.today() + timedelta(days=7),
        **values,
    }
    made: Promise = create_promise(Promise, actor=actor or matrix.account_manager, **values)
    return made


def test_made_kept_broken_withdrawn(matrix: Matrix) -> None:
    today = clock.today()
    mine = promised(matrix)
    theirs = promised(matrix, side="theirs", owner=matrix.area_manager_us, contact=matrix.acme_us_contact)
    assert (mine.owner, mine.made_on, mine.side, mine.status) == (matrix.account_manager, today, "ours", "open")
    assert Notification.objects.get(kind="promise_entrusted").reader == matrix.area_manager_us
    keep_promise(mine, actor=matrix.account_manager, outcome="Sent")
    break_promise(theirs, actor=matrix.area_manager_us, outcome="No budget")
    gone = promised(matrix)
    withdraw_promise(gone, actor=matrix.account_manager, reason="Ms Hopper agreed")
    found = {one.pk: (one.status, one.outcome, one.settled_on) for one in Promise.objects.all()}
    assert found == {
        mine.pk: ("kept", "Sent", today),
        theirs.pk: ("broken", "No budget", today),
        gone.pk: ("withdrawn", "Ms Hopper agreed", today),
    }


def test_what_cannot_be_is_refused_and_changes_nothing(matrix: Matrix, nothing_changed: Any) -> None:
    today = clock.today()
    creations: list[tuple[str, str, dict[str, Any]]] = [
        ("foreign_plant", "plant", {"plant": matrix.acme_it_plant}),
        ("foreign_contact", "contact", {"contact": matrix.beta_contact}),
        ("due_before_made", "due_on", {"due_on": today - timedelta(days=1)}),
        ("not_your_customer", "plant", {"customer": matrix.beta, "plant": matrix.beta_plant}),
        ("not_your_customer", "customer", {"customer": matrix.beta, "plant": None}),
        ("invalid", "what", {"what": ""}),
        ("invalid", "side", {"side": "nobody's"}),
    ]
    for code, field, values in creations:
        with nothing_changed(), pytest.raises(Denied) as refused:
            promised(matrix, **values)
        assert (refused.value.code, refused.value.field) == (code, field)
    made = promised(matrix)
    later = made.due_on + timedelta(days=5)
    leader = matrix.account_manager
    cases: list[tuple[str, Any]] = [
        ("reason_needed", lambda: edit_promise(made, actor=leader, due_on=later)),
        ("reason_needed", lambda: break_promise(made, actor=leader)),
        ("reason_needed", lambda: withdraw_promise(made, actor=leader, reason=" ")),
        ("day_impossible", lambda: keep_promise(made, actor=leader, settled_on=today + timedelta(days=1))),
        ("day_impossible", lambda: keep_promise(made, actor=leader, settled_on=today - timedelta(days=1))),
        ("not_permitted", lambda: keep_promise(made, actor=matrix.account_manager2)),
        ("not_permitted", lambda: keep_promise(made, actor=matrix.area_manager_de)),
        ("not_permitted", lambda: keep_promise(made, actor=matrix.auditor)),
    ]
    for code, attempt in cases:
        with nothing_changed(), pytest.raises(Denied) as refused:
            attempt()
        assert refused.value.code == code
    edit_promise(made, actor=leader, due_on=later, reason="They asked")
    keep_promise(made, actor=leader)
    for attempt in (lambda: keep_promise(made, actor=leader), lambda: edit_promise(made, actor=leader, what="Else")):
        with nothing_changed(), pytest.raises(Denied) as refused:
            attempt()
        assert refused.value.code in {"wrong_status", "settled"}


@pytest.mark.acceptance("AT-85")
def test_who_sees_it(matrix: Matrix, nothing_changed: Any) -> None:
    made = promised(matrix)
    seen = {person for person in matrix.users if Promise.objects.visible_to(getattr(matrix, person)).filter(pk=made.pk).exists()}
    assert {"account_manager", "area_manager_us", "sales_manager", "management", "auditor", "quality_it"} <= seen
    # The area manager of a sibling plant sees the card, which names no promise but their own.
    assert not {"account_manager2", "nobody", "area_manager_de"} & seen
    entrusted = promised(matrix, owner=matrix.area_manager_de)
    assert list(Promise.objects.visible_to(matrix.area_manager_de)) == [entrusted]
    stranger, program = as_(matrix.account_manager2), api(matrix.account_manager2)
    with nothing_changed(apart_from=LOGS):
        for address in ("", "edit/", "keep/", "break/", "withdraw/"):
            assert stranger.get(f"/promises/{made.pk}/{address}").status_code == 404, address
            assert stranger.post(f"/promises/{made.pk}/{address}", {"reason": "x"}).status_code in {404, 405}, address
        assert program.get(f"/api/v1/promises/{made.pk}/").status_code == 404
        assert program.get("/api/v1/promises/").json()["count"] == 0
        assert program.post(f"/api/v1/promises/{made.pk}/keep/", {}, format="json").status_code == 404


def test_a_hand_over_moves_what_is_open(matrix: Matrix) -> None:
    kept, is_open = promised(matrix), promised(matrix)
    keep_promise(kept, actor=matrix.account_manager)
    hand_over(
        HandOver, actor=matrix.sales_manager, source=matrix.account_manager, target=matrix.account_manager2, day=clock.today()
    )
    assert {one.pk: one.owner for one in Promise.objects.all()} == {
        kept.pk: matrix.account_manager,
        is_open.pk: matrix.account_manager2,
    }


def test_by_rest(matrix: Matrix, nothing_changed: Any) -> None:
    leader = api(matrix.account_manager)
    body = {"customer": matrix.acme_us.pk, "what": "Samples", "due_on": str(clock.today() + timedelta(days=3))}
    made = leader.post("/api/v1/promises/", body, format="json")
    assert made.status_code == 201, made.json()
    one = f"/api/v1/promises/{made.json()['id']}/"
    tag = leader.get(one)["ETag"]
    with nothing_changed(apart_from=LOGS):
        for field in ("status", "settled_on", "outcome", "nonsense"):
            assert leader.patch(one, {field: "kept"}, format="json").status_code == 400, field
        late = leader.patch(one, {"due_on": str(clock.today() + timedelta(days=30))}, format="json")
        assert (late.status_code, late.json()["code"]) == (400, "reason_needed")
        assert leader.post(f"{one}break/", {}, format="json").json()["code"] == "reason_needed"
        assert leader.post("/api/v1/promises/", {**body, "customer": matrix.beta.pk}, format="json").status_code == 400
        assert APIClient().get(one).status_code == 401
    assert leader.patch(one, {"what": "Twelve"}, format="json", headers={"If-Match": tag}).json()["what"] == "Twelve"
    assert leader.patch(one, {"what": "Late"}, format="json", headers={"If-Match": tag}).status_code == 412
    assert leader.post(f"{one}keep/", {"outcome": "Sent"}, format="json").json()["status"] == "kept"
    assert leader.get("/api/v1/promises/?status=open").json()["count"] == 0


def test_pages(matrix: Matrix) -> None:
    browser = as_(matrix.account_manager)
    data = {
        "side": "theirs",
        "customer": matrix.acme_us.pk,
        "what": "Drawing",
        "due_on": "2026-12-24",
        "made_on": "2026-01-02",
        "owner": matrix.account_manager.pk,
    }
    assert browser.post("/promises/new/", data).status_code == 302
    made = Promise.objects.get()
    page = browser.get(made.get_absolute_url()).content.decode()
    assert "Drawing" in page and "Theirs" in page and "Kept" in page and "Broken" in page
    for address in (
        "/promises/",
        "/promises/?late=true",
        "/promises/new/",
        f"{made.get_absolute_url()}edit/",
        f"{made.get_absolute_url()}keep/",
        "/first-screen/promises/",
        f"/customers/{matrix.acme_us.pk}/promises/",
        f"/plants/{matrix.acme_us_plant.pk}/promises/",
    ):
        assert browser.get(address).status_code == 200, address
    assert browser.post(f"{made.get_absolute_url()}break/", {"outcome": ""}).status_code in {400, 409, 422}
    assert browser.post(f"{made.get_absolute_url()}keep/", {"outcome": "Came", "settled_on": "2026-03-01"}).status_code == 302
    made.refresh_from_db()
    assert (made.status, made.outcome, str(made.settled_on)) == ("kept", "Came", "2026-03-01")


def test_the_queries_of_lists_do_not_grow(matrix: Matrix) -> None:
    browser, program = as_(matrix.account_manager), api(matrix.account_manager)
    addresses = [
        (browser, "/promises/"),
        (browser, f"/customers/{matrix.acme_us.pk}/promises/"),
        (browser, "/first-screen/promises/"),
        (program, "/api/v1/promises/"),
    ]

    def counts() -> list[int]:
        found = []
        for client, address in addresses:
            client.get(address)
            with CaptureQueriesContext(connection) as queries:
                assert client.get(address).status_code == 200
            found.append(len(queries))
        return found

    promised(matrix)
    few = counts()
    for number in range(15):
        promised(matrix, what=f"Promise {number}", contact=matrix.acme_us_contact)
    assert counts() == few
    assert max(few) <= 20
