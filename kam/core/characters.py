"""Characters that nobody can see: which they are, the words that refuse them, and the form in which a text is kept."""

import re
import unicodedata
from typing import Any

from django.utils.translation import gettext as _

# Everything below the space but tab and line ends, DEL and what follows it, every mark that sets the direction of reading
# (Unicode's Bidi_Control: a name looks like another one), byte order marks, and what is no character at all. Words in
# Hebrew or Arabic need none of them; no print and no sheet takes them.
HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)
# What stands where letters were sent in another encoding than they were said to be in.
LOST = "\ufffd"
DEEPEST = 50
SHOWN = 20


def unkept(value: Any, depth: int = 0) -> tuple[str, str] | None:
    """Why a text, or one somewhere in this value, cannot be kept as it is: a code and the words for its field; else None."""
    match value:
        case str():
            return _fault(value)
        case dict() | list() | tuple():
            if depth > DEEPEST:
                return "too_deep", _("This value is nested too deeply.")
            parts = [*value.keys(), *value.values()] if isinstance(value, dict) else value
            return next(filter(None, (unkept(part, depth + 1) for part in parts)), None)
    return None


def _fault(text: str) -> tuple[str, str] | None:
    found = HIDDEN.search(text)
    if found:
        named = {"mark": f"U+{ord(found.group()):04X}", "before": text[: found.start()].rstrip()[-SHOWN:]}
        if named["before"]:
            words = _("After “%(before)s” stands a character that nobody can see (%(mark)s). Type this part again by hand.")
        else:
            words = _("The text begins with a character that nobody can see (%(mark)s). Type it again by hand.")
        return "control_characters", words % named
    if LOST in text:
        return "lost_characters", _("Letters were lost on the way; � stands where they were. Type them again.")
    return None


def as_kept(value: Any) -> Any:
    """A text as KAM keeps it: accents composed (NFC), lines ended alike whatever system they come from; other values as they are."""
    if not isinstance(value, str):
        return value
    text = unicodedata.normalize("NFC", value)
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
