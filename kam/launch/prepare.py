"""Between the services and the web server: tables, translations, the demonstration company or the first administrator."""

import os

import django

from kam import configuration


def prepare() -> None:
    """Bring the database and the translations to this version; every step is quick when there is nothing to do."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kam.settings")
    configuration.as_owner = True
    from django.conf import settings

    from kam.core.catalogues import compile_all

    compile_all(settings.LOCALE_PATHS)  # first: a catalogue that is missing when Django looks for it is missing to the end
    django.setup()
    from django.core.management import call_command, get_commands
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    from kam.core.restricted import let_in

    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", interactive=False, verbosity=0)
    call_command("createcachetable", verbosity=0)
    let_in()
    if settings.DEMO and "demo" in get_commands():
        call_command("demo", if_empty=True)
    elif not settings.DEMO:
        call_command("first_administrator")


if __name__ == "__main__":
    prepare()
