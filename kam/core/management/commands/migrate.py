"""Bring the tables to this version, as Django does and with its options, in a tenth of the time.

Django makes all models that stand around a changed one anew at each step: with these applications some minutes of a first start.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from django.core.management.commands import migrate
from django.db.migrations.state import ProjectState


@contextmanager
def each_model_made_once() -> Iterator[None]:
    """A step that changes a model makes that model anew, not the sixty around it as well.

    Those point at what the model was before, in which a table's statements do not differ; a migration that runs Python is
    given all of them anew as ever (`is_delayed`). That the tables are those of Django's own way: tests/ops/test_migrate.py.
    """

    def reload_models(state: ProjectState, models: Iterable[tuple[str, str]], delay: bool = True) -> None:
        if "apps" in state.__dict__:
            state.is_delayed = True
            state._reload(set(models))  # type: ignore[attr-defined]

    def reload_model(state: ProjectState, app_label: str, model_name: str, delay: bool = False) -> None:
        reload_models(state, [(app_label, model_name)])

    with patch.multiple(ProjectState, reload_model=reload_model, reload_models=reload_models):
        yield


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        with each_model_made_once():
            super().handle(*args, **options)
