"""The contract of row scoping: what a person may read is `visible_to(user)`, what they may write is `permitted(user, verb)`."""

from typing import Any, Self

from django.core.exceptions import EmptyResultSet
from django.db import models


@models.ForeignObject.register_lookup
@models.Field.register_lookup
class Among(models.Lookup):
    """`field__among=keys`: like `in`, for keys by the thousand, which are sent as one array."""

    lookup_name = "among"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        """`column = ANY(array)`; thanks to the cast PostgreSQL looks the keys up in a hash instead of one after the other."""
        keys = list(self.rhs)
        if not keys:
            raise EmptyResultSet
        left, parameters = self.process_lhs(compiler, connection)
        return f"{left} = ANY(%s::bigint[])", [*parameters, keys]


class ScopedQuerySet(models.QuerySet):
    """A queryset that answers for a person; a model that names no rule shows nothing."""

    def visible_to(self, user: Any) -> Self:
        """The rows that this person may read."""
        return self.none()

    def permitted(self, user: Any, verb: str) -> Self:
        """The rows inside the scope of a role grant of this person that carries the verb (`app.verb_noun`)."""
        return self.none()

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
