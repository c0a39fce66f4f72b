"""A receiver of webhooks: a real HTTPS server on this machine, with an authority of its own made for the run."""

import datetime
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Answer = tuple[int, dict[str, str], bytes]
TAKEN: Answer = (204, {}, b"")


def make_authority(folder: Path, *names: str) -> tuple[Path, Path]:
    """A certificate authority and a certificate of it for these names: the files of the authority and of the server."""
    start = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)
    authority_key, server_key = (ec.generate_private_key(ec.SECP256R1()) for _turn in range(2))
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "An authority of this test")])

    def begun(subject: x509.Name, key: Any) -> x509.CertificateBuilder:
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
        builder = builder.serial_number(x509.random_serial_number()).not_valid_before(start)
        return builder.not_valid_after(start + datetime.timedelta(days=3))

    authority = (
        begun(issuer, authority_key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(authority_key.public_key()), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    known = [x509.DNSName(name) if name[0].isalpha() else x509.IPAddress(ipaddress.ip_address(name)) for name in names]
    server = (
        begun(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])]), server_key)
        .add_extension(x509.SubjectAlternativeName(known), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    kind = serialization.Encoding.PEM
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    files = folder / "authority.pem", folder / "server.pem"
    files[0].write_bytes(authority.public_bytes(kind))
    files[1].write_bytes(server_key.private_bytes(kind, *plain) + server.public_bytes(kind))
    return files


@dataclass
class Taken:
    """One request as it arrived."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """The server: what arrived, and how it answers (a function of the request, or always the same)."""

    certificate: Path
    answer: Answer | Callable[[Taken], Answer] = TAKEN
    taken: list[Taken] = field(default_factory=list)
    drip: float = 0.0
    dripped: int = 0

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"https://localhost:{self.server.server_port}/kam?key=1"

    def __enter__(self) -> Self:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                request = Taken(self.path, {name.lower(): text for name, text in self.headers.items()}, body)
                receiver.taken.append(request)
                status, headers, content = receiver.answer(request) if callable(receiver.answer) else receiver.answer
                self.send_response(status)
                for name, text in {"Content-Length": str(len(content))}.items() | headers.items():
                    self.send_header(name, text)
                self.end_headers()
                for place in range(len(content)) if receiver.drip else ():
                    self.wfile.write(content[place : place + 1])
                    self.wfile.flush()
                    receiver.dripped += 1
                    time.sleep(receiver.drip)
                if not receiver.drip:
                    self.wfile.write(content)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: Any) -> None:
                """A client that goes away is no error of the receiver."""

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate)
        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.server.shutdown()
        self.server.server_close()


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
