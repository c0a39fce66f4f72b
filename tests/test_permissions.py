"""The permission matrix: every address × everybody × own, foreign and other rows; a refusal changes nothing; every address works for somebody."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from json import dumps
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from rest_framework.test import APIClient

from budgets.models import BudgetLine
from tests import databases, fuzzing
from tests.factories.catalog import ProductFactory
from tests.factories.files import named, pdf
from tests.factories.offers import keep_print, offered
from tests.factories.reports_8d import report_file
from tests.factories.workbooks import rfq
from tests.pages import PART, words
from tests.permission_complaints import COMPLAINT_BODIES
from tests.permission_matrix import MATRIX, OF_ONESELF, PUBLIC
from tests.permission_order_lives import LIFE_BODIES
from tests.permission_repairs import REPAIR_BODIES
from tests.permission_reviews import BODIES as REVIEW_BODIES
from tests.permission_rows import CARDS, CUSTOMERS, Row
from tests.world import EVERYWHERE, PEOPLE, World

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
#: Whose rights a letter has where no plant decides.
SAME_AS = {"g": "r"}
#: Who reads pages with the frame around them, which differs by role only in what it leads to.
WHOLE_PAGES = "sang"
#: Refusals of a record that a body names: seen as a card, or on the edge of one's area.
BY_THE_BODY = {"outside_your_area", "not_your_customer", "import_kind_not_yours"}
PASSED = {200, 201, 202, 204, 302, 303, 400, 409, 412, 415, 422}
#: Addresses that no record decides: where to find what, and old names that lead to new ones.
UNLISTED = {"api:nowhere", ""}
REASONS = ("Your role does not allow this here", "Your role does not reach", "not for you to see")
#: The matrix is a quarter of all tests' time: it is cut into parts for processes side by side.
PARTS = 4
#: How many people do a thing over the API to its end (the others who may do it too ask for it with nothing in their body), and
#: how many try a method that the same check lets through as another one that everybody tries.
OFTEN = 2
#: Writing to a row that is foreign to somebody is tried by every so manieth of the people at each address, another one at the next:
#: whose rows they are is looked up in one way for all methods that write (`subject`, `record_or_404`).
TURNS = 3
#: A body is made by chance: how many are tried until one is not refused for what it says.
GUESSES = 4


@dataclass(frozen=True)
class Address:
    """One pattern of the resolver: its name, what it takes, its view and the methods that it answers."""

    name: str
    takes: frozenset[str]
    view: Any
    methods: frozenset[str]


@cache
def addresses() -> dict[str, Address]:
    """Every address of KAM by its name, the support site apart (tests of its own)."""
    return {found.name: found for found in _walk(get_resolver().url_patterns, (), frozenset())}


def _walk(patterns: Any, spaces: tuple[str, ...], taken: frozenset[str]) -> Iterator[Address]:
    for pattern in patterns:
        takes = taken | frozenset(pattern.pattern.regex.groupindex)
        if isinstance(pattern, URLResolver):
            if pattern.app_name != "admin":
                yield from _walk(pattern.url_patterns, (*spaces, pattern.namespace) if pattern.namespace else spaces, takes)
        elif isinstance(pattern, URLPattern):
            view = pattern.callback
            kind = getattr(view, "view_class", None) or getattr(view, "cls", None)
            actions = getattr(view, "actions", None)
            if actions:
                methods = {method.upper() for method in actions} - {"HEAD"}  # which answering the first request adds
            elif kind:
                methods = {
                    method for method in METHODS if method.lower() in kind.http_method_names and hasattr(kind, method.lower())
                }
            else:
                methods = {"GET"}
            yield Address(
                ":".join((*spaces, pattern.name or "")),
                takes,
                kind or view,
                frozenset(methods),
            )


def group_of(name: str) -> str:
    space, _colon, rest = name.rpartition(":")
    return f"{space}:{rest.split('-')[0] if space == 'api' else rest.split('_')[0]}"


GROUPS: dict[str, list[str]] = defaultdict(list)
NUMBERS = {name: number for number, name in enumerate(sorted(MATRIX))}
for _name in MATRIX:
    GROUPS[group_of(_name)].append(_name)


def address_of(name: str, row: Any) -> str:
    """The address of a row."""
    takes = addresses()[name].takes
    if {"kind", "key"} <= takes:
        return reverse(name, args=[ContentType.objects.get_for_model(row).pk, row.pk])
    if name == "core:import_sheet":
        return reverse(name, args=["accounts.markets"])
    address = reverse(name, args=[row.pk] if takes and row is not None else [])
    if name == "api:timeline":
        return f"{address}?record_type=accounts.customer&record_id={row.pk}"
    return address + {"api:search": "?q=acme", "api:repair_piece-serial-history": "?serial=SN-1"}.get(name, "")


def cases(world: World, row: Row, letter: str) -> Iterator[tuple[str, Any]]:
    """Which rows a person tries an address with: their own, one foreign to them, one of others that they see, one they see as a card."""
    if not row.kind:
        yield "", None
        return
    own = world.row(row.kind, "own", letter)
    if row.kind in CUSTOMERS and letter in "ng":
        yield ("card" if letter == "g" and row.kind in CARDS else "foreign"), own
    elif own is not None:
        yield "own", own
    foreign = world.row(row.kind, "foreign", letter)
    if foreign is not None and (row.kind not in CUSTOMERS or letter not in EVERYWHERE):
        yield "foreign", foreign
    other = world.row(row.kind, "other", letter)
    if other is not None:
        yield "other", other


def expected(row: Row, which: str, letter: str, method: str) -> int:
    """404, 403, or 200 for "it is done or asked"."""
    who = row.who[method]
    right = who == "*" or SAME_AS.get(letter, letter) in who
    match which:
        case "foreign":
            return 404
        case "card":
            return 200 if (row.reading(method) and right) or letter in row.others else 403
        case "other":
            return 200 if (row.reading(method) and right) or letter in row.others else 403
    return 200 if right else 403


MAIL = b"From: grace@customer.example\r\nTo: us@kam.example\r\nSubject: Belts\r\nMessage-ID: <1@x>\r\n\r\nMore of them."


#: Operations whose body no rule guesses.
def an_offer(world: World, letter: str) -> dict[str, Any]:
    """To ACME in America from the American location, where its area manager may, too; the German one's to ACME in Germany."""
    built = world.built
    line = {"description": "Gearbox", "quantity": "10.000", "price": "12.00"}
    plant, location = (built.acme_de_plant, built.germany) if letter == "g" else (built.acme_us_plant, built.usa)
    place = {"plant": plant.pk, "selling_location": location.pk}
    return place | {"subject": "Gearboxes", "currency": "EUR", "lines": [line]}


def a_workbook_for(world: World, letter: str) -> dict[str, Any]:
    """For the offer to ACME in America; for the German location's area manager for one to ACME in Germany."""
    built = world.built
    german = {"by": built.account_manager, "status": "sent", "currency": "EUR"}
    about = offered(built.acme_de_plant, built.germany, **german) if letter == "g" else world.own["sent_offer"]["a"]
    return {"offer": about.pk, "file": named(rfq(("1", "Gear")), "rfq.xlsx")}


def an_order(world: World, letter: str) -> dict[str, Any]:
    """Of ACME in America at the location where they sell; for the German one's area manager of ACME in Germany."""
    built = world.built
    location = built.italy if letter == "b" else built.usa
    plant, location = (built.acme_de_plant, built.germany) if letter == "g" else (built.acme_us_plant, location)
    line = {"product": world.own["product"].pk, "quantity": "10.000", "price": "12.00"}
    place = {"plant": plant.pk, "selling_location": location.pk, "currency": "EUR"}
    return place | {"customer_reference": f"Of {letter}", "customer_date": "2026-01-07", "lines": [line]}


def a_call_off(frame: Any) -> dict[str, Any]:
    """An instalment of the frame order's only line."""
    instalment = {"date": "2099-01-01", "quantity": "5.000"}
    return {"customer_reference": "R-1", "lines": [{"frame_line": frame.lines.get().pk, "schedule": [instalment]}]}


KNOWN_BODIES: dict[str, Callable[[World], dict[str, Any]]] = {
    "api:activity-from-mail": lambda world: {"file": named(MAIL, "letter.eml"), "customer": world.own["customer"].pk},
    "api:document-revise": lambda _world: {"file": named(pdf("Next"), "next.pdf"), "revision": "B"},
    "api:job-export": lambda _world: {"list": "accounts.customer", "columns": ["name"], "format": "csv"},
    "api:saved_view-list": lambda _world: {"list": "accounts.customer", "name": "Active", "query": "status=active"},
    "api:user-me": lambda _world: {"phone": "+39 011 1"},
    "api:price_agreement-price-list": lambda world: {"customer": world.own["customer"].pk},
    "api:price_paper-list": lambda world: {"customer": world.own["customer"].pk, "sent_to": "Buyer"},
    "api:customer-merge": lambda world: {"into": world.foreign["customer"].pk, "reason": "The same company"},
    "api:customer-acquire": lambda world: {"group": world.foreign["group"].pk},
    **REPAIR_BODIES,
    "api:complaint-list": lambda world: {"plant": world.built.acme_us_plant.pk, "text": "Belts tear"},
    "api:complaint-import-report": lambda world: {"plant": world.built.acme_us_plant.pk, "report": report_file()},
    "api:invoice_source-list": lambda world: {
        "location": world.built.italy.pk, "system": "SAP-IT", "first_day": "2099-01-01"
    },
    "api:received_mail-assign": lambda world: {"number": world.own["complaint"]["a"].number},
    "api:received_mail-set-aside": lambda _world: {"reason": "Advertising"},
    "api:complaint-mark-duplicate": lambda world: {"of": world.own["received_complaint"]["a"].pk},
    "api:complaint-confirm-receipt": lambda _world: {"way": "phone"},
    "api:on_call-list": lambda world: {
        "department": world.built.italy.departments.order_by("pk").first().pk, "person": world.built.nobody.pk, "place": 5,
        "phone": "+39 011 5", "first_day": "2026-01-01",
    },
    "api:budget-paste": lambda _world: {
        "text": f"{BudgetLine.objects.exclude(plant=None).order_by('pk')[0].plant.code}\t{ProductFactory().code}\t10\t5"
    },
    "api:offer-mail": lambda _world: {"sent_to": "buyer@acme.example"},
    "api:offer_workbook-look": lambda _world: {"sheet": "Quote", "header_row": 4, "columns": {"B": "by_product", "E": "each"}},
    "api:offer_workbook-fill": lambda _world: {"sheet": "Quote", "header_row": 4, "columns": {"B": "by_product", "E": "each"}},
    "api:negotiation-move": lambda world: {"stage": world.own["negotiation"]["a"].stage},
    "api:negotiation-step": lambda _world: {"result": "They wait for the drawing"},
    "api:budget_round-distribute-top-down": lambda _world: {"amount": "1000"},
    "api:plant-sell": lambda world: {"to": world.foreign["customer"].pk},
    "api:standard_cost-publish": lambda world: {
        "location": world.built.italy.pk, "cost_version": "2100", "first_day": "2100-01-01",
        "costs": [{"product": world.own["product"].pk, "material": "1", "variable_conversion": "1", "fixed": "1"}],
    },
}  # fmt: skip
KNOWN_BODIES |= REVIEW_BODIES
UPLOADS = {"api:activity-from-mail", "api:document-revise", "api:offer_workbook-list"}


@dataclass
class Trial:
    """One group of addresses in the world; faults are gathered and told at once."""

    world: World
    likely: fuzzing.World
    found: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    done: Counter[tuple[str, str]] = field(default_factory=Counter)
    asked: Counter[tuple[str, str, int]] = field(default_factory=Counter)
    stranger: Client = field(default_factory=lambda: Client(raise_request_exception=False))
    program: APIClient = field(default_factory=lambda: APIClient(raise_request_exception=False))

    @property
    def faults(self) -> list[str]:
        """What was wrong, once for everybody to whom it happened."""
        return [f"{what} [{' '.join(people)}]" for what, people in self.found.items()]

    def fault(self, what: str, letter: str, answer: Any) -> None:
        """Note what is wrong with an answer."""
        text = "" if answer.streaming else answer.content.decode(errors="replace")
        title = re.search(r"<title>(.*?)</title>", text, re.DOTALL)
        self.found[f"{what}: {answer.status_code} {title[1].strip() if title else text[:200]}"].append(letter or "-")

    def send(self, name: str, method: str, row: Any, letter: str, body: Any = None, *, whole: bool = False) -> Any:
        """One request as one person, or as nobody in particular (an empty letter); of a page its part, unless the whole is wanted."""
        address = address_of(name, row)
        for nobody in (self.stranger, self.program):
            nobody.cookies.clear()  # whoever asks without a name asks for the first time
        if name.startswith("api:") and name != "api:documentation":
            client: Any = self.world.clients[letter] if letter else self.program
            if name in UPLOADS and body:
                return client.post(address, body, format="multipart")
            data = [] if method in {"GET", "DELETE"} else [dumps(body or {}, cls=DjangoJSONEncoder), "application/json"]
            return client.generic(method, address, *data)
        client = self.world.browsers[letter] if letter else self.stranger
        part = PART if letter and not whole else {}
        return client.post(address, body or {}, **part) if method == "POST" else client.generic(method, address, **part)

    def is_asked(self, name: str, row: Row, method: str, code: int) -> bool:
        """Whether this person tries this method: a page that asks is let through with what it does, PUT with PATCH, so a few do."""
        if (method == "GET" and row.asks) or (method == "PUT" and "PATCH" in row.who):
            self.asked[name, method, code] += 1
            return self.asked[name, method, code] <= OFTEN
        return True

    def refusals(self, name: str) -> None:
        """Everything about one address that must be refused; nothing is undone in between."""
        row = MATRIX[name]
        for place, letter in enumerate(PEOPLE, NUMBERS[name]):
            for which, found in cases(self.world, row, letter):
                for method in row.who:
                    code = expected(row, which, letter, method)
                    if code == 404 and method != "GET" and place % TURNS:
                        continue
                    if code != 200 and self.is_asked(name, row, method, code):
                        self._refused(
                            f"{method} {name} on {which or 'no'} row", letter, self.send(name, method, found, letter), code
                        )
        for method in METHODS:
            found = self.world.row(row.kind, "own", "s") or self.world.row(row.kind, "own", "d")
            if method in row.who:
                answer = self.send(name, method, found, "")
                if name.startswith("api:") and name != "api:documentation":
                    self._refused(f"{method} {name}", "", answer, 401)
                elif answer.status_code != 302 or "/accounts/login/?next=" not in answer["Location"]:
                    self.fault(f"{method} {name}: not the way to the log-in", "", answer)
            elif method != "GET":
                answer = self.send(name, method, found, "s")
                if answer.status_code not in {403, 404, 405}:
                    self.fault(f"{method} {name} is not in the table", "s", answer)

    def _refused(self, what: str, letter: str, answer: Any, code: int) -> None:
        if answer.status_code != code:
            self.fault(f"{what}: not {code}", letter, answer)
        elif code in {401, 403} and answer.headers.get("Content-Type") == "application/problem+json":
            problem = answer.json()
            if not problem.get("code") or not problem.get("detail", problem.get("title")):
                self.fault(f"{what}: a problem without words", letter, answer)
        elif code == 403 and not any(reason in words(answer) for reason in REASONS):
            self.fault(f"{what}: without its reason", letter, answer)

    def permissions(self, name: str) -> None:
        """Everything about one address that must be possible, each undone afterwards."""
        row = MATRIX[name]
        for letter in PEOPLE:
            for which, found in cases(self.world, row, letter):
                for method in row.who:
                    if expected(row, which, letter, method) == 200 and self.is_asked(name, row, method, 200):
                        self._permitted(name, row, method, found, letter, which)

    def _permitted(self, name: str, row: Row, method: str, found: Any, letter: str, which: str) -> None:
        again = name.startswith("api:") and self.done[name, method] >= OFTEN
        for _guess in range(GUESSES):
            with transaction.atomic():
                if row.before and found is not None:
                    type(found)._default_manager.filter(pk=found.pk).update(**row.before)
                body = None if again else self._body(name, method, found, letter)
                answer = self.send(name, method, found, letter, body, whole=method == "GET" and letter in WHOLE_PAGES)
                transaction.set_rollback(True)
            if self.done[name, method] or answer.status_code != 400:
                break
        self.done[name, method] += answer.status_code < 400
        if answer.status_code in ({200, 204, 302, 304, 409} if method == "GET" else PASSED):
            return
        if not row.kind and answer.status_code == 403 and name.startswith("api:") and answer.json()["code"] in BY_THE_BODY:
            return  # the verb is theirs; the record that the body named is not
        self.fault(f"{method} {name} on {which or 'no'} row", letter, answer)

    def _body(self, name: str, method: str, found: Any, letter: str) -> Any:
        if method in {"GET", "DELETE"}:
            return None
        if not name.startswith("api:"):
            return {"reason": "Because the test asks."}
        viewset, tail = fuzzing.endpoint(
            reverse(name, args=[1] if "pk" in addresses()[name].takes else []).replace("/1/", "/{id}/")
        )
        if name in {"api:offer-list", "api:offer-detail"}:
            return an_offer(self.world, letter)
        if name in {"api:order-list", "api:order-detail"}:
            return an_order(self.world, letter)
        if name == "api:order-call-off":
            return a_call_off(found)
        if name == "api:offer_workbook-list":
            return a_workbook_for(self.world, letter)
        if name in KNOWN_BODIES:
            return KNOWN_BODIES[name](self.world)
        if name in LIFE_BODIES:
            return LIFE_BODIES[name]
        if name in COMPLAINT_BODIES:
            return COMPLAINT_BODIES[name]
        body = fuzzing.likely_body(self.likely, letter, viewset, tail, method, found.pk if found is not None else None)
        if name == "api:delegation-list":
            body.pop("principal", None)
        return body


@pytest.fixture(scope="module", autouse=True)
def kept(world: World) -> None:
    """The print of the offer that was sent, so that a mail with it can be opened."""
    keep_print(world.own["sent_offer"]["a"])


@pytest.fixture(scope="module")
def likely(world: World) -> fuzzing.World:
    return fuzzing.World(people=world.people)


def test_every_address_has_its_row_in_the_table():
    known = {*MATRIX, *PUBLIC, *OF_ONESELF, *UNLISTED}
    missing = sorted(set(addresses()) - known)
    assert not missing, f"add a row to tests/permission_matrix.py for: {missing}"
    stale = sorted(known - UNLISTED - set(addresses()))
    assert not stale, f"remove the rows of addresses that are gone: {stale}"


def test_every_method_has_its_people():
    wrong = {
        name: sorted(found.methods ^ set(MATRIX[name].who))
        for name, found in addresses().items()
        if name in MATRIX and found.methods != set(MATRIX[name].who)
    }
    assert not wrong, f"methods that only the view or only the table knows: {wrong}"


PARTED = [
    pytest.param(group, marks=pytest.mark.xdist_group(f"permissions {number % PARTS}"))
    for number, group in enumerate(sorted(GROUPS))
]


@pytest.mark.parametrize("group", PARTED)
def test_matrix(world, likely, group):
    trial = Trial(world, likely)
    before = databases.contents()
    for name in GROUPS[group]:
        trial.refusals(name)
    after = databases.contents()
    changed = {table: (before.get(table), after.get(table)) for table in after if before.get(table) != after.get(table)}
    for name in GROUPS[group]:
        trial.permissions(name)
    assert not trial.faults, "\n".join(trial.faults)
    never = sorted(set(GROUPS[group]) - {name for (name, _method), times in trial.done.items() if times})
    assert never == [], f"addresses that work for nobody: {never}"
    assert not changed, f"a refusal changed rows (count, hash before and after): {changed}"


@pytest.mark.parametrize("name", sorted(OF_ONESELF))
def test_pages_of_oneself_ask_who_one_is(world, name):
    found = addresses()[name]
    address = reverse(name, args=[1] if found.takes else [])
    for method in found.methods:
        answer = Client().generic(method, address)
        assert answer.status_code == 302 and "/accounts/login/" in answer["Location"], method


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_public_pages_do_not_fail(world, name):
    found = addresses()[name]
    values = {"uidb36": "1", "key": "x", "provider_id": "x", "secret": "x"}
    address = reverse(name, kwargs={one: values[one] for one in found.takes})
    for method in found.methods:
        with transaction.atomic():
            answer = Client(raise_request_exception=False).generic(method, address)
            transaction.set_rollback(True)
        assert answer.status_code in {200, 302, 400, 404, 405}, method


def test_the_support_site_is_read_by_administrators_only(world):
    names = [pattern.name for resolver in get_resolver().url_patterns if getattr(resolver, "app_name", "") == "admin"
             for pattern in resolver.url_patterns if isinstance(pattern, URLPattern)]  # fmt: skip
    assert "index" in names
    from kam.core.support import support

    before = databases.contents()
    for model in support._registry:
        there = f"support:{model._meta.app_label}_{model._meta.model_name}"
        for letter in PEOPLE:
            answer = world.browsers[letter].get(reverse(f"{there}_changelist"))
            assert answer.status_code == (200 if letter == "d" else 302), (model, letter)
            assert world.browsers[letter].post(reverse(f"{there}_add")).status_code == (403 if letter == "d" else 302), (
                model,
                letter,
            )
        assert Client().get(reverse(f"{there}_changelist")).status_code == 302
    assert databases.contents() == before
