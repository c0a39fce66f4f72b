"""Pages of budgets: the list, one with its sheet and what stands between it and its submission, and what is done to it."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from django.db.models import QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from budgets.actions import create_budget, edit_budget
from budgets.filters import BudgetFilter
from budgets.forms.budgets import BudgetForm, TargetForm
from budgets.models import AccountCost, Budget, BudgetLine, BudgetShare, months_of, reads_budgets, reads_plan_costs
from budgets.reports.changes import changes_since
from budgets.reports.checklist import checklist
from budgets.reports.letter import letter_targets
from budgets.reports.looks import Look, bias_of
from budgets.reports.planned_costs import costs_changed_since_submission, costs_changed_since_version
from budgets.reports.ratio import Ratio
from budgets.reports.sheet import months_total, sheet_lines
from budgets.views.prints import papers_of
from kam.core import formats
from kam.core.tables import Column
from kam.core.views import Fact, FormPage, ListPage, RecordPage, VerbView
from kam.core.views.record import NextStep, VerbButton

#: So many lines stand on the budget's own page, the largest first; all of them are a list.
SHOWN = 25
CHANGES_SHOWN = 100


class BudgetList(ListPage):
    """Budgets of the reader's own and of their locations."""

    model = Budget
    title = _("Budgets")
    icon = "table"
    filterset_class = BudgetFilter
    default_order = ("-round__first_month",)
    create_url = "budgets:budget_create"
    create_verb = "budgets.create_budget"
    create_label = _("Ask for a budget")
    tabs = ((_("Mine"), "mine=true"), (_("To be approved"), "status=submitted"), (_("Shared with me"), "shared=true"))
    empty_title = _("No budgets here")
    empty_text = _("A budget opens when the sales manager asks for it.")
    columns = (
        Column("contributor", _("Contributor"), value="contributor", link=True, second="location.name"),
        Column("status", _("Status"), kind="status", sort="status"),
        Column("round", _("Budget round"), value=lambda row: str(row.round)),
        Column("location", _("Location"), value="location.name", default=False),
        Column("revenue", _("Revenue"), kind="money", sort="revenue", total=Sum("revenue"), second="round.currency"),
        Column(
            "margin",
            _("Margin"),
            kind="money",
            value=lambda row: row.margin if row.reads_cost else None,
            permission=reads_plan_costs,
            second="round.currency",
        ),
        Column("top_down", _("Top-down target"), kind="money", sort="top_down", total=Sum("top_down")),
        Column("line_count", _("Lines"), kind="number", sort="line_count"),
        Column("to_look_at", _("Still to look at"), kind="number", sort="to_look_at", default=False),
        Column("submitted_at", _("Submitted"), kind="moment", sort="submitted_at"),
        Column("approved_by", _("Approved by"), value="approved_by", default=False),
    )

    def rows(self) -> QuerySet:
        return super().rows().with_cost_rights(self.reader)


class BudgetPage(RecordPage):
    """A budget: its figures, its checklist, its sheet."""

    model = Budget
    template_name = "budgets/budget_page.html"
    list_url = "budgets:budget_list"
    buttons = (
        VerbButton("budgets.submit_budget", "budgets:budget_submit", "send", primary=True),
        VerbButton("budgets.approve_budget", "budgets:budget_approve", "check", primary=True),
        VerbButton("budgets.return_budget", "budgets:budget_return", "undo-2", page=True),
        VerbButton("budgets.share_budget", "budgets:budget_share", "users", page=True),
    )

    def meta(self) -> list[Any]:
        return [self.record.location.name, self.record.contributor]

    @cached_property
    def points(self) -> list[Any]:
        """What stands between the budget and its submission, for who writes in it."""
        return checklist(self.record) if self.record.accepts_work and self.may("budgets.add_line") else []

    def main_step(self, steps: Sequence[NextStep]) -> NextStep | None:
        """While something is missing the main thing is the grid."""
        return None if self.points else super().main_step(steps)

    def facts(self) -> list[Fact]:
        one = self.record
        found = bias_of(one.contributor, self.reader) if self.may("budgets.return_budget") else None
        bias = None if found is None else found.percent
        return [
            Fact(_("Budget round"), one.round, one.round.get_absolute_url() if reads_budgets(self.reader) else ""),
            Fact(_("Budgets due on"), formats.day(one.round.deadline)),
            Fact(_("Still to look at"), formats.number(one.to_look_at) if one.to_look_at else ""),
            Fact(_("Submitted"), formats.moment(one.submitted_at) if one.submitted_at else ""),
            Fact(_("Approved by"), one.approved_by or ""),
            *([Fact(_("Against the last plan"), f"{formats.number(bias, 1, signed=True)} %")] if bias is not None else []),
        ]

    def context(self) -> dict[str, Any]:
        one = self.record
        writes = one.accepts_work and self.may("budgets.add_line")
        lines = BudgetLine.objects.visible_to(self.reader).filter(budget=one).order_by("-revenue", "pk")
        costs = AccountCost.objects.visible_to(self.reader).filter(budget=one)
        before, version_changes = costs_changed_since_version(one, self.reader)
        changes = [] if one.status == Budget.Status.APPROVED else [row for row in changes_since(one) if not row.returned]
        return super().context() | {
            "points": self.points,
            "reasons_asked": any(point.plants for point in self.points),
            "changes": changes[:CHANGES_SHOWN],
            "looks": Look.choices if self.may("budgets.return_budget") else [],
            "shares": BudgetShare.objects.visible_to(self.reader).running().filter(budget=one).for_list(),
            "may_share": self.may("budgets.share_budget"),
            "changes_more": max(len(changes) - CHANGES_SHOWN, 0),
            "challenged": lines.exclude(challenge="").for_list()[:SHOWN],
            "proposals": lines.exclude(proposal="").for_list()[:SHOWN],
            "writes": writes,
            "account_costs": costs.order_by("kind", "month", "pk").for_list(),
            "cost_changes": costs_changed_since_submission(one, self.reader),
            "version_before": before,
            "version_changes": version_changes,
            "account_costs_total": costs.aggregate(sum=Sum("amount"))["sum"],
            "may_aim": self.may("budgets.edit_budget_target") and one.status != Budget.Status.APPROVED and one.round.accepts_work,
            "months": months_of(one.round.first_month),
            "totals": months_total(one),
            "lines": sheet_lines(lines[:SHOWN]),
            "gap": None if one.top_down is None else one.revenue - one.top_down,
            "margin": self.margin(),
            "has_letter": letter_targets(self.reader, one.contributor, one.round.first_month).exists(),
            **papers_of(self.reader, budget=one),
        }

    def margin(self) -> Ratio | None:
        """Margin over the revenue whose cost is known, for those who read it."""
        one = Budget.objects.costs_visible_to(self.reader).filter(pk=self.record.pk).first()
        return None if one is None else Ratio(one.margin, one.revenue - one.uncosted)


class BudgetCreate(FormPage):
    """Ask one more person for a budget."""

    model = Budget
    form_class = BudgetForm
    verb = "budgets.create_budget"
    creates = True
    title = _("Ask for a budget")
    cancel_url = "/budgets/"

    def act(self, form: Any) -> Any:
        values = form.values()
        values.pop("version", None)
        return create_budget(Budget, actor=self.reader, **values)


class BudgetTarget(FormPage):
    """Set what is asked of a budget from above."""

    model = Budget
    form_class = TargetForm
    verb = "budgets.edit_budget_target"
    title = _("Top-down target")

    def act(self, form: Any) -> Any:
        return edit_budget(self.record, actor=self.reader, **form.values())


class BudgetSubmit(VerbView):
    """Hand the budget in."""

    model = Budget
    verb = "budgets.submit_budget"


class BudgetApprove(VerbView):
    """Approve a budget."""

    model = Budget
    verb = "budgets.approve_budget"


class BudgetReturn(VerbView):
    """Give a budget back."""

    model = Budget
    verb = "budgets.return_budget"
    reason_required = True
