"""What the sales manager does to a round: ask for it, open it, tally, share, approve, close or call it off (domain 8.2)."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from accounts.models import Location, User, access_of
from budgets.actions.costing import cost_lines
from budgets.actions.filling import begin_with
from budgets.actions.opening import fill_opened
from budgets.actions.quantities import ask_production, stop_asking
from budgets.actions.totals import keep_totals
from budgets.models import Budget, BudgetRate, BudgetRound
from budgets.models.budgets import EVENING
from budgets.models.scopes import CONTRIBUTORS
from budgets.models.years import months_over
from budgets.reports.board import GAP_TOLERANCE, tally_of
from budgets.reports.portfolio import shares_of
from kam.core import clock
from kam.core.notifications import define_notification, notify
from kam.core.parameters import parameter
from kam.core.shape import change
from kam.core.verbs import verb
from kam.core.work import assign_work, define_work, move_deadline, withdraw_work
from kam.core.workflow import Denied, Refusals

PREPARE = define_work("prepare_budget", _("Prepare and submit %(record)s"))
CALLED_OFF = define_notification("budget_round_called_off", _("A budget round was called off"))

FIELDS = ("guidelines", "deadline", "top_down")


@verb("budgets.request_round", _("Request budget"))
def request_round(
    model: type[BudgetRound],
    *,
    actor: Any,
    reason: str = "",
    first_month: date,
    deadline: date,
    kind: str = BudgetRound.Kind.ANNUAL,
    closed_months: str = BudgetRound.ClosedMonths.KEPT,
    **values: Any,
) -> BudgetRound:
    """Ask for the year's budget, a revision of a published one or an estimate; `first_month` is the first of any month.

    Only one round of a year runs at a time. A revision keeps the months that are over as they were planned, or takes them from
    the actuals (`closed_months`).
    """
    wrong = []
    if first_month.day != 1:
        wrong.append(Denied("not_a_month", _("A year begins with the first day of a month."), field="first_month", status=400))
    if deadline < clock.today():
        wrong.append(Denied("deadline_past", _("The budgets must be due on a day to come."), field="deadline", status=400))
    if wrong:
        raise Refusals(wrong)
    of_year = BudgetRound.objects.filter(first_month=first_month)
    if kind != BudgetRound.Kind.ANNUAL and not of_year.filter(published_at__isnull=False).exists():
        raise Denied("nothing_to_revise", _("There is no published budget of this year to revise."), field="kind", status=400)
    number = (of_year.filter(kind=kind).aggregate(last=Max("number"))["last"] or 0) + 1
    if kind == BudgetRound.Kind.ESTIMATE:
        number, closed_months = _month_of_estimate(of_year, first_month), BudgetRound.ClosedMonths.ACTUALS
    one = model(
        kind=kind,
        closed_months=BudgetRound.ClosedMonths.KEPT if kind == BudgetRound.Kind.ANNUAL else closed_months,
        first_month=first_month,
        deadline=deadline,
        number=number,
        currency=settings.BASE_CURRENCY,
        requested_by=actor,
    )
    change(one, values, allowed=FIELDS)
    try:
        with transaction.atomic():
            one.save(force_insert=True)
    except IntegrityError:
        raise Denied(
            "round_running", _("A round for this year is running. Finish it or call it off first."), field="first_month"
        ) from None
    return one


def _month_of_estimate(of_year: Any, first_month: date) -> int:
    """How many months an estimate begins after: each month has one, unless it was called off. Raises Denied."""
    over = months_over(first_month, clock.today())
    if not 1 <= over <= 11:
        raise Denied(
            "year_not_running",
            _("An estimate is made while the year runs, after its first month."),
            field="first_month",
            status=400,
        )
    made = of_year.filter(kind=BudgetRound.Kind.ESTIMATE, number=over)
    if made.exclude(status=BudgetRound.Status.CANCELLED).exists():
        raise Denied("estimate_made", _("There is an estimate of this month already."), field="first_month")
    return over


@verb("budgets.edit_round", _("Edit round"))
def edit_round(one: BudgetRound, *, actor: Any, reason: str = "", **values: Any) -> BudgetRound:
    """Change guidelines, deadline and top-down target while budgets are prepared; what is to be done follows the deadline."""
    if one.status not in {BudgetRound.Status.REQUESTED, BudgetRound.Status.OPEN}:
        raise Denied("round_not_open", _("This round is past preparation and stays as it is."))
    changed = change(one, values, allowed=FIELDS)
    if changed:
        one.save()
    if "deadline" in changed:
        for budget in one.budgets.select_related("location"):
            move_deadline(budget, PREPARE, _due(one, budget.location))
    return one


def _due(one: BudgetRound, location: Location) -> datetime:
    """The evening of the deadline, where the budget is prepared."""
    return datetime.combine(one.deadline, EVENING, ZoneInfo(location.time_zone))


@verb("budgets.open_round", _("Open for preparation"))
def open_round(
    one: BudgetRound, *, actor: Any, reason: str = "", participants: Sequence[User] | None = None, top_down: Decimal | None = None
) -> BudgetRound:
    """Give everyone who has something to plan a budget at each of our locations where they have; tell them, with the deadline.

    `participants` narrows it to these people. A revision begins from what is in force. Budget rates come from the recorded
    ones. Raises Denied where nobody has anything to plan.
    """
    BudgetRound.workflow.move(one, "budgets.open_round")
    one.opened_at = clock.now()
    if top_down is not None:
        one.top_down = top_down
    one.save()
    chosen = None if not participants else {person.pk for person in participants}
    shares = [share for share in shares_of(one.first_month) if share.owner_id and (chosen is None or share.owner_id in chosen)]
    if not shares:
        raise Denied("nobody_to_ask", _("None of these people has a plant to plan for. Assign accounts and plants first."))
    people = User.objects.filter(is_active=True).in_bulk([share.owner_id for share in shares])
    places = Location.objects.in_bulk([share.location_id for share in shares])
    asked = set(one.budgets.values_list("contributor", "location"))
    new = [share for share in shares if share.owner_id in people and (share.owner_id, share.location_id) not in asked]
    budgets = [_ask(one, people[share.owner_id], places[share.location_id], actor) for share in new if share.owner_id]
    fill_opened(one, budgets, sum(share.plants for share in new), actor=actor)
    return one


def _ask(one: BudgetRound, person: User, location: Location, actor: Any) -> Budget:
    """A person's budget at a location, still empty, and the work to prepare it by the deadline."""
    budget = Budget.objects.create(round=one, contributor=person, location=location)
    assign_work(budget, PREPARE, to=person, actor=actor, due=_due(one, location), occasion=str(one.pk))
    return budget


def ask_for(one: BudgetRound, person: User, location: Location, actor: Any) -> Budget:
    """Ask one more person for a budget in a round that is in preparation. Raises Denied."""
    if not one.accepts_work:
        raise Denied("round_not_open", _("This round is not in preparation."), field="round")
    if not access_of(person).roles & CONTRIBUTORS:
        raise Denied("no_contributor", _("This person prepares no budgets."), field="contributor", status=400)
    if Budget.objects.filter(round=one, contributor=person, location=location).exists():
        raise Denied("asked_already", _("This person has this budget already."), field="contributor")
    budget = _ask(one, person, location, actor)
    begin_with(budget)
    return budget


@verb("budgets.set_rate", _("Set budget rate"))
def set_rate(one: BudgetRound, *, actor: Any, reason: str = "", currency: str, rate: Decimal) -> BudgetRound:
    """Set what one unit of a currency is worth in the round's currency; every budget of the round is added up anew."""
    if one.status not in {BudgetRound.Status.REQUESTED, BudgetRound.Status.OPEN}:
        raise Denied("round_not_open", _("This round is past preparation and stays as it is."))
    if currency == one.currency:
        raise Denied("same_currency", _("The round is in this currency."), field="currency", status=400)
    row = BudgetRate.objects.filter(round=one, currency=currency).first() or BudgetRate(round=one, currency=currency)
    if change(row, {"rate": rate, "currency": currency}, allowed=("rate", "currency")) or row.pk is None:
        if row.rate <= 0:
            raise Denied("rate_above_zero", _("The rate must be above zero."), field="rate", status=400)
        budgets = list(one.budgets.locked().values_list("pk", flat=True))
        row.save()
        cost_lines(one, budgets)
        keep_totals(budgets, one.decimals)
    return one


@verb("budgets.own_stretch", _("Take on the stretch"))
def own_stretch(one: BudgetRound, *, actor: Any, reason: str = "", amount: Decimal, why: str = "") -> BudgetRound:
    """Take what the budgets do not reach upon oneself, in writing, so that the round can be consolidated (AT-14)."""
    if one.status != BudgetRound.Status.OPEN:
        raise Denied("round_not_open", _("This round is not in preparation."))
    if amount and not (why or reason).strip():
        raise Denied("reason_needed", _("Say where the stretch is to come from."), field="why", status=400)
    if change(
        one, {"stretch": amount, "stretch_reason": (why or reason) if amount else ""}, allowed=("stretch", "stretch_reason")
    ):
        one.save()
    return one


@verb("budgets.consolidate_round", _("Consolidate"))
def consolidate_round(one: BudgetRound, *, actor: Any, reason: str = "") -> BudgetRound:
    """Close the preparation: every budget is approved, and what was asked tallies with what the cells add up to (AT-14)."""
    BudgetRound.workflow.move(one, "budgets.consolidate_round")
    tally = tally_of(one)
    if tally is None:
        raise Denied("no_top_down", _("Set the top-down target first."), field="top_down")
    if not tally.within(parameter(GAP_TOLERANCE.key) / 100):
        raise Denied(
            "gap_too_large",
            _("Top-down and bottom-up are %(share)s apart. Return budgets, change the target or take on a stretch.")
            % {"share": f"{tally.share.percent} %"},
        )
    one.save()
    return one


@verb("budgets.share_round", _("Share budget"))
def share_round(one: BudgetRound, *, actor: Any, reason: str = "") -> BudgetRound:
    """Show the consolidated budget to those who approve it, and its quantities to Production; the reason holds the minutes."""
    BudgetRound.workflow.move(one, "budgets.share_round")
    one.save()
    ask_production(one, actor=actor)
    return one


@verb("budgets.approve_round", _("Approve budget"))
def approve_round(one: BudgetRound, *, actor: Any, reason: str = "") -> BudgetRound:
    """Approve the budget as a whole; from now on its versions stay as they are, for ever."""
    BudgetRound.workflow.move(one, "budgets.approve_round")
    one.approved_at, one.approved_by = clock.now(), actor
    one.save()
    stop_asking(one, actor=actor, reason=reason)
    return one


@verb("budgets.close_round", _("Close round"))
def close_round(one: BudgetRound, *, actor: Any, reason: str = "") -> BudgetRound:
    """Put a published round away; its targets stay in force."""
    BudgetRound.workflow.move(one, "budgets.close_round")
    one.save()
    return one


@verb("budgets.cancel_round", _("Call round off"))
def cancel_round(one: BudgetRound, *, actor: Any, reason: str = "") -> BudgetRound:
    """Call a round off before it is approved, with a reason; its budgets stay to be read."""
    if not reason.strip():
        raise Denied("reason_needed", _("Say why the round is called off."), field="reason", status=400)
    BudgetRound.workflow.move(one, "budgets.cancel_round")
    one.save()
    stop_asking(one, actor=actor, reason=reason)
    for budget in one.budgets.select_related("contributor"):
        if not withdraw_work(budget, actor=actor, kind=PREPARE, reason=reason):
            notify(CALLED_OFF, budget, to=[budget.contributor], occasion=str(one.pk), actor=actor)
    return one
