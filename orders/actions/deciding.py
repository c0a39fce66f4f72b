"""Approval by whoever holds the level that was triggered: what offers, price agreements and price campaigns have in common (domain 1.8)."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models.deciding import DECIDES, level_of
from kam.core import clock
from kam.core.approvals import OWN, Trigger, highest
from kam.core.work import assign_work, hands_of
from kam.core.workflow import Denied
from orders.actions.terms import ask_finance
from orders.models.approvable import Approvable, TermsApprovable
from orders.reports.limits import SALES_MANAGER


def keep_triggers(record: Approvable, found: Sequence[Trigger], *, least: int = OWN) -> None:
    """Keep on a record what of it goes beyond its author's limits and which level decides; `least` where somebody else always does."""
    record.level, record.triggers = max(least, highest(found)), [one.kept() for one in found]


def ask_approval(record: Any, kind: str, *, actor: Any, days: int) -> None:
    """Ask whoever decides at a record's level, never its author, within so many days; where terms are for finance it is asked first."""
    if isinstance(record, TermsApprovable) and record.waits_for_finance:
        ask_finance(record, actor=actor)
        return
    author = record.submitted_by
    assign_work(
        record,
        kind,
        to=f"role:{DECIDES[max(record.level, SALES_MANAGER)]}",
        actor=actor,
        occasion=f"{record.version}",
        due=clock.now() + timedelta(days=days),
        excluded=[author] if author else [],
    )


def refuse_unless_decides(record: Approvable, actor: Any, *, own: str) -> None:
    """Raises Denied for whoever handed a record in, with the code `own`, and for who decides at a lower level than was triggered."""
    if record.submitted_by_id in hands_of(actor).people:
        raise Denied(own, _("Whoever handed it in does not approve it. Another person decides."), status=403)
    if record.level > level_of(actor):
        text = _("What goes beyond the limits here is for %(role)s to decide.")
        raise Denied("higher_level", text % {"role": DECIDES[record.level].label}, status=403)


def void(record: Approvable) -> None:
    """Forget that a record was handed in or approved, and what was triggered: handed in again, it is judged and approved anew (AT-89)."""
    record.level, record.triggers = OWN, []
    record.approved_by = record.submitted_by = None
    record.approved_at = record.submitted_at = None
    if isinstance(record, TermsApprovable):
        record.finance_by = record.finance_at = None
