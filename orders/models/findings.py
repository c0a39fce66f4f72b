"""Wrong prices: lines of the ledger that were not invoiced at the price agreed for their day, and what becomes of each.

A finding belongs to a line whatever its version: the source that corrects the line corrects the finding.
"""

from decimal import Decimal
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Greatest, Round
from django.utils.translation import gettext_lazy as _

from accounts.models import Location, Plant, access_of
from catalog.models import PriceUnit, Product, Unit
from kam.core.history import tracked
from kam.core.money import validate_currency
from kam.core.records import Record
from kam.core.workflow import Transition, Workflow
from orders.models.agreements import PriceAgreement
from orders.models.documents import SalesDocument
from orders.models.lines import SalesLine
from orders.models.scopes import LedgerQuerySet, LedgerReach


class PriceFindingQuerySet(LedgerQuerySet):
    """Wrong prices: read like the sales that they are about."""

    def permitted(self, user: Any, verb: str) -> Self:
        """Where the same person sells: their accounts, and what their location sold."""
        scope = access_of(user).scope(verb)
        reach = LedgerReach(scope.everything, scope.led.plants, scope.location_ids)
        return self if reach.everything else self.filter(reach.condition())

    def unsettled(self) -> Self:
        """Those about which something is still to be done."""
        return self.filter(status__in=PriceFinding.UNSETTLED)

    def for_list(self) -> Self:
        return self.select_related("document", "plant__customer", "product", "selling_location", "agreement", "decided_by")


def _in_base(amount: Any) -> Any:
    """What an amount of the line is worth in the currency of the group; nothing where it lies below zero."""
    return models.GeneratedField(
        expression=Round(Greatest(amount * F("rate"), models.Value(Decimal(0))), 2),
        output_field=models.DecimalField(max_digits=18, decimal_places=2),
        db_persist=True,
    )


@tracked(exclude=("why", "base_to_recover", "base_to_credit", "difference"))
class PriceFinding(Record):
    """A line of an invoice or credit note whose price is not the agreed one; `why` keeps how the engine came to that."""

    class Status(models.TextChoices):
        OPEN = "open", _("Open")
        CLAIMED = "claimed", _("Letter sent")
        EXPLAINED = "explained", _("Explained")
        CORRECTED = "corrected", _("Corrected")

    UNSETTLED = (Status.OPEN, Status.CLAIMED)
    STATUS_TONES = {"open": "wait", "claimed": "accent", "explained": "closed", "corrected": "ok"}

    document = models.ForeignKey(
        SalesDocument, on_delete=models.PROTECT, db_constraint=False, verbose_name=_("document"), related_name="price_findings"
    )
    number = models.CharField(_("line"), max_length=20)
    line = models.ForeignKey(
        SalesLine, on_delete=models.PROTECT, db_constraint=False, verbose_name=_("sales line"), related_name="price_findings"
    )
    date = models.DateField(_("date"))
    plant = models.ForeignKey(Plant, on_delete=models.PROTECT, verbose_name=_("plant"), related_name="price_findings")
    selling_location = models.ForeignKey(
        Location, on_delete=models.PROTECT, verbose_name=_("selling location"), related_name="price_findings"
    )
    product = models.ForeignKey(Product, on_delete=models.PROTECT, verbose_name=_("product"), related_name="price_findings")
    quantity = models.DecimalField(_("quantity"), max_digits=18, decimal_places=6)
    unit = models.CharField(_("unit"), max_length=8, choices=Unit.choices)
    currency = models.CharField(_("currency"), max_length=3, validators=[validate_currency])
    rate = models.DecimalField(_("rate to the currency of the group"), max_digits=18, decimal_places=8)
    price_unit = models.PositiveSmallIntegerField(_("price unit"), choices=PriceUnit.choices)
    charged_price = models.DecimalField(_("price as invoiced"), max_digits=20, decimal_places=5)
    agreed_price = models.DecimalField(_("agreed price"), max_digits=20, decimal_places=5)
    charged = models.DecimalField(_("amount as invoiced"), max_digits=20, decimal_places=6)
    agreed = models.DecimalField(_("amount as agreed"), max_digits=20, decimal_places=6)
    difference = models.GeneratedField(
        expression=F("charged") - F("agreed"),
        output_field=models.DecimalField(_("difference"), max_digits=20, decimal_places=6),
        db_persist=True,
    )
    base_to_recover = _in_base(F("agreed") - F("charged"))
    base_to_credit = _in_base(F("charged") - F("agreed"))
    agreement = models.ForeignKey(
        PriceAgreement, on_delete=models.PROTECT, verbose_name=_("price agreement"), related_name="price_findings"
    )
    why = models.JSONField(default=list, editable=False)
    status = models.CharField(_("status"), max_length=9, choices=Status.choices, default=Status.OPEN, editable=False)
    reason = models.CharField(_("reason"), max_length=400, blank=True, editable=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        verbose_name=_("decided by"),
        related_name="+",
    )
    decided_at = models.DateTimeField(_("decided"), null=True, editable=False)

    objects = PriceFindingQuerySet.as_manager()
    workflow = Workflow(
        Transition("orders.claim_price", (Status.OPEN,), Status.CLAIMED),
        Transition("orders.explain_price", UNSETTLED, Status.EXPLAINED),
        Transition("orders.settle_price", UNSETTLED, Status.CORRECTED),
        Transition("orders.reopen_price", (Status.CLAIMED, Status.EXPLAINED, Status.CORRECTED), Status.OPEN),
    )

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("wrong price")
        verbose_name_plural = _("wrong prices")
        ordering = ["-date", "-pk"]
        indexes = [
            models.Index(fields=["date", "id"], name="orders_finding_by_date"),
            models.Index(fields=["plant", "date", "id"], name="orders_finding_by_plant"),
            models.Index(fields=["selling_location", "date", "id"], name="orders_finding_by_location"),
            models.Index(fields=["status", "date", "id"], name="orders_finding_by_status"),
            models.Index(fields=["base_to_recover", "id"], name="orders_finding_to_recover"),
            models.Index(fields=["base_to_credit", "id"], name="orders_finding_to_credit"),
            models.Index(fields=["updated_at", "id"], name="orders_finding_by_change"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["document", "number"], name="orders_finding_once"),
            models.CheckConstraint(name="orders_finding_differs", condition=~Q(charged=F("agreed"))),
            models.CheckConstraint(
                name="orders_finding_decided",
                condition=Q(status="open", decided_at__isnull=True, reason="") | ~Q(status="open") & Q(decided_at__isnull=False),
            ),
            models.CheckConstraint(name="orders_finding_explained", condition=~Q(status="explained") | ~Q(reason="")),
        ]

    def __str__(self) -> str:
        return f"{self.document} / {self.number}"

    def get_absolute_url(self) -> str:
        """The page of the wrong price."""
        return f"/wrong-prices/{self.pk}/"

    @property
    def customer(self) -> Any:
        """The company to which the plant belongs today."""
        return self.plant.customer

    @property
    def to_recover(self) -> Decimal:
        """What the customer owes us, in the currency of the line."""
        return max(self.agreed - self.charged, Decimal(0))

    @property
    def to_credit(self) -> Decimal:
        """What we owe the customer, in the currency of the line."""
        return max(self.charged - self.agreed, Decimal(0))
