"""A whole round over REST, by the people whose steps they are; and what others get to see of it: nothing."""

from datetime import timedelta
from typing import Any

import pytest

from budgets.models import Budget, Target
from kam.core import clock
from tests.accounts.test_activity import api
from tests.budgets.conftest import next_year
from tests.matrix import Matrix

pytestmark = pytest.mark.django_db


def test_a_client_runs_a_whole_round(matrix: Matrix, sold: Any) -> None:
    sold()
    boss = api(matrix.sales_manager)
    answer = boss.post(
        "/api/v1/budget-rounds/",
        {
            "first_month": next_year().isoformat(),
            "deadline": (clock.today() + timedelta(days=9)).isoformat(),
            "guidelines": "Hold prices.",
        },
        format="json",
    )
    assert answer.status_code == 201, answer.json()
    at = f"/api/v1/budget-rounds/{answer.json()['id']}"
    assert answer.json()["name"] == "V1"
    opened = boss.post(f"{at}/open/", {"top_down": "1140000.00"}, format="json")
    assert (opened.status_code, opened.json()["status"]) == (200, "open"), opened.json()
    for user in (matrix.account_manager, matrix.area_manager_de):
        client = api(user)
        mine = client.get("/api/v1/budgets/?mine=true").json()["results"]
        for budget in mine:
            lines = client.get(f"/api/v1/budget-lines/?budget={budget['id']}").json()["results"]
            assert sum(float(line["revenue"]) for line in lines) == float(budget["revenue"])
            assert all(len(line["cells"]) == 12 for line in lines)
            if user == matrix.area_manager_de:
                cell = next(one for one in lines[0]["cells"] if float(one["revenue"]))
                cells = [
                    {
                        "line": lines[0]["id"],
                        "month": cell["month"],
                        "quantity": "3100",
                        "price": "100",
                        "version": cell["version"],
                    }
                ]
                saved = client.post(f"/api/v1/budgets/{budget['id']}/edit-cells/", {"cells": cells}, format="json")
                assert (saved.status_code, saved.json()["revenue"]) == (200, "310000.00"), saved.json()
                again = client.post(f"/api/v1/budgets/{budget['id']}/edit-cells/", {"cells": cells}, format="json")
                assert (again.status_code, again.json()["code"]) == (412, "changed_meanwhile")
            done = client.post(f"/api/v1/budgets/{budget['id']}/submit/")
            assert done.json()["status"] == "submitted", done.json()
    for budget in Budget.objects.filter(status="submitted"):
        assert boss.post(f"/api/v1/budgets/{budget.pk}/approve/").json()["status"] == "approved"
    for step in ("consolidate", "share", "approve", "publish"):
        answer = boss.post(f"{at}/{step}/")
        assert answer.status_code == 200, answer.json()
    assert answer.json()["status"] == "published"
    targets = boss.get("/api/v1/targets/?in_force=true").json()
    assert targets["count"] == Target.objects.count() == 4
    assert sum(float(month["revenue"]) for row in targets["results"] for month in row["months"]) == 1_140_000
    assert api(matrix.area_manager_us).get("/api/v1/targets/").json()["count"] == 1
    for user in (matrix.quality_it, matrix.back_office_it, matrix.administrator, matrix.nobody):
        for noun in ("budget-rounds", "budgets", "budget-lines", "targets"):
            assert api(user).get(f"/api/v1/{noun}/").json()["count"] == 0
            assert api(user).get(f"/api/v1/budgets/{Budget.objects.first().pk}/").status_code == 404  # type: ignore[union-attr]


def test_an_answer_is_new_when_only_a_cell_changed(matrix: Matrix, year: Any) -> None:
    client = api(matrix.account_manager)
    budget = year.budget(matrix.account_manager, matrix.italy)
    line = budget.lines.get()
    tags = {at: client.get(at)["ETag"] for at in (f"/api/v1/budgets/{budget.pk}/", f"/api/v1/budget-lines/{line.pk}/")}
    since = clock.now().isoformat()
    body = {"cells": [{"line": line.pk, "month": 1, "revenue": "5.00"}]}
    assert client.post(f"/api/v1/budgets/{budget.pk}/edit-cells/", body, format="json").status_code == 200
    for at, tag in tags.items():
        assert client.get(at, HTTP_IF_NONE_MATCH=tag).status_code == 200
    for noun in ("budgets", "budget-lines"):
        changed = client.get(f"/api/v1/{noun}/", {"updated_since": since}).json()["results"]
        assert [row["id"] for row in changed] == [budget.pk if noun == "budgets" else line.pk]


def test_lines_are_made_changed_and_taken_out(matrix: Matrix, year: Any) -> None:
    client = api(matrix.account_manager)
    budget = year.budget(matrix.account_manager, matrix.italy)
    body = {
        "budget": budget.pk,
        "plant": matrix.acme_it_plant.pk,
        "family": year.product.family_id,
        "revenue": "1200.00",
        "chance": "to_be_won",
    }
    made = client.post("/api/v1/budget-lines/", body, format="json")
    assert made.status_code == 201, made.json()
    at = f"/api/v1/budget-lines/{made.json()['id']}/"
    assert [cell["revenue"] for cell in made.json()["cells"]] == ["100.00"] * 12
    assert client.post("/api/v1/budget-lines/", body, format="json").json()["code"] == "line_twice"
    assert client.patch(at, {"comment": "Sample approved"}, format="json").json()["comment"] == "Sample approved"
    assert client.patch(at, {"revenue": "1"}, format="json").status_code == 400
    spread = client.post(f"{at}phase/", {"revenue": "100.00", "weights": ["1"] + ["0"] * 11}, format="json")
    assert spread.json()["cells"][0]["revenue"] == "100.00"
    assert client.delete(at).status_code == 204
    assert client.get(at).status_code == 404
    beta = {"budget": budget.pk, "plant": matrix.beta_plant.pk, "family": year.product.family_id}
    assert client.post("/api/v1/budget-lines/", beta, format="json").status_code == 400
