"""What is done to plans, by subject: rounds, budgets, lines and their cells, filling, costing, changes in per cent, publishing,
reminders; and to what the sweep finds: deviations, their corrective actions, the sales meetings about them."""

from budgets.actions.accepting import accept_rest, look_again
from budgets.actions.account_costs import edit_account_cost, plan_account_cost, record_account_costs, remove_account_cost
from budgets.actions.adjusting import adjust_cells
from budgets.actions.budgets import approve_budget, create_budget, edit_budget, return_budget, submit_budget
from budgets.actions.challenges import answer_challenge, challenge_line, withdraw_challenge
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
from budgets.actions.papers import issue_paper
from budgets.actions.pasting import paste_lines
from budgets.actions.profiles import create_profile, edit_profile, remove_profile
from budgets.actions.publishing import publish_round
from budgets.actions.quantities import answer_quantities, confirm_quantities
from budgets.actions.reasons import explain_zeros
from budgets.actions.reminders import remind
from budgets.actions.revisions import accept_revision, decline_revision, propose_revision, withdraw_revision
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
from budgets.actions.shared_rows import answer_row, decide_row, propose_row, settle_silent
from budgets.actions.shares import share_budget, withdraw_share
from budgets.actions.sweep import sweep_year
from budgets.actions.top_down import create_top_down, distribute_top_down, edit_top_down, remove_top_down

__all__ = [
    "Cause",
    "accept_deviation",
    "accept_rest",
    "accept_revision",
    "add_action",
    "add_line",
    "adjust_cells",
    "analyse_deviation",
    "answer_challenge",
    "answer_quantities",
    "answer_row",
    "approve_budget",
    "approve_round",
    "cancel_action",
    "cancel_round",
    "challenge_line",
    "close_deviation",
    "close_round",
    "complete_action",
    "confirm_quantities",
    "consolidate_round",
    "create_budget",
    "create_profile",
    "create_top_down",
    "decide_row",
    "decline_revision",
    "distribute_top_down",
    "edit_account_cost",
    "edit_action",
    "edit_budget",
    "edit_cells",
    "edit_line",
    "edit_meeting",
    "edit_profile",
    "edit_round",
    "edit_top_down",
    "explain_deviation",
    "explain_zeros",
    "fill_budget",
    "finish_deviation",
    "hold_meeting",
    "issue_paper",
    "judge_deviation",
    "look_again",
    "open_round",
    "own_stretch",
    "paste_lines",
    "phase_line",
    "plan_account_cost",
    "plan_deviation",
    "propose_revision",
    "propose_row",
    "publish_round",
    "record_account_costs",
    "remind",
    "remove_account_cost",
    "remove_line",
    "remove_profile",
    "remove_top_down",
    "renew_costs",
    "request_round",
    "return_budget",
    "revise_deviation",
    "set_rate",
    "settle_silent",
    "share_budget",
    "share_round",
    "start_deviation",
    "submit_budget",
    "sweep_year",
    "withdraw_challenge",
    "withdraw_revision",
    "withdraw_share",
]
