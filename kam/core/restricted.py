"""The role that KAM works as, where another one owns the tables: it reads and writes, and cannot change or delete history.

What the role may not do is read from the triggers that protect a table, so that the two never say different things. A
trigger alone can be asked to stand aside by whoever writes SQL; a right that a role does not have cannot be asked for.
"""

from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

import pgtrigger
from django.conf import settings
from django.db import connection, transaction
from psycopg import sql

from kam.core.records import Record


def let_in() -> None:
    """Give the role of DATABASE_URL what KAM needs, and no more; makes the role if need be. Nothing to do where it is the owner.

    The whole is one transaction: there is no moment in which the role could do more.
    """
    named = urlsplit(settings.RESTRICTED_ROLE)
    role = unquote(named.username or "")
    if not role or role == connection.settings_dict["USER"]:
        return
    with transaction.atomic(), connection.cursor() as cursor:
        _make(cursor, role, named)
        values = {"role": sql.Identifier(role), "database": sql.Identifier(connection.settings_dict["NAME"])}
        for statement in (*EVERYTHING, *_protected()):
            cursor.execute(sql.SQL(statement).format(**values))


def let_in_again(**_details: Any) -> None:
    """After each migration, for tables that are new."""
    let_in()


EVERYTHING = (
    "GRANT CONNECT, TEMPORARY ON DATABASE {database} TO {role}",
    "REVOKE CREATE ON SCHEMA public FROM PUBLIC, {role}",
    "GRANT USAGE ON SCHEMA public TO {role}",
    "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
    "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {role}",
    # What a table made later needs to be seen at all; the rest comes with the next migration.
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO {role}",
    "REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {role}",
)


def _protected() -> list[str]:
    """What is taken away again: what a trigger protects from change or deletion.

    Left are the columns that such a trigger leaves open, and in the history those in which people are erased.
    """
    found = []
    model: Any
    for model, trigger in pgtrigger.registered():
        if not isinstance(trigger, pgtrigger.Protect) or trigger.condition:
            continue
        left = [*(getattr(trigger, "exclude", None) or ()), *getattr(model, "erasable", ())]
        if isinstance(trigger, pgtrigger.ReadOnly) and issubclass(model, Record) and not left:
            continue  # a lock needs the right to change, and its history is kept all the same
        table = sql.Identifier(model._meta.db_table).as_string()
        for verb in ("UPDATE", "DELETE"):
            if verb in str(trigger.operation):
                found.append(f"REVOKE {verb} ON {table} FROM {{role}}")
        columns = ", ".join(str(model._meta.get_field(name).column) for name in left)
        if columns:
            found.append(f"GRANT UPDATE ({columns}) ON {table} TO {{role}}")
    return found


def _make(cursor: Any, role: str, named: SplitResult) -> None:
    """The role, with the password of its address; where it is there already, its password is its administrator's to change."""
    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
    if cursor.fetchone() is None:
        make = "CREATE ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD {}"
        cursor.execute(sql.SQL(make).format(sql.Identifier(role), sql.Literal(unquote(named.password or ""))))
