"""The demonstration's price agreements: what its customers pay is what was agreed with them, product by product."""

from datetime import date
from decimal import Decimal
from math import sin
from typing import Any

from accounts.models import Customer, CustomerGroup, Location, Plant
from accounts.models.assignments import account_manager_of
from catalog.models import Product, ProductFamily
from kam.core import clock
from kam.demo import stage
from kam.demo.catalogue import RAISED_ON
from kam.demo.organisation import person
from kam.demo.trade import MARKETS, Buyer, buyers
from orders.actions import (
    agree_agreement_terms,
    approve_agreement,
    create_agreement,
    create_index,
    give_opinion,
    record_index_value,
    revise_agreement,
    submit_agreement,
)
from orders.models import IndexValue, PriceAgreement, PriceIndex

#: When the prices of the year were agreed, and until when none of the usual ones ends.
AGREED_ON, LASTING = -80, 120
#: Every so many customers one whose agreement ends soon; the days left come in turn.
SOON_EVERY, DAYS_LEFT = 23, (24, 52, 83)
#: Quantities from which a plant with scales pays a little less; its orders of today are smaller.
STEPS = ((1, Decimal(1)), (20_000, Decimal("0.97")))
#: Per kilogram, in EUR, month by month until the last one that is over.
STEEL, MONTHS = Decimal("0.640"), 24
INDICES = (
    ("EU-HRC", "Acciaio laminato a caldo", "Hot-rolled steel", "Warmband", "Euromet", STEEL),
    ("LME-CU", "Rame", "Copper", "Kupfer", "LME", Decimal("8.450")),
)
#: What is written in the customer's language.
REOPENING = {
    "it": "Se i volumi di un trimestre scendono di oltre il 20 % sotto quanto concordato, i prezzi si rinegoziano entro 30 giorni.",
    "en": "If the volume of a quarter falls more than 20 % below what was agreed, the prices are negotiated anew within 30 days.",
    "de": "Sinkt die Menge eines Quartals um mehr als 20 % unter die vereinbarte, werden die Preise binnen 30 Tagen neu verhandelt.",
}
FRAME = {"it": "Contratto quadro", "en": "Frame contract", "de": "Rahmenvertrag"}
COSTS = {"it": "Costi di materiale e salari", "en": "Costs of material and wages", "de": "Material- und Lohnkosten"}
OBJECTION = {
    "IT": "Da noi questa famiglia si vende senza sconto.",
    "DE": "Bei uns verkauft sich diese Familie ohne Rabatt.",
    "US": "Here this family sells without a discount.",
    "CN": "Here this family sells without a discount.",
}
TERMS = {"IT": ("Z060", "DAP"), "DE": ("Z030", "DAP"), "US": ("Z045", "FCA"), "CN": ("Z030", "FCA")}


def make() -> None:
    """Agree the prices of every plant that buys; a few end soon, one waits for approval, one is a draft of next year's."""
    plants = {plant.code: plant for plant in Plant.objects.select_related("customer")}
    locations = {location.code: location for location in Location.objects.all()}
    catalogue = {product.code: product for product in Product.objects.all()}
    buying = [buyer for buyer in buyers() if buyer.last_day == stage.day(0) and buyer.basket]
    made = []
    with stage.at(AGREED_ON):
        for place, buyer in enumerate(buying):
            plant = plants[buyer.plant]
            draft = _drafted(buyer, plant, locations[buyer.location], catalogue, _last_day(place))
            made.append(approved(draft, plant.customer))
        _indices()
        _discounts()
    with stage.at(-6):
        _raised(made[2], plants[buying[2].plant].customer, handed_in=True)
    with stage.at(-2):
        _asked()
        _raised(made[5], plants[buying[5].plant].customer, handed_in=False)


def _first_day() -> date:
    """From when on a customer's prices of today have been what they are: the new year, or the last change of the list."""
    return max(stage.day(0).replace(month=1, day=1), stage.day(RAISED_ON))


def _last_day(place: int) -> date:
    """The end of the year, of the next one where that is near; of some in a few weeks."""
    if place % SOON_EVERY == SOON_EVERY // 2:
        return stage.day(DAYS_LEFT[place // SOON_EVERY % len(DAYS_LEFT)])
    end = stage.day(0).replace(month=12, day=31)
    return end if end > stage.day(LASTING) else end.replace(year=end.year + 1)


def author_of(customer: Customer) -> Any:
    """Who leads the customer, else the sales manager."""
    return account_manager_of(customer, clock.today()) or person("sales.manager")


def _drafted(buyer: Buyer, plant: Plant, location: Location, catalogue: dict[str, Product], last_day: date) -> PriceAgreement:
    first_day = _first_day()
    terms, incoterms = TERMS[buyer.location]
    lines: list[dict[str, Any]] = []
    for place, product in enumerate(buyer.basket):
        price = buyer.price(product, first_day)
        line: dict[str, Any] = {"product": catalogue[product.code], "price": price}
        if place == 0 and buyer.number % 4 == 1:
            line = {"product": catalogue[product.code], "scale": "from", "committed_quantity": Decimal(1000)}
            line["steps"] = [(Decimal(begins), (price * share).quantize(Decimal("0.01"))) for begins, share in STEPS]
        lines.append(line)
    draft: PriceAgreement = create_agreement(
        PriceAgreement,
        actor=author_of(plant.customer),
        plant=plant,
        location=location,
        currency=MARKETS[buyer.location][0],
        first_day=first_day,
        last_day=last_day,
        payment_terms=terms,
        incoterms=incoterms,
        incoterms_place=plant.city,
        incoterms_version="2020",
        notice_days=60,
        reopening=REOPENING[plant.customer.language],
        lines=lines,
    )
    return draft


def approved(draft: PriceAgreement, customer: Customer) -> PriceAgreement:
    """Have a draft handed in by whoever leads the account, agreed to at the other locations, and approved by another."""
    author = author_of(customer)
    submit_agreement(draft, actor=author)
    for one in draft.opinions.select_related("person"):
        give_opinion(draft, actor=one.person)
    approve_agreement(with_terms(draft), actor=decider(draft))
    return draft


def with_terms(agreement: PriceAgreement) -> PriceAgreement:
    """The same once finance has agreed to its terms, where they are for it to agree to."""
    agreement.refresh_from_db()
    if agreement.waits_for_finance:
        agree_agreement_terms(agreement, actor=person("finance"))
    return agreement


def decider(record: Any) -> Any:
    """Who approves what was handed in: whoever decides at its level, never its author."""
    record.refresh_from_db()
    return person("management" if record.level > 1 or record.submitted_by == person("sales.manager") else "sales.manager")


def _discounts() -> None:
    """Global accounts have a discount on everything that was not agreed piece by piece."""
    steel = PriceIndex.objects.get(code="EU-HRC")
    lines = [{"family": family, "discount": Decimal("7.5")} for family in ProductFamily.objects.order_by("code")[:3]]
    for group in CustomerGroup.objects.filter(is_global_account=True).order_by("code")[:2]:
        company = group.customers.order_by("code").first()
        if company is None:
            continue
        clauses = [{"index": steel, "reference": STEEL, "averaging": 3, "missing": "last"}]
        approved(_framed(group, company, lines, clauses=clauses, first_day=_first_day()), company)


def _framed(group: CustomerGroup, company: Customer, lines: list[dict[str, Any]], **values: Any) -> PriceAgreement:
    """A draft with a whole group, that holds at all of our locations."""
    head = {"group": group, "currency": "EUR", "reference": FRAME[company.language], "lines": lines}
    draft: PriceAgreement = create_agreement(PriceAgreement, actor=author_of(company), **head | values)
    return draft


def _asked() -> None:
    """One more discount for a group: the area managers have some days left to say what they think, and one objects."""
    families = ProductFamily.objects.order_by("code")
    for group in CustomerGroup.objects.filter(is_global_account=True).order_by("code"):
        company = group.customers.order_by("code").first()
        if company is None:
            continue
        lines = [{"family": families[3], "discount": Decimal("6.0")}]
        draft = _framed(group, company, lines, first_day=stage.day(30))
        submit_agreement(draft, actor=author_of(company))
        objecting = draft.opinions.select_related("person", "location").first()
        if objecting is not None:
            give_opinion(draft, actor=objecting.person, consents=False, note=OBJECTION[objecting.location.country])
            return


def _indices() -> None:
    """Steel and copper month by month, as finance records them."""
    for code, name_it, name_en, name_de, source, level in INDICES:
        index = create_index(
            PriceIndex,
            actor=person("finance"),
            code=code,
            name_it=name_it,
            name_en=name_en,
            name_de=name_de,
            currency="EUR",
            source=source,
        )
        last = stage.day(0).year * 12 + stage.day(0).month - 2
        for place in range(MONTHS):
            month = last - MONTHS + 1 + place
            value = (level * Decimal(1 + 0.08 * sin(place / 3))).quantize(Decimal("0.001"))
            record_index_value(
                IndexValue, actor=person("finance"), index=index, day=date(month // 12, month % 12 + 1, 1), value=value
            )


def _raised(before: PriceAgreement, customer: Customer, *, handed_in: bool) -> None:
    """Next year's prices, three per cent higher: waiting for approval, or a draft still."""
    first = stage.day(30)
    draft = revise_agreement(
        before, actor=author_of(customer), first_day=first, change=Decimal(3), reason=COSTS[customer.language]
    )
    if handed_in:
        submit_agreement(draft, actor=author_of(customer))
