"""Work items: who sees and does them, substitutes, exclusion, what closes them, and the ladder when they are late."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.conf import settings
from django.test import override_settings

from accounts.models import Department
from kam.configuration import ROOT
from kam.core import tasks
from kam.core.calendars import WorkingCalendar
from kam.core.clock import now, pause_clock, start_clock
from kam.core.notifications import Notification
from kam.core.ports import port
from kam.core.work import (
    WORK_KINDS,
    WorkItem,
    assign_work,
    cancel_work,
    claim_work,
    close_work,
    complete_work,
    define_work,
    escalate_item,
    inbox_of,
    reassign_work,
    withdraw_work,
)
from kam.core.workflow import Denied
from tests.factories.accounts import DelegationFactory, DepartmentFactory, LocationFactory, UserFactory, WorkingCalendarFactory

pytestmark = pytest.mark.django_db
ROME = ZoneInfo("Europe/Rome")
STUB: dict[int, list[str]] = {}


def stub_escalation(item: Any, level: int) -> list[str]:
    """The escalation port of these tests."""
    return STUB[level]


@pytest.fixture(autouse=True)
def kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kam.core.work_items.WORK_KINDS", WORK_KINDS)
    for name in ("test_opinion", "test_approval", "test_plain"):
        monkeypatch.delitem(WORK_KINDS, name, raising=False)
    define_work(
        "test_opinion", "Give an opinion on %(record)s, step %(step)s", answers={"yes": "Yes", "no": "No"}, needs_comment=["no"]
    )
    define_work("test_approval", "Approve %(record)s", answers={"approved": "Approved", "returned": "Returned"}, on_record=True)
    define_work("test_plain", "Do %(record)s")


@pytest.fixture
def ladder() -> Iterator[dict[int, list[str]]]:
    """A ladder of the test's own behind the port."""
    STUB.clear()
    port.cache_clear()
    with override_settings(PORTS={**settings.PORTS, "escalation_audience": f"{__name__}.stub_escalation"}):
        yield STUB
    port.cache_clear()


@pytest.fixture
def record() -> WorkingCalendar:
    return WorkingCalendarFactory(country="IT")


@pytest.fixture
def asker() -> Any:
    return UserFactory(role="account_manager", first_name="Elena")


@pytest.fixture
def quality() -> Department:
    return DepartmentFactory(function="quality", location=LocationFactory(country="IT"))


def member(department: Department, **values: Any) -> Any:
    return UserFactory(role=department.function, role__location=department.location, **values)


def code_of(refused: Any) -> str:
    return str(refused.value.code)


def test_it_is_assigned_once_and_told_once(record: Any, asker: Any, quality: Department) -> None:
    first, second = member(quality), member(quality)
    items = [
        assign_work(record, "test_opinion", to=quality.audience, actor=asker, occasion="r1", payload={"step": 2})
        for _ in range(2)
    ]
    assert items[0] == items[1] == WorkItem.objects.get()
    assert items[0].words == "Give an opinion on Calendar IT, step 2"
    told = Notification.objects.filter(kind="work_assigned").values_list("reader", flat=True)
    assert sorted(told) == sorted([first.pk, second.pk])
    again = assign_work(record, "test_opinion", to=quality.audience, actor=asker, occasion="r2", payload={"step": 3})
    assert again != items[0]


def test_it_is_seen_by_who_does_it_who_asked_and_nobody_else(record: Any, asker: Any, quality: Department) -> None:
    doer, stranger = member(quality), UserFactory(role="sales_manager")
    elsewhere = UserFactory(role="quality", role__location=LocationFactory(country="DE"))
    item = assign_work(record, "test_plain", to=quality.audience, actor=asker)
    seen = [WorkItem.objects.visible_to(user).contains(item) for user in (doer, asker, stranger, elsewhere)]
    assert seen == [True, True, False, False]
    assert list(inbox_of(doer)) == [item]
    assert list(inbox_of(asker)) == []
    doer.is_active = False
    assert not WorkItem.objects.visible_to(doer).exists()


def test_completing_needs_a_known_answer_and_a_no_its_comment(
    record: Any, asker: Any, quality: Department, nothing_changed: Any
) -> None:
    doer = member(quality)
    item = assign_work(record, "test_opinion", to=quality.audience, actor=asker, payload={"step": 1})
    for answer, comment, expected in (("maybe", "", "unknown_answer"), ("no", "  ", "comment_needed")):
        with nothing_changed(), pytest.raises(Denied) as refused:
            complete_work(item, actor=doer, answer=answer, comment=comment)
        assert code_of(refused) == expected
    done = complete_work(item, actor=doer, answer="no", comment="Tolerance too tight")
    assert (done.state, done.answer, done.comment, done.done_by, done.on_behalf_of) == (
        "done",
        "no",
        "Tolerance too tight",
        doer,
        None,
    )
    assert list(inbox_of(doer)) == []
    assert Notification.objects.get(kind="work_done").reader == asker
    with nothing_changed(), pytest.raises(Denied) as refused:
        complete_work(item, actor=doer, answer="yes")
    assert code_of(refused) == "work_closed"


def test_what_is_done_on_the_record_is_not_done_from_the_inbox(record: Any, asker: Any) -> None:
    boss = UserFactory(role="sales_manager")
    item = assign_work(record, "test_approval", to=boss, actor=asker)
    with pytest.raises(Denied) as refused:
        complete_work(item, actor=boss, answer="approved")
    assert code_of(refused) == "do_on_record"
    assert [one.pk for one in close_work(record, "test_approval", actor=boss, answer="approved")] == [item.pk]
    item.refresh_from_db()
    assert (item.state, item.answer_label) == ("done", "Approved")


def test_a_foreign_item_is_refused(record: Any, asker: Any, quality: Department, nothing_changed: Any) -> None:
    item = assign_work(record, "test_plain", to=quality.audience, actor=asker)
    stranger = UserFactory(role="sales_manager")
    for step in (claim_work, complete_work, cancel_work):
        with nothing_changed(), pytest.raises(Denied) as refused:
            step(item, actor=stranger)
        assert refused.value.status in {403, 404}


def test_a_substitute_does_it_for_the_person_away(record: Any, asker: Any) -> None:
    away, substitute = UserFactory(role="account_manager"), UserFactory(role="account_manager")
    delegation = DelegationFactory(principal=away, substitute=substitute, period=("2026-11-01", "2099-12-31"))
    item = assign_work(record, "test_plain", to=away, actor=asker)
    assert list(inbox_of(substitute)) == [item]
    told = set(Notification.objects.filter(kind="work_assigned").values_list("reader", flat=True))
    assert told == {away.pk, substitute.pk}
    done = complete_work(item, actor=substitute)
    assert (done.done_by, done.on_behalf_of) == (substitute, delegation.principal)


def test_author_and_approver_are_two_persons_and_substitutes_inherit_it(
    record: Any, asker: Any, quality: Department, nothing_changed: Any
) -> None:
    author, colleague, other = member(quality), member(quality), member(quality)
    DelegationFactory(principal=author, substitute=colleague, period=("2026-11-01", "2099-12-31"))
    item = assign_work(record, "test_plain", to=quality.audience, actor=asker, excluded=[author])
    assert [list(inbox_of(user)) for user in (author, colleague, other)] == [[], [], [item]]
    for barred in (author, colleague):
        with nothing_changed(), pytest.raises(Denied) as refused:
            complete_work(item, actor=barred)
        assert code_of(refused) == "not_permitted"
        with nothing_changed(), pytest.raises(Denied) as refused:
            reassign_work(item, actor=asker, to=barred)
        assert code_of(refused) == "excluded"
    assert complete_work(item, actor=other).state == "done"


def test_when_all_are_away_or_excluded_it_goes_up_one_level_and_says_so(
    record: Any, asker: Any, quality: Department, ladder: dict[int, list[str]]
) -> None:
    author, ill, head = member(quality), member(quality), UserFactory(role="management")
    helper = UserFactory(is_active=False)
    DelegationFactory(principal=ill, substitute=helper, period=("2026-11-01", "2099-12-31"))
    ladder.update({2: [quality.audience, f"user:{head.pk}"], 3: ["role:sales_manager"], 4: ["role:management"]})
    item = assign_work(record, "test_plain", to=quality.audience, actor=asker, excluded=[author])
    assert item.raised_to == [f"user:{head.pk}"]
    assert list(inbox_of(head)) == [item]
    said = Notification.objects.filter(kind="work_raised").values_list("reader", flat=True)
    assert set(said) == {head.pk}
    tasks.escalate_work()
    assert Notification.objects.filter(kind="work_raised").count() == 1


def test_who_falls_ill_later_is_found_by_the_sweep(record: Any, asker: Any, ladder: dict[int, list[str]]) -> None:
    doer, above = UserFactory(role="account_manager"), UserFactory(role="sales_manager")
    ladder.update({level: ["role:sales_manager"] for level in (1, 2, 3, 4)})
    item = assign_work(record, "test_plain", to=doer, actor=asker)
    assert tasks.escalate_work() == 0
    doer.is_active = False
    doer.save()
    tasks.escalate_work()
    item.refresh_from_db()
    assert item.raised_to == ["role:sales_manager"]
    assert list(inbox_of(above)) == [item]


def test_claiming_shows_the_others_and_refuses_a_second(
    record: Any, asker: Any, quality: Department, nothing_changed: Any
) -> None:
    first, second = member(quality, first_name="Anna"), member(quality)
    item = claim_work(assign_work(record, "test_plain", to=quality.audience, actor=asker), actor=first)
    assert item.assignee == first
    assert list(inbox_of(second)) == [item]
    with nothing_changed(), pytest.raises(Denied) as refused:
        claim_work(item, actor=second)
    assert code_of(refused) == "work_claimed"
    assert "Anna" in str(refused.value)


def test_passing_on_moves_it_and_the_first_still_reads_it(record: Any, asker: Any, quality: Department) -> None:
    first, last = UserFactory(role="technical"), member(quality)
    item = assign_work(record, "test_plain", to=first, actor=asker)
    passed = reassign_work(item, actor=first, to=quality.audience)
    assert (passed.audience, passed.assignee, passed.informed) == (quality.audience, None, [f"user:{first.pk}"])
    assert [list(inbox_of(user)) for user in (first, last)] == [[], [item]]
    assert WorkItem.objects.visible_to(first).contains(item)
    assert Notification.objects.filter(kind="work_assigned", reader=last).count() == 1


def test_who_asked_calls_it_off_and_a_record_withdraws_its_own(record: Any, asker: Any, quality: Department) -> None:
    doer = member(quality)
    one = assign_work(record, "test_plain", to=quality.audience, actor=asker)
    assert cancel_work(one, actor=asker, reason="No longer needed").comment == "No longer needed"
    assert Notification.objects.get(kind="work_cancelled").reader == doer
    two = assign_work(record, "test_plain", to=quality.audience, actor=asker, occasion="again")
    assert [item.pk for item in withdraw_work(record, actor=asker, kind="test_plain")] == [two.pk]
    assert not WorkItem.objects.open().exists()


def test_prices_never_enter_the_details(record: Any, asker: Any) -> None:
    with pytest.raises(ValueError, match="prices"):
        assign_work(record, "test_plain", to=asker, actor=None, payload={"new_price": "12.50"})
    with pytest.raises(ValueError, match="not defined"):
        assign_work(record, "unknown", to=asker, actor=None)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 4, day, hour, minute, tzinfo=ROME)


def test_the_ladder_rises_with_the_time_used_and_tells_each_level_once(record: Any, ladder: dict[int, list[str]]) -> None:
    owner, manager, leader, management = (
        UserFactory(role=role) for role in ("technical", "sales_manager", "account_manager", "management")
    )
    steps = [f"user:{person.pk}" for person in (owner, manager, leader, management)]
    ladder.update({level: steps[:level] for level in (1, 2, 3, 4)})
    with time_machine.travel(at(7, 8), tick=False):
        deadline = start_clock(
            record, "opinion", amount=2, unit="working_days", calendar=record, start=at(7, 8)
        )  # 30 working hours
        item = assign_work(record, "test_plain", to=owner, actor=None, due=deadline)
    seen = []
    for moment in (
        at(9, 10, 29),
        at(9, 10, 30),
        at(9, 18),
        at(9, 18, 1),
        at(10, 15, 29),
        at(10, 15, 30),
        at(13, 12, 59),
        at(13, 13),
        at(20, 9),
    ):
        with time_machine.travel(moment, tick=False):
            tasks.escalate_work()
            tasks.escalate_work()
        item.refresh_from_db()
        seen.append(item.level)
    assert seen == [0, 1, 1, 2, 2, 3, 3, 4, 4]
    told = [
        sorted(Notification.objects.filter(kind="work_late", occasion=f"N{level}").values_list("reader", flat=True))
        for level in (1, 2, 3, 4)
    ]
    everyone = sorted([owner.pk, manager.pk, leader.pk, management.pk])
    assert told == [everyone[:1], everyone[:2], everyone[:3], everyone]
    assert WorkItem.objects.visible_to(management).contains(item)
    assert not inbox_of(management).exists()
    assert set(Notification.objects.filter(occasion="N4").values_list("urgent", flat=True)) == {True}


def test_two_working_days_overdue_are_n3_even_of_a_long_deadline(record: Any, ladder: dict[int, list[str]]) -> None:
    ladder.update({level: [] for level in (1, 2, 3, 4)})
    with time_machine.travel(at(7, 8), tick=False):
        item = assign_work(record, "test_plain", to=UserFactory(), actor=None, due=at(7, 18) + timedelta(days=66))
    due = item.due_at.astimezone(ROME)  # Friday 12 June, 18:00
    for moment, level in ((due + timedelta(minutes=1), 2), (due + timedelta(days=3), 2), (due + timedelta(days=4), 3)):
        with time_machine.travel(moment, tick=False):
            escalate_item(item.pk)
        item.refresh_from_db()
        assert item.level == level


def test_a_paused_clock_raises_nothing(record: Any, ladder: dict[int, list[str]]) -> None:
    with time_machine.travel(at(7, 8), tick=False):
        deadline = start_clock(record, "opinion", amount=2, unit="working_days", calendar=record, start=at(7, 8))
        item = assign_work(record, "test_plain", to=UserFactory(), actor=None, due=deadline)
        pause_clock(deadline, at=at(8, 9))
    with time_machine.travel(at(20, 9), tick=False):
        assert tasks.escalate_work() == 0
    item.refresh_from_db()
    assert item.level == 0


def test_a_line_stop_goes_straight_to_the_top(record: Any, ladder: dict[int, list[str]]) -> None:
    boss = UserFactory(role="management")
    ladder[4] = [f"user:{boss.pk}"]
    item = assign_work(record, "test_plain", to=UserFactory(), actor=None)
    assert escalate_item(item.pk, level=4, cause="Customer line stopped") == 4
    assert escalate_item(item.pk, level=4, cause="Customer line stopped") is None
    assert Notification.objects.get(kind="work_late").context == {"level": "N4", "cause": "Customer line stopped"}


def test_the_next_deadline_comes_first(record: Any) -> None:
    doer, start = UserFactory(), now()
    for name, due in (("later", start + timedelta(days=9)), ("none", None), ("soon", start + timedelta(days=1))):
        assign_work(record, "test_plain", to=doer, actor=None, occasion=name, due=due)
    assert [item.occasion for item in inbox_of(doer)] == ["soon", "later", "none"]


def test_no_two_floors_name_their_work_alike():
    """A kind that is defined twice says the words of whoever came last."""
    named = re.compile(r'define_work\(\s*"([a-z_]+)"')
    files = [
        file for app in ("accounts", "catalog", "orders", "budgets", "complaints", "kam") for file in (ROOT / app).rglob("*.py")
    ]
    kinds = [kind for file in files for kind in named.findall(file.read_text("utf-8"))]
    assert len(kinds) > 30 and sorted(kinds) == sorted(set(kinds))
