"""What the fuzz of the API needs of agreements and price lists that are sent: one that was given out by hand, and what a client knows of it."""

from typing import Any

from accounts.models import User
from tests import fuzz_plans
from tests.factories.catalog import ProductFactory
from tests.factories.price_papers import price_paper
from tests.factories.prices import agreement, line
from tests.fuzz_subjects import Values, word


class Subjects(fuzz_plans.Subjects):
    """Papers about prices of the German company."""

    def priceagreement(self, verb: str, person: User) -> Any:
        """What is sent was agreed."""
        if verb == "send":
            return agreement(line(ProductFactory(), 10), customer=self.built.acme_de)
        return super().priceagreement(verb, person)

    def pricepaper(self, verb: str, person: User) -> Any:
        """An agreement that was given out by hand."""
        return price_paper(self.priceagreement("send", person))


def _list(_key: int | None) -> Values:
    """The price list of a company with which something is agreed."""
    plant = fuzz_plans._plant()
    agreement(line(ProductFactory(), 10), customer=plant.customer)
    return {"customer": plant.customer_id, "sent_to": "Buyer", "by_mail": False}


HINTS = fuzz_plans.HINTS | {
    ("priceagreement", "send"): lambda _key: {"sent_to": "Buyer", "by_mail": False},
    ("pricepaper", "POST"): _list,
    ("pricepaper", "send"): lambda _key: {"sent_to": "buyer@acme.example"},
    ("pricepaper", "sign"): lambda _key: {"signed_by": word()},
}
