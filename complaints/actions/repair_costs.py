"""Our own costs of a repair, written by who reads costs there; labour follows from the hours spent (K-R4)."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from catalog.actions.rows import refuse
from complaints.models import RepairPiece
from kam.core.money import round_money
from kam.core.parameters import define, parameter
from kam.core.verbs import verb
from kam.core.workflow import Denied, not_permitted

OWN_HOUR = define("complaints.repair_own_hour", default=Decimal("41.00"), label=_("What an hour of repair costs ourselves"))


def labour_of(piece: RepairPiece, hours: Decimal) -> Decimal:
    """What so many hours cost ourselves."""
    return round_money(hours * parameter(OWN_HOUR.key, piece.repair.scopes), piece.repair.selling_location.currency)


@verb("complaints.note_costs", _("Note own costs"))
def note_costs(
    piece: RepairPiece,
    *,
    actor: Any,
    reason: str = "",
    cost_labour: Decimal | None = None,
    cost_parts: Decimal | None = None,
    cost_other: Decimal | None = None,
) -> RepairPiece:
    """Note what a repair costs ourselves; without an amount labour is the hours spent at our own rate. Raises Denied."""
    if actor is not None and not RepairPiece.objects.costs_visible_to(actor).filter(pk=piece.pk).exists():
        raise not_permitted()
    denied = why_no_costs(piece)
    if denied is not None:
        raise denied
    given = {"cost_labour": cost_labour, "cost_parts": cost_parts, "cost_other": cost_other}
    text = _("An amount is not negative.")
    refuse(
        [Denied("out_of_range", text, field=name, status=400) for name, value in given.items() if value is not None and value < 0]
    )
    if cost_labour is None and piece.hours_spent is not None:
        given["cost_labour"] = labour_of(piece, piece.hours_spent)
    if all(getattr(piece, name) == value for name, value in given.items()):
        return piece
    for name, value in given.items():
        setattr(piece, name, value)
    piece.save()
    return piece


def why_no_costs(piece: RepairPiece) -> Denied | None:
    """Why there is no cost to note, or None: work on it has begun with the diagnosis."""
    if piece.diagnosed_at is not None:
        return None
    return Denied("not_diagnosed", _("It costs something from the diagnosis on."))
