"""History of business rows: database triggers write every insert, update and delete with actor, verb and reason; nothing else does."""

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any

import pghistory
import pgtrigger
from django.db import connection

#: The moment that a story told afterwards (the demonstration, `clock.moment`) takes for now; None is the real one.
told_moment: ContextVar[datetime | None] = ContextVar("told_moment", default=None)
_current: ContextVar[tuple[str, str] | None] = ContextVar("history", default=None)


def tracked(*, exclude: tuple[str, ...] = ()) -> Any:
    """Class decorator: keep every state of every row of this model, append-only; `exclude` names columns with secrets."""
    return pghistory.track(
        pghistory.InsertEvent("insert"),
        pghistory.UpdateEvent("update"),
        pghistory.DeleteEvent("delete"),
        exclude=[*exclude] or None,
        context_field=pghistory.ContextJSONField(null=True),
        context_id_field=pghistory.ContextUUIDField(null=True),
        append_only=True,
        level=pgtrigger.Statement,
    )


def _set(identifier: str, metadata: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('pghistory.context_id', %s, true), set_config('pghistory.context_metadata', %s, true)",
            [identifier, metadata],
        )


def step() -> str:
    """The identifier of the step that is bound now, as every row of the history that it writes carries it; empty outside one."""
    current = _current.get()
    return current[0] if current else ""


@contextmanager
def bound(*, actor: Any, verb: str, reason: str = "", principal: int | None = None) -> Iterator[None]:
    """Bind actor, verb and reason to every row that the triggers write until the block ends; only inside a transaction.

    Nested blocks keep one identifier, so that what one person did in one step is read back as one step.
    `principal` is the key of the person for whom the actor acts as substitute (W7).
    """
    outer = _current.get()
    identifier = outer[0] if outer else str(uuid.uuid4())
    said = {"actor": actor.pk if actor else None, "verb": verb, "reason": reason} | (
        {"principal": principal} if principal else {}
    )
    told = told_moment.get()
    metadata = json.dumps(said | ({"at": told.isoformat()} if told else {}))
    token = _current.set((identifier, metadata))
    _set(identifier, metadata)
    try:
        yield
        _set(*(outer or ("", "")))
    finally:
        _current.reset(token)
