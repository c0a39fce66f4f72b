"""Small files for tests, made when they are needed."""

import io
import zipfile
from typing import Any

from django.core.files.base import ContentFile


def pdf(text: str = "Drawing") -> bytes:
    """A PDF of one page with a few words."""
    words = f"BT /F1 24 Tf 40 100 Td ({text}) Tj ET".encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(words), words),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out = b"%PDF-1.4\n"
    places = []
    for number, item in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, item)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)


def dxf() -> bytes:
    """A drawing with a circle, a line and a text."""
    pairs = [
        (0, "SECTION"), (2, "ENTITIES"),
        (0, "CIRCLE"), (8, "0"), (10, 50.0), (20, 50.0), (30, 0.0), (40, 25.0),
        (0, "LINE"), (8, "0"), (10, 0.0), (20, 0.0), (30, 0.0), (11, 100.0), (21, 100.0), (31, 0.0),
        (0, "TEXT"), (8, "0"), (10, 10.0), (20, 90.0), (30, 0.0), (40, 5.0), (1, "RE 240-6"),
        (0, "ENDSEC"), (0, "EOF"),
    ]  # fmt: skip
    return "".join(f"{code:>3}\n{value}\n" for code, value in pairs).encode()


def image(size: tuple[int, int] = (400, 200), colour: str = "teal") -> bytes:
    """A PNG of one colour."""
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "PNG")
    return out.getvalue()


def packed(**members: Any) -> bytes:
    """An archive of these members (a double underscore is a slash)."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name.replace("__", "/"), data)
    return out.getvalue()


def named(data: bytes, name: str) -> ContentFile:
    """These bytes as an uploaded file."""
    return ContentFile(data, name=name)


def words_of_print(content: bytes) -> str:
    """What stands on the pages of a PDF."""
    import pypdfium2

    pages = pypdfium2.PdfDocument(content)
    return " ".join(" ".join(page.get_textpage().get_text_bounded() for page in pages).split())
