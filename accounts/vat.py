"""VAT numbers: written one way, with their check digits checked by the rules of their country."""

import re
from functools import cache
from typing import Any

from django.utils.translation import gettext_lazy as _
from stdnum import get_cc_module
from stdnum.eu import vat as european
from stdnum.exceptions import ValidationError

from kam.core.workflow import Denied

#: Greece writes its numbers with EL, Northern Ireland with XI; neither is its country's code.
PREFIXES = {state.upper() for state in european.MEMBER_STATES} | {"EL", "XI"}
EUROPEAN = {state.upper() for state in european.MEMBER_STATES} - {"XI"}
SWISS_TAIL = re.compile("(MWST|TVA|IVA|TPV)$")
NOISE = re.compile(r"[\s.\-/_]+")


@cache
def _rules(country: str) -> Any:
    """The rules of a country, or None where nothing is known about them."""
    return get_cc_module(country.lower(), "vat")


def _wrong(text: str) -> Denied:
    return Denied(
        "wrong_vat_number",
        _("“%(number)s” is not a valid VAT number. Check the digits.") % {"number": text},
        field="vat_id",
        status=400,
    )


def checked_vat(text: str, country: str) -> str:
    """The VAT number as it is kept: with the prefix of its country, without blanks and dots, its check digits right.

    A number with a prefix of the Union is checked by that country's rules, wherever the customer sits; another one by
    the rules of the customer's country. Raises Denied (AT-60).
    """
    number = NOISE.sub("", str(text or "")).upper()
    if not number:
        return ""
    if country in EUROPEAN or (number[:2] in PREFIXES and _rules(country) is None):
        own = "EL" if country == "GR" else country
        full = number if number[:2] in PREFIXES else own + number
        try:
            return str(european.validate(full))
        except ValidationError:
            raise _wrong(number) from None
    if country == "CH" and not SWISS_TAIL.search(number):
        number += "MWST"
    bare = number.removeprefix(country)
    rules = _rules(country)
    if rules is not None:
        for candidate in (number, bare):
            try:
                kept = str(rules.validate(candidate))
            except ValidationError:
                continue
            kept = SWISS_TAIL.sub("", kept) if country == "CH" else kept
            return kept if kept.startswith(country) else country + kept
        raise _wrong(number)
    if not bare.isalnum() or not bare.isascii() or not 4 <= len(bare) <= 18:
        raise _wrong(number)
    return country + bare
