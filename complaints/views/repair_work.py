"""Steps of pieces from the workshop to the invoice, and the end of a repair; each asks and does one verb."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from complaints.forms.repair_work import (
    ChargeForm,
    CostsForm,
    DelayForm,
    ExchangeForm,
    ExpectedForm,
    FinishForm,
    PaperForm,
    ShippingForm,
    TestForm,
    UnrepairedForm,
)
from complaints.models import Repair, RepairPiece
from complaints.models.repair_costs import COST_COLUMNS
from kam.core.views import VerbView


class PieceStart(VerbView):
    """Begin the repair of a piece."""

    model = RepairPiece
    verb = "complaints.start_repair"


class PieceExpected(VerbView):
    """Note what a repair comes to."""

    model = RepairPiece
    verb = "complaints.note_expected"
    form_class = ExpectedForm


class PieceDelay(VerbView):
    """Tell the customer that it takes longer."""

    model = RepairPiece
    verb = "complaints.announce_delay"
    form_class = DelayForm
    text = _("The customer gets a notice in their language, printed or by e-mail.")


class PieceFinish(VerbView):
    """Note what was done."""

    model = RepairPiece
    verb = "complaints.finish_repair"
    form_class = FinishForm


class PieceTest(VerbView):
    """Record a test."""

    model = RepairPiece
    verb = "complaints.record_test"
    form_class = TestForm


class PieceShip(VerbView):
    """Note that a repaired piece has left."""

    model = RepairPiece
    verb = "complaints.ship_piece"
    form_class = ShippingForm


class PieceUnrepaired(VerbView):
    """Note that a piece goes back as it came."""

    model = RepairPiece
    verb = "complaints.return_unrepaired"
    form_class = UnrepairedForm


class PieceScrap(VerbView):
    """Scrap a piece with the customer's word."""

    model = RepairPiece
    verb = "complaints.scrap_piece"
    form_class = PaperForm


class PieceExchange(VerbView):
    """Note that the customer got a new piece."""

    model = RepairPiece
    verb = "complaints.exchange_piece"
    form_class = ExchangeForm


class PieceCosts(VerbView):
    """Note what a repair costs ourselves."""

    model = RepairPiece
    verb = "complaints.note_costs"
    form_class = CostsForm

    def initial(self) -> dict[str, Any]:
        """What is known, where the reader reads costs."""
        reads = RepairPiece.objects.costs_visible_to(self.reader).filter(pk=self.record.pk).exists()
        return {name: getattr(self.record, name) for name in COST_COLUMNS} if reads else {}


class PieceCharge(VerbView):
    """Charge a repair."""

    model = RepairPiece
    verb = "complaints.charge_piece"
    form_class = ChargeForm


class PieceFree(VerbView):
    """Charge nothing for a repair."""

    model = RepairPiece
    verb = "complaints.free_piece"
    reason_required = True


class RepairClose(VerbView):
    """Close a repair whose pieces are all accounted for."""

    model = Repair
    verb = "complaints.close_repair"
