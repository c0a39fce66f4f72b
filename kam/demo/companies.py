"""Who buys from the demonstration company: four global accounts written out, the other companies built from word lists.

Everything is invented; nothing here depends on chance, so that every reset makes the same company.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True)
class PlantData:
    """A customer's plant: where it is, what it makes, which location leads there and which serve."""

    name: str
    country: str
    city: str
    postal_code: str
    address: str
    makes: str
    leads: str
    serves: tuple[str, ...] = ()


@dataclass(frozen=True)
class CompanyData:
    """A legal entity with its plants."""

    name: str
    country: str
    city: str
    postal_code: str
    address: str
    language: str
    currency: str
    sector: str
    plants: tuple[PlantData, ...]
    status: str = "active"


@dataclass(frozen=True)
class GroupData:
    """A customer group; the global ones are led by one account manager everywhere."""

    code: str
    name: str
    tier: str
    sector: str
    manager: str
    companies: tuple[CompanyData, ...] = field(default=())


GLOBAL_ACCOUNTS = (
    GroupData(
        "GA-007",
        "Hallbach Gruppe",
        "A",
        "LOG",
        "account.manager",
        (
            CompanyData(
                "Hallbach Fördertechnik GmbH",
                "DE",
                "Leipzig",
                "04356",
                "Am Güterring 14",
                "de",
                "EUR",
                "LOG",
                (
                    PlantData("Leipzig", "DE", "Leipzig", "04356", "Am Güterring 14", "Sortieranlagen", "DE", ("IT",)),
                    PlantData("Kassel", "DE", "Kassel", "34123", "Industriestraße 8", "Rollenförderer", "DE", ("IT",)),
                    PlantData("Ulm", "DE", "Ulm", "89079", "Donautal 51", "Antriebe", "IT", ("DE",)),
                ),
            ),
            CompanyData(
                "Hallbach Italia S.r.l.",
                "IT",
                "Reggio Emilia",
                "42124",
                "Via dell'Industria 22",
                "it",
                "EUR",
                "LOG",
                (PlantData("Reggio Emilia", "IT", "Reggio Emilia", "42124", "Via dell'Industria 22", "Trasloelevatori", "IT"),),
            ),
            CompanyData(
                "Hallbach Polska Sp. z o.o.",
                "PL",
                "Wrocław",
                "54-427",
                "ul. Szczecińska 9",
                "en",
                "EUR",
                "LOG",
                (PlantData("Wrocław", "PL", "Wrocław", "54-427", "ul. Szczecińska 9", "Conveyor frames", "DE", ("IT",)),),
            ),
            CompanyData(
                "Hallbach Conveyors Inc.",
                "US",
                "Columbus",
                "43217",
                "2150 Rickenbacker Parkway",
                "en",
                "USD",
                "LOG",
                (
                    PlantData(
                        "Columbus, OH", "US", "Columbus", "43217", "2150 Rickenbacker Parkway", "Parcel sorters", "US", ("IT",)
                    ),
                    PlantData("Reno, NV", "US", "Reno", "89506", "880 Lear Boulevard", "Belt conveyors", "US"),
                ),
            ),
            CompanyData(
                "Hallbach (Suzhou) Co., Ltd.",
                "CN",
                "Suzhou",
                "215123",
                "128 Xinghu Street",
                "en",
                "CNY",
                "LOG",
                (PlantData("Suzhou", "CN", "Suzhou", "215123", "128 Xinghu Street", "Roller conveyors", "CN", ("DE",)),),
            ),
        ),
    ),
    GroupData(
        "GA-003",
        "Verdan Packaging",
        "A",
        "PAC",
        "account.manager",
        (
            CompanyData(
                "Verdan Packaging S.p.A.",
                "IT",
                "Bologna",
                "40132",
                "Via del Lavoro 61",
                "it",
                "EUR",
                "PAC",
                (
                    PlantData("Bologna", "IT", "Bologna", "40132", "Via del Lavoro 61", "Astucciatrici", "IT"),
                    PlantData("Parma", "IT", "Parma", "43122", "Strada Uguzzolo 7", "Riempitrici", "IT"),
                ),
            ),
            CompanyData(
                "Verdan Deutschland GmbH",
                "DE",
                "Schwäbisch Hall",
                "74523",
                "Kartonweg 3",
                "de",
                "EUR",
                "PAC",
                (PlantData("Schwäbisch Hall", "DE", "Schwäbisch Hall", "74523", "Kartonweg 3", "Kartonierer", "DE", ("IT",)),),
            ),
            CompanyData(
                "Verdan Packaging USA LLC",
                "US",
                "Charlotte",
                "28273",
                "410 Westinghouse Boulevard",
                "en",
                "USD",
                "PAC",
                (
                    PlantData(
                        "Charlotte, NC", "US", "Charlotte", "28273", "410 Westinghouse Boulevard", "Case packers", "US", ("IT",)
                    ),
                ),
            ),
            CompanyData(
                "Verdan Asia (Kunshan) Co., Ltd.",
                "CN",
                "Kunshan",
                "215300",
                "66 Qianjin Road",
                "en",
                "CNY",
                "PAC",
                (PlantData("Kunshan", "CN", "Kunshan", "215300", "66 Qianjin Road", "Filling machines", "CN"),),
            ),
        ),
    ),
    GroupData(
        "GA-011",
        "Lakeshore Material Handling",
        "B",
        "MOV",
        "account.manager2",
        (
            CompanyData(
                "Lakeshore Material Handling Inc.",
                "US",
                "Memphis",
                "38118",
                "5005 Lamar Avenue",
                "en",
                "USD",
                "MOV",
                (
                    PlantData("Memphis, TN", "US", "Memphis", "38118", "5005 Lamar Avenue", "Lift trucks", "US", ("IT",)),
                    PlantData("Tulsa, OK", "US", "Tulsa", "74116", "1400 Port of Catoosa", "Cranes", "US"),
                    PlantData("Laredo, TX", "US", "Laredo", "78045", "900 Mines Road", "Dock levellers", "US"),
                ),
            ),
            CompanyData(
                "Lakeshore Europe B.V.",
                "NL",
                "Venlo",
                "5928 RH",
                "Columbusweg 30",
                "en",
                "EUR",
                "MOV",
                (PlantData("Venlo", "NL", "Venlo", "5928 RH", "Columbusweg 30", "Order pickers", "DE"),),
            ),
            CompanyData(
                "Lakeshore Italia S.r.l.",
                "IT",
                "Piacenza",
                "29122",
                "Via Caorsana 90",
                "it",
                "EUR",
                "MOV",
                (PlantData("Piacenza", "IT", "Piacenza", "29122", "Via Caorsana 90", "Navette", "IT"),),
            ),
        ),
    ),
    GroupData(
        "GA-014",
        "Tronholm Vind",
        "B",
        "WIN",
        "account.manager2",
        (
            CompanyData(
                "Tronholm Vind A/S",
                "DK",
                "Esbjerg",
                "6700",
                "Havnegade 88",
                "en",
                "EUR",
                "WIN",
                (PlantData("Esbjerg", "DK", "Esbjerg", "6700", "Havnegade 88", "Pitch drives", "DE", ("IT",)),),
            ),
            CompanyData(
                "Tronholm Windkraft GmbH",
                "DE",
                "Rostock",
                "18147",
                "Am Seehafen 4",
                "de",
                "EUR",
                "WIN",
                (PlantData("Rostock", "DE", "Rostock", "18147", "Am Seehafen 4", "Azimutantriebe", "DE"),),
            ),
            CompanyData(
                "Tronholm Wind Services Inc.",
                "US",
                "Houston",
                "77015",
                "1210 Federal Road",
                "en",
                "USD",
                "WIN",
                (PlantData("Houston, TX", "US", "Houston", "77015", "1210 Federal Road", "Service hub", "US"),),
            ),
            CompanyData(
                "Tronholm (Tianjin) Co., Ltd.",
                "CN",
                "Tianjin",
                "300457",
                "19 Dongting Road",
                "en",
                "CNY",
                "WIN",
                (PlantData("Tianjin", "CN", "Tianjin", "300457", "19 Dongting Road", "Gear assembly", "CN", ("DE",)),),
            ),
        ),
    ),
)

#: country → legal form, language, currency, leading location, first words, second words, towns with postal codes, streets
WORDS = {
    "IT": (
        ("S.p.A.", "S.r.l.", "S.n.c."),
        "it",
        "EUR",
        "IT",
        (
            "Fratelli Cocchi",
            "Zanetti",
            "Morandi",
            "Bertolini",
            "Castagna",
            "Guerrini",
            "Pellegrini",
            "Rivalta",
            "Sabbioni",
            "Tassinari",
            "Montevecchi",
            "Carpenedo",
            "Lucchetti",
        ),
        ("Macchine Agricole", "Ascensori", "Nastri", "Automazione", "Imballaggi", "Presse"),
        (
            ("Modena", "41126"),
            ("Brescia", "25125"),
            ("Padova", "35127"),
            ("Torino", "10156"),
            ("Bergamo", "24126"),
            ("Vicenza", "36100"),
            ("Ancona", "60131"),
            ("Forlì", "47122"),
        ),
        ("Via Emilia Ovest", "Via delle Industrie", "Via Galileo Galilei", "Viale del Commercio"),
    ),
    "DE": (
        ("GmbH", "KG", "AG"),
        "de",
        "EUR",
        "DE",
        (
            "Bergmann & Roth",
            "Oderland",
            "Weißenfels",
            "Kröger",
            "Hohenthal",
            "Lindner",
            "Schönfeld",
            "Niederrhein",
            "Thalheimer",
            "Ostermann",
        ),
        ("Hebezeuge", "Maschinenbau", "Antriebstechnik", "Landtechnik"),
        (
            ("Stuttgart", "70565"),
            ("Nürnberg", "90441"),
            ("Bremen", "28197"),
            ("Dortmund", "44147"),
            ("Augsburg", "86167"),
            ("Chemnitz", "09120"),
        ),
        ("Industriestraße", "Gewerbepark", "Am Bahnhof", "Robert-Bosch-Straße"),
    ),
    "US": (
        ("Inc.", "LLC", "Corp."),
        "en",
        "USD",
        "US",
        ("Kestrel", "Pineridge", "Great Plains", "Ironwood", "Blue Mesa"),
        ("Conveyor Systems", "Grain Equipment", "Hoist", "Mining Drives"),
        (("Wichita", "67209"), ("Milwaukee", "53204"), ("Greenville", "29605"), ("Fresno", "93725")),
        ("Industrial Drive", "Commerce Street", "Railroad Avenue"),
    ),
    "CN": (
        ("Co., Ltd.",),
        "en",
        "CNY",
        "CN",
        ("Hengda", "Ruixing", "Jinlong", "Dongfang"),
        ("Machinery", "Automation"),
        (("Wuxi", "214028"), ("Ningbo", "315040"), ("Qingdao", "266100")),
        ("Xingye Road", "Keji Street"),
    ),
    "AT": (
        ("GmbH",),
        "de",
        "EUR",
        "DE",
        ("Steyrtal", "Hochalm"),
        ("Seilbahnen", "Fördertechnik"),
        (("Linz", "4030"), ("Graz", "8020")),
        ("Wiener Straße",),
    ),
    "FR": (
        ("SAS",),
        "en",
        "EUR",
        "IT",
        ("Saint-Aubin", "Durance"),
        ("Manutention", "Emballage"),
        (("Lyon", "69007"), ("Lille", "59000")),
        ("Rue de l'Industrie",),
    ),
    "ES": (
        ("S.A.",),
        "en",
        "EUR",
        "IT",
        ("Grupo Montalbán", "Ebro"),
        ("Transmisiones", "Envases"),
        (("Zaragoza", "50014"), ("Vitoria", "01013")),
        ("Calle del Trabajo",),
    ),
    "DK": (
        ("ApS",),
        "en",
        "EUR",
        "DE",
        ("Nordhavn", "Skagen"),
        ("Kraner", "Maskiner"),
        (("Aarhus", "8000"), ("Odense", "5000")),
        ("Havnevej",),
    ),
}
SECTORS = ("AGR", "LIF", "MOV", "AUT", "PAC", "PRE", "LOG")
#: How many companies each country has, besides those of the global accounts; 150 in all.
COUNTS = {"IT": 52, "DE": 38, "US": 20, "CN": 8, "AT": 4, "FR": 4, "ES": 4, "DK": 4}
PROSPECT_EVERY = 6
SECOND_PLANT_EVERY = 9


def other_companies() -> Iterator[CompanyData]:
    """The companies that belong to no global account, prospects among them, always the same."""
    for country, count in COUNTS.items():
        forms, language, currency, location, first, second, towns, streets = WORDS[country]
        for number in range(count):
            head, tail = first[number % len(first)], second[(number // len(first) + number % len(first)) % len(second)]
            town, postal_code = towns[number % len(towns)]
            name = f"{head} {tail} {forms[number % len(forms)]}"
            street = f"{streets[number % len(streets)]} {7 + 3 * number}"
            makes = tail
            plants = [PlantData(town, country, town, postal_code, street, makes, location)]
            if number % SECOND_PLANT_EVERY == 4 and len(towns) > 1:
                other, other_code = towns[(number + 1) % len(towns)]
                plants.append(PlantData(other, country, other, other_code, f"{streets[0]} {90 + number}", makes, location))
            yield CompanyData(
                name,
                country,
                town,
                postal_code,
                street,
                language,
                currency,
                SECTORS[number % len(SECTORS)],
                tuple(plants),
                status="prospect" if number % PROSPECT_EVERY == 5 else "active",
            )
