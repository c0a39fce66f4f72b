"""Pages of the letters about wrong prices that went out: the list, and one with its lines and the print that was kept."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from kam.core import formats
from kam.core.tables import Column
from kam.core.views import Fact, RecordPage
from orders.filters import PriceLetterFilter
from orders.models import PriceLetter
from orders.views.lines import SalesList

AMOUNT: dict[str, Any] = {"kind": "money", "decimals": 2}


class PriceLetterList(SalesList):
    """The letters of whose every line the reader may see, the last first."""

    model = PriceLetter
    title = _("Letters about wrong prices")
    icon = "mail"
    filterset_class = PriceLetterFilter
    default_order = ("-sent_at",)
    breadcrumb = ((_("Wrong prices"), "/wrong-prices/"),)
    empty_title = _("No letters about wrong prices")
    empty_text = _("A letter that goes to a customer about wrong prices is kept here as it was sent.")
    columns: Sequence[Column] = (
        Column("addressee", _("Customer"), value="addressee", link=True),
        Column("sent_at", _("Sent"), kind="moment", sort="sent_at"),
        Column("sent_to", _("Sent to")),
        Column("sent_by", _("Sent by"), value="sent_by"),
        Column("count", _("Lines"), value=lambda one: len(one.lines), kind="number"),
        Column("to_recover", _("To recover"), second="currency", **AMOUNT),
        Column("to_credit", _("To credit"), second="currency", **AMOUNT),
        Column("selling_location", _("Selling location"), value="selling_location.name"),
        Column("paper", _("Print kept"), value=lambda one: one.paper is not None, kind="yes"),
        Column("updated_at", _("Last change"), kind="moment", sort="updated_at", default=False),
    )


class PriceLetterPage(RecordPage):
    """A letter: to whom it went, when and by whom, the file that was kept, and what it told."""

    model = PriceLetter
    template_name = "orders/price_letter_page.html"
    list_url = "orders:price_letter_list"
    icon = "mail"

    def facts(self) -> list[Fact]:
        one, paper = self.record, self.record.paper
        return [
            Fact(_("Customer"), one.addressee),
            Fact(_("Sent to"), one.sent_to),
            Fact(_("Sent"), one.sent_at),
            Fact(_("Sent by"), one.sent_by or ""),
            Fact(_("Selling location"), one.selling_location),
            Fact(_("Language"), one.get_language_display()),
            Fact(_("To recover"), f"{formats.number(one.to_recover, 2)} {one.currency}"),
            Fact(_("To credit"), f"{formats.number(one.to_credit, 2)} {one.currency}"),
            Fact(
                _("Print as it was sent"),
                paper.original_name if paper else _("is being made"),
                paper.get_absolute_url() if paper else "",
                note=f"SHA-256 {paper.sha256}" if paper else "",
            ),
        ]

    def context(self) -> dict[str, Any]:
        one = self.record
        addresses = {str(finding): finding.get_absolute_url() for finding in one.findings.select_related("document")}
        return super().context() | {"lines": [self.shown(line, addresses) for line in one.lines]}

    @staticmethod
    def shown(line: dict[str, Any], addresses: dict[str, str]) -> dict[str, Any]:
        """A line as it was told, its numbers as numbers again."""
        told = {name: Decimal(line[name]) for name in ("agreed_price", "charged_price", "difference")}
        return line | told | {"date": date.fromisoformat(line["date"]), "address": addresses.get(line["line"], "")}
