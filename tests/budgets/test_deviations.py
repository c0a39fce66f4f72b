"""The life of a deviation: explained, acted upon, measured; who may do and see what; its pages, prints and REST."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from budgets.actions import (
    Cause,
    add_action,
    add_line,
    analyse_deviation,
    approve_budget,
    approve_round,
    complete_action,
    consolidate_round,
    create_budget,
    edit_cells,
    edit_round,
    explain_deviation,
    finish_deviation,
    plan_deviation,
    publish_round,
    request_round,
    set_rate,
    share_round,
    start_deviation,
    submit_budget,
)
from budgets.actions.lines import CellValue
from budgets.actions.sweep import sweep_year
from budgets.documents import deviation_report, meeting_sheet
from budgets.models import Budget, BudgetRound, CorrectiveAction, Deviation
from budgets.reports.nodes import bridge_of, months_of_node
from kam.core import clock
from kam.core.notifications import Notification
from kam.core.printing import render
from kam.core.tasks import escalate_work
from kam.core.work_items import WorkItem
from kam.core.workflow import Denied
from tests.accounts.test_activity import api, as_
from tests.budgets.deviating import JANUARY, NOVEMBER, Year, year_of
from tests.factories.catalog import ProductFactory, ProductFamilyFactory
from tests.factories.orders import SalesLineFactory
from tests.matrix import Matrix

pytestmark = pytest.mark.django_db
AUGUST = date(2026, 8, 1)


@pytest.fixture
def year(matrix: Matrix) -> Year:
    found = year_of(matrix)
    found.sweep()
    return found


def carried_out(year: Year, expected: tuple[int, ...] = (30_000, 30_000, 30_000)) -> CorrectiveAction:
    """The case with causes and one action that is done in the middle of July."""
    leader = year.matrix.account_manager
    with year.july():
        explain_deviation(year.case, actor=leader, causes=[Cause("lost_share", Decimal(-170_000), "A competitor in Leipzig.")])
        action = add_action(
            year.case, actor=leader, what="Frame contract with a bonus", owner=leader, due_on=date(2026, 7, 20), first_month=AUGUST,
            expected=[Decimal(amount) for amount in expected],
        )  # fmt: skip
        plan_deviation(year.case, actor=leader)
        start_deviation(year.case, actor=leader)
        complete_action(action, actor=leader, outcome="Signed.")
        finish_deviation(year.case, actor=leader)
    return action


def bought(year: Year, amounts: dict[int, str]) -> None:
    """What ACME in Germany bought in the months after."""
    for month, amount in amounts.items():
        year.sell(year.matrix.acme_de_plant, year.matrix.germany, month, 0, net=Decimal(amount), quantity=Decimal(100))


@pytest.mark.acceptance("AT-17")
def test_the_bridge_is_an_exact_identity(matrix: Matrix) -> None:
    family = ProductFamilyFactory(code="G")
    leader = matrix.account_manager
    products = [ProductFactory(code=f"KP-{name}", family=family, producing_location=matrix.italy) for name in "ABCD"]
    with clock.moment(NOVEMBER):
        for person in matrix.users.values():
            person.renew_access()
        one = request_round(BudgetRound, actor=matrix.sales_manager, first_month=JANUARY, deadline=clock.today())
        BudgetRound.objects.filter(pk=one.pk).update(status="open", opened_at=clock.now())
        one.refresh_from_db()
        set_rate(one, actor=matrix.sales_manager, currency="USD", rate=Decimal("0.92"))
        budget = create_budget(Budget, actor=matrix.sales_manager, round=one, contributor=leader, location=matrix.italy)
        for product, currency, quantity, price in zip(
            products, ("EUR", "EUR", "USD"), (1000, 600, 400), (50, 120, 80), strict=False
        ):
            line = add_line(budget, actor=leader, plant=matrix.acme_it_plant, product=product, currency=currency)
            edit_cells(budget, actor=leader, cells=[CellValue(line.pk, 1, Decimal(quantity), Decimal(price))])
        submit_budget(budget, actor=leader)
        approve_budget(budget, actor=matrix.sales_manager)
        one.refresh_from_db()
        edit_round(one, actor=matrix.sales_manager, top_down=Decimal(151_440))
        for step in (consolidate_round, share_round, approve_round, publish_round):
            step(one, actor=matrix.sales_manager)
    year = Year(matrix, products[0], products[1])
    sales = zip(products, (1100, 520, 480, 50), ("53350", "63960", "38400", "3000"), ("1", "1", "0.9", "1"), strict=True)
    (first, *others) = sales

    def sell(product: Any, quantity: int, net: str, rate: str) -> None:
        currency = "USD" if rate == "0.9" else "EUR"
        SalesLineFactory(
            plant=matrix.acme_it_plant, selling_location=matrix.italy, producing_location=matrix.italy, product=product,
            date=date(2026, 1, 20), quantity=Decimal(quantity), net=Decimal(net), currency=currency, rate=Decimal(rate),
        )  # fmt: skip

    sell(*first)
    year.sweep()
    case = Deviation.objects.cases().filter(measure="revenue", person=leader).first()
    assert case is not None and case.kind == "plant"
    for row in others:
        sell(*row)
    year.sweep()
    with year.july():
        answer = api(leader).get(f"/api/v1/deviations/{case.pk}/bridge/").json()
    assert answer == {
        "planned": "151440.00", "actual": "154870.00", "difference": "3430.00", "volume": "7572.00", "mix": "-6284.00",
        "price": "-90.00", "exchange": "-768.00", "new": "3000.00", "ceased": "0.00", "realisation_percent": "99.94",
    }  # fmt: skip
    parts = sum(Decimal(answer[name]) for name in Deviation.EFFECTS)
    case.refresh_from_db()
    assert parts == Decimal(answer["difference"]) == case.gap


def test_money_without_quantity_is_a_volume_of_money(year: Year) -> None:
    from budgets.models import Target

    Target.objects.filter(plant=year.matrix.acme_de_plant).update(**{f"quantity_{month:02d}": 0 for month in range(1, 13)})
    with year.july():
        found = bridge_of(year.case)
    assert (found.planned, found.actual, found.volume, found.new, found.ceased) == (300_000, 100_000, -200_000, 0, 0)


def test_the_figures_of_a_node_follow_its_months(year: Year) -> None:
    with year.july():
        standing = months_of_node(year.case)
    assert standing.plan[:6] == (50_000,) * 6 and standing.actual == (50_000, 50_000, 0, 0, 0, 0)
    assert standing.gap == year.case.gap


def test_a_whole_life_over_rest(year: Year) -> None:
    leader, case = year.matrix.account_manager, year.case
    with year.july():
        client = api(leader)
        address = f"/api/v1/deviations/{case.pk}/"
        row = client.post(f"{address}analyse/", {}).json()
        assert (row["status"], row["volume"], row["money_gap"]) == ("analysing", "-200000.00", "-200000.00")
        cause = {"code": "lost_share", "amount": "-150000.00"}
        assert client.post(f"{address}explain/", {"causes": [cause]}).json()["explained"] == "-150000.00"
        refused = client.post(f"{address}plan/", {})
        assert (refused.status_code, refused.json()["code"]) == (409, "not_explained")
        both = [cause, {"code": "calendar", "amount": "-10000.00", "comment": "Two weeks of holidays."}]
        client.post(f"{address}explain/", {"causes": both})
        assert client.post(f"{address}plan/", {}).json()["code"] == "no_action"
        body = {
            "deviation": case.pk, "what": "Second source approval", "owner": leader.pk, "due_on": "2026-07-31",
            "first_month": "2026-08-01", "expected": ["10000.00", "20000.00"],
        }  # fmt: skip
        made = client.post("/api/v1/corrective-actions/", body)
        assert made.status_code == 201, made.content
        assert client.post(f"{address}plan/", {}).json()["status"] == "action_planned"
        assert not WorkItem.objects.open().filter(kind="analyse_deviation").exists()
        assert client.post(f"{address}start/", {}).json()["status"] == "in_progress"
        assert client.post(f"{address}finish/", {}).json()["code"] == "actions_open"
        done = client.post(f"/api/v1/corrective-actions/{made.json()['id']}/complete/", {"outcome": "Approved."})
        assert (done.json()["status"], done.json()["on_time"]) == ("done", True)
        assert client.post(f"{address}finish/", {}).json()["status"] == "done"
        assert client.post(f"{address}judge/", {}).json()["code"] == "too_early"
    bought(year, {8: "26666.67", 9: "36666.67"})
    with year.july(90):
        client = api(leader)
        effect = client.get(f"{address}effect/").json()
        assert (effect["expected"], effect["measured"], effect["reached_percent"]) == ("30000.00", "30000.00", "100.00")
        assert client.post(f"{address}judge/", {}).json()["status"] == "effective"
        assert client.post(f"{address}close/", {}).json()["status"] == "closed"
        figures = api(year.matrix.sales_manager).get("/api/v1/deviations/action-figures/").json()
    assert (figures["on_time_percent"], figures["effective_percent"], figures["recovered_percent"]) == ("100.00",) * 3


@pytest.mark.acceptance("AT-91")
def test_actions_with_two_fifths_of_their_effect_are_not_effective(year: Year) -> None:
    carried_out(year)
    bought(year, {8: "28666.67", 9: "28666.67", 10: "28666.67"})
    with clock.moment(NOVEMBER + timedelta(days=360)):
        for person in year.matrix.users.values():
            person.renew_access()
        sweep_year(JANUARY)
    case = year.case
    assert (case.status, case.expected_effect, case.measured_effect) == ("not_effective", 90_000, 36_000)
    assert [item.assignee for item in WorkItem.objects.open().filter(kind="act_again", object_id=case.pk)] == [
        year.matrix.account_manager
    ]
    leader = year.matrix.account_manager
    with year.july():
        explain_deviation(case, actor=leader, causes=[Cause("lost_share", case.gap)])
        with pytest.raises(Denied) as refused:
            plan_deviation(case, actor=leader)
    assert refused.value.code == "no_action"


@pytest.mark.acceptance("AT-91")
def test_a_red_node_without_an_action_goes_to_the_manager_after_five_working_days(year: Year) -> None:
    item = WorkItem.objects.get(kind="analyse_deviation")
    # From Wednesday 15 July five working days are Wednesday the 22nd.
    assert item.deadline is not None and item.deadline.date() == date(2026, 7, 22)
    with year.july(7):
        escalate_work()
        item.refresh_from_db()
        assert item.level < WorkItem.Level.N2
    WorkItem.objects.filter(pk=item.pk).update(asked_at=item.deadline - timedelta(days=7))
    with year.july(8):
        escalate_work()
    item.refresh_from_db()
    assert item.level >= WorkItem.Level.N2
    assert Notification.objects.filter(kind="work_late", reader=year.matrix.sales_manager, object_id=item.pk).exists()
    carried_out(year)
    item.refresh_from_db()
    assert item.state == "done"


def test_an_action_that_worked_is_judged_by_the_sweep(year: Year) -> None:
    carried_out(year)
    bought(year, {8: "37666.67", 9: "37666.67"})
    year.sweep(80)
    assert year.case.status == "done"
    bought(year, {10: "37666.67"})
    year.sweep(118)
    assert (year.case.status, year.case.measured_effect) == ("effective", 63_000)
    year.sweep(119)
    assert Notification.objects.filter(kind="deviation_effective").count() == 1


def test_what_points_to_a_case_takes_no_causes(year: Year, nothing_changed: Callable[..., Any]) -> None:
    pointer = Deviation.objects.get(explained_by=year.case, kind="person", measure="revenue")
    leader = year.matrix.account_manager
    with year.july(), nothing_changed():
        for act in (
            lambda: analyse_deviation(pointer, actor=leader),
            lambda: explain_deviation(pointer, actor=leader, causes=[Cause("other", Decimal(-1))]),
            lambda: plan_deviation(pointer, actor=leader),
        ):
            with pytest.raises(Denied, match="Another deviation"):
                act()


@pytest.mark.parametrize(
    "causes",
    [
        [Cause("nothing", Decimal(-1))],
        [Cause("price", Decimal(0))],
        [Cause("price", Decimal(-1)), Cause("price", Decimal(-2))],
    ],
)
def test_causes_that_say_nothing_are_refused(year: Year, causes: list[Cause], nothing_changed: Callable[..., Any]) -> None:
    with year.july(), nothing_changed(), pytest.raises(Denied):
        explain_deviation(year.case, actor=year.matrix.account_manager, causes=causes)


def test_each_sees_what_is_theirs_and_no_total_of_others(year: Year) -> None:
    matrix, case = year.matrix, year.case

    def seen(user: Any) -> set[tuple[str, str]]:
        user.renew_access()
        return set(Deviation.objects.visible_to(user).values_list("kind", "measure")) - {("plant", "quantity")}

    with year.july():
        everything = seen(matrix.sales_manager)
        assert everything == seen(matrix.management) == seen(matrix.auditor)
        assert ("person", "revenue") in seen(matrix.account_manager) and ("location", "revenue") not in seen(
            matrix.account_manager
        )
        assert {kind for kind, _measure in seen(matrix.area_manager_de)} == {"plant", "location"}
        for user in (
            matrix.account_manager2, matrix.area_manager_us, matrix.finance_it, matrix.quality_it, matrix.back_office_it,
            matrix.administrator, matrix.nobody,
        ):  # fmt: skip
            assert seen(user) == set(), user
            assert api(user).get(f"/api/v1/deviations/{case.pk}/").status_code == 404
        # The location reads the plant of the global account and leaves the analysis to who leads it.
        assert not Deviation.objects.permitted(matrix.area_manager_de, "budgets.explain_deviation").filter(kind="plant").exists()
        assert Deviation.objects.permitted(matrix.area_manager_de, "budgets.explain_deviation").filter(kind="location").exists()
        company = Deviation.objects.filter(person=None, kind="family").first()
        assert company is not None and not Deviation.objects.visible_to(matrix.account_manager).filter(pk=company.pk).exists()


def test_who_carries_an_action_out_sees_it_and_nothing_of_the_deviation(year: Year) -> None:
    matrix = year.matrix
    with year.july():
        add_action(
            year.case, actor=matrix.account_manager, what="Sort the stock", owner=matrix.quality_it, due_on=date(2026, 7, 20),
            first_month=AUGUST, expected=[Decimal(1_000)],
        )  # fmt: skip
        action = CorrectiveAction.objects.get()
        assert api(matrix.quality_it).get(f"/api/v1/deviations/{year.case.pk}/").status_code == 404
        assert as_(matrix.quality_it).get(action.get_absolute_url()).status_code == 200
        assert api(matrix.logistics_it).get(f"/api/v1/corrective-actions/{action.pk}/").status_code == 404
        assert (
            api(matrix.quality_it).post(f"/api/v1/corrective-actions/{action.pk}/cancel/", {"reason": "No."}).status_code == 403
        )
        done = api(matrix.quality_it).post(f"/api/v1/corrective-actions/{action.pk}/complete/", {"outcome": "Sorted."})
        assert done.json()["status"] == "done"
    assert not WorkItem.objects.open().filter(kind="carry_out_action").exists()


def test_only_the_sales_manager_lives_with_it(year: Year, nothing_changed: Callable[..., Any]) -> None:
    with year.july():
        for verb in ("accept", "revise"):
            with nothing_changed():
                answer = api(year.matrix.account_manager).post(
                    f"/api/v1/deviations/{year.case.pk}/{verb}/", {"reason": "Why not."}
                )
                assert answer.status_code == 403
                answer = api(year.matrix.sales_manager).post(f"/api/v1/deviations/{year.case.pk}/{verb}/", {})
                assert answer.json()["code"] == "reason_needed"
        answer = api(year.matrix.sales_manager).post(f"/api/v1/deviations/{year.case.pk}/revise/", {"reason": "Planned twice."})
    assert (answer.json()["status"], answer.json()["decision"]) == ("to_budget_revision", "Planned twice.")
    assert not WorkItem.objects.open().filter(kind="analyse_deviation").exists()


def test_pages_say_the_same_and_print(year: Year, tmp_path: Path) -> None:
    matrix = year.matrix
    action = carried_out(year)
    with year.july():
        leader = as_(matrix.account_manager)
        page = leader.get(year.case.get_absolute_url()).content.decode()
        assert (
            "-200,000" in page.replace("\u2212", "-")
            and "Frame contract with a bonus" in page
            and "A competitor in Leipzig." in page
        )
        for address in (
            "/budgets/deviations/?case=true&running=true", action.get_absolute_url(), "/budgets/actions/", "/budgets/meeting/",
            "/budgets/meetings/", "/budgets/home/deviations/", f"{year.case.get_absolute_url()}actions/new/",
        ):  # fmt: skip
            answer = leader.get(address)
            assert answer.status_code in {200, 409}, (address, answer.status_code)
        manager = as_(matrix.sales_manager)
        posted = manager.post(
            "/budgets/meetings/new/", {"held_on": "2026-07-15", "minutes": "Leipzig first.", "decisions": "Call."}
        )
        assert posted.status_code == 302
        meeting = posted["Location"].rstrip("/").rpartition("/")[2]
        sheet = meeting_sheet(meeting, actor=matrix.sales_manager)
        report = deviation_report("2026-01-01:", actor=matrix.sales_manager)
        own = deviation_report(f"2026-01-01:{matrix.account_manager.pk}", actor=matrix.account_manager)
        with pytest.raises(Denied):
            deviation_report(f"2026-01-01:{matrix.account_manager.pk}", actor=matrix.account_manager2)
        with pytest.raises(Denied):
            meeting_sheet(meeting, actor=matrix.account_manager)
        people = [block["text"] for block in report.data["blocks"] if block["kind"] == "title"]
        assert render(report, tmp_path / "report.pdf", actor=matrix.sales_manager) == len(people) == 2
        assert render(sheet, tmp_path / "sheet.pdf", actor=matrix.sales_manager) == 1
    texts = [block.get("text", "") for block in report.data["blocks"]]
    assert "Leipzig first." in [block.get("text", "") for block in sheet.data["blocks"]]
    assert any(str(matrix.account_manager) == text for text in texts)
    assert [block["text"] for block in own.data["blocks"] if block["kind"] == "title"] == [str(matrix.account_manager)]


def test_the_causes_are_typed_on_a_page(year: Year) -> None:
    with year.july():
        client = as_(year.matrix.account_manager)
        address = f"{year.case.get_absolute_url()}explain/"
        assert client.get(address).status_code == 200
        answer = client.post(address, {"amount_price": "-12,000", "note_price": "Bonus.", "comment": "Talked to purchasing."})
        assert answer.status_code == 302, answer.content
    case = year.case
    assert [(cause.code, cause.amount, cause.comment) for cause in case.causes.all()] == [("price", -12_000, "Bonus.")]
    assert (case.status, case.comment) == ("analysing", "Talked to purchasing.")


def test_an_action_is_typed_on_a_page_and_moved_with_a_reason(year: Year, nothing_changed: Callable[..., Any]) -> None:
    leader = year.matrix.account_manager
    with year.july():
        client = as_(leader)
        values = {"what": "Visit", "owner": leader.pk, "due_on": "2026-07-20", "first_month": "2026-08-01", "expected_1": "500"}
        answer = client.post(f"{year.case.get_absolute_url()}actions/new/", values | {"expected_3": "700"})
        assert answer.status_code == 302, answer.content
        action = CorrectiveAction.objects.get()
        assert action.expected == [500, 0, 700]
        with nothing_changed():
            assert client.post(f"{action.get_absolute_url()}edit/", values | {"due_on": "2026-07-30"}).status_code == 422
        moved = client.post(f"{action.get_absolute_url()}edit/", values | {"due_on": "2026-07-30", "reason": "They are away."})
        assert moved.status_code == 302, moved.content
    action.refresh_from_db()
    assert (action.due_on, action.expected) == (date(2026, 7, 30), [500])
    assert WorkItem.objects.open().filter(kind="carry_out_action").count() == 1
