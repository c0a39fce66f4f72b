"""The review checklist: its first edition as it comes with the product, and how a further one is published (domain 5.4)."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from kam.core import clock
from kam.core.verbs import verb
from kam.core.workflow import Denied
from orders.models import ReviewChecklist, ReviewQuestion
from orders.models.checklists import CLAUSE_QUESTION

BOTH, SPECIAL = ["B", "C"], ["C"]
#: code, section, function, classes, on safety or statute, then the question in Italian, English, German.
QUESTIONS = (
    ("", "identification", "back_office", BOTH, False, "L'ordine del cliente è completo e firmato?", "Is the customer's order complete and signed?", "Ist die Bestellung des Kunden vollständig und unterschrieben?"),
    ("", "identification", "back_office", SPECIAL, False, "Chi l'ha emesso è autorizzato?", "Is whoever issued it authorised to?", "Ist der Besteller dazu befugt?"),
    ("", "identification", "back_office", BOTH, False, "Fa riferimento alla nostra offerta e alla sua revisione?", "Does it refer to our offer and its revision?", "Bezieht sie sich auf unser Angebot und dessen Revision?"),
    ("", "technical", "technical", BOTH, False, "Disegno e specifiche sono disponibili?", "Are drawing and specification available?", "Liegen Zeichnung und Spezifikation vor?"),
    ("", "technical", "technical", BOTH, False, "La revisione ordinata è quella concordata?", "Is the ordered revision the one that was agreed?", "Ist die bestellte Revision die vereinbarte?"),
    ("", "technical", "technical", SPECIAL, False, "I processi speciali sono sotto controllo?", "Are the special processes under control?", "Sind die speziellen Prozesse beherrscht?"),
    ("", "technical", "technical", SPECIAL, True, "Le caratteristiche speciali (SC/CC) sono identificate e pianificate?", "Are the special characteristics (SC/CC) identified and planned for?", "Sind die besonderen Merkmale (SC/CC) erkannt und eingeplant?"),
    ("", "technical", "technical", SPECIAL, False, "I requisiti di progettazione sono approvati?", "Are the design requirements approved?", "Sind die Entwicklungsanforderungen freigegeben?"),
    ("", "technical", "technical", BOTH, False, "Le modifiche aperte sono state considerate?", "Have open design changes been looked at?", "Sind offene Änderungen berücksichtigt?"),
    ("", "quality", "quality", SPECIAL, False, "I requisiti specifici del cliente (CSR) sono identificati?", "Are the customer's specific requirements (CSR) identified?", "Sind die kundenspezifischen Anforderungen (CSR) bekannt?"),
    ("", "quality", "quality", BOTH, False, "I certificati richiesti (EN 10204) sono possibili?", "Can the certificates asked for (EN 10204) be issued?", "Sind die verlangten Bescheinigungen (EN 10204) möglich?"),
    ("", "quality", "quality", SPECIAL, False, "PPAP o primo articolo, rintracciabilità e conservazione dei documenti sono fattibili?", "Are PPAP or first article, traceability and record retention feasible?", "Sind PPAP oder Erstmuster, Rückverfolgbarkeit und Aufbewahrung machbar?"),
    ("", "quality", "quality", SPECIAL, False, "Accordo qualità e termini 8D sono accettabili?", "Are quality agreement and 8D deadlines acceptable?", "Sind Qualitätsvereinbarung und 8D-Fristen annehmbar?"),
    ("", "statutory", "quality", SPECIAL, True, "CE, PED, ATEX, REACH, RoHS e regole del Paese sono rispettati?", "Are CE, PED, ATEX, REACH, RoHS and the country's rules met?", "Sind CE, PED, ATEX, REACH, RoHS und die Regeln des Landes erfüllt?"),
    ("", "statutory", "quality", SPECIAL, True, "I minerali da zone di conflitto sono esclusi o dichiarati?", "Are conflict minerals excluded or declared?", "Sind Konfliktmineralien ausgeschlossen oder erklärt?"),
    ("", "capacity", "production", BOTH, False, "Quantità e date sono fattibili con il carico previsto?", "Are quantity and dates feasible with the planned load?", "Sind Menge und Termine mit der geplanten Auslastung machbar?"),
    ("", "capacity", "production", BOTH, False, "Il materiale arriva in tempo?", "Does the material arrive in time?", "Kommt das Material rechtzeitig?"),
    ("", "capacity", "production", SPECIAL, False, "Le attrezzature sono disponibili, ed è chiaro di chi sono?", "Is the tooling available, and is it clear whose it is?", "Sind die Werkzeuge verfügbar, und ist geklärt, wem sie gehören?"),
    ("", "logistics", "logistics", BOTH, False, "Resa Incoterms e luogo sono accettabili?", "Are Incoterms and place acceptable?", "Sind Incoterms und Ort annehmbar?"),
    ("", "logistics", "logistics", SPECIAL, False, "Imballo, etichette ed EDI sono possibili?", "Are packaging, labels and EDI possible?", "Sind Verpackung, Etiketten und EDI möglich?"),
    ("", "logistics", "logistics", SPECIAL, False, "Regole delle chiamate e conto deposito sono accettabili?", "Are call-off rules and consignment acceptable?", "Sind Abrufregeln und Konsignation annehmbar?"),
    ("", "commercial", "account_manager", BOTH, False, "Prezzo, unità di prezzo, supplementi e scala sono quelli concordati?", "Are price, price unit, surcharges and scale as agreed?", "Sind Preis, Preiseinheit, Zuschläge und Staffel wie vereinbart?"),
    ("", "commercial", "account_manager", SPECIAL, False, "Valuta, pagamento, validità, lotto minimo e premi sono accettabili?", "Are currency, payment, validity, minimum quantity and rebates acceptable?", "Sind Währung, Zahlung, Gültigkeit, Mindestmenge und Boni annehmbar?"),
    ("", "legal", "account_manager", SPECIAL, False, "È chiaro quali condizioni generali valgono, e sono accettabili?", "Is it clear whose general terms apply, and are they acceptable?", "Ist klar, wessen Geschäftsbedingungen gelten, und sind sie annehmbar?"),
    ("", "legal", "account_manager", SPECIAL, False, "Penali, garanzia, responsabilità ed esclusiva sono nei limiti?", "Are penalties, warranty, liability and exclusivity within limits?", "Liegen Vertragsstrafe, Gewährleistung, Haftung und Exklusivität im Rahmen?"),
    ("", "legal", "account_manager", SPECIAL, False, "Proprietà di attrezzature e diritti, recesso e legge applicabile sono accettabili?", "Are ownership of tools and rights, termination and governing law acceptable?", "Sind Eigentum an Werkzeugen und Rechten, Kündigung und Rechtswahl annehmbar?"),
    (CLAUSE_QUESTION, "legal", "finance", SPECIAL, True, "La clausola di non riesportazione in Russia è nel contratto, dove serve?", "Is the clause against re-export to Russia in the contract where it is needed?", "Steht die Klausel gegen Wiederausfuhr nach Russland im Vertrag, wo sie nötig ist?"),
    ("", "legal", "finance", SPECIAL, True, "Beni a duplice uso e liste di sanzioni sono verificati?", "Have dual use and sanctions lists been checked?", "Sind Dual-Use und Sanktionslisten geprüft?"),
    ("", "financial", "finance", BOTH, False, "Il fido e l'assicurazione coprono l'ordine?", "Do credit limit and insurance cover the order?", "Decken Kreditlimit und Versicherung den Auftrag?"),
    ("", "financial", "finance", SPECIAL, False, "Garanzie e trattamento IVA sono chiari?", "Are guarantees and VAT status clear?", "Sind Sicherheiten und Umsatzsteuer geklärt?"),
    ("", "afterwards", "quality", SPECIAL, False, "Ricambi, riparazioni, formazione e fine vita sono coperti?", "Are spares, repair, training and end of life covered?", "Sind Ersatzteile, Reparatur, Schulung und Lebensende abgedeckt?"),
    ("", "risk", "account_manager", SPECIAL, False, "Il rischio principale è noto e c'è una misura?", "Is the main risk known, and is there a measure against it?", "Ist das Hauptrisiko bekannt, und gibt es eine Maßnahme dagegen?"),
)  # fmt: skip


def install_checklist(**_of_migrate: Any) -> None:
    """Publish the first edition where there is none."""
    if ReviewChecklist.objects.exists():
        return
    checklist = ReviewChecklist.objects.create(edition=1, published_at=clock.now())
    ReviewQuestion.objects.bulk_create(
        ReviewQuestion(
            checklist=checklist, position=position, code=code, section=section, function=function, classes=classes,
            statutory=statutory, text_it=italian, text_en=english, text_de=german,
        )
        for position, (code, section, function, classes, statutory, italian, english, german) in enumerate(QUESTIONS, start=1)
    )  # fmt: skip


@verb("orders.publish_checklist", _("Publish checklist"))
def publish_checklist(
    model: type[ReviewChecklist], *, actor: Any, reason: str = "", questions: Sequence[dict[str, Any]]
) -> ReviewChecklist:
    """Publish the next edition with these questions, in their order; reviews that are open keep theirs. Raises Denied."""
    if not reason.strip():
        raise Denied("reason_needed", _("Say what changed."), field="reason", status=400)
    if not questions:
        raise Denied("no_questions", _("Give at least one question."), field="questions", status=400)
    if not any(one.get("code") == CLAUSE_QUESTION for one in questions):
        text = _("Keep the question with the code %(code)s: the check of exports reads its answer.")
        raise Denied("clause_question", text % {"code": CLAUSE_QUESTION}, field="questions", status=400)
    last = ReviewChecklist.objects.locked().order_by("-edition").first()
    edition = last.edition + 1 if last else 1
    checklist = ReviewChecklist.objects.create(
        edition=edition, published_at=clock.now(), published_by=actor, why=" ".join(reason.split())[:400]
    )
    ReviewQuestion.objects.bulk_create(
        ReviewQuestion(checklist=checklist, position=position, **one) for position, one in enumerate(questions, start=1)
    )
    return checklist
