"""The print forms of prices and offers as the quality system knows them."""

from typing import Any

from kam.core.printing import PrintForm

AGREEMENT, BRIEF, CAMPAIGN_LETTER, OFFER, ORDER_EVIDENCE, PRICE_LETTER, PRICE_LIST, REVIEW = (
    "price_agreement",
    "negotiation_brief",
    "campaign_letter",
    "offer",
    "order_evidence",
    "price_letter",
    "price_list",
    "contract_review",
)
FORMS = {
    OFFER: {
        "name_en": "Offer", "name_it": "Offerta", "name_de": "Angebot", "procedure": "PQ 10-01", "form": "MOD 10-01-01",
        "revision": "0",
    },
    BRIEF: {
        "name_en": "Negotiation brief", "name_it": "Scheda di trattativa", "name_de": "Verhandlungsblatt", "procedure": "PQ 10-01",
        "form": "MOD 10-01-02", "revision": "0",
    },
    REVIEW: {
        "name_en": "Record of the contract review", "name_it": "Verbale di riesame del contratto",
        "name_de": "Protokoll der Vertragsprüfung", "procedure": "PQ 04-02", "form": "MOD 04-02-01", "revision": "0",
    },
    PRICE_LETTER: {
        "name_en": "Correction of prices", "name_it": "Rettifica di prezzi", "name_de": "Preiskorrektur", "procedure": "PQ 10-02",
        "form": "MOD 10-02-01", "revision": "0",
    },
    CAMPAIGN_LETTER: {
        "name_en": "Change of prices", "name_it": "Variazione prezzi", "name_de": "Preisanpassung", "procedure": "PQ 10-01",
        "form": "MOD 10-01-04", "revision": "0",
    },
    AGREEMENT: {
        "name_en": "Price agreement", "name_it": "Accordo di prezzo", "name_de": "Preisvereinbarung", "procedure": "PQ 10-02",
        "form": "MOD 10-02-02", "revision": "0",
    },
    PRICE_LIST: {
        "name_en": "Price list", "name_it": "Listino prezzi", "name_de": "Preisliste", "procedure": "PQ 10-02",
        "form": "MOD 10-02-03", "revision": "0",
    },
    "order_acknowledgement": {
        "name_en": "Order acknowledgement", "name_it": "Ricevuta d'ordine", "name_de": "Auftragseingangsbestätigung",
        "procedure": "PQ 04-01", "form": "MOD 04-01-01", "revision": "0",
    },
    "order_confirmation": {
        "name_en": "Order confirmation", "name_it": "Conferma d'ordine", "name_de": "Auftragsbestätigung", "procedure": "PQ 04-01",
        "form": "MOD 04-01-02", "revision": "0",
    },
    "order_delay": {
        "name_en": "Delay notice", "name_it": "Avviso di ritardo", "name_de": "Lieferverzugsanzeige", "procedure": "PQ 04-01",
        "form": "MOD 04-01-03", "revision": "0",
    },
    "order_cancellation": {
        "name_en": "Notice of cancellation", "name_it": "Avviso di annullamento", "name_de": "Stornierungsanzeige",
        "procedure": "PQ 04-01", "form": "MOD 04-01-04", "revision": "0",
    },
    "order_pro_forma": {
        "name_en": "Pro forma invoice", "name_it": "Fattura pro forma", "name_de": "Proforma-Rechnung", "procedure": "PQ 04-01",
        "form": "MOD 04-01-05", "revision": "0",
    },
    ORDER_EVIDENCE: {
        "name_en": "Evidence of an order", "name_it": "Evidenze dell'ordine", "name_de": "Nachweis eines Auftrags",
        "procedure": "PQ 04-01", "form": "MOD 04-01-06", "revision": "0",
    },
}  # fmt: skip
#: Kind of a paper about an order → its form.
ORDER_PAPERS = {
    "acknowledgement": "order_acknowledgement",
    "confirmation": "order_confirmation",
    "variations": "order_confirmation",
    "change": "order_confirmation",
    "delay": "order_delay",
    "cancellation": "order_cancellation",
    "pro_forma": "order_pro_forma",
}


def install_print_forms(**_of_migrate: Any) -> None:
    """Make the print forms of prices and offers where they are missing; what was changed stays."""
    for code, values in FORMS.items():
        PrintForm.objects.get_or_create(code=code, defaults=values)
