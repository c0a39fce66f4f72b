"""E-mails as files (.eml, Outlook's .msg): read in a process of their own and told as plain values; nothing is written here."""

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.files import File
from django.utils.translation import gettext_lazy as _

from kam.core import sandbox
from kam.core.characters import HIDDEN
from kam.core.file_types import MAIL, OUTLOOK
from kam.core.uploads import checked, clean_name
from kam.core.workflow import Denied

SECONDS, MEGABYTES = 20, 1024
LONGEST = 19_000
REFUSALS = {
    "time": _("Reading this e-mail takes too long. Attach it as a document instead."),
    "memory": _("This e-mail is too large to be read. Attach it as a document instead."),
    "attachments": _("This e-mail carries more than 60 attachments. Attach it as a document instead."),
}


@dataclass(frozen=True)
class Letter:
    """An e-mail: its words in plain text, its addresses in small letters, its attachments as paths with names."""

    subject: str
    sender_name: str
    sender: str
    recipients: list[str]
    sent_at: datetime | None
    message_id: str
    text: str
    attachments: list[tuple[str, Path]] = field(default_factory=list)
    #: Where it was delivered, which Message-IDs it refers to, whether a program wrote it, and to say that a mail did not arrive.
    delivered_to: list[str] = field(default_factory=list)
    references: list[str] = field(default_factory=list)
    automatic: bool = False
    undelivered: bool = False
    #: How many attachments were not taken out of it: there are too many of them.
    left_out: int = 0


def plain(text: Any, longest: int) -> str:
    """Text without control and direction characters, cut at a length."""
    clean = HIDDEN.sub("", str(text)).replace("\r\n", "\n").replace("\r", "\n").strip()
    return clean if len(clean) <= longest else f"{clean[: longest - 1].rstrip()}…"


@contextmanager
def opened(file: File, *, whole: bool = True) -> Iterator[Letter]:
    """The e-mail in a file, its attachments at hand until the block ends; of too many only the first, where it need not be `whole`.

    Raises Denied for an empty file, one over the limit, one that is no e-mail, and one that cannot be read.
    """
    name = clean_name(file.name or "mail")
    found = checked(file, name)
    if found not in (MAIL, OUTLOOK):
        raise Denied(
            "not_a_mail", _("This is no e-mail. Save it from Outlook as .msg or .eml and send that."), field="file", status=400
        )
    with tempfile.TemporaryDirectory(prefix="kam-") as folder:
        source = Path(folder) / "letter"
        digest = hashlib.sha256()
        with source.open("wb") as out:
            for part in file.chunks():
                out.write(part)
                digest.update(part)
        file.seek(0)
        try:
            asked = {"type": found.ending, "path": str(source), "out": folder, "whole": whole}
            read = sandbox.run("letter", asked, seconds=SECONDS, megabytes=MEGABYTES)
        except sandbox.SandboxError as fault:
            text = REFUSALS.get(fault.code, _("This e-mail is damaged and cannot be read. Save it again and send that."))
            raise Denied("mail_unreadable", text, field="file", status=400) from fault
        yield _letter(read, digest.hexdigest())


def _letter(read: dict[str, Any], digest: str) -> Letter:
    """The values as KAM keeps them; a mail without a Message-ID of a usable length is known by its content."""
    identifier = plain(read["message_id"], 400)
    return Letter(
        subject=" ".join(plain(read["subject"], 200).split()),
        sender_name=plain(read["sender"][0], 120),
        sender=plain(read["sender"][1], 250).lower(),
        recipients=[plain(one, 250).lower() for one in read["recipients"][:200]],
        sent_at=datetime.fromisoformat(read["date"]) if read["date"] else None,
        message_id=identifier if 0 < len(identifier) <= 250 else f"sha256:{digest}",
        text=plain(read["text"], LONGEST),
        attachments=[(one["name"], Path(one["path"])) for one in read["attachments"]],
        delivered_to=[plain(one, 250).lower() for one in read.get("delivered_to", [])[:200]],
        references=[plain(one, 250) for one in read.get("references", [])[:200]],
        automatic=bool(read.get("automatic")),
        undelivered=bool(read.get("undelivered")),
        left_out=int(read.get("left_out", 0)),
    )
