"""What is true of the sales ledger: where invoices come from, documents, their lines in versions, and the totals of these.

Imports run one way: kinds, scopes (the row rules), sources, batches, documents, totals, upkeep (their triggers), days, lines.
"""

from orders.models.batches import SalesBatch
from orders.models.days import SalesDays
from orders.models.documents import SalesDocument, SalesHeader
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
    "InvoiceSource",
    "LineKind",
    "ManagerTotal",
    "MarketTotal",
    "PlantTotal",
    "ProductTotal",
    "SalesBatch",
    "SalesDays",
    "SalesDocument",
    "SalesHeader",
    "SalesLine",
    "SalesTotal",
    "cost_reach_of",
    "reach_of",
    "reads_ledger",
]
