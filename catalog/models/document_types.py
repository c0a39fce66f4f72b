"""The types of documents that are kept of customers, plants, products, customer items and orders; every installation has them (domain 12.2)."""

from typing import Any

from kam.core.documents import DocumentType


def _type(english: str, italian: str, german: str, **demands: Any) -> dict[str, Any]:
    return {"name_en": english, "name_it": italian, "name_de": german, **demands}


ENDS = {"must_expire": True, "warning_days": 60}
TYPES = {
    "nda": _type("Non-disclosure agreement", "Accordo di riservatezza", "Geheimhaltungsvereinbarung", warning_days=60),
    "frame_contract": _type("Frame contract", "Contratto quadro", "Rahmenvertrag", **ENDS),
    "price_agreement": _type("Signed price agreement", "Accordo prezzi firmato", "Unterschriebene Preisvereinbarung", warning_days=60),
    "quality_agreement": _type("Quality agreement", "Accordo di qualità", "Qualitätssicherungsvereinbarung", warning_days=60),
    "customer_requirements": _type(
        "Customer-specific requirements", "Requisiti specifici del cliente", "Kundenspezifische Anforderungen", must_have_revision=True
    ),
    "terms_signed": _type("Terms and conditions, signed", "Condizioni generali firmate", "Unterschriebene Geschäftsbedingungen"),
    "packaging_specification": _type("Packaging specification", "Specifica di imballo", "Verpackungsvorschrift"),
    "ppap": _type("PPAP", "PPAP", "PPAP"),
    "psw": _type("Part submission warrant (PSW)", "Part Submission Warrant (PSW)", "Teilevorlagebestätigung (PSW)", must_have_revision=True),
    "iso_9001": _type("ISO 9001 certificate", "Certificato ISO 9001", "Zertifikat ISO 9001", **ENDS),
    "iatf_16949": _type("IATF 16949 certificate", "Certificato IATF 16949", "Zertifikat IATF 16949", **ENDS),
    "iso_14001": _type("ISO 14001 certificate", "Certificato ISO 14001", "Zertifikat ISO 14001", **ENDS),
    "inspection_certificate": _type(
        "Inspection certificate EN 10204", "Certificato di collaudo EN 10204", "Abnahmeprüfzeugnis EN 10204"
    ),
    "reach": _type("REACH declaration", "Dichiarazione REACH", "REACH-Erklärung", **ENDS),
    "rohs": _type("RoHS declaration", "Dichiarazione RoHS", "RoHS-Erklärung", **ENDS),
    "scip": _type("SCIP notification", "Notifica SCIP", "SCIP-Meldung", must_have_number=True),
    "conflict_minerals": _type(
        "Conflict minerals declaration", "Dichiarazione minerali da conflitto", "Erklärung zu Konfliktmineralien", **ENDS
    ),
    "supplier_declaration": _type(
        "Long-term supplier's declaration", "Dichiarazione a lungo termine del fornitore", "Langzeit-Lieferantenerklärung", **ENDS
    ),
    "origin": _type("Certificate of origin", "Certificato di origine", "Ursprungszeugnis"),
    "carbon_footprint": _type("Product carbon footprint", "Impronta di carbonio del prodotto", "CO₂-Fußabdruck des Produkts", **ENDS),
    "cbam": _type("CBAM data", "Dati CBAM", "CBAM-Daten", **ENDS),
    "supply_chain_questionnaire": _type(
        "Supply-chain questionnaire", "Questionario sulla catena di fornitura", "Fragebogen zur Lieferkette", **ENDS
    ),
    "export_clause": _type("Export and no-Russia clause", "Clausola export e no-Russia", "Exportklausel mit Russland-Verbot"),
    "site_approval": _type(
        "Approval of a change of the production site", "Approvazione del cambio di sito produttivo", "Freigabe einer Verlagerung der Produktion",
        must_have_number=True,
    ),
    "insurance": _type("Certificate of insurance", "Certificato di assicurazione", "Versicherungsbestätigung", **ENDS),
    "vies": _type("VIES check", "Verifica VIES", "VIES-Prüfung", must_expire=True, warning_days=7),
    "scorecard": _type("Supplier scorecard", "Valutazione fornitore (scorecard)", "Lieferantenbewertung (Scorecard)"),
}  # fmt: skip


def install_document_types(**_of_migrate: Any) -> None:
    """Make the types that are missing; what was changed stays."""
    for code, values in TYPES.items():
        DocumentType.objects.get_or_create(code=code, defaults=values)
