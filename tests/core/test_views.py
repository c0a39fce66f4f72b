"""The base pages on real screens: lists that filter, sort, page, choose columns, keep views and export; records, forms, verbs."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from kam.core.jobs import Job
from kam.core.saved_views import ListLayout, SavedView
from tests.factories.accounts import UserFactory
from tests.pages import client_for, rows, words

HTMX = {"HX-Request": "true", "HX-Target": "rows"}


@pytest.fixture
def administrator(db):
    return UserFactory(role="administrator", first_name="Ada", last_name="Zurlini", language="en")


@pytest.fixture
def colleague(db):
    return UserFactory(role="quality", first_name="Bruno", last_name="Alberti", language="en")


@pytest.fixture
def people(administrator, colleague):
    UserFactory(first_name="Carla", last_name="Bini", language="de", phone="+39 1")
    UserFactory(first_name="Dario", last_name="Conti", language="de", is_active=False)
    return administrator, colleague


def test_nobody_sees_a_page_without_logging_in(client, db):
    for path in ("/", "/people/", "/people/1/", "/help/", "/jobs/"):
        answer = client.get(path)
        assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, "/accounts/login/")


def test_pages_of_a_signed_in_person_are_kept_out_of_every_cache(administrator):
    answer = client_for(administrator).get("/people/")
    assert {"private", "no-store"} <= {part.strip() for part in answer["Cache-Control"].split(",")}
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert answer["Content-Language"] == "en"


def test_no_page_holds_an_inline_style_or_handler(people):
    client = client_for(people[0])
    for path in (
        "/",
        "/people/",
        f"/people/?drawer={people[1].pk}",
        f"/people/{people[1].pk}/",
        "/people/me/",
        "/people/new/",
        "/help/",
        "/jobs/",
    ):
        text = client.get(path).content.decode()
        assert not re.search(r'\sstyle="|\son[a-z]+="|javascript:|hx-on|<style', text), path
        assert not [tag for tag in re.findall(r"<script[^>]*>", text) if "src=" not in tag and "application/json" not in tag], (
            path
        )


def test_a_list_is_sorted_in_a_total_order_and_turned_round_by_a_second_click(people):
    client = client_for(people[0])
    assert rows(client.get("/people/")) == ["Bruno Alberti", "Carla Bini", "Dario Conti", "Ada Zurlini"]
    assert rows(client.get("/people/?ordering=-name")) == ["Ada Zurlini", "Dario Conti", "Carla Bini", "Bruno Alberti"]
    turned = client.get("/people/?ordering=name").content.decode()
    assert 'aria-sort="ascending"' in turned and "?ordering=-name" in turned
    assert rows(client.get("/people/?ordering=password")) == rows(client.get("/people/"))


def test_filters_stand_in_the_address_and_as_chips_that_can_be_taken_away(people):
    answer = client_for(people[0]).get("/people/?language=de&search=n")
    assert rows(answer) == ["Carla Bini", "Dario Conti"]
    text = answer.content.decode()
    assert '<a href="?search=n"' in text and "<b>Deutsch</b>" in text


def test_a_filter_that_cannot_be_read_shows_no_rows_and_says_so(people):
    answer = client_for(people[0]).get("/people/?language=xx")
    assert rows(answer) == [] and "Select a valid choice" in words(answer)


def test_a_page_past_the_end_is_the_last_one_and_nonsense_the_first(people):
    client = client_for(people[0])
    assert rows(client.get("/people/?page_size=3&page=99")) == ["Ada Zurlini"]
    assert rows(client.get("/people/?page_size=3&page=none")) == ["Bruno Alberti", "Carla Bini", "Dario Conti"]
    assert len(rows(client.get("/people/?page_size=0"))) == 1
    assert len(rows(client.get("/people/?page_size=99999999999"))) == 4


def test_htmx_gets_the_list_without_the_frame(people):
    text = client_for(people[0]).get("/people/", headers=HTMX).content.decode()
    assert 'id="rows"' in text and "<html" not in text and "k-side" not in text


def test_the_drawer_shows_the_row_and_its_neighbours(people):
    administrator, colleague = people
    client = client_for(administrator)
    answer = client.get(f"/people/?drawer={colleague.pk}", headers={"HX-Request": "true", "HX-Target": "drawer"})
    assert "1 of 4" in words(answer) and "Bruno Alberti" in words(answer)
    assert client.get("/people/?drawer=999999", headers={"HX-Request": "true", "HX-Target": "drawer"}).status_code == 404
    assert client.get("/people/?drawer=x' or 1=1").status_code == 200


def test_columns_and_row_height_are_remembered_per_person(people):
    administrator, colleague = people
    client = client_for(administrator)
    chosen = {"do": "layout", "column": ["created_at", "phone", "nonsense"], "density": "comfortable", "page_size": "100"}
    assert client.post("/people/?language=de", chosen)["Location"] == "/people/?language=de"
    layout = ListLayout.objects.get()
    assert (layout.columns, layout.comfortable, layout.page_size) == (["created_at", "phone"], True, 100)
    heads = re.findall(r'<th scope="col"[^>]*>(?:<a[^>]*>)?([^<]+)', client.get("/people/").content.decode())
    assert heads == ["Name", "Added", "Phone"]
    assert "Added" not in words(client_for(colleague).get("/people/")).partition("Columns")[0]


def test_a_column_without_the_right_is_neither_shown_nor_sorted_by_nor_exported(people):
    administrator, colleague = people
    assert "Last log-in" in words(client_for(administrator).get("/people/?columns=last_login"))
    client = client_for(colleague)
    for query in ("?columns=last_login", "?ordering=-last_login"):
        assert "Last log-in" not in words(client.get(f"/people/{query}"))
    assert rows(client.get("/people/?ordering=-last_login")) == rows(client.get("/people/"))
    assert "Last log-in" not in client.get("/people/?columns=last_login&export=csv").content.decode()


def test_a_view_is_saved_shared_and_deleted_only_by_its_owner(people):
    administrator, colleague = people
    client = client_for(administrator)
    answer = client.post("/people/?language=de&page=2", {"do": "save_view", "name": "  Germans ", "shared": "1"})
    view = SavedView.objects.get()
    assert (view.name, view.query, view.shared, view.page) == ("Germans", "language=de", True, "accounts.user")
    assert answer["Location"] == f"/people/?language=de&view={view.pk}"
    other = client_for(colleague)
    assert "Germans" in words(other.get("/people/"))
    other.post("/people/", {"do": "delete_view", "view": view.pk})
    assert SavedView.objects.filter(pk=view.pk).exists()
    client.post("/people/", {"do": "delete_view", "view": view.pk})
    assert not SavedView.objects.exists()


def test_a_view_without_a_name_is_refused(people, nothing_changed):
    client = client_for(people[0])
    with nothing_changed(apart_from=("django_session",)):
        answer = client.post("/people/", {"do": "save_view", "name": "  "})
    assert answer.status_code == 422 and "Give the view a name." in words(answer) and "data-open" in answer.content.decode()


def test_an_export_is_exactly_what_is_seen(people):
    answer = client_for(people[0]).get("/people/?language=de&ordering=-name&columns=phone&export=csv")
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert [line.replace('"', "") for line in lines][1:] == ["Dario Conti,", "Carla Bini,'+39 1"] or [
        line.replace('"', "") for line in lines
    ][1:] == ["Dario Conti;", "Carla Bini;'+39 1"]
    assert answer["Content-Disposition"].startswith("attachment")


def test_an_export_as_a_job_carries_filter_order_and_columns(people):
    administrator = people[0]
    answer = client_for(administrator).post("/people/?language=de&ordering=-name", {"do": "export", "format": "xlsx"})
    job = Job.objects.get()
    assert answer["Location"] == job.get_absolute_url()
    assert (job.actor, job.params["query"], job.params["format"]) == (administrator, "language=de&ordering=-name", "xlsx")


def test_a_bulk_action_touches_only_selected_rows_inside_the_filter(people):
    administrator, colleague = people
    client = client_for(administrator)
    bini = User.objects.get(last_name="Bini")
    chosen = {"bulk": "deactivate", "row": [bini.pk, colleague.pk], "reason": "left"}
    client.post("/people/?language=de", chosen)
    assert not User.objects.get(pk=bini.pk).is_active and User.objects.get(pk=colleague.pk).is_active


def test_a_bulk_action_tells_row_by_row_what_was_refused(people):
    administrator, colleague = people
    client = client_for(administrator)
    answer = client.post(
        "/people/", {"bulk": "deactivate", "row": [administrator.pk, colleague.pk], "reason": "left"}, follow=True
    )
    assert "1 row done." in words(answer) and "Ada Zurlini: Nobody deactivates themselves." in words(answer)


def test_a_bulk_action_of_others_is_not_offered_and_refused(people, nothing_changed):
    colleague = people[1]
    client = client_for(colleague)
    assert 'name="bulk"' not in client.get("/people/").content.decode()
    with nothing_changed(apart_from=("django_session",)):
        answer = client.post("/people/", {"bulk": "deactivate", "row": [people[0].pk], "reason": "x"}, follow=True)
    assert "Your role does not allow this here" in words(answer)


def test_a_list_takes_the_same_queries_whatever_its_length(people):
    client = client_for(people[0])
    client.get("/people/")
    with CaptureQueriesContext(connection) as few:
        client.get("/people/")
    UserFactory.create_batch(30)
    with CaptureQueriesContext(connection) as many:
        client.get("/people/")
    assert len(many) == len(few) <= 14


def test_a_record_shows_steps_edit_and_its_panels(people):
    administrator, colleague = people
    text = client_for(administrator).get(f"/people/{colleague.pk}/").content.decode()
    assert f"/people/{colleague.pk}/deactivate/" in text and f"/people/{colleague.pk}/edit/" in text
    assert "/timeline/" in text and 'hx-trigger="load"' in text
    mine = client_for(colleague).get(f"/people/{administrator.pk}/").content.decode()
    assert "/deactivate/" not in mine and "/edit/" not in mine


def test_a_record_that_is_not_there_is_not_found(administrator):
    client = client_for(administrator)
    for path in ("/people/999999/", "/people/999999/edit/", "/people/999999/deactivate/"):
        assert client.get(path).status_code == 404
    assert client.post("/people/999999/deactivate/").status_code == 404


def test_a_verb_that_is_not_yours_is_refused_with_the_reason_and_changes_nothing(people, nothing_changed):
    administrator, colleague = people
    client = client_for(colleague)
    with nothing_changed(apart_from=("django_session",)):
        answer = client.post(f"/people/{administrator.pk}/deactivate/", {"reason": "x"})
    assert answer.status_code == 403 and "Your role does not allow this here" in words(answer)
    assert client.get(f"/people/{administrator.pk}/edit/").status_code == 403


def test_a_verb_asks_for_its_reason_and_keeps_the_page_when_it_is_missing(people):
    administrator, colleague = people
    client = client_for(administrator)
    answer = client.post(f"/people/{colleague.pk}/deactivate/", {"reason": " "})
    assert answer.status_code == 422 and "This field is required." in words(answer)
    assert client.post(f"/people/{colleague.pk}/deactivate/", {"reason": "left"})["Location"] == f"/people/{colleague.pk}/"
    assert not User.objects.get(pk=colleague.pk).is_active


def test_a_refusal_of_the_action_stands_at_its_field_and_keeps_what_was_typed(people, nothing_changed):
    administrator, colleague = people
    client = client_for(administrator)
    typed = {
        "email": administrator.email,
        "first_name": "Bruno",
        "last_name": "Neri",
        "language": "it",
        "time_zone": "Europe/Rome",
    }
    with nothing_changed(apart_from=("django_session",)):
        answer = client.post(f"/people/{colleague.pk}/edit/", typed)
    text = answer.content.decode()
    assert answer.status_code == 422 and 'value="Neri"' in text
    assert re.search(r'id="id_email_error"[^>]*>.*exists already', text, re.DOTALL)


def test_the_second_writer_sees_both_values_and_nothing_is_lost(people):
    administrator, colleague = people
    client = client_for(administrator)
    page = client.get(f"/people/{colleague.pk}/edit/").content.decode()
    version = re.search(r'name="version" value="(\d+)"', page)[1]
    typed = {"email": colleague.email, "first_name": "Bruno", "last_name": "Mine", "language": "en", "time_zone": "Europe/Rome"}
    User.objects.filter(pk=colleague.pk).update(last_name="Theirs")
    answer = client.post(f"/people/{colleague.pk}/edit/", typed | {"version": version})
    assert answer.status_code == 409 and "Last name Theirs Mine" in words(answer)
    assert User.objects.get(pk=colleague.pk).last_name == "Theirs"
    version = re.search(r'name="version" value="(\d+)"', answer.content.decode())[1]
    assert client.post(f"/people/{colleague.pk}/edit/", typed | {"version": version}).status_code == 302
    assert User.objects.get(pk=colleague.pk).last_name == "Mine"


def test_the_language_of_a_person_is_kept_on_them(colleague):
    client = client_for(colleague)
    assert client.post("/language/", {"language": "de", "next": "//evil.example/"})["Location"] == "/"
    assert User.objects.get(pk=colleague.pk).language == "de"
    assert client.post("/language/", {"language": "fr", "next": "/help/"})["Location"] == "/help/"
    assert User.objects.get(pk=colleague.pk).language == "de"
    assert '<html lang="de"' in client.get("/help/").content.decode()


def test_nobody_signs_up_by_themselves(client, db, nothing_changed):
    with nothing_changed(apart_from=("django_session",)):
        answer = client.post(
            "/accounts/signup/",
            {"email": "new@kam.example", "password1": "long-enough-password-1"},
            headers={"accept-language": "en"},
        )
    assert "Ask an administrator" in words(answer) or answer.status_code in {302, 403, 404}


def test_pages_of_errors_say_what_to_do(client, administrator):
    assert "outside your area" in words(client_for(administrator).get("/nothing-here/")) or "Page not found" in words(
        client.get("/nothing-here/")
    )
