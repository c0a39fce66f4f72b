"""Which documents are required: of whom, in which phase, for which product line, and where their lack blocks an order (domain 12.2)."""

from typing import Self

from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import CustomerGroup
from catalog.models.families import ProductFamily
from kam.core.documents import DocumentType
from kam.core.history import tracked
from kam.core.periods import Dated, DatedQuerySet, never_overlapping
from kam.core.records import Record
from kam.core.scoping import SharedQuerySet


class DocumentRequirementQuerySet(DatedQuerySet, SharedQuerySet):
    """Requirements; everyone reads them."""

    def for_list(self) -> Self:
        return self.select_related("type", "product_line")


@tracked(exclude=("line_key",))
class DocumentRequirement(Record, Dated):
    """A type of document that every customer, plant, product, customer item or order of a kind must have, from a day on."""

    class Subject(models.TextChoices):
        CUSTOMER = "customer", _("Customer")
        PLANT = "plant", _("Plant")
        PRODUCT = "product", _("Product")
        ITEM = "item", _("Customer item")
        ORDER = "order", _("Order")

    class Process(models.TextChoices):
        ACQUISITION = "acquisition", _("Acquisition")
        DEVELOPMENT = "development", _("Development and samples")
        SERIES = "series", pgettext_lazy("phase", "Series")

    #: The phases that records of a kind can be in.
    PHASES = {
        Subject.CUSTOMER: (Process.ACQUISITION, Process.SERIES),
        Subject.PLANT: (Process.ACQUISITION, Process.SERIES),
        Subject.PRODUCT: (Process.DEVELOPMENT, Process.SERIES),
        Subject.ITEM: (Process.DEVELOPMENT, Process.SERIES),
        Subject.ORDER: (Process.DEVELOPMENT, Process.SERIES),
    }

    type = models.ForeignKey(
        DocumentType, on_delete=models.PROTECT, verbose_name=_("type of document"), related_name="requirements"
    )
    subject = models.CharField(_("required of"), max_length=10, choices=Subject.choices)
    tier = models.CharField(
        _("tier of the customer"), max_length=1, blank=True, choices=CustomerGroup.Tier.choices, help_text=_("Empty: every tier.")
    )
    process = models.CharField(
        _("phase"), max_length=12, blank=True, choices=Process.choices, help_text=_("Empty: in every phase.")
    )
    product_line = models.ForeignKey(
        ProductFamily,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("product line"),
        related_name="+",
        help_text=_("Empty: every product line."),
    )
    blocks = models.BooleanField(
        _("blocks orders"), default=False, help_text=_("No order is confirmed as long as the document is missing.")
    )
    notes = models.CharField(_("notes"), max_length=400, blank=True)
    line_key = models.GeneratedField(
        expression=Coalesce("product_line_id", Value(0)), output_field=models.BigIntegerField(), db_persist=True
    )

    objects = DocumentRequirementQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("document requirement")
        verbose_name_plural = _("document requirements")
        ordering = ["type__code", "subject", "tier", "process", "-period", "pk"]
        indexes = [models.Index(fields=["subject", "type", "id"], name="catalog_requirement_by_subject")]
        constraints = [
            never_overlapping("catalog_requirement_once", "type", "subject", "tier", "process", "line_key"),
            models.CheckConstraint(
                name="catalog_requirement_phase",
                condition=Q(process="")
                | Q(subject__in=["customer", "plant"], process__in=["acquisition", "series"])
                | Q(subject__in=["product", "item", "order"], process__in=["development", "series"]),
            ),
            models.CheckConstraint(name="catalog_requirement_tier", condition=~Q(subject="product") | Q(tier="")),
        ]

    def __str__(self) -> str:
        return f"{self.type} · {self.get_subject_display()}"

    def get_absolute_url(self) -> str:
        """The page of the requirement."""
        return f"/document-requirements/{self.pk}/"
