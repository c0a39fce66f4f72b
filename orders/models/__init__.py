"""What is true of sales: negotiations, price agreements, offers; and of the ledger: sources of invoices, documents, their lines, their totals.

Imports run one way: negotiations, negotiation_lines, dossiers, development; consent_status, approvable, agreements, opinions, agreement_lines,
indices (with the clauses), campaigns, campaign_customers, offers, price_papers, offer_lines, consents; customer_orders, order_lines,
order_lists, order_blocks, credit_releases; checklists, reviews, review_parts; order_papers, order_confirmations, order_changes, order_delays,
order_deliveries, order_totals (their triggers: order_upkeep);
kinds, scopes (the row rules), sources, batches, documents, totals, upkeep (their triggers), days, lines; open_items; findings
(lines at a wrong price), price_letters.
"""

from orders.models.agreement_lines import AgreementLine
from orders.models.agreements import PriceAgreement, Standing
from orders.models.batches import SalesBatch
from orders.models.campaign_customers import CampaignConsent, CampaignCustomer, CampaignLine
from orders.models.campaigns import PriceCampaign
from orders.models.checklists import ReviewChecklist, ReviewQuestion
from orders.models.consents import PriceConsent
from orders.models.credit_releases import CreditRelease
from orders.models.customer_orders import ORDER_READERS, Order, kept_elsewhere, reads_orders
from orders.models.days import SalesDays
from orders.models.development import DevelopmentRequest
from orders.models.documents import SalesDocument, SalesHeader
from orders.models.dossiers import Concession, NegotiationDossier, NegotiationRound
from orders.models.findings import PriceFinding
from orders.models.indices import IndexValue, PriceClause, PriceIndex
from orders.models.kinds import LineKind
from orders.models.lines import SalesLine
from orders.models.negotiation_lines import NegotiationLine
from orders.models.negotiations import Negotiation, Stage, reads_negotiations
from orders.models.offer_lines import OfferLine
from orders.models.offer_mails import OfferMail
from orders.models.offer_pauses import OfferPause
from orders.models.offers import Offer
from orders.models.open_items import OpenItem, OpenItemList
from orders.models.opinions import AgreementOpinion
from orders.models.order_blocks import ENDING, LIFTERS, BlockKind, OrderBlock
from orders.models.order_changes import OrderCancellation, OrderChange
from orders.models.order_confirmations import ConfirmedLine, OrderConfirmation
from orders.models.order_delays import DelayedLine, OrderDelay
from orders.models.order_deliveries import OrderDelivery, OrderIntake, OrderInvoice
from orders.models.order_lines import OrderLine, OrderSchedule
from orders.models.order_lists import OrderList
from orders.models.order_papers import OrderPaper
from orders.models.order_totals import OrderStanding, OrderTotal
from orders.models.price_letters import PriceLetter
from orders.models.price_papers import PricePaper
from orders.models.review_parts import ReviewAnswer, ReviewCondition, ReviewDifference, ReviewSignature
from orders.models.reviews import ContractReview
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
from orders.models.workbooks import OfferWorkbook

__all__ = [
    "ENDING",
    "LIFTERS",
    "ORDER_READERS",
    "AccountTotal",
    "AgreementLine",
    "AgreementOpinion",
    "BlockKind",
    "CampaignConsent",
    "CampaignCustomer",
    "CampaignLine",
    "Concession",
    "ConfirmedLine",
    "ContractReview",
    "CreditRelease",
    "DelayedLine",
    "DevelopmentRequest",
    "IndexValue",
    "InvoiceSource",
    "LineKind",
    "ManagerTotal",
    "MarketTotal",
    "Negotiation",
    "NegotiationDossier",
    "NegotiationLine",
    "NegotiationRound",
    "Offer",
    "OfferLine",
    "OfferMail",
    "OfferPause",
    "OfferWorkbook",
    "OpenItem",
    "OpenItemList",
    "Order",
    "OrderBlock",
    "OrderCancellation",
    "OrderChange",
    "OrderConfirmation",
    "OrderDelay",
    "OrderDelivery",
    "OrderIntake",
    "OrderInvoice",
    "OrderLine",
    "OrderList",
    "OrderPaper",
    "OrderSchedule",
    "OrderStanding",
    "OrderTotal",
    "PlantTotal",
    "PriceAgreement",
    "PriceCampaign",
    "PriceClause",
    "PriceConsent",
    "PriceFinding",
    "PriceIndex",
    "PriceLetter",
    "PricePaper",
    "ProductTotal",
    "ReviewAnswer",
    "ReviewChecklist",
    "ReviewCondition",
    "ReviewDifference",
    "ReviewQuestion",
    "ReviewSignature",
    "SalesBatch",
    "SalesDays",
    "SalesDocument",
    "SalesHeader",
    "SalesLine",
    "SalesTotal",
    "Stage",
    "Standing",
    "cost_reach_of",
    "kept_elsewhere",
    "reach_of",
    "reads_ledger",
    "reads_negotiations",
    "reads_orders",
]
