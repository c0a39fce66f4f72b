"""Payment terms: made and edited; customers and agreements carry their codes."""

from itertools import pairwise
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.actions.location import save_once
from accounts.models import PaymentTerm
from kam.core.verbs import verb
from kam.core.workflow import Denied

EDITABLE = ("code", "name_it", "name_en", "name_de", "days", "month_end", "extra_days", "commercial")
#: The most days of an instalment, the most instalments, and the most days beyond the end of the month.
LONGEST, MOST, BEYOND = 720, 12, 60


def _checked(term: PaymentTerm, values: dict[str, Any]) -> bool:
    values = {name: value.strip() if isinstance(value, str) else value for name, value in values.items() if name in EDITABLE}
    if "code" in values:
        values["code"] = values["code"].upper()
    changed = [name for name, value in values.items() if getattr(term, name) != value]
    for name in changed:
        setattr(term, name, values[name])
    for name in ("code", "name_en", "days"):
        if not getattr(term, name):
            raise Denied("required", _("Fill in this field."), field=name, status=400)
    days = term.days
    if len(days) > MOST or any(one > LONGEST for one in days) or any(one >= other for one, other in pairwise(days)):
        text = _("Give up to twelve numbers of days, each larger than the one before, at most 720.")
        raise Denied("days_in_order", text, field="days", status=400)
    if term.month_end not in PaymentTerm.MonthEnd.values:
        raise Denied("unknown_month_end", _("Choose how the end of the month counts."), field="month_end", status=400)
    if term.extra_days > BEYOND or (term.extra_days and term.month_end == PaymentTerm.MonthEnd.NONE):
        text = _("Days beyond the end of the month need one, and are at most 60.")
        raise Denied("extra_days", text, field="extra_days", status=400)
    return bool(changed)


def _code_taken(term: PaymentTerm) -> Denied:
    return Denied("code_taken", _("There is a payment term %(code)s already.") % {"code": term.code}, field="code")


@verb("accounts.create_payment_term", _("Add payment term"))
def create_payment_term(model: type[PaymentTerm], *, actor: Any, reason: str = "", **values: Any) -> PaymentTerm:
    """Say what the code of a payment term means. Raises Denied for a code that is taken."""
    term = model()
    _checked(term, values)
    save_once(term, _code_taken(term))
    return term


@verb("accounts.edit_payment_term", _("Edit payment term"))
def edit_payment_term(term: PaymentTerm, *, actor: Any, reason: str = "", **values: Any) -> PaymentTerm:
    """Change a payment term; what is due by then follows it."""
    if _checked(term, values):
        save_once(term, _code_taken(term))
    return term
