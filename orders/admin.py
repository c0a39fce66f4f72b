"""Support: search and read price agreements and the ledger; a second way to change it does not exist."""

from kam.core.support import ReadOnly, support
from orders.models import InvoiceSource, PriceAgreement, SalesBatch


class InvoiceSourceSupport(ReadOnly):
    """Where the invoices of our locations come from."""

    list_display = ("location", "system", "period")


class PriceAgreementSupport(ReadOnly):
    """What was agreed with whom."""

    list_display = ("number", "status", "period")
    search_fields = ("number",)


class SalesBatchSupport(ReadOnly):
    """Who recorded what in the ledger."""

    list_display = ("origin", "kind", "actor", "created_at")
    search_fields = ("origin",)


support.register(InvoiceSource, InvoiceSourceSupport)
support.register(SalesBatch, SalesBatchSupport)
support.register(PriceAgreement, PriceAgreementSupport)
