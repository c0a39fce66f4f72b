"""What an estimate of a repair says, in the active language: findings, work, lines, validity, and what the customer can choose (domain 15)."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from complaints.models import RepairEstimate, RepairPiece
from kam.core.formats import day, money, number
from kam.core.parameters import define, parameter

PART_MONTHS = define("complaints.part_warranty_months", default=12, label=gettext_lazy("Months of warranty of replaced parts"))
OVERRUN = define(
    "complaints.repair_overrun", default=Decimal("15"), unit="%", label=gettext_lazy("How far a repair may exceed its approved estimate")
)  # fmt: skip
LABOUR_MONTHS = define(
    "complaints.labour_warranty_months", default=4, label=gettext_lazy("Months of warranty of the work of a repair")
)


def product_name(piece: RepairPiece) -> str:
    """The product of a piece in the active language."""
    product = piece.product
    return f"{product.code} {product.name}" if product else "–"


def estimate_says(estimate: RepairEstimate) -> dict[str, Any]:
    """The sections of an estimate's print."""
    piece, currency = estimate.piece, estimate.currency
    scopes = piece.repair.scopes
    facts = [
        [_("Estimate of the repair"), f"{piece}/R{estimate.revision}"],
        [_("Product"), product_name(piece)],
        [_("Serial number"), piece.known_serial or "–"],
        [_("Fault as declared"), piece.fault],
        [_("Fault found"), str(piece.get_fault_code_display())],
        [_("Valid until"), day(estimate.valid_until)],
        [_("Working days for the repair"), number(estimate.lead_days) if estimate.lead_days is not None else "–"],
    ]
    rows = [
        [str(line.get_kind_display()), line.text, number(line.quantity, 2), money(line.price, ""), money(line.amount, "")]
        for line in estimate.lines.all()
    ]
    if estimate.discount:
        rows.append([_("Discount"), "", "", "", money(-estimate.discount, "")])
    warranty = _("Replaced parts: %(parts)d months. Work: %(work)d months. Both from the day on which the goods leave us.") % {
        "parts": parameter(PART_MONTHS.key, scopes),
        "work": parameter(LABOUR_MONTHS.key, scopes),
    }
    return {
        "opening": _("We have looked at the piece below. Nothing is done to it before you consent."),
        "marked": _("Beyond economic repair: we propose an exchange instead.") if estimate.uneconomic else "",
        "sections": [
            {"title": _("Piece"), "facts": facts},
            {"title": _("What we found"), "text": piece.findings},
            {"title": _("What we would do"), "text": estimate.work},
            {
                "title": _("What it costs, in %(currency)s without VAT") % {"currency": currency},
                "columns": [
                    {"label": _("Kind"), "width": 30}, {"label": _("Description")},
                    {"label": _("Quantity or hours"), "width": 24, "number": True},
                    {"label": _("Price for one"), "width": 26, "number": True}, {"label": _("Amount"), "width": 28, "number": True},
                ],
                "rows": rows,
                "totals": [[_("Total"), "", "", "", money(estimate.total, "")]],
            },
            {"title": _("What you can choose"), "text": "\n".join(options(estimate))},
            {"title": _("Warranty of the repair"), "text": warranty},
        ],
        "closing": _("The repair may exceed this estimate by at most %(share)s %%; beyond that we ask you again.")
        % {"share": number(overrun_share(estimate), 0, most=2)},
        "signatures": [[_("Accepted: date, name, your order number"), _("Stamp and signature of the customer")]],
    }  # fmt: skip


def options(estimate: RepairEstimate) -> list[str]:
    """What a customer can answer to an estimate."""
    currency = estimate.currency
    found = [_("Repair at the price above.")]
    if estimate.exchange_price is not None:
        found.append(_("Exchange for a new one at %(price)s.") % {"price": money(estimate.exchange_price, currency)})
    fee = estimate.diagnosis_fee
    back = _("Return unrepaired: the diagnosis costs %(fee)s, plus freight.") % {"fee": money(fee, currency)}
    scrap = _("Scrapping: the diagnosis costs %(fee)s.") % {"fee": money(fee, currency)}
    return [*found, *((back, scrap) if fee else (_("Return unrepaired: freight is charged."), _("Scrapping.")))]


def overrun_share(estimate: RepairEstimate) -> Any:
    """By how many per cent the repair may exceed its estimate."""
    return parameter(OVERRUN.key, estimate.piece.repair.scopes)
