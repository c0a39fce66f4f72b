"""Who is told when work is late: its owner, then the manager, then account manager and process owner, then management."""

from typing import Any

import pytest

from accounts.models import escalation_audience
from kam.core.work import WORK_KINDS, assign_work, define_work
from tests.matrix import Matrix


@pytest.fixture(autouse=True)
def kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("test_owned", "test_unowned"):
        monkeypatch.delitem(WORK_KINDS, name, raising=False)
    define_work("test_owned", "Answer on %(record)s", owner="role:quality")
    define_work("test_unowned", "Answer on %(record)s")


@pytest.mark.parametrize(("kind", "owner"), [("test_owned", ["role:quality"]), ("test_unowned", [])])
def test_account_manager_and_process_owner_are_told_at_the_third_level(matrix: Matrix, kind: str, owner: list[str]) -> None:
    item: Any = assign_work(matrix.acme_us_plant, kind, to=matrix.area_manager_us, actor=None)
    own, manager = f"user:{matrix.area_manager_us.pk}", "role:sales_manager"
    leader = f"user:{matrix.account_manager.pk}"
    assert escalation_audience(item, 1) == [own]
    assert escalation_audience(item, 2) == [own, manager]
    assert escalation_audience(item, 3) == [own, manager, leader, *owner]
    assert escalation_audience(item, 4) == [own, manager, leader, *owner, "role:management"]
