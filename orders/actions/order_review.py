"""Opening a contract review and keeping it up to date: compared, classed, asked for opinions, reopened when what it covers changes (domain 5)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Sum
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from accounts.models import Role
from catalog.actions import refresh_for_order_lines
from kam.core import clock
from kam.core.approvals import fingerprint
from kam.core.notifications import Way, define_notification, notify
from kam.core.parameters import define, parameter
from kam.core.work import assign_work, define_work, withdraw_work
from kam.core.workflow import Denied
from orders.actions.offers import print_of
from orders.actions.order_blocks import block_by_check
from orders.actions.review_differences import fill_differences
from orders.actions.review_rights import asked_at, audience_of
from orders.models import (
    ContractReview,
    Order,
    OrderBlock,
    OrderLine,
    ReviewAnswer,
    ReviewChecklist,
    ReviewQuestion,
    ReviewSignature,
)
from orders.models.checklists import CLAUSE_QUESTION, ReviewClass
from orders.reports.order_checks import RULES, Finding, Level, check_order
from orders.reports.order_differences import Compared
from orders.reports.order_differences import differences as differing_in
from orders.reports.order_facts import NOT_ORDERED, OrderFacts
from orders.reports.review_class import accountable, class_of_order, functions_of

REVIEW = define_work("review_contract", _("Give your opinion in %(record)s"), on_record=True, owner=f"role:{Role.SALES_MANAGER}")
DECIDE = define_work("decide_review", _("Decide %(record)s"), on_record=True, owner=f"role:{Role.SALES_MANAGER}")
REOPENED = define_notification("review_reopened", _("What you reviewed has changed"), way=Way.MAIL)
DAYS = define(
    "orders.review_days", default=2, unit="wd", label=_("Working days that a function has for its opinion in a contract review")
)
#: What a review holds for: who changes one of these opens it again.
HEAD = (
    "kind", "plant_id", "ship_to_id", "bill_to_id", "selling_location_id", "producing_location_id", "currency", "payment_term_id",
    "incoterms", "incoterms_place", "incoterms_version", "requested_on", "requested_type", "partial_allowed", "penalty_rate",
    "penalty_cap", "tolerance", "certificates", "packaging", "vat_treatment", "own_terms",
)  # fmt: skip
LINE = (
    "position", "product_id", "description", "customer_part", "part_revision", "quantity", "unit", "price", "price_unit",
    "surcharge", "discount", "requested_on", "lot_required",
)  # fmt: skip
#: Whose opinion a changed field asks for, beside those of the difference table.
TOUCHES = {
    "product": Role.TECHNICAL, "part_revision": Role.TECHNICAL, "quantity": Role.PRODUCTION, "requested_on": Role.PRODUCTION,
    "requested_type": Role.PRODUCTION, "price": Role.ACCOUNT_MANAGER, "price_unit": Role.ACCOUNT_MANAGER, "surcharge": Role.ACCOUNT_MANAGER,
    "discount": Role.ACCOUNT_MANAGER, "own_terms": Role.ACCOUNT_MANAGER, "penalty_rate": Role.ACCOUNT_MANAGER, "penalty_cap": Role.ACCOUNT_MANAGER,
    "currency": Role.FINANCE, "payment_term": Role.FINANCE, "vat_treatment": Role.FINANCE, "bill_to": Role.FINANCE, "ship_to": Role.LOGISTICS,
    "incoterms": Role.LOGISTICS, "incoterms_place": Role.LOGISTICS, "packaging": Role.LOGISTICS, "certificates": Role.QUALITY,
}  # fmt: skip
#: What never stands in a message: its mail may be read by others.
UNTOLD = ("price", "surcharge", "discount", "penalty")


def print_of_order(order: Order) -> str:
    """The fingerprint of what a review of an order stands on."""
    lines = order.lines.live().order_by("position").values_list(*LINE)
    return fingerprint([[getattr(order, name) for name in HEAD], [list(row) for row in lines]])


def covered_now(review: ContractReview) -> str:
    """The fingerprint of what is reviewed as it stands now."""
    if review.order is not None:
        return print_of_order(review.order)
    assert review.offer is not None
    return print_of(review.offer, list(review.offer.lines.all()))


def open_review(order: Order, *, actor: Any) -> ContractReview | None:
    """Begin the review of an order that was registered; answers it, or None where a frame order's review covers a call-off.

    The order is compared, checked and classed; each function whose opinion is needed is asked, with its deadline. Twice without harm.
    """
    present = ContractReview.objects.filter(order=order).first()
    if present is not None:
        return present
    if order.status in {Order.Status.REGISTERED, Order.Status.CHANGE_REQUESTED}:
        Order.workflow.move(order, "orders.open_review")
    facts = facts_of(order)
    found, differing = check_order(order, facts=facts), differing_in(facts)
    if is_covered(order, found):
        order.reviewed = True
        order.save()
        accept_reviewed(order)
        return None
    order.save()
    klass, why = class_of_order(facts, found, differing)
    review = begin_review(
        order, klass, why, name=order.name, producing_location=order.producing_location, entered_by=order.entered_by, order=order
    )
    fill_differences(review, differing)
    ask_opinions(review, _functions(review, found, differing), actor)
    keep_blocks(order, [one for one in found if one.level == Level.BLOCK])
    return review


def begin_review(subject: Any, klass: str, why: Any, **values: Any) -> ContractReview:
    """A review with its questions, not answered yet."""
    days = parameter(DAYS.key, [f"location:{subject.selling_location_id}"])
    checklist = ReviewChecklist.objects.order_by("-edition").first()
    if checklist is None:
        raise Denied("no_checklist", _("There is no checklist for reviews. Ask the administrator to publish one."))
    now = clock.now()
    review = ContractReview.objects.create(
        plant=subject.plant,
        selling_location=subject.selling_location,
        klass=klass,
        computed_class=klass,
        why=why,
        state=ContractReview.State.OPEN,
        checklist=checklist,
        opened_at=now,
        due_at=clock.due(now, days, clock.Unit.WORKING_DAYS, subject.selling_location.calendar).at,
        **values,
    )
    ask_questions(review)
    return review


def ask_questions(review: ContractReview) -> None:
    """Give a review the questions of its class that it does not have yet."""
    present = set(review.answers.values_list("question", flat=True))
    asked = ReviewQuestion.objects.filter(checklist=review.checklist_id, classes__contains=[review.klass])
    ReviewAnswer.objects.bulk_create(ReviewAnswer(review=review, question=one) for one in asked if one.pk not in present)


def _functions(review: ContractReview, found: Iterable[Finding], differing: Iterable[Compared]) -> list[str]:
    touched = [*(one.rule.function for one in found if one.varies), *(one.function for one in differing)]
    touched = [one for one in dict.fromkeys(touched) if one != Role.SALES_MANAGER]
    return functions_of(review.subject, review.klass, touched)


def ask_opinions(review: ContractReview, functions: Iterable[str], actor: Any) -> None:
    """Ask functions for their opinion in this round, each once, in the inbox of whoever speaks for it."""
    asked = set(review.signatures.filter(round=review.round).values_list("function", flat=True))
    excluded = [review.entered_by] if review.entered_by and review.klass != ReviewClass.REPETITIVE else []
    busy: set[int] = set()
    for function in functions:
        place = asked_at(review, function, busy)
        if function in asked:
            continue
        to, due = audience_of(review, function, place), review.due_at
        if place not in (review.selling_location, review.producing_location):
            days = parameter(DAYS.key, [f"location:{review.selling_location_id}"])
            due = max(due, clock.due(clock.now(), days, clock.Unit.WORKING_DAYS, place.calendar).at)
        ReviewSignature.objects.create(review=review, round=review.round, function=function, audience=to, due_at=due)
        assign_work(review, REVIEW, to=to, actor=actor, occasion=f"{review.round}:{function}", due=due, excluded=excluded)


def ask_again(review: ContractReview, found: Iterable[Finding], actor: Any) -> None:
    """After the class or what was found has changed: ask for the opinions that are missing now, call off those not needed."""
    differing = review.differences.filter(gone_at__isnull=True)
    touched = [*(one.rule.function for one in found if one.varies), *(row.function for row in differing)]
    touched = [one for one in dict.fromkeys(touched) if one != Role.SALES_MANAGER]
    needed = functions_of(review.subject, review.klass, touched)
    for row in review.signatures.filter(round=review.round, signed_at__isnull=True).exclude(function__in=needed):
        withdraw_work(review, actor=actor, kind=REVIEW, occasion=f"{row.round}:{row.function}")
        row.delete()
    ask_opinions(review, needed, actor)


def clause_is_agreed(review: ContractReview) -> bool:
    """Whether somebody answered, with its evidence, that the clause against re-export stands in the contract."""
    rows = review.answers.filter(question__code=CLAUSE_QUESTION, answer=ReviewAnswer.Answer.YES)
    return rows.exclude(evidence="").exists()


def facts_of(order: Order) -> OrderFacts:
    """What an order is measured by, with the register of its documents as it stands at this moment."""
    facts = OrderFacts(order)
    products = [line.product for line in facts.lines if line.product]
    refresh_for_order_lines(plant=order.plant, products=products, customer=order.customer, order=order)
    return facts


def findings_of(review: ContractReview, facts: OrderFacts | None = None) -> list[Finding]:
    """What the checks find now in what is reviewed."""
    if review.order is None:
        return []
    return check_order(review.order, facts=facts, clause_agreed=clause_is_agreed(review))


def standing_blocks(review: ContractReview, found: Iterable[Finding]) -> list[Finding]:
    """The findings that still block: neither decided on in the difference table nor released by whoever may lift their block."""
    settled = set(review.differences.filter(gone_at__isnull=True, closed_on__isnull=False).values_list("position", "field"))
    released = set(
        OrderBlock.objects.filter(order=review.order_id, lifted_at__isnull=False, lifted_by__isnull=False).values_list(
            "kind", flat=True
        )
    )
    active = set(OrderBlock.objects.filter(order=review.order_id).active().values_list("kind", flat=True))
    return [
        one
        for one in found
        if one.level == Level.BLOCK
        and (one.position, one.field) not in settled
        and not (one.rule.block and one.rule.block in released - active)
    ]


def refresh(review: ContractReview, *, actor: Any) -> list[Finding]:
    """Compare and check anew; the class may rise with what is found, never fall. Answers what still blocks."""
    if review.order is None:
        return []
    facts = facts_of(review.order)
    found, differing = findings_of(review, facts), differing_in(facts)
    fill_differences(review, differing)
    klass, why = class_of_order(facts, found, differing)
    if klass > review.computed_class:
        review.computed_class, review.why = klass, why
        if klass > review.klass:
            review.klass = klass
            ask_questions(review)
        review.save()
    if review.round == 1:
        ask_again(review, found, actor)
    blocking = standing_blocks(review, found)
    keep_blocks(review.order, blocking)
    return blocking


def keep_blocks(order: Order, blocking: Collection[Finding]) -> None:
    """Set a block of each kind that the checks found, and lift those that a check set and that no longer have a cause."""
    wanted: dict[str, Finding] = {}
    for one in blocking:
        if one.rule.block:
            wanted.setdefault(str(one.rule.block), one)
    kinds = {str(rule.block) for rule in RULES.values() if rule.block}
    active = {
        str(block.kind): block for block in OrderBlock.objects.filter(order=order, line=None, kind__in=kinds).active().locked()
    }
    for kind, one in wanted.items():
        if kind not in active or active[kind].set_by_id is None:
            block_by_check(order, kind, one)
    for kind, block in active.items():
        if kind not in wanted and block.set_by_id is None:
            block.lifted_at = clock.now()
            block.save()


def is_covered(order: Order, found: Iterable[Finding]) -> bool:
    """Whether the review of a frame order covers a call-off: same articles, prices and revisions, within the quantity (domain 5)."""
    frame = order.frame
    if order.kind != Order.Kind.CALL_OFF or frame is None or not frame.reviewed or any(one.level == Level.BLOCK for one in found):
        return False
    lines = list(order.lines.live().select_related("frame_line"))
    if not lines or any(line.frame_line is None or not _same(line, line.frame_line) for line in lines):
        return False
    called = OrderLine.objects.live().filter(frame_line__order=frame).exclude(order__status__in=NOT_ORDERED).exclude(order=order)
    before = dict(called.values_list("frame_line").annotate(sum=Sum("quantity")))
    now: dict[int, Decimal] = {}
    for line in lines:
        now[line.frame_line_id] = now.get(line.frame_line_id, Decimal(0)) + line.quantity
    return all(
        now[line.frame_line_id] + before.get(line.frame_line_id, Decimal(0))
        <= line.frame_line.quantity * (100 + frame.tolerance) / 100
        for line in lines
    )


def _same(line: OrderLine, framed: OrderLine) -> bool:
    names = ("product_id", "part_revision", "unit", "price", "price_unit", "surcharge", "discount")
    return all(getattr(line, name) == getattr(framed, name) for name in names)


def accept_reviewed(order: Order) -> None:
    """Accept an order whose review is closed positively, unless something still blocks it: then whoever lifts that accepts it."""
    if order.status == Order.Status.IN_REVIEW and Order.workflow.why_not(order, "orders.accept_order") is None:
        Order.workflow.move(order, "orders.accept_order")
        order.save()


def reopen_review(
    order: Order, lines: Iterable[OrderLine], differences: Sequence[Mapping[str, Any]], *, actor: Any, occasion: str = ""
) -> ContractReview | None:
    """Open the review of an order again for the lines that a change touches, and tell those who signed what changed (AT-71).

    `differences` name each changed field: `position` (None for the head), `field`, `before`, `after`. A call-off that its frame still
    covers needs no review. Answers the review, or None.
    """
    touched = sorted({line.position for line in lines})
    review = ContractReview.objects.filter(order=order).locked().first()
    order.reviewed = False
    order.lines.live().filter(position__in=touched, status__in=["open", "confirmed"]).update(status=OrderLine.Status.IN_REVIEW)
    if order.status == Order.Status.CHANGE_REQUESTED:
        Order.workflow.move(order, "orders.open_review")
    order.save()
    if review is None:
        return open_review(order, actor=actor)
    signed = [row.signed_by for row in review.signatures.filter(signed_at__isnull=False).select_related("signed_by")]
    withdraw_work(review, actor=actor, reason=str(_("What was reviewed has changed.")))
    review.order, review.touched = order, touched
    next_round(review, clock.now())
    facts = facts_of(order)
    found, differing = findings_of(review, facts), differing_in(facts)
    klass, why = class_of_order(facts, found, differing)
    if klass > review.computed_class:
        review.computed_class, review.why, review.klass = klass, why, max(klass, review.klass)
    review.save()
    ask_questions(review)
    fill_differences(review, differing)
    functions = [TOUCHES.get(one["field"]) for one in differences]
    ask_opinions(review, _of_the_change(review, [str(one) for one in functions if one]), actor)
    keep_blocks(order, standing_blocks(review, found))
    people = {one.pk: one for one in [*signed, *([order.entered_by] if order.entered_by else [])] if one is not None}
    notify(
        REOPENED,
        review,
        to=people.values(),
        occasion=occasion or f"{review.round}",
        context={"changes": told_changes(differences)},
        actor=actor,
    )
    return review


def next_round(review: ContractReview, now: datetime) -> None:
    """Open a review again: what was decided is void, what was signed stays with its round; the caller saves."""
    location = review.selling_location
    days = parameter(DAYS.key, [f"location:{location.pk}"])
    review.state, review.result, review.round = ContractReview.State.REOPENED, "", review.round + 1
    review.decided_by = review.decided_at = review.closed_at = review.informed_on = None
    review.decision, review.covered, review.checked = "", "", []
    review.due_at = clock.due(now, days, clock.Unit.WORKING_DAYS, location.calendar).at


def _of_the_change(review: ContractReview, touched: Collection[str]) -> list[str]:
    """Who gives an opinion on a change: whoever answers for the review, and the functions that it touches."""
    if review.klass == ReviewClass.REPETITIVE:
        return [str(Role.BACK_OFFICE)]
    return list(dict.fromkeys([accountable(review.subject, review.klass), *touched]))


def told_changes(changed: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What changed, as a message tells it: position, field, from what to what; of prices only that they changed."""
    told = []
    for one in changed:
        secret = any(word in str(one["field"]) for word in UNTOLD)
        row = {"position": one.get("position") or 0, "label": _label(str(one["field"]), of_line=bool(one.get("position")))}
        told.append(row if secret else row | {"before": str(one.get("before", "")), "after": str(one.get("after", ""))})
    return told


def _label(name: str, *, of_line: bool) -> str:
    """What a field is called, as the catalogues know it: each reader's message says it in their language."""
    with translation.override("en"):
        model: Any = OrderLine if of_line else Order
        return str(model._meta.get_field(name).verbose_name)
