"""The search: everything that one sees, accents and typing errors forgiven; a foreign term answers like a random one."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from rest_framework.test import APIClient

from accounts.actions.external_code import add_external_code
from accounts.actions.merge import merge_customers
from accounts.models import User
from kam.search import SEARCHES, ranked, search_everything
from orders.models import SalesLine
from tests.factories.accounts import CustomerFactory
from tests.factories.orders import SalesLineFactory
from tests.matrix import Matrix


def titles(user: User, text: str) -> list[tuple[str, str]]:
    """What a person finds, as kind and title."""
    return [(hit.kind, hit.title) for found in search_everything(user, text, limit=10) for hit in found.hits]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("BETA", ("customer", "BETA Fördertechnik GmbH")),
        ("fordertechnik", ("customer", "BETA Fördertechnik GmbH")),
        ("Födertechnik", ("customer", "BETA Fördertechnik GmbH")),
        ("c-acme-us", ("customer", "ACME Conveyors Inc.")),
        ("conveyers", ("customer", "ACME Conveyors Inc.")),
        ("acme columbus", ("customer", "ACME Conveyors Inc.")),
        ("0000104711", ("customer", "ACME Italia S.p.A.")),
        ("old-9", ("customer", "ACME Italia S.p.A.")),
        ("g-acme", ("group", "ACME")),
        ("grace hoper", ("contact", "Grace Hopper")),
        ("marchetti", ("person", "Elena Marchetti")),
    ],
)
def test_what_is_meant_is_found(matrix: Matrix, typed: str, expected: tuple[str, str]) -> None:
    add_external_code(matrix.acme_it, actor=matrix.sales_manager, system="SAP", code="0000104711")
    merge_customers(CustomerFactory(code="OLD-9", name="Gone"), actor=matrix.sales_manager, into=matrix.acme_it)
    assert expected in titles(matrix.sales_manager, typed)


def test_the_exact_code_comes_first(matrix: Matrix) -> None:
    add_external_code(matrix.beta, actor=matrix.sales_manager, system="SAP", code="ACME")
    assert titles(matrix.sales_manager, "acme")[0] == ("customer", "BETA Fördertechnik GmbH")


@pytest.mark.acceptance("AT-85")
@pytest.mark.parametrize("typed", ["BETA", "Fördertechnik", "C-BETA", "Kassel", "Zuse", "KB-4711", "Kasel"])
def test_a_foreign_term_answers_like_a_random_one(matrix: Matrix, typed: str) -> None:
    add_external_code(matrix.beta, actor=matrix.sales_manager, system="SAP", code="KB-4711")
    client = APIClient()
    client.force_authenticate(matrix.account_manager)
    foreign, random = client.get(f"/api/v1/search/?q={typed}"), client.get("/api/v1/search/?q=qxzvwkj")
    assert foreign.status_code == random.status_code == 200
    assert foreign.content == random.content
    assert titles(matrix.area_manager_de, "BETA")


def test_a_sales_document_is_found_by_its_number(matrix: Matrix) -> None:
    line = SalesLineFactory(document__number="FT-2026/000817", plant=matrix.beta_plant, selling_location=matrix.germany)
    SalesLineFactory(document__number="FT-2026/0008170", plant=matrix.beta_plant, selling_location=matrix.germany)
    for typed in ("FT-2026/000817", " ft-2026/000817 "):
        found = search_everything(matrix.account_manager2, typed, limit=10)
        assert [(hit.title, hit.detail, hit.address) for hit in found[0].hits] == [
            ("FT-2026/000817", "SAP", line.document.get_absolute_url())
        ]
    assert ("sales_document", "FT-2026/000817") in titles(matrix.sales_manager, "FT-2026/000817")
    assert ("sales_document", "FT-2026/000817") in titles(matrix.area_manager_de, "FT-2026/000817")


@pytest.mark.parametrize("who", ["account_manager", "area_manager_us", "logistics_it", "administrator", "nobody"])
def test_a_foreign_document_number_answers_like_a_random_one(matrix: Matrix, who: str) -> None:
    SalesLineFactory(document__number="FT-2026/000817", plant=matrix.beta_plant, selling_location=matrix.germany)
    client = APIClient()
    client.force_authenticate(getattr(matrix, who))
    found = [client.get("/api/v1/search/", {"q": typed}) for typed in ("FT-2026/000817", "QX-7413/955204")]
    assert found[0].status_code == 200 and found[0].json() == found[1].json() == {"results": []}


def sold_with(line: SalesLine, others: int) -> None:
    """So many further documents of the same plant: among one or two the database takes any way, and rightly."""
    document = line.document
    for number in range(others):
        document.pk, document.number = None, f"FT-2025/{number:06d}"
        document.save(force_insert=True)
        line.pk, line.document = None, document
        line.save(force_insert=True)


def test_a_document_number_is_looked_up_and_not_searched_for(matrix: Matrix, django_assert_max_num_queries: Any) -> None:
    line = SalesLineFactory(document__number="FT-2026/000817", plant=matrix.beta_plant, selling_location=matrix.germany)
    sold_with(line, 100)
    search = next(one for one in SEARCHES if one.kind == "sales_document")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE orders_salesdocument, orders_salesline")
        cursor.execute("SET LOCAL enable_seqscan = off")
    for reader in (matrix.sales_manager, matrix.account_manager2):
        assert "orders_document_number" in ranked(search, reader, "FT-2026/000817").order_by().explain()
    titles(matrix.account_manager2, "FT-2026/000817")
    with django_assert_max_num_queries(len(SEARCHES) + 3):
        titles(matrix.account_manager2, "FT-2026/000817")


def test_a_card_is_found(matrix: Matrix) -> None:
    assert ("plant", str(matrix.acme_us_plant)) in titles(matrix.area_manager_de, "columbus")


@pytest.mark.parametrize("query", ["", "q=", "q=a", "q=" + "x" * 101, "q=acme&kind=nothing", "q=acme&other=1", "q=a%00b"])
def test_what_cannot_be_searched_is_said(matrix: Matrix, query: str) -> None:
    client = APIClient()
    client.force_authenticate(matrix.sales_manager)
    assert client.get(f"/api/v1/search/?{query}").status_code == 400


def test_one_kind_only(matrix: Matrix) -> None:
    client = APIClient()
    client.force_authenticate(matrix.sales_manager)
    assert {hit["kind"] for hit in client.get("/api/v1/search/?q=acme&kind=plant").json()["results"]} == {"plant"}


@pytest.mark.parametrize(
    "typed", ["'; DROP TABLE accounts_customer; --", "%", "_%", "\\", "100%", "\u202eacme", "x" * 5000, "ß ẞ"]
)
def test_nothing_typed_breaks_the_page(matrix: Matrix, typed: str) -> None:
    client = Client()
    client.force_login(matrix.sales_manager, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.get("/search/", {"q": typed}).status_code == 200


def test_the_page_and_the_palette(matrix: Matrix) -> None:
    client = Client()
    client.force_login(matrix.sales_manager, backend="allauth.account.auth_backends.AuthenticationBackend")
    page = client.get("/search/?q=customers").content.decode()
    assert 'href="/customers/"' in page and "<html" in page
    part = client.get("/search/?q=acme", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part and f'href="/customers/{matrix.acme_de.pk}/"' in part


def test_a_search_asks_once_a_kind(matrix: Matrix, django_assert_max_num_queries: Any) -> None:
    titles(matrix.area_manager_de, "acme")
    with django_assert_max_num_queries(len(SEARCHES) + 3):
        titles(matrix.area_manager_de, "acme")
