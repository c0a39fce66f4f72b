"""Real companies' files go in through the product's own import, by mappings that are made once; every total is held against the files.

The files are not part of the project; without them these tests are left out. The sequence is that of the user's guide.
"""

import csv
from contextlib import ExitStack
from decimal import Decimal
from typing import Any

import pytest
from django.core.files import File
from django.db import connection

from accounts.actions.grant import grant_role
from accounts.models import Assignment, Customer, Location, RoleGrant, User
from catalog.models import Product
from kam.configuration import ROOT
from kam.core import imports
from kam.core.documents import Document, attach_document, standard_type
from kam.core.excel import Rules
from kam.core.imports import Import, confirm_import, map_import, upload_import
from orders.models import LineKind, SalesHeader, SalesLine
from orders.reports.check import mismatches
from orders.reports.figures import Question, sales_by, sales_total
from tests.factories.accounts import LocationFactory, RoleGrantFactory, UserFactory

SAMPLES = ROOT.parent / "shared" / "sample"
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not SAMPLES.is_dir(), reason="the sample files are not on this machine"),
]
ROLES = ("sales_manager", "technical", "finance")


def quiet(*_values: Any) -> None:
    """A report that nobody reads."""


class Desk:
    """Somebody who brings the files of one company in, one after the other, and says once what their columns hold."""

    def __init__(self, folder: str) -> None:
        self.folder = SAMPLES / folder
        self.person: User = UserFactory(email="desk@kam.example", role="administrator")
        for role in ROLES:
            RoleGrantFactory(user=self.person, role=role)

    def upload(self, kind: str, file: str, second: str = "") -> Any:
        """The import of a file after the worker has looked at it."""
        with ExitStack() as stack:
            opened = {
                name: File(stack.enter_context((self.folder / path).open("rb")), name=path)
                for name, path in (("file", file), ("second", second))
                if path
            }
            record = upload_import(Import, actor=self.person, kind=kind, **opened)
        return self.read(record)

    def read(self, record: Any) -> Any:
        imports.run_preview(record.job, quiet)
        record.refresh_from_db()
        return record

    def bring(self, kind: str, file: str, second: str = "", *, without: int = 0, **rules: Any) -> Any:
        """Map a file, keep the mapping, look at the preview, and carry it out; `without` so many rows that have errors."""
        record = self.upload(kind, file, second)
        map_import(record, actor=self.person, rules=Rules(**rules), name=f"{self.folder.name[:40]} {kind} {file}")
        record.refresh_from_db()
        self.read(record)
        assert record.state == "previewed", (record.message, record.errors[:5])
        assert record.counts["rows_with_errors"] == without, record.errors[:10]
        return self.carry_out(record)

    def carry_out(self, record: Any) -> Any:
        confirm_import(record, actor=self.person, quarantine=bool(record.counts["errors"]))
        record.refresh_from_db()
        imports.run_apply(record.job, quiet)
        record.refresh_from_db()
        return record


def rows_of(folder: str, name: str) -> list[dict[str, str]]:
    """The rows of a file, read without anything of ours."""
    with (SAMPLES / folder / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def dollars(settings: Any, db: None) -> None:
    """A company that reckons in US dollars, with one location."""
    settings.BASE_CURRENCY = "USD"
    LocationFactory(country="US")


AW = "adventureworks_2011_2012"
COUNTRIES = {"1": "US", "2": "US", "3": "US", "4": "US", "5": "US", "6": "CA", "7": "FR", "8": "DE", "9": "AU", "10": "GB"}
CATEGORIES = {"1": "BIKES", "2": "COMPONENTS", "3": "CLOTHING", "4": "ACCESSORIES"}


def sellers() -> dict[str, str]:
    """The e-mail address of each seller by number, which the files do not have: a person writes them once into the mapping."""
    return {row["BusinessEntityID"]: f"seller{row['BusinessEntityID']}@aw.example" for row in rows_of(AW, "sales_people.csv")}


def with_decimal(texts: dict[str, str]) -> dict[str, str]:
    """The numbers as the program wrote them that exported a column with empty cells: 279.0."""
    return {f"{number}.0": value for number, value in texts.items()}


@pytest.fixture
def adventureworks(dollars: None) -> Desk:
    """Everything of the manufacturer, in the order of the user's guide."""
    desk = Desk(AW)
    people = sellers()
    desk.bring(
        "accounts.users",
        "sales_people.csv",
        columns={"BusinessEntityID": "email", "FirstName": "first_name", "LastName": "last_name"},
        constants={"language": "en", "time_zone": "America/New_York"},
        values={"email": people},
    )
    for user in User.objects.filter(email__endswith="@aw.example"):
        grant_role(RoleGrant, actor=desk.person, user=user, role="account_manager")
    desk.bring(
        "catalog.product_families",
        "product_categories.csv",
        columns={"ProductCategoryID": "code", "Name": "name_en"},
        values={"code": CATEGORIES},
    )
    desk.bring(
        "catalog.product_families",
        "product_subcategories.csv",
        columns={"ProductSubcategoryID": "code", "ProductCategoryID": "parent", "Name": "name_en"},
        values={"parent": CATEGORIES},
    )
    families = with_decimal(
        {row["ProductSubcategoryID"]: row["ProductSubcategoryID"] for row in rows_of(AW, "product_subcategories.csv")}
    )
    desk.bring(
        "catalog.products",
        "products.csv",
        columns={"ProductID": "code", "Name": "name_en", "ProductSubcategoryID": "family"},
        constants={"base_unit": "pcs", "producing_location": "US"},
        values={"family": families | {"": "COMPONENTS"}},
    )
    desk.bring(
        "accounts.customers",
        "customers.csv",
        "stores.csv",
        columns={"CustomerID": "code", "Name": "name", "TerritoryID": "country"},
        constants={"city": "-", "status": "active", "location": "US"},
        values={"country": COUNTRIES},
        lines_key="StoreID",
        heads_key="BusinessEntityID",
    )
    desk.bring(
        "accounts.assignments",
        "customers.csv",
        "stores.csv",
        columns={"CustomerID": "customer", "SalesPersonID": "user"},
        constants={"kind": "account_manager"},
        values={"user": people},
        lines_key="StoreID",
        heads_key="BusinessEntityID",
    )
    desk.bring(
        "core.exchange_rates",
        "currency_rates.csv",
        columns={
            "CurrencyRateDate": "date",
            "FromCurrencyCode": "from_currency",
            "ToCurrencyCode": "to_currency",
            "EndOfDayRate": "rate",
        },
        constants={"kind": "spot", "source": "AW"},
    )
    desk.bring(
        "catalog.list_prices",
        "product_list_price_history.csv",
        columns={"ProductID": "product", "StartDate": "first_day", "EndDate": "last_day", "ListPrice": "price"},
        constants={"currency": "USD"},
        decimal=".",
    )
    desk.bring(
        "catalog.standard_costs",
        "product_cost_history.csv",
        columns={"ProductID": "product", "StartDate": "first_day", "StandardCost": "material"},
        constants={"location": "US", "variable_conversion": "0", "fixed": "0", "currency": "USD"},
        decimal=".",
    )
    # Which seller had which territory when is there to be read, and makes nobody anything.
    made = Assignment.objects.count()
    with (SAMPLES / AW / "territory_history.csv").open("rb") as file:
        attach_document(
            Document,
            actor=desk.person,
            record=Location.objects.get(),
            type=standard_type(),
            file=File(file, name="territory_history.csv"),
            title="Territories of the sellers",
        )
    assert Assignment.objects.count() == made == 423
    return desk


SALES = {
    "columns": {
        "SalesOrderID": "document",
        "Line": "line",
        "ProductID": "product",
        "Quantity": "quantity",
        "LineTotal": "net",
        "OrderDate": "date",
        "CustomerID": "customer",
        "SalesPersonID": "account_manager",
        "SubTotal": "total",
    },
    "constants": {"system": "AW", "currency": "USD"},
    "decimal": ".",
    "lines_key": "SalesOrderID",
    "heads_key": "SalesOrderID",
}


def files_in_sql() -> None:
    """The files as they are in temporary tables, for plain SQL over them."""
    with connection.cursor() as cursor:
        for name in ("orders", "order_lines", "customers", "stores", "product_cost_history"):
            rows = rows_of(AW, f"{name}.csv")
            columns = ", ".join(f'"{column}" text' for column in rows[0])
            cursor.execute(f"CREATE TEMPORARY TABLE aw_{name} ({columns}) ON COMMIT DROP")
            with cursor.cursor.copy(f"COPY aw_{name} FROM STDIN") as copy:
                for row in rows:
                    copy.write_row([value or None for value in row.values()])


def summed(statement: str) -> dict[str, Decimal]:
    """Key → amount of a statement."""
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return {str(key): amount for key, amount in cursor.fetchall()}


# As-was: the seller of the order. As-is: the seller of the store today; territories and their history play no part.
AS_WAS = """
SELECT head."SalesPersonID"::numeric::int, sum(line."LineTotal"::numeric) FROM aw_order_lines AS line
JOIN aw_orders AS head USING ("SalesOrderID") GROUP BY 1
"""
# Every line was sold while one cost of its product held.
COSTS = """
SELECT substr(head."OrderDate", 1, 4), sum(round(cost."StandardCost"::numeric * line."Quantity"::numeric, 6)) FROM aw_order_lines AS line
JOIN aw_orders AS head USING ("SalesOrderID") JOIN aw_product_cost_history AS cost ON cost."ProductID" = line."ProductID"
    AND head."OrderDate"::date BETWEEN cost."StartDate"::date AND coalesce(cost."EndDate"::date, 'infinity') GROUP BY 1
"""
AS_IS = """
SELECT store."SalesPersonID"::numeric::int, sum(line."LineTotal"::numeric) FROM aw_order_lines AS line
JOIN aw_orders AS head USING ("SalesOrderID") JOIN aw_customers AS customer USING ("CustomerID")
JOIN aw_stores AS store ON store."BusinessEntityID"::numeric = customer."StoreID"::numeric GROUP BY 1
"""


def by_seller(by: str, reader: User) -> dict[str, Decimal]:
    """Number of the seller → revenue of all years, as KAM reports it."""
    numbers = {email: number for number, email in sellers().items()}
    emails = dict(User.objects.values_list("pk", "email"))
    found: dict[str, Decimal] = {}
    for year in (2011, 2012):
        for row in sales_by(by, Question(year), reader):
            if row.now.revenue:
                number = numbers[emails[row.key]]
                found[number] = found.get(number, Decimal(0)) + row.now.revenue
    return found


def test_a_manufacturers_sales_go_in_to_the_cent_as_was_and_as_is(adventureworks: Desk) -> None:
    desk = adventureworks
    assert set(Customer.objects.values_list("currency", flat=True)) == {"USD"}
    assert (Customer.objects.count(), Product.objects.count()) == (423, 504)
    record = desk.bring(
        "orders.sales", "order_lines.csv", "orders.csv", **SALES, values={"account_manager": with_decimal(sellers())}
    )
    assert (record.counts["create"], record.counts["documents"], record.counts["differences"]) == (23461, 1578, 105)
    told = {remark["label"] for remark in record.found["remarks"]}
    assert len(told) == 105 and told == set(SalesHeader.objects.different().values_list("document__number", flat=True))
    held = SalesLine.objects.current()
    heads = SalesHeader.objects.filter(ended_by__isnull=True)
    assert (held.count(), heads.count(), set(held.values_list("kind", "currency"))) == (23461, 1578, {(LineKind.GOODS, "USD")})
    assert held.values("account_manager").distinct().count() == 14
    assert sum(held.values_list("net", flat=True)) == Decimal("36675218.098888")
    assert sum(total or 0 for total in heads.values_list("total", flat=True)) == Decimal("35912253.3782")
    assert mismatches() == []
    years = [sales_total(Question(year), desk.person).now.revenue for year in (2011, 2012)]
    assert sum(years) == Decimal("36675218.098888")

    agree = dict(heads.values_list("document__number", "total"))
    lines: dict[str, Decimal] = {}
    for number, net in held.values_list("document__number", "net"):
        lines[number] = lines.get(number, Decimal(0)) + net
    assert sum(abs(lines[number] - (total or 0)) <= Decimal("0.005") for number, total in agree.items()) == 1473

    files_in_sql()
    as_was, as_is = summed(AS_WAS), summed(AS_IS)
    assert len(as_was) == 14 and as_was != as_is and sum(as_was.values()) == sum(as_is.values())
    assert by_seller("account_manager", desk.person) == as_was
    assert by_seller("present_manager", desk.person) == as_is

    costs = summed(COSTS)
    assert sum(costs.values()) == Decimal("35133005.2549") and not held.filter(cost__isnull=True).exists()
    for year in (2011, 2012):
        sold = sales_total(Question(year), desk.person).now
        assert (sold.cost, sold.uncosted) == (costs[str(year)], 0)
        assert sold.margin == sold.revenue - costs[str(year)] == sold.local_margin
    [kept] = Document.objects.visible_to(desk.person)
    with kept.file.open("rb") as file:
        assert file.read() == (SAMPLES / AW / "territory_history.csv").read_bytes()

    again = desk.upload("orders.sales", "order_lines.csv", "orders.csv")
    assert again.mapping is not None and again.counts["unchanged"] == 23461 and not again.useful


def test_a_traders_customers_with_their_diacritics_and_discounted_lines(dollars: None) -> None:
    desk = Desk("northwind")
    desk.bring("catalog.product_families", "categories.csv", columns={"CategoryID": "code", "CategoryName": "name_en"})
    desk.bring(
        "catalog.products",
        "products.csv",
        columns={"ProductID": "code", "ProductName": "name_en", "CategoryID": "family"},
        constants={"base_unit": "pcs"},
    )
    desk.bring(
        "accounts.customers",
        "customers.csv",
        without=2,
        columns={
            "CustomerID": "code",
            "CompanyName": "name",
            "Address": "address",
            "City": "city",
            "Region": "region",
            "PostalCode": "postal_code",
            "Country": "country",
        },
        constants={"status": "active", "currency": "USD", "location": "US"},
    )
    assert set(Customer.objects.filter(code__in=["ANATR", "TOMSP"]).values_list("name", "city")) == {
        ("Ana Trujillo Emparedados y helados", "México D.F."),
        ("Toms Spezialitäten", "Münster"),
    }
    record = desk.bring(
        "orders.sales",
        "order_details.csv",
        "orders.csv",
        columns={
            "OrderID": "document",
            "ProductID": "product",
            "UnitPrice": "unit_price",
            "Quantity": "quantity",
            "Discount": "discount",
            "CustomerID": "customer",
            "OrderDate": "date",
        },
        constants={"system": "NW", "currency": "USD"},
        decimal=".",
        lines_key="OrderID",
        heads_key="OrderID",
    )
    assert (record.counts["create"], record.counts["documents"]) == (2155, 830)
    customer_of = {row["OrderID"]: row["CustomerID"] for row in rows_of("northwind", "orders.csv")}
    wanted: dict[str, Decimal] = {}
    for row in rows_of("northwind", "order_details.csv"):
        amount = Decimal(row["UnitPrice"]) * Decimal(row["Quantity"]) * (1 - Decimal(row["Discount"]))
        wanted[customer_of[row["OrderID"]]] = wanted.get(customer_of[row["OrderID"]], Decimal(0)) + amount
    found: dict[str, Decimal] = {}
    for code, net in SalesLine.objects.current().values_list("plant__customer__code", "net"):
        found[code] = found.get(code, Decimal(0)) + net
    assert found == wanted and sum(found.values()) == Decimal("1265793.0395") and mismatches() == []


def test_saps_export_with_its_mark_padded_keys_plain_dates_and_amounts_a_unit(dollars: None) -> None:
    desk = Desk("sap_bikes")
    desk.bring(
        "catalog.product_families", "ProductCategoryText.csv", columns={"PRODCATEGORYID": "code", "SHORT_DESCR": "name_en"}
    )
    desk.bring(
        "catalog.products",
        "ProductTexts.csv",
        "Products.csv",
        without=2,
        columns={"PRODUCTID": "code", "SHORT_DESCR": "name_en", "PRODCATEGORYID": "family"},
        constants={"base_unit": "pcs"},
        lines_key="PRODUCTID",
        heads_key="PRODUCTID",
    )
    desk.bring(
        "accounts.customers",
        "BusinessPartners.csv",
        "Addresses.csv",
        columns={
            "PARTNERID": "code",
            "COMPANYNAME": "name",
            "CURRENCY": "currency",
            "COUNTRY": "country",
            "CITY": "city",
            "STREET": "address",
            "POSTALCODE": "postal_code",
        },
        constants={"status": "active", "location": "US"},
        values={"country": {"DU": "AE"}},
        lines_key="ADDRESSID",
        heads_key="ADDRESSID",
    )
    record = desk.bring(
        "orders.sales",
        "SalesOrderItems.csv",
        "SalesOrders.csv",
        columns={
            "SALESORDERID": "document",
            "SALESORDERITEM": "line",
            "PRODUCTID": "product",
            "NETAMOUNT": "unit_price",
            "QUANTITY": "quantity",
            "QUANTITYUNIT": "unit",
            "CURRENCY": "currency",
            "CREATEDAT": "date",
            "PARTNERID": "customer",
            "NETAMOUNT (2)": "total",
        },
        constants={"system": "SAP"},
        decimal=".",
        lines_key="SALESORDERID",
        heads_key="SALESORDERID",
    )
    assert record.found["encoding"] == "utf-8-sig"
    assert (record.counts["create"], record.counts["documents"], record.counts["differences"]) == (1930, 334, 0)
    heads = rows_of("sap_bikes", "SalesOrders.csv")
    wanted: dict[tuple[str, str], Decimal] = {}
    for row in heads:
        key = (row["PARTNERID"], f"{row['CREATEDAT'][:4]}-{row['CREATEDAT'][4:6]}-{row['CREATEDAT'][6:]}")
        wanted[key] = wanted.get(key, Decimal(0)) + Decimal(row["NETAMOUNT"])
    found: dict[tuple[str, str], Decimal] = {}
    for code, day, net in SalesLine.objects.current().values_list("plant__customer__code", "date", "net"):
        found[code, str(day)] = found.get((code, str(day)), Decimal(0)) + net
    assert found == wanted and sum(found.values()) == Decimal("17879642.375") and mismatches() == []
