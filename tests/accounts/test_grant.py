"""Role grants: by administrators, never to themselves, never twice on a day, logged."""

from datetime import timedelta

import pytest

from accounts.actions.grant import end_role, grant_role
from accounts.actions.user import deactivate_user
from accounts.models import RoleGrant, User, access_of
from kam.core import clock
from kam.core.access_log import AccessLog
from kam.core.workflow import Denied
from tests.factories.accounts import UserFactory
from tests.matrix import Matrix

pytestmark = pytest.mark.django_db


def test_a_granted_role_gives_its_rights_from_its_day_on(matrix: Matrix) -> None:
    tomorrow = clock.today() + timedelta(days=1)
    grant_role(RoleGrant, actor=matrix.administrator, user=matrix.nobody, role="quality", location=matrix.germany)
    later = grant_role(
        RoleGrant, actor=matrix.administrator, user=matrix.nobody, role="service", location=matrix.germany, first_day=tomorrow
    )
    fresh = User.objects.get(pk=matrix.nobody.pk)
    assert access_of(fresh).roles == {"quality"}
    assert access_of(fresh).location_ids == (matrix.germany.pk,)
    assert later.first_day == tomorrow
    entry = AccessLog.objects.filter(kind="role").latest("pk")
    assert (entry.user, entry.about) == (matrix.administrator, "grant service DE nobody@kam.example")


def _refused(actor: User, **values) -> Denied:
    with pytest.raises(Denied) as refused:
        grant_role(RoleGrant, actor=actor, **values)
    return refused.value


def test_refusals_of_a_grant_change_nothing(matrix: Matrix, nothing_changed) -> None:
    yesterday = clock.today() - timedelta(days=1)
    gone = UserFactory(is_active=False)
    cases = [
        ("no_self_grant", {"user": matrix.administrator, "role": "finance"}),
        ("inactive_user", {"user": gone, "role": "finance"}),
        ("unknown_role", {"user": matrix.nobody, "role": "emperor"}),
        ("location_needed", {"user": matrix.nobody, "role": "area_manager"}),
        ("no_location", {"user": matrix.nobody, "role": "account_manager", "location": matrix.italy}),
        ("not_backwards", {"user": matrix.nobody, "role": "finance", "first_day": yesterday}),
        ("period_reversed", {"user": matrix.nobody, "role": "finance", "last_day": yesterday}),
        ("role_held", {"user": matrix.finance_it, "role": "finance", "location": matrix.italy}),
    ]
    for code, values in cases:
        with nothing_changed():
            assert _refused(matrix.administrator, **values).code == code


@pytest.mark.parametrize("who", ["sales_manager", "account_manager", "management", "auditor", "nobody"])
def test_nobody_else_grants_or_ends_roles(matrix: Matrix, nothing_changed, who: str) -> None:
    actor = getattr(matrix, who)
    with nothing_changed():
        assert _refused(actor, user=matrix.nobody, role="finance").status == 403
    with nothing_changed(), pytest.raises(Denied):
        end_role(matrix.finance_it.grants.get(), actor=actor)


def test_a_role_ends_at_once_or_after_a_day_and_its_past_stays(matrix: Matrix, nothing_changed) -> None:
    grant = matrix.finance_it.grants.get()
    end_role(grant, actor=matrix.administrator, last_day=clock.today())
    assert User.objects.get(pk=matrix.finance_it.pk).may("accounts.edit_customer_terms") is True
    end_role(grant, actor=matrix.administrator)
    assert User.objects.get(pk=matrix.finance_it.pk).may("accounts.edit_customer_terms") is False
    grant.refresh_from_db()
    assert grant.last_day == clock.today() - timedelta(days=1)
    for code, day in (("past_is_kept", clock.today() - timedelta(days=30)), ("ends_before", clock.today())):
        with nothing_changed(), pytest.raises(Denied) as refused:
            end_role(grant, actor=matrix.administrator, last_day=day)
        assert refused.value.code == code


def test_the_last_administrator_stays(matrix: Matrix, nothing_changed) -> None:
    with nothing_changed(), pytest.raises(Denied) as refused:
        end_role(matrix.administrator.grants.get(), actor=matrix.administrator)
    assert refused.value.code == "last_administrator"


def test_two_administrators_do_not_both_end_on_a_day_ahead(matrix: Matrix, nothing_changed) -> None:
    first, today = matrix.administrator.grants.get(), clock.today()
    second = grant_role(RoleGrant, actor=matrix.administrator, user=matrix.nobody, role="administrator")
    end_role(second, actor=matrix.administrator, last_day=today + timedelta(days=30))
    for last_day in (today + timedelta(days=30), today + timedelta(days=90), today, None):
        with nothing_changed(), pytest.raises(Denied) as refused:
            end_role(first, actor=matrix.nobody, last_day=last_day)
        assert refused.value.code == "last_administrator"
    with nothing_changed(), pytest.raises(Denied):
        deactivate_user(matrix.administrator, actor=matrix.nobody)
    third = UserFactory()
    grant_role(RoleGrant, actor=matrix.administrator, user=third, role="administrator", first_day=today + timedelta(days=31))
    end_role(first, actor=matrix.nobody, last_day=today + timedelta(days=10))
    for grant, last_day in ((second, today + timedelta(days=29)), (third.grants.get(), None)):
        with nothing_changed(), pytest.raises(Denied) as refused:
            end_role(grant, actor=matrix.administrator, last_day=last_day)
        assert refused.value.code == "last_administrator"
