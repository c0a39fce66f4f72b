"""Every error of the API is a problem document in the reader's language; nothing internal reaches the reader."""

from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from kam.core.rest.problems import MEDIA_TYPE, field_errors
from tests.core.api_floor import MarketViewSet
from tests.factories.accounts import MarketFactory, UserFactory

pytestmark = pytest.mark.django_db


def problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == MEDIA_TYPE
    found = answer.json()
    assert found["status"] == status and found["code"] == code and found["type"] == f"urn:kam:problem:{code}"
    assert found["title"] and found["detail"]
    return found


def test_without_a_token_nothing_is_answered(places):
    answer = APIClient().get(places)
    problem(answer, 401, "not_authenticated")
    assert answer["WWW-Authenticate"].startswith("Token")
    problem(APIClient().get(f"{places}999/"), 401, "not_authenticated")
    problem(APIClient().get("/api/v1/no-such-thing/"), 401, "not_authenticated")


def test_an_address_that_is_none_is_a_problem_too(api, places):
    problem(api.get("/api/v1/no-such-thing/"), 404, "not_found")
    problem(api.get(places.rstrip("/")), 404, "not_found")
    problem(api.post(f"{places}1/no-such-verb/"), 404, "not_found")


def test_only_json_is_read_and_answered(api, places):
    problem(
        api.generic("POST", places, b"code=x", content_type="application/x-www-form-urlencoded"), 415, "unsupported_media_type"
    )
    problem(api.generic("POST", places, b"x", content_type="text/xml"), 415, "unsupported_media_type")
    problem(api.get(places, headers={"Accept": "text/html"}), 406, "not_acceptable")
    problem(api.delete(places), 405, "method_not_allowed")
    problem(api.options(places), 405, "method_not_allowed")


def test_a_body_that_is_too_large_is_refused(api, places, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    problem(api.post(places, {"name_en": "x" * 2000}), 413, "too_large")
    problem(api.post(places, {"name_en": "x" * 2000}, headers={"Idempotency-Key": "k"}), 413, "too_large")


def test_a_failure_of_ours_tells_no_details(api, places, caplog):
    api.raise_request_exception = False
    found = problem(api.get("/api/v1/broken/"), 500, "failed")
    assert "secret" not in str(found)
    assert "secret detail" in caplog.text


def test_a_contradiction_that_only_the_database_sees_names_no_row(api, places, monkeypatch):
    MarketFactory(code="DACH")
    market = MarketFactory(code="NORD")
    found = problem(api.patch(f"{places}{market.pk}/", {"code": "DACH"}), 409, "conflict")
    assert "DACH" not in str(found) and "key" not in found["detail"].lower()


def test_a_record_that_others_refer_to_cannot_be_removed(api, places, administrator, monkeypatch):
    from accounts.models import User

    monkeypatch.setattr(
        MarketViewSet, "delete_action", staticmethod(lambda market, **values: User.objects.filter(pk=administrator.pk).delete())
    )
    problem(api.delete(f"{places}{MarketFactory().pk}/"), 409, "in_use")


@pytest.mark.parametrize(("asked", "own"), [("it", "de"), ("", "de"), ("fr, de;q=0.5", "it")])
def test_texts_are_in_the_language_that_was_asked_for_else_in_the_persons(places, client_of, asked, own):
    client = client_of(UserFactory(role="administrator", language=own))
    headers = {"Accept-Language": asked} if asked else {}
    answer = client.post(places, {}, headers=headers)
    expected = asked.split(",")[-1].strip()[:2] if asked else own
    assert answer["Content-Language"] == expected
    german = client.post(places, {"dimension": "area"}, headers={"Accept-Language": "de"}).json()["errors"][0]["message"]
    italian = client.post(places, {"dimension": "area"}, headers={"Accept-Language": "it"}).json()["errors"][0]["message"]
    assert german.startswith("Dieses Feld") and "obbligatorio" in italian


def test_a_browsers_session_reads_its_persons_language_and_needs_the_csrf_token(places):
    person = UserFactory(role="administrator", language="de")
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(person)
    assert browser.get(places, headers={"Accept-Language": "it"})["Content-Language"] == "de"
    problem(browser.post(places, {}, content_type="application/json"), 403, "permission_denied")


def test_too_many_requests_wait(api, places, settings):
    settings.API_REQUESTS_A_MINUTE = 3
    answers = [api.get(places) for _turn in range(5)]
    late = [answer for answer in answers if answer.status_code == 429]
    assert late and 1 <= int(late[-1]["Retry-After"]) <= 60
    problem(late[-1], 429, "throttled")


def test_nested_errors_are_named_by_their_path():
    detail = {"lines": [{}, {"price": {"amount": ["wrong"]}}], "non_field_errors": ["all"]}
    assert field_errors(detail) == [
        {"field": "lines.1.price.amount", "code": "invalid", "message": "wrong"},
        {"field": "", "code": "invalid", "message": "all"},
    ]
