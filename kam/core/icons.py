"""Icons as inline drawings, drawn once and kept; every icon stands beside its word and is silent for screen readers."""

from functools import lru_cache

from django.utils.safestring import SafeString, mark_safe
from lucide.templatetags.lucide import lucide


@lru_cache(maxsize=512)
def icon(name: str, size: int = 16) -> SafeString:
    """The drawing of an icon of the Lucide set at a size in pixels."""
    drawing = lucide(name, size=size, stroke_width="1.75", aria_hidden="true", focusable="false", **{"class": "k-icon"})
    return mark_safe(drawing)
