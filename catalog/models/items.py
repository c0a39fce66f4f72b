"""Customer items: what a customer calls one of our products, and what was agreed on it."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, Plant
from catalog.models.products import ABOVE_ZERO, Product
from catalog.models.revisions import ProductRevision
from catalog.models.scopes import PlantOwnedQuerySet
from kam.core.history import tracked
from kam.core.plain import search_index, search_text
from kam.core.records import Record


class CustomerItemQuerySet(PlantOwnedQuerySet):
    """Customer items; read under the rule of their customer and plant."""

    def for_list(self) -> Self:
        return self.select_related("customer", "plant", "product", "agreed_revision")


@tracked(exclude=("search_text",))
class CustomerItem(Record):
    """A customer's part number for one of our products, for all its plants or for one, with the revision that was agreed."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, verbose_name=_("customer"), related_name="items")
    plant = models.ForeignKey(
        Plant,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("plant"),
        help_text=_("Leave empty when it holds for all plants of the customer."),
        related_name="items",
    )
    product = models.ForeignKey(Product, on_delete=models.PROTECT, verbose_name=_("product"), related_name="customer_items")
    part_number = models.CharField(_("customer part number"), max_length=35)
    description = models.CharField(_("customer description"), max_length=40, blank=True)
    agreed_revision = models.ForeignKey(
        ProductRevision,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("agreed revision"),
        related_name="customer_items",
    )
    minimum_delivery_quantity = models.DecimalField(
        _("minimum delivery quantity"), max_digits=12, decimal_places=3, null=True, blank=True, validators=[ABOVE_ZERO]
    )
    search_text = search_text("part_number", "description")

    objects = CustomerItemQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("customer item")
        verbose_name_plural = _("customer items")
        ordering = ["part_number", "pk"]
        indexes = [
            search_index("catalog_item_search"),
            models.Index(fields=["part_number", "id"], name="catalog_item_by_number"),
            models.Index(fields=["customer", "part_number", "id"], name="catalog_item_by_customer"),
            models.Index(fields=["updated_at", "id"], name="catalog_item_by_change"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "plant", "part_number"], nulls_distinct=False, name="catalog_item_number_once"
            ),
            models.UniqueConstraint(
                fields=["customer", "plant", "product"], nulls_distinct=False, name="catalog_item_product_once"
            ),
            models.CheckConstraint(
                name="catalog_item_minimum",
                condition=Q(minimum_delivery_quantity__isnull=True) | Q(minimum_delivery_quantity__gt=0),
            ),
        ]

    def __str__(self) -> str:
        return self.part_number

    def get_absolute_url(self) -> str:
        """The item's page."""
        return f"/customer-items/{self.pk}/"
