"""The account costs that a budget sets aside as a sheet: what goes out comes back, only into the reader's own open budgets."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import Customer
from budgets.actions import edit_account_cost, plan_account_cost
from budgets.excel.base import BUDGET_COLUMNS, OfBudgets
from budgets.models import AccountCost, Budget, BudgetRound
from budgets.models.account_costs import CostKind
from kam.core.excel import Column, SheetRow
from kam.core.import_kinds import Change, Plan


def _customer_code(row: AccountCost) -> str:
    return row.customer.code if row.customer is not None else ""


class PlannedCosts(OfBudgets):
    """Account costs of the reader's own budgets that are in preparation: an amount a kind, perhaps a month and a customer."""

    code, label, verb = "budgets.planned_costs", _("Budgeted account costs"), "budgets.plan_account_cost"
    fallback = "amount"
    columns = (
        *BUDGET_COLUMNS,
        Column("kind", _("kind of cost"), "choice", required=True, values=CostKind.choices, fixed=True),
        Column(
            "month",
            _("month of the year"),
            "integer",
            minimum=1,
            maximum=12,
            fixed=True,
            help=_("from 1, of the year of the round; empty for the whole year"),
        ),
        Column("customer", _("customer"), "reference", source=_customer_code, fixed=True),
        Column("amount", _("amount"), "decimal", required=True, minimum=Decimal(0), decimals=2),
    )

    def prepare(self, rows: list[SheetRow], *, actor: Any, sheet: str) -> Plan:
        """New costs, and those whose amount differs."""
        plan = Plan()
        rows = self.of_budgets(rows, plan, actor, sheet)
        codes = {row.values.get("customer") for row in rows} - {None, ""}
        seen = Customer.objects.visible_to(actor).filter(code__in=codes)
        rows = self.resolve(rows, "customer", {one.code: one for one in seen}, plan, sheet)
        rows = self.once(rows, self._key, plan, sheet, "kind")
        held = {
            (one.budget_id, one.kind, one.month, one.customer_id): one
            for one in AccountCost.objects.filter(budget__in={row.values["budget"].pk for row in rows})
        }
        for row in rows:
            values = row.values
            label = " · ".join(str(part) for part in (CostKind(values["kind"]).label, values["customer"]) if part)
            cost = held.get(self._key(row))
            if cost is None:
                names = ("budget", "kind", "month", "customer", "amount")
                plan.create.append(Change(row.number, label, {name: values.get(name) for name in names}))
            elif cost.amount != values["amount"]:
                plan.update.append(Change(row.number, label, {"amount": values["amount"]}, cost, {"amount": cost.amount}))
            else:
                plan.unchanged += 1
        return self.try_out(rows, plan, actor=actor, sheet=sheet)

    @staticmethod
    def _key(row: SheetRow) -> tuple[Any, ...]:
        values = row.values
        customer = values.get("customer")
        return (values["budget"].pk, values["kind"], values.get("month") or None, customer and customer.pk)

    def write(self, change: Change, *, actor: Any, reason: str) -> Any:
        """Set an amount aside, or another one."""
        values = dict(change.values)
        if change.record is not None:
            return edit_account_cost(change.record, actor=actor, reason=reason, **values)
        return plan_account_cost(values.pop("budget"), actor=actor, reason=reason, **values)

    def export_rows(self, actor: Any) -> Iterable[Any]:
        """The costs of the reader's own budgets that are in preparation."""
        rows = AccountCost.objects.permitted(actor, self.verb).filter(
            budget__round__status=BudgetRound.Status.OPEN, budget__status__in=[Budget.Status.DRAFT, Budget.Status.RETURNED]
        )
        return rows.for_list().order_by("budget", "kind", "month", "pk")
