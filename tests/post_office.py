"""A mail server for tests: takes mails by SMTP on this machine, keeps what arrived, refuses where a test wants it to; and a mailbox by IMAP."""

import base64
import re
import socketserver
import threading
import time
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self


@dataclass
class Posted:
    """One mail as it arrived: the envelope and the mail as it travelled."""

    sender: str
    recipients: list[str]
    content: bytes


@dataclass
class PostOffice:
    """The server: `taken` is what arrived, `refusal` what it answers to every recipient instead of taking the mail.

    While `holding` is set it has taken a mail and does not say so yet.
    """

    taken: list[Posted] = field(default_factory=list)
    refusal: str = ""
    holding: threading.Event = field(default_factory=threading.Event)

    @property
    def port(self) -> int:
        """Where it listens on 127.0.0.1."""
        return int(self.server.server_address[1])

    def __enter__(self) -> Self:
        office = self

        class Handler(socketserver.StreamRequestHandler):
            def say(self, line: str) -> None:
                self.wfile.write(f"{line}\r\n".encode())

            def handle(self) -> None:
                self.say("220 post office")
                sender, recipients = "", list[str]()
                while line := self.rfile.readline():
                    word = line[:4].upper()
                    address = line.decode().partition("<")[2].partition(">")[0]
                    if word == b"MAIL":
                        sender, recipients = address, []
                    elif word == b"RCPT":
                        if office.refusal:
                            self.say(office.refusal)
                            continue
                        recipients.append(address)
                    elif word == b"DATA":
                        self.say("354 go on")
                        office.taken.append(Posted(sender, recipients, self.content()))
                        while office.holding.is_set():
                            time.sleep(0.02)
                    self.say("221 bye" if word == b"QUIT" else "250 yes")
                    if word == b"QUIT":
                        return

            def content(self) -> bytes:
                lines = []
                while (line := self.rfile.readline()) not in {b".\r\n", b""}:
                    lines.append(line[1:] if line.startswith(b"..") else line)
                return b"".join(lines)

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True

        self.server = Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.server.shutdown()
        self.server.server_close()

    def set_up(self, settings: Any) -> None:
        """Have KAM send its mails here."""
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", self.port, 5
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False


@dataclass
class Mailbox:
    """A mailbox that is read by IMAP: its mails, which of them were read, and by which password or token it opens."""

    mails: list[bytes]
    password: str = "secret word"
    token: str = ""
    read: set[int] = field(default_factory=set)

    @property
    def address(self) -> str:
        """Where it is."""
        return f"imap://offers:secret%20word@127.0.0.1:{self.server.server_address[1]}/INBOX"

    def __enter__(self) -> Self:
        mailbox = self

        class Handler(socketserver.StreamRequestHandler):
            def say(self, line: bytes) -> None:
                self.wfile.write(line + b"\r\n")

            def handle(self) -> None:
                self.say(b"* OK mailbox")
                while line := self.rfile.readline():
                    tag, _space, asked = line.strip().partition(b" ")
                    if asked.upper() == b"AUTHENTICATE XOAUTH2":
                        self.say(tag + b" " + self.authenticate())
                        continue
                    outcome = self.answer(asked.decode())
                    self.say(tag + b" " + outcome)
                    if asked.upper() == b"LOGOUT":
                        return

            def authenticate(self) -> bytes:
                """SASL XOAUTH2: a wrong token is answered with the reason, to which the other side says nothing."""
                self.say(b"+ ")
                said = base64.b64decode(self.rfile.readline()).decode()
                if mailbox.token and f"\x01auth=Bearer {mailbox.token}\x01\x01" in said:
                    return b"OK in"
                self.say(b"+ " + base64.b64encode(b'{"status":"401"}'))
                self.rfile.readline()
                return b"NO AUTHENTICATE failed"

            def answer(self, asked: str) -> bytes:
                word, _space, rest = asked.partition(" ")
                if word.upper() == "CAPABILITY":
                    self.say(b"* CAPABILITY IMAP4REV1 AUTH=XOAUTH2")
                elif word.upper() == "LOGIN" and mailbox.password not in rest:
                    return b"NO wrong"
                elif word.upper() == "SELECT":
                    self.say(b"* %d EXISTS" % len(mailbox.mails))
                elif rest.upper().startswith("SEARCH"):
                    unread = [str(key) for key in range(1, len(mailbox.mails) + 1) if key not in mailbox.read]
                    self.say(b"* SEARCH " + " ".join(unread).encode())
                elif found := re.match(r"FETCH (\d+) \(BODY\.PEEK\[\]<0\.(\d+)>\)", rest):
                    content = mailbox.mails[int(found[1]) - 1][: int(found[2])]
                    self.wfile.write(
                        b"* %b FETCH (UID %b BODY[]<0> {%d}\r\n" % (found[1].encode(), found[1].encode(), len(content))
                    )
                    self.say(content + b")")
                elif found := re.match(r"STORE (\d+) \+FLAGS", rest):
                    mailbox.read.add(int(found[1]))
                return b"OK done"

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True

        self.server = Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.server.shutdown()
        self.server.server_close()
