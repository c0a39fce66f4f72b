"""The pages of people, roles, substitutes, locations, markets, assignments and hand-overs as people use them."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.actions.hand_over import hand_over
from accounts.duplicates import SHARED_CUSTOMER
from accounts.models import Assignment, Delegation, Department, HandOver, Location, Market, RoleGrant, User, account_manager_of
from accounts.reports.team import PERSON_FIGURES, PERSON_FIGURES_READERS, Work
from kam.core import clock
from kam.core.parameters import ParameterValue, set_parameter
from kam.core.work import WorkItem, assign_work, complete_work, define_work
from tests.factories.accounts import DelegationFactory, MarketFactory
from tests.matrix import Matrix

pytestmark = pytest.mark.django_db
TASK = define_work("test_task", "Look after %(record)s")


@pytest.fixture
def client(client: Client, settings: Any) -> Client:
    settings.DEMO = True
    return client


def _addresses(matrix: Matrix) -> dict[str, str]:
    """Every page of this floor that is read, with the roles that may: `all`, or the name of one."""
    row = DelegationFactory(principal=matrix.nobody, substitute=matrix.quality_it)
    made = HandOver.objects.create(
        source=matrix.account_manager, target=matrix.account_manager2, day=clock.today() + timedelta(days=3)
    )
    market = MarketFactory()
    grant = matrix.quality_it.grants.get()
    assignment = Assignment.objects.get(group=matrix.acme)
    place, department = matrix.italy, Department.objects.first()
    return {
        "/people/": "all",
        f"/people/{matrix.nobody.pk}/": "all",
        "/people/me/": "all",
        "/people/me/sessions/": "all",
        f"/people/{matrix.nobody.pk}/grant-role/": "administrator",
        "/roles/": "all",
        f"/roles/{grant.pk}/end/": "administrator",
        "/locations/": "all",
        "/locations/new/": "administrator",
        f"/locations/{place.pk}/": "all",
        f"/locations/{place.pk}/edit/": "administrator",
        "/departments/": "all",
        "/departments/new/": "administrator",
        f"/departments/{department.pk}/": "all",
        f"/departments/{department.pk}/edit/": "administrator",
        "/markets/": "all",
        "/markets/new/": "administrator",
        f"/markets/{market.pk}/": "all",
        f"/markets/{market.pk}/edit/": "administrator",
        "/delegations/": "all",
        f"/delegations/{row.pk}/": "all",
        "/delegations/new/": "quality_it",
        "/delegations/for-other/": "sales_manager",
        f"/delegations/{row.pk}/end/": "sales_manager",
        "/assignments/": "all",
        "/assignments/new/": "sales_manager",
        "/assignments/gaps/": "all",
        f"/assignments/{assignment.pk}/": "all",
        f"/assignments/{assignment.pk}/end/": "sales_manager",
        "/hand-overs/": "all",
        "/hand-overs/new/": "sales_manager",
        f"/hand-overs/{made.pk}/": "sales_manager",
        f"/hand-overs/{made.pk}/cancel/": "sales_manager",
        "/first-screen/away/": "all",
        "/first-screen/gaps/": "all",
        "/first-screen/team/": "all",
        "/first-screen/setup/": "all",
        "/access-log/": "administrator",
    }


def test_every_page_opens_for_who_may_and_says_why_not_to_the_others(client: Client, matrix: Matrix) -> None:
    for address, who in _addresses(matrix).items():
        allowed = getattr(matrix, "administrator" if who == "all" else who)
        client.force_login(allowed)
        assert client.get(address).status_code == 200, (address, who)
        client.force_login(matrix.logistics_it)
        answer = client.get(address).status_code
        expected = {200} if who in {"all", "quality_it"} else {403, 404}
        assert answer in expected, (address, who, answer)


def test_lists_take_the_same_queries_however_long(client: Client, matrix: Matrix, django_assert_max_num_queries: Any) -> None:
    client.force_login(matrix.administrator)
    for address in (
        "/people/",
        "/roles/",
        "/locations/",
        "/departments/",
        "/markets/",
        "/delegations/",
        "/assignments/",
        "/hand-overs/",
        "/access-log/",
    ):
        with django_assert_max_num_queries(22):
            assert client.get(address).status_code == 200


def test_an_administrator_grants_and_ends_a_role_on_the_card(client: Client, matrix: Matrix) -> None:
    client.force_login(matrix.administrator)
    response = client.post(f"/people/{matrix.nobody.pk}/grant-role/", {"role": "quality", "location": matrix.germany.pk})
    assert response.status_code == 302
    grant = RoleGrant.objects.get(user=matrix.nobody)
    assert (grant.role, grant.location, grant.first_day) == ("quality", matrix.germany, clock.today())
    again = client.post(f"/people/{matrix.nobody.pk}/grant-role/", {"role": "quality", "location": matrix.germany.pk})
    assert (again.status_code, RoleGrant.objects.filter(user=matrix.nobody).count()) == (422, 1)
    assert client.post(f"/roles/{grant.pk}/end/", {"reason": "moved"}).status_code == 302
    assert RoleGrant.objects.filter(user=matrix.nobody).count() == 0


def test_an_administrator_adds_a_location_a_department_and_a_market(client: Client, matrix: Matrix) -> None:
    client.force_login(matrix.administrator)
    values = {
        "code": "FR", "name_en": "Lyon", "country": "FR", "time_zone": "Europe/Paris", "currency": "EUR",
        "calendar": matrix.italy.calendar_id, "sells": "on", "is_active": "on",
    }  # fmt: skip
    assert client.post("/locations/new/", values).status_code == 302
    lyon = Location.objects.get(code="FR")
    assert (lyon.sells, lyon.produces) == (True, False)
    taken = client.post("/locations/new/", values)
    assert taken.status_code == 422
    assert "Lyon" in taken.content.decode()
    client.post(
        "/departments/new/", {"location": lyon.pk, "function": "quality", "name_en": "Quality Lyon", "head": matrix.quality_it.pk}
    )
    assert Department.objects.get(location=lyon).head == matrix.quality_it
    client.post("/markets/new/", {"code": "FR", "dimension": "area", "name_en": "France", "countries": "fr"})
    assert Market.objects.get(code="FR").countries == "FR"


def test_the_sales_manager_assigns_and_is_told_who_holds_it(client: Client, matrix: Matrix, nothing_changed: Any) -> None:
    client.force_login(matrix.sales_manager)
    with nothing_changed():
        response = client.post(
            "/assignments/new/", {"kind": "account_manager", "user": matrix.account_manager2.pk, "group": matrix.acme.pk}
        )
    assert response.status_code == 422
    assert "Elena Marchetti" in response.content.decode()


def test_a_hand_over_is_chosen_previewed_and_confirmed(client: Client, matrix: Matrix, nothing_changed: Any) -> None:
    item = assign_work(matrix.acme_it, TASK, to=matrix.account_manager, actor=None)
    client.force_login(matrix.sales_manager)
    today = clock.today()
    chosen = {
        "step": "choose",
        "source": matrix.account_manager.pk,
        "target": matrix.account_manager2.pk,
        "day": today.isoformat(),
    }
    with nothing_changed():
        preview = client.post("/hand-overs/new/", chosen)
    assert preview.status_code == 200
    assert "ACME" in preview.content.decode()
    assert "Look after" in preview.content.decode()
    row = Assignment.objects.get(group=matrix.acme)
    with nothing_changed():
        assert client.post("/hand-overs/new/", {**chosen, "step": "confirm"}).status_code == 422
    done = client.post("/hand-overs/new/", {**chosen, "step": "confirm", "assignments": [row.pk], "reason": "growth"})
    made = HandOver.objects.get()
    assert (done.status_code, done["Location"], made.status) == (302, f"/hand-overs/{made.pk}/", "done")
    item.refresh_from_db()
    assert item.assignee == matrix.account_manager2
    assert account_manager_of(matrix.acme_it, today) == matrix.account_manager2
    assert client.get(f"/hand-overs/{made.pk}/").status_code == 200


def test_a_hand_over_that_cannot_be_says_why_and_keeps_what_was_typed(
    client: Client, matrix: Matrix, nothing_changed: Any
) -> None:
    client.force_login(matrix.sales_manager)
    with nothing_changed():
        response = client.post(
            "/hand-overs/new/",
            {
                "step": "choose",
                "source": matrix.account_manager.pk,
                "target": matrix.quality_it.pk,
                "day": clock.today().isoformat(),
            },
        )
    assert response.status_code == 422
    assert "does not hold the role" in response.content.decode()


def test_a_planned_hand_over_is_called_off_on_its_page(client: Client, matrix: Matrix) -> None:
    made = hand_over(
        HandOver,
        actor=matrix.sales_manager,
        source=matrix.account_manager,
        target=matrix.account_manager2,
        day=clock.today() + timedelta(days=5),
    )
    client.force_login(matrix.sales_manager)
    assert client.post(f"/hand-overs/{made.pk}/cancel/", {"reason": "stays"}).status_code == 302
    made.refresh_from_db()
    assert made.status == "cancelled"


def test_one_names_a_substitute_and_the_note_is_for_those_concerned(client: Client, matrix: Matrix) -> None:
    client.force_login(matrix.account_manager)
    today = clock.today()
    values = {
        "substitute": matrix.account_manager2.pk,
        "first_day": today.isoformat(),
        "last_day": (today + timedelta(days=3)).isoformat(),
        "note": "At the hospital",
    }
    assert client.post("/delegations/new/", values).status_code == 302
    row = Delegation.objects.get(principal=matrix.account_manager)
    assert row.substitute == matrix.account_manager2
    assert "At the hospital" in client.get(f"/delegations/{row.pk}/").content.decode()
    client.force_login(matrix.quality_it)
    assert "At the hospital" not in client.get(f"/delegations/{row.pk}/").content.decode()


def test_on_return_one_reads_what_happened_once_and_finds_it_later(client: Client, matrix: Matrix) -> None:
    person, substitute = matrix.account_manager, User.objects.get(pk=matrix.account_manager2.pk)
    today = clock.today()
    row = DelegationFactory(
        principal=person,
        substitute=substitute,
        period=type(Assignment.objects.first().period)(today - timedelta(days=5), today + timedelta(days=1), "[)"),
    )
    item = assign_work(matrix.acme_it, TASK, to=person, actor=matrix.sales_manager)
    waiting = assign_work(matrix.acme_de, TASK, to=person, actor=matrix.sales_manager)
    complete_work(item, actor=substitute)
    client.force_login(person)
    with clock.moment(clock.now() + timedelta(days=2)):
        assert f"/delegations/{row.pk}/away/" in client.get("/first-screen/away/").content.decode()
        page = client.get(f"/delegations/{row.pk}/away/").content.decode()
        assert "Marco Bini" in page
        assert item.words in page
        assert f"/inbox/{waiting.pk}/" in page
        assert client.post(f"/delegations/{row.pk}/away/read/").status_code == 302
        assert f"/delegations/{row.pk}/away/" not in client.get("/first-screen/away/").content.decode()
        assert client.get(f"/delegations/{row.pk}/away/").status_code == 200
    client.force_login(matrix.sales_manager)
    assert client.get(f"/delegations/{row.pk}/away/").status_code == 404


def test_what_the_substitute_did_in_ones_name_is_listed(matrix: Matrix) -> None:
    from accounts.actions.customer import edit_customer
    from accounts.reports.absence import while_away

    substitute = User.objects.get(pk=matrix.account_manager2.pk)
    row = DelegationFactory(
        principal=matrix.account_manager,
        substitute=substitute,
        period=type(Assignment.objects.first().period)(clock.today(), clock.today() + timedelta(days=1), "[)"),
    )
    edit_customer(matrix.acme_it, actor=substitute, city="Ivrea")
    edit_customer(matrix.beta, actor=substitute, city="Marburg")
    deeds = while_away(row, User.objects.get(pk=matrix.account_manager.pk)).deeds
    assert [(deed.record, deed.actor) for deed in deeds if deed.record == matrix.acme_it] == [(matrix.acme_it, substitute)]
    assert all(deed.record != matrix.beta for deed in deeds)


def test_the_first_screen_shows_gaps_team_and_what_is_missing(client: Client, matrix: Matrix) -> None:
    client.force_login(matrix.sales_manager)
    assert "Elena Marchetti" in client.get("/first-screen/team/").content.decode()
    assert client.get("/first-screen/gaps/").status_code == 200
    client.force_login(matrix.account_manager)
    assert "Elena Marchetti" not in client.get("/first-screen/team/").content.decode()
    client.force_login(matrix.administrator)
    setup = client.get("/first-screen/setup/").content.decode()
    assert "without_role" in setup


def test_figures_of_single_persons_show_only_where_their_location_allows_it(client: Client, matrix: Matrix) -> None:
    now = clock.now()
    for turn, person in enumerate((matrix.area_manager_de, matrix.area_manager_us, matrix.account_manager)):
        late, done = (
            assign_work(matrix.acme_de, SHARED_CUSTOMER, to=person, actor=matrix.sales_manager, occasion=f"{turn}{n}", due=due)
            for n, due in enumerate((now - timedelta(days=1), now + timedelta(days=1)))
        )
        WorkItem.objects.filter(pk=done.pk).update(state="done", done_at=now, done_by=person)
        assert late.state == "open"
    client.force_login(matrix.sales_manager)

    def shown() -> dict[str, Work | None]:
        return {one.person.email: one.work for one in client.get("/first-screen/team/").context["team"]}

    assert set(shown().values()) == {None} and "Open work" not in client.get("/first-screen/team/").content.decode()
    of_germany = f"location:{matrix.germany.pk}"
    set_parameter(ParameterValue, actor=None, key=PERSON_FIGURES.key, value=True, scope=of_germany)
    assert shown()[matrix.area_manager_de.email] == Work(open=1, late=1, done=1, in_time=1)
    assert shown()[matrix.area_manager_us.email] is shown()[matrix.account_manager.email] is None
    # Who leads accounts everywhere follows the general value; a location may still keep its own people out.
    set_parameter(ParameterValue, actor=None, key=PERSON_FIGURES.key, value=True)
    set_parameter(ParameterValue, actor=None, key=PERSON_FIGURES.key, value=False, scope=of_germany)
    assert shown()[matrix.account_manager.email] == Work(open=1, late=1, done=1, in_time=1)
    assert shown()[matrix.area_manager_de.email] is None
    WorkItem.objects.filter(state="done").update(done_at=now - timedelta(days=91))
    assert shown()[matrix.account_manager.email] == Work(open=1, late=1, done=0, in_time=0)
    set_parameter(ParameterValue, actor=None, key=PERSON_FIGURES_READERS.key, value=["management"])
    assert set(shown().values()) == {None}


def test_a_profile_leads_to_password_second_factor_sessions_and_substitute(client: Client, matrix: Matrix) -> None:
    client.force_login(matrix.nobody)
    page = client.get("/people/me/").content.decode()
    for name in ("account_change_password", "mfa_index", "accounts:session_list", "accounts:delegation_create"):
        assert reverse(name) in page
