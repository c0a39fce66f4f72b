"""Countries: their ISO codes, and their names in the reader's language."""

from functools import lru_cache

from django.utils.translation import gettext_lazy as _

from kam.core.words import LANGUAGES, country_name, reader_language, territories
from kam.core.workflow import Denied

__all__ = ["checked_country", "country_choices", "country_codes", "country_name", "language_for"]

# What the names' source also lists and what is no country: unions, pseudo-locales, the unknown.
NO_COUNTRIES = frozenset({"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"})
# What files write of countries and neither the codes nor the names say.
USUAL = {"uk": "GB", "usa": "US", "u.s.a.": "US"}


@lru_cache(maxsize=len(LANGUAGES))
def _names(language: str) -> dict[str, str]:
    return {
        code: name
        for code, name in territories(language).items()
        if len(code) == 2 and code.isalpha() and code not in NO_COUNTRIES
    }


def country_codes() -> frozenset[str]:
    """Every ISO 3166-1 code of two letters."""
    return frozenset(_names("en"))


@lru_cache(maxsize=1)
def _codes() -> dict[str, str]:
    return {name.casefold(): code for language in LANGUAGES for code, name in _names(language).items()} | USUAL


def country_code(text: str) -> str:
    """The code of a country that a file writes as its code or by its name in one of KAM's languages; empty where it is none."""
    written = " ".join(text.split())
    return written.upper() if written.upper() in country_codes() else _codes().get(written.casefold(), "")


def country_choices() -> list[tuple[str, str]]:
    """Every country in the reader's language and its order, for a form."""
    return sorted(_names(reader_language()).items(), key=lambda pair: pair[1])


def checked_country(code: str) -> str:
    """The code in capital letters. Raises Denied when there is no such country."""
    code = str(code or "").strip().upper()
    if code not in country_codes():
        raise Denied("unknown_country", _("Write the country as a code of two letters, as in IT."), field="country", status=400)
    return code


def language_for(country: str) -> str:
    """The language that documents to this country are first offered in."""
    return {"IT": "it", "SM": "it", "VA": "it", "DE": "de", "AT": "de", "LI": "de", "CH": "de"}.get(country, "en")
