"""Lists of complaints: what is theirs by its location and what is theirs by their work, found in two parts and counted as one list."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from complaints.models import Complaint
from kam.core.paging import count_rows, page_and_count
from kam.core.work import assign_work
from tests.factories.complaints import complained
from tests.matrix import Matrix
from tests.pages import client_for

READERS = ("account_manager", "area_manager_de", "area_manager_us", "quality_it", "sales_manager", "nobody")


@pytest.fixture
def many(matrix: Matrix) -> Matrix:
    """Complaints of three locations, taken in by somebody or by nobody; of some of them the Americans have something to do."""
    places = ((matrix.acme_de_plant, matrix.germany), (matrix.acme_us_plant, matrix.usa), (matrix.acme_de_plant, matrix.italy))
    for number in range(4):
        for plant, location in places:
            one = complained(plant, location, by=matrix.sales_manager if number % 2 else None, batch=f"B{number}")
            if number > 1:
                assign_work(one, "complete_complaint", to=matrix.area_manager_us, actor=None, occasion="asked")
    return matrix


def test_a_page_and_its_count_are_those_of_the_whole_list(many: Matrix) -> None:
    seen = {}
    for name in READERS:
        reader = User.objects.get(pk=many.users[name].pk)
        mine = Complaint.objects.visible_to(reader).with_answers().for_list()
        seen[name] = mine.count()
        lists: list[Any] = [
            mine.order_by("-received_at", "pk"),
            mine.open().order_by("plant__customer__name", "-pk"),
            mine.filter(batch="B2").order_by("number"),
            mine.filter(reported_by=None).order_by("-asked", "pk"),
            mine.none(),
        ]
        for rows in lists:
            whole = list(rows)
            assert count_rows(rows) == len(whole)
            for start in (0, 2, 5, 100):
                found, count = page_and_count(rows, start, 3)
                assert (found, count) == (whole[start : start + 3], len(whole)), (name, start)
                assert [row.asked for row in found] == [row.asked for row in whole[start : start + 3]]
    # Her own four, and the four of the others about which she has something to do.
    assert (seen["area_manager_us"], seen["sales_manager"], seen["nobody"]) == (8, 12, 0)


def test_keys_and_count_are_one_question_and_the_rows_another(many: Matrix) -> None:
    for name in ("area_manager_us", "sales_manager"):
        reader = User.objects.get(pk=many.users[name].pk)
        rows = Complaint.objects.visible_to(reader).with_answers().for_list().order_by("-received_at", "pk")
        with CaptureQueriesContext(connection) as queries:
            page_and_count(rows, 0, 5)
        assert ["accounts_customer" in query["sql"] for query in queries] == [False, True], name


def test_a_tab_lights_up_by_its_filters_however_they_were_come_by(matrix: Matrix) -> None:
    client = client_for(matrix.sales_manager)
    asked = {"": "All", "open=true": "Open", "severity=1&open=true": "Severity 1", "open=true&ordering=number&page=1": "Open"}
    asked |= {"open=false": "All", "open=true&view=t2": "Not acknowledged by all"}
    for query, label in asked.items():
        tabs = client.get(f"/complaints/?{query}").context["tabs"]
        assert [str(tab["label"]) for tab in tabs if tab["active"]] == [label], query
