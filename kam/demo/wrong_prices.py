"""The demonstration's wrong prices: the few lines that were not invoiced as agreed, some of them taken care of."""

from itertools import islice

from kam.demo import stage
from kam.demo.prices import author_of
from orders.actions import claim_price, explain_price
from orders.actions.wrong_prices import find_wrong_prices
from orders.models import PriceFinding

#: Why a price is right all the same, in the customer's language.
AGREED = {
    "it": "Prezzo concordato per telefono per questa consegna",
    "en": "Agreed by telephone for this delivery",
    "de": "Für diese Lieferung telefonisch vereinbart",
}


def make() -> None:
    """Hold the invoices of the last weeks against the agreed prices, as every night; letters went out about some."""
    with stage.at(0):
        find_wrong_prices()
        findings = iter(PriceFinding.objects.for_list().order_by("date", "pk"))
        for finding in islice(findings, 2):
            finding.refresh_from_db(fields=["status"])
            if finding.status == PriceFinding.Status.OPEN:  # else the letter before told it already
                customer = finding.plant.customer
                claim_price(finding, actor=author_of(customer), sent_to=f"purchasing@{customer.code.lower()}.example")
        for finding in islice(findings, 1):
            customer = finding.plant.customer
            explain_price(finding, actor=author_of(customer), reason=AGREED[customer.language])
