"""Parameters: the default, general and scoped values, by date; what does not fit is refused."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from kam.core.parameters import DEFINITIONS, ParameterValue, define, parameter, set_parameter
from kam.core.workflow import Denied
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db
MARCH, APRIL, MAY = date(2026, 3, 1), date(2026, 4, 1), date(2026, 5, 1)


@pytest.fixture(autouse=True)
def definitions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kam.core.parameters.DEFINITIONS", dict(DEFINITIONS))
    define("test.days", default=10, unit="wd", label="Days")
    define("test.tolerance", default=Decimal("2.5"), unit="%", label="Tolerance")
    define("test.signature", default=False, label="Second signature")


@pytest.fixture
def administrator() -> Any:
    return UserFactory(role="administrator")


def put(administrator: Any, key: str, value: Any, scope: str = "", start: date = MARCH) -> ParameterValue:
    return set_parameter(ParameterValue, actor=administrator, key=key, value=value, scope=scope, valid_from=start)


def test_the_first_scope_wins_then_the_general_value_then_the_default(administrator: Any) -> None:
    assert parameter("test.days", ["customer:2", "location:1"], on=APRIL) == 10
    put(administrator, "test.days", 8)
    put(administrator, "test.days", 5, "location:1")
    assert parameter("test.days", ["customer:2", "location:1"], on=APRIL) == 5
    assert parameter("test.days", ["customer:2"], on=APRIL) == 8
    put(administrator, "test.days", 3, "customer:2")
    assert parameter("test.days", ["customer:2", "location:1"], on=APRIL) == 3
    assert parameter("test.days", ["customer:2", "location:1"], on=date(2026, 2, 28)) == 10


def test_values_are_versions_and_the_past_keeps_its_own(administrator: Any) -> None:
    put(administrator, "test.tolerance", "3.5", start=MARCH)
    put(administrator, "test.tolerance", Decimal(4), start=MAY)
    put(administrator, "test.tolerance", "3.75", start=APRIL)
    assert [parameter("test.tolerance", on=day) for day in (date(2026, 2, 1), MARCH, APRIL, MAY)] == [
        Decimal("2.5"), Decimal("3.5"), Decimal("3.75"), Decimal(4),
    ]  # fmt: skip
    assert [(row.first_day, row.last_day) for row in ParameterValue.objects.order_by("period")] == [
        (MARCH, date(2026, 3, 31)), (APRIL, date(2026, 4, 30)), (MAY, None),
    ]  # fmt: skip


def test_the_same_day_is_corrected_and_the_same_value_changes_nothing(administrator: Any) -> None:
    first = put(administrator, "test.days", 8)
    assert put(administrator, "test.days", 9).pk == first.pk
    assert put(administrator, "test.days", 9, start=APRIL).pk == first.pk
    row = ParameterValue.objects.get()
    assert (row.value, row.version, row.last_day) == (9, 2, None)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("test.days", "ten"),
        ("test.days", 1.5),
        ("test.days", True),
        ("test.tolerance", "NaN"),
        ("test.signature", "yes"),
        ("test.days", None),
    ],
)
def test_a_value_of_another_type_is_refused(administrator: Any, key: str, value: Any) -> None:
    with pytest.raises(Denied) as refused:
        put(administrator, key, value)
    assert (refused.value.code, refused.value.status) == ("parameter_value", 400)
    assert not ParameterValue.objects.exists()


def test_unknown_keys_and_other_roles_are_refused(administrator: Any) -> None:
    with pytest.raises(Denied) as unknown:
        put(administrator, "test.nothing", 1)
    assert unknown.value.code == "unknown_parameter"
    with pytest.raises(Denied) as foreign:
        put(UserFactory(role="sales_manager"), "test.days", 1)
    assert foreign.value.status == 403
