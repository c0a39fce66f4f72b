"""What is done to one budget: asked for, submitted, returned with reasons, approved by somebody else (domain 8.1, W3)."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import Location, Role, User, access_of
from budgets.actions.account_costs import keep_submitted_costs
from budgets.actions.challenges import refuse_marked, return_marked
from budgets.actions.rounds import PREPARE, ask_for
from budgets.actions.shared_rows import refuse_open
from budgets.models import Budget, BudgetRound
from budgets.reports.checklist import checklist
from kam.core import clock
from kam.core.notifications import Way, define_notification, notify
from kam.core.shape import change
from kam.core.verbs import verb
from kam.core.work import assign_work, close_work, define_work, withdraw_work
from kam.core.workflow import Denied, Refusals

APPROVE = define_work("approve_budget", _("Approve or return %(record)s"))
APPROVED = define_notification("budget_approved", _("Your budget is approved"), way=Way.APP)


def _held(one: BudgetRound) -> BudgetRound:
    """The round as it is now; it stays so until this is done."""
    return BudgetRound.objects.locked().get(pk=one.pk)


@verb("budgets.create_budget", _("Ask for a budget"))
def create_budget(
    model: type[Budget],
    *,
    actor: Any,
    reason: str = "",
    round: BudgetRound,
    contributor: User,
    location: Location,
    top_down: Decimal | None = None,
) -> Budget:
    """Ask one more person for a budget at one of our locations, in a round that is in preparation."""
    budget = ask_for(_held(round), contributor, location, actor)
    if change(budget, {"top_down": top_down}, allowed=("top_down",)):
        budget.save()
    return budget


@verb("budgets.edit_budget_target", _("Set top-down target"))
def edit_budget(budget: Budget, *, actor: Any, reason: str = "", **values: Any) -> Budget:
    """Set what is asked of this budget from above; it may change until the budget is approved."""
    if budget.status == Budget.Status.APPROVED or not budget.round.accepts_work:
        raise Denied("budget_closed", _("This budget is approved and stays as it is."))
    if change(budget, values, allowed=("top_down",)):
        budget.save()
    return budget


@verb("budgets.submit_budget", _("Submit"))
def submit_budget(budget: Budget, *, actor: Any, reason: str = "") -> Budget:
    """Hand the budget in for approval; what the checklist still asks of the contributor is refused, all at once."""
    Budget.workflow.move(budget, "budgets.submit_budget")
    points = [point for point in checklist(budget) if point.blocks]
    if points:
        raise Refusals([Denied(point.code, _with_names(point)) for point in points])
    budget.submitted_at = clock.now()
    budget.save()
    close_work(budget, PREPARE, actor=actor)
    assign_work(
        budget,
        APPROVE,
        to=f"role:{Role.SALES_MANAGER}",
        actor=actor,
        occasion=budget.submitted_at.isoformat(),
        excluded=[budget.contributor],
    )
    return budget


def _with_names(point: Any) -> str:
    names = ", ".join(point.names[:5])
    return f"{point.text} {names}{' …' if len(point.names) > 5 else ''}".strip()


@verb("budgets.return_budget", _("Return"))
def return_budget(budget: Budget, *, actor: Any, reason: str = "") -> Budget:
    """Give the budget back to its contributor, with the reason and the rows that were marked; an approval is void."""
    if not reason.strip():
        raise Denied("reason_needed", _("Say what has to change."), field="reason", status=400)
    if not _held(budget.round).accepts_work:
        raise Denied("round_not_open", _("This round is past preparation and stays as it is."))
    Budget.workflow.move(budget, "budgets.return_budget")
    budget.approved_at = budget.approved_by = None
    budget.save()
    return_marked(budget)
    keep_submitted_costs(budget)
    withdraw_work(budget, actor=actor, kind=APPROVE, reason=reason)
    assign_work(budget, PREPARE, to=budget.contributor, actor=actor, occasion=f"returned {clock.now().isoformat()}", urgent=True)
    return budget


@verb("budgets.approve_budget", _("Approve"))
def approve_budget(budget: Budget, *, actor: Any, reason: str = "") -> Budget:
    """Approve a submitted budget; never its contributor, nor who substitutes them (W3)."""
    if actor is not None and budget.contributor_id in {actor.pk, *access_of(actor).principals}:
        raise Denied("own_work", _("Nobody approves their own budget; management signs for the sales manager's."), status=403)
    refuse_marked(budget)
    refuse_open(budget)
    Budget.workflow.move(budget, "budgets.approve_budget")
    budget.approved_at, budget.approved_by = clock.now(), actor
    budget.save()
    close_work(budget, APPROVE, actor=actor)
    notify(APPROVED, budget, to=[budget.contributor], occasion=budget.approved_at.isoformat(), actor=actor)
    return budget
