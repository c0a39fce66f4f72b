"""The review checklist on the screen: its editions, the questions of one, and the next one published by who keeps it."""

from collections.abc import Callable
from typing import Any

from orders.actions.checklist import install_checklist
from orders.models import ReviewChecklist
from orders.models.checklists import CLAUSE_QUESTION
from tests.matrix import Matrix
from tests.pages import client_for


def filled(form: Any) -> dict[str, Any]:
    """The form as a browser sends it, with the questions that it begins with."""
    table = form.tables["questions"]
    sent: dict[str, Any] = {"questions-TOTAL_FORMS": len(table.initial), "questions-INITIAL_FORMS": 0}
    for number, question in enumerate(table.initial):
        sent |= {f"questions-{number}-{name}": value for name, value in question.items() if value not in (None, "", False)}
        if question["statutory"]:
            sent[f"questions-{number}-statutory"] = "on"
    return sent


def test_the_next_edition_begins_with_the_one_in_force(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    if not ReviewChecklist.objects.exists():
        install_checklist()
    first = ReviewChecklist.objects.get()
    browser, other = client_for(matrix.sales_manager), client_for(matrix.back_office_it)
    assert first.get_absolute_url() in browser.get("/review-checklists/").content.decode()
    assert first.questions.all()[1].text_en in browser.get(first.get_absolute_url()).content.decode()
    body = filled(browser.get("/review-checklists/new/").context["form"])
    with nothing_changed():
        assert browser.post("/review-checklists/new/", body).status_code == 422, "nobody said what changed"
        assert other.post("/review-checklists/new/", body | {"reason": "x"}).status_code == 403
    clause = next(number for number, one in enumerate(first.questions.all()) if one.code == CLAUSE_QUESTION)
    struck = body | {"reason": "Without it", f"questions-{clause}-DELETE": "on"}
    with nothing_changed():
        answer = browser.post("/review-checklists/new/", struck)
        assert answer.status_code in {400, 409, 422} and CLAUSE_QUESTION in answer.content.decode()
    changed = body | {"reason": "Asked more clearly", "questions-0-text_en": "Is everything there?"}
    answer = browser.post("/review-checklists/new/", changed)
    second = ReviewChecklist.objects.get(edition=2)
    assert (answer.status_code, answer["Location"]) == (302, second.get_absolute_url())
    assert (second.why, second.published_by) == ("Asked more clearly", matrix.sales_manager)
    kept = [one.kept() for one in first.questions.order_by("position")]
    kept[0]["text_en"] = "Is everything there?"
    assert [one.kept() for one in second.questions.order_by("position")] == kept
