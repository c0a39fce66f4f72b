"""Customers' plants, who of us serves them, and whose they were and when."""

from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models.access import access_of
from accounts.models.customers import Customer
from accounts.models.locations import Location
from kam.core import clock
from kam.core.history import tracked
from kam.core.periods import Dated, DatedQuerySet, never_overlapping
from kam.core.plain import search_index, search_text, sort_index
from kam.core.records import Record
from kam.core.scoping import ScopedQuerySet


class PlantQuerySet(ScopedQuerySet):
    """Plants: of one's accounts, of one's locations, and, as a card only, the other plants of their global accounts."""

    def visible_to(self, user: Any) -> Self:
        return self.within(access_of(user).reading.plants)

    def detailed_to(self, user: Any) -> Self:
        """The plants of which this person sees more than the card."""
        return self.within(access_of(user).details.plants)

    def permitted(self, user: Any, verb: str) -> Self:
        return self.within(access_of(user).scope(verb).plants)

    def for_list(self) -> Self:
        return self.select_related("customer", "customer__group")


@tracked(exclude=("search_text",))
class Plant(Record):
    """A customer's site that we deliver to; every customer, prospects included, has one from birth."""

    class Status(models.TextChoices):
        OPEN = "open", _("Open")
        CLOSED = "closed", _("Closed")

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, verbose_name=_("customer"), related_name="plants")
    code = models.CharField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=120)
    status = models.CharField(_("status"), max_length=8, choices=Status.choices, default=Status.OPEN)
    closed_on = models.DateField(_("closed from"), null=True, blank=True, editable=False)
    successor = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("successor"), related_name="predecessors"
    )
    products_made = models.CharField(_("what it makes"), max_length=200, blank=True)
    country = models.CharField(_("country"), max_length=2)
    address = models.CharField(_("address"), max_length=200, blank=True)
    postal_code = models.CharField(_("postal code"), max_length=12, blank=True)
    city = models.CharField(_("city"), max_length=80, blank=True)
    region = models.CharField(_("province or state"), max_length=40, blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    unloading_point = models.CharField(_("unloading point"), max_length=80, blank=True)
    transit_days = models.PositiveSmallIntegerField(_("transit days"), null=True, blank=True)
    packaging = models.CharField(_("labels and packaging"), max_length=400, blank=True)
    calendar = models.ForeignKey(
        "core.WorkingCalendar",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("closures of the plant"),
        related_name="+",
    )
    search_text = search_text("code", "name", "city")

    objects = PlantQuerySet.as_manager()
    STATUS_TONES = {"open": "ok"}
    choices_url = "/plants/choices/"

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("plant")
        verbose_name_plural = _("plants")
        ordering = ["name", "pk"]
        indexes = [
            search_index("accounts_plant_search"),
            sort_index("accounts_plant_name", "name"),
            models.Index(fields=["country", "city", "id"], name="accounts_plant_by_place"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(successor__isnull=True) | Q(closed_on__isnull=False), name="accounts_plant_succeeded_is_closed"
            ),
            models.CheckConstraint(
                condition=Q(status="open") | Q(closed_on__isnull=False), name="accounts_plant_closed_says_when"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The plant's page."""
        return f"/plants/{self.pk}/"


class PlantServiceQuerySet(DatedQuerySet, ScopedQuerySet):
    """The cells of the matrix; seen with the plant."""

    def visible_to(self, user: Any) -> Self:
        return self.filter(plant__in=Plant.objects.visible_to(user))

    def permitted(self, user: Any, verb: str) -> Self:
        return self.filter(plant__in=Plant.objects.permitted(user, verb))


@tracked()
class PlantService(Record, Dated):
    """One of our locations serves a customer's plant for a period; one of them leads. The picture of the matrix is drawn from these."""

    plant = models.ForeignKey(Plant, on_delete=models.PROTECT, verbose_name=_("plant"), related_name="services")
    location = models.ForeignKey(Location, on_delete=models.PROTECT, verbose_name=_("location"), related_name="services")
    leads = models.BooleanField(_("leads"), default=False)

    objects = PlantServiceQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("plant served")
        verbose_name_plural = _("plants served")
        ordering = ["plant", "-leads", "location", "pk"]
        indexes = [models.Index(fields=["location", "plant"], include=["period"], name="accounts_service_by_location")]
        constraints = [
            never_overlapping("accounts_service_once", "plant", "location"),
            never_overlapping("accounts_service_one_leads", "plant", condition=Q(leads=True)),
        ]

    def __str__(self) -> str:
        return f"{self.plant} · {self.location}"


class PlantOwnershipQuerySet(DatedQuerySet, ScopedQuerySet):
    """Whose plant it was; seen with the plant."""

    def visible_to(self, user: Any) -> Self:
        return self.filter(plant__in=Plant.objects.visible_to(user), customer__in=Customer.objects.visible_to(user))


def leading_location(record: Any) -> Any:
    """Our location that leads a plant, the plant of a record, or the first plant of a customer today; None where nobody does."""
    plant = record if isinstance(record, Plant) else getattr(record, "plant", None)
    customer = record if isinstance(record, Customer) else getattr(record, "customer", None)
    if plant is None and customer is None:
        return None
    of = {"plant": plant} if plant is not None else {"plant__customer": customer}
    led = PlantService.objects.on(clock.today()).filter(leads=True, **of).select_related("location__calendar")
    service = led.order_by("plant", "pk").first()
    return service.location if service else None


@tracked()
class PlantOwnership(Record, Dated):
    """A plant belongs to a company for a period; `Plant.customer` is the one of today."""

    plant = models.ForeignKey(Plant, on_delete=models.PROTECT, verbose_name=_("plant"), related_name="ownerships")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, verbose_name=_("customer"), related_name="ownerships")

    objects = PlantOwnershipQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("plant ownership")
        verbose_name_plural = _("plant ownerships")
        ordering = ["-period", "pk"]
        constraints = [never_overlapping("accounts_ownership_one_owner", "plant")]

    def __str__(self) -> str:
        return f"{self.plant} · {self.customer}"
