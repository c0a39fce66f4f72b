"""Sales as a part of other pages: of a customer, plant, product or group, and of the first screens."""

from typing import Any

from django.http import QueryDict
from django.utils.http import urlencode

from accounts.models import Customer, CustomerGroup, Plant, access_of
from catalog.models import Product
from kam.core.views import Page
from orders.models import SalesTotal
from orders.views.asking import Asking
from orders.views.lines import refuse_without_sales
from orders.views.shown import Shown

#: What the sales of each kind of record are broken down by.
PARTS: dict[str, tuple[Any, str]] = {
    "customer": (Customer, "plant"),
    "plant": (Plant, "product"),
    "product": (Product, "customer"),
    "group": (CustomerGroup, "customer"),
}
#: What each role's first screen shows sales by: one's customers, one's plants, the account managers who led them on the day.
HOME_BY = {"sales_manager": "account_manager", "area_manager": "plant"}
IN_SHORT = 10


class SalesPart(Page):
    """The year beside the year before, twelve months and a table, as a part of another page."""

    template_name = "orders/sales_panel.html"
    rows_shown = IN_SHORT

    def query(self) -> dict[str, Any]:
        """What is asked, as the parameters of the sales screen."""
        raise NotImplementedError

    def context(self) -> dict[str, Any]:
        query = urlencode(self.query())
        refuse_without_sales(self.reader)
        shown = Shown(Asking(QueryDict(query), self.request), rows=self.rows_shown)
        return super().context() | shown.context() | {"query": query}


class RecordSales(SalesPart):
    """The sales of one record, as far as the reader sees them."""

    part = ""

    def rows(self) -> Any:
        return PARTS[self.part][0]._default_manager.visible_to(self.reader)

    def query(self) -> dict[str, Any]:
        return {self.part: self.record_or_404().pk, "by": PARTS[self.part][1]}


class HomeSales(SalesPart):
    """The reader's own year on the first screen."""

    model = SalesTotal
    rows_shown = 6

    def query(self) -> dict[str, Any]:
        roles = access_of(self.reader).roles
        return {"by": next((by for role, by in HOME_BY.items() if role in roles), "customer")}
