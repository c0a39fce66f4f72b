"""Where a location's invoices come from: one declared source at a time, KAM or an ERP; what comes from another one is refused."""

from datetime import date
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Location, access_of
from kam.core.history import tracked
from kam.core.periods import Dated, DatedQuerySet, never_overlapping
from kam.core.records import Record
from kam.core.scoping import SharedQuerySet

#: The name of KAM itself as a source system.
KAM = "KAM"


class InvoiceSourceQuerySet(DatedQuerySet, SharedQuerySet):
    """Declared sources; everyone reads them, a role at the location declares them."""

    def permitted(self, user: Any, verb: str) -> Any:
        scope = access_of(user).scope(verb)
        return self if scope.everything else self.filter(location__in=scope.location_ids)

    def of(self, location: Location, day: date) -> "InvoiceSource | None":
        """The source of a location on a day."""
        return self.on(day).filter(location=location).first()  # type: ignore[no-any-return]

    def for_list(self) -> Any:
        return self.select_related("location")


@tracked()
class InvoiceSource(Record, Dated):
    """The system whose invoices and credit notes count for one of our locations, from a day on."""

    location = models.ForeignKey(Location, on_delete=models.PROTECT, verbose_name=_("location"), related_name="invoice_sources")
    system = models.CharField(_("system"), max_length=40)

    objects = InvoiceSourceQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("source of invoices")
        verbose_name_plural = _("sources of invoices")
        ordering = ["location__code", "-period", "pk"]
        indexes = [models.Index(fields=["updated_at", "id"], name="orders_source_by_change")]
        constraints = [
            never_overlapping("orders_source_one_at_a_time", "location"),
            models.CheckConstraint(condition=~Q(system=""), name="orders_source_named"),
        ]

    def __str__(self) -> str:
        return f"{self.location.code} · {self.system}"

    def get_absolute_url(self) -> str:
        """The source's page."""
        return f"/invoice-sources/{self.pk}/"
