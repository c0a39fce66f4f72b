"""Columns of a list as data: what is read, how it is written, sorted, summed and exported, and who may see it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Aggregate
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from kam.core import formats
from kam.core.badges import Badge, badge_for
from kam.core.icons import icon
from kam.core.templatetags.kam import badge_html

NUMERIC = frozenset({"number", "money", "percent", "difference"})


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

    def cell(self, row: Any) -> SafeString:
        """The content of the cell: figure, badge, link and second line."""
        value = self.read(row)
        if self.kind == "status":
            return badge_html(value if isinstance(value, Badge) else badge_for(row, self._path[-1]))
        shown = conditional_escape(self.text(value))
        if self.icon:
            shown = icon(self.icon, 14) + shown
        target = self.link(row) if callable(self.link) else row.get_absolute_url() if self.link else ""
        if target:
            shown = format_html('<a href="{}">{}</a>', target, shown)
        below = self.second(row) if callable(self.second) else _follow(row, tuple(self.second.split("."))) if self.second else ""
        return format_html("{}<small>{}</small>", shown, below) if below else shown

    def td(self, row: Any, first: bool = False, label: str = "") -> SafeString:
        """The whole cell; the first column is the row's heading. `label` is written before it where a row is a block."""
        cell = self.cell(row)
        marks = (
            "k-num" if self.numeric else "",
            "k-two" if self.second else "",
            "k-nil" if cell == formats.EMPTY else "",
            self.tone(row) if self.tone else "",
        )
        classes = " ".join(filter(None, marks))
        attributes = f' class="{classes}"' if classes else ""
        if first:
            return mark_safe(f'<th scope="row"{attributes}>{cell}</th>')
        return mark_safe(f'<td{attributes} data-label="{label}">{cell}</td>')


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
    first = columns[0] if columns else None
    labels = {column.name: conditional_escape(column.label) for column in columns}
    return [
        Row(
            record.pk,
            str(record),
            record.get_absolute_url() if hasattr(record, "get_absolute_url") else "",
            mark_safe("".join(column.td(record, column is first, labels[column.name]) for column in columns)),
        )
        for record in records
    ]


def _follow(row: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        row = getattr(row, name, None)
        if row is None:
            return None
    return row() if callable(row) else row
