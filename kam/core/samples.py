"""Rows drawn by chance, as an auditor draws them: the same word draws the same rows again, another word draws others."""

from typing import Any

from django.db.models import CharField, QuerySet, Value
from django.db.models.functions import MD5, Cast, Concat

from kam.core import clock
from kam.core.characters import unkept

LONGEST = 40


def word_of(request: Any) -> str:
    """The word that the reader draws by; today's date unless they give one that can be kept."""
    asked = request.GET.get("seed", "")[:LONGEST].strip()
    return asked if asked and not unkept([asked]) else clock.today().isoformat()


def drawn(rows: QuerySet, word: str, count: int) -> QuerySet:
    """So many of these rows, in the order that the word and their keys, well stirred, decide."""
    return rows.order_by(MD5(Concat(Cast("pk", CharField()), Value(word))), "pk")[:count]
