"""The demonstration's orders of the last weeks: in every state and of every kind, by what the people concerned do with them."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pgtrigger
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.db.models import F, OuterRef, Subquery

from accounts.actions.customer import edit_customer_terms
from accounts.models import Contact, Customer, User
from kam.core import clock
from kam.core.documents import Document
from kam.core.workflow import Denied
from kam.demo import orders_frames, orders_past, stage
from kam.demo.orders_steps import CLERKS, DIFFERS, House, accepted, purchase_order, recipient, released, speaks, weekday
from kam.demo.organisation import person
from kam.demo.prices import author_of
from kam.demo.trade import MARKETS, Buyer, buyers
from orders.actions import (
    ask_customer_about_review,
    create_order,
    decide_difference,
    decide_review,
    edit_order,
    hold_order,
    register_order,
    set_block,
)
from orders.actions.order_cancelling import cancel_order
from orders.actions.order_changing import request_change
from orders.actions.order_confirming import accept_confirmation, confirm_order
from orders.actions.order_delays import delay_order
from orders.actions.order_deliveries import deliver_order, start_order
from orders.actions.order_invoicing import invoice_order
from orders.actions.order_papers import acknowledge_order, issue_pro_forma
from orders.models import ContractReview, Offer, Order, OrderChange, OrderConfirmation, OrderDelay, OrderDelivery

#: What becomes of the orders, in turn, how many days ago each came, and how many of them.
FATES = (
    ("incomplete", -1, 4), ("incomplete", -4, 3), ("in_review", -1, 8), ("export", -2, 3), ("differs", -2, 6), ("asked", -6, 3), ("credit", -3, 4),
    ("held", -9, 2), ("quality", -5, 2), ("accepted", -3, 4), ("confirmed", -14, 10), ("waiting", -8, 4), ("agreed", -26, 2),
    ("reopened", -24, 3), ("in_progress", -38, 6), ("part", -52, 6), ("late", -58, 4), ("overdue", -57, 3), ("delivered", -52, 6),
    ("invoiced", -50, 6), ("cancelled", -30, 2), ("charged", -29, 2), ("rejected", -20, 2),
)  # fmt: skip
#: Kinds of which there are few, each with what becomes of it.
KINDS = (
    ("sample", "confirmed"), ("sample", "delivered"), ("spare_part", "invoiced"), ("spare_part", "in_progress"),
    ("free_of_charge", "delivered"), ("consignment", "part"), ("tooling", "in_review"), ("intercompany", "confirmed"),
)  # fmt: skip
CHANNELS = ("mail", "mail", "portal", "mail", "edi", "verbal")
WHY = {
    "held": "Il cliente riesamina il fabbisogno.",
    "quality": "In attesa dell'esito della misura dei campioni.",
    "cancelled": "Il programma è rinviato all'anno prossimo.",
    "rejected": "Il prezzo richiesto sta sotto il costo: il cliente è avvisato.",
}
#: What a customer reads of why its goods come late.
LATE = {
    "it": "Manca la fusione dal fornitore.", "de": "Das Gussteil des Lieferanten fehlt.", "en": "The casting from our supplier is missing.",
}  # fmt: skip
#: Months of its sales that a customer may owe us.
MONTHS_OF_CREDIT = 9


def make() -> None:
    """Let orders of a year come and go, then those of the last weeks as far as each has come."""
    buying = [one for one in buyers() if one.last_day == stage.day(0) and len(one.basket) > 2 and one.number != 41]
    house = House(buying)
    with stage.at(-400):
        _credit(buying)
    orders_past.make()
    stage.measure()
    served = [one for one in buying if one.location in ("IT", "DE") and one.country == one.location]
    at_home = [one for one in served if one.basket[0].producer == "IT"]
    abroad = [one for one in buying if one.location == "CN"]
    turns = [(fate, days) for fate, days, count in FATES for _turn in range(count)]
    for place, (fate, days) in enumerate(turns):
        among = abroad if fate == "export" else buying if fate in {"in_review", "incomplete", "credit"} else at_home
        One(house, place, among[place * 7 % len(among)], fate, days - place % 3).make()
    first = len(turns)
    for place, (kind, fate) in enumerate(KINDS, first):
        One(house, place, at_home[place * 7 % len(at_home)], fate, -45 - place % 4, kind=kind).make()
    for place, offer in enumerate(Offer.objects.filter(status="accepted").for_list().order_by("number")):
        _from_offer(place, offer, house.people)
    orders_frames.make(house, at_home)
    told_when()


def told_when() -> None:
    """Whoever tells a story afterwards enters it today; the records say when they were entered in it, but for three that came late."""
    late = list(Order.objects.filter(status="confirmed").order_by("pk").values_list("pk", flat=True)[:3])
    with pgtrigger.ignore():
        Order.objects.exclude(pk__in=late).update(created_at=F("received_at"))
        Order.objects.filter(pk__in=late).update(created_at=F("received_at") + timedelta(days=5))
        papers = Document.objects.filter(content_type=ContentType.objects.get_for_model(Order))
        papers.update(created_at=Subquery(Order.objects.filter(pk=OuterRef("object_id")).values("created_at")))
        OrderDelivery.objects.update(created_at=F("delivered_on") + timedelta(hours=15))
        OrderChange.objects.update(created_at=F("received_on") + timedelta(hours=10))
        OrderDelay.objects.update(created_at=F("noted_on") + timedelta(hours=10))


def _credit(buying: list[Buyer]) -> None:
    """Finance lets a customer owe what it buys in some months; of a few it keeps the limit low."""
    monthly: dict[str, float] = {}
    for buyer in buying:
        monthly[buyer.customer] = monthly.get(buyer.customer, 0) + buyer.monthly
    for customer in Customer.objects.filter(code__in=monthly).order_by("code"):
        worth = float(MARKETS["US" if customer.currency == "USD" else "CN" if customer.currency == "CNY" else "IT"][2])
        limit = round(monthly[customer.code] * MONTHS_OF_CREDIT / worth / 10_000 + 5) * 10_000
        edit_customer_terms(customer, actor=person("sales.manager"), credit_limit=Decimal(limit))


class One:
    """One order and what becomes of it."""

    def __init__(self, house: House, place: int, buyer: Buyer, fate: str, days: int, *, kind: str = "standard") -> None:
        self.house, self.place, self.buyer, self.fate, self.days, self.kind = house, place, buyer, fate, days, kind
        self.plant, self.location = house.plants[buyer.plant], house.locations[buyer.location]
        self.reference = f"45{place:03d}-{buyer.number:04d}"
        self.clerk, self.to = CLERKS[buyer.location], ""
        self.order: Order

    def make(self) -> None:
        """Enter it and go on as far as it came."""
        with stage.at(self.days, hour=9):
            self._enter()
            if self.fate == "incomplete" or self.order.incomplete:
                return
            self.order = register_order(self.order, actor=person(self.clerk))
            self._of_the_day()
        if self.fate in {"in_review", "export", "credit", "held", "quality"}:
            return
        if self.fate in {"differs", "asked", "rejected"}:
            with stage.at(min(self.days + 1, -1), hour=11):
                self._differs()
            return
        with stage.at(min(self.days + 2, -1), hour=11):
            if not accepted(self.order, self.house.people) or self.fate == "accepted":
                return
        with stage.at(min(self.days + 3, -1), hour=14):
            self._confirm()
        self._go_on()

    def _enter(self) -> None:
        buyer, customer = self.buyer, self.plant.customer
        lines: list[dict[str, Any]] = []
        for turn, product in enumerate(buyer.basket[: 1 + self.place % 4]):
            # As much as this plant takes at a time; whole packs above the minimum.
            worth = buyer.price(product, clock.today()) * MARKETS[buyer.location][2]
            usual = int(min(buyer.amount(clock.today()), 30_000) / 2 / float(worth))
            found = self.house.products[product.code]
            quantity = max(Decimal(usual + turn), found.minimum_order_quantity or Decimal(1))
            line: dict[str, Any] = {"product": found, "quantity": quantity}
            if self.kind == "tooling":
                line = {"description": "Attrezzatura di prova", "quantity": Decimal(1), "price": Decimal("18500.00")}
            elif self.kind == "sample":
                line["quantity"] = found.minimum_order_quantity or Decimal(2)
            lines.append(line)
        today = clock.today()
        head: dict[str, Any] = {
            "plant": self.plant, "selling_location": self.location, "kind": self.kind, "currency": MARKETS[buyer.location][0],
            "channel": CHANNELS[self.place % len(CHANNELS)], "customer_reference": self.reference, "customer_date": today,
            "requested_on": weekday(self.days + 42 + self.place % 9), "certificates": "EN 10204 – 3.1" if self.place % 3 else "",
            "producing_location": self.house.products[buyer.basket[0].code].producing_location,
            "contact": Contact.objects.filter(customer=customer, is_active=True).order_by("pk").first(),
        }  # fmt: skip
        if self.fate == "late":
            head |= {"penalty_rate": Decimal("0.5"), "penalty_cap": Decimal(5)}
        self._otherwise(lines)
        told = [(getattr(row.get("product"), "code", "-"), f"{row['quantity'].normalize():f} pz") for row in lines]
        paper: ContentFile | None = purchase_order(customer, self.reference, today, told)
        if self.fate == "incomplete":
            head |= ({"customer_reference": ""}, {"requested_on": None}, {"customer_date": None, "incoterms": ""})[self.place % 3]
            paper = None if self.place % 2 else paper
        self.order = create_order(Order, actor=person(self.clerk), lines=lines, paper=paper, **head)
        self.to = recipient(self.plant)
        if any(one.endswith(".price") for one in self.order.incomplete) and self.fate != "incomplete":
            priced = [line | {"price": buyer.price(product, today)} for line, product in zip(lines, buyer.basket, strict=False)]
            self.order = edit_order(self.order, actor=person(self.clerk), lines=priced)

    def _otherwise(self, lines: list[dict[str, Any]]) -> None:
        """The customer orders at another price, by another revision of the drawing, or more than ever."""
        if self.fate not in {"differs", "asked", "rejected"}:
            return
        first, product = lines[0], self.buyer.basket[0]
        level = Decimal("0.94") if self.fate != "rejected" else Decimal("0.55")
        first["price"] = (self.buyer.price(product, clock.today()) * level).quantize(Decimal("0.01"))
        if self.place % 2:
            first["part_revision"] = "C"
        if self.place % 3 == 0:
            first["quantity"] *= 4

    def _of_the_day(self) -> None:
        """What happens on the day on which it came."""
        order = self.order
        if self.fate != "credit":
            released(order)
        elif not order.blocks.active().filter(kind="credit").exists():
            set_block(order, actor=person("finance"), kind="credit", reason="Scaduto da oltre 30 giorni, sollecito in corso.")
        if self.place % 3 == 1:
            acknowledge_order(order, actor=person(self.clerk), sent_to=self.to)
        if self.fate == "held":
            hold_order(order, actor=person(self.clerk), reason=WHY["held"])
        if self.fate == "quality":
            set_block(order, actor=person("quality"), kind="technical", reason=WHY["quality"])

    def _differs(self) -> None:
        """Some of the differences are decided, or asked of the customer."""
        review = ContractReview.objects.for_list().get(order=self.order)
        people = self.house.people
        asks = {"differs": "accept", "asked": "ask", "rejected": "reject"}[self.fate]
        rows = list(review.differences.filter(gone_at__isnull=True).order_by("pk"))
        for row in rows[: 1 if self.fate == "differs" else len(rows)]:
            who = speaks(people, review, row.function)
            if who is not None and (self.fate != "differs" or self.place % 3 == 0):
                decide_difference(review, actor=who, difference=row.pk, decision=asks, reason=DIFFERS)
        leading = author_of(self.plant.customer)
        if self.fate == "asked" and review.differences.exclude(decision="").exists():
            ask_customer_about_review(review, actor=leading)
        if self.fate == "rejected":
            for who in people:
                try:
                    decide_review(review, actor=who, result="negative", reason=WHY["rejected"], informed_on=clock.today())
                except Denied:
                    continue
                return

    def _confirm(self) -> None:
        """Confirm it as ordered, or later than wanted."""
        lines = []
        if self.fate in {"waiting", "agreed"}:
            first = self.order.lines.order_by("position").first()
            lines = [{"line": first, "confirmed_on": first.wanted_on + timedelta(days=14)}] if first else []
        self.order = confirm_order(self.order, actor=person(self.clerk), sent_to=self.to, lines=lines)
        if self.fate == "confirmed" and self.place % 5 == 0:
            issue_pro_forma(self.order, actor=person(self.clerk), sent_to=self.to)

    def _go_on(self) -> None:
        """What happens after the confirmation."""
        order, clerk, days = self.order, self.clerk, self.days
        match self.fate:
            case "agreed":
                with stage.at(days + 6):
                    waiting = OrderConfirmation.objects.filter(order=order, state="waiting").first()
                    if waiting is not None:
                        said = "Il cliente ha emesso il piano di consegna con le nuove date."
                        accept_confirmation(waiting, actor=person("sales.manager"), agreed_how="conduct", agreed_note=said)
            case "reopened":
                with stage.at(-2, hour=10):
                    line = order.lines.order_by("position").first()
                    rows = [{"line": line, "quantity": line.quantity * 2}] if line else []
                    request_change(order, actor=author_of(self.plant.customer), reference=f"{self.reference}/1", lines=rows)
            case "cancelled" | "charged":
                with stage.at(days + 12):
                    charge = Decimal("1250.00") if self.fate == "charged" else Decimal(0)
                    cancel_order(
                        order, actor=author_of(self.plant.customer), cause="programme", reason=WHY["cancelled"], work_charge=charge,
                        sent_to=self.to,
                    )  # fmt: skip
            case "in_progress" | "part" | "late" | "delivered" | "invoiced":
                with stage.at(min(days + 20, -3)):
                    start_order(order, actor=person(clerk))
        if self.fate == "late":
            with stage.at(-9, hour=15):
                line = order.lines.order_by("position").first()
                rows = [{"line": line, "confirmed_on": stage.day(5 + self.place % 9)}] if line else []
                delay_order(
                    order, actor=person(clerk), cause="material", reason=LATE[order.language], lines=rows, sent_to=self.to
                )
        if self.fate in {"part", "delivered", "invoiced"}:
            self._deliver()

    def _deliver(self) -> None:
        """What leaves the house, and its invoice."""
        order, lines = self.order, list(self.order.lines.order_by("position"))
        offset = min(self.days + 41, -2)
        rows: list[dict[str, Any]] = []
        if self.fate == "part":
            rows = [{"line": lines[0], "quantity": max(lines[0].quantity // 2, Decimal(1))}]
        with stage.at(offset, hour=16):
            deliver_order(order, actor=person(self.clerk), note_number=f"DDT-{self.place:04d}", lines=rows)
        if self.fate == "invoiced":
            with stage.at(offset + 1, hour=17):
                invoice_order(order, actor=person(self.clerk), number=f"9{self.place:07d}")


def _from_offer(place: int, offer: Offer, people: list[User]) -> None:
    """The order that an offer became by its acceptance: completed, reviewed, and carried out where that is long ago."""
    order, plant = offer.orders.first(), offer.plant
    if order is None or offer.decided_on is None or place % 8 == 7:
        return
    days, clerk = (offer.decided_on - stage.day(0)).days, person(CLERKS[offer.selling_location.code])
    with stage.at(days, hour=17):
        told = [
            (str(line.product or line.description), f"{line.quantity:f} pz") for line in order.lines.select_related("product")
        ]
        paper = purchase_order(plant.customer, order.customer_reference, clock.today(), told)
        order = edit_order(
            order, actor=clerk, customer_date=clock.today(), requested_on=weekday(days + 50 + place % 7), paper=paper
        )
        if order.incomplete:
            return
        order = register_order(order, actor=clerk)
        released(order)
    with stage.at(days + 2, hour=11):
        if not accepted(order, people):
            return
        order = confirm_order(order, actor=clerk, sent_to=recipient(plant))
    if days + 52 >= 0 or order.waiting_customer:
        return
    with stage.at(days + 50, hour=16):
        deliver_order(order, actor=clerk, note_number=f"DDT-A{place:03d}")
    with stage.at(days + 51, hour=16):
        invoice_order(order, actor=clerk, number=f"8{place:07d}")
