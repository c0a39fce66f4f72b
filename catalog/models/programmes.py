"""Customers' programmes: what the customer builds with our products, from start to end of production."""

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer
from catalog.models.scopes import CustomerOwnedQuerySet
from kam.core.history import tracked
from kam.core.plain import search_index, search_text
from kam.core.records import Record


class ProgrammeQuerySet(CustomerOwnedQuerySet):
    """Programmes; read under the rule of their customer."""

    def for_list(self) -> Self:
        return self.select_related("customer")


@tracked(exclude=("search_text",))
class Programme(Record):
    """A machine, vehicle or platform of a customer for which we supply; agreements, negotiations and projects refer to it."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, verbose_name=_("customer"), related_name="programmes")
    code = models.CharField(_("code"), max_length=30)
    name = models.CharField(_("name"), max_length=120)
    start_of_production = models.DateField(_("start of production"), null=True, blank=True)
    end_of_production = models.DateField(_("end of production"), null=True, blank=True)
    notes = models.TextField(_("notes"), blank=True, max_length=4000)
    search_text = search_text("code", "name")

    objects = ProgrammeQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("programme")
        verbose_name_plural = _("programmes")
        ordering = ["code", "pk"]
        indexes = [
            search_index("catalog_programme_search"),
            models.Index(fields=["code", "id"], name="catalog_programme_by_code"),
            models.Index(fields=["updated_at", "id"], name="catalog_programme_by_change"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["customer", "code"], name="catalog_programme_once"),
            models.CheckConstraint(
                name="catalog_programme_in_order",
                condition=Q(start_of_production__isnull=True)
                | Q(end_of_production__isnull=True)
                | Q(end_of_production__gte=F("start_of_production")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    def get_absolute_url(self) -> str:
        """The programme's page."""
        return f"/programmes/{self.pk}/"
