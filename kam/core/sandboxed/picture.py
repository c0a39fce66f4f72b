"""Draws a picture of a document: the first page of a PDF or an image as PNG, a DXF drawing as SVG on white."""

import os
from pathlib import Path
from typing import Any

LONGEST_SIDE = 1600
MAX_PIXELS = 80_000_000
MAX_SVG = 8 * 1024 * 1024
MAX_ENTITIES = 200_000


class Failure(Exception):
    """Why there is no picture, as a code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def pdf(order: dict[str, Any]) -> dict[str, Any]:
    """The first page."""
    import pypdfium2

    document = pypdfium2.PdfDocument(order["path"])
    page = document[0]
    width, height = page.get_size()
    if not 0 < max(width, height) < 20_000:
        raise Failure("size")
    picture = page.render(scale=min(LONGEST_SIDE / max(width, height), 4)).to_pil()
    picture.convert("RGB").save(order["out"], "PNG", optimize=True)
    return {"media_type": "image/png", "pages": len(document)}


def image(order: dict[str, Any]) -> dict[str, Any]:
    """The image in a size for the screen, turned upright, without what the camera wrote into it; a photo stays a JPEG."""
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    with Image.open(order["path"], formats=["PNG", "JPEG", "GIF", "TIFF", "WEBP"]) as source:
        if source.width * source.height > MAX_PIXELS:
            raise Failure("size")
        photo = source.format == "JPEG"
        source.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
        upright = ImageOps.exif_transpose(source)
        upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        plain = upright.convert("RGBA")
        ground = Image.new("RGB", plain.size, "white")
        ground.paste(plain, mask=plain.getchannel("A"))
        if photo:
            ground.save(order["out"], "JPEG", quality=80, optimize=True)
        else:
            ground.save(order["out"], "PNG", optimize=True)
    return {"media_type": "image/jpeg" if photo else "image/png", "pages": 1}


def dxf(order: dict[str, Any]) -> dict[str, Any]:
    """The model space as SVG, in black and colours on white, with the fonts that the product brings."""
    from ezdxf import recover
    from ezdxf.addons.drawing import Frontend, RenderContext, config, layout, svg
    from ezdxf.fonts import fonts

    fonts.font_manager.build(order["fonts"], support_dirs=False)
    drawing, _audit = recover.readfile(order["path"])
    space = drawing.modelspace()
    if len(space) > MAX_ENTITIES:
        raise Failure("size")
    backend = svg.SVGBackend()
    settings = config.Configuration(background_policy=config.BackgroundPolicy.WHITE, color_policy=config.ColorPolicy.COLOR)
    Frontend(RenderContext(drawing), backend, config=settings).draw_layout(space)
    text = backend.get_string(
        layout.Page(0, 0, layout.Units.mm, margins=layout.Margins.all(4), max_width=420, max_height=420),
        settings=layout.Settings(fit_page=True),
    )
    if len(text) > MAX_SVG:
        raise Failure("size")
    Path(order["out"]).write_text(text, encoding="utf-8")
    return {"media_type": "image/svg+xml", "pages": 1}


def main(order: dict[str, Any]) -> dict[str, Any]:
    """Draw the file at `path` (`type` pdf, image or dxf) to `out`."""
    os.environ["XDG_CACHE_HOME"] = os.getcwd()
    return {"pdf": pdf, "image": image, "dxf": dxf}[order["type"]](order)
