"""Pages of the lines of a budget: the list, one with its twelve months, and what is done to it."""

from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.dates import MONTHS_3
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from budgets.actions import add_line, challenge_line, edit_cells, edit_line
from budgets.filters import BudgetLineFilter
from budgets.forms.lines import (
    ChallengeAnswerForm,
    ChallengeForm,
    LineEditForm,
    LineForm,
    MonthsForm,
    RowAnswerForm,
    RowDecisionForm,
    RowProposalForm,
    SpreadForm,
)
from budgets.models import Budget, BudgetLine, months_of, reads_plan_costs
from budgets.models.counterparts import counterpart_of
from budgets.reports.agreed import agreed_months
from budgets.reports.ratio import Ratio
from kam.core import formats
from kam.core.tables import Column
from kam.core.views import BulkAction, Fact, FormPage, ListPage, RecordPage, VerbView
from kam.core.views.record import VerbButton
from kam.core.workflow import changed_meanwhile


def plainly(value: Decimal | None) -> Decimal | None:
    """A figure as people type it: without decimals where it has none."""
    return value if value is None or value % 1 else value.quantize(Decimal(1))


def _costs(name: str) -> Any:
    """What follows from the cost of a row, where the reader reads it."""
    return lambda row: getattr(row, name) if row.reads_cost else None


def challenge_as_sold(line: BudgetLine, *, actor: Any, reason: str = "") -> BudgetLine:
    """Mark one of many rows with the reason of all; the counter-figure is what it sold in the last twelve months."""
    return challenge_line(line, actor=actor, why=reason)  # type: ignore[no-any-return]


AMOUNT: dict[str, Any] = {"kind": "money", "decimals": 2, "second": "currency"}


class LineList(ListPage):
    """The lines of the budgets that the reader sees."""

    model = BudgetLine
    title = _("Budget lines")
    icon = "table"
    breadcrumb = ((_("Budgets"), "/budgets/"),)
    filterset_class = BudgetLineFilter
    default_order = ("-revenue",)
    empty_title = _("No lines here")
    empty_text = _("Open a budget and fill it from the last twelve months, or add a line.")
    columns = (
        Column("buyer", _("To whom"), value="buyer", link=True, second="budget.contributor"),
        Column("article", _("What"), value="article", second=lambda row: row.class_now.label),
        Column("quantity", _("Quantity of the year"), kind="number", sort="quantity", second="unit_words", most=3),
        Column("revenue", _("Revenue of the year"), kind="money", decimals=2, sort="revenue", second="currency"),
        Column("cost", _("Cost of the year"), value=_costs("cost"), permission=reads_plan_costs, default=False, **AMOUNT),
        Column("margin", _("Margin of the year"), value=_costs("margin"), permission=reads_plan_costs, **AMOUNT),
        Column("budget", _("Budget round"), value=lambda row: str(row.budget.round), second="budget.location.name"),
        Column("source", _("Source"), value="get_source_display"),
        Column("comment", _("Comment")),
        Column("review", _("Looked at"), value="get_review_display", default=False),
        Column("counter", _("Counter-figure"), sort="counter", default=False, **AMOUNT),
        Column("challenge", _("Challenge"), value="get_challenge_display", default=False),
        Column("proposed", _("Proposed revenue"), sort="proposed", default=False, **AMOUNT),
        Column("proposed_difference", _("Difference of the proposal"), default=False, **AMOUNT),
        Column("proposal", _("Proposal"), value="get_proposal_display", default=False),
        Column("producing_location", _("Producing location"), value="producing_location.name", default=False),
    )

    bulk_actions = (
        BulkAction("challenge", _("Mark for return"), "undo-2", "budgets.challenge_line", challenge_as_sold, reason=True),
    )

    def rows(self) -> QuerySet:
        return super().rows().with_cost_rights(self.reader)


class LinePage(RecordPage):
    """A line with its twelve months."""

    model = BudgetLine
    template_name = "budgets/line_page.html"
    list_url = "budgets:line_list"
    edit_url = "budgets:line_edit"
    edit_verb = "budgets.edit_line"
    buttons = (
        VerbButton("budgets.answer_challenge", "budgets:line_answer", "message-square", page=True, primary=True),
        VerbButton("budgets.edit_cells", "budgets:line_months", "table", label=_("Edit months"), page=True, primary=True),
        VerbButton("budgets.phase_line", "budgets:line_spread", "chart-column", page=True),
        VerbButton("budgets.remove_line", "budgets:line_remove", "trash-2", page=True),
        VerbButton("budgets.challenge_line", "budgets:line_challenge", "undo-2", page=True),
        VerbButton("budgets.withdraw_challenge", "budgets:line_unmark", "x"),
        VerbButton("budgets.propose_row", "budgets:line_propose", "pencil", page=True, primary=True),
        VerbButton("budgets.answer_row", "budgets:line_settle", "message-square", page=True, primary=True),
        VerbButton("budgets.decide_row", "budgets:line_decide", "check", page=True, primary=True),
    )

    def may(self, verb: str) -> bool:
        """The cells are the budget's."""
        if verb == "budgets.edit_cells":
            return bool(Budget.objects.permitted(self.reader, verb).filter(pk=self.record.budget_id).exists())
        return super().may(verb)

    def step(self, button: VerbButton) -> Any:
        """What can be done now: the contributor's while the budget is in preparation, the marks while it is in review."""
        one: BudgetLine = self.record
        in_review = one.budget.status == Budget.Status.SUBMITTED and one.budget.round.accepts_work
        fits = {
            "budgets.challenge_line": in_review,
            "budgets.withdraw_challenge": in_review and one.challenge == one.Challenge.MARKED,
            "budgets.answer_challenge": one.budget.accepts_work and one.counter is not None,
            "budgets.propose_row": one.budget.accepts_work and one.proposal != one.Proposal.DECIDED,
            "budgets.answer_row": one.budget.accepts_work and one.proposed is not None and one.settled != one.revenue,
            "budgets.decide_row": one.proposal == one.Proposal.OPEN and (in_review or one.budget.accepts_work),
        }
        return super().step(button) if fits.get(button.verb, one.budget.accepts_work) else None

    @cached_property
    def reads_budget(self) -> bool:
        """Whether the budget is the reader's to open; a counterpart reads the row alone."""
        return Budget.objects.visible_to(self.reader).filter(pk=self.record.budget_id).exists()

    def crumbs(self) -> list[tuple[Any, str]]:
        return [(str(self.record.budget), self.record.budget.get_absolute_url())] if self.reads_budget else super().crumbs()

    def facts(self) -> list[Fact]:
        one = self.record
        return [
            Fact(_("Budget"), one.budget, one.budget.get_absolute_url() if self.reads_budget else ""),
            Fact(_("Shared with"), counterpart_of(one) or ""),
            Fact(_("Class"), one.class_now.label, note=_("by an accepted offer") if one.class_now != one.chance else ""),
            Fact(_("Source"), one.get_source_display()),
            Fact(_("Producing location"), one.producing_location.name),
            Fact(_("Revenue of the year"), formats.money(one.revenue, one.currency)),
            Fact(_("Quantity of the year"), f"{formats.number(one.quantity, most=3)} {one.unit_words}" if one.quantity else ""),
            Fact(_("Comment"), one.comment),
            *self.challenge(),
            *self.proposal(),
            *self.costs(),
        ]

    def challenge(self) -> list[Fact]:
        """What was set against the line, why, and what was answered."""
        one: BudgetLine = self.record
        if one.counter is None:
            return []
        return [
            Fact(_("Challenge"), one.get_challenge_display()),
            Fact(_("Counter-figure"), formats.money(one.counter, one.currency)),
            Fact(_("What has to change"), one.challenge_reason),
            Fact(_("Answer"), one.challenge_answer),
        ]

    def proposal(self) -> list[Fact]:
        """What the counterpart would plan, by how much that differs, and what came of it."""
        one: BudgetLine = self.record
        if one.proposed is None:
            return []
        difference = formats.money(one.proposed_difference, one.currency)
        return [
            Fact(_("Proposal"), one.get_proposal_display(), note=one.proposed_by),
            Fact(_("Proposed revenue"), formats.money(one.proposed, one.currency)),
            Fact(_("Difference of the proposal"), difference),
            Fact(_("Reason of the proposal"), one.proposal_reason),
            Fact(_("Answer to the proposal"), one.proposal_answer),
        ]

    def costs(self) -> list[Fact]:
        """What the line costs and earns, for those who read it."""
        one = BudgetLine.objects.costs_visible_to(self.reader).filter(pk=self.record.pk).select_related("standard_cost").first()
        if one is None:
            return []
        known = one.cost is not None
        share = Ratio(one.margin or Decimal(0), one.revenue).percent if known else None
        return [
            Fact(_("Cost version"), one.standard_cost.cost_version if one.standard_cost else ""),
            Fact(_("Cost of the year"), formats.money(one.cost, one.currency) if known else _("not known")),
            Fact(_("Margin of the year"), formats.money(one.margin, one.currency) if known else _("not known")),
            Fact(_("Margin %"), formats.number(share, 2) if share is not None else _("n/a")),
        ]

    def context(self) -> dict[str, Any]:
        names = [MONTHS_3[day.month] for day in months_of(self.record.budget.round.first_month)]
        context = super().context()
        cells = list(self.record.cells.order_by("month"))
        agreed = agreed_months(self.record.budget, self.reader, [self.record.pk])
        prices = [one.price for one in agreed] or [None] * len(cells)
        return context | {
            "cells": list(zip(names, cells, prices, strict=True)),
            "any_agreed": any(price is not None for price in prices),
            "can_edit": context["can_edit"] and self.record.budget.accepts_work,
        }


class LineCreate(FormPage):
    """Add a line to a budget."""

    model = Budget
    form_class = LineForm
    verb = "budgets.add_line"
    title = _("Add line")
    submit_label = _("Add line")

    def initial(self) -> dict[str, Any]:
        return {name: value for name, value in self.request.GET.items() if name in self.form_class.base_fields}

    def act(self, form: Any) -> Any:
        return add_line(self.record, actor=self.reader, **form.values())

    def next_address(self, record: Any) -> str:
        """Back to the grid for who came from there."""
        return (
            reverse("budgets:budget_grid", args=[self.record.pk]) if "grid" in self.request.GET else super().next_address(record)
        )


class LineEdit(FormPage):
    """Change the class or the comment of a line."""

    model = BudgetLine
    form_class = LineEditForm
    verb = "budgets.edit_line"
    title = _("Edit line")

    def act(self, form: Any) -> Any:
        return edit_line(self.record, actor=self.reader, **form.values())


class LineMonths(FormPage):
    """Type the twelve months of a line."""

    model = BudgetLine
    form_class = MonthsForm
    template_name = "budgets/line_months.html"
    title = _("Edit months")

    def check_right(self) -> None:
        self.require("budgets.edit_cells", self.record.budget)

    def initial(self) -> dict[str, Any]:
        return {
            f"{name}_{cell.month}": plainly(getattr(cell, name))
            for cell in self.record.cells.all()
            for name in ("quantity", "price", "revenue")
        }

    def act(self, form: Any) -> Any:
        if form.cleaned_data.get("version") not in {None, self.record.version}:
            raise changed_meanwhile()
        cells = form.cells()
        if cells:
            edit_cells(self.record.budget, actor=self.reader, cells=cells)
        return self.record


class LineSpread(VerbView):
    """Spread a year's figure over the months."""

    model = BudgetLine
    verb = "budgets.phase_line"
    form_class = SpreadForm


class LineChallenge(VerbView):
    """Mark a row of a submitted budget for return."""

    model = BudgetLine
    verb = "budgets.challenge_line"
    form_class = ChallengeForm

    def initial(self) -> dict[str, Any]:
        return {"why": self.record.challenge_reason, "counter": self.record.counter}


class LineUnmark(VerbView):
    """Take the mark off a row."""

    model = BudgetLine
    verb = "budgets.withdraw_challenge"


class LineAnswer(VerbView):
    """Answer a returned row."""

    model = BudgetLine
    verb = "budgets.answer_challenge"
    form_class = ChallengeAnswerForm

    def initial(self) -> dict[str, Any]:
        return {"answer": self.record.challenge, "comment": self.record.challenge_answer}


class RowPropose(VerbView):
    """Propose another figure for a row that one shares."""

    model = BudgetLine
    verb = "budgets.propose_row"
    form_class = RowProposalForm

    def initial(self) -> dict[str, Any]:
        return {"proposed": plainly(self.record.proposed), "why": self.record.proposal_reason}


class RowAnswer(VerbView):
    """Answer what the counterpart of a row proposes."""

    model = BudgetLine
    verb = "budgets.answer_row"
    form_class = RowAnswerForm

    def initial(self) -> dict[str, Any]:
        return {"comment": self.record.proposal_answer}


class RowDecide(VerbView):
    """Decide between both figures of an open row."""

    model = BudgetLine
    verb = "budgets.decide_row"
    form_class = RowDecisionForm


class LineRemove(VerbView):
    """Take a line out."""

    model = BudgetLine
    verb = "budgets.remove_line"
    dangerous = True
    text = _("The line and its months are taken out of the budget.")

    def next_address(self, result: Any) -> str:
        return f"/budgets/{self.record.budget_id}/"
