"""The demonstration's complaints: about deliveries of the last weeks, some acknowledged, some waited for, one a repeat, one at a standstill of the line."""

from decimal import Decimal
from typing import Any

from accounts.models import Department, Location, Plant, User, audience_members
from accounts.models.assignments import account_manager_of, area_manager_of
from catalog.models import Product
from complaints.actions import mark_duplicate, plan_on_call, receive_complaint, send_receipt, withdraw_complaint
from complaints.models import Complaint, OnCall
from complaints.reports import alerts_of
from kam.core.work import complete_work
from kam.demo import complaints_worked, stage
from kam.demo.complaints_worked import Place
from kam.demo.trade import buyers

#: Kind, defect, sentence, pieces, what the customer wants, days ago, and how far it came.
CASES: tuple[tuple[str, str, str, int, str, int, str], ...] = (
    ("quality", "dimension", "Diametro del foro fuori tolleranza su più pezzi del lotto.", 24, "replacement", -58, "answered"),
    ("delivery", "late", "Consegna arrivata tre giorni dopo la data confermata.", 120, "nothing", -51, "answered"),
    ("quality", "surface", "Ruggine superficiale sotto l'imballo.", 40, "sorting", -44, "answered"),
    ("documents", "certificate", "Manca il certificato 3.1 per il lotto consegnato.", 0, "correction", -37, "answered"),
    ("price", "invoice", "Il prezzo fatturato non è quello dell'accordo.", 0, "credit", -33, "answered"),
    ("quality", "function", "Il riduttore trafila olio dopo poche ore.", 2, "repair", -27, "answered"),
    ("delivery", "quantity", "Nel collo mancano pezzi rispetto al documento di trasporto.", 6, "replacement", -20, "duplicate"),
    ("service", "behaviour", "Due settimane senza risposta alla richiesta di assistenza.", 0, "correction", -16, "withdrawn"),
    ("quality", "assembly", "Viti di fissaggio non serrate su parte della fornitura.", 12, "sorting", -9, "answered"),
    ("delivery", "damage", "Pallet ribaltato nel trasporto, cartoni rotti.", 18, "replacement", -4, "some"),
    ("quality", "material", "Durezza sotto il valore di disegno, linea del cliente ferma.", 60, "replacement", -1, "some"),
    ("quality", "packaging", "Etichette scambiate tra due codici.", 30, "", 0, "new"),
)  # fmt: skip


def make() -> None:
    """Put heads of departments on call, and take complaints in where somebody serves the plant; each comes as far as its fate."""
    _on_call()
    plants = {plant.code: plant for plant in Plant.objects.select_related("customer")}
    locations = {location.code: location for location in Location.objects.all()}
    products = {product.code: product for product in Product.objects.select_related("family")}
    served = []
    for buyer in buyers():
        plant, location = plants[buyer.plant], locations[buyer.location]
        hearer = area_manager_of(plant, location, stage.day(0)) or account_manager_of(plant.customer, stage.day(0))
        if hearer is not None and buyer.basket and buyer.last_day == stage.day(0):
            served.append(Place(plant, location, tuple(products[one.code] for one in buyer.basket), hearer))
    complaints_worked.make(served)
    for number, (case, place) in enumerate(zip(CASES, served, strict=False)):
        _complain(number, case, place.plant, place.location, place.products[0], place.hearer)


def _on_call() -> None:
    """The head of every department is called first."""
    for department in Department.objects.exclude(head=None).select_related("head").order_by("pk"):
        head = department.head
        if head is not None:
            phone = head.phone or "+39 0575 5500"
            plan_on_call(OnCall, actor=None, department=department, person=head, place=1, phone=phone, first_day=stage.day(-60))


def _complain(number: int, case: Any, plant: Plant, location: Location, product: Product, hearer: User) -> None:
    kind, defect, text, pieces, remedy, days, fate = case
    head: dict[str, Any] = {
        "plant": plant, "selling_location": location, "product": product, "kind": kind, "defect": defect, "text": text,
        "claimed": Decimal(pieces) if pieces else None, "remedy": remedy, "batch": f"L{number + 11:02d}-{product.code}"[:40],
        "delivery_note": f"DDT {4100 + number}", "line_stop": "ferma" in text and kind == "quality", "channel": "phone",
        "notified_on": stage.day(days), "discovered_on": stage.day(days - 2),
    }  # fmt: skip
    with stage.at(days, hour=9):
        complaint = receive_complaint(Complaint, actor=hearer, **head)
    if fate == "new":
        return
    with stage.at(days, hour=10):
        complaint = send_receipt(complaint, actor=hearer, way="phone")
        items = alerts_of(complaint)
        for item in items if fate != "some" else items[:1]:
            member = audience_members(item.audience).order_by("pk").first()
            if member is not None:
                complete_work(item, actor=member)
    if fate == "duplicate":
        with stage.at(days + 1, hour=9):
            again = receive_complaint(Complaint, actor=hearer, **head)
        with stage.at(days + 1, hour=11):
            mark_duplicate(again, actor=hearer, of=complaint)
    if fate == "withdrawn":
        with stage.at(days + 2, hour=9):
            withdraw_complaint(complaint, actor=hearer, reason="La risposta era arrivata a un altro indirizzo.")
