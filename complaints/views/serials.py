"""The page on which everything stands that ever happened to a serial number."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from complaints.models import RepairPiece
from complaints.reports import history_of
from kam.core.characters import HIDDEN, as_kept
from kam.core.views import Page

LONGEST = 60


class SerialHistory(Page):
    """A serial number from its delivery to today, as far as the reader sees it; asked for by the number."""

    model = RepairPiece
    title = _("History of a serial number")
    template_name = "complaints/serial_history.html"
    breadcrumb = ((_("Pieces in repair"), "/repair-pieces/"),)

    def context(self) -> dict[str, Any]:
        serial = HIDDEN.sub("", as_kept(self.request.GET.get("serial", ""))).strip()[:LONGEST]
        return super().context() | {"serial": serial, "past": history_of(serial, self.reader)}
