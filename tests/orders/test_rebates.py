"""Rebates by tiers: what accrued to the cent, what the next tier needs, who is told; and tooling that goes on being counted."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from rest_framework.test import APIClient

from kam.core import clock
from kam.core.tokens import issue_token
from kam.core.workflow import Refusals
from orders.actions import approve_agreement, create_agreement, revise_agreement, submit_agreement
from orders.models import AgreementLine, PriceAgreement
from orders.reports.rebates import running_year
from orders.reports.tooling import tooling_left
from tests.factories.catalog import ProductFactory
from tests.factories.orders import SalesLineFactory
from tests.factories.prices import agreement, line
from tests.matrix import Matrix
from tests.orders.test_pricing import ask
from tests.pages import client_for, words

TIERS = [(Decimal(250_000), Decimal("1.50")), (Decimal(500_000), Decimal("2.50"))]


@pytest.fixture(autouse=True)
def _in_march() -> Iterator[None]:
    """It is the middle of March 2026."""
    with clock.moment(datetime(2026, 3, 16, 9, tzinfo=UTC)):
        yield


def accrual(user: Any, made: PriceAgreement, status: int = 200) -> Any:
    """What the endpoint says of a rebate."""
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {issue_token(user, name='rebates')}")
    answer = client.get(f"/api/v1/price-agreements/{made.pk}/accrual/")
    assert answer.status_code == status, answer.json()
    return answer.json()


def sold(matrix: Matrix, net: str, **values: Any) -> None:
    """Goods that were invoiced to ACME Italy by Italy."""
    plain = {"plant": matrix.acme_it_plant, "selling_location": matrix.italy, "date": date(2026, 2, 1), "currency": "EUR"}
    SalesLineFactory(**plain | {"product": ProductFactory(), "quantity": Decimal(1), "net": Decimal(net)} | values)


@pytest.mark.acceptance("AT-36")
def test_a_retroactive_and_an_incremental_rebate_differ_widely(matrix: Matrix) -> None:
    product = ProductFactory()
    made = {
        kind: agreement(line(product, 1), rebate=kind, tiers=TIERS, **holder)
        for kind, holder in (("retroactive", {"customer": matrix.acme_it}), ("incremental", {"plant": matrix.acme_it_plant}))
    }

    def come_to() -> list[str]:
        return [accrual(matrix.account_manager, one)["accrued"] for one in made.values()]

    sold(matrix, "500000")
    exact = accrual(matrix.account_manager, made["retroactive"])
    assert (exact["rate"], exact["accrued"], exact["missing"]) == ("1.50", "7500.00", "0.00"), (
        "500,000 is of the lower tier still"
    )
    sold(matrix, "40000")
    assert come_to() == ["13500.00", "4750.00"]
    reached = accrual(matrix.account_manager, made["retroactive"])
    assert (reached["turnover"], reached["rate"], reached["next_from"]) == ("540000.00", "2.50", None)
    for other in (
        {"date": date(2025, 12, 31)}, {"currency": "USD"}, {"kind": "freight"}, {"is_intercompany": True},
        {"plant": matrix.acme_de_plant},
    ):  # fmt: skip
        sold(matrix, "1000000", **other)
    assert come_to() == ["13500.00", "4750.00"], "sales of another year, currency, kind and company do not count"
    sold(matrix, "-100000", quantity=Decimal(-1))
    assert come_to() == ["6600.00", "2850.00"], "a credit note lowers it"
    text = words(client_for(matrix.account_manager).get(f"/price-agreements/{made['retroactive'].pk}/"))
    assert "440,000.00" in text and "6,600.00" in text and "60,000.00" in text


def test_no_amount_is_told_where_some_of_the_sales_are_not_the_readers(matrix: Matrix) -> None:
    made = agreement(line(ProductFactory(), 1), rebate="retroactive", tiers=TIERS, customer=matrix.acme_de)
    sold(matrix, "300000", plant=matrix.acme_de_plant, selling_location=matrix.germany)
    assert accrual(matrix.area_manager_de, made)["accrued"] == "4500.00"
    sold(matrix, "300001", plant=matrix.acme_de_plant)
    assert accrual(matrix.account_manager, made)["accrued"] == "15000.03"
    hidden = accrual(matrix.area_manager_de, made)
    assert (hidden["turnover"], hidden["accrued"]) == (None, "0.00")
    page = words(client_for(matrix.area_manager_de).get(f"/price-agreements/{made.pk}/"))
    assert "600,001" not in page and "not yours to see" in page
    accrual(matrix.area_manager_us, made, status=404)
    none = accrual(matrix.account_manager, agreement(line(ProductFactory(), 1), customer=matrix.acme_it))
    assert (none["rate"], none["accrued"], none["next_from"]) == ("0.00", "0.00", None)


def test_a_year_of_an_agreement_runs_from_its_first_day(db: None) -> None:
    made = agreement(line(ProductFactory(), 1), first_day=date(2024, 2, 29), last_day=date(2026, 6, 30))
    assert running_year(made, date(2025, 2, 27)) == (date(2024, 2, 29), date(2025, 2, 27))
    assert running_year(made, date(2026, 3, 1)) == (date(2026, 2, 28), date(2026, 6, 30))
    assert running_year(made, date(2027, 1, 1)) == (date(2026, 2, 28), date(2026, 6, 30))


def test_tiers_out_of_order_are_refused_by_action_and_database(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    product = ProductFactory()
    first = {"customer": matrix.acme_it, "currency": "EUR", "first_day": date(2026, 1, 1), "lines": [line(product, 5)]}
    with nothing_changed():
        for wrong in ({"rebate": "retroactive"}, {"tiers": TIERS}, {"rebate": "incremental", "tiers": TIERS[::-1]}):
            with pytest.raises(Exception, match="tier") as refused:
                create_agreement(PriceAgreement, actor=matrix.account_manager, **first, **wrong)
            assert isinstance(refused.value, Refusals) or refused.value.field in {"tiers", "rebate"}
    made = agreement(line(product, scale="from", steps=[(1, 5), (10, 4)]), status="draft", customer=matrix.acme_it)
    row = made.lines.get()
    for rows, values in (
        (AgreementLine.objects.filter(pk=row.pk), {"step_quantities": [Decimal(10), Decimal(1)]}),
        (PriceAgreement.objects.filter(pk=made.pk), {"rebate": "retroactive", "rebate_from": [2, 1], "rebate_rates": [1, 2]}),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**values)


def test_tooling_goes_on_being_counted_when_prices_change(matrix: Matrix) -> None:
    product = ProductFactory()
    tooled = {"tooling_cost": Decimal(36000), "tooling_quantity": Decimal(60000)}
    made = agreement(line(product, 10, **tooled), customer=matrix.acme_it)
    sold(matrix, "1", product=product, quantity=Decimal(48500))
    [left] = tooling_left(made)
    assert (left.quantity, left.amount) == (11500, Decimal("6900.00"))
    draft = revise_agreement(made, actor=matrix.account_manager, first_day=date(2026, 6, 1), change=Decimal(3))
    submit_agreement(draft, actor=matrix.account_manager)
    approve_agreement(draft, actor=matrix.sales_manager)
    assert draft.lines.get().tooling_since == date(2026, 1, 1)
    answer = ask(matrix, product, 20000, day="2026-06-02")
    assert (answer["price"], answer["tooling"]) == ("10.30000", "6900.000000"), "only 11,500 of these still carry it"
    assert "6,900.00" in words(client_for(matrix.account_manager).get(f"/price-agreements/{draft.pk}/"))
