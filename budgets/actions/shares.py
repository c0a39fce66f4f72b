"""Sharing a budget with people and departments, to read or to comment too, and withdrawing it."""

from datetime import date
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Location, RoleGrant, User
from budgets.models import Budget, BudgetShare
from kam.core import clock
from kam.core.notifications import Way, define_notification, notify
from kam.core.shape import change
from kam.core.verbs import verb
from kam.core.workflow import Denied, Refusals

SHARED = define_notification("budget_shared", _("A budget is shared with me"), way=Way.MAIL)


@verb("budgets.share_budget", _("Share with"))
def share_budget(
    budget: Budget,
    *,
    actor: Any,
    reason: str = "",
    user: User | None = None,
    role: str = "",
    location: Location | None = None,
    may_comment: bool = False,
    until: date | None = None,
) -> BudgetShare:
    """Show the budget's rows to a person, or to a role at one of our locations, and tell them; shared again, what was said last holds.

    Costs and margins are not shown by it. Raises Denied.
    """
    wrong = []
    if (user is None) == (not role) or (location is None) == bool(role):
        wrong.append(Denied("one_reader", _("Choose a person, or a role and its location."), field="user", status=400))
    elif user is not None and user.pk == budget.contributor_id:
        wrong.append(Denied("own_budget", _("This is the contributor's own budget."), field="user", status=400))
    elif user is not None and not user.is_active:
        wrong.append(Denied("person_left", _("This person does not work with KAM any more."), field="user", status=400))
    if until is not None and until < clock.today():
        wrong.append(Denied("day_over", _("This day is over."), field="until", status=400))
    if wrong:
        raise Refusals(wrong)
    held = BudgetShare.objects.filter(budget=budget, user=user, role=role, location=location, withdrawn_at__isnull=True).first()
    share = held or BudgetShare(budget=budget, user=user, role=role, location=location)
    if change(share, {"may_comment": may_comment, "until": until}, allowed=("may_comment", "until")) or held is None:
        share.save()
        notify(SHARED, budget, to=_people(share), occasion=f"share:{share.pk}:{share.version}", actor=actor)
    return share


def _people(share: BudgetShare) -> list[User]:
    """Who reads the budget by this share today."""
    if share.user is not None:
        return [share.user]
    there = Q(location=share.location) | Q(location__isnull=True)
    grants = RoleGrant.objects.on(clock.today()).filter(there, role=share.role)
    return list(User.objects.filter(pk__in=grants.values("user"), is_active=True).exclude(pk=share.budget.contributor_id))


@verb("budgets.withdraw_share", _("Withdraw"))
def withdraw_share(share: BudgetShare, *, actor: Any, reason: str = "") -> BudgetShare:
    """Show the budget no longer; whoever does not read it by a role finds it no more, at once. Raises Denied."""
    if share.withdrawn_at is not None:
        raise Denied("withdrawn", _("This was withdrawn already."))
    share.withdrawn_at = clock.now()
    share.save()
    return share
