"""Asking for a repair: who sends what back and why, a line for each serial number; authorised with a number for the customer (domain 7.2)."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import Plant, Role, area_manager_of, leading_location
from catalog.actions.rows import faults, refuse
from complaints.actions.repair_letters import tell_customer
from complaints.actions.repair_people import people_of
from complaints.models import Repair, RepairLetter, RepairPiece
from kam.core import clock
from kam.core.notifications import Way, define_notification, notify
from kam.core.numbering import next_number
from kam.core.parameters import define, parameter
from kam.core.verbs import verb
from kam.core.work import assign_work, close_work, define_work, withdraw_work
from kam.core.workflow import Denied

AUTHORISE = define_work("authorise_repair", _("Authorise the repair %(record)s of %(customer)s"), on_record=True)
CAME = define_notification("repair_unannounced", _("A customer's goods came without authorisation"), way=Way.MAIL)
DAYS_TO_AUTHORISE = define(
    "complaints.repair_authorise_days", default=1, unit="wd", label=_("Working days within which a repair is authorised")
)
#: What a repair and a piece are told; the rest follows from what is done.
HEAD = (
    "plant", "selling_location", "repair_location", "contact", "complaint", "origin", "urgent", "customer_reference",
    "return_address", "contamination", "customs", "contract", "instructions",
)  # fmt: skip
OF_PIECE = (
    "product", "revision", "serial", "batch", "fault", "machine", "hours_run", "delivered_on", "delivery_note", "invoice", "notified_on",
)  # fmt: skip
MOST_PIECES = 200


@verb("complaints.request_repair", _("New repair"))
def request_repair(
    model: type[Repair], *, actor: Any, reason: str = "", product: Any = None, serials: str = "", fault: str = "", **head: Any
) -> Repair:
    """Open a repair for goods that a customer wants to send back; each serial number (one a line) becomes a piece. Raises Denied."""
    repair = open_repair(actor, head)
    numbers = serials_of(serials)
    if numbers or product is not None or fault.strip():
        make_pieces(repair, numbers or [""], product=product, fault=fault)
    due = clock.due(
        repair.requested_at,
        parameter(DAYS_TO_AUTHORISE.key, repair.scopes),
        clock.Unit.WORKING_DAYS,
        repair.selling_location.calendar,
    )
    server = area_manager_of(repair.plant, repair.selling_location, clock.today())
    assign_work(
        repair, AUTHORISE, to=server or f"role:{Role.SALES_MANAGER}", actor=actor, due=due.at, urgent=repair.urgent,
        payload={"customer": repair.plant.customer.name, "scopes": repair.scopes},
    )  # fmt: skip
    return repair


@verb("complaints.edit_repair", _("Edit repair"))
def edit_repair(repair: Repair, *, actor: Any, reason: str = "", **head: Any) -> Repair:
    """Change what a repair says; what is not given stays, and an authorised one goes on saying what it must. Raises Denied."""
    _alive(repair)
    before = {name: getattr(repair, name) for name in HEAD}
    _set(repair, head, HEAD)
    if before == {name: getattr(repair, name) for name in HEAD}:
        return repair
    refuse(_faults(repair) + _still_complete(repair))
    repair.save()
    return repair


@verb("complaints.authorise_repair", _("Authorise: give the RMA number"))
def authorise_repair(repair: Repair, *, actor: Any, reason: str = "", sent_to: str = "", by_mail: bool = False) -> Repair:
    """Authorise a repair; the customer gets its number with instructions, printed or by e-mail, in their language. Raises Denied."""
    if repair.unannounced and repair.status == Repair.Status.RECEIVED and repair.authorised_at is None:
        denied = _incomplete(repair)
        if denied is not None:
            raise denied
    else:
        Repair.workflow.move(repair, "complaints.authorise_repair")
    repair.authorised_at, repair.authorised_by = clock.now(), actor
    repair.save()
    close_work(repair, AUTHORISE, actor=actor)
    tell_customer(repair, RepairLetter.Kind.AUTHORISATION, actor=actor, sent_to=sent_to, by_mail=by_mail)
    return repair


def why_not_authorised(repair: Repair) -> Denied | None:
    """Why a repair cannot be authorised, or None; goods that came by themselves are authorised afterwards."""
    if repair.authorised_at is not None or repair.is_over:
        return Denied("authorised_already", _("The repair is authorised already, or has ended."))
    return _incomplete(repair)


def _incomplete(repair: Repair) -> Denied | None:
    guard = Repair.workflow.transitions["complaints.authorise_repair"].guard
    return guard(repair) if guard else None


@verb("complaints.note_dispatch", _("The customer has sent it"))
def note_dispatch(repair: Repair, *, actor: Any, reason: str = "", note_in: str = "", note_in_on: date | None = None) -> Repair:
    """Note that the goods are on their way, with the number and date of the customer's delivery note. Raises Denied."""
    Repair.workflow.move(repair, "complaints.note_dispatch")
    if not note_in.strip():
        raise Denied("required", _("Give the number of the customer's delivery note."), field="note_in", status=400)
    repair.note_in, repair.note_in_on = note_in.strip()[:40], note_in_on or clock.today()
    repair.save()
    return repair


@verb("complaints.withdraw_repair", _("Withdraw repair"))
def withdraw_repair(repair: Repair, *, actor: Any, reason: str = "") -> Repair:
    """End a repair of which nothing has come, with the reason. Raises Denied."""
    if not reason.strip():
        raise Denied("reason_needed", _("Say why."), field="reason", status=400)
    if repair.pieces.exclude(received_at=None).exists():
        raise Denied("goods_here", _("Goods of this repair are with us. They have to go back or be accounted for."))
    Repair.workflow.move(repair, "complaints.withdraw_repair")
    repair.save()
    withdraw_work(repair, actor=actor, reason=reason)
    return repair


@verb("complaints.add_piece", _("Add piece"))
def add_piece(model: type[RepairPiece], *, actor: Any, reason: str = "", repair: Repair, **head: Any) -> RepairPiece:
    """Add a piece to a repair on which nothing has been authorised yet, or that still waits for goods. Raises Denied."""
    if actor is not None and not Repair.objects.permitted(actor, "complaints.add_piece").filter(pk=repair.pk).exists():
        raise Denied("not_yours", _("Choose a repair of yours."), field="repair", status=400)
    repair = Repair.objects.locked().get(pk=repair.pk)
    _alive(repair)
    piece = RepairPiece(repair=repair)
    _set(piece, head, OF_PIECE)
    wrong = _piece_faults(piece)
    if repair.authorised_at is not None and not (piece.product and (piece.serial or piece.batch) and piece.fault):
        wrong.append(Denied("incomplete", _("Say product, serial or batch number and fault."), field="product", status=400))
    refuse(wrong)
    piece.position = _next_position(repair)
    piece.save(force_insert=True)
    return piece


@verb("complaints.edit_piece", _("Edit piece"))
def edit_piece(piece: RepairPiece, *, actor: Any, reason: str = "", **head: Any) -> RepairPiece:
    """Change what was declared of a piece; once it is here, its serial number is settled with the customer instead. Raises Denied."""
    _alive(piece.repair)
    if piece.is_over:
        raise Denied("piece_over", _("This piece has ended. What it says stays as it is."))
    before = {name: getattr(piece, name) for name in OF_PIECE}
    _set(piece, head, OF_PIECE)
    changed = [name for name in OF_PIECE if before[name] != getattr(piece, name)]
    if not changed:
        return piece
    wrong = _piece_faults(piece)
    if piece.received_at is not None and "serial" in changed:
        wrong.append(Denied("settle_instead", _("The piece is here. Settle the difference with the customer."), field="serial"))
    if piece.repair.authorised_at is not None and not (piece.product and (piece.serial or piece.batch) and piece.fault):
        wrong.append(Denied("incomplete", _("Say product, serial or batch number and fault."), field="product", status=400))
    refuse(wrong)
    piece.save()
    return piece


@verb("complaints.strike_piece", _("It was not sent"))
def strike_piece(piece: RepairPiece, *, actor: Any, reason: str = "") -> RepairPiece:
    """Note that a declared piece never came and does not come any more, with the reason. Raises Denied."""
    if not reason.strip():
        raise Denied("reason_needed", _("Say why."), field="reason", status=400)
    _alive(piece.repair)
    RepairPiece.workflow.move(piece, "complaints.strike_piece")
    piece.save()
    withdraw_work(piece, actor=actor, reason=reason)
    return piece


def open_repair(actor: Any, head: dict[str, Any], **ours: Any) -> Repair:
    """A new repair with its number, written. Raises Denied."""
    repair = Repair(requested_by=actor, requested_at=clock.now(), **ours)
    _set(repair, head, HEAD)
    _place(repair)
    refuse(_faults(repair))
    repair.number = next_number("RMA", location=repair.repair_location.code, year=clock.today().year)
    repair.save(force_insert=True)
    return repair


def serials_of(text: str) -> list[str]:
    """The serial numbers in a text, one a line, each once. Raises Denied."""
    found = list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))
    if len(found) > MOST_PIECES or any(len(one) > 60 for one in found):
        words = _("Give at most %(most)d serial numbers of at most 60 characters, one a line.") % {"most": MOST_PIECES}
        raise Denied("bad_serials", words, field="serials", status=400)
    return found


def make_pieces(repair: Repair, serials: Sequence[str], **said: Any) -> list[RepairPiece]:
    """The pieces of a new repair, one for each serial number. Raises Denied."""
    pieces = [RepairPiece(repair=repair, position=number, serial=serial, **said) for number, serial in enumerate(serials, 1)]
    refuse([denied for piece in pieces[:1] for denied in _piece_faults(piece)])
    for piece in pieces:
        piece.save(force_insert=True)
    return pieces


def tell_of_goods(repair: Repair, *, actor: Any) -> None:
    """Tell who leads and who serves the customer that goods came without authorisation."""
    notify(CAME, repair, to=people_of(repair), actor=actor, urgent=True)


def _alive(repair: Repair) -> None:
    if repair.is_over:
        raise Denied("repair_over", _("This repair has ended. What it says stays as it is."))


def _set(row: Any, head: dict[str, Any], known: tuple[str, ...]) -> None:
    for name, value in head.items():
        if name not in known:
            raise Denied("not_editable", _("This cannot be changed here."), field=name, status=400)
        setattr(row, name, value)


def _place(repair: Repair) -> None:
    """What nobody said: the location that leads the plant sells and repairs; the goods go back to the plant."""
    if repair.plant_id is None:
        return
    if repair.selling_location_id is None:
        repair.selling_location = leading_location(repair.plant)
    if repair.repair_location_id is None and repair.selling_location_id is not None:
        repair.repair_location = repair.selling_location
    if not repair.return_address.strip():
        plant = repair.plant
        place = f"{plant.postal_code} {plant.city}".strip()
        repair.return_address = "\n".join(line for line in (plant.customer.name, plant.address, place) if line)


def _next_position(repair: Repair) -> int:
    last = repair.pieces.order_by("-position").values_list("position", flat=True).first() or 0
    if last >= MOST_PIECES:
        raise Denied("too_many_pieces", _("A repair has at most %(most)d pieces. Open another one.") % {"most": MOST_PIECES})
    return int(last) + 1


def _faults(repair: Repair) -> list[Denied]:
    """What is wrong with what it says, each at its field."""
    ours = (
        "number", "status", "unannounced", "note_in", "note_in_on", "requested_at", "requested_by", "authorised_at", "authorised_by", "closed_at",
    )  # fmt: skip
    wrong = faults(repair, exclude=ours)
    plant: Plant | None = repair.plant if repair.plant_id is not None else None
    if plant is not None:
        if plant.customer.status == "closed" or plant.status == Plant.Status.CLOSED:
            text = _("This customer or plant is closed. Choose who took it over.")
            wrong.append(Denied("customer_closed", text, field="plant", status=400))
        if repair.contact is not None and repair.contact.customer_id != plant.customer_id:
            wrong.append(Denied("contact_of_another", _("Choose a contact of this customer."), field="contact", status=400))
        if repair.complaint is not None and repair.complaint.plant.customer_id != plant.customer_id:
            text = _("Choose a complaint of this customer.")
            wrong.append(Denied("complaint_of_another", text, field="complaint", status=400))
    return wrong


def _still_complete(repair: Repair) -> list[Denied]:
    if repair.authorised_at is None:
        return []
    text = _("An authorised repair has to say this.")
    return [Denied("incomplete", text, field=name, status=400) for name in repair.missing if name in HEAD]


def _piece_faults(piece: RepairPiece) -> list[Denied]:
    ours = {field.name for field in RepairPiece._meta.concrete_fields} - set(OF_PIECE)
    wrong = faults(piece, exclude=tuple(ours))
    for name in ("delivered_on", "notified_on"):
        day = getattr(piece, name)
        if day is not None and day > clock.today():
            wrong.append(Denied("not_yet", _("This lies in the future."), field=name, status=400))
    return wrong
