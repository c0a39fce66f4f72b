"""Two people, one record: on every page and every endpoint the second writer is shown the conflict, and nothing of either is lost."""

from typing import Any

import pytest
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import F
from django.urls import reverse

from kam.core import clock
from tests import databases
from tests.factories.files import pdf
from tests.pages import form_of
from tests.permission_matrix import MATRIX
from tests.test_bad_input import letter_for
from tests.test_permissions import address_of
from tests.world import World

#: Rows that nobody edits, and pages that add something beside the record: there is no older state to lose.
UNGUARDED = {"session", "notification", "waiting_job", "webhook_delivery", "saved_view", "push_device"}
ADDING = {
    "accounts:customer_add_external_code", "accounts:plant_add_external_code", "accounts:grant_role", "budgets:top_down_create",
    "orders:offer_workbook", "orders:agreement_order", "orders:customer_price_list_send", "complaints:cause_create",
    "complaints:action_create", "complaints:cost_create",
}  # fmt: skip
#: What is asked with a body and writes nothing.
LOOKING = {"api:offer_workbook-look"}
EDITS = sorted(
    name
    for name, row in MATRIX.items()
    if not name.startswith("api:") and row.asks and "POST" in row.who and row.kind not in UNGUARDED | {""} and name not in ADDING
)
ENDPOINTS = sorted(
    (name, method)
    for name, row in MATRIX.items()
    for method in {"POST", "PATCH", "PUT", "DELETE"} & set(row.who)
    if name.startswith("api:") and row.kind not in UNGUARDED | {""} and name not in LOOKING
)
#: What differs from page to page: the version, the token, the print of what was shown.
LEFT = {"version", "csrfmiddlewaretoken", "seen"}
#: What no browser shows again: it is chosen once more.
FILES = {"file", "paper", "photos"}
MINE = "What the second one typed."


def prepare(name: str, found: Any) -> None:
    """The record as the verb needs it, changed by somebody else since the page was opened."""
    if MATRIX[name].before:
        type(found)._default_manager.filter(pk=found.pk).update(**MATRIX[name].before)


def change_meanwhile(found: Any) -> None:
    """Somebody else writes the record."""
    type(found)._default_manager.filter(pk=found.pk).update(version=F("version") + 1)


def typed_over(form: Any, sent: dict[str, list[str]]) -> str:
    """Put words of one's own into the first text of a form and fill what must be filled; answers the name of that text."""
    text = ""
    for name, field in form.fields.items():
        empty = not any(sent.get(name, []))
        if isinstance(field, forms.CharField) and not field.widget.is_hidden and type(field) is forms.CharField and not text:
            text, sent[name] = name, [MINE[: field.max_length or 100]]
        elif empty and field.required and isinstance(field, forms.ModelChoiceField):
            sent[name] = [str(field.queryset.order_by("pk").values_list("pk", flat=True)[0])]
        elif empty and field.required and isinstance(field, forms.ChoiceField):
            sent[name] = [str(next(value for value, _label in field.choices if value))]
        elif empty and field.required and isinstance(field, forms.DateField):
            sent[name] = [clock.today().isoformat()]
        elif isinstance(field, forms.FileField):
            sent[name] = [SimpleUploadedFile("new.pdf", pdf("New"))]  # type: ignore[list-item]
        elif empty and field.required:
            sent[name] = ["1"]
    return text


def errors(answer: Any) -> Any:
    return dict(answer.context["form"].errors) if answer.context and "form" in answer.context else answer


@pytest.mark.parametrize("name", EDITS)
def test_the_second_writer_of_a_page_sees_the_conflict_and_loses_nothing(world: World, name):
    letter = letter_for(world, name, "POST")
    found, browser = world.row(MATRIX[name].kind, "own", letter), world.browsers[letter]
    address = address_of(name, found)
    with databases.forgotten():
        prepare(name, found)
        page = browser.get(address)
        sent = form_of(page)
        text = typed_over(page.context["form"], sent)
        assert sent["version"] == [str(type(found)._default_manager.get(pk=found.pk).version)]
        change_meanwhile(found)
        before = databases.contents()
        answer = browser.post(address, sent)
        if answer.status_code == 200:  # what it touches is shown first
            sent = form_of(answer)
            answer = browser.post(address, sent)
        assert answer.status_code == 409 and answer.context["conflict"] is not None, (answer.status_code, sent, errors(answer))
        assert databases.contents() == before
        again = form_of(answer)
        assert not text or again[text] == sent[text]
        assert {one: again[one] for one in again.keys() - LEFT} == {one: sent[one] for one in sent.keys() - LEFT - FILES}
        assert again["version"] == [str(int(sent["version"][0]) + 1)]
        second = browser.post(address, again)
        assert second.status_code == 302 or second.context.get("conflict") is None, "saving again is a choice"


@pytest.mark.parametrize(("name", "method"), ENDPOINTS)
def test_a_change_over_the_api_of_an_older_version_is_refused(world: World, name, method):
    letter = letter_for(world, name, method)
    found, client = world.row(MATRIX[name].kind, "own", letter), world.clients[letter]
    with databases.forgotten():
        prepare(name, found)
        tag = client.get(reverse(f"{name.split('-')[0]}-detail", args=[found.pk]))["ETag"]
        change_meanwhile(found)
        before = databases.contents()
        answer = client.generic(method, address_of(name, found), "{}", "application/json", HTTP_IF_MATCH=tag)
        assert answer.status_code == 412 and answer.json()["code"] == "changed_meanwhile", answer.content[:300]
        assert databases.contents() == before
