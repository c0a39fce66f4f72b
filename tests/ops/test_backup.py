"""Backup and restore on the real tools: what comes back, what does not, and what is refused without touching anything."""

import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import translation

from accounts.models import User
from kam.core.mails import OutgoingMail
from tests import databases

KEY = "a key that is kept elsewhere"


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """The commands say what they refuse in English here."""
    with translation.override("en"):
        yield


@pytest.fixture
def own_database(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """A database of this test's own: a restore replaces it as a whole."""
    with django_db_blocker.unblock(), databases.another("restored"):
        yield


@pytest.fixture
def person(own_database: None) -> User:
    return User.objects.create_user("zoë@kam.example", "a password of hers", first_name="Zoë", last_name="Šimić")


@pytest.fixture
def saved(person: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A backup with a person, a session, a file and a mail that had not gone out."""
    monkeypatch.setenv("BACKUP_KEY", KEY)
    session = SessionStore()
    session.create()
    OutgoingMail.objects.create(reader=person, key="waiting")
    OutgoingMail.objects.create(reader=person, key="failed", state="failed")
    default_storage.save("drawing.txt", ContentFile(b"a shaft"))
    file = tmp_path / "kam.backup"
    call_command("backup", str(file))
    return file


def test_everything_comes_back_but_sessions_and_unsent_mail(saved: Path, person: User) -> None:
    before = databases.contents()
    User.objects.filter(pk=person.pk).update(first_name="changed")
    OutgoingMail.objects.create(reader=person, key="made after the backup")
    default_storage.delete("drawing.txt")
    default_storage.save("later.txt", ContentFile(b"made after the backup"))

    call_command("restore", str(saved))

    after = databases.contents()
    assert {table for table in before if before[table] != after[table]} == {"core_outgoingmail"}
    assert User.objects.get().first_name == "Zoë"
    assert Session.objects.count() == 0
    assert dict(OutgoingMail.objects.values_list("key", "state")) == {"waiting": "cancelled", "failed": "failed"}
    assert default_storage.open("drawing.txt").read() == b"a shaft"
    assert not default_storage.exists("later.txt")
    with connection.cursor() as cursor:
        cursor.execute("SELECT kam_plain('Žižkov'), (SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'pgtrigger%')")
        plain, triggers = cursor.fetchone()
    assert plain == "zizkov"
    assert triggers > 0


def test_the_file_is_private_encrypted_and_whole(saved: Path) -> None:
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600
    content = saved.read_bytes()
    assert b"PGDMP" not in content
    assert b"a shaft" not in content
    assert KEY.encode() not in content
    assert [file.name for file in saved.parent.iterdir()] == [saved.name]
    assert not list(Path(settings.DATA_DIR).glob("backup-*"))


def test_without_a_key_it_is_a_plain_archive(person: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BACKUP_KEY", "")
    file = tmp_path / "plain.backup"
    call_command("backup", str(file))
    User.objects.all().delete()
    call_command("restore", str(file))
    assert User.objects.get().last_name == "Šimić"


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda content: content[:-1], "the file was changed"),
        (lambda content: content[:-40] + bytes([content[-40] ^ 1]) + content[-39:], "the file was changed"),
        (lambda content: b"not a backup at all", "not a backup"),
        (lambda content: b"", "not a backup"),
    ],
)
def test_a_spoilt_file_is_refused_and_nothing_is_touched(saved: Path, spoil: Any, says: str) -> None:
    saved.write_bytes(spoil(saved.read_bytes()))
    before = databases.contents()
    with pytest.raises(CommandError, match=says):
        call_command("restore", str(saved))
    assert databases.contents() == before
    assert default_storage.exists("drawing.txt")


@pytest.mark.parametrize(("key", "says"), [("another key", "not the key"), ("", "encrypted")])
def test_the_wrong_key_is_refused(saved: Path, monkeypatch: pytest.MonkeyPatch, key: str, says: str) -> None:
    monkeypatch.setenv("BACKUP_KEY", key)
    before = databases.contents()
    with pytest.raises(CommandError, match=says):
        call_command("restore", str(saved))
    assert databases.contents() == before


def test_a_backup_of_a_newer_version_is_refused(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db.migrations.loader import MigrationLoader

    usual = MigrationLoader.load_disk

    def older(self: MigrationLoader) -> None:
        usual(self)
        self.disk_migrations = {key: value for key, value in self.disk_migrations.items() if key[0] != "axes"}

    monkeypatch.setattr(MigrationLoader, "load_disk", older)
    before = databases.contents()
    with pytest.raises(CommandError, match="newer KAM"):
        call_command("restore", str(saved))
    assert databases.contents() == before
