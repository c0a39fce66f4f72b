"""What a merge of two customers does: the ledger and orders are not rewritten, they go with the plants; negotiations and open items move."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from accounts.models import Customer
from kam.core.touches import Touch, move
from orders.models import Negotiation, OpenItem, Order, PricePaper
from orders.models.documents import SalesHeader


def keep_sales(source: Customer, target: Customer, *, write: bool) -> Iterator[Touch]:
    """Invoices and credit notes of a customer that is merged into another one: counted for the preview, kept as they are."""
    count = SalesHeader.objects.filter(customer=source).count()
    if count:
        note = _("They stay as they were made out, and count with the plants, which go along.")
        yield Touch(SalesHeader._meta.verbose_name_plural, count, note)


def move_negotiations(source: Customer, target: Customer, *, write: bool) -> Iterator[Touch]:
    """Negotiations with a company that is merged into another one go on with that one."""
    yield from move(Negotiation.objects.filter(customer=source), {"customer": target}, write=write)


def keep_orders(source: Customer, target: Customer, *, write: bool) -> Iterator[Touch]:
    """Orders of a company that is merged into another one keep the name that signed them; counted for the preview."""
    count = Order.objects.filter(customer=source).count()
    if count:
        yield Touch(
            Order._meta.verbose_name_plural, count, _("They keep who ordered, and count with the plants, which go along.")
        )


def keep_price_papers(source: Customer, target: Customer, *, write: bool) -> Iterator[Touch]:
    """Agreements and price lists that went to a company stay as they were sent when it is merged into another one; counted for the preview."""
    count = PricePaper.objects.filter(customer=source).count()
    if count:
        yield Touch(PricePaper._meta.verbose_name_plural, count, _("They stay as they were sent."))


def move_open_items(source: Customer, target: Customer, *, write: bool) -> Iterator[Touch]:
    """What a company owes that is merged into another one, that one owes."""
    yield from move(OpenItem.objects.filter(customer=source), {"customer": target}, write=write)
