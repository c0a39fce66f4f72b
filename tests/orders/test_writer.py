"""The writer: what a source states becomes lines with rate, cost and manager of the day; corrections are versions; nothing twice."""

from datetime import date
from decimal import Decimal

import pytest
from django.test import override_settings

from catalog.models import ProductUnit
from kam.core.parameters import ParameterValue, set_parameter
from kam.core.workflow import Denied
from orders.actions import declare_invoice_source, undo_sales
from orders.actions.faults import SalesRefused
from orders.models import InvoiceSource, SalesBatch, SalesDocument, SalesHeader, SalesLine, SalesTotal
from orders.reports.check import mismatches
from tests.factories.accounts import AssignmentFactory, CustomerFactory, PlantFactory, UserFactory
from tests.factories.catalog import ProductFactory, StandardCostFactory
from tests.factories.orders import record
from tests.orders.conftest import Company, external, rate

pytestmark = [pytest.mark.django_db]


def held() -> SalesLine:
    """The one line that holds."""
    return SalesLine.objects.current().get()


def test_a_sale_gets_what_followed_from_its_day(company: Company):
    rate("USD", date(2026, 3, 13), "0.9")
    batch = record(company.line(selling_location="US", currency="USD", total=Decimal("99.999")))
    line, header = held(), SalesHeader.objects.get()
    assert batch is not None and line.batch == batch and batch.counts["new"] == 1 and batch.counts["documents"] == 1
    assert (line.date, line.plant, line.product, line.kind, line.unit) == (
        date(2026, 3, 16), company.plant, company.product, "goods", "pcs",
    )  # fmt: skip
    assert (line.selling_location, line.producing_location) == (company.usa, company.italy)
    assert (line.net, line.rate, line.revenue) == (100, Decimal("0.9"), 90)
    assert (line.cost, line.local_cost) == (100, 110)  # 10 pieces at 10 EUR; who sells for Italy pays 10 % more
    assert (line.account_manager, line.sector.code, line.area.code) == (company.manager, "LOG", "ITA")
    assert (line.margin, line.local_margin) == (-10, -20)
    assert (header.customer, header.total, header.lines_net, header.difference) == (
        company.customer,
        Decimal("99.999"),
        100,
        None,
    )
    assert str(header.document) == "90001" and header.document.system == "SAP"
    assert SalesTotal.objects.get().account_manager == company.manager and mismatches() == []


def test_the_same_sales_twice_change_nothing(company: Company, nothing_changed):
    rows = [company.line(), company.line(line="20", net=Decimal("33.333333")), company.line(document="90002", total=Decimal(7))]
    assert record(*rows) is not None
    with nothing_changed():
        assert record(*rows) is None


def test_a_correction_is_a_new_version_and_moves_the_totals(company: Company):
    record(company.line(), company.line(line="20"))
    batch = record(company.line(net=Decimal("120.5")), company.line(line="20"), company.line(line="30", net=Decimal(1)))
    assert batch is not None and {name: batch.counts[name] for name in ("new", "changed", "same", "headers")} == {
        "new": 1, "changed": 1, "same": 1, "headers": 0,
    }  # fmt: skip
    old, new = SalesLine.objects.filter(number="10").order_by("version")
    assert (old.version, old.net, old.ended_by) == (1, 100, batch) and (new.version, new.net, new.ended_by) == (
        2,
        Decimal("120.5"),
        None,
    )
    total = SalesTotal.objects.get()
    assert (total.lines, total.revenue_03) == (3, Decimal("221.5")) and mismatches() == []


def test_a_header_has_versions_of_its_own(company: Company):
    record(company.line(total=Decimal(100)))
    batch = record(company.line(total=Decimal(130)))
    assert batch is not None and batch.counts == {
        "new": 0,
        "changed": 0,
        "same": 1,
        "documents": 1,
        "headers": 1,
        "differences": 1,
    }
    assert list(SalesHeader.objects.order_by("version").values_list("version", "total", "difference", "ended_by")) == [
        (1, 100, None, batch.pk), (2, 130, 30, None),
    ]  # fmt: skip
    assert SalesLine.objects.count() == 1 and SalesDocument.objects.count() == 1


def test_what_followed_from_the_day_stays(company: Company, nothing_changed):
    """A hand-over, a corrected rate or another standard cost later on do not rewrite what was."""
    usd = rate("USD", date(2026, 3, 13), "0.9")
    row = company.line(currency="USD")
    record(row)
    usd.rate = Decimal("0.5")
    usd.save()
    company.manager.assignments.update(user=UserFactory(role="account_manager"))
    company.product.standard_costs.all().delete()
    StandardCostFactory(product=company.product, material=99, cost_version="X")
    with nothing_changed():
        assert record(row) is None
    record(row | {"net": Decimal(200)})
    line = held()
    assert (line.net, line.rate, line.cost, line.account_manager) == (200, Decimal("0.9"), 100, company.manager)
    record(row | {"quantity": Decimal(1)})
    assert held().cost == 103  # another quantity has another cost


def test_what_was_not_known_is_filled_in_later(company: Company):
    company.product.standard_costs.all().delete()
    company.manager.assignments.all().delete()
    record(company.line())
    assert (held().cost, held().local_cost, held().account_manager) == (None, None, None)
    assert SalesTotal.objects.get().uncosted_03 == 100
    StandardCostFactory(product=company.product)
    AssignmentFactory(user=company.manager, customer=company.customer)
    batch = record(company.line())
    assert batch is not None and batch.counts["changed"] == 1
    assert (held().cost, held().account_manager) == (100, company.manager) and SalesTotal.objects.get(lines=1).uncosted_03 == 0


def test_what_the_source_states_goes_before_what_kam_would_find(company: Company):
    other = UserFactory(email="other@kam.example", role="account_manager")
    record(
        company.line(
            currency="USD", rate=Decimal("0.8"), unit_cost=Decimal(4), transfer_price=Decimal(60), account_manager="other@kam.example",
            producing_location="US", plant="P-1", customer="", kind="goods", unit="EA",
        )
    )  # fmt: skip
    line = held()
    assert (line.rate, line.cost, line.local_cost) == (Decimal("0.8"), 32, 48)
    assert (line.account_manager, line.manager_stated, line.producing_location, line.unit) == (other, True, company.usa, "pcs")
    assert SalesHeader.objects.get().customer == company.customer
    record(company.line(document="2", cost=Decimal("12.5"), line=""))
    assert SalesLine.objects.get(document__number="2").cost == Decimal("12.5")


def test_an_amount_may_be_stated_as_price_and_discount(company: Company):
    record(
        company.line(net=None, quantity=Decimal(12), unit_price=Decimal(1400), price_unit=Decimal(100), discount=Decimal("0.15"))
    )
    assert held().net == Decimal("142.8")


def test_other_kinds_need_no_product_and_no_quantity(company: Company):
    record(
        company.line(),
        company.line(line="20", kind="freight", product="", quantity=None, net=Decimal(15)),
        company.line(line="30", kind="rebate", product="", quantity=None, net=Decimal(-5)),
        company.line(line="40", kind="free_of_charge", net=Decimal(0), quantity=Decimal(2)),
        company.line(line="50", quantity=Decimal(-1), net=Decimal(-10)),
    )
    rows = {line.number: line for line in SalesLine.objects.all()}
    assert (rows["20"].product, rows["20"].cost, rows["20"].unit) == (None, 0, "")
    assert rows["30"].net == -5 and rows["40"].cost == 20 and rows["50"].cost == -10
    assert SalesHeader.objects.get().lines_net == 100


def test_a_quantity_of_another_unit_costs_its_base_units(company: Company):
    ProductUnit.objects.create(product=company.product, unit="box", factor=12)
    record(company.line(quantity=Decimal(2), unit="KAR"))
    assert (held().unit, held().quantity, held().cost) == ("box", 2, 240)


def test_rates_are_those_of_the_day_the_month_or_turned_round(company: Company):
    rate("USD", date(2026, 1, 2), "0.7")  # too old
    rate("USD", date(2026, 3, 1), "0.91", kind="month_average")
    rate("EUR", date(2026, 3, 10), "8", to="CNY")
    record(company.line(currency="USD"), company.line(document="2", currency="CNY"))
    found = dict(SalesLine.objects.values_list("currency", "rate"))
    assert found == {"USD": Decimal("0.91"), "CNY": Decimal("0.125")}


def test_codes_of_the_source_go_before_our_own_and_zeros_do_not_matter(company: Company):
    other = CustomerFactory(code="0000100023")
    external(company.customer, "0000100023")
    external(company.product, "000000000000004711")
    external(company.manager, "279")
    record(company.line(customer="100023", product="4711", account_manager="0279"))
    assert (held().plant.customer, held().product, held().manager_stated) == (company.customer, company.product, True)
    record(company.line(system="ANOTHER", document="2", customer="100023", selling_location="US"))
    assert SalesLine.objects.get(document__number="2").plant.customer == other


def test_a_code_stands_for_whom_it_stood_on_the_day(company: Company):
    other = CustomerFactory()
    external(company.customer, "77", last=date(2026, 3, 31))
    external(other, "77", first=date(2026, 4, 1))
    record(company.line(customer="77"), company.line(customer="77", document="2", date=date(2026, 4, 2)))
    assert [line.plant.customer for line in SalesLine.objects.order_by("date")] == [company.customer, other]


def test_a_customer_without_a_named_plant_uses_its_first_open_one(company: Company):
    second = PlantFactory(customer=company.customer, code="P-2")
    record(company.line(), company.line(line="20", plant="P-2"))
    assert [line.plant for line in SalesLine.objects.order_by("number")] == [company.plant, second]
    company.plant.status, company.plant.closed_on = "closed", date(2026, 1, 1)
    company.plant.save()
    record(company.line(document="2"))
    assert SalesLine.objects.get(document__number="2").plant == second


@pytest.mark.parametrize(
    ("wrong", "field", "code"),
    [
        ({"customer": "C-9"}, "customer", "unknown"),
        ({"customer": ""}, "customer", "required"),
        ({"plant": "P-9"}, "plant", "unknown"),
        ({"product": "KP-9"}, "product", "unknown"),
        ({"product": None}, "product", "required"),
        ({"account_manager": "nobody@kam.example"}, "account_manager", "unknown"),
        ({"selling_location": "XX"}, "selling_location", "unknown"),
        ({"selling_location": ""}, "selling_location", "required"),
        ({"producing_location": "XX"}, "producing_location", "unknown"),
        ({"sector": "XX"}, "sector", "unknown"),
        ({"currency": "XXQ"}, "currency", "currency"),
        ({"currency": "USD"}, "currency", "no_rate"),
        ({"rate": Decimal(0)}, "rate", "above_zero"),
        ({"net": None}, "net", "required"),
        ({"net": Decimal(-100)}, "net", "direction"),
        ({"net": Decimal(50_000_001)}, "net", "absurd"),
        ({"net": Decimal("1E+30")}, "net", "absurd"),
        ({"net": Decimal("1.0000001")}, "net", "decimals"),
        ({"quantity": Decimal("1E+12")}, "quantity", "absurd"),
        ({"quantity": Decimal(-1)}, "net", "direction"),
        ({"total": Decimal("1E+12")}, "total", "absurd"),
        ({"kind": "free_of_charge"}, "net", "free"),
        ({"kind": "gift"}, "kind", "choice"),
        ({"document_kind": "letter"}, "document_kind", "choice"),
        ({"unit": "kg"}, "unit", "unit"),
        ({"unit": "barrel"}, "unit", "unit"),
        ({"document": " "}, "document", "required"),
        ({"system": ""}, "system", "required"),
        ({"date": None}, "date", "required"),
        ({"date": date(2199, 1, 1)}, "date", "late"),
        ({"date": date(1989, 1, 1)}, "date", "early"),
    ],
)
def test_what_cannot_be_is_refused_whole(company: Company, nothing_changed, wrong, field, code):
    with nothing_changed(), pytest.raises(SalesRefused) as refused:
        record(company.line(document="1"), company.line(document="2") | wrong)
    faults = {(fault.row, fault.field, fault.code) for fault in refused.value.faults}
    assert (2, field, code) in faults and {row for row, _field, _code in faults} == {2}
    assert all(fault.expected for fault in refused.value.faults)


def test_every_fault_is_told_at_once(company: Company):
    with pytest.raises(SalesRefused) as refused:
        record(company.line(customer="X", product="Y", currency="Z"), company.line(net=None, document="2"))
    assert [(fault.row, fault.field, fault.read) for fault in refused.value.faults] == [
        (1, "currency", "Z"), (1, "customer", "X"), (1, "product", "Y"), (2, "net", ""),
    ]  # fmt: skip


def test_a_sale_cannot_be_older_than_the_customer(company: Company):
    company.plant.ownerships.update(period=(date(2026, 1, 1), None))
    with pytest.raises(SalesRefused) as refused:
        record(company.line(date=date(2025, 12, 31)))
    assert [(fault.field, fault.code) for fault in refused.value.faults] == [("date", "before_customer")]
    assert record(company.line(date=date(2026, 1, 1))) is not None


def test_a_line_stands_once_in_a_file_and_a_document_has_one_header(company: Company, nothing_changed):
    with nothing_changed(), pytest.raises(SalesRefused) as refused:
        record(company.line(), company.line(date=date(2026, 3, 17)), company.line(line="30", total=Decimal(3)))
    assert {(fault.row, fault.field, fault.code, fault.other) for fault in refused.value.faults} == {
        (2, "line", "twice", "1"), (2, "date", "header", "1"), (3, "total", "header", "1"),
    }  # fmt: skip


def test_a_code_that_stands_for_two_records_is_refused(company: Company):
    external(company.customer, "0042")
    external(CustomerFactory(), "42")
    with pytest.raises(SalesRefused) as refused:
        record(company.line(customer="42"))
    assert [(fault.field, fault.code) for fault in refused.value.faults] == [("customer", "ambiguous")]


def test_faulty_rows_can_be_left_out(company: Company):
    batch = record(company.line(), company.line(line="20", product="Y"), leave_out_faulty=True)
    assert batch is not None and batch.counts["new"] == 1 and batch.counts["faults"] == 1
    assert held().number == "10"


def test_one_declared_source_for_each_location(company: Company, nothing_changed):
    record(company.line())
    source = InvoiceSource.objects.get()
    assert (source.location, source.system, source.first_day) == (company.italy, "SAP", None)
    with nothing_changed(), pytest.raises(SalesRefused) as refused:
        record(company.line(system="OTHER", document="2"))
    assert [(fault.code, fault.other) for fault in refused.value.faults] == [("source", "SAP")]
    declare_invoice_source(InvoiceSource, actor=None, location=company.italy, system="OTHER", first_day=date(2026, 3, 1))
    assert record(company.line(system="OTHER", document="2")) is not None
    with pytest.raises(SalesRefused):
        record(company.line(document="3"))
    assert record(company.line(document="3", date=date(2026, 2, 28))) is not None


def test_a_location_without_a_source_does_not_get_two(company: Company):
    with pytest.raises(SalesRefused) as refused:
        record(company.line(), company.line(system="OTHER", document="2"))
    assert [(fault.row, fault.code, fault.other) for fault in refused.value.faults] == [(2, "source", "SAP")]
    assert record(company.line(), company.line(system="OTHER", document="2", selling_location="US")) is not None


def test_a_source_of_one_location_needs_no_location_in_the_file(company: Company):
    declare_invoice_source(InvoiceSource, actor=None, location=company.usa, system="SAP")
    record(company.line(selling_location=""))
    assert held().selling_location == company.usa


def test_an_undone_recording_is_as_if_it_had_not_been(company: Company, nothing_changed):
    record(company.line(), company.line(document="2", total=Decimal(1)))
    batch = record(company.line(net=Decimal(7)), company.line(line="20"), company.line(document="2", total=Decimal(100)))
    undo = undo_sales(batch, actor=None)
    assert undo.counts == {"ended": 2, "restored": 1} and undo.undoes == batch
    held_now = SalesLine.objects.current().order_by("document__number", "number")
    assert list(held_now.values_list("document__number", "number", "version", "net")) == [
        ("2", "10", 1, 100),
        ("90001", "10", 3, 100),
    ]
    assert [header.total for header in SalesHeader.objects.current().order_by("document__number")] == [1, None]
    assert SalesTotal.objects.get().lines == 2 and mismatches() == []
    with nothing_changed(), pytest.raises(Denied) as denied:
        undo_sales(batch, actor=None)
    assert denied.value.code == "undone_already"
    again = record(company.line(net=Decimal(7)), company.line(line="20"))
    assert again is not None and again.counts["new"] == 1 and again.counts["changed"] == 1
    assert SalesLine.objects.current().get(number="20").version == 2 and mismatches() == []


def test_an_undo_can_be_undone_and_a_recording_that_was_built_upon_cannot(company: Company, nothing_changed):
    first = record(company.line())
    second = record(company.line(net=Decimal(7)))
    with nothing_changed(), pytest.raises(Denied) as denied:
        undo_sales(first, actor=None)
    assert denied.value.code == "changed_since"
    undo = undo_sales(second, actor=None)
    assert held().net == 100
    undo_sales(undo, actor=None)
    assert held().net == 7 and mismatches() == []


def test_the_currency_of_the_group_is_fixed_by_the_first_sale(company: Company, nothing_changed):
    record(company.line())
    with override_settings(BASE_CURRENCY="USD"), nothing_changed(), pytest.raises(Denied) as denied:
        record(company.line(document="2"))
    assert denied.value.code == "currency_fixed" and SalesBatch.objects.get().currency == "EUR"


def test_the_markup_is_a_parameter_of_the_location_that_sells(company: Company):
    set_parameter(
        ParameterValue,
        actor=None,
        key="orders.transfer_markup",
        value="25",
        scope=f"location:{company.usa.pk}",
        valid_from=date(2020, 1, 1),
    )
    record(company.line(selling_location="US"), company.line(document="2"))
    assert {line.selling_location: line.local_cost for line in SalesLine.objects.all()} == {company.usa: 125, company.italy: 100}


def test_intercompany_is_told_apart(company: Company):
    record(company.line(), company.line(line="20", intercompany=True))
    assert sorted(SalesTotal.objects.values_list("is_intercompany", "revenue_03")) == [(False, 100), (True, 100)]


def test_as_was_is_the_company_the_group_and_the_assignment_of_the_day(company: Company):
    later = UserFactory(role="account_manager")
    company.manager.assignments.update(period=(None, date(2026, 3, 17)))
    AssignmentFactory(user=later, customer=company.customer, period=(date(2026, 3, 17), None))
    record(company.line(), company.line(document="2", date=date(2026, 3, 17)))
    assert [line.account_manager for line in SalesLine.objects.order_by("date")] == [company.manager, later]


def test_sales_of_products_of_one_plant_in_one_month_are_one_total(company: Company):
    ProductFactory(code="KP-2", family=company.product.family)
    record(company.line(), company.line(document="2", date=date(2026, 3, 31)), company.line(document="3", product="KP-2"))
    assert sorted(SalesTotal.objects.values_list("lines", "revenue_03")) == [(1, 100), (2, 200)]
