"""Pages of customer groups and global accounts, with the matrix of a global account drawn."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.actions.group import create_group, edit_group
from accounts.filters.customer import CustomerGroupFilter
from accounts.forms.customer import GroupForm
from accounts.models import Assignment, Contact, Customer, CustomerGroup, Plant
from accounts.reports.customer import groups_with_matrix, matrix_of
from accounts.views.customer import card_panels, choices
from accounts.views.relation import relation_facts
from kam.core import clock
from kam.core.badges import Badge
from kam.core.plain import Plain
from kam.core.tables import Column
from kam.core.views import Fact, FormPage, ListPage, RecordPage, Signed

GROUP_COLUMNS = (
    Column("name", _("Group"), sort=Plain("name"), link=True, second="code"),
    Column("tier", _("Tier"), sort="tier"),
    Column("leader_name", _("Account manager"), sort="leader_name"),
    Column("company_count", _("Companies"), kind="number", sort="company_count"),
    Column("plant_count", _("Plants"), kind="number", sort="plant_count"),
    Column("sector", _("Sector"), value="sector.name", sort="sector__code"),
    Column("parent", _("Parent group"), value="parent.name", sort=Plain("parent__name"), default=False),
    Column("is_global_account", _("Global account"), kind="yes", sort="is_global_account", default=False),
    Column("website", _("Website"), default=False),
    Column("updated_at", _("Last change"), kind="moment", sort="updated_at", default=False),
)


class GroupList(ListPage):
    """Customer groups, global accounts included."""

    model = CustomerGroup
    title = _("Customer groups")
    icon = "network"
    filterset_class = CustomerGroupFilter
    default_order = (Plain("name"),)
    columns = GROUP_COLUMNS
    create_url = "accounts:customer_group_create"
    create_verb = "accounts.create_group"
    create_label = _("New group")
    tabs = ((_("Mine"), "mine=true"), (_("Global accounts"), "is_global_account=true"))
    empty_title = _("No groups here")
    empty_text = _("A group holds the companies of one owner; a global account is one that we lead across all our locations.")

    def rows(self) -> QuerySet:
        return groups_with_matrix(super().rows(), self.reader)


class GlobalAccountList(GroupList):
    """Global accounts."""

    key = "accounts.global_account"
    title = _("Global Accounts")
    icon = "globe"
    tabs = ((_("Mine"), "mine=true"), (_("Tier A"), "tier=A"))
    empty_title = _("No global accounts here")

    def rows(self) -> QuerySet:
        return super().rows().filter(is_global_account=True)


class GroupPage(RecordPage):
    """A group or global account: who leads it, and its plants across our locations as a picture."""

    model = CustomerGroup
    template_name = "accounts/group_page.html"
    list_url = "accounts:customer_group_list"
    number_field = "code"
    edit_url = "accounts:customer_group_edit"
    edit_verb = "accounts.edit_group"

    def badges(self) -> list[Badge]:
        marks = [Badge(_("Global account"), "accent", "globe")] if self.record.is_global_account else []
        return [*marks, Badge(_("Tier %(tier)s") % {"tier": self.record.tier}, "draft", "layers")]

    def facts(self) -> list[Fact]:
        one, parent = self.record, self.record.parent
        known = parent is not None and CustomerGroup.objects.visible_to(self.reader).filter(pk=parent.pk).exists()
        return [
            Fact(_("Sector"), one.sector.name if one.sector else None),
            Fact(_("Parent group"), parent if known else None, parent.get_absolute_url() if parent and known else ""),
            Fact(_("Website"), one.website, one.website),
        ]

    @cached_property
    def card(self) -> bool:
        """Whether the reader sees only the card of the group."""
        return not CustomerGroup.objects.detailed_to(self.reader).filter(pk=self.record.pk).exists()

    def panels(self) -> list[Any]:
        return card_panels(super().panels()) if self.card else super().panels()

    def context(self) -> dict[str, Any]:
        led = Assignment.objects.on(clock.today()).filter(group=self.record).select_related("user").first()
        plants = Plant.objects.visible_to(self.reader).filter(customer__group=self.record)
        companies = (
            Customer.objects.visible_to(self.reader).filter(group=self.record, merged_into__isnull=True).order_by("name", "pk")
        )
        return super().context() | {
            "card": self.card,
            "led": led,
            "picture": matrix_of(plants),
            "companies": companies,
            "relation": relation_facts(self.reader, card=self.card, customer__group=self.record),
        }


class GlobalAccountPage(GroupPage):
    """A global account."""

    list_url = "accounts:global_account_list"

    def rows(self) -> QuerySet:
        return super().rows().filter(is_global_account=True)

    def crumbs(self) -> list[tuple[Any, str]]:
        return [(_("Global Accounts"), "/global-accounts/")]


class GroupCreate(FormPage):
    """A new group."""

    model = CustomerGroup
    form_class = GroupForm
    verb = "accounts.create_group"
    creates = True
    title = _("New customer group")
    success = _("Group created.")
    cancel_url = "/customer-groups/"

    def act(self, form: Any) -> Any:
        values = form.values()
        values.pop("version", None)
        return create_group(CustomerGroup, actor=self.reader, **values)


class GroupEdit(FormPage):
    """Edit a group."""

    model = CustomerGroup
    form_class = GroupForm
    verb = "accounts.edit_group"
    title = _("Edit customer group")

    def act(self, form: Any) -> Any:
        return edit_group(self.record, actor=self.reader, **form.values())


class GroupContacts(Signed):
    """The people of all companies of a group as a part of its page."""

    model = CustomerGroup

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        group = self.record_or_404()
        contacts = Contact.objects.visible_to(self.reader).filter(customer__group=group, is_active=True).for_list()
        return render(request, "accounts/contacts_panel.html", {"record": group, "contacts": contacts[:200], "of_group": True})


group_choices = choices(CustomerGroupFilter)
