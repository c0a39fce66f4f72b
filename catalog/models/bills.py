"""Bills of resources: hours per work centre and materials that one unit of a product takes at a location."""

from datetime import date
from decimal import ROUND_CEILING, Decimal
from typing import Self

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Location
from catalog.models.products import ABOVE_ZERO, NOT_NEGATIVE, Product, Unit
from catalog.models.scopes import LocationOwnedQuerySet
from catalog.models.work_centres import WorkCentre
from kam.core.history import tracked
from kam.core.periods import Dated, DatedQuerySet, never_overlapping
from kam.core.records import Record
from kam.core.scoping import SharedQuerySet


class BillOfResourcesQuerySet(DatedQuerySet, LocationOwnedQuerySet):
    """Bills of resources; everyone reads them, production planning of their location writes them."""

    def in_force(self, product: Product, location: Location, day: date) -> "BillOfResources | None":
        """The bill of a product at a location on a day."""
        return self.filter(product=product, location=location).on(day).first()  # type: ignore[return-value]

    def with_lines(self) -> Self:
        """The bills with their work centres and materials, in three queries more."""
        return self.select_related("product", "location").prefetch_related("operations__work_centre", "materials")

    def for_list(self) -> Self:
        return self.select_related("product", "location").annotate(
            hours=models.Subquery(
                BillOperation.objects.filter(bill=models.OuterRef("pk"))
                .order_by()
                .values("bill")
                .annotate(sum=models.Sum("hours_per_unit"))
                .values("sum")
            )
        )


@tracked()
class BillOfResources(Record, Dated):
    """What making a product at a location takes, valid from a day on; a change is a new version (domain 12.1)."""

    product = models.ForeignKey(Product, on_delete=models.PROTECT, verbose_name=_("product"), related_name="bills")
    location = models.ForeignKey(Location, on_delete=models.PROTECT, verbose_name=_("location"), related_name="bills")
    bill_version = models.PositiveSmallIntegerField(_("bill version"), default=1, editable=False)
    lot = models.DecimalField(_("production lot"), max_digits=12, decimal_places=3, default=Decimal(1), validators=[ABOVE_ZERO])
    yield_rate = models.DecimalField(
        _("yield (%)"), max_digits=5, decimal_places=2, default=Decimal(100), validators=[ABOVE_ZERO, MaxValueValidator(100)]
    )

    objects = BillOfResourcesQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("bill of resources")
        verbose_name_plural = _("bills of resources")
        ordering = ["product__code", "location__code", "-bill_version", "pk"]
        indexes = [models.Index(fields=["updated_at", "id"], name="catalog_bill_by_change")]
        constraints = [
            models.UniqueConstraint(fields=["product", "location", "bill_version"], name="catalog_bill_version_once"),
            never_overlapping("catalog_bill_one_in_force", "product", "location"),
            models.CheckConstraint(
                name="catalog_bill_lot_and_yield", condition=Q(lot__gt=0, yield_rate__gt=0, yield_rate__lte=100)
            ),
            models.CheckConstraint(name="catalog_bill_begins", condition=Q(period__startswith__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.product.code} · {self.location.code} · {self.bill_version}"

    def get_absolute_url(self) -> str:
        """The bill's page."""
        return f"/bills-of-resources/{self.pk}/"

    def started(self, quantity: Decimal) -> Decimal:
        """How many units are started to get a quantity of good ones."""
        return quantity * 100 / self.yield_rate

    def lots(self, quantity: Decimal) -> int:
        """How many lots a quantity of good units takes."""
        return int((self.started(quantity) / self.lot).to_integral_value(ROUND_CEILING))


class BillLineQuerySet(SharedQuerySet):
    """Lines of bills; read with the bill."""


@tracked()
class BillOperation(Record):
    """The hours that one unit takes at a work centre, the set-up of each lot, and how many months before delivery."""

    bill = models.ForeignKey(
        BillOfResources, on_delete=models.CASCADE, verbose_name=_("bill of resources"), related_name="operations"
    )
    sequence = models.PositiveSmallIntegerField(_("operation"))
    work_centre = models.ForeignKey(
        WorkCentre, on_delete=models.PROTECT, verbose_name=_("work centre"), related_name="operations"
    )
    hours_per_unit = models.DecimalField(_("hours per unit"), max_digits=12, decimal_places=6, validators=[NOT_NEGATIVE])
    setup_hours = models.DecimalField(
        _("set-up hours per lot"), max_digits=9, decimal_places=3, default=Decimal(0), validators=[NOT_NEGATIVE]
    )
    offset_months = models.PositiveSmallIntegerField(_("months before delivery"), default=0, validators=[MaxValueValidator(24)])

    objects = BillLineQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("operation of a bill")
        verbose_name_plural = _("operations of bills")
        ordering = ["bill", "sequence", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["bill", "sequence"], name="catalog_operation_once"),
            models.CheckConstraint(
                name="catalog_operation_not_negative",
                condition=Q(hours_per_unit__gte=0, setup_hours__gte=0, offset_months__lte=24),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sequence} {self.work_centre}"

    def hours(self, quantity: Decimal) -> Decimal:
        """Hours for a quantity of good units: units started × hours per unit + lots × set-up (domain 12.1)."""
        return self.bill.started(quantity) * self.hours_per_unit + self.bill.lots(quantity) * self.setup_hours


@tracked()
class BillMaterial(Record):
    """A material or purchased part that one unit of a product takes, with what is cut away (gross weight)."""

    bill = models.ForeignKey(
        BillOfResources, on_delete=models.CASCADE, verbose_name=_("bill of resources"), related_name="materials"
    )
    position = models.PositiveSmallIntegerField(_("position"))
    material = models.CharField(_("material or part"), max_length=80)
    grade = models.CharField(_("grade"), max_length=40, blank=True)
    quantity = models.DecimalField(_("quantity per unit"), max_digits=14, decimal_places=6, validators=[ABOVE_ZERO])
    unit = models.CharField(_("unit"), max_length=8, choices=Unit.choices, default=Unit.KILOGRAM)
    gross_weight = models.DecimalField(
        _("gross weight per unit (kg)"), max_digits=12, decimal_places=4, null=True, blank=True, validators=[NOT_NEGATIVE]
    )

    objects = BillLineQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("material of a bill")
        verbose_name_plural = _("materials of bills")
        ordering = ["bill", "position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["bill", "position"], name="catalog_material_once"),
            models.CheckConstraint(
                name="catalog_material_positive",
                condition=Q(quantity__gt=0) & (Q(gross_weight__isnull=True) | Q(gross_weight__gte=0)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.material} {self.grade}".strip()
