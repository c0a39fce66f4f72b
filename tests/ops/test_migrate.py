"""Migrations: our command makes the tables that Django's own way makes."""

import hypothesis
import pytest
from django.core.management import call_command
from django.core.management.commands.migrate import Command as DjangosOwn
from django.db import connection
from django.test import override_settings

from kam.core.management.commands.migrate import Command
from kam.launch.postgres import drop_database
from tests import databases
from tests.workers import database_url

DEEP = hypothesis.settings.get_current_profile_name() == "deep"


def test_the_command_is_ours() -> None:
    from django.core.management import get_commands, load_command_class

    assert isinstance(load_command_class(get_commands()["migrate"], "migrate"), Command)


@pytest.mark.fuzz
@pytest.mark.skipif(not DEEP, reason="takes minutes: make fuzz")
def test_the_tables_are_those_of_djangos_own_way(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> None:
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        ours, usual = databases.structure(database_url()), connection.settings_dict["NAME"]
        name = f"{usual}_own_way"
        with databases.server() as maintenance:
            drop_database(name, maintenance)
            maintenance.execute(f'CREATE DATABASE "{name}"')
        databases.use(name)
        try:
            with override_settings(PGTRIGGER_INSTALL_ON_MIGRATE=True):
                call_command(DjangosOwn(), interactive=False, verbosity=0)
            call_command("createcachetable", verbosity=0)
            assert databases.structure(database_url()) == ours
        finally:
            databases.use(usual)
            with databases.server() as maintenance:
                drop_database(name, maintenance)
