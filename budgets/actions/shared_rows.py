"""Rows that account manager and area manager share: the counterpart proposes, the owner answers, the sales manager decides; silence agrees."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from accounts.models import access_of
from budgets.actions.challenges import held_over, said, scaled
from budgets.actions.filling import refuse_closed
from budgets.actions.lines import rounded, write_cells
from budgets.models import Budget, BudgetLine, BudgetRound
from budgets.models.counterparts import counterpart_of
from budgets.models.lines import ROW_ANSWERS, ROW_FIGURES
from kam.core import clock
from kam.core.calendars import add_working_days
from kam.core.notifications import Way, define_notification, notify
from kam.core.parameters import define, parameter_by_scope
from kam.core.verbs import verb
from kam.core.workflow import Denied

PROPOSED = define_notification("row_proposed", _("A figure is proposed for a row of mine"), way=Way.MAIL)
ANSWERED = define_notification("row_answered", _("A shared row is answered, agreed or decided"), way=Way.MAIL)
SILENCE = define(
    "budgets.silence_days",
    default=3,
    unit="wd",
    label=_("Working days after which silence on a proposed figure is agreement"),
)

Proposal = BudgetLine.Proposal


@verb("budgets.propose_row", _("Propose a figure"))
def propose_row(line: BudgetLine, *, actor: Any, reason: str = "", proposed: Decimal, why: str) -> BudgetLine:
    """Set the year's revenue that the counterpart of a row would plan beside its owner's, with the reason, and tell the owner.

    The owner's own figure agrees with it. Proposed again, the last one holds, until the sales manager decided. Raises Denied.
    """
    budget = _held(line)
    refuse_closed(budget)
    if line.proposal == Proposal.DECIDED:
        raise Denied("row_decided", _("The sales manager decided on this row."))
    why = said(why, "why")
    if not why:
        raise Denied("reason_needed", _("Say why you would plan this."), field="why", status=400)
    proposed = rounded(proposed, line)
    held = held_over(line, budget)
    if proposed < held or (budget.round.months_over >= 12 and proposed != held):
        raise Denied("less_than_over", _("The months that are over stay as they are."), field="proposed", status=400)
    agrees = proposed == line.revenue
    line.proposal, line.settled = (Proposal.AGREED, proposed) if agrees else (Proposal.PROPOSED, None)
    line.proposed, line.proposed_by, line.proposed_at = proposed, actor, clock.now()
    line.proposal_reason, line.proposal_answer = why, ""
    line.save()
    notify(ANSWERED if agrees else PROPOSED, line, to=[budget.contributor], occasion=line.proposed_at.isoformat(), actor=actor)
    return line


@verb("budgets.answer_row", _("Answer the proposal"))
def answer_row(line: BudgetLine, *, actor: Any, reason: str = "", answer: str, comment: str = "") -> BudgetLine:
    """Agree with the proposed figure, which is taken over in proportion to the months, or keep the own one and say why.

    A row whose figure is kept is open until the counterpart agrees with it or the sales manager decides. Raises Denied.
    """
    budget = _held(line)
    refuse_closed(budget)
    if line.proposed is None:
        raise Denied("nothing_proposed", _("Nobody proposed a figure for this row."))
    comment = said(comment, "comment")
    if answer not in ROW_ANSWERS:
        raise Denied("no_such_answer", _("Agree with the proposed figure, or keep yours."), field="answer", status=400)
    if answer == Proposal.OPEN and line.proposal == Proposal.DECIDED:
        raise Denied("row_decided", _("The sales manager decided on this row."))
    if answer == Proposal.OPEN and not comment:
        raise Denied("reason_needed", _("Say why the figure stays."), field="comment", status=400)
    if line.proposal == Proposal.DECIDED:
        return _settle(line, budget, Proposal.DECIDED, line.settled, comment or line.proposal_answer, actor)
    if answer == Proposal.AGREED:
        return _settle(line, budget, Proposal.AGREED, line.proposed, comment, actor)
    line.proposal, line.proposal_answer, line.settled = Proposal.OPEN, comment, None
    line.save()
    return _told(line, budget, actor)


@verb("budgets.decide_row", _("Decide on the figure"))
def decide_row(line: BudgetLine, *, actor: Any, reason: str = "", figure: str, why: str) -> BudgetLine:
    """Decide between the owner's and the counterpart's figure of an open row; also while the budget is submitted. Raises Denied."""
    budget = _held(line)
    if actor is not None and {budget.contributor_id, line.proposed_by_id} & {actor.pk, *access_of(actor).principals}:
        raise Denied("own_work", _("Nobody decides on their own figure."), status=403)
    if budget.being_filled or budget.status == Budget.Status.APPROVED or not budget.round.accepts_work:
        raise Denied("budget_closed", _("This budget is approved and stays as it is."))
    if line.proposal != Proposal.OPEN:
        raise Denied("row_not_open", _("This row is not open."))
    why = said(why, "why")
    if not why:
        raise Denied("reason_needed", _("Say why."), field="why", status=400)
    if figure not in dict(ROW_FIGURES):
        raise Denied("no_such_figure", _("Choose one of both figures."), field="figure", status=400)
    settled = line.proposed if figure == "proposed" else line.revenue
    return _settle(line, budget, Proposal.DECIDED, settled, why, actor)


def refuse_open(budget: Budget) -> None:
    """What two people plan differently is decided before the budget is approved. Raises Denied."""
    if BudgetLine.objects.filter(budget=budget, proposal__in=[Proposal.PROPOSED, Proposal.OPEN]).exists():
        raise Denied("rows_open", _("Shared rows are open. Decide on them first."))


def settle_silent() -> int:
    """Agree to what was proposed and not answered for so many working days of its location; answers how many rows were settled."""
    waiting = BudgetLine.objects.filter(
        proposal=Proposal.PROPOSED,
        budget__status__in=[Budget.Status.DRAFT, Budget.Status.RETURNED],
        budget__round__status=BudgetRound.Status.OPEN,
        budget__being_filled=False,
    )
    rows = list(waiting.select_related("budget__location__calendar", "budget__contributor").order_by("pk"))
    allowed = parameter_by_scope(SILENCE.key, sorted({f"location:{line.budget.location_id}" for line in rows}))
    settled = 0
    for line in rows:
        calendar, days = line.budget.location.calendar, allowed[f"location:{line.budget.location_id}"]
        asked = clock.now() if line.proposed_at is None else line.proposed_at
        first = asked.astimezone(calendar.zone).date()
        if add_working_days(first, days, calendar) >= clock.now().astimezone(calendar.zone).date():
            continue
        with override(line.budget.contributor.language):
            why = gettext("No answer within %(count)d working days is agreement.") % {"count": days}
        try:
            answer_row(line, actor=None, reason=why, version=line.version, answer=Proposal.AGREED, comment=why)
        except Denied:
            continue  # answered, or submitted, at this moment
        settled += 1
    return settled


def _held(line: BudgetLine) -> Budget:
    """The budget of a line, locked, so that nobody submits it meanwhile."""
    budget: Budget = Budget.objects.locked().select_related("round").get(pk=line.budget_id)
    return budget


def _settle(line: BudgetLine, budget: Budget, proposal: str, settled: Decimal | None, comment: str, actor: Any) -> BudgetLine:
    """The row holds this figure from now on."""
    line.proposal, line.settled, line.proposal_answer = proposal, settled, comment
    line.save()
    if settled is not None and line.revenue != settled:
        write_cells(budget, scaled(line, budget, settled))
    line.refresh_from_db()
    return _told(line, budget, actor)


def _told(line: BudgetLine, budget: Budget, actor: Any) -> BudgetLine:
    """Both know how the row stands, and whoever shares it by now."""
    people = {one.pk: one for one in (budget.contributor, line.proposed_by, counterpart_of(line)) if one is not None}
    notify(ANSWERED, line, to=people.values(), occasion=clock.now().isoformat(), actor=actor)
    return line
