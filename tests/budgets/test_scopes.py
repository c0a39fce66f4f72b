"""Who reads and writes whose plans where somebody stands in for somebody else."""

from datetime import date

import pytest

from accounts.models import User
from budgets.models import Budget, BudgetRound
from budgets.reports.my_year import people_to_see
from tests.factories.accounts import DelegationFactory, RoleGrantFactory, UserFactory
from tests.matrix import Matrix

pytestmark = pytest.mark.django_db


def _fresh(user: User) -> User:
    """The person as the next request finds them."""
    return User.objects.get(pk=user.pk)


def test_who_substitutes_at_one_location_has_the_plans_of_that_one_only(matrix: Matrix) -> None:
    """B serves in Germany and Italy; A stands in for B in Germany: B's Italian budget, year and minutes are not A's."""
    person = matrix.area_manager_de
    RoleGrantFactory(user=person, role="area_manager", location=matrix.italy)
    year = BudgetRound.objects.create(
        first_month=date(2030, 1, 1), number=1, deadline=date(2029, 12, 1), currency="EUR", requested_by=matrix.sales_manager
    )
    here, there = (Budget.objects.create(round=year, contributor=person, location=one) for one in (matrix.germany, matrix.italy))
    part, whole = UserFactory(), UserFactory()
    DelegationFactory(principal=person, substitute=part, location=matrix.germany)
    DelegationFactory(principal=person, substitute=whole)
    assert set(Budget.objects.visible_to(_fresh(part))) == {here}
    assert set(Budget.objects.permitted(_fresh(part), "budgets.edit_cells")) == {here}
    assert set(Budget.objects.visible_to(_fresh(whole))) == {here, there}
    assert people_to_see(_fresh(part)) == [] and people_to_see(_fresh(whole)) == [person]
