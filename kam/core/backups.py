"""Backup and restore: the database and all files as one file, put back whole or not at all."""

import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.utils.translation import gettext as _

from kam.core import clock
from kam.core.mails import Sending
from kam.core.restricted import let_in
from kam.core.sealed import NotReadable, SealingWriter, is_sealed, opened
from kam.core.webhooks import WebhookDelivery
from kam.core.workflow import Denied
from kam.launch.console import Trouble
from kam.launch.postgres import binaries

DUMP, MANIFEST, FILES = "database.dump", "manifest.json", "files"
# Rows that are worth nothing to anybody later: who is logged in where, and the cache.
EPHEMERAL = ("django_session", "usersessions_usersession", "kam_cache")


def backup(target: Path, key: str) -> None:
    """Write database and files into one file that only its owner may read; encrypted if there is a key.

    The file appears under its name only when it is whole. Raises Denied.
    """
    unfinished = target.with_name(f".{target.name}.unfinished")
    with _working_folder() as folder:
        _call("pg_dump", "--format=custom", "--no-owner", "--no-privileges", *_without_ephemeral(), f"--file={folder / DUMP}")
        manifest = {
            "format": 1,
            "made": clock.now().isoformat(),
            "migrations": sorted(MigrationRecorder(connection).applied_migrations()),
        }
        (folder / MANIFEST).write_text(json.dumps(manifest))
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
            writer: Any = SealingWriter(stream, key) if key else stream
            with tarfile.open(fileobj=writer, mode="w|") as archive:
                archive.add(folder / MANIFEST, MANIFEST)
                archive.add(folder / DUMP, DUMP)
                if Path(settings.MEDIA_ROOT).is_dir():
                    archive.add(settings.MEDIA_ROOT, FILES)
            if key:
                writer.close()
    unfinished.replace(target)


def restore(source: Path, key: str) -> None:
    """Put a backup in place of what is here: sessions end, mails and webhooks that had not gone out are not sent, newer tables are made.

    The database is replaced in one transaction, after the whole file was read and checked. Raises Denied.
    """
    with _working_folder() as folder:
        _unpack(source, key, folder)
        known = set(MigrationLoader(None, ignore_no_migrations=True).disk_migrations)
        if {tuple(each) for each in json.loads((folder / MANIFEST).read_text())["migrations"]} - known:
            raise Denied("newer_backup", _("This backup was made by a newer KAM. Install that version first."))
        _call("pg_restore", "--no-owner", "--no-privileges", f"--file={folder / 'restore.sql'}", str(folder / DUMP))
        (folder / "before.sql").write_text(BEFORE)
        (folder / "after.sql").write_text(nothing_waits())
        connection.close()
        scripts = [f"--file={folder / name}" for name in ("before.sql", "restore.sql", "after.sql")]
        _call(
            "psql", "--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1", *scripts, database_by_option=True
        )
        _replace_files(folder / FILES)
    call_command("migrate", interactive=False, verbosity=0)
    call_command("createcachetable", verbosity=0)
    let_in()


BEFORE = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pg_has_role(usename, 'USAGE') AND pid <> pg_backend_pid();
DROP SCHEMA public CASCADE;
CREATE SCHEMA public;
"""
NOTHING_WAITS = """
    IF to_regclass('{table}') IS NOT NULL THEN -- not in older backups
        UPDATE {table} SET state = 'cancelled' WHERE state = 'waiting';
    END IF;
"""


def nothing_waits() -> str:
    """What makes sure that mails, messages to devices and webhooks which had not gone out when the backup was made are not sent after it is put back."""
    kinds: list[Any] = [WebhookDelivery, *(model for model in apps.get_models() if issubclass(model, Sending))]
    blocks = "".join(NOTHING_WAITS.format(table=model._meta.db_table) for model in kinds)
    return f"SET search_path TO public;\nDO $$ BEGIN {blocks} END $$;\n"


@contextmanager
def _working_folder() -> Iterator[Path]:
    """A private folder beside the files, removed afterwards."""
    Path(settings.DATA_DIR).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="backup-", dir=settings.DATA_DIR) as folder:
        yield Path(folder)


def _without_ephemeral() -> list[str]:
    return ["--no-unlogged-table-data", *(f"--exclude-table-data={table}" for table in EPHEMERAL)]


def _call(tool: str, *arguments: str, database_by_option: bool = False) -> None:
    """Call a tool of PostgreSQL on our database; the password travels in the environment, not in the list of processes."""
    try:
        program = str(binaries() / tool)
    except Trouble:
        program = tool
    details = connection.settings_dict
    names = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD"}
    environment = {
        **os.environ,
        **{name: details[ours] for name, ours in names.items() if details[ours]},
        "PGDATABASE": details["NAME"],
    }
    if not database_by_option and tool == "pg_restore":
        environment.pop("PGDATABASE")
    done = subprocess.run([program, *arguments], env=environment, text=True, capture_output=True, check=False)
    if done.returncode:
        raise Denied("tool_failed", _("%(tool)s did not succeed: %(output)s") % {"tool": tool, "output": done.stderr[-1500:]})


def _unpack(source: Path, key: str, folder: Path) -> None:
    """Read the whole backup into the folder; a name that would lie outside it is refused."""
    not_a_backup = Denied("not_a_backup", _("This file is not a backup of KAM, or it was changed or cut off."))
    try:
        stream = source.open("rb")
    except OSError as problem:
        raise Denied("no_such_file", _("%(file)s cannot be read.") % {"file": source}) from problem
    plain = folder / "plain.tar"
    with stream, plain.open("wb") as copy:
        if not is_sealed(stream):
            shutil.copyfileobj(stream, copy)
        elif not key:
            raise Denied("key_needed", _("This backup is encrypted. Set BACKUP_KEY to the key that it was made with."))
        else:
            try:
                for piece in opened(stream, key):
                    copy.write(piece)
            except NotReadable as problem:
                raise Denied("wrong_key", _("BACKUP_KEY is not the key of this backup, or the file was changed.")) from problem
    try:
        with tarfile.open(plain) as archive:
            for member in archive:
                path = PurePosixPath(member.name)
                if path.is_absolute() or ".." in path.parts or not (member.isfile() or member.isdir()):
                    raise not_a_backup
                goal = folder / path
                if member.isdir():
                    goal.mkdir(parents=True, exist_ok=True)
                    continue
                goal.parent.mkdir(parents=True, exist_ok=True)
                content = archive.extractfile(member)
                with goal.open("wb") as out:
                    shutil.copyfileobj(content, out)  # type: ignore[arg-type]
    except (tarfile.TarError, EOFError) as problem:
        raise not_a_backup from problem
    plain.unlink()
    if not (folder / DUMP).is_file() or not (folder / MANIFEST).is_file():
        raise not_a_backup


def _replace_files(restored: Path) -> None:
    """Put the restored files in place of those that are there."""
    present = Path(settings.MEDIA_ROOT)
    shutil.rmtree(present, ignore_errors=True)
    if restored.is_dir():
        shutil.move(restored, present)
