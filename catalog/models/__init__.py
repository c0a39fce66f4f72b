"""What is true of products, their revisions, costs, prices and resources, and of customers' part numbers and programmes.

Imports run one way: scopes (the row rules), families, products, revisions, costs, prices, items, programmes, work centres, bills;
requirements of documents, the register and its months.
"""

from catalog.models.bills import BillMaterial, BillOfResources, BillOperation
from catalog.models.costs import PriceUnit, StandardCost
from catalog.models.document_entries import DUE, IN_FORCE, DocumentEntry, EntryStatus
from catalog.models.document_months import DocumentMonth
from catalog.models.families import ProductFamily, product_line_scopes
from catalog.models.items import CustomerItem
from catalog.models.prices import ListPrice
from catalog.models.products import Product, ProductUnit, Unit, unit_words
from catalog.models.programmes import Programme
from catalog.models.requirements import DocumentRequirement
from catalog.models.revisions import ProductRevision
from catalog.models.scopes import reads_costs, reads_prices, reads_some_costs
from catalog.models.transfers import Transfer
from catalog.models.work_centres import WorkCentre

__all__ = [
    "DUE",
    "IN_FORCE",
    "BillMaterial",
    "BillOfResources",
    "BillOperation",
    "CustomerItem",
    "DocumentEntry",
    "DocumentMonth",
    "DocumentRequirement",
    "EntryStatus",
    "ListPrice",
    "PriceUnit",
    "Product",
    "ProductFamily",
    "ProductRevision",
    "ProductUnit",
    "Programme",
    "StandardCost",
    "Transfer",
    "Unit",
    "WorkCentre",
    "product_line_scopes",
    "reads_costs",
    "reads_prices",
    "reads_some_costs",
    "unit_words",
]
