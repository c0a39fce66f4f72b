"""The demonstration's offers: to plants that buy, in every state that an offer can be in, some with a revision."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from accounts.models import Contact, Location, Plant
from catalog.models import Product
from kam.core import clock
from kam.core.workflow import Denied
from kam.demo import stage
from kam.demo.organisation import person
from kam.demo.prices import author_of, decider
from kam.demo.reviews import offer_passes
from kam.demo.trade import MARKETS, Buyer, buyers
from orders.actions import (
    accept_offer,
    agree_terms,
    approve_offer,
    create_offer,
    edit_offer,
    expire_offers,
    lose_offer,
    negotiate_offer,
    pause_offer,
    resume_offer,
    revise_offer,
    send_offer,
    submit_offer,
    withdraw_offer,
)
from orders.actions.offers import values_of
from orders.models import Offer

#: What becomes of the offers, in turn, and how many days ago each was drafted.
FATES = (
    ("accepted", -96), ("lost", -90), ("sent", -9), ("approved", -2), ("draft", -1), ("expired", -70), ("in_approval", -1),
    ("revised", -40), ("in_negotiation", -18), ("withdrawn", -50), ("accepted", -60), ("sent", -4),
)  # fmt: skip
OFFERS = 140
#: Handed in with the customer's own terms: these wait for finance.
BEYOND_STANDARD = (6, 30)
SUBJECTS = {
    "it": "Fabbisogno {year} e ricambi", "de": "Bedarf {year} und Ersatzteile", "en": "Requirements {year} and spare parts",
}  # fmt: skip
LEAD_TIMES = {
    "it": "6 settimane dall'ordine chiaro in ogni parte", "de": "6 Wochen ab Auftragsklarheit", "en": "6 weeks from a clear order",
}  # fmt: skip
WARRANTIES = {"it": "24 mesi dalla consegna", "de": "24 Monate ab Lieferung", "en": "24 months from delivery"}
#: What some customers were asked before.
ASKED = {"it": "Quale foro per il mozzo?", "de": "Welche Nabenbohrung?", "en": "Which bore for the hub?"}
LOST = ("price", "delivery", "technical")
COMPETITORS = ("Getriebebau Nord", "Meccanica Lariana", "Ohio Gear Works")
#: What is asked beside the price that holds: of every third offer the first line is three per cent dearer.
DEARER = Decimal("1.03")


def make() -> None:
    """Offer something to every plant that buys, and let it become what it became."""
    plants = {plant.code: plant for plant in Plant.objects.select_related("customer")}
    locations = {location.code: location for location in Location.objects.all()}
    catalogue = {product.code: product for product in Product.objects.all()}
    buying = [buyer for buyer in buyers() if buyer.last_day == stage.day(0) and len(buyer.basket) > 1]
    for place in range(OFFERS):
        buyer = buying[place % len(buying)]
        fate, days = FATES[place % len(FATES)]
        _offered(place, buyer, plants[buyer.plant], locations[buyer.location], catalogue, fate, days - place // len(FATES) % 4)


def _offered(
    place: int, buyer: Buyer, plant: Plant, location: Location, catalogue: dict[str, Product], fate: str, days: int
) -> None:
    customer = plant.customer
    author = author_of(customer)
    with stage.at(days):
        draft = _drafted(place, buyer, plant, location, catalogue)
        if place % 4 == 1:
            pause_offer(draft, actor=author, reason=ASKED[customer.language], begins=clock.today() - timedelta(days=3))
        if fate == "draft":
            return
        if place % 4 == 1:
            resume_offer(draft, actor=author)
        if place % 3 == 0:
            first, *others = (values_of(line) for line in draft.lines.all())
            dearer = first | {"price": (first["price"] * DEARER).quantize(Decimal("0.01"))}
            edit_offer(draft, actor=author, lines=[dearer, *others])
        if not _handed_in(draft, author, approve=fate != "in_approval") or fate in {"approved", "in_approval"}:
            return
    with stage.at(days + 1):
        if not _sent(draft, author):
            return
    with stage.at(min(days + 12, -1), hour=15):
        _became(place, draft, fate, author)


def _drafted(place: int, buyer: Buyer, plant: Plant, location: Location, catalogue: dict[str, Product]) -> Offer:
    customer = plant.customer
    language = customer.language
    lines: list[dict[str, Any]] = [
        {
            "product": catalogue[product.code],
            "price": buyer.price(product, clock.today()),
            "quantity": Decimal(4 + 2 * number),
            "annual_quantity": Decimal(16 + 8 * number),
        }
        for number, product in enumerate(buyer.basket[:4])
    ]
    if place % 5 == 0:
        lines[-1]["kind"] = "option"
    draft: Offer = create_offer(
        Offer,
        actor=author_of(customer),
        plant=plant,
        selling_location=location,
        contact=Contact.objects.filter(customer=customer, is_active=True).order_by("pk").first(),
        currency=MARKETS[buyer.location][0],
        subject=SUBJECTS[language].format(year=clock.today().year + 1),
        enquiry=f"RFQ-{clock.today():%y}-{400 + place}",
        enquiry_complete_on=clock.today() - timedelta(days=1 + place % 5),
        valid_until=clock.today() + timedelta(days=45),
        delivery=LEAD_TIMES[language],
        warranty=WARRANTIES[language],
        certificates="EN 10204 – 3.1",
        special_terms=place in BEYOND_STANDARD,
        lines=lines,
    )
    return draft


def _handed_in(draft: Offer, author: Any, *, approve: bool) -> bool:
    """Hand an offer in and have it approved by who decides; one whose cost is too old stays a draft."""
    try:
        submit_offer(draft, actor=author)
    except Denied:
        return False
    draft.refresh_from_db()
    if draft.waits_for_finance and approve:
        agree_terms(draft, actor=person("finance"))
    if draft.status == Offer.Status.IN_APPROVAL and approve:
        approve_offer(draft, actor=decider(draft))
    return True


def _sent(draft: Offer, author: Any) -> bool:
    """Send an offer that passed its review; one whose review still waits stays with us."""
    if not offer_passes(draft):
        return False
    contact = draft.contact
    send_offer(
        draft, actor=author, sent_to=(contact.email if contact else "") or f"purchasing@{draft.plant.code.lower()}.example"
    )
    return True


def _became(place: int, offer: Offer, fate: str, author: Any) -> None:
    match fate:
        case "accepted":
            accept_offer(offer, actor=author, accepted_reference=f"PO-{4500 + place}")
        case "lost":
            reason, competitor = LOST[place % len(LOST)], COMPETITORS[place % len(COMPETITORS)]
            price = (offer.net * Decimal("0.93")).quantize(Decimal("0.01"))
            lose_offer(offer, actor=author, lost_reason=reason, competitor=competitor, competitor_price=price)
        case "withdrawn":
            withdraw_offer(offer, actor=author, reason="The programme was moved to next year.")
        case "in_negotiation":
            negotiate_offer(offer, actor=author)
        case "expired":
            with stage.at(-1):
                expire_offers()
        case "revised":
            following = revise_offer(offer, actor=author, valid_until=stage.day(30))
            first, *others = (values_of(line) for line in following.lines.all())
            lower = first | {"price": (first["price"] * Decimal("0.985")).quantize(Decimal("0.01"))}
            edit_offer(following, actor=author, lines=[lower, *others])
            if _handed_in(following, author, approve=True):
                _sent(following, author)
