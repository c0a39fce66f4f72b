"""An agreement has one currency, a part of its key: a line in another one is refused, a sheet with two makes two agreements (domain 10.4)."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from kam.core.import_kinds import import_kind
from kam.core.workflow import Denied
from orders.actions import approve_agreement, create_agreement, edit_agreement, submit_agreement
from orders.models import PriceAgreement
from tests.catalog.test_excel import carry_out, preview
from tests.factories.catalog import ProductFactory
from tests.factories.prices import agreement, line
from tests.matrix import Matrix
from tests.world import api_client

KIND = "orders.price_agreements"
ADDRESS = "/api/v1/price-agreements/"


def test_a_line_in_another_currency_is_refused(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    one, other = ProductFactory(), ProductFactory()
    api = api_client(matrix.account_manager)
    lines = [{"product": one.pk, "price": "10"}, {"product": other.pk, "price": "11", "currency": "USD"}]
    body = {"customer": matrix.acme_it.pk, "currency": "EUR", "first_day": "2026-01-01", "lines": lines}
    with nothing_changed():
        answer = api.post(ADDRESS, body, format="json")
    assert answer.status_code == 400
    assert "lines" in str(answer.json()) and "currency" in str(answer.json())
    made: PriceAgreement = create_agreement(
        PriceAgreement, actor=matrix.account_manager, customer=matrix.acme_it, currency="EUR", first_day=date(2026, 1, 1),
        lines=[line(one, 10)],
    )  # fmt: skip
    with nothing_changed(), pytest.raises(Denied) as refused:
        edit_agreement(made, actor=matrix.account_manager, lines=[line(one, 10), line(other, 11, currency="USD")])
    assert (refused.value.code, refused.value.field) == ("mixed_currencies", "lines.1.currency")
    with nothing_changed(), pytest.raises(Denied) as refused:
        create_agreement(
            PriceAgreement, actor=matrix.account_manager, customer=matrix.acme_it, currency="EUR", first_day=date(2026, 1, 1),
            lines=[line(one, 10, currency="USD")],
        )  # fmt: skip
    assert refused.value.field == "lines.0.currency"


def test_a_currency_that_is_changed_changes_every_line_of_the_draft_and_none_of_what_was_agreed(matrix: Matrix) -> None:
    one, other = ProductFactory(), ProductFactory()
    made: PriceAgreement = create_agreement(
        PriceAgreement, actor=matrix.account_manager, customer=matrix.acme_it, currency="EUR", first_day=date(2026, 1, 1),
        lines=[line(one, 10), line(other, 11)],
    )  # fmt: skip
    edit_agreement(made, actor=matrix.account_manager, currency="usd")
    assert set(made.lines.values_list("currency", flat=True)) == {"USD"}
    submit_agreement(made, actor=matrix.account_manager)
    approve_agreement(made, actor=matrix.sales_manager)
    with pytest.raises(DatabaseError), transaction.atomic():
        made.lines.filter(product=one).update(currency="EUR")


def test_a_sheet_with_two_currencies_makes_an_agreement_of_each(matrix: Matrix) -> None:
    one, other = ProductFactory(), ProductFactory()
    agreement(line(one, 10), line(other, 11), customer=matrix.acme_it, reference="LTA 7")
    rows = list(import_kind(KIND).export_rows(matrix.sales_manager))
    for row in rows:
        row.first_day = date(2027, 1, 1)
    rows[1] = SimpleNamespace(**vars(rows[1]) | {"currency": "USD"})
    record = preview(KIND, matrix.sales_manager, rows)
    assert (record.counts["create"], record.errors) == (2, [])
    carry_out(record)
    made = {
        one.currency: [(row.product, row.price, row.currency) for row in one.lines.all()]
        for one in PriceAgreement.objects.filter(status="draft")
    }
    assert made == {"EUR": [(one, Decimal(10), "EUR")], "USD": [(other, Decimal(11), "USD")]}


def test_both_currencies_of_one_product_hold_side_by_side_and_each_offer_gets_its_own(matrix: Matrix) -> None:
    product = ProductFactory()
    agreement(line(product, 10), customer=matrix.acme_it)
    agreement(line(product, 12), customer=matrix.acme_it, currency="USD")
    api = api_client(matrix.account_manager)
    asked = {"product": product.pk, "plant": matrix.acme_it_plant.pk, "quantity": "1", "day": "2026-03-16"}
    questions = [asked | {"currency": currency} for currency in ("EUR", "USD", "CHF")]
    told = api.post(f"{ADDRESS}price/", {"questions": questions}, format="json").json()["results"]
    assert [(one["currency"], one["price"]) for one in told] == [("EUR", "10.00000"), ("USD", "12.00000"), ("CHF", None)]
    assert told[2]["blocked"]["code"] == "no_price", "no price is taken from another currency"
