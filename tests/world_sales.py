"""What was sold, agreed, negotiated and offered in the world of the permission matrix."""

from datetime import date
from typing import Any

from kam.core import clock
from kam.core.periods import period
from orders.actions import pause_offer, take_workbook
from orders.models import (
    Concession,
    IndexValue,
    InvoiceSource,
    NegotiationDossier,
    NegotiationRound,
    OfferWorkbook,
    OrderIntake,
    PriceAgreement,
    PriceIndex,
    SalesTotal,
)
from tests.factories.accounts import LocationFactory, UserFactory
from tests.factories.catalog import ProductFactory
from tests.factories.consents import asked, asked_about
from tests.factories.customer_orders import OrderBlockFactory, OrderFactory
from tests.factories.files import named
from tests.factories.findings import price_letter, wrong_price
from tests.factories.negotiations import development_request, negotiation
from tests.factories.offers import offer_line, offered, priced_product
from tests.factories.open_items import open_item
from tests.factories.orders import SalesLineFactory
from tests.factories.price_papers import price_paper
from tests.factories.prices import agreement, for_finance, opined
from tests.factories.prices import line as price_line
from tests.factories.workbooks import rfq
from tests.world_people import PEOPLE, World


def of_the_ledger(world: World) -> None:
    """A sale to ACME in America by the American location, and one to GAMMA that nobody but its account manager sees."""
    built, product = world.built, world.own["product"]
    american = SalesLineFactory(
        plant=built.acme_us_plant, selling_location=built.usa, producing_location=built.italy, product=product,
        account_manager=built.account_manager,
    )  # fmt: skip
    chinese = SalesLineFactory(plant=world.foreign["plant"], selling_location=LocationFactory(country="CN"), product=product)
    readers = "arsmu"
    for kind, own, foreign in (
        ("sales_line", american, chinese),
        ("sales_document", american.document, chinese.document),
        ("sales_total", *(SalesTotal.objects.get(plant=line.plant) for line in (american, chinese))),
    ):
        world.own[kind] = dict.fromkeys(readers, own)
        world.foreign[kind] = {letter: own if letter not in readers else foreign for letter in PEOPLE if letter not in "smu"}


def of_the_prices(world: World) -> None:
    """A draft and an agreement with ACME in America, and one of each with GAMMA."""
    index = PriceIndex.objects.create(code="LME-CU", name_en="Copper", currency="EUR", source="LME")
    world.own["price_index"] = index
    world.own["index_value"] = IndexValue.objects.create(index=index, day=date(2026, 1, 1), value=9)
    readers = "arsbfmu"
    for kind, status in (("price_agreement", "draft"), ("agreed_price", "active")):
        price = price_line(ProductFactory(), 10)
        own, foreign = (agreement(price, customer=one["customer"], status=status) for one in (world.own, world.foreign))
        PriceAgreement.objects.filter(pk=own.pk, status="draft").update(submitted_by=world.built.account_manager)
        world.own[kind] = dict.fromkeys(readers, own)
        world.foreign[kind] = {letter: own if letter not in readers else foreign for letter in PEOPLE if letter not in "smu"}
    own, foreign = (
        for_finance(agreement(price, customer=one["customer"], status="in_approval")) for one in (world.own, world.foreign)
    )
    world.own["agreement_for_finance"] = dict.fromkeys(readers, own)
    world.foreign["agreement_for_finance"] = {one: own if one not in readers else foreign for one in PEOPLE if one not in "smu"}
    own, foreign = (world.own["agreed_price"]["a"], world.foreign["agreed_price"]["a"])
    mine, theirs = (price_paper(agreed) for agreed in (own, foreign))
    world.own["price_paper"] = dict.fromkeys(readers, mine)
    world.foreign["price_paper"] = {one: mine if one not in readers else theirs for one in PEOPLE if one not in "smu"}
    own, foreign = (
        opined(agreement(price_line(ProductFactory(), 10), customer=one["customer"], status="in_approval"), *asked)
        for one, asked in (
            (world.own, (world.built.usa, world.built.area_manager_us)),
            (world.foreign, (world.built.germany, world.built.area_manager_de)),
        )
    )
    world.own["agreement_asked"] = dict.fromkeys(readers, own)
    world.foreign["agreement_asked"] = {
        letter: own if letter not in readers else foreign for letter in PEOPLE if letter not in "smu"
    }


def of_the_wrong_prices(world: World) -> None:
    """A sale to ACME in America that was not invoiced as agreed, and one to GAMMA; read like sales."""
    own = wrong_price(world.built.acme_us_plant, world.built.usa)
    foreign = wrong_price(world.foreign["plant"], LocationFactory(country="CN"))
    for kind, mine, theirs in (("finding", own, foreign), ("price_letter", price_letter(own), price_letter(foreign))):
        world.own[kind] = dict.fromkeys("arsmu", mine)
        world.foreign[kind] = {letter: mine if letter not in "arsmu" else theirs for letter in PEOPLE if letter not in "smu"}


def of_the_open_items(world: World) -> None:
    """What ACME in America owes the American location, and GAMMA the Chinese one; read like sales."""
    own = open_item(world.built.acme_us, world.built.usa)
    foreign = open_item(world.foreign["customer"], LocationFactory(country="CN"))
    elsewhere = LocationFactory(code="L-FR", country="IT")
    world.own["invoice_source"] = InvoiceSource.objects.create(location=elsewhere, system="SAP-FR", period=period(None))
    world.own["open_item"] = dict.fromkeys("arsmu", own)
    world.foreign["open_item"] = {letter: own if letter not in "arsmu" else foreign for letter in PEOPLE if letter not in "smu"}


def of_the_credit(world: World) -> None:
    """An order of ACME in America that Italy produces, and one of GAMMA, both blocked for credit; seen like orders."""
    built, china, readers = world.built, LocationFactory(country="CN"), "arsbtqplfemu"
    own = OrderFactory(plant=built.acme_us_plant, selling_location=built.usa, producing_location=built.italy, registered=True)
    foreign = OrderFactory(plant=world.foreign["plant"], selling_location=china, registered=True)
    mine, theirs = (OrderBlockFactory(order=order) for order in (own, foreign))
    for order in (own, foreign):
        OrderIntake.objects.create(
            order=order, position=10, kind="registered", day=date(2026, 3, 2), plant=order.plant,
            selling_location=order.selling_location, currency="EUR", net=1, base_net=1,
        )  # fmt: skip
    for kind, one, other in (("blocked_order", own, foreign), ("order_intake", own.intake.get(), foreign.intake.get())):
        world.own[kind] = dict.fromkeys(readers, one)
        world.foreign[kind] = {letter: one if letter not in readers else other for letter in PEOPLE if letter not in "smu"}
    world.own["credit_block"] = dict.fromkeys(readers, mine)
    world.foreign["credit_block"] = {one: mine if one not in readers else theirs for one in PEOPLE if one not in "smu"}


def of_the_negotiations(world: World) -> None:
    """The account manager's with ACME in America, and the second one's with GAMMA; what is asked of R&D; the dossiers, confidential."""
    own = negotiation(plant=world.built.acme_us_plant, selling_location=world.built.usa, owner=world.built.account_manager)
    foreign = negotiation(plant=world.foreign["plant"], owner=world.built.account_manager2)
    asked = [development_request(own, world.built.italy), development_request(foreign, world.built.germany)]
    dossiers = [NegotiationDossier.objects.create(negotiation=one) for one in (own, foreign)]
    rounds = [NegotiationRound.objects.create(dossier=one, number=1, held_on=date(2026, 1, 7)) for one in dossiers]
    got = {"side": "got", "what": "Volume", "kind": "other", "figure": 5, "annual_value": 5}
    concessions = [Concession.objects.create(dossier=one, **got) for one in dossiers]
    for kind, readers, (mine, theirs), everywhere in (
        ("negotiation", "arsmu", (own, foreign), "smu"),
        ("development_request", "arsbtmu", asked, "smu"),
        ("dossier", "asm", dossiers, "sm"),
        ("dossier_round", "asm", rounds, "sm"),
        ("dossier_concession", "asm", concessions, "sm"),
    ):
        world.own[kind] = dict.fromkeys(readers, mine)
        world.foreign[kind] = {one: theirs if one in readers else mine for one in PEOPLE if one not in everywhere}


def of_the_offers(world: World) -> None:
    """Offers to ACME in America by the American location, as far along as a verb needs them, and the same to GAMMA."""
    built, product, china = world.built, priced_product(), LocationFactory(country="CN")
    theirs = priced_product(producer=china, currency="EUR")
    people = {"by": built.account_manager, "approver": built.sales_manager}
    for kind, status in (
        ("offer", "draft"), ("paused_offer", "draft"), ("offer_handed_in", "in_approval"), ("approved_offer", "approved"),
        ("sent_offer", "sent"),
    ):  # fmt: skip
        line, their_line = offer_line(product, 100, "22"), offer_line(theirs, 100, "22")
        own = offered(built.acme_us_plant, built.usa, line, status=status, currency="EUR", **people)
        foreign = offered(world.foreign["plant"], china, their_line, status=status, currency="EUR", approver=built.sales_manager)
        world.own[kind] = dict.fromkeys("arsmu", own)
        world.foreign[kind] = {letter: own if letter not in "arsmu" else foreign for letter in PEOPLE if letter not in "smu"}
    terms = {"status": "in_approval", "special_terms": True, "currency": "EUR"}
    american, italian, chinese = (
        offered(plant, place, offer_line(article, 100), **terms)
        for plant, place, article in (
            (built.acme_us_plant, built.usa, product), (built.acme_us_plant, built.italy, product), (world.foreign["plant"], china, theirs),
        )
    )  # fmt: skip
    world.own["offer_for_finance"] = dict.fromkeys("arsmu", american) | dict.fromkeys("bf", italian)
    world.foreign["offer_for_finance"] = {one: chinese if one in "arbf" else american for one in PEOPLE if one not in "smu"}
    for waiting in (world.own["paused_offer"]["a"], world.foreign["paused_offer"]["a"]):
        pause_offer(waiting, actor=None, reason="Which drawing?")
    for kind, about in (("offer_mail", a_mail), ("offer_workbook", a_workbook)):
        mine, foreign = (about(one["a"]) for one in (world.own["sent_offer"], world.foreign["sent_offer"]))
        world.own[kind] = dict.fromkeys("arsmu", mine)
        world.foreign[kind] = {letter: mine if letter not in "arsmu" else foreign for letter in PEOPLE if letter not in "smu"}


def a_mail(offer: Any) -> Any:
    """A mail with an offer that waits."""
    return offer.mails.create(recipients=["buyer@customer.example"], subject="Our offer")


def a_workbook(offer: Any) -> Any:
    """A customer's workbook in which the offer's article has a row."""
    file = named(rfq((offer.lines.get().product.code, "Gear")), "rfq.xlsx")
    return take_workbook(OfferWorkbook, actor=None, offer=offer, file=file)


def of_the_consents(world: World) -> None:
    """What the American area manager asked the account manager about, as far as a verb needs it, and the same about an offer to GAMMA."""
    built, china = world.built, LocationFactory(country="CN")
    place = (built.acme_us_plant, built.usa, built.area_manager_us)
    leader = built.account_manager
    for kind, own, status in (
        ("price_consent", asked(*place), "waiting"),
        ("refused_consent", asked(*place, refused_by=leader), "refused"),
        ("escalated_consent", asked(*place, refused_by=leader, escalated=True), "escalated"),
    ):
        offer = offered(
            world.foreign["plant"], china, offer_line(priced_product(producer=china, currency="EUR"), 100, "20"), currency="EUR"
        )
        said = {"answered_by": UserFactory(), "answered_at": clock.now(), "answer": "No"}
        foreign = asked_about(offer, status=status, **said)
        world.own[kind] = dict.fromkeys("arsmu", own)
        world.foreign[kind] = {letter: own if letter not in "arsmu" else foreign for letter in PEOPLE if letter not in "smu"}
