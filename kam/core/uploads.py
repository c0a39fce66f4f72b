"""Files that people send: how large and of what type they may be, where they lie, and whether a scanner has passed them."""

import hashlib
import secrets
import socket
import struct
from io import BytesIO
from typing import IO, Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.files import File
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopFutureHandlers
from django.db import models
from django.utils.deconstruct import deconstructible
from django.utils.translation import gettext_lazy as _

from kam.core.characters import HIDDEN
from kam.core.file_types import FileType, type_of
from kam.core.workflow import Denied

MAX_MEGABYTES = 100
MAX_BYTES = MAX_MEGABYTES * 1024 * 1024


class ScanState(models.TextChoices):
    """What the virus scanner said of a file."""

    UNSCANNED = "unscanned", _("Not scanned")
    CLEAN = "clean", _("No virus found")
    INFECTED = "infected", _("Virus found")


@deconstructible
class RandomName:
    """Names a stored file by chance alone, so that neither its name nor its ending says or does anything."""

    def __init__(self, folder: str) -> None:
        self.folder = folder

    def __call__(self, _instance: Any, _name: str) -> str:
        name = secrets.token_hex(16)
        return f"{self.folder}/{name[:2]}/{name}"


class LargeFile(UploadedFile):
    """A file over the limit: its name and its size, and nothing in it."""

    def __init__(self, name: str, size: int) -> None:
        super().__init__(BytesIO(), name, "application/octet-stream", max(size, MAX_BYTES + 1))


class SizeLimit(FileUploadHandler):
    """Takes in no file over the limit: it arrives as a LargeFile, which every action refuses where it checks its file.

    A request that says itself that it is larger is read past its files without storing a byte, so that what else was typed
    is kept; a file that grows over the limit is forgotten at once.
    """

    hopeless = False

    def handle_raw_input(
        self, input_data: Any, META: Any, content_length: int, boundary: Any, encoding: Any = None  # noqa: N803
    ) -> None:  # fmt: skip
        self.hopeless = content_length > MAX_BYTES + settings.DATA_UPLOAD_MAX_MEMORY_SIZE

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.taken = 0
        if self.hopeless:
            raise StopFutureHandlers

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        before, self.taken = self.taken, self.taken + len(raw_data)
        if not self.hopeless and self.taken <= MAX_BYTES:
            return raw_data
        if not self.hopeless and before <= MAX_BYTES and self.request is not None:
            for handler in self.request.upload_handlers:
                handler.upload_interrupted()
        return None

    def file_complete(self, file_size: int) -> UploadedFile | None:
        over = self.hopeless or self.taken > MAX_BYTES
        return LargeFile(str(self.file_name), self.taken) if over else None


def too_large() -> Denied:
    """The refusal of a file over the limit."""
    text = _("The file is larger than %(limit)d MB. Send it in parts or in a smaller format.")
    return Denied("file_size", text % {"limit": MAX_MEGABYTES}, field="file", status=400)


def clean_name(name: str) -> str:
    """The name of a file without folders, hidden characters and direction marks, at most 200 characters, its ending kept."""
    name = HIDDEN.sub("", name.replace("\\", "/").rpartition("/")[2]).replace("\n", " ").replace("\t", " ").strip(" .") or "file"
    stem, dot, ending = name.rpartition(".")
    return f"{stem[: 199 - len(ending)]}{dot}{ending}" if dot and len(ending) < 20 else name[:200]


def checked(file: File, name: str) -> FileType:
    """The type of a file that is neither empty nor too large nor of a kind that KAM does not take; raises Denied."""
    if file.size > MAX_BYTES:
        raise too_large()
    if file.size == 0:
        raise Denied("file_empty", _("The file is empty."), field="file", status=400)
    found = type_of(file.file or file, name)
    if found is None:
        text = _(
            "KAM does not take this type of file. Send a PDF, an image, a drawing (DXF, DWG, STEP), an Office or text file or an e-mail."
        )
        raise Denied("file_kind", text, field="file", status=400)
    return found


def digest(file: File) -> str:
    """The SHA-256 of a file."""
    sum_ = hashlib.sha256()
    file.seek(0)
    for part in file.chunks(1 << 20):
        sum_.update(part)
    file.seek(0)
    return sum_.hexdigest()


class ScannerAway(Exception):
    """The scanner that is configured gives no answer; the file waits and is scanned later."""


def scan(file: IO[bytes]) -> ScanState:
    """Ask the virus scanner of CLAMAV_URL (tcp://host:port) about a file; without one the file stays unscanned.

    Speaks INSTREAM: the file in parts, each after its length in four bytes, a length of zero at the end.
    """
    address = urlsplit(settings.CLAMAV_URL)
    if not address.hostname:
        return ScanState.UNSCANNED
    file.seek(0)
    try:
        with socket.create_connection((address.hostname, address.port or 3310), timeout=10) as scanner:
            scanner.settimeout(120)
            scanner.sendall(b"zINSTREAM\0")
            while part := file.read(1 << 16):
                scanner.sendall(struct.pack("!L", len(part)) + part)
            scanner.sendall(struct.pack("!L", 0))
            answer = b""
            while not answer.endswith(b"\0"):
                part = scanner.recv(4096)
                if not part:
                    break
                answer += part
    except OSError as fault:
        raise ScannerAway from fault
    text = answer.rstrip(b"\0").decode("ascii", "replace")
    if text.endswith(" FOUND"):
        return ScanState.INFECTED
    if text.endswith(": OK"):
        return ScanState.CLEAN
    raise ScannerAway(text)
