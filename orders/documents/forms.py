"""The print forms of prices and offers as the quality system knows them."""

from typing import Any

from kam.core.printing import PrintForm

BRIEF, CAMPAIGN_LETTER, OFFER, PRICE_LETTER = "negotiation_brief", "campaign_letter", "offer", "price_letter"
FORMS = {
    OFFER: {
        "name_en": "Offer", "name_it": "Offerta", "name_de": "Angebot", "procedure": "PQ 10-01", "form": "MOD 10-01-01",
        "revision": "0",
    },
    BRIEF: {
        "name_en": "Negotiation brief", "name_it": "Scheda di trattativa", "name_de": "Verhandlungsblatt", "procedure": "PQ 10-01",
        "form": "MOD 10-01-02", "revision": "0",
    },
    PRICE_LETTER: {
        "name_en": "Correction of prices", "name_it": "Rettifica di prezzi", "name_de": "Preiskorrektur", "procedure": "PQ 10-02",
        "form": "MOD 10-02-01", "revision": "0",
    },
    CAMPAIGN_LETTER: {
        "name_en": "Change of prices", "name_it": "Variazione prezzi", "name_de": "Preisanpassung", "procedure": "PQ 10-01",
        "form": "MOD 10-01-04", "revision": "0",
    },
}  # fmt: skip


def install_print_forms(**_of_migrate: Any) -> None:
    """Make the print forms of prices and offers where they are missing; what was changed stays."""
    for code, values in FORMS.items():
        PrintForm.objects.get_or_create(code=code, defaults=values)
