"""The demonstration's repairs: some ninety returns in every state, from the request to the invoice, one of them back soon after its repair."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from accounts.models import Contact, Location, Plant, User
from accounts.models.assignments import area_manager_of
from catalog.models import Product
from complaints.actions import (
    announce_delay,
    answer_by_link,
    authorise_repair,
    charge_piece,
    close_repair,
    create_estimate,
    decide_warranty,
    exchange_piece,
    expire_estimate,
    finish_repair,
    free_piece,
    label_piece,
    note_costs,
    note_dispatch,
    note_expected,
    note_findings,
    receive_piece,
    record_test,
    request_repair,
    return_unrepaired,
    scrap_piece,
    send_estimate,
    settle_mismatch,
    ship_piece,
    start_diagnosis,
    start_repair,
    take_in_unannounced,
    withdraw_repair,
)
from complaints.models import Repair, RepairEstimate, RepairPiece
from kam.core.money import round_money
from kam.demo import stage
from kam.demo.organisation import person
from kam.demo.trade import buyers

#: How many repairs end where, in the order in which they are told.
FATES = {
    "paid": 8, "covered": 5, "goodwill": 1, "dearer": 1, "returned": 3, "scrapped": 2, "exchanged": 2, "no fault": 2, "withdrawn": 3,
    "shipped": 4, "ready": 4, "testing": 3, "further": 3, "in repair": 6, "late": 2, "approved": 3, "refused": 3, "expired": 2,
    "estimated": 6, "decision": 4, "diagnosis": 5, "differs": 2, "received": 4, "again": 1, "unannounced": 2, "in transit": 4,
    "authorised": 4, "requested": 5,
}  # fmt: skip
#: What ended long ago, a fortnight apart; the other steps follow each other as they do in a workshop.
ENDED = ("paid", "covered", "goodwill", "dearer", "returned", "scrapped", "exchanged", "no fault", "withdrawn")
LAST_STEP = {
    "shipped": 30, "ready": 28, "testing": 27, "further": 25, "in repair": 22, "late": 44, "approved": 20, "refused": 20, "expired": 110,
    "estimated": 12, "decision": 10, "diagnosis": 8, "differs": 6, "received": 6, "again": 6, "unannounced": 6, "in transit": 3,
    "authorised": 1, "requested": 0,
}  # fmt: skip
WORDS = {
    "it": {
        "fault": ("Perde olio dal paraolio di uscita.", "Rumore anomalo sotto carico.", "Non gira più dopo il fermo di agosto.", "Gioco eccessivo sull'albero."),
        "found": ("Paraolio usurato, sede dell'albero segnata.", "Cuscinetto lato uscita danneggiato.", "Ingranaggio grippato per mancanza d'olio.", "Gioco oltre tolleranza, denti usurati."),
        "work": "Sostituzione delle parti usurate, rettifica della sede, revisione e collaudo.", "tested": "A vuoto e sotto carico 2 h: tenuta a 6 bar, gioco entro 4', rumore 68 dB(A).",
        "part": "Cuscinetti, paraoli e guarnizioni", "labour": "Smontaggio, revisione, rimontaggio", "test": "Collaudo al banco", "freight": "Trasporto di ritorno",
        "more": "Albero di uscita da sostituire", "no": "Acquistiamo il modello nuovo.", "why": "Il fornitore consegna i cuscinetti una settimana dopo.", "fine": "Provato 4 h sotto carico: nessun difetto riscontrato.",
    },
    "de": {
        "fault": ("Verliert Öl am Wellendichtring.", "Ungewöhnliches Geräusch unter Last.", "Dreht nach dem Stillstand nicht mehr.", "Zu viel Spiel an der Welle."),
        "found": ("Wellendichtring verschlissen, Laufstelle eingelaufen.", "Lager auf der Abtriebsseite beschädigt.", "Verzahnung wegen Ölmangels gefressen.", "Spiel außerhalb der Toleranz, Zähne verschlissen."),
        "work": "Verschlissene Teile ersetzen, Sitz schleifen, überholen und prüfen.", "tested": "2 h im Leerlauf und unter Last: dicht bei 6 bar, Spiel innerhalb 4', 68 dB(A).",
        "part": "Lager, Dichtringe und Dichtungen", "labour": "Zerlegen, überholen, montieren", "test": "Prüfstandslauf", "freight": "Rücktransport",
        "more": "Abtriebswelle zu ersetzen", "no": "Wir kaufen das neue Modell.", "why": "Der Lieferant bringt die Lager eine Woche später.", "fine": "4 h unter Last geprüft: kein Fehler festgestellt.",
    },
    "en": {
        "fault": ("Leaks oil at the output seal.", "Unusual noise under load.", "Does not turn any more after the shutdown.", "Too much play on the shaft."),
        "found": ("Seal worn, shaft seat scored.", "Bearing at the output damaged.", "Gear seized for lack of oil.", "Play out of tolerance, teeth worn."),
        "work": "Replace worn parts, regrind the seat, overhaul and test.", "tested": "2 h idle and under load: tight at 6 bar, play within 4', 68 dB(A).",
        "part": "Bearings, seals and gaskets", "labour": "Dismantle, overhaul, assemble", "test": "Test on the bench", "freight": "Return freight",
        "more": "Output shaft to be replaced", "no": "We buy the new model.", "why": "The supplier delivers the bearings a week later.", "fine": "Tested for 4 h under load: no fault found.",
    },
}  # fmt: skip
CODES = (("leak", "wear"), ("noise", "wear"), ("blocked", "misuse"), ("accuracy", "wear"))


def make() -> None:
    """Take a return in of every plant that buys and is served, as far as its fate says."""
    shop = Location.objects.get(code="IT")
    plants = {plant.code: plant for plant in Plant.objects.select_related("customer")}
    locations = {one.code: one for one in Location.objects.all()}
    products = {one.code: one for one in Product.objects.all()}
    served = [one for one in buyers() if one.basket and one.last_day == stage.day(0) and contact_of(plants[one.plant])]
    fates = [fate for fate, count in FATES.items() for _ in range(count)]
    for number, fate in enumerate(fates):
        buyer = served[number % len(served)]
        product = products[buyer.basket[number % len(buyer.basket)].code]
        begin = -60 - 14 * number if fate in ENDED else -LAST_STEP[fate] - 1 - number % 4
        one = Return(number, begin, plants[buyer.plant], locations[buyer.location], shop, product)
        if fate == "again":
            tell(Return(number, begin - 60, one.plant, one.seller, shop, product), "paid")
        tell(one, fate)


def contact_of(plant: Plant) -> Contact | None:
    """Who at the customer sends things back."""
    return Contact.objects.filter(customer=plant.customer, is_active=True).order_by("pk").first()


@dataclass(frozen=True)
class Return:
    """A piece that comes back: the how manieth, asked for on which day, of whom, sold and repaired where."""

    number: int
    begin: int
    plant: Plant
    seller: Location
    shop: Location
    product: Product

    @property
    def words(self) -> dict[str, Any]:
        """What is said of it in the customer's language."""
        return WORDS[self.plant.customer.language]

    @property
    def office(self) -> User:
        """Who serves the plant, else the sales manager."""
        return area_manager_of(self.plant, self.seller, stage.day(0)) or person("sales.manager")

    @property
    def serial(self) -> str:
        """The number on the piece."""
        return f"{24 + self.number % 3}-{self.number * 7 + 1013:05d}"

    def at(self, day: int, hour: int = 9) -> Any:
        """A moment so many days after the request, at the latest yesterday."""
        return stage.at(min(self.begin + day, -1), hour)

    def head(self) -> dict[str, Any]:
        """What a return says of whom and what."""
        return {
            "plant": self.plant, "selling_location": self.seller, "repair_location": self.shop, "product": self.product,
            "serials": self.serial, "fault": self.words["fault"][self.number % 4], "contact": contact_of(self.plant),
            "urgent": self.number % 9 == 0, "customer_reference": f"RI-{self.number + 310}", "contamination": "clean",
            "customs": "returned" if self.seller.code in {"US", "CN"} else "union",
        }  # fmt: skip


def tell(one: Return, fate: str) -> None:
    """A return from the request to where its fate leaves it."""
    if fate == "unannounced":
        with one.at(6):
            take_in_unannounced(Repair, actor=person("logistics"), condition="Cartone rovinato, senza documenti", **one.head())
        return
    with one.at(0):
        repair = request_repair(Repair, actor=person("backoffice"), **one.head())
    if fate == "requested":
        return
    if fate == "withdrawn":
        with one.at(2):
            withdraw_repair(repair, actor=one.office, reason="Il cliente ripara da sé.")
        return
    with one.at(1):
        repair = authorise_repair(repair, actor=one.office)
    if fate == "authorised":
        return
    with one.at(3):
        note_dispatch(repair, actor=person("logistics"), note_in=f"DN {one.number + 7700}")
    if fate == "in transit":
        return
    piece = _arrived(one, repair.pieces.get(), fate)
    if fate in {"received", "differs", "again"}:
        return
    with one.at(8):
        piece = start_diagnosis(piece, actor=person("service"))
    if fate != "diagnosis":
        _decided(one, piece, fate)


def _arrived(one: Return, piece: RepairPiece, fate: str) -> RepairPiece:
    """Received with its label; what differs is settled the next day, where it is."""
    logistics, differs = person("logistics"), fate == "differs" or one.number % 11 == 3
    with one.at(6):
        piece = receive_piece(
            piece, actor=logistics, serial_found=f"{one.serial}A" if differs else one.serial, condition="Sporco d'olio, completo",
            accessories="Flangia" if one.number % 3 == 0 else "", storage_place=f"R{one.number % 6 + 1}-{one.number % 9 + 1:02d}",
        )  # fmt: skip
        piece = label_piece(piece, actor=logistics)
    if differs and fate != "differs":
        with one.at(7):
            piece = settle_mismatch(
                piece, actor=one.office, settlement="corrected", informed_on=stage.day(min(one.begin + 7, -1))
            )
    return piece


def _decided(one: Return, piece: RepairPiece, fate: str) -> None:
    """Diagnosed, within warranty or not, and what the customer said to the estimate."""
    fault, cause = CODES[one.number % 4]
    with one.at(9):
        if fate == "no fault":
            piece = note_findings(piece, actor=person("service"), fault_code="none", findings=one.words["fine"])
        else:
            piece = note_findings(
                piece, actor=person("service"), fault_code=fault, cause_code="material" if fate == "covered" else cause,
                responsible="ours" if fate == "covered" else "customer", findings=one.words["found"][one.number % 4],
                hours_needed=Decimal(4 + one.number % 5), parts_needed=one.words["part"],
            )  # fmt: skip
    if fate == "no fault":
        _gone(one, piece, return_unrepaired, actor=person("logistics"))
        return
    with one.at(10):
        delivered = one.begin - (120 if fate == "covered" else 900)
        piece = decide_warranty(
            piece, actor=person("quality"), warranty_from=stage.day(delivered), notified_on=stage.day(one.begin)
        )
    if fate == "covered":
        _repaired(one, piece, fate)
    elif fate != "decision":
        _answered(one, piece, fate)


def _answered(one: Return, piece: RepairPiece, fate: str) -> None:
    """The estimate, and what the customer said to it under its link."""
    words = one.words
    lines = [
        {"kind": "labour", "text": words["labour"], "quantity": Decimal(4 + one.number % 5), "price": Decimal(62)},
        {"kind": "part", "text": words["part"], "quantity": Decimal(1), "price": Decimal(118 + 13 * (one.number % 17))},
        {"kind": "test", "text": words["test"], "quantity": Decimal(1), "price": Decimal(62)},
        {"kind": "freight", "text": words["freight"], "quantity": Decimal(1), "price": Decimal(35)},
    ]
    with one.at(11):
        estimate = create_estimate(
            RepairEstimate, actor=person("service"), piece=piece, lines=lines, work=words["work"], lead_days=8,
            replacement_value=Decimal(1150 + 90 * (one.number % 8)), exchange_price=Decimal(990 + 80 * (one.number % 8)),
        )  # fmt: skip
    with one.at(12):
        estimate = send_estimate(estimate, actor=one.office)
    if fate == "estimated":
        return
    name = str(contact_of(one.plant))
    if fate == "expired":
        with one.at(108):
            expire_estimate(estimate, actor=None)
        return
    instruction = {"scrapped": "scrap", "exchanged": "exchange", "returned": "return", "refused": "return"}.get(fate)
    with one.at(20):
        if instruction is None:
            answer_by_link(estimate, actor=None, answer="approved", name=name, purchase_order=f"PO {one.number + 5200}")
        else:
            answer_by_link(estimate, actor=None, answer="refused", name=name, instruction=instruction, text=words["no"])
    if fate == "refused":
        return
    if fate == "returned":
        _gone(one, piece, return_unrepaired, actor=person("logistics"))
    elif fate == "scrapped":
        with one.at(30):
            scrap_piece(piece, actor=one.office)
        _closed(one, piece)
    elif fate == "exchanged":
        _gone(one, piece, exchange_piece, actor=one.office, new_serial=f"26-{one.number + 4000:05d}")
    elif fate != "approved":
        _repaired(one, piece, fate, estimate)


def _gone(one: Return, piece: RepairPiece, leave: Callable[..., Any], **said: Any) -> None:
    """What is not repaired leaves, and the return ends."""
    with one.at(30):
        leave(piece, note_out=f"DDT {one.number + 880}", **said)
    _closed(one, piece)


def _closed(one: Return, piece: RepairPiece) -> None:
    with one.at(36):
        close_repair(piece.repair, actor=one.office)


def _repaired(one: Return, piece: RepairPiece, fate: str, estimate: RepairEstimate | None = None) -> None:
    """In the workshop, on the test bench, on its way, charged."""
    service, words = person("service"), one.words
    with one.at(22):
        piece = start_repair(piece, actor=service)
    if fate == "late" and one.number % 2 == 0:
        with one.at(33):
            announce_delay(piece, actor=one.office, reason=words["why"], expected_on=stage.day(one.begin + 52))
    if fate in {"in repair", "late"}:
        return
    if fate in {"further", "dearer"}:
        assert estimate is not None
        estimate = _dearer(one, piece, estimate, fate)
        if fate == "further":
            return
    with one.at(26):
        piece = finish_repair(
            piece, actor=service, work_done=words["work"], parts_used=words["part"], hours_spent=Decimal(4 + one.number % 5)
        )
    if fate == "testing":
        return
    with one.at(27):
        if one.number % 7 == 2:
            piece = record_test(piece, actor=person("quality"), passed=False, test_results="Trafila a 5 bar.")
            piece = finish_repair(piece, actor=service, work_done=words["work"], parts_used=words["part"], hours_spent=Decimal(9))
        piece = record_test(piece, actor=person("quality"), passed=True, test_results=words["tested"])
    if fate == "ready":
        return
    with one.at(30):
        piece = ship_piece(
            piece, actor=person("logistics"), note_out=f"DDT {one.number + 880}", carrier="Corriere espresso", packages=1,
            weight=Decimal(12 + one.number % 20),
        )  # fmt: skip
    if fate == "shipped":
        return
    with one.at(34):
        if fate == "covered":
            free_piece(piece, actor=person("finance"), reason="In garanzia.")
        elif fate == "goodwill":
            free_piece(piece, actor=person("sales.manager"), reason="Cortesia: il fermo del cliente è durato troppo.")
        else:
            assert estimate is not None
            charge_piece(piece, actor=person("finance"), charge=estimate.total, invoice_out=f"FR {one.number + 240}")
        bought = sum((line.amount for line in estimate.lines.exclude(kind="labour")), Decimal(0)) if estimate else Decimal(70)
        note_costs(piece, actor=person("finance"), cost_parts=round_money(bought * Decimal("0.6"), "EUR"))
    _closed(one, piece)


def _dearer(one: Return, piece: RepairPiece, estimate: RepairEstimate, fate: str) -> RepairEstimate:
    """More has to be done than was approved: the customer is asked again."""
    with one.at(23):
        note_expected(piece, actor=person("service"), comes_to=estimate.total * 2)
    lines = [{name: getattr(line, name) for name in ("kind", "text", "quantity", "price")} for line in estimate.lines.all()]
    more = {"kind": "part", "text": one.words["more"], "quantity": Decimal(1), "price": estimate.total}
    with one.at(24):
        further = create_estimate(
            RepairEstimate, actor=person("service"), piece=piece, lines=[*lines, more], work=one.words["more"], lead_days=6,
            exchange_price=estimate.exchange_price,
        )  # fmt: skip
    if fate == "dearer" or one.number % 3:
        with one.at(25):
            further = send_estimate(further, actor=one.office)
    if fate == "dearer":
        with one.at(26, hour=8):
            answer_by_link(further, actor=None, answer="approved", name=str(contact_of(one.plant)))
    return further
