"""Finance's part in the approval of offers and price agreements: long payment terms, and terms beyond our standard ones, are agreed to first (domain 1.8)."""

from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import Department, Role
from kam.core import clock
from kam.core.parameters import define, parameter
from kam.core.work import assign_work, close_work, define_work, hands_of
from kam.core.workflow import Denied
from orders.actions.consenting import location_of

AGREE = define_work(
    "agree_offer_terms", _("Agree to the terms of %(record)s"), on_record=True, owner=f"role:{Role.SALES_MANAGER}"
)
DAYS = define(
    "orders.finance_days",
    default=2,
    unit="wd",
    label=_("Working days that finance has to agree to the terms of an offer or price agreement, or to refuse"),
)


def ask_finance(record: Any, *, actor: Any) -> None:
    """Ask finance of the location that sells, or whoever holds the role where it has no such department; never the author."""
    location, author = location_of(record), record.submitted_by
    department = Department.objects.filter(location=location, function=Role.FINANCE).first() if location else None
    days = parameter(DAYS.key, [f"location:{location.pk}"] if location else [])
    due = clock.now() + timedelta(days=days)
    if location:
        due = clock.due(clock.now(), days, clock.Unit.WORKING_DAYS, location.calendar).at
    assign_work(
        record,
        AGREE,
        to=department.audience if department else f"role:{Role.FINANCE}",
        actor=actor,
        occasion=f"{record.version}",
        due=due,
        excluded=[author] if author else [],
    )


def note_agreement(record: Any, verb: str, *, actor: Any, own: str) -> None:
    """Note that finance agrees to the terms of a record as they stand now. Raises Denied for whoever handed it in, with the code `own`."""
    type(record).workflow.move(record, verb)
    if record.submitted_by_id in hands_of(actor).people:
        text = _("Whoever handed it in does not agree to its terms. Another person of finance does.")
        raise Denied(own, text, status=403)
    record.finance_by, record.finance_at = actor, clock.now()
    record.save()
    close_work(record, AGREE, actor=actor)
