"""The demonstration's own side: locations with calendars, departments, people with their roles, markets, exchange rates."""

from dataclasses import dataclass
from decimal import Decimal
from math import sin

from django.contrib.auth.hashers import make_password

from accounts.actions.department import create_department
from accounts.actions.grant import grant_role
from accounts.actions.location import create_location, edit_location
from accounts.actions.market import create_market
from accounts.actions.payment_term import create_payment_term
from accounts.actions.user import create_user
from accounts.models import FUNCTIONS, Department, Location, Market, PaymentTerm, Role, RoleGrant, User
from kam.core.calendars import CalendarDay, WorkingCalendar, create_calendar, set_calendar_days
from kam.core.money import ExchangeRate, record_exchange_rate
from kam.demo import stage

DOMAIN = "kam.example"
PASSWORD = "kam-demo"  # noqa: S105 - the demonstration's, which binds to this machine alone
FOUNDED = -1200

CALENDARS = {
    "IT": ("Italia, Arezzo", "IT", "", "08-07", "Europe/Rome"),
    "DE": ("Deutschland, Baden-Württemberg", "DE", "BW", "", "Europe/Berlin"),
    "US": ("United States, North Carolina", "US", "NC", "", "America/New_York"),
    "CN": ("China, Suzhou", "CN", "", "", "Asia/Shanghai"),
}
LOCATIONS = {
    "IT": ("Sede Italia", "Italy", "Italien", "IT", "Arezzo", "Via Setteponti 40", "Europe/Rome", "EUR", "1000", "IT10"),
    "DE": (
        "Sede Germania",
        "Germany",
        "Deutschland",
        "DE",
        "Ulm",
        "Blaubeurer Straße 71",
        "Europe/Berlin",
        "EUR",
        "2000",
        "DE10",
    ),
    "US": (
        "Sede USA",
        "United States",
        "USA",
        "US",
        "Charlotte",
        "1200 Steele Creek Road",
        "America/New_York",
        "USD",
        "3000",
        "US10",
    ),
    "CN": ("Sede Cina", "China", "China", "CN", "Suzhou", "77 Suhong Road", "Asia/Shanghai", "CNY", "4000", "CN10"),
}
DEPARTMENTS = {
    Role.BACK_OFFICE: ("Ufficio commerciale", "Sales back office", "Vertriebsinnendienst"),
    Role.TECHNICAL: ("Ufficio tecnico e R&S", "Technical and R&D", "Technik und Entwicklung"),
    Role.QUALITY: ("Qualità", "Quality", "Qualität"),
    Role.PRODUCTION: ("Programmazione della produzione", "Production planning", "Produktionsplanung"),
    Role.LOGISTICS: ("Logistica", "Logistics", "Logistik"),
    Role.FINANCE: ("Amministrazione e finanza", "Finance", "Finanzen"),
    Role.SERVICE: ("Assistenza e riparazioni", "Service and repairs", "Service und Reparatur"),
}
#: What the codes of payment terms mean: the days, and how the end of the month counts.
TERMS = (
    ("Z030", [30], "none", "30 giorni data fattura", "30 days net", "30 Tage netto"),
    ("Z045", [45], "none", "45 giorni data fattura", "45 days net", "45 Tage netto"),
    ("Z060", [60], "after", "60 gg d.f.f.m.", "60 days, end of month", "60 Tage, Monatsende"),
    ("Z369", [30, 60, 90], "after", "30/60/90 gg d.f.f.m.", "30/60/90 days, end of month", "30/60/90 Tage, Monatsende"),
)
MARKETS = (
    ("ITA", "area", "Italia", "Italy", "Italien", "IT"),
    ("CEU", "area", "Centro Europa", "Central Europe", "Mitteleuropa", "DE AT CH PL NL"),
    ("NEU", "area", "Nord Europa", "Northern Europe", "Nordeuropa", "DK SE NO FI"),
    ("WEU", "area", "Europa occidentale", "Western Europe", "Westeuropa", "FR ES PT BE"),
    ("NAM", "area", "Nord America", "North America", "Nordamerika", "US CA MX"),
    ("CHN", "area", "Cina", "China", "China", "CN"),
    ("LOG", "sector", "Intralogistica", "Intralogistics", "Intralogistik", ""),
    ("PAC", "sector", "Imballaggio", "Packaging", "Verpackung", ""),
    ("MOV", "sector", "Movimentazione", "Material handling", "Fördertechnik", ""),
    ("WIN", "sector", "Eolico", "Wind power", "Windkraft", ""),
    ("AGR", "sector", "Macchine agricole", "Farm machinery", "Landtechnik", ""),
    ("LIF", "sector", "Ascensori", "Lifts", "Aufzüge", ""),
    ("AUT", "sector", "Automazione", "Automation", "Automatisierung", ""),
    ("PRE", "sector", "Presse", "Presses", "Pressen", ""),
)
#: Currency → what one unit is worth in the budgets, and how far it swings about that.
RATES = {"USD": (Decimal("0.9200"), 0.035), "CNY": (Decimal("0.1275"), 0.025)}
#: A rate of the day every four weeks: no sale of three years is further from one than it may be.
RATED = range(-1150, 0, 28)


@dataclass(frozen=True)
class Person:
    """Somebody who logs in: address, name, language, role and location (empty: all)."""

    login: str
    first_name: str
    last_name: str
    language: str
    role: Role
    location: str = ""
    head: bool = False


PEOPLE = (
    Person("admin", "Ada", "Moretti", "it", Role.ADMINISTRATOR),
    Person("sales.manager", "Paolo", "Guidi", "it", Role.SALES_MANAGER),
    Person("management", "Roberta", "Landi", "it", Role.MANAGEMENT),
    Person("auditor", "Stefano", "Riva", "it", Role.AUDITOR),
    Person("account.manager", "Elena", "Marchetti", "it", Role.ACCOUNT_MANAGER),
    Person("account.manager2", "Marco", "Bini", "it", Role.ACCOUNT_MANAGER),
    Person("area.manager.it", "Giulia", "Ferri", "it", Role.AREA_MANAGER, "IT"),
    Person("area.manager.de", "Katrin", "Brandt", "de", Role.AREA_MANAGER, "DE"),
    Person("area.manager.us", "Daniel", "Reyes", "en", Role.AREA_MANAGER, "US"),
    Person("area.manager.cn", "Wenjing", "Li", "en", Role.AREA_MANAGER, "CN"),
    Person("backoffice", "Sara", "Conti", "it", Role.BACK_OFFICE, "IT", head=True),
    Person("technical", "Luca", "Benassi", "it", Role.TECHNICAL, "IT", head=True),
    Person("quality", "Chiara", "Neri", "it", Role.QUALITY, "IT", head=True),
    Person("production", "Matteo", "Galli", "it", Role.PRODUCTION, "IT", head=True),
    Person("logistics", "Davide", "Serra", "it", Role.LOGISTICS, "IT", head=True),
    Person("finance", "Francesca", "Sarti", "it", Role.FINANCE, head=True),
    Person("service", "Andrea", "Pini", "it", Role.SERVICE, "IT", head=True),
    Person("backoffice.de", "Jonas", "Keller", "de", Role.BACK_OFFICE, "DE", head=True),
    Person("quality.de", "Ute", "Weiss", "de", Role.QUALITY, "DE", head=True),
    Person("logistics.de", "Lena", "Vogt", "de", Role.LOGISTICS, "DE", head=True),
    Person("backoffice.us", "Megan", "Holt", "en", Role.BACK_OFFICE, "US", head=True),
    Person("service.us", "Carlos", "Vega", "en", Role.SERVICE, "US", head=True),
    Person("quality.cn", "Jing", "Zhao", "en", Role.QUALITY, "CN", head=True),
    Person("quality2", "Giorgio", "Sala", "it", Role.QUALITY, "IT"),
    Person("quality2.de", "Holger", "Franke", "de", Role.QUALITY, "DE"),
)


_known: dict[str, User] = {}


def person(login: str) -> User:
    """The person with this log-in name, with the rights of the moment."""
    if login not in _known:
        _known[login] = User.objects.get(email=f"{login}@{DOMAIN}")
    _known[login].renew_access()
    return _known[login]


def make() -> None:
    """Make the organisation; the system does what no administrator was there for yet."""
    _known.clear()
    with stage.at(FOUNDED):
        for code, (name, country, subdivision, saint, zone) in CALENDARS.items():
            create_calendar(
                WorkingCalendar,
                actor=None,
                code=code,
                name=name,
                country=country,
                subdivision=subdivision,
                patron_saint=saint,
                time_zone=zone,
            )
        for code, row in LOCATIONS.items():
            name_it, name_en, name_de, country, city, address, zone, currency, sales, plant = row
            create_location(
                Location,
                actor=None,
                code=code,
                name_it=name_it,
                name_en=name_en,
                name_de=name_de,
                country=country,
                city=city,
                address=address,
                time_zone=zone,
                currency=currency,
                calendar=WorkingCalendar.objects.get(code=code),
                sap_sales_organisation=sales,
                sap_plant=plant,
            )
        italy = Location.objects.get(code="IT")
        for location in Location.objects.exclude(code="IT"):
            edit_location(location, actor=None, stand_in=italy)
        for code, dimension, name_it, name_en, name_de, countries in MARKETS:
            create_market(
                Market,
                actor=None,
                code=code,
                dimension=dimension,
                name_it=name_it,
                name_en=name_en,
                name_de=name_de,
                countries=countries,
            )
        for code, days, month_end, name_it, name_en, name_de in TERMS:
            names = {"name_it": name_it, "name_en": name_en, "name_de": name_de}
            create_payment_term(PaymentTerm, actor=None, code=code, days=days, month_end=month_end, **names)
        _people()
    with stage.at(-30):
        _closures()
    with stage.at(-1):
        _rates()


def _people() -> None:
    password = make_password(PASSWORD)
    locations = {location.code: location for location in Location.objects.all()}
    heads: dict[tuple[str, str], User] = {}
    for row in PEOPLE:
        zone = CALENDARS[row.location or "IT"][4]
        user = create_user(
            User,
            actor=None,
            email=f"{row.login}@{DOMAIN}",
            first_name=row.first_name,
            last_name=row.last_name,
            language=row.language,
            time_zone=zone,
            phone=f"+39 0575 55 {100 + len(heads):03d}",
        )
        User.objects.filter(pk=user.pk).update(password=password)
        grant_role(RoleGrant, actor=None, user=user, role=row.role, location=locations.get(row.location))
        if row.head:
            heads[row.location or "IT", row.role] = user
    for code, location in locations.items():
        for function in FUNCTIONS:
            name_it, name_en, name_de = DEPARTMENTS[function]
            create_department(
                Department,
                actor=None,
                location=location,
                function=function,
                name_it=name_it,
                name_en=name_en,
                name_de=name_de,
                head=heads.get((code, function)),
            )


def _closures() -> None:
    """The plant in Italy closes for a week that lies two months ahead."""
    days = [stage.day(offset) for offset in range(56, 61)]
    set_calendar_days(
        WorkingCalendar.objects.get(code="IT"), actor=None, days=days, kind=CalendarDay.Kind.CLOSED, note="Chiusura collettiva"
    )


def _rates() -> None:
    """What dollar and yuan were worth in three years and a bit, and with what the budgets reckon."""
    for currency, (budget, swing) in RATES.items():
        days = [("budget", offset, budget) for offset in (-1120, -755, -390, -30)]
        days += [
            ("spot", offset, budget * Decimal(1 + swing * sin(offset / 150) + swing / 5 * sin(offset / 19))) for offset in RATED
        ]
        for kind, offset, rate in days:
            record_exchange_rate(
                ExchangeRate,
                actor=person("finance"),
                from_currency=currency,
                to_currency="EUR",
                kind=kind,
                date=stage.day(offset),
                rate=rate.quantize(Decimal("0.0001")),
                source="BCE",
            )
