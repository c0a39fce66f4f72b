"""Columns, figures, badges and charts: how values are written, escaped and exported."""

from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import timezone, translation

from kam.core import formats
from kam.core.badges import Badge, badge_for
from kam.core.charts import ChartData, Series
from kam.core.tables import Column, write_rows


@pytest.mark.parametrize(
    ("language", "value", "decimals", "expected"),
    [
        ("it", Decimal("-1234567.895"), 2, "\u22121.234.567,90"),
        ("de", 1234, 0, "1.234"),
        ("en", Decimal("0"), 0, "0"),
        ("en", None, 2, "\u2013"),
        ("en", Decimal("-0.004"), 2, "0.00"),
        ("it", Decimal("0.125"), None, "0,125"),
        ("it", Decimal("50.000"), None, "50"),
        ("it", Decimal("1200.50"), None, "1.200,5"),
    ],
)
def test_figures_are_written_as_the_reader_does_with_a_true_minus(language, value, decimals, expected):
    with translation.override(language):
        assert formats.number(value, decimals) == expected


def test_differences_money_and_shares():
    with translation.override("it"):
        assert formats.number(Decimal("1500.4"), 0, signed=True) == "+1.500"
        assert formats.money(Decimal("86420"), "EUR") == "86.420,00 EUR"
        assert formats.percent(Decimal("-5.25"), 1) == "\u22125,3\u202f%"
        assert formats.money(None, "EUR") == "\u2013"


@pytest.mark.parametrize(("value", "expected"), [("803.88000", "803,88"), ("0.00450", "0,0045"), ("7.1", "7,10"), ("3", "3,00")])
def test_prices_carry_two_decimals_and_further_ones_only_where_they_say_something(value, expected):
    with translation.override("it"):
        assert formats.number(Decimal(value), 2, most=5) == expected


@pytest.mark.parametrize(
    ("language", "day", "expected"),
    [
        ("it", date(2026, 11, 24), "Ieri"),
        ("en", date(2026, 11, 25), "Today"),
        ("de", date(2026, 11, 26), "Morgen"),
        ("it", date(2026, 10, 6), "6 ott"),
        ("de", date(2026, 10, 6), "6. Okt."),
        ("en", date(2027, 1, 4), "4 Jan"),
        ("it", date(2025, 10, 6), "06/10/2025"),
        ("it", date(2027, 10, 6), "06/10/2027"),
    ],
)
def test_a_near_day_is_told_in_the_fewest_words(time_machine, language, day, expected):
    time_machine.move_to(datetime(2026, 11, 25, 9, tzinfo=UTC), tick=False)
    with translation.override(language):
        assert formats.near_day(day) == expected


def test_a_column_of_no_known_kind_is_refused():
    with pytest.raises(ValueError, match="day is no kind of column"):
        Column("date", "Date", kind="day")


def test_a_value_of_any_kind_stands_among_the_facts_as_its_reader_writes_it():
    with translation.override("it"):
        found = [formats.plain(value) for value in (None, "", 0, False, Decimal("2.0900"), date(2026, 10, 6), "Leipzig")]
    assert found == ["\u2013", "\u2013", "0", "no", "2,09", "06/10/2026", "Leipzig"]


def test_dates_in_english_never_leave_month_and_day_in_doubt():
    with translation.override("en"):
        assert formats.day(date(2026, 4, 3)) == "3 Apr 2026"
    with translation.override("it"), timezone.override("Europe/Rome"):
        assert formats.day(date(2026, 4, 3)) == "03/04/2026"
        assert formats.moment(datetime(2026, 4, 3, 22, 30, tzinfo=UTC)) == "04/04/2026, 00:30"


def test_initials_of_people():
    assert [formats.initials(name) for name in ("Elena Marchetti", "Li", "", "ada.bini@kam.example")] == ["EM", "L", "?", "AE"]


def row(**values):
    return SimpleNamespace(pk=1, get_absolute_url=lambda: "/x/1/", **values)


def test_what_people_typed_is_escaped_in_every_cell():
    bad = "<script>alert(1)</script>"
    columns = [Column("name", "Name", link=True, second="code"), Column("code", "Code")]
    (line,) = write_rows([row(name=bad, code=bad)], columns)
    assert "<script>" not in line.cells and line.cells.count("&lt;script&gt;") == 3
    assert line.cells.startswith('<th scope="row" class="k-two"><a href="/x/1/">')


def test_cells_know_numbers_statuses_and_nothing():
    columns = [
        Column("amount", "Amount", kind="money", decimals=2, tone=lambda record: "neg" if record.amount < 0 else ""),
        Column("status", "Status", kind="status"),
        Column("missing.path", "Missing", value="missing.path"),
        Column("flag", "Flag", kind="yes"),
    ]
    with translation.override("en"):
        (line,) = write_rows([row(amount=Decimal("-5"), status="blocked", flag=False, missing=None)], columns)
    assert '<th scope="row" class="k-num neg">\u22125.00</th>' in line.cells
    assert "k-badge k-no" in line.cells and '<td class="k-nil" data-label="Missing">\u2013</td>' in line.cells
    assert '<td data-label="Flag">no</td>' in line.cells


def test_an_export_keeps_figures_as_figures():
    columns = [Column("amount", "A", kind="money"), Column("day", "D", kind="date"), Column("status", "S", kind="status")]
    values = [
        column.export(row(amount=Decimal("1.25"), day=date(2026, 1, 2), status=Badge("Active", "ok"))) for column in columns
    ]
    assert values == [Decimal("1.25"), date(2026, 1, 2), "Active"]


def test_a_model_says_the_tone_of_its_own_slugs():
    record = SimpleNamespace(status="hot", STATUS_TONES={"hot": ("wait", "flame")}, get_status_display=lambda: "Hot")
    assert badge_for(record) == Badge("Hot", "wait", "flame")
    assert badge_for(SimpleNamespace(status="approved")).tone == "ok"
    assert badge_for(SimpleNamespace(status="never seen")).tone == "draft"


def test_a_chart_writes_the_same_figures_as_a_table_with_their_rows_behind():
    chart = ChartData(
        "year",
        "Where I land",
        ["Jan", "Feb"],
        [
            Series("Sales", [Decimal("1200"), None], addresses=["/sales/?month=1"]),
            Series("Budget", [1300, 1400], kind="tick", tone="text"),
        ],
        unit="EUR",
    )
    with translation.override("it"):
        assert chart.rows() == [("Jan", [("1.200", "/sales/?month=1"), ("1.300", "")]), ("Feb", [("\u2013", ""), ("1.400", "")])]
        drawn = chart.for_script()["series"][0]
    assert (drawn["values"], drawn["written"]) == ([1200.0, None], ["1.200", "\u2013"])
    html = Template('{% include "components/chart.html" %}').render(Context({"chart": chart}))
    assert 'type="application/json"' in html and "/sales/?month=1" in html and "style=" not in html


def test_a_chart_refuses_a_kind_that_it_cannot_draw():
    with pytest.raises(ValueError, match="pie"):
        Series("Sales", [1], kind="pie")


def test_template_tags_write_for_the_reader_without_inline_style():
    source = "{% load kam %}{% icon 'factory' %}|{{ amount|signed:1 }}|{{ amount|money:'EUR' }}|{% address page=2 language=None %}|{% badge mark %}"
    request = RequestFactory().get("/people/", {"language": "de", "search": "a b", "drawer": "4"})
    with translation.override("de"):
        text = Template(source).render(
            Context({"amount": Decimal("-3.25"), "request": request, "mark": Badge("<b>", "no", "ban")})
        )
    drawing, signed, money, address, badge = text.split("|")
    assert drawing.startswith("<svg") and "style" not in drawing and 'aria-hidden="true"' in drawing
    assert (signed, money, address) == (
        "\u22123,3",
        "\u22123,25 EUR",
        "?search=a+b&amp;page=2",
    ) or address == "?search=a+b&page=2"
    assert "&lt;b&gt;" in badge
