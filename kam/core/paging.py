"""A page of a list together with how many rows the whole list has: its keys and the count first, then the rows of these keys."""

from typing import Any

from django.core.exceptions import EmptyResultSet, FullResultSet
from django.core.paginator import Page, PageNotAnInteger, Paginator
from django.db.models import BigIntegerField, Count, Exists, QuerySet, Subquery, Window
from django.db.models.expressions import CombinedExpression
from django.db.models.query import ModelIterable
from django.db.models.sql import Query
from django.db.models.sql.where import AND, OR, WhereNode

from kam.core.scoping import Way, Within, asking


def page_and_count(rows: QuerySet[Any], start: int, size: int) -> tuple[list[Any], int]:
    """The rows of a page of an ordered list, and how many rows the list has.

    The keys come first and the rows are read by them: in which way ten tables are best joined in the order of a list is much
    harder to find out than for fifty keys. Rows that a reader sees for two reasons, because of their own columns or because
    other tables say so, are found and counted in two parts: each has an index, both together have none. Where every row asks
    other tables, counting them would ask all of that a second time: the keys come with the count in one walk.
    """
    if not _each_once(rows):
        count = rows.count()
        return (list(rows[start : start + size]) if start < count else []), count
    asked = asking(rows, Way.FIRST)
    parts = _in_parts(asked)
    if len(parts) == 1 and any(map(_asks, asked.query.where.leaves())):
        listed, counted = asked, Window(Count("*"))
    else:
        listed, counted = _first_of(parts, start + size) if len(parts) > 1 else asked, _count(parts)
    found = list(listed.values_list("pk", counted)[start : start + size])
    if not found:
        return [], count_rows(rows) if start else 0
    keys = [key for key, _count in found]
    by_key = {row.pk: row for row in _shown_as(rows).filter(pk__in=keys)}
    return [by_key[key] for key in keys if key in by_key], found[0][1]


def count_rows(rows: QuerySet[Any]) -> int:
    """How many rows a list has."""
    parts = _in_parts(asking(rows, Way.FIRST)) if _each_once(rows) else [rows]
    return sum(part.order_by().count() for part in parts)


class Counted(Subquery):
    """How many rows a list has, found out once beside each row of its page."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) counted)"

    def __init__(self, rows: QuerySet[Any]) -> None:
        super().__init__(rows.order_by().values("pk"), output_field=BigIntegerField())

    def as_sql(self, *args: Any, **extra: Any) -> tuple[str, tuple[Any, ...]]:
        """The statement, or plainly 0 where the database need not be asked."""
        try:
            return super().as_sql(*args, **extra)
        except EmptyResultSet:
            return "0", ()


class Keys(Subquery):
    """The keys of rows, found before anything else."""

    template = "ARRAY(%(subquery)s)"

    def as_sql(self, *args: Any, **extra: Any) -> tuple[str, tuple[Any, ...]]:
        """The statement, or no keys where the database need not be asked."""
        try:
            return super().as_sql(*args, **extra)
        except EmptyResultSet:
            return "ARRAY[]::bigint[]", ()


class NotTrue(WhereNode):
    """What a condition leaves: where it is not so, and where it cannot be told for a blank."""

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        """The condition turned round."""
        try:
            words, parameters = super().as_sql(compiler, connection)
        except EmptyResultSet:
            raise FullResultSet from None
        except FullResultSet:
            raise EmptyResultSet from None
        return f"({words}) IS NOT TRUE", parameters


def _count(parts: list[QuerySet[Any]]) -> Any:
    counted: Any = Counted(parts[0])
    for part in parts[1:]:
        counted = counted + Counted(part)
    return counted


def _each_once(rows: QuerySet[Any]) -> bool:
    """Whether these are plainly rows of a model, each once; the others are left as they are."""
    query = rows.query
    if query.distinct or query.combinator or query.group_by is not None or query.is_sliced:
        return False
    joins: Any = query.alias_map.values()
    several = any(join.join_field.one_to_many for join in joins if hasattr(join, "join_field"))
    return not several and issubclass(rows._iterable_class, ModelIterable)  # type: ignore[attr-defined]


def _asks(leaf: Any) -> bool:
    """Whether a condition is a query of its own that is asked row by row."""
    parts = (leaf, getattr(leaf, "lhs", None), getattr(leaf, "rhs", None))
    return any(isinstance(part, Exists | Query) or (isinstance(part, Within) and part.way is not Way.FIRST) for part in parts)


def _in_parts(rows: QuerySet[Any]) -> list[QuerySet[Any]]:
    """The rows that their own columns let in, and those that only other tables let in; one part where that is not so."""
    where = rows.query.where
    for place, node in enumerate(where.children if where.connector == AND and not where.negated else []):
        if not isinstance(node, WhereNode) or node.connector != OR or node.negated:
            continue
        asking_others = [child for child in node.children if any(map(_asks, _leaves(child)))]
        own = [child for child in node.children if child not in asking_others]
        if own and asking_others:
            by_others = WhereNode([WhereNode(asking_others, OR), NotTrue(own, OR)], AND)
            return [_with(rows, place, WhereNode(own, OR)), _with(rows, place, by_others)]
    return [rows]


def _leaves(child: Any) -> Any:
    return child.leaves() if isinstance(child, WhereNode) else [child]


def _with(rows: QuerySet[Any], place: int, node: WhereNode) -> QuerySet[Any]:
    part = rows.all()
    part.query.where = rows.query.where.clone()
    part.query.where.children[place] = node.clone()
    return part


def _first_of(parts: list[QuerySet[Any]], most: int) -> QuerySet[Any]:
    """The first rows of each part, from which a page is taken."""
    own, by_others = (Keys(part.values("pk")[:most]) for part in parts)
    first = _shown_as(parts[0]).filter(pk__among=CombinedExpression(own, "||", by_others))
    return first.order_by(*parts[0].query.order_by)


def _shown_as(rows: QuerySet[Any]) -> QuerySet[Any]:
    """All rows, shown with what these are shown with; their condition has just been asked."""
    shown = rows.all()
    shown.query.where = WhereNode()
    shown.query.clear_ordering(force=True)
    return shown


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
