"""What must not leak: hidden columns, foreign rows through search, keys, headers, exports, totals and tabs, fields that are the server's."""

import csv
import io
import re
import uuid
from json import dumps
from types import SimpleNamespace
from typing import Any
from urllib.parse import urljoin

import django_filters
import pytest
from django.db import transaction
from django.urls import reverse
from rest_framework import serializers

from accounts.models import Customer, User
from kam.api import router
from tests import databases, fuzzing
from tests.pages import words
from tests.permission_matrix import MATRIX
from tests.test_permissions import address_of, addresses
from tests.world import PEOPLE, World

ABSENT = 2_000_000_000
STANDARD_COST = ("material", "variable_conversion", "fixed", "total")
#: endpoint → (fields, who reads them in the small world at all)
HIDDEN = {
    "customers": (Customer.commercial_fields, "arsbtqplfemudg"),
    "customer-groups": (("profile",), "asmud"),
    "repair-pieces": (("cost_labour", "cost_parts", "cost_other", "cost", "margin", "margin_share"), "arsfmu"),
    "products": (("standard_cost", "standard_cost_currency"), "asfmur"),
}
CHOICES = sorted(name for name in MATRIX if name.endswith("_choices"))


def problem(answer: Any) -> dict[str, Any]:
    """A problem without what differs between any two requests."""
    found = answer.json()
    return {key: value for key, value in found.items() if key not in {"instance", "request_id"}}


@pytest.mark.parametrize("letter", PEOPLE)
@pytest.mark.parametrize("endpoint", sorted(HIDDEN))
def test_hidden_columns_are_refused(world: World, endpoint, letter):
    fields, readers = HIDDEN[endpoint]
    client, address = world.clients[letter], f"/api/v1/{endpoint}/"
    viewset = next(viewset for prefix, viewset, _name in router.registry if prefix == endpoint)
    reader = User.objects.get(pk=world.people[letter].pk)
    rows = viewset.queryset.all().visible_to(reader)
    for name in fields:
        answer = client.get(address, {"fields": name})
        if letter in readers and rows.costs_visible_to(reader).exists():
            assert answer.status_code == 200, name
        else:
            assert answer.status_code == 400 and answer.json()["errors"][0]["field"] == "fields", name
    everywhere = not rows.exclude(pk__in=rows.costs_visible_to(reader)).exists() and rows.exists()
    for name in fields:
        if name in viewset.ordering_fields:
            answer = client.get(address, {"ordering": name})
            assert answer.status_code == (200 if everywhere else 400), (name, answer.content[:300])
            assert client.get(address, {"ordering": f"-{name}"}).status_code == answer.status_code, name
        else:
            assert client.get(address, {"ordering": name}).status_code == 400, name
    for name, chosen in viewset.filterset_class.base_filters.items():
        if (chosen.field_name or "").split("__")[0] in fields or name.split("__")[0] in fields:
            parameter = f"{name}_min" if isinstance(chosen, django_filters.RangeFilter) else name
            answer = client.get(address, {parameter: "1"})
            codes = {error["code"] for error in answer.json().get("errors", [])}
            assert bool(codes & {"costs_hidden", "unknown_parameter"}) == (not everywhere), (name, answer.content[:300])


@pytest.mark.parametrize("letter", PEOPLE)
def test_a_word_of_a_hidden_column_is_neither_found_nor_taken_along(world: World, letter):
    """Terms and profiles stand in no search, and in an export only for who reads them in that row."""
    customer, group = world.own["customer"], world.own["group"]
    reader, browser, client = User.objects.get(pk=world.people[letter].pk), world.browsers[letter], world.clients[letter]
    with databases.forgotten():
        type(customer)._default_manager.filter(pk=customer.pk).update(incoterms_place="Xqzwterms")
        type(group)._default_manager.filter(pk=group.pk).update(profile="Xqzwprofile")
        for word, rows, page in (
            ("Xqzwterms", type(customer)._default_manager.filter(pk=customer.pk), "accounts:customer_list"),
            ("Xqzwprofile", type(group)._default_manager.filter(pk=group.pk), "accounts:customer_group_list"),
        ):
            assert client.get("/api/v1/search/", {"q": word}).json()["results"] == []
            for address in (reverse(name) for name in CHOICES):
                assert browser.get(address, {"q": word}).json()["results"] == [], address
            for prefix, viewset, _name in router.registry:
                if "search" in getattr(viewset.filterset_class, "base_filters", {}):
                    assert client.get(f"/api/v1/{prefix}/", {"search": word}).json()["count"] == 0, prefix
            every = ",".join(column.name for column in addresses()[page].view.columns)
            taken = browser.get(reverse(page), {"export": "csv", "columns": every}).content.decode()
            reads = rows.visible_to(reader).costs_visible_to(reader).exists()
            assert (word in taken) <= reads, page
            shown = client.get(f"/api/v1/{'customers' if rows.model is type(customer) else 'customer-groups'}/").content.decode()
            assert (word in shown) == reads, page


@pytest.mark.parametrize("letter", "rtqplebdng")
def test_costs_of_other_locations_do_not_exist(world: World, letter):
    """No count, no order and no page tells of a cost of a location whose costs one does not read."""
    client, cost = world.clients[letter], world.foreign["cost"][letter]
    answer = client.get("/api/v1/standard-costs/")
    assert cost.pk not in [row["id"] for row in answer.json()["results"]]
    for name in STANDARD_COST:
        sorted_by = client.get("/api/v1/standard-costs/", {"ordering": name})
        assert sorted_by.status_code in {200, 400}
        if sorted_by.status_code == 200:
            assert sorted_by.json()["count"] == answer.json()["count"]
    page = world.browsers[letter].get(reverse("catalog:standard_cost_list"))
    if letter in "rfg":
        assert page.status_code == 200 and page.context["count"] == answer.json()["count"]
    else:
        assert page.status_code == 403 and answer.json()["count"] == 0


@pytest.mark.parametrize("letter", "tqpledn")
def test_prices_are_for_those_who_sell(world: World, letter):
    assert world.clients[letter].get("/api/v1/list-prices/").json()["count"] == 0
    text = words(world.browsers[letter].get(reverse("catalog:product_prices", args=[world.own["product"].pk])))
    assert "25" not in text.replace(str(world.own["product"].pk), "")


@pytest.mark.parametrize("letter", "argq")
def test_a_card_shows_no_terms(world: World, letter):
    """The area manager of Germany sees ACME's American company as a card: name and address, no credit limit, no notes."""
    answer = world.clients[letter].get(f"/api/v1/customers/{world.own['customer'].pk}/")
    assert answer.status_code == 200
    shown = set(Customer.commercial_fields) & set(answer.json())
    assert shown == (set() if letter == "g" else set(Customer.commercial_fields))
    page = words(world.browsers[letter].get(reverse("accounts:customer_detail", args=[world.own["customer"].pk])))
    assert ("500,000" in page) == (letter != "g")


def writable() -> list[str]:
    """Every endpoint that takes a body."""
    return sorted(
        name
        for name, row in MATRIX.items()
        if name.startswith("api:") and {"POST", "PATCH", "PUT"} & set(row.who) and name in addresses()
    )


#: What the body of a creation names and the record then keeps.
NAMED_THERE = {
    "api:import-list": {"kind", "mapping"},
    "api:offer_workbook-list": {"offer"},
    "api:price_paper-list": {"customer", "day", "sent_to", "subject", "text"},
}


@pytest.mark.parametrize("name", writable())
def test_unknown_and_server_owned_fields_are_refused(world: World, name):
    row = MATRIX[name]
    if name == "api:notification-read-all":
        pytest.skip("takes no body")
    path = reverse(name, args=[1] if "pk" in addresses()[name].takes else []).replace("/1/", "/{id}/")
    viewset, tail = fuzzing.endpoint(path)
    before = databases.contents()
    for method in {"POST", "PATCH", "PUT"} & set(row.who):
        who = row.who[method]
        letter = next(
            one for one in ("sdaftpb" if who == "*" else who) if not row.kind or world.row(row.kind, "own", one) is not None
        )
        found = world.row(row.kind, "own", letter)
        context = {"request": _request(world.people[letter], method), "view": None}
        kind = fuzzing.body_class(viewset, tail, method, context)
        owned = {
            one
            for one, part in kind(context=context).fields.items()
            if part.read_only and not isinstance(part, serializers.HiddenField)
        }
        names = ({"no_such_field", "approved_by", "is_superuser"} | owned) - NAMED_THERE.get(name, set())
        body = dict.fromkeys(sorted(names), 1)
        with transaction.atomic():
            if row.before and found is not None:
                type(found)._default_manager.filter(pk=found.pk).update(**row.before)
            client, address = world.clients[letter], address_of(name, found)
            if name == "api:activity-from-mail":
                answer = client.post(address, body, format="multipart")
            else:
                answer = client.generic(method, address, dumps(body), "application/json")
            transaction.set_rollback(True)
        assert answer.status_code == 400, (method, answer.content[:300])
        errors = {error["field"]: error["code"] for error in answer.json()["errors"]}
        wrong = {one: errors.get(one) for one in names if errors.get(one) not in {"unknown_field", "read_only_field"}}
        assert not wrong, (method, wrong)
    assert databases.contents() == before


def _request(user: Any, method: str) -> Any:
    return SimpleNamespace(user=user, query_params={}, method=method, auth=None)


@pytest.mark.parametrize("letter", "argqbn")
def test_a_term_of_foreign_rows_answers_like_a_random_one(world: World, letter):
    foreign, random = "GAMMA", "QZXWV"
    client, page = world.clients[letter], world.browsers[letter]

    def same(one: str, two: str) -> bool:
        return one.replace(foreign, "~").replace(foreign.lower(), "~") == two.replace(random, "~").replace(random.lower(), "~")

    for term in (foreign, "Suzhou", "GAMMA Drives", "PN C-GAMMA"):
        found, none = client.get("/api/v1/search/", {"q": term}), client.get("/api/v1/search/", {"q": random})
        assert found.status_code == none.status_code == 200
        assert {**found.json(), "query": ""} == {**none.json(), "query": ""}, term
        assert "GAMMA" not in words(page.get(reverse("search"), {"q": term})).replace(term, ""), term
    for name in CHOICES:
        found, none = page.get(reverse(name), {"q": foreign}), page.get(reverse(name), {"q": random})
        assert found.status_code == none.status_code and same(found.content.decode(), none.content.decode()), name
    for prefix, viewset, _name in router.registry:
        filters = getattr(viewset.filterset_class, "base_filters", {})
        if "search" in filters:
            found, none = (
                client.get(f"/api/v1/{prefix}/", {"search": foreign}),
                client.get(f"/api/v1/{prefix}/", {"search": random}),
            )
            assert found.json() == none.json() or same(found.content.decode(), none.content.decode()), prefix


@pytest.mark.parametrize("letter", "argbn")
def test_exports_hold_only_visible_rows_and_columns(world: World, letter):
    browser = world.browsers[letter]
    foreign = {
        str(world.foreign[kind]) for kind in ("customer", "plant", "contact", "customer_item", "programme", "activity", "promise")
    }
    for name in sorted(name for name in MATRIX if name.endswith("_list") and ":" in name and not name.startswith("api:")):
        view = addresses()[name].view
        if not getattr(view, "exportable", False) or MATRIX[name].who["GET"] != "*":
            continue
        every = ",".join(column.name for column in view.columns)
        answer = browser.get(reverse(name), {"export": "csv", "columns": every})
        if answer.status_code == 200 and "csv" in answer["Content-Type"]:
            text = b"".join(answer) if answer.streaming else answer.content
            decoded = text.decode("utf-8-sig")
            assert not [one for one in foreign if one in decoded], name
            head = next(csv.reader(io.StringIO(decoded), delimiter=";"), [])
            hidden = [str(c.label) for c in view.columns if c.permission is not None and not c.permission(world.people[letter])]
            assert not set(hidden) & set(head), name


#: (endpoint, field, kind of row): a key in a body that names somebody else's row.
KEYS = [
    ("plants", "customer", "customer"),
    ("contacts", "customer", "customer"),
    ("contacts", "plant", "plant"),
    ("activities", "customer", "customer"),
    ("activities", "plant", "plant"),
    ("promises", "customer", "customer"),
    ("promises", "contact", "contact"),
    ("customer-items", "customer", "customer"),
    ("customer-items", "plant", "plant"),
    ("programmes", "customer", "customer"),
    ("customers", "group", "group"),
]


def but_for_the_key(answer: Any, key: int) -> str:
    """The body of an answer without the key that was asked for, wherever a text or an address repeats it."""
    body = {name: value for name, value in answer.json().items() if name != "status"}
    return re.sub(rf"(?<!\d){key}(?!\d)", "~", dumps(body))


@pytest.mark.parametrize("letter", "ar")
@pytest.mark.parametrize(("endpoint", "name", "kind"), KEYS)
def test_a_foreign_key_answers_like_an_absent_one(world: World, letter, endpoint, name, kind):
    client, pk = world.clients[letter], world.foreign[kind].pk
    before = databases.contents()
    theirs = client.post(f"/api/v1/{endpoint}/", {name: pk}, format="json")
    absent = client.post(f"/api/v1/{endpoint}/", {name: ABSENT}, format="json")
    assert theirs.status_code == absent.status_code == 400
    assert but_for_the_key(theirs, pk) == but_for_the_key(absent, ABSENT)
    assert [error["field"] for error in theirs.json()["errors"]].count(name) == 1
    filtered = client.get(f"/api/v1/{endpoint}/", {name: pk})
    missing = client.get(f"/api/v1/{endpoint}/", {name: ABSENT})
    assert filtered.status_code == missing.status_code
    assert but_for_the_key(filtered, pk) == but_for_the_key(missing, ABSENT)
    assert databases.contents() == before


DETAILS = sorted(name for name, row in MATRIX.items() if name.startswith("api:") and name.endswith("-detail"))


@pytest.mark.parametrize("name", DETAILS)
def test_headers_about_a_foreign_row_answer_as_for_an_absent_one(world: World, name):
    row = MATRIX[name]
    found = world.row(row.kind, "foreign", "r")
    if found is None:
        pytest.skip("everybody sees these rows")
    client, address, nowhere = (
        world.clients["r"],
        address_of(name, found),
        address_of(name, found).replace(f"/{found.pk}/", f"/{ABSENT}/"),
    )
    owner = next((one for one in "sdfa" if client_sees(world, one, address)), None)
    tag = world.clients[owner].get(address)["ETag"] if owner else '"1"'
    for headers in ({}, {"HTTP_IF_NONE_MATCH": tag}, {"HTTP_IF_NONE_MATCH": "*"}, {"HTTP_IF_MATCH": tag}):
        theirs, absent = client.get(address, **headers), client.get(nowhere, **headers)
        assert theirs.status_code == absent.status_code == 404, headers
        assert "ETag" not in theirs
        assert problem(theirs) == problem(absent)
    for method in {"PATCH", "PUT", "DELETE"} & set(row.who):
        for headers in ({}, {"HTTP_IF_MATCH": tag}, {"HTTP_IF_MATCH": '"0"'}):
            theirs = client.generic(method, address, "{}", "application/json", **headers)
            absent = client.generic(method, nowhere, "{}", "application/json", **headers)
            assert theirs.status_code == absent.status_code == 404, (method, headers)
            assert problem(theirs) == problem(absent)


def client_sees(world: World, letter: str, address: str) -> bool:
    """Whether this person reads the address."""
    return bool(world.clients[letter].get(address).status_code == 200)


def test_somebody_elses_idempotency_key_is_independent(world: World):
    key, body = str(uuid.uuid4()), {"code": "SECTOR-LEAK", "dimension": "sector", "name_en": "Leak"}
    with transaction.atomic():
        first = world.clients["s"].post("/api/v1/markets/", body, format="json", HTTP_IDEMPOTENCY_KEY=key)
        assert first.status_code == 201
        theirs = world.clients["a"].post("/api/v1/markets/", body, format="json", HTTP_IDEMPOTENCY_KEY=key)
        fresh = world.clients["a"].post("/api/v1/markets/", body, format="json", HTTP_IDEMPOTENCY_KEY=str(uuid.uuid4()))
        assert theirs.status_code == fresh.status_code == 403
        assert problem(theirs) == problem(fresh)
        transaction.set_rollback(True)


@pytest.mark.parametrize("letter", "argbn")
def test_counts_of_pages_lists_and_endpoints_agree(world: World, letter):
    """What a page says it found is what the endpoint counts, and what the rule of rows leaves."""
    pairs = {
        "accounts:customer_list": "customers", "accounts:plant_list": "plants", "accounts:contact_list": "contacts",
        "accounts:customer_group_list": "customer-groups", "catalog:customer_item_list": "customer-items",
        "catalog:programme_list": "programmes", "catalog:list_price_list": "list-prices", "catalog:standard_cost_list": "standard-costs",
        "accounts:assignment_list": "assignments", "accounts:hand_over_list": "hand-overs",
    }  # fmt: skip
    for name, endpoint in pairs.items():
        model = addresses()[name].view.model
        expected = model._default_manager.visible_to(User.objects.get(pk=world.people[letter].pk)).count()
        assert world.clients[letter].get(f"/api/v1/{endpoint}/").json()["count"] == expected, endpoint
        page = world.browsers[letter].get(reverse(name))
        if page.status_code == 403:
            assert expected == 0 and name in {"catalog:list_price_list", "catalog:standard_cost_list"}
            continue
        assert page.context["count"] == expected, name
        for tab in page.context["tabs"]:
            inner = world.browsers[letter].get(urljoin(reverse(name), tab["address"]))
            assert inner.status_code == 200 and inner.context["count"] <= expected, (name, tab["label"])
