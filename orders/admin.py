"""Support: search and read the ledger; a second way to change it does not exist."""

from kam.core.support import ReadOnly, support
from orders.models import InvoiceSource, SalesBatch


class InvoiceSourceSupport(ReadOnly):
    """Where the invoices of our locations come from."""

    list_display = ("location", "system", "period")


class SalesBatchSupport(ReadOnly):
    """Who recorded what in the ledger."""

    list_display = ("origin", "kind", "actor", "created_at")
    search_fields = ("origin",)


support.register(InvoiceSource, InvoiceSourceSupport)
support.register(SalesBatch, SalesBatchSupport)
