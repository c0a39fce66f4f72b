"""What a list's address means: its chips, its order, its page, its columns; pure reading, nothing is written."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import EmptyPage, Page, PageNotAnInteger
from django.db.models import Model, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _

from kam.core.formats import day, number
from kam.core.paging import Pages
from kam.core.tables import Column, Head

PAGE_SIZES = (25, 50, 100, 200)
OWN_PARAMETERS = frozenset({"ordering", "page", "page_size", "columns", "view", "drawer", "export", "density"})


@dataclass(frozen=True)
class Chip:
    """One filter that is set: its name, its value in words, and the address without it."""

    name: str
    label: Any
    value: str
    without: str


def address(parameters: QueryDict, **changes: Any) -> str:
    """The query of the same list with some parameters changed; None takes one away. The page falls back to the first."""
    changed = parameters.copy()
    for name in ("page", "drawer", "part", *changes):
        changed.pop(name, None)
    for name, value in changes.items():
        if value not in (None, ""):
            changed[name] = str(value)
    return "?" + changed.urlencode()


def chips(filterset: Any, parameters: QueryDict) -> list[Chip]:
    """The filters that are set, in words of the reader."""
    found = []
    for name, one in filterset.filters.items():
        keys = [name, *(f"{name}_{part}" for part in ("min", "max", "after", "before"))]
        given = [key for key in keys if any(parameters.getlist(key))]
        if not given or _says_nothing(filterset, name):
            continue
        without = parameters.copy()
        for key in (*given, "page", "drawer", "part"):
            without.pop(key, None)
        value = _in_words(filterset, one, name, parameters, given)
        found.append(Chip(name, one.label or name, value, "?" + without.urlencode()))
    return found


def _says_nothing(filterset: Any, name: str) -> bool:
    """Whether a filter was given a value that means “whatever” (the unknown of yes or no)."""
    form = filterset.form
    return bool(form.is_valid()) and form.cleaned_data.get(name) is None


def _in_words(filterset: Any, one: Any, name: str, parameters: QueryDict, given: Sequence[str]) -> str:
    """A filter's value as its reader would say it: labels of choices, dates and figures in their format."""
    form = filterset.form
    cleaned = form.cleaned_data.get(name) if form.is_valid() or hasattr(form, "cleaned_data") else None
    raw = [text for key in given for text in parameters.getlist(key)]
    if cleaned in (None, "") or cleaned == []:
        return ", ".join(raw)
    if isinstance(cleaned, bool):
        return _("yes") if cleaned else _("no")
    if isinstance(cleaned, slice):
        return f"{_said(cleaned.start)}{chr(0x2013)}{_said(cleaned.stop)}"
    choices = dict(_flat(getattr(one.field, "choices", ()))) if not hasattr(one.field, "queryset") else {}
    if isinstance(cleaned, QuerySet | list | tuple | set):
        return ", ".join(str(choices.get(str(each), each)) for each in cleaned)
    if isinstance(cleaned, Model):
        return str(cleaned)
    return str(choices.get(str(cleaned)) or _said(cleaned))


def _flat(choices: Any) -> list[tuple[str, Any]]:
    pairs: list[tuple[str, Any]] = []
    for key, label in choices:
        pairs.extend((str(k), v) for k, v in label) if isinstance(label, list | tuple) else pairs.append((str(key), label))
    return pairs


def _said(value: Any) -> str:
    if value is None:
        return ""
    if hasattr(value, "strftime"):
        return day(value)
    return number(value, None) if isinstance(value, int | float) or value.__class__.__name__ == "Decimal" else str(value)


def ordered(rows: QuerySet, column: Column | None, asked: str, default: Sequence[Any]) -> tuple[QuerySet, str]:
    """The rows by the column asked for (`-name`), always total by the key; without one, which is unknown or refused, by default."""
    if column is None:
        return rows.order_by(*default, "pk"), ""
    descending = asked.startswith("-")
    expressions = column.sort if isinstance(column.sort, tuple) else (column.sort,)
    order = [_directed(expression, descending) for expression in expressions]
    return rows.order_by(*order, "-pk" if descending else "pk"), asked


def _directed(expression: Any, descending: bool) -> Any:
    if isinstance(expression, str):
        turned = expression.startswith("-") != descending
        return f"-{expression.removeprefix('-')}" if turned else expression.removeprefix("-")
    return expression.desc(nulls_last=True) if descending else expression.asc(nulls_last=True)


def heads(columns: Sequence[Column], sortable: Sequence[str], asked: str, parameters: QueryDict) -> list[Head]:
    """The heads of the table: a second click turns the order round."""
    present, turned = asked.removeprefix("-"), asked.startswith("-")
    made = []
    for column in columns:
        if column.sort is None or column.name not in sortable:
            made.append(Head(column))
            continue
        direction = ("descending" if turned else "ascending") if column.name == present else ""
        target = f"-{column.name}" if direction == "ascending" else column.name
        made.append(Head(column, direction, address(parameters, ordering=target)))
    return made


def paged(rows: QuerySet, parameters: QueryDict, size: int) -> Page:
    """The page of the address; a page past the end is the last one, nonsense the first."""
    paginator = Pages(rows, size)
    try:
        return paginator.page(parameters.get("page") or 1)
    except PageNotAnInteger:
        return paginator.page(1)
    except EmptyPage:
        return paginator.page(paginator.num_pages)


def page_size(parameters: QueryDict, remembered: int) -> int:
    """Rows a page: the address, else what this person chose, else 50; never more than 500."""
    given = parameters.get("page_size", "")
    return min(max(int(given), 1), 500) if given.isdecimal() and len(given) < 6 else remembered
