"""Pages for what is missing: publishing the standard cost of one product, and the products without a bill of resources."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from catalog.actions.costs import publish_costs
from catalog.filters import ProductFilter
from catalog.forms import CostForm
from catalog.models import Product, StandardCost
from catalog.reports import products_without_bill
from kam.core.tables import Column
from kam.core.views import FormPage, ListPage
from kam.core.views.base import refusals_of
from kam.core.workflow import Denied

OF_THE_VERSION = ("location", "cost_version", "first_day", "reason")


class CostPublish(FormPage):
    """Publish the standard cost of a product at a location from a day on; many at once are a sheet."""

    model = StandardCost
    form_class = CostForm
    verb = "catalog.publish_costs"
    creates = True
    title = _("Publish standard cost")
    submit_label = _("Publish")
    success = _("Cost published. The one before ends the day before.")
    cancel_url = "/standard-costs/"

    def act(self, form: Any) -> Any:
        """Publish a version with this one cost; a refusal stands at the field of the form."""
        values = form.values()
        values.pop("version", None)
        self.product = values["product"]
        head = {name: values.pop(name) for name in OF_THE_VERSION}
        cost = {name: value for name, value in values.items() if value not in (None, "")}
        try:
            return publish_costs(StandardCost, actor=self.reader, costs=[cost], **head)
        except Denied as denied:
            for one in refusals_of(denied):
                one.field = (one.field or "").removeprefix("costs.0.")
            raise

    def next_address(self, record: Any) -> str:
        """The costs of the product."""
        return f"/products/{self.product.pk}/?tab=costs"


class WithoutBillList(ListPage):
    """The products in production whose location has no bill of resources for them today."""

    model = Product
    key = "catalog.without_bill"
    title = _("Products without a bill of resources")
    icon = "layers"
    filterset_class = ProductFilter
    default_order = ("code",)
    note = _("Their load on the work centres cannot be planned.")
    empty_title = _("Every product has its bill")
    columns = (
        Column("code", _("Product"), sort="code", link=True, second="name"),
        Column("family", _("Family"), value="family.name"),
        Column("producing_location", _("Location"), value="producing_location.name", sort="producing_location__code"),
        Column("status", _("Status"), kind="status", sort="status"),
    )

    def rows(self) -> QuerySet:
        return products_without_bill(super().rows()).select_related("family", "producing_location")
