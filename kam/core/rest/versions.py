"""Versions of a record over HTTP: the ETag of an answer, `If-None-Match` for reading, `If-Match` for writing."""

import hashlib
import re
from typing import Any

from django.utils.crypto import salted_hmac
from django.utils.translation import get_language
from rest_framework.renderers import JSONRenderer

from kam.core.workflow import changed_meanwhile

TAG = re.compile(r'(?:W/)?"([^"]*)"')


def etag(record: Any, data: Any, user: Any, marks: str = "") -> str:
    """The weak ETag of a record as this reader sees it: its version and the marks of what stands beside it, else a digest."""
    version = getattr(record, "version", None)
    if version is None:
        return f'W/"{hashlib.sha256(JSONRenderer().render(data)).hexdigest()[:24]}"'
    # Keyed: the marks may hold what this reader does not see, and nobody is to try out what makes such a digest.
    beside = f"-{salted_hmac('kam.etag', marks, algorithm='sha256').hexdigest()[:12]}" if marks else ""
    return f'W/"{version}-{user.pk}{get_language()}{beside}"'


def unchanged(request: Any, tag: str) -> bool:
    """Whether the reader already holds this answer (`If-None-Match`)."""
    sent = request.headers.get("If-None-Match", "")
    return sent.strip() == "*" or tag.removeprefix("W/").strip('"') in TAG.findall(sent)


def expected_version(request: Any, record: Any, data: Any = None) -> int | None:
    """The version that a write is based on (`If-Match`), or None if none was sent.

    Raises the refusal of a record changed meanwhile; the action compares once more under its lock.
    """
    sent = request.headers.get("If-Match", "").strip()
    if not sent or sent == "*":
        return None
    version = getattr(record, "version", None)
    tags = TAG.findall(sent)
    if version is None:
        raise changed_meanwhile()
    if str(version) not in {tag.split("-")[0] for tag in tags}:
        raise changed_meanwhile()
    return int(version)
