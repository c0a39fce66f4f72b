"""Pages of what is asked from above of parts of a round, and its sharing out to persons."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from budgets.actions import create_top_down
from budgets.forms.rounds import DistributeForm, TopDownEditForm, TopDownForm
from budgets.models import BudgetRound, TopDownTarget
from kam.core.views import FormPage, VerbView


class TopDownCreate(FormPage):
    """Ask a part of the round for an amount."""

    model = BudgetRound
    form_class = TopDownForm
    title = _("Top-down target of a part")

    def check_right(self) -> None:
        self.require("budgets.edit_round", self.record)

    def initial(self) -> dict[str, Any]:
        return {}

    def act(self, form: Any) -> Any:
        values = form.values()
        values.pop("version", None)
        create_top_down(TopDownTarget, actor=self.reader, round=self.record, **values)
        return self.record


class TopDownEdit(VerbView):
    """Change the amount of a part."""

    model = TopDownTarget
    verb = "budgets.edit_top_down"
    form_class = TopDownEditForm

    def initial(self) -> dict[str, Any]:
        return {"amount": self.record.amount}


class TopDownRemove(VerbView):
    """Take the target of a part back."""

    model = TopDownTarget
    verb = "budgets.remove_top_down"
    dangerous = True

    def next_address(self, result: Any) -> str:
        return f"/budgets/rounds/{self.record.round_id}/"


class RoundDistribute(VerbView):
    """Share the target out to persons."""

    model = BudgetRound
    verb = "budgets.distribute_top_down"
    form_class = DistributeForm
    text = _(
        "Each budget that is not approved is asked for its part, in proportion to what its plants bought in the last twelve months."
    )
