"""Reads an e-mail (.eml or Outlook's .msg): who, when, what, and its attachments as files; loads nothing that it refers to."""

from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import getaddresses, parseaddr
from html.parser import HTMLParser
from pathlib import Path
from re import compile
from typing import Any

MESSAGE_ID = compile(r"<[^<>\s]{3,250}>")
MAX_ATTACHMENTS = 60
MAX_TEXT = 60_000
QUIET = frozenset({"script", "style", "head", "title", "template"})
BREAKS = frozenset({"br", "p", "div", "tr", "li", "h1", "h2", "h3", "h4", "table", "blockquote"})


class Failure(Exception):
    """Why a file is refused, as a code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Words(HTMLParser):
    """The words of a page, without what a browser would run, load or hide."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.silent += tag in QUIET
        if tag in BREAKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self.silent = max(0, self.silent - (tag in QUIET))
        if tag in BREAKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.parts.append(" ".join(data.split()) + (" " if data[-1:].isspace() else ""))


def words(html: str) -> str:
    """The text of an HTML body."""
    reader = Words()
    reader.feed(html[: 20 * MAX_TEXT])
    lines = [line.strip() for line in "".join(reader.parts).splitlines()]
    return "\n".join(line for line in lines if line)


def moment(value: datetime | None) -> str:
    """A moment with its zone; one without counts as UTC."""
    if value is None:
        return ""
    return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC).isoformat()


class Tray:
    """The folder into which attachments go, named by number."""

    def __init__(self, folder: str, whole: bool = True) -> None:
        self.folder, self.whole, self.files, self.left_out = Path(folder), whole, list[dict[str, str]](), 0

    def put(self, name: str, content: bytes) -> None:
        """Keep one attachment; too many are a refusal, or are counted where a part of them is enough."""
        if len(self.files) >= MAX_ATTACHMENTS:
            if self.whole:
                raise Failure("attachments")
            self.left_out += 1
            return
        path = self.folder / str(len(self.files))
        path.write_bytes(content)
        self.files.append({"name": name, "path": str(path)})


def content_of(part: Any) -> str:
    """The text of a part, whatever its character set claims."""
    try:
        return str(part.get_content())
    except (LookupError, UnicodeDecodeError, KeyError):
        return (part.get_payload(decode=True) or b"").decode("utf-8", "replace")


def body_of(message: EmailMessage) -> str:
    """The plain text, else the words of the HTML."""
    plain = message.get_body(("plain",))
    if plain is not None and (found := content_of(plain).strip()):
        return found
    page = message.get_body(("html",))
    return words(content_of(page)) if page is not None else ""


def header(message: EmailMessage, name: str) -> str:
    """A header as text, however broken it is."""
    try:
        return str(message.get(name, "") or "")
    except Exception:
        return ""


def every(message: EmailMessage, name: str) -> list[str]:
    """All headers of a name as text, those that can be read."""
    try:
        return [str(one) for one in message.get_all(name) or []]
    except Exception:
        return []


def by_a_machine(message: EmailMessage) -> bool:
    """Whether a program answers (RFC 3834): an absence, a list, a mail that could not be delivered."""
    marked = header(message, "Auto-Submitted").partition(";")[0].strip().lower()
    precedence = header(message, "Precedence").strip().lower()
    returned = message.get_content_type() == "multipart/report" or header(message, "Return-Path").strip() == "<>"
    return returned or marked not in {"", "no"} or precedence in {"bulk", "junk", "list", "auto_reply"}


def eml(order: dict[str, Any], tray: Tray) -> dict[str, Any]:
    """A mail as it travels."""
    with open(order["path"], "rb") as file:
        message: Any = BytesParser(policy=policy.default).parse(file)
    if not any(header(message, name) for name in ("From", "Subject", "Date")):
        raise Failure("unreadable")
    for number, part in enumerate(message.iter_attachments(), start=1):
        if part.get_content_disposition() == "inline" and part.get("Content-ID"):
            continue
        if part.get_content_type() == "message/rfc822":
            inner = part.get_payload(0)
            tray.put(f"{header(inner, 'Subject')[:80] or number}.eml", inner.as_bytes())
        elif not part.is_multipart() and (content := part.get_payload(decode=True)):
            tray.put(part.get_filename() or f"{number}", content)
    name, address = parseaddr(header(message, "From"))
    try:
        date = message["Date"].datetime if message["Date"] else None
    except Exception:
        date = None
    return {
        "subject": header(message, "Subject"),
        "sender": [name, address],
        "recipients": [one for _name, one in getaddresses([header(message, "To"), header(message, "Cc")])],
        "date": moment(date),
        "message_id": header(message, "Message-ID").strip(),
        "text": body_of(message),
        "delivered_to": [
            one
            for name in ("Reply-To", "Delivered-To", "X-Original-To", "Envelope-To")
            for _name, one in getaddresses(every(message, name)[:20])
        ],
        "references": MESSAGE_ID.findall(" ".join(header(message, name)[:20_000] for name in ("In-Reply-To", "References"))),
        "automatic": by_a_machine(message),
        "undelivered": message.get_content_type() == "multipart/report"
        and str(message.get_param("report-type") or "").lower() == "delivery-status",
    }


def msg(order: dict[str, Any], tray: Tray) -> dict[str, Any]:
    """A mail as Outlook saves it."""
    from oxmsg import Message

    message = Message.load(order["path"])
    for number, attachment in enumerate(message.attachments, start=1):
        if attachment.properties.str_prop_value(0x3712) and attachment.properties.int_prop_value(0x7FFE):
            continue
        if content := attachment.file_bytes:
            tray.put(attachment.file_name or attachment.properties.str_prop_value(0x3704) or f"{number}", content)
    headers = {name.lower(): value for name, value in message.message_headers.items()}
    name, address = parseaddr(message.sender or "")
    if "@" not in address:
        address = message.properties.str_prop_value(0x5D01) or message.properties.str_prop_value(0x39FE) or ""
    if not (message.subject or name or address):
        raise Failure("unreadable")
    return {
        "subject": message.subject,
        "sender": [name, address],
        "recipients": [one.email_address or "" for one in message.recipients],
        "date": moment(message.sent_date),
        "message_id": (headers.get("message-id") or message.properties.str_prop_value(0x1035) or "").strip(),
        "text": (message.body or "").strip() or words(message.html_body or ""),
    }


def main(order: dict[str, Any]) -> dict[str, Any]:
    """Read the file at `path` (`type` eml or msg); attachments go into the folder `out`, all of them where it is to be `whole`."""
    tray = Tray(order["out"], order.get("whole", True))
    answer = {"eml": eml, "msg": msg}[order["type"]](order, tray)
    return {**answer, "text": answer["text"][:MAX_TEXT], "attachments": tray.files, "left_out": tray.left_out}
