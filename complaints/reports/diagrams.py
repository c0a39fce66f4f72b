"""The diagrams of the causes as data: the fishbone (Ishikawa) by category, the whys as a tree; drawn by the page from rows."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from complaints.models import Cause, Complaint

WIDTH, STEP, LINE, BOX = 250, 46, 18, 230
MOST_LETTERS = 32


@dataclass(frozen=True)
class Mark:
    """A cause or a category as it is drawn: where, and its words shortened to fit; the whole stands in its title."""

    x: int
    y: int
    text: str
    title: str
    root: bool = False
    address: str = ""


@dataclass
class Drawing:
    """What a picture is made of: its size, lines (x1, y1, x2, y2) and marks."""

    width: int
    height: int
    lines: list[tuple[int, int, int, int]] = field(default_factory=list)
    heads: list[Mark] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)


def _short(text: str) -> str:
    return text if len(text) <= MOST_LETTERS else text[: MOST_LETTERS - 1] + "…"


def _mark(cause: Cause, x: int, y: int) -> Mark:
    return Mark(x, y, _short(cause.text), cause.text, cause.root, f"/complaint-causes/{cause.pk}/edit/")


def fishbone(causes: list[Cause]) -> Drawing:
    """Categories along the spine, three above and three below, the causes of each beside its bone."""
    by: dict[str, list[Cause]] = defaultdict(list)
    for cause in causes:
        by[cause.category].append(cause)
    most = max((len(rows) for rows in by.values()), default=0)
    half = 40 + LINE * max(most, 2)
    drawing = Drawing(3 * WIDTH + 60, 2 * half + 20)
    spine = half + 10
    drawing.lines.append((0, spine, drawing.width, spine))
    for place, (value, label) in enumerate(Cause.Category.choices):
        left, above = (place % 3) * WIDTH, place < 3
        y = 10 if above else 2 * half + 10
        drawing.lines.append((left + 10, y, left + 60, spine))
        drawing.heads.append(Mark(left + 14, y + (4 if above else -2), str(label), str(label)))
        for number, cause in enumerate(by[value]):
            at = y + (24 + LINE * number) * (1 if above else -1)
            drawing.marks.append(_mark(cause, left + 44, at))
    return drawing


def whys(causes: list[Cause]) -> Drawing:
    """Each cause at the right of what it explains."""
    below: dict[int | None, list[Cause]] = defaultdict(list)
    known = {cause.pk for cause in causes}
    for cause in causes:
        below[cause.parent_id if cause.parent_id in known else None].append(cause)
    drawing, row, deepest = Drawing(0, 0), 0, 0

    def place(cause: Cause, depth: int) -> int:
        nonlocal row, deepest
        deepest = max(deepest, depth)
        first = row
        ends = [place(child, depth + 1) for child in below[cause.pk]]
        if not ends:
            row += 1
        y = 24 + STEP * first
        drawing.marks.append(_mark(cause, 10 + WIDTH * depth, y))
        drawing.lines.extend((10 + WIDTH * depth + BOX, y, 10 + WIDTH * (depth + 1), end) for end in ends)
        return y

    for cause in below[None]:
        place(cause, 0)
    drawing.width, drawing.height = WIDTH * (deepest + 1) + 10, STEP * row + 10
    return drawing


def diagrams_of(complaint: Complaint) -> dict[str, Any]:
    """The causes of a complaint, and both pictures of them where there are any."""
    causes = list(complaint.causes.order_by("pk"))
    pictures = {"fishbone": fishbone(causes), "whys": whys(causes)} if causes else {}
    return {"causes": causes} | pictures
