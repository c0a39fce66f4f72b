"""Revisions of products: which drawing at which revision level holds when."""

from datetime import date
from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import DateRangeField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.models.products import Product
from kam.core.history import tracked
from kam.core.periods import Dated, DatedQuerySet, never_overlapping
from kam.core.plain import search_index, search_text
from kam.core.records import Record
from kam.core.scoping import SharedQuerySet
from kam.core.workflow import Transition, Workflow


class ProductRevisionQuerySet(DatedQuerySet, SharedQuerySet):
    """Revisions; everyone reads them, with their drawing."""

    def in_force(self, product: Product, day: date) -> "ProductRevision | None":
        """The revision of a product that holds on a day."""
        return self.filter(product=product).on(day).first()  # type: ignore[return-value]

    def for_list(self) -> Self:
        return self.select_related("product", "released_by")


@tracked(exclude=("search_text",))
class ProductRevision(Record, Dated):
    """A revision level of a product with its drawing; one released revision holds at a date.

    A draft has no period. Releasing gives it one from its effectivity date and closes the one before on that day.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        RELEASED = "released", _("Released")
        SUPERSEDED = "superseded", _("Superseded")

    choices_url = "/product-revisions/choices/"
    STATUS_TONES = {"released": "ok"}

    product = models.ForeignKey(Product, on_delete=models.PROTECT, verbose_name=_("product"), related_name="revisions")
    level = models.CharField(_("revision level"), max_length=10)
    drawing_number = models.CharField(_("drawing number"), max_length=40)
    description = models.CharField(_("what changes"), max_length=400, blank=True)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.DRAFT, editable=False)
    period = DateRangeField(_("effective"), null=True, blank=True, editable=False)  # type: ignore[assignment]
    released_at = models.DateTimeField(_("released at"), null=True, editable=False)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        verbose_name=_("released by"),
        related_name="+",
    )
    search_text = search_text("drawing_number", "level")

    objects = ProductRevisionQuerySet.as_manager()
    workflow = Workflow(
        Transition("catalog.release_revision", (Status.DRAFT,), Status.RELEASED),
    )

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("product revision")
        verbose_name_plural = _("product revisions")
        ordering = ["product__code", "-period", "level", "pk"]
        indexes = [
            search_index("catalog_revision_search"),
            models.Index(fields=["drawing_number", "id"], name="catalog_revision_by_drawing"),
            models.Index(fields=["updated_at", "id"], name="catalog_revision_by_change"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["product", "level"], name="catalog_revision_level_once"),
            never_overlapping("catalog_revision_one_released", "product", condition=Q(period__isnull=False)),
            models.CheckConstraint(
                name="catalog_revision_status_and_facts",
                condition=Q(status="draft", period__isnull=True, released_at__isnull=True)
                | Q(status="released", period__isnull=False, period__upper_inf=True, released_at__isnull=False)
                | Q(status="superseded", period__isnull=False, period__upper_inf=False, released_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product.code} {self.level}"

    def get_absolute_url(self) -> str:
        """The revision's page."""
        return f"/product-revisions/{self.pk}/"

    @property
    def effective_from(self) -> date | None:
        """The first day of this revision; none for a draft."""
        return self.period.lower if self.period else None

    @property
    def effective_until(self) -> date | None:
        """The last day of this revision; none while nothing follows it."""
        return self.last_day if self.period else None
