"""Links between records: seen only by whoever sees both ends, made once."""

import pytest
from django.contrib.contenttypes.models import ContentType
from rest_framework.test import APIClient

from kam.core.links import Link, link_records, links_of, unlink_records
from kam.core.tokens import issue_token
from kam.core.workflow import Denied
from tests.matrix import matrix  # noqa: F401
from tests.pages import client_for, words


def link(actor, record, other, **values):
    return link_records(Link, actor=actor, record=record, other=other, **values)


def test_a_link_is_seen_by_whoever_sees_both_ends(matrix):  # noqa: F811
    both = link(matrix.sales_manager, matrix.acme_us, matrix.beta)
    assert links_of(matrix.acme_us, matrix.sales_manager) == [(both, matrix.beta)]
    assert links_of(matrix.beta, matrix.sales_manager) == [(both, matrix.acme_us)]
    for one in (matrix.account_manager, matrix.account_manager2, matrix.nobody):
        assert not Link.objects.visible_to(one).exists()


def test_a_foreign_record_is_answered_like_an_absent_one(matrix, nothing_changed):  # noqa: F811
    with nothing_changed(), pytest.raises(Denied) as foreign:
        link(matrix.account_manager, matrix.acme_us, matrix.beta)
    absent = type(matrix.beta)(pk=10**9)
    with nothing_changed(), pytest.raises(Denied) as nowhere:
        link(matrix.account_manager, matrix.acme_us, absent)
    assert (foreign.value.code, str(foreign.value)) == (nowhere.value.code, str(nowhere.value))
    assert foreign.value.code == "record_not_found"


def test_records_are_linked_once_in_either_direction(matrix, nothing_changed):  # noqa: F811
    first = link(matrix.account_manager, matrix.acme_us, matrix.acme_us_plant)
    with nothing_changed():
        assert link(matrix.account_manager, matrix.acme_us_plant, matrix.acme_us) == first
    cause = link(matrix.account_manager, matrix.acme_us_plant, matrix.acme_us, meaning=Link.Meaning.CAUSED_BY)
    assert cause != first
    with nothing_changed(), pytest.raises(Denied) as caught:
        link(matrix.account_manager, matrix.acme_us, matrix.acme_us)
    assert caught.value.code == "link_to_itself"


def test_a_link_is_removed_and_the_history_keeps_it(matrix):  # noqa: F811
    made = link(matrix.account_manager, matrix.acme_us, matrix.acme_us_plant)
    unlink_records(made, actor=matrix.account_manager, reason="a mistake")
    assert not Link.objects.exists()
    labels = list(Link.pgh_event_model.objects.order_by("pgh_id").values_list("pgh_label", flat=True))
    assert labels == ["insert", "delete"]


def panel(record):
    return f"/about/{ContentType.objects.get_for_model(record).pk}/{record.pk}/links/"


def test_the_panel_links_by_the_address_of_a_page_and_removes(matrix):  # noqa: F811
    browser = client_for(matrix.account_manager)
    values = {
        "address": f"https://kam.example/plants/{matrix.acme_us_plant.pk}/?tab=contacts",
        "meaning": "caused_by",
        "note": "the press",
    }
    assert browser.post(panel(matrix.acme_us), values).status_code == 200
    made = Link.objects.get()
    assert (made.record, made.other, made.note, made.made_by) == (
        matrix.acme_us, matrix.acme_us_plant, "the press", matrix.account_manager
    )  # fmt: skip
    assert str(made.meaning_from(matrix.acme_us)) != str(made.meaning_from(matrix.acme_us_plant))
    assert "the press" in words(browser.get(panel(matrix.acme_us_plant)))
    assert (
        browser.post(f"/links/{made.pk}/remove/", {"next": "//evil.example/"})["Location"]
        == f"/customers/{matrix.acme_us.pk}/?tab=links"
    )
    assert not Link.objects.exists()


@pytest.mark.parametrize(
    "address", ["/customers/{beta}/", "/customers/999999/", "/customers/", "/nowhere/", "ACME", "http://[", "/inbox/1/"]
)
def test_a_panel_refuses_what_is_not_there_or_not_the_readers(matrix, nothing_changed, address):  # noqa: F811
    browser = client_for(matrix.account_manager)
    with nothing_changed():
        answer = browser.post(panel(matrix.acme_us), {"address": address.format(beta=matrix.beta.pk), "meaning": "related"})
    assert answer.status_code == 422


def test_who_may_not_link_sees_no_form(matrix, nothing_changed):  # noqa: F811
    browser = client_for(matrix.auditor)
    assert "<form" not in browser.get(panel(matrix.acme_us)).content.decode()
    with nothing_changed():
        assert browser.post(panel(matrix.acme_us), {"address": "/customers/1/", "meaning": "related"}).status_code == 403


def test_the_api_makes_finds_and_removes_links(matrix, nothing_changed):  # noqa: F811
    def api_of(user):
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Token {issue_token(user, name='tests')}")
        client.get("/api/v1/links/")
        return client

    api, other = api_of(matrix.account_manager), api_of(matrix.account_manager2)
    ends = {
        "record_type": "accounts.customer",
        "record_id": matrix.acme_us.pk,
        "other_type": "accounts.plant",
        "other_id": matrix.acme_us_plant.pk,
    }
    made = api.post("/api/v1/links/", ends)
    assert (made.status_code, made.data["record"]["id"], made.data["other"]["id"]) == (
        201,
        matrix.acme_us.pk,
        matrix.acme_us_plant.pk,
    )
    for query, count in (
        (f"record_type=accounts.plant&record_id={matrix.acme_us_plant.pk}", 1),
        (f"record_type=accounts.plant&record_id={matrix.beta_plant.pk}", 0),
        ("record_type=accounts.customer", 1),
        ("record_type=accounts.market", 0),
    ):
        assert api.get(f"/api/v1/links/?{query}").data["count"] == count
    address = f"/api/v1/links/{made.data['id']}/"
    with nothing_changed():
        assert (
            api.post("/api/v1/links/", ends | {"other_type": "accounts.customer", "other_id": matrix.beta.pk}).status_code == 400
        )
        assert other.get(address).status_code == other.delete(address).status_code == 404
    assert api.delete(address, HTTP_IF_MATCH=made["ETag"]).status_code == 204
    assert not Link.objects.exists()
