"""What is done to plans, by subject: rounds, budgets, lines and their cells, filling, costing, changes in per cent, publishing,
reminders; and to what the sweep finds: deviations, their corrective actions, the sales meetings about them."""

from budgets.actions.adjusting import adjust_cells
from budgets.actions.budgets import approve_budget, create_budget, edit_budget, return_budget, submit_budget
from budgets.actions.corrective_actions import add_action, cancel_action, complete_action, edit_action
from budgets.actions.costing import renew_costs
from budgets.actions.deviations import (
    Cause,
    accept_deviation,
    analyse_deviation,
    close_deviation,
    explain_deviation,
    finish_deviation,
    plan_deviation,
    revise_deviation,
    start_deviation,
)
from budgets.actions.filling import fill_budget
from budgets.actions.judging import judge_deviation
from budgets.actions.lines import add_line, edit_cells, edit_line, phase_line, remove_line
from budgets.actions.meetings import edit_meeting, hold_meeting
from budgets.actions.publishing import publish_round
from budgets.actions.reminders import remind
from budgets.actions.rounds import (
    approve_round,
    cancel_round,
    close_round,
    consolidate_round,
    edit_round,
    open_round,
    own_stretch,
    request_round,
    set_rate,
    share_round,
)
from budgets.actions.sweep import sweep_year

__all__ = [
    "Cause",
    "accept_deviation",
    "add_action",
    "add_line",
    "adjust_cells",
    "analyse_deviation",
    "approve_budget",
    "approve_round",
    "cancel_action",
    "cancel_round",
    "close_deviation",
    "close_round",
    "complete_action",
    "consolidate_round",
    "create_budget",
    "edit_action",
    "edit_budget",
    "edit_cells",
    "edit_line",
    "edit_meeting",
    "edit_round",
    "explain_deviation",
    "fill_budget",
    "finish_deviation",
    "hold_meeting",
    "judge_deviation",
    "open_round",
    "own_stretch",
    "phase_line",
    "plan_deviation",
    "publish_round",
    "remind",
    "remove_line",
    "renew_costs",
    "request_round",
    "return_budget",
    "revise_deviation",
    "set_rate",
    "share_round",
    "start_deviation",
    "submit_budget",
    "sweep_year",
]
