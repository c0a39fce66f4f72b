"""Deliveries of webhooks on their way: what is told, how it is signed, in which order it goes, and what happens when nobody takes it.

The form is that of Standard Webhooks (webhook-id, webhook-timestamp, webhook-signature), which receivers check with a
library of their language.
"""

import base64
import hashlib
import hmac
import json
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F

from kam.core import clock, history
from kam.core.notifications import notify
from kam.core.outbox import DELETED
from kam.core.outgoing import Answer, Unreachable, post
from kam.core.parameters import parameter
from kam.core.sealed_text import unseal
from kam.core.webhooks import PAUSED, START, Webhook, WebhookDelivery, told_models

logger = logging.getLogger(__name__)
LOCKS = 7205  # the first key of the advisory locks that deliveries hold
#: A single delivery that is refused is given up after so many attempts, about two hours.
ATTEMPTS = 8
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=1)
#: Answers that say something about the other side and nothing about this delivery: everything waits, nothing is given up.
BUSY = frozenset({408, 425, 429})
#: How long one task goes on before others have their turn.
TURN = 20.0

State = WebhookDelivery.State


def sign(secret: str, key: str, moment: int, body: bytes) -> str:
    """The signature of a delivery: HMAC-SHA256 over its key, the time stamp and the body."""
    digest = hmac.new(base64.b64decode(secret.removeprefix(START)), f"{key}.{moment}.".encode() + body, hashlib.sha256)
    return f"v1,{base64.b64encode(digest.digest()).decode()}"


def compose(delivery: WebhookDelivery) -> bytes | None:
    """What a delivery tells: which record, what happened, where to read it; None when the owner may not know of it (now)."""
    noun = _told_noun(delivery)
    if noun is None:
        return None
    address = f"{settings.PUBLIC_URL}/api/v1/{noun}/{delivery.record_id}/"
    data = {
        "record_type": delivery.record_type,
        "noun": noun,
        "id": delivery.record_id,
        "version": delivery.record_version,
        "address": address,
    }
    moment = delivery.happened_at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return json.dumps({"type": delivery.event, "timestamp": moment, "data": data}, separators=(",", ":")).encode()


def _told_noun(delivery: WebhookDelivery) -> str | None:
    """The noun of the record's endpoint, if the webhook's owner sees the record now.

    A record that is gone is seen by nobody: its end is told to whoever was told of it before, or sees all of its kind.
    """
    owner = delivery.webhook.owner
    model, noun = told_models().get(delivery.record_type, (None, ""))
    if model is None or not owner.is_active:
        return None
    manager: Any = model._default_manager
    rows = manager.visible_to(owner)
    if delivery.change != DELETED:
        return noun if rows.filter(pk=delivery.record_id).exists() else None
    of_record = {"record_type": delivery.record_type, "record_id": delivery.record_id}
    told = delivery.webhook.deliveries.filter(**of_record, state=State.SENT).exclude(pk=delivery.pk).exists()
    return noun if told or not rows.query.where else None


def due_webhooks() -> list[int]:
    """The keys of webhooks for which something may go out now."""
    return sorted(WebhookDelivery.objects.due().order_by().values_list("webhook", flat=True).distinct())


def deliver(webhook: int) -> bool:
    """Send what is due for one webhook, one after the other; says whether there is more to send.

    Only one worker at a time sends for a webhook. What is written down while the last one ends is found by looking again.
    """
    end = time.monotonic() + TURN
    while True:
        with _alone(webhook) as alone:
            if not alone:
                return False
            while time.monotonic() < end:
                row = _next(webhook)
                if row is None:
                    break
                _send(row)
        if not _rows(webhook).exists():
            return False
        if time.monotonic() >= end:
            return True


def _rows(webhook: int) -> Any:
    return WebhookDelivery.objects.due().filter(webhook=webhook)


def _next(webhook: int) -> WebhookDelivery | None:
    return _rows(webhook).select_related("webhook__owner").order_by("pk").first()


@contextmanager
def _alone(webhook: int) -> Iterator[bool]:
    """Hold the lock of a webhook on this connection, if nobody else has it; a worker that dies lets go of it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCKS, webhook])
        alone = bool(cursor.fetchone()[0])
    try:
        yield alone
    finally:
        if alone:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCKS, webhook])


def _send(delivery: WebhookDelivery) -> None:
    """One attempt. Nothing is locked while the other side takes its time; a crash repeats the delivery under the same key."""
    body = compose(delivery)
    if body is None:
        WebhookDelivery.objects.filter(pk=delivery.pk, state=State.WAITING).update(state=State.WITHHELD)
        return
    key, moment = str(delivery.key), int(clock.now().timestamp())
    begun = time.monotonic()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "KAM",
        "webhook-id": key,
        "webhook-timestamp": str(moment),
        "webhook-signature": sign(unseal(delivery.webhook.secret), key, moment, body),
    }
    try:
        answer = post(delivery.webhook.url, body, headers)
    except Unreachable as problem:
        _note(delivery, None, str(problem), time.monotonic() - begun)
    else:
        _note(delivery, answer, answer.text, answer.seconds)


@transaction.atomic
def _note(delivery: WebhookDelivery, answer: Answer | None, said: str, seconds: float) -> None:
    """Keep what came of an attempt: done, again later, given up, or the webhook paused."""
    webhook = Webhook.objects.select_for_update(of=("self",)).select_related("owner").get(pk=delivery.webhook_id)
    row = WebhookDelivery.objects.select_for_update(of=("self",)).filter(pk=delivery.pk).first()
    if row is None:
        return
    now = clock.now()
    row.attempts, row.sent_at, row.seconds = row.attempts + 1, now, Decimal(f"{min(seconds, 999):.3f}")
    row.status, row.said = (answer.status if answer else None), " ".join(said.split())[:300]
    taken = answer is not None and 200 <= answer.status < 300
    values: dict[str, Any] = {"failures": 0, "not_before": now, "delivered_at": now}
    if taken:
        row.state = State.SENT
    elif row.state == State.WAITING:
        values = {"failures": F("failures") + 1}
        if answer is None or answer.status >= 500 or answer.status in BUSY:
            values["not_before"] = now + _wait(webhook.failures)
        elif row.attempts >= ATTEMPTS:
            row.state = State.FAILED
        else:
            row.not_before = now + _wait(row.attempts - 1)
        logger.warning("Webhook %s: attempt %s of delivery %s failed", webhook.pk, row.attempts, row.pk)
    row.save(update_fields=["attempts", "sent_at", "seconds", "status", "said", "state", "not_before"])
    Webhook.objects.filter(pk=webhook.pk).update(**values)
    if not taken and webhook.paused_at is None and webhook.failures + 1 >= parameter("webhooks.pause_after"):
        _pause(webhook, f"{row.status or ''} {row.said}".strip(), now)


def _wait(times: int) -> timedelta:
    """How long to wait after so many failures before this one: doubled each time, an hour at most."""
    return min(FIRST_WAIT * 2 ** min(times, 10), LONGEST_WAIT)


def _pause(webhook: Webhook, because: str, now: datetime) -> None:
    """Stop sending until somebody looks at it; what happens meanwhile is kept."""
    with history.bound(actor=None, verb="core.pause_webhook", reason=because):
        Webhook.objects.filter(pk=webhook.pk).update(paused_at=now, paused_because=because[:300])
    notify(PAUSED, webhook, to=[webhook.owner, "role:administrator"], occasion=now.isoformat())
