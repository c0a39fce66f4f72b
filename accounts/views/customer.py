"""Pages of customers: the list, the page of one, its forms and status verbs, and its parts that load by themselves."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from accounts.actions.customer import block_customer, close_customer, create_customer, edit_customer, edit_customer_terms
from accounts.actions.external_code import add_external_code, codes_of
from accounts.countries import country_name
from accounts.filters.customer import CustomerFilter
from accounts.forms.customer import CustomerCreateForm, CustomerForm, ExternalCodeForm, TermsForm
from accounts.models import Contact, Customer, PaymentTerm, Plant
from accounts.reports.customer import customer_overview, matrix_of, with_matrix
from accounts.views.relation import relation_facts
from kam.core.badges import Badge, badge_for
from kam.core.formats import day, money
from kam.core.plain import Plain
from kam.core.tables import Column
from kam.core.verbs import VERBS
from kam.core.views import BulkAction, Fact, FormPage, ListPage, RecordPage, Signed, VerbView
from kam.core.views.record import VerbButton
from kam.core.words import language_name


def all_detailed(page: Any) -> bool:
    """Whether the reader sees the commercial data of every customer of the list, so that sorting by them tells nothing."""
    return bool(page.all_detailed)


def global_mark(group: Any) -> list[Badge]:
    """The mark of a customer's group."""
    if group is None:
        return []
    return [Badge(group.name, "accent", "globe" if group.is_global_account else "network")]


class Terms:
    """Reads a commercial field of those customers in a page whose terms are the reader's to read; the others stay empty."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, row: Any) -> Any:
        return getattr(row, self.name) if getattr(row, "detailed", False) else None


class CustomerList(ListPage):
    """Customers of the reader."""

    model = Customer
    title = _("Customers")
    icon = "factory"
    filterset_class = CustomerFilter
    default_order = (Plain("name"),)
    drawer_template = "accounts/customer_card.html"
    create_url = "accounts:customer_create"
    create_verb = "accounts.create_customer"
    create_label = _("New customer")
    tabs = (
        (_("Mine"), "mine=true"),
        (_("Global accounts"), "is_global_account=true"),
        (_("Prospects"), "status=prospect"),
        (_("Blocked"), "status=blocked"),
    )
    empty_title = _("No customers here")
    empty_text = _("Create the first one: a name, a country and a city are enough.")
    columns = (
        Column(
            "name",
            _("Customer"),
            sort=Plain("name"),
            link=True,
            second=lambda row: f"{row.code} · {row.group.name}" if row.group else row.code,
        ),
        Column("status", _("Status"), kind="status", sort="status"),
        Column("city", _("City"), sort=(Plain("city"), "country"), second=lambda row: country_name(row.country)),
        Column("leader_name", _("Account manager"), sort="leader_name"),
        Column("location_names", _("Served by"), sort="location_names"),
        Column("plant_count", _("Plants"), kind="number", sort="plant_count"),
        Column("last_visit", _("Last visit"), kind="date", sort="last_visit"),
        Column("group", _("Group"), value="group.name", sort=Plain("group__name"), default=False),
        Column("sector", _("Sector"), value="sector.name", sort="sector__code", default=False),
        Column("country", _("Country"), value=lambda row: country_name(row.country), sort="country", default=False),
        Column("vat_id", _("VAT number"), sort="vat_id", default=False),
        Column(
            "payment_terms",
            _("Payment terms"),
            value=Terms("payment_terms"),
            sort="payment_terms",
            sort_if=all_detailed,
            default=False,
        ),
        Column("incoterms", _("Incoterms"), value=Terms("incoterms"), sort="incoterms", sort_if=all_detailed, default=False),
        Column(
            "credit_limit",
            _("Credit limit"),
            value=Terms("credit_limit"),
            kind="money",
            decimals=2,
            sort="credit_limit",
            sort_if=all_detailed,
            default=False,
        ),
        Column("currency", _("Currency"), sort="currency", default=False),
        Column("updated_at", _("Last change"), kind="moment", sort="updated_at", default=False),
    )
    bulk_actions = (
        BulkAction("block", _("Block"), "ban", "accounts.block_customer", block_customer, reason=True),
        BulkAction("close", _("Close"), "archive", "accounts.close_customer", close_customer, reason=True),
    )

    def rows(self) -> QuerySet:
        rows = super().rows().filter(merged_into__isnull=True).with_detailed(self.reader)
        return with_matrix(rows, self.reader)

    @cached_property
    def all_detailed(self) -> bool:
        """Whether there is no customer here that the reader sees as a card only."""
        return not Customer.objects.only_as_cards(self.reader).exists()

    @cached_property
    def filterset(self) -> Any:
        """The filters of the address; those on terms only for whoever reads the terms of every customer here."""
        found = super().filterset
        commercial = set(Customer.commercial_fields) & set(found.filters)
        if commercial and not self.all_detailed:
            for name in commercial:
                del found.filters[name]
        return found

    def drawer_extra(self, record: Any) -> dict[str, Any]:
        return {"overview": customer_overview(record, self.reader), "card": is_card(record, self.reader)}


def is_card(customer: Customer, reader: Any) -> bool:
    """Whether the reader sees only the card of a customer: it is served elsewhere in their global account."""
    return not Customer.objects.detailed_to(reader).filter(pk=customer.pk).exists()


class CustomerPage(RecordPage):
    """A customer: who leads and serves it, its plants, people, terms, and what goes on; a card where one serves another plant."""

    model = Customer
    template_name = "accounts/customer_page.html"
    list_url = "accounts:customer_list"
    number_field = "code"
    edit_url = "accounts:customer_edit"
    edit_verb = "accounts.edit_customer"
    buttons = (
        VerbButton("accounts.activate_customer", "accounts:customer_activate", "circle-check"),
        VerbButton("accounts.unblock_customer", "accounts:customer_unblock", "lock-open"),
        VerbButton("accounts.block_customer", "accounts:customer_block", "ban", page=True),
    )
    #: Behind the three dots.
    more = (
        ("accounts.edit_customer_terms", "accounts:customer_terms", "scale"),
        ("accounts.edit_external_code", "accounts:customer_add_external_code", "hash"),
        ("accounts.create_plant", "accounts:plant_create", "map-pin-plus"),
        ("accounts.create_contact", "accounts:contact_create", "user-plus"),
        ("accounts.close_customer", "accounts:customer_close", "archive"),
        ("accounts.acquire_company", "accounts:customer_acquire", "git-merge"),
        ("accounts.merge_customers", "accounts:customer_merge", "merge"),
    )

    @cached_property
    def card(self) -> bool:
        """Whether the reader sees only the card."""
        return is_card(self.record, self.reader)

    @cached_property
    def overview(self) -> Any:
        """Who leads, who serves, how many people."""
        return customer_overview(self.record, self.reader)

    def badges(self) -> list[Badge]:
        merged = [Badge(_("Merged"), "closed", "merge")] if self.record.merged_into_id else []
        return [badge_for(self.record), *merged, *global_mark(self.record.group)]

    def facts(self) -> list[Fact]:
        one, group = self.record, self.record.group
        place = ", ".join(
            filter(None, (one.address, f"{one.postal_code} {one.city}".strip(), one.region, country_name(one.country)))
        )
        found = [
            Fact(_("Address"), place),
            Fact(_("Group"), group.name if group else None, group.get_absolute_url() if group else ""),
            Fact(_("Sector"), one.sector.name if one.sector else None),
            Fact(_("VAT number"), one.vat_id),
            Fact(_("Website"), one.website, one.website),
            Fact(_("Language of documents"), language_name(one.language)),
            Fact(_("Currency"), one.currency),
        ]
        if one.tax_code:
            found.append(Fact(_("Tax code"), one.tax_code))
        if one.approves_site and not self.card:
            found.append(Fact(_("Change of the production site"), _("only with its approval")))
        if one.status_reason and not self.card:
            found.append(Fact(_("Reason of the status"), one.status_reason))
        if one.merged_into_id and Customer.objects.visible_to(self.reader).filter(pk=one.merged_into_id).exists():
            found.append(Fact(_("Merged into"), one.merged_into, one.merged_into.get_absolute_url()))
        return found

    def terms(self) -> list[Fact]:
        """The commercial terms, for whoever reads them."""
        one = self.record
        if self.card:
            return []
        incoterms = " ".join(filter(None, (one.incoterms, one.incoterms_place))) or None
        limit = money(one.credit_limit, one.currency) if one.credit_limit is not None else None
        until = _("until %(day)s") % {"day": day(one.credit_limit_until)} if one.credit_limit_until else ""
        return [
            Fact(_("Payment terms"), one.payment_terms or None, note=PaymentTerm.objects.named(one.payment_terms) or ""),
            Fact(_("Incoterms"), incoterms, note=one.incoterms_version),
            Fact(_("Credit limit"), limit, note=until),
        ]

    def panels(self) -> list[Any]:
        return card_panels(super().panels()) if self.card else super().panels()

    def more_steps(self) -> list[dict[str, Any]]:
        """What else this person may do here."""
        return more_steps(self, self.more)

    def context(self) -> dict[str, Any]:
        codes = [] if self.card else list(codes_of(self.record))
        return super().context() | {
            "card": self.card,
            "overview": self.overview,
            "relation": relation_facts(self.reader, card=self.card, customer=self.record),
            "terms": self.terms(),
            "codes": codes,
            "more": self.more_steps(),
            "report_visit": visit_address(self),
        }


#: What a card shows of a record that is served elsewhere: its people and its activities.
CARD_PANELS = frozenset({"plants", "contacts", "activities"})


def card_panels(panels: list[Any]) -> list[Any]:
    """Those panels that a card has."""
    return [shown for shown in panels if shown.panel.name in CARD_PANELS]


def more_steps(page: RecordPage, table: Any) -> list[dict[str, Any]]:
    """The further verbs of a record that this reader may do, with their addresses."""
    found = []
    for verb, url_name, icon in table:
        if page.may(verb):
            creates = url_name.endswith("_create")
            address = (
                f"{reverse(url_name)}?{page.model._meta.model_name}={page.record.pk}"
                if creates
                else reverse(url_name, args=[page.record.pk])
            )
            found.append({"label": VERBS[verb].label, "address": address, "icon": icon})
    return found


def visit_address(page: RecordPage) -> str:
    """Where a visit to this customer or plant is reported; empty where the reader reports none."""
    if not page.reader.may("accounts.create_activity"):
        return ""
    return f"{reverse('accounts:activity_create')}?kind=visit&{page.model._meta.model_name}={page.record.pk}"


class CustomerCreate(FormPage):
    """A new customer."""

    model = Customer
    form_class = CustomerCreateForm
    template_name = "accounts/customer_form.html"
    verb = "accounts.create_customer"
    creates = True
    title = _("New customer")
    success = _("Customer created.")
    cancel_url = "/customers/"

    def act(self, form: Any) -> Any:
        values = form.values()
        values.pop("version", None)
        return create_customer(Customer, actor=self.reader, **values)


class CustomerEdit(FormPage):
    """Edit a customer."""

    model = Customer
    form_class = CustomerForm
    template_name = "accounts/customer_form.html"
    verb = "accounts.edit_customer"
    title = _("Edit customer")

    def act(self, form: Any) -> Any:
        return edit_customer(self.record, actor=self.reader, **form.values())


class CustomerTerms(FormPage):
    """Edit the commercial terms of a customer."""

    model = Customer
    form_class = TermsForm
    verb = "accounts.edit_customer_terms"
    title = _("Commercial terms")

    def act(self, form: Any) -> Any:
        return edit_customer_terms(self.record, actor=self.reader, **form.values())


class CustomerActivate(VerbView):
    """Make a prospect a customer, or open a closed one again."""

    model = Customer
    verb = "accounts.activate_customer"
    reason = True


class CustomerBlock(VerbView):
    """Block a customer."""

    model = Customer
    verb = "accounts.block_customer"
    reason_required = True
    dangerous = True
    text = _("Everybody on the account sees the block and its reason; nothing new is sold until it is lifted.")


class CustomerUnblock(VerbView):
    """Lift a block."""

    model = Customer
    verb = "accounts.unblock_customer"
    reason = True


class CustomerClose(VerbView):
    """Close a customer."""

    model = Customer
    verb = "accounts.close_customer"
    reason_required = True
    dangerous = True
    text = _("We no longer sell to this customer. Its history stays, and it can be opened again.")


class CustomerAddExternalCode(VerbView):
    """Record a code of another system."""

    model = Customer
    verb = "accounts.edit_external_code"
    form_class = ExternalCodeForm
    title = _("Code in another system")

    def act(self, form: Any) -> Any:
        values = form.values()
        values.pop("version", None)
        return add_external_code(self.record, actor=self.reader, **values)


class CustomerPlants(Signed):
    """The plants of a customer as a part of its page: who leads and serves each."""

    model = Customer

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        customer = self.record_or_404()
        plants = Plant.objects.visible_to(self.reader).filter(customer=customer)
        context = {"record": customer, "picture": matrix_of(plants), "closed": plants.exclude(status=Plant.Status.OPEN)}
        return render(request, "accounts/customer_plants.html", context)


class CustomerContacts(Signed):
    """The people of a customer as a part of its page."""

    model = Customer

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        customer = self.record_or_404()
        contacts = Contact.objects.visible_to(self.reader).filter(customer=customer, is_active=True).for_list()
        may_create = Customer.objects.permitted(self.reader, "accounts.create_contact").filter(pk=customer.pk).exists()
        context = {
            "record": customer,
            "contacts": contacts[:200],
            "may_create": may_create,
            "create_query": f"customer={customer.pk}",
        }
        return render(request, "accounts/contacts_panel.html", context)


def choices(filterset_class: Any, shown: Callable[[Any], str] = str) -> Callable[[HttpRequest], HttpResponse]:
    """The view that answers a field with search: the reader's rows that fit what is typed, as key and text."""
    model = filterset_class._meta.model

    @require_GET
    def view(request: HttpRequest) -> HttpResponse:
        rows = model._default_manager.visible_to(request.user).for_list()
        found = filterset_class({"search": request.GET.get("q", "")}, queryset=rows, request=request)
        chosen = found.qs[:50] if found.is_valid() else rows.none()
        return JsonResponse({"results": [{"id": row.pk, "text": shown(row)} for row in chosen]})

    return view


customer_choices = choices(CustomerFilter, lambda row: f"{row.name} ({row.code})")
