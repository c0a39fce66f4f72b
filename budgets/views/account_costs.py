"""Pages of account costs: what a budget sets aside, and the documents of what was spent."""

from typing import Any

from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from budgets.actions import plan_account_cost
from budgets.filters import AccountExpenseFilter
from budgets.forms.account_costs import AccountCostEditForm, AccountCostForm
from budgets.models import AccountCost, AccountExpense, Budget
from kam.core.tables import Column
from kam.core.views import FormPage, ListPage, VerbView


class CostCreate(FormPage):
    """Set an amount aside."""

    model = Budget
    form_class = AccountCostForm
    verb = "budgets.plan_account_cost"
    title = _("Add account cost")

    def initial(self) -> dict[str, Any]:
        return {}

    def act(self, form: Any) -> Any:
        plan_account_cost(self.record, actor=self.reader, **form.values())
        return self.record


class CostEdit(VerbView):
    """Set another amount aside."""

    model = AccountCost
    verb = "budgets.edit_account_cost"
    form_class = AccountCostEditForm

    def initial(self) -> dict[str, Any]:
        return {"amount": self.record.amount}


class CostRemove(VerbView):
    """Take a cost out of the budget."""

    model = AccountCost
    verb = "budgets.remove_account_cost"
    dangerous = True

    def next_address(self, result: Any) -> str:
        return f"/budgets/{self.record.budget_id}/"


class ExpenseList(ListPage):
    """What was spent on accounts, document by document."""

    model = AccountExpense
    title = _("Actual account costs")
    icon = "coins"
    breadcrumb = ((_("Budgets"), "/budgets/"),)
    filterset_class = AccountExpenseFilter
    default_order = ("-date",)
    empty_title = _("No account costs yet")
    empty_text = _("They come in by import, from accounting or travel expenses.")
    columns = (
        Column("document", _("Document number"), second="source"),
        Column("date", _("Date"), kind="date", sort="date"),
        Column("kind", _("Kind of cost"), value="get_kind_display"),
        Column("person", _("Person"), value="person", second="location.name"),
        Column("customer", _("Customer"), value="customer"),
        Column("amount", _("Amount"), kind="money", decimals=2, second="currency"),
        Column("base_amount", _("Amount in the company's currency"), kind="money", decimals=2, total=Sum("base_amount")),
    )
