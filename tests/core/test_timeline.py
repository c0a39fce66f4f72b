"""The time line: who changed what, when and why, in the reader's words; comments stand in it; foreign records have none."""

import pytest
from django.contrib.contenttypes.models import ContentType
from django.utils import translation

from accounts.actions.user import deactivate_user, edit_user
from accounts.models import User
from kam.core.comments import Comment
from kam.core.timeline import by_day, timeline
from tests.factories.accounts import UserFactory
from tests.pages import client_for, words


@pytest.fixture
def administrator(db):
    return UserFactory(role="administrator", first_name="Ada", last_name="Zurlini", language="en")


def test_every_step_says_who_what_and_why_with_old_and_new_values(administrator):
    user = UserFactory(first_name="Bruno", last_name="Alberti", language="it")
    edit_user(user, actor=administrator, last_name="Neri", language="de")
    deactivate_user(User.objects.get(pk=user.pk), actor=administrator, reason="left us")
    with translation.override("en"):
        steps = timeline(User.objects.get(pk=user.pk), administrator)
        assert [str(step.label) for step in steps] == ["Deactivate", "Edit person", "Created"]
        assert (steps[0].actor, steps[0].reason) == (administrator, "left us")
        changed = {(change.label, change.before, change.after) for change in steps[1].changes}
    assert changed == {("Last name", "Alberti", "Neri"), ("Language", "Italiano", "Deutsch")}
    assert len(by_day(steps)) == 1


def test_a_change_past_the_application_is_the_systems(administrator):
    user = UserFactory(phone="1")
    User.objects.filter(pk=user.pk).update(phone="2")
    with translation.override("en"):
        step = timeline(user, administrator)[0]
    assert (step.actor, step.changes[0].before, step.changes[0].after) == (None, "1", "2")


def panel(record):
    return f"/about/{ContentType.objects.get_for_model(record).pk}/{record.pk}/timeline/"


def test_a_comment_stands_in_the_time_line(administrator):
    user = UserFactory()
    client = client_for(administrator)
    answer = client.post(panel(user), {"text": "Call <b>her</b>", "mention": [user.pk]}, headers={"HX-Request": "true"})
    assert "Call <b>her</b>" in words(answer) and f"@{user}" in words(answer)
    assert "<b>her" not in answer.content.decode()
    assert Comment.objects.get().author == administrator
    refused = client.post(panel(user), {"text": "  "}, headers={"HX-Request": "true"})
    assert refused.status_code == 422 and Comment.objects.count() == 1


def test_a_record_that_is_not_there_has_no_time_line(administrator):
    client = client_for(administrator)
    user = UserFactory()
    kind = ContentType.objects.get_for_model(User).pk
    for address in (f"/about/{kind}/999999/timeline/", f"/about/99999/{user.pk}/timeline/", f"/about/{kind}/999999/work/"):
        assert client.get(address).status_code == 404
