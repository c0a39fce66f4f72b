"""Indices of metals and other materials with their values, and the clauses by which an agreed price follows them."""

from decimal import Decimal
from typing import Any, Self

import pgtrigger
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models import Product
from catalog.models.products import ABOVE_ZERO, NOT_NEGATIVE
from kam.core.history import tracked
from kam.core.money import validate_currency
from kam.core.plain import search_index, search_text
from kam.core.records import Record
from kam.core.scoping import ScopedQuerySet, SharedQuerySet
from kam.core.words import Translated
from orders.models.agreements import PriceAgreement

#: A clause is part of what was agreed: it is written with the draft and never changed afterwards.
KEPT = """
IF (SELECT status FROM orders_priceagreement WHERE id = OLD.agreement_id) <> 'draft' THEN
    RAISE EXCEPTION 'an agreed clause is never changed';
END IF;
RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
"""


class PriceIndexQuerySet(SharedQuerySet):
    """Indices and their values: everybody looks them up, as exchange rates; those who deal with prices record them."""


@tracked(exclude=("search_text",))
class PriceIndex(Record, Translated):
    """A published price of a material, such as LME copper, per kilogram or as points, from a named source."""

    code = models.CharField(_("code"), max_length=20, unique=True)
    currency = models.CharField(
        _("currency"), max_length=3, blank=True, validators=[validate_currency], help_text=_("Empty for an index in points.")
    )
    source = models.CharField(_("source"), max_length=80)
    search_text = search_text("code", "name_it", "name_en", "name_de")

    objects = PriceIndexQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("price index")
        verbose_name_plural = _("price indices")
        ordering = ["code", "pk"]
        indexes = [
            search_index("orders_index_search"),
            models.Index(fields=["code", "id"], name="orders_index_by_code"),
            models.Index(fields=["updated_at", "id"], name="orders_index_by_change"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    def get_absolute_url(self) -> str:
        """The index with its values."""
        return f"/price-indices/{self.pk}/"


class IndexValueQuerySet(SharedQuerySet):
    """Values of indices."""

    def for_list(self) -> Self:
        return self.select_related("index")


@tracked()
class IndexValue(Record):
    """What an index stood at on a day; of a monthly index on the first of its month."""

    index = models.ForeignKey(PriceIndex, on_delete=models.PROTECT, verbose_name=_("price index"), related_name="values")
    day = models.DateField(_("day"))
    value = models.DecimalField(_("value"), max_digits=16, decimal_places=6, validators=[ABOVE_ZERO])

    objects = IndexValueQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("value of an index")
        verbose_name_plural = _("values of indices")
        ordering = ["-day", "index__code", "pk"]
        indexes = [
            models.Index(fields=["-day", "id"], name="orders_indexvalue_by_day"),
            models.Index(fields=["updated_at", "id"], name="orders_indexvalue_by_change"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["index", "day"], name="orders_indexvalue_once"),
            models.CheckConstraint(name="orders_indexvalue_above_zero", condition=Q(value__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.index.code} {self.day:%Y-%m-%d}"

    def get_absolute_url(self) -> str:
        """The page of its index."""
        return f"/price-indices/{self.index_id}/"


class PriceClauseQuerySet(ScopedQuerySet):
    """Clauses; read with their agreement."""

    def visible_to(self, user: Any) -> Self:
        return self.filter(agreement__in=PriceAgreement.objects.visible_to(user))

    def for_list(self) -> Self:
        return self.select_related("index", "fallback", "product")


@tracked()
class PriceClause(Record):
    """How prices of an agreement follow an index: a share of the price by its change, or a surcharge by the weight of the metal.

    The value is the mean over `averaging` months that end `lag` months before that of the pricing date (on `closing_day`,
    else with the month), kept between `floor` and `cap`. `missing` says what holds where a month has no value.
    """

    class Kind(models.TextChoices):
        SHARE = "share", _("Share of the price")
        SURCHARGE = "surcharge", _("Metal surcharge by weight")

    class Missing(models.TextChoices):
        BLOCK = "block", _("No price until the value is there")
        LAST = "last", _("The last value known")
        FALLBACK = "fallback", _("The fallback index")

    agreement = models.ForeignKey(
        PriceAgreement, on_delete=models.CASCADE, verbose_name=_("price agreement"), related_name="clauses"
    )
    position = models.PositiveSmallIntegerField(_("position"), editable=False)
    kind = models.CharField(_("kind"), max_length=9, choices=Kind.choices, default=Kind.SURCHARGE)
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("only of product"), related_name="+"
    )
    index = models.ForeignKey(PriceIndex, on_delete=models.PROTECT, verbose_name=_("price index"), related_name="clauses")
    reference = models.DecimalField(_("reference value"), max_digits=16, decimal_places=6, validators=[ABOVE_ZERO])
    share = models.DecimalField(
        _("share of the price (%)"),
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[ABOVE_ZERO, MaxValueValidator(100)],
    )
    threshold = models.DecimalField(
        _("threshold (%)"), max_digits=5, decimal_places=2, default=Decimal(0), validators=[NOT_NEGATIVE]
    )
    weight = models.DecimalField(
        _("weight per unit (kg)"),
        max_digits=12,
        decimal_places=4,
        null=True,
        blank=True,
        validators=[ABOVE_ZERO],
        help_text=_("Of a surcharge; empty for the product's gross weight."),
    )
    symmetric = models.BooleanField(_("also downwards"), default=False)
    averaging = models.PositiveSmallIntegerField(
        _("months averaged"), default=1, validators=[MinValueValidator(1), MaxValueValidator(24)]
    )
    lag = models.PositiveSmallIntegerField(_("months of delay"), default=1, validators=[MaxValueValidator(24)])
    closing_day = models.PositiveSmallIntegerField(
        _("closing day"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(27)]
    )
    floor = models.DecimalField(
        _("lowest value"), max_digits=16, decimal_places=6, null=True, blank=True, validators=[ABOVE_ZERO]
    )
    cap = models.DecimalField(_("highest value"), max_digits=16, decimal_places=6, null=True, blank=True, validators=[ABOVE_ZERO])
    missing = models.CharField(_("without a value"), max_length=8, choices=Missing.choices, default=Missing.BLOCK)
    fallback = models.ForeignKey(
        PriceIndex, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("fallback index"), related_name="+"
    )
    fallback_addition = models.DecimalField(_("addition to the fallback (%)"), max_digits=5, decimal_places=2, default=Decimal(0))

    objects = PriceClauseQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("clause of a price agreement")
        verbose_name_plural = _("clauses of price agreements")
        ordering = ["agreement", "position", "pk"]
        triggers = [
            *Record.Meta.triggers,
            pgtrigger.Trigger(name="kept", operation=pgtrigger.Update | pgtrigger.Delete, when=pgtrigger.Before, func=KEPT),
        ]
        constraints = [
            models.CheckConstraint(
                name="orders_clause_kind",
                condition=Q(kind="share", share__isnull=False, weight__isnull=True) | Q(kind="surcharge", share__isnull=True),
            ),
            models.CheckConstraint(
                name="orders_clause_fallback",
                condition=Q(missing="fallback", fallback__isnull=False) | ~Q(missing="fallback") & Q(fallback__isnull=True),
            ),
            models.CheckConstraint(
                name="orders_clause_bounds",
                condition=Q(floor__isnull=True) | Q(cap__isnull=True) | Q(cap__gte=models.F("floor")),
            ),
            models.CheckConstraint(name="orders_clause_reference", condition=Q(reference__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.index.code}"
