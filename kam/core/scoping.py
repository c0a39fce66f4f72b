"""The contract of row scoping: what a person may read is `visible_to(user)`, what they may write is `permitted(user, verb)`."""

from copy import copy
from dataclasses import dataclass
from enum import Enum
from typing import Any, Self

from django.core.exceptions import EmptyResultSet
from django.db import connection, models
from django.db.models import Q, Value
from django.db.models.sql.where import WhereNode

from kam.core.sql import Sql


@dataclass(frozen=True, eq=False)
class Reach:
    """Keys of records as the statement that finds them, or everything; without a statement, nothing.

    `few` says that the statement finds few beside the rows of a list, so that the list begins with it.
    """

    statement: str = ""
    parameters: tuple[Any, ...] = ()
    few: bool = False
    everything: bool = False

    def has(self, key: str) -> Any:
        """The condition that a key (`pk`, `plant`) lies within, to be joined with others by | and &."""
        if self.everything:
            return Q()
        return Q(Within(key, self)) if self.statement else Q(pk__in=[])

    def keys(self) -> list[int]:
        """The keys themselves, thousands perhaps: to compare two moments, never to filter a list."""
        if not self.statement:
            return []
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT DISTINCT key FROM ({self.statement}) reach (key) ORDER BY key", self.parameters)  # noqa: S608 - our own words
            return [key for (key,) in cursor.fetchall()]

    def in_sql(self, column: str, name: str, way: "Way") -> tuple[str, dict[str, Any]]:
        """The condition that a column lies within, for SQL of one's own; its parameters have names that begin with `name`."""
        names = [f"{name}_{place}" for place in range(len(self.parameters))]
        statement = self.statement % tuple(f"%({one})s" for one in names)
        return way.value.format(statement=statement).format(column), dict(zip(names, self.parameters, strict=True))

    def mark(self, key: str) -> Any:
        """The same as a yes or no beside each row of a page."""
        return Within(key, self, Way.ROW_BY_ROW) if self.statement else Value(self.everything)


class Way(Enum):
    """How the database is to find out what lies within: it plans a statement of several parts (UNION ALL) as a whole.

    EITHER leaves it the choice: a hash of the whole where many rows ask, a look into the indexes of each part where few do.
    ROW_BY_ROW says that few ask; nothing else is planned. FIRST finds the keys of the reach and fetches their rows by an index,
    whatever else is asked.
    """

    EITHER = "(EXISTS (SELECT FROM ({statement}) reach (key) WHERE reach.key = {{0}})) IS TRUE"
    ROW_BY_ROW = "EXISTS (SELECT FROM ({statement}) reach (key) WHERE reach.key = {{0}} OFFSET 0)"
    FIRST = "{{0}} = ANY(ARRAY(SELECT reach.key FROM ({statement}) reach (key)))"


class Within(Sql):
    """Whether a key is among those that a reach finds."""

    def __init__(self, key: str, reach: Reach, way: Way = Way.EITHER) -> None:
        super().__init__("", key, parameters=reach.parameters, output_field=models.BooleanField())
        self.reach = reach
        self.ask(way)

    def ask(self, way: Way) -> None:
        """Have it found out in this way."""
        self.way = way
        self.words = way.value.format(statement=self.reach.statement)


def asking(rows: Any, way: Way) -> Any:
    """The same rows, with every condition about a reach asked in this way."""
    asked = rows.all()
    asked.query.where = _ask(asked.query.where.clone(), way)
    return asked


def _ask(where: Any, way: Way) -> Any:
    for place, child in enumerate(where.children):
        if isinstance(child, WhereNode):
            _ask(child, way)
        elif isinstance(getattr(child, "lhs", None), Within) and (way is not Way.FIRST or child.lhs.reach.few):
            asked = copy(child)
            asked.lhs = copy(child.lhs)
            asked.lhs.ask(way)
            where.children[place] = asked
    return where


@models.ForeignObject.register_lookup
@models.Field.register_lookup
class Among(models.Lookup):
    """`field__among=keys`: like `in`, for keys by the thousand, which are sent as one array, or an expression that is one."""

    lookup_name = "among"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        """`column = ANY(array)`; thanks to the cast PostgreSQL looks the keys up in a hash instead of one after the other."""
        left, parameters = self.process_lhs(compiler, connection)
        if hasattr(self.rhs, "as_sql"):
            words, more = compiler.compile(self.rhs)
            return f"{left} = ANY({words})", [*parameters, *more]
        keys = list(self.rhs)
        if not keys:
            raise EmptyResultSet
        return f"{left} = ANY(%s::bigint[])", [*parameters, keys]


class ScopedQuerySet(models.QuerySet):
    """A queryset that answers for a person; a model that names no rule shows nothing."""

    def visible_to(self, user: Any) -> Self:
        """The rows that this person may read."""
        return self.none()

    def permitted(self, user: Any, verb: str) -> Self:
        """The rows inside the scope of a role grant of this person that carries the verb (`app.verb_noun`)."""
        return self.none()

    def within(self, reach: Reach, key: str = "pk") -> Self:
        """The rows whose key lies within a reach."""
        if reach.everything:
            return self
        return self.filter(Within(key, reach)) if reach.statement else self.none()

    def few(self) -> Self:
        """The same rows, of which few will be asked for: one by its key, those of one record."""
        return asking(self, Way.ROW_BY_ROW)

    def locked(self) -> Self:
        """The same rows, locked until the transaction ends, always in the order of their keys.

        Rows that merely refer to them may still be written: keys never change, and two people whose steps name each other
        (each in the history of the other) would wait for each other for ever.
        """
        return self.order_by("pk").select_for_update(of=("self",), no_key=True)

    def for_list(self) -> Self:
        """The same rows with what a list needs to be shown without a query a row."""
        return self


class SharedQuerySet(ScopedQuerySet):
    """Rows that every signed-in person may read (locations, families, calendars); writing asks a role that carries the verb."""

    def visible_to(self, user: Any) -> Self:
        return self if user.is_authenticated and user.is_active else self.none()

    def permitted(self, user: Any, verb: str) -> Self:
        return self if user.may(verb) else self.none()


class OwnQuerySet(ScopedQuerySet):
    """Rows that belong to one person (`owner_field`): notifications, tokens, saved views."""

    owner_field = "user"

    def visible_to(self, user: Any) -> Self:
        return self.filter(**{self.owner_field: user}) if user.is_authenticated and user.is_active else self.none()

    def permitted(self, user: Any, verb: str) -> Self:
        return self.visible_to(user)
