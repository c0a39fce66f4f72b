"""A repaired piece that comes back soon: known by its serial number, told at once, and a complaint when a fault is found on it (domain 7.4)."""

from datetime import timedelta
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Role
from complaints.actions.receiving import receive_complaint
from complaints.actions.repair_people import people_of, shop_of
from complaints.models import Complaint, RepairPiece
from kam.core import clock
from kam.core.notifications import Way, define_notification, notify
from kam.core.parameters import define, parameter

CAME_BACK = define_notification("repair_came_back", _("A repaired piece has come back"), way=Way.MAIL)
REPEAT_DAYS = define(
    "complaints.repair_repeat_days", default=90, unit="cd", label=_("Days after a repair within which the same serial number is a repeat")
)  # fmt: skip


def note_repeat(piece: RepairPiece, *, actor: Any) -> None:
    """Note of a piece that came whether we repaired it shortly before, and tell who leads, who serves and quality."""
    piece.repeat_of = _repaired_before(piece)
    if piece.repeat_of is None:
        return
    piece.save()
    to = [*people_of(piece.repair), shop_of(piece.repair, Role.QUALITY)]
    notify(CAME_BACK, piece, to=to, actor=actor, urgent=True)


def _repaired_before(piece: RepairPiece) -> RepairPiece | None:
    """The customer's last repair of this serial number that left us within the days of a repeat."""
    serial = piece.serial_found or piece.serial
    assert piece.received_at is not None
    zone = piece.repair.repair_location.calendar.zone
    first = piece.received_at.astimezone(zone).date() - timedelta(days=parameter(REPEAT_DAYS.key, piece.repair.scopes))
    rows = RepairPiece.objects.with_serial(serial).exclude(pk=piece.pk).filter(
        status=RepairPiece.Status.SHIPPED, left_at__gte=clock.midnight(first, zone), left_at__lte=piece.received_at,
        repair__plant__customer=piece.repair.plant.customer_id,
    )  # fmt: skip
    if piece.product_id is not None:
        rows = rows.filter(product=piece.product_id)  # makers of different products count from one each
    return rows.order_by("-left_at", "-pk").first()


def complain_of_repeat(piece: RepairPiece) -> None:
    """A fault found on what we have just repaired is a complaint, unless the repair stands under one already."""
    repair = piece.repair
    if piece.repeat_of is None or piece.no_fault or repair.complaint_id is not None:
        return
    days = parameter(REPEAT_DAYS.key, repair.scopes)
    words = gettext("Failed again within %(days)d days of our repair: %(fault)s") % {"days": days, "fault": piece.fault}
    repair.complaint = receive_complaint(
        Complaint, actor=None, plant=repair.plant, selling_location=repair.selling_location, producing_location=repair.repair_location,
        contact=repair.contact, product=piece.product, serial=piece.known_serial, text=words, kind=Complaint.Kind.QUALITY,
        defect=Complaint.Defect.FUNCTION, remedy=Complaint.Remedy.REPAIR, channel=Complaint.Channel.GOODS, claimed=1,
        notified_on=piece.notified_on or clock.today(), discovered_on=piece.notified_on or clock.today(),
    )  # fmt: skip
    repair.save()
