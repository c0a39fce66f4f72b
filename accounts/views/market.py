"""Pages of markets: the list, the card and the form."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.actions.market import create_market, edit_market
from accounts.filters.market import MarketFilter
from accounts.forms.market import MarketForm
from accounts.models import Customer, Market
from kam.core.tables import Column
from kam.core.views import Fact, FormPage, ListPage, RecordPage
from kam.core.words import translated_name


class MarketList(ListPage):
    """Areas and sectors."""

    model = Market
    title = _("Markets")
    icon = "map"
    filterset_class = MarketFilter
    columns = (
        Column("code", _("Code"), sort="code", link=True),
        Column("name", _("Name"), sort=translated_name()),
        Column("dimension", _("Dimension"), value="get_dimension_display", sort="dimension"),
        Column("countries", _("Countries")),
    )
    tabs = ((_("Areas"), "dimension=area"), (_("Sectors"), "dimension=sector"))
    create_url = "accounts:market_create"
    create_verb = "accounts.create_market"
    create_label = _("New market")
    empty_title = _("No market yet")
    empty_text = _("Areas say where customers are, sectors what they make.")


class MarketPage(RecordPage):
    """One market."""

    model = Market
    list_url = "accounts:market_list"
    edit_url = "accounts:market_edit"
    edit_verb = "accounts.edit_market"
    number_field = "code"

    def facts(self) -> list[Fact]:
        market = self.record
        mine = Customer.objects.visible_to(self.reader)
        found = (
            mine.filter(sector=market)
            if market.dimension == Market.Dimension.SECTOR
            else mine.filter(country__in=market.countries.split())
        )
        address = f"/customers/?sector={market.pk}" if market.dimension == Market.Dimension.SECTOR else ""
        return [
            Fact(_("Dimension"), market.get_dimension_display()),
            Fact(_("Countries"), market.countries),
            Fact(_("Customers"), found.count(), address),
        ]


class MarketCreate(FormPage):
    """Add a market."""

    model = Market
    form_class = MarketForm
    verb = "accounts.create_market"
    creates = True
    title = _("New market")
    cancel_url = "/markets/"

    def act(self, form: Any) -> Any:
        values = form.values()
        values.pop("version", None)
        return create_market(Market, actor=self.reader, **values)


class MarketEdit(FormPage):
    """Edit a market."""

    model = Market
    form_class = MarketForm
    verb = "accounts.edit_market"
    title = _("Edit market")

    def act(self, form: Any) -> Any:
        return edit_market(self.record, actor=self.reader, **form.values())
