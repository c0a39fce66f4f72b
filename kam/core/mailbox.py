"""A mailbox of ours at a mail server, read by IMAP: every mail that nobody has read yet is handed on once, and then counts as read."""

import logging
import ssl
from collections.abc import Callable
from imaplib import IMAP4, IMAP4_SSL
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from django.conf import settings

from kam.core.mailbox_access import Refused, fresh_token, note_reading

logger = logging.getLogger(__name__)
MOST, SECONDS = 200, 30


def name_of(url: str) -> str:
    """A mailbox as a person may read it: who logs in where, without any secret."""
    address = urlsplit(url)
    return f"{unquote(address.username or '')} · {address.hostname or ''}/{_folder(address)}"


def read_mailbox(url: str, take: Callable[[bytes], Any], *, largest: int) -> int:
    """Hand each unread mail of a mailbox (imaps://user:password@host:993/INBOX) to `take`; answers how many were taken.

    With `?token_url=…&client_id=…&client_secret=…&refresh_token=…&scope=…` instead of a password it logs in by OAuth2. Of a mail
    that is larger only the beginning is fetched, one byte more than it may have. One that `take` fails on stays unread and is
    handed on again the next time. Raises OSError, IMAP4.error or Refused while the server is away or refuses us, and notes it.
    """
    address = urlsplit(url)
    if not address.hostname:
        return 0
    try:
        taken = _read(address, take, largest)
    except (OSError, IMAP4.error, Refused) as problem:
        note_reading(name_of(url), f"{type(problem).__name__}: {problem}")
        raise
    note_reading(name_of(url), "")
    return taken


def _read(address: SplitResult, take: Callable[[bytes], Any], largest: int) -> int:
    taken = 0
    with _opened(address.scheme, address.hostname or "", address.port) as box:
        _log_in(box, address)
        _ok(box.select(f'"{_folder(address)}"'))
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


def _log_in(box: IMAP4, address: SplitResult) -> None:
    """By password, or by a token that the authority of the mail server gives out (SASL XOAUTH2)."""
    user, asked = unquote(address.username or ""), dict(parse_qsl(address.query))
    if "token_url" not in asked:
        box.login(user, unquote(address.password or ""))
        return
    said = iter([f"user={user}\1auth=Bearer {fresh_token(name_of(address.geturl()), asked)}\1\1".encode()])
    # A server that refuses the token says why and waits for an empty answer.
    box.authenticate("XOAUTH2", lambda _challenge: next(said, b""))


def _folder(address: SplitResult) -> str:
    return unquote(address.path.strip("/")) or "INBOX"


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
