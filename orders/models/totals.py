"""The totals of the ledger: a row is a year of something, its months are columns.

`revenue_03` is what was sold in March. Each level keeps what its screens ask for and leaves out the rest; a report reads the
coarsest one that has what it needs. The database itself keeps them (orders.models.upkeep), in the statement that writes the
lines; `manage.py check_totals` proves that they are equal. See docs/decisions/sales-ledger.md.
"""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Location, Market, Plant, User
from catalog.models import Product
from kam.core.scoping import ScopedQuerySet
from orders.models.kinds import LineKind
from orders.models.scopes import LedgerQuerySet

#: What is added up: quantity in the row's unit, the net amount in the document's currency, the rest in the group's.
#: `uncosted` is the revenue of which a cost is not known; margins leave it out.
MEASURES = ("quantity", "revenue", "cost", "local_cost", "uncosted")
NET = "net"
MONTHS = range(1, 13)
#: What the rows of each level are told apart by, beside year, kind, intercompany and unit.
EVERYTHING = ("plant", "selling_location", "producing_location", "product", "sector", "area", "account_manager", "currency")
ACCOUNT = ("plant", "selling_location", "sector", "area", "account_manager", "currency")
PLANT = ("plant", "selling_location")
PRODUCT = ("product", "selling_location")
MANAGER = ("account_manager", "selling_location")
MARKET = ("selling_location", "producing_location", "sector", "area", "currency")


def month_column(measure: str, month: int) -> str:
    """The column of a measure in a month."""
    return f"{measure}_{month:02d}"


def _key(model: Any, label: Any, *, enforced: bool = True, null: bool = False) -> Any:
    """A key of the totals. The coarse levels are enforced: every key of a line stands in one of them as well."""
    return models.ForeignKey(
        model,
        on_delete=models.PROTECT,
        null=null,
        blank=null,
        db_index=False,
        db_constraint=enforced,
        related_name="+",
        verbose_name=label,
    )


def _once(name: str, dimensions: tuple[str, ...]) -> Any:
    """One row a key; it begins with the first dimension and the year, by which reports look rows up."""
    first, *others = dimensions
    fields = [first, "year", *others, "kind", "is_intercompany", "unit"]
    return models.UniqueConstraint(fields=fields, nulls_distinct=False, name=name)


class YearTotal(models.Model):
    """What every level has: the year, what the lines were, how many they are; the columns of the months come below."""

    #: The columns that a row stands for, beside those that every level has.
    dimensions: tuple[str, ...] = ()
    #: Whether the column of a month holds the sum from January on.
    running = False

    year = models.PositiveSmallIntegerField(_("year"))
    kind = models.CharField(_("kind"), max_length=16, choices=LineKind.choices)
    is_intercompany = models.BooleanField(_("intercompany"))
    unit = models.CharField(_("unit"), max_length=8, blank=True)
    lines = models.IntegerField(_("lines"))

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return " · ".join(str(getattr(self, name)) for name in self.columns())

    @classmethod
    def columns(cls) -> list[str]:
        """The columns of the key in the database."""
        fields: Any = cls._meta
        return [fields.get_field(name).column for name in ("year", *cls.dimensions, "kind", "is_intercompany", "unit")]

    @classmethod
    def measures(cls) -> list[str]:
        """What this level adds up; amounts in the document's currency only where currencies are told apart."""
        return [*MEASURES, *([NET] if "currency" in cls.dimensions else [])]


class SalesTotal(YearTotal):
    """The finest level: everything that a line is told apart by, but its document and its day."""

    dimensions = EVERYTHING

    plant = _key(Plant, _("plant"), enforced=False)
    selling_location = _key(Location, _("selling location"), enforced=False)
    producing_location = _key(Location, _("producing location"), enforced=False)
    product = _key(Product, _("product"), enforced=False, null=True)
    sector = _key(Market, _("sector"), enforced=False, null=True)
    area = _key(Market, _("area"), enforced=False, null=True)
    account_manager = _key(User, _("account manager"), enforced=False, null=True)
    currency = models.CharField(_("currency"), max_length=3)

    objects = LedgerQuerySet.as_manager()

    class Meta:
        verbose_name = _("sales total")
        verbose_name_plural = _("sales totals")
        ordering = ["pk"]
        constraints = [_once("orders_total_once", EVERYTHING)]
        indexes = [
            models.Index(fields=["product", "year"], name="orders_total_by_product"),
        ]


class AccountTotal(YearTotal):
    """Everything but the product: what a customer's page and a person's first screen read."""

    dimensions = ACCOUNT

    plant = _key(Plant, _("plant"))
    selling_location = _key(Location, _("selling location"), enforced=False)
    sector = _key(Market, _("sector"), enforced=False, null=True)
    area = _key(Market, _("area"), enforced=False, null=True)
    account_manager = _key(User, _("account manager"), enforced=False, null=True)
    currency = models.CharField(_("currency"), max_length=3)

    objects = LedgerQuerySet.as_manager()

    class Meta:
        verbose_name = _("total of an account")
        verbose_name_plural = _("totals of accounts")
        ordering = ["pk"]
        constraints = [_once("orders_accounttotal_once", ACCOUNT)]
        indexes = [
            models.Index(fields=["account_manager", "year"], name="orders_accounttotal_by_manager"),
            models.Index(fields=["year", "selling_location"], name="orders_accounttotal_by_year"),
        ]


class PlantTotal(YearTotal):
    """The revenue of plants by location, from January on: what tens of thousands of plants or customers are ranked by.

    The row is narrow, and the first months of a year are one column: all plants are read for any page that shows the largest.
    """

    dimensions = PLANT
    running = True

    plant = _key(Plant, _("plant"), enforced=False)
    selling_location = _key(Location, _("selling location"), enforced=False)

    objects = LedgerQuerySet.as_manager()

    class Meta:
        verbose_name = _("total of a plant")
        verbose_name_plural = _("totals of plants")
        ordering = ["pk"]
        constraints = [_once("orders_planttotal_once", PLANT)]
        indexes = [
            models.Index(fields=["year", "selling_location"], name="orders_planttotal_by_year"),
        ]

    @classmethod
    def measures(cls) -> list[str]:
        return ["revenue"]


class ProductTotal(YearTotal):
    """Products by location: families and products over a location or the whole company."""

    dimensions = PRODUCT

    product = _key(Product, _("product"), null=True)
    selling_location = _key(Location, _("selling location"))

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("total of a product")
        verbose_name_plural = _("totals of products")
        ordering = ["pk"]
        constraints = [_once("orders_producttotal_once", PRODUCT)]
        indexes = [
            models.Index(fields=["year", "selling_location"], name="orders_producttotal_by_year"),
        ]


class ManagerTotal(YearTotal):
    """Account managers as they were on the day, by location."""

    dimensions = MANAGER

    account_manager = _key(User, _("account manager"), null=True)
    selling_location = _key(Location, _("selling location"))

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("total of an account manager")
        verbose_name_plural = _("totals of account managers")
        ordering = ["pk"]
        constraints = [_once("orders_managertotal_once", MANAGER)]
        indexes = [
            models.Index(fields=["year", "selling_location"], name="orders_managertotal_by_year"),
        ]


class MarketTotal(YearTotal):
    """Markets, locations and currencies: the shape of the whole company, a few hundred rows a year."""

    dimensions = MARKET

    selling_location = _key(Location, _("selling location"))
    producing_location = _key(Location, _("producing location"))
    sector = _key(Market, _("sector"), null=True)
    area = _key(Market, _("area"), null=True)
    currency = models.CharField(_("currency"), max_length=3)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("total of a market")
        verbose_name_plural = _("totals of markets")
        ordering = ["pk"]
        constraints = [_once("orders_markettotal_once", MARKET)]
        indexes = [
            models.Index(fields=["year", "selling_location"], name="orders_markettotal_by_year"),
        ]


#: Every level, the finest first; a report takes the last one that has what it asks for.
LEVELS: tuple[type[YearTotal], ...] = (SalesTotal, AccountTotal, PlantTotal, ProductTotal, ManagerTotal, MarketTotal)

for level in LEVELS:
    for measure in level.measures():
        for month in MONTHS:
            figure = models.DecimalField(max_digits=28, decimal_places=6, null=True, editable=False)
            level.add_to_class(month_column(measure, month), figure)  # type: ignore[attr-defined]
