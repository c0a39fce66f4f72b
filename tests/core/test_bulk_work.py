"""One action on every row of a filter: a few at once, many as a job, each row on its own with its refusal."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import RoleGrant, User
from kam.core import jobs
from kam.core.jobs import Job
from kam.core.views import list as list_views
from tests.factories.accounts import UserFactory
from tests.pages import client_for, words


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(list_views, "BULK_LIMIT", 2)


def start(administrator: User, query: str = "language=de") -> Any:
    return client_for(administrator).post(f"/people/?{query}", {"bulk": "deactivate", "all": "1", "reason": "left"})


@pytest.mark.django_db(transaction=True)
def test_many_rows_are_done_by_a_job_that_names_the_refusals() -> None:
    administrator = UserFactory(role="administrator", language="de")
    others = [UserFactory(language="de") for _ in range(4)]
    beside = UserFactory(language="it")
    answer = start(administrator)
    job = Job.objects.get()
    assert (answer.status_code, answer["Location"], job.verb) == (302, job.get_absolute_url(), "accounts.deactivate_user")
    assert User.objects.filter(is_active=False).count() == 0
    assert jobs.run(job.pk) == "done"
    job.refresh_from_db()
    assert job.result == {"done": 4, "refused": 1}
    assert [error["read"] for error in job.errors] == [str(administrator)]
    assert set(User.objects.filter(is_active=False)) == set(others) and User.objects.get(pk=beside.pk).is_active
    assert str(administrator) in words(client_for(administrator).get(job.get_absolute_url()))


@pytest.mark.django_db(transaction=True)
def test_the_right_is_asked_again_when_the_job_runs() -> None:
    administrator = UserFactory(role="administrator", language="de")
    people = [UserFactory(language="de") for _ in range(3)]
    start(administrator)
    RoleGrant.objects.filter(user=administrator).delete()
    assert jobs.run(Job.objects.get().pk) == "cancelled"
    assert User.objects.filter(pk__in=[one.pk for one in people], is_active=True).count() == 3


def test_who_has_not_the_verb_starts_nothing(db: None, nothing_changed: Callable[..., Any]) -> None:
    colleague = UserFactory(role="quality", language="de")
    for _turn in range(3):
        UserFactory(language="de")
    browser = client_for(colleague)
    with nothing_changed():
        answer = browser.post("/people/?language=de", {"bulk": "deactivate", "all": "1", "reason": "x"})
    assert answer.status_code == 403
