"""The few calls that go up the house, by the names in settings.PORTS."""

from functools import cache
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string


@cache
def port(name: str) -> Any:
    """What stands behind a port; the table in the settings says where it lives."""
    return import_string(str(settings.PORTS[name]))


@cache
def ports(name: str) -> list[Any]:
    """Everything that stands behind a port which each floor may answer, lowest floor first."""
    return [import_string(path) for path in settings.PORTS[name]]
