"""What a repair costs the customer in the end: within what they approved, or nothing, within the limits of who decides (domain 1.8)."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models.deciding import DECIDES, level_of
from catalog.actions.rows import refuse
from complaints.actions.repair_work import over_estimate
from complaints.models import RepairPiece
from kam.core import clock
from kam.core.approvals import limit
from kam.core.verbs import verb
from kam.core.workflow import Denied

FREE = limit("free_repair", _("Free repair out of warranty"), key="complaints.free_repair", default=["300", "3000"])


def why_not_settled(piece: RepairPiece) -> Denied | None:
    """Why nothing is to be charged, or None: a repair is charged once, when the piece has left."""
    if piece.status not in RepairPiece.LEFT:
        return Denied("not_left", _("A repair is charged when the piece has left."))
    if piece.settled:
        return Denied("charged_already", _("It was decided already what this costs."))
    return None


@verb("complaints.charge_piece", _("Charge"))
def charge_piece(
    piece: RepairPiece, *, actor: Any, reason: str = "", charge: Decimal | None = None, invoice_out: str = ""
) -> RepairPiece:
    """Charge a repair with our invoice: at most what the customer approved and its tolerance, without repair the diagnosis fee.

    Raises Denied.
    """
    denied = why_not_settled(piece)
    if denied is not None:
        raise denied
    wrong = []
    if charge is None or charge <= 0:
        wrong.append(Denied("required", _("Say how much is charged."), field="charge", status=400))
    if not invoice_out.strip():
        wrong.append(Denied("required", _("Give the number of the invoice."), field="invoice_out", status=400))
    refuse(wrong)
    assert charge is not None
    denied = _beyond(piece, charge)
    if denied is not None:
        raise denied
    piece.settled, piece.charge, piece.invoice_out = RepairPiece.Settled.CHARGED, charge, invoice_out.strip()[:40]
    piece.charged_at, piece.charged_by = clock.now(), actor
    piece.save()
    return piece


@verb("complaints.free_piece", _("Free of charge"))
def free_piece(piece: RepairPiece, *, actor: Any, reason: str = "") -> RepairPiece:
    """Charge nothing for a repair: under warranty as it is, otherwise within the limit of who decides, with the reason. Raises Denied."""
    denied = why_not_settled(piece)
    if denied is not None:
        raise denied
    if not reason.strip():
        raise Denied("reason_needed", _("Say why."), field="reason", status=400)
    needed = FREE.level(piece.comes_to or Decimal(0), piece.repair.scopes)
    if piece.warranty != RepairPiece.Warranty.WITHIN and actor is not None and needed > level_of(actor):
        text = _("To charge nothing for this is for %(role)s to decide.")
        raise Denied("higher_level", text % {"role": DECIDES[needed].label}, status=403)
    piece.settled, piece.settled_how = RepairPiece.Settled.FREE, reason.strip()[:2000]
    piece.charged_at, piece.charged_by = clock.now(), actor
    piece.save()
    return piece


def _beyond(piece: RepairPiece, charge: Decimal) -> Denied | None:
    """Why this is too much, or None."""
    if piece.warranty == RepairPiece.Warranty.WITHIN:
        return Denied("within_warranty", _("This is within warranty: it is free of charge."))
    if piece.status == RepairPiece.Status.SHIPPED:
        return over_estimate(piece, charge, "charge")
    agreed = piece.estimates.exclude(sent_at=None).order_by("-revision").first()
    most: Decimal | None = None
    if agreed is not None:
        most = agreed.exchange_price if piece.status == RepairPiece.Status.REPLACED else agreed.diagnosis_fee
    if charge > (most or Decimal(0)):
        return Denied("over_estimate", _("This is more than the estimate says."), field="charge")
    return None
