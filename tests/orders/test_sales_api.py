"""Lines, totals and sums over REST: what each person sees, costs under their two rules, the same figures as the reports."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from kam.core import clock
from kam.core.tokens import issue_token
from orders.models import SalesLine
from tests.factories.catalog import ProductFactory
from tests.factories.orders import SalesBatchFactory, SalesLineFactory
from tests.matrix import Matrix

pytestmark = [pytest.mark.django_db]
LINES, TOTALS = "/api/v1/sales-lines/", "/api/v1/sales-totals/"


def client(user: User) -> APIClient:
    """The API as a person."""
    made = APIClient()
    made.credentials(HTTP_AUTHORIZATION=f"Token {issue_token(user, name='test')}")
    return made


@pytest.fixture
def sold(matrix: Matrix) -> Matrix:
    """ACME buys in Italy in two years and in Germany once."""
    product = ProductFactory()
    for day, plant, location, net in (
        (date(2026, 2, 10), matrix.acme_it_plant, matrix.italy, "100.123456"), (date(2026, 3, 10), matrix.acme_de_plant, matrix.germany, "40"),
        (date(2025, 3, 10), matrix.acme_it_plant, matrix.italy, "30"),
    ):  # fmt: skip
        SalesLineFactory(date=day, plant=plant, selling_location=location, product=product, net=Decimal(net), cost=Decimal(10))
    return matrix


def answered(user: User, address: str, **query: Any) -> Any:
    """What the API answers, or the errors."""
    answer = client(user).get(address, query)
    assert answer.status_code in {200, 400, 404}, answer.content
    return answer.json()


def test_lines_come_newest_first_with_what_holds(sold: Matrix):
    ended = SalesLine.objects.get(selling_location=sold.germany)
    found = answered(sold.sales_manager, LINES)
    assert [row["date"] for row in found["results"]] == ["2026-03-10", "2026-02-10", "2025-03-10"]
    first = found["results"][1]
    assert (first["net"], first["revenue"], first["cost"], first["margin"]) == (
        "100.123456",
        "100.123456",
        "10.000000",
        "90.123456",
    )
    assert (first["plant"], first["customer"], first["system"]) == (sold.acme_it_plant.pk, sold.acme_it.pk, "SAP")
    SalesLine.objects.filter(pk=ended.pk).update(ended_by=SalesBatchFactory())
    assert answered(sold.sales_manager, LINES)["count"] == 2
    assert client(sold.sales_manager).get(f"{LINES}{ended.pk}/").status_code == 404


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"date_after": "2026-01-01"}, 2),
        ({"customer": "acme_it"}, 2),
        ({"group": "acme"}, 3),
        ({"selling_location": "germany"}, 1),
        ({"account_manager": "none"}, 3),
        ({"kind": "freight"}, 0),
        ({"currency": "EUR"}, 3),
        ({"is_intercompany": "true"}, 0),
        ({"system": "SAP"}, 3),
    ],
)
def test_lines_are_filtered(sold: Matrix, query, count):
    asked = {name: getattr(sold, value).pk if hasattr(sold, value) else value for name, value in query.items()}
    assert answered(sold.sales_manager, LINES, **asked)["count"] == count


def test_costs_follow_their_two_rules(sold: Matrix):
    [german] = answered(sold.area_manager_de, LINES)["results"]
    assert "cost" not in german and "margin" not in german and german["local_margin"] == "30.000000"
    [italian, _older] = answered(sold.back_office_it, LINES)["results"]
    assert not {"cost", "margin", "local_cost", "local_margin"} & set(italian)
    assert {"cost", "local_cost"} <= set(answered(sold.account_manager, LINES)["results"][0])
    for who, name, code in (("back_office_it", "cost", "costs_hidden"), ("back_office_it", "local_cost", "costs_hidden"), ("area_manager_de", "margin", "costs_hidden")):  # fmt: skip
        assert answered(getattr(sold, who), LINES, fields=name)["errors"][0]["code"] == code
    assert set(answered(sold.area_manager_de, LINES, fields="local_margin")["results"][0]) == {"id", "local_margin"}


def test_totals_show_their_months(sold: Matrix):
    found = answered(sold.account_manager, TOTALS, customer=sold.acme_it.pk, year=2026)
    assert found["count"] == 1
    [row] = found["results"]
    assert row["months"] == [{"month": 2, "quantity": "10.000000", "net": "100.123456", "revenue": "100.123456"}]
    assert row["costs"] == [{"month": 2, "amount": "10.000000"}] and row["lines"] == 1
    [german] = answered(sold.area_manager_de, TOTALS)["results"]
    assert "costs" not in german and german["local_costs"] == [{"month": 3, "amount": "10.000000"}]


def test_sums_say_what_the_reports_say(sold: Matrix):
    found = answered(sold.sales_manager, f"{TOTALS}summary/", by="selling_location", year=2026)["results"]
    assert [(row["key"], row["now"]["revenue"], row["before"]["revenue"]) for row in found] == [
        (str(sold.italy.pk), "100.123456", "30.000000"), (str(sold.germany.pk), "40.000000", "0.000000"),
    ]  # fmt: skip
    assert found[0]["now"]["margin"] == "90.123456"
    months = answered(sold.area_manager_de, f"{TOTALS}summary/", by="month", year=2026, last_month=4)["results"]
    assert [row["now"]["revenue"] for row in months] == ["0.000000", "0.000000", "40.000000", "0.000000"]
    assert months[2]["now"]["margin"] is None and months[2]["now"]["local_margin"] == "30.000000"
    assert answered(sold.quality_it, f"{TOTALS}summary/")["results"] == []


def test_sums_take_the_filters_of_the_screen(sold: Matrix):
    def asked(**query: Any) -> dict[str, str]:
        rows = answered(sold.sales_manager, f"{TOTALS}summary/", year=2026, last_month=12, **query)["results"]
        return {row["key"]: row["now"]["revenue"] for row in rows}

    assert asked(by="selling_location", selling_location=sold.germany.pk) == {str(sold.germany.pk): "40.000000"}
    assert asked(by="customer", present_manager="none") == {}
    assert set(asked(by="customer", account_manager="none")) == {str(sold.acme_it.pk), str(sold.acme_de.pk)}
    assert asked(by="kind", is_intercompany="true") == {} and asked(by="kind", kind="freight") == {}


@pytest.mark.parametrize(
    ("query", "field"),
    [({"by": "colour"}, "by"), ({"year": "x"}, "year"), ({"first_month": 5, "last_month": 4}, "last_month"), ({"kind": "x"}, "kind"), ({"customer": 99999999}, "customer"), ({"last_month": 13}, "last_month"), ({"nothing": 1}, "nothing")],
)  # fmt: skip
def test_sums_refuse_what_they_cannot_read(sold: Matrix, query, field):
    assert answered(sold.sales_manager, f"{TOTALS}summary/", **query)["errors"][0]["field"] == field


def test_sums_compare_whole_months_and_show_the_running_one_apart(sold: Matrix):
    with clock.moment(datetime(2026, 3, 18, 9, tzinfo=UTC)):
        found = answered(sold.sales_manager, f"{TOTALS}summary/", by="selling_location")
        assert (found["first_month"], found["last_month"], found["running_month"]) == (1, 2, 3)
        assert [
            (row["now"]["revenue"], row["before"]["revenue"], row["running"]["revenue"]) for row in found["results"]
        ] == [("100.123456", "0.000000", "0.000000"), ("0.000000", "0.000000", "40.000000")]  # fmt: skip
        months = answered(sold.sales_manager, f"{TOTALS}summary/", by="month")
        assert months["running_month"] == 3 and [row["running"] for row in months["results"]] == [None] * 3
        assert months["results"][2]["now"]["revenue"] == "40.000000"
        over = answered(sold.sales_manager, f"{TOTALS}summary/", by="selling_location", year=2025)
        assert (over["last_month"], over["running_month"], over["results"][0]["running"]) == (12, None, None)
