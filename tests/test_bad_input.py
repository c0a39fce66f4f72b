"""Bad input everywhere: refused at its field in the reader's words, what was typed kept, nothing changed, never a failure of ours.

Each case stands in a savepoint of its own, so that it cannot change the world of the next one. One request carries a bad value
in every field at once: each must be told at its own field.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from html.parser import HTMLParser
from json import dumps
from types import SimpleNamespace
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django import forms
from django.contrib.auth.hashers import make_password
from django.test import Client
from django.urls import reverse
from django.utils import translation
from rest_framework import serializers

from accounts.api.activities import LetterSerializer
from accounts.models import User
from kam.core.api import PeriodField
from kam.core.api_files import AttachBody, CommentBody
from kam.core.api_imports import ImportBody
from kam.core.api_links import LinkBody
from kam.core.views import ListPage
from tests import databases, fuzzing
from tests.pages import PART
from tests.permission_matrix import MATRIX, OF_ONESELF, PUBLIC
from tests.test_permissions import address_of, addresses
from tests.world import World

PASSWORD = "a long and quiet river"
LONG = "Müller" * 1700
UNSEEN = ("A\x00B", "A\u202eB", "\ufeffA", "A\x07B", "A\u200eB", "A\u2066B", "A\x85B", "A\x1f", "A\ufffdB")
DATES = ("9999-12-31", "31/12/9999", "31/02/2026", "01/01/0001", "yesterday", "2026-13-45", "0001-01-01", LONG)
NUMBERS = ("9" * 30, "1e400", "NaN", "-Infinity", "twelve", "9" * 400, "1.2.3", LONG)
CODES = ("999999999999999999999999", "no-such-code", "-1", LONG)
ROUNDS = 4

PAGES = sorted(
    name for name, row in MATRIX.items() if {"GET", "POST"} <= set(row.who) and ":" in name and (row.asks or row.kind == "about")
)
ENDPOINTS = sorted(
    name
    for name, row in MATRIX.items()
    if name.startswith("api:") and {"POST", "PATCH"} & set(row.who) and name != "api:notification-read-all"
)


#: Pages that want the password again before they look at what was typed.
ASK_PASSWORD = {"core:token_list"}
#: Bodies that are not those of their record.
BODIES = {
    "api:activity-from-mail": LetterSerializer,
    "api:comment-list": CommentBody,
    "api:document-list": AttachBody,
    "api:import-list": ImportBody,
    "api:link-list": LinkBody,
}


@contextmanager
def unchanged(*, where: str, first: Callable[[], None] | None = None) -> Iterator[None]:
    """What is done here changes no row; whatever it and the preparation do is forgotten afterwards."""
    with databases.forgotten():
        if first is not None:
            first()
        before = databases.contents()
        yield
        after = databases.contents()
    assert after == before, f"{where} changed rows: {[table for table in after if after[table] != before.get(table)]}"


def letter_for(world: World, name: str, method: str) -> str:
    """Somebody who may."""
    row = MATRIX[name]
    letters = "sdaftpb" if row.who[method] == "*" else row.who[method]
    return next(one for one in letters if not row.kind or world.row(row.kind, "own", one) is not None)


@pytest.fixture(scope="module")
def english(world: World) -> Iterator[set[str]]:
    """The texts that have no translation into the reader's language, collected while the tests of this module run."""
    for letter, person in world.people.items():
        User.objects.filter(pk=person.pk).update(language="it" if letter in "adfp" else "de")
    patch, found = pytest.MonkeyPatch(), set[str]()
    real = translation._trans
    names = {"gettext": 1, "ngettext": 2, "pgettext": 2, "npgettext": 3}

    def listening(function: Any, sources: int) -> Any:
        def translated(*values: Any) -> str:
            text: str = function(*values)
            if not (translation.get_language() or "en").startswith("en") and text and text in values[:sources]:
                found.add(text)
            return text

        return translated

    for name, sources in names.items():
        patch.setattr(real, name, listening(getattr(real, name), sources), raising=False)
    yield found
    patch.undo()


@cache
def pattern_of(text: str) -> re.Pattern[str] | None:
    """What a text matches once its values are put in; None of a text that is no sentence."""
    if not re.search(r"[A-Za-z]{3} ", text):
        return None
    return re.compile(re.sub(r"%\\\(\w+\\\)[sd]|\\\{\w+\\\}", ".*", re.escape(text)), re.DOTALL)


def in_english(message: str, english: set[str]) -> bool:
    """Whether a message is one of the texts without a translation, its values put in."""
    return any(pattern.fullmatch(message) for text in english if (pattern := pattern_of(text)))


# Pages


class Typed(HTMLParser):
    """What the fields of a page hold, by their names."""

    def __init__(self) -> None:
        super().__init__()
        self.held: dict[str, str] = {}
        self.inside = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = dict(attributes)
        if tag in {"input", "textarea"} and values.get("name"):
            self.held.setdefault(str(values["name"]), values.get("value") or "")
            self.inside = str(values["name"]) if tag == "textarea" else ""

    def handle_endtag(self, tag: str) -> None:
        self.inside = "" if tag == "textarea" else self.inside

    def handle_data(self, data: str) -> None:
        if self.inside:  # a text area begins on a line of its own
            self.held[self.inside] += data.removeprefix("\n") if not self.held[self.inside] else data


def bad_values(field: forms.Field) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What a field of this kind must refuse: what every field is tried with, and what they are tried with in turn."""
    match field:
        case forms.BooleanField() | forms.FileField():
            return (), ()
        case forms.DateField() | forms.DateTimeField() | forms.TimeField():
            return DATES[:1], DATES[1:]
        case forms.ChoiceField() | forms.ModelChoiceField():
            return CODES[:1], CODES[1:]
        case forms.IntegerField() | forms.UUIDField():
            return NUMBERS[:2], NUMBERS[2:]
        case forms.CharField() if isinstance(field.widget, forms.Textarea):
            return (LONG * 3,), UNSEEN
    return (LONG,), UNSEEN


def value_of(field: forms.Field, place: int, turn: int) -> str | None:
    """The bad value of one round; what is not typed is tampered with."""
    if field.widget.is_hidden:
        return UNSEEN[turn]
    always, others = bad_values(field)
    if turn < len(always):
        return always[turn]
    return others[(place + turn) % len(others)] if others else None


def filled(form: Any, turn: int) -> dict[str, tuple[Any, str, str]]:
    """A bad value for every field and for the first line of every table: form, field and value by the name of the input."""
    found = {}
    for place, (name, field) in enumerate(form.fields.items()):
        value = value_of(field, place, turn)
        if value is not None:
            found[form.add_prefix(name)] = (field, name, value)
    return found


def tables_of(form: Any) -> dict[str, Any]:
    return getattr(form, "tables", {})


@pytest.mark.parametrize("name", PAGES)
def test_pages_refuse_bad_input_at_its_field(world: World, english, name):
    row, letter = MATRIX[name], letter_for(world, name, "POST")
    found = world.row(row.kind, "own", letter) if row.kind else None
    browser, address, faults = world.browsers[letter], address_of(name, found), list[str]()
    first = None
    if name in ASK_PASSWORD:
        browser = Client()
        first = partial(give_password, browser, world.people[letter])
    with unchanged(where=name, first=first):
        form = browser.get(address, **PART).context["form"]
        tables = tables_of(form)
        for turn in range(ROUNDS):
            typed = filled(form, turn)
            for table in tables.values():
                typed |= filled(table.forms[0], turn)
            counts = {f"{prefix}-TOTAL_FORMS": "1" for prefix in tables} | {f"{prefix}-INITIAL_FORMS": "0" for prefix in tables}
            data = counts | {key: value for key, (_field, _name, value) in typed.items()}
            answer = browser.post(address, data, **PART)
            if answer.status_code != 422:
                faults.append(f"round {turn}: {answer.status_code}")
                continue
            page = Typed()
            page.feed(answer.content.decode())
            refused = {
                again.add_prefix(one): errors for again in lines(answer.context["form"]) for one, errors in again.errors.items()
            }
            for key, (field, _name, value) in typed.items():
                where = f"{key}={value[:30]!r}"
                if not refused.get(key):
                    faults.append(f"{where}: nothing at the field, but {list(refused)}")
                elif isinstance(field, forms.CharField | forms.DateField | forms.DecimalField) and page.held.get(key) != value:
                    faults.append(f"{where}: what was typed is gone")
                faults += [f"{where}: {text}" for text in refused.get(key, []) if in_english(str(text), english)]
    assert not faults, "\n".join(faults)


def lines(form: Any) -> list[Any]:
    """A form and the first lines of its tables."""
    return [form, *(table.forms[0] for table in tables_of(form).values())]


def give_password(browser: Any, user: User) -> None:
    """Say the password again, as some pages ask before they look at what was typed."""
    User.objects.filter(pk=user.pk).update(password=make_password(PASSWORD))
    browser.force_login(User.objects.get(pk=user.pk), backend="allauth.account.auth_backends.AuthenticationBackend")
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})


@pytest.mark.parametrize(
    "body",
    [b"name=M%FCller&country=IT", b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\nM\xfcller\r\n--x--\r\n'],
    ids=["plain", "parts"],
)
def test_letters_in_another_encoding_are_noticed_and_not_kept_half(world: World, body):
    kind = "multipart/form-data; boundary=x" if body.startswith(b"--x") else "application/x-www-form-urlencoded"
    with unchanged(where="the form of a customer"):
        answer = world.browsers["s"].generic("POST", reverse("accounts:customer_create"), body, kind)
    assert answer.status_code == 422 and [one.code for one in answer.context["form"].errors["name"].as_data()] == [
        "lost_characters"
    ]
    assert answer.context["form"]["name"].value() == "M\ufffdller"


# Endpoints


def api_values(field: serializers.Field) -> tuple[Any, ...]:
    """What a field of a body must refuse."""
    match field:
        case serializers.DateField() | serializers.DateTimeField():
            return (*DATES, 5, {}, [])
        case serializers.BooleanField():
            return ("perhaps", {}, [])
        case serializers.IntegerField() | serializers.DecimalField() | serializers.FloatField():
            return (*NUMBERS, {}, [], "A\x00B")
        case serializers.PrimaryKeyRelatedField():
            return (*CODES, {}, [], 1.5, 10**30, "A\x00B")
        case serializers.ManyRelatedField():
            return ("no-list", [10**30], ["abc"], {})
        case PeriodField():
            return ("2026", [], {"first_day": "0001-01-01"}, {"first_day": "2026-02-01", "last_day": "2026-01-01"}, {"x": 1})
        case serializers.ListSerializer() | serializers.ListField():
            return ("no-list", {}, [{"no_such_field": 1}], [None], ["A\u202eB"])
        case serializers.ChoiceField():
            return (*CODES, {}, [], "A\x00B")
        case serializers.FileField():
            return ("text", {}, [])
        case serializers.CharField():
            return (LONG * 3, *UNSEEN, "A\ud800B", {}, [])
    return ()


@pytest.mark.parametrize("name", ENDPOINTS)
def test_endpoints_refuse_bad_input_at_its_field(world: World, english, name):
    row = MATRIX[name]
    method = "POST" if "POST" in row.who else "PATCH"
    letter = letter_for(world, name, method)
    found = world.row(row.kind, "own", letter) if row.kind else None
    viewset, tail = fuzzing.endpoint(reverse(name, args=[1] if "pk" in addresses()[name].takes else []).replace("/1/", "/{id}/"))
    client, address, faults = world.clients[letter], address_of(name, found), []
    context = {"request": SimpleNamespace(user=world.people[letter], query_params={}, method=method, auth=None), "view": None}
    body_class = BODIES.get(name) or fuzzing.body_class(viewset, tail, method, context)
    fields = body_class(context=context).fields
    tried = {one: api_values(field) for one, field in fields.items() if not field.read_only}
    with unchanged(where=name):
        for turn in range(max((len(values) for values in tried.values()), default=0)):
            body = {one: values[turn % len(values)] for one, values in tried.items() if values}
            answer = send(client, name, method, address, body)
            if answer.status_code != 400:
                faults.append(f"round {turn}: {answer.status_code} {answer.content[:200]!r}")
                continue
            errors: dict[str, list[Any]] = {}
            for error in answer.json().get("errors", []):
                errors.setdefault(error["field"].split(".")[0], []).append(error)
            for one, value in body.items():
                where = f"{one}={str(value)[:30]!r}"
                if one not in errors:
                    faults.append(f"{where}: nothing at the field, but {answer.content[:200]!r}")
                faults += [f"{where}: {error}" for error in errors.get(one, []) if in_english(error["message"], english)]
    assert not faults, "\n".join(faults)


def send(client: Any, name: str, method: str, address: str, body: dict[str, Any]) -> Any:
    """One body as JSON, or as a form where the address takes nothing else."""
    if name == "api:activity-from-mail":
        return client.post(
            address,
            {one: dumps(value) if isinstance(value, dict | list) else value for one, value in body.items()},
            format="multipart",
        )
    return client.generic(method, address, dumps(body), "application/json")


@pytest.mark.parametrize(
    "body", ["{", "[]", "null", '"text"', "[1]", '{"a":' * 2000, "\x00", "\ud800".encode("utf-16", "surrogatepass")],
    ids=["cut", "empty", "null", "text", "number", "deep", "nul", "utf-16"],
)  # fmt: skip
@pytest.mark.parametrize("endpoint", ["customers", "markets", "activities", "comments", "delegations"])
def test_bodies_that_are_no_object_are_refused(world: World, endpoint, body):
    with unchanged(where=endpoint):
        answer = world.clients["s"].generic("POST", f"/api/v1/{endpoint}/", body, "application/json")
    assert answer.status_code in {400, 422}, answer.content[:300]
    assert answer["Content-Type"] == "application/problem+json" and answer.json()["code"]


# Lists

LISTS = sorted(
    name
    for name, row in MATRIX.items()
    if name.endswith(("_list", "-list", "_choices", "search")) and "GET" in row.who and not row.kind
)
QUESTIONS = ("%00", "%ED%A0%80", "x" * 10_000, "%E2%80%AE", "'\";--<script>%25_\\", "99999999999999999999")


@pytest.mark.parametrize("name", LISTS)
def test_bad_questions_of_lists_are_no_failure(world: World, name):
    api = name.startswith("api:")
    letter = "d" if "access_log" in name else "s"
    client = world.clients[letter] if api else world.browsers[letter]
    own = ("fields", "cursor", "updated_since", "page", "ordering") if api else ("columns", "drawer", "view", "page", "ordering")
    for place, text in enumerate(QUESTIONS):
        asked = "&".join(f"{parameter}={text}" for parameter in ("search", "q", own[place % len(own)]))
        answer = client.get(f"{reverse(name)}?{asked}", **({} if api else {"HTTP_HX_REQUEST": "true"}))
        assert answer.status_code in {200, 302, 400, 404}, (asked[:80], answer.status_code)


def issubclass_of(name: str, kind: type) -> bool:
    """Whether the page of an address is of this kind."""
    view = addresses()[name].view
    return isinstance(view, type) and issubclass(view, kind)


@pytest.mark.parametrize("typed", [LONG, *UNSEEN, "  "])
def test_the_name_of_a_view_is_refused_where_it_was_typed(world: World, typed):
    with unchanged(where="the list"):
        answer = world.browsers["s"].post(reverse("accounts:customer_list"), {"do": "save_view", "name": typed, "shared": "1"})
    page = Typed()
    page.feed(answer.content.decode())
    assert answer.status_code == 422 and answer.context["view_form"].errors["name"] and page.held["name"] == typed


@pytest.mark.parametrize("typed", [LONG, *UNSEEN])
def test_the_reason_of_a_bulk_action_is_refused_with_its_rows_still_selected(world: World, typed):
    key = world.own["customer"].pk
    with unchanged(where="the list"):
        answer = world.browsers["s"].post(reverse("accounts:customer_list"), {"bulk": "block", "row": [key], "reason": typed})
    page = Typed()
    page.feed(answer.content.decode())
    assert answer.status_code == 422 and answer.context["bulk_form"].errors["reason"] and page.held["reason"] == typed
    assert re.search(rf'name="row" value="{key}" checked', answer.content.decode())


@pytest.mark.parametrize("name", sorted(name for name in MATRIX if issubclass_of(name, ListPage)))
def test_nonsense_that_is_posted_to_a_list_changes_nothing(world: World, name):
    browser, address = world.browsers["d" if name == "core:access_log_list" else "s"], reverse(name)
    with unchanged(where=name):
        for posted in (
            {"do": "delete_view", "view": LONG},
            {"do": "\x00"},
            {"bulk": "no-such", "row": ["-1", "\x00"]},
            {"bulk": ""},
        ):
            assert browser.post(address, posted).status_code in {302, 400, 403}, posted


# The pages of the log-in library

TYPED_IN = ("login", "password", "email", "code", "name", "oldpassword", "password1", "password2", "credential", "username")
LIBRARY = sorted(name for name in PUBLIC | OF_ONESELF if "POST" in addresses()[name].methods)


@pytest.mark.parametrize("name", LIBRARY)
def test_pages_of_the_log_in_take_no_nonsense(world: World, name):
    values = {"uidb36": "1", "key": "x", "provider_id": "x", "secret": "x", "pk": 1}
    address, browser = (
        reverse(name, kwargs={one: values[one] for one in addresses()[name].takes}),
        Client(raise_request_exception=False),
    )
    first = partial(give_password, browser, world.people["a"]) if name in OF_ONESELF else None
    with unchanged(where=name, first=first):
        for text in (LONG, *UNSEEN):
            answer = browser.post(address, dict.fromkeys(TYPED_IN, text), REMOTE_ADDR=f"10.7.0.{ord(text[0]) % 250}")
            assert answer.status_code in {200, 302, 400, 403, 404, 405, 429}, (text[:20], answer.status_code)


@pytest.mark.parametrize("typed", [LONG, *UNSEEN])
def test_the_name_of_a_passkey_obeys_the_rule_of_every_form(world: World, typed):
    browser, user = Client(), world.people["a"]

    def prepare() -> None:
        give_password(browser, user)
        Authenticator.objects.create(user=user, type=Authenticator.Type.WEBAUTHN, data={"name": "Key", "passwordless": True})

    with unchanged(where="a passkey", first=prepare):
        address = reverse("mfa_edit_webauthn", args=[Authenticator.objects.get(user=user).pk])
        answer = browser.post(address, {"name": typed})
    assert answer.status_code == 200 and answer.context["form"].errors["name"]
