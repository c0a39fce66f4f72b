"""The steps of a contract review: answered, signed, classed by hand, asked of the customer, decided, closed (domain 5.3)."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import Role, User
from kam.core import clock
from kam.core.ports import port
from kam.core.verbs import verb
from kam.core.work import WorkItem, assign_work, close_work, withdraw_work
from kam.core.workflow import Denied
from orders.actions.order_review import (
    DECIDE,
    REVIEW,
    accept_reviewed,
    ask_again,
    ask_questions,
    covered_now,
    findings_of,
    refresh,
)
from orders.actions.review_rights import at_work, functions_held, may_act_for, not_entered_by, running
from orders.models import ContractReview, Order, ReviewAnswer, ReviewCondition
from orders.models.checklists import ReviewClass
from orders.reports.order_checks import Finding
from orders.reports.review_class import accountable

Result, State = ContractReview.Result, ContractReview.State


@verb("orders.answer_review", _("Answer questions"))
def answer_review(review: ContractReview, *, actor: Any, reason: str = "", answers: Sequence[dict[str, Any]]) -> ContractReview:
    """Answer questions of one's function: yes, no or not applicable; a no says why, and how it was resolved once it is (W5).

    Who changes an answer that was signed signs anew. Raises Denied, every fault at its question.
    """
    at_work(review)
    not_entered_by(review, actor)
    held = functions_held(actor, review)
    rows = {row.question_id: row for row in review.answers.select_related("question").locked()}
    touched = set()
    for told in answers:
        row = rows.get(told["question"])
        if row is None:
            raise Denied("unknown_question", _("This question is not part of the review."), field="answers", status=400)
        if row.question.function not in held:
            text = _("“%(question)s” is for %(function)s to answer.")
            words = {"question": row.question.text, "function": row.question.get_function_display()}
            raise Denied("other_function", text % words)
        if _answered(row, told, actor):
            touched.add(row.question.function)
    for signature in review.signatures.filter(round=review.round, function__in=touched, signed_at__isnull=False):
        signature.signed_by = signature.signed_at = signature.on_behalf_of = None
        signature.save()
        assign_work(
            review, REVIEW, to=signature.audience, actor=actor, occasion=f"{review.round}:{signature.function}:{signature.version}",
            due=signature.due_at, excluded=_excluded(review),
        )  # fmt: skip
    return review


def _answered(row: ReviewAnswer, told: dict[str, Any], actor: Any) -> bool:
    """Keep an answer; answers whether anything of it is new."""
    names = ("answer", "comment", "resolution", "evidence")
    values = {name: str(told.get(name, getattr(row, name)) or "").strip() for name in names}
    if values["answer"] not in ReviewAnswer.Answer.values:
        raise Denied("unknown_answer", _("Answer yes, no or not applicable."), field="answers", status=400)
    if values["answer"] == ReviewAnswer.Answer.NO and not values["comment"]:
        text = _("“%(question)s”: a no needs a comment.")
        raise Denied("comment_needed", text % {"question": row.question.text}, field="answers", status=400)
    if all(getattr(row, name) == value for name, value in values.items()):
        return False
    for name, value in values.items():
        setattr(row, name, value)
    row.answered_by, row.answered_at = actor, clock.now()
    row.save()
    return True


def _excluded(review: ContractReview) -> list[User]:
    return [review.entered_by] if review.entered_by and review.klass != ReviewClass.REPETITIVE else []


@verb("orders.sign_review", _("Sign"))
def sign_review(review: ContractReview, *, actor: Any, reason: str = "", function: str = "", comment: str = "") -> ContractReview:
    """Sign for a function: its questions are answered, its differences decided. One person signs once a round, never who entered it.

    Without a function it is the one that the person speaks for and that is missing. Raises Denied.
    """
    at_work(review)
    not_entered_by(review, actor)
    held = functions_held(actor, review)
    rows = {row.function: row for row in review.signatures.filter(round=review.round).locked()}
    function = function or next((name for name, row in rows.items() if name in held and row.signed_at is None), "")
    row = rows.get(function)
    if row is None:
        raise Denied("no_opinion_asked", _("Your opinion was not asked for in this review."), field="function", status=400)
    if function not in held:
        raise Denied("other_function", _("This opinion is for %(function)s to give.") % {"function": row})
    if row.signed_at is not None:
        text = _("%(person)s has signed for %(function)s already.")
        raise Denied("signed_already", text % {"person": row.signed_by, "function": row})
    if any(other.signed_by_id == actor.pk for other in rows.values()):
        raise Denied("one_signature", _("You signed for another function already. Every function is signed by another person."))
    if _open_answers(review).filter(question__function=function).exists():
        raise Denied("not_answered", _("Answer the questions of %(function)s first.") % {"function": row})
    row.signed_by, row.signed_at, row.comment = actor, clock.now(), comment.strip()[:1000]
    row.on_behalf_of_id = port("acting_for")(actor, "orders.sign_review", review)
    row.save()
    for item in review_items(review, function):
        close_work(review, REVIEW, actor=actor, occasion=item)
    if not review.signatures.filter(round=review.round, signed_at__isnull=True).exists():
        leading = accountable(review.subject, review.klass)
        to = next((one.audience for one in rows.values() if one.function == leading), f"role:{Role.SALES_MANAGER}")
        assign_work(
            review,
            DECIDE,
            to=to,
            actor=actor,
            occasion=f"{review.round}:{row.version}",
            due=review.due_at,
            excluded=_excluded(review),
        )
    return review


def review_items(review: ContractReview, function: str) -> list[str]:
    """The occasions of the work that waits for the opinion of a function in this round."""
    begins = f"{review.round}:{function}"
    rows = WorkItem.objects.on(review).open().filter(kind=REVIEW, occasion__startswith=begins)
    return [one for one in rows.values_list("occasion", flat=True) if one.split(":")[1] == function]


def _open_answers(review: ContractReview) -> Any:
    """The questions that still stand in the way."""
    rows = review.asked_answers
    return rows.filter(answer="") | rows.filter(answer=ReviewAnswer.Answer.NO, resolution="")


@verb("orders.raise_review_class", _("Raise the class"))
def raise_review_class(review: ContractReview, *, actor: Any, reason: str = "", klass: str) -> ContractReview:
    """Look at it more closely than its class asks for, and say why. Raises Denied for a class that is not higher."""
    if klass not in ReviewClass.values or klass <= review.klass:
        raise Denied("not_higher", _("Choose a higher class. The sales manager lowers one."), field="klass", status=400)
    return _classed(review, klass, actor, reason)


@verb("orders.lower_review_class", _("Lower the class"))
def lower_review_class(review: ContractReview, *, actor: Any, reason: str = "", klass: str) -> ContractReview:
    """Look at it less closely than was computed, and say why; for the sales manager alone. Raises Denied."""
    if klass not in ReviewClass.values or klass >= review.klass:
        raise Denied("not_lower", _("Choose a lower class."), field="klass", status=400)
    not_entered_by(review, actor)
    return _classed(review, klass, actor, reason)


def _classed(review: ContractReview, klass: str, actor: Any, reason: str) -> ContractReview:
    running(review)
    if not reason.strip():
        raise Denied("reason_needed", _("Say why."), field="reason", status=400)
    review.klass, review.class_reason, review.class_by = klass, " ".join(reason.split())[:400], actor
    review.save()
    ask_questions(review)
    ask_again(review, findings_of(review), actor)
    return review


@verb("orders.compare_review", _("Compare anew"))
def compare_review(review: ContractReview, *, actor: Any, reason: str = "") -> ContractReview:
    """Compare and check anew, after the order or what it is measured by was corrected."""
    running(review)
    refresh(review, actor=actor)
    return review


@verb("orders.ask_customer_about_review", _("Ask the customer"))
def ask_customer_about_review(review: ContractReview, *, actor: Any, reason: str = "") -> ContractReview:
    """Note that the differences are with the customer; the order has discrepancies until the answer is there (domain 4.2). Raises Denied."""
    if not review.differences.filter(gone_at__isnull=True, closed_on__isnull=True).exclude(decision="").exists():
        raise Denied("nothing_asked", _("Decide first which differences the customer is asked about."))
    ContractReview.workflow.move(review, "orders.ask_customer_about_review")
    review.save()
    _move_order(review, "orders.find_discrepancy")
    return review


@verb("orders.resume_review", _("The customer has answered"))
def resume_review(review: ContractReview, *, actor: Any, reason: str = "") -> ContractReview:
    """Go on with the review after the customer's answer was noted at each difference. Raises Denied while one is missing."""
    if review.state != State.CLARIFICATION:
        raise Denied("wrong_status", _("Not possible while the record is “%(state)s”.") % {"state": review.get_state_display()})
    if review.differences.filter(gone_at__isnull=True, closed_on__isnull=True, decision="ask").exists():
        raise Denied("answer_missing", _("Note the customer's answer at each difference that was asked about."))
    review.state = State.IN_REVIEW
    review.save()
    _move_order(review, "orders.resume_review")
    refresh(review, actor=actor)
    return review


def _move_order(review: ContractReview, code: str) -> None:
    """Take the order along, where its status allows."""
    if review.order_id is None:
        return
    order = Order.objects.locked().get(pk=review.order_id)
    if Order.workflow.why_not(order, code) is None:
        Order.workflow.move(order, code)
        order.save()
    review.order = order


def obstacles(review: ContractReview, blocking: Sequence[Finding], result: str = Result.POSITIVE) -> list[str]:
    """What still stands between a review and its result, in the reader's words."""
    found = []
    answers = _open_answers(review)
    if result == Result.WITH_CONDITIONS:
        answers = answers.filter(answer="")
    for count, text in (
        (answers.count(), _("Questions not answered or not resolved: %(count)s.")),
        (
            review.differences.filter(gone_at__isnull=True, closed_on__isnull=True).count(),
            _("Differences not settled: %(count)s."),
        ),
        (review.signatures.filter(round=review.round, signed_at__isnull=True).count(), _("Signatures missing: %(count)s.")),
    ):
        if count:
            found.append(str(text) % {"count": count})
    return found + [one.text for one in blocking]


@verb("orders.decide_review", _("Decide"))
def decide_review(
    review: ContractReview,
    *,
    actor: Any,
    reason: str = "",
    result: str,
    conditions: Sequence[dict[str, Any]] = (),
    informed_on: date | None = None,
) -> ContractReview:
    """Say whether we commit: positive, positive with conditions, or negative; whoever answers for the review does (domain 5.2, 5.3).

    A positive one is closed at once, the others when the customer was told. Raises Denied while anything stands in the way.
    """
    running(review)
    not_entered_by(review, actor)
    leading = Role.BACK_OFFICE if review.klass == ReviewClass.REPETITIVE else accountable(review.subject, review.klass)
    if not (
        may_act_for(actor, review, leading) or (may_act_for(actor, review, Role.AREA_MANAGER) and leading == Role.BACK_OFFICE)
    ):
        text = _("This review is for %(function)s to decide.")
        raise Denied("other_function", text % {"function": Role(leading).label})
    if result not in Result.values:
        raise Denied("unknown_result", _("Say positive, positive with conditions, or negative."), field="result", status=400)
    blocking = refresh(review, actor=actor)
    if result == Result.NEGATIVE:
        if not reason.strip():
            raise Denied("reason_needed", _("Say why we cannot commit."), field="reason", status=400)
    else:
        standing = obstacles(review, blocking, result)
        if standing:
            raise Denied("review_incomplete", " ".join([str(_("This still stands in the way:")), *standing]))
    if result == Result.WITH_CONDITIONS:
        _conditions(review, conditions)
    review.state, review.result = State(result), result
    review.decided_by, review.decided_at, review.decision = actor, clock.now(), reason.strip()[:2000]
    review.covered, review.checked = covered_now(review), [one.kept() for one in findings_of(review)]
    review.informed_on = informed_on
    review.save()
    close_work(review, DECIDE, actor=actor)
    withdraw_work(review, actor=actor, kind=REVIEW)
    if result == Result.POSITIVE or informed_on is not None:
        _close(review)
    return review


def _conditions(review: ContractReview, told: Sequence[dict[str, Any]]) -> None:
    """Keep the conditions; none is about safety or statute, and each has its owner and day."""
    if not told:
        raise Denied("no_conditions", _("Give the conditions, each with its owner and its day."), field="conditions", status=400)
    if review.answers.filter(
        question__statutory=True, answer=ReviewAnswer.Answer.NO, question__classes__contains=[review.klass]
    ).exists():
        text = _("A no to a question of safety or statute is no matter for a condition. Resolve it, or decide negative.")
        raise Denied("statutory_condition", text, field="conditions")
    for one in told:
        if not str(one.get("text", "")).strip() or one.get("owner") is None or one.get("due_on") is None:
            raise Denied(
                "condition_incomplete", _("Each condition has a text, an owner and a day."), field="conditions", status=400
            )
        if one["due_on"] < clock.today():
            raise Denied("condition_past", _("The day of a condition lies ahead."), field="conditions", status=400)
    ReviewCondition.objects.bulk_create(
        ReviewCondition(
            review=review, round=review.round, text=one["text"].strip()[:400], owner=one["owner"], due_on=one["due_on"]
        )
        for one in told
    )


@verb("orders.close_review", _("Close"))
def close_review(review: ContractReview, *, actor: Any, reason: str = "", informed_on: date | None = None) -> ContractReview:
    """Close a review with conditions or a negative one, once the customer was told. Raises Denied without that day."""
    denied = ContractReview.workflow.why_not(review, "orders.close_review")
    if denied:
        raise denied
    if informed_on is None or informed_on > clock.today():
        raise Denied("not_informed", _("Give the day on which the customer was told."), field="informed_on", status=400)
    review.informed_on = informed_on
    _close(review)
    return review


def _close(review: ContractReview) -> None:
    """Close it; the order goes on, or is rejected."""
    ContractReview.workflow.move(review, "orders.close_review")
    review.closed_at = clock.now()
    review.save()
    if review.order_id is None:
        return
    order = Order.objects.locked().get(pk=review.order_id)
    if review.result == Result.NEGATIVE:
        if Order.workflow.why_not(order, "orders.reject_order") is None:
            order.ended_reason = review.decision[:400]
            Order.workflow.move(order, "orders.reject_order")
            order.save()
        return
    if order.status == Order.Status.DISCREPANCY:
        Order.workflow.move(order, "orders.resume_review")
    order.reviewed = True
    order.save()
    accept_reviewed(order)


@verb("orders.pass_review", _("Confirm clean review"))
def pass_review(review: ContractReview, *, actor: Any, reason: str = "") -> ContractReview:
    """Sign and close a review of class A in which nothing was found; a whole selection of them, each with its own record. Raises Denied."""
    running(review)
    if review.klass != ReviewClass.REPETITIVE:
        raise Denied("not_clean", _("Only what repeats itself (class A) is confirmed like this. Open this review."))
    refresh(review, actor=actor)
    if review.klass != ReviewClass.REPETITIVE:
        raise Denied("not_clean", _("The checks find something in it now. Open this review."))
    sign_review(review, actor=actor)
    return decide_review(review, actor=actor, reason=reason, result=Result.POSITIVE)  # type: ignore[no-any-return]
