"""A merge of two customers takes what the catalogue keeps of them along."""

import pytest

from accounts.actions.merge import merge_customers, merge_preview
from catalog.models import CustomerItem
from tests.factories.catalog import CustomerItemFactory, ProgrammeFactory
from tests.matrix import Matrix

pytestmark = pytest.mark.django_db


def test_items_and_programmes_go_along(matrix: Matrix) -> None:
    item, programme = CustomerItemFactory(customer=matrix.beta, plant=None), ProgrammeFactory(customer=matrix.beta)
    preview = {str(touch.label): touch.count for touch in merge_preview(matrix.beta, matrix.acme_de)}
    assert (preview["customer items"], preview["programmes"]) == (1, 1)
    merge_customers(matrix.beta, actor=matrix.sales_manager, into=matrix.acme_de, reason="recorded twice")
    item.refresh_from_db()
    programme.refresh_from_db()
    assert item.customer == programme.customer == matrix.acme_de


def test_an_item_that_the_other_customer_has_stays_where_it_is(matrix: Matrix) -> None:
    theirs = CustomerItemFactory(customer=matrix.acme_de, plant=None, part_number="4711")
    twin = CustomerItemFactory(customer=matrix.beta, plant=None, part_number="4711")
    merge_customers(matrix.beta, actor=matrix.sales_manager, into=matrix.acme_de, reason="recorded twice")
    assert set(CustomerItem.objects.filter(part_number="4711").values_list("pk", "customer")) == {
        (theirs.pk, matrix.acme_de.pk),
        (twin.pk, matrix.beta.pk),
    }
