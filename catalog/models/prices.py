"""List prices with their validity: in general, or of one of our locations."""

from datetime import date
from decimal import Decimal
from typing import Any, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Location, access_of
from catalog.models.costs import PriceUnit
from catalog.models.products import ABOVE_ZERO, Product
from catalog.models.scopes import reads_prices
from kam.core.history import tracked
from kam.core.money import validate_currency
from kam.core.periods import Dated, DatedQuerySet, never_overlapping
from kam.core.records import Record
from kam.core.scoping import ScopedQuerySet


class ListPriceQuerySet(DatedQuerySet, ScopedQuerySet):
    """List prices: read by those who sell and by those who account for it."""

    def visible_to(self, user: Any) -> Self:
        return self if reads_prices(user) else self.none()

    def permitted(self, user: Any, verb: str) -> Self:
        scope = access_of(user).scope(verb)
        return self if scope.everything else self.filter(location__in=scope.location_ids)

    def of_list(self, product: Product, location: Location | None, currency: str) -> Self:
        """Every price of a product in one list: a currency, in general or of a location."""
        return self.filter(product=product, location=location, currency=currency)

    def in_force(self, product: Product, day: date, currency: str, location: Location | None = None) -> "ListPrice | None":
        """The price of a product on a day: the one of the location where it has one, else the general one."""
        rows = self.filter(product=product, currency=currency).on(day).filter(Q(location=location) | Q(location__isnull=True))
        return rows.order_by(F("location").asc(nulls_last=True)).first()  # type: ignore[return-value]

    def for_list(self) -> Self:
        return self.select_related("product", "location")


@tracked()
class ListPrice(Record, Dated):
    """The list price of a product from a day on, per 1, 100 or 1000 base units; a change is a new record."""

    product = models.ForeignKey(Product, on_delete=models.PROTECT, verbose_name=_("product"), related_name="list_prices")
    location = models.ForeignKey(
        Location,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("selling location"),
        help_text=_("Leave empty for the list of all locations."),
        related_name="list_prices",
    )
    currency = models.CharField(_("currency"), max_length=3, validators=[validate_currency])
    price = models.DecimalField(_("price"), max_digits=14, decimal_places=5, validators=[ABOVE_ZERO])
    price_unit = models.PositiveSmallIntegerField(_("price unit"), choices=PriceUnit.choices, default=PriceUnit.ONE)

    objects = ListPriceQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("list price")
        verbose_name_plural = _("list prices")
        ordering = ["product__code", "currency", "location__code", "-period", "pk"]
        indexes = [models.Index(fields=["updated_at", "id"], name="catalog_price_by_change")]
        constraints = [
            never_overlapping(
                "catalog_price_one_at_location", "product", "location", "currency", condition=Q(location__isnull=False)
            ),
            never_overlapping("catalog_price_one_in_general", "product", "currency", condition=Q(location__isnull=True)),
            models.CheckConstraint(name="catalog_price_above_zero", condition=Q(price__gt=0)),
            models.CheckConstraint(name="catalog_price_unit", condition=Q(price_unit__in=[1, 100, 1000])),
            models.CheckConstraint(name="catalog_price_begins", condition=Q(period__startswith__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.product.code} · {self.price.normalize():f} {self.currency}"

    def get_absolute_url(self) -> str:
        """The prices on the product's page."""
        return f"/products/{self.product_id}/?tab=prices"

    @property
    def per_unit(self) -> Decimal:
        """The price of one base unit."""
        return self.price / self.price_unit
