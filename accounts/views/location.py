"""Pages of our locations: the list, the card with its departments and people, and the forms of administrators."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.actions.location import create_location, edit_location
from accounts.filters.location import LocationFilter
from accounts.forms.location import LocationForm
from accounts.models import Assignment, Department, Location, PlantService
from kam.core import clock
from kam.core.badges import Badge
from kam.core.tables import Column
from kam.core.views import Fact, FormPage, ListPage, RecordPage
from kam.core.words import country_name, translated_name


def use_badge(location: Location) -> Badge:
    """Whether a location is in use."""
    return Badge(_("Active"), "ok") if location.is_active else Badge(_("Closed"), "closed")


class LocationList(ListPage):
    """Our own sites."""

    model = Location
    title = _("Locations")
    icon = "building-2"
    filterset_class = LocationFilter
    columns = (
        Column("code", _("Code"), sort="code", link=True),
        Column("name", _("Name"), sort=translated_name()),
        Column("country", _("Country"), value=lambda row: country_name(row.country), sort="country"),
        Column("city", _("City"), sort="city"),
        Column("time_zone", _("Time zone"), sort="time_zone"),
        Column("currency", _("Currency"), sort="currency"),
        Column("sells", _("Sells"), kind="yes", sort="sells"),
        Column("produces", _("Produces"), kind="yes", sort="produces"),
        Column("active", _("State"), value=use_badge, kind="status", sort="is_active"),
        Column("sap_sales_organisation", _("SAP sales organisation"), sort="sap_sales_organisation", default=False),
        Column("sap_plant", _("SAP plant"), sort="sap_plant", default=False),
    )
    create_url = "accounts:location_create"
    create_verb = "accounts.create_location"
    create_label = _("New location")
    empty_title = _("No location yet")
    empty_text = _("Add the sites that sell and produce; people, plants and calendars hang on them.")


class LocationPage(RecordPage):
    """One location: where it is, its departments and who serves which plants."""

    model = Location
    template_name = "accounts/location_page.html"
    list_url = "accounts:location_list"
    edit_url = "accounts:location_edit"
    edit_verb = "accounts.edit_location"
    number_field = "code"

    def badges(self) -> list[Badge]:
        return [use_badge(self.record)]

    def facts(self) -> list[Fact]:
        location = self.record
        does = [str(word) for holds, word in ((location.sells, _("sells")), (location.produces, _("produces"))) if holds]
        return [
            Fact(_("Country"), country_name(location.country)),
            Fact(_("City"), location.city),
            Fact(_("Address"), location.address),
            Fact(_("Time zone"), location.time_zone),
            Fact(_("Currency"), location.currency),
            Fact(_("Working calendar"), location.calendar),
            Fact(_("Does"), ", ".join(does)),
            Fact(_("SAP sales organisation"), location.sap_sales_organisation),
            Fact(_("SAP plant"), location.sap_plant),
            Fact(
                _("Stands in for reviews"), location.stand_in, location.stand_in.get_absolute_url() if location.stand_in else ""
            ),
        ]

    def context(self) -> dict[str, Any]:
        today = clock.today()
        served = PlantService.objects.visible_to(self.reader).on(today).filter(location=self.record)
        managers = Assignment.objects.visible_to(self.reader).on(today).filter(location=self.record).select_related("user")
        people: dict[Any, int] = {}
        for row in managers.order_by("user__last_name", "user__first_name", "user", "pk"):
            people[row.user] = people.get(row.user, 0) + 1
        return super().context() | {
            "departments": Department.objects.visible_to(self.reader).filter(location=self.record).select_related("head"),
            "served": served.count(),
            "managers": list(people.items()),
            "may_add_department": self.reader.may("accounts.create_department"),
        }


class LocationCreate(FormPage):
    """Add a location."""

    model = Location
    form_class = LocationForm
    verb = "accounts.create_location"
    creates = True
    title = _("New location")
    cancel_url = "/locations/"

    def act(self, form: Any) -> Any:
        values = form.values()
        values.pop("version", None)
        return create_location(Location, actor=self.reader, **values)


class LocationEdit(FormPage):
    """Edit a location."""

    model = Location
    form_class = LocationForm
    verb = "accounts.edit_location"
    title = _("Edit location")

    def act(self, form: Any) -> Any:
        return edit_location(self.record, actor=self.reader, **form.values())
