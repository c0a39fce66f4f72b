"""What a customer reads from their consent on: the confirmation, a notice of delay, the report of a repair and the note of its return, in the active language (domain 15)."""

from typing import Any

from django.utils.translation import gettext as _

from complaints.actions.repair_estimate_words import LABOUR_MONTHS, PART_MONTHS, product_name
from complaints.models import Repair, RepairEstimate, RepairPiece
from kam.core.formats import day, money, number
from kam.core.parameters import parameter


def approval(repair: Repair, piece: RepairPiece | None) -> dict[str, Any]:
    """What was approved, by whom, and by when it is done."""
    assert piece is not None
    estimate = piece.estimates.filter(status=RepairEstimate.Status.APPROVED).order_by("-revision").first()
    assert estimate is not None
    facts = [
        *_piece(piece),
        [_("Estimate of the repair"), f"{piece}/R{estimate.revision}"],
        [_("Total without VAT"), money(estimate.total, estimate.currency)],
        [_("Approved by"), estimate.decided_by],
        [_("Approved on"), day(estimate.decided_on)],
        [_("Your order"), estimate.purchase_order or "–"],
        [_("Ready by"), day(piece.promised_on)],
    ]
    return {
        "opening": _("Thank you for your consent. We begin with the repair of the piece below."),
        "sections": [
            {"title": _("What you approved"), "facts": facts},
            {"title": _("What we do"), "text": estimate.work},
        ],
        "closing": _("If it costs more than you approved and its tolerance, we stop and ask you again."),
    }


def delay(repair: Repair, piece: RepairPiece | None) -> dict[str, Any]:
    """What was promised, until when it takes, and why."""
    assert piece is not None
    facts = [*_piece(piece), [_("Promised for"), day(piece.promised_on)], [_("Ready by"), day(piece.expected_on)]]
    return {
        "opening": _("The repair of the piece below takes longer than we promised. We apologise."),
        "sections": [{"title": _("By when"), "facts": facts}, {"title": _("Why"), "text": piece.late_because}],
    }


def report(repair: Repair, piece: RepairPiece | None) -> dict[str, Any]:
    """Found, done, replaced, tested, and the warranty of the repair."""
    assert piece is not None
    warranty = _("Replaced parts: %(parts)d months. Work: %(work)d months. Both from the day on which the goods leave us.") % {
        "parts": parameter(PART_MONTHS.key, repair.scopes),
        "work": parameter(LABOUR_MONTHS.key, repair.scopes),
    }
    return {
        "opening": _("The piece below is repaired and tested. It leaves us within the next working days."),
        "sections": [
            {"title": _("Piece"), "facts": _piece(piece)},
            {"title": _("As found"), "text": piece.findings},
            {"title": _("As left"), "text": piece.work_done},
            {"title": _("Parts replaced"), "text": piece.parts_used or "–"},
            {"title": _("Results of the test"), "text": piece.test_results},
            {"title": _("Warranty of the repair"), "text": warranty},
        ],
        "closing": _("Please tell us if you want to collect it. From the sixteenth day on we charge for keeping it."),
    }


def return_note(repair: Repair, piece: RepairPiece | None) -> dict[str, Any]:
    """The data of the delivery note: who sends what to whom, why, in how many packages."""
    assert piece is not None
    customer, location = repair.plant.customer, repair.repair_location
    sender = [location.name, location.address, location.city]
    receiver = [repair.return_address, _("VAT number %(number)s") % {"number": customer.vat_id or "–"}]
    facts = [
        *_piece(piece),
        [_("Our delivery note"), piece.note_out],
        [_("Date"), day(piece.left_at)],
        [_("Reason"), reason_of(piece)],
        [_("Quantity"), "1"],
        [_("Packages"), number(piece.packages) if piece.packages is not None else "–"],
        [_("Weight (kg)"), number(piece.weight, 2) if piece.weight is not None else "–"],
        [_("Carrier"), piece.carrier or "–"],
        [_("Accessories"), piece.accessories or "–"],
    ]
    return {
        "opening": _("The piece below, which is your property, has left us."),
        "sections": [
            {"title": _("Sender"), "text": "\n".join(line for line in sender if line)},
            {"title": _("Receiver"), "text": "\n".join(line for line in receiver if line)},
            {"title": _("What is sent"), "facts": facts},
        ],
        "closing": _("These are the data for the delivery note; the fiscal document is issued by our ERP."),
    }


def reason_of(piece: RepairPiece) -> str:
    """Why goods leave that are not sold, as the note has to say."""
    if piece.status == RepairPiece.Status.UNREPAIRED:
        return _("Return of goods that were not repaired")
    if piece.warranty == RepairPiece.Warranty.WITHIN:
        return _("Return after repair, free under warranty")
    return _("Return after repair, charged")


def _piece(piece: RepairPiece) -> list[list[str]]:
    return [
        [_("RMA number"), str(piece)],
        [_("Product"), product_name(piece)],
        [_("Serial number"), piece.known_serial or "–"],
    ]
