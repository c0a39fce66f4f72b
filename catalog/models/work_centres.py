"""Work centres: the machines of a location that work together, and what they can do."""

from decimal import Decimal
from typing import Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Location
from catalog.models.products import ABOVE_ZERO
from catalog.models.scopes import LocationOwnedQuerySet
from kam.core.history import tracked
from kam.core.plain import search_index, search_text
from kam.core.records import Record
from kam.core.words import Translated


class WorkCentreQuerySet(LocationOwnedQuerySet):
    """Work centres; everyone reads them, production planning of their location writes them."""

    def for_list(self) -> Self:
        return self.select_related("location")


@tracked(exclude=("search_text",))
class WorkCentre(Record, Translated):
    """Machines of one location that do the same work: how many, in how many shifts, how well (domain 12.1)."""

    location = models.ForeignKey(Location, on_delete=models.PROTECT, verbose_name=_("location"), related_name="work_centres")
    code = models.CharField(_("code"), max_length=20)
    machines = models.PositiveSmallIntegerField(_("machines"), default=1)
    shifts = models.PositiveSmallIntegerField(
        _("shifts a day"), default=1, validators=[MinValueValidator(1), MaxValueValidator(4)]
    )
    hours_per_shift = models.DecimalField(
        _("hours a shift"), max_digits=4, decimal_places=2, default=Decimal(8), validators=[ABOVE_ZERO, MaxValueValidator(24)]
    )
    efficiency = models.DecimalField(
        _("efficiency (%)"), max_digits=5, decimal_places=2, default=Decimal(100), validators=[ABOVE_ZERO, MaxValueValidator(200)]
    )
    presence_rate = models.DecimalField(
        _("presence rate (%)"),
        max_digits=5,
        decimal_places=2,
        default=Decimal(100),
        validators=[ABOVE_ZERO, MaxValueValidator(100)],
    )
    is_active = models.BooleanField(_("in use"), default=True)
    search_text = search_text("code", "name_it", "name_en", "name_de")

    objects = WorkCentreQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("work centre")
        verbose_name_plural = _("work centres")
        ordering = ["location__code", "code", "pk"]
        indexes = [
            search_index("catalog_workcentre_search"),
            models.Index(fields=["code", "id"], name="catalog_workcentre_by_code"),
            models.Index(fields=["updated_at", "id"], name="catalog_workcentre_by_change"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["location", "code"], name="catalog_workcentre_once"),
            models.CheckConstraint(
                name="catalog_workcentre_sensible",
                condition=Q(shifts__gte=1, shifts__lte=4, hours_per_shift__gt=0, hours_per_shift__lte=24)
                & Q(efficiency__gt=0, efficiency__lte=200, presence_rate__gt=0, presence_rate__lte=100),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    def get_absolute_url(self) -> str:
        """The work centre's page."""
        return f"/work-centres/{self.pk}/"

    @property
    def hours_a_day(self) -> Decimal:
        """Machine hours of one working day: machines × shifts × hours a shift × efficiency."""
        return self.machines * self.shifts * self.hours_per_shift * self.efficiency / 100

    def people_for(self, hours: Decimal, working_days: int) -> Decimal:
        """Full-time people for direct hours: hours ÷ (days × hours a shift × presence rate); 0 without a working day."""
        if not working_days:
            return Decimal(0)
        return hours / (working_days * self.hours_per_shift * self.presence_rate / 100)
