"""What a file is by its content, whatever it is called; a short table of the types that people exchange."""

import zipfile
from dataclasses import dataclass
from pathlib import PurePath
from typing import IO

OFFICE = "application/vnd.openxmlformats-officedocument."
OPEN = "application/vnd.oasis.opendocument."


@dataclass(frozen=True)
class FileType:
    """A type of file: its content type and its usual ending; `preview` names the program that can draw it."""

    content_type: str
    ending: str
    preview: str = ""


PDF = FileType("application/pdf", "pdf", "pdf")
DXF = FileType("image/vnd.dxf", "dxf", "dxf")
XLSX = FileType(OFFICE + "spreadsheetml.sheet", "xlsx")
XLS = FileType("application/vnd.ms-excel", "xls")
ODS = FileType(OPEN + "spreadsheet", "ods")
CSV = FileType("text/csv", "csv")
TEXT = FileType("text/plain", "txt")
MAIL = FileType("message/rfc822", "eml")
OUTLOOK = FileType("application/vnd.ms-outlook", "msg")
XML = FileType("application/xml", "xml")
STEP = FileType("model/step", "stp")
#: Types that hold sheets, and what the program that reads them calls them.
SHEETS = {XLSX: "xlsx", XLS: "xls", ODS: "ods", CSV: "csv", TEXT: "csv"}

BY_START = [
    (b"%PDF-", PDF),
    (b"\x89PNG\r\n\x1a\n", FileType("image/png", "png", "image")),
    (b"\xff\xd8\xff", FileType("image/jpeg", "jpg", "image")),
    (b"GIF87a", FileType("image/gif", "gif", "image")),
    (b"GIF89a", FileType("image/gif", "gif", "image")),
    (b"II*\x00", FileType("image/tiff", "tif", "image")),
    (b"MM\x00*", FileType("image/tiff", "tif", "image")),
    (b"AutoCAD Binary DXF\r\n\x1a\x00", DXF),
    (b"AC10", FileType("image/vnd.dwg", "dwg")),
    (b"ISO-10303-21;", STEP),
]
OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
BY_OLD_NAME = {
    "doc": FileType("application/msword", "doc"),
    "ppt": FileType("application/vnd.ms-powerpoint", "ppt"),
    "msg": OUTLOOK,
}
BY_MEMBER = {
    "xl/": XLSX,
    "word/": FileType(OFFICE + "wordprocessingml.document", "docx"),
    "ppt/": FileType(OFFICE + "presentationml.presentation", "pptx"),
}
BY_OPEN_NAME = {
    OPEN + "spreadsheet": ODS,
    OPEN + "text": FileType(OPEN + "text", "odt"),
    OPEN + "presentation": FileType(OPEN + "presentation", "odp"),
}
HEAD = 8192
# The list of what an archive holds is read into memory whole; no Office file has more than some thousand members.
LONGEST_LIST = 2 * 1024 * 1024


def type_of(file: IO[bytes], name: str) -> FileType | None:
    """The type of an open file by its content, or None where it is none that KAM takes.

    The name only chooses between types of one family (a text that is a table or a mail, an old Office file).
    Web pages, SVG, programs, scripts, files with macros and archives are none.
    """
    file.seek(0)
    head = file.read(HEAD)
    ending = PurePath(name).suffix.lower().lstrip(".")
    for start, found in BY_START:
        if head.startswith(start):
            return found
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return FileType("image/webp", "webp", "image")
    if head[4:12] in (b"ftypheic", b"ftypheix", b"ftypmif1"):
        return FileType("image/heic", "heic")
    if head.startswith(OLD_OFFICE):
        return BY_OLD_NAME.get(ending, XLS if ending in ("xls", "xlsx") else None)
    if head.startswith(b"PK\x03\x04"):
        return _packed(file)
    return _text(head, ending)


def _packed(file: IO[bytes]) -> FileType | None:
    try:
        end = zipfile._EndRecData(file)  # type: ignore[attr-defined] # what opening it would go by
        if end is None or end[5] > LONGEST_LIST:
            return None
        with zipfile.ZipFile(file) as archive:
            members = archive.namelist()
            if "mimetype" in members and archive.getinfo("mimetype").file_size < 200:
                return BY_OPEN_NAME.get(archive.read("mimetype").decode("ascii", "replace").strip())
            if "[Content_Types].xml" not in members or any(member.lower().endswith("vbaproject.bin") for member in members):
                return None
            return next(
                (found for start, found in BY_MEMBER.items() if any(member.startswith(start) for member in members)), None
            )
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError):
        return None


def _text(head: bytes, ending: str) -> FileType | None:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = head[: len(head) // 2 * 2].decode("utf-16", "replace")
    elif b"\x00" in head or not head:
        return None
    else:
        text = head.decode("utf-8-sig", "replace")
    if sum(letter < " " and letter not in "\t\r\n\f" for letter in text) > len(text) // 10 + 1:
        return None
    lines = [line.strip() for line in text.splitlines()[:60]]
    if ending == "eml" and any(
        line.lower().startswith(("from:", "received:", "return-path:", "mime-version:")) for line in lines
    ):
        return MAIL
    start = text.lstrip().lower()
    if start.startswith("<") or "<svg" in start or "<html" in start or "<script" in start:
        harmful = not start.startswith("<?xml") or any(
            mark in start for mark in ("<svg", "<html", "<script", "<!doctype", "<!entity")
        )
        return None if harmful else XML
    if start.startswith("#!"):
        return None
    if ending == "dxf" and "SECTION" in lines:
        return DXF
    return {"csv": CSV, "txt": TEXT, "stp": STEP if text.startswith("ISO-10303") else None, "tsv": CSV}.get(ending)
