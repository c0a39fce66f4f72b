"""What is done to plans, by subject: rounds, budgets, lines and their cells, filling, costing, changes in per cent, publishing, reminders."""

from budgets.actions.adjusting import adjust_cells
from budgets.actions.budgets import approve_budget, create_budget, edit_budget, return_budget, submit_budget
from budgets.actions.costing import renew_costs
from budgets.actions.filling import fill_budget
from budgets.actions.lines import add_line, edit_cells, edit_line, phase_line, remove_line
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

__all__ = [
    "add_line",
    "adjust_cells",
    "approve_budget",
    "approve_round",
    "cancel_round",
    "close_round",
    "consolidate_round",
    "create_budget",
    "edit_budget",
    "edit_cells",
    "edit_line",
    "edit_round",
    "fill_budget",
    "open_round",
    "own_stretch",
    "phase_line",
    "publish_round",
    "remind",
    "remove_line",
    "renew_costs",
    "request_round",
    "return_budget",
    "set_rate",
    "share_round",
    "submit_budget",
]
