"""Giving the reason why nothing is planned for plants that bought: one for a whole selection."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import Plant
from budgets.actions.filling import refuse_closed
from budgets.models import Budget
from budgets.models.reasons import ZeroReason
from budgets.reports.checklist import forgotten
from kam.core.verbs import verb
from kam.core.workflow import Denied


@verb("budgets.explain_zeros", _("Give the reason"))
def explain_zeros(budget: Budget, *, actor: Any, reason: str = "", plants: Sequence[Plant], why: str) -> Budget:
    """Say once why nothing is planned for these plants; only those are taken that the checklist names. Raises Denied."""
    refuse_closed(budget)
    if not why.strip():
        raise Denied("reason_needed", _("Say why nothing is planned."), field="why", status=400)
    asked = {key for key, _name in forgotten(budget)}
    if not plants or any(plant.pk not in asked for plant in plants):
        raise Denied("not_asked", _("Choose among the plants that the checklist names."), field="plants", status=400)
    rows = [ZeroReason(budget=budget, plant=plant, why=" ".join(why.split())) for plant in plants]
    for row in rows:
        row.full_clean(validate_unique=False, validate_constraints=False)
    ZeroReason.objects.bulk_create(rows)
    return budget
