"""Many new rows of one model at once, by COPY: triggers, history and constraints work as for any insert."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, models

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
                    values[place + 1] = field.get_db_prep_save(values[place + 1], connection)
                copy.write_row(values)
    return keys
