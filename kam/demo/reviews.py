"""The demonstration's contract reviews: every function answers and signs, and whoever answers for the review decides."""

from accounts.models import Role, User
from kam.core.workflow import Denied
from orders.actions import answer_review, ask_offer_review, decide_review, sign_review
from orders.actions.offer_reviews import refuse_unreviewed
from orders.actions.review_rights import functions_held
from orders.models import ContractReview, Offer
from orders.reports.review_class import accountable


def offer_passes(offer: Offer) -> bool:
    """Whether an offer may be sent: it needs no review, or passes the one that it is given to now."""
    try:
        refuse_unreviewed(offer)
    except Denied:
        ask_offer_review(offer, actor=offer.submitted_by)
        return passes(ContractReview.objects.for_list().get(offer=offer))
    return True


def passes(review: ContractReview) -> bool:
    """Have a review answered, signed and decided positively; where a function has nobody at these locations it goes on waiting."""
    review.refresh_from_db()
    everybody = User.objects.filter(is_active=True).exclude(pk=review.entered_by_id).order_by("pk")
    held = {one: functions_held(one, review) for one in everybody}
    # Whoever speaks for one function only signs first, so that those who may sign for several are left for the others.
    people = sorted(held, key=lambda one: len(held[one]))
    free = list(people)
    for row in review.signatures.filter(round=review.round, signed_at=None).order_by("pk"):
        who = next((one for one in free if row.function in held[one]), None)
        if who is None:
            return False
        free.remove(who)
        asked = review.answers.filter(question__function=row.function, question__classes__contains=[review.klass], answer="")
        answers = [{"question": one.question_id, "answer": "yes"} for one in asked]
        if answers:
            answer_review(review, actor=who, answers=answers)
        sign_review(review, actor=who, function=row.function)
    _answered(review, held)
    deciding = {Role.AREA_MANAGER, accountable(review.subject, review.klass)}
    return any(_decides(review, one) for one in people if deciding & held[one])


def _answered(review: ContractReview, held: dict[User, frozenset[str]]) -> None:
    """What nobody is asked to sign for is answered by whoever speaks for the function."""
    open_still = review.asked_answers.filter(answer="")
    for function in open_still.order_by("question__function").values_list("question__function", flat=True).distinct():
        who = next((one for one in held if function in held[one]), None)
        if who is not None:
            rows = [{"question": one.question_id, "answer": "yes"} for one in open_still.filter(question__function=function)]
            answer_review(review, actor=who, answers=rows)


def _decides(review: ContractReview, who: User) -> bool:
    try:
        decide_review(review, actor=who, result=ContractReview.Result.POSITIVE)
    except Denied:
        return False
    return True
