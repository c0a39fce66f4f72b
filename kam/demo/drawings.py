"""The demonstration's drawings: a sheet with two views of a product, its measures and its title block, as a plain DXF file."""

from collections.abc import Iterator
from itertools import pairwise
from math import cos, pi, sin

from kam.demo.products import ProductData

Point = tuple[float, float]
SHEET, MARGIN = (297.0, 210.0), 8.0  # A4, in millimetres
SIDE, FRONT = (95.0, 118.0), (215.0, 118.0)  # the middles of the two views
RADIUS = 42.0
#: Family → half the length of the view, how its radius steps along the axis, how many holes its flange has.
SHAPES = {
    "GE": (40.0, (0.55, 1.0, 0.8, 1.0, 0.55), 8),
    "RO": (55.0, (0.3, 0.9, 0.9, 1.0, 0.4), 6),
    "RE": (52.0, (0.25, 1.0, 0.85, 0.7, 0.2), 12),
    "CA": (70.0, (0.9, 0.35, 0.3, 0.35, 0.9), 8),
    "CL": (22.0, (0.8, 1.0, 1.0, 1.0, 0.8), 10),
    "LC": (35.0, (0.5, 0.7, 1.0, 0.7, 0.5), 6),
}


def drawing(row: ProductData, number: str, level: str) -> bytes:
    """The drawing of a product."""
    size = int(row.code.split("-")[1])
    entities = [
        *_rectangle((MARGIN, MARGIN), (SHEET[0] - MARGIN, SHEET[1] - MARGIN)),
        *_side(row.family),
        *_front(row.family),
        *_measure(size),
        *_title(row, number, level),
    ]
    pairs = [
        ("0", "SECTION"),
        ("2", "ENTITIES"),
        *(pair for entity in entities for pair in entity),
        ("0", "ENDSEC"),
        ("0", "EOF"),
    ]
    return "".join(f"{code}\n{value}\n" for code, value in pairs).encode("cp1252", "replace")


def _side(family: str) -> Iterator[list[tuple[str, str]]]:
    """The view from the side: steps along the axis, and the axis itself."""
    half, steps, _holes = SHAPES[family]
    x, y = SIDE
    width = 2 * half / len(steps)
    for place, step in enumerate(steps):
        left = x - half + place * width
        yield from _rectangle((left, y - RADIUS * step), (left + width, y + RADIUS * step))
    yield _line((x - half - 8, y), (x + half + 8, y))


def _front(family: str) -> Iterator[list[tuple[str, str]]]:
    """The view from the front: outline, bore, and the holes of the flange."""
    holes = SHAPES[family][2]
    x, y = FRONT
    for share in (1.0, 0.62, 0.28):
        yield _circle(FRONT, RADIUS * share)
    for place in range(holes):
        angle = 2 * pi * place / holes
        yield _circle((x + 0.8 * RADIUS * cos(angle), y + 0.8 * RADIUS * sin(angle)), 3.0)
    yield _line((x - RADIUS - 6, y), (x + RADIUS + 6, y))
    yield _line((x, y - RADIUS - 6), (x, y + RADIUS + 6))


def _measure(size: int) -> Iterator[list[tuple[str, str]]]:
    """The outer diameter."""
    x, y = FRONT[0] + RADIUS + 14, FRONT[1]
    yield _line((x, y - RADIUS), (x, y + RADIUS))
    for end in (y - RADIUS, y + RADIUS):
        yield _line((FRONT[0], end), (x + 3, end))
    yield _text((x + 2, y), 4, f"%%c{size * 2}")


def _title(row: ProductData, number: str, level: str) -> Iterator[list[tuple[str, str]]]:
    """The title block: what it is, number, revision, weight."""
    right, bottom = SHEET[0] - MARGIN, MARGIN
    yield from _rectangle((right - 120, bottom), (right, bottom + 32))
    yield _line((right - 120, bottom + 16), (right, bottom + 16))
    yield _text((right - 116, bottom + 21), 5, row.name_it)
    yield _text((right - 116, bottom + 5), 4, f"{number}  rev. {level}   {row.net_weight} kg   ISO 2768-mK")


def _rectangle(low: Point, high: Point) -> Iterator[list[tuple[str, str]]]:
    corners = [low, (high[0], low[1]), high, (low[0], high[1]), low]
    for start, end in pairwise(corners):
        yield _line(start, end)


def _line(start: Point, end: Point) -> list[tuple[str, str]]:
    return [("0", "LINE"), ("8", "0"), *_at(start), ("11", f"{end[0]:.3f}"), ("21", f"{end[1]:.3f}")]


def _circle(middle: Point, radius: float) -> list[tuple[str, str]]:
    return [("0", "CIRCLE"), ("8", "0"), *_at(middle), ("40", f"{radius:.3f}")]


def _text(place: Point, height: float, text: str) -> list[tuple[str, str]]:
    return [("0", "TEXT"), ("8", "0"), *_at(place), ("40", f"{height:.1f}"), ("1", text)]


def _at(place: Point) -> list[tuple[str, str]]:
    return [("10", f"{place[0]:.3f}"), ("20", f"{place[1]:.3f}")]
