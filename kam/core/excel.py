"""Columns of sheets, and what is read from them: rows, faults, rules of reading; no file is opened here."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.utils import translation
from django.utils.translation import gettext as _

from kam.core.excel_cells import KINDS
from kam.core.file_types import CSV, TEXT, FileType
from kam.core.words import LANGUAGES
from kam.core.workflow import Denied

MAX_BYTES = 50 * 1024 * 1024
MAX_CSV_BYTES = 4 * 1024 * 1024 * 1024


@dataclass(frozen=True)
class Column:
    """One column of a sheet: its key in the code, its translated label in the header, and what a cell may hold.

    `kind` is text, integer, decimal, date, boolean, choice (one of `values`, by value or by label in any language) or
    reference (a code that the import looks up). `source` says where an export takes the value: a dotted path of
    attributes or a function of the record; without it the key. `minimum` and `maximum` bound numbers and dates. `fixed` says that
    it tells which record a row is about: in a sheet with records nobody changes it by mistake, its cells are locked.
    """

    key: str
    label: Any
    kind: str = "text"
    required: bool = False
    max_length: int = 10_000
    help: Any = ""
    values: Iterable[tuple[str, Any]] = ()
    minimum: Decimal | int | date | None = None
    maximum: Decimal | int | date | None = None
    decimals: int = 6
    source: str | Callable[[Any], Any] | None = None
    width: int = 0
    fixed: bool = False

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"Unknown kind of column: {self.kind}")

    def value_of(self, record: Any) -> Any:
        """What this column shows of a record."""
        if callable(self.source):
            return self.source(record)
        value = record
        for name in (self.source or self.key).split("."):
            value = getattr(value, name, None)
        return value


@dataclass(frozen=True)
class SheetError:
    """One fault of a sheet, in its reader's language: where it stands, what was read, what was expected there."""

    sheet: str
    row: int
    column: str
    read: str
    expected: str

    def as_row(self) -> list[Any]:
        """The fault as the row of a list of faults."""
        return [self.sheet, self.row, self.column, self.read, self.expected]


class Skipped(NamedTuple):
    """A row that is no row of data, such as a total: its number, what stands in it, and why it was passed over."""

    row: int
    read: str
    reason: str


@dataclass(slots=True)
class SheetRow:
    """One row of a sheet: its number as the person sees it, and a value a column key."""

    number: int
    values: dict[str, Any]


@dataclass
class Reading:
    """What a sheet holds: the rows without a fault, every fault, the headers that no column knows, and rows that are none."""

    sheet: str = ""
    rows: list[SheetRow] = field(default_factory=list)
    errors: list[SheetError] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)


class RawSheet(NamedTuple):
    """A sheet as the file holds it: name, number of its first row, cells; `delimiter` only for a CSV file."""

    name: str
    first_row: int
    rows: list[list[Any]]
    delimiter: str = ""
    merged: Sequence[Sequence[int]] = ()


@dataclass
class Rules:
    """How a table is to be read, as a person or a saved mapping says; what is left empty is found in the table itself.

    `columns` says which column of ours a header of the file holds (empty: none), `constants` what stands in columns that
    the file does not have, `values` what the texts of a column stand for. Decimals are "," or ".", dates "dmy", "mdy" or "ymd".
    `lines_key` and `heads_key` are the headers of the number by which lines find their heads in a second file.
    """

    sheet: str = ""
    header_row: int = 0
    encoding: str = ""
    delimiter: str = ""
    decimal: str = ""
    dates: str = ""
    columns: dict[str, str] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    lines_key: str = ""
    heads_key: str = ""

    @classmethod
    def of(cls, kept: dict[str, Any]) -> "Rules":
        """The rules that an import or a mapping keeps."""
        known = {one.name for one in fields(cls)}
        return cls(**{name: value for name, value in kept.items() if name in known})

    def kept(self) -> dict[str, Any]:
        """These rules as an import or a mapping keeps them: only what is said."""
        return {name: value for name, value in asdict(self).items() if value}


def plain_header(text: Any) -> str:
    """A header as it is compared: without case, stars and repeated spaces."""
    return " ".join(str(text).replace("*", " ").split()).casefold()


def header_names(columns: Sequence[Column]) -> dict[str, Column]:
    """Every way to write each column's header: its key and its label in Italian, English and German."""
    names: dict[str, Column] = {}
    for language in LANGUAGES:
        with translation.override(language):
            for column in columns:
                names.setdefault(plain_header(column.label), column)
    for column in columns:
        names[plain_header(column.key)] = column
    return names


def largest(found: FileType | None) -> int:
    """How large a file of this type may be; a text is read as it streams."""
    return MAX_CSV_BYTES if found in (CSV, TEXT) else MAX_BYTES


def refusal(code: str, row: int = 0) -> Denied:
    """Why a file cannot be read, in words that say what to do."""
    texts = {
        "kind": _("This is not an Excel, OpenDocument or CSV file. Save it as .xlsx or as CSV UTF-8 and upload it again."),
        "empty": _("The file is empty."),
        "size": _("The file is larger than 50 MB. Divide it into several files, or save it as CSV, which may be larger."),
        "bomb": _("The file would unpack to far more than a table can be; it was not read."),
        "memory": _("The file needs too much memory to be read. Delete empty rows and columns at its end, or divide it."),
        "time": _("Reading the file took too long. Divide it into several files."),
        "password": _("The file is protected by a password. Save it without one and upload it again."),
        "encoding": _("The letters of this CSV file are mixed up. Save it as CSV UTF-8 and upload it again."),
        "cut": _("The file ends in the middle of row %(row)s: it was cut off. Get it whole and upload it again."),
        "quote": _("In row %(row)s a quotation mark opens and does not close. Correct it and upload the file again."),
    }
    broken = _("The file is damaged and cannot be read. Open it in Excel, save it again as .xlsx and upload that.")
    text = texts.get(code, broken)
    return Denied(f"file_{code}", text % {"row": row} if row else text, field="file", status=400)
