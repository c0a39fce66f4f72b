"""The lines of the ledger as a list, behind every figure; and a document with those of its lines that the reader sees."""

from typing import Any

from django.db.models import QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer
from kam.core.tables import Column
from kam.core.views import Fact, ListPage, Page
from kam.core.workflow import Denied
from orders.filters import SalesLineFilter
from orders.models import SalesDocument, SalesHeader, SalesLine, cost_reach_of, reads_ledger


def reads_some_margin(reader: Any) -> bool:
    """Whether this person reads the local cost of any sale."""
    return not cost_reach_of(reader).nothing


def reads_group_margin(reader: Any) -> bool:
    """Whether this person reads the group's cost of any sale."""
    reach = cost_reach_of(reader)
    return bool(reach.everything or reach.accounts.statement)


def of_group(name: str) -> Any:
    """A value that follows from the group's cost, where the reader reads it."""
    return lambda row: getattr(row, name) if row.reads_cost else None


def of_location(name: str) -> Any:
    """A value that follows from the cost of the selling location, where the reader reads it."""
    return lambda row: getattr(row, name) if row.reads_local_cost else None


def refuse_without_sales(reader: Any) -> None:
    """Raises Denied for whoever reads no sale at all."""
    if not reads_ledger(reader):
        raise Denied("sales_hidden", _("Sales are not for you to see."), status=403)


def kind_of(row: SalesLine) -> str:
    """The kind of a line, and whether it went to a company of our own: such lines count in no total of sales."""
    kind = str(row.get_kind_display())
    return f"{kind} · {_('intercompany')}" if row.is_intercompany else kind


AMOUNT: dict[str, Any] = {"kind": "money", "decimals": 2}
COLUMNS = (
    Column("document", _("Document"), value="document.number", link=True, second=kind_of),
    Column("date", _("Date"), kind="date", sort="date"),
    Column("customer", _("Customer"), value="plant.customer.name", second="plant.name"),
    Column("product", _("Product"), value="product.code", second="product.name"),
    Column("quantity", _("Quantity"), kind="number", most=6),
    Column("unit", _("Unit"), value="get_unit_display"),
    Column("net", _("Net amount"), second="currency", most=6, **AMOUNT),
    Column("revenue", _("Revenue"), total=Sum("revenue"), **AMOUNT),
    Column("margin", _("Margin"), value=of_group("margin"), permission=reads_group_margin, **AMOUNT),
    Column("local_margin", _("Local margin"), value=of_location("local_margin"), permission=reads_some_margin, **AMOUNT),
    Column("selling_location", _("Selling location"), value="selling_location.name"),
    Column("producing_location", _("Producing location"), value="producing_location.name", default=False),
    Column("account_manager", _("Account manager"), value="account_manager"),
    Column("cost", _("Cost"), value=of_group("cost"), permission=reads_group_margin, default=False, **AMOUNT),
    Column("local_cost", _("Local cost"), value=of_location("local_cost"), permission=reads_some_margin, default=False, **AMOUNT),
    Column("sector", _("Sector"), value="sector", default=False),
    Column("area", _("Area"), value="area", default=False),
    Column("number", _("Line"), default=False),
    Column("version", _("Version"), kind="number", default=False),
    Column("rate", _("Exchange rate"), kind="number", decimals=4, most=8, default=False),
    Column("is_intercompany", _("Intercompany"), kind="yes", default=False),
)


class SalesList(ListPage):
    """A list of what was sold, told to nobody who reads no sale at all."""

    def rows(self) -> Any:
        refuse_without_sales(self.reader)
        return super().rows()

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        refuse_without_sales(self.reader)
        return super().post(request, *args, **kwargs)


class SalesLineList(SalesList):
    """Invoiced and credited lines as they hold now; summed only where they are of one month."""

    model = SalesLine
    title = _("Sales lines")
    icon = "receipt-text"
    breadcrumb = ((_("Sales"), "/sales/"),)
    filterset_class = SalesLineFilter
    default_order = ("-date",)
    columns = COLUMNS
    tabs = ((_("Sold to customers"), "is_intercompany=false"), (_("Intercompany"), "is_intercompany=true"))
    empty_title = _("No lines")
    empty_text = _("Nothing was sold there. Sales come in as a file: Imports, kind “Sales”.")

    def rows(self) -> QuerySet:
        return super().rows().current().with_cost_rights(self.reader)

    def totals(self) -> dict[str, Any]:
        days = self.filterset.form.cleaned_data.get("date") if self.filterset.is_valid() else None
        of_one_month = days and days.start and days.stop and f"{days.start:%Y%m}" == f"{days.stop:%Y%m}"
        return super().totals() if of_one_month else {}


class SalesDocumentPage(Page):
    """An invoice or a credit note: what its source says about it, and those of its lines that the reader sees."""

    model = SalesDocument
    template_name = "orders/document.html"
    breadcrumb = ((_("Sales"), "/sales/"), (_("Sales lines"), "/sales/lines/"))

    @cached_property
    def record(self) -> SalesDocument:
        """The document of the address."""
        found: SalesDocument = self.record_or_404()
        return found

    def page_of(self, customer: Customer) -> str:
        """The page of the sold-to party, where the reader has one: a plant of ours may be another location's by now."""
        return customer.get_absolute_url() if Customer.objects.visible_to(self.reader).filter(pk=customer.pk).exists() else ""

    def facts(self, header: SalesHeader | None, whole: bool) -> list[Fact]:
        """What the source says; the total only to whoever sees every line of the document."""
        if header is None:
            return [Fact(_("Source system"), self.record.system)]
        found = [
            Fact(_("Kind"), header.get_kind_display()),
            Fact(_("Date"), header.date),
            Fact(_("Sold-to party"), header.customer.name, self.page_of(header.customer)),
            Fact(_("Selling location"), header.selling_location.name),
            Fact(_("Currency"), header.currency),
            Fact(_("Source system"), self.record.system),
        ]
        if whole:
            found += [Fact(_("Total as stated"), header.total), Fact(_("Sum of the lines"), header.lines_net)]
            found += [Fact(_("Difference"), header.difference)] if header.difference is not None else []
        return found

    def context(self) -> dict[str, Any]:
        lines = SalesLine.objects.visible_to(self.reader).current().filter(document=self.record)
        shown = list(lines.with_cost_rights(self.reader).for_list().order_by("number", "pk")[:500])
        whole = not SalesLine.objects.current().filter(document=self.record).exclude(pk__in=lines.values("pk")).exists()
        header = SalesHeader.objects.visible_to(self.reader).current().for_list().filter(document=self.record).first()
        return super().context() | {
            "title": self.record.number,
            "record": self.record,
            "lines": shown,
            "facts": self.facts(header, whole),
            "whole": whole,
            "reads_margin": reads_group_margin(self.reader),
            "reads_local_margin": reads_some_margin(self.reader),
        }
