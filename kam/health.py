"""Two addresses for whoever watches over KAM: does the process live, and can it work. No log-in, no figures, no names."""

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from kombu.exceptions import OperationalError

from kam.celery import app

_migrated = False


def database_answers() -> bool:
    """Is the database there?"""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def database_is_migrated() -> bool:
    """Has every migration of this version run? Asked until it is so; it does not become untrue while a process lives."""
    global _migrated
    if not _migrated:
        try:
            executor = MigrationExecutor(connection)
            _migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
        except DatabaseError:
            return False
    return _migrated


def broker_answers() -> bool:
    """Does the broker take tasks?"""
    try:
        with app.connection_for_write(connect_timeout=0.5) as broker:
            broker.ensure_connection(max_retries=1, interval_start=0, interval_step=0, timeout=1)
    except (OperationalError, OSError):
        return False
    return True


@login_not_required
@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """The process lives."""
    return JsonResponse({"status": "ok"})


@login_not_required
@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Database, migrations and broker are there; 503 and which is missing otherwise."""
    database = database_answers()
    found = {"database": database, "migrations": database and database_is_migrated(), "broker": broker_answers()}
    ready = all(found.values())
    return JsonResponse({"status": "ok" if ready else "not ready", **found}, status=200 if ready else 503)


urlpatterns = [path("healthz", healthz, name="healthz"), path("readyz", readyz, name="readyz")]
