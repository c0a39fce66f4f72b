"""Sales through the product's own import: previewed, carried out whole or without the bad rows, once, corrected by the next file."""

from datetime import date
from typing import Any

import pytest

from accounts.models import User
from kam.core import imports
from kam.core.import_kinds import import_kind
from kam.core.imports import Import, confirm_import, upload_import
from kam.core.workflow import Denied
from orders.models import SalesBatch, SalesHeader, SalesLine
from orders.reports.check import mismatches
from tests.factories.accounts import CustomerFactory, UserFactory
from tests.factories.files import named
from tests.orders.conftest import Company

pytestmark = [pytest.mark.django_db]
HEADER = (
    "source system;document number;date;customer;selling location;line;product;quantity;net amount;currency;total of the document"
)


def quiet(*_values: Any) -> None:
    """A report that nobody reads."""


def previewed(person: User, *lines: str, name: str = "sales.csv") -> Import:
    """The import of these lines after the worker has read it."""
    file = named("\n".join([HEADER, *lines]).encode() + b"\n", name)
    record = upload_import(Import, actor=person, kind="orders.sales", file=file)
    imports.run_preview(record.job, quiet)
    record.refresh_from_db()
    return record


def applied(record: Import, person: User, **values: Any) -> Import:
    """The import after it was confirmed and carried out."""
    confirm_import(record, actor=person, **values)
    record.refresh_from_db()
    imports.run_apply(record.job, quiet)
    record.refresh_from_db()
    return record


def line(
    number: int, net: str = "100,50", *, document: str = "90001", product: str = "KP-1", total: str = "", customer: str = "C-1"
) -> str:
    """A line of the file, with a decimal comma."""
    return f"SAP;{document};16/03/2026;{customer};IT;{number};{product};10;{net};EUR;{total}"


def test_a_file_goes_in_once_and_a_corrected_one_updates(company: Company):
    person = company.manager
    record = previewed(person, line(10, total="201"), line(20, total="201"))
    assert (record.counts["create"], record.counts["documents"], record.counts["differences"]) == (2, 1, 0), record.errors
    assert not SalesLine.objects.exists()
    applied(record, person)
    assert [str(row.net) for row in SalesLine.objects.order_by("number")] == ["100.500000", "100.500000"]
    batch = SalesBatch.objects.get()
    assert record.written == {"batch": batch.pk} and batch.actor == person and SalesLine.objects.first().date == date(2026, 3, 16)
    again = previewed(person, line(10, total="201"), line(20, total="201"))
    assert again.counts["unchanged"] == 2 and not again.useful
    corrected = previewed(person, line(10, "99", total="201"), line(20, total="201"))
    assert (corrected.counts["update"], corrected.counts["unchanged"], corrected.counts["differences"]) == (1, 1, 1)
    assert corrected.preview[0]["label"] == "90001 / 10"
    assert ["net", "100.500000", "99"] in corrected.preview[0]["fields"]
    applied(corrected, person)
    assert SalesHeader.objects.different().get().lines_net == pytest.approx(199.5) and mismatches() == []
    header = previewed(person, line(10, "99", total="199,5"), line(20, total="199,5"))
    assert (header.counts["create"], header.counts["update"], header.counts["unchanged"]) == (0, 1, 2) and header.useful
    applied(header, person)
    assert not SalesHeader.objects.different().exists()


def test_bad_rows_stop_the_file_or_stay_out(company: Company, nothing_changed):
    record = previewed(company.manager, line(10), line(20, product="NONE"), line(30, "x"))
    assert [(error["row"], error["column"], error["read"]) for error in record.errors] == [
        (3, "product", "NONE"), (4, "net amount", "x"),
    ]  # fmt: skip
    with nothing_changed(), pytest.raises(Denied):
        confirm_import(record, actor=company.manager)
    applied(record, company.manager, quarantine=True)
    assert SalesLine.objects.get().number == "10"
    mended = previewed(company.manager, line(10), line(20), line(30))
    assert (mended.counts["create"], mended.counts["unchanged"]) == (2, 1)


def test_two_people_with_the_same_file_the_second_writes_nothing(company: Company):
    other = UserFactory(role="sales_manager")
    first, second = previewed(company.manager, line(10)), previewed(other, line(10))
    applied(first, company.manager)
    with pytest.raises(Denied) as denied:
        applied(second, other)
    assert denied.value.code == "import_changed" and SalesLine.objects.count() == 1


def test_what_was_imported_is_taken_back_by_its_run(company: Company):
    record = applied(previewed(company.manager, line(10)), company.manager)
    import_kind("orders.sales").undo_staged(record.written, actor=company.manager, reason="Wrong file")  # type: ignore[attr-defined]
    assert not SalesLine.objects.current().exists() and mismatches() == []
    assert previewed(company.manager, line(10)).counts["create"] == 1


def test_a_customer_of_somebody_else_is_as_unknown_as_any_other(company: Company):
    CustomerFactory(code="C-SECRET")
    record = previewed(company.manager, line(10, customer="C-SECRET"), line(10, document="2", customer="C-ABSENT"))
    told = [{**error, "row": 0, "read": ""} for error in record.errors]
    assert len(told) == 2 and told[0] == told[1]
