"""Locations: added and edited by administrators, everything wrong told at once."""

import pytest

from accounts.actions.location import create_location, edit_location
from accounts.models import Location
from kam.core.workflow import Denied, Refusals
from tests.factories.accounts import WorkingCalendarFactory
from tests.matrix import Matrix

pytestmark = pytest.mark.django_db


def test_a_location_is_added_and_edited(matrix: Matrix, nothing_changed) -> None:
    calendar = WorkingCalendarFactory(country="CN")
    made = create_location(
        Location,
        actor=matrix.administrator,
        code="cn",
        name_en="Suzhou",
        country="cn",
        time_zone="Asia/Shanghai",
        currency="cny",
        calendar=calendar,
    )
    made.refresh_from_db()
    assert (made.code, made.country, made.currency, made.sells, made.produces) == ("CN", "CN", "CNY", True, True)
    edit_location(made, actor=matrix.administrator, produces=False)
    made.refresh_from_db()
    assert made.produces is False
    with nothing_changed():
        edit_location(made, actor=matrix.administrator, produces=False)


def test_refusals_change_nothing(matrix: Matrix, nothing_changed) -> None:
    with nothing_changed(), pytest.raises(Refusals) as refused:
        create_location(
            Location,
            actor=matrix.administrator,
            code="X",
            country="ITA",
            time_zone="Nowhere",
            currency="EU",
            sells=False,
            produces=False,
        )
    assert {denied.code for denied in refused.value.refusals} == {
        "required", "unknown_time_zone", "unknown_country", "unknown_currency", "does_nothing"
    }  # fmt: skip
    calendar = matrix.italy.calendar
    with nothing_changed(), pytest.raises(Denied) as taken:
        create_location(
            Location,
            actor=matrix.administrator,
            code="it",
            name_en="Two",
            country="IT",
            time_zone="Europe/Rome",
            calendar=calendar,
        )
    assert taken.value.code == "code_taken"
    with nothing_changed(), pytest.raises(Denied) as denied:
        edit_location(matrix.italy, actor=matrix.sales_manager, city="Prato")
    assert denied.value.status == 403
