"""What is true of sales: price agreements; and of the ledger: where invoices come from, documents, their lines, the totals of these.

Imports run one way: agreements, agreement_lines, indices (with the clauses); kinds, scopes (the row rules), sources, batches, documents, totals, upkeep
(their triggers), days, lines.
"""

from orders.models.agreement_lines import AgreementLine
from orders.models.agreements import PriceAgreement, Standing
from orders.models.batches import SalesBatch
from orders.models.days import SalesDays
from orders.models.documents import SalesDocument, SalesHeader
from orders.models.indices import IndexValue, PriceClause, PriceIndex
from orders.models.kinds import LineKind
from orders.models.lines import SalesLine
from orders.models.scopes import cost_reach_of, reach_of, reads_ledger
from orders.models.sources import InvoiceSource
from orders.models.totals import (
    AccountTotal,
    ManagerTotal,
    MarketTotal,
    PlantTotal,
    ProductTotal,
    SalesTotal,
)

__all__ = [
    "AccountTotal",
    "AgreementLine",
    "IndexValue",
    "InvoiceSource",
    "LineKind",
    "ManagerTotal",
    "MarketTotal",
    "PlantTotal",
    "PriceAgreement",
    "PriceClause",
    "PriceIndex",
    "ProductTotal",
    "SalesBatch",
    "SalesDays",
    "SalesDocument",
    "SalesHeader",
    "SalesLine",
    "SalesTotal",
    "Standing",
    "cost_reach_of",
    "reach_of",
    "reads_ledger",
]
