"""The demonstration's negotiations: three years of chances with customers and prospects, from the first word to the decision."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from math import sqrt
from typing import Any

from django.core.files.base import ContentFile

from accounts.models import Customer, Location, Plant, User, access_of
from accounts.models.assignments import account_manager_of
from catalog.models import Product
from kam.core import clock
from kam.demo import stage
from kam.demo.catalogue import MARKUP
from kam.demo.customers import AREA
from kam.demo.organisation import person
from kam.demo.products import ProductData, products
from kam.demo.trade import MARKETS, Buyer, buyers, share
from orders.actions import (
    add_concession,
    add_round,
    answer_development,
    ask_development,
    correct_round,
    create_negotiation,
    edit_dossier,
    leave_negotiation,
    lose_negotiation,
    move_negotiation,
    open_dossier,
    strike_concession,
    win_negotiation,
    withdraw_negotiation,
)
from orders.models import DevelopmentRequest, Negotiation, NegotiationDossier
from orders.models.dossiers import reads_dossier
from orders.models.negotiations import OPEN

HOW_MANY, PROSPECTS = 60, 8
#: The days from the first word to each further stage, and from the last one to the decision.
PACE = (0, 14, 30, 42, 62, 85, 130)
SUBJECTS = (
    "Riduttori per la nuova linea di imballaggio",
    "Secondo fornitore per giunti elastici",
    "Trasmissioni per nastri trasportatori",
    "Ricambi per l'ammodernamento dell'impianto",
    "Limitatori di coppia per macchine agricole",
    "Contratto quadro di due anni",
    "Pulegge per il magazzino automatico",
    "Catene per forni di essiccazione",
    "Azionamento per la pressa nuova",
    "Sostituzione del fornitore attuale",
)
COMPETITORS = ("Nordwerk Antriebe", "Tramec Drives", "Sinodrive", "Midwest Gear", "Bologna Motion")
REASONS = ("price", "delivery", "price", "technical", "terms", "relation")
NEEDS = (
    ("Albero cavo da 40 mm con chiavetta, stessa flangia", "D-40711 rev. B"),
    ("Versione inossidabile per lavaggi quotidiani", ""),
    ("Rumore inferiore a 62 dB a 1500 giri", "Schema del cliente 2217"),
)
STEPS = (
    "Visita con l'ufficio tecnico",
    "Chiamare l'ufficio acquisti",
    "Mandare il disegno di massima",
    "Verificare i volumi del secondo anno",
    "Chiarire i termini di pagamento",
)


@dataclass(frozen=True)
class Chance:
    """One negotiation to be told: with whom, about what, when it began, how far it came and how it ended (empty: open)."""

    number: int
    plant: Plant
    location: Location
    product: ProductData
    price: Decimal
    begins: int
    reached: int
    end: str

    @property
    def actor(self) -> User:
        """Who leads it on this day: the account manager, else the area manager, else the sales manager."""
        manager = account_manager_of(self.plant.customer, clock.today())
        logins = [*([manager.email.partition("@")[0]] if manager else []), AREA[self.location.code]]
        for login in logins:
            one = person(login)
            scope = access_of(one).scope("orders.create_negotiation")
            if Plant.objects.within(scope.plants).filter(pk=self.plant.pk).exists():
                return one
        return person("sales.manager")


def make() -> None:
    """Tell the negotiations in the order of their steps, so that each day is told once and in its turn."""
    catalogue = {product.code: product for product in Product.objects.all()}
    made: dict[int, Negotiation] = {}
    told = [step for chance in _chances() for step in _steps(chance)]
    for day, number, what, chance in sorted(told, key=lambda step: step[:2]):
        with stage.at(day, hour=9):
            if what == "begin":
                made[number] = _begin(chance, catalogue[chance.product.code])
            elif what == "end":
                _end(made[number], chance)
            else:
                _move(made[number], chance, what)
    _requests([(made[chance.number], chance) for *_day, what, chance in told if what == "begin" and not chance.end])


def _requests(open_ones: list[tuple[Negotiation, Chance]]) -> None:
    """What R&D in Italy is asked about three of the open ones: one was answered, one waits, one is nearly due."""
    for place, ((one, chance), (need, drawing)) in enumerate(zip(open_ones[-3:], NEEDS, strict=True)):
        with stage.at(-12 + place):
            request = ask_development(
                DevelopmentRequest,
                actor=chance.actor,
                negotiation=one,
                location=Location.objects.get(code="IT"),
                subject=f"Variante per {chance.plant.customer.name}"[:160],
                need=need,
                drawing=drawing,
                target_price=(chance.price * Decimal("0.93")).quantize(Decimal("0.01")),
                currency=one.currency,
                yearly_quantity=Decimal(1000 * (place + 2)),
                answer_by=stage.day((3, 1, 9)[place]),
            )
        if place == 0:
            with stage.at(-4):
                answer_development(
                    request,
                    actor=person("technical"),
                    answer="conditions",
                    answer_text="Con acciaio 42CrMo4 e un nuovo utensile di brocciatura",
                    ready_on=stage.day(95),
                )


def _chances() -> list[Chance]:
    """Sixty of them: those that began more than five months ago are decided but for a few, the others stand at every stage."""
    locations = {location.code: location for location in Location.objects.all()}
    catalogue = list(products())
    buying = list(buyers())
    prospects = list(Plant.objects.filter(customer__status=Customer.Status.PROSPECT).select_related("customer").order_by("code"))
    plants = {plant.code: plant for plant in Plant.objects.select_related("customer__group")}
    found = []
    for number in range(HOW_MANY):
        begins = -1040 + round(1030 * sqrt(number / (HOW_MANY - 1)))
        if number % (HOW_MANY // PROSPECTS) == 3:
            plant = prospects[number % len(prospects)]
            code = next((row.location.code for row in plant.services.filter(leads=True).select_related("location")), "IT")
            buyer: Buyer | None = None
        else:
            # a global account every third time, so that both axes have theirs
            of = [one for one in buying if one.is_global == (number % 3 == 0)]
            buyer = of[(number * 7) % len(of)]
            plant, code = plants[buyer.plant], buyer.location
        product = catalogue[(11 * number) % len(catalogue)]
        _currency, level, worth = MARKETS[code]
        listed = (product.cost * MARKUP * level / worth * Decimal("0.9")).quantize(Decimal("0.01"), ROUND_HALF_UP)
        price = buyer.price(product, stage.day(begins)) if buyer else listed
        reached, end = _fate(number, begins)
        found.append(Chance(number, plant, locations[code], product, price, begins, reached, end))
    return found


def _fate(number: int, begins: int) -> tuple[int, str]:
    """How far it came, and how it ended."""
    age = -begins
    if age > PACE[-1] + 20 and number % 9 != 5:
        end = ("won", "lost", "won", "lost", "no_decision", "won", "lost", "withdrawn")[number % 8]
        return (2 + number % 3 if end in {"no_decision", "withdrawn"} else 5), end
    reached = max(place for place in range(6) if PACE[place] <= age)
    return min(reached, number % 6 if age > PACE[-1] else reached), ""


def _steps(chance: Chance) -> list[tuple[int, int, Any, Chance]]:
    steps: list[tuple[int, int, Any, Chance]] = [(chance.begins, chance.number, "begin", chance)]
    pace = 1 + share("pace", chance.number) / 3 if chance.end else 1
    days = [chance.begins + round(days * pace) for days in PACE]
    steps += [(min(days[place], -1), chance.number, place, chance) for place in range(1, chance.reached + 1)]
    if chance.end:
        steps.append((min(days[chance.reached + 1], -1), chance.number, "end", chance))
    return steps


def _begin(chance: Chance, product: Product) -> Negotiation:
    first = clock.today().year + 1
    yearly = Decimal(30_000 + round(420_000 * share("value", chance.number) ** 2))
    worth = MARKETS[chance.location.code][2]
    pieces = max(Decimal(10), (yearly / worth / chance.price).quantize(Decimal(10)))
    growing = [
        (first + place, (pieces * part).quantize(Decimal(1)))
        for place, part in enumerate((Decimal("0.4"), Decimal("0.8"), Decimal(1)))
    ]
    open_now = not chance.end
    step: dict[str, Any] = {}
    if open_now and chance.number % 4:
        step = {"next_step": STEPS[chance.number % len(STEPS)], "next_step_on": stage.day(3 + chance.number % 20)}
    made: Negotiation = create_negotiation(
        Negotiation,
        actor=chance.actor,
        plant=chance.plant,
        selling_location=chance.location,
        producing_location=Location.objects.get(code=chance.product.producer),
        subject=SUBJECTS[chance.number % len(SUBJECTS)],
        currency=MARKETS[chance.location.code][0],
        start_of_production=clock.today().replace(year=first, month=4, day=1),
        decision_on=stage.day(chance.begins + PACE[-1]) if chance.end else stage.day(-6 + chance.number * 11 % 170),
        competitors=COMPETITORS[chance.number % len(COMPETITORS)],
        incumbent=COMPETITORS[(chance.number + 2) % len(COMPETITORS)] if chance.number % 2 else "",
        decision_criteria="Prezzo, tempi di consegna, referenze" if chance.number % 3 == 0 else "",
        lines=[
            {
                "product": product,
                "volumes": growing,
                "price": chance.price,
                "target_price": (chance.price * Decimal("0.93")).quantize(Decimal("0.01")),
                "later_prices": [(first + 2, (chance.price * Decimal("0.98")).quantize(Decimal("0.01")))],
            }
        ],
        **step,
    )
    return made


def _move(one: Negotiation, chance: Chance, place: int) -> None:
    said = ("", "", "Richiesta di offerta del cliente", "", "Offerta inviata per e-mail", "Controproposta ricevuta")[place]
    file = (
        ContentFile(f"Richiesta di offerta · {one.subject}\n".encode(), name="richiesta-di-offerta.txt") if place == 2 else None
    )
    move_negotiation(one, actor=chance.actor, stage=OPEN[place], evidence=said, file=file)
    if place == 5 and one.base_annual_value > 100_000:
        _dossier(Negotiation.objects.get(pk=one.pk), chance)


def _dossier(one: Negotiation, chance: Chance) -> None:
    price = chance.price

    def at(part: str) -> Decimal:
        return (price * Decimal(part)).quantize(Decimal("0.01"))

    actor = chance.actor if reads_dossier(chance.actor, one) else person("sales.manager")
    dossier = open_dossier(
        NegotiationDossier,
        actor=actor,
        negotiation=one,
        interests="Acquisti: prezzo e pagamento. Produzione: puntualità. Tecnico: nessun cambio di interfaccia.",
        our_alternatives="Capacità vendibile ad altri due clienti del settore.",
        their_alternatives=f"{one.competitors}, con otto settimane di campionatura.",
        objective="Tutto il volume per due anni, con un prezzo che regge il margine.",
        price_of=chance.product.code,
        opening_price=at("1.04"),
        target_price=price,
        walk_away_price=at("0.94"),
        their_limit=at("0.97"),
    )
    add_round(
        dossier, actor=actor, our_price=at("1.04"), their_price=at("0.90"), participants="Acquisti, direzione tecnica",
        their_position="Chiedono il prezzo del concorrente", our_position="Prezzo legato al volume intero",
    )  # fmt: skip
    got = add_concession(
        dossier, actor=actor, side="got", what="Volume intero per due anni", kind="other",
        figure=(one.annual_value * Decimal("0.03")).quantize(Decimal("0.01")),
    )  # fmt: skip
    add_concession(
        dossier, actor=actor, side="given", what="Pagamento a 90 giorni", kind="payment", figure=Decimal(30), in_return_for=got
    )
    add_concession(
        dossier, actor=actor, side="given", what="Sconto sul volume", kind="price", figure=Decimal(2), price_after=at("0.98"),
        in_return_for=got,
    )  # fmt: skip
    last = add_round(
        dossier, actor=actor, channel="call", our_price=at("0.98"), their_price=at("0.93"), next_step="Conferma scritta"
    )
    correct_round(last, actor=actor, their_price=at("0.95"), reason="Al telefono avevano detto un altro prezzo")
    heard = add_concession(dossier, actor=actor, side="got", what="Imballo a loro carico", kind="other", figure=Decimal(1200))
    strike_concession(heard, actor=actor, reason="Non è mai stato promesso")
    if chance.end == "won":
        edit_dossier(dossier, actor=actor, agreed_price=at("0.97"), outcome="Accordo di due anni")


def _end(one: Negotiation, chance: Chance) -> None:
    match chance.end:
        case "won":
            win_negotiation(one, actor=chance.actor, evidence="Ordine del cliente")
        case "lost":
            lose_negotiation(
                one,
                actor=chance.actor,
                loss_reason=REASONS[chance.number % len(REASONS)],
                lost_to=COMPETITORS[chance.number % len(COMPETITORS)],
                lost_price=(chance.price * Decimal("0.91")).quantize(Decimal("0.01")),
                outcome="Hanno preferito il concorrente",
            )
        case "no_decision":
            leave_negotiation(one, actor=chance.actor, reason="Investimento rinviato")
        case _:
            withdraw_negotiation(one, actor=chance.actor, reason="Volumi troppo piccoli per l'attrezzatura")
