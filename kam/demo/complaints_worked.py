"""The demonstration's complaints of the last year and a half: each comes through the real steps as far as its fate, with causes, actions, settlement and costs."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from accounts.models import Location, Plant, User, audience_members, people_to_act
from accounts.models.assignments import account_manager_of
from catalog.models import Product
from complaints.actions import (
    add_action,
    add_cause,
    add_cost,
    approve_settlement,
    ask_parts,
    assess_complaint,
    carry_out_settlement,
    close_complaint,
    confirm_effectiveness,
    define_actions,
    edit_complaint,
    finish_action,
    finish_containment,
    implement_actions,
    note_reply,
    propose_rejection,
    propose_settlement,
    receive_complaint,
    reject_complaint,
    remind_customer,
    reopen_complaint,
    send_answer,
    send_receipt,
    verify_action,
    write_containment,
    write_prevention,
    write_problem,
    write_team,
)
from complaints.models import Cause, Complaint, ComplaintAction, ComplaintCost, Settlement
from complaints.reports import alerts_of
from kam.core.work import complete_work
from kam.demo import stage

#: Defect, sentence, cause of the occurrence, its category, cause of the non-detection, action against each.
STORIES: tuple[tuple[str, str, str, str, str, str, str], ...] = (
    ("dimension", "Foro fuori tolleranza di alcuni centesimi sul lotto.", "Usura dell'utensile oltre la vita prevista", "machine",
     "Misura a campione ogni 200 pezzi, non dopo il cambio utensile", "Vita utensile bloccata dal programma a 400 pezzi",
     "Misura al 100 % dei primi dieci pezzi dopo ogni cambio"),
    ("surface", "Macchie di ossido sulle superfici lavorate.", "Protettivo diluito oltre il valore prescritto", "method",
     "La concentrazione non era nel piano di controllo", "Dosatore automatico con registrazione", "Concentrazione misurata a ogni turno"),
    ("function", "Rumorosità oltre il limite alla prova del cliente.", "Gioco tra i denti al limite inferiore", "measurement",
     "Il banco prova non misura il rumore", "Centratura della tolleranza sul disegno di processo", "Microfono di prova sul banco finale"),
    ("material", "Durezza sotto il valore di disegno.", "Tempo di permanenza in forno ridotto dopo un fermo", "machine",
     "Certificato del trattamento letto senza confronto col limite", "Ripartenza del forno solo con lotto pilota",
     "Soglia nel sistema: il lotto si blocca da sé"),
    ("assembly", "Viti di fissaggio non serrate.", "Avvitatore senza controllo di coppia in una stazione", "machine",
     "Nessun controllo dopo la stazione 4", "Avvitatore con coppia registrata", "Controllo a vista con contrassegno"),
    ("packaging", "Etichette scambiate tra due codici.", "Due codici stampati insieme sulla stessa postazione", "method",
     "Etichetta non letta alla spedizione", "Un codice per postazione", "Lettura dell'etichetta prima del carico"),
)  # fmt: skip
#: Complaints that are answered with a statement: kind, defect, sentence, what the customer wants, and the answer.
OTHERS: tuple[tuple[str, str, str, str, str], ...] = (
    ("delivery", "late", "Consegna arrivata dopo la data confermata.", "nothing", "Fermo del corriere; la data è stata riconfermata e rispettata."),
    ("delivery", "quantity", "Quantità consegnata inferiore al documento di trasporto.", "replacement", "Il saldo è partito con la spedizione successiva."),
    ("delivery", "damage", "Cartoni danneggiati all'arrivo.", "credit", "Imballo rinforzato; i pezzi danneggiati sono accreditati."),
    ("documents", "certificate", "Manca il certificato 3.1 del lotto.", "correction", "Il certificato è stato inviato; ora parte con la merce."),
    ("price", "invoice", "Prezzo in fattura diverso dall'accordo.", "credit", "Nota di accredito emessa per la differenza."),
    ("service", "behaviour", "Nessuna risposta alla richiesta di assistenza.", "correction", "Assegnato un referente con sostituto."),
)  # fmt: skip
#: How far a complaint comes, how many of them, and between which days they came in.
FATES: tuple[tuple[str, int, int, int], ...] = (
    ("effective", 24, -480, -160), ("closed", 16, -140, -50), ("statement", 18, -300, -40), ("unjustified", 6, -280, -30),
    ("reopened", 3, -170, -140), ("answer_sent", 9, -48, -34), ("prevention", 5, -34, -28), ("action_implemented", 4, -28, -24),
    ("action_defined", 6, -22, -12), ("analysis", 6, -12, -6), ("containment", 5, -5, -3), ("assessed", 6, -4, -2),
)  # fmt: skip
#: The steps of an 8D by how many days after the receipt they were done.
DAYS = {"assess": 1, "contain": 2, "first": 3, "causes": 6, "define": 10, "finish": 18, "implement": 22, "prevent": 26, "answer": 29}  # fmt: skip
ORDER = (
    "assessed",
    "containment",
    "analysis",
    "action_defined",
    "action_implemented",
    "prevention",
    "answer_sent",
    "closed",
    "effective",
)
#: Days from the answer to the closure, and from there to the verification.
CLOSED_AFTER, EFFECT_DAYS = 10, 92


@dataclass(frozen=True)
class Place:
    """Where one is taken in: a plant, who sells there, what they buy and who hears it."""

    plant: Plant
    location: Location
    products: tuple[Product, ...]
    hearer: User


@dataclass(frozen=True)
class Team:
    """Who works on it: the leader of the technical department, quality, and another of quality who closes."""

    leader: User
    quality: User
    closer: User


def make(places: list[Place]) -> None:
    """A hundred and eight complaints, spread over plants, products and defects by their number."""
    for number, (day, fate) in enumerate(sorted(_fates())):
        place = places[(number * 7 + 3) % len(places)]
        _complain(number, fate, day, place, place.products[number % len(place.products)])


def _fates() -> Iterator[tuple[int, str]]:
    for fate, count, first, last in FATES:
        for place in range(count):
            yield first + (last - first) * place // max(count - 1, 1), fate


def _team(complaint: Complaint) -> Team:
    def of(role: str, verb: str) -> list[User]:
        people = audience_members(f"role:{role}").order_by("pk")
        return [one for one in people if Complaint.objects.permitted(one, verb).filter(pk=complaint.pk).exists()]

    own, other = of("quality", "complaints.close_complaint")[:2]
    technical = of("technical", "complaints.write_team")
    return Team(technical[0] if technical else own, own, other)


def _complain(number: int, fate: str, day: int, place: Place, product: Product) -> None:
    simple = fate == "statement" or (fate == "answer_sent" and number % 3 == 0)
    pieces = 4 + number * 13 % 60
    if simple:
        kind, defect, text, remedy, answer = OTHERS[number % len(OTHERS)]
    else:
        defect, text, *_story = STORIES[number % len(STORIES)]
        kind, remedy, answer = (
            "quality",
            ("replacement", "credit", "sorting")[number % 3],
            "Causa trovata ed eliminata; vedi rapporto.",
        )
    head: dict[str, Any] = {
        "plant": place.plant, "selling_location": place.location, "product": product, "kind": kind, "defect": defect, "text": text,
        "claimed": Decimal(pieces), "remedy": remedy, "batch": f"L{number + 100}-{product.code}"[:40], "delivered": Decimal(pieces * 20),
        "delivery_note": f"DDT {5200 + number}", "channel": ("mail", "phone", "portal", "visit")[number % 4],
        "customer_reference": f"QN-{7300 + number}", "notified_on": stage.day(day), "discovered_on": stage.day(day - 2 - number % 5),
    }  # fmt: skip
    with stage.at(day, hour=7 if number % 9 == 0 else 8 + number % 3):
        complaint = receive_complaint(Complaint, actor=place.hearer, **head)
    late_receipt = number % 9 == 0  # one of nine is confirmed after its 24 hours
    with stage.at(day + late_receipt, hour=8 if late_receipt else 12 + number % 4):
        complaint = send_receipt(complaint, actor=place.hearer, way="phone")
        for item in alerts_of(complaint):
            # A department without people has it raised to whoever answers for it.
            people = (one for audience in (item.audience, *item.raised_to) for one in people_to_act(audience))
            complete_work(item, actor=next(people))
    team = _team(complaint)
    late = number % 7 // 5 * 3  # two of seven take three days longer from the causes on
    with stage.at(day + DAYS["assess"], hour=9):
        depth = (
            "statement"
            if simple or fate == "unjustified"
            else ("3d", "8d", "8d", "5d", "8d")[number % 5]
            if fate in ("closed", "answer_sent")
            else "8d"
        )
        severity = 3 if kind in ("quality", "delivery") else 4
        complaint = assess_complaint(
            complaint, actor=team.quality, severity=2 if depth != "statement" else severity, depth=depth, leader=team.leader
        )
    if fate == "unjustified":
        _reject(complaint, day, team)
        return
    if simple:
        _answer(complaint, day + 3, team, place, answer, number, ends=fate != "answer_sent")
        return
    _work(complaint, number, fate, day, late, team, place)


def _reject(complaint: Complaint, day: int, team: Team) -> None:
    with stage.at(day + 5, hour=10):
        complaint = edit_complaint(complaint, actor=team.quality, confirmed=Decimal(0), unjustified=complaint.claimed)
        grounds = "Pezzi misurati: tutti entro il disegno. Rapporto di misura allegato."
        complaint = propose_rejection(complaint, actor=team.quality, grounds=grounds)
    with stage.at(day + 7, hour=10):
        leader = account_manager_of(complaint.plant.customer, stage.day(day + 7))
        reject_complaint(complaint, actor=leader if leader != team.quality else None, sent_to="qualita@cliente.example")


def _work(complaint: Complaint, number: int, fate: str, day: int, late: int, team: Team, place: Place) -> None:
    """The disciplines, as far as the fate goes."""
    _defect, _text, why, category, unseen, against, watched = STORIES[number % len(STORIES)]
    last = ORDER.index("effective" if fate == "reopened" else fate)
    depth = complaint.depth
    if last < ORDER.index("containment"):
        return
    found = Decimal(number * 3 % 25)
    with stage.at(day + DAYS["contain"], hour=10):
        write_team(complaint, actor=team.leader, members=[team.quality], champion=team.closer)
        facts = [
            {"question": "what", "occurs": complaint.text[:200], "absent": "Altri codici della famiglia", "difference": ""},
            {"question": "when", "occurs": f"Lotto {complaint.batch}", "absent": "Lotti precedenti", "difference": ""},
        ]
        write_problem(complaint, actor=team.leader, facts=facts)
        places: list[dict[str, Any]] = [{"place": name, "quantity": Decimal(0)} for name in ("transit", "wip")]
        done = {"action": "Bloccati e selezionati", "responsible": team.leader, "introduced_on": stage.day(day + 2)}
        works = {"effective_from": stage.day(day + 2), "result": "Selezione al 100 %, scarti separati"}
        places.append({"place": "stock", "quantity": found} | (done | works if found else {}))
        known = done | (works if last > ORDER.index("containment") else {})
        places.append({"place": "customer", "quantity": complaint.claimed or Decimal(1)} | known)
        complaint = write_containment(complaint, actor=team.leader, places=places)
    if last < ORDER.index("analysis"):
        return
    with stage.at(day + DAYS["first"], hour=16):
        complaint = finish_containment(complaint, actor=place.hearer, sent_to="qualita@cliente.example")
    if depth == "3d":
        _answer(complaint, day + 5, team, place, "Contenimento efficace; lotto sostituito.", number, ends=fate != "answer_sent")
        return
    if fate == "analysis" and number % 3 == 0:
        with stage.at(day + 4, hour=9):
            ask_parts(complaint, actor=team.quality)
        return
    with stage.at(min(day + DAYS["causes"] + late, -1), hour=10):
        confirmed = (complaint.claimed or Decimal(0)) - number % 4
        complaint = edit_complaint(
            complaint, actor=team.quality, confirmed=max(confirmed, Decimal(1)), unjustified=Decimal(number % 4)
        )
        causes = [
            _cause(complaint, team, "occurrence", category, why),
            _cause(complaint, team, "non_detection", "measurement", unseen),
        ]
        actions = [
            _action(complaint, team, cause, text, min(day + DAYS["finish"], 30))
            for cause, text in zip(causes, (against, watched), strict=True)
        ]
    if last < ORDER.index("action_defined"):
        return
    with stage.at(day + DAYS["define"] + (late if fate != "action_defined" else 0), hour=11):
        complaint = define_actions(complaint, actor=team.quality)
    if depth == "5d":
        _finish(actions, day, team)
        _answer(complaint, day + 24, team, place, "Azioni definite e comunicate.", number, ends=fate != "answer_sent")
        return
    if last < ORDER.index("action_implemented"):
        return
    _finish(actions, day, team)
    with stage.at(day + DAYS["implement"], hour=11):
        complaint = implement_actions(complaint, actor=team.quality)
    if last < ORDER.index("prevention"):
        return
    with stage.at(day + DAYS["prevent"], hour=11):
        complaint = write_prevention(
            complaint, actor=team.leader, papers="FMEA di processo e piano di controllo aggiornati.",
            similar="Verificati i codici della stessa famiglia nelle altre sedi.", lessons="Scheda inserita nella banca delle esperienze.",
        )  # fmt: skip
    if last < ORDER.index("answer_sent"):
        return
    complaint = _answer(
        complaint, day + DAYS["answer"], team, place, "Causa eliminata; azioni verificate.", number, ends=fate != "answer_sent"
    )
    if fate in ("effective", "reopened"):
        with stage.at(day + DAYS["answer"] + CLOSED_AFTER + EFFECT_DAYS, hour=9):
            if fate == "effective":
                confirm_effectiveness(complaint, actor=team.closer, evidence="Nessuna ripetizione in cinque lotti.")
            else:
                reopen_complaint(complaint, actor=team.quality, reason="Lo stesso difetto su un nuovo lotto.")


def _cause(complaint: Complaint, team: Team, kind: str, category: str, text: str) -> Cause:
    first = add_cause(
        Cause,
        actor=team.leader,
        complaint=complaint,
        kind=kind,
        category=category,
        text=f"Perché? {text}",
        root=False,
        verification="",
    )
    return add_cause(
        Cause, actor=team.leader, complaint=complaint, kind=kind, category=category, text=text, parent=first, root=True,
        verification="Riprodotto su tre pezzi e confrontato con il lotto buono.",
    )  # fmt: skip


def _action(complaint: Complaint, team: Team, cause: Cause, text: str, due: int) -> ComplaintAction:
    values = {"discipline": "corrective", "text": text, "cause": cause, "owner": team.leader, "due_on": stage.day(due)}
    return add_action(ComplaintAction, actor=team.quality, complaint=complaint, **values)


def _finish(actions: list[ComplaintAction], day: int, team: Team) -> None:
    for action in actions:
        with stage.at(day + DAYS["finish"], hour=15):
            done = finish_action(action, actor=team.leader, proof="Cp/Cpk del primo mese e verbale di prova.")
        with stage.at(day + DAYS["finish"] + 2, hour=15):
            verify_action(done, actor=team.closer)


def _answer(complaint: Complaint, day: int, team: Team, place: Place, answer: str, number: int, *, ends: bool) -> Complaint:
    """Settle it, write its costs down, answer, and close it where it ends."""
    _settle(complaint, day - 1, place, number, team)
    complaint.refresh_from_db()
    with stage.at(day, hour=16):
        complaint = send_answer(complaint, actor=place.hearer, answer=answer, sent_to="qualita@cliente.example")
    silent = number % 6 == 4
    if not ends:
        if silent:
            with stage.at(min(day + 2, -1), hour=9):
                remind_customer(complaint, actor=place.hearer)
        return complaint
    if silent:
        with stage.at(day + 1, hour=9):
            remind_customer(complaint, actor=place.hearer)
        with stage.at(day + 9, hour=9):
            complaint = note_reply(complaint, actor=place.hearer, reply="silence")
    else:
        with stage.at(day + 4, hour=9):
            complaint = note_reply(complaint, actor=place.hearer)
    with stage.at(day + CLOSED_AFTER, hour=9):
        return close_complaint(complaint, actor=team.closer)


def _settle(complaint: Complaint, day: int, place: Place, number: int, team: Team) -> None:
    """A credit note for two of three, approved where it is above the proposer's limit; freight, sorting, analysis, what a supplier pays back."""
    managers, finance = audience_members("role:sales_manager").order_by("pk"), audience_members("role:finance").order_by("pk")
    if number % 3:
        amount = Decimal(120 + number * 37 % 2400)
        with stage.at(day, hour=9):
            settlement: Settlement = propose_settlement(complaint, actor=place.hearer, remedy="credit", amount=amount)
        with stage.at(day, hour=14):
            if settlement.status == Settlement.Status.ASKED:
                approver = next(one for one in managers if one != place.hearer)
                settlement = approve_settlement(settlement, actor=approver)
            carry_out_settlement(settlement, actor=finance.first(), reference=f"NC {2100 + number}")
    if complaint.kind != Complaint.Kind.QUALITY:
        return
    costs: list[tuple[str, dict[str, Any]]] = [
        ("freight", {"amount": Decimal(40 + number * 11 % 300)}),
        ("analysis", {"hours": Decimal(4 + number % 12), "rate": Decimal(48)}),
    ]
    costs += [("sorting", {"amount": Decimal(200 + number * 29 % 1800)})] if number % 2 else []
    costs += [("recharge", {"amount": Decimal(150 + number * 7 % 400)})] if number % 5 == 1 else []
    with stage.at(day, hour=15):
        for kind, values in costs:
            add_cost(
                ComplaintCost, actor=place.hearer, complaint=complaint, kind=kind, incurred_on=stage.day(day), note="", **values
            )
