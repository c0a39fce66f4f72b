"""Bad input everywhere: refused at its field in words, what was typed kept, nothing changed, never a failure of ours."""

import html
from collections.abc import Iterator
from contextlib import contextmanager
from json import dumps
from types import SimpleNamespace
from typing import Any

import pytest
from django import forms
from django.db import transaction
from django.urls import reverse
from rest_framework import serializers

from kam.core.rest.fields import SensibleDateField, SensibleDateTimeField
from tests import databases, fuzzing
from tests.permission_matrix import MATRIX
from tests.test_permissions import address_of, addresses
from tests.world import World, world

__all__ = ["world"]

LONG = "Müller" * 1700
NUL, BELL, TURNED = "A\x00B", "A\x07B", "A\u202eB\u2066C"
DATES = ("31/02/2026", "2026-02-31", "0001-01-01", "9999-12-31", "01/01/0001", "31/12/9999", "yesterday", "2026-13-45", LONG)
NUMBERS = ("1e400", "NaN", "Infinity", "-Infinity", "9" * 400, "twelve", "1.2.3", LONG)
CODES = ("no-such-code", "999999999999999999999999", "-1", "abc", LONG)

CREATE_PAGES = sorted(
    name for name, row in MATRIX.items() if not name.startswith("api:") and row.asks and not row.kind and "POST" in row.who
)
CHANGE_PAGES = sorted(
    name for name, row in MATRIX.items() if not name.startswith("api:") and row.asks and row.kind and "POST" in row.who
)
ENDPOINTS = sorted(
    name
    for name, row in MATRIX.items()
    if name.startswith("api:")
    and {"POST", "PATCH"} & set(row.who)
    and name not in {"api:notification-read-all", "api:activity-from-mail"}
)


def letter_for(world: World, name: str, method: str = "POST") -> str:
    """Somebody who may."""
    row = MATRIX[name]
    letters = "sdaftpb" if row.who[method] == "*" else row.who[method]
    return next(one for one in letters if not row.kind or world.row(row.kind, "own", one) is not None)


def bad_values(field: forms.Field) -> tuple[str, ...]:
    """What a field of this kind must refuse."""
    match field:
        case forms.DateField() | forms.DateTimeField():
            return DATES
        case forms.BooleanField() | forms.FileField():
            return ()
        case forms.ChoiceField() | forms.ModelChoiceField():
            return CODES
        case forms.IntegerField():
            return (*NUMBERS, "9" * 30)
        case forms.CharField():
            return (LONG,) if not isinstance(field.widget, forms.Textarea) else (LONG * 3,)
    return (LONG,)


@pytest.mark.parametrize("name", CREATE_PAGES + CHANGE_PAGES)
def test_pages_refuse_bad_input_at_its_field(world: World, name):
    row = MATRIX[name]
    letter = letter_for(world, name)
    found = world.row(row.kind, "own", letter) if row.kind else None
    browser, address = world.browsers[letter], address_of(name, found)
    shown = browser.get(address)
    if shown.status_code != 200 or not shown.context or "form" not in shown.context:
        pytest.skip("asks nothing")
    fields, before, faults = dict(shown.context["form"].fields), databases.contents(), []
    for field_name, field in fields.items():
        if field.disabled or isinstance(field.widget, forms.HiddenInput):
            continue
        for value in bad_values(field):
            with undone():
                answer = browser.post(address, {field_name: value})
            where = f"{field_name}={value[:30]!r}"
            if answer.status_code == 302 and "reauthenticate" in answer["Location"]:
                pytest.skip("asks for the password first")
            if answer.status_code not in {400, 409, 422}:
                faults.append(f"{where}: {answer.status_code}")
            elif answer.context and "form" in answer.context:
                form = answer.context["form"]
                if not form.errors.get(field_name):
                    faults.append(f"{where}: nothing at the field, but {dict(form.errors)}"[:300])
                elif isinstance(field, forms.CharField | forms.DateField | forms.DecimalField) and not _kept(answer, value):
                    faults.append(f"{where}: what was typed is gone")
        if isinstance(field, forms.CharField):
            for value in (NUL, BELL, TURNED):
                with undone():
                    answer = browser.post(address, {field_name: value})
                    if answer.status_code >= 500:
                        faults.append(f"{field_name}={value!r}: {answer.status_code}")
                    elif answer.status_code == 302 and _kept_somewhere(found, value):
                        faults.append(f"{field_name}={value!r} was written as it was typed")
    assert not faults, "\n".join(faults)
    assert databases.contents() == before


@contextmanager
def undone() -> Iterator[None]:
    """What is written here is forgotten, so that one field's answer is no other one's world."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def _kept_somewhere(found: Any, value: str) -> bool:
    """Whether a column of the changed row holds the text with its control characters."""
    if found is None or not hasattr(type(found), "_default_manager"):
        return False
    fresh = type(found)._default_manager.filter(pk=found.pk).values().first() or {}
    return value in [one for one in fresh.values() if isinstance(one, str)]


def _kept(answer: Any, value: str) -> bool:
    return value in html.unescape(answer.content.decode())


def api_values(field: serializers.Field) -> tuple[Any, ...]:
    """What a field of a body must refuse."""
    match field:
        case SensibleDateField() | SensibleDateTimeField() | serializers.DateField() | serializers.DateTimeField():
            return (*DATES, 5, {}, [])
        case serializers.BooleanField():
            return ("perhaps", {}, [])
        case serializers.IntegerField() | serializers.DecimalField() | serializers.FloatField():
            return (*NUMBERS, {}, [])
        case serializers.PrimaryKeyRelatedField():
            return (*CODES, {}, [], 1.5, 10**30)
        case serializers.ManyRelatedField():
            return ("no-list", [10**30], ["abc"])
        case serializers.ChoiceField():
            return (*CODES, {}, [])
        case serializers.FileField():
            return ("text",)
        case serializers.CharField():
            return (NUL, BELL, TURNED, LONG * 3, {}, [])
    return ()


@pytest.mark.parametrize("name", ENDPOINTS)
def test_endpoints_refuse_bad_input_at_its_field(world: World, name):
    row = MATRIX[name]
    method = "POST" if "POST" in row.who else "PATCH"
    letter = letter_for(world, name, method)
    found = world.row(row.kind, "own", letter) if row.kind else None
    viewset, tail = fuzzing.endpoint(reverse(name, args=[1] if "pk" in addresses()[name].takes else []).replace("/1/", "/{id}/"))
    client, address, before, faults = world.clients[letter], address_of(name, found), databases.contents(), []
    context = {"request": SimpleNamespace(user=world.people[letter], query_params={}, method=method, auth=None), "view": None}
    for field_name, field in fuzzing.body_class(viewset, tail, method, context)(context=context).fields.items():
        if field.read_only:
            continue
        for value in api_values(field):
            with undone():
                answer = client.generic(method, address, dumps({field_name: value}), "application/json")
            where = f"{field_name}={str(value)[:30]!r}"
            if answer.status_code not in {400, 422}:
                faults.append(f"{where}: {answer.status_code} {answer.content[:120]!r}")
            elif field_name not in {error["field"].split(".")[0] for error in answer.json().get("errors", [])}:
                faults.append(f"{where}: nothing at the field, but {answer.content[:200]!r}")
    assert not faults, "\n".join(faults)
    assert databases.contents() == before


@pytest.mark.parametrize(
    "body", ["{", "[]", "null", '"text"', "[1]", '{"a":' * 2000, "\x00", "\ud800".encode("utf-16", "surrogatepass")]
)
@pytest.mark.parametrize("endpoint", ["customers", "markets", "activities", "comments", "delegations"])
def test_bodies_that_are_no_object_are_refused(world: World, endpoint, body):
    before = databases.contents()
    answer = world.clients["s"].generic("POST", f"/api/v1/{endpoint}/", body, "application/json")
    assert answer.status_code in {400, 422}, answer.content[:300]
    assert answer["Content-Type"] == "application/problem+json" and answer.json()["code"]
    assert databases.contents() == before


LISTS = sorted(
    name
    for name, row in MATRIX.items()
    if name.endswith(("_list", "-list", "_choices", "search")) and "GET" in row.who and not row.kind
)
QUESTIONS = ("%00", "%ED%A0%80", "x" * 10_000, "%E2%80%AE", "'\";--<script>%25_\\")


@pytest.mark.parametrize("name", LISTS)
def test_bad_questions_of_lists_are_no_failure(world: World, name):
    api = name.startswith("api:")
    client = world.clients["s"] if api else world.browsers["d" if name == "core:access_log_list" else "s"]
    own = ("fields", "cursor", "updated_since") if api else ("columns", "drawer", "view")
    for parameter in ("search", "q", "page", "ordering", *own):
        for text in QUESTIONS:
            answer = client.get(f"{reverse(name)}?{parameter}={text}")
            assert answer.status_code in {200, 302, 400, 404}, (parameter, text[:20], answer.status_code)
