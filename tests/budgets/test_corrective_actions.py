"""Corrective actions over their life: what is measured of them and when, who may say that they are done, and that no write is lost."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from budgets.actions import (
    Cause,
    accept_deviation,
    add_action,
    cancel_action,
    close_deviation,
    complete_action,
    edit_action,
    explain_deviation,
    finish_deviation,
    judging,
    plan_deviation,
    start_deviation,
    sweep,
)
from budgets.models import CorrectiveAction, Deviation, DeviationSweep
from budgets.reports.effect import effect_of
from kam.core.work import reassign_work
from kam.core.work_items import WorkItem
from kam.core.workflow import Denied
from tests.accounts.test_activity import api, as_
from tests.budgets.deviating import Year, year_of
from tests.budgets.test_deviations import bought, carried_out
from tests.matrix import Matrix

pytestmark = pytest.mark.django_db


@pytest.fixture
def year(matrix: Matrix) -> Year:
    found = year_of(matrix)
    found.sweep()
    return found


def planned(year: Year, **more: Any) -> CorrectiveAction:
    """An action against the case; whoever calls this acts in the year."""
    leader = year.matrix.account_manager
    values: dict[str, Any] = {
        "what": "Visit", "owner": leader, "due_on": date(2026, 7, 20), "first_month": date(2026, 8, 1),
        "expected": [Decimal(1_000)],
    }  # fmt: skip
    return add_action(year.case, actor=leader, **values | more)


def to_do() -> list[WorkItem]:
    """Actions that somebody has to carry out."""
    return list(WorkItem.objects.open().filter(kind="carry_out_action").order_by("pk"))


@pytest.mark.acceptance("AT-91")
def test_a_new_action_is_measured_in_its_own_months(year: Year) -> None:
    leader = year.matrix.account_manager
    carried_out(year, expected=(30_000,))
    year.sweep(60)
    assert (year.case.status, year.case.measured_effect) == ("not_effective", Decimal("-16666.67"))
    with year.july(60):
        assert effect_of(year.case).expected == 30_000
        again = planned(year, due_on=date(2026, 9, 20), first_month=date(2026, 10, 1), expected=[Decimal(20_000)])
        explain_deviation(year.case, actor=leader, causes=[Cause("lost_share", year.case.gap)])
        plan_deviation(year.case, actor=leader)
        start_deviation(year.case, actor=leader)
        complete_action(again, actor=leader)
        finish_deviation(year.case, actor=leader)
    year.sweep(61)
    assert year.case.status == "done"
    bought(year, {10: "36666.67"})
    year.sweep(120)
    case = year.case
    assert (case.status, case.expected_effect, case.measured_effect) == ("effective", 20_000, 20_000)
    with year.july(121):
        assert [one.month for one in effect_of(case).months] == [date(2026, 10, 1)]


@pytest.mark.parametrize(
    ("first_month", "expected", "asked", "days"),
    [
        (date(2026, 7, 1), (0, 0, 0, 500), [date(2026, 10, 1)], 120),
        (date(2026, 11, 1), (1_000, 1_000, 1_000), [date(2026, 11, 1), date(2026, 12, 1), date(2027, 1, 1)], 210),
    ],
)
def test_what_is_expected_is_judged_once_its_months_are_over(
    year: Year, first_month: date, expected: tuple[int, ...], asked: list[date], days: int
) -> None:
    action = carried_out(year)
    CorrectiveAction.objects.filter(pk=action.pk).update(
        first_month=first_month, expected=[Decimal(amount) for amount in expected]
    )
    with year.july():
        assert [one.month for one in effect_of(year.case).months] == asked
    year.sweep(days - 30)
    assert year.case.status == "done"
    year.sweep(days)
    assert year.case.status == "not_effective"


def test_an_effect_in_the_year_after_is_measured_beside_the_same_months(year: Year) -> None:
    """What is found when the year is nearly over is put right in the next one, whether that has a plan or not."""
    action = carried_out(year)
    CorrectiveAction.objects.filter(pk=action.pk).update(first_month=date(2026, 12, 1), expected=[Decimal(20_000)] * 3)
    bought(year, {12: "16666.67"})
    for month, amount in ((1, "36666.67"), (2, "56666.67")):
        year.sell(
            year.matrix.acme_de_plant,
            year.matrix.germany,
            month,
            0,
            net=Decimal(amount),
            quantity=Decimal(100),
            date=date(2027, month, 9),
        )
    year.sweep(215)
    with year.july(215):
        effect = effect_of(year.case)
        assert [(one.month, one.measured) for one in effect.months] == [
            (date(2026, 12, 1), 0), (date(2027, 1, 1), 20_000), (date(2027, 2, 1), None),
        ]  # fmt: skip
        assert (year.case.status, effect.whole) == ("done", False)
    with year.july(240):
        assert sweep.sweep() == 0 and not sweep.years_in_force()
    assert (year.case.status, year.case.expected_effect, year.case.measured_effect) == ("effective", 60_000, 60_000)


def test_an_effect_later_than_the_year_after_is_refused(year: Year, nothing_changed: Callable[..., Any]) -> None:
    with year.july():
        with nothing_changed(), pytest.raises(Denied) as refused:
            planned(year, first_month=date(2028, 1, 1))
        assert (refused.value.code, refused.value.field) == ("effect_outside_year", "first_month")
        with nothing_changed(), pytest.raises(Denied):
            planned(year, first_month=date(2027, 12, 1), expected=[Decimal(0), Decimal(500)])
        with nothing_changed(), pytest.raises(Denied):
            planned(year, first_month=date(2025, 11, 1), expected=[Decimal(500)])
        action = planned(year, first_month=date(2027, 12, 1), expected=[Decimal(500), Decimal(500)])
        page = as_(year.matrix.account_manager).get(f"/budgets/actions/{action.pk}/edit/").content.decode()
        assert 'value="2027-12-01" selected' in page and "2028-01-01" not in page
        with nothing_changed(), pytest.raises(Denied):
            edit_action(action, actor=year.matrix.account_manager, first_month=date(2028, 2, 1))


def test_what_points_to_a_case_ends_with_it(year: Year) -> None:
    carried_out(year)
    bought(year, {8: "37666.67", 9: "37666.67", 10: "37666.67"})
    year.sweep(120)
    with year.july(121):
        close_deviation(year.case, actor=year.matrix.account_manager)
    assert not Deviation.objects.running().filter(explained_by=year.case).exists()
    assert set(Deviation.objects.filter(explained_by=year.case).values_list("status", flat=True)) == {"closed"}


def test_a_node_whose_case_was_accepted_is_a_case_when_others_make_it_red(year: Year) -> None:
    matrix = year.matrix
    with year.july():
        accept_deviation(year.case, actor=matrix.sales_manager, reason="The plant is closed for a rebuild.")
    pointers = Deviation.objects.filter(explained_by=year.case)
    assert set(pointers.values_list("status", "decision")) == {("accepted_no_action", "The plant is closed for a rebuild.")}
    year.sell(matrix.acme_it_plant, matrix.italy, 6, 300_000)
    year.sweep(1)
    person = {"kind": "person", "key": matrix.account_manager.pk, "measure": "revenue"}
    assert Deviation.objects.get(**person).state == "red"
    year.sell(matrix.acme_it_plant, matrix.italy, 6, -700_000, quantity=Decimal(-7_000))
    year.sweep(2)
    assert Deviation.objects.running().filter(**person).count() == 1


def test_the_form_offers_the_months_of_the_year_and_of_the_one_after(year: Year) -> None:
    with year.july(160):
        form = as_(year.matrix.account_manager).get(f"{year.case.get_absolute_url()}actions/new/").context["form"]
    months = [f"{of}-{month:02d}-01" for of in (2026, 2027) for month in range(1, 13)]
    assert [value for value, _label in form.fields["first_month"].choices] == months
    assert form.initial["first_month"] == "2027-01-01"


def test_editing_an_action_of_twelve_months_keeps_them(year: Year) -> None:
    months = [str(place * 100) + ".00" for place in range(1, 13)]
    with year.july():
        body = {
            "deviation": year.case.pk, "what": "Visit", "owner": year.matrix.account_manager.pk, "due_on": "2026-07-20",
            "first_month": "2026-08-01", "expected": months,
        }  # fmt: skip
        assert api(year.matrix.account_manager).post("/api/v1/corrective-actions/", body).status_code == 201
        action = CorrectiveAction.objects.get()
        client = as_(year.matrix.account_manager)
        address = f"{action.get_absolute_url()}edit/"
        form = client.get(address).context["form"]
        shown = {name: form[name].value() for name in form.fields if form[name].value() is not None}
        shown = {name: value.isoformat() if isinstance(value, date) else str(value) for name, value in shown.items()}
        answer = client.post(address, shown | {"what": "Two visits"})
        assert answer.status_code == 302, answer.content
    action.refresh_from_db()
    assert (action.what, [str(amount) for amount in action.expected]) == ("Two visits", months)


def test_what_is_decided_takes_its_actions_along(year: Year) -> None:
    with year.july():
        action = planned(year, owner=year.matrix.quality_it)
        accept_deviation(year.case, actor=year.matrix.sales_manager, reason="The plant is closed for a rebuild.")
    action.refresh_from_db()
    assert (action.status, action.outcome) == ("cancelled", "The plant is closed for a rebuild.")
    assert not to_do()


def test_an_action_that_moves_there_and_back_is_still_to_be_done(year: Year) -> None:
    leader, other = year.matrix.account_manager, year.matrix.quality_it
    with year.july():
        action = planned(year)
        for values in ({"due_on": date(2026, 7, 30)}, {"due_on": date(2026, 7, 20)}, {"owner": other}, {"owner": leader}):
            action = edit_action(action, actor=leader, reason="They are away.", **values)
            (item,) = to_do()
            assert item.assignee == action.owner


def test_whoever_it_was_passed_on_to_says_that_it_was_done(year: Year, nothing_changed: Callable[..., Any]) -> None:
    matrix = year.matrix
    with year.july():
        action = planned(year, owner=matrix.quality_it)
        with nothing_changed():
            address = f"/api/v1/corrective-actions/{action.pk}/complete/"
            assert api(matrix.logistics_it).post(address, {"outcome": "Done."}).status_code == 404
        (item,) = to_do()
        reassign_work(item, actor=matrix.quality_it, to=matrix.logistics_it)
        answer = api(matrix.logistics_it).post(address, {"outcome": "Done."})
        assert answer.status_code == 200, answer.content
        again = planned(year)
        assert api(matrix.logistics_it).post(f"/api/v1/corrective-actions/{again.pk}/complete/", {}).status_code == 404
        cancel_action(again, actor=matrix.account_manager, reason="Not needed.")
    assert not to_do()


def test_a_case_that_somebody_judges_meanwhile_does_not_stop_the_sweep(year: Year, monkeypatch: pytest.MonkeyPatch) -> None:
    carried_out(year)
    bought(year, {8: "37666.67", 9: "37666.67", 10: "37666.67"})
    measured = judging.effect_of
    first = True

    def judged_meanwhile(deviation: Deviation, *more: Any) -> Any:
        nonlocal first
        if first:
            first = False
            judging.judge_deviation(deviation, actor=year.matrix.account_manager)
        return measured(deviation, *more)

    monkeypatch.setattr(judging, "effect_of", judged_meanwhile)
    year.sweep(120)
    assert not first and year.case.status == "effective"
    assert DeviationSweep.objects.count() == 2
