"""People: added, edited, shut out at once, let in again; every refusal leaves everything as it was."""

from datetime import timedelta

import pytest

from accounts.actions.user import create_user, deactivate_user, edit_profile, edit_user, reactivate_user
from accounts.models import Assignment, RoleGrant, User, account_manager_of
from kam.core import clock
from kam.core.access_log import AccessLog
from kam.core.tokens import find_token, issue_token
from kam.core.work import WorkItem, assign_work, define_work, inbox_of
from kam.core.workflow import Denied, Refusals
from tests.factories.accounts import DelegationFactory, RoleGrantFactory, UserFactory
from tests.matrix import Matrix

pytestmark = pytest.mark.django_db
CALL = define_work("test_call_back", "Call back %(record)s")


def test_an_administrator_adds_a_person_who_cannot_log_in_before_setting_a_password(matrix: Matrix) -> None:
    made = create_user(
        User, actor=matrix.administrator, email=" New.Person@KAM.example ", first_name="New", last_name="Person", language="de"
    )
    made.refresh_from_db()
    assert (made.email, made.language, made.has_usable_password(), made.is_staff) == (
        "new.person@kam.example",
        "de",
        False,
        False,
    )
    entry = AccessLog.objects.latest("pk")
    assert (entry.kind, entry.user, entry.about) == ("account", matrix.administrator, "create new.person@kam.example")


@pytest.mark.parametrize(
    ("values", "codes"),
    [
        ({"email": "ACCOUNT.MANAGER@kam.example", "first_name": "A", "last_name": "B"}, ["email_taken"]),
        ({"email": "no address", "first_name": "", "last_name": "B"}, ["invalid_email", "required"]),
        (
            {"first_name": "A", "last_name": "B", "time_zone": "Mars/Olympus", "language": "fr"},
            ["invalid_email", "unknown_time_zone", "unknown_language"],
        ),
    ],
)
def test_what_is_wrong_is_told_at_once_and_nobody_is_added(
    matrix: Matrix, nothing_changed, values: dict, codes: list[str]
) -> None:
    with nothing_changed(), pytest.raises(Refusals) as refused:
        create_user(User, actor=matrix.administrator, **values)
    assert [denied.code for denied in refused.value.refusals] == codes


@pytest.mark.parametrize("who", ["sales_manager", "account_manager", "management", "nobody"])
def test_only_administrators_keep_people(matrix: Matrix, nothing_changed, who: str) -> None:
    with nothing_changed(), pytest.raises(Denied) as refused:
        create_user(User, actor=getattr(matrix, who), email="x@kam.example", first_name="X", last_name="Y")
    assert refused.value.status == 403
    with nothing_changed(), pytest.raises(Denied) as refused:
        deactivate_user(matrix.quality_it, actor=getattr(matrix, who))
    assert refused.value.status == 403


def test_one_edits_ones_own_profile_but_not_the_address_nor_a_colleague(matrix: Matrix, nothing_changed) -> None:
    edit_profile(matrix.nobody, actor=matrix.nobody, language="it", phone="+39 055 1", email="other@kam.example")
    matrix.nobody.refresh_from_db()
    assert (matrix.nobody.language, matrix.nobody.phone, matrix.nobody.email) == ("it", "+39 055 1", "nobody@kam.example")
    with nothing_changed(), pytest.raises(Denied):
        edit_profile(matrix.quality_it, actor=matrix.nobody, language="it")


def test_an_edit_that_changes_nothing_writes_nothing(matrix: Matrix, nothing_changed) -> None:
    with nothing_changed():
        edit_user(matrix.nobody, actor=matrix.administrator, first_name=matrix.nobody.first_name)


def test_a_stale_edit_is_refused(matrix: Matrix, nothing_changed) -> None:
    edit_user(matrix.nobody, actor=matrix.administrator, phone="1")
    with nothing_changed(), pytest.raises(Denied) as refused:
        edit_user(matrix.nobody, actor=matrix.administrator, version=1, phone="2")
    assert (refused.value.code, refused.value.status) == ("changed_meanwhile", 412)


def test_a_log_in_does_not_count_as_a_change(matrix: Matrix) -> None:
    before = User.objects.get(pk=matrix.nobody.pk).version
    matrix.nobody.last_login = clock.now()
    matrix.nobody.save(update_fields=["last_login"])
    assert User.objects.get(pk=matrix.nobody.pk).version == before


def test_deactivation_cuts_tokens_ends_roles_and_duties_and_lets_open_work_go_up(matrix: Matrix, client) -> None:
    leader = matrix.account_manager
    client.force_login(leader)
    token = issue_token(leader, name="test")
    item = assign_work(matrix.acme_it, CALL, to=leader, actor=None)
    assert account_manager_of(matrix.acme_it, clock.today()) == leader
    deactivate_user(leader, actor=matrix.administrator, reason="left")
    leader.refresh_from_db()
    assert leader.is_active is False
    assert find_token(token) is None
    assert client.get("/api/v1/users/").status_code in {401, 403, 404}
    assert RoleGrant.objects.on(clock.today()).filter(user=leader).count() == 0
    assert account_manager_of(matrix.acme_it, clock.today()) is None
    item.refresh_from_db()
    assert (item.state, item.audience, item.assignee) == ("open", "role:sales_manager", None)
    assert list(inbox_of(matrix.sales_manager)) == [item]


def test_who_led_an_account_before_the_deactivation_still_did(matrix: Matrix) -> None:
    yesterday = clock.today() - timedelta(days=1)
    deactivate_user(matrix.account_manager, actor=matrix.administrator)
    assert account_manager_of(matrix.acme_it, yesterday) == matrix.account_manager


def test_nobody_deactivates_themselves_or_the_last_administrator(matrix: Matrix, nothing_changed) -> None:
    with nothing_changed(), pytest.raises(Denied) as refused:
        deactivate_user(matrix.administrator, actor=matrix.administrator)
    assert refused.value.code == "not_yourself"
    second = UserFactory()
    RoleGrantFactory(user=second, role="administrator", location=matrix.italy)
    with nothing_changed(), pytest.raises(Denied) as refused:
        deactivate_user(matrix.administrator, actor=second)
    assert refused.value.code == "last_administrator"


def test_deactivating_twice_changes_nothing_more(matrix: Matrix, nothing_changed) -> None:
    deactivate_user(matrix.quality_it, actor=matrix.administrator)
    with nothing_changed():
        deactivate_user(matrix.quality_it, actor=matrix.administrator)


def test_who_is_let_in_again_has_no_role_and_no_old_password(matrix: Matrix) -> None:
    matrix.quality_it.set_password("an old long secret")
    matrix.quality_it.save()
    deactivate_user(matrix.quality_it, actor=matrix.administrator)
    reactivate_user(matrix.quality_it, actor=matrix.administrator)
    again = User.objects.get(pk=matrix.quality_it.pk)
    assert (again.is_active, again.has_usable_password(), again.may("accounts.delegate")) == (True, False, False)


def test_the_substitution_of_somebody_who_left_ends(matrix: Matrix) -> None:
    DelegationFactory(principal=matrix.account_manager, substitute=matrix.account_manager2)
    deactivate_user(matrix.account_manager2, actor=matrix.administrator)
    assert Assignment.objects.on(clock.today()).filter(user=matrix.account_manager2).count() == 0
    assert matrix.account_manager.delegations_given.get().holds_on(clock.today()) is False
    assert WorkItem.objects.count() == 0
