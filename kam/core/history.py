"""History of business rows: database triggers write every insert, update and delete with actor, verb and reason; nothing else does.

What happened to a row is told to other systems from the same place (outbox): whoever is tracked is told.
"""

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

from kam.core import outbox
from kam.core.dispatch import dispatch
from kam.core.records import Record

TELL = "kam.core.tasks.tell_webhooks"
LEAVE = """
SELECT CASE WHEN current_setting(%(waiting)s, true) = '1' THEN set_config(%(waiting)s, '2', true) END,
    set_config('pghistory.context_id', '', true), set_config('pghistory.context_metadata', '', true)
"""

#: The moment that a story told afterwards (the demonstration, `clock.moment`) takes for now; None is the real one.
told_moment: ContextVar[datetime | None] = ContextVar("told_moment", default=None)
_current: ContextVar[tuple[str, str] | None] = ContextVar("history", default=None)
#: The models whose steps are told in the time line of another record, each with the path that leads to it.
BESIDE: list[tuple[str, Any]] = []


def tracked(
    *,
    exclude: tuple[str, ...] = (),
    erasable: tuple[str, ...] = (),
    beside: str = "",
    told_at: tuple[str, ...] = (),
    named_by: str = "",
) -> Any:
    """Class decorator: keep every state of every row of this model, append-only; `exclude` names columns with secrets.

    `erasable` names columns that may name a person: erasing one writes over them in the history too, and over no others.
    `beside` names the key of the record in whose time line the steps of these rows are told as well; each row is called there by
    its `named_by`. `told_at` names the paths (`plant__customer`) to records which tell of these rows to who may see them. Changes of business rows (`Record`) are also written down for webhooks.
    """
    track = pghistory.track(
        pghistory.InsertEvent("insert"),
        pghistory.UpdateEvent("update"),
        pghistory.DeleteEvent("delete"),
        exclude=[*exclude] or None,
        context_field=pghistory.ContextJSONField(null=True),
        context_id_field=pghistory.ContextUUIDField(null=True),
        append_only=True,
        level=pgtrigger.Statement,
    )

    def decorate(model: Any) -> Any:
        made = track(outbox.told(model) if issubclass(model, Record) else model)
        made.pgh_event_model.erasable = erasable
        if beside or told_at:
            made.pgh_event_model.named_by, made.pgh_event_model.told_at = named_by, told_at
            BESIDE.extend((path, made) for path in (*([beside] if beside else []), *told_at))
        return made

    return decorate


def told_beside(model: Any) -> list[tuple[str, Any]]:
    """The models whose steps are told in the time line of records of this one, each with its path to it."""
    return [(path, one) for path, one in BESIDE if _end_of(path, one) is model]


def _end_of(path: str, model: Any) -> Any:
    for name in path.split("__"):
        model = model._meta.get_field(name).related_model
    return model


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


def _leave() -> None:
    """Forget who acts; where the transaction wrote something down for other systems, have it sent once it has committed."""
    with connection.cursor() as cursor:
        cursor.execute(LEAVE, {"waiting": outbox.WAITING})
        if cursor.fetchone()[0]:
            dispatch(TELL)


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
        if outer:
            _set(*outer)
        else:
            _leave()
    finally:
        _current.reset(token)
