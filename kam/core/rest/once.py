"""`Idempotency-Key`: a POST that is sent twice happens once; the second time its first answer comes back."""

import hashlib
import re
from collections.abc import Callable
from typing import Any

from django.core.files import File
from django.db import connection, transaction
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from kam.core import clock, uploads
from kam.core.idempotency import KEPT_FOR, AnsweredRequest
from kam.core.rest.problems import Problem
from kam.core.sealed_text import seal, unseal

KEY = re.compile(r"[\x21-\x7e]{1,255}")
KEPT_HEADERS = ("Location", "ETag")


def once(handler: Callable[..., Response]) -> Callable[..., Any]:
    """A POST handler that does its work once per user, address and key.

    The key's row and what the request wrote are one transaction: after a crash, or a refusal, neither is there and the
    key is free. While a twin is at work the answer is 409 with Retry-After; the same key with another body is 422.
    """

    def run(request: Any, *args: Any, **kwargs: Any) -> Any:
        key = request.headers.get("Idempotency-Key")
        if key is None:
            return handler(request, *args, **kwargs)
        if not KEY.fullmatch(key):
            raise Problem("invalid_key", _("An Idempotency-Key has 1 to 255 printable characters."), field="Idempotency-Key")
        identity = {"user": request.user, "endpoint": request.path[:200], "key": key}
        digest = _digest(request)
        with transaction.atomic():
            _claim(identity)
            AnsweredRequest.objects.filter(**identity, created_at__lt=clock.now() - KEPT_FOR).delete()
            earlier = AnsweredRequest.objects.filter(**identity).first()
            if earlier is not None:
                return _repeat(earlier, digest)
            response = handler(request, *args, **kwargs)
            AnsweredRequest.objects.create(
                **identity,
                digest=digest,
                created_at=clock.now(),
                status=response.status_code,
                headers={name: response[name] for name in KEPT_HEADERS if name in response},
                # Sealed: an answer may hold a secret that is shown this once.
                body=seal(JSONRenderer().render(response.data).decode()).encode() if response.data is not None else b"",
            )
            return response

    return run


def _digest(request: Any) -> str:
    """What was sent, as one number; a form with files part by part, because a large one is never held in memory."""
    found = hashlib.sha256(request.get_full_path().encode() + b"\n")
    if not str(request.content_type).startswith("multipart/"):
        found.update(request._request.body)
        return found.hexdigest()
    for name, values in sorted(request.data.lists()):
        for value in values:
            sent = f"{value.name}:{uploads.digest(value)}" if isinstance(value, File) else str(value)
            found.update(f"{len(name)}:{name}:{len(sent)}:{sent}".encode("utf-8", "replace"))
    return found.hexdigest()


def _claim(identity: dict[str, Any]) -> None:
    """Take the key until the transaction ends, or refuse if a twin holds it."""
    name = f"{identity['user'].pk} {identity['endpoint']} {identity['key']}"
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [number])
        if not cursor.fetchone()[0]:
            raise Problem(
                "in_flight", _("The same request is still being worked on. Ask again in a moment."), status=409, retry_after=1
            )


def _repeat(earlier: AnsweredRequest, digest: str) -> HttpResponse:
    if earlier.digest != digest:
        raise Problem("key_reused", _("This Idempotency-Key was used for another request. Take a new one."), status=422)
    try:
        body = unseal(bytes(earlier.body).decode())
    except ValueError:
        lost = _("The answer to the first request can no longer be read. Look whether its record is there.")
        raise Problem("answer_lost", lost, status=409) from None
    response = HttpResponse(body, status=earlier.status, content_type="application/json")
    if not earlier.body:
        del response["Content-Type"]
    for name, text in earlier.headers.items():
        response[name] = text
    response["Idempotency-Replayed"] = "true"
    return response
