"""Requests to other systems: https only, to an address that was looked up once and checked, without redirects, within limits."""

import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPException
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from urllib3.connection import HTTPSConnection
from urllib3.exceptions import HTTPError

from kam.core.workflow import Denied

SECONDS = 15.0
CONNECTING = 5.0
LARGEST_ANSWER = 64 * 1024
LONGEST_ADDRESS = 500
#: Prefixes under which an IPv6 address carries an IPv4 one (NAT64), which has to be one that may be reached too.
TRANSLATED = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48"))

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


#: Why there was no answer, in words; what is not here is the technical message of the connection.
REASONS = {
    "unknown_host": _("The host is not known."),
    "private_address": _("The host lies in a private network, where KAM sends nothing."),
    "no_answer": _("There was no answer in time."),
    "too_long": _("The answer is longer than anybody needs."),
}


class Unreachable(Exception):
    """There was no answer: a key of REASONS, or what the connection said."""


@dataclass(frozen=True)
class Answer:
    """What the other side answered: the status, the headers, the body, and how long it took."""

    status: int
    headers: dict[str, str]
    body: bytes
    seconds: float

    @property
    def text(self) -> str:
        """The beginning of the body, as a person may read it."""
        text = self.body.decode("utf-8", "replace")
        return "".join(sign for sign in text if sign.isprintable() or sign in "\n\t")[:300]


def checked_address(address: str) -> str:
    """An address that may be sent to as far as can be seen without asking anybody. Raises Denied.

    What its name stands for is looked up and checked at every sending: a name may change.
    """

    def refused(code: str, message: object) -> Denied:
        return Denied(code, message, field="url", status=400)

    address = address.strip()
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        raise refused("bad_address", _("This is not an address such as https://example.com/kam.")) from None
    name = parts.hostname or ""
    if not address.startswith("https://"):
        raise refused("not_https", _("The address must begin with https://."))
    unusual = parts.username is not None or parts.password is not None or parts.fragment or port == 0
    if not name or unusual or not address.isascii() or not address.isprintable() or " " in address:
        raise refused("bad_address", _("This is not an address such as https://example.com/kam."))
    if len(address) > LONGEST_ADDRESS:
        raise refused("bad_address", _("The address is too long."))
    with suppress(ValueError):
        if name not in settings.OUTGOING_HOSTS and not reachable(ipaddress.ip_address(name)):
            raise refused("address_refused", _("This address lies in a private network, where KAM sends nothing."))
    return address


def reachable(address: Address) -> bool:
    """Whether an address lies in the public internet: not private, loopback, link-local, multicast, or one of these in disguise."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if any(address in network for network in TRANSLATED):
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None and not reachable(inner):
            return False
        if address.ipv4_mapped:
            return True
    return address.is_global and not address.is_multicast


def look_up(name: str, port: int) -> list[str]:
    """The addresses of a host, every one of them checked. Raises Unreachable.

    A host named in OUTGOING_HOSTS may lie in the own network; link-local addresses (of a cloud's own services) never.
    """
    try:
        found = [str(one[4][0]) for one in socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError) as problem:
        raise Unreachable("unknown_host") from problem
    for text in found:
        address = ipaddress.ip_address(text.partition("%")[0])
        if address.is_link_local or not (name in settings.OUTGOING_HOSTS or reachable(address)):
            raise Unreachable("private_address")
    return list(dict.fromkeys(found))


class _Connection(HTTPSConnection):
    """One that can be cut to its end: it lets go of its socket where the other side will close, while the answer still comes in."""

    reached: socket.socket | None = None

    def connect(self) -> None:
        """Connect, and remember through what."""
        super().connect()
        self.reached = self.sock

    def cut(self) -> None:
        """Nothing is sent or received any more."""
        with suppress(OSError):
            if (through := self.reached or self.sock) is not None:
                through.shutdown(socket.SHUT_RDWR)


def post(address: str, body: bytes, headers: dict[str, str]) -> Answer:
    """Send a body and say what was answered; raises Unreachable."""
    return send("POST", address, body, headers)


def send(method: str, address: str, body: bytes, headers: dict[str, str]) -> Answer:
    """Ask another system and say what was answered, whatever its status; a redirect is an answer like any other.

    Raises Unreachable, with what went wrong: no such host, a private address, no connection, no valid certificate, no
    answer in time, a longer answer than anybody needs.
    """
    parts = urlsplit(address)
    name, port = parts.hostname or "", parts.port or 443
    target = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
    begun = time.monotonic()
    trouble: Exception | None = None
    for pinned in look_up(name, port):
        connection = _Connection(pinned, port, timeout=CONNECTING, server_hostname=name, ssl_context=_trusted())
        try:
            with _until(connection, begun + SECONDS):
                connection.connect()
                answer = _exchange(connection, method, target, body, headers | {"Host": parts.netloc})
            if time.monotonic() - begun < SECONDS:
                return Answer(*answer, time.monotonic() - begun)
        except (HTTPError, HTTPException, OSError, ValueError) as problem:
            trouble = problem
        finally:
            reached = connection.is_verified
            connection.close()
        if time.monotonic() - begun >= SECONDS:
            raise Unreachable("no_answer") from trouble
        if reached:
            break  # it may have been taken in: whoever has it is not sent it again at another address
    raise Unreachable(_said(trouble)) from trouble


def _exchange(
    connection: HTTPSConnection, method: str, target: str, body: bytes, headers: dict[str, str]
) -> tuple[int, dict[str, str], bytes]:
    assert connection.sock is not None
    connection.sock.settimeout(SECONDS)
    connection.request(method, target, body, headers, preload_content=False, decode_content=False)
    response = connection.getresponse()
    read = b""
    while len(read) <= LARGEST_ANSWER:
        part = response.read(LARGEST_ANSWER, decode_content=False)
        if not part:
            return response.status, dict(response.headers), read
        read += part
    raise Unreachable("too_long")


@contextmanager
def _until(connection: _Connection, end: float) -> Iterator[None]:
    """Cut the connection at a moment, however slowly the other side goes on sending."""
    timer = threading.Timer(max(end - time.monotonic(), 0), connection.cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _trusted() -> ssl.SSLContext:
    """The authorities that are trusted: those of the machine, and one's own where it is named."""
    context = ssl.create_default_context()
    if settings.OUTGOING_CA:
        context.load_verify_locations(settings.OUTGOING_CA)
    return context


def _said(problem: Exception | None) -> str:
    cause = problem.__cause__ if isinstance(problem, HTTPError) and problem.__cause__ else problem
    return "no_answer" if isinstance(cause, TimeoutError) else f"{type(cause).__name__}: {cause}"[:300]
