"""Which documents are required, as versions: a requirement holds from a day on, is changed from a day on, and ends."""

from datetime import date, timedelta
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils.translation import gettext_lazy as _

from catalog.actions.register import refresh_register
from catalog.actions.rows import faults, refuse
from catalog.models import DocumentRequirement
from kam.core import clock
from kam.core.periods import save_apart
from kam.core.verbs import verb
from kam.core.workflow import Denied


def _again() -> Denied:
    return Denied("required_already", _("The same is required on one of these days already."), field="type")


@verb("catalog.require_document", _("Require document"))
def require_document(
    rows: type[DocumentRequirement], *, actor: Any, reason: str = "", first_day: date | None = None, **values: Any
) -> DocumentRequirement:
    """Require a type of document of every record of a kind, tier, phase and product line from a day on (today by default).

    Raises Denied where the phase or tier does not fit the kind of record, and where the same is required already.
    """
    rule = rows(period=DateRange(first_day or clock.today(), None), **values)
    wrong = faults(rule, exclude=("period", "line_key"))
    if rule.process and rule.process not in DocumentRequirement.PHASES.get(rule.subject, ()):  # type: ignore[call-overload]
        text = _("Records of this kind are never in this phase.")
        wrong.append(Denied("phase_does_not_fit", text, field="process", status=400))
    if rule.tier and rule.subject == DocumentRequirement.Subject.PRODUCT:
        text = _("A product belongs to no customer, so it has no tier.")
        wrong.append(Denied("tier_does_not_fit", text, field="tier", status=400))
    if rule.product_line is not None and rule.product_line.parent_id is not None:
        text = _("Choose a product line, not a family within one.")
        wrong.append(Denied("no_product_line", text, field="product_line", status=400))
    refuse(wrong)
    save_apart(rule, _again)
    refresh_register()
    return rule


@verb("catalog.change_requirement", _("Change requirement"))
def change_requirement(
    rule: DocumentRequirement, *, actor: Any, reason: str = "", blocks: bool, notes: str = "", first_day: date | None = None
) -> DocumentRequirement:
    """Let a requirement block orders, or not, from a day on: the version before ends the day before. Raises Denied."""
    first_day = first_day or clock.today()
    if (rule.blocks, rule.notes) == (blocks, notes):
        return rule
    if rule.last_day is not None and rule.last_day < first_day:
        raise Denied("requirement_ended", _("This requirement has ended."))
    if rule.first_day is None or first_day < rule.first_day:
        raise Denied("before_first_day", _("It begins later than this day."), field="first_day", status=400)
    if first_day == rule.first_day:
        rule.blocks, rule.notes = blocks, notes
        refuse(faults(rule, exclude=("period", "line_key")))
        rule.save(update_fields=["blocks", "notes"])
        refresh_register()
        return rule
    last = rule.period.upper
    rule.period = DateRange(rule.period.lower, first_day)
    rule.save(update_fields=["period"])
    following = DocumentRequirement(
        type=rule.type, subject=rule.subject, tier=rule.tier, process=rule.process, product_line=rule.product_line,
        blocks=blocks, notes=notes, period=DateRange(first_day, last),
    )  # fmt: skip
    refuse(faults(following, exclude=("period", "line_key")))
    save_apart(following, _again)
    refresh_register()
    return following


@verb("catalog.end_requirement", _("End requirement"))
def end_requirement(
    rule: DocumentRequirement, *, actor: Any, reason: str = "", last_day: date | None = None
) -> DocumentRequirement:
    """Require it no more after a day (yesterday by default: no more from today on, but it held at least for its first day).

    Raises Denied for one that ends before, and for a day before its first.
    """
    if last_day is None:
        last_day = max(clock.today() - timedelta(days=1), rule.first_day or date.min)
    if rule.last_day is not None and rule.last_day <= last_day:
        raise Denied("requirement_ended", _("This requirement has ended."))
    if rule.first_day is not None and last_day < rule.first_day:
        raise Denied("before_first_day", _("It begins later than this day."), field="last_day", status=400)
    rule.period = DateRange(rule.period.lower, last_day + timedelta(days=1))
    rule.save(update_fields=["period"])
    refresh_register()
    return rule
