"""Products, their units and their life from development to discontinued."""

from datetime import date
from decimal import Decimal
from typing import Any, Self

from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _

from accounts.countries import country_codes
from accounts.models import Location, access_of
from catalog.models.families import ProductFamily
from kam.core import clock
from kam.core.history import tracked
from kam.core.plain import search_index, search_text, sort_index
from kam.core.records import Record
from kam.core.scoping import SharedQuerySet
from kam.core.words import Translated
from kam.core.workflow import Denied, Transition, Workflow

ABOVE_ZERO = MinValueValidator(Decimal("0.000001"))
NOT_NEGATIVE = MinValueValidator(0)


def validate_country(code: str) -> None:
    """Refuse a code that is no country."""
    if code not in country_codes():
        raise ValidationError(_("Write the country as a code of two letters, as in IT."), code="unknown_country")


class Unit(models.TextChoices):
    """Units of measure; different ones are never added, only converted by the product's own factors (domain 1.4)."""

    PIECE = "pcs", _("piece")
    SET = "set", _("set")
    PAIR = "pair", _("pair")
    KILOGRAM = "kg", _("kilogram")
    METRE = "m", _("metre")
    LITRE = "l", _("litre")
    PACK = "pack", _("pack")
    BOX = "box", _("box")
    PALLET = "pallet", _("pallet")


#: The units as they stand beside a number, on screens and papers.
BESIDE_NUMBERS = {
    Unit.PIECE: _("pieces"),
    Unit.SET: _("sets"),
    Unit.PAIR: _("pairs"),
    Unit.KILOGRAM: "kg",
    Unit.METRE: "m",
    Unit.LITRE: "l",
    Unit.PACK: _("packs"),
    Unit.BOX: _("boxes"),
    Unit.PALLET: _("pallets"),
}


def unit_words(code: str) -> str:
    """A unit beside a number in the active language: 400 pieces, 12 kg; a code that is none of these as it is."""
    return str(BESIDE_NUMBERS.get(code, code))  # type: ignore[call-overload]


class ProductQuerySet(SharedQuerySet):
    """Products; everyone reads them, without costs and prices."""

    def of_family(self, family: ProductFamily) -> Self:
        """The products of a family and of everything below it."""
        return self.filter(family__in=ProductFamily.objects.with_descendants([family.pk]))

    def sold(self) -> Self:
        """Products that may be offered: active, or phased out but not yet discontinued."""
        return self.filter(status__in=[Product.Status.ACTIVE, Product.Status.PHASE_OUT])

    def costs_visible_to(self, user: Any) -> Self:
        """The products whose standard cost this person reads: that of their producing location."""
        access = access_of(user)
        return self if access.reads_all_costs else self.filter(producing_location__in=access.cost_location_ids)

    def with_costs(self, user: Any, day: date | None = None) -> Self:
        """The products with `standard_cost` of one base unit and its currency at the producing location, where this person reads it."""
        cost: Any = apps.get_model("catalog", "StandardCost").objects
        rows = cost.costs_visible_to(user).on(day or clock.today()).with_total()
        rows = rows.filter(product=OuterRef("pk"), location=OuterRef("producing_location"))
        return self.annotate(
            standard_cost=Subquery(rows.values(one=F("total") / F("price_unit"))[:1]),
            standard_cost_currency=Subquery(rows.values("currency")[:1]),
        )

    def for_list(self) -> Self:
        return self.select_related("family", "producing_location")


def _released(product: "Product") -> Denied | None:
    """Only a product with a released revision goes into production."""
    if product.revisions.filter(status="released").exists():
        return None
    return Denied("no_released_revision", _("Release a revision with its drawing first."))


def _last_order_passed(product: "Product") -> Denied | None:
    if product.last_order_date and product.last_order_date < clock.today():
        return None
    return Denied(
        "last_order_date_not_passed", _("Orders are still taken until the last-order date. Wait for it or bring it forward.")
    )


@tracked(exclude=("search_text",))
class Product(Record, Translated):
    """Something that we make or trade and sell under one code at every location."""

    class Status(models.TextChoices):
        DEVELOPMENT = "development", _("In development")
        ACTIVE = "active", _("Active")
        PHASE_OUT = "phase_out", _("Phasing out")
        DISCONTINUED = "discontinued", _("Discontinued")

    choices_url = "/products/choices/"
    STATUS_TONES = {"development": "draft", "phase_out": "wait", "discontinued": "closed"}

    code = models.CharField(_("code"), max_length=40, unique=True)
    family = models.ForeignKey(ProductFamily, on_delete=models.PROTECT, verbose_name=_("family"), related_name="products")
    status = models.CharField(_("status"), max_length=12, choices=Status.choices, default=Status.DEVELOPMENT)
    last_order_date = models.DateField(_("last-order date"), null=True, blank=True)
    successor = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("successor"), related_name="predecessors"
    )
    producing_location = models.ForeignKey(
        Location, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("producing location"), related_name="+"
    )
    base_unit = models.CharField(_("base unit"), max_length=8, choices=Unit.choices, default=Unit.PIECE)
    net_weight = models.DecimalField(
        _("net weight (kg)"), max_digits=12, decimal_places=4, null=True, blank=True, validators=[NOT_NEGATIVE]
    )
    gross_weight = models.DecimalField(
        _("gross weight (kg)"), max_digits=12, decimal_places=4, null=True, blank=True, validators=[NOT_NEGATIVE]
    )
    lead_time_days = models.PositiveSmallIntegerField(_("standard lead time (working days)"), null=True, blank=True)
    minimum_order_quantity = models.DecimalField(
        _("minimum order quantity"), max_digits=12, decimal_places=3, null=True, blank=True, validators=[ABOVE_ZERO]
    )
    pack_multiple = models.DecimalField(
        _("pack multiple"), max_digits=12, decimal_places=3, null=True, blank=True, validators=[ABOVE_ZERO]
    )
    customs_code = models.CharField(
        _("HS/TARIC code"), max_length=10, blank=True, validators=[RegexValidator(r"^\d{6}(\d{2}){0,2}$", _("6, 8 or 10 digits"))]
    )
    origin_country = models.CharField(_("country of origin"), max_length=2, blank=True, validators=[validate_country])
    is_dual_use = models.BooleanField(_("dual use"), default=False)
    is_sanctioned = models.BooleanField(_("on a sanctions list"), default=False)
    notes = models.TextField(_("notes"), blank=True, max_length=4000)
    search_text = search_text("code", "name_it", "name_en", "name_de")

    objects = ProductQuerySet.as_manager()
    workflow = Workflow(
        Transition("catalog.launch_product", (Status.DEVELOPMENT,), Status.ACTIVE, _released),
        Transition("catalog.phase_out_product", (Status.ACTIVE,), Status.PHASE_OUT),
        Transition("catalog.discontinue_product", (Status.PHASE_OUT,), Status.DISCONTINUED, _last_order_passed),
        Transition("catalog.reactivate_product", (Status.PHASE_OUT, Status.DISCONTINUED), Status.ACTIVE),
    )

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("product")
        verbose_name_plural = _("products")
        ordering = ["code", "pk"]
        indexes = [
            search_index("catalog_product_search"),
            sort_index("catalog_product_name_it", "name_it"),
            sort_index("catalog_product_name_en", "name_en"),
            sort_index("catalog_product_name_de", "name_de"),
            models.Index(fields=["code", "id"], name="catalog_product_by_code"),
            models.Index(fields=["family", "code", "id"], name="catalog_product_by_family"),
            models.Index(fields=["status", "code", "id"], name="catalog_product_by_status"),
            models.Index(fields=["updated_at", "id"], name="catalog_product_by_change"),
        ]
        constraints = [
            models.CheckConstraint(
                name="catalog_product_status_and_last_order",
                condition=Q(status__in=["development", "active"], last_order_date__isnull=True)
                | Q(status__in=["phase_out", "discontinued"], last_order_date__isnull=False),
            ),
            models.CheckConstraint(
                name="catalog_product_succeeded_is_going",
                condition=Q(successor__isnull=True) | Q(status__in=["phase_out", "discontinued"]) & ~Q(successor=F("id")),
            ),
            models.CheckConstraint(
                name="catalog_product_weights",
                condition=Q(net_weight__isnull=True) | Q(gross_weight__isnull=True) | Q(gross_weight__gte=F("net_weight")),
            ),
            models.CheckConstraint(
                name="catalog_product_quantities",
                condition=(Q(minimum_order_quantity__isnull=True) | Q(minimum_order_quantity__gt=0))
                & (Q(pack_multiple__isnull=True) | Q(pack_multiple__gt=0)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    def get_absolute_url(self) -> str:
        """The product's page."""
        return f"/products/{self.pk}/"

    def takes_orders_on(self, day: date) -> bool:
        """Whether an order for this product may be entered on a day."""
        if self.status == self.Status.PHASE_OUT:
            return self.last_order_date is not None and day <= self.last_order_date
        return self.status == self.Status.ACTIVE

    @property
    def unit_words(self) -> str:
        """Its base unit beside a number."""
        return unit_words(self.base_unit)

    def in_base_unit(self, quantity: Decimal, unit: str) -> Decimal:
        """A quantity of another unit in the base unit. Raises Denied for a unit that this product does not have."""
        if unit == self.base_unit:
            return quantity
        known = self.units.filter(unit=unit).first()
        if known is None:
            raise Denied("unknown_unit", _("This product has no such unit. Add its conversion first."), field="unit", status=400)
        return quantity * known.factor


class ProductUnitQuerySet(SharedQuerySet):
    """Units of products; read with the product."""


@tracked()
class ProductUnit(Record):
    """Another unit of a product: one of it is `factor` base units."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, verbose_name=_("product"), related_name="units")
    unit = models.CharField(_("unit"), max_length=8, choices=Unit.choices)
    factor = models.DecimalField(_("base units in one"), max_digits=14, decimal_places=6, validators=[ABOVE_ZERO])

    objects = ProductUnitQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("unit of a product")
        verbose_name_plural = _("units of products")
        ordering = ["product", "factor", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["product", "unit"], name="catalog_unit_once"),
            models.CheckConstraint(condition=Q(factor__gt=0), name="catalog_unit_factor"),
        ]

    def __str__(self) -> str:
        return f"1 {self.get_unit_display()} = {self.factor.normalize():f}"
