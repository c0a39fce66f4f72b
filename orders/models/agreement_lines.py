"""The lines of price agreements: what a product, or everything of a family, costs, by scale, over the years and with its tools.

A line carries for whom it holds and from when to when, so that the database itself keeps two agreements of one key apart and
finds the prices of many questions at once (orders.pricing).
"""

from collections.abc import Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Cast, Coalesce, Concat
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, CustomerGroup, Location, Plant
from catalog.models import PriceUnit, Product, ProductFamily, Programme
from catalog.models.products import ABOVE_ZERO, NOT_NEGATIVE
from kam.core import formats
from kam.core.history import tracked
from kam.core.money import validate_currency
from kam.core.periods import Dated, never_overlapping
from kam.core.records import Record
from orders.models.agreements import AgreementScopedQuerySet, PriceAgreement, Rising

#: What a line takes over from its agreement; its period may end earlier, when another agreement takes its place.
HEAD = ("group", "customer", "plant", "programme", "location", "currency", "period")
#: Together they are the key of a price: of two lines with the same one, one holds on a day.
KEY = ("group_id", "customer_id", "plant_id", "programme_id", "location_id", "product_id", "family_id", "currency")
#: What of a line may change once its agreement is no draft any more; the generated key is not known yet when a trigger looks.
MOVES = "{period,agreed,updated_at,version,key}"
KEPT = f"""
IF (SELECT status FROM orders_priceagreement WHERE id = OLD.agreement_id) <> 'draft' AND (
    TG_OP = 'DELETE' OR (to_jsonb(NEW) - '{MOVES}'::text[]) IS DISTINCT FROM (to_jsonb(OLD) - '{MOVES}'::text[])
) THEN
    RAISE EXCEPTION 'an agreed price is never changed';
END IF;
RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
"""


def _key() -> Any:
    """The key of a price as one text."""
    parts: list[Any] = []
    for name in KEY:
        parts += [Coalesce(Cast(name, models.TextField()), Value(""), output_field=models.TextField()), Value("/")]
    return models.GeneratedField(
        expression=Concat(*parts, output_field=models.TextField()), output_field=models.TextField(), db_persist=True
    )


class AgreedPrice:
    """What a line's figures say, whether it was read as a whole or by the price engine with those columns only that it needs."""

    if TYPE_CHECKING:
        agreement_id: int
        price: Decimal | None
        discount: Decimal | None
        step_quantities: Sequence[Decimal]
        step_prices: Sequence[Decimal]
        reduction_days: Sequence[date]
        reduction_rates: Sequence[Decimal]
        decimals: int
        tooling_cost: Decimal | None
        tooling_quantity: Decimal | None

    def get_absolute_url(self) -> str:
        """The page of its agreement."""
        return f"/price-agreements/{self.agreement_id}/"

    @property
    def steps(self) -> list[tuple[Decimal, Decimal]]:
        """The scale: a quantity and its price, the smallest quantity first."""
        return list(zip(self.step_quantities, self.step_prices, strict=True))

    @property
    def reductions(self) -> list[tuple[date, Decimal]]:
        """The long-term reductions: from which day on the price falls by how many per cent more."""
        return list(zip(self.reduction_days, self.reduction_rates, strict=True))

    @property
    def price_text(self) -> str:
        """The price in few words: one, from the lowest to the highest of a scale, or a discount on the list."""
        if self.discount is not None:
            return formats.percent(-self.discount, signed=True)
        prices = [price for price in (*self.step_prices, self.price) if price is not None]
        lowest, highest = min(prices), max(prices)
        text = formats.number(lowest, self.decimals, most=5)
        return text if lowest == highest else f"{text} … {formats.number(highest, self.decimals, most=5)}"

    def raised(self, change: Decimal) -> tuple[Decimal | None, list[tuple[Decimal, Decimal]]]:
        """The price and the steps so many per cent higher, rounded as the price is, halves away from zero."""
        factor, step = 1 + change / 100, Decimal(1).scaleb(-self.decimals)
        price = None if self.price is None else (self.price * factor).quantize(step, ROUND_HALF_UP)
        return price, [(quantity, (one * factor).quantize(step, ROUND_HALF_UP)) for quantity, one in self.steps]

    def discounted(self, change: Decimal) -> Decimal | None:
        """The discount on the list that makes what is paid so many per cent higher while the list stays; zero or less: it is used up."""
        if self.discount is None:
            return None
        return (100 - (100 - self.discount) * (1 + change / 100)).quantize(Decimal("0.01"), ROUND_HALF_UP)

    @property
    def tooling_per_unit(self) -> Decimal | None:
        """What each piece carries of the tooling while the quantity lasts (AT-37)."""
        if self.tooling_cost is None or self.tooling_quantity is None:
            return None
        return self.tooling_cost / self.tooling_quantity


class AgreementLineQuerySet(AgreementScopedQuerySet):
    """Lines of agreements; read with the agreement."""

    def for_list(self) -> Any:
        return self.select_related("agreement", "product", "family")

    def for_price_list(self) -> Any:
        """With what a customer's price list says of each."""
        rows = self.select_related(
            "agreement__group", "agreement__customer", "plant", "programme", "location", "product", "family"
        )
        return rows.prefetch_related("agreement__clauses__index")


@tracked(exclude=("key",))
class AgreementLine(AgreedPrice, Record, Dated):
    """The price of a product per 1, 100 or 1000 base units: one price, a scale, or a discount on the list for a whole family."""

    class Scale(models.TextChoices):
        """Which price a quantity gets; with the same figures the three differ widely (AT-30)."""

        NONE = "none", _("One price")
        FROM = "from", _("From: the step reached holds for all")
        TO = "to", _("Up to: the step that still holds it, for all")
        INTERVAL = "interval", _("Graduated: each tranche at its price")

    agreement = models.ForeignKey(
        PriceAgreement, on_delete=models.CASCADE, verbose_name=_("price agreement"), related_name="lines"
    )
    position = models.PositiveSmallIntegerField(_("position"), editable=False)
    group = models.ForeignKey(CustomerGroup, on_delete=models.PROTECT, null=True, editable=False, related_name="+")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, null=True, editable=False, related_name="+")
    plant = models.ForeignKey(Plant, on_delete=models.PROTECT, null=True, editable=False, related_name="+")
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, null=True, editable=False, related_name="+")
    location = models.ForeignKey(Location, on_delete=models.PROTECT, null=True, editable=False, related_name="+")
    currency = models.CharField(_("currency"), max_length=3, validators=[validate_currency], editable=False)
    agreed = models.BooleanField(_("agreed"), default=False, editable=False)
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("product"), related_name="agreement_lines"
    )
    family = models.ForeignKey(
        ProductFamily, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("family"), related_name="agreement_lines"
    )
    price = models.DecimalField(_("price"), max_digits=14, decimal_places=5, null=True, blank=True, validators=[ABOVE_ZERO])
    discount = models.DecimalField(
        _("discount on the list (%)"),
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[ABOVE_ZERO, MaxValueValidator(Decimal("99.99"))],
    )
    scale = models.CharField(_("scale"), max_length=8, choices=Scale.choices, default=Scale.NONE)
    step_quantities = ArrayField(models.DecimalField(max_digits=14, decimal_places=3), default=list, editable=False)
    step_prices = ArrayField(models.DecimalField(max_digits=14, decimal_places=5), default=list, editable=False)
    price_unit = models.PositiveSmallIntegerField(_("price unit"), choices=PriceUnit.choices, default=PriceUnit.ONE)
    decimals = models.PositiveSmallIntegerField(_("decimals of the price"), default=2, validators=[MaxValueValidator(5)])
    minimum_quantity = models.DecimalField(
        _("minimum order quantity"), max_digits=14, decimal_places=3, null=True, blank=True, validators=[ABOVE_ZERO]
    )
    committed_quantity = models.DecimalField(
        _("quantity committed"), max_digits=14, decimal_places=3, null=True, blank=True, validators=[ABOVE_ZERO]
    )
    reduction_days = ArrayField(models.DateField(), default=list, editable=False)
    reduction_rates = ArrayField(models.DecimalField(max_digits=5, decimal_places=2), default=list, editable=False)
    unreduced = models.DecimalField(
        _("part that is not reduced"),
        max_digits=14,
        decimal_places=5,
        null=True,
        blank=True,
        validators=[NOT_NEGATIVE],
        help_text=_("Of the price, such as its material: the long-term reduction leaves it as it is."),
    )
    tooling_cost = models.DecimalField(
        _("tooling to be amortised"), max_digits=14, decimal_places=2, null=True, blank=True, validators=[ABOVE_ZERO]
    )
    tooling_quantity = models.DecimalField(
        _("over this quantity"),
        max_digits=14,
        decimal_places=3,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal("0.001"))],
    )
    tooling_since = models.DateField(
        _("counted since"),
        null=True,
        blank=True,
        help_text=_("From which day on deliveries amortise the tooling; empty for the first day of this agreement."),
    )
    key = _key()

    objects = AgreementLineQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("line of a price agreement")
        verbose_name_plural = _("lines of price agreements")
        ordering = ["agreement", "position", "pk"]
        indexes = [models.Index(fields=["period"], name="orders_agreementline_by_day")]
        triggers = [
            *Record.Meta.triggers,
            pgtrigger.Trigger(name="kept", operation=pgtrigger.Update | pgtrigger.Delete, when=pgtrigger.Before, func=KEPT),
        ]
        constraints = [
            never_overlapping("orders_agreementline_one_in_force", "key", condition=Q(agreed=True)),
            models.CheckConstraint(
                name="orders_agreementline_of_something", condition=Q(product__isnull=False) ^ Q(family__isnull=False)
            ),
            models.CheckConstraint(
                name="orders_agreementline_one_price",
                condition=Q(scale="none", step_quantities=[], price__gt=0, discount__isnull=True)
                | Q(scale="none", step_quantities=[], price__isnull=True, discount__gt=0, discount__lt=100)
                | ~Q(scale="none") & ~Q(step_quantities=[]) & Q(price__isnull=True, discount__isnull=True),
            ),
            models.CheckConstraint(
                name="orders_agreementline_steps",
                condition=Q(step_quantities__len=models.F("step_prices__len"))
                & Q(reduction_days__len=models.F("reduction_rates__len")),
            ),
            models.CheckConstraint(name="orders_agreementline_steps_rise", condition=Q(Rising("step_quantities"))),
            models.CheckConstraint(name="orders_agreementline_price_unit", condition=Q(price_unit__in=[1, 100, 1000])),
            models.CheckConstraint(
                name="orders_agreementline_tooling",
                condition=Q(tooling_cost__isnull=True, tooling_quantity__isnull=True, tooling_since__isnull=True)
                | Q(tooling_cost__gt=0, tooling_quantity__gt=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agreement} · {self.product or self.family}"

    @property
    def subject(self) -> Any:
        """The product or family that it prices."""
        return self.product or self.family


def rising(values: Sequence[Any]) -> bool:
    """Whether each value is larger than the one before."""
    return all(one < other for one, other in pairwise(values))
