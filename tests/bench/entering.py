"""Entering orders: one of five lines in one request beside its bare twin; and eight clients that enter and register at the same moment."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from typing import Any

from accounts.models import PaymentTerm, Plant
from catalog.models import Product
from kam.core import clock
from orders.models import Order, OrderLine
from tests.bench.servers import PATIENCE, Measured, Server, environment
from tests.bench.stage import Person
from tests.factories.customer_orders import purchase_order

SHORT, CLIENTS, EACH = 5, 8, 10
ORDERS = "/api/v1/orders/"
numbers = count(1)


def bodies(plant: Plant, location: int, term: int) -> tuple[bytes, bytes]:
    """The next order of five lines as the product is told it, which finds the prices, and as the twin is, which is given everything."""
    today = clock.today()
    reference = f"PO-{next(numbers)}"
    head = {
        "plant": plant.pk, "selling_location": location, "customer_reference": reference, "customer_date": today.isoformat(),
        "requested_on": (today + timedelta(days=200)).isoformat(), "payment_term": term, "incoterms": "DAP", "incoterms_place": "Works",
        "incoterms_version": "2020", "vat_treatment": "domestic",
    }  # fmt: skip
    products = Product.objects.order_by("pk").values_list("pk", flat=True)[:SHORT]
    asked = [{"product": product, "quantity": "120", "part_revision": "B"} for product in products]
    given = [{"position": place, "price": "21.5"} | line for place, line in enumerate(asked, 1)]
    known = {
        "customer": plant.customer_id, "language": "en", "currency": "EUR", "net": "12900", "base_net": "12900",
        "received_at": clock.now().isoformat(), "customer_reference": f"{reference} bare",
    }  # fmt: skip
    return json.dumps(head | {"lines": asked}).encode(), json.dumps(head | known | {"lines": given}).encode()


class Client:
    """One client with a connection of its own."""

    def __init__(self, port: int, token: str) -> None:
        self.connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        self.headers = {"Host": "localhost", "Authorization": f"Token {token}", "Content-Type": "application/json"}

    def post(self, path: str, body: bytes) -> dict[str, Any]:
        """What is answered to a request that has to succeed."""
        self.connection.request("POST", path, body=body, headers=self.headers)
        answer = self.connection.getresponse()
        read = answer.read()
        if answer.status not in {200, 201}:
            raise SystemExit(f"{path}: {answer.status} {read[:500]!r}")
        return dict(json.loads(read))


def measure(person: Person, plant: Plant, rounds: int, each: int, folder: Path) -> tuple[Measured, int]:
    """The times of an order of five lines, ours beside the twin's, and how many were registered by eight clients at once."""
    location = plant.services.values_list("location", flat=True)[0]
    term = PaymentTerm.objects.get_or_create(code="T30", defaults={"days": [30], "name_en": "30 days"})[0]
    found = Measured()
    with (
        Server("kam.wsgi:application", environment(), folder / "orders.log") as product,
        Server("tests.bench.bare:application", environment(), folder / "bare-orders.log") as bare,
    ):
        token = {"Authorization": f"Token {person.token}"}
        for number in range((rounds + 1) * each):
            if number % each == 0:  # whoever was silent for long is met anew
                product.wake()
                bare.wake()
            sides = list(zip((product, bare), bodies(plant, location, term.pk), (found.product, found.bare), strict=True))
            for server, body, times in sides if number % 2 else reversed(sides):
                status, read, spent = server.ask(ORDERS, token, body)
                if status != 201:
                    raise SystemExit(f"{ORDERS}: {status} {read[:500]!r}")
                if number >= each:
                    times.append(spent)
        return found, _at_once(product.port, person.token, lambda: bodies(plant, location, term.pk)[0])


def _at_once(port: int, token: str, body: Callable[[], bytes]) -> int:
    """Have eight clients enter orders and then register them; stops where a number is missing or doubled, or a line is lost."""
    told = [[body() for _order in range(EACH)] for _client in range(CLIENTS)]

    def enter(bodies: list[bytes]) -> list[int]:
        client = Client(port, token)
        return [client.post(ORDERS, one)["id"] for one in bodies]

    def register(keys: list[int]) -> list[str]:
        client = Client(port, token)
        return [client.post(f"{ORDERS}{key}/register/", b"{}")["number"] for key in keys]

    with ThreadPoolExecutor(CLIENTS) as clients:
        entered = list(clients.map(enter, told))
        keys = [key for one in entered for key in one]
        for order in Order.objects.filter(pk__in=keys):
            purchase_order(order)
        drawn = sorted(int(number.rsplit("-", 1)[1]) for one in clients.map(register, entered) for number in one)
    if drawn != list(range(drawn[0], drawn[0] + CLIENTS * EACH)):
        raise SystemExit(f"Numbers are doubled or missing: {drawn}")
    lines = OrderLine.objects.filter(order__in=keys).count()
    if lines != len(drawn) * SHORT:
        raise SystemExit(f"{lines} lines of {len(drawn)} orders")
    return len(drawn)
