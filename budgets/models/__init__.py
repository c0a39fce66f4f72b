"""What is true about plans and targets: rounds, the budgets in them, their lines and cells, the targets that follow, and where the
year departs from them."""

from budgets.models.account_costs import AccountCost, AccountExpense
from budgets.models.budgets import Budget, HandIn
from budgets.models.corrective_actions import CorrectiveAction
from budgets.models.deviations import Deviation, DeviationCause
from budgets.models.lines import BudgetCell, BudgetLine
from budgets.models.meetings import SalesMeeting
from budgets.models.papers import IssuedPaper, PaperKind
from budgets.models.presence import Presence
from budgets.models.profiles import SeasonalityProfile
from budgets.models.quantities import PlanAnswer, QuantityPlan, reads_quantities
from budgets.models.reasons import ZeroReason
from budgets.models.revisions import RevisionProposal
from budgets.models.rounds import BudgetRate, BudgetRound
from budgets.models.scopes import BUDGET_READERS, cost_reach_of, reads_budgets, reads_plan_costs
from budgets.models.shares import BudgetShare
from budgets.models.standings import DeviationSweep, Measure, NodeKind, NodeStanding, State
from budgets.models.submitted import SubmittedCost, SubmittedLine
from budgets.models.target_totals import TargetTotal
from budgets.models.targets import Target
from budgets.models.top_down import TopDownTarget
from budgets.models.years import months_of, year_name

__all__ = [
    "BUDGET_READERS",
    "AccountCost",
    "AccountExpense",
    "Budget",
    "BudgetCell",
    "BudgetLine",
    "BudgetRate",
    "BudgetRound",
    "BudgetShare",
    "CorrectiveAction",
    "Deviation",
    "DeviationCause",
    "DeviationSweep",
    "HandIn",
    "IssuedPaper",
    "Measure",
    "NodeKind",
    "NodeStanding",
    "PaperKind",
    "PlanAnswer",
    "Presence",
    "QuantityPlan",
    "RevisionProposal",
    "SalesMeeting",
    "SeasonalityProfile",
    "State",
    "SubmittedCost",
    "SubmittedLine",
    "Target",
    "TargetTotal",
    "TopDownTarget",
    "ZeroReason",
    "cost_reach_of",
    "months_of",
    "reads_budgets",
    "reads_plan_costs",
    "reads_quantities",
    "year_name",
]
