"""What letters about repairs say, in the customer's language, as plain data that their print lays out (domain 15)."""

from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from accounts.countries import country_name
from accounts.models import account_manager_of
from complaints.actions.repair_estimate_words import estimate_says, product_name
from complaints.actions.repair_return_words import approval, delay, report, return_note
from complaints.models import Repair, RepairEstimate, RepairLetter, RepairPiece
from kam.core import clock
from kam.core.formats import day

Kind = RepairLetter.Kind


def contents_of(
    repair: Repair, kind: str, *, piece: RepairPiece | None = None, estimate: RepairEstimate | None = None
) -> dict[str, Any]:
    """Everything that a letter of this kind says today, in the customer's language."""
    with translation.override(repair.language):
        return {
            "addressee": addressee(repair),
            "reference": reference(repair),
            "marked": "",
            "closing": "",
            "signatures": [],
            **(estimate_says(estimate) if estimate is not None else SAYS[kind](repair, piece)),
        }


def addressee(repair: Repair) -> list[str]:
    """To whom a letter goes."""
    plant = repair.plant
    person = [str(repair.contact)] if repair.contact else []
    place = f"{plant.postal_code} {plant.city}".strip()
    return [row for row in (plant.customer.name, *person, plant.address, place, str(country_name(plant.country))) if row]


def reference(repair: Repair) -> list[list[str]]:
    """The facts beside the address."""
    leader = account_manager_of(repair.plant.customer, clock.today())
    rows = [
        [_("RMA number"), repair.number],
        [_("Your reference"), repair.customer_reference],
        [_("Your delivery note"), repair.note_in],
        [_("Date"), day(clock.today())],
        [_("Your contact"), str(leader or "")],
        [_("E-mail"), leader.email if leader else ""],
    ]
    return [row for row in rows if row[1]]


def _authorisation(repair: Repair, _piece: RepairPiece | None) -> dict[str, Any]:
    location = repair.repair_location
    lines = [line for line in (location.name, location.address, location.city, str(country_name(location.country))) if line]
    steps = [
        _("1. Write the RMA number %(number)s on the outside of every package and on your delivery note.")
        % {"number": repair.number},
        _("2. State as reason on the delivery note: goods of ours for repair, not sold."),
        _("3. Clean the goods, drain oil and other substances, and pack them so that they cannot be damaged."),
        _("4. Enclose what is needed to find the fault, and list the accessories that you send along."),
        _("5. Send only the pieces listed here, each with its serial number; others are put into quarantine."),
    ]
    further = [repair.instructions] if repair.instructions else []
    return {
        "opening": _("We agree to your sending back the pieces below. Please keep to these instructions:"),
        "sections": [
            {"title": _("How to send it"), "text": "\n".join([*steps, *further])},
            {"title": _("Send to"), "text": "\n".join(lines)},
            {
                "title": _("Pieces"),
                "columns": [{"label": _("No."), "width": 10}, {"label": _("Product")}, {"label": _("Serial number"), "width": 40}, {"label": _("Fault")}],
                "rows": [
                    [str(one.position), product_name(one), one.serial or one.batch, one.fault]
                    for one in repair.pieces.exclude(status="struck").select_related("product")
                ],
            },
            {"title": _("Address for the return"), "text": repair.return_address},
            {"title": _("Contamination"), "text": str(repair.get_contamination_display())},
        ],
        "closing": _("This authorisation is no promise that a repair is possible or free of charge; we tell you before anything costs you."),
    }  # fmt: skip


def _receipt(repair: Repair, _piece: RepairPiece | None) -> dict[str, Any]:
    here = list(repair.pieces.exclude(received_at=None).select_related("product"))
    rows = []
    for one in here:
        notes = [one.condition, *([_("Accessories: %(what)s") % {"what": one.accessories}] if one.accessories else [])]
        if one.mismatch:
            notes.append(
                _("Differs: declared %(declared)s, found %(found)s.")
                % {"declared": one.serial or "–", "found": one.serial_found or "–"}
            )
        if one.damaged:
            notes.append(_("Damaged on arrival."))
        rows.append([str(one.position), product_name(one), one.known_serial, day(one.received_at), "\n".join(notes)])
    differs = any(one.mismatch and one.settled_at is None for one in here)
    return {
        "opening": _("We have received the pieces below. They stay your property; we keep them marked and apart."),
        "marked": _("Please tell us how to go on with what differs; until then we leave it as it is.") if differs else "",
        "sections": [
            {
                "title": _("What came"),
                "columns": [
                    {"label": _("No."), "width": 10}, {"label": _("Product")}, {"label": _("Serial number"), "width": 34},
                    {"label": _("Received"), "width": 20}, {"label": _("Condition")},
                ],
                "rows": rows,
            },
        ],
    }  # fmt: skip


SAYS: dict[str, Any] = {
    Kind.AUTHORISATION: _authorisation, Kind.RECEIPT: _receipt, Kind.APPROVAL: approval, Kind.DELAY: delay,
    Kind.REPORT: report, Kind.RETURN: return_note,
}  # fmt: skip
