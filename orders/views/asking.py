"""What the address of a sales page asks: months of a year, a dimension, a measure and its currency, filters; and where a figure leads."""

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import QueryDict
from django.urls import reverse
from django.utils import formats
from django.utils.dates import MONTHS as MONTH_NAMES
from django.utils.translation import gettext_lazy as _

from kam.core import clock
from orders.filters import NONE, SalesFilter
from orders.models import AccountTotal, LineKind, cost_reach_of
from orders.reports.figures import COUNTED, Question, Row

#: What sales can be looked at by, in the words of the chooser.
BY: dict[str, Any] = {
    "customer": _("Customer"),
    "group": _("Group"),
    "plant": _("Customer plant"),
    "family": _("Product family"),
    "product": _("Product"),
    "sector": _("Sector"),
    "area": _("Area"),
    "selling_location": _("Selling location"),
    "producing_location": _("Producing location"),
    "account_manager": _("Account manager on the day"),
    "present_manager": _("Account manager of today"),
    "currency": _("Currency"),
    "kind": _("Kind"),
}
#: Where a key leads: the same screen, narrowed to it, by the next thing that one wants to know.
NEXT = {"product": "customer", "family": "product", "plant": "product", "customer": "product", "kind": "customer"}
MEASURES: dict[str, Any] = {
    "revenue": _("Revenue"),
    "quantity": _("Quantity"),
    "cost": _("Cost"),
    "margin": _("Margin"),
    "local_cost": _("Local cost"),
    "local_margin": _("Local margin"),
}
EVERY_KIND = tuple(kind.value for kind in LineKind)
#: How many years back one may always choose, and the first one that a ledger can have.
YEARS_BACK, FIRST_YEAR = 2, 1990
#: The parameters of the address that are not filters.
CHOOSERS = ("by", "year", "first", "last", "measure", "money")


def parameter_of(dimension: str) -> str:
    """The filter that narrows to a key of a dimension."""
    return "own_family" if dimension == "family" else dimension


def recent_years() -> list[tuple[str, str]]:
    """The years that a chooser of decisions offers, this one first."""
    this = clock.today().year
    return [(str(year), str(year)) for year in range(this, this - YEARS_BACK - 1, -1)]


def year_of(asked: QueryDict) -> int:
    """Which of the recent years an address asks for; this one unless told."""
    year = asked.get("year", "")
    return int(year) if (year, year) in recent_years() else clock.today().year


def last_day_of(month: date) -> date:
    """The last day of a month."""
    return month.replace(day=monthrange(month.year, month.month)[1])


def month_name(month: int) -> str:
    """The short name of a month as it stands below a bar."""
    return formats.date_format(date(2000, month, 1), "M")


def months_between(first: int, last: int) -> str:
    """Months in words: Jan–Nov."""
    return month_name(first) if first == last else f"{month_name(first)}\N{EN DASH}{month_name(last)}"


@dataclass
class Asking:
    """One address of a sales page as a reader asks it."""

    parameters: QueryDict
    request: Any

    @property
    def reader(self) -> Any:
        """The person who asks."""
        return self.request.user

    def _number(self, name: str, default: int, lowest: int, highest: int) -> int:
        text = self.parameters.get(name, "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 5 and lowest <= int(text) <= highest else default

    @cached_property
    def year(self) -> int:
        """The year; the running one unless told."""
        today = clock.today().year
        return self._number("year", today, FIRST_YEAR, today + 1)

    def years(self) -> range:
        """The years to choose from, the latest first: back to the first one in which the reader sees a sale."""
        today = clock.today().year
        rows = AccountTotal.objects.visible_to(self.reader).filter(lines__gt=0).order_by("year")
        first = rows.values_list("year", flat=True).first()
        return range(today, min(first or today, today - YEARS_BACK, self.year) - 1, -1)

    @cached_property
    def last(self) -> int:
        """The last month: of the running year this month, else December, unless told."""
        today = clock.today()
        return self._number("last", today.month if self.year == today.year else 12, 1, 12)

    @cached_property
    def first(self) -> int:
        """The first month; never behind the last."""
        return min(self._number("first", 1, 1, 12), self.last)

    @cached_property
    def by(self) -> str:
        """The dimension; customers unless told."""
        asked = self.parameters.get("by", "")
        return asked if asked in BY else "customer"

    @cached_property
    def _costs(self) -> Any:
        return cost_reach_of(self.reader)

    @property
    def margin(self) -> str:
        """The margin that this reader reads: the group's on the account axis, the location's own else; empty where none."""
        if self._costs.nothing:
            return ""
        return "margin" if self._costs.everything or self._costs.accounts.statement else "local_margin"

    @property
    def margin_rate(self) -> str:
        """The name of that margin in per cent."""
        return f"{self.margin}_rate" if self.margin else ""

    @cached_property
    def measures(self) -> dict[str, Any]:
        """The measures that this reader may choose; in the currency of documents only what is written there."""
        names = ["revenue", "quantity"]
        if not self.money and self.margin == "margin":
            names += ["cost", "margin"]
        if not self.money and self.margin:
            names += ["local_cost", "local_margin"]
        return {name: MEASURES[name] for name in names}

    @cached_property
    def measure(self) -> str:
        """The measure; revenue unless told."""
        asked = self.parameters.get("measure", "")
        return asked if asked in self.measures else "revenue"

    @property
    def figure(self) -> str:
        """The name of the figure behind the measure: revenue in the currency of documents is their net amount."""
        return "net" if self.money and self.measure == "revenue" else self.measure

    @cached_property
    def money(self) -> str:
        """The currency of the documents that is asked for; empty for the company's own."""
        text = self.parameters.get("money", "")
        return text if len(text) == 3 and text.isascii() and text.isalpha() and text.isupper() else ""

    @property
    def unit(self) -> str:
        """What stands behind the figures: a currency, or nothing for quantities."""
        return "" if self.measure == "quantity" else self.money or settings.BASE_CURRENCY

    @cached_property
    def filterset(self) -> SalesFilter:
        """The filters of the address; all of them where their form is opened."""
        whole = self.parameters.get("part") == "filters"
        return SalesFilter(self.parameters, request=self.request, whole=whole)

    @cached_property
    def question(self) -> Question:
        """The question for the reports."""
        only = self.filterset.only()
        if self.money:
            only["currency"] = [self.money]
        kinds, intercompany = self.filterset.counted(EVERY_KIND if self.by == "kind" else COUNTED)
        return Question(self.year, self.first, self.last, kinds, intercompany, only)

    @cached_property
    def compared(self) -> Question:
        """The same question where two years stand beside each other: whole months of both, the running month apart."""
        return self.question.like_with_like()

    @cached_property
    def kept(self) -> list[tuple[str, str]]:
        """The filters of the address, to be kept when something else is chosen."""
        known = self.filterset.parameters()
        return [(name, value) for name, values in self.parameters.lists() for value in values if name in known and value]

    def lines(self, first: date, last: date, *more: tuple[str, Any]) -> str:
        """The address of the lines behind a figure: the same filters, between two days."""
        given = dict(self.kept)
        pairs: list[tuple[str, Any]] = [("date_after", first.isoformat()), ("date_before", last.isoformat())]
        named = {name for name, _value in more}
        pairs += [pair for pair in self.kept if pair[0] not in named]
        if "kind" not in given and "kind" not in named:
            pairs += [("kind", kind) for kind in self.question.kinds if self.question.kinds != EVERY_KIND]
        if "is_intercompany" not in given and "is_intercompany" not in named:
            pairs.append(("is_intercompany", "false"))
        if self.money and "currency" not in named:
            pairs.append(("currency", self.money))
        return f"{reverse('orders:line_list')}?{urlencode([*pairs, *more])}"

    def lines_of_all(self) -> str:
        """The lines of the months that are asked for."""
        return self.lines(date(self.year, self.first, 1), last_day_of(date(self.year, self.last, 1)))

    def lines_of(self, key: Any, year: int) -> str:
        """The lines behind a row of the table in one of the two years."""
        asked = self.compared
        value = NONE if key is None else key
        days = date(year, asked.first_month, 1), last_day_of(date(year, asked.last_month, 1))
        return self.lines(*days, (parameter_of(self.by), value))

    def lines_so_far(self, key: Any) -> str:
        """The lines behind a row of the table in the running month."""
        day = date(self.year, self.compared.running, 1)
        return self.lines(day, last_day_of(day), (parameter_of(self.by), NONE if key is None else key))

    def narrowed(self, row: Row) -> str:
        """The same screen for one key only, by the next dimension."""
        name = parameter_of(self.by)
        pairs = [pair for pair in self.kept if pair[0] != name]
        chosen = [(key, value) for key in CHOOSERS if key != "by" and (value := self.parameters.get(key, ""))]
        value = NONE if row.key is None else row.key
        return f"{reverse('orders:sales')}?{urlencode([('by', NEXT.get(self.by, 'customer')), *chosen, *pairs, (name, value)])}"

    def months_said(self) -> str:
        """The months in words: Jan–Nov."""
        return months_between(self.first, self.last)

    def months_compared(self) -> str:
        """The months that are compared in words: without the running one."""
        return months_between(self.compared.first_month, self.compared.last_month)

    def choosers(self, currencies: Iterable[str]) -> list[tuple[str, Any, list[tuple[Any, Any]], Any]]:
        """The choices above the figures: name, label, options, and what is chosen."""
        months = [(month, str(MONTH_NAMES[month])) for month in range(1, 13)]
        moneys = [("", settings.BASE_CURRENCY), *((one, f"{one}, {_('as on the documents')}") for one in currencies)]
        return [
            ("by", _("Broken down by"), list(BY.items()), self.by),
            ("year", _("Year"), [(year, str(year)) for year in self.years()], self.year),
            ("first", _("From"), months, self.first),
            ("last", _("To"), months, self.last),
            ("money", _("Currency"), moneys, self.money),
        ]
