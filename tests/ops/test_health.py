"""The two addresses for whoever watches over KAM."""

import pytest
from django.test import Client

from kam import health
from tests import workers


def test_the_process_lives_without_asking_the_database(client: Client) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.django_db
def test_ready_with_database_migrations_and_broker(client: Client) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "database": True, "migrations": True, "broker": True})


@pytest.mark.django_db
def test_not_ready_without_a_broker(client: Client) -> None:
    workers.send_to("redis+socket:///nowhere/redis.sock")
    try:
        answer = client.get("/readyz")
    finally:
        workers.send_to("memory://")
    assert answer.status_code == 503
    assert answer.json() == {"status": "not ready", "database": True, "migrations": True, "broker": False}


@pytest.mark.django_db
def test_not_ready_before_the_migrations_ran(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db.migrations.recorder import MigrationRecorder

    monkeypatch.setattr(health, "_migrated", False)
    MigrationRecorder.Migration.objects.filter(app="catalog").delete()
    MigrationRecorder.Migration.objects.filter(app="core").delete()
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["migrations"]) == (503, False)


@pytest.mark.parametrize("address", ["/healthz", "/readyz"])
def test_only_reading(client: Client, address: str) -> None:
    assert client.post(address).status_code == 405
