"""Pages of quantity plans: the list, one with what is asked, changed and answered, and Production's answers."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from budgets.actions import answer_quantities
from budgets.actions.quantities import Said
from budgets.filters import QuantityPlanFilter
from budgets.forms.quantities import AnswerForm
from budgets.models import QuantityPlan, months_of
from budgets.reports.quantities import quantity_rows, to_answer
from budgets.views.prints import papers_of
from kam.core import formats
from kam.core.tables import Column
from kam.core.views import Fact, ListPage, RecordPage, VerbView
from kam.core.views.record import VerbButton


class QuantityPlanList(ListPage):
    """What each round asks our producing locations to make."""

    model = QuantityPlan
    title = _("Quantity plans")
    icon = "factory"
    filterset_class = QuantityPlanFilter
    default_order = ("-pk",)
    empty_title = _("No quantity plan yet")
    empty_text = _("When a budget round is shared, each producing location finds here what it is to make.")
    columns = (
        Column("location", _("Producing location"), value="location.name", link=True),
        Column("round", _("Budget round"), value=lambda row: str(row.round), second="round.get_status_display"),
        Column("confirmed_at", _("Answered"), kind="moment", sort="confirmed_at"),
    )


class QuantityPlanPage(RecordPage):
    """A quantity plan: product by month, without prices."""

    model = QuantityPlan
    template_name = "budgets/quantity_page.html"
    list_url = "budgets:quantity_list"
    buttons = (
        VerbButton("budgets.answer_quantities", "budgets:quantity_answer", "message-square", page=True),
        VerbButton("budgets.confirm_quantities", "budgets:quantity_confirm", "check-check", page=True, primary=True),
    )

    def facts(self) -> list[Fact]:
        one = self.record
        return [
            Fact(_("Budget round"), one.round),
            Fact(_("Answered"), formats.moment(one.confirmed_at) if one.confirmed_at else ""),
            Fact(_("Answered by"), one.confirmed_by or ""),
        ]

    def context(self) -> dict[str, Any]:
        rows = quantity_rows(self.record)
        only = self.request.GET.get("changed") == "1"
        return super().context() | {
            "rows": [row for row in rows if row.changed] if only else rows,
            "only_changed": only,
            "revision": self.record.round.kind == "revision",
            "months": months_of(self.record.round.first_month),
            "waiting": len(to_answer(self.record, rows)),
            **papers_of(self.reader, plan=self.record),
        }


class QuantityAnswer(VerbView):
    """Answer a product, for a month or for all."""

    model = QuantityPlan
    verb = "budgets.answer_quantities"
    form_class = AnswerForm

    def act(self, form: Any) -> Any:
        values = form.values()
        version = {"version": values.pop("version")} if "version" in values else {}
        values["month"] = values["month"] or None
        return answer_quantities(self.record, actor=self.reader, answers=[Said(**values)], **version)


class QuantityConfirm(VerbView):
    """Say yes to the rest."""

    model = QuantityPlan
    verb = "budgets.confirm_quantities"
    text = _("Everything that has no answer yet is answered with yes.")
