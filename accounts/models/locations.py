"""Our locations and their departments."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.people import User
from kam.core.history import tracked
from kam.core.records import Record
from kam.core.scoping import SharedQuerySet
from kam.core.words import Translated


class Role(models.TextChoices):
    """What a person may be, for a scope and dates (domain 1.1)."""

    ACCOUNT_MANAGER = "account_manager", _("Account manager")
    AREA_MANAGER = "area_manager", _("Area manager")
    SALES_MANAGER = "sales_manager", _("Sales manager")
    BACK_OFFICE = "back_office", _("Sales back office")
    TECHNICAL = "technical", _("Technical and R&D")
    QUALITY = "quality", _("Quality")
    PRODUCTION = "production", _("Production planning")
    LOGISTICS = "logistics", _("Logistics")
    FINANCE = "finance", _("Finance")
    SERVICE = "service", _("Service and repairs")
    MANAGEMENT = "management", _("Management")
    AUDITOR = "auditor", _("Auditor")
    ADMINISTRATOR = "administrator", _("Administrator")


#: The roles that make up a department of a location; the others are held by single persons.
FUNCTIONS = (
    Role.BACK_OFFICE,
    Role.TECHNICAL,
    Role.QUALITY,
    Role.PRODUCTION,
    Role.LOGISTICS,
    Role.FINANCE,
    Role.SERVICE,
)


@tracked()
class Location(Record, Translated):
    """One of our own sites: it sells, produces or both, in its currency, time zone and working calendar."""

    code = models.CharField(_("code"), max_length=8, unique=True)
    country = models.CharField(_("country"), max_length=2)
    city = models.CharField(_("city"), max_length=80, blank=True)
    address = models.CharField(_("address"), max_length=200, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64)
    currency = models.CharField(_("currency"), max_length=3)
    calendar = models.ForeignKey(
        "core.WorkingCalendar", on_delete=models.PROTECT, verbose_name=_("working calendar"), related_name="+"
    )
    sells = models.BooleanField(_("sells"), default=True)
    produces = models.BooleanField(_("produces"), default=True)
    sap_sales_organisation = models.CharField(_("SAP sales organisation"), max_length=4, blank=True)
    sap_plant = models.CharField(_("SAP plant"), max_length=4, blank=True)
    stand_in = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("location that stands in for reviews"),
        help_text=_("Its departments give the opinions in contract reviews for which nobody is left here."),
        related_name="stood_in_for",
    )
    is_active = models.BooleanField(_("active"), default=True)

    objects = SharedQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("location")
        verbose_name_plural = _("locations")
        ordering = ["code", "pk"]
        constraints = [
            models.CheckConstraint(name="accounts_location_other_stands_in", condition=~models.Q(stand_in=models.F("pk"))),
        ]

    def get_absolute_url(self) -> str:
        """The location's page."""
        return f"/locations/{self.pk}/"


def location_scopes() -> list[tuple[str, str]]:
    """Our locations as scopes of parameters, with their names."""
    return [(f"location:{location.pk}", location.name) for location in Location.objects.order_by("code", "pk")]


@tracked()
class Department(Record, Translated):
    """A function of one location with its head; its members are the people who hold the role there."""

    location = models.ForeignKey(Location, on_delete=models.PROTECT, verbose_name=_("location"), related_name="departments")
    function = models.CharField(_("function"), max_length=20, choices=[(role.value, role.label) for role in FUNCTIONS])
    head = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, verbose_name=_("head"), related_name="departments_headed"
    )

    objects = SharedQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("department")
        verbose_name_plural = _("departments")
        ordering = ["location__code", "function", "pk"]
        constraints = [models.UniqueConstraint(fields=["location", "function"], name="accounts_department_once")]

    def get_absolute_url(self) -> str:
        """The department's page."""
        return f"/departments/{self.pk}/"

    @property
    def audience(self) -> str:
        """How work items and notifications address this department."""
        return f"department:{self.pk}"
