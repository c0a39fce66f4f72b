"""The lines of offers: an article or a free text with its price, what the engine proposed and why, what it costs us."""

from decimal import Decimal
from typing import Any

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Round
from django.utils.translation import gettext_lazy as _

from catalog.models import PriceUnit, Product, Unit, unit_words
from catalog.models.products import ABOVE_ZERO, NOT_NEGATIVE
from kam.core.history import tracked
from kam.core.records import Record
from kam.core.scoping import ScopedQuerySet
from orders.models.offers import Offer

KEPT = """
IF (SELECT status FROM orders_offer WHERE id = OLD.offer_id) NOT IN ('draft', 'approved') THEN
    RAISE EXCEPTION 'a line of an offer that was handed in is never changed';
END IF;
RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
"""


class OfferLineQuerySet(ScopedQuerySet):
    """Lines of offers; read with their offer."""

    def visible_to(self, user: Any) -> "OfferLineQuerySet":
        return self.filter(offer__in=Offer.objects.visible_to(user))

    def counted(self) -> "OfferLineQuerySet":
        """Those that the value of the offer is made of: neither alternatives nor options."""
        return self.filter(kind__in=OfferLine.COUNTED)


# Costs, and why a price is what it is, are no part of a history that everybody reads who reads the offer.
@tracked(exclude=("amount", "variable_cost", "cost_version", "why"))
class OfferLine(Record):
    """What is offered at one position; the price is per 1, 100 or 1000 units, costs are per unit in the offer's currency."""

    class Kind(models.TextChoices):
        ITEM = "item", _("Goods")
        TOOLING = "tooling", _("Tooling")
        ALTERNATIVE = "alternative", _("Alternative")
        OPTION = "option", _("Option")

    COUNTED = (Kind.ITEM, Kind.TOOLING)

    offer = models.ForeignKey(Offer, on_delete=models.CASCADE, verbose_name=_("offer"), related_name="lines")
    position = models.PositiveSmallIntegerField(_("position"), editable=False)
    kind = models.CharField(_("kind"), max_length=11, choices=Kind.choices, default=Kind.ITEM)
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("product"), related_name="offer_lines"
    )
    description = models.CharField(
        _("description"),
        max_length=400,
        blank=True,
        help_text=_("Of a product, leave it empty for its name in the offer's language."),
    )
    customer_part = models.CharField(_("customer part number"), max_length=35, blank=True)
    part_revision = models.CharField(_("revision of the drawing"), max_length=20, blank=True)
    quantity = models.DecimalField(_("quantity"), max_digits=14, decimal_places=3, validators=[ABOVE_ZERO])
    unit = models.CharField(_("unit"), max_length=8, choices=Unit.choices, default=Unit.PIECE)
    price = models.DecimalField(
        _("price"),
        max_digits=14,
        decimal_places=5,
        validators=[ABOVE_ZERO],
        help_text=_("Leave it empty for the price that the engine finds."),
    )
    price_unit = models.PositiveSmallIntegerField(_("price unit"), choices=PriceUnit.choices, default=PriceUnit.ONE)
    step_quantities = ArrayField(models.DecimalField(max_digits=14, decimal_places=3), default=list, editable=False)
    step_prices = ArrayField(models.DecimalField(max_digits=14, decimal_places=5), default=list, editable=False)
    annual_quantity = models.DecimalField(
        _("quantity of a year"), max_digits=14, decimal_places=3, null=True, blank=True, validators=[ABOVE_ZERO]
    )
    minimum_quantity = models.DecimalField(
        _("minimum order quantity"), max_digits=14, decimal_places=3, null=True, blank=True, validators=[ABOVE_ZERO]
    )
    surcharge_basis = models.CharField(_("basis of surcharges"), max_length=160, blank=True)
    proposed = models.DecimalField(_("proposed price"), max_digits=14, decimal_places=5, null=True, editable=False)
    list_price = models.DecimalField(_("list price"), max_digits=14, decimal_places=5, null=True, editable=False)
    variable_cost = models.DecimalField(
        _("variable cost of one unit"), max_digits=14, decimal_places=5, null=True, blank=True, validators=[NOT_NEGATIVE]
    )
    cost_version = models.CharField(_("cost version"), max_length=20, blank=True, editable=False)
    why = models.JSONField(_("why this price"), default=dict, editable=False)
    amount = models.GeneratedField(
        expression=Round(F("quantity") * F("price") / F("price_unit"), 2),
        output_field=models.DecimalField(max_digits=18, decimal_places=2),
        db_persist=True,
    )

    objects = OfferLineQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("line of an offer")
        verbose_name_plural = _("lines of offers")
        ordering = ["offer", "position", "pk"]
        triggers = [
            *Record.Meta.triggers,
            pgtrigger.Trigger(name="kept", operation=pgtrigger.Update | pgtrigger.Delete, when=pgtrigger.Before, func=KEPT),
        ]
        constraints = [
            models.UniqueConstraint(fields=["offer", "position"], name="orders_offerline_position_once"),
            models.CheckConstraint(name="orders_offerline_of_something", condition=Q(product__isnull=False) | ~Q(description="")),
            models.CheckConstraint(name="orders_offerline_above_zero", condition=Q(quantity__gt=0, price__gt=0)),
            models.CheckConstraint(name="orders_offerline_price_unit", condition=Q(price_unit__in=[1, 100, 1000])),
            models.CheckConstraint(name="orders_offerline_steps", condition=Q(step_quantities__len=models.F("step_prices__len"))),
        ]

    def __str__(self) -> str:
        return f"{self.offer.name} · {self.position}"

    def get_absolute_url(self) -> str:
        """The page of its offer."""
        return f"/offers/{self.offer_id}/"

    @property
    def unit_words(self) -> str:
        """The unit as it stands beside a number."""
        return unit_words(self.unit)

    @property
    def counts(self) -> bool:
        """Whether the value of the offer is made of it."""
        return self.kind in self.COUNTED

    @property
    def steps(self) -> list[tuple[Decimal, Decimal]]:
        """The scale: from which quantity on which price."""
        return list(zip(self.step_quantities, self.step_prices, strict=True))

    @property
    def cost(self) -> Decimal | None:
        """What the quantity costs us, as far as it varies with it."""
        return None if self.variable_cost is None else self.variable_cost * self.quantity

    @property
    def contribution(self) -> Decimal | None:
        """The contribution margin as a share of the price, in per cent."""
        if self.variable_cost is None:
            return None
        per_unit = self.price / self.price_unit
        return (per_unit - self.variable_cost) / per_unit * 100

    @property
    def discount(self) -> Decimal | None:
        """By how many per cent the price lies below the list; negative above it."""
        if not self.list_price:
            return None
        return (1 - self.price / self.list_price) * 100
