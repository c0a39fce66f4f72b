"""Sales of a year beside the year before as a page shows them: the strip of figures, the chart by month, the table by a dimension."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kam.core import clock, formats
from kam.core.calendars import PlainWeek, working_days_between
from kam.core.charts import ChartData, Series
from orders.reports.figures import Row, largest, rate, sales_by_month, sales_total, together, without
from orders.views.asking import BY, Asking, last_day_of, month_name

#: How many rows of a dimension a page shows; the others are one row.
SHOWN = 50
MARGINS = {"margin": _("Margin"), "local_margin": _("Local margin")}


@dataclass(frozen=True)
class Line:
    """One row of the table: what it is, its figures this year and last, and where they lead."""

    label: str
    address: str
    now: Any
    before: Any
    difference: Any
    growth: Any
    share: Any
    margin: Any
    running: Any = None
    now_address: str = ""
    before_address: str = ""
    running_address: str = ""


@dataclass(frozen=True)
class Answer:
    """One figure of the strip: its label, itself, and what stands below it."""

    label: Any
    value: str
    detail: str
    tone: str = ""
    address: str = ""


class Shown:
    """The answer to what a page asks, ready for its templates."""

    def __init__(self, asking: Asking, *, rows: int = 0) -> None:
        self.asking, self.reader, self.rows = asking, asking.reader, rows or SHOWN

    def context(self) -> dict[str, Any]:
        """What the strip, the chart and the table need."""
        asking, question = self.asking, self.asking.compared
        months = sales_by_month(question, self.reader)
        total = sales_total(question, self.reader)
        rows, others = largest(asking.by, question, self.reader, measure=asking.figure, limit=self.rows)
        return {
            "asking": asking,
            "answers": self.answers(months, total),
            "chart": self.chart(months),
            "lines": [self.line(row, total) for row in rows],
            "others": self.others(rows, others, total),
            "total": self.line(total, total),
            "of": BY[asking.by],
            "years": (question.year, question.year - 1),
            "running": self.running_month(),
            "unlike": self.unlike(),
            "all_lines": asking.lines_of_all(),
            "several_units": asking.measure == "quantity" and total.now.cells and total.now.quantity is None,
        }

    def sheet(self) -> Iterator[list[Any]]:
        """The table with every row, figures as they are: for a file."""
        asking, shown = self.asking, self.context()
        margin = [MARGINS[asking.margin]] if asking.margin and not asking.money else []
        now, before = (str(year) for year in shown["years"])
        yield [
            str(shown["of"]),
            f"{now} {asking.unit}".strip(),
            f"{before} {asking.unit}".strip(),
            "Δ",
            *(f"{one} %" for one in margin),
            *([f"{shown['running']} {asking.unit}".strip()] if shown["running"] else []),
        ]
        for line in [*shown["lines"], shown["total"]]:
            label = gettext("Total") if line is shown["total"] else line.label
            running = [line.running] if shown["running"] else []
            yield [label, line.now, line.before, line.difference, *([line.margin] if margin else []), *running]

    def running_month(self) -> str:
        """The running month that stands apart, in words; nothing where none does."""
        month = self.asking.compared.running
        return gettext("%(month)s so far") % {"month": month_name(month)} if month else ""

    def unlike(self) -> str:
        """What to say where a month that is not over cannot but be compared with a whole one."""
        today = clock.today()
        if not self.asking.compared.unfinished:
            return ""
        return gettext("%(year)s until %(day)s only, %(before)s the whole of the months.") % {
            "year": self.asking.year,
            "day": formats.day(today),
            "before": self.asking.year - 1,
        }

    def chart(self, months: Sequence[Row]) -> ChartData:
        """Month by month, each bar leading to its lines; the month that is not over is marked."""
        asking, year, today = self.asking, self.asking.year, clock.today()
        running = today.month if year == today.year else 0

        def series(which: str, year: int, tone: str) -> Series:
            days = [date(year, month, 1) for month in range(1, 13)]
            past = [day <= today for day in days]
            values = [
                getattr(getattr(row, which), asking.figure) if there else None for row, there in zip(months, past, strict=True)
            ]
            return Series(str(year), values, tone=tone, addresses=[asking.lines(day, last_day_of(day)) for day in days])

        return ChartData(
            "months",
            _("Month by month"),
            [f"{month_name(month)}{'*' if month == running else ''}" for month in range(1, 13)],
            [series("before", year - 1, "neutral"), series("now", year, "accent")],
            asking.unit,
            note=gettext("* until %(day)s, beside the whole month of %(year)s") % {"day": formats.day(today), "year": year - 1}
            if running
            else "",
        )

    def answers(self, months: Sequence[Row], total: Row) -> list[Answer]:
        """The strip on top: the months compared, the same ones of last year, all of last year, the last month, the margin."""
        asking, name = self.asking, self.asking.figure
        period = asking.months_compared()
        found = [self.answer(f"{asking.measures[asking.measure]} {period} {asking.year}", total, asking.year)]
        before = getattr(total.before, name)
        found.append(Answer(f"{period} {asking.year - 1}", formats.number(before), gettext("the same months of the year before")))
        wholes = [getattr(row.before, name) for row in months]
        whole = None if None in wholes and name == "quantity" else sum((one for one in wholes if one is not None), Decimal(0))
        share = rate(before, whole)
        done = gettext("of which %(share)s until %(month)s") % {
            "share": formats.percent(share),
            "month": month_name(asking.compared.last_month),
        }
        found.append(Answer(gettext("All of %(year)s") % {"year": asking.year - 1}, formats.number(whole), done))
        found.append(self.last_month(months))
        if asking.margin and not asking.money:
            share, was = getattr(total.now, asking.margin_rate), getattr(total.before, asking.margin_rate)
            points = None if share is None or was is None else share - was
            label = MARGINS[asking.margin]
            detail = gettext("%(points)s points against %(year)s") % {
                "points": formats.number(points, 1, signed=True),
                "year": asking.year - 1,
            }
            found.append(Answer(label, formats.percent(share), detail, "neg" if points is not None and points < 0 else ""))
        return found

    def last_month(self, months: Sequence[Row]) -> Answer:
        """The last month that is asked for; one that is not over beside its part of the same month of last year, by working days."""
        asking, name = self.asking, self.asking.figure
        month = asking.compared.running or asking.last
        row, day = months[month - 1], date(asking.year, month, 1)
        address = asking.lines(day, last_day_of(day))
        if not asking.compared.running:
            return self.answer(f"{month_name(month)} {asking.year}", row, asking.year, address)
        done, of = (working_days_between(day - timedelta(1), end, PlainWeek()) for end in (clock.today(), last_day_of(day)))
        before = getattr(row.before, name)
        part = None if before is None else before * done / of
        words = {"done": done, "of": of, "month": f"{month_name(month)} {asking.year - 1}", "amount": formats.number(part)}
        detail = gettext("%(done)s of %(of)s working days; so much of %(month)s: %(amount)s") % words
        label = gettext("%(month)s so far") % {"month": f"{month_name(month)} {asking.year}"}
        return Answer(label, formats.number(getattr(row.now, name)), detail, "", address)

    def answer(self, label: str, row: Row, year: int, address: str = "") -> Answer:
        """A figure with its difference to the year before."""
        present, before = getattr(row.now, self.asking.figure), getattr(row.before, self.asking.figure)
        if present is None or before is None:
            return Answer(label, formats.number(present), formats.EMPTY, "", address)
        words = [formats.number(present - before, signed=True), formats.percent(rate(present - before, before), signed=True)]
        detail = gettext("%(difference)s against %(year)s") % {"difference": "  ".join(words), "year": year - 1}
        return Answer(label, formats.number(present), detail, "neg" if present < before else "", address)

    def line(self, row: Row, total: Row, label: str = "", address: str = "") -> Line:
        """A row of the table as it is shown."""
        asking, name = self.asking, self.asking.figure
        present, before, whole = getattr(row.now, name), getattr(row.before, name), getattr(total.now, name)
        difference = None if present is None or before is None else present - before
        real = row is not total and not label
        apart = asking.compared.running
        return Line(
            label or row.label or str(_("None")),
            asking.narrowed(row) if real else address,
            present,
            before,
            difference,
            rate(difference, before),
            rate(present, whole),
            getattr(row.now, asking.margin_rate) if asking.margin else None,
            getattr(row.running, name) if apart else None,
            asking.lines_of(row.key, asking.year) if real else "",
            asking.lines_of(row.key, asking.year - 1) if real else "",
            asking.lines_so_far(row.key) if real and apart else "",
        )

    def others(self, rows: Sequence[Row], count: int, total: Row) -> Line | None:
        """Everything behind the rows that are shown, as one row: what is left of the total."""
        if not count:
            return None
        left = [
            without(getattr(total, part), together([getattr(row, part) for row in rows])) for part in ("now", "before", "running")
        ]
        return self.line(Row(None, "", *left), total, gettext("%(count)s others") % {"count": formats.number(count)})
