"""Rows that account manager and area manager share: proposed, answered, decided, agreed by silence; the counterpart sees the row alone."""

from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import User
from budgets.actions import (
    add_line,
    answer_row,
    approve_budget,
    decide_row,
    edit_cells,
    fill_budget,
    propose_row,
    remove_line,
    return_budget,
    submit_budget,
)
from budgets.actions.lines import CellValue
from budgets.models import Budget, BudgetCell, BudgetLine
from budgets.models.counterparts import counterpart_of, shared_rows
from budgets.tasks import settle_shared_rows
from kam.core import clock
from kam.core.calendars import add_working_days
from kam.core.notifications import Notification
from kam.core.parameters import ParameterValue, set_parameter
from kam.core.workflow import Denied, Refusals
from tests.accounts.test_activity import api, as_
from tests.budgets.conftest import Year
from tests.factories.accounts import AssignmentFactory, DelegationFactory, UserFactory
from tests.factories.catalog import ProductFactory
from tests.pages import words

pytestmark = pytest.mark.django_db
WHY = "They open a second press."


@pytest.fixture
def line(year: Year) -> BudgetLine:
    """The area manager's row to BETA, 300,000; BETA's account manager is its counterpart. A row of 77,700 beside it is of another's."""
    matrix = year.matrix
    budget = year.budget(matrix.area_manager_de, matrix.germany)
    row: BudgetLine = budget.lines.get()
    AssignmentFactory(user=matrix.area_manager_de, plant=matrix.acme_it_plant, location=matrix.germany)
    BudgetLine.objects.create(
        budget=budget, plant=matrix.acme_it_plant, product=ProductFactory(code="KP-9"), producing_location=matrix.italy,
        currency="EUR", revenue=77_700,
    )  # fmt: skip
    return row


def fresh(user: User) -> User:
    """The person as the next request finds them."""
    return User.objects.get(pk=user.pk)


def now(line: BudgetLine) -> BudgetLine:
    """The row as it is now."""
    return BudgetLine.objects.select_related("budget").get(pk=line.pk)


def proposed(line: BudgetLine, year: Year, figure: int = 360_000) -> BudgetLine:
    """The row with the figure of its counterpart."""
    propose_row(line, actor=year.matrix.account_manager2, proposed=Decimal(figure), why=WHY)
    return now(line)


def test_who_shares_a_row_with_whom(line: BudgetLine, year: Year) -> None:
    """The other one of account manager and area manager: of the plant at the budget's location, else where the plant is led."""
    matrix = year.matrix
    german = year.budget(matrix.account_manager, matrix.germany).lines.get()
    budget = year.budget(matrix.account_manager, matrix.italy)
    italian = add_line(
        budget, actor=matrix.account_manager, plant=matrix.acme_de_plant, product=ProductFactory(), revenue=Decimal(10)
    )
    rest = add_line(budget, actor=matrix.account_manager, customer=matrix.acme_de, family=year.product.family)
    rows = {line: matrix.account_manager2, german: matrix.area_manager_de, italian: matrix.area_manager_de, rest: None}
    own = budget.lines.get(plant=matrix.acme_it_plant)
    rows |= {own: None}
    people = (matrix.account_manager, matrix.account_manager2, matrix.area_manager_de, matrix.area_manager_us, matrix.quality_it)
    for row, counterpart in rows.items():
        assert counterpart_of(now(row)) == counterpart, row
        assert [one for one in people if shared_rows(fresh(one)).filter(pk=row.pk).exists()] == [
            one for one in [counterpart] if one
        ]
    assert not Budget.objects.visible_to(fresh(matrix.area_manager_de)).filter(pk=budget.pk).exists()
    assert list(BudgetLine.objects.visible_to(fresh(matrix.area_manager_de)).filter(budget=budget)) == [italian]
    AssignmentFactory(user=matrix.area_manager_us, plant=matrix.acme_de_plant, location=matrix.italy)
    assert counterpart_of(now(italian)) == matrix.area_manager_us
    assert not shared_rows(fresh(matrix.area_manager_de)).filter(pk=italian.pk).exists()


def test_the_counterpart_sees_the_row_and_nothing_else_of_the_budget(line: BudgetLine, year: Year) -> None:
    matrix, budget = year.matrix, line.budget
    line.budget.lines.update(unit_cost=40, cost_share=Decimal("0.4"), cost=7)
    reader = fresh(matrix.account_manager2)
    client, browser = api(reader), as_(reader)
    assert [one["id"] for one in client.get("/api/v1/budget-lines/").json()["results"]] == [line.pk]
    assert [one["id"] for one in client.get("/api/v1/budget-lines/?counterpart=true").json()["results"]] == [line.pk]
    assert client.get("/api/v1/budget-lines/?counterpart=false").json()["count"] == 0
    assert list(BudgetLine.objects.visible_to(fresh(reader))) == [line]
    assert set(BudgetCell.objects.visible_to(fresh(reader)).values_list("line", flat=True)) == {line.pk}
    row = client.get(f"/api/v1/budget-lines/{line.pk}/").json()
    assert (row["revenue"], len(row["cells"])) == ("300000.00", 12)
    assert not {"cost", "margin", "unit_cost", "cost_share"} & {name for name, value in row.items() if value is not None}
    assert not BudgetLine.objects.costs_visible_to(fresh(reader)).exists()
    other = budget.lines.exclude(pk=line.pk).get()
    at = f"/api/v1/budgets/{budget.pk}"
    for address in (
        f"{at}/", f"{at}/cells/", f"{at}/compared/", f"{at}/checklist/", f"{at}/changes/", f"/api/v1/budget-lines/{other.pk}/",
        f"/api/v1/budget-lines/{other.pk}/past/",
    ):  # fmt: skip
        assert client.get(address).status_code == 404, address
    assert client.get(f"/api/v1/budget-lines/?budget={budget.pk}").json().get("count", 0) == 0
    for address in (f"/budgets/{budget.pk}/", f"/budgets/{budget.pk}/grid/", f"/budgets/lines/{other.pk}/"):
        assert browser.get(address).status_code == 404, address
    assert client.get(f"/api/v1/budget-lines/{line.pk}/past/").status_code == 200
    page = browser.get(f"/budgets/lines/{line.pk}/").content.decode()
    assert f'href="/budgets/{budget.pk}/"' not in page and f"/budgets/lines/{line.pk}/propose/" in page
    assert "Margin" not in words(browser.get(f"/budgets/lines/{line.pk}/"))
    seen = [
        browser.get("/budgets/lines/").content.decode(),
        browser.get("/budgets/lines/", {"export": "csv"}).content.decode(),
        browser.get("/budgets/").content.decode(),
        page,
    ]
    for query in ("77700", "KP-9", "Torino"):
        found = browser.get("/search/", {"q": query}).content.decode()
        assert not any(f"/budgets/{where}" in found for where in (f"{budget.pk}/", f"lines/{line.pk}/", f"lines/{other.pk}/"))
    total = budget.revenue + 77_700
    assert "300000" in seen[1]
    for text in seen:
        assert not any(figure in text for figure in ("77,700", "77700", f"{total:,.0f}", f"{total:.0f}"))
    assert "KP-9" not in seen[1] and "ACME" not in seen[1]
    for verb in ("phase", "answer-row", "decide", "challenge"):
        assert client.post(f"/api/v1/budget-lines/{line.pk}/{verb}/", {}, format="json").status_code == 403, verb
    assert client.patch(f"/api/v1/budget-lines/{line.pk}/", {"comment": "Mine"}, format="json").status_code in {403, 428}


def test_a_row_is_shared_as_long_as_both_work_for_the_plant(line: BudgetLine, year: Year) -> None:
    """A substitute has what the counterpart has; who does not lead the customer any more finds the row no more."""
    substitute = UserFactory()
    DelegationFactory(principal=year.matrix.account_manager2, substitute=substitute)
    assert list(BudgetLine.objects.visible_to(fresh(substitute)).filter(pk=line.pk)) == [line]
    year.matrix.beta.assignments.all().delete()
    for person in (substitute, year.matrix.account_manager2):
        assert not BudgetLine.objects.visible_to(fresh(person)).filter(pk=line.pk).exists()


def test_the_counterpart_proposes_and_the_owner_agrees(line: BudgetLine, year: Year) -> None:
    me = year.matrix.area_manager_de
    one = proposed(line, year)
    assert (one.proposal, one.proposed, one.proposed_difference, one.revenue) == ("proposed", 360_000, 60_000, 300_000)
    [told] = Notification.objects.filter(kind="row_proposed")
    assert (told.reader, told.record) == (me, line)
    with pytest.raises(Refusals) as refused:
        submit_budget(one.budget, actor=me)
    assert [denied.code for denied in refused.value.refusals] == ["rows_proposed"]
    answer_row(one, actor=me, answer="agreed")
    one = now(line)
    assert (one.proposal, one.settled, one.revenue, one.quantity) == ("agreed", 360_000, 360_000, 3_600)
    assert [told.reader for told in Notification.objects.filter(kind="row_answered")] == [year.matrix.account_manager2]
    edit_cells(one.budget, actor=me, cells=[CellValue(line.pk, 1, revenue=Decimal(1))])
    with pytest.raises(Refusals):
        submit_budget(one.budget, actor=me)
    answer_row(now(line), actor=me, answer="agreed")
    assert now(line).revenue == 360_000
    assert submit_budget(one.budget, actor=me).status == "submitted"


def test_a_kept_figure_is_open_until_the_sales_manager_decides(line: BudgetLine, year: Year, nothing_changed: Any) -> None:
    matrix, me = year.matrix, year.matrix.area_manager_de
    one = proposed(line, year)
    answer_row(one, actor=me, answer="open", comment="The press is late.")
    budget = submit_budget(one.budget, actor=me)
    points = api(me).get(f"/api/v1/budgets/{budget.pk}/checklist/").json()
    assert [(point["code"], point["lines"], point["blocks"]) for point in points] == [("rows_open", [line.pk], False)]
    with nothing_changed():
        for action, actor, values, code in (
            (approve_budget, matrix.sales_manager, {}, "rows_open"),
            (decide_row, me, {"figure": "own", "why": WHY}, "not_permitted"),
            (decide_row, matrix.account_manager2, {"figure": "own", "why": WHY}, "not_permitted"),
            (decide_row, matrix.sales_manager, {"figure": "own", "why": " "}, "reason_needed"),
            (decide_row, matrix.sales_manager, {"figure": "mine", "why": WHY}, "no_such_figure"),
            (answer_row, me, {"answer": "agreed"}, "budget_closed"),
            (propose_row, matrix.account_manager2, {"proposed": Decimal(1), "why": WHY}, "budget_closed"),
        ):
            with pytest.raises(Denied) as denied:
                action(budget if action == approve_budget else now(line), actor=actor, **values)
            assert denied.value.code == code
    matrix.beta.assignments.filter(kind="account_manager").update(user=matrix.account_manager)
    decide_row(now(line), actor=matrix.sales_manager, figure="proposed", why="The press is paid.")
    one = now(line)
    assert (one.proposal, one.settled, one.revenue, one.proposal_answer) == ("decided", 360_000, 360_000, "The press is paid.")
    assert one.budget.revenue == sum(one.budget.lines.filter(cells__isnull=False).distinct().values_list("revenue", flat=True))
    told = Notification.objects.filter(kind="row_answered", actor=matrix.sales_manager)
    # Who shares the row by now hears of it, too.
    assert {one.reader for one in told} == {me, matrix.account_manager2, matrix.account_manager}
    return_budget(budget, actor=matrix.sales_manager, reason="Once more.")
    matrix.beta.assignments.filter(kind="account_manager").update(user=matrix.account_manager2)
    with nothing_changed():
        for action, actor, values in (
            (propose_row, matrix.account_manager2, {"proposed": Decimal(1), "why": WHY}),
            (answer_row, me, {"answer": "open", "comment": "No."}),
        ):
            with pytest.raises(Denied) as denied:
                action(now(line), actor=actor, **values)
            assert denied.value.code == "row_decided"
    submit_budget(budget, actor=me)
    assert approve_budget(budget, actor=matrix.sales_manager).status == "approved"


def test_the_owners_figure_may_be_decided_or_agreed_too(line: BudgetLine, year: Year) -> None:
    me = year.matrix.area_manager_de
    answer_row(proposed(line, year), actor=me, answer="open", comment="No.")
    decide_row(now(line), actor=year.matrix.sales_manager, figure="own", why="Right.")
    assert (now(line).proposal, now(line).settled, now(line).revenue) == ("decided", 300_000, 300_000)
    BudgetLine.objects.filter(pk=line.pk).update(proposal="open", settled=None)
    one = proposed(line, year, 300_000)
    assert (one.proposal, one.settled) == ("agreed", 300_000)
    assert submit_budget(one.budget, actor=me).status == "submitted"


def test_silence_for_three_working_days_is_agreement(line: BudgetLine, year: Year) -> None:
    """On the third working day of the location nothing happens; the night after it the figure holds, once, and both are told."""
    matrix, calendar = year.matrix, year.matrix.germany.calendar
    one = proposed(line, year)
    third = add_working_days(one.proposed_at.astimezone(calendar.zone).date(), 3, calendar)
    with clock.moment(datetime.combine(third, time(22), calendar.zone)):
        assert settle_shared_rows() == 0
    assert now(line).proposal == "proposed"
    with clock.moment(datetime.combine(third + timedelta(days=1), time(4), calendar.zone)):
        assert (settle_shared_rows(), settle_shared_rows()) == (1, 0)
    one = now(line)
    assert (one.proposal, one.revenue) == ("agreed", 360_000)
    told = Notification.objects.filter(kind="row_answered")
    assert {one.reader for one in told} == {matrix.area_manager_de, matrix.account_manager2}
    past: Any = BudgetLine.pgh_event_model  # type: ignore[attr-defined]
    said = past.objects.filter(pgh_obj_id=line.pk, proposal="agreed").order_by("pgh_id")[0].pgh_context
    assert (said["actor"], said["verb"], said["reason"]) == (None, "budgets.answer_row", one.proposal_answer)
    assert "3" in said["reason"]


def test_a_location_may_give_more_time(line: BudgetLine, year: Year) -> None:
    calendar, key = year.matrix.germany.calendar, "budgets.silence_days"
    one = proposed(line, year)
    fourth = add_working_days(one.proposed_at.astimezone(calendar.zone).date(), 4, calendar)
    set_parameter(ParameterValue, actor=None, key=key, value=4, scope=f"location:{year.matrix.germany.pk}")
    with clock.moment(datetime.combine(fourth, time(22), calendar.zone)):
        assert settle_shared_rows() == 0
    with clock.moment(datetime.combine(fourth + timedelta(days=1), time(4), calendar.zone)):
        assert settle_shared_rows() == 1


def test_what_is_answered_or_submitted_is_not_agreed_by_silence(line: BudgetLine, year: Year) -> None:
    me = year.matrix.area_manager_de
    answer_row(proposed(line, year), actor=me, answer="open", comment="No.")
    with clock.moment(clock.now() + timedelta(days=30)):
        assert settle_shared_rows() == 0
    BudgetLine.objects.filter(pk=line.pk).update(proposal="proposed")
    Budget.objects.filter(pk=line.budget_id).update(status="submitted", submitted_at=clock.now())
    with clock.moment(clock.now() + timedelta(days=30)):
        assert settle_shared_rows() == 0
    assert now(line).revenue == 300_000


def test_who_proposes_and_what(line: BudgetLine, year: Year, nothing_changed: Any) -> None:
    matrix = year.matrix
    with nothing_changed():
        for user in (
            matrix.account_manager,
            matrix.area_manager_de,
            matrix.area_manager_us,
            matrix.sales_manager,
            matrix.quality_it,
        ):
            with pytest.raises(Denied) as denied:
                propose_row(line, actor=user, proposed=Decimal(1), why=WHY)
            assert denied.value.code == "not_permitted"
        with pytest.raises(Denied) as denied:
            propose_row(line.budget.lines.exclude(pk=line.pk).get(), actor=matrix.account_manager2, proposed=Decimal(1), why=WHY)
        assert denied.value.code == "not_permitted"
        for wrong, field in (({"why": " "}, "why"), ({"why": "x" * 401}, "why"), ({"proposed": Decimal(-1)}, "proposed")):
            with pytest.raises(Denied) as denied:
                propose_row(line, actor=matrix.account_manager2, **{"why": WHY, "proposed": Decimal(1)} | wrong)
            assert denied.value.field == field
        with pytest.raises(Denied) as denied:
            answer_row(line, actor=matrix.area_manager_de, answer="agreed")
        assert denied.value.code == "nothing_proposed"
        with pytest.raises(Denied) as denied:
            decide_row(line, actor=matrix.sales_manager, figure="own", why=WHY)
        assert denied.value.code == "row_not_open"
    one = proposed(line, year)
    with nothing_changed():
        for values, field in (({"answer": "open"}, "comment"), ({"answer": "taken"}, "answer")):
            with pytest.raises(Denied) as denied:
                answer_row(one, actor=matrix.area_manager_de, **values)
            assert denied.value.field == field
        with pytest.raises(Denied) as denied:
            remove_line(one, actor=matrix.area_manager_de)
        assert denied.value.code == "row_open"
    fill_budget(one.budget, actor=matrix.area_manager_de, anew=True)
    assert now(line).proposal == "proposed"


def test_over_rest_a_row_is_proposed_answered_and_decided(line: BudgetLine, year: Year) -> None:
    matrix = year.matrix
    other, me, boss = api(matrix.account_manager2), api(matrix.area_manager_de), api(matrix.sales_manager)
    at = f"/api/v1/budget-lines/{line.pk}"
    made = other.post(f"{at}/propose/", {"proposed": "360000.00", "why": WHY}, format="json")
    assert (made.status_code, made.json()["proposal"], made.json()["proposed"]) == (200, "proposed", "360000.00")
    rows = me.get(f"/api/v1/budgets/{line.budget_id}/cells/").json()["lines"]
    [row] = [row for row in rows if row["id"] == line.pk]
    assert (row["proposal"], row["proposed"], row["proposal_reason"]) == ("proposed", 360_000, WHY)
    assert me.get("/api/v1/budget-lines/?proposal=proposed").json()["count"] == 1
    kept = me.post(f"{at}/answer-row/", {"answer": "open", "comment": "No."}, format="json")
    assert (kept.status_code, kept.json()["proposal"]) == (200, "open"), kept.content
    done = boss.post(f"{at}/decide/", {"figure": "proposed", "why": "Paid."}, format="json")
    assert (done.status_code, done.json()["revenue"], done.json()["settled"]) == (200, "360000.00", "360000.00"), done.content


def test_the_screens_of_a_shared_row(line: BudgetLine, year: Year) -> None:
    """Both see the figures with their difference; each finds the step that is theirs."""
    matrix = year.matrix
    other, me, boss = as_(matrix.account_manager2), as_(matrix.area_manager_de), as_(matrix.sales_manager)
    at = f"/budgets/lines/{line.pk}/"
    done = other.post(f"{at}propose/", {"proposed": "360000", "why": WHY, "version": now(line).version})
    assert done.status_code == 302, done.content.decode()
    for client in (other, me, boss):
        page = words(client.get(at))
        assert WHY in page and "360,000" in page and "60,000" in page and "300,000" in page
    assert f"{at}settle/" in me.get(at).content.decode() and f"{at}settle/" not in other.get(at).content.decode()
    done = me.post(f"{at}settle/", {"answer": "open", "comment": "The press is late.", "version": now(line).version})
    assert (done.status_code, now(line).proposal) == (302, "open")
    page = words(me.get(f"/budgets/{line.budget_id}/"))
    assert "Shared rows are open; the sales manager decides on them." in page and "The press is late." in page
    assert f"{at}decide/" in boss.get(at).content.decode() and f"{at}decide/" not in me.get(at).content.decode()
    done = boss.post(f"{at}decide/", {"figure": "own", "why": "Right.", "version": now(line).version})
    assert (done.status_code, now(line).proposal) == (302, "decided")
    [told] = Notification.objects.filter(kind="row_answered", reader=matrix.account_manager2, actor=matrix.sales_manager)
    assert other.get(f"/notifications/{told.pk}/open/", follow=True).redirect_chain[-1][0] == at
