"""Prints as they were issued: the same bytes for ever, once a job, read by whoever may read the figures that are in them."""

import hashlib
from pathlib import Path
from typing import Any

import pytest

from budgets.actions import hold_meeting
from budgets.actions.papers import run_issuing, start_issuing
from budgets.models import Budget, IssuedPaper, QuantityPlan, SalesMeeting
from kam.core.documents import Document
from kam.core.jobs import Job
from tests.accounts.test_activity import api, as_
from tests.budgets.conftest import Year
from tests.budgets.test_revision import published

__all__ = ["published"]
pytestmark = pytest.mark.django_db


class Told:
    """A report that keeps what it is told, and its files in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.errors = folder, []  # type: Path, list[Any]

    def __call__(self, *_values: Any) -> None:
        """Progress."""

    def file(self, name: str) -> Path:
        """Where the result goes."""
        return self.folder / name

    def error(self, **details: Any) -> None:
        """A paper that was refused."""
        self.errors.append(details)


def may_read(paper: IssuedPaper, year: Year) -> set[str]:
    """Who may read a paper."""
    matrix = year.matrix
    names = ("account_manager", "account_manager2", "area_manager_de", "area_manager_us", "sales_manager", "management",
             "finance_it", "production_it", "quality_it", "administrator", "nobody")  # fmt: skip
    return {name for name in names if IssuedPaper.objects.visible_to(getattr(matrix, name)).filter(pk=paper.pk).exists()}


DIRECTION = {"sales_manager", "management"}


def test_publication_issues_letters_and_plans_once(published: Year, tmp_path: Path, nothing_changed: Any) -> None:
    matrix, one = published.matrix, published.round
    job = Job.objects.get(kind="budgets.issue_papers")
    assert job.actor == matrix.sales_manager
    assert run_issuing(job, Told(tmp_path)) == {"issued": 3}
    with nothing_changed():
        assert run_issuing(job, Told(tmp_path)) == {"issued": 0}
    letters = {paper.person: paper for paper in IssuedPaper.objects.filter(kind="target_letter")}
    assert set(letters) == {matrix.account_manager, matrix.area_manager_de}
    plan = IssuedPaper.objects.get(kind="quantity_plan")
    assert {(paper.versions, paper.round, paper.issued_by) for paper in IssuedPaper.objects.all()} == {
        ("V1", one, matrix.sales_manager)
    }
    # A letter holds one person's targets: the person, who leads everything, and where it has no margin who reads all its locations.
    assert may_read(letters[matrix.account_manager], published) == {"account_manager"} | DIRECTION
    assert not letters[matrix.area_manager_de].with_costs
    assert may_read(letters[matrix.area_manager_de], published) == {"area_manager_de"} | DIRECTION
    assert may_read(plan, published) == {"production_it", "finance_it"} | DIRECTION

    # Opening it again gives the same bytes, whatever has happened since; nobody else finds it, and nobody touches it.
    mine = letters[matrix.account_manager]
    before = bytes(mine.document.file.open().read())  # type: ignore[union-attr]
    matrix.account_manager.language = "de"
    matrix.account_manager.save()
    address = mine.get_absolute_url()
    for reader in (matrix.account_manager, matrix.sales_manager):
        answer = as_(reader).get(address)
        bytes_ = b"".join(answer.streaming_content)
        assert (answer.status_code, bytes_) == (200, before)
    shown = api(matrix.account_manager).get(f"/api/v1/issued-papers/{mine.pk}/").json()
    assert shown["sha256"] == hashlib.sha256(before).hexdigest() and before.startswith(b"%PDF")
    with nothing_changed(apart_from=("django_session", "accounts_user")):
        for stranger in (matrix.account_manager2, matrix.area_manager_de, matrix.production_it):
            assert as_(stranger).get(address).status_code == 404
            assert api(stranger).get(f"/api/v1/issued-papers/{mine.pk}/").status_code == 404
            assert str(mine) not in as_(stranger).get("/budgets/papers/").content.decode() or stranger == matrix.area_manager_de
        for verb in ("revise", "retire", "edit"):
            assert as_(matrix.sales_manager).post(f"{address}{verb}/", {"reason": "x"}).status_code in {403, 404}
    page = as_(matrix.account_manager).get(f"/budgets/my-year/?year={one.first_month}").content.decode()
    assert address in page and "SHA-256" in page


def test_a_person_issues_a_book_a_report_and_a_meeting_sheet(published: Year, tmp_path: Path, nothing_changed: Any) -> None:
    matrix, one = published.matrix, published.round
    leader, boss = matrix.account_manager, matrix.sales_manager
    budget = published.budget(matrix.area_manager_de, matrix.germany)
    own = published.budget(leader, matrix.germany)
    meeting = hold_meeting(SalesMeeting, actor=boss, person=leader, minutes="Go on.")

    def issued(actor: Any, page: str, address: str, body: dict[str, Any]) -> IssuedPaper:
        """Asked for by a screen and over REST; the first is carried out."""
        assert 'name="issue"' in as_(actor).get(page).content.decode(), page
        assert as_(actor).post(address, {"issue": "1", **body}).status_code == 302
        job = Job.objects.latest("pk")
        assert job.kind == "budgets.issue_papers"
        assert run_issuing(job, Told(tmp_path)) == {"issued": 1}
        return IssuedPaper.objects.latest("pk")

    book = issued(matrix.area_manager_de, budget.get_absolute_url(), f"{budget.get_absolute_url()}book/", {})
    assert (book.with_costs, may_read(book, published)) == (False, {"area_manager_de"} | DIRECTION)
    # The goods are made in Italy: the area manager reads the budget and not its margin, so neither the book that shows it.
    book = issued(leader, own.get_absolute_url(), f"{own.get_absolute_url()}book/", {})
    assert (book.with_costs, may_read(book, published)) == (True, {"account_manager"} | DIRECTION)
    assert issued(boss, one.get_absolute_url(), f"{one.get_absolute_url()}book/", {}).budget is None
    assert may_read(IssuedPaper.objects.latest("pk"), published) == DIRECTION
    report = issued(leader, "/budgets/meeting/", "/budgets/deviations/report/", {"key": f"{one.first_month}:{leader.pk}"})
    assert may_read(report, published) == {"account_manager"} | DIRECTION
    at = "/api/v1/deviations/print-report/"
    asked = {"first_month": one.first_month.isoformat(), "person": leader.pk}
    assert api(leader).post(at, asked | {"issue": True}, format="json").status_code == 201
    assert run_issuing(Job.objects.latest("pk"), Told(tmp_path)) == {"issued": 1}
    assert may_read(IssuedPaper.objects.latest("pk"), published) == {"account_manager"} | DIRECTION
    made = api(boss).post(at, {"first_month": asked["first_month"]}, format="json")
    assert (made.status_code, Job.objects.latest("pk").params["key"]) == (201, f"{one.first_month}:")
    with nothing_changed():
        for reader, wrong, field in (
            (leader, asked | {"person": boss.pk}, "person"),
            (leader, {"first_month": "1999-01-01"}, "first_month"),
            (matrix.quality_it, asked, "first_month"),
        ):
            refused = api(reader).post(at, wrong, format="json")
            assert refused.status_code == 400 and f'"{field}"' in refused.content.decode(), refused.content
    sheet = issued(boss, meeting.get_absolute_url(), f"{meeting.get_absolute_url()}print/", {})
    assert may_read(sheet, published) == {"account_manager"} | DIRECTION
    assert api(boss).post(f"/api/v1/sales-meetings/{meeting.pk}/print-sheet/", {"issue": True}, format="json").status_code == 201
    assert Job.objects.latest("pk").kind == "budgets.issue_papers"

    # A book of a part of a round is no book of the round; who only reads issues nothing.
    job = start_issuing([("budgets.budget_book", f"round:{one.pk}"), ("budgets.quantity_sheet", "0")], actor=leader, title="x")
    told = Told(tmp_path)
    with nothing_changed():
        assert run_issuing(job, told) == {"issued": 0}
    assert len(told.errors) == 2
    with nothing_changed(apart_from=("django_session", "accounts_user")):
        plan = QuantityPlan.objects.get(round=one)
        assert as_(matrix.finance_it).post(f"/budgets/quantities/{plan.pk}/print/", {"issue": "1"}).status_code == 403
        assert (
            api(matrix.finance_it)
            .post(f"/api/v1/quantity-plans/{plan.pk}/print-plan/", {"issue": True}, format="json")
            .status_code
            == 403
        )
    assert Document.objects.filter(type__code="print").count() == IssuedPaper.objects.count() == 6
    assert Budget.objects.filter(papers__isnull=False).distinct().count() == 2
