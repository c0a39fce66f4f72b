"""Columns of a list as data: what is read, how it is written, sorted, summed and exported, and who may see it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Any

from django.db.models import Aggregate
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from kam.core import formats
from kam.core.badges import Badge, badge_for
from kam.core.icons import icon
from kam.core.templatetags.kam import badge_html

NUMERIC = frozenset({"number", "money", "percent", "difference"})
KINDS = NUMERIC | {"text", "date", "moment", "status", "yes"}
#: Values that are written alike wherever they are equal; the second, as figures and dates, not as text (1.0 and 1.00).
REPEATED, WRITTEN_BY_VALUE = frozenset({str, type(None)}), frozenset({int, float, Decimal, date, datetime, bool})
Writer = Callable[[Any], str]


@dataclass(frozen=True)
class Column:
    """One column of a list.

    `value` is a path (`customer.name`) or a function of the row; without it, `name` is the path. `kind` is text, number,
    money, percent, difference, date, moment, status or yes. `sort` is the order in the database (a name, an expression,
    or a tuple of them; none: the column cannot be sorted); `sort_if` refuses it to a reader for whom it would tell
    something. `decimals` are always written, further ones up to `most` only where they say something. `second` is the grey line below, `link` makes the cell lead to the record, `tone` colours a figure
    (`neg`, `amb`), `total` sums over the whole filter, `permission` says who has the column at all.
    """

    name: str
    label: Any
    value: str | Callable[[Any], Any] = ""
    kind: str = "text"
    decimals: int = 0
    most: int = 0
    sort: Any = None
    sort_if: Callable[[Any], bool] | None = None
    second: str | Callable[[Any], Any] = ""
    link: bool | Callable[[Any], str] = False
    tone: Callable[[Any], str] | None = None
    total: Aggregate | None = None
    permission: Callable[[Any], bool] | None = None
    default: bool = True
    icon: str = ""
    note: Any = ""
    _path: tuple[str, ...] = field(init=False, repr=False, compare=False, default=())

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"{self.kind} is no kind of column: {', '.join(sorted(KINDS))}")
        path = self.value if isinstance(self.value, str) else ""
        object.__setattr__(self, "_path", tuple((path or self.name).split(".")))

    @property
    def numeric(self) -> bool:
        """Whether the figures stand at the right."""
        return self.kind in NUMERIC

    def read(self, row: Any) -> Any:
        """The raw value of the column in a row, for the cell and for the export alike."""
        return self.value(row) if callable(self.value) else _follow(row, self._path)

    def export(self, row: Any) -> Any:
        """The value as a sheet takes it: figures and dates as such, everything else as text."""
        value = self.read(row)
        if self.kind == "status":
            return str((value if isinstance(value, Badge) else badge_for(row, self._path[-1])).label)
        if value is None or isinstance(value, int | float | Decimal | date | datetime | bool):
            return value
        return str(value)

    def text(self, value: Any) -> str | SafeString:
        """A value as the reader's cell shows it."""
        if value is None or value == "":
            return formats.EMPTY
        match self.kind:
            case "number" | "money":
                return formats.number(value, self.decimals, most=self.most)
            case "difference":
                return formats.number(value, self.decimals, most=self.most, signed=True)
            case "percent":
                return formats.number(value, self.decimals or 1)
            case "date":
                return formats.day(value)
            case "moment":
                return formats.moment(value)
            case "yes":
                return str(_("yes")) if value else str(_("no"))
        return conditional_escape(value)

    def _shown(self) -> Writer:
        """How the value is written, escaped; a value that many rows have is written once."""
        known: dict[Any, str] = {}
        once = REPEATED if self.kind == "text" else REPEATED | WRITTEN_BY_VALUE

        def shown(row: Any) -> str:
            value = self.read(row)
            if type(value) not in once:
                return str(conditional_escape(self.text(value)))
            if value not in known:
                known[value] = str(conditional_escape(self.text(value)))
            return known[value]

        return shown

    def _badge(self) -> Writer:
        """How the status is written as a badge, once for each status."""
        known: dict[Any, str] = {}

        def badge(row: Any) -> str:
            value = self.read(row)
            mark = value if isinstance(value, Badge) else None
            key = mark or (type(row), getattr(row, self._path[-1]))
            if key not in known:
                known[key] = str(badge_html(mark or badge_for(row, self._path[-1])))
            return known[key]

        return badge

    def cell(self) -> Writer:
        """How the content of a cell is written, for the rows of one page: figure, badge, link and second line."""
        if self.kind == "status":
            return self._badge()
        shown = self._shown()
        drawn = icon(self.icon, 14) if self.icon else ""
        below = self.second if callable(self.second) else partial(_follow, path=tuple(self.second.split(".")))

        def cell(row: Any) -> str:
            text = drawn + shown(row)
            target = self.link(row) if callable(self.link) else row.get_absolute_url() if self.link else ""
            if target:
                text = f'<a href="{conditional_escape(target)}">{text}</a>'
            under = below(row) if self.second else ""
            return f"{text}<small>{conditional_escape(under)}</small>" if under else text

        return cell

    def td(self, first: bool = False) -> Writer:
        """How the whole cell is written; the first column is the row's heading, the others say their name where a row is a block."""
        content, tag = self.cell(), "th" if first else "td"
        said = ' scope="row"' if first else ""
        label = "" if first else f' data-label="{conditional_escape(self.label)}"'
        fixed = [name for name, there in (("k-num", self.numeric), ("k-two", self.second)) if there]

        def opening(*classes: str) -> str:
            named = " ".join(filter(None, (*fixed, *classes)))
            marks = f' class="{named}"' if named else ""
            return f"<{tag}{said}{marks}{label}>"

        full, empty, tone = opening(), opening("k-nil"), self.tone

        def td(row: Any) -> str:
            text = content(row)
            nothing = text == formats.EMPTY
            if tone is None:
                return f"{empty if nothing else full}{text}</{tag}>"
            return f"{opening('k-nil' if nothing else '', tone(row))}{text}</{tag}>"

        return td


@dataclass(frozen=True)
class Head:
    """The head of a column as the page shows it: its label and where a click sorts to."""

    column: Column
    direction: str = ""
    address: str = ""


@dataclass(frozen=True)
class Row:
    """One line of a list, written: its key, its address and its cells."""

    pk: Any
    name: str
    address: str
    cells: SafeString


def write_rows(records: Sequence[Any], columns: Sequence[Column]) -> list[Row]:
    """The lines of a page, cell by cell; the first column is the heading of its row."""
    writers = [column.td(first=place == 0) for place, column in enumerate(columns)]
    return [
        Row(
            record.pk,
            str(record),
            record.get_absolute_url() if hasattr(record, "get_absolute_url") else "",
            mark_safe("".join([write(record) for write in writers])),
        )
        for record in records
    ]


def _follow(row: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        row = getattr(row, name, None)
        if row is None:
            return None
    return row() if callable(row) else row
