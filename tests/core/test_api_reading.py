"""Reading over the API: pages, cursor, filters, order, chosen fields, changes since, ETag."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils.dateparse import parse_datetime

from accounts.models import Market
from tests.factories.accounts import MarketFactory

pytestmark = pytest.mark.django_db


def codes(answer: Any) -> list[str]:
    return [row["code"] for row in answer.json()["results"]]


def errors(answer: Any) -> list[tuple[str, str]]:
    return [(error["field"], error["code"]) for error in answer.json()["errors"]]


def make(count: int, **values: Any) -> None:
    for number in range(count):
        MarketFactory(code=f"M{number:03}", **values)


def test_a_list_answers_count_next_previous_and_rows_in_total_order(api, places):
    make(5)
    first = api.get(places, {"page_size": 2, "ordering": "-code"})
    assert first.status_code == 200
    assert first.json()["count"] == 5 and first.json()["previous"] is None and "next_since" not in first.json()
    assert codes(first) == ["M004", "M003"]
    second = api.get(first.json()["next"])
    assert codes(second) == ["M002", "M001"]
    assert codes(api.get(second.json()["previous"])) == ["M004", "M003"]
    last = api.get(second.json()["next"])
    assert codes(last) == ["M000"] and last.json()["next"] is None


def test_an_empty_list_has_one_empty_page(api, places):
    answer = api.get(places).json()
    assert answer == {"count": 0, "next": None, "previous": None, "results": []}


def test_a_page_has_fifty_rows_and_at_most_five_hundred(api, places):
    Market.objects.bulk_create([Market(code=f"B{number}", dimension="area", name_en="x") for number in range(502)])
    assert len(codes(api.get(places))) == 50
    assert len(codes(api.get(places, {"page_size": 9999}))) == 500


@pytest.mark.parametrize(
    ("query", "status", "field"),
    [
        ("page=0", 400, "page"),
        ("page=-1", 400, "page"),
        ("page=x", 400, "page"),
        ("page=" + "9" * 5000, 400, "page"),
        ("page=²", 400, "page"),
        ("page_size=0", 400, "page_size"),
        ("cursor=rubbish", 400, "cursor"),
        ("ordering=secret", 400, "ordering"),
        ("ordering=code,-password", 400, "ordering"),
        ("fields=id,secret", 400, "fields"),
        ("fields=reason", 400, "fields"),
        ("nonsense=1", 400, "nonsense"),
        ("dimension=rubbish", 400, "dimension"),
        ("code=%00", 400, "code"),
        ("code=%01", 400, "code"),
        ("id_min=x", 400, "id"),
        ("updated_since=yesterday", 400, "updated_since"),
        ("updated_since=2026-13-45", 400, "updated_since"),
        ("updated_since=0001-01-01T00:00:00%2B14:00", 400, "updated_since"),
    ],
)
def test_a_wrong_parameter_is_refused_by_name(api, places, query, status, field):
    answer = api.get(f"{places}?{query}")
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["errors"][0]["field"] == field


def test_a_page_past_the_end_is_not_found(api, places):
    make(2)
    assert api.get(places, {"page": 2}).status_code == 404


def test_huge_numbers_in_filters_find_nothing(api, places):
    make(2)
    assert api.get(places, {"id_min": "9" * 30}).json()["count"] == 0


def test_the_screens_filters_narrow_the_list_and_its_count(api, places):
    make(3, dimension="sector")
    MarketFactory(code="DACH", dimension="area")
    assert codes(api.get(places, {"dimension": "area"})) == ["DACH"]
    assert api.get(places, {"dimension": "sector"}).json()["count"] == 3


def test_rows_outside_the_view_are_as_absent(api, places):
    hidden = MarketFactory(code="HIDDEN")
    gone = MarketFactory(code="GONE")
    number = gone.pk
    gone.delete()
    foreign, absent = api.get(f"{places}{hidden.pk}/"), api.get(f"{places}{number}/")
    assert foreign.status_code == absent.status_code == 404
    assert foreign.content == absent.content
    assert api.get(f"{places}{hidden.pk}/", headers={"If-None-Match": "*"}).status_code == 404


@pytest.mark.parametrize("key", ["x", "-1", "1e3", "99999999999999999999999", "²", "%00"])
def test_a_key_that_is_none_is_not_found(api, places, key):
    answer = api.get(f"{places}{key}/")
    assert answer.status_code == 404 and answer["Content-Type"] == "application/problem+json"


def test_only_the_chosen_fields_are_answered_and_read(api, places, django_assert_max_num_queries):
    make(2)
    row = api.get(places, {"fields": "code"}).json()["results"][0]
    assert list(row) == ["id", "code"]
    with django_assert_max_num_queries(10) as asked:
        api.get(places, {"fields": "code"})
    assert not any("name_de" in query["sql"] for query in asked.captured_queries)
    market = Market.objects.first()
    assert list(api.get(f"{places}{market.pk}/", {"fields": "code,id,code"}).json()) == ["id", "code"]
    assert api.get(f"{places}{market.pk}/", {"fields": "secret"}).status_code == 400
    assert api.get(f"{places}{market.pk}/", {"page": "1"}).status_code == 400


@pytest.mark.parametrize("ordering", ["code", "-code", "countries,-code", "dimension,-countries", "-name"])
def test_a_cursor_walks_every_row_once_in_both_directions(api, places, ordering):
    for number in range(11):
        MarketFactory(
            code=f"M{number % 4}-{number}", countries="IT" if number % 3 else "", dimension="area" if number % 2 else "sector"
        )
    whole = codes(api.get(places, {"ordering": ordering}))
    answer = api.get(places, {"ordering": ordering, "cursor": "", "page_size": 3})
    seen, back = codes(answer), []
    assert answer.json()["previous"] is None and answer.json()["count"] == 11
    while answer.json()["next"]:
        answer = api.get(answer.json()["next"])
        seen += codes(answer)
    assert seen == whole
    while answer.json()["previous"]:
        answer = api.get(answer.json()["previous"])
        back = codes(answer) + back
    assert back + whole[9:] == whole
    assert answer.json()["count"] == 11


def test_a_cursor_neither_skips_nor_repeats_when_rows_come_and_go(api, places):
    make(6)
    first = api.get(places, {"ordering": "code", "cursor": "", "page_size": 3}).json()
    MarketFactory(code="A-NEW")
    Market.objects.get(code="M001").delete()
    assert codes(api.get(first["next"])) == ["M003", "M004", "M005"]


def test_a_cursor_of_another_list_or_order_is_refused(api, places):
    make(3)
    address = api.get(places, {"ordering": "code", "cursor": "", "page_size": 1}).json()["next"]
    assert errors(api.get(address.replace("ordering=code", "ordering=-code"))) == [("cursor", "invalid")]
    assert api.get(address.replace("/places/", "/costed/")).status_code == 400


def test_changes_since_a_moment_and_the_next_moment(api, places):
    make(2)
    answer = api.get(places, {"updated_since": "2000-01-01T00:00:00Z"}).json()
    since = answer["next_since"]
    assert answer["count"] == 2 and parse_datetime(since) is not None
    assert api.get(places, {"updated_since": "2190-01-01T00:00:00Z"}).json()["count"] == 0


@pytest.mark.django_db(transaction=True)
def test_a_change_that_commits_late_is_found_by_the_next_call(api, places):
    """The row is written before the call and committed after it: next_since lies before its moment."""
    market = MarketFactory(code="LATE")
    written, go = threading.Event(), threading.Event()

    def write() -> None:
        try:
            with transaction.atomic():
                Market.objects.filter(pk=market.pk).update(countries="IT")
                written.set()
                go.wait(20)
        finally:
            connection.close()

    start = parse_datetime(api.get(places, {"updated_since": "2000-01-01T00:00:00Z"}).json()["next_since"])
    writer = threading.Thread(target=write)
    writer.start()
    assert written.wait(20)
    during = api.get(places, {"updated_since": (start + timedelta(microseconds=1)).isoformat()}).json()
    go.set()
    writer.join()
    assert during["count"] == 0
    after = api.get(places, {"updated_since": during["next_since"]}).json()
    assert [row["code"] for row in after["results"]] == ["LATE"]
    assert after["next_since"] > during["next_since"]


def test_an_unchanged_record_is_not_sent_again(api, places):
    market = MarketFactory()
    answer = api.get(f"{places}{market.pk}/")
    tag = answer["ETag"]
    assert tag.startswith('W/"1-') and answer["Cache-Control"] == "private, no-store"
    again = api.get(f"{places}{market.pk}/", headers={"If-None-Match": f'"other", {tag}'})
    assert again.status_code == 304 and again.content == b"" and again["ETag"] == tag
    Market.objects.filter(pk=market.pk).update(countries="IT")
    changed = api.get(f"{places}{market.pk}/", headers={"If-None-Match": tag})
    assert changed.status_code == 200 and changed["ETag"] != tag


def test_costs_are_left_out_of_the_rows_where_they_are_not_read(api, places):
    area, sector = MarketFactory(dimension="area", countries="IT"), MarketFactory(dimension="sector", countries="DE")
    rows = {row["id"]: row for row in api.get("/api/v1/costed/").json()["results"]}
    assert rows[area.pk]["countries"] == "IT" and "countries" not in rows[sector.pk]
    assert "countries" not in api.get(f"/api/v1/costed/{sector.pk}/").json()


@pytest.mark.parametrize("query", ["ordering=countries", "ordering=id,-countries", "countries=DE"])
def test_filter_and_sort_by_costs_ask_the_right_in_every_row(api, places, query):
    MarketFactory(dimension="area", countries="IT")
    assert api.get(f"/api/v1/costed/?{query}").status_code == 200
    MarketFactory(dimension="sector", countries="DE")
    answer = api.get(f"/api/v1/costed/?{query}")
    assert answer.status_code == 400 and answer.json()["errors"][0]["code"] == "costs_hidden"
    assert api.get(f"/api/v1/costed/?{query}&dimension=area").status_code in {200, 400}


def test_costs_cannot_be_chosen_by_who_reads_none(api, places):
    MarketFactory(dimension="sector", countries="DE")
    answer = api.get("/api/v1/costed/", {"fields": "countries"})
    assert answer.status_code == 400 and errors(answer) == [("fields", "costs_hidden")]


def test_a_list_asks_the_database_the_same_whatever_its_length(api, places, django_assert_num_queries):
    make(3)
    api.get(places)
    with django_assert_num_queries(4):  # the token, the quota, the count and the rows
        api.get(places)
    make(0)
    Market.objects.bulk_create([Market(code=f"B{number}", dimension="area", name_en="x") for number in range(40)])
    with django_assert_num_queries(4):
        api.get(places)
