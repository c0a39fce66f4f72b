"""Customers' open items: a list replaces the one before, faults at their cells, who reads what, what is overdue and what it costs."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from accounts.actions.merge import merge_customers
from kam.core.imports import confirm_import, run_apply, run_undo, undo_import
from kam.core.parameters import ParameterValue
from kam.core.periods import period
from kam.core.workflow import Denied
from orders.actions import record_open_items
from orders.models import OpenItem, OpenItemList
from orders.reports.open_items import InterestRates, owed
from tests.catalog.test_excel import carry_out, preview, quiet, written
from tests.factories.open_items import open_item
from tests.matrix import Matrix
from tests.orders.conftest import external, rate
from tests.world import api_client, browser

KIND = "orders.open_items"
DAY = date(2026, 3, 31)


def row(document: str = "91000001", **values: Any) -> SimpleNamespace:
    """A row of Italy's list of 31 March: an invoice to ACME in Italy over 1,000 EUR."""
    day = values.pop("as_of", DAY)
    location = SimpleNamespace(
        code=values.pop("selling_location", "IT"),
        open_item_list=SimpleNamespace(system=values.pop("system", "SAP-IT"), as_of=day),
    )
    known = {
        "customer": SimpleNamespace(code=values.pop("customer", "C-ACME-IT")), "document_number": document, "instalment": "",
        "kind": "invoice", "date": date(2026, 1, 15), "due_on": date(2026, 3, 16), "currency": "EUR", "amount": Decimal(1000),
        "open_amount": Decimal(1000), "dunning_level": 0,
    }  # fmt: skip
    return SimpleNamespace(selling_location=location, **known | values)


def take(matrix: Matrix, *rows: SimpleNamespace, actor: Any = None) -> Any:
    """A list that finance of Italy takes over."""
    record = preview(KIND, actor or matrix.finance_it, rows)
    carry_out(record)
    return record


def still_open() -> dict[str, Decimal]:
    """What is open, by document."""
    return dict(OpenItem.objects.open().values_list("document_number", "open_amount"))


def test_a_later_list_replaces_the_one_before_and_one_of_the_same_day_completes_it(matrix: Matrix) -> None:
    location = matrix.italy.code
    first = [row("1", selling_location=location), row("2", selling_location=location, customer="C-ACME-DE", dunning_level=1)]
    record = take(matrix, *first)
    assert record.counts["create"] == 3, "two items and the list itself"
    assert still_open() == {"1": 1000, "2": 1000}
    again = preview(KIND, matrix.finance_it, first)
    assert (again.counts["create"], again.counts["update"], again.counts["unchanged"]) == (0, 0, 2)
    take(matrix, row("3", selling_location=location, open_amount=Decimal("250.50")))
    assert set(still_open()) == {"1", "2", "3"}, "a list of the same day completes the first"
    later = DAY + timedelta(days=7)
    paid = take(
        matrix, row("2", selling_location=location, customer="C-ACME-DE", dunning_level=2, open_amount=Decimal(400), as_of=later)
    )
    assert still_open() == {"2": 400}
    settled = OpenItem.objects.get(document_number="1")
    assert (settled.settled_on, settled.open_amount) == (later, 1000)
    assert OpenItemList.objects.get().as_of == later
    assert OpenItem.objects.get(document_number="2").dunning_level == 2
    undo_import(paid, actor=matrix.finance_it)
    paid.refresh_from_db()
    run_undo(paid.job, quiet)
    assert still_open() == {"1": 1000, "2": 1000, "3": Decimal("250.5")}
    assert OpenItemList.objects.get().as_of == DAY


def test_what_a_refused_row_names_is_not_settled(matrix: Matrix) -> None:
    place = {"selling_location": matrix.italy.code}
    take(matrix, row("1", **place), row("2", **place), row("3", **place))
    later = {"as_of": DAY + timedelta(days=1), **place}
    record = preview(KIND, matrix.finance_it, [row("1", **later), row("2", currency="XXX", **later)])
    assert [(error["row"], error["column"]) for error in record.errors] == [(3, "currency")]
    confirm_import(record, actor=matrix.finance_it, quarantine=True)
    record.refresh_from_db()
    run_apply(record.job, quiet)
    assert set(still_open()) == {"1", "2"}


def test_every_fault_stands_at_its_cell(matrix: Matrix) -> None:
    place = {"selling_location": matrix.italy.code}
    take(matrix, row("1", **place))
    record = preview(
        KIND,
        matrix.finance_it,
        [
            row("2", customer="C-BETA", **place),  # not a customer of Italy
            row("3", selling_location=matrix.usa.code),  # another location's accounts
            row("4", as_of=DAY - timedelta(days=1), **place),  # KAM has a later list
            row("5", currency="GBP", **place),  # no rate
            row("6", open_amount=Decimal(0), **place),
            row("7", **place),
            row("7", **place),
            row("8", date=date(2026, 4, 2), **place),
            row("9", system="OTHER", **place),
        ],
    )
    found = {(error["row"], error["column"]) for error in record.errors}
    assert found == {
        (2, "customer"), (3, "selling location"), (4, "as of"), (5, "currency"), (6, "open amount"), (8, "document number"),
        (9, "date"), (10, "source system"),
    }  # fmt: skip
    assert still_open() == {"1": 1000}


def test_a_customer_is_found_by_the_code_of_the_source_system(matrix: Matrix) -> None:
    external(matrix.acme_it, "0000100012", "SAP-IT")
    external(matrix.acme_de, "100012", "SAP-DE")
    take(matrix, row("1", customer="100012", selling_location=matrix.italy.code))
    assert OpenItem.objects.get().customer == matrix.acme_it


def test_amounts_in_other_currencies_count_in_the_groups(matrix: Matrix) -> None:
    rate("USD", date(2026, 3, 30), "0.9")
    take(
        matrix,
        row("1", currency="usd", selling_location=matrix.italy.code),
        row("2", amount=Decimal(-50), open_amount=Decimal(-50), kind=None, selling_location=matrix.italy.code),
    )
    assert dict(OpenItem.objects.values_list("currency", "base_open")) == {"USD": 900, "EUR": -50}
    assert OpenItem.objects.get(currency="EUR").kind == "credit_note"


def test_a_list_of_a_day_to_come_or_before_the_last_is_refused(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    open_item(matrix.acme_it, matrix.italy)
    for day, code in ((date(2099, 1, 1), "future_list"), (date(2026, 3, 30), "older_list")):
        with nothing_changed(), pytest.raises(Denied) as refused:
            record_open_items(OpenItemList, actor=matrix.finance_it, location=matrix.italy, system="SAP", as_of=day)
        assert (refused.value.code, refused.value.field) == (code, "as_of")
    with nothing_changed(), pytest.raises(Denied):
        record_open_items(OpenItemList, actor=matrix.area_manager_us, location=matrix.usa, system="SAP", as_of=DAY)


def test_who_leads_the_customer_and_who_works_at_the_location_reads_it(matrix: Matrix) -> None:
    item, other = open_item(matrix.acme_us, matrix.usa), open_item(matrix.beta, matrix.germany)
    readers = {"account_manager": {item}, "account_manager2": {other}, "area_manager_us": {item}, "area_manager_de": {other},
               "finance_it": set(), "quality_it": set(), "nobody": set(), "sales_manager": {item, other}, "management": {item, other},
               "administrator": set()}  # fmt: skip
    for name, seen in readers.items():
        assert set(OpenItem.objects.visible_to(getattr(matrix, name))) == seen, name
    own = open_item(matrix.acme_us, matrix.italy)
    assert set(OpenItem.objects.visible_to(matrix.finance_it)) == {own}
    assert own not in OpenItem.objects.visible_to(matrix.area_manager_us), "what the customer owes another location"
    page = browser(matrix.finance_it).get(f"/open-items/{own.pk}/").content.decode()
    assert own.document_number in page
    assert browser(matrix.area_manager_us).get(f"/open-items/{own.pk}/").status_code == 404
    assert [line[4] for line in written(KIND, matrix.area_manager_us)] == [item.document_number]


@pytest.mark.acceptance("AT-40")
def test_late_interest(matrix: Matrix, monkeypatch: pytest.MonkeyPatch) -> None:
    due = date(2026, 2, 1)
    monkeypatch.setattr("kam.core.clock.today", lambda: due + timedelta(days=45))
    item = open_item(matrix.acme_it, matrix.italy, 20_000, due_on=due)
    found = api_client(matrix.account_manager).get(f"/api/v1/open-items/{item.pk}/").json()
    assert (found["days_overdue"], found["late_interest"]) == (45, "250.27")
    assert "250.27" in browser(matrix.account_manager).get(f"/customers/{matrix.acme_it.pk}/open-items/").content.decode()
    half_years = Decimal(20_000), "EUR", matrix.italy.pk, date(2026, 6, 15), date(2026, 7, 15)
    assert InterestRates().interest(*half_years) == Decimal("166.85")
    ParameterValue.objects.create(key="orders.reference_rate", value="3.15", period=period(date(2026, 7, 1)))
    # 15 days at 10.15 % and 15 at 11.15 %: the rate is that of the beginning of each half-year
    assert InterestRates().interest(*half_years) == Decimal("175.07")
    assert api_client(matrix.account_manager).get(f"/api/v1/open-items/{item.pk}/").json()["late_interest"] == "250.27"
    OpenItem.objects.filter(pk=item.pk).update(open_amount=-5)
    assert api_client(matrix.account_manager).get(f"/api/v1/open-items/{item.pk}/").json()["late_interest"] == "0.00"


def test_what_is_overdue_by_age_on_the_customers_page(matrix: Matrix, monkeypatch: pytest.MonkeyPatch) -> None:
    today = date(2026, 5, 1)
    monkeypatch.setattr("kam.core.clock.today", lambda: today)
    for days, amount in ((0, 10), (1, 20), (30, 40), (31, 80), (61, 160), (90, 320), (91, 640), (-5, 1280)):
        open_item(matrix.acme_it, matrix.italy, amount, due_on=today - timedelta(days=days))
    open_item(matrix.acme_it, matrix.italy, -100, due_on=today - timedelta(days=200))
    open_item(matrix.acme_it, matrix.italy, 9999, due_on=date(2026, 1, 1), settled_on=DAY)
    (one,) = owed(OpenItem.objects.all())
    assert (one.open, one.overdue, one.ages) == (2450, 1260, [60, 80, 480, 640])
    found = api_client(matrix.account_manager).get(f"/api/v1/open-items/owed/?customer={matrix.acme_it.pk}").json()
    assert [(one["currency"], one["open"], one["overdue"]) for one in found] == [("EUR", "2450.00", "1260.00")]
    page = browser(matrix.area_manager_de).get(f"/customers/{matrix.acme_it.pk}/open-items/")
    assert "1,260" not in page.content.decode() and "1260" not in page.content.decode(), "Italy's items are not Germany's to read"
    assert OpenItem.objects.overdue().count() == 6


def test_a_merge_takes_the_open_items_along(matrix: Matrix) -> None:
    item = open_item(matrix.acme_de, matrix.germany)
    merge_customers(matrix.acme_de, actor=matrix.sales_manager, into=matrix.acme_it)
    item.refresh_from_db()
    assert item.customer == matrix.acme_it
