"""Support: search and read the catalogue; a second way to change it does not exist."""

from catalog.models import (
    BillOfResources,
    CustomerItem,
    ListPrice,
    Product,
    ProductFamily,
    ProductRevision,
    Programme,
    StandardCost,
    WorkCentre,
)
from kam.core.support import ReadOnly, support


class CodedSupport(ReadOnly):
    """Rows with a code and a name."""

    list_display = ("code", "__str__")
    search_fields = ("code",)


class OfProductSupport(ReadOnly):
    """Rows of a product."""

    list_display = ("__str__", "product")
    search_fields = ("product__code",)


class CustomerItemSupport(ReadOnly):
    """What customers call our products."""

    list_display = ("part_number", "customer", "product")
    search_fields = ("part_number", "customer__name", "product__code")


support.register([ProductFamily, Product, WorkCentre, Programme], CodedSupport)
support.register([ProductRevision, StandardCost, ListPrice, BillOfResources], OfProductSupport)
support.register(CustomerItem, CustomerItemSupport)
