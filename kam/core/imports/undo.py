"""Taking an import back: what the history says that it wrote is as it was before, or nothing is, if something rests on it by now."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import DatabaseError, connection, models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kam.core import history
from kam.core.records import About
from kam.core.workflow import Denied

OWN = {"core.Import"}  # the import's own record stays
# Every row that the import wrote: what it was before (an earlier event) and what the import left (its last event).
WRITTEN = """
CREATE TEMPORARY TABLE {mine} ON COMMIT DROP AS
SELECT pgh_obj_id AS key, max(pgh_id) AS last, (array_agg(pgh_label ORDER BY pgh_id))[1] = 'insert' AS made,
    (array_agg(pgh_label ORDER BY pgh_id DESC))[1] = 'delete' AS gone,
    (SELECT max(earlier.pgh_id) FROM {events} AS earlier WHERE earlier.pgh_obj_id = one.pgh_obj_id AND earlier.pgh_id < min(one.pgh_id)) AS before
FROM {events} AS one WHERE pgh_id > %s AND pgh_id <= %s AND pgh_context_id = %s GROUP BY pgh_obj_id
"""
CHANGED_SINCE = "SELECT count(DISTINCT mine.key) FROM {mine} AS mine JOIN {events} AS later ON later.pgh_obj_id = mine.key AND later.pgh_id > mine.last"
REMOVE = "DELETE FROM {table} WHERE {key} IN (SELECT key FROM {mine} WHERE made)"
RESTORE = """
UPDATE {table} AS held SET ({columns}) = (SELECT {columns} FROM {events} AS earlier WHERE earlier.pgh_id = mine.before)
FROM {mine} AS mine WHERE held.{key} = mine.key AND NOT mine.made AND NOT mine.gone
"""
# What the import took away stands again under its key.
BRING_BACK = """
INSERT INTO {table} ({key}, {columns})
SELECT earlier.pgh_obj_id, {columns} FROM {events} AS earlier JOIN {mine} AS mine ON earlier.pgh_id = mine.before WHERE NOT mine.made AND mine.gone
"""


def _event_models() -> Iterator[Any]:
    """The models of the history, each of which knows the model whose changes it holds."""
    for model in apps.get_models():
        tracked = getattr(model, "pgh_tracked_model", None)
        if tracked is not None and tracked._meta.label not in OWN:
            yield model


def _newest() -> dict[str, int]:
    parts = " UNION ALL ".join(
        f"SELECT '{model._meta.label}', coalesce(max(pgh_id), 0) FROM {model._meta.db_table}"  # noqa: S608 - names of our own
        for model in _event_models()
    )
    with connection.cursor() as cursor:
        cursor.execute(parts)
        return dict(cursor.fetchall())


@contextmanager
def noted(written: dict[str, Any]) -> Iterator[None]:
    """Note what the history receives while an import is carried out: from where to where, and under which step."""
    before = _newest()
    yield
    written["step"] = history.step()
    written["events"] = {label: [before[label], last] for label, last in _newest().items() if last > before[label]}


def take_back(written: dict[str, Any], *, actor: Any) -> int:
    """Remove what an import made and restore what it changed, inside the caller's transaction; answers how many rows.

    Raises Denied, and then nothing is taken back, where rows were changed since, where other records rest on new ones, or
    where they no longer lie in the person's area.
    """
    sets = [
        _Rows(number, apps.get_model(label), first, last, written["step"])
        for number, (label, (first, last)) in enumerate(written.get("events", {}).items())
    ]
    sets = [one for one in sets if one.count]
    if not sets:
        raise Denied("import_undo_nothing", _("This import wrote nothing that could be taken back."))
    for one in sets:
        one.lock()
    _refuse_hidden(sum(one.hidden(actor) for one in sets))
    _refuse_changed(sum(one.changed_since() for one in sets))
    _refuse_used(sum(one.used(sets) for one in sets))
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            for statement in (one.remove for one in reversed(sets)):
                statement()
            for statement in (one.restore for one in sets):
                statement()
            for statement in (one.bring_back for one in sets):
                statement()
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    except DatabaseError:
        # What the database keeps for good (a published cost, a released revision), or a reference that is not declared.
        raise Denied(
            "import_undo_kept", _("What this import wrote is in use or is kept for good; it cannot be taken back.")
        ) from None
    return sum(one.count for one in sets)


def _refuse_hidden(count: int) -> None:
    if count:
        text = ngettext(
            "%(count)d row of this import no longer lies in your area. Nothing was taken back.",
            "%(count)d rows of this import no longer lie in your area. Nothing was taken back.",
            count,
        )
        raise Denied("import_undo_outside", text % {"count": count})


def _refuse_changed(count: int) -> None:
    if count:
        text = ngettext(
            "%(count)d row of this import was changed since. Nothing was taken back.",
            "%(count)d rows of this import were changed since. Nothing was taken back.",
            count,
        )
        raise Denied("import_undo_changed", text % {"count": count})


def _refuse_used(count: int) -> None:
    if count:
        text = ngettext(
            "Other records refer to %(count)d new row of this import. Nothing was taken back.",
            "Other records refer to %(count)d new rows of this import. Nothing was taken back.",
            count,
        )
        raise Denied("import_undo_used", text % {"count": count})


class _Rows:
    """The rows of one model that an import wrote, in a temporary table of their keys."""

    def __init__(self, number: int, events: Any, first: int, last: int, step: str) -> None:
        self.model = events.pgh_tracked_model
        quote = connection.ops.quote_name
        self.names = {
            "mine": f"import_undone_{number}",
            "events": quote(events._meta.db_table),
            "table": quote(self.model._meta.db_table),
            "key": quote(self.model._meta.pk.column),
        }
        kept = {field.column for field in events._meta.concrete_fields}
        self.columns = [
            field.column
            for field in self.model._meta.concrete_fields
            if field.column in kept
            and not field.primary_key
            and not field.generated
            and field.name not in {"version", "updated_at"}
        ]
        self._run("DROP TABLE IF EXISTS {mine}")
        self.count = self._run(WRITTEN, first, last, step)

    def _run(self, statement: str, *values: Any) -> int:
        with connection.cursor() as cursor:
            cursor.execute(statement.format(**self.names), values)
            return int(cursor.rowcount)

    def _one(self, statement: str, *values: Any) -> Any:
        with connection.cursor() as cursor:
            cursor.execute(statement.format(**self.names), values)
            return cursor.fetchone()[0]

    def lock(self) -> None:
        """Nobody changes these rows while they are looked at."""
        self._run("SELECT FROM {table} WHERE {key} IN (SELECT key FROM {mine}) ORDER BY {key} FOR UPDATE")

    def keys(self, only_made: bool = False) -> list[int]:
        """The keys of the rows that were written, or of those that are new."""
        found = self._one("SELECT coalesce(array_agg(key), '{{}}') FROM {mine} WHERE made OR NOT %s", only_made)
        return list(found)

    def hidden(self, actor: Any) -> int:
        """How many of the rows this person does not see any more."""
        rows = self.model._default_manager
        if actor is None or not hasattr(rows, "visible_to"):
            return 0
        keys = self.keys()
        present = set(self.model._base_manager.filter(pk__among=keys).values_list("pk", flat=True))
        return len(present - set(rows.visible_to(actor).filter(pk__among=keys).values_list("pk", flat=True)))

    def changed_since(self) -> int:
        """How many of the rows have a later change."""
        return int(self._one(CHANGED_SINCE))

    def used(self, sets: list["_Rows"]) -> int:
        """How many of the new rows other records refer to that this import did not make itself."""
        made = self.keys(only_made=True)
        if not made:
            return 0
        own = {one.model: one.keys(only_made=True) for one in sets}
        found: set[int] = set()
        for relation in self.model._meta.related_objects:
            other, column = relation.related_model, relation.field.attname
            if hasattr(other, "pgh_tracked_model") or relation.field.many_to_many or not other._meta.managed:
                continue  # the history remembers what is gone
            if relation.on_delete is models.DO_NOTHING:
                continue  # what the database keeps beside a row goes with it
            rows = other._base_manager.filter(**{f"{column}__among": made}).exclude(pk__among=own.get(other, []))
            found |= set(rows.values_list(column, flat=True))
        kind = ContentType.objects.get_for_model(self.model)
        for model in apps.get_models():
            if issubclass(model, About):
                rows = model._base_manager.filter(content_type=kind, object_id__among=made).exclude(pk__among=own.get(model, []))
                found |= set(rows.values_list("object_id", flat=True))
        return len(found)

    def remove(self) -> None:
        """The new rows go."""
        self._run(REMOVE)

    def restore(self) -> None:
        """The changed rows are as they were. Raises DatabaseError where one is not there any more."""
        changed = int(self._one("SELECT count(*) FROM {mine} WHERE NOT made AND NOT gone"))
        if self._run(RESTORE.replace("{columns}", self._columns())) != changed:
            raise DatabaseError("a row that was changed is gone")

    def bring_back(self) -> None:
        """The rows that went are there again, with the number of their version."""
        versions = ("version",) if any(field.name == "version" for field in self.model._meta.concrete_fields) else ()
        self._run(BRING_BACK.replace("{columns}", self._columns(*versions)))

    def _columns(self, *more: str) -> str:
        return ", ".join(connection.ops.quote_name(column) for column in (*self.columns, *more))
