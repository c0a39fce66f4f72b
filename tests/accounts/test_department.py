"""Departments: a function of a location, once, with a head; the members are who holds the role there."""

import pytest

from accounts.actions.department import create_department, edit_department
from accounts.models import Department, audience_members
from kam.core.workflow import Denied
from tests.factories.accounts import UserFactory
from tests.matrix import Matrix

pytestmark = pytest.mark.django_db


def test_a_department_has_a_head_and_the_members_of_its_role(matrix: Matrix) -> None:
    member = UserFactory(role="quality", role__location=matrix.germany)
    UserFactory(role="quality", role__location=matrix.usa)
    everywhere = UserFactory(role="quality")
    made = create_department(
        Department,
        actor=matrix.administrator,
        location=matrix.germany,
        function="quality",
        name_en="Quality Germany",
        head=member,
    )
    assert set(audience_members(made.audience)) == {member, everywhere}
    edit_department(made, actor=matrix.administrator, name_de="Qualität", head=None)
    made.refresh_from_db()
    assert (made.name_de, made.head) == ("Qualität", None)


def test_refusals_change_nothing(matrix: Matrix, nothing_changed) -> None:
    gone = UserFactory(is_active=False)
    cases = [
        ("department_exists", {"location": matrix.italy, "function": "quality", "name_en": "Again"}),
        ("unknown_function", {"location": matrix.germany, "function": "sales_manager", "name_en": "Sales"}),
        ("required", {"location": matrix.germany, "function": "quality"}),
        ("inactive_user", {"location": matrix.germany, "function": "quality", "name_en": "Quality", "head": gone}),
    ]
    for code, values in cases:
        with nothing_changed(), pytest.raises(Denied) as refused:
            create_department(Department, actor=matrix.administrator, **values)
        assert refused.value.code == code
    with nothing_changed(), pytest.raises(Denied) as refused:
        edit_department(Department.objects.first(), actor=matrix.quality_it, name_en="Mine")
    assert refused.value.status == 403
