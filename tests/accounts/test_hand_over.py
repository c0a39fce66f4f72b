"""Hand-over: as-was and as-is, work moves on the day, the old person loses the right to write, what is planned can be called off."""

from datetime import UTC, date, datetime, timedelta

import pytest

from accounts.actions.delegation import delegate
from accounts.actions.hand_over import cancel_hand_over, check_hand_over, hand_over
from accounts.models import Assignment, Customer, Delegation, HandOver, User, account_manager_of
from accounts.reports.assignment import responsibility
from accounts.reports.hand_over import preview_hand_over
from accounts.tasks import complete_hand_overs
from kam.core import clock
from kam.core.work import assign_work, define_work, inbox_of
from kam.core.workflow import Denied
from tests.factories.accounts import CustomerFactory
from tests.matrix import Matrix

pytestmark = pytest.mark.django_db
QUOTE = define_work("test_quote", "Quote for %(record)s")
JUNE = datetime(2026, 6, 15, 9, tzinfo=UTC)
JULY = datetime(2026, 7, 1, 9, tzinfo=UTC)
FIRST = date(2026, 7, 1)


def _fresh(user: User) -> User:
    return User.objects.get(pk=user.pk)


@pytest.mark.acceptance("AT-87")
def test_account_manager_changes_on_the_first_of_july(matrix: Matrix) -> None:
    x, y = matrix.account_manager, matrix.account_manager2
    with clock.moment(JUNE):
        about_acme = assign_work(matrix.acme_us, QUOTE, to=x, actor=None)
        about_plant = assign_work(matrix.acme_it_plant, QUOTE, to=x, actor=None)
        about_beta = assign_work(matrix.beta, QUOTE, to=x, actor=None)
        made = hand_over(HandOver, actor=matrix.sales_manager, source=x, target=y, day=FIRST)
        assert (made.status, made.done_at) == ("planned", None)
        assert {item.pk for item in inbox_of(_fresh(x))} == {about_acme.pk, about_plant.pk, about_beta.pk}
        assert Customer.objects.permitted(_fresh(x), "accounts.edit_customer").filter(pk=matrix.acme_it.pk).exists()
        assert complete_hand_overs() == 0
    with clock.moment(JULY):
        assert not Customer.objects.permitted(_fresh(x), "accounts.edit_customer").exists()
        assert Customer.objects.permitted(_fresh(y), "accounts.edit_customer").filter(pk=matrix.acme_it.pk).exists()
        assert complete_hand_overs() == 1
        assert complete_hand_overs() == 0
        made.refresh_from_db()
        assert (made.status, made.done_at, made.moved) == ("done", JULY, {"assignments": 1, "work": 2})
        assert {item.pk for item in inbox_of(_fresh(y))} == {about_acme.pk, about_plant.pk}
        assert {item.pk for item in inbox_of(_fresh(x))} == {about_beta.pk}
        as_was = dict(responsibility(matrix.sales_manager, date(2026, 6, 30)))
        as_is = dict(responsibility(matrix.sales_manager, date(2026, 6, 30), as_is=True))
    assert [as_was[customer] for customer in (matrix.acme_it, matrix.acme_de, matrix.acme_us)] == [x, x, x]
    assert [as_is[customer] for customer in (matrix.acme_it, matrix.acme_de, matrix.acme_us)] == [y, y, y]
    assert account_manager_of(matrix.acme_de, date(2026, 6, 30)) == x
    assert account_manager_of(matrix.acme_de, FIRST) == y


def test_a_hand_over_of_today_moves_the_work_at_once_and_tells_both(matrix: Matrix) -> None:
    item = assign_work(matrix.beta_plant, QUOTE, to=matrix.area_manager_de, actor=None)
    delegate(
        Delegation,
        actor=matrix.area_manager_de,
        substitute=matrix.nobody,
        first_day=clock.today() + timedelta(days=1),
        last_day=clock.today() + timedelta(days=2),
    )
    from tests.factories.accounts import RoleGrantFactory

    RoleGrantFactory(user=matrix.nobody, role="area_manager", location=matrix.germany)
    row = Assignment.objects.get(plant=matrix.beta_plant)
    made = hand_over(
        HandOver,
        actor=matrix.sales_manager,
        source=matrix.area_manager_de,
        target=matrix.nobody,
        day=clock.today(),
        assignments=[row],
    )
    item.refresh_from_db()
    assert (made.status, item.assignee) == ("done", matrix.nobody)
    held = {
        (assignment.user, assignment.plant) for assignment in Assignment.objects.on(clock.today()).filter(location=matrix.germany)
    }
    assert held == {(matrix.nobody, matrix.beta_plant), (matrix.area_manager_de, matrix.acme_de_plant)}
    for person in (matrix.nobody, matrix.area_manager_de):
        assert person.notifications.filter(kind="hand_over_done").count() == 1


def test_the_preview_says_what_would_pass_and_writes_nothing(matrix: Matrix, nothing_changed) -> None:
    item = assign_work(matrix.acme_it, QUOTE, to=matrix.account_manager, actor=None)
    assign_work(matrix.beta, QUOTE, to=matrix.account_manager, actor=None)
    with nothing_changed():
        rows = check_hand_over(matrix.account_manager, matrix.account_manager2, clock.today(), None)
        preview = preview_hand_over(matrix.account_manager, matrix.account_manager2, clock.today(), rows)
    assert [row.subject for row in preview.assignments] == [matrix.acme]
    assert preview.work == [item]
    assert [(one.code, one.count) for one in preview.touched][:2] == [("assignments", 1), ("work", 1)]


def test_work_from_which_the_new_person_is_excluded_goes_up(matrix: Matrix) -> None:
    item = assign_work(matrix.acme_it, QUOTE, to=matrix.account_manager, actor=None, excluded=[matrix.account_manager2])
    hand_over(
        HandOver, actor=matrix.sales_manager, source=matrix.account_manager, target=matrix.account_manager2, day=clock.today()
    )
    item.refresh_from_db()
    assert item.audience == "role:sales_manager"


def test_a_planned_hand_over_can_be_called_off_and_everything_stays_with_the_old_person(matrix: Matrix, nothing_changed) -> None:
    day = clock.today() + timedelta(days=30)
    later = Assignment.objects.create(
        kind="account_manager",
        user=matrix.account_manager,
        customer=CustomerFactory(),
        period=type(Assignment.objects.first().period)(day + timedelta(days=5), None, "[)"),
    )
    made = hand_over(HandOver, actor=matrix.sales_manager, source=matrix.account_manager, target=matrix.account_manager2, day=day)
    assert made.assignments.count() == 2
    with nothing_changed(), pytest.raises(Denied) as refused:
        hand_over(
            HandOver,
            actor=matrix.sales_manager,
            source=matrix.account_manager2,
            target=matrix.account_manager,
            day=day + timedelta(days=9),
        )
    assert refused.value.code == "planned_hand_over"
    cancel_hand_over(made, actor=matrix.sales_manager)
    held = {(row.subject, row.first_day, row.last_day) for row in Assignment.objects.filter(user=matrix.account_manager)}
    assert held == {(matrix.acme, None, None), (later.customer, day + timedelta(days=5), None)}
    assert Assignment.objects.filter(user=matrix.account_manager2, group=matrix.acme).count() == 0
    made.refresh_from_db()
    assert made.status == "cancelled"
    with nothing_changed(), pytest.raises(Denied) as refused:
        cancel_hand_over(made, actor=matrix.sales_manager)
    assert refused.value.code == "wrong_status"


def test_refusals_of_a_hand_over_change_nothing(matrix: Matrix, nothing_changed) -> None:
    x, y, today = matrix.account_manager, matrix.account_manager2, clock.today()
    foreign = Assignment.objects.get(customer=matrix.beta)
    cases = [
        ("two_persons", {"source": x, "target": x, "day": today}),
        ("not_backwards", {"source": x, "target": y, "day": today - timedelta(days=1)}),
        ("nothing_to_hand_over", {"source": matrix.nobody, "target": y, "day": today}),
        ("role_not_held", {"source": x, "target": matrix.quality_it, "day": today}),
        ("not_theirs", {"source": x, "target": y, "day": today, "assignments": [foreign]}),
    ]
    for code, values in cases:
        with nothing_changed(), pytest.raises(Denied) as refused:
            hand_over(HandOver, actor=matrix.sales_manager, **values)
        assert refused.value.code == code
    for actor in (x, matrix.administrator, matrix.area_manager_de):
        with nothing_changed(), pytest.raises(Denied) as refused:
            hand_over(HandOver, actor=actor, source=x, target=y, day=today)
        assert refused.value.status == 403
