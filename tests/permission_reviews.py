"""The table of rights of contract reviews: each function answers and signs, who leads asks and decides, the sales manager lowers (domain 5)."""

from collections.abc import Callable
from typing import Any

from kam.core import clock
from orders.models import ReviewQuestion
from tests.permission_rows import Row, form, lists, many, posts, reads
from tests.world_people import World

#: The functions that give an opinion, at the American location and, in Italy, where it is produced.
OPINION, LEADING, LOWERING, OFFERING = "arstqplfem", "ars", "s", "ars"

REVIEWS: dict[str, Row] = {
    "orders:review_list": lists(),
    "orders:review_detail": reads("contract_review"),
    "orders:review_answer": form("contract_review", OPINION),
    "orders:review_sign": form("contract_review", OPINION),
    "orders:review_difference": form("contract_review", OPINION),
    "orders:review_settle": form("asked_review", OPINION),
    "orders:review_raise": form("clean_review", OPINION),
    "orders:review_lower": form("contract_review", LOWERING),
    "orders:review_ask": form("asked_review", LEADING),
    "orders:review_resume": form("waiting_review", LEADING),
    "orders:review_compare": form("contract_review", OPINION),
    "orders:review_decide": form("signed_review", LEADING),
    "orders:review_close": form("told_review", LEADING),
    "orders:review_pass": form("clean_review", LEADING),
    "orders:review_print": posts("contract_review", "*"),
    "orders:offer_have_reviewed": form("offer_handed_in", OFFERING),
    "orders:offer_review": reads("sent_offer"),
    "orders:order_review": reads("reviewed_order"),
    "api:contract_review-list": reads(),
    "api:contract_review-detail": reads("contract_review"),
    "api:contract_review-answer": posts("contract_review", OPINION),
    "api:contract_review-sign": posts("contract_review", OPINION),
    "api:contract_review-decide-difference": posts("contract_review", OPINION),
    "api:contract_review-settle-difference": posts("asked_review", OPINION),
    "api:contract_review-raise-class": posts("clean_review", OPINION),
    "api:contract_review-lower-class": posts("contract_review", LOWERING),
    "api:contract_review-ask-customer": posts("asked_review", LEADING),
    "api:contract_review-resume": posts("waiting_review", LEADING),
    "api:contract_review-compare": posts("contract_review", OPINION),
    "api:contract_review-decide": posts("signed_review", LEADING),
    "api:contract_review-close": posts("told_review", LEADING),
    "api:contract_review-confirm-clean": posts("clean_review", LEADING),
    "api:contract_review-print": posts("contract_review", "*"),
    "orders:checklist_list": lists(),
    "orders:checklist_publish": form("", "sq"),
    "orders:checklist_detail": reads("review_checklist"),
    "api:review_checklist-list": many("sq"),
    "api:review_checklist-detail": reads("review_checklist"),
}


def _difference(world: World, kind: str) -> int:
    return int(world.own[kind]["a"].differences.get(field="payment").pk)


def questions() -> list[dict[str, Any]]:
    """The questions of the present edition, as the next one takes them."""
    return [one.kept() for one in ReviewQuestion.objects.order_by("position")]


#: The bodies that no rule guesses.
BODIES: dict[str, Callable[[World], dict[str, Any]]] = {
    "api:contract_review-answer": lambda world: {
        "answers": [
            {"question": world.own["contract_review"]["a"].answers.filter(question__function="technical")[0].question_id, "answer": "na"}
        ]
    },
    "api:contract_review-sign": lambda _world: {},
    "api:contract_review-decide-difference": lambda world: {
        "difference": _difference(world, "contract_review"), "decision": "accept", "reason": "As last year",
    },
    "api:contract_review-settle-difference": lambda world: {
        "difference": _difference(world, "asked_review"), "evidence": "Letter of today", "corrected": False,
    },
    "api:contract_review-raise-class": lambda _world: {"klass": "C", "reason": "First delivery"},
    "api:contract_review-lower-class": lambda _world: {"klass": "B", "reason": "Seen"},
    "api:contract_review-decide": lambda _world: {"result": "negative", "reason": "No capacity", "conditions": [], "informed_on": None},
    "api:contract_review-close": lambda _world: {"informed_on": clock.today().isoformat()},
    "api:review_checklist-list": lambda _world: {"questions": questions(), "reason": "Reviewed in May"},
}  # fmt: skip
