"""Requests for consent for tests: an area manager's offer or agreement outside the corridor, answered as far as a test needs."""

from typing import Any

from kam.core import clock
from orders.actions import escalate_consent, refuse_consent, submit_offer
from orders.models import Offer, PriceConsent
from tests.factories.accounts import UserFactory
from tests.factories.offers import offer_line, offered, priced_product


def asked(plant: Any, location: Any, by: Any, *, refused_by: Any = None, escalated: bool = False) -> PriceConsent:
    """An offer 20 per cent below the list, handed in by an area manager; refused by somebody, and escalated, where that is said."""
    offer: Offer = offered(plant, location, offer_line(priced_product(25), 100, "20"), by=by, currency="EUR")
    submit_offer(offer, actor=by, reason="The competitor sells at 19.90")
    consent = PriceConsent.objects.get(offer=offer)
    if refused_by is not None:
        refuse_consent(consent, actor=refused_by, reason="It would become the price of the group")
    if escalated:
        escalate_consent(consent, actor=by, reason="Else the plant is lost")
    consent.refresh_from_db()
    return consent


def asked_about(offer: Offer, **values: Any) -> PriceConsent:
    """A request about an offer as it stands in the table, without anybody having been asked."""
    known = {"asked_by": UserFactory(), "asked_at": clock.now(), "why": "Far away", "due_at": clock.now(), "print": "-"}
    place = {"offer": offer, "name": str(offer), "plant": offer.plant, "selling_location": offer.selling_location}
    return PriceConsent.objects.create(**place | known | values)
