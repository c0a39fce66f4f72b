"""Races on the real database: two people at the same moment, one wins, the other gets its refusal, and what must hold still holds."""

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from accounts.actions import calendar_feed, grant, user
from accounts.actions.hand_over import hand_over
from accounts.models import CalendarFeed, HandOver, Role, RoleGrant, User
from catalog.actions.prices import record_list_price
from catalog.models import ListPrice
from kam.core import clock, work
from kam.core.documents import Document, attach_document, revise_document, standard_type
from kam.core.work_items import define_work
from kam.core.workflow import Denied
from orders.actions import give_consent, refuse_consent
from tests.factories.accounts import UserFactory
from tests.factories.catalog import ProductFactory
from tests.factories.consents import asked
from tests.factories.files import named, pdf
from tests.matrix import Matrix, build
from tests.pages import form_of

pytestmark = pytest.mark.django_db(transaction=True)
RACED = define_work("raced", "Look at %(record)s")


@pytest.fixture
def matrix(transactional_db: None) -> Matrix:
    """The matrix, committed, so that several connections see it."""
    return build()


def at_once(*deeds: Callable[[], Any]) -> list[str]:
    """Do these at the same moment, each on a connection of its own; answers what came of each: "done" or the code of its refusal."""
    start, outcomes = threading.Barrier(len(deeds)), list[str]()

    def run(deed: Callable[[], Any]) -> None:
        try:
            start.wait(30)
            deed()
            outcomes.append("done")
        except Denied as denied:
            outcomes.append(denied.code)
        except Exception as error:
            outcomes.append(f"{type(error).__name__}: {error}")
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[deed]) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(outcomes)


def meet(monkeypatch: pytest.MonkeyPatch, place: Any, name: str) -> None:
    """Make both wait for each other right after this check, so that whatever it read is old when they write.

    Where the second one is kept out by a lock, the first goes on alone after a moment.
    """
    real, meeting = getattr(place, name), threading.Barrier(2)

    def checked(*values: Any, **more: Any) -> Any:
        found = real(*values, **more)
        with suppress(threading.BrokenBarrierError):
            meeting.wait(1)
        return found

    monkeypatch.setattr(place, name, checked)


@pytest.fixture
def two_administrators(matrix: Matrix) -> tuple[User, User]:
    """The only two."""
    other = UserFactory(email="second.administrator@kam.example", role="administrator")
    return matrix.administrator, other


def administrators() -> int:
    return User.objects.filter(
        is_active=True, pk__in=RoleGrant.objects.on(clock.today()).filter(role=Role.ADMINISTRATOR).values("user")
    ).count()


def test_two_administrators_who_shut_each_other_out_at_once_leave_one(two_administrators, monkeypatch) -> None:
    one, two = two_administrators
    meet(monkeypatch, user, "refuse_last_administrator")
    outcomes = at_once(lambda: user.deactivate_user(one, actor=two), lambda: user.deactivate_user(two, actor=one))
    assert outcomes == ["done", "last_administrator"]
    assert administrators() == 1


def test_two_administrators_who_end_each_others_role_at_once_leave_one(two_administrators, monkeypatch) -> None:
    one, two = (RoleGrant.objects.get(user=person, role=Role.ADMINISTRATOR) for person in two_administrators)
    meet(monkeypatch, grant, "refuse_last_administrator")
    outcomes = at_once(lambda: grant.end_role(one, actor=two.user), lambda: grant.end_role(two, actor=one.user))
    assert outcomes == ["done", "last_administrator"]
    assert administrators() == 1


def test_one_shuts_out_and_the_other_ends_the_role_and_one_is_left(two_administrators, monkeypatch) -> None:
    one, two = two_administrators
    held = RoleGrant.objects.get(user=two, role=Role.ADMINISTRATOR)
    meeting = threading.Barrier(2)
    for place in (user, grant):
        real = place.refuse_last_administrator

        def checked(*asked: Any, real: Any = real) -> None:
            real(*asked)
            with suppress(threading.BrokenBarrierError):
                meeting.wait(1)

        monkeypatch.setattr(place, "refuse_last_administrator", checked)
    outcomes = at_once(lambda: user.deactivate_user(one, actor=two), lambda: grant.end_role(held, actor=one))
    assert outcomes == ["done", "last_administrator"]
    assert administrators() == 1


def test_of_two_who_grant_the_same_role_one_wins(matrix) -> None:
    deeds = [lambda: grant.grant_role(RoleGrant, actor=matrix.administrator, user=matrix.nobody, role="management")] * 2
    assert at_once(*deeds) == ["done", "role_held"]
    assert RoleGrant.objects.filter(user=matrix.nobody).count() == 1


def test_of_two_who_claim_one_item_one_has_it_and_it_is_done_once(matrix) -> None:
    others = [UserFactory(role="sales_manager"), UserFactory(role="sales_manager")]
    item = work.assign_work(matrix.acme_us_plant, RACED, to="role:sales_manager", actor=None)
    outcomes = at_once(*[lambda person=person: work.claim_work(item, actor=person) for person in others])
    item.refresh_from_db()
    assert outcomes.count("done") == 1 and item.assignee in others, outcomes
    outcomes = at_once(*[lambda: work.complete_work(item, actor=item.assignee, answer="done")] * 2)
    assert outcomes.count("done") == 1, outcomes


def test_of_two_hand_overs_of_the_same_accounts_one_wins(matrix) -> None:
    targets = [matrix.account_manager2, UserFactory(role="account_manager")]
    outcomes = at_once(
        *[
            lambda target=target: hand_over(
                HandOver, actor=matrix.sales_manager, source=matrix.account_manager, target=target, day=clock.today()
            )
            for target in targets
        ]
    )
    assert outcomes.count("done") == 1, outcomes
    assert HandOver.objects.count() == 1


def test_of_two_prices_from_the_same_day_one_is_recorded(matrix) -> None:
    product = ProductFactory(producing_location=matrix.italy)
    values = {"product": product, "currency": "EUR", "price_unit": 1, "first_day": date(2099, 1, 1)}
    outcomes = at_once(
        *[
            lambda price=price: record_list_price(ListPrice, actor=matrix.sales_manager, price=price, **values)
            for price in (10, 11)
        ]
    )
    assert outcomes.count("done") == 1 and not [one for one in outcomes if "Error" in one], outcomes
    assert ListPrice.objects.filter(product=product).count() == 1


def test_of_two_revisions_of_one_document_one_replaces_it(matrix) -> None:
    document = attach_document(
        Document, actor=matrix.account_manager, record=matrix.acme_us, type=standard_type(), file=named(pdf(), "a.pdf")
    )
    outcomes = at_once(
        *[
            lambda text=text: revise_document(
                document, actor=matrix.account_manager, file=named(pdf(text), "b.pdf"), revision=text
            )
            for text in ("B", "C")
        ]
    )
    assert outcomes == ["document_not_current", "done"]
    assert Document.objects.current().about(matrix.acme_us).count() == 1


def test_ten_feeds_are_the_most_even_at_once(matrix) -> None:
    for number in range(calendar_feed.MOST - 1):
        calendar_feed.issue_feed(matrix.account_manager, name=str(number))
    outcomes = at_once(*[lambda: calendar_feed.issue_feed(matrix.account_manager, name="last")] * 4)
    assert outcomes == ["done", "too_many_feeds", "too_many_feeds", "too_many_feeds"]
    assert CalendarFeed.objects.filter(user=matrix.account_manager, revoked_at=None).count() == calendar_feed.MOST


def test_a_write_that_gives_way_to_another_is_told_on_the_page_and_what_was_typed_stays(
    matrix: Matrix, nothing_changed: Any
) -> None:
    customer, writer = matrix.acme_us, matrix.account_manager
    client = Client()
    client.force_login(writer, backend="allauth.account.auth_backends.AuthenticationBackend")
    address = f"{customer.get_absolute_url()}edit/"
    sent = form_of(client.get(address)) | {"city": ["Dayton"]}
    other = connection.copy()
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute("SELECT 1 FROM accounts_customer WHERE id = %s FOR UPDATE", [customer.pk])
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '50ms'")
        with nothing_changed():
            answer = client.post(address, sent)
        assert answer.status_code == 422 and "Somebody else was writing" in answer.content.decode()
        assert form_of(answer)["city"] == ["Dayton"]
    finally:
        other.close()
        connection.close()
    assert client.post(address, sent).status_code == 302
    customer.refresh_from_db()
    assert customer.city == "Dayton"


def test_consent_is_given_or_refused(matrix: Matrix) -> None:
    consent = asked(matrix.acme_us_plant, matrix.usa, matrix.area_manager_us)
    leader, seen = matrix.account_manager, {"version": consent.version}
    outcomes = at_once(
        lambda: give_consent(consent, actor=leader, **seen), lambda: refuse_consent(consent, actor=leader, reason="No", **seen)
    )
    assert outcomes == ["changed_meanwhile", "done"]
    consent.refresh_from_db()
    assert consent.status == consent.offer.consent
    assert consent.status in {"given", "refused"}
