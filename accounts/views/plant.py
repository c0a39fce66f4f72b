"""Pages of customers' plants: the list, the page of one, its forms, who serves it."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.actions.external_code import add_external_code, codes_of
from accounts.actions.plant import create_plant, edit_plant
from accounts.countries import country_name
from accounts.filters.customer import PlantFilter
from accounts.forms.customer import ExternalCodeForm, PlantCreateForm, PlantForm, ServiceForm
from accounts.models import Assignment, Contact, Plant
from accounts.reports.customer import matrix_of, plants_with_matrix
from accounts.views.customer import card_panels, choices, global_mark, more_steps, visit_address
from accounts.views.relation import relation_facts
from kam.core.badges import Badge, badge_for
from kam.core.plain import Plain
from kam.core.tables import Column
from kam.core.views import Fact, FormPage, ListPage, RecordPage, Signed, VerbView
from kam.core.views.record import VerbButton


class PlantList(ListPage):
    """Plants of the reader's customers."""

    model = Plant
    title = _("Customer plants")
    icon = "map-pin"
    filterset_class = PlantFilter
    default_order = (Plain("customer__name"), Plain("name"))
    drawer_template = "accounts/plant_card.html"
    create_url = "accounts:plant_create"
    create_verb = "accounts.create_plant"
    create_label = _("New plant")
    tabs = ((_("Mine"), "mine=true"), (_("Closed"), "status=closed"))
    empty_title = _("No plants here")
    empty_text = _("A plant is created with its customer; add further ones from the customer's page.")
    columns = (
        Column("name", _("Plant"), sort=Plain("name"), link=True, second="customer.name"),
        Column("status", _("Status"), kind="status", sort="status"),
        Column("city", _("City"), sort=(Plain("city"), "country"), second=lambda row: country_name(row.country)),
        Column("leading_name", _("Led by"), sort="leading_name"),
        Column("location_names", _("Served by"), sort="location_names"),
        Column("products_made", _("What it makes"), sort=Plain("products_made")),
        Column("transit_days", _("Transit days"), kind="number", sort="transit_days"),
        Column("code", _("Code"), sort="code", default=False),
        Column("customer", _("Customer"), value="customer.name", sort=Plain("customer__name"), default=False),
        Column("group", _("Group"), value="customer.group.name", sort=Plain("customer__group__name"), default=False),
        Column("unloading_point", _("Unloading point"), default=False),
        Column("updated_at", _("Last change"), kind="moment", sort="updated_at", default=False),
    )

    def rows(self) -> QuerySet:
        return plants_with_matrix(super().rows())

    def drawer_extra(self, record: Any) -> dict[str, Any]:
        return {"picture": matrix_of(Plant.objects.visible_to(self.reader).filter(pk=record.pk))}


class PlantPage(RecordPage):
    """A customer's plant: who of us leads and serves it, its people and what goes on; a card where one serves another plant."""

    model = Plant
    template_name = "accounts/plant_page.html"
    list_url = "accounts:plant_list"
    number_field = "code"
    edit_url = "accounts:plant_edit"
    edit_verb = "accounts.edit_plant"
    buttons = (VerbButton("accounts.serve_plant", "accounts:plant_serve", "warehouse", page=True),)
    more = (
        ("accounts.create_contact", "accounts:contact_create", "user-plus"),
        ("accounts.edit_external_code", "accounts:plant_add_external_code", "hash"),
        ("accounts.sell_plant", "accounts:plant_sell", "git-branch"),
        ("accounts.close_plant", "accounts:plant_close", "archive"),
    )

    @cached_property
    def card(self) -> bool:
        """Whether the reader sees only the card."""
        return not Plant.objects.detailed_to(self.reader).filter(pk=self.record.pk).exists()

    def badges(self) -> list[Badge]:
        return [badge_for(self.record), *global_mark(self.record.customer.group)]

    def crumbs(self) -> list[tuple[Any, str]]:
        return [(self.record.customer.name, self.record.customer.get_absolute_url())]

    def facts(self) -> list[Fact]:
        one = self.record
        place = ", ".join(
            filter(None, (one.address, f"{one.postal_code} {one.city}".strip(), one.region, country_name(one.country)))
        )
        found = [
            Fact(_("Customer"), one.customer.name, one.customer.get_absolute_url()),
            Fact(_("Address"), place),
            Fact(_("What it makes"), one.products_made),
            Fact(_("Phone"), one.phone, f"tel:{one.phone}" if one.phone else ""),
            Fact(_("Unloading point"), one.unloading_point),
            Fact(_("Transit days"), one.transit_days),
            Fact(_("Labels and packaging"), one.packaging),
            Fact(_("Closures of the plant"), one.calendar),
        ]
        if one.closed_on:
            found.append(Fact(_("Closed from"), one.closed_on))
        if one.successor_id and Plant.objects.visible_to(self.reader).filter(pk=one.successor_id).exists():
            found.append(Fact(_("Successor"), one.successor, one.successor.get_absolute_url()))
        return found

    def panels(self) -> list[Any]:
        return card_panels(super().panels()) if self.card else super().panels()

    def context(self) -> dict[str, Any]:
        services = self.record.services.select_related("location").order_by("-period", "location__code")
        people = Assignment.objects.visible_to(self.reader).filter(plant=self.record).select_related("user", "location")
        return super().context() | {
            "card": self.card,
            "relation": relation_facts(self.reader, card=self.card, plant=self.record),
            "picture": matrix_of(Plant.objects.visible_to(self.reader).filter(pk=self.record.pk)),
            "services": [] if self.card else services,
            "assignments": [] if self.card else people,
            "ownerships": [] if self.card else self.record.ownerships.visible_to(self.reader).select_related("customer"),
            "codes": [] if self.card else codes_of(self.record),
            "more": more_steps(self, self.more),
            "report_visit": visit_address(self),
        }


class PlantCreate(FormPage):
    """A further plant of a customer."""

    model = Plant
    form_class = PlantCreateForm
    verb = "accounts.create_plant"
    creates = True
    title = _("New plant")
    success = _("Plant created.")
    cancel_url = "/plants/"

    def act(self, form: Any) -> Any:
        values = form.values()
        values.pop("version", None)
        return create_plant(Plant, actor=self.reader, **values)


class PlantEdit(FormPage):
    """Edit a plant."""

    model = Plant
    form_class = PlantForm
    verb = "accounts.edit_plant"
    title = _("Edit plant")

    def act(self, form: Any) -> Any:
        return edit_plant(self.record, actor=self.reader, **form.values())


class PlantServe(VerbView):
    """Decide which of our locations leads or serves a plant."""

    model = Plant
    verb = "accounts.serve_plant"
    form_class = ServiceForm
    text = _(
        "Whoever led until then goes on serving the plant. Assignments of area managers end where a location no longer serves."
    )


class PlantAddExternalCode(VerbView):
    """Record a code of another system."""

    model = Plant
    verb = "accounts.edit_external_code"
    form_class = ExternalCodeForm
    title = _("Code in another system")

    def act(self, form: Any) -> Any:
        values = form.values()
        values.pop("version", None)
        return add_external_code(self.record, actor=self.reader, **values)


class PlantContacts(Signed):
    """The people of a plant as a part of its page."""

    model = Plant

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        plant = self.record_or_404()
        contacts = Contact.objects.visible_to(self.reader).filter(plant=plant, is_active=True).for_list()
        may_create = Plant.objects.permitted(self.reader, "accounts.create_contact").filter(pk=plant.pk).exists()
        context = {
            "record": plant,
            "contacts": contacts[:200],
            "may_create": may_create,
            "create_query": f"plant={plant.pk}&customer={plant.customer_id}",
        }
        return render(request, "accounts/contacts_panel.html", context)


plant_choices = choices(PlantFilter, lambda row: f"{row.name}, {row.customer.name}")
