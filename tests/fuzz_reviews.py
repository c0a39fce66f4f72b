"""What the fuzz of the API needs of contract reviews: one as far along as each verb needs it, and what a client knows of it."""

from collections.abc import Callable
from typing import Any

from django.db import transaction

from accounts.models import User
from kam.core import clock
from orders.actions.checklist import install_checklist
from orders.models import ContractReview, ReviewChecklist
from tests import fuzz_order_lives
from tests.factories.open_items import open_item
from tests.permission_reviews import questions
from tests.world_reviews import review_in

#: As how far along the world of the matrix of rights knows what a verb needs; else one with a difference to be decided.
KINDS = {
    "settle_difference": "asked_review", "ask_customer": "asked_review", "resume": "waiting_review", "decide": "signed_review",
    "close": "told_review", "confirm_clean": "clean_review", "raise_class": "clean_review",
}  # fmt: skip


class Subjects(fuzz_order_lives.Subjects):
    """Reviews of orders of ACME's German plant from the German location, and what its company owes there."""

    def contractreview(self, verb: str, person: User) -> Any:
        """A review as far along as a verb needs it; who asks to sign speaks for a function whose opinion is missing."""
        if not ReviewChecklist.objects.exists():
            install_checklist()
        with transaction.atomic():
            return review_in(KINDS.get(verb, "contract_review"), self.built.acme_de_plant, self.built.germany, self.built.germany)

    def openitem(self, verb: str, person: User) -> Any:
        """An invoice that the German company has not paid."""
        return open_item(self.built.acme_de, self.built.germany)


def _difference(key: int | None) -> int:
    return int(ContractReview.objects.get(pk=key).differences.get(field="payment").pk)


def _answers(key: int | None) -> list[dict[str, Any]]:
    row = ContractReview.objects.get(pk=key).answers.filter(question__function="account_manager")[0]
    return [{"question": row.question_id, "answer": "na"}]


HINTS: dict[tuple[str, str], Callable[[int | None], Any]] = fuzz_order_lives.HINTS | {
    ("contractreview", "answer"): lambda key: {"answers": _answers(key)},
    ("contractreview", "sign"): lambda _key: {"function": "account_manager"},
    ("contractreview", "decide_difference"): lambda key: {
        "difference": _difference(key), "decision": "accept", "reason": "As last year",
    },
    ("contractreview", "settle_difference"): lambda key: {
        "difference": _difference(key), "evidence": "Letter of today", "corrected": False,
    },
    ("contractreview", "raise_class"): lambda _key: {"klass": "C"},
    ("contractreview", "lower_class"): lambda _key: {"klass": "B"},
    ("contractreview", "decide"): lambda _key: {"result": "negative", "conditions": [], "informed_on": None},
    ("contractreview", "close"): lambda _key: {"informed_on": clock.today().isoformat()},
    ("reviewchecklist", "POST"): lambda _key: {"questions": questions()},
}  # fmt: skip
