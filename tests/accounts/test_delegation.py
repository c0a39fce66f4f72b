"""Substitution: dated, for all roles or one, set by oneself or a manager; what substitutes do says for whom; rights are never passed on."""

from datetime import date, timedelta

import pytest

from accounts.actions.customer import edit_customer
from accounts.actions.delegation import delegate, delegate_for_other, end_delegation, welcome_back
from accounts.models import Customer, Delegation, User, access_of, acting_for, excluded, people_to_act
from kam.core import clock
from kam.core.work import assign_work, complete_work, define_work, inbox_of
from kam.core.workflow import Denied
from tests.factories.accounts import DelegationFactory, UserFactory
from tests.matrix import Matrix

pytestmark = pytest.mark.django_db
APPROVE = define_work("test_approve", "Approve %(record)s")


def _days(first: int = 0, last: int = 7) -> dict[str, date]:
    return {"first_day": clock.today() + timedelta(days=first), "last_day": clock.today() + timedelta(days=last)}


def _fresh(user: User) -> User:
    return User.objects.get(pk=user.pk)


def test_a_substitute_sees_and_does_what_the_person_away_may_while_it_lasts(matrix: Matrix) -> None:
    row = delegate(Delegation, actor=matrix.account_manager, substitute=matrix.account_manager2, **_days())
    substitute = _fresh(matrix.account_manager2)
    assert matrix.acme_it in Customer.objects.visible_to(substitute)
    assert Customer.objects.permitted(substitute, "accounts.edit_customer").count() == 4
    end_delegation(row, actor=matrix.account_manager)
    assert matrix.acme_it not in Customer.objects.visible_to(_fresh(matrix.account_manager2))


def test_a_scoped_substitution_gives_one_role_only(matrix: Matrix) -> None:
    person = UserFactory(role="quality", role__location=matrix.germany)
    DelegationFactory(principal=matrix.area_manager_de, substitute=person, role="quality")
    assert access_of(_fresh(person)).roles == {"quality"}
    delegate(Delegation, actor=matrix.area_manager_de, substitute=person, role="area_manager", location=matrix.germany, **_days())
    assert access_of(_fresh(person)).roles == {"quality", "area_manager"}


def test_rights_held_for_others_are_not_passed_on(matrix: Matrix) -> None:
    third = UserFactory()
    DelegationFactory(principal=matrix.account_manager, substitute=matrix.account_manager2)
    DelegationFactory(principal=matrix.account_manager2, substitute=third)
    assert matrix.acme_it not in Customer.objects.visible_to(_fresh(third))
    assert matrix.beta in Customer.objects.visible_to(_fresh(third))


def test_what_a_substitute_does_says_for_whom(matrix: Matrix) -> None:
    DelegationFactory(principal=matrix.account_manager, substitute=matrix.account_manager2)
    substitute = _fresh(matrix.account_manager2)
    edit_customer(matrix.acme_it, actor=substitute, name="ACME Italia due")
    edit_customer(matrix.beta, actor=substitute, name="BETA zwei")
    said = {
        name: event.pgh_context
        for name, event in (
            (row.name, row.events.order_by("pgh_id").last())
            for row in Customer.objects.filter(pk__in=[matrix.acme_it.pk, matrix.beta.pk])
        )
    }
    assert said["ACME Italia due"]["actor"] == substitute.pk
    assert said["ACME Italia due"]["principal"] == matrix.account_manager.pk
    assert "principal" not in said["BETA zwei"]
    assert acting_for(substitute, "accounts.edit_customer", matrix.acme_it) == matrix.account_manager.pk
    assert acting_for(substitute, "accounts.edit_customer", matrix.beta) is None


def test_work_done_by_a_substitute_says_for_whom(matrix: Matrix) -> None:
    item = assign_work(matrix.acme_it, APPROVE, to=matrix.account_manager, actor=matrix.sales_manager)
    DelegationFactory(principal=matrix.account_manager, substitute=matrix.account_manager2)
    substitute = _fresh(matrix.account_manager2)
    assert list(inbox_of(substitute)) == [item]
    complete_work(item, actor=substitute)
    item.refresh_from_db()
    assert (item.done_by, item.on_behalf_of) == (substitute, matrix.account_manager)


def test_a_substitute_inherits_the_exclusion_of_the_person_away(matrix: Matrix, nothing_changed) -> None:
    DelegationFactory(principal=matrix.account_manager, substitute=matrix.account_manager2)
    substitute = _fresh(matrix.account_manager2)
    assert excluded(substitute, matrix.account_manager) is True
    assert excluded(matrix.area_manager_de, matrix.account_manager) is False
    item = assign_work(matrix.acme_it, APPROVE, to="role:account_manager", actor=None, excluded=[matrix.account_manager])
    with nothing_changed(), pytest.raises(Denied):
        complete_work(item, actor=substitute)


def test_work_that_nobody_entitled_can_do_goes_up_one_level_and_says_so(matrix: Matrix) -> None:
    item = assign_work(
        matrix.acme_it, APPROVE, to=matrix.account_manager, actor=matrix.back_office_it, excluded=[matrix.account_manager]
    )
    item.refresh_from_db()
    assert item.raised_to == ["role:sales_manager"]
    assert list(inbox_of(_fresh(matrix.sales_manager))) == [item]
    assert matrix.sales_manager.notifications.filter(kind="work_raised").count() == 1


def test_an_absence_without_substitute_lets_work_go_up(matrix: Matrix) -> None:
    delegate(Delegation, actor=matrix.account_manager, substitute=None, **_days())
    assert people_to_act(f"user:{matrix.account_manager.pk}") == []
    item = assign_work(matrix.acme_it, APPROVE, to=matrix.account_manager, actor=None)
    assert item.raised_to == ["role:sales_manager"]


def test_a_manager_names_a_substitute_for_somebody_already_away_and_both_are_told(matrix: Matrix, nothing_changed) -> None:
    row = delegate_for_other(
        Delegation,
        actor=matrix.sales_manager,
        principal=matrix.area_manager_de,
        substitute=matrix.area_manager_us,
        note="call BETA",
        **_days(),
    )
    assert access_of(_fresh(matrix.area_manager_us)).location_ids == tuple(sorted([matrix.germany.pk, matrix.usa.pk]))
    told = {note.reader for note in matrix.area_manager_de.notifications.all() | matrix.area_manager_us.notifications.all()}
    assert told == {matrix.area_manager_de, matrix.area_manager_us}
    with nothing_changed(), pytest.raises(Denied) as refused:
        end_delegation(row, actor=matrix.area_manager_us)
    assert refused.value.status == 403


def test_refusals_of_a_substitution_change_nothing(matrix: Matrix, nothing_changed) -> None:
    gone = UserFactory(is_active=False)
    DelegationFactory(principal=matrix.area_manager_us, substitute=matrix.nobody)
    DelegationFactory(principal=matrix.quality_it, substitute=matrix.nobody)
    yesterday = clock.today() - timedelta(days=1)
    cases = [
        ("two_persons", matrix.account_manager, {"substitute": matrix.account_manager, **_days()}),
        ("inactive_user", matrix.account_manager, {"substitute": gone, **_days()}),
        (
            "not_backwards",
            matrix.account_manager,
            {"substitute": matrix.nobody, "first_day": yesterday, "last_day": clock.today()},
        ),
        ("period_reversed", matrix.account_manager, {"substitute": matrix.nobody, **_days(5, 2)}),
        ("too_long", matrix.account_manager, {"substitute": matrix.nobody, **_days(0, 500)}),
        ("role_not_held", matrix.account_manager, {"substitute": matrix.nobody, "role": "finance", **_days()}),
        ("role_needed", matrix.account_manager, {"substitute": matrix.nobody, "location": matrix.italy, **_days()}),
        ("substitute_away", matrix.account_manager, {"substitute": matrix.area_manager_us, **_days()}),
        ("substitute_set", matrix.quality_it, {"substitute": matrix.account_manager2, **_days()}),
    ]
    for code, actor, values in cases:
        with nothing_changed(), pytest.raises(Denied) as refused:
            delegate(Delegation, actor=actor, **values)
        assert refused.value.code == code
    with nothing_changed(), pytest.raises(Denied) as refused:
        delegate_for_other(
            Delegation, actor=matrix.sales_manager, principal=matrix.account_manager, substitute=matrix.sales_manager, **_days()
        )
    assert refused.value.code == "not_yourself"
    with nothing_changed(), pytest.raises(Denied) as refused:
        delegate_for_other(
            Delegation, actor=matrix.account_manager, principal=matrix.account_manager2, substitute=matrix.nobody, **_days()
        )
    assert refused.value.status == 403


def test_a_refusal_names_who_is_substitute_already(matrix: Matrix) -> None:
    delegate(Delegation, actor=matrix.account_manager, substitute=matrix.account_manager2, **_days())
    with pytest.raises(Denied) as refused:
        delegate(Delegation, actor=matrix.account_manager, substitute=matrix.nobody, **_days(3, 4))
    assert "Marco Bini" in str(refused.value)


def test_the_summary_on_return_is_noted_once(matrix: Matrix, nothing_changed) -> None:
    row = DelegationFactory(principal=matrix.account_manager, substitute=matrix.account_manager2)
    welcome_back(row, actor=matrix.account_manager)
    row.refresh_from_db()
    assert row.welcomed_at is not None
    with nothing_changed():
        welcome_back(row, actor=matrix.account_manager)
    with nothing_changed(), pytest.raises(Denied):
        welcome_back(row, actor=matrix.account_manager2)
