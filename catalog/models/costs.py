"""Standard costs: what one product costs at one location in one version, split as production and finance split it."""

from datetime import date
from decimal import Decimal
from typing import Any, Self

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Location, access_of
from catalog.models.products import NOT_NEGATIVE, Product
from kam.core.history import tracked
from kam.core.money import validate_currency
from kam.core.periods import Dated, DatedQuerySet, never_overlapping
from kam.core.records import Record
from kam.core.scoping import ScopedQuerySet


class PriceUnit(models.IntegerChoices):
    """For how many units a price or cost is stated (domain 1.4)."""

    ONE = 1, "1"
    HUNDRED = 100, "100"
    THOUSAND = 1000, "1000"


class StandardCostQuerySet(DatedQuerySet, ScopedQuerySet):
    """Standard costs: read only by those who read the costs of their location."""

    def costs_visible_to(self, user: Any) -> Self:
        """The costs of the locations whose costs this person reads."""
        access = access_of(user)
        return self if access.reads_all_costs else self.filter(location__in=access.cost_location_ids)

    def visible_to(self, user: Any) -> Self:
        return self.costs_visible_to(user)

    def permitted(self, user: Any, verb: str) -> Self:
        scope = access_of(user).scope(verb)
        return self if scope.everything else self.filter(location__in=scope.location_ids)

    def in_force(self, product: Product, location: Location, day: date) -> "StandardCost | None":
        """The cost of a product at a location on a day."""
        return self.filter(product=product, location=location).on(day).first()  # type: ignore[return-value]

    def with_total(self) -> Self:
        """The costs with `total`: material, variable conversion and fixed together."""
        return self.annotate(total=F("material") + F("variable_conversion") + F("fixed"))

    def for_list(self) -> Self:
        return self.select_related("product", "location")


@tracked()
class StandardCost(Record, Dated):
    """The standard cost of a product at a location in one version (domain 1.3); never changed, only followed by a later version."""

    product = models.ForeignKey(Product, on_delete=models.PROTECT, verbose_name=_("product"), related_name="standard_costs")
    location = models.ForeignKey(Location, on_delete=models.PROTECT, verbose_name=_("location"), related_name="standard_costs")
    cost_version = models.CharField(_("cost version"), max_length=20)
    material = models.DecimalField(_("material"), max_digits=14, decimal_places=5, validators=[NOT_NEGATIVE])
    variable_conversion = models.DecimalField(
        _("variable conversion"), max_digits=14, decimal_places=5, validators=[NOT_NEGATIVE]
    )
    fixed = models.DecimalField(_("fixed"), max_digits=14, decimal_places=5, validators=[NOT_NEGATIVE])
    currency = models.CharField(_("currency"), max_length=3, validators=[validate_currency])
    price_unit = models.PositiveSmallIntegerField(_("price unit"), choices=PriceUnit.choices, default=PriceUnit.ONE)

    objects = StandardCostQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("standard cost")
        verbose_name_plural = _("standard costs")
        ordering = ["product__code", "location__code", "-period", "pk"]
        indexes = [
            models.Index(fields=["location", "cost_version", "product"], name="catalog_cost_by_version"),
            models.Index(fields=["updated_at", "id"], name="catalog_cost_by_change"),
        ]
        triggers = [
            *Record.Meta.triggers,
            pgtrigger.ReadOnly(
                name="immutable",
                fields=[
                    "product",
                    "location",
                    "cost_version",
                    "material",
                    "variable_conversion",
                    "fixed",
                    "currency",
                    "price_unit",
                ],
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["product", "location", "cost_version"], name="catalog_cost_version_once"),
            never_overlapping("catalog_cost_one_in_force", "product", "location"),
            models.CheckConstraint(
                name="catalog_cost_not_negative", condition=Q(material__gte=0, variable_conversion__gte=0, fixed__gte=0)
            ),
            models.CheckConstraint(name="catalog_cost_price_unit", condition=Q(price_unit__in=[1, 100, 1000])),
            models.CheckConstraint(name="catalog_cost_begins", condition=Q(period__startswith__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.product.code} · {self.location.code} · {self.cost_version}"

    def get_absolute_url(self) -> str:
        """The costs on the product's page."""
        return f"/products/{self.product_id}/?tab=costs"

    @property
    def sum(self) -> Decimal:
        """Material, variable conversion and fixed together, per price unit."""
        return self.material + self.variable_conversion + self.fixed

    @property
    def per_unit(self) -> Decimal:
        """The whole cost of one base unit."""
        return self.sum / self.price_unit

    @property
    def variable_per_unit(self) -> Decimal:
        """Material and variable conversion of one base unit: what the contribution margin subtracts."""
        return (self.material + self.variable_conversion) / self.price_unit
