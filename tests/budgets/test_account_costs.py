"""Account costs: planned in a budget while it accepts work, spent by import, side by side to the cent, read by nobody else."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from accounts.actions.hand_over import hand_over
from accounts.models import HandOver
from budgets.actions import (
    edit_account_cost,
    plan_account_cost,
    publish_round,
    remove_account_cost,
    return_budget,
    share_budget,
    submit_budget,
)
from budgets.documents import budget_book, target_letter
from budgets.models import AccountCost, AccountExpense, Budget, BudgetRate, BudgetRound
from budgets.reports.account_costs import account_costs, total_of
from budgets.reports.standings import Plan, Question
from kam.core import clock, imports
from kam.core.import_kinds import import_kind
from kam.core.imports import undo_import
from kam.core.money import ExchangeRate
from kam.core.workflow import Denied
from tests.accounts.test_activity import api, as_
from tests.accounts.test_people_excel import carry_out, preview, quiet
from tests.budgets.conftest import Year, next_year
from tests.budgets.test_prints import printed
from tests.budgets.test_revision import revised
from tests.budgets.test_round import approved
from tests.budgets.test_sheet import counts

__all__ = ["printed"]
pytestmark = pytest.mark.django_db
KIND = "budgets.account_costs"


def day(month: int) -> date:
    """A day in a month of the year that is planned."""
    return next_year().replace(month=month, day=15)


def document(number: int, **values: Any) -> dict[str, Any]:
    """A document of accounting, at the Italian location, of the account manager."""
    plain = {"source": "FI", "document": f"R-{number}", "date": day(1), "kind": "travel", "location": "IT", "currency": "EUR"}
    return plain | {"person": "account.manager@kam.example", "amount": Decimal("100.10")} | values


@pytest.fixture
def planned(year: Year) -> Year:
    """The account manager sets 1,000.00 aside for travel and 500.25 for bonuses to ACME in March, the area manager 80.00."""
    me, there = year.matrix.account_manager, year.matrix.area_manager_de
    budget = year.budget(me, year.matrix.italy)
    plan_account_cost(budget, actor=me, kind="travel", amount=Decimal(1_000))
    plan_account_cost(budget, actor=me, kind="bonuses", amount=Decimal("500.25"), month=3, customer=year.matrix.acme_it)
    plan_account_cost(year.budget(there, year.matrix.germany), actor=there, kind="samples", amount=Decimal(80))
    return year


def published(year: Year) -> Year:
    """The same, published."""
    approved(year)
    publish_round(year.round, actor=year.matrix.sales_manager)
    return year


def test_the_contributor_plans_costs_while_the_budget_accepts_work(planned: Year, nothing_changed: Any) -> None:
    matrix, me = planned.matrix, planned.matrix.account_manager
    budget = planned.budget(me, matrix.italy)
    travel = budget.account_costs.get(kind="travel")
    text = as_(me).get(f"/budgets/{budget.pk}/").content.decode()
    assert "1,500.25" in text and "Bonuses" in text and "March" in text
    with nothing_changed():
        for actor in (matrix.sales_manager, matrix.finance_it, matrix.area_manager_de):
            with pytest.raises(Denied):
                plan_account_cost(budget, actor=actor, kind="samples", amount=Decimal(1))
        for values, code in (
            ({"kind": "travel", "amount": Decimal(1)}, "cost_twice"),
            ({"kind": "samples", "amount": Decimal(-1)}, "invalid"),
            ({"kind": "flowers", "amount": Decimal(1)}, "invalid"),
            ({"kind": "samples", "amount": Decimal(1), "month": 13}, "invalid"),
        ):
            with pytest.raises(Denied) as denied:
                plan_account_cost(budget, actor=me, **values)
            assert getattr(denied.value, "refusals", [denied.value])[0].code == code
    with nothing_changed():
        same = api(me).patch(f"/api/v1/account-costs/{travel.pk}/", {}, format="json", HTTP_IF_MATCH="*")
    assert (same.status_code, same.json()["amount"]) == (200, "1000.00"), same.content
    answer = api(me).post(
        "/api/v1/account-costs/", {"budget": budget.pk, "kind": "premium_freight", "month": 2, "amount": "12.50"}, format="json"
    )
    assert answer.status_code == 201, answer.content
    edit_account_cost(travel, actor=me, amount=Decimal("999.99"))
    remove_account_cost(AccountCost.objects.get(pk=answer.json()["id"]), actor=me)
    published(planned)
    budget.refresh_from_db()
    with nothing_changed():
        for attempt in (
            lambda: plan_account_cost(budget, actor=me, kind="samples", amount=Decimal(1)),
            lambda: edit_account_cost(travel, actor=me, amount=Decimal(1)),
            lambda: remove_account_cost(travel, actor=me),
        ):
            with pytest.raises(Denied) as denied:
                attempt()
            assert denied.value.code == "budget_closed"


def test_a_revision_begins_with_the_costs_in_force_and_keeps_the_original(planned: Year, nothing_changed: Any) -> None:
    me, boss = planned.matrix.account_manager, planned.matrix.sales_manager
    published(planned)
    year = Year(planned.matrix, planned.product, revised(planned))
    travel = year.budget(me, planned.matrix.italy).account_costs.get(kind="travel")
    edit_account_cost(travel, actor=me, amount=Decimal(1_200))
    whole = Question(next_year())
    assert total_of(account_costs(whole, boss)).budgeted == Decimal("1580.25")
    approved(year)
    publish_round(year.round, actor=boss)
    assert total_of(account_costs(whole, boss)).budgeted == Decimal("1780.25")
    assert total_of(account_costs(Question(next_year(), plan=Plan.ORIGINAL), boss)).budgeted == Decimal("1580.25")
    Budget.objects.filter(round=year.round).update(status="draft", approved_at=None, approved_by=None, submitted_at=None)
    BudgetRound.objects.filter(pk=year.round.pk).update(
        status="open", approved_at=None, approved_by=None, published_at=None, opened_at=clock.now() + timedelta(days=500)
    )
    with nothing_changed(), pytest.raises(Denied) as denied:
        edit_account_cost(AccountCost.objects.get(budget__round=year.round, month=3), actor=me, amount=Decimal(1))
    assert denied.value.code == "month_over"


def test_documents_are_taken_in_once_corrected_and_taken_back(planned: Year) -> None:
    matrix, boss = planned.matrix, planned.matrix.sales_manager
    rows = [
        document(1),
        document(2, person=None, customer=matrix.acme_it.code, kind="samples"),
        document(3, location="DE", person=None, customer=matrix.beta.code, amount=Decimal("-5.05"), currency=None),
    ]
    first = preview(KIND, boss, rows)
    assert (first.errors, counts(first)) == ([], [3, 0, 0, 0])
    carry_out(first)
    made = dict(AccountExpense.objects.values_list("document", "person__email"))
    assert made == {
        "R-1": "account.manager@kam.example",
        "R-2": "account.manager@kam.example",
        "R-3": "area.manager.de@kam.example",
    }
    hand_over(
        HandOver, actor=boss, source=matrix.account_manager, target=matrix.account_manager2, day=clock.today(), reason="Leaves"
    )
    again = preview(KIND, boss, rows)
    assert (again.errors, counts(again)) == ([], [0, 0, 3, 0])
    second = preview(KIND, boss, [document(1, amount=Decimal("110.10")), *rows[1:], document(4)])
    assert (second.errors, counts(second)) == ([], [1, 1, 2, 0])
    carry_out(second)
    assert AccountExpense.objects.get(document="R-1").base_amount == Decimal("110.10")
    undo_import(second, actor=boss)
    second.refresh_from_db()
    imports.run_undo(second.job, quiet)
    assert dict(AccountExpense.objects.values_list("document", "amount")) == {
        "R-1": Decimal("100.10"), "R-2": Decimal("100.10"), "R-3": Decimal("-5.05"),
    }  # fmt: skip
    assert counts(preview(KIND, boss, list(import_kind(KIND).export_rows(boss)))) == [0, 0, 3, 0]


def test_every_fault_stands_at_its_cell_and_nothing_is_written(planned: Year) -> None:
    matrix = planned.matrix
    carry_out(preview(KIND, matrix.sales_manager, [document(9, location="DE")]))
    rows = [
        document(1, location="DE"),
        document(2, person="nobody.at.all@kam.example"),
        document(3, person=None),
        document(4, person=None, customer=matrix.beta.code),
        document(5, currency="USD"),
        document(6, currency="XQZ"),
        document(7),
        document(7, amount=Decimal(3)),
        document(8, kind="flowers"),
        document(9),
        document(10, amount=None),
    ]
    record = preview(KIND, matrix.finance_it, rows)
    found = {(error["row"], error["column"]) for error in record.errors}
    assert found == {
        (2, "location"), (3, "person"), (4, "person"), (5, "customer"), (6, "currency"), (7, "currency"), (9, "document number"),
        (10, "kind of cost"), (11, "document number"), (12, "amount"),
    }  # fmt: skip
    assert AccountExpense.objects.count() == 1
    for actor in (matrix.account_manager, matrix.area_manager_de, matrix.quality_it):
        with pytest.raises(Denied):
            preview(KIND, actor, [document(20)])


def test_budget_and_actuals_reconcile_to_the_cent_in_every_view(planned: Year) -> None:
    """100.10 and 33.33 USD at the budget rate 0.9 (29.997, so 30.00), 10.01 CHF at the rate of the day, 7.77 in Germany."""
    matrix, boss = planned.matrix, planned.matrix.sales_manager
    BudgetRate.objects.update_or_create(round=planned.round, currency="USD", defaults={"rate": Decimal("0.9")})
    for currency, rate in (("USD", "0.8"), ("CHF", "1.05")):
        ExchangeRate.objects.create(
            from_currency=currency, to_currency="EUR", kind="spot", date=day(1), rate=Decimal(rate), source="ECB"
        )
    published(planned)
    rows = [
        document(1),
        document(2, amount=Decimal("33.33"), currency="USD"),
        document(3, amount=Decimal("10.01"), currency="CHF", kind="samples"),
        document(4, amount=Decimal("7.77"), location="DE", person=None, customer=matrix.beta.code, kind="samples"),
        document(5, date=next_year().replace(year=next_year().year + 1)),
        document(6, date=next_year() - timedelta(days=1)),
    ]
    carry_out(preview(KIND, boss, rows))
    for user in matrix.users.values():
        user.renew_access()
    whole = account_costs(Question(next_year()), boss)
    assert {row.kind: (row.budgeted, row.actual, row.difference) for row in whole} == {
        "samples": (80, Decimal("18.28"), Decimal("-61.72")),
        "travel": (1_000, Decimal("130.10"), Decimal("-869.90")),
        "bonuses": (Decimal("500.25"), 0, Decimal("-500.25")),
    }
    total = total_of(whole)
    for parts in (
        [Question(next_year(), person=person) for person in (matrix.account_manager, matrix.area_manager_de)],
        [Question(next_year(), location=location) for location in (matrix.italy, matrix.germany, matrix.usa)],
    ):
        sums = [total_of(account_costs(asked, boss)) for asked in parts]
        assert sum(one.budgeted for one in sums) == total.budgeted == Decimal("1580.25")
        assert sum(one.actual for one in sums) == total.actual == Decimal("148.38")
    page = as_(boss).get(f"/budgets/my-year/?year={next_year()}").content.decode()
    assert "148.38" in page and "1,580.25" in page and "−1,431.87" in page
    told = api(matrix.account_manager).get(f"/api/v1/targets/account-costs/?first_month={next_year()}").json()
    assert [(row["cost"], row["actual"]) for row in told] == [
        ("samples", "10.51"), ("travel", "130.10"), ("bonuses", "0.00"), (None, "140.61"),
    ]  # fmt: skip


def test_costs_are_read_by_their_person_their_location_and_the_company_and_not_by_a_share(planned: Year) -> None:
    matrix = planned.matrix
    carry_out(preview(KIND, matrix.sales_manager, [document(1), document(2, location="DE")]))
    budget = planned.budget(matrix.account_manager, matrix.italy)
    share_budget(budget, actor=matrix.account_manager, user=matrix.quality_it)
    reads = {
        "account_manager": (2, 2), "account_manager2": (0, 0), "area_manager_de": (1, 1), "area_manager_us": (0, 0),
        "finance_it": (2, 1), "sales_manager": (3, 2), "management": (3, 2), "auditor": (3, 2), "quality_it": (0, 0), "nobody": (0, 0),
    }  # fmt: skip
    for name, expected in reads.items():
        person = matrix.users[name]
        person.renew_access()
        seen = (AccountCost.objects.visible_to(person).count(), AccountExpense.objects.visible_to(person).count())
        assert seen == expected, name
    assert "1,500.25" not in as_(matrix.quality_it).get(f"/budgets/{budget.pk}/").content.decode()


def test_costs_go_out_and_come_back_as_a_sheet_of_their_own(planned: Year, nothing_changed: Any) -> None:
    matrix, me = planned.matrix, planned.matrix.account_manager
    kind = import_kind("budgets.planned_costs")
    rows = [{column.key: column.value_of(row) for column in kind.columns} for row in kind.export_rows(me)]
    assert sorted(row["amount"] for row in rows) == [Decimal("500.25"), 1_000]
    record = preview(kind.code, me, rows)
    assert (record.errors, counts(record)) == ([], [0, 0, 2, 0])
    for row in rows:
        row["amount"] += 1
    rows.append({"location": "DE", "kind": "samples", "month": 2, "customer": matrix.acme_de.code, "amount": Decimal("7.10")})
    record = preview(kind.code, me, rows)
    assert (record.errors, counts(record)) == ([], [1, 2, 0, 0])
    assert AccountCost.objects.count() == 3
    carry_out(record)
    assert set(AccountCost.objects.values_list("amount", flat=True)) == {1_001, Decimal("501.25"), Decimal("7.10"), 80}
    undo_import(record, actor=me)
    record.refresh_from_db()
    imports.run_undo(record.job, quiet)
    assert set(AccountCost.objects.values_list("amount", flat=True)) == {1_000, Decimal("500.25"), 80}
    faults = [
        {"location": "DE", "kind": "samples", "month": 13, "amount": Decimal(1)},
        {"location": "US", "kind": "travel", "customer": "NOBODY", "amount": Decimal(1)},
        {"location": "IT", "kind": "travel", "amount": Decimal(1)},
        {"location": "IT", "kind": "travel", "amount": Decimal(2)},
    ]
    record = preview(kind.code, me, faults)
    assert [(error["row"], error["column"]) for error in record.errors] == [
        (2, "month of the year"), (3, "customer"), (5, "kind of cost"),
    ]  # fmt: skip
    with nothing_changed(apart_from=("core_import", "core_importevent", "core_job", "pghistory_context")):
        other = preview(kind.code, matrix.area_manager_us, [{"location": "IT", "kind": "travel", "amount": Decimal(1)}])
        assert counts(other)[3] == 1


def test_what_changed_in_costs_since_the_submission_and_since_the_version_before(planned: Year) -> None:
    matrix, me, boss = planned.matrix, planned.matrix.account_manager, planned.matrix.sales_manager
    budget = planned.budget(me, matrix.italy)
    address = f"/api/v1/budgets/{budget.pk}/cost-changes/"
    submit_budget(budget, actor=me)
    return_budget(budget, actor=boss, reason="Less travel.")
    assert api(me).get(address).json() == {"since_submission": [], "version_before": None, "since_version": []}
    travel, bonus = (AccountCost.objects.get(budget=budget, kind=kind) for kind in ("travel", "bonuses"))
    edit_account_cost(travel, actor=me, amount=Decimal(900))
    remove_account_cost(bonus, actor=me)
    plan_account_cost(budget, actor=me, kind="samples", amount=Decimal("3.50"))
    told = api(boss).get(address).json()["since_submission"]
    assert [(row["cost"], row["month"], row["customer"], row["before"], row["now"], row["difference"]) for row in told] == [
        ("bonuses", 3, matrix.acme_it.pk, "500.25", None, "-500.25"),
        ("travel", None, None, "1000.00", "900.00", "-100.00"),
        ("samples", None, None, None, "3.50", "3.50"),
    ]
    page = as_(boss).get(budget.get_absolute_url()).content.decode()
    assert "Account costs that have changed since submission" in page and "March" in page and "-500.25" in page.replace("−", "-")
    share_budget(budget, actor=me, user=matrix.quality_it)
    assert api(matrix.quality_it).get(address).json()["since_submission"] == []
    assert "500.25" not in as_(matrix.quality_it).get(budget.get_absolute_url()).content.decode()

    published(planned)
    one = revised(planned)
    again = Budget.objects.get(round=one, contributor=me, location=matrix.italy)
    address = f"/api/v1/budgets/{again.pk}/cost-changes/"
    assert api(me).get(address).json() == {"since_submission": [], "version_before": budget.pk, "since_version": []}
    edit_account_cost(AccountCost.objects.get(budget=again, kind="travel"), actor=me, amount=Decimal(1_200))
    (row,) = api(boss).get(address).json()["since_version"]
    assert (row["cost"], row["before"], row["now"], row["difference"]) == ("travel", "900.00", "1200.00", "300.00")
    assert "Account costs that differ from V1" in as_(me).get(again.get_absolute_url()).content.decode()


def test_book_and_letter_have_the_costs_for_who_reads_them(planned: Year, printed: Callable[..., list[str]]) -> None:
    matrix, me, boss = planned.matrix, planned.matrix.account_manager, planned.matrix.sales_manager
    share_budget(planned.budget(me, matrix.italy), actor=me, user=matrix.quality_it)

    def words(make: Any, key: str, reader: Any) -> str:
        return " ".join(printed(make(key, actor=reader), reader))

    book = f"budget:{planned.budget(me, matrix.italy).pk}"
    for reader in (me, boss):
        text = words(budget_book, book, reader)
        assert "Account costs" in text and "1,000.00" in text and "500.25" in text and "1,500.25" in text
    assert "1,500.25" not in words(budget_book, book, matrix.quality_it)
    assert "1,580.25" in words(budget_book, f"round:{planned.round.pk}", boss)
    # Who sees a part of the round reads the costs of that part.
    assert "80.00" in words(budget_book, f"round:{planned.round.pk}", matrix.area_manager_de)
    published(planned)
    letter = f"{planned.round.first_month}:{me.pk}"
    text = words(target_letter, letter, boss)
    assert "Account costs that your budget sets aside" in text and "1,500.25" in text and "80.00" not in text
    assert set(target_letter(letter, actor=boss).issued.locations) == {matrix.italy.pk, matrix.germany.pk, matrix.usa.pk}
