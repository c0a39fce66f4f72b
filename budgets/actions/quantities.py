"""Asking Production: a quantity plan for each producing location when a round is shared, its answers, and the word when it holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import Department, Role, User
from accounts.models.audiences import audience_members
from budgets.models import BudgetRound, PlanAnswer, QuantityPlan
from budgets.reports.quantities import places_to_ask, quantity_rows, to_answer
from catalog.models import Product
from kam.core import clock
from kam.core.notifications import define_notification, notify
from kam.core.verbs import verb
from kam.core.work import assign_work, close_work, define_work, withdraw_work
from kam.core.workflow import Denied, Refusals

ANSWER = define_work("answer_quantities", _("Say what can be made of %(record)s"))
HOLDS = define_notification("quantities_published", _("The quantities of the year hold"))
AT_ONCE = 2_000


@dataclass(frozen=True)
class Said:
    """An answer to a product: to one month, or without one to all that ask for something."""

    product: Product
    answer: str
    month: int | None = None
    quantity: Decimal | None = None
    day: date | None = None
    note: str = ""


def ask_production(one: BudgetRound, *, actor: Any) -> None:
    """Make the quantity plan of each location that is to make something, or no longer, and put it on its Production's list."""
    for location in places_to_ask(one):
        plan, _made = QuantityPlan.objects.get_or_create(round=one, location_id=location)
        department = Department.objects.filter(location=location, function=Role.PRODUCTION).first()
        if department is not None:
            assign_work(plan, ANSWER, to=department.audience, actor=actor, occasion=str(one.pk))


def stop_asking(one: BudgetRound, *, actor: Any, reason: str = "") -> None:
    """Take back what still waits for an answer: the round is decided, or called off."""
    for plan in QuantityPlan.objects.filter(round=one):
        withdraw_work(plan, actor=actor, kind=ANSWER, reason=reason)


def tell_production(one: BudgetRound, *, actor: Any) -> None:
    """Tell Production of each location that its quantities hold; the plan's page says what changed."""
    for plan in QuantityPlan.objects.filter(round=one).for_list():
        department = Department.objects.filter(location=plan.location, function=Role.PRODUCTION).first()
        people: Sequence[User] = list(audience_members(department.audience)) if department else []
        notify(HOLDS, plan, to=people, occasion=str(one.pk), actor=actor)


@verb("budgets.answer_quantities", _("Answer"))
def answer_quantities(plan: QuantityPlan, *, actor: Any, reason: str = "", answers: Sequence[Said]) -> QuantityPlan:
    """Say for products and months: yes, up to a quantity, only from a date, or what is needed; all or none. Raises Denied.

    An answer is written over an earlier one, until the round is approved.
    """
    _refuse_closed(plan)
    if not 1 <= len(answers) <= AT_ONCE:
        raise Denied(
            "out_of_range", _("Send from 1 to %(limit)s answers at once.") % {"limit": AT_ONCE}, field="answers", status=400
        )
    asked = {row.product.pk: [cell.month for cell in row.cells if cell.quantity or cell.change] for row in quantity_rows(plan)}
    wrong = [
        Denied(denied.code, denied.message, field=denied.field, status=400)
        for said in answers
        for denied in _faults(said, asked.get(said.product.pk, []))
    ]
    if wrong:
        raise Refusals(wrong)
    held = {(row.product_id, row.month): row for row in plan.answers.all()}
    written = False
    for said in answers:
        given = {"answer": said.answer, "quantity": said.quantity, "day": said.day, "note": said.note}
        for month in [said.month] if said.month else asked[said.product.pk]:
            row = held.get((said.product.pk, month)) or PlanAnswer(plan=plan, product=said.product, month=month)
            if row.pk is None or any(getattr(row, name) != value for name, value in given.items()):
                for name, value in given.items():
                    setattr(row, name, value)
                row.save()
                held[said.product.pk, month] = row
                written = True
    _answered(plan, actor, written)
    return plan


def _refuse_closed(plan: QuantityPlan) -> None:
    if plan.round.status not in {BudgetRound.Status.CONSOLIDATED, BudgetRound.Status.SHARED}:
        raise Denied("round_not_shared", _("Answers are taken while the round is shared."))


def _faults(said: Said, months: Sequence[int]) -> list[Denied]:
    found = []
    if not months or (said.month is not None and said.month not in months):
        found.append(Denied("nothing_asked", _("Nothing is asked of this product in this month."), field="product"))
    if said.answer == PlanAnswer.Answer.LIMIT and said.quantity is None:
        found.append(Denied("how_many", _("Say up to which quantity."), field="quantity"))
    if said.answer == PlanAnswer.Answer.DATE and said.day is None:
        found.append(Denied("from_when", _("Say from which day."), field="day"))
    if said.answer == PlanAnswer.Answer.NEED and not said.note.strip():
        found.append(Denied("which_need", _("Say what is needed."), field="note"))
    return found


@verb("budgets.confirm_quantities", _("Yes to the rest"))
def confirm_quantities(plan: QuantityPlan, *, actor: Any, reason: str = "") -> QuantityPlan:
    """Say yes to everything that has no answer yet."""
    _refuse_closed(plan)
    waiting = to_answer(plan, quantity_rows(plan))
    PlanAnswer.objects.bulk_create(
        PlanAnswer(plan=plan, product=product, month=month, answer=PlanAnswer.Answer.YES) for product, month in waiting
    )
    _answered(plan, actor, bool(waiting))
    return plan


def _answered(plan: QuantityPlan, actor: Any, written: bool) -> None:
    """For whoever looks at the plan it is another version once answers were written; with the last one it is complete."""
    if written:
        QuantityPlan.objects.filter(pk=plan.pk).update(version=F("version") + 1, updated_at=Now())
        plan.refresh_from_db(fields=["version", "updated_at"])
    if plan.confirmed_at is None and not to_answer(plan, quantity_rows(plan)):
        plan.confirmed_at, plan.confirmed_by = clock.now(), actor
        plan.save()
        close_work(plan, ANSWER, actor=actor)
