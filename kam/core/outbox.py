"""What is told to other systems is written down in the transaction that changes it: by triggers, one place for every way of writing."""

from typing import Any

import pgtrigger
from django.db import models

CREATED, CHANGED, DELETED = "created", "changed", "deleted"
CHANGES = (CREATED, CHANGED, DELETED)
#: The setting of a transaction by which the triggers say that something waits: 1 written, 2 its sending is arranged.
WAITING = "kam.told"

#: A row for each changed record and each webhook that asked for the event. Nobody asked: one look at a tiny table.
WRITE_DOWN = """
IF EXISTS (SELECT FROM core_webhook WHERE is_active AND '{event}' = ANY (event_types)) THEN
    INSERT INTO core_webhookdelivery
        (webhook_id, key, record_type, record_id, record_version, change, happened_at, state, attempts, not_before, said)
    SELECT webhook.id, gen_random_uuid(), '{record_type}', changed.id, changed.version, '{change}', clock_timestamp(), 'waiting', 0,
        clock_timestamp(), ''
    FROM core_webhook AS webhook CROSS JOIN ({rows}) AS changed
    WHERE webhook.is_active AND '{event}' = ANY (webhook.event_types)
    ORDER BY webhook.id, changed.id;
    IF FOUND AND current_setting('{waiting}', true) IS DISTINCT FROM '2' THEN
        PERFORM set_config('{waiting}', '1', true);
    END IF;
END IF;
RETURN NULL;
"""
ROWS = {
    CREATED: "SELECT id, version FROM new_values",
    CHANGED: "SELECT fresh.id, fresh.version FROM new_values AS fresh JOIN old_values AS former USING (id) WHERE fresh.version <> former.version",
    DELETED: "SELECT id, version FROM old_values",
}
OPERATIONS: dict[str, tuple[pgtrigger.Operation, dict[str, str]]] = {
    CREATED: (pgtrigger.Insert, {"new": "new_values"}),
    CHANGED: (pgtrigger.Update, {"old": "old_values", "new": "new_values"}),
    DELETED: (pgtrigger.Delete, {"old": "old_values"}),
}


def told(model: type[models.Model]) -> type[models.Model]:
    """Write every creation, change and deletion of this model's rows down for the webhooks that asked for it."""
    label = model._meta.label_lower
    return pgtrigger.register(*(_trigger(label, change) for change in CHANGES))(model)


def _trigger(label: str, change: str) -> pgtrigger.Trigger:
    operation, names = OPERATIONS[change]
    values: dict[str, Any] = {"record_type": label, "change": change, "event": f"{label}.{change}", "rows": ROWS[change]}
    return pgtrigger.Trigger(
        name=f"told_{change}",
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=operation,
        referencing=pgtrigger.Referencing(**names),
        func=WRITE_DOWN.format(**values, waiting=WAITING),
    )
