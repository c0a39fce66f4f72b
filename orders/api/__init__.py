"""Prices, negotiations, offers, orders and the sales ledger over REST."""

from orders.api.agreements import PriceAgreementViewSet
from orders.api.campaigns import CampaignCustomerViewSet, PriceCampaignViewSet
from orders.api.consents import PriceConsentViewSet
from orders.api.customer_orders import OrderBlockViewSet, OrderViewSet
from orders.api.development import DevelopmentRequestViewSet
from orders.api.dossiers import ConcessionViewSet, NegotiationDossierViewSet, NegotiationRoundViewSet
from orders.api.indices import IndexValueViewSet, PriceIndexViewSet
from orders.api.negotiations import NegotiationViewSet
from orders.api.offer_mails import OfferMailViewSet
from orders.api.offers import OfferViewSet
from orders.api.open_items import OpenItemViewSet
from orders.api.order_intake import OrderIntakeViewSet
from orders.api.order_lives import LIFE_ENDPOINTS
from orders.api.price_papers import PricePaperViewSet
from orders.api.reviews import ContractReviewViewSet, ReviewChecklistViewSet
from orders.api.sales import SalesLineViewSet, SalesTotalViewSet
from orders.api.sources import InvoiceSourceViewSet
from orders.api.workbooks import OfferWorkbookViewSet
from orders.api.wrong_prices import PriceFindingViewSet, PriceLetterViewSet

#: Path, endpoint and name of each, for the router of the roof.
ENDPOINTS = (
    ("negotiations", NegotiationViewSet, "negotiation"),
    ("development-requests", DevelopmentRequestViewSet, "development_request"),
    ("negotiation-dossiers", NegotiationDossierViewSet, "negotiation_dossier"),
    ("negotiation-rounds", NegotiationRoundViewSet, "negotiation_round"),
    ("negotiation-concessions", ConcessionViewSet, "negotiation_concession"),
    ("offers", OfferViewSet, "offer"),
    ("offer-mails", OfferMailViewSet, "offer_mail"),
    ("offer-workbooks", OfferWorkbookViewSet, "offer_workbook"),
    ("invoice-sources", InvoiceSourceViewSet, "invoice_source"),
    ("orders", OrderViewSet, "order"),
    ("order-blocks", OrderBlockViewSet, "order_block"),
    ("contract-reviews", ContractReviewViewSet, "contract_review"),
    ("review-checklists", ReviewChecklistViewSet, "review_checklist"),
    ("price-agreements", PriceAgreementViewSet, "price_agreement"),
    ("price-consents", PriceConsentViewSet, "price_consent"),
    ("price-campaigns", PriceCampaignViewSet, "price_campaign"),
    ("campaign-customers", CampaignCustomerViewSet, "campaign_customer"),
    ("price-indices", PriceIndexViewSet, "price_index"),
    ("index-values", IndexValueViewSet, "index_value"),
    ("order-intake", OrderIntakeViewSet, "order_intake"),
    ("open-items", OpenItemViewSet, "open_item"),
    ("sales-lines", SalesLineViewSet, "sales_line"),
    ("sales-totals", SalesTotalViewSet, "sales_total"),
    ("price-findings", PriceFindingViewSet, "price_finding"),
    ("price-letters", PriceLetterViewSet, "price_letter"),
    ("price-papers", PricePaperViewSet, "price_paper"),
    *LIFE_ENDPOINTS,
)
