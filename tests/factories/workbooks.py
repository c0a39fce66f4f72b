"""A customer's own workbook as buyers send it: a title, headers in the fourth row, formulas, a chart, a second sheet."""

import io
from typing import Any

import xlsxwriter

COVER, QUOTE, TITLE, HINT = "Cover", "Quote", "Request for quotation 4711", "Please fill the yellow cells"
HEADERS = ("Pos", "Part no.", "Description", "Qty", "Unit price", "per", "Lead time", "Rev.", "Total")


def rfq(*rows: tuple[Any, str], headers: tuple[str, ...] = HEADERS) -> bytes:
    """The workbook with a row for each part number and description."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    cover, quote = book.add_worksheet(COVER), book.add_worksheet(QUOTE)
    money = book.add_format({"num_format": '#,##0.00 "€"', "bg_color": "#FFFFCC", "locked": False})
    bold = book.add_format({"bold": True, "border": 1})
    cover.write("A1", TITLE, bold)
    cover.write_formula("B2", "=SUM(Quote!I5:I99)", money, 0)
    quote.merge_range("A1:I1", HINT, bold)
    quote.write_row("A4", headers, bold)
    for at, (part, words) in enumerate(rows, start=5):
        quote.write(f"A{at}", at - 4)
        quote.write(f"B{at}", part)
        quote.write(f"C{at}", words)
        quote.write(f"D{at}", 250)
        quote.write_blank(f"E{at}", None, money)
        quote.write_formula(f"I{at}", f"=D{at}*E{at}/F{at}", money, 0)
    quote.data_validation("F5:F99", {"validate": "list", "source": ["1", "100", "1000"]})
    quote.conditional_format("E5:E99", {"type": "cell", "criteria": ">", "value": 100, "format": bold})
    chart = book.add_chart({"type": "column"})
    chart.add_series({"values": "=Quote!$E$5:$E$9"})
    quote.insert_chart("K2", chart)
    book.define_name("Total", "=Cover!$B$2")
    quote.protect("")
    book.close()
    return out.getvalue()
