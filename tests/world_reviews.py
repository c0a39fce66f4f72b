"""What is reviewed in the world of the permission matrix: reviews as far along as each verb needs them."""

from typing import Any

from kam.core import clock
from orders.actions import open_review
from orders.actions.checklist import install_checklist
from orders.models import ContractReview, ReviewChecklist, ReviewDifference
from tests.factories.accounts import LocationFactory, UserFactory
from tests.factories.reviews import known_product, ordered
from tests.world_people import PEOPLE, World

#: Who sees an order of the American plant that Italy produces: its leaders, who oversees all, everybody at the Italian location.
READERS = "arsmubtqplfe"


def _begun(plant: Any, location: Any, producer: Any, clean: bool) -> ContractReview:
    line = {"product": known_product(plant, location)} if clean else {}
    made = open_review(ordered(plant, location, line, by=UserFactory(), producing_location=producer), actor=None)
    assert made is not None
    made.answers.update(answer="yes", evidence="Seen", answered_by=UserFactory(), answered_at=clock.now())
    return made


def _asked(review: ContractReview, *, decided: bool, closed: bool = False) -> None:
    told = {"decision": "ask", "reason": "Agreed is 60 days", "decided_by": UserFactory(), "decided_at": clock.now()}
    ended = {"closed_on": clock.today(), "evidence": "Letter of today"} if closed else {}
    ReviewDifference.objects.create(
        review=review, field="payment", basis="PA-1", expected="Z060", found="Z090", function="account_manager",
        **(told if decided else {}), **ended,
    )  # fmt: skip


def review_in(kind: str, plant: Any, location: Any, producer: Any) -> ContractReview:
    """A review as far along as a kind of row says."""
    one = _begun(plant, location, producer, clean=kind == "clean_review")
    if kind in {"contract_review", "asked_review"}:
        _asked(one, decided=kind == "asked_review")
    if kind == "waiting_review":
        ContractReview.objects.filter(pk=one.pk).update(state="clarification")
    if kind == "signed_review":
        one.differences.all().delete()
        for row in one.signatures.all():
            row.signed_by, row.signed_at = UserFactory(), clock.now()
            row.save()
    if kind == "told_review":
        ContractReview.objects.filter(pk=one.pk).update(
            state="positive_with_conditions", result="positive_with_conditions", covered="0", decided_at=clock.now(),
            decided_by=UserFactory(),
        )  # fmt: skip
    one.refresh_from_db()
    return one


KINDS = ("contract_review", "asked_review", "waiting_review", "signed_review", "told_review", "clean_review")


def of_the_reviews(world: World) -> None:
    """Reviews of orders of ACME in America and of GAMMA, the edition of the checklist, and the order of the first."""
    if not ReviewChecklist.objects.exists():
        install_checklist()
    built, china = world.built, LocationFactory(country="CN")
    for kind in KINDS:
        own = review_in(kind, built.acme_us_plant, built.usa, built.italy)
        foreign = review_in(kind, world.foreign["plant"], china, china)
        world.own[kind] = dict.fromkeys(READERS, own)
        world.foreign[kind] = {letter: foreign for letter in PEOPLE if letter not in "smu"}
        if kind == "contract_review":
            world.own["reviewed_order"] = dict.fromkeys(READERS, own.order)
            world.foreign["reviewed_order"] = {letter: foreign.order for letter in PEOPLE if letter not in "smu"}
    world.own["review_checklist"] = ReviewChecklist.objects.get()
