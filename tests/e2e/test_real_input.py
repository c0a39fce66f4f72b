"""A trader's and SAP's own files go in by hand: uploaded, their columns chosen by clicking, kept, looked at, confirmed, seen in the sales.

The files are third parties' and no part of the project; where they do not lie beside it there is nothing to upload, and these
journeys are left out. tests/orders/test_real_input.py brings the same files in without a browser, down to every customer.
"""

import csv
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from playwright.sync_api import expect

from accounts.models import Customer, User
from kam.configuration import ROOT
from kam.core import imports
from kam.core.imports import Import, ImportMapping
from orders.models import SalesLine
from tests.e2e.pages import Desk, ImportPage
from tests.factories.accounts import RoleGrantFactory
from tests.matrix import Matrix

SAMPLES = ROOT.parent / "shared" / "sample"
pytestmark = [
    pytest.mark.e2e,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not SAMPLES.is_dir(), reason="the sample files are not on this machine"),
]


def quiet(*_values: Any) -> None:
    """A report that nobody reads."""


class Hands(ImportPage):
    """Somebody who brings the files of one company in by hand; the worker's part is done when it is their turn to wait."""

    folder = SAMPLES

    def worked(self, run: Any) -> Any:
        """What the worker does meanwhile; the page shows it."""
        connection.close()
        record = Import.objects.first()
        assert record is not None
        run(record.job, quiet)
        self.page.reload()
        self.settled()
        record.refresh_from_db()
        return record

    def text(self, name: str) -> tuple[str, str]:
        """A file as it is dragged: its name and its text, the mark at its beginning too."""
        return name, (self.folder / name).read_text(encoding="utf-8")

    def bring(
        self,
        kind: str,
        *files: str,
        dragged: bool = False,
        keys: tuple[str, str] | None = None,
        texts: dict[str, tuple[str, ...]] | None = None,
        every: dict[str, str] | None = None,
        without_errors: bool = False,
        **columns: str,
    ) -> Any:
        """One mapping by hand, from the files to what was done; answers with the import."""
        if dragged:
            self.drop(kind, *map(self.text, files))
        else:
            self.put_in(kind, *(self.folder / name for name in files))
        assert self.worked(imports.run_preview).state == "mapping", "nothing is read by a guess"
        self.open_columns()
        if keys:
            self.join_by(*keys)
        self.hold(**columns)
        for header, said in (texts or {}).items():
            self.translate(header, *said)
        if every:
            self.everywhere(**every)
        self.keep(f"{self.folder.name} {kind} {files[0]}")
        record = self.worked(imports.run_preview)
        assert record.state == "previewed" and record.useful, (record.message, record.counts, record.errors[:5])
        assert without_errors or not record.errors, record.errors[:5]
        expect(self.main).to_contain_text("As KAM reads it")
        self.confirm(without_errors=without_errors)
        record = self.worked(imports.run_apply)
        assert record.state == "applied", record.message
        expect(self.main).to_contain_text("What was done")
        return record


@pytest.fixture
def hands(world: Matrix, desk: Desk, settings: Any) -> Hands:
    """A sales manager who keeps the catalogue too, in a company that reckons in US dollars."""
    settings.BASE_CURRENCY = "USD"
    User.objects.filter(pk=world.sales_manager.pk).update(language="en")
    RoleGrantFactory(user=world.sales_manager, role="technical")
    return Hands(desk.open(world.sales_manager, language="en").page, desk.address)


def rows_of(folder: str, name: str) -> list[dict[str, str]]:
    """The rows of a file, read without anything of ours."""
    with (SAMPLES / folder / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def seen(hands: Hands, year: int, last: int = 12) -> Decimal:
    """The total that the sales screen shows of a year, as it stands there; every line counts that names a customer."""
    hands.go(f"/sales/?year={year}&last={last}")
    shown = hands.page.locator("[aria-labelledby=sales-by] tfoot td").first.inner_text()
    return Decimal(shown.replace(",", ""))


def by_year(amounts: list[tuple[str, Decimal]]) -> dict[int, Decimal]:
    """Amounts by the year that their day begins with."""
    found: dict[int, Decimal] = {}
    for day, amount in amounts:
        found[int(day[:4])] = found.get(int(day[:4]), Decimal(0)) + amount
    return found


def check_totals(hands: Hands, wanted: dict[int, Decimal], ledger: Decimal) -> None:
    """The screen shows of every year that may be chosen what the file sums to, the ledger holds the whole."""
    connection.close()
    assert sum(SalesLine.objects.current().values_list("net", flat=True)) == ledger == sum(wanted.values())
    for year in sorted(wanted)[-2:]:
        assert seen(hands, year) == wanted[year].quantize(Decimal(1), "ROUND_HALF_UP"), year


def test_a_traders_files_go_in_by_hand(hands: Hands, world: Matrix) -> None:
    hands.folder = SAMPLES / "northwind"
    hands.bring("catalog.product_families", "categories.csv", code="CategoryID", name_en="CategoryName")
    hands.bring(
        "catalog.products",
        "products.csv",
        code="ProductID",
        name_en="ProductName",
        family="CategoryID",
        every={"base_unit": "pcs", "producing_location": "US"},
    )
    record = hands.bring(
        "accounts.customers",
        "customers.csv",
        code="CustomerID", name="CompanyName", address="Address", city="City", region="Region", postal_code="PostalCode", country="Country",
        every={"status": "active", "currency": "USD", "location": "US"},
        without_errors=True,
    )  # fmt: skip
    assert record.counts["rows_with_errors"] == 2
    assert Customer.objects.get(code="TOMSP").city == "Münster"
    record = hands.bring(
        "orders.sales",
        "orders.csv",
        "order_details.csv",
        dragged=True,
        document="OrderID", product="ProductID", unit_price="UnitPrice", quantity="Quantity", discount="Discount", customer="CustomerID",
        date="OrderDate",
        every={"system": "NW", "currency": "USD", "selling_location": "US"},
    )  # fmt: skip
    assert (record.original_name, record.counts["create"], record.counts["documents"]) == ("order_details.csv", 2155, 830)
    days = {row["OrderID"]: row["OrderDate"] for row in rows_of("northwind", "orders.csv")}
    wanted = by_year(
        [
            (days[row["OrderID"]], Decimal(row["UnitPrice"]) * Decimal(row["Quantity"]) * (1 - Decimal(row["Discount"])))
            for row in rows_of("northwind", "order_details.csv")
        ]
    )
    check_totals(hands, wanted, Decimal("1265793.0395"))
    assert ImportMapping.objects.count() == 4


def test_saps_files_go_in_by_hand(hands: Hands, world: Matrix) -> None:
    hands.folder = SAMPLES / "sap_bikes"
    hands.bring("catalog.product_families", "ProductCategoryText.csv", code="PRODCATEGORYID", name_en="SHORT_DESCR")
    hands.bring(
        "catalog.products",
        "ProductTexts.csv",
        "Products.csv",
        keys=("PRODUCTID", "PRODUCTID"),
        code="PRODUCTID", name_en="SHORT_DESCR", family="PRODCATEGORYID",
        every={"base_unit": "pcs", "producing_location": "US"},
        without_errors=True,
    )  # fmt: skip
    hands.bring(
        "accounts.customers",
        "BusinessPartners.csv",
        "Addresses.csv",
        dragged=True,
        code="PARTNERID", name="COMPANYNAME", currency="CURRENCY", country="COUNTRY", city="CITY", address="STREET", postal_code="POSTALCODE",
        texts={"COUNTRY": ("DU = AE",)},
        every={"status": "active", "location": "US"},
    )  # fmt: skip
    record = hands.bring(
        "orders.sales",
        "SalesOrders.csv",
        "SalesOrderItems.csv",
        dragged=True,
        document="SALESORDERID", line="SALESORDERITEM", product="PRODUCTID", unit_price="NETAMOUNT", quantity="QUANTITY",
        unit="QUANTITYUNIT", currency="CURRENCY", date="CREATEDAT", customer="PARTNERID", total="NETAMOUNT (2)",
        every={"system": "SAP", "selling_location": "US"},
    )  # fmt: skip
    assert (record.original_name, record.counts["create"], record.counts["differences"]) == ("SalesOrderItems.csv", 1930, 0)
    wanted = by_year([(row["CREATEDAT"], Decimal(row["NETAMOUNT"])) for row in rows_of("sap_bikes", "SalesOrders.csv")])
    check_totals(hands, wanted, Decimal("17879642.375"))
