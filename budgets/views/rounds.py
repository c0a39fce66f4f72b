"""Pages of budget rounds: the list, the board that shows who stands where, and what the sales manager does to a round."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from budgets.actions import edit_round, request_round
from budgets.filters import BudgetRoundFilter
from budgets.forms.rounds import OpenForm, RateForm, RoundEditForm, RoundForm, StretchForm
from budgets.models import Budget, BudgetRound, reads_plan_costs
from budgets.reports.board import standing_of
from budgets.reports.parts import parts_of_round
from budgets.reports.quantities import unanswered
from budgets.views.prints import papers_of
from kam.core import clock, formats
from kam.core.tables import Column
from kam.core.views import Fact, FormPage, ListPage, RecordPage, VerbView
from kam.core.views.record import NextStep, VerbButton


class RoundList(ListPage):
    """Budget rounds."""

    model = BudgetRound
    title = _("Budget rounds")
    icon = "calendar-range"
    filterset_class = BudgetRoundFilter
    default_order = ("-first_month",)
    create_url = "budgets:round_create"
    create_verb = "budgets.request_round"
    create_label = _("Request budget")
    tabs = ((_("Running"), "status=requested&status=open&status=consolidated&status=shared&status=approved"),)
    empty_title = _("No budget was asked for yet")
    empty_text = _("The sales manager asks for the year's budget; then everyone finds theirs here, already filled.")
    columns = (
        Column("name", _("Budget round"), value=str, link=True, second="get_kind_display"),
        Column("status", _("Status"), kind="status", sort="status"),
        Column("first_month", _("Year"), value="year", sort="first_month"),
        Column("deadline", _("Budgets due on"), kind="date", sort="deadline"),
        Column("top_down", _("Top-down target"), kind="money", sort="top_down", second="currency"),
        Column("requested_by", _("Requested by"), value="requested_by"),
        Column("published_at", _("Published"), kind="moment", sort="published_at", default=False),
    )


#: The steps that only lead a budget to its targets.
#: So many budgets stand on the board; a click on how many there are lists them all.
SHOWN = 50
TO_TARGETS = ("budgets.consolidate_round", "budgets.share_round", "budgets.approve_round", "budgets.publish_round")


class RoundPage(RecordPage):
    """The board of a round."""

    model = BudgetRound
    template_name = "budgets/round_page.html"
    list_url = "budgets:round_list"
    edit_url = "budgets:round_edit"
    edit_verb = "budgets.edit_round"
    buttons = (
        VerbButton("budgets.open_round", "budgets:round_open", "play", page=True, primary=True),
        VerbButton("budgets.consolidate_round", "budgets:round_consolidate", "check-check", primary=True),
        VerbButton("budgets.share_round", "budgets:round_share", "share-2", page=True, primary=True),
        VerbButton("budgets.approve_round", "budgets:round_approve", "check", page=True, primary=True),
        VerbButton("budgets.publish_round", "budgets:round_publish", "send", page=True, primary=True),
        VerbButton("budgets.close_round", "budgets:round_close", "archive", page=True),
        VerbButton("budgets.cancel_round", "budgets:round_cancel", "x", page=True),
    )

    def step(self, button: VerbButton) -> NextStep | None:
        """An estimate is closed where a budget is consolidated, shared, approved and published."""
        estimate = self.record.kind == BudgetRound.Kind.ESTIMATE
        if button.verb in TO_TARGETS if estimate else button.verb == "budgets.close_round" and not self.record.published_at:
            return None
        return super().step(button)

    def meta(self) -> list[Any]:
        return [self.record.get_kind_display(), _("due on %(day)s") % {"day": formats.day(self.record.deadline)}]

    def facts(self) -> list[Fact]:
        one = self.record
        return [
            Fact(_("Requested by"), one.requested_by),
            Fact(_("Approved by"), one.approved_by or ""),
            Fact(_("Months that are over"), one.get_closed_months_display() if one.kind == one.Kind.REVISION else ""),
            Fact(_("Opened"), formats.moment(one.opened_at) if one.opened_at else ""),
            Fact(_("Published"), formats.moment(one.published_at) if one.published_at else ""),
            Fact(_("Reason of the stretch"), one.stretch_reason),
            *(Fact(_("Budget rate"), f"1 {rate.currency} = {formats.number(rate.rate, 4, most=8)} {one.currency}") for rate in one.rates.all()),
        ]  # fmt: skip

    def context(self) -> dict[str, Any]:
        rows = Budget.objects.visible_to(self.reader).with_cost_rights(self.reader).filter(round=self.record)
        budgets = rows.for_list().order_by("location", "contributor")[:SHOWN]
        in_preparation = self.record.accepts_work
        standing = standing_of(self.record, self.reader)
        aims = self.record.status in {"requested", "open"} and self.reader.may("budgets.create_top_down")
        return super().context() | {
            "budgets": budgets,
            "more": max(standing.budgets - SHOWN, 0),
            "standing": standing,
            "parts": parts_of_round(self.record, self.reader) if standing.whole else [],
            "may_aim": aims,
            "may_ask": in_preparation and self.reader.may("budgets.create_budget"),
            "may_set_rate": in_preparation and self.may("budgets.set_rate"),
            "may_renew": in_preparation and self.may("budgets.renew_costs"),
            "reads_costs": reads_plan_costs(self.reader),
            "may_stretch": in_preparation and self.may("budgets.own_stretch"),
            **papers_of(self.reader, round=self.record),
        }


class RoundCreate(FormPage):
    """Ask for the year's budget."""

    model = BudgetRound
    form_class = RoundForm
    verb = "budgets.request_round"
    creates = True
    title = _("Request budget")
    submit_label = _("Request budget")
    cancel_url = "/budgets/rounds/"

    def initial(self) -> dict[str, Any]:
        return {"year": clock.today().year + 1, "month": 1} | super().initial()

    def act(self, form: Any) -> Any:
        return request_round(BudgetRound, actor=self.reader, **form.values())


class RoundEdit(FormPage):
    """Change guidelines, deadline or target of a round that is in preparation."""

    model = BudgetRound
    form_class = RoundEditForm
    verb = "budgets.edit_round"
    title = _("Edit round")

    def act(self, form: Any) -> Any:
        return edit_round(self.record, actor=self.reader, **form.values())


class RoundOpen(VerbView):
    """Open a round: everyone gets their budget, filled."""

    model = BudgetRound
    verb = "budgets.open_round"
    form_class = OpenForm
    text = _("Everyone who has something to plan gets a budget for each of our locations, filled from the last twelve months.")

    def initial(self) -> dict[str, Any]:
        return {"top_down": self.record.top_down}


class RoundRate(VerbView):
    """Set a budget rate."""

    model = BudgetRound
    verb = "budgets.set_rate"
    form_class = RateForm


class RoundCosts(VerbView):
    """Take the standard costs of today."""

    model = BudgetRound
    verb = "budgets.renew_costs"
    text = _(
        "Every line of the budgets in preparation takes the cost version that is in force on the first day of the year, else the latest one. Approved budgets stay as they are."
    )


class RoundStretch(VerbView):
    """Take the gap upon oneself."""

    model = BudgetRound
    verb = "budgets.own_stretch"
    form_class = StretchForm


class RoundConsolidate(VerbView):
    """Both plans tally."""

    model = BudgetRound
    verb = "budgets.consolidate_round"


class RoundShare(VerbView):
    """Share the consolidated budget."""

    model = BudgetRound
    verb = "budgets.share_round"
    reason = True


class RoundApprove(VerbView):
    """Approve the budget as a whole."""

    model = BudgetRound
    verb = "budgets.approve_round"
    template_name = "budgets/round_approve.html"
    text = _("From now on this version stays as it is; changes need a revision.")

    def context(self) -> dict[str, Any]:
        return super().context() | {"unanswered": unanswered(self.record)}


class RoundPublish(VerbView):
    """The approved lines become the targets."""

    model = BudgetRound
    verb = "budgets.publish_round"
    text = _("The approved lines become the targets of the year, and everyone is told.")

    def next_address(self, result: Any) -> str:
        return result.job.get_absolute_url() if result.job else super().next_address(result)


class RoundClose(VerbView):
    """Put a round away."""

    model = BudgetRound
    verb = "budgets.close_round"
    text = _("The targets stay in force.")


class RoundCancel(VerbView):
    """Call a round off."""

    model = BudgetRound
    verb = "budgets.cancel_round"
    reason_required = True
    dangerous = True
