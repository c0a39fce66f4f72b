"""Pages of products and their families: list, tree, page with its parts, forms, and the steps of a product's life."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.countries import country_name
from accounts.views.customer import choices
from catalog.actions import create_family, create_product, edit_family, edit_product
from catalog.filters import ProductFilter
from catalog.forms import FamilyForm, PhaseOutForm, ProductForm
from catalog.models import BillOfResources, Product, ProductFamily, ProductRevision, reads_prices
from catalog.models.scopes import reads_some_costs
from catalog.reports import cost_courses, costs_of, family_tree, prices_of, where_used
from catalog.views.lists import SheetList, TranslatedName
from kam.core import clock
from kam.core.badges import Badge
from kam.core.tables import Column
from kam.core.views import Fact, FormPage, Page, RecordPage, Signed, VerbView
from kam.core.views.record import VerbButton
from kam.core.workflow import Denied


def all_costs_read(page: Any) -> bool:
    """Whether the reader reads the cost of every product in the list, so that its order tells nothing."""
    rows = page.filtered()
    return not rows.exclude(pk__in=Product.objects.costs_visible_to(page.reader).values("pk")).exists()


class ProductList(SheetList):
    """Every product."""

    model = Product
    title = _("Products")
    icon = "cog"
    kind = "catalog.products"
    filterset_class = ProductFilter
    default_order = ("code",)
    drawer_template = "catalog/product_card.html"
    create_url = "catalog:product_create"
    create_verb = "catalog.create_product"
    create_label = _("New product")
    tabs = (
        (_("Active"), "status=active"),
        (_("In development"), "status=development"),
        (_("Phasing out"), "status=phase_out"),
        (_("Discontinued"), "status=discontinued"),
    )
    empty_title = _("No products yet")
    empty_text = _("Create the first one, or import them from a sheet.")
    columns = (
        Column("code", _("Product"), sort="code", link=True, second="name"),
        Column("status", _("Status"), kind="status", sort="status"),
        Column("family", _("Family"), value="family.name", sort="family__code"),
        Column("producing_location", _("Producing location"), value="producing_location.name", sort="producing_location__code"),
        Column("lead_time_days", _("Lead time (working days)"), kind="number", sort="lead_time_days"),
        Column("minimum_order_quantity", _("Minimum order quantity"), kind="number", most=3, sort="minimum_order_quantity"),
        Column("base_unit", _("Base unit"), value="get_base_unit_display", sort="base_unit"),
        Column(
            "standard_cost",
            _("Standard cost"),
            kind="money",
            decimals=2,
            most=5,
            sort=("standard_cost_currency", "standard_cost"),
            sort_if=all_costs_read,
            second="standard_cost_currency",
            permission=reads_some_costs,
            note=_("Of one base unit today, at the producing location"),
        ),
        Column("name", _("Name"), sort=TranslatedName(), default=False),
        Column("pack_multiple", _("Pack multiple"), kind="number", most=3, sort="pack_multiple", default=False),
        Column("net_weight", _("Net weight (kg)"), kind="number", decimals=3, sort="net_weight", default=False),
        Column("gross_weight", _("Gross weight (kg)"), kind="number", decimals=3, sort="gross_weight", default=False),
        Column("customs_code", _("HS/TARIC code"), sort="customs_code", default=False),
        Column(
            "origin_country",
            _("Country of origin"),
            value=lambda row: country_name(row.origin_country),
            sort="origin_country",
            default=False,
        ),
        Column("is_dual_use", _("Dual use"), kind="yes", sort="is_dual_use", default=False),
        Column("is_sanctioned", _("On a sanctions list"), kind="yes", sort="is_sanctioned", default=False),
        Column("last_order_date", _("Last-order date"), kind="date", sort="last_order_date", default=False),
        Column("updated_at", _("Last change"), kind="moment", sort="updated_at", default=False),
    )

    def rows(self) -> QuerySet:
        rows: Any = super().rows()
        return rows.with_costs(self.reader)  # type: ignore[no-any-return]

    def drawer_extra(self, record: Product) -> dict[str, Any]:
        return {"revision": ProductRevision.objects.in_force(record, clock.today()), "prices": prices_of(record, self.reader)[:3]}


class ProductPage(RecordPage):
    """A product: what it is, its revision in force, and in its parts revisions, costs, prices, items and bills."""

    model = Product
    template_name = "catalog/product_page.html"
    list_url = "catalog:product_list"
    number_field = "code"
    edit_url = "catalog:product_edit"
    edit_verb = "catalog.edit_product"
    buttons = (
        VerbButton("catalog.launch_product", "catalog:product_launch", "rocket", primary=True),
        VerbButton("catalog.reactivate_product", "catalog:product_reactivate", "rotate-ccw", page=True),
        VerbButton("catalog.discontinue_product", "catalog:product_discontinue", "archive"),
        VerbButton("catalog.phase_out_product", "catalog:product_phase_out", "hourglass", page=True),
    )

    def badges(self) -> list[Badge]:
        marks = super().badges()
        if self.record.is_dual_use:
            marks.append(Badge(_("Dual use"), "wait", "shield-alert"))
        if self.record.is_sanctioned:
            marks.append(Badge(_("On a sanctions list"), "no", "ban"))
        return marks

    def facts(self) -> list[Fact]:
        one, family = self.record, self.record.family
        unit = one.get_base_unit_display()
        found = [
            Fact(_("Family"), family.name, family.get_absolute_url(), note=family.line.name if family.parent_id else ""),
            Fact(_("Producing location"), one.producing_location.name if one.producing_location else None),
            Fact(_("Base unit"), unit, note=", ".join(str(other) for other in one.units.all())),
            Fact(_("Net weight (kg)"), one.net_weight),
            Fact(_("Gross weight (kg)"), one.gross_weight),
            Fact(_("Standard lead time (working days)"), one.lead_time_days),
            Fact(_("Minimum order quantity"), one.minimum_order_quantity),
            Fact(_("Pack multiple"), one.pack_multiple),
            Fact(_("HS/TARIC code"), one.customs_code),
            Fact(_("Country of origin"), country_name(one.origin_country) if one.origin_country else None),
        ]
        if one.last_order_date:
            found.append(Fact(_("Last-order date"), one.last_order_date))
        if one.successor:
            found.append(Fact(_("Successor"), one.successor, one.successor.get_absolute_url()))
        return found

    def panels(self) -> list[Any]:
        hidden = {name for name, reads in (("costs", reads_some_costs), ("prices", reads_prices)) if not reads(self.reader)}
        return [shown for shown in super().panels() if shown.panel.name not in hidden]

    def context(self) -> dict[str, Any]:
        names = [(_("Italian"), self.record.name_it), (_("English"), self.record.name_en), (_("German"), self.record.name_de)]
        return super().context() | {"revision": ProductRevision.objects.in_force(self.record, clock.today()), "names": names}


class LinesPage(FormPage):
    """A form with tables of lines; refusals of single lines stand at their fields."""

    template_name = "catalog/lines_form.html"

    def run(self, action: Any, subject: Any, form: Any) -> Any:
        """Do the action with what the form holds."""
        try:
            return action(subject, actor=self.reader, **form.values())
        except Denied as denied:
            form.place(denied)
            raise


class ProductCreate(LinesPage):
    """A new product."""

    model = Product
    form_class = ProductForm
    verb = "catalog.create_product"
    creates = True
    title = _("New product")
    success = _("Product created.")
    cancel_url = "/products/"

    def act(self, form: Any) -> Any:
        return self.run(create_product, Product, form)


class ProductEdit(LinesPage):
    """Edit a product."""

    model = Product
    form_class = ProductForm
    verb = "catalog.edit_product"
    title = _("Edit product")

    def initial(self) -> dict[str, Any]:
        return super().initial() | {"units": self.record.units}

    def act(self, form: Any) -> Any:
        return self.run(edit_product, self.record, form)


class ProductLaunch(VerbView):
    """Take a product into sales."""

    model = Product
    verb = "catalog.launch_product"
    reason = True


class ProductPhaseOut(VerbView):
    """Announce the end of a product."""

    model = Product
    verb = "catalog.phase_out_product"
    form_class = PhaseOutForm
    text = _("Orders are taken until the last-order date. Customers with an item of this product should be told.")


class ProductDiscontinue(VerbView):
    """End a product."""

    model = Product
    verb = "catalog.discontinue_product"
    reason = True
    dangerous = True


class ProductReactivate(VerbView):
    """Take a product back into sales."""

    model = Product
    verb = "catalog.reactivate_product"
    reason_required = True


product_choices = choices(ProductFilter)


class ProductPart(Signed):
    """A part of a product's page under its own rule."""

    model = Product
    part = ""

    def context(self, product: Product) -> dict[str, Any]:
        """What the part shows."""
        match self.part:
            case "revisions":
                rows = ProductRevision.objects.visible_to(self.reader).filter(product=product).for_list()
                return {
                    "revisions": rows,
                    "create": self.create_address("catalog.create_revision", "product_revision_create", product),
                }
            case "costs":
                return {
                    "costs": costs_of(product, self.reader),
                    "charts": cost_courses(product, self.reader),
                    "today": clock.today(),
                }
            case "prices":
                create = self.create_address("catalog.record_list_price", "list_price_create", product)
                return {"prices": prices_of(product, self.reader), "today": clock.today(), "create": create}
            case "items":
                create = self.create_address("catalog.create_customer_item", "customer_item_create", product)
                return {"items": where_used(product, self.reader)[:200], "create": create}
        bills = BillOfResources.objects.visible_to(self.reader).filter(product=product).on(clock.today()).with_lines()
        return {"bills": bills, "create": self.create_address("catalog.record_bill", "bill_create", product)}

    def create_address(self, verb: str, name: str, product: Product) -> str:
        """Where a further row is made, for whoever may."""
        return f"{reverse(f'catalog:{name}')}?product={product.pk}" if self.reader.may(verb) else ""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        product = self.record_or_404()
        return render(request, f"catalog/product_{self.part}.html", {"record": product} | self.context(product))


class FamilyTree(Page):
    """The families from the product lines down."""

    model = ProductFamily
    title = _("Product families")
    template_name = "catalog/family_tree.html"

    def context(self) -> dict[str, Any]:
        return super().context() | {"branches": family_tree(self.reader), "can_create": self.reader.may("catalog.create_family")}


class FamilyPage(RecordPage):
    """A family with what belongs to it."""

    model = ProductFamily
    template_name = "catalog/family_page.html"
    list_url = "catalog:family_list"
    number_field = "code"
    edit_url = "catalog:family_edit"
    edit_verb = "catalog.edit_family"

    def facts(self) -> list[Fact]:
        one = self.record
        count = Product.objects.visible_to(self.reader).of_family(one).count()
        parent = one.parent
        return [
            Fact(
                _("Belongs to"), parent.name if parent else gettext("product line"), parent.get_absolute_url() if parent else ""
            ),
            Fact(_("Products"), count, f"{reverse('catalog:product_list')}?family={one.pk}"),
            *(
                Fact(label, name)
                for label, name in ((_("Italian"), one.name_it), (_("English"), one.name_en), (_("German"), one.name_de))
            ),
        ]

    def context(self) -> dict[str, Any]:
        children = ProductFamily.objects.visible_to(self.reader).filter(parent=self.record)
        return super().context() | {"children": children}


class FamilyCreate(FormPage):
    """A new family."""

    model = ProductFamily
    form_class = FamilyForm
    verb = "catalog.create_family"
    creates = True
    title = _("New product family")
    cancel_url = "/product-families/"

    def act(self, form: Any) -> Any:
        return create_family(ProductFamily, actor=self.reader, **form.values())


class FamilyEdit(FormPage):
    """Edit a family."""

    model = ProductFamily
    form_class = FamilyForm
    verb = "catalog.edit_family"
    title = _("Edit product family")

    def act(self, form: Any) -> Any:
        return edit_family(self.record, actor=self.reader, **form.values())
