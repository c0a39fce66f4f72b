"""Pages of price indices: the list, one with its values, and recording or correcting a value."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from catalog.views.lists import SheetList
from kam.core.tables import Column
from kam.core.views import Fact, FormPage, RecordPage, VerbView
from orders.actions import create_index, edit_index, record_index_value
from orders.filters import PriceIndexFilter
from orders.forms import IndexForm, IndexValueForm, ValueForm
from orders.models import IndexValue, PriceIndex

SHOWN = 60


class IndexList(SheetList):
    """The indices that clauses may follow."""

    model = PriceIndex
    title = _("Price indices")
    icon = "trending-up"
    filterset_class = PriceIndexFilter
    default_order = ("code",)
    kind = "orders.index_values"
    create_url = "orders:index_create"
    create_verb = "orders.create_index"
    create_label = _("New price index")
    empty_title = _("No price indices")
    empty_text = _("Record the published prices of materials that agreements follow.")
    columns = (
        Column("code", _("Code"), sort="code", link=True, second="name"),
        Column("currency", _("Currency"), value=lambda row: row.currency or _("points")),
        Column("source", _("Source")),
        Column("updated_at", _("Last change"), kind="moment", sort="updated_at", default=False),
    )


class IndexPage(RecordPage):
    """An index and its last values."""

    model = PriceIndex
    template_name = "orders/index_page.html"
    list_url = "orders:index_list"
    number_field = "code"
    edit_url = "orders:index_edit"
    edit_verb = "orders.edit_index"

    def facts(self) -> list[Fact]:
        one = self.record
        return [Fact(_("Currency"), one.currency or _("points")), Fact(_("Source"), one.source)]

    def context(self) -> dict[str, Any]:
        may = self.reader.may
        return super().context() | {
            "values": self.record.values.order_by("-day")[:SHOWN],
            "can_record": may("orders.record_index_value"),
            "can_correct": may("orders.correct_index_value"),
        }


class IndexCreate(FormPage):
    """A new index."""

    model = PriceIndex
    form_class = IndexForm
    verb = "orders.create_index"
    creates = True
    title = _("New price index")
    cancel_url = "/price-indices/"

    def act(self, form: Any) -> Any:
        return create_index(PriceIndex, actor=self.reader, **form.values())


class IndexEdit(FormPage):
    """Change an index."""

    model = PriceIndex
    form_class = IndexForm
    verb = "orders.edit_index"
    title = _("Edit price index")

    def act(self, form: Any) -> Any:
        return edit_index(self.record, actor=self.reader, **form.values())


class ValueCreate(FormPage):
    """Record what an index stood at."""

    model = IndexValue
    form_class = IndexValueForm
    verb = "orders.record_index_value"
    creates = True
    title = _("Record index value")
    cancel_url = "/price-indices/"

    def act(self, form: Any) -> Any:
        return record_index_value(IndexValue, actor=self.reader, **form.values())


class ValueCorrect(VerbView):
    """Correct a value."""

    model = IndexValue
    verb = "orders.correct_index_value"
    form_class = ValueForm

    def initial(self) -> dict[str, Any]:
        return {"value": self.record.value}
