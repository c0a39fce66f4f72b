"""The demonstration's files: sheets with a heading and lines of text, as PDF, for what customers send and what we keep of them."""

from collections.abc import Sequence

from django.core.files.base import ContentFile

PAGE = "[0 0 595 842]"  # A4, in points


def sheet(name: str, heading: str, lines: Sequence[str], under: str = "") -> ContentFile:
    """A page with a heading and these lines; the same words make the same file."""
    shown = [("F2", 18, 780, heading), ("F1", 10, 758, under)]
    shown += [("F1", 10, 715 - 17 * place, line) for place, line in enumerate(lines)]
    content = b"0.6 w 56 742 m 539 742 l S\n" + b"\n".join(
        b"BT /%s %d Tf 56 %d Td (%s) Tj ET" % (font.encode(), size, height, _escaped(text)) for font, size, height, text in shown
    )
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox %s /Contents 4 0 R /Resources << /Font << /F1 5 0 R /F2 6 0 R >> >> >>"
        % PAGE.encode(),
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>",
    ]
    out, places = b"%PDF-1.4\n", []
    for number, item in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, item)
    start, count = len(out), len(objects) + 1
    out += b"xref\n0 %d\n0000000000 65535 f \n" % count + b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (count, start)
    return ContentFile(out, name=name)


def _escaped(text: str) -> bytes:
    safe = text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
    return safe.encode("cp1252", "replace")
