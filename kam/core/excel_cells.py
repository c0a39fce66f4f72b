"""One cell: the value that was meant, or what was expected instead; numbers and dates as people write them in it, en and de."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from kam.core.characters import HIDDEN, as_kept, unkept
from kam.core.words import LANGUAGES

if TYPE_CHECKING:
    from kam.core.excel import Column

KINDS = ("text", "integer", "decimal", "date", "boolean", "choice", "reference")
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2199, 12, 31)
MAX_TEXT = 10_000
# How many different texts of a column are kept with what they mean: a status, a country or a currency is read once.
REMEMBERED = 2_000
# In a CSV file a text that a spreadsheet would run is written with an apostrophe before it, and read without.
RUNS = re.compile(r"^'*[=+\-@\t\r]")
NUMBER = re.compile(r"^[+-]?(\d[\d.,' ]*|[.,]\d+)$")
# What most numbers are, by the decimal mark: digits, and digits behind the mark.
PLAIN_NUMBER = {",": re.compile(r"-?\d+(?:,\d+)?"), ".": re.compile(r"-?\d+(?:\.\d+)?")}
# A number that may be grouped: 1.234 is, 0.125 and 1234.567 are not.
GROUPED = re.compile(r"^[+-]?[1-9]\d{0,2}[.,]\d{3}-?$")
FIRST_GROUP = re.compile(r"[+-]?[1-9]\d{0,2}")
ISO_DAY = re.compile(r"^(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T]00:00(?::00(?:\.0+)?)?)?$")
PLAIN_DAY = re.compile(r"^(\d{4})(\d{2})(\d{2})$")
SLASHED = re.compile(r"^(\d{1,2})([./-])(\d{1,2})\2(\d{4})$")
# Letters and digits that hide nothing, with spaces inside at most; numbers without marks of thousands.
OWN_TEXT = r"[!-&(-\[\]-~](?:[ -\[\]-~]{0,%d}[!-\[\]-~])?"
OWN_NUMBER = r"-?(?:0|[1-9][0-9]{0,%d})"
SPACES = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u2212": "-", "\u2019": "'"})
YES = {"1", "x", "true", "yes", "y", "vero", "sì", "si", "s", "ja", "j", "wahr"}
NO = {"0", "false", "no", "n", "falso", "nein", "falsch"}
YES_NO = {"it": ("sì", "no"), "en": ("yes", "no"), "de": ("ja", "nein")}
EMPTY = {"text": "", "choice": "", "reference": ""}


class Wrong(Exception):
    """A cell that does not hold what its column asks; `expected` says what it should hold."""

    def __init__(self, expected: str) -> None:
        super().__init__(expected)
        self.expected = expected


def legible(cell: Any) -> str:
    """A cell as it can be shown in a list of faults: short, and hidden characters by their number."""
    text = "" if cell is None else str(_date(cell) if isinstance(cell, datetime) else cell)
    if len(text) > 200:
        text = text[:200] + "…"
    return HIDDEN.sub(lambda found: f"⟨U+{ord(found.group()):04X}⟩", text)


def plain_text(cell: Any) -> str:
    """A cell as text: 12.0 is 12, a date is written as 2026-05-18."""
    if isinstance(cell, str):
        return cell
    if cell is None:
        return ""
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        return _date(cell).isoformat() if cell.time() == time() else cell.isoformat(sep=" ")
    return str(cell)


def _date(moment: datetime) -> date:
    return moment.date()


def escaped(text: str) -> str:
    """A text as it stands in a CSV file, so that no spreadsheet runs it."""
    return f"'{text}" if RUNS.match(text) else text


def unescaped(text: str) -> str:
    """The text that was meant by what stands in a CSV file."""
    return text[1:] if text.startswith("'") and RUNS.match(text) else text


def marks_shown(cells: Iterable[Any]) -> tuple[set[str], bool]:
    """The decimal marks that these numbers show (1.234,5 or 12,50), and whether one could be read with either (1.234)."""
    found, doubtful = set(), False
    for cell in cells:
        if not isinstance(cell, str):
            continue
        text = cell.strip()
        comma, point = text.rfind(","), text.rfind(".")
        if comma >= 0 and point >= 0:
            found.add("," if comma > point else ".")
        elif max(comma, point) >= 0:
            mark = "," if comma >= 0 else "."
            if text.count(mark) > 1:
                found.add("." if mark == "," else ",")
            elif not GROUPED.match(text):
                found.add(mark)
            else:
                doubtful = True
        if len(found) > 1:
            break
    return found, doubtful


def decimal_mark(cells: Iterable[Any], delimiter: str, language: str) -> str:
    """Whether these numbers are written with a decimal comma or a decimal point.

    What the cells show decides (1.234,5 or 12,50), then the delimiter of the file, then the reader's language.
    """
    found, _doubtful = marks_shown(cells)
    if len(found) == 1:
        return found.pop()
    return {",": ".", ";": ","}.get(delimiter) or ("." if language == "en" else ",")


def date_order(cells: Iterable[Any], language: str) -> str:
    """Whether days written with strokes begin with the day (dmy) or the month (mdy); empty where nothing tells and English reads.

    A number above 12 decides, then the reader's language.
    """
    doubtful = False
    for cell in cells:
        found = SLASHED.match(cell.strip()) if isinstance(cell, str) else None
        if found and found[2] != ".":
            first, second = int(found[1]), int(found[3])
            if first > 12 or second > 12:
                return "dmy" if first > 12 else "mdy"
            doubtful = doubtful or first != second
    return "" if doubtful and language == "en" else "dmy"


def number_of(text: str, mark: str) -> Decimal | None:
    """The number that a text writes with this decimal mark, or None."""
    plain = PLAIN_NUMBER.get(mark)
    if plain and plain.fullmatch(text):
        return Decimal(text.replace(",", "."))
    text = text.translate(SPACES).strip()
    if text.endswith("-") and text[:1].isdigit():  # as SAP writes what is below zero
        text = f"-{text[:-1]}"
    if not NUMBER.match(text):
        return None
    other = "." if mark == "," else ","
    comma, point = text.rfind(","), text.rfind(".")
    if comma >= 0 and point >= 0:
        mark, other = (",", ".") if comma > point else (".", ",")
    whole, _mark, rest = text.partition(mark)
    groups = re.split(r"[.,' ]", whole)
    if other in rest or (len(groups) > 1 and not _grouped(groups)):
        return None
    try:
        return Decimal("".join(groups) + ("." + rest if rest else ""))
    except InvalidOperation:
        return None


def _grouped(groups: list[str]) -> bool:
    return bool(FIRST_GROUP.fullmatch(groups[0])) and all(len(group) == 3 for group in groups[1:])


def date_of(text: str, language: str, order: str = "") -> date | None:
    """The day that a text writes: 2026-05-18, 20260518, 18.5.2026, and 18/05/2026 or 05/18/2026 by the order of its parts.

    Without an order, days come first, and in English a day that could be a month is refused.
    """
    try:
        if found := ISO_DAY.match(text) or PLAIN_DAY.match(text):
            return date(*(int(part) for part in found.groups()))
        found = SLASHED.match(text)
        if not found or order == "ymd":
            return None
        first, second, year = int(found[1]), int(found[3]), int(found[4])
        if order == "mdy" and found[2] != ".":
            return date(year, first, second)
        if not order and language == "en" and found[2] == "/" and first <= 12 and second <= 12 and first != second:
            return None
        return date(year, second, first)
    except ValueError:
        return None


class Reader:
    """Reads the cells of one column; `read` is the function for its kind."""

    def __init__(
        self,
        column: "Column",
        *,
        mark: str,
        language: str,
        csv: bool,
        dates: str = "",
        meant: Mapping[str, str] | None = None,
    ) -> None:
        self.column, self.mark, self.language, self.csv, self.dates = column, mark, language, csv, dates
        #: What a text of the file stands for, such as the codes of another system.
        self.meant = {key.casefold(): value for key, value in (meant or {}).items()}
        self.empty = EMPTY.get(column.kind)
        self.parse: Callable[[Any], Any] = getattr(self, f"_{column.kind}")
        self.values = self._values() if column.kind == "choice" else {}
        self.known: dict[str, Any] = {}

    @property
    def as_it_stands(self) -> re.Pattern[str] | None:
        """Texts that are their own value, but for the decimal mark: most of what stands in files need not be looked at closer."""
        column = self.column
        if self.meant or column.minimum is not None or column.maximum is not None:
            return None
        if column.kind in {"text", "reference"}:
            return re.compile(OWN_TEXT % (column.max_length - 2)) if column.max_length > 2 else None
        if column.kind == "integer":
            return re.compile(OWN_NUMBER % 17)
        if column.kind == "decimal" and column.decimals:
            return re.compile(f"{OWN_NUMBER % 14}(?:{re.escape(self.mark)}[0-9]{{1,{column.decimals}}})?")
        return None

    def read(self, cell: Any) -> Any:
        """The value that was meant; raises Wrong."""
        if not isinstance(cell, str):
            return self._read(self.meant.get(plain_text(cell).casefold(), cell) if self.meant else cell)
        if cell in self.known:
            return self.known[cell]
        value = self._read(cell)
        if len(self.known) < REMEMBERED:
            self.known[cell] = value
        return value

    def _read(self, cell: Any) -> Any:
        if isinstance(cell, str):
            if self.csv:
                cell = unescaped(cell)
            cell = cell.strip()
            if self.meant:
                cell = self.meant.get(cell.casefold(), cell)
            if unkept(cell):
                raise Wrong(_("a text without lost letters, control characters or marks that change the direction of reading"))
            if len(cell) > MAX_TEXT:
                raise Wrong(_("at most %(count)d characters") % {"count": min(MAX_TEXT, self.column.max_length)})
        if cell is None or cell == "":
            if self.column.required:
                raise Wrong(_("a value: this column must be filled in"))
            return self.empty
        return self.parse(cell)

    def _text(self, cell: Any) -> str:
        text = as_kept(plain_text(cell))
        if len(text) > self.column.max_length:
            raise Wrong(_("at most %(count)d characters") % {"count": self.column.max_length})
        return text

    _reference = _text

    def _number(self, cell: Any) -> Decimal | None:
        if isinstance(cell, str):
            return number_of(cell, self.mark)
        if isinstance(cell, (bool, date, time, timedelta)):
            return None
        number = Decimal(repr(cell))
        return number if number.is_finite() else None

    def _bounded(self, value: Any, shown: Callable[[Any], str]) -> Any:
        low, high = self.column.minimum, self.column.maximum
        if low is not None and value < low:
            raise Wrong(_("%(limit)s or more") % {"limit": shown(low)})
        if high is not None and value > high:
            raise Wrong(_("%(limit)s or less") % {"limit": shown(high)})
        return value

    def _integer(self, cell: Any) -> int:
        number = self._number(cell)
        if number is None or number != number.to_integral_value() or abs(number) >= Decimal(10) ** 18:
            raise Wrong(_("a whole number"))
        return int(self._bounded(int(number), str))

    def _decimal(self, cell: Any) -> Decimal:
        number = self._number(cell)
        if number is None:
            raise Wrong(_("a number"))
        if abs(number) >= Decimal(10) ** 15:
            raise Wrong(_("a number with at most 15 digits before the decimal mark"))
        exponent = number.normalize().as_tuple().exponent
        if isinstance(exponent, int) and -exponent > self.column.decimals:
            if not isinstance(cell, float):
                raise Wrong(_("at most %(count)d decimals") % {"count": self.column.decimals})
            # What a spreadsheet has computed carries digits that nobody typed.
            number = round(number, self.column.decimals)
        bounded: Decimal = self._bounded(number, str)
        return bounded

    def _date(self, cell: Any) -> date:
        day = date_of(cell, self.language, self.dates) if isinstance(cell, str) else None
        if isinstance(cell, float) and 1e7 < cell < 1e8 and cell.is_integer():
            day = date_of(str(int(cell)), self.language)
        elif isinstance(cell, datetime):
            day = _date(cell)
        elif isinstance(cell, date):
            day = cell
        if day is None or not FIRST_DAY <= day <= LAST_DAY:
            limits = {"first": date_format(FIRST_DAY, "SHORT_DATE_FORMAT"), "last": date_format(LAST_DAY, "SHORT_DATE_FORMAT")}
            raise Wrong(_("a date from %(first)s to %(last)s, such as 2026-05-18") % limits)
        bounded: date = self._bounded(day, lambda limit: date_format(limit, "SHORT_DATE_FORMAT"))
        return bounded

    def _boolean(self, cell: Any) -> bool:
        text = plain_text(cell).casefold()
        if text in YES:
            return True
        if text in NO:
            return False
        raise Wrong(_("%(yes)s or %(no)s") % dict(zip(("yes", "no"), YES_NO.get(self.language, YES_NO["en"]), strict=True)))

    def _values(self) -> dict[str, str]:
        """Every way to write a choice: its label in each language, or its value, which goes before."""
        ways: dict[str, str] = {}
        for language in (self.language, *LANGUAGES):
            with translation.override(language):
                for value, label in self.column.values:
                    ways.setdefault(str(label).casefold(), value)
        return ways | {str(value).casefold(): value for value, _label in self.column.values}

    def _choice(self, cell: Any) -> str:
        value = self.values.get(plain_text(cell).casefold())
        if value is None:
            raise Wrong(_("one of: %(values)s") % {"values": ", ".join(str(label) for _value, label in self.column.values)})
        return value
