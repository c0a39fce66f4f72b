"""Pages of the sources of invoices: which system counts for which location and when, one of them, declaring the next."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from kam.core.tables import Column
from kam.core.views import Fact, FormPage, ListPage, RecordPage
from orders.actions import declare_invoice_source
from orders.filters.sources import InvoiceSourceFilter
from orders.forms.sources import InvoiceSourceForm
from orders.models import InvoiceSource


class InvoiceSourceList(ListPage):
    """Where each location's invoices come from."""

    model = InvoiceSource
    title = _("Sources of invoices")
    icon = "receipt-text"
    filterset_class = InvoiceSourceFilter
    default_order = ("location__code", "-period")
    create_url = "orders:source_create"
    create_verb = "orders.declare_invoice_source"
    create_label = _("Declare source of invoices")
    tabs = ((_("Today"), "today=true"),)
    empty_title = _("No source is declared")
    empty_text = _("The first list of an ERP that is imported for a location declares it by itself.")
    columns = (
        Column("location", _("Location"), value="location.name", sort="location__code", second="location.code"),
        Column("system", _("System"), sort="system", link=True),
        Column("first_day", _("First day"), kind="date", sort="period"),
        Column("last_day", _("Last day"), kind="date"),
    )


class InvoiceSourcePage(RecordPage):
    """A source and the days on which it counts."""

    model = InvoiceSource
    list_url = "orders:source_list"
    icon = "receipt-text"

    def facts(self) -> list[Fact]:
        one = self.record
        return [
            Fact(_("Location"), one.location.name, one.location.get_absolute_url()),
            Fact(_("System"), one.system),
            Fact(_("First day"), one.first_day or _("always")),
            Fact(_("Last day"), one.last_day or _("until further notice")),
        ]


class InvoiceSourceCreate(FormPage):
    """Declare where a location's invoices come from."""

    model = InvoiceSource
    form_class = InvoiceSourceForm
    verb = "orders.declare_invoice_source"
    creates = True
    title = _("Declare source of invoices")
    success = _("The source is declared.")
    cancel_url = "/invoice-sources/"

    def act(self, form: Any) -> Any:
        values = form.values()
        values.pop("version", None)
        return declare_invoice_source(InvoiceSource, actor=self.reader, **values)
