"""A page of a list together with how many rows the whole list has, found in one walk where finding is what costs."""

from typing import Any

from django.core.paginator import Page, PageNotAnInteger, Paginator
from django.db.models import Count, Exists, QuerySet, Window
from django.db.models.sql import Query
from django.db.models.sql.where import WhereNode

from kam.core.scoping import Way, Within, asking


def page_and_count(rows: QuerySet[Any], start: int, size: int) -> tuple[list[Any], int]:
    """The rows of a page of an ordered list, and how many rows the list has.

    Where rows are found by asking other tables (the row rule, some filters), counting them would ask all of that a second
    time: the keys of the page come with the count, and the rows are then read by their keys.
    """
    if not _asks_other_tables(rows.query):
        count = rows.count()
        return (list(rows[start : start + size]) if start < count else []), count
    found = list(asking(rows, Way.FIRST).values_list("pk", Window(Count("*")))[start : start + size])
    if not found:
        return [], rows.count() if start else 0
    keys = [key for key, _count in found]
    shown = rows.all()
    # What is left out here has just been asked: what the rows are shown with stays.
    shown.query.where = WhereNode()
    shown.query.clear_ordering(force=True)
    by_key = {row.pk: row for row in shown.filter(pk__in=keys)}
    return [by_key[key] for key in keys if key in by_key], found[0][1]


def _asks_other_tables(query: Query) -> bool:
    """Whether a condition of the query is a query of its own; where a row may come twice, the query is left as it is."""
    if query.distinct or query.combinator or query.group_by is not None or query.is_sliced:
        return False
    joins: Any = query.alias_map.values()
    if any(join.join_field.one_to_many for join in joins if hasattr(join, "join_field")):
        return False
    parts = (part for leaf in query.where.leaves() for part in (leaf, getattr(leaf, "lhs", None), getattr(leaf, "rhs", None)))
    return any(isinstance(part, Within | Exists | Query) for part in parts)


class Pages(Paginator):
    """Pages that find their rows and the count at once."""

    def page(self, number: Any) -> Page:
        """The page of this number. Raises PageNotAnInteger and EmptyPage."""
        try:
            start = (int(number) - 1) * self.per_page
        except (TypeError, ValueError):
            raise PageNotAnInteger(self.error_messages["invalid_page"]) from None
        rows: list[Any] = []
        if start >= 0:
            rows, self.__dict__["count"] = page_and_count(self.object_list, start, self.per_page)  # type: ignore[arg-type]
        return Page(rows, self.validate_number(number), self)
