"""Agreements and price lists that were sent, with their print kept without having it made."""

from kam.core.documents import Document, attach_document, standard_type
from orders.actions.price_papers import send_agreement
from orders.models import PriceAgreement, PricePaper
from tests.factories.files import named, pdf


def price_paper(agreed: PriceAgreement) -> PricePaper:
    """An agreement given out by hand, with its print."""
    made = send_agreement(agreed, actor=None, sent_to="Buyer")
    kept = attach_document(
        Document, actor=None, record=made, type=standard_type("print"), file=named(pdf("Prices"), "prices.pdf"), title=made.name
    )
    PricePaper.objects.filter(pk=made.pk).update(document=kept, sha256=kept.sha256)
    return PricePaper.objects.get(pk=made.pk)
