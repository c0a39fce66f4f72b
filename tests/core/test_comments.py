"""Comments on records: read by whoever sees the record, changed by their author for a day, mentions told to those who may see it."""

from datetime import timedelta

import pytest

from kam.core import clock
from kam.core.comments import Comment, delete_comment, edit_comment, people_to_mention, write_comment
from kam.core.notifications import Notification
from kam.core.workflow import Denied
from tests.matrix import matrix  # noqa: F401


def write(actor, record, text):
    return write_comment(Comment, actor=actor, record=record, text=text)


def test_a_comment_is_read_by_whoever_sees_the_record(matrix):  # noqa: F811
    comment = write(matrix.account_manager, matrix.acme_us, "Call them back.")
    assert Comment.objects.visible_to(matrix.sales_manager).get() == comment
    assert not Comment.objects.visible_to(matrix.account_manager2).exists()


def test_nobody_comments_on_what_they_do_not_see(matrix, nothing_changed):  # noqa: F811
    with nothing_changed(), pytest.raises(Denied):
        write(matrix.account_manager2, matrix.acme_us, "hello")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("  \n ", "comment_empty"),
        ("x" * 4001, "comment_too_long"),
        ("a\u202eb", "control_characters"),
        ("a\ufffd", "lost_characters"),
    ],
)
def test_bad_texts_are_refused_at_the_field(matrix, nothing_changed, text, code):  # noqa: F811
    with nothing_changed(), pytest.raises(Denied) as caught:
        write(matrix.account_manager, matrix.acme_us, text)
    assert (caught.value.code, caught.value.field) == (code, "text")


def test_a_mention_is_told_once_to_those_who_may_see_the_record(matrix):  # noqa: F811
    people = (matrix.sales_manager, matrix.account_manager2, matrix.account_manager)
    comment = write(matrix.account_manager, matrix.acme_us, " ".join(f"@[{person.pk}]" for person in people) + " please look")
    assert {note.reader for note in Notification.objects.filter(kind="mentioned")} == {matrix.sales_manager}
    assert set(comment.mentioned.all()) == {matrix.sales_manager, matrix.account_manager}
    assert comment.parts()[0] == ("person", matrix.sales_manager)
    assert comment.parts()[-1] == ("text", " please look")
    assert f"@[{matrix.account_manager2.pk}]" in "".join(piece for kind, piece in comment.parts() if kind == "text")
    edit_comment(comment, actor=matrix.account_manager, text=comment.text + "!")
    assert Notification.objects.filter(kind="mentioned").count() == 1


def test_a_mentions_text_names_author_and_record(matrix):  # noqa: F811
    write(matrix.account_manager, matrix.acme_us, f"@[{matrix.sales_manager.pk}] look")
    subject, body = Notification.objects.get(kind="mentioned").text()
    assert subject == f"{matrix.account_manager} mentions you: {matrix.acme_us}"
    assert "look" not in body and matrix.acme_us.get_absolute_url() in body


def test_only_the_author_changes_a_comment_and_only_for_a_day(matrix, nothing_changed, time_machine_of_a_day):  # noqa: F811
    comment = write(matrix.account_manager, matrix.acme_us, "one")
    with nothing_changed(), pytest.raises(Denied):
        edit_comment(comment, actor=matrix.sales_manager, text="two")
    edit_comment(comment, actor=matrix.account_manager, text="two")
    comment.refresh_from_db()
    assert comment.text == "two" and comment.edited_at
    time_machine_of_a_day()
    for act in (
        lambda: edit_comment(comment, actor=matrix.account_manager, text="three"),
        lambda: delete_comment(comment, actor=matrix.account_manager),
    ):
        with nothing_changed(), pytest.raises(Denied) as caught:
            act()
        assert caught.value.code == "comment_too_old"


@pytest.fixture
def time_machine_of_a_day(monkeypatch):
    """Let more than a day pass."""
    real = clock.now

    def move():
        monkeypatch.setattr(clock, "now", lambda: real() + timedelta(hours=25))

    return move


def test_a_deleted_comment_leaves_its_place_and_its_history(matrix):  # noqa: F811
    comment = write(matrix.account_manager, matrix.acme_us, f"secret @[{matrix.sales_manager.pk}]")
    delete_comment(comment, actor=matrix.account_manager)
    comment.refresh_from_db()
    assert comment.text == "" and comment.deleted_at and not comment.mentioned.exists() and comment.parts() == []
    texts = list(Comment.pgh_event_model.objects.filter(pgh_obj_id=comment.pk).order_by("pgh_id").values_list("text", flat=True))
    assert texts[0].startswith("secret") and texts[-1] == ""


def test_only_people_who_may_see_the_record_are_offered(matrix):  # noqa: F811
    assert matrix.account_manager in people_to_mention(matrix.acme_us, "ele mar")
    assert people_to_mention(matrix.acme_us, "marco bini") == []
