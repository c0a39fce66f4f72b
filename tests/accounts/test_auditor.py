"""The account of an auditor: for days that are stated and kept, reading only, shut out when they are over."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from accounts.actions.delegation import delegate_for_other
from accounts.actions.grant import grant_role
from accounts.models import Delegation, RoleGrant, User, access_of
from accounts.tasks import end_audits
from kam.core import clock
from kam.core.workflow import Denied
from orders.models import Order
from tests.factories.order_lives import accepted_order
from tests.matrix import Matrix
from tests.world import api_client, browser

pytestmark = pytest.mark.django_db


def granted(matrix: Matrix, role: str = "auditor", days: int | None = 7, **values: Any) -> RoleGrant:
    """A role for somebody without one, for so many days from today."""
    last = None if days is None else clock.today() + timedelta(days=days - 1)
    made: RoleGrant = grant_role(RoleGrant, actor=matrix.administrator, user=matrix.nobody, role=role, last_day=last, **values)
    return made


def test_an_auditor_reads_for_days_that_are_stated(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    for days in (None, 367):
        with nothing_changed(), pytest.raises(Denied) as refused:
            granted(matrix, days=days)
        assert (refused.value.code, refused.value.field) == ("auditor_dated", "last_day")
    assert granted(matrix, days=366).last_day == clock.today() + timedelta(days=365)


def test_an_auditor_holds_no_other_role_and_stands_in_for_nobody(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    granted(matrix)
    with nothing_changed(), pytest.raises(Denied) as refused:
        granted(matrix, "quality", days=1)
    assert refused.value.code == "auditor_reads_only"
    with nothing_changed(), pytest.raises(Denied) as refused:
        grant_role(RoleGrant, actor=matrix.administrator, user=matrix.quality_it, role="auditor", last_day=clock.today())
    assert refused.value.code == "auditor_reads_only"
    with nothing_changed(), pytest.raises(Denied) as refused:
        delegate_for_other(
            Delegation, actor=matrix.administrator, principal=matrix.quality_it, substitute=matrix.nobody, first_day=clock.today(),
            last_day=clock.today(),
        )  # fmt: skip
    assert (refused.value.code, refused.value.field) == ("auditor_reads_only", "substitute")
    after = clock.today() + timedelta(days=7)
    grant_role(RoleGrant, actor=matrix.administrator, user=matrix.nobody, role="quality", location=matrix.italy, first_day=after)


def test_after_the_last_day_nothing_is_read_and_the_account_is_shut(matrix: Matrix) -> None:
    order = accepted_order(matrix.acme_it_plant, matrix.italy)
    granted(matrix)
    reader = User.objects.get(pk=matrix.nobody.pk)
    page, api = browser(reader), api_client(reader)
    assert page.get(f"/orders/{order.pk}/evidence/").status_code == 200
    assert api.get(f"/api/v1/orders/{order.pk}/evidence/").status_code == 200
    assert end_audits() == 0
    with clock.moment(clock.now() + timedelta(days=7)):
        fresh = User.objects.get(pk=reader.pk)
        assert access_of(fresh).roles == frozenset() and not Order.objects.visible_to(fresh).exists()
        assert end_audits() == 1 and end_audits() == 0
    assert not User.objects.get(pk=reader.pk).is_active
    assert page.get(f"/orders/{order.pk}/evidence/").status_code == 302, "to the log-in"
    assert api.get(f"/api/v1/orders/{order.pk}/evidence/").status_code == 401


def test_who_has_another_role_afterwards_stays(matrix: Matrix) -> None:
    granted(matrix, days=1)
    tomorrow = clock.today() + timedelta(days=1)
    grant_role(
        RoleGrant, actor=matrix.administrator, user=matrix.nobody, role="quality", location=matrix.italy, first_day=tomorrow
    )
    with clock.moment(clock.now() + timedelta(days=2)):
        assert end_audits() == 0
