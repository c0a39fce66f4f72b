"""What a negotiation is about: products, families or words, how many a year at which price, from which its value by year follows."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models import PriceUnit, Product, ProductFamily
from kam.core.history import tracked
from kam.core.records import Record
from kam.core.scoping import ScopedQuerySet
from orders.models.negotiations import Negotiation

CENT = Decimal("0.01")


class NegotiationLineQuerySet(ScopedQuerySet):
    """Lines of negotiations, read and written with them."""

    def visible_to(self, user: Any) -> Self:
        return self.filter(negotiation__in=Negotiation.objects.visible_to(user).values("pk"))

    def permitted(self, user: Any, verb: str) -> Self:
        return self.filter(negotiation__in=Negotiation.objects.permitted(user, verb).values("pk"))

    def for_list(self) -> Self:
        return self.select_related("product", "family")


@tracked()
class NegotiationLine(Record):
    """A product, a family or something in words: quantities by year, its price, and other prices from later years on."""

    negotiation = models.ForeignKey(
        Negotiation, on_delete=models.CASCADE, editable=False, verbose_name=_("negotiation"), related_name="lines"
    )
    position = models.PositiveSmallIntegerField(_("position"), editable=False)
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("product"), related_name="+"
    )
    family = models.ForeignKey(
        ProductFamily, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("family"), related_name="+"
    )
    description = models.CharField(_("description"), max_length=200, blank=True)
    price = models.DecimalField(_("price"), max_digits=14, decimal_places=5, null=True, blank=True)
    price_unit = models.PositiveSmallIntegerField(_("price unit"), choices=PriceUnit.choices, default=PriceUnit.ONE)
    target_price = models.DecimalField(_("customer's target price"), max_digits=14, decimal_places=5, null=True, blank=True)
    years = ArrayField(models.PositiveSmallIntegerField(), verbose_name=_("years"), default=list, blank=True, editable=False)
    quantities = ArrayField(
        models.DecimalField(max_digits=14, decimal_places=3),
        verbose_name=_("quantities"),
        default=list,
        blank=True,
        editable=False,
    )
    price_years = ArrayField(
        models.PositiveSmallIntegerField(), verbose_name=_("years of other prices"), default=list, blank=True, editable=False
    )
    prices = ArrayField(
        models.DecimalField(max_digits=14, decimal_places=5),
        verbose_name=_("other prices"),
        default=list,
        blank=True,
        editable=False,
    )

    objects = NegotiationLineQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("line of a negotiation")
        verbose_name_plural = _("lines of negotiations")
        ordering = ["negotiation", "position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["negotiation", "position"], name="orders_negotiationline_place_once"),
            models.CheckConstraint(
                name="orders_negotiationline_about_something",
                condition=Q(product__isnull=False) | Q(family__isnull=False) | ~Q(description=""),
            ),
            models.CheckConstraint(name="orders_negotiationline_price", condition=Q(price__isnull=True) | Q(price__gt=0)),
        ]

    def __str__(self) -> str:
        return str(self.subject)

    @property
    def subject(self) -> Any:
        """What it is about."""
        return self.product or self.family or self.description

    @property
    def volumes(self) -> list[tuple[int, Decimal]]:
        """Quantities by year."""
        return list(zip(self.years, self.quantities, strict=True))

    @property
    def later_prices(self) -> list[tuple[int, Decimal]]:
        """Other prices, each from a year on."""
        return list(zip(self.price_years, self.prices, strict=True))

    def price_in(self, year: int) -> Decimal | None:
        """What one price unit costs in a year."""
        return next((price for begins, price in reversed(self.later_prices) if begins <= year), self.price)

    def value_in(self, year: int, quantity: Decimal) -> Decimal:
        """What a quantity of a year is worth, to the cent; nothing without a price."""
        price = self.price_in(year)
        return (quantity * price / self.price_unit).quantize(CENT, ROUND_HALF_UP) if price is not None else Decimal(0)
