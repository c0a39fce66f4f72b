"""Pictures of documents: drawn in a process of their own from PDF, images and DXF; a harmful file leaves none."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings as django_settings
from PIL import Image

from kam.core import previews, sandbox
from kam.core.documents import Document, DocumentType, PreviewState, attach_document
from tests.factories.files import dxf, image, named, pdf
from tests.matrix import matrix  # noqa: F401

DRAWINGS = Path(django_settings.BASE_DIR).parent / "shared" / "sample" / "drawings"


def drawn(tmp_path, data: bytes, kind: str) -> Path:
    source, out = tmp_path / "source", tmp_path / "out"
    source.write_bytes(data)
    previews.draw(source, kind, out)
    return out


def test_the_first_page_of_a_pdf(tmp_path):
    with Image.open(drawn(tmp_path, pdf("RE 240-6"), "pdf")) as picture:
        assert (picture.format, picture.size) == ("PNG", (1200, 800))
        assert len(picture.convert("L").getcolors()) > 1


def test_an_image_is_made_smaller_and_loses_what_the_camera_wrote(tmp_path):
    with Image.open(drawn(tmp_path, image((3200, 1600)), "image")) as picture:
        assert (picture.format, picture.size, picture.info) == ("PNG", (1600, 800), {})


def test_a_drawing_is_drawn_on_white_with_its_text(tmp_path):
    svg = drawn(tmp_path, dxf(), "dxf").read_text()
    assert "<svg" in svg[:60] and "#ffffff" in svg and "<script" not in svg and "href" not in svg
    assert svg.count("<path") >= 2 and "stroke: #000000" in svg and "stroke: #ffffff" not in svg
    assert len(svg) > 3 * len(drawn(tmp_path, dxf().replace(b"RE 240-6", b""), "dxf").read_text())


@pytest.mark.skipif(not DRAWINGS.is_dir(), reason="the sample drawings are not on this machine")
@pytest.mark.parametrize(
    ("name", "kind", "least"),
    [
        ("nist_ftc_06_asme1_rd.pdf", "pdf", 50_000),
        ("nist_ftc_11_asme1_rb.pdf", "pdf", 50_000),
        ("text.dxf", "dxf", 100_000),
        ("hatches_1.dxf", "dxf", 2_000),
        ("dimension_in_block.dxf", "dxf", 2_000),
    ],
)
def test_real_drawings_have_a_picture(tmp_path, name, kind, least):
    assert drawn(tmp_path, (DRAWINGS / name).read_bytes(), kind).stat().st_size > least


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"%PDF-1.4\nnothing", "pdf"),
        (image()[:60], "image"),
        (b"  0\nSECTION\n  2\nENTITIES\n  0\nCIRC", "dxf"),
        (image((12_000, 9_000)), "image"),
    ],
)
def test_broken_and_endless_files_have_none(tmp_path, data, kind):
    with pytest.raises(sandbox.SandboxError):
        drawn(tmp_path, data, kind)


def test_the_worker_stores_the_picture_or_notes_that_there_is_none(matrix):  # noqa: F811
    type = DocumentType.objects.create(code="drawing-of-tests", name_en="Drawing")
    states = []
    for data, name in ((image(), "a.png"), (dxf(), "a.dxf"), (b"%PDF-1.4\nnothing", "a.pdf"), (b"a;b\n", "a.csv")):
        document = attach_document(
            Document, actor=matrix.account_manager, record=matrix.acme_us, type=type, file=named(data, name)
        )
        for _twice in range(2):
            previews.run(SimpleNamespace(params={"document": document.pk}), None)
        document.refresh_from_db()
        states.append((document.preview_state, document.preview_type, bool(document.preview)))
    assert states == [
        (PreviewState.READY, "image/png", True),
        (PreviewState.READY, "image/svg+xml", True),
        (PreviewState.FAILED, "", False),
        (PreviewState.NONE, "", False),
    ]
