"""Proposing a revision, and what the sales manager answers: only they ask for a round (AT-83)."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import Role
from budgets.actions.rounds import request_round
from budgets.models import BudgetRound, RevisionProposal
from kam.core.notifications import define_notification, notify
from kam.core.shape import change
from kam.core.verbs import verb
from kam.core.work import assign_work, close_work, define_work, withdraw_work
from kam.core.workflow import Denied, Refusals

DECIDE = define_work("decide_revision", _("Decide on %(record)s"))
DECIDED = define_notification("revision_decided", _("Your proposal of a revision is decided"))
FIELDS = ("first_month", "why", "effect", "amount")


@verb("budgets.propose_revision", _("Propose revision"))
def propose_revision(
    model: type[RevisionProposal],
    *,
    actor: Any,
    reason: str = "",
    first_month: date,
    why: str,
    effect: str,
    amount: Decimal | None = None,
) -> RevisionProposal:
    """Propose to plan a published year anew, with the reason and the effect. Raises Denied."""
    wrong = [
        Denied("reason_needed", _("Say why the plan no longer holds and what that does."), field=name, status=400)
        for name, text in (("why", why), ("effect", effect))
        if not text.strip()
    ]
    if wrong:
        raise Refusals(wrong)
    proposal = model(proposed_by=actor)
    change(proposal, {"first_month": first_month, "why": why, "effect": effect, "amount": amount}, allowed=FIELDS)
    denied = RevisionProposal.workflow.transitions["budgets.accept_revision"].guard(proposal)  # type: ignore[misc]
    if denied:
        raise Denied(denied.code, denied.message, field="first_month", status=400)
    try:
        with transaction.atomic():
            proposal.save(force_insert=True)
    except IntegrityError:
        raise Denied("proposed_already", _("You have proposed a revision of this year already."), field="first_month") from None
    assign_work(proposal, DECIDE, to=f"role:{Role.SALES_MANAGER}", actor=actor, excluded=[proposal.proposed_by])
    return proposal


@verb("budgets.accept_revision", _("Request revision"))
def accept_revision(
    proposal: RevisionProposal,
    *,
    actor: Any,
    reason: str = "",
    deadline: date,
    closed_months: str = BudgetRound.ClosedMonths.KEPT,
) -> RevisionProposal:
    """Ask for the revision that was proposed; its reason and effect become the guidelines. Raises Denied while a round runs."""
    RevisionProposal.workflow.move(proposal, "budgets.accept_revision")
    proposal.round = request_round(
        BudgetRound,
        actor=actor,
        reason=reason,
        kind=BudgetRound.Kind.REVISION,
        first_month=proposal.first_month,
        deadline=deadline,
        closed_months=closed_months,
        guidelines=f"{proposal.why}\n\n{proposal.effect}",
    )
    proposal.decided_by = actor
    proposal.save()
    close_work(proposal, DECIDE, actor=actor)
    notify(DECIDED, proposal, to=[proposal.proposed_by], occasion=proposal.status, actor=actor)
    return proposal


@verb("budgets.decline_revision", _("Decline revision"))
def decline_revision(proposal: RevisionProposal, *, actor: Any, reason: str = "") -> RevisionProposal:
    """Keep the plan as it is, and say why."""
    if not reason.strip():
        raise Denied("reason_needed", _("Say why the plan stays."), field="reason", status=400)
    RevisionProposal.workflow.move(proposal, "budgets.decline_revision")
    proposal.decided_by = actor
    proposal.save()
    close_work(proposal, DECIDE, actor=actor)
    notify(DECIDED, proposal, to=[proposal.proposed_by], occasion=proposal.status, actor=actor)
    return proposal


@verb("budgets.withdraw_revision", _("Withdraw proposal"))
def withdraw_revision(proposal: RevisionProposal, *, actor: Any, reason: str = "") -> RevisionProposal:
    """Take a proposal back before it is decided."""
    RevisionProposal.workflow.move(proposal, "budgets.withdraw_revision")
    proposal.save()
    withdraw_work(proposal, actor=actor, kind=DECIDE, reason=reason)
    return proposal
