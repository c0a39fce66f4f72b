"""A mailbox of ours at a mail server, read by IMAP: every mail that nobody has read yet is handed on once, and then counts as read."""

import logging
import ssl
from collections.abc import Callable
from imaplib import IMAP4, IMAP4_SSL
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings

logger = logging.getLogger(__name__)
MOST, SECONDS = 200, 30


def read_mailbox(url: str, take: Callable[[bytes], Any], *, largest: int) -> int:
    """Hand each unread mail of a mailbox (imaps://user:password@host:993/INBOX) to `take`; answers how many were taken.

    Of one that is larger only the beginning is fetched, one byte more than it may have. One that `take` fails on stays unread and is
    handed on again the next time. Raises OSError or IMAP4.error while the server is away or refuses us.
    """
    address = urlsplit(url)
    if not address.hostname:
        return 0
    taken = 0
    with _opened(address.scheme, address.hostname, address.port) as box:
        box.login(unquote(address.username or ""), unquote(address.password or ""))
        _ok(box.select(f'"{unquote(address.path.strip("/")) or "INBOX"}"'))
        unread = _ok(box.uid("SEARCH", "UNSEEN"))[0] or b""
        for key in unread.split()[:MOST]:
            parts = _ok(box.uid("FETCH", key.decode(), f"(BODY.PEEK[]<0.{largest + 1}>)"))
            content = next((part[1] for part in parts if isinstance(part, tuple)), None)
            if content is None:
                continue
            try:
                take(content)
            except Exception:
                logger.exception("A mail could not be taken in; it stays unread")
                continue
            _ok(box.uid("STORE", key.decode(), "+FLAGS", r"(\Seen)"))
            taken += 1
    return taken


def _opened(scheme: str, host: str, port: int | None) -> IMAP4:
    """The connection: encrypted from the start (imaps), from its greeting on (imap+tls), or not at all (imap)."""
    context = ssl.create_default_context()
    if settings.OUTGOING_CA:
        context.load_verify_locations(settings.OUTGOING_CA)
    if scheme == "imaps":
        return IMAP4_SSL(host, port or 993, ssl_context=context, timeout=SECONDS)
    box = IMAP4(host, port or 143, timeout=SECONDS)
    if scheme == "imap+tls":
        box.starttls(context)
    return box


def _ok(answer: tuple[str, list[Any]]) -> list[Any]:
    if answer[0] != "OK":
        raise IMAP4.error(str(answer[1])[:300])
    return answer[1]
