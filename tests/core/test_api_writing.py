"""Writing over the API: one action each, strict bodies, scoped keys, versions, bulk, keys that make a request happen once."""

import threading
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from rest_framework.test import APIClient

from accounts.models import Market
from kam.core.idempotency import AnsweredRequest, forget_answered_requests
from tests.factories.accounts import MarketFactory, UserFactory

pytestmark = pytest.mark.django_db
GOOD = {"code": "DACH", "dimension": "area", "name_en": "Germany, Austria, Switzerland"}


def errors(answer: Any) -> list[tuple[str, str]]:
    return [(error["field"], error["code"]) for error in answer.json()["errors"]]


def event(market: Market) -> Any:
    return market.events.order_by("-pgh_id").first()


def test_a_record_is_created_by_its_action_and_answered_as_it_is(api, places, administrator):
    answer = api.post(places, GOOD | {"reason": "New area"})
    market = Market.objects.get()
    assert answer.status_code == 201
    assert answer["Location"] == f"http://testserver{places}{market.pk}/"
    assert answer["ETag"].startswith('W/"1-')
    assert answer.json()["id"] == market.pk and answer.json()["version"] == 1 and answer.json()["name_en"] == GOOD["name_en"]
    assert "reason" not in answer.json()
    kept = event(market).pgh_context
    assert (kept["actor"], kept["verb"], kept["reason"]) == (administrator.pk, "tests.create_market", "New area")


def test_a_field_may_have_any_name(api, places):
    assert api.post(places, GOOD | {"name": "x", "subject": "y"}).status_code == 201


def test_a_record_is_changed_and_its_version_counts(api, places):
    market = MarketFactory()
    answer = api.patch(f"{places}{market.pk}/", {"countries": "IT SM"})
    assert answer.status_code == 200 and answer.json()["version"] == 2 and answer.json()["countries"] == "IT SM"
    again = api.patch(f"{places}{market.pk}/", {"countries": "IT SM"})
    assert again.json()["version"] == 2, "what changes nothing writes nothing"
    put = api.put(f"{places}{market.pk}/", {"countries": "IT"})
    assert put.status_code == 400 and ("code", "required") in errors(put)
    assert api.put(f"{places}{market.pk}/", GOOD).json()["code"] == "DACH"


def test_a_record_is_removed(api, places):
    market = MarketFactory()
    answer = api.delete(f"{places}{market.pk}/")
    assert answer.status_code == 204 and answer.content == b"" and not Market.objects.exists()


def test_a_verb_is_a_post_below_the_record(api, places):
    market = MarketFactory(countries="IT")
    answer = api.post(f"{places}{market.pk}/widen/", {"country": "SM", "reason": "Border"})
    assert answer.status_code == 200 and answer.json()["countries"] == "IT SM"
    refused = api.post(f"{places}{market.pk}/widen/", {"country": "SM"})
    assert (
        refused.status_code == 409
        and refused.json()["code"] == "already_there"
        and errors(refused) == [("country", "already_there")]
    )
    assert api.post(f"{places}{market.pk}/edit-again/").status_code == 200
    assert api.post(f"{places}{market.pk}/widen/", {"country": "SM", "version": 3}).status_code == 400


@pytest.mark.parametrize("method", ["put", "patch", "delete", "post"])
def test_a_method_without_an_action_is_not_there(api, places, method):
    market = MarketFactory()
    address = "/api/v1/read-only/" + ("" if method == "post" else f"{market.pk}/")
    answer = getattr(api, method)(address, GOOD)
    assert answer.status_code == 405 and answer.json()["code"] == "method_not_allowed" and "GET" in answer["Allow"]


def test_a_verb_that_is_not_yours_is_forbidden_and_changes_nothing(reader_api, places):
    market = MarketFactory(countries="IT")
    for answer in (
        reader_api.post(places, GOOD),
        reader_api.patch(f"{places}{market.pk}/", {"countries": "DE"}),
        reader_api.delete(f"{places}{market.pk}/"),
        reader_api.post(f"{places}{market.pk}/widen/", {"country": "DE"}),
    ):
        assert answer.status_code == 403 and answer.json()["code"] == "not_permitted"
    assert list(Market.objects.values_list("countries", "version")) == [("IT", 1)]


@pytest.mark.parametrize("name", ["id", "version", "created_at", "updated_at"])
def test_what_the_server_owns_is_refused(api, places, name):
    market = MarketFactory()
    for answer in (api.post(places, GOOD | {name: 1}), api.patch(f"{places}{market.pk}/", {name: 1})):
        assert answer.status_code == 400 and errors(answer) == [(name, "read_only_field")]
    assert Market.objects.count() == 1 and Market.objects.get().version == 1


def test_every_error_of_a_body_is_told_at_once(api, places):
    answer = api.post(places, {"dimension": "moon", "owner": 1, "name_en": "x" * 10_000, "version": 7, "name_it": "a\x00b"})
    assert answer.status_code == 400
    assert set(errors(answer)) == {
        ("owner", "unknown_field"),
        ("version", "read_only_field"),
        ("name_it", "control_characters"),
        ("dimension", "invalid_choice"),
        ("name_en", "max_length"),
        ("code", "required"),
    }


@pytest.mark.parametrize("text", ["a\x00b", "a\x07b", "a\ud800b", "\x1b[31m", "a\u200fb", "\ufeffa", "a\x85"])
def test_characters_that_nobody_can_write_are_refused_everywhere(api, places, text):
    raw = ('{"code": "X", "dimension": "area", "name_en": ' + __import__("json").dumps(text) + "}").encode()
    answer = api.generic("POST", places, raw, content_type="application/json")
    assert answer.status_code == 400 and errors(answer) == [("name_en", "control_characters")]


def test_words_of_every_script_are_kept(api, places):
    name = "مكونات نقل الحركة — 传动 — Übertragung 🙂"
    assert api.post(places, GOOD | {"name_en": name}).json()["name_en"] == name


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "parse_error"),
        (b'{"code": NaN}', "parse_error"),
        (b'{"code": "a", "code": "b"}', "parse_error"),
        (b"\xff\xfe", "parse_error"),
        (b"[" * 100_000, "parse_error"),
        (b'{"code": ' + b"9" * 10_000 + b"}", "parse_error"),
        (b'"text"', "invalid"),
        (b"null", "invalid"),
        (b"[]", "out_of_range"),
        (b"[1]", "invalid"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(api, places, body, code):
    answer = api.generic("POST", places, body, content_type="application/json")
    assert answer.status_code == 400 and answer.json()["code"] == code


@pytest.mark.parametrize("key", [0, -1, 10**30, 1.5, True, "x", "²", None, [1], {"id": 1}, "9" * 40])
def test_keys_that_are_none_are_refused(api, places, key):
    answer = api.post(places, GOOD | {"like": key})
    assert answer.status_code == 400 and answer.json()["errors"][0]["field"] == "like"


def test_the_key_of_a_foreign_record_answers_as_an_absent_one(api, places):
    foreign, gone = MarketFactory(code="HIDDEN"), MarketFactory()
    number = gone.pk
    gone.delete()
    hidden = api.post(places, GOOD | {"like": foreign.pk}).json()
    absent = api.post(places, GOOD | {"like": number}).json()
    hidden["errors"][0]["message"] = hidden["errors"][0]["message"].replace(str(foreign.pk), "N")
    absent["errors"][0]["message"] = absent["errors"][0]["message"].replace(str(number), "N")
    assert hidden == absent


def test_a_foreign_record_is_not_there_for_writing(api, places):
    hidden = MarketFactory(code="HIDDEN", countries="IT")
    for answer in (
        api.patch(f"{places}{hidden.pk}/", {"countries": "DE"}, headers={"If-Match": '"1"'}),
        api.delete(f"{places}{hidden.pk}/"),
        api.post(f"{places}{hidden.pk}/widen/", {"country": "DE"}),
    ):
        assert answer.status_code == 404
    hidden.refresh_from_db()
    assert (hidden.countries, hidden.version) == ("IT", 1)


def test_a_change_based_on_an_older_version_is_refused(api, places):
    market = MarketFactory()
    tag = api.get(f"{places}{market.pk}/")["ETag"]
    assert api.patch(f"{places}{market.pk}/", {"countries": "IT"}, headers={"If-Match": tag}).status_code == 200
    for answer in (
        api.patch(f"{places}{market.pk}/", {"countries": "DE"}, headers={"If-Match": tag}),
        api.delete(f"{places}{market.pk}/", headers={"If-Match": tag}),
        api.post(f"{places}{market.pk}/widen/", {"country": "DE"}, headers={"If-Match": tag}),
        api.patch(f"{places}{market.pk}/", {"countries": "DE"}, headers={"If-Match": "rubbish"}),
    ):
        assert answer.status_code == 412 and answer.json()["code"] == "changed_meanwhile"
    assert Market.objects.get().countries == "IT"
    assert api.patch(f"{places}{market.pk}/", {"countries": "DE"}, headers={"If-Match": '"7", "2"'}).status_code == 200
    assert api.patch(f"{places}{market.pk}/", {"countries": "FR"}, headers={"If-Match": "*"}).status_code == 200


def run_together(count: int, work: Any) -> list[Any]:
    """Do the work in so many threads at the same moment, each on its own connection."""
    barrier, answers = threading.Barrier(count), []

    def one(number: int) -> None:
        try:
            barrier.wait(30)
            answers.append(work(number))
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=[number]) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == count
    return answers


def client(api: APIClient) -> APIClient:
    """The same person from another connection."""
    other = APIClient()
    other.credentials(**api._credentials)
    return other


@pytest.mark.django_db(transaction=True)
def test_of_two_who_change_the_same_version_one_wins(api, places):
    market = MarketFactory()
    answers = run_together(
        6,
        lambda number: (
            client(api).patch(f"{places}{market.pk}/", {"countries": f"C{number}"}, headers={"If-Match": '"1"'}).status_code
        ),
    )
    assert sorted(answers) == [200] + [412] * 5
    assert Market.objects.get().version == 2


@pytest.mark.django_db(transaction=True)
def test_twenty_parallel_posts_with_one_key_make_one_row(api, places):
    answers = run_together(20, lambda number: client(api).post(places, GOOD, headers={"Idempotency-Key": "k-1"}))
    assert Market.objects.count() == 1
    codes = sorted(answer.status_code for answer in answers)
    assert set(codes) <= {201, 409} and 201 in codes
    for answer in answers:
        if answer.status_code == 409:
            assert answer.json()["code"] == "in_flight" and answer["Retry-After"] == "1"
        else:
            assert answer.json()["id"] == Market.objects.get().pk


@pytest.mark.django_db(transaction=True)
def test_a_twin_of_a_request_at_work_is_told_to_wait_and_somebody_else_is_not(api, places, client_of, monkeypatch):
    inside, go_on, answers, real = threading.Event(), threading.Event(), [], Market.save

    def slowly(market, *values, **more):
        if market.code == "DACH":
            inside.set()
            go_on.wait(30)
        return real(market, *values, **more)

    def first():
        try:
            answers.append(client(api).post(places, GOOD, headers={"Idempotency-Key": "k-1"}))
        finally:
            connection.close()

    monkeypatch.setattr(Market, "save", slowly)
    thread = threading.Thread(target=first)
    thread.start()
    assert inside.wait(30)
    try:
        for body in (GOOD, GOOD | {"code": "OTHER"}):
            twin = client(api).post(places, body, headers={"Idempotency-Key": "k-1"})
            assert (twin.status_code, twin.json()["code"], twin["Retry-After"]) == (409, "in_flight", "1")
        other = client_of(UserFactory(role="administrator"))
        assert other.post(places, GOOD | {"code": "THEIRS"}, headers={"Idempotency-Key": "k-1"}).status_code == 201
        assert api.post(places, GOOD | {"code": "NEXT"}, headers={"Idempotency-Key": "k-2"}).status_code == 201
    finally:
        go_on.set()
        thread.join()
    again = api.post(places, GOOD, headers={"Idempotency-Key": "k-1"})
    assert answers[0].status_code == 201 and again.json() == answers[0].json() and again["Idempotency-Replayed"] == "true"
    assert sorted(Market.objects.values_list("code", flat=True)) == ["DACH", "NEXT", "THEIRS"]


def test_a_repeated_post_gets_its_first_answer(api, places):
    first = api.post(places, GOOD, headers={"Idempotency-Key": "k-1"})
    again = api.post(places, GOOD, headers={"Idempotency-Key": "k-1"})
    assert again.status_code == 201 and again.json() == first.json()
    assert (
        again["Location"] == first["Location"] and again["Idempotency-Replayed"] == "true" and "Idempotency-Replayed" not in first
    )
    assert Market.objects.count() == 1


def test_a_verb_is_done_once_too(api, places):
    market = MarketFactory()
    for _turn in range(2):
        assert api.post(f"{places}{market.pk}/widen/", {"country": "IT"}, headers={"Idempotency-Key": "k"}).status_code == 200
    assert Market.objects.get().countries == "IT"


def test_a_key_belongs_to_one_body_one_address_and_one_person(api, places, client_of):
    api.post(places, GOOD, headers={"Idempotency-Key": "k-1"})
    changed = api.post(places, GOOD | {"code": "OTHER"}, headers={"Idempotency-Key": "k-1"})
    assert changed.status_code == 422 and changed.json()["code"] == "key_reused"
    market = Market.objects.get()
    assert api.post(f"{places}{market.pk}/widen/", {"country": "IT"}, headers={"Idempotency-Key": "k-1"}).status_code == 200
    other = client_of(UserFactory(role="administrator")).post(
        places, GOOD | {"code": "OTHER"}, headers={"Idempotency-Key": "k-1"}
    )
    assert other.status_code == 201
    assert Market.objects.count() == 2


def test_a_refused_post_leaves_its_key_free(api, places):
    MarketFactory(code="DACH")
    refused = api.post(places, GOOD, headers={"Idempotency-Key": "k-1"})
    assert refused.status_code == 409 and refused.json()["code"] == "duplicate_code"
    Market.objects.all().delete()
    assert api.post(places, GOOD, headers={"Idempotency-Key": "k-1"}).status_code == 201


@pytest.mark.parametrize("key", ["", "x" * 256, "with space", "ü"])
def test_a_key_that_is_none_is_refused_by_name(api, places, key):
    answer = api.post(places, GOOD, headers={"Idempotency-Key": key})
    assert answer.status_code == 400 and errors(answer) == [("Idempotency-Key", "invalid_key")]


def test_a_key_is_kept_for_a_day(api, places):
    api.post(places, GOOD, headers={"Idempotency-Key": "k-1"})
    AnsweredRequest.objects.update(created_at=AnsweredRequest.objects.get().created_at - timedelta(hours=25))
    assert api.post(places, GOOD | {"code": "NEXT"}, headers={"Idempotency-Key": "k-1"}).status_code == 201
    with time_machine.travel(AnsweredRequest.objects.get().created_at + timedelta(hours=25)):
        assert forget_answered_requests() == 1


def test_several_are_created_together(api, places):
    items = [GOOD | {"code": code} for code in ("C", "A", "B")]
    answer = api.post(places, items)
    assert answer.status_code == 201 and [row["code"] for row in answer.json()] == ["C", "A", "B"]
    assert Market.objects.count() == 3


def test_of_several_all_or_none_is_created_and_every_error_is_told(api, places):
    MarketFactory(code="OLD")
    items = [GOOD | {"code": "A"}, {"code": "B", "colour": "red"}, GOOD | {"code": "OLD"}, GOOD | {"code": "A"}, 7]
    answer = api.post(places, items)
    assert answer.status_code == 400
    found = {(error["index"], error["field"], error["code"]) for error in answer.json()["errors"]}
    assert found == {
        (1, "colour", "unknown_field"),
        (1, "dimension", "required"),
        (1, "name_en", "required"),
        (2, "code", "duplicate_code"),
        (3, "code", "duplicate_code"),
        (4, "", "invalid"),
    }
    assert list(Market.objects.values_list("code", flat=True)) == ["OLD"]
    assert api.post(places, [GOOD | {"code": "OLD"}]).status_code == 409


def test_several_are_at_most_five_hundred(api, places):
    answer = api.post(places, [GOOD | {"code": f"C{number}"} for number in range(501)])
    assert answer.status_code == 400 and answer.json()["code"] == "out_of_range" and not Market.objects.exists()


def test_several_with_a_key_happen_once(api, places):
    items = [GOOD | {"code": code} for code in ("A", "B")]
    first = api.post(places, items, headers={"Idempotency-Key": "bulk"})
    assert api.post(places, items, headers={"Idempotency-Key": "bulk"}).json() == first.json()
    assert Market.objects.count() == 2
