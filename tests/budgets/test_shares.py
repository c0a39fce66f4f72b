"""Sharing a budget: it opens that budget to those with whom it is shared, as long as it is, and not one row or figure more."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import User
from budgets.actions import edit_cells, return_budget, share_budget, submit_budget, withdraw_share
from budgets.actions.lines import CellValue
from budgets.models import Budget, BudgetCell, BudgetLine, BudgetRound, BudgetShare, Target
from kam.core import clock
from kam.core.comments import Comment, write_comment
from kam.core.notifications import Notification
from kam.core.workflow import Denied
from tests.accounts.test_activity import api, as_
from tests.budgets.conftest import Year
from tests.factories.accounts import DelegationFactory, RoleGrantFactory, UserFactory
from tests.pages import words

pytestmark = pytest.mark.django_db


@pytest.fixture
def budget(year: Year) -> Budget:
    """The account manager's German budget: one row of 250,000 to Leipzig."""
    return year.budget(year.matrix.account_manager, year.matrix.germany)


def fresh(user: User) -> User:
    """The person as the next request finds them."""
    return User.objects.get(pk=user.pk)


def found(user: User, budget: Budget) -> set[str]:
    """In which ways this person finds the budget, its row or its amount."""
    client, browser, line = api(fresh(user)), as_(fresh(user)), budget.lines.get()
    at, row = f"/api/v1/budgets/{budget.pk}", f"/api/v1/budget-lines/{line.pk}"
    ways = set()
    for address in (
        f"{at}/", f"{at}/cells/", f"{at}/compared/", f"{at}/checklist/", f"{at}/changes/", f"{row}/", f"{row}/past/",
    ):  # fmt: skip
        if client.get(address).status_code == 200:
            ways.add(address.removeprefix("/api/v1/"))
    for address, query in (("budgets", ""), ("budget-lines", ""), ("budget-lines", f"?budget={budget.pk}")):
        answer = client.get(f"/api/v1/{address}/{query}")
        keys = [one["id"] for one in answer.json().get("results", [])]
        if budget.pk in keys if address == "budgets" else line.pk in keys:
            ways.add(f"{address}{query}")
    for address in (f"/budgets/{budget.pk}/", f"/budgets/{budget.pk}/grid/", f"/budgets/lines/{line.pk}/"):
        if browser.get(address).status_code == 200:
            ways.add(address)
    for address in ("/budgets/", "/budgets/lines/"):
        if "250,000" in words(browser.get(address)):
            ways.add(address)
        if "250000" in browser.get(address, {"export": "csv"}).content.decode():
            ways.add(f"{address} csv")
    if "Leipzig" in words(browser.get("/search/", {"q": "250000"})):
        ways.add("search")
    ways |= {model.__name__ for model in (Budget, BudgetLine, BudgetCell) if model.objects.visible_to(fresh(user)).exists()}  # type: ignore[attr-defined]
    return ways


def test_a_share_opens_that_budget_until_it_is_withdrawn(budget: Budget, year: Year) -> None:
    matrix = year.matrix
    reader, other = matrix.quality_it, matrix.logistics_it
    assert found(reader, budget) == set()
    share = share_budget(budget, actor=matrix.account_manager, user=reader)
    ways = found(reader, budget)
    assert len(ways) == 20 and "search" not in ways, ways
    assert found(other, budget) == set()
    assert list(Budget.objects.visible_to(fresh(reader))) == [budget]
    assert not Target.objects.visible_to(fresh(reader)).exists()
    asked = {user: api(user).get("/api/v1/budgets/?shared=true").json()["count"] for user in (reader, matrix.account_manager)}
    assert asked == {reader: 1, matrix.account_manager: 0}
    for address in ("/api/v1/budget-rounds/", "/api/v1/targets/", "/api/v1/budget-shares/"):
        assert api(reader).get(address).json()["count"] == 0
    [told] = Notification.objects.filter(kind="budget_shared")
    assert (told.reader, told.record) == (reader, budget)
    assert str(budget.get_absolute_url()) in as_(reader).get(f"/notifications/{told.pk}/open/", follow=True).redirect_chain[-1][0]
    withdraw_share(share, actor=matrix.account_manager)
    assert found(reader, budget) == set()
    with pytest.raises(Denied) as denied:
        withdraw_share(share, actor=matrix.account_manager)
    assert denied.value.code == "withdrawn"


def test_a_share_with_a_role_at_a_location_and_for_a_time(budget: Budget, year: Year) -> None:
    matrix, me = year.matrix, year.matrix.account_manager
    share_budget(budget, actor=me, role="production", location=matrix.italy, until=clock.today())
    substitute, german = UserFactory(), UserFactory(role="production", role__location=matrix.germany)
    DelegationFactory(principal=matrix.production_it, substitute=substitute)
    readers = {
        matrix.production_it: True,
        substitute: True,
        german: False,
        matrix.quality_it: False,
        matrix.account_manager2: False,
    }
    assert {user: Budget.objects.visible_to(fresh(user)).filter(pk=budget.pk).exists() for user in readers} == readers
    RoleGrantFactory(user=german, role="production", location=matrix.italy)
    assert Budget.objects.visible_to(fresh(german)).filter(pk=budget.pk).exists()
    BudgetShare.objects.update(until=clock.today() - timedelta(days=1))
    assert not Budget.objects.visible_to(fresh(matrix.production_it)).exists()


def test_a_share_tells_no_cost_and_nothing_else_of_the_contributor(budget: Budget, year: Year) -> None:
    """Costs stay with whose role reads them; sales, the version before and the checklist are not shared."""
    matrix = year.matrix
    budget.lines.update(unit_cost=40, cost_share=Decimal("0.4"))
    edit_cells(budget, actor=matrix.account_manager, cells=[CellValue(budget.lines.get().pk, 1, revenue=Decimal(0))])
    assert "Margin" in words(as_(matrix.account_manager).get(f"/budgets/{budget.pk}/"))
    for reader in (matrix.quality_it, matrix.area_manager_us):
        share_budget(budget, actor=matrix.account_manager, user=reader, may_comment=True)
        client = api(fresh(reader))
        [row] = client.get(f"/api/v1/budgets/{budget.pk}/cells/").json()["lines"]
        assert (row["reads_cost"], row["unit_cost"], row["cost_share"]) == (False, None, None)
        line = client.get(f"/api/v1/budget-lines/{row['id']}/").json()
        assert not {"cost", "margin", "unit_cost", "cost_share"} & {name for name, value in line.items() if value is not None}
        assert not Budget.objects.costs_visible_to(fresh(reader)).filter(pk=budget.pk).exists()
        assert client.get(f"/api/v1/budgets/{budget.pk}/compared/").json()["lines"] == []
        assert client.get(f"/api/v1/budgets/{budget.pk}/checklist/").json() == []
        assert "Margin" not in words(as_(fresh(reader)).get(f"/budgets/{budget.pk}/"))


def test_who_may_comment_says_something_and_who_only_reads_does_not(budget: Budget, year: Year, nothing_changed: Any) -> None:
    matrix, line = year.matrix, budget.lines.get()
    silent, speaking = matrix.quality_it, matrix.logistics_it
    share_budget(budget, actor=matrix.account_manager, user=silent)
    share = share_budget(budget, actor=matrix.account_manager, user=speaking, may_comment=True)
    for user, may in ((silent, "false"), (speaking, "true")):
        assert f'"may_comment": {may}' in as_(fresh(user)).get(f"/budgets/{budget.pk}/grid/").content.decode()
    body = {"record_type": "budgets.budgetline", "record_id": line.pk, "place": "month-3", "text": "Too much in March."}
    with nothing_changed():
        for record in (line, budget):
            with pytest.raises(Denied) as denied:
                write_comment(Comment, actor=fresh(silent), record=record, text="No.")
            assert denied.value.status == 403
        assert api(fresh(silent)).post("/api/v1/comments/", body, format="json").status_code == 403
    assert api(fresh(speaking)).post("/api/v1/comments/", body, format="json").status_code == 201
    assert api(fresh(silent)).get(f"/api/v1/budget-lines/{line.pk}/past/?month=3").json()["comments"][0]["text"] == body["text"]
    share_budget(budget, actor=matrix.account_manager, user=speaking)
    share.refresh_from_db()
    assert not share.may_comment
    with nothing_changed():
        assert api(fresh(speaking)).post("/api/v1/comments/", body, format="json").status_code == 403
        withdraw = BudgetShare.objects.get(user=silent)
    withdraw_share(withdraw, actor=matrix.account_manager)
    assert not Comment.objects.visible_to(fresh(silent)).exists()


def test_a_reader_of_a_share_changes_nothing(budget: Budget, year: Year, nothing_changed: Any) -> None:
    """Not even with the role that prepares or decides on budgets of their own."""
    matrix, line = year.matrix, budget.lines.get()
    reader = matrix.account_manager2
    share_budget(budget, actor=matrix.account_manager, user=reader, may_comment=True)
    reader = fresh(reader)
    with nothing_changed():
        for attempt in (
            lambda: edit_cells(budget, actor=reader, cells=[CellValue(line.pk, 1, revenue=Decimal(1))]),
            lambda: submit_budget(budget, actor=reader),
            lambda: return_budget(budget, actor=reader, reason="No."),
            lambda: share_budget(budget, actor=reader, user=matrix.quality_it),
            lambda: withdraw_share(BudgetShare.objects.get(), actor=reader),
        ):
            with pytest.raises(Denied) as denied:
                attempt()
            assert denied.value.code == "not_permitted"


def test_with_whom_a_budget_is_shared(budget: Budget, year: Year, nothing_changed: Any) -> None:
    matrix, me = year.matrix, year.matrix.account_manager
    gone = UserFactory(is_active=False)
    wrong: list[tuple[dict[str, Any], str]] = [
        ({}, "one_reader"),
        ({"role": "quality"}, "one_reader"),
        ({"location": matrix.italy}, "one_reader"),
        ({"user": matrix.quality_it, "role": "quality", "location": matrix.italy}, "one_reader"),
        ({"user": me}, "own_budget"),
        ({"user": gone}, "person_left"),
        ({"user": matrix.quality_it, "until": clock.today() - timedelta(days=1)}, "day_over"),
    ]
    with nothing_changed():
        for values, code in wrong:
            with pytest.raises(Denied) as denied:
                share_budget(budget, actor=me, **values)
            assert (denied.value.code, denied.value.status) == (code, 400)
        for user in (matrix.area_manager_de, matrix.management, matrix.quality_it):
            with pytest.raises(Denied) as denied:
                share_budget(budget, actor=user, user=matrix.logistics_it)
            assert denied.value.code == "not_permitted"
    again = [share_budget(budget, actor=matrix.sales_manager, user=matrix.quality_it).pk for _time in range(2)]
    assert again[0] == again[1] and Notification.objects.filter(kind="budget_shared").count() == 1


def test_over_rest_and_on_screen_a_budget_is_shared_and_withdrawn(budget: Budget, year: Year) -> None:
    matrix = year.matrix
    client, browser = api(matrix.account_manager), as_(matrix.account_manager)
    body = {"budget": budget.pk, "role": "quality", "location": matrix.italy.pk, "may_comment": True}
    made = client.post("/api/v1/budget-shares/", body, format="json")
    assert (made.status_code, made.json()["may_comment"]) == (201, True), made.json()
    foreign = year.budget(matrix.area_manager_de, matrix.germany)
    denied = client.post("/api/v1/budget-shares/", body | {"budget": foreign.pk}, format="json")
    assert denied.status_code == 400
    denied = api(matrix.area_manager_de).post("/api/v1/budget-shares/", body, format="json")
    assert denied.status_code == 403
    assert client.get(f"/api/v1/budget-shares/?budget={budget.pk}&withdrawn=false").json()["count"] == 1
    done = client.post(f"/api/v1/budget-shares/{made.json()['id']}/withdraw/")
    assert done.json()["withdrawn_at"] is not None
    answer = browser.post(f"/budgets/{budget.pk}/share/", {"user": matrix.quality_it.pk, "version": budget.version})
    assert answer.status_code == 302, words(answer)
    page = browser.get(f"/budgets/{budget.pk}/")
    share = BudgetShare.objects.get(user=matrix.quality_it)
    assert f"{matrix.quality_it}: reads" in words(page) and f"/budgets/shares/{share.pk}/withdraw/" in page.content.decode()
    assert "/withdraw/" not in as_(fresh(matrix.quality_it)).get(f"/budgets/{budget.pk}/").content.decode()
    assert browser.post(f"/budgets/shares/{share.pk}/withdraw/", {"version": share.version}).status_code == 302
    assert as_(fresh(matrix.quality_it)).get(f"/budgets/{budget.pk}/").status_code == 404


def test_the_version_before_is_not_shared_with_a_budget(budget: Budget, year: Year) -> None:
    matrix, line, now = year.matrix, budget.lines.get(), clock.now()
    done = {"approved_at": now, "approved_by": matrix.sales_manager}
    one = BudgetRound.objects.create(
        first_month=year.round.first_month, number=9, status="published", deadline=clock.today(), currency="EUR",
        requested_by=matrix.sales_manager, opened_at=now, published_at=now, **done,
    )  # fmt: skip
    before = Budget.objects.create(
        round=one, contributor=budget.contributor, location=budget.location, status="approved", submitted_at=now, **done
    )
    same = {name: getattr(line, name) for name in ("plant", "product", "producing_location", "currency", "unit", "chance")}
    old = BudgetLine.objects.create(budget=before, **same)
    BudgetCell.objects.bulk_create([BudgetCell(line=old, month=month, revenue=77) for month in range(1, 13)])
    share_budget(budget, actor=matrix.account_manager, user=matrix.quality_it)
    asked = f"/api/v1/budgets/{budget.pk}/compared/?with=previous"
    assert api(matrix.account_manager).get(asked).json()["lines"][0]["line"] == line.pk
    assert api(fresh(matrix.quality_it)).get(asked).json() == {"name": "", "lines": []}
