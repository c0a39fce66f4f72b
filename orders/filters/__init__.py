"""Filters of the lists of prices, negotiations, offers, orders and of the sales ledger, for screens and API alike."""

from orders.filters.customer_orders import OrderBlockFilter, OrderFilter
from orders.filters.negotiations import (
    ConcessionFilter,
    DevelopmentRequestFilter,
    NegotiationDossierFilter,
    NegotiationFilter,
    NegotiationRoundFilter,
)
from orders.filters.offers import OfferFilter, OfferMailFilter, OfferWorkbookFilter
from orders.filters.open_items import OpenItemFilter
from orders.filters.order_lives import (
    OrderCancellationFilter,
    OrderChangeFilter,
    OrderConfirmationFilter,
    OrderDelayFilter,
    OrderDeliveryFilter,
    OrderInvoiceFilter,
    OrderPaperFilter,
)
from orders.filters.prices import (
    CampaignCustomerFilter,
    CampaignLineFilter,
    IndexValueFilter,
    PriceAgreementFilter,
    PriceCampaignFilter,
    PriceConsentFilter,
    PriceFindingFilter,
    PriceIndexFilter,
    PriceLetterFilter,
    PricePaperFilter,
)
from orders.filters.reviews import ContractReviewFilter, ReviewChecklistFilter
from orders.filters.sales import NONE, LedgerFilter, SalesFilter, SalesLineFilter, SalesTotalFilter

__all__ = [
    "NONE",
    "CampaignCustomerFilter",
    "CampaignLineFilter",
    "ConcessionFilter",
    "ContractReviewFilter",
    "DevelopmentRequestFilter",
    "IndexValueFilter",
    "LedgerFilter",
    "NegotiationDossierFilter",
    "NegotiationFilter",
    "NegotiationRoundFilter",
    "OfferFilter",
    "OfferMailFilter",
    "OfferWorkbookFilter",
    "OpenItemFilter",
    "OrderBlockFilter",
    "OrderCancellationFilter",
    "OrderChangeFilter",
    "OrderConfirmationFilter",
    "OrderDelayFilter",
    "OrderDeliveryFilter",
    "OrderFilter",
    "OrderInvoiceFilter",
    "OrderPaperFilter",
    "PriceAgreementFilter",
    "PriceCampaignFilter",
    "PriceConsentFilter",
    "PriceFindingFilter",
    "PriceIndexFilter",
    "PriceLetterFilter",
    "PricePaperFilter",
    "ReviewChecklistFilter",
    "SalesFilter",
    "SalesLineFilter",
    "SalesTotalFilter",
]
