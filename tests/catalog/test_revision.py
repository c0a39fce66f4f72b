"""Revisions of products: one released at a date, drafts changed and discarded, released ones never."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from catalog.actions import create_revision, discard_revision, edit_revision, release_revision
from catalog.models import ProductRevision
from kam.core.periods import period
from tests.catalog.test_product import refused
from tests.factories.catalog import CustomerItemFactory, ProductFactory, ProductRevisionFactory
from tests.matrix import Matrix

Nothing = Callable[..., Any]


def test_releasing_supersedes_the_revision_before(matrix: Matrix, nothing_changed: Nothing) -> None:
    product = ProductFactory()
    first = product.revisions.get()
    draft = create_revision(ProductRevision, actor=matrix.technical_it, product=product, level="B", drawing_number="D-1")
    assert (draft.status, draft.effective_from, draft.effective_until) == ("draft", None, None)
    refused(
        "before_last_revision",
        lambda: release_revision(draft, actor=matrix.technical_it, effective_from=date(2020, 1, 1)),
        nothing_changed,
    )
    release_revision(draft, actor=matrix.technical_it, effective_from=date(2026, 5, 1))
    first.refresh_from_db()
    draft.refresh_from_db()
    assert (first.status, first.effective_until) == ("superseded", date(2026, 4, 30))
    assert (draft.status, draft.effective_from, draft.released_by) == ("released", date(2026, 5, 1), matrix.technical_it)
    assert ProductRevision.objects.in_force(product, date(2026, 4, 30)) == first
    assert ProductRevision.objects.in_force(product, date(2026, 5, 1)) == draft
    refused(
        "wrong_status",
        lambda: release_revision(draft, actor=matrix.technical_it, effective_from=date(2026, 6, 1)),
        nothing_changed,
    )
    refused("revision_released", lambda: edit_revision(draft, actor=matrix.technical_it, level="C"), nothing_changed)
    refused("revision_released", lambda: discard_revision(draft, actor=matrix.technical_it), nothing_changed)


def test_a_draft_is_changed_and_discarded(matrix: Matrix, nothing_changed: Nothing) -> None:
    draft = ProductRevisionFactory(status="draft", level="B")
    other = ProductRevisionFactory(product=draft.product)
    refused("duplicate", lambda: edit_revision(draft, actor=matrix.technical_it, level=other.level), nothing_changed)
    assert edit_revision(draft, actor=matrix.technical_it, level="C").level == "C"
    with nothing_changed():
        edit_revision(draft, actor=matrix.technical_it, level="C")
    CustomerItemFactory(product=draft.product, agreed_revision=draft)
    refused("revision_in_use", lambda: discard_revision(draft, actor=matrix.technical_it), nothing_changed)
    draft.customer_items.all().delete()
    discard_revision(draft, actor=matrix.technical_it)
    assert not ProductRevision.objects.filter(pk=draft.pk).exists()


def test_who_may_not_and_when_not(matrix: Matrix, nothing_changed: Nothing) -> None:
    ended = ProductFactory(status="discontinued", last_order_date=date(2026, 1, 1))
    product = ProductFactory()
    made = {"level": "B", "drawing_number": "D-1"}
    refused(
        "product_discontinued",
        lambda: create_revision(ProductRevision, actor=matrix.technical_it, product=ended, **made),
        nothing_changed,
    )
    refused(
        "duplicate",
        lambda: create_revision(ProductRevision, actor=matrix.technical_it, product=product, **made | {"level": "A"}),
        nothing_changed,
    )
    refused(
        "not_permitted",
        lambda: create_revision(ProductRevision, actor=matrix.sales_manager, product=product, **made),
        nothing_changed,
    )


@pytest.mark.parametrize(
    ("constraint", "values"),
    [
        ("catalog_revision_status_and_facts", {"status": "draft"}),
        ("catalog_revision_status_and_facts", {"status": "superseded"}),
        ("catalog_revision_status_and_facts", {"period": None}),
        ("catalog_revision_status_and_facts", {"period": period(date(2020, 1, 1), date(2021, 1, 1))}),
    ],
)
def test_the_database_ties_the_status_to_its_facts(db: None, constraint: str, values: dict[str, Any]) -> None:
    revision = ProductRevisionFactory()
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        ProductRevision.objects.filter(pk=revision.pk).update(**values)


def test_the_database_allows_one_released_revision_at_a_date(db: None) -> None:
    revision = ProductRevisionFactory()
    with pytest.raises(IntegrityError, match="catalog_revision_one_released"), transaction.atomic():
        ProductRevisionFactory(product=revision.product, level="B")
