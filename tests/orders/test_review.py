"""Contract reviews: opened, answered, signed by others than who entered, decided, closed, reopened; and what nobody may do."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from kam.core import clock
from kam.core.notifications import Notification
from kam.core.work_items import WorkItem
from kam.core.workflow import Denied
from orders.actions import (
    answer_review,
    ask_customer_about_review,
    close_review,
    compare_review,
    decide_difference,
    decide_review,
    lower_review_class,
    open_review,
    pass_review,
    publish_checklist,
    raise_review_class,
    reopen_review,
    resume_review,
    settle_difference,
    sign_review,
)
from orders.models import ContractReview, Order, OrderBlock, OrderLine, ReviewChecklist, ReviewSignature
from tests.factories.accounts import AssignmentFactory, DelegationFactory, RoleGrantFactory, UserFactory
from tests.factories.catalog import ProductFactory
from tests.factories.prices import agreement, line
from tests.factories.reviews import answer_all, known_product, ordered, reviewed_order
from tests.matrix import Matrix

SIGNERS = {
    "account_manager": "account_manager", "technical": "technical_it", "quality": "quality_it", "production": "production_it",
    "logistics": "logistics_it", "finance": "finance_it", "back_office": "account_manager",
}  # fmt: skip


def fresh(review: ContractReview) -> ContractReview:
    """The review as it stands."""
    return ContractReview.objects.for_list().get(pk=review.pk)


def order_of(review: ContractReview) -> Order:
    """Its order as it stands."""
    return Order.objects.get(review=review)


def sign_all(matrix: Matrix, review: ContractReview) -> None:
    """Every function answers yes and signs, each by its own person."""
    for function, name in SIGNERS.items():
        person = matrix.users[name]
        answers = answer_all(review, person, function)
        if answers:
            answer_review(review, actor=person, answers=answers)
    for row in review.signatures.filter(round=fresh(review).round, signed_at__isnull=True):
        sign_review(review, actor=matrix.users[SIGNERS[row.function]], function=row.function)


@pytest.fixture
def varied(matrix: Matrix) -> ContractReview:
    """A review of class B at the Italian location: a price that is not the agreed one."""
    AssignmentFactory(
        user=UserFactory(email="area.it@kam.example", role="area_manager", role__location=matrix.italy), plant=matrix.acme_it_plant, location=matrix.italy
    )  # fmt: skip
    product = known_product(matrix.acme_it_plant, matrix.italy)
    agreement(line(product, "48.50"), plant=matrix.acme_it_plant, location=matrix.italy)
    return reviewed_order(
        matrix.acme_it_plant, matrix.italy, {"product": product, "quantity": 1200, "price": "47.00"}, by=matrix.back_office_it
    )


@pytest.fixture
def special(matrix: Matrix) -> ContractReview:
    """A review of class C with a global account: a new article."""
    return reviewed_order(matrix.acme_it_plant, matrix.italy, by=matrix.back_office_it)


@pytest.mark.acceptance("AT-50")
def test_a_price_difference_keeps_the_order_from_being_accepted_until_the_customer_corrects_it(
    matrix: Matrix, varied: ContractReview, nothing_changed: Callable[..., Any]
) -> None:
    area = varied.signatures.get(function="area_manager")
    person = type(matrix.account_manager).objects.get(email="area.it@kam.example")
    assert (varied.klass, area.audience) == ("B", f"user:{person.pk}")
    [row] = varied.differences.all()
    assert (row.field, row.delta_percent, row.effect, row.blocking) == ("price", Decimal("-3.0928"), Decimal("-1800.00"), True)
    order = order_of(varied)
    assert (order.status, order.blocks.active().get().kind) == ("in_review", "price")
    decide_difference(varied, actor=matrix.account_manager, difference=row.pk, decision="ask", reason="Agreed is 48.50")
    ask_customer_about_review(varied, actor=matrix.back_office_it)
    assert (fresh(varied).state, order_of(varied).status) == ("clarification", "discrepancy")
    with nothing_changed(), pytest.raises(Denied) as early:
        resume_review(varied, actor=matrix.back_office_it)
    assert early.value.code == "answer_missing"
    with nothing_changed(), pytest.raises(Denied) as incomplete:
        decide_review(varied, actor=person, result="positive")
    assert incomplete.value.code == "review_incomplete"
    with nothing_changed(), pytest.raises(Denied) as without:
        settle_difference(varied, actor=matrix.back_office_it, difference=row.pk, evidence=" ")
    assert without.value.code == "evidence_needed"
    settle_difference(varied, actor=matrix.back_office_it, difference=row.pk, evidence="PO 4711 rev. 1 of today", corrected=True)
    resume_review(varied, actor=matrix.back_office_it)
    order = order_of(varied)
    assert (order.status, order.net) == ("in_review", Decimal("58200.00"))
    assert not order.blocks.active().exists(), "the cause of the block is gone"
    for function, name in SIGNERS.items():
        answers = answer_all(varied, None, function)
        if answers:
            answer_review(varied, actor=matrix.users[name], answers=answers)
    for one in varied.signatures.filter(signed_at__isnull=True):
        sign_review(
            varied, actor=person if one.function == "area_manager" else matrix.users[SIGNERS[one.function]], function=one.function
        )
    assert WorkItem.objects.on(varied).open().get().kind == "decide_review"
    decide_review(varied, actor=person, result="positive")
    made, order = fresh(varied), order_of(varied)
    assert (made.state, made.result, made.is_positive) == ("closed", "positive", True)
    assert (order.status, order.reviewed) == ("accepted", True)
    assert not WorkItem.objects.on(varied).open().exists()


@pytest.mark.acceptance("AT-70")
def test_who_entered_an_order_signs_no_review_of_it_nor_does_their_delegate(
    matrix: Matrix, special: ContractReview, nothing_changed: Callable[..., Any]
) -> None:
    assert (special.klass, special.entered_by) == ("C", matrix.back_office_it)
    other = UserFactory(email="substitute@kam.example", role="technical", role__location=matrix.italy)
    DelegationFactory(principal=matrix.back_office_it, substitute=other)
    for person in (matrix.back_office_it, other):
        person.renew_access()
        for attempt in (
            lambda who=person: sign_review(special, actor=who, function="technical"),
            lambda who=person: answer_review(special, actor=who, answers=answer_all(special, who, "technical")),
            lambda who=person: decide_review(special, actor=who, result="positive"),
        ):
            with nothing_changed(), pytest.raises(Denied) as refused:
                attempt()
            assert (refused.value.code, refused.value.status) == ("own_order", 403)
    assert all(item.excluded == [matrix.back_office_it.pk] for item in WorkItem.objects.on(special).open())


def test_a_special_order_asks_every_function_with_its_deadline(matrix: Matrix, special: ContractReview) -> None:
    asked = {row.function: row for row in special.signatures.all()}
    assert set(asked) == {"account_manager", "technical", "quality", "production", "logistics", "finance"}
    assert asked["account_manager"].audience == f"user:{matrix.account_manager.pk}"
    assert asked["quality"].audience.startswith("department:")
    days = clock.due(special.opened_at, 2, clock.Unit.WORKING_DAYS, matrix.italy.calendar).at
    assert {row.due_at for row in asked.values()} == {days}
    items = WorkItem.objects.on(special).open()
    assert {item.audience for item in items} == {row.audience for row in asked.values()}
    assert special.answers.filter(question__function="technical").count() >= 6
    assert set(special.answers.values_list("answer", flat=True)) == {""}
    assert items.filter(audience=asked["quality"].audience).to_do_by(matrix.quality_it).exists()


def test_a_no_is_commented_and_resolved_and_a_changed_answer_is_signed_anew(
    matrix: Matrix, special: ContractReview, nothing_changed: Callable[..., Any]
) -> None:
    question = special.answers.filter(question__function="quality").first()
    with nothing_changed(), pytest.raises(Denied) as bare:
        answer_review(special, actor=matrix.quality_it, answers=[{"question": question.question_id, "answer": "no"}])
    assert bare.value.code == "comment_needed"
    with nothing_changed(), pytest.raises(Denied) as other:
        answer_review(special, actor=matrix.technical_it, answers=[{"question": question.question_id, "answer": "yes"}])
    assert other.value.code == "other_function"
    with nothing_changed(), pytest.raises(Denied) as unanswered:
        sign_review(special, actor=matrix.quality_it, function="quality")
    assert unanswered.value.code == "not_answered"
    answer_review(special, actor=matrix.quality_it, answers=answer_all(special, None, "quality"))
    assert fresh(special).state == "in_review"
    sign_review(special, actor=matrix.quality_it, comment="As last time")
    signed = special.signatures.get(function="quality")
    assert (signed.signed_by, signed.comment) == (matrix.quality_it, "As last time")
    assert not WorkItem.objects.on(special).open().filter(audience=signed.audience).exists()
    with nothing_changed(), pytest.raises(Denied) as twice:
        sign_review(special, actor=matrix.quality_it, function="quality")
    assert twice.value.code == "signed_already"
    told = {"question": question.question_id, "answer": "no", "comment": "The audit report is missing"}
    answer_review(special, actor=matrix.quality_it, answers=[told])
    assert special.signatures.get(function="quality").signed_at is None
    with nothing_changed(), pytest.raises(Denied) as open_no:
        sign_review(special, actor=matrix.quality_it, function="quality")
    assert open_no.value.code == "not_answered"
    answer_review(special, actor=matrix.quality_it, answers=[told | {"resolution": "Asked for it, arrives on Friday"}])
    sign_review(special, actor=matrix.quality_it, function="quality")
    assert not WorkItem.objects.on(special).open().filter(audience=signed.audience).exists()
    with transaction.atomic(), pytest.raises(IntegrityError):
        special.answers.filter(pk=question.pk).update(comment="")


def test_one_person_signs_for_one_function(matrix: Matrix, special: ContractReview, nothing_changed: Callable[..., Any]) -> None:
    both = UserFactory(email="both@kam.example", role="technical", role__location=matrix.italy)
    RoleGrantFactory(user=both, role="quality", location=matrix.italy)
    for function in ("technical", "quality"):
        answer_review(special, actor=both, answers=answer_all(special, both, function))
    sign_review(special, actor=both, function="technical")
    with nothing_changed(), pytest.raises(Denied) as second:
        sign_review(special, actor=both, function="quality")
    assert second.value.code == "one_signature"
    with transaction.atomic(), pytest.raises(IntegrityError):
        ReviewSignature.objects.filter(review=special, function="quality").update(signed_by=both, signed_at=clock.now())


def test_a_difference_is_decided_by_whose_matter_it_is_with_a_reason(
    matrix: Matrix, varied: ContractReview, nothing_changed: Callable[..., Any]
) -> None:
    row = varied.differences.get()
    for person in (matrix.technical_it, matrix.production_it):
        with nothing_changed(), pytest.raises(Denied) as other:
            decide_difference(varied, actor=person, difference=row.pk, decision="accept", reason="Fine")
        assert other.value.code == "other_function"
    with nothing_changed(), pytest.raises(Denied) as why:
        decide_difference(varied, actor=matrix.account_manager, difference=row.pk, decision="accept")
    assert why.value.code == "reason_needed"
    decide_difference(
        varied, actor=matrix.account_manager, difference=row.pk, decision="accept", reason="Volume bonus of the year"
    )
    row.refresh_from_db()
    assert (row.decision, row.closed_on, row.decided_by) == ("accept", clock.today(), matrix.account_manager)
    compare_review(varied, actor=matrix.technical_it)
    row.refresh_from_db()
    assert row.decision == "accept", "the same difference keeps its decision"
    assert not order_of(varied).blocks.active().exists()
    OrderLine.objects.filter(order=varied.order).update(price=Decimal("45.00"))
    compare_review(varied, actor=matrix.technical_it)
    row.refresh_from_db()
    assert (row.decision, row.closed_on, row.found) == ("", None, "45"), "another figure is decided anew"
    OrderLine.objects.filter(order=varied.order).update(price=Decimal("48.50"))
    compare_review(varied, actor=matrix.technical_it)
    row.refresh_from_db()
    assert row.gone_at is not None


def test_the_class_is_raised_by_hand_and_lowered_by_the_sales_manager_alone(
    matrix: Matrix, varied: ContractReview, nothing_changed: Callable[..., Any]
) -> None:
    before = set(varied.signatures.values_list("function", flat=True))
    with nothing_changed(), pytest.raises(Denied) as why:
        raise_review_class(varied, actor=matrix.quality_it, klass="C")
    assert why.value.code == "reason_needed"
    raise_review_class(varied, actor=matrix.quality_it, klass="C", reason="First delivery to the new line")
    assert fresh(varied).klass == "C"
    assert {"technical", "quality", "finance"} <= set(varied.signatures.values_list("function", flat=True)) - before
    with nothing_changed(), pytest.raises(Denied) as not_higher:
        raise_review_class(varied, actor=matrix.quality_it, klass="B", reason="Less")
    assert not_higher.value.code == "not_higher"
    for person in (matrix.account_manager, matrix.quality_it, matrix.management):
        with nothing_changed(), pytest.raises(Denied) as refused:
            lower_review_class(varied, actor=person, klass="B", reason="Less")
        assert refused.value.status == 403
    lower_review_class(varied, actor=matrix.sales_manager, klass="B", reason="Seen with quality")
    assert (fresh(varied).klass, fresh(varied).class_by) == ("B", matrix.sales_manager)
    assert set(varied.signatures.values_list("function", flat=True)) == before


def test_conditions_have_an_owner_and_a_day_and_none_is_on_statute(
    matrix: Matrix, special: ContractReview, nothing_changed: Callable[..., Any]
) -> None:
    sign_all(matrix, special)
    tomorrow = clock.today() + timedelta(days=1)
    condition = {"text": "PPAP level 3 before the second delivery", "owner": matrix.quality_it, "due_on": tomorrow}

    def decide(*conditions: dict[str, Any]) -> None:
        decide_review(special, actor=matrix.account_manager, result="positive_with_conditions", conditions=conditions)

    for conditions, code in (
        ((), "no_conditions"),
        (({**condition, "owner": None},), "condition_incomplete"),
        (({**condition, "due_on": clock.today() - timedelta(days=1)},), "condition_past"),
    ):
        with nothing_changed(), pytest.raises(Denied) as refused:
            decide(*conditions)
        assert refused.value.code == code
    statutory = special.answers.filter(question__statutory=True, question__function="quality").first()
    told = {"question": statutory.question_id, "answer": "no", "comment": "REACH data missing", "resolution": "Later"}
    answer_review(special, actor=matrix.quality_it, answers=[told])
    sign_review(special, actor=matrix.quality_it, function="quality")
    with nothing_changed(), pytest.raises(Denied) as on_statute:
        decide(condition)
    assert on_statute.value.code == "statutory_condition"
    answer_review(special, actor=matrix.quality_it, answers=[told | {"answer": "yes"}])
    sign_review(special, actor=matrix.quality_it, function="quality")
    decide(condition)
    assert (fresh(special).state, order_of(special).reviewed) == ("positive_with_conditions", False)
    with nothing_changed(), pytest.raises(Denied) as untold:
        close_review(special, actor=matrix.account_manager)
    assert untold.value.code == "not_informed"
    close_review(special, actor=matrix.account_manager, informed_on=clock.today())
    assert (fresh(special).state, order_of(special).status) == ("closed", "accepted")
    assert special.conditions.get().owner == matrix.quality_it


def test_a_negative_review_says_why_and_rejects_the_order(
    matrix: Matrix, special: ContractReview, nothing_changed: Callable[..., Any]
) -> None:
    with nothing_changed(), pytest.raises(Denied) as why:
        decide_review(special, actor=matrix.account_manager, result="negative")
    assert why.value.code == "reason_needed"
    for person in (matrix.quality_it, matrix.production_it):
        with nothing_changed(), pytest.raises(Denied):
            decide_review(special, actor=person, result="negative", reason="No capacity")
    decide_review(special, actor=matrix.account_manager, result="negative", reason="No capacity before autumn")
    assert (fresh(special).state, order_of(special).status) == ("negative", "in_review")
    close_review(special, actor=matrix.account_manager, informed_on=clock.today())
    order = order_of(special)
    assert (order.status, order.ended_reason, order.reviewed) == ("rejected", "No capacity before autumn", False)
    with nothing_changed(), pytest.raises(Denied) as over:
        sign_review(special, actor=matrix.quality_it, function="quality")
    assert over.value.code == "review_decided"


def test_a_clean_order_is_signed_and_accepted_in_one_step_by_its_own_record(
    matrix: Matrix, nothing_changed: Callable[..., Any]
) -> None:
    product = known_product(matrix.acme_it_plant, matrix.italy)
    clean = reviewed_order(matrix.acme_it_plant, matrix.italy, {"product": product}, by=matrix.back_office_it)
    assert (clean.klass, clean.answers.count(), clean.differences.count()) == ("A", 0, 0)
    pass_review(clean, actor=matrix.back_office_it)
    made = fresh(clean)
    assert (made.is_positive, made.decided_by, order_of(clean).status) == (True, matrix.back_office_it, "accepted")
    assert made.signatures.get().signed_by == matrix.back_office_it
    late = reviewed_order(matrix.acme_it_plant, matrix.italy, {"product": product}, by=matrix.back_office_it)
    OrderLine.objects.filter(order=late.order).update(price=30)
    with nothing_changed(), pytest.raises(Denied) as found:
        pass_review(late, actor=matrix.back_office_it)
    assert found.value.code == "not_clean"


def test_a_block_that_somebody_may_lift_keeps_an_order_from_being_accepted(matrix: Matrix) -> None:
    product = known_product(matrix.acme_it_plant, matrix.italy)
    clean = reviewed_order(matrix.acme_it_plant, matrix.italy, {"product": product}, by=matrix.back_office_it)
    OrderBlock.objects.create(order=clean.order, kind="credit", reason="Overdue", set_at=clock.now(), set_by=matrix.finance_it)
    pass_review(clean, actor=matrix.back_office_it)
    assert (order_of(clean).status, order_of(clean).reviewed) == ("in_review", True)


@pytest.mark.acceptance("AT-71")
def test_a_change_opens_the_review_for_the_touched_line_and_tells_who_signed(matrix: Matrix, special: ContractReview) -> None:
    sign_all(matrix, special)
    decide_review(special, actor=matrix.account_manager, result="positive")
    order = order_of(special)
    touched = order.lines.get()
    touched.quantity += 20
    touched.save()
    Order.objects.filter(pk=order.pk).update(status="change_requested")
    order.refresh_from_db()
    changes = [
        {"position": touched.position, "field": "quantity", "before": "100", "after": "120"},
        {"position": touched.position, "field": "price", "before": "25", "after": "24"},
    ]
    reopen_review(order, [touched], changes, actor=matrix.back_office_it)
    made, order = fresh(special), order_of(special)
    assert (made.state, made.round, made.touched, made.result) == ("reopened", 2, [touched.position], "")
    assert (order.status, order.reviewed) == ("in_review", False)
    touched.refresh_from_db()
    assert touched.status == "in_review"
    asked = set(made.signatures.filter(round=2).values_list("function", flat=True))
    assert asked == {"account_manager", "production"}
    assert made.signatures.filter(round=1, signed_at__isnull=False).count() == 6, "the first round stays readable"
    told = Notification.objects.filter(kind="review_reopened")
    assert {one.reader for one in told} >= {matrix.quality_it, matrix.technical_it, matrix.account_manager}
    first, second = told.first().context["changes"]
    assert first == {"position": touched.position, "label": "quantity", "before": "100", "after": "120"}
    assert set(second) == {"position", "label"}, "no figure of a price in a message"
    sign_review(special, actor=matrix.production_it, function="production")
    sign_review(special, actor=matrix.account_manager, function="account_manager")
    decide_review(special, actor=matrix.account_manager, result="positive")
    assert order_of(special).status == "accepted"


def test_a_call_off_within_its_frame_needs_no_review_of_its_own(matrix: Matrix) -> None:
    product = known_product(matrix.acme_it_plant, matrix.italy)
    frame = ordered(matrix.acme_it_plant, matrix.italy, {"product": product, "quantity": 1000}, kind="frame")
    Order.objects.filter(pk=frame.pk).update(reviewed=True)
    frame.refresh_from_db()
    framed = frame.lines.get()

    def call_off(quantity: int, **line_values: Any) -> Order:
        values = {"product": product, "quantity": quantity, "frame_line": framed} | line_values
        return ordered(matrix.acme_it_plant, matrix.italy, values, kind="call_off", frame=frame)

    inside = call_off(600)
    assert open_review(inside, actor=matrix.back_office_it) is None
    inside.refresh_from_db()
    assert (inside.status, inside.reviewed) == ("accepted", True)
    beyond = call_off(401)
    assert open_review(beyond, actor=matrix.back_office_it) is not None, "more than the frame holds"
    Order.objects.filter(pk=beyond.pk).update(status="cancelled", ended_reason="Too much")
    assert open_review(call_off(100, price=24), actor=matrix.back_office_it) is not None, "another price"
    assert open_review(call_off(100, part_revision="B"), actor=matrix.back_office_it) is not None, "another revision"


def test_the_checklist_is_published_by_edition_and_an_open_review_keeps_its_own(
    matrix: Matrix, special: ContractReview, nothing_changed: Callable[..., Any]
) -> None:
    first = ReviewChecklist.objects.get()
    kept = [one.kept() for one in first.questions.all()]
    for questions, reason, code in (
        (kept, "", "reason_needed"),
        ([], "Shorter", "no_questions"),
        (kept[:3], "Shorter", "clause_question"),
    ):
        with nothing_changed(), pytest.raises(Denied) as refused:
            publish_checklist(ReviewChecklist, actor=matrix.sales_manager, questions=questions, reason=reason)
        assert refused.value.code == code
    with nothing_changed(), pytest.raises(Denied):
        publish_checklist(ReviewChecklist, actor=matrix.account_manager, questions=kept, reason="Mine")
    second = publish_checklist(ReviewChecklist, actor=matrix.quality_it, questions=kept[20:], reason="Shorter")
    assert (second.edition, second.questions.count()) == (2, len(kept) - 20)
    assert fresh(special).checklist == first
    later = reviewed_order(matrix.acme_it_plant, matrix.italy, {"product": ProductFactory()}, by=matrix.back_office_it)
    assert later.checklist == second
