"""Databases for tests: migrated once into a template, then copied; the template is named by what migrations and triggers say."""

import hashlib
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import pgtrigger
import psycopg
from django.apps import apps
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection, transaction
from psycopg import sql

from kam.core.documents import STANDARD_TYPES
from kam.launch.postgres import binaries, drop_database

KEPT_TEMPLATES = 3
LOCK = 7_240_510_001
# Keys begin past a thousand, where a page that writes one as a number for people ("1,001") breaks.
FIRST_KEY = 1001
# What may be written although a request was refused: who tried, and where the session stands.
LOGS = {
    "axes_accessattempt",
    "axes_accessattemptexpiration",
    "axes_accessfailurelog",
    "axes_accesslog",
    "complaints_estimatevisit",
    "core_accesslog",
    "django_session",
    "kam_api_quota",
    "kam_cache",
    "usersessions_usersession",
}

# What migrations make for every installation, and no test changes.
MADE_ONCE = {"auth_permission", "django_content_type"}


def template_name() -> str:
    """The name of the template that holds exactly these migrations and triggers, and the types of documents made with them."""
    digest = hashlib.sha256(str(FIRST_KEY).encode())
    for configuration in apps.get_app_configs():
        try:
            folder = Path(str(import_module(f"{configuration.name}.migrations").__file__)).parent
        except ModuleNotFoundError:
            continue
        for file in sorted(folder.glob("*.py")):
            digest.update(f"{configuration.label}/{file.name}".encode())
            digest.update(file.read_bytes())
    for model, trigger in sorted(pgtrigger.registered(), key=lambda one: one[1].get_uri(one[0])):
        digest.update(trigger.compile(model).hash.encode())
    digest.update(repr(STANDARD_TYPES).encode())
    return f"kam_template_{digest.hexdigest()[:16]}"


@contextmanager
def server() -> Iterator[psycopg.Connection]:
    """A connection to the maintenance database that holds a lock, so that only one process at a time makes databases."""
    details = connection.get_connection_params()
    chosen = {name: details[name] for name in ("host", "port", "user", "password") if details.get(name)}
    with psycopg.connect(dbname="postgres", autocommit=True, **chosen) as maintenance:
        maintenance.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        yield maintenance


def use(name: str) -> None:
    """From now on Django talks to this database."""
    connection.close()
    settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = name
    ContentType.objects.clear_cache()  # its keys are those of the database that was talked to before


def make(name: str, *, reuse: bool) -> None:
    """Make the database of a test run by copying the template; `reuse` keeps one that came from the same template."""
    template = template_name()
    with server() as maintenance:
        if not _exists(maintenance, template):
            _make_template(maintenance, template)
        if not (reuse and _origin(maintenance, name) == template):
            drop_database(name, maintenance)
            identifiers = {"name": sql.Identifier(name), "template": sql.Identifier(template)}
            maintenance.execute(sql.SQL("CREATE DATABASE {name} TEMPLATE {template}").format(**identifiers))
            maintenance.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(identifiers["name"], sql.Literal(template)))
    use(name)


def suit_tests(name: str) -> None:
    """Settings of a test run's database: who sees what in it is the same, it is only answered sooner.

    A commit need not be on the disk (a power cut would lose it), and nobody starts processes to read a handful of rows:
    where tables were never counted, PostgreSQL takes them for large. In which order it joins ten tables of some rows does not
    matter, and to compare all orders takes it ten times as long as to read them.
    """
    settings_of_tests = ("synchronous_commit TO off", "max_parallel_workers_per_gather TO 0", "join_collapse_limit TO 1")
    with connection.cursor() as cursor:
        for setting in settings_of_tests:
            cursor.execute(sql.SQL(f"ALTER DATABASE {{}} SET {setting}").format(sql.Identifier(name)))
    connection.close()


def contents() -> dict[str, tuple[int, Any]]:
    """Count and hash of the rows of every table, the named logs apart.

    PostgreSQL keeps the statement, which names two hundred tables, for the length of the connection: to plan it takes ten
    times as long as to carry it out. Where the transaction has tried to write nothing since the last answer, that one holds.
    """
    with connection.cursor() as cursor:
        written = _written(cursor)
        if written is not None and _last_contents.get("written") == written:
            found: dict[str, tuple[int, Any]] = _last_contents["found"]
            return found
        cursor.execute("SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace")
        tables = sorted({row[0] for row in cursor.fetchall()} - LOGS)
        statement = f"contents_{hashlib.sha256(' '.join(tables).encode()).hexdigest()[:16]}"
        cursor.execute("SELECT FROM pg_prepared_statements WHERE name = %s", [statement])
        if not cursor.fetchall():
            parts = [f"SELECT '{table}', count(*), sum(hashtextextended(t::text, 0)) FROM \"{table}\" t" for table in tables]
            cursor.execute(f"PREPARE {statement} AS {' UNION ALL '.join(parts)}")
        cursor.execute(f"EXECUTE {statement}")
        found = {table: (count, digest) for table, count, digest in cursor.fetchall()}
        _last_contents.update(written=written, found=found)
        return found


_last_contents: dict[str, Any] = {}


def _written(cursor: Any) -> tuple[Any, ...] | None:
    """Which transaction this is and how many rows it has tried to write, taken back or not; None outside one."""
    if not connection.in_atomic_block:
        return None
    tried = " + ".join(f"sum(pg_stat_get_xact_tuples_{what}(oid))" for what in ("inserted", "updated", "deleted"))
    cursor.execute(
        f"SELECT pg_backend_pid(), transaction_timestamp(), {tried} FROM pg_class"
        " WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace AND NOT relname = ANY(%s)",
        [sorted(LOGS)],
    )
    row: tuple[Any, ...] = cursor.fetchone()
    return row


def flush_what_was_written() -> None:
    """After a test that committed: remove its rows and nothing else.

    Django truncates every table, which takes a second, and then migrates anew: kinds and rights are made once more and
    each trigger is installed, which takes another two. What migrations made stays here, and what a test wrote is
    deleted, triggers and references silent as with TRUNCATE.
    """
    connection.ops.sql_flush = _emptying  # type: ignore[method-assign,assignment]
    settings.PGTRIGGER_INSTALL_ON_MIGRATE = False


def _emptying(_style: Any, tables: list[str], **_how: Any) -> list[str]:
    with connection.cursor() as cursor:
        parts = [f"SELECT '{table}' WHERE EXISTS (SELECT FROM \"{table}\")" for table in tables if table not in MADE_ONCE]
        cursor.execute(" UNION ALL ".join(parts))
        return ["SET LOCAL session_replication_role = replica", *(f'DELETE FROM "{table}"' for (table,) in cursor.fetchall())]


@contextmanager
def another(purpose: str) -> Iterator[None]:
    """A database fresh from the template, which Django talks to until the block ends; it is removed then."""
    usual = connection.settings_dict["NAME"]
    name = f"{usual}_{purpose}"
    make(name, reuse=False)
    suit_tests(name)
    try:
        yield
    finally:
        use(usual)
        with server() as maintenance:
            drop_database(name, maintenance)


@contextmanager
def forgotten() -> Iterator[None]:
    """What is done here is undone at the end, so that no case is the world of the next one."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def _exists(maintenance: psycopg.Connection, name: str) -> bool:
    return maintenance.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is not None


def _origin(maintenance: psycopg.Connection, name: str) -> str:
    found = maintenance.execute(
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [name]
    ).fetchone()
    return str(found[0]) if found else ""


def structure(address: str) -> list[str]:
    """What the tables of a database are, in SQL; where their keys begin is left out."""
    command = [str(binaries() / "pg_dump"), "--schema-only", "--no-owner", "--no-privileges", address]
    text = subprocess.run(command, text=True, capture_output=True, check=True).stdout
    return [line for line in text.splitlines() if not re.match(r"\s+START WITH|\\", line)]


def _make_template(maintenance: psycopg.Connection, template: str) -> None:
    unfinished = f"{template}_unfinished"
    drop_database(unfinished, maintenance)
    maintenance.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(unfinished)))
    use(unfinished)
    try:
        call_command("migrate", interactive=False, verbosity=0)
        call_command("createcachetable", verbosity=0)
        with connection.cursor() as cursor:
            cursor.execute("SELECT sequencename FROM pg_sequences WHERE schemaname = 'public'")
            for (sequence,) in cursor.fetchall():
                start = sql.SQL("ALTER SEQUENCE {} START {} RESTART").format(sql.Identifier(sequence), sql.Literal(FIRST_KEY))
                cursor.execute(start)
    finally:
        connection.close()
    maintenance.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(unfinished), sql.Identifier(template)))
    old = maintenance.execute(
        "SELECT datname FROM pg_database WHERE datname LIKE 'kam\\_template\\_%' ORDER BY oid DESC"
    ).fetchall()
    for (name,) in old[KEPT_TEMPLATES:]:
        drop_database(name, maintenance)
