"""Pages and counts found in one walk: the same rows, order and count as asked apart, for whoever sees a part of the rows."""

from typing import Any

import pytest
from django.core.paginator import EmptyPage, PageNotAnInteger
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from accounts.models import Contact, Customer, User
from accounts.reports.customer import with_matrix
from kam.core.paging import Pages, page_and_count
from tests.factories.accounts import ContactFactory, CustomerFactory, PlantFactory
from tests.matrix import Matrix

READERS = ("account_manager", "account_manager2", "area_manager_de", "area_manager_us", "quality_it", "sales_manager", "nobody")


@pytest.fixture
def many(matrix: Matrix) -> Matrix:
    """The matrix with customers of the same name and with several plants and people each."""
    for number in range(12):
        customer = CustomerFactory(name=f"Same {number // 4}", group=matrix.acme, plant__served_by=[matrix.italy, matrix.usa])
        PlantFactory(customer=customer, served_by=[matrix.germany])
        ContactFactory(customer=customer)
        ContactFactory(customer=customer, plant=customer.plants.first())
    return matrix


def readers(matrix: Matrix) -> list[User]:
    """Each of them as a request would find them."""
    return [User.objects.get(pk=matrix.users[name].pk) for name in READERS]


def test_a_page_is_what_its_rows_and_their_count_are_apart(many: Matrix) -> None:
    for reader in readers(many):
        lists: list[Any] = [
            Customer.objects.visible_to(reader).order_by("name", "pk"),
            Customer.objects.visible_to(reader).filter(status="active").order_by("-name", "-pk").for_list(),
            with_matrix(Customer.objects.visible_to(reader), reader).order_by(F("last_visit").desc(nulls_last=True), "pk"),
            with_matrix(Customer.objects.visible_to(reader), reader).order_by("-plant_count", "leader_name", "pk"),
            Contact.objects.visible_to(reader).order_by("last_name", "pk"),
        ]
        for rows in lists:
            whole = list(rows)
            for start in (0, 3, 9, 1000):
                found, count = page_and_count(rows, start, 5)
                assert (found, count) == (whole[start : start + 5], len(whole)), (reader.email, rows.model, start)
            if rows.query.annotations and whole:
                assert page_and_count(rows, 0, 3)[0][0].__dict__.keys() >= set(rows.query.annotations)


def test_a_row_that_a_condition_finds_twice_is_counted_as_before(many: Matrix) -> None:
    for reader in readers(many):
        rows = Customer.objects.visible_to(reader).filter(plants__status="open").order_by("name", "pk")
        assert page_and_count(rows, 0, 4) == (list(rows[:4]), rows.count())
        once = rows.distinct()
        assert page_and_count(once, 0, 4) == (list(once[:4]), once.count())


def test_the_rule_is_asked_once_for_both(many: Matrix) -> None:
    reader = readers(many)[0]
    rows = Customer.objects.visible_to(reader).order_by("name", "pk")
    with CaptureQueriesContext(connection) as queries:
        page_and_count(rows, 0, 5)
    assert ["reach" in query["sql"] for query in queries] == [True, False]


def test_a_page_knows_its_place(many: Matrix) -> None:
    rows = Customer.objects.visible_to(readers(many)[0]).order_by("name", "pk")
    pages = Pages(rows, 5)
    second = pages.page("2")
    assert (second.number, pages.count, pages.num_pages, second.has_next(), len(second)) == (2, 15, 3, True, 5)
    for wrong, refused in (("0", EmptyPage), ("4", EmptyPage), ("x", PageNotAnInteger), (None, PageNotAnInteger)):
        with pytest.raises(refused):
            Pages(rows, 5).page(wrong)
    empty = Pages(rows.none(), 5).page(1)
    assert (list(empty), empty.paginator.count) == ([], 0)
