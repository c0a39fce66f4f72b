"""The lines of the sales ledger: what was invoiced and credited, version after version; millions of them.

A line is never changed: a correction ends the version that holds and inserts the next one, both by one run of the writer.
The table stands outside pghistory (its versions are its history) and carries no foreign keys, which the database would
check row by row: the coarse totals carry them for it, and the trigger of each statement checks documents and runs.
"""

from decimal import Decimal
from typing import Any, Self

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Round
from django.utils.translation import gettext_lazy as _

from accounts.models import Location, Market, Plant, User
from catalog.models import Product, Unit
from kam.core.money import validate_currency
from orders.models import days
from orders.models.batches import SalesBatch
from orders.models.documents import SalesDocument
from orders.models.kinds import MAY_LOWER, OF_A_PRODUCT, LineKind
from orders.models.scopes import LedgerQuerySet
from orders.models.upkeep import triggers


class SalesLineQuerySet(LedgerQuerySet):
    """Lines; what holds is `current()`."""

    def current(self) -> Self:
        """The version of each line that holds."""
        return self.filter(ended_by__isnull=True)

    def for_list(self) -> Self:
        return self.select_related(
            "document", "plant__customer", "product", "selling_location", "producing_location", "account_manager"
        )


def _named(model: Any, label: Any, *, null: bool = False, related_name: str = "+") -> Any:
    """A key without a constraint of its own (the totals have it) and without an index of its own."""
    return models.ForeignKey(
        model,
        on_delete=models.PROTECT,
        null=null,
        blank=null,
        db_index=False,
        db_constraint=False,
        related_name=related_name,
        verbose_name=label,
    )


class SalesLine(models.Model):
    """One line of a sales document in one version: the net amount as it was delivered, its costs, and whose it was on the day."""

    document = _named(SalesDocument, _("document"), related_name="lines")
    number = models.CharField(_("line"), max_length=20)
    version = models.PositiveIntegerField(_("version"), default=1)
    batch = _named(SalesBatch, _("run"), related_name="lines")
    ended_by = _named(SalesBatch, _("ended by"), null=True, related_name="ended_lines")
    date = models.DateField(_("date"))
    plant = _named(Plant, _("plant"), related_name="sales_lines")
    selling_location = _named(Location, _("selling location"))
    producing_location = _named(Location, _("producing location"))
    product = _named(Product, _("product"), null=True, related_name="sales_lines")
    kind = models.CharField(_("kind"), max_length=16, choices=LineKind.choices, default=LineKind.GOODS)
    is_intercompany = models.BooleanField(_("intercompany"), default=False)
    quantity = models.DecimalField(_("quantity"), max_digits=18, decimal_places=6, default=Decimal(0))
    unit = models.CharField(_("unit"), max_length=8, choices=Unit.choices, blank=True)
    net = models.DecimalField(_("net amount"), max_digits=20, decimal_places=6)
    currency = models.CharField(_("currency"), max_length=3, validators=[validate_currency])
    rate = models.DecimalField(_("rate to the currency of the group"), max_digits=18, decimal_places=8, default=Decimal(1))
    revenue = models.GeneratedField(
        expression=Round(F("net") * F("rate"), 6),
        output_field=models.DecimalField(_("revenue"), max_digits=20, decimal_places=6),
        db_persist=True,
    )
    cost = models.DecimalField(_("cost"), max_digits=20, decimal_places=6, null=True, blank=True)
    local_cost = models.DecimalField(_("local cost"), max_digits=20, decimal_places=6, null=True, blank=True)
    account_manager = _named(User, _("account manager"), null=True)
    manager_stated = models.BooleanField(_("account manager as stated by the source"), default=False)
    sector = _named(Market, _("sector"), null=True)
    area = _named(Market, _("area"), null=True)

    objects = SalesLineQuerySet.as_manager()

    class Meta:
        verbose_name = _("sales line")
        verbose_name_plural = _("sales lines")
        ordering = ["-date", "-pk"]
        indexes = [
            models.Index(fields=["date", "id"], name="orders_line_by_date"),
            models.Index(fields=["plant", "date", "id"], name="orders_line_by_plant"),
            models.Index(fields=["selling_location", "date", "id"], name="orders_line_by_location"),
            models.Index(fields=["product", "date"], name="orders_line_by_product"),
            models.Index(fields=["ended_by"], condition=Q(ended_by__isnull=False), name="orders_line_ended"),
            BrinIndex(fields=["batch"], name="orders_line_by_batch", autosummarize=True),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["document", "number", "ended_by"], nulls_distinct=False, name="orders_line_current_once"
            ),
            models.CheckConstraint(condition=Q(rate__gt=0, version__gte=1), name="orders_line_sensible"),
            models.CheckConstraint(
                condition=~Q(kind__in=[kind.value for kind in OF_A_PRODUCT]) | (Q(product__isnull=False) & ~Q(unit="")),
                name="orders_line_of_a_product",
            ),
            models.CheckConstraint(condition=~Q(kind="free_of_charge") | Q(net=0), name="orders_line_free_of_charge"),
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in MAY_LOWER])
                | Q(net__gte=0, quantity__gte=0)
                | Q(net__lte=0, quantity__lte=0),
                name="orders_line_one_direction",
            ),
        ]
        triggers = [*triggers(), *days.triggers()]

    def __str__(self) -> str:
        return f"{self.document_id} / {self.number}"

    def get_absolute_url(self) -> str:
        """The line in its document."""
        return f"/sales/documents/{self.document_id}/#line-{self.pk}"

    @property
    def customer(self) -> Any:
        """The company to which the plant belongs today."""
        return self.plant.customer

    @property
    def margin(self) -> Decimal | None:
        """What the group earns: revenue less the cost of the producing location; None while the cost is not known."""
        return None if self.cost is None else self.revenue - self.cost

    @property
    def local_margin(self) -> Decimal | None:
        """What the selling location earns: revenue less what it pays for the goods."""
        return None if self.local_cost is None else self.revenue - self.local_cost
