"""What the fuzz of the API knows beyond the shape of a body about orders: whose they are, what a call-off and a block name."""

from typing import Any

from accounts.models import Location, Plant, User
from kam.core.periods import period
from orders.actions import set_block
from orders.models import InvoiceSource, Order
from tests import fuzz_price_papers
from tests.factories.accounts import LocationFactory
from tests.factories.catalog import ProductFactory
from tests.factories.customer_orders import ordered
from tests.factories.offers import offer_line, offered, priced_product
from tests.factories.prices import agreement, line
from tests.fuzz_subjects import Values, day, later, word


def _place() -> Location:
    """A location of ours that nobody else uses."""
    made: Location = LocationFactory(code=word()[:8].upper(), country="DE")
    return made


class Subjects(fuzz_price_papers.Subjects):
    """Orders of ACME's German plant from the German location, made for one write each."""

    def order(self, verb: str, person: User) -> Any:
        """An order as far as a verb needs it."""
        place = (self.built.acme_de_plant, self.built.germany)
        if verb == "call_off":
            return ordered(*place, kind="frame", register=True)
        made = ordered(*place)
        if verb == "resume":
            Order.objects.filter(pk=made.pk).update(status="on_hold", held_from="received")
        return made

    def orderblock(self, verb: str, person: User) -> Any:
        """A block of such an order, of the kind that this person lifts."""
        return set_block(self.order("", person), actor=None, kind="credit" if verb == "release" else "review", reason=word())

    def invoicesource(self, verb: str, person: User) -> Any:
        """The source of a location of its own."""
        return InvoiceSource.objects.create(location=_place(), system=word(), period=period(None))

    def offer(self, verb: str, person: User) -> Any:
        """An offer; one that was accepted where an order is entered from it."""
        if verb != "order":
            return super().offer(verb, person)
        made = offered(
            self.built.acme_de_plant, self.built.germany, offer_line(priced_product(), 10, 22), status="sent", currency="EUR",
            approver=self.built.sales_manager,
        )  # fmt: skip
        type(made).objects.filter(pk=made.pk).update(status="accepted")
        return made


def _plant() -> Plant:
    """ACME's German plant; the fuzz may have made further ones of that company."""
    found: Plant = Plant.objects.filter(customer__code="C-ACME-DE").earliest("pk")
    return found


def _line() -> Values:
    """Ten pieces of a product."""
    nothing = dict.fromkeys(("requested_on", "offer_line", "agreement_line"))
    return nothing | {
        "product": ProductFactory().pk, "quantity": "10.000", "unit": "pcs", "price": "12.00000", "price_unit": 1, "surcharge": "0.00000",
        "discount": "0.00", "schedule": [], "position": 10,
    }  # fmt: skip


def _order(_key: int | None) -> Values:
    """An order of the German plant from the German location."""
    nothing = dict.fromkeys(("ship_to", "bill_to", "producing_location", "contact", "offer", "agreement", "payment_term"))
    return nothing | {
        "plant": _plant().pk, "selling_location": Location.objects.get(code="DE").pk,
        "customer_reference": word(), "customer_date": day(-2).isoformat(), "received_at": f"{day(-1).isoformat()}T09:00:00Z",
        "requested_on": later().isoformat(), "kind": "standard", "currency": "EUR", "language": "de", "lines": [_line()],
    }  # fmt: skip


def _call_off(key: int | None) -> Values:
    """Two instalments of the frame order's only line."""
    line = Order.objects.get(pk=key).lines.get().pk
    instalment = {"date": later().isoformat(), "quantity": "5.000", "firm": True}
    return {
        "customer_reference": word(), "customer_date": day(-1).isoformat(), "firm_until": None,
        "lines": [{"frame_line": line, "schedule": [instalment], "customer_cumulative": None}],
    }  # fmt: skip


def _from_agreement(_key: int | None) -> Values:
    """Ten pieces at the agreed price, ordered by the German plant."""
    plant, place = _plant(), Location.objects.get(code="DE")
    agreed = agreement(line(ProductFactory(), 25), plant=plant, location=place)
    return {
        "agreement": agreed.pk, "plant": plant.pk, "selling_location": place.pk, "customer_reference": word(), "customer_date": None,
        "requested_on": later().isoformat(), "lines": [{"agreement_line": agreed.lines.get().pk, "quantity": "10.000"}],
    }  # fmt: skip


ENTERED: dict[str, Any] = {"customer_reference": "", "customer_date": None, "requested_on": None, "positions": None}
HINTS = fuzz_price_papers.HINTS | {
    ("invoicesource", "POST"): lambda _key: {
        "location": _place().pk,
        "system": word(),
        "first_day": later().isoformat(),
    },
    ("order", "POST"): _order,
    ("order", "PUT"): _order,
    ("order", "PATCH"): _order,
    ("order", "call_off"): _call_off,
    ("order", "from_agreement"): _from_agreement,
    ("order", "hold"): lambda _key: {"reason": word()},
    ("order", "reject"): lambda _key: {"reason": word()},
    ("order", "copy"): lambda _key: {"customer_reference": word(), "customer_date": None},
    ("order", "block"): lambda _key: {"kind": "credit", "reason": word(), "until": None, "line": None},
    ("orderblock", "lift"): lambda _key: {"reason": word()},
    ("orderblock", "release"): lambda _key: {"reason": word(), "until": day(9).isoformat()},
    ("offer", "order"): lambda _key: ENTERED,
}
