"""Many new rows of one model at once, by COPY: triggers, history and constraints work as for any insert."""

import gc
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from django.contrib.postgres.fields import DateRangeField
from django.db import connection, models
from django.db.backends.postgresql.psycopg_any import DateRange

#: Fields whose values the driver writes as they are; every other kind is prepared by its own rule first.
PLAIN = (
    models.CharField,
    models.TextField,
    models.BooleanField,
    models.IntegerField,
    models.DateField,
    models.DecimalField,
    models.ForeignKey,
)


@contextmanager
def many_rows() -> Iterator[None]:
    """While a large set of rows is built and written: Python does not look for cycles among them again and again.

    Rows hold no cycles, and the search would take as long as the work.
    """
    looking = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if looking:
            gc.enable()


@lru_cache(1024)
def _period_text(value: DateRange) -> str:
    """A period as the database reads it; an import writes the same one in every row."""
    return f"{value.bounds[0]}{value.lower or ''},{value.upper or ''}{value.bounds[1]}"


def _prepared(field: Any, value: Any) -> Any:
    if isinstance(field, DateRangeField) and isinstance(value, DateRange) and not value.isempty:
        return _period_text(value)
    return field.get_db_prep_save(value, connection)


def copy_in(model: type[models.Model], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> list[int]:
    """Insert new rows, given as the values of the named columns (a relation by its key), and answer with their keys.

    Every other column takes its default, here or in the database. Nothing is checked but what the database checks.
    Raises IntegrityError.
    """
    rows = list(rows)
    if not rows:
        return []
    fields: list[Any] = [model._meta.get_field(name) for name in names]
    rest: list[Any] = [
        field
        for field in model._meta.concrete_fields
        if field not in fields and not field.primary_key and not field.generated and not field.has_db_default()
    ]
    tail = [field.get_db_prep_save(field.get_default(), connection) for field in rest]
    prepared = [(place, field) for place, field in enumerate(fields) if not isinstance(field, PLAIN)]
    quote, table = connection.ops.quote_name, model._meta.db_table
    columns = ", ".join(quote(field.column) for field in (model._meta.pk, *fields, *rest))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)", [quote(table), "id", len(rows)]
        )
        keys = [key for (key,) in cursor.fetchall()]
        with connection.wrap_database_errors, cursor.cursor.copy(f"COPY {quote(table)} ({columns}) FROM STDIN") as copy:
            for key, row in zip(keys, rows, strict=True):
                values = [key, *row, *tail]
                for place, field in prepared:
                    values[place + 1] = _prepared(field, values[place + 1])
                copy.write_row(values)
    return keys
