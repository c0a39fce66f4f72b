"""The signed link under which a customer reads an estimate and answers it without an account: logged, limited, bound to what it shows."""

from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from catalog.actions.rows import refuse
from complaints.actions.repair_consents import approved, refused
from complaints.actions.repair_people import people_of
from complaints.models import EstimateVisit, RepairEstimate
from complaints.models.repair_estimates import expired
from kam.core import clock
from kam.core.access_log import address
from kam.core.characters import as_kept
from kam.core.notifications import Way, define_notification, notify
from kam.core.verbs import verb
from kam.core.work import assign_work, define_work
from kam.core.workflow import Denied

ASKED = define_notification("estimate_question", _("A customer asks about an estimate"), way=Way.MAIL)
ANSWER = define_work("answer_question", _("Answer the question of %(customer)s about %(record)s"))
#: How many requests one network address may make a minute.
A_MINUTE = 20
What = EstimateVisit.What


def too_many() -> bool:
    """Whether this network address has asked too often within a minute."""
    recent = EstimateVisit.objects.filter(address=address.get(), at__gt=clock.now() - timedelta(minutes=1))
    return recent.count() >= A_MINUTE


def note_visit(estimate: RepairEstimate | None, what: str, *, browser: str, name: str = "", text: str = "") -> None:
    """Write a request down."""
    EstimateVisit.objects.create(
        estimate=estimate, what=what, address=address.get(), browser=as_kept(browser)[:200], name=name.strip()[:120],
        text=text.strip()[:2000],
    )  # fmt: skip


def why_not_open(estimate: RepairEstimate) -> Denied | None:
    """Why a link takes no answer any more, or None."""
    if estimate.status == RepairEstimate.Status.EXPIRED or (estimate.status == RepairEstimate.Status.SENT and estimate.is_late):
        return expired(estimate)
    if estimate.status == RepairEstimate.Status.REPLACED:
        return Denied("estimate_replaced", _("This estimate was replaced by another one."))
    if estimate.status != RepairEstimate.Status.SENT:
        return Denied("answered_already", _("This estimate was answered already."))
    return None


@verb("complaints.answer_by_link", _("Answered by the customer"))
def answer_by_link(
    estimate: RepairEstimate,
    *,
    actor: Any,
    reason: str = "",
    answer: str = "",
    name: str = "",
    purchase_order: str = "",
    instruction: str = "",
    text: str = "",
    browser: str = "",
) -> RepairEstimate:
    """Take the customer's approval, refusal or question as they gave it under the signed link, once. Raises Denied."""
    denied = why_not_open(estimate)
    if denied is not None:
        raise denied
    wrong = []
    if answer not in {What.APPROVED, What.REFUSED, What.QUESTION}:
        wrong.append(Denied("required", _("Choose an answer."), field="answer", status=400))
    if not name.strip():
        wrong.append(Denied("required", _("Give your name."), field="name", status=400))
    if answer == What.QUESTION and not text.strip():
        wrong.append(Denied("required", _("Write your question."), field="text", status=400))
    if answer == What.REFUSED and instruction not in RepairEstimate.Instruction.values:
        wrong.append(Denied("required", _("Say what we are to do with it."), field="instruction", status=400))
    refuse(wrong)
    note_visit(estimate, answer, browser=browser, name=name, text=text)
    link, today = RepairEstimate.Channel.LINK, clock.today()
    if answer == What.APPROVED:
        return approved(estimate, actor=None, channel=link, decided_by=name, on=today, purchase_order=purchase_order)
    if answer == What.REFUSED:
        return refused(estimate, actor=None, channel=link, decided_by=name, on=today, instruction=instruction, answer=text)
    return _asked(estimate)


def _asked(estimate: RepairEstimate) -> RepairEstimate:
    """Who serves the customer answers within a working day."""
    repair = estimate.piece.repair
    people = people_of(repair)
    due = clock.due(clock.now(), 1, clock.Unit.WORKING_DAYS, repair.selling_location.calendar)
    payload = {"customer": repair.plant.customer.name, "scopes": repair.scopes}
    which, to = str(estimate.visits.filter(what=What.QUESTION).count()), (people or ["role:sales_manager"])[-1]
    assign_work(estimate, ANSWER, to=to, actor=None, due=due.at, payload=payload, occasion=which)
    notify(ASKED, estimate, to=people, actor=None, urgent=True, occasion=which)
    return estimate
