"""A code, a number or a name that is taken: refused at its field in words, over the API and on the page, what was typed kept."""

from json import dumps
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.serializers.json import DjangoJSONEncoder
from django.urls import reverse

from tests import fuzzing
from tests.pages import form_of
from tests.permission_matrix import MATRIX
from tests.test_bad_input import letter_for, unchanged
from tests.world import World

#: What cannot be there twice: where it is added on a page, and the field at which a second one is refused.
ONCE = {
    "assignment": ("accounts:assignment_create", "first_day"),
    "customer": ("accounts:customer_create", "code"),
    "customer_group": ("accounts:customer_group_create", "code"),
    "customer_item": ("catalog:customer_item_create", "part_number"),
    "department": ("accounts:department_create", "function"),
    "document_type": ("core:document_type_create", "code"),
    "exchange_rate": ("core:rate_create", "date"),
    "location": ("accounts:location_create", "code"),
    "market": ("accounts:market_create", "code"),
    "payment_term": ("accounts:payment_term_create", "code"),
    "plant": ("accounts:plant_create", "code"),
    "product": ("catalog:product_create", "code"),
    "product_family": ("catalog:family_create", "code"),
    "product_revision": ("catalog:product_revision_create", "level"),
    "programme": ("catalog:programme_create", "code"),
    "user": ("accounts:user_create", "email"),
    "work_centre": ("catalog:work_centre_create", "code"),
    "working_calendar": ("core:calendar_create", "code"),
}


def known(world: World, noun: str, letter: str) -> dict[str, Any]:
    """A body that says of a new record what an old one says of itself."""
    found = world.row(MATRIX[f"api:{noun}-detail"].kind, "own", letter)
    viewset, _tail = fuzzing.endpoint(reverse(f"api:{noun}-list"))
    context = {"request": SimpleNamespace(user=world.people[letter], query_params={}, method="POST", auth=None), "view": None}
    data = viewset.serializer_class(found, context=context).data
    fields = fuzzing.body_class(viewset, "", "POST", context)(context=context).fields
    body = {one: data[one] for one, field in fields.items() if not field.read_only and data.get(one) is not None}
    return body | ({"confirm_similar": True} if "confirm_similar" in fields else {})


@pytest.mark.parametrize("noun", sorted(ONCE))
def test_what_is_taken_is_refused_over_the_api(world: World, noun):
    letter = letter_for(world, f"api:{noun}-list", "POST")
    body = dumps(known(world, noun, letter), cls=DjangoJSONEncoder)
    with unchanged(where=noun):
        answer = world.clients[letter].generic("POST", reverse(f"api:{noun}-list"), body, "application/json")
    problem = answer.json()
    assert answer.status_code == 409 and problem["code"] != "conflict", problem
    assert ONCE[noun][1] in {error["field"] for error in problem["errors"]}, problem
    assert "None" not in problem["detail"]


@pytest.mark.parametrize("noun", sorted(ONCE))
def test_what_is_taken_is_refused_on_its_page_and_stays_as_it_was_typed(world: World, noun):
    name, field = ONCE[noun]
    letter = letter_for(world, name, "POST")
    browser, body = world.browsers[letter], known(world, noun, letter)
    sent = form_of(browser.get(reverse(name)))
    sent |= {
        one: [str(part) for part in value] if isinstance(value, list) else ["on" if value is True else str(value)]
        for one, value in body.items()
        if value is not False
    }
    with unchanged(where=noun):
        answer = browser.post(reverse(name), sent)
    assert answer.status_code == 422, answer.status_code
    errors = answer.context["form"].errors
    assert errors.get(field), dict(errors)
    assert form_of(answer)[field] == sent[field]
