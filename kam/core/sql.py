"""Expressions in the database's own words, for what the query builder says at great length or not at all."""

from collections.abc import Sequence
from typing import Any

from django.db import models
from django.db.models import F


class Sql(models.Expression):
    """An expression as SQL: `{0}`, `{1}` stand for columns of the row (`keys`), `%s` for `parameters`, in this order.

    The words are ours, never a person's; what a person gave travels as a parameter.
    """

    def __init__(self, words: str, *keys: str, parameters: Sequence[Any] = (), output_field: Any = None) -> None:
        super().__init__(output_field=output_field or models.TextField())
        self.words, self.parameters = words, tuple(parameters)
        self.keys: list[Any] = [F(key) for key in keys]

    def get_source_expressions(self) -> list[Any]:
        return self.keys

    def set_source_expressions(self, exprs: Any) -> None:
        self.keys = list(exprs)

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        columns = []
        for key in self.keys:
            column, parameters = compiler.compile(key)
            assert not parameters, "a key is a column"
            columns.append(column)
        return self.words.format(*columns), self.parameters
