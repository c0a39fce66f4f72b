"""The papers of the year: budget book, target letter and quantity plan say what their reader may read, in the right language, no more."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from budgets.actions import answer_quantities, share_budget
from budgets.actions.quantities import Said
from budgets.documents import budget_book, quantity_sheet, target_letter
from budgets.models import Budget, BudgetLine, BudgetRound, QuantityPlan
from budgets.reports.book import book_of
from kam.core.jobs import Job
from kam.core.printing import Contents, render
from kam.core.workflow import Denied
from tests.accounts.test_activity import api, as_
from tests.budgets.conftest import Year
from tests.budgets.test_quantities import plan
from tests.budgets.test_revision import published

__all__ = ["plan", "published"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def printed(tmp_path: Path) -> Callable[[Contents, Any], list[str]]:
    """The words on each page of a paper."""

    def words(contents: Contents, actor: Any) -> list[str]:
        path = tmp_path / "paper.pdf"
        assert render(contents, path, actor=actor) > 0
        return [page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(str(path))]

    return words


def test_the_book_of_a_round_adds_up(year: Year, printed: Callable[..., list[str]]) -> None:
    matrix = year.matrix
    budgets = list(Budget.objects.filter(round=year.round))
    found = book_of(year.round, budgets, matrix.sales_manager, 2)
    assert found.whole.revenue == found.whole.before == sum(one.revenue for one in budgets) == 1_130_000
    for parts in found.by.values():
        assert sum(part.revenue for part in parts.values()) == 1_130_000
        assert sum(part.before for part in parts.values()) == 1_130_000
    assert {key: (part.revenue, part.before) for key, part in found.by["person"].items()} == {
        matrix.account_manager.pk: (830_000, 830_000), matrix.area_manager_de.pk: (300_000, 300_000),
    }  # fmt: skip
    assert [line.plant for line, _customer, _part in found.lines] == [matrix.acme_it_plant, matrix.beta_plant]
    book = budget_book(f"round:{year.round.pk}", actor=matrix.sales_manager)
    cover, totals, *lines = printed(book, matrix.sales_manager)
    for text in (
        f"{next(iter(budgets)).round.year} V1",
        "In preparation",
        "Elena Marchetti",
        "1,130,000",
        "Hold the prices.",
        "DRAFT",
    ):
        assert text in cover, text
    for text in ("People", "Locations", "Sectors", "Product families", "830,000", "Total", "Margin %"):
        assert text in totals, text
    for text in ("ACME Conveyors", "KP-1", "400,000", "180,000", "CONFIDENTIAL"):
        assert text in lines[0], text


def test_the_book_has_what_its_reader_sees_and_costs_for_those_who_read_them(
    year: Year, printed: Callable[..., list[str]]
) -> None:
    matrix = year.matrix
    own = budget_book(f"round:{year.round.pk}", actor=matrix.area_manager_de)
    words = " ".join(printed(own, matrix.area_manager_de))
    # The goods of the account manager's German budget are made in Italy: no margin for the area manager of Germany.
    assert "BETA" in words and "300,000" in words and "Margin" not in words
    assert "400,000" not in words and "not those of the whole round" in words
    matrix.account_manager.language = "de"
    budget = year.budget(matrix.account_manager, matrix.germany)
    book = budget_book(f"budget:{budget.pk}", actor=matrix.account_manager)
    words = " ".join(printed(book, matrix.account_manager))
    assert "Budgetbuch" in words and "250.000" in words and "Marge" in words and "ENTWURF" in words and "BETA" not in words


def test_who_is_only_shown_a_budget_prints_neither_costs_nor_sales(year: Year, printed: Callable[..., list[str]]) -> None:
    matrix = year.matrix
    budget, reader = year.budget(matrix.account_manager, matrix.italy), matrix.quality_it
    with pytest.raises(Denied):
        budget_book(f"budget:{budget.pk}", actor=reader)
    share_budget(budget, actor=matrix.account_manager, user=reader)
    words = " ".join(printed(budget_book(f"budget:{budget.pk}", actor=reader), reader))
    assert "400,000" in words and "Year before" not in words and "Margin" not in words and "BETA" not in words
    own = " ".join(printed(budget_book(f"budget:{budget.pk}", actor=matrix.account_manager), matrix.account_manager))
    assert "Year before" in own and "Margin" in own


def test_what_is_not_printed_stands_in_rows_of_its_own(
    year: Year, printed: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("budgets.documents.book.MOST_LINES", 1)
    boss = year.matrix.sales_manager
    words = " ".join(printed(budget_book(f"round:{year.round.pk}", actor=boss), boss))
    assert "Other customers" in words and "400,000" in words and "730,000" in words


def test_the_letter_is_for_the_person_in_their_language(published: Year, printed: Callable[..., list[str]]) -> None:
    matrix = published.matrix
    matrix.account_manager.language = "de"
    matrix.account_manager.save()
    key = f"{published.round.first_month}:{matrix.account_manager.pk}"
    for actor in (matrix.account_manager, matrix.sales_manager, matrix.management):
        words = " ".join(printed(target_letter(key, actor=actor), actor))
        for text in ("Zielschreiben", "830.000", "1. Quartal", "Januar", "Produktfamilien", "ACME Conveyors", "Hold the prices.",
                     "Marge", str(matrix.sales_manager), "Ort und Datum"):  # fmt: skip
            assert text in words, text
        assert "BETA" not in words and "300.000" not in words
    # The area manager of Germany reads the German targets, and not all of the account manager's.
    for actor in (matrix.area_manager_de, matrix.account_manager2, matrix.production_it, matrix.nobody):
        with pytest.raises(Denied) as denied:
            target_letter(key, actor=actor)
        assert denied.value.status == 404


def test_a_letter_tells_no_margin_to_who_may_not_read_it(published: Year, printed: Callable[..., list[str]]) -> None:
    matrix = published.matrix
    key = f"{published.round.first_month}:{matrix.area_manager_de.pk}"
    for actor in (matrix.area_manager_de, matrix.sales_manager):
        words = " ".join(printed(target_letter(key, actor=actor), actor))
        assert "300,000" in words and "Margin" not in words


@pytest.mark.parametrize("key", ["", "x", "2026-01-01", "2026-01-01:", "2026-13-01:1", "2026-01-01:0", "round:1"])
def test_a_key_of_nothing_is_refused(published: Year, key: str) -> None:
    for make in (target_letter, budget_book, quantity_sheet):
        with pytest.raises(Denied) as denied:
            make("budget:0" if make is budget_book else key, actor=published.matrix.sales_manager)
        assert denied.value.status == 404


def test_the_quantity_plan_shows_no_money(plan: QuantityPlan, year: Year, printed: Callable[..., list[str]]) -> None:
    matrix = year.matrix
    month = next(cell.month for cell in BudgetLine.objects.first().cells.all() if cell.quantity)  # type: ignore[union-attr]
    answer_quantities(plan, actor=matrix.production_it, answers=[Said(year.product, "limit", month, Decimal(9_000))])
    matrix.production_it.language = "it"
    words = " ".join(printed(quantity_sheet(str(plan.pk), actor=matrix.production_it), matrix.production_it))
    for text in ("Piano quantità", "KP-1", "11.300", "Fino a una quantità", "9.000", "RISERVATO", "BOZZA"):
        assert text in words, text
    for text in ("1.130.000", "400.000", "EUR", "€", "ACME", "BETA", "Elena Marchetti", "100,00"):
        assert text not in words, text
    for actor in (matrix.account_manager, matrix.quality_it, matrix.area_manager_de, matrix.nobody):
        with pytest.raises(Denied) as denied:
            quantity_sheet(str(plan.pk), actor=actor)
        assert denied.value.status == 404


def test_the_buttons_and_rest_start_the_prints(published: Year, nothing_changed: Any) -> None:
    matrix, one = published.matrix, published.round
    budget = published.budget(matrix.account_manager, matrix.italy)
    sheet = QuantityPlan.objects.get(round=one)
    leader, boss = matrix.account_manager, matrix.sales_manager
    asked = [
        (leader, f"/budgets/rounds/{one.pk}/", "book/", f"/api/v1/budget-rounds/{one.pk}/print-book/", f"round:{one.pk}"),
        (leader, f"/budgets/{budget.pk}/", "book/", f"/api/v1/budgets/{budget.pk}/print-book/", f"budget:{budget.pk}"),
        (
            leader,
            f"/budgets/{budget.pk}/",
            "letter/",
            f"/api/v1/budgets/{budget.pk}/print-letter/",
            f"{one.first_month}:{leader.pk}",
        ),
        (boss, f"/budgets/quantities/{sheet.pk}/", "print/", f"/api/v1/quantity-plans/{sheet.pk}/print-plan/", str(sheet.pk)),
    ]
    for actor, page, verb, address, key in asked:
        browser = as_(actor)
        assert f"{page}{verb}" in browser.get(page).content.decode(), page
        answer = browser.post(f"{page}{verb}")
        job = Job.objects.latest("pk")
        assert (answer.status_code, answer["Location"], job.params["key"]) == (302, job.get_absolute_url(), key)
        told = api(actor).post(address, {}, format="json")
        job = Job.objects.latest("pk")
        assert (told.status_code, told.json()["id"], job.kind, job.params["key"]) == (201, job.pk, "core.print", key)
        with nothing_changed(apart_from=("django_session",)):
            assert api(actor).post(address, {"person": 1}, format="json").status_code == 400
            assert api(matrix.account_manager2 if "round" not in page else matrix.production_it).post(address).status_code == 404
    assert "/letter/" in as_(leader).get(f"/budgets/my-year/?year={one.first_month}").content.decode()
    # Whoever sees a budget and not all targets of its person gets no letter.
    german, area = published.budget(leader, matrix.germany), as_(matrix.area_manager_de)
    with nothing_changed(apart_from=("django_session",)):
        assert "letter/" not in area.get(f"/budgets/{german.pk}/").content.decode()
        assert area.post(f"/budgets/{german.pk}/letter/").status_code == 409
    assert BudgetRound.objects.get() == one
