"""Secrets are nowhere but with their owners, and what was written down stays as it was: logs, history, tables, backups."""

import logging
import re
import tarfile
from pathlib import Path
from typing import Any

import pghistory
import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.apps import apps
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from accounts.models import User
from kam.core import backups
from kam.core.access_log import AccessLog
from kam.core.support import support
from tests.accounts.test_identity import PASSWORD, log_in, no_task_waits, person, real_installation
from tests.matrix import Matrix
from tests.world import World

__all__ = ["no_task_waits", "person", "real_installation"]

SECRET = re.compile(r"password|secret|digest|session_key|^hash$|_hash$|token|^data$|^key$")
#: Columns whose names only sound so: the key of a parameter, and of the record that a deviation is of.
HARMLESS = {("core", "parametervalueevent", "key"), ("budgets", "deviationevent", "key")}
EVENTS = sorted(
    (model for model in apps.get_models() if issubclass(model, pghistory.models.Event)), key=lambda model: model.__name__
)


def everywhere(text: str) -> list[str]:
    """The tables in which a text stands."""
    found = []
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT count(*) FROM "{table}" t WHERE strpos(t::text, %s) > 0', [text])
            if cursor.fetchone()[0]:
                found.append(table)
    return found


@pytest.mark.django_db(transaction=True)
def test_after_a_whole_journey_no_secret_stands_in_a_log_a_table_or_a_backup(
    client: Client, matrix: Matrix, person: Any, caplog: Any, mailoutbox: list, tmp_path: Path, monkeypatch: Any
) -> None:
    caplog.set_level(logging.DEBUG)
    wrong, fresh = "a wrong and noisy river", "another long and quiet river"
    log_in(client, person.email, wrong)
    log_in(client, person.email)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    token = client.post(reverse("core:token_list"), {"name": "ERP", "days": "30"}).context["secret"]
    feed = (
        client.post(reverse("accounts:feed_list"), {"name": "Phone"}).context["address"].rpartition("/")[2].removesuffix(".ics")
    )
    client.get("/accounts/2fa/totp/activate/")
    factor = client.session["mfa.totp.secret"]
    client.post("/accounts/2fa/totp/activate/", {"code": code_of(factor)})
    assert Authenticator.objects.filter(user=person, type="totp").exists()
    api = APIClient()
    api.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    assert api.get("/api/v1/customers/").status_code == 200
    assert api.post("/api/v1/markets/", {"code": "X"}).status_code == 403
    assert api.get(f"/api/v1/customers/?token={token}").status_code == 400
    assert Client().get(f"/calendar/{feed}.ics").status_code == 200
    client.post("/accounts/password/reset/", {"email": person.email})
    link = next(word for word in mailoutbox[-1].body.split() if "/reset/key/" in word)
    other = Client()
    other.post(other.get(link.removeprefix("https://kam.example"))["Location"], {"password1": fresh, "password2": fresh})
    assert User.objects.get(pk=person.pk).check_password(fresh)
    saved = backed_up(tmp_path, monkeypatch)
    assert "ERP" in saved and "Phone" in saved
    for secret in (PASSWORD, wrong, fresh, token, feed, factor, link.rstrip("/").rpartition("-")[2]):
        assert everywhere(secret) == [], secret[:6]
        assert secret not in caplog.text and secret not in saved, secret[:6]


def code_of(secret: str) -> str:
    """The one-time code of this moment."""
    return str(format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time())))))


def backed_up(folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The database of a backup without a key, as text."""
    monkeypatch.setenv("BACKUP_KEY", "")
    call_command("backup", str(folder / "kam.backup"))
    with tarfile.open(folder / "kam.backup") as archive:
        archive.extract(backups.DUMP, folder, filter="data")
    backups._call("pg_restore", "--no-owner", f"--file={folder / 'saved.sql'}", str(folder / backups.DUMP))
    return (folder / "saved.sql").read_text()


@pytest.mark.parametrize("model", EVENTS, ids=lambda model: model.__name__)
def test_no_history_holds_a_column_with_a_secret(model: Any) -> None:
    columns = {field.name for field in model._meta.fields}
    named = {
        one for one in columns if SECRET.search(one) and (model._meta.app_label, model._meta.model_name, one) not in HARMLESS
    }
    assert not named, f"exclude from tracking: {named}"


@pytest.mark.parametrize("model", [*EVENTS, AccessLog], ids=lambda model: model.__name__)
def test_what_was_written_down_is_neither_changed_nor_deleted(world: World, model: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT string_agg(DISTINCT CASE WHEN tgtype & 16 > 0 THEN 'update' END, ''),"
            " string_agg(DISTINCT CASE WHEN tgtype & 8 > 0 THEN 'delete' END, '')"
            " FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal AND tgenabled IN ('O', 'A')",
            [model._meta.db_table],
        )
        assert cursor.fetchone() == ("update", "delete")
    if not model._default_manager.exists():
        return
    column = model._meta.pk.column
    for statement in (f'UPDATE "{model._meta.db_table}" SET "{column}" = "{column}"', f'DELETE FROM "{model._meta.db_table}"'):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_the_support_site_shows_no_secret(world: World) -> None:
    browser = world.browsers["d"]
    for model in support._registry:
        columns = {field.name for field in model._meta.concrete_fields if SECRET.search(field.name)}
        row = model._default_manager.order_by("pk").first()
        if row is None:
            continue
        page = browser.get(
            reverse(f"support:{model._meta.app_label}_{model._meta.model_name}_change", args=[row.pk])
        ).content.decode()
        for one in columns:
            value = str(getattr(row, one))
            assert len(value) < 8 or value not in page, (model, one)
