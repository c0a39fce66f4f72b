"""Words of data in three languages: a name that its reader sees in their own language, else in English; of countries and languages too,
and what KAM itself said and keeps as it was said, for whoever reads it later."""

from functools import lru_cache
from typing import Any

from babel import Locale
from django.conf import settings
from django.db import models
from django.db.models.functions import Coalesce, NullIf
from django.utils.translation import get_language, override
from django.utils.translation import gettext_lazy as _

LANGUAGES = ("it", "en", "de")


def reader_language() -> str:
    """The language that the present reader sees: it, en or de."""
    return (get_language() or "en")[:2] if (get_language() or "en")[:2] in LANGUAGES else "en"


@lru_cache(maxsize=len(LANGUAGES))
def territories(language: str) -> dict[str, str]:
    """What the parts of the world are called in a language, by code."""
    return dict(Locale(language).territories)


def country_name(code: str) -> str:
    """The name of a country as the reader says it; an unknown code stays as it is."""
    return territories(reader_language()).get(code, code)


def language_name(code: str) -> str:
    """The name of a language as the reader says it: Tedesco to an Italian."""
    return str(dict(settings.LANGUAGES).get(code, code))


def in_every_language(said: Any) -> str | dict[str, str]:
    """What is said now, to be kept as JSON: its words in each language, one text where all are the same.

    `said` is a text that is written when it is read, in the language of that moment, or whatever `str` writes.
    """
    words = {}
    for language in LANGUAGES:
        with override(language):
            words[language] = str(said)
    return words["en"] if len(set(words.values())) == 1 else words


def in_this_language(kept: str | dict[str, str]) -> str:
    """What was kept by `in_every_language`, as the present reader says it."""
    return kept if isinstance(kept, str) else kept[reader_language()]


class Translated(models.Model):
    """A row with a name in Italian, English and German; English must be there, the others fall back to it."""

    name_it = models.CharField(_("name in Italian"), max_length=160, blank=True)
    name_en = models.CharField(_("name in English"), max_length=160)
    name_de = models.CharField(_("name in German"), max_length=160, blank=True)

    class Meta:
        abstract = True

    @property
    def name(self) -> str:
        """The name in the reader's language."""
        return getattr(self, f"name_{reader_language()}") or self.name_en

    def name_in(self, language: str) -> str:
        """The name in a given language, for documents in the customer's language."""
        return getattr(self, f"name_{language}", "") or self.name_en

    def __str__(self) -> str:
        return self.name


def translated_name(prefix: str = "") -> Any:
    """The reader's name as an expression to sort and search by; `prefix` leads to the row (`family__`)."""
    return Coalesce(NullIf(f"{prefix}name_{reader_language()}", models.Value("")), f"{prefix}name_en")
