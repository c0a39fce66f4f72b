"""What the fuzz of the API needs of the life of orders: one as far along as each verb needs it, and what a client knows of it."""

from datetime import timedelta
from typing import Any

from accounts.models import User
from orders.models import Order
from tests import fuzz_orders
from tests.factories.order_lives import accepted_order
from tests.world_order_lives import asked, changed, confirmed, delayed, delivered, invoiced, paper, waiting

ACCEPTED = {"acknowledge", "pro_forma", "confirm"}
CONFIRMED = {"change", "cancel", "delay", "start", "deliver"}


class Subjects(fuzz_orders.Subjects):
    """Orders of ACME's German plant from the German location, further on in their life."""

    @property
    def place(self) -> tuple[Any, Any]:
        """Which plant orders where."""
        return self.built.acme_de_plant, self.built.germany

    def order(self, verb: str, person: User) -> Any:
        """An order as far along as a verb needs it."""
        if verb in ACCEPTED:
            return accepted_order(*self.place)
        if verb in CONFIRMED:
            return confirmed(*self.place)
        if verb in {"invoice", "close"}:
            made = delivered(*self.place)
            if verb == "close":
                Order.objects.filter(pk=made.pk).update(status="invoiced")
            return made
        return super().order(verb, person)

    def orderconfirmation(self, verb: str, person: User) -> Any:
        """One that waits for the customer."""
        return waiting(*self.place)

    def orderpaper(self, verb: str, person: User) -> Any:
        """An acknowledgement that was given out by hand."""
        return paper(*self.place)

    def ordercancellation(self, verb: str, person: User) -> Any:
        """One that is charged for."""
        return asked(*self.place)

    def orderchange(self, verb: str, person: User) -> Any:
        """A change of the terms of delivery."""
        return changed(*self.place)

    def orderdelay(self, verb: str, person: User) -> Any:
        """A delay by a week."""
        return delayed(*self.place)

    def orderdelivery(self, verb: str, person: User) -> Any:
        """A delivery of everything."""
        return delivered(*self.place).deliveries.get()

    def orderinvoice(self, verb: str, person: User) -> Any:
        """What an ERP invoiced."""
        return invoiced(*self.place)

    def orderintake(self, verb: str, person: User) -> Any:
        """What an order added when it was registered."""
        return accepted_order(*self.place).intake.get()


def _line(key: int | None) -> int:
    return int(Order.objects.get(pk=key).lines.values_list("pk", flat=True)[0])


def _delay(key: int | None) -> dict[str, Any]:
    """The only line, a week later."""
    day = Order.objects.get(pk=key).requested_on + timedelta(days=7)
    return {
        "cause": "material",
        "sent_to": "Buyer",
        "by_mail": False,
        "lines": [{"line": _line(key), "confirmed_on": day.isoformat()}],
    }


SENT = {"sent_to": "Buyer", "by_mail": False}
HINTS = fuzz_orders.HINTS | {
    ("order", "acknowledge"): lambda _key: SENT,
    ("order", "pro_forma"): lambda _key: SENT,
    ("order", "confirm"): lambda _key: SENT | {"lines": [], "payment_term": None, "incoterms": "", "deviations": ""},
    ("order", "change"): lambda _key: {
        "lines": [], "incoterms": "FCA", "cause": "customer", "document": None, "payment_term": None, "received_on": None,
        "requested_on": None,
    },
    ("order", "cancel"): lambda _key: SENT | {"lines": [], "cause": "customer", "work_charge": "0.00", "material_charge": "0.00"},
    ("order", "delay"): _delay,
    ("order", "start"): lambda _key: {"lines": []},
    ("order", "deliver"): lambda key: {"note_number": f"DDT-{key}", "delivered_on": None, "lines": []},
    ("order", "invoice"): lambda key: {"number": f"9{key}", "invoiced_on": None, "lines": []},
    ("orderconfirmation", "accept"): lambda _key: {
        "agreed_how": "conduct", "agreed_note": "Paid the advance", "agreed_on": None, "document": None,
    },
    ("orderconfirmation", "refuse"): lambda _key: {"reason": "They pay later"},
    ("orderpaper", "send"): lambda _key: {"sent_to": "buyer@acme.example"},
    ("ordercancellation", "approve"): lambda _key: SENT,
    ("ordercancellation", "decline"): lambda _key: {"reason": "They take the goods"},
}  # fmt: skip
