"""A customer's price list: what holds on a day and what is to come, in their language, and of nobody else's agreements."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import CustomerItem
from kam.core import clock
from kam.core.jobs import Job
from kam.core.printing import render
from kam.core.workflow import Denied
from orders.documents import price_list_print
from orders.documents.forms import FORMS
from tests.factories.offers import priced_product
from tests.factories.prices import agreement, line
from tests.matrix import Matrix
from tests.world import api_client

ON = date(2026, 6, 1)


def listed(matrix: Matrix, reader: Any = None, customer: Any = None) -> Any:
    """The list of ACME Italy in summer."""
    customer = customer or matrix.acme_it
    return price_list_print(f"{customer.pk}:{ON}", actor=reader or matrix.account_manager)


def codes(contents: Any) -> list[list[str]]:
    """The articles of each part."""
    return [[row["code"] for row in rows] for _heading, rows in contents.data["parts"]]


def test_what_holds_and_what_is_to_come_with_both_numbers(matrix: Matrix, tmp_path: Path) -> None:
    matrix.acme_it.language = "de"
    matrix.acme_it.save()
    one, two, three, gone = (priced_product(material=Decimal("7.77")) for _number in range(4))
    CustomerItem.objects.create(customer=matrix.acme_it, product=one, part_number="ACME-4711")
    CustomerItem.objects.create(customer=matrix.acme_de, product=one, part_number="THEIRS-1")
    agreement(line(one, scale="from", steps=[(100, "50"), (500, "45.5")], price_unit=100), customer=matrix.acme_it)
    agreement(line(two, "33.21"), plant=matrix.acme_it_plant, last_day=date(2026, 8, 31))
    agreement(line(two, "34.56"), plant=matrix.acme_it_plant, first_day=date(2026, 9, 1))
    agreement(line(three, "12"), group=matrix.acme)
    agreement(line(gone, "9"), customer=matrix.acme_it, last_day=date(2026, 3, 31))
    agreement(line(three, "98.76"), customer=matrix.acme_de)
    agreement(line(gone, "87.65"), customer=matrix.acme_it, status="draft")
    contents = listed(matrix)
    assert codes(contents) == [[one.code, two.code, three.code], [two.code]]
    text = repr(contents.data)
    for word in (
        "ACME-4711",
        "50,00",
        "45,50",
        "EUR / 100 Stück",
        "33,21",
        "34,56",
        "31.08.2026",
        "Künftige Preise",
        "Gültig am",
    ):
        assert word in text, word
    assert not [word for word in ("THEIRS-1", "98,76", "87,65", "7,77", "7.77", "10,77") if word in text]
    assert FORMS[contents.form]["form"] == "MOD 10-02-03"
    assert render(contents, tmp_path / "list.pdf", actor=matrix.account_manager, issued_at=clock.now()) == 1


def test_a_price_of_the_company_takes_the_place_of_its_groups(matrix: Matrix) -> None:
    product = priced_product()
    agreement(line(product, "20"), group=matrix.acme)
    agreement(line(product, "19"), customer=matrix.acme_it)
    agreement(line(product, "18"), plant=matrix.acme_it_plant)
    prices = [row["prices"][0][1] for row in listed(matrix).data["parts"][0][1]]
    assert sorted(prices) == ["18.00", "19.00"], "the plant's beside the company's; the group's holds nowhere any more"
    assert codes(listed(matrix, customer=matrix.acme_de)) == [[product.code]]


def test_a_long_list_asks_no_more_and_goes_on_over_pages(matrix: Matrix, tmp_path: Path) -> None:
    agreement(*(line(priced_product(), 10 + number) for number in range(5)), customer=matrix.acme_it)
    with CaptureQueriesContext(
        connection,
    ) as few:
        listed(matrix)
    agreement(*(line(priced_product(), 10 + number) for number in range(115)), customer=matrix.acme_it)
    with CaptureQueriesContext(connection) as many:
        contents = listed(matrix)
    assert len(many) <= len(few) <= 25
    assert render(contents, tmp_path / "long.pdf", actor=matrix.account_manager, issued_at=clock.now()) > 2


def test_whoever_may_not_see_prices_or_the_customer_prints_nothing(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    agreement(line(priced_product(), 10), customer=matrix.acme_it)
    for reader, key, code in (
        (matrix.account_manager2, f"{matrix.acme_it.pk}", "not_found"),
        (matrix.account_manager, "x", "not_found"),
        (matrix.quality_it, f"{matrix.acme_it.pk}", "prices_hidden"),
        (matrix.account_manager, f"{matrix.acme_us.pk}", "no_prices"),
    ):
        with nothing_changed(), pytest.raises(Denied) as refused:
            price_list_print(key, actor=reader)
        assert refused.value.code == code


def test_it_is_asked_for_over_rest_and_a_bad_day_is_refused(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    agreement(line(priced_product(), 10), customer=matrix.acme_it)
    client, address = api_client(matrix.account_manager), "/api/v1/price-agreements/price-list/"
    body = {"customer": matrix.acme_it.pk, "day": "2026-06-01"}
    assert client.post(address, body, format="json").status_code == 201
    assert Job.objects.latest("pk").params["key"] == f"{matrix.acme_it.pk}:2026-06-01"
    for wrong in ({"customer": matrix.acme_it.pk, "day": "2026-99-01"}, {"customer": matrix.beta.pk + 10_000}):
        with nothing_changed():
            assert client.post(address, wrong, format="json").status_code == 400
    hidden = api_client(matrix.quality_it)
    with nothing_changed():
        assert hidden.post(address, body, format="json").status_code == 403
