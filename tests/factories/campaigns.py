"""Price campaigns for tests: one agreement's price in a campaign, brought as far along as a test needs it by the actions themselves."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from kam.core import clock
from orders.actions import approve_campaign, ask_campaign_customer, create_campaign, submit_campaign
from orders.models import CampaignConsent, CampaignCustomer, PriceCampaign
from tests.factories.catalog import ProductFactory
from tests.factories.prices import agreement, line

LATER = date(2099, 1, 1)


def campaigned(
    location: Any, *, by: Any, approver: Any = None, status: str = "draft", to: Any = None, **values: Any
) -> PriceCampaign:
    """A campaign of three per cent from far in the future on; with `to` (a holder) for a price that was agreed with it.

    `asked` is an approved campaign whose letters are out.
    """
    if to is not None:
        agreement(line(ProductFactory(), 10), **to)
    known: dict[str, Any] = {
        "title": "Materials 2099",
        "why": "Steel became dearer.",
        "location": location,
        "percentage": Decimal("3.00"),
        "effective_on": LATER,
    }
    made: PriceCampaign = create_campaign(PriceCampaign, actor=by, **known | values)
    if status == "draft":
        return made
    submit_campaign(made, actor=by)
    if status != "in_approval":
        silence(made)
        made.refresh_from_db()
        approve_campaign(made, actor=approver)
    if status == "asked":
        for row in made.customers.order_by("pk"):
            ask_campaign_customer(row, actor=by, sent_to="buyer@customer.example")
    made.refresh_from_db()
    return made


def silence(campaign: PriceCampaign) -> None:
    """The time in which area managers could object is over."""
    over = clock.now() - timedelta(minutes=1)
    CampaignConsent.objects.filter(row__campaign=campaign).update(due_at=over)


def only_row(campaign: PriceCampaign) -> CampaignCustomer:
    """Its one customer."""
    found: CampaignCustomer = campaign.customers.get()
    return found
