"""Pages of standard costs, list prices, customer items and programmes."""

from typing import Any

from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer
from catalog.actions import create_customer_item, create_programme, edit_customer_item, edit_programme, record_list_price
from catalog.filters import CustomerItemFilter, ListPriceFilter, ProgrammeFilter, StandardCostFilter
from catalog.forms import CustomerItemCreateForm, CustomerItemForm, PriceForm, ProgrammeCreateForm, ProgrammeForm
from catalog.models import CustomerItem, ListPrice, ProductRevision, Programme, StandardCost, reads_prices
from catalog.models.scopes import reads_some_costs
from catalog.views.lists import SheetList
from kam.core import clock
from kam.core.badges import Badge
from kam.core.plain import Plain
from kam.core.tables import Column
from kam.core.views import Fact, FormPage, RecordPage, Signed, VerbView
from kam.core.workflow import Denied


def validity_badge(row: Any) -> Badge:
    """Whether a dated row holds today, begins later or has ended."""
    today = clock.today()
    if row.holds_on(today):
        return Badge(_("Holds today"), "ok")
    if row.first_day is not None and row.first_day > today:
        return Badge(_("Begins later"), "draft")
    return Badge(_("Has ended"), "closed")


PERIOD = (
    Column("first_day", _("Valid from"), kind="date", sort="period"),
    Column("last_day", _("Valid until"), kind="date"),
    Column("validity", _("Validity"), value=validity_badge, kind="status"),
)
VALIDITY_TABS = ((_("In force"), "validity=now"), (_("Future"), "validity=later"), (_("Past"), "validity=past"))


class StandardCostList(SheetList):
    """The standard costs that the reader may see."""

    model = StandardCost
    title = _("Standard costs")
    icon = "calculator"
    filterset_class = StandardCostFilter
    default_order = ("product__code", "location__code", "-period")
    kind = "catalog.standard_costs"
    create_url = "catalog:standard_cost_publish"
    create_verb = "catalog.publish_costs"
    create_label = _("Publish cost")
    tabs = VALIDITY_TABS
    empty_title = _("No standard costs")
    empty_text = _("Finance publishes a version of a location as one sheet.")
    columns = (
        Column("product", _("Product"), value="product.code", sort="product__code", link=True, second="product.name"),
        Column("location", _("Location"), value="location.name", sort="location__code"),
        Column("cost_version", _("Cost version"), sort="cost_version"),
        Column("material", _("Material"), kind="money", decimals=2, most=5, sort="material"),
        Column("variable_conversion", _("Variable conversion"), kind="money", decimals=2, most=5, sort="variable_conversion"),
        Column("fixed", _("Fixed"), kind="money", decimals=2, most=5, sort="fixed"),
        Column("sum", _("Total"), kind="money", decimals=2, most=5, sort=F("material") + F("variable_conversion") + F("fixed")),
        Column("currency", _("Currency"), sort="currency"),
        Column("price_unit", _("Price unit"), kind="number", sort="price_unit"),
        *PERIOD,
    )

    def rows(self) -> QuerySet:
        if not reads_some_costs(self.reader):
            raise Denied("costs_hidden", _("Costs and margins are not for you to see here."), status=403)
        return super().rows()

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.rows()  # whoever reads none of these does nothing to the list of them
        return super().post(request, *args, **kwargs)


class ListPriceList(SheetList):
    """The price lists."""

    model = ListPrice
    title = _("List prices")
    icon = "tag"
    filterset_class = ListPriceFilter
    default_order = ("product__code", "currency", "location__code", "-period")
    kind = "catalog.list_prices"
    create_url = "catalog:list_price_create"
    create_verb = "catalog.record_list_price"
    create_label = _("New price")
    tabs = VALIDITY_TABS
    empty_title = _("No list prices")
    empty_text = _("The sales manager records them one by one or as a sheet.")
    columns = (
        Column("product", _("Product"), value="product.code", sort="product__code", link=True, second="product.name"),
        Column(
            "location",
            _("List"),
            value=lambda row: row.location.name if row.location else _("All locations"),
            sort="location__code",
        ),
        Column("price", _("Price"), kind="money", decimals=2, most=5, sort="price"),
        Column("currency", _("Currency"), sort="currency"),
        Column("price_unit", _("Price unit"), kind="number", sort="price_unit"),
        *PERIOD,
    )

    def rows(self) -> QuerySet:
        if not reads_prices(self.reader):
            raise Denied("prices_hidden", _("List prices are not for you to see."), status=403)
        return super().rows()

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.rows()  # whoever reads none of these does nothing to the list of them
        return super().post(request, *args, **kwargs)


class ListPriceCreate(FormPage):
    """Record a price from a day on."""

    model = ListPrice
    form_class = PriceForm
    verb = "catalog.record_list_price"
    creates = True
    title = _("New list price")
    success = _("Price recorded. The one before ends the day before.")
    cancel_url = "/list-prices/"

    def act(self, form: Any) -> Any:
        return record_list_price(ListPrice, actor=self.reader, **form.values())


class ListPriceWithdraw(VerbView):
    """Withdraw a price that has not begun."""

    model = ListPrice
    verb = "catalog.withdraw_list_price"
    reason = True
    dangerous = True
    text = _("The price before goes on in its place.")

    def next_address(self, result: Any) -> str:
        return f"/products/{self.record.product_id}/?tab=prices"


def revision_note(item: CustomerItem) -> str:
    """The agreed revision, beside the one that holds today where they differ."""
    return item.agreed_revision.level if item.agreed_revision else ""


class CustomerItemList(SheetList):
    """What the reader's customers call our products."""

    model = CustomerItem
    title = _("Customer items")
    icon = "package"
    filterset_class = CustomerItemFilter
    default_order = ("part_number",)
    kind = "catalog.customer_items"
    create_url = "catalog:customer_item_create"
    create_verb = "catalog.create_customer_item"
    create_label = _("New customer item")
    empty_title = _("No customer items")
    empty_text = _("Record what a customer calls one of our products.")
    columns = (
        Column("part_number", _("Customer part number"), sort="part_number", link=True, second="description"),
        Column("customer", _("Customer"), value="customer.name", sort=Plain("customer__name")),
        Column(
            "plant", _("Plant"), value=lambda row: row.plant.name if row.plant else _("All plants"), sort=Plain("plant__name")
        ),
        Column("product", _("Product"), value="product.code", sort="product__code", second="product.name"),
        Column("agreed_revision", _("Agreed revision"), value=revision_note, sort="agreed_revision__level"),
        Column("minimum_delivery_quantity", _("Minimum delivery quantity"), kind="number", sort="minimum_delivery_quantity"),
        Column("updated_at", _("Last change"), kind="moment", sort="updated_at", default=False),
    )


class CustomerItemPage(RecordPage):
    """A customer item: number, product, and whether the agreed revision is still the one that holds."""

    model = CustomerItem
    list_url = "catalog:customer_item_list"
    number_field = "description"
    edit_url = "catalog:customer_item_edit"
    edit_verb = "catalog.edit_customer_item"

    def badges(self) -> list[Badge]:
        agreed = self.record.agreed_revision
        present = ProductRevision.objects.in_force(self.record.product, clock.today())
        if agreed is None:
            return [Badge(_("No revision agreed"), "wait")]
        return [Badge(_("Revision in force"), "ok")] if agreed == present else [Badge(_("Not the revision in force"), "wait")]

    def facts(self) -> list[Fact]:
        one = self.record
        agreed = one.agreed_revision
        return [
            Fact(_("Customer"), one.customer.name, one.customer.get_absolute_url()),
            Fact(_("Plant"), one.plant.name if one.plant else _("All plants"), one.plant.get_absolute_url() if one.plant else ""),
            Fact(_("Product"), one.product, one.product.get_absolute_url()),
            Fact(_("Customer part number"), one.part_number),
            Fact(_("Customer description"), one.description),
            Fact(_("Agreed revision"), agreed.level if agreed else None, agreed.get_absolute_url() if agreed else ""),
            Fact(_("Minimum delivery quantity"), one.minimum_delivery_quantity),
        ]


class CustomerItemCreate(FormPage):
    """Record a customer's part number."""

    model = CustomerItem
    form_class = CustomerItemCreateForm
    verb = "catalog.create_customer_item"
    creates = True
    title = _("New customer item")
    cancel_url = "/customer-items/"

    def act(self, form: Any) -> Any:
        return create_customer_item(CustomerItem, actor=self.reader, **form.values())


class CustomerItemEdit(FormPage):
    """Edit a customer item."""

    model = CustomerItem
    form_class = CustomerItemForm
    verb = "catalog.edit_customer_item"
    title = _("Edit customer item")

    def act(self, form: Any) -> Any:
        return edit_customer_item(self.record, actor=self.reader, **form.values())


class CustomerItemsPanel(Signed):
    """The items of a customer as a part of its page."""

    model = Customer

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        customer = self.record_or_404()
        items = CustomerItem.objects.visible_to(self.reader).filter(customer=customer).for_list()
        programmes = Programme.objects.visible_to(self.reader).filter(customer=customer)
        may = Customer.objects.permitted(self.reader, "catalog.create_customer_item").filter(pk=customer.pk).exists()
        context = {
            "record": customer,
            "items": items[:200],
            "programmes": programmes[:200],
            "create": f"{reverse('catalog:customer_item_create')}?customer={customer.pk}" if may else "",
            "create_programme": f"{reverse('catalog:programme_create')}?customer={customer.pk}" if may else "",
        }
        return render(request, "catalog/customer_items.html", context)


class ProgrammeList(SheetList):
    """The programmes of the reader's customers."""

    model = Programme
    title = _("Programmes")
    icon = "milestone"
    filterset_class = ProgrammeFilter
    default_order = ("code",)
    kind = "catalog.programmes"
    create_url = "catalog:programme_create"
    create_verb = "catalog.create_programme"
    create_label = _("New programme")
    empty_title = _("No programmes")
    empty_text = _("Record what a customer builds with our products, from start to end of production.")
    columns = (
        Column("code", _("Programme"), sort="code", link=True, second="name"),
        Column("customer", _("Customer"), value="customer.name", sort=Plain("customer__name")),
        Column("start_of_production", _("Start of production"), kind="date", sort="start_of_production"),
        Column("end_of_production", _("End of production"), kind="date", sort="end_of_production"),
        Column("updated_at", _("Last change"), kind="moment", sort="updated_at", default=False),
    )


class ProgrammePage(RecordPage):
    """A programme of a customer."""

    model = Programme
    list_url = "catalog:programme_list"
    number_field = "code"
    edit_url = "catalog:programme_edit"
    edit_verb = "catalog.edit_programme"

    def facts(self) -> list[Fact]:
        one = self.record
        return [
            Fact(_("Customer"), one.customer.name, one.customer.get_absolute_url()),
            Fact(_("Start of production"), one.start_of_production),
            Fact(_("End of production"), one.end_of_production),
            Fact(_("Notes"), one.notes),
        ]


class ProgrammeCreate(FormPage):
    """A new programme."""

    model = Programme
    form_class = ProgrammeCreateForm
    verb = "catalog.create_programme"
    creates = True
    title = _("New programme")
    cancel_url = "/programmes/"

    def act(self, form: Any) -> Any:
        return create_programme(Programme, actor=self.reader, **form.values())


class ProgrammeEdit(FormPage):
    """Edit a programme."""

    model = Programme
    form_class = ProgrammeForm
    verb = "catalog.edit_programme"
    title = _("Edit programme")

    def act(self, form: Any) -> Any:
        return edit_programme(self.record, actor=self.reader, **form.values())
