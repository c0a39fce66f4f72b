"""Contents of the prints of prices, offers and negotiations; nothing here says what a thing costs us."""

from orders.documents.agreement import agreement_print
from orders.documents.brief import negotiation_brief
from orders.documents.campaign_letter import campaign_letter
from orders.documents.forms import install_print_forms
from orders.documents.offer import offer_print
from orders.documents.order_evidence import evidence_print
from orders.documents.order_paper import order_paper_print
from orders.documents.price_letter import price_letter_print
from orders.documents.price_list import price_list_print
from orders.documents.review import review_print

__all__ = [
    "agreement_print",
    "campaign_letter",
    "evidence_print",
    "install_print_forms",
    "negotiation_brief",
    "offer_print",
    "order_paper_print",
    "price_letter_print",
    "price_list_print",
    "review_print",
]
