"""The demonstration's agreements that went to the customer to be signed, most of them signed by now, and price lists that were sent."""

from accounts.models import Contact, Customer
from kam.demo import stage
from kam.demo.prices import AGREED_ON, author_of
from orders.actions.price_papers import note_signature, send_agreement, send_price_list
from orders.models import PriceAgreement, PricePaper

SENT, LISTS = 8, 4


def make() -> None:
    """Send the first agreements a week after they were agreed; every third was not signed; and this month's lists of a few customers."""
    agreed = PriceAgreement.objects.filter(status=PriceAgreement.Status.ACTIVE, plant__isnull=False).for_list().order_by("number")
    told: list[Customer] = []
    for place, one in enumerate(agreed):
        company = one.company
        contact = Contact.objects.filter(customer=company).exclude(email="").order_by("pk").first()
        if company is None or contact is None or company in told:
            continue
        told.append(company)
        with stage.at(AGREED_ON + 7, hour=9):
            paper = send_agreement(one, actor=author_of(company), sent_to=contact.email)
        if place % 3:
            with stage.at(AGREED_ON + 15, hour=11):
                note_signature(paper, actor=author_of(company), signed_by=str(contact))
        if len(told) <= LISTS:
            with stage.at(-12, hour=10):
                send_price_list(PricePaper, actor=author_of(company), customer=company, sent_to=contact.email)
        if len(told) == SENT:
            return
