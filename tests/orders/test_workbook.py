"""Customers' own workbooks: filled from an offer with their formulas kept, known again by their header, never trusted."""

import io
import re
import zipfile
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.base import ContentFile
from rest_framework.test import APIClient

from kam.core.documents import Document
from kam.core.workflow import Denied
from orders.actions import fill_workbook, take_workbook
from orders.actions.workbooks import Choice, choice_for, looked_at, sheets_of
from orders.models import Offer, OfferWorkbook
from tests.factories.files import named, packed
from tests.factories.offers import offer_line, offered, priced_product
from tests.factories.workbooks import HEADERS, rfq
from tests.matrix import Matrix
from tests.pages import client_for

COLUMNS = {"B": "by_customer_part", "E": "price", "F": "price_unit", "G": "delivery", "H": "part_revision"}


@pytest.fixture
def offer(matrix: Matrix) -> Offer:
    """An approved offer with two parts of the customer's, the second one priced per hundred."""
    lines = [
        offer_line(priced_product(25), 250, "24.5", customer_part="88-1040", part_revision="C"),
        offer_line(priced_product(12), 250, "1150", price_unit=100, customer_part="881041", part_revision="=1+1"),
        offer_line(priced_product(12), 10, "11.9", customer_part="", kind="option"),
    ]
    people = {"by": matrix.account_manager, "approver": matrix.management}
    head = {"status": "approved", "delivery": "6 weeks & <more>"}
    return offered(matrix.acme_it_plant, matrix.italy, *lines, **people, **head)


def taken(matrix: Matrix, offer: Offer, content: bytes) -> OfferWorkbook:
    made: OfferWorkbook = take_workbook(
        OfferWorkbook, actor=matrix.account_manager, offer=offer, file=named(content, "RFQ 4711.xlsx")
    )
    return made


def parts(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_workbook_is_filled_and_everything_else_stays(
    matrix: Matrix, offer: Offer, nothing_changed: Callable[..., Any]
) -> None:
    original = rfq(("88-1040", "Gear"), (881041, "Shaft"), ("99-0000", "Not ours"), ("", "Sum"))
    book = taken(matrix, offer, original)
    first = choice_for(book, sheets_of(book.document))
    assert (first.columns, first.known) == ({}, False)
    with nothing_changed():
        filling = looked_at(book, Choice("Quote", 4, COLUMNS | {"I": "price"} | {"E": "each"}))
    assert [(one.cell, one.old, one.text, one.kept) for one in filling.cells if one.row == 6] == [
        ("E6", "", "11.5", False), ("F6", "", "100", False), ("G6", "", "6 weeks & <more>", False), ("H6", "", "=1+1", False),
        ("I6", "0", "1150", True),
    ]  # fmt: skip
    assert [(one.row, one.number) for one in filling.rows_without_line] == [(7, "99-0000")]
    assert filling.lines_without_row == []
    fill_workbook(book, actor=matrix.account_manager, sheet="Quote", header_row=4, columns=COLUMNS)
    book.refresh_from_db()
    assert book.filled is not None
    assert book.filled.original_name == f"RFQ 4711 {offer.name.replace('/', '-')}.xlsx"
    before, after = parts(original), parts(book.filled.file.read())
    assert before.keys() == after.keys()
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"xl/worksheets/sheet2.xml", "xl/workbook.xml"}
    assert b'fullCalcOnLoad="1"' in after["xl/workbook.xml"]
    was, now = (one["xl/worksheets/sheet2.xml"].decode() for one in (before, after))
    assert re.findall(r"<f>[^<]*</f>", was) == re.findall(r"<f>[^<]*</f>", now)
    assert was.partition("</sheetData>")[2] == now.partition("</sheetData>")[2]
    style = re.search(r'<c r="E5" s="(\d+)"', was)
    assert style is not None
    assert f'<c r="E5" s="{style[1]}"><v>24.5</v></c>' in now
    assert '<c r="H6" t="inlineStr"><is><t xml:space="preserve">=1+1</t></is></c>' in now
    again = sheets_of(Document.objects.get(pk=book.filled.pk), "Quote")[1]
    assert again.row(5) == {
        "A": "1", "B": "88-1040", "C": "Gear", "D": "250", "E": "24.5", "F": "1", "G": "6 weeks & <more>", "H": "C", "I": "0",
    }  # fmt: skip
    assert (again.row(6)["E"], again.row(6)["F"], again.row(7)["E"]) == ("1150", "100", "")


def test_the_next_workbook_of_the_customer_is_known_by_its_header(matrix: Matrix, offer: Offer) -> None:
    book = taken(matrix, offer, rfq(("88-1040", "Gear")))
    fill_workbook(book, actor=matrix.account_manager, sheet="Quote", header_row=4, columns=COLUMNS)
    following = taken(matrix, offer, rfq(("881041", "Shaft"), ("88-1040", "Gear")))
    found = choice_for(following, sheets_of(following.document))
    assert (found.sheet, found.header_row, found.columns, found.known) == ("Quote", 4, COLUMNS, True)
    other = taken(matrix, offer, rfq(("881041", "Shaft"), headers=(*HEADERS[:4], "Offer", *HEADERS[5:])))
    assert not choice_for(other, sheets_of(other.document)).known
    people = {"by": matrix.sales_manager, "approver": matrix.management}
    elsewhere = offered(matrix.beta_plant, matrix.germany, **people)
    foreign = take_workbook(OfferWorkbook, actor=None, offer=elsewhere, file=named(rfq(("88-1040", "Gear")), "b.xlsx"))
    assert not choice_for(foreign, sheets_of(foreign.document)).known


def test_our_own_numbers_find_lines_too(matrix: Matrix, offer: Offer) -> None:
    line = offer.lines.order_by("position")[0]
    book = taken(matrix, offer, rfq((line.product.code.lower(), "Gear")))
    filling = looked_at(book, Choice("Quote", 4, {"B": "by_product", "E": "each"}))
    assert [(one.cell, Decimal(one.text)) for one in filling.writes] == [("E5", Decimal("24.5"))]
    assert len(filling.lines_without_row) == 1


def test_what_cannot_be_filled_is_refused(matrix: Matrix, offer: Offer, nothing_changed: Callable[..., Any]) -> None:
    def refused(code: str, act: Callable[..., Any], *args: Any, **values: Any) -> None:
        with nothing_changed(), pytest.raises(Denied) as found:
            act(*args, **{"actor": matrix.account_manager} | values)
        assert found.value.code == code

    good = rfq(("88-1040", "Gear"))
    for content, code in (
        (b"PK\x03\x04 no workbook", "file_kind"),
        (b"a;b\n1;2\n", "not_a_workbook"),
        (packed(**{"[Content_Types].xml": "<Types/>", "xl__workbook.xml": "<workbook/>"}), "workbook_unreadable"),
        (packed(**{"[Content_Types].xml": "x", "xl__vbaProject.bin": "x"}), "file_kind"),
    ):
        name = "rfq.csv" if code == "not_a_workbook" else "rfq.xlsx"
        refused(code, take_workbook, OfferWorkbook, offer=offer, file=ContentFile(content, name=name))
    refused(
        "not_your_offer", take_workbook, OfferWorkbook, offer=offer, file=named(good, "r.xlsx"), actor=matrix.account_manager2
    )
    book = taken(matrix, offer, good)
    asked = {"sheet": "Quote", "header_row": 4, "columns": COLUMNS}
    for values, code in (
        ({"sheet": "Elsewhere"}, "no_sheet"),
        ({"header_row": 4000}, "no_header"),
        ({"columns": {"B": "by_customer_part", "ZZ": "price"}}, "unknown_column"),
        ({"columns": {"B": "by_customer_part", "E": "variable_cost"}}, "unknown_column"),
        ({"columns": {"E": "price", "F": "price_unit"}}, "no_key_column"),
        ({"columns": {"B": "by_customer_part", "C": "by_product"}}, "no_key_column"),
        ({"columns": {"B": "by_customer_part"}}, "nothing_to_fill"),
        ({"columns": {"B": "by_customer_part", "E": "price"}}, "price_unit_needed"),
        ({"columns": {"C": "by_customer_part", "E": "each"}}, "nothing_written"),
        ({"columns": {"B": "by_customer_part", "I": "each"}}, "nothing_written"),
    ):
        refused(code, fill_workbook, book, **asked | values)
    refused("not_permitted", fill_workbook, book, **asked, actor=matrix.finance_it)
    draft = offered(matrix.acme_it_plant, matrix.italy, by=matrix.account_manager)
    refused("not_approved", fill_workbook, taken(matrix, draft, good), **asked)


def test_an_entity_in_a_workbook_is_not_read(matrix: Matrix, offer: Offer) -> None:
    known = parts(rfq(("88-1040", "Gear")))
    sheet = known["xl/worksheets/sheet2.xml"].replace(b"?>", b'?><!DOCTYPE x [<!ENTITY a "b">]>', 1)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in (known | {"xl/worksheets/sheet2.xml": sheet}).items():
            archive.writestr(name, content)
    book = taken(matrix, offer, out.getvalue())
    with pytest.raises(Denied) as refused:
        looked_at(book, Choice("Quote", 4, COLUMNS))
    assert refused.value.code == "workbook_unreadable"


def test_the_page_takes_shows_and_fills(matrix: Matrix, offer: Offer) -> None:
    browser = client_for(matrix.account_manager)
    assert f"/offers/{offer.pk}/workbook/" in browser.get(f"/offers/{offer.pk}/").content.decode()
    sent = browser.post(f"/offers/{offer.pk}/workbook/", {"file": named(rfq(("88-1040", "Gear")), "rfq.xlsx")})
    book = OfferWorkbook.objects.get()
    assert (sent.status_code, sent["Location"]) == (302, f"/offer-workbooks/{book.pk}/")
    page = browser.get(f"/offer-workbooks/{book.pk}/", {"sheet": "Quote", "header_row": 4}).content.decode()
    assert "B · Part no." in page
    posted = {"sheet": "Quote", "header_row": 4} | {f"column_{column}": value for column, value in COLUMNS.items()}
    looked = browser.post(f"/offer-workbooks/{book.pk}/", posted | {"do": "look"}).content.decode()
    assert "E5" in looked
    assert "24.5" in looked
    book.refresh_from_db()
    assert book.filled is None
    wrong = browser.post(f"/offer-workbooks/{book.pk}/", posted | {"do": "fill", "column_B": ""})
    assert (wrong.status_code, "finds the line" in wrong.content.decode()) == (400, True)
    assert browser.post(f"/offer-workbooks/{book.pk}/", posted | {"do": "fill"}).status_code == 302
    book.refresh_from_db()
    assert book.filled is not None
    assert "(version)" not in browser.get(f"/offer-workbooks/{book.pk}/").content.decode()
    assert client_for(matrix.account_manager2).get(f"/offer-workbooks/{book.pk}/").status_code == 404


def test_over_rest_a_workbook_is_taken_looked_at_and_filled(matrix: Matrix, offer: Offer) -> None:
    program = APIClient()
    program.force_authenticate(matrix.account_manager)
    body = {"offer": offer.pk, "file": named(rfq(("88-1040", "Gear"), ("77", "Other")), "rfq.xlsx")}
    made = program.post("/api/v1/offer-workbooks/", body, format="multipart")
    assert made.status_code == 201, made.content
    address = f"/api/v1/offer-workbooks/{made.json()['id']}/"
    how = {"sheet": "Quote", "header_row": 4, "columns": COLUMNS}
    looked = program.post(f"{address}look/", how).json()
    assert looked["cells"][0] == {"cell": "E5", "header": "Unit price", "old": "", "new": "24.5", "kept": False}
    assert looked["rows_without_line"] == [{"row": 6, "number": "77"}]
    assert len(looked["lines_without_row"]) == 1
    filled = program.post(f"{address}fill/", how)
    assert filled.status_code == 200, filled.content
    assert filled.json()["columns"] == COLUMNS
    file = program.get(f"/api/v1/documents/{filled.json()['filled']}/file/")
    assert b"".join(file.streaming_content)[:2] == b"PK"
    assert program.post(f"{address}look/", how | {"sheet": "None"}).json()["code"] == "no_sheet"
