"""Pages that fill a budget: from sales or another version, from a pasted list, and the reason where nothing is planned."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from budgets.actions.pasting import read_list
from budgets.forms.budgets import FillForm, PasteForm, ReasonsForm
from budgets.models import Budget
from budgets.reports.checklist import forgotten
from kam.core.views import VerbView
from kam.core.views.form import place_refusals
from kam.core.workflow import Denied


class BudgetFill(VerbView):
    """Fill from sales or from the last version."""

    model = Budget
    verb = "budgets.fill_budget"
    form_class = FillForm
    text = _(
        "What was sold, planned before or is negotiated and not planned yet is added; what you made by hand stays. Agreed prices take the "
        "place of those of the months to come; a month without an agreement keeps its price."
    )


class BudgetPaste(VerbView):
    """Paste a list; what it was understood as is shown first."""

    model = Budget
    verb = "budgets.paste_lines"
    form_class = PasteForm
    template_name = "budgets/paste.html"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.require(self.verb, self.record)
        form = self.form(request.POST)
        if "confirmed" in request.POST or not form.is_valid() or self.stale(form):
            return super().post(request, *args, **kwargs)
        try:
            self.understood = read_list(self.record, form.cleaned_data["text"], self.reader)
        except Denied as denied:
            place_refusals(form, denied)
            return self.shown(form, status=422)
        return self.shown(form)

    def stale(self, form: Any) -> bool:
        """Whether somebody changed the budget since the page was opened; then the action says so."""
        return form.cleaned_data.get("version") not in {None, self.record.version}

    def context(self) -> dict[str, Any]:
        rows = getattr(self, "understood", [])
        return super().context() | {
            "rows": rows,
            "currency": self.record.location.currency,
            "submit_label": _("Add these lines") if rows else _("Show what it says"),
        }


class BudgetReasons(VerbView):
    """Say once why nothing is planned for several plants."""

    model = Budget
    verb = "budgets.explain_zeros"
    form_class = ReasonsForm
    text = _("These plants bought in the last twelve months. One reason holds for all that stay ticked.")

    def initial(self) -> dict[str, Any]:
        return {"plants": [key for key, _name in forgotten(self.record)]}
