"""What a merge of two customers does to the ledger: nothing is rewritten, the sales go along with their plants."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from accounts.models import Customer
from kam.core.touches import Touch
from orders.models.documents import SalesHeader


def keep_sales(source: Customer, target: Customer, *, write: bool) -> Iterator[Touch]:
    """Invoices and credit notes of a customer that is merged into another one: counted for the preview, kept as they are."""
    count = SalesHeader.objects.filter(customer=source).count()
    if count:
        note = _("They stay as they were made out, and count with the plants, which go along.")
        yield Touch(SalesHeader._meta.verbose_name_plural, count, note)
