"""What of the catalogue is read from and written to sheets: columns and kinds of import; nothing is opened or written here."""

from catalog.excel.commercial import CustomerItems, ListPrices, Programmes, StandardCosts
from catalog.excel.products import Families, Products, Revisions, Units
from catalog.excel.resources import Bills, WorkCentres

__all__ = [
    "Bills",
    "CustomerItems",
    "Families",
    "ListPrices",
    "Products",
    "Programmes",
    "Revisions",
    "StandardCosts",
    "Units",
    "WorkCentres",
]
