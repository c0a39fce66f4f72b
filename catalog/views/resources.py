"""Pages of work centres and bills of resources."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext_lazy as _

from catalog.actions import create_work_centre, edit_bill, edit_work_centre, record_bill
from catalog.filters import BillFilter, WorkCentreFilter
from catalog.forms import BillCreateForm, BillForm, WorkCentreCreateForm, WorkCentreForm
from catalog.models import BillOfResources, WorkCentre
from catalog.reports import capacity_months, resources_for
from catalog.views.commercial import PERIOD, VALIDITY_TABS, validity_badge
from catalog.views.lists import SheetList, TranslatedName
from catalog.views.products import LinesPage
from kam.core import clock
from kam.core.badges import Badge
from kam.core.tables import Column
from kam.core.views import Fact, FormPage, RecordPage

LARGEST = Decimal(10) ** 9


class WorkCentreList(SheetList):
    """Every work centre."""

    model = WorkCentre
    title = _("Work centres")
    icon = "warehouse"
    filterset_class = WorkCentreFilter
    default_order = ("location__code", "code")
    kind = "catalog.work_centres"
    create_url = "catalog:work_centre_create"
    create_verb = "catalog.create_work_centre"
    create_label = _("New work centre")
    empty_title = _("No work centres yet")
    empty_text = _("Production planning records them one by one or as a sheet.")
    columns = (
        Column("code", _("Work centre"), sort="code", link=True, second="name"),
        Column("location", _("Location"), value="location.name", sort="location__code"),
        Column("machines", _("Machines"), kind="number", sort="machines"),
        Column("shifts", _("Shifts a day"), kind="number", sort="shifts"),
        Column("hours_per_shift", _("Hours a shift"), kind="number", decimals=2, sort="hours_per_shift"),
        Column("efficiency", _("Efficiency (%)"), kind="percent", sort="efficiency"),
        Column("presence_rate", _("Presence rate (%)"), kind="percent", sort="presence_rate"),
        Column("hours_a_day", _("Hours a working day"), kind="number", decimals=1),
        Column("is_active", _("In use"), kind="yes", sort="is_active"),
        Column("name", _("Name"), sort=TranslatedName(), default=False),
    )


class WorkCentrePage(RecordPage):
    """A work centre with its capacity month by month."""

    model = WorkCentre
    template_name = "catalog/work_centre_page.html"
    list_url = "catalog:work_centre_list"
    number_field = "code"
    edit_url = "catalog:work_centre_edit"
    edit_verb = "catalog.edit_work_centre"

    def badges(self) -> list[Badge]:
        return [Badge(_("In use"), "ok") if self.record.is_active else Badge(_("Out of use"), "closed")]

    def facts(self) -> list[Fact]:
        one = self.record
        return [
            Fact(_("Location"), one.location.name, one.location.get_absolute_url()),
            Fact(_("Machines"), one.machines),
            Fact(_("Shifts a day"), one.shifts),
            Fact(_("Hours a shift"), one.hours_per_shift),
            Fact(_("Efficiency (%)"), one.efficiency),
            Fact(_("Presence rate (%)"), one.presence_rate),
        ]

    def context(self) -> dict[str, Any]:
        bills = BillOfResources.objects.visible_to(self.reader).on(clock.today())
        used = (
            bills.filter(pk__in=self.record.operations.values("bill")).select_related("product").order_by("product__code", "pk")
        )
        return super().context() | {"months": capacity_months(self.record), "bills": used[:200]}


class WorkCentreCreate(FormPage):
    """A new work centre."""

    model = WorkCentre
    form_class = WorkCentreCreateForm
    verb = "catalog.create_work_centre"
    creates = True
    title = _("New work centre")
    cancel_url = "/work-centres/"

    def act(self, form: Any) -> Any:
        return create_work_centre(WorkCentre, actor=self.reader, **form.values())


class WorkCentreEdit(FormPage):
    """Edit a work centre."""

    model = WorkCentre
    form_class = WorkCentreForm
    verb = "catalog.edit_work_centre"
    title = _("Edit work centre")

    def act(self, form: Any) -> Any:
        return edit_work_centre(self.record, actor=self.reader, **form.values())


class BillList(SheetList):
    """Every bill of resources."""

    model = BillOfResources
    template_name = "catalog/bill_list.html"
    title = _("Bills of resources")
    icon = "layers"
    filterset_class = BillFilter
    default_order = ("product__code", "location__code", "-bill_version")
    kind = "catalog.bills_of_resources"
    create_url = "catalog:bill_create"
    create_verb = "catalog.record_bill"
    create_label = _("New bill of resources")
    tabs = VALIDITY_TABS
    empty_title = _("No bills of resources yet")
    empty_text = _("Without a bill a product's load cannot be planned.")
    columns = (
        Column("product", _("Product"), value="product.code", sort="product__code", link=True, second="product.name"),
        Column("location", _("Location"), value="location.name", sort="location__code"),
        Column("bill_version", _("Bill version"), kind="number", sort="bill_version"),
        Column("hours", _("Hours per unit"), kind="number", decimals=4, sort="hours"),
        Column("lot", _("Production lot"), kind="number", sort="lot"),
        Column("yield_rate", _("Yield (%)"), kind="percent", sort="yield_rate"),
        *PERIOD,
    )


class BillPage(RecordPage):
    """A bill of resources, and what a quantity takes."""

    model = BillOfResources
    template_name = "catalog/bill_page.html"
    list_url = "catalog:bill_list"
    edit_url = "catalog:bill_edit"
    edit_verb = "catalog.edit_bill"

    def badges(self) -> list[Badge]:
        return [validity_badge(self.record)]

    def facts(self) -> list[Fact]:
        one = self.record
        return [
            Fact(_("Product"), one.product, one.product.get_absolute_url()),
            Fact(_("Location"), one.location.name, one.location.get_absolute_url()),
            Fact(_("Bill version"), one.bill_version),
            Fact(_("Valid from"), one.first_day),
            Fact(_("Valid until"), one.last_day),
            Fact(_("Production lot"), one.lot),
            Fact(_("Yield (%)"), one.yield_rate),
        ]

    def quantity(self) -> Decimal:
        """The quantity asked for; 100 unless the address says another sensible one."""
        try:
            asked = Decimal(self.request.GET.get("quantity", "100"))
        except InvalidOperation:
            return Decimal(100)
        return asked if asked.is_finite() and 0 < asked <= LARGEST else Decimal(100)

    def context(self) -> dict[str, Any]:
        context = super().context()
        quantity, day = self.quantity(), self.record.first_day
        begun = day is not None and day <= clock.today()
        return context | {
            "quantity": quantity,
            "resources": resources_for({self.record.product: quantity}, self.record.location, day),
            "operations": self.record.operations.select_related("work_centre"),
            "materials": self.record.materials.all(),
            "can_edit": context["can_edit"] and not begun,
            "can_record": begun and self.may("catalog.record_bill"),
        }


class BillCreate(LinesPage):
    """Record a version of a bill."""

    model = BillOfResources
    form_class = BillCreateForm
    verb = "catalog.record_bill"
    creates = True
    title = _("New bill of resources")
    success = _("Bill recorded. The version before ends the day before.")
    cancel_url = "/bills-of-resources/"

    def initial(self) -> dict[str, Any]:
        """The address fills product and location; `like` begins with the lines of another version."""
        given = super().initial()
        like = self.request.GET.get("like", "")
        bill = self.rows().filter(pk=int(like)).first() if like.isdecimal() and len(like) < 19 else None
        if bill is None:
            return given
        return given | {
            "product": bill.product_id,
            "location": bill.location_id,
            "lot": bill.lot,
            "yield_rate": bill.yield_rate,
            "operations": bill.operations,
            "materials": bill.materials,
        }

    def act(self, form: Any) -> Any:
        return self.run(record_bill, BillOfResources, form)


class BillEdit(LinesPage):
    """Change a version that has not begun."""

    model = BillOfResources
    form_class = BillForm
    verb = "catalog.edit_bill"
    title = _("Edit bill of resources")

    def initial(self) -> dict[str, Any]:
        return super().initial() | {"operations": self.record.operations, "materials": self.record.materials}

    def act(self, form: Any) -> Any:
        return self.run(edit_bill, self.record, form)
