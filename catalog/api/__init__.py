"""The catalogue over REST: products and revisions, costs and prices, customers' items and programmes, work centres and bills."""

from catalog.api.commercial import CustomerItemViewSet, ListPriceViewSet, ProgrammeViewSet, StandardCostViewSet
from catalog.api.documents import DocumentEntryViewSet, DocumentRequirementViewSet
from catalog.api.products import ProductFamilyViewSet, ProductRevisionViewSet, ProductViewSet
from catalog.api.resources import BillOfResourcesViewSet, WorkCentreViewSet
from catalog.api.transfers import TransferViewSet

#: Path, endpoint and name of each, for the router of the roof.
ENDPOINTS = (
    ("product-families", ProductFamilyViewSet, "product_family"),
    ("products", ProductViewSet, "product"),
    ("product-revisions", ProductRevisionViewSet, "product_revision"),
    ("standard-costs", StandardCostViewSet, "standard_cost"),
    ("list-prices", ListPriceViewSet, "list_price"),
    ("customer-items", CustomerItemViewSet, "customer_item"),
    ("work-centres", WorkCentreViewSet, "work_centre"),
    ("bills-of-resources", BillOfResourcesViewSet, "bill_of_resources"),
    ("document-entries", DocumentEntryViewSet, "document_entry"),
    ("document-requirements", DocumentRequirementViewSet, "document_requirement"),
    ("programmes", ProgrammeViewSet, "programme"),
    ("transfers", TransferViewSet, "transfer"),
)
