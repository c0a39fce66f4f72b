"""Offers under load: a million of them, one of two hundred lines, and one of five written in one request, beside their bare twins."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import typst
from django.db import connection
from django.utils import translation

from accounts.models import Plant
from catalog.models import Product
from kam.core.printing import render
from orders.documents.offer import offer_contents
from orders.models import Offer
from tests.bench.servers import Measured, Server, environment
from tests.bench.stage import Person
from tests.bench.sweeping import timed

LONG, SHORT = 200, 5
LIST = "?status=sent&ordering=-created_at"
TABLES = ("orders_offer", "orders_offerline")
#: One offer a minute back from today; what is with the customer is a third of them.
OFFERS = """
INSERT INTO orders_offer (version, created_at, number, revision, plant_id, selling_location_id, language, currency, subject, enquiry,
    valid_until, incoterms, incoterms_place, incoterms_version, delivery, packaging, warranty, certificates, assumptions, exclusions,
    deviations, special_terms, notes, status, net, list_net, variable_cost, base_annual_value, level, triggers, approved_print,
    submitted_by_id, submitted_at, approved_by_id, approved_at, sent_by_id, sent_at, sent_to, decided_on, lost_reason, lost_note,
    competitor, accepted_reference)
SELECT 1, now() - n * interval '1 minute', 'OF-' || n, 0, p.id, s.location_id, 'en', 'EUR', 'Gearboxes ' || n, 'RFQ ' || n,
    current_date + 30, 'DAP', 'Works', '2020', '6 weeks', '', '', '', '', '', '', false, '',
    (ARRAY['sent', 'accepted', 'lost'])[1 + n %% 3], 1000 + n %% 90000, NULL, NULL, 1000, 0, '[]', 'x', %(person)s, now(), %(person)s,
    now(), %(person)s, now(), 'buyer@customer.example', current_date, CASE WHEN n %% 3 = 2 THEN 'price' ELSE '' END, '', '', ''
FROM generate_series(1, %(offers)s) n
JOIN (SELECT id, row_number() OVER (ORDER BY id) AS place FROM accounts_plant) p ON p.place = 1 + n::bigint * 7919 %% %(plants)s
JOIN LATERAL (SELECT location_id FROM accounts_plantservice WHERE plant_id = p.id LIMIT 1) s ON true
"""
#: Two lines for each; one more offer gets as many as a long enquiry has.
LINES = """
INSERT INTO orders_offerline (version, offer_id, position, kind, product_id, description, customer_part, part_revision, quantity, unit,
    price, price_unit, step_quantities, step_prices, surcharge_basis, proposed, list_price, variable_cost, cost_version, why)
SELECT 1, one.id, n * 10, 'item', (SELECT min(id) FROM catalog_product) + (one.id * 7 + n) %% (SELECT count(*) FROM catalog_product),
    '', 'PN-' || n, 'B', 100, 'pcs', 20 + n %% 50, 1, '{}', '{}', '', 20, 25, 9, 'V1', '{"steps": [], "blocked": []}'
FROM orders_offer one, generate_series(1, CASE WHEN one.number = %(long)s THEN %(lines)s ELSE 2 END) n
"""


BARE_PAPER = """#set page(paper: "a4", margin: 2cm)
#set text(size: 9pt)
= {title}
#table(columns: 5, [Item], [Article], [Quantity], [Price], [Amount], {cells})
"""


def seed(person: Any, plant: Plant, offers: int) -> int:
    """Fill the table with so many offers by two statements, without triggers; the key of the one with many lines, to this plant."""
    at = plant.services.values_list("location", flat=True)[0]
    values = {"person": person.pk, "offers": offers, "plants": Plant.objects.count(), "long": "OF-3", "lines": LONG}
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(OFFERS, values)
        cursor.execute("UPDATE orders_offer SET plant_id = %s, selling_location_id = %s WHERE number = 'OF-3'", [plant.pk, at])
        cursor.execute(LINES, values)
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        cursor.execute("VACUUM ANALYZE")
    return int(Offer.objects.get(number="OF-3").pk)


def bodies(plant: Plant, location: int) -> tuple[bytes, bytes]:
    """An offer of five lines as the product is told it, which finds the prices, and as the twin is, which is given everything."""
    head = {"plant": plant.pk, "selling_location": location, "subject": "Gearboxes", "valid_until": "2099-12-31"}
    products = list(Product.objects.order_by("pk").values_list("pk", flat=True)[:SHORT])
    asked = [{"product": product, "quantity": "120"} for product in products]
    given = [{"position": place, "price": "21.5"} | line for place, line in enumerate(asked, 1)]
    known = {"language": "en", "currency": "EUR", "net": "12900"}
    return json.dumps(head | {"lines": asked}).encode(), json.dumps(head | known | {"lines": given}).encode()


def measure(people: dict[str, Person], plant: Plant, offers: int, rounds: int, each: int, folder: Path) -> dict[str, Measured]:
    """The times of lists, of the long offer's page and print, and of writing a short one, the product's beside the twins'."""
    manager = people["account manager"]
    long = seed(manager.user, plant, offers)
    ours, theirs = bodies(plant, plant.services.values_list("location", flat=True)[0])
    found: dict[str, Measured] = {}

    def turn(what: str, kept: bool, *sides: Callable[[], float]) -> None:
        """Both sides; who comes second finds what both read in the processor's caches, so they take turns."""
        measured = found.setdefault(what, Measured())
        pairs = list(zip(sides, (measured.product, measured.bare), strict=True))
        for side, times in pairs if len(measured.product) % 2 else reversed(pairs):
            spent = side()
            if kept:
                times.append(spent)

    with (
        Server("kam.wsgi:application", environment(), folder / "offers.log") as product,
        Server("tests.bench.bare:application", environment(), folder / "bare-offers.log") as bare,
    ):
        for number in range(rounds * each + each):
            kept = number >= each
            for who, person in people.items():
                token = {"Authorization": f"Token {person.token}"}
                own, twin = f"/api/v1/offers/{LIST}", f"/api/v1/offers/{LIST}&{person.bare_scope}"
                turn(f"List, {who}", kept, partial(_asked, product, own, token), partial(_asked, bare, twin, token))
            token = {"Authorization": f"Token {manager.token}"}
            written = (
                partial(_asked, product, "/api/v1/offers/", token, ours),
                partial(_asked, bare, "/api/v1/offers/", token, theirs),
            )
            turn("Written", kept, *written)
            pages = (
                partial(_asked, server, f"/offers/{long}/", {"Cookie": f"sessionid={session}"})
                for server, session in ((product, manager.session), (bare, manager.bare_session))
            )
            turn("Page", kept, *pages)
    offer = Offer.objects.for_list().get(pk=long)
    for number in range(rounds + 1):
        turn("Print", number > 0, partial(_printed, offer, folder), partial(_printed_bare, offer, folder))
    return found


def _asked(server: Server, path: str, headers: dict[str, str], body: bytes | None = None) -> float:
    """Milliseconds of one request that has to be answered well."""
    status, read, spent = server.ask(path, headers, body)
    if status not in {200, 201}:
        raise SystemExit(f"{path}: {status} {read[:500]!r}")
    return spent


def _printed(offer: Offer, folder: Path) -> float:
    """Milliseconds from the offer to its paper."""
    with translation.override("en"):
        return timed(lambda: render(offer_contents(offer), folder / "offer.pdf", actor=None)) * 1000


def _printed_bare(offer: Offer, folder: Path) -> float:
    """Milliseconds of reading the same lines and setting them as a table with the same engine and nothing else."""

    def paper() -> None:
        lines = offer.lines.select_related("product")
        cells = (cell for line in lines for cell in (line.position, line.product.code, line.quantity, line.price, line.amount))
        source = folder / "bare.typ"
        source.write_text(BARE_PAPER.format(title=offer.number, cells=", ".join(f"[{cell}]" for cell in cells)))
        typst.compile(str(source), output=str(folder / "bare.pdf"))

    return timed(paper) * 1000
