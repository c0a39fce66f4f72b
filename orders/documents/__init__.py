"""Contents of the prints of prices and offers, in the customer's language; nothing here says what a thing costs us."""

from orders.documents.forms import install_print_forms
from orders.documents.offer import offer_print

__all__ = ["install_print_forms", "offer_print"]
