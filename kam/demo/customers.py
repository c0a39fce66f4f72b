"""The demonstration's customers, made by the people who would make them: groups, companies, plants, contacts, the matrix."""

from decimal import Decimal
from itertools import count

from stdnum import luhn
from stdnum.iso7064 import mod_11_10

from accounts.actions.assignment import assign
from accounts.actions.contact import create_contact
from accounts.actions.customer import activate_customer, block_customer, create_customer, edit_customer_terms
from accounts.actions.group import create_group
from accounts.actions.plant import create_plant, edit_plant, serve_plant
from accounts.models import Assignment, Contact, Customer, CustomerGroup, Location, Market, Plant, User
from kam.demo import stage
from kam.demo.companies import GLOBAL_ACCOUNTS, CompanyData, PlantData, other_companies
from kam.demo.organisation import FOUNDED, person

FIRST = FOUNDED + 10
MANAGERS = ("account.manager", "account.manager2")
AREA = {"IT": "area.manager.it", "DE": "area.manager.de", "US": "area.manager.us", "CN": "area.manager.cn"}
#: Companies of which nobody is account manager, and plants without an area manager: the gaps that the sales manager sees.
UNLED, UNSERVED = (17, 58, 101), (23, 77)
NAMES = {
    "it": (
        ("Anna", "Bruno", "Carla", "Dario", "Ester", "Fabio"),
        ("Rossi", "Lombardi", "Greco", "Fontana", "Barbieri", "Caruso", "Leone"),
    ),
    "de": (
        ("Jürgen", "Sabine", "Thomas", "Monika", "Uwe", "Petra"),
        ("Krause", "Maurer", "Schäfer", "Hoffmann", "Böhm", "Winkler", "Pohl"),
    ),
    "en": (
        ("James", "Olivia", "Robert", "Grace", "Henry", "Nora"),
        ("Miller", "Carter", "Jensen", "Nowak", "Dubois", "Wang", "García"),
    ),
}
FUNCTIONS = {
    "it": ("Responsabile acquisti", "Responsabile qualità fornitori", "Progettazione meccanica"),
    "de": ("Leiter Einkauf", "Lieferantenqualität", "Konstruktion"),
    "en": ("Purchasing manager", "Supplier quality", "Mechanical design"),
}
DECIDES = ("decider", "gatekeeper", "influencer")


def make() -> None:
    """Make the customers in the order in which they came."""
    numbers = count(1)
    with stage.at(FIRST):
        markets = {market.code: market for market in Market.objects.all()}
        locations = {location.code: location for location in Location.objects.all()}
        for data in GLOBAL_ACCOUNTS:
            group = create_group(
                CustomerGroup,
                actor=person(data.manager),
                code=data.code,
                name=data.name,
                is_global_account=True,
                tier=data.tier,
                sector=markets[data.sector],
            )
            for company in data.companies:
                _company(next(numbers), company, person(data.manager), locations, markets, group=group)
    stage.measure()
    for company in other_companies():
        number = next(numbers)
        with stage.at(FIRST + number // 3 if company.status == "active" else -number):
            manager = person(MANAGERS[number % 2])
            _company(number, company, None if number in UNLED else manager, locations, markets)
    with stage.at(-12):
        customer = Customer.objects.get(code="C-10041")
        block_customer(customer, actor=person("finance"), reason="Scaduto oltre 90 giorni, fido superato")


def _company(
    number: int,
    data: CompanyData,
    manager: User | None,
    locations: dict[str, Location],
    markets: dict[str, Market],
    group: CustomerGroup | None = None,
) -> None:
    """A company with its plants, contacts, terms and who works for it."""
    customer = create_customer(
        Customer,
        actor=manager,
        code=f"C-{10000 + number}",
        name=data.name,
        country=data.country,
        city=data.city,
        postal_code=data.postal_code,
        address=data.address,
        language=data.language,
        currency=data.currency,
        sector=markets[data.sector],
        group=group,
        vat_id=_vat(data.country, number),
        confirm_similar=True,
    )
    for turn, plant_data in enumerate(data.plants, start=1):
        code = f"P-{10000 + number}-{turn}"
        if turn == 1:
            plant = customer.plants.get()
            plant = edit_plant(plant, actor=manager, code=code, name=plant_data.name, products_made=plant_data.makes)
        else:
            plant = create_plant(
                Plant,
                actor=manager,
                customer=customer,
                code=code,
                name=plant_data.name,
                country=plant_data.country,
                city=plant_data.city,
                postal_code=plant_data.postal_code,
                address=plant_data.address,
                products_made=plant_data.makes,
            )
        _serve(plant, plant_data, locations, manager, led=number not in UNSERVED)
        _contacts(customer, plant, data.language, number + turn, manager)
    if data.status == "active":
        edit_customer_terms(
            customer,
            actor=manager,
            payment_terms="Z060",
            incoterms="DAP" if data.country in ("IT", "DE") else "FCA",
            incoterms_place=data.city if data.country in ("IT", "DE") else "Arezzo",
            incoterms_version="2020",
            credit_limit=Decimal(50_000 + 10_000 * (number % 30)),
        )
        activate_customer(customer, actor=manager)


def _serve(plant: Plant, data: PlantData, locations: dict[str, Location], manager: User | None, *, led: bool) -> None:
    """Which of our locations serve the plant, and who is its area manager there."""
    serve_plant(plant, actor=manager, location=locations[data.leads], service="leads")
    for code in data.serves:
        serve_plant(plant, actor=manager, location=locations[code], service="serves")
    if led:
        for code in (data.leads, *data.serves):
            assign(
                Assignment,
                actor=person("sales.manager"),
                kind=Assignment.Kind.AREA_MANAGER,
                user=person(AREA[code]),
                plant=plant,
                location=locations[code],
            )


def _contacts(customer: Customer, plant: Plant, language: str, seed: int, manager: User | None) -> None:
    first, last = NAMES[language]
    for turn in range(1 + seed % 3):
        name, surname = first[(seed + 2 * turn) % len(first)], last[(seed + 3 * turn) % len(last)]
        create_contact(
            Contact,
            actor=manager,
            customer=customer,
            plant=plant,
            first_name=name,
            last_name=surname,
            language=language,
            function=FUNCTIONS[language][turn],
            decision_role=DECIDES[turn],
            email=f"contact{customer.code[2:]}.{plant.code[-1]}.{turn}@customer.example",
            phone=f"+{10 + seed % 80} 555 {1000 + seed * 7 + turn}",
            relationship=1 + (seed + turn) % 5,
            legal_basis="Art. 6(1)(f) GDPR",
        )


def _vat(country: str, number: int) -> str:
    """A VAT number with right check digits where the country's rule is known here; none elsewhere."""
    if country == "IT":
        body = f"{1000000 + 37 * number:07d}051"
        return f"IT{body}{luhn.calc_check_digit(body)}"
    if country == "DE":
        body = f"{20000000 + 113 * number:08d}"
        return f"DE{body}{mod_11_10.calc_check_digit(body)}"
    return ""
