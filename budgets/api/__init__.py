"""Plans over REST, a module a noun; every verb of the screens, so that a client can run a whole round."""

from budgets.api.account_costs import AccountCostViewSet, AccountExpenseViewSet
from budgets.api.budgets import BudgetViewSet
from budgets.api.corrective_actions import CorrectiveActionViewSet, SalesMeetingViewSet
from budgets.api.deviations import DeviationViewSet
from budgets.api.lines import BudgetLineViewSet
from budgets.api.papers import IssuedPaperViewSet
from budgets.api.profiles import SeasonalityProfileViewSet
from budgets.api.quantities import QuantityPlanViewSet
from budgets.api.revisions import RevisionProposalViewSet
from budgets.api.rounds import BudgetRoundViewSet
from budgets.api.shares import BudgetShareViewSet
from budgets.api.targets import TargetViewSet
from budgets.api.top_down import TopDownTargetViewSet

#: Path, endpoint and name of each, for the router of the roof.
ENDPOINTS = (
    ("budget-rounds", BudgetRoundViewSet, "budget_round"),
    ("budgets", BudgetViewSet, "budget"),
    ("budget-shares", BudgetShareViewSet, "budget_share"),
    ("budget-lines", BudgetLineViewSet, "budget_line"),
    ("account-costs", AccountCostViewSet, "account_cost"),
    ("account-expenses", AccountExpenseViewSet, "account_expense"),
    ("targets", TargetViewSet, "target"),
    ("deviations", DeviationViewSet, "deviation"),
    ("corrective-actions", CorrectiveActionViewSet, "corrective_action"),
    ("sales-meetings", SalesMeetingViewSet, "sales_meeting"),
    ("quantity-plans", QuantityPlanViewSet, "quantity_plan"),
    ("issued-papers", IssuedPaperViewSet, "issued_paper"),
    ("top-down-targets", TopDownTargetViewSet, "top_down_target"),
    ("revision-proposals", RevisionProposalViewSet, "revision_proposal"),
    ("seasonality-profiles", SeasonalityProfileViewSet, "seasonality_profile"),
)
