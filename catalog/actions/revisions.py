"""Revisions of products: drafting, changing and discarding a draft, releasing it from a day on."""

from datetime import date
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils.translation import gettext_lazy as _

from catalog.actions.rows import changed, created, taken
from catalog.models import Product, ProductRevision
from kam.core import clock
from kam.core.formats import day
from kam.core.verbs import verb
from kam.core.workflow import Denied


def _same_level(product: Product, level: str) -> Any:
    return ProductRevision.objects.filter(product=product, level=level)


def _draft_only(revision: ProductRevision) -> None:
    if revision.status != ProductRevision.Status.DRAFT:
        raise Denied("revision_released", _("A released revision is not changed any more. Make a new revision."))


@verb("catalog.create_revision", _("Create revision"))
def create_revision(
    model: type[ProductRevision], *, actor: Any, reason: str = "", product: Product, **values: Any
) -> ProductRevision:
    """Draft a revision of a product: its level, drawing number and what changes."""
    revision = ProductRevision(product=product, **values)
    ended = None
    if product.status == Product.Status.DISCONTINUED:
        ended = Denied("product_discontinued", _("The product is discontinued. Reactivate it first."), field="product")
    return created(revision, ended, taken(_same_level(product, revision.level), "level"))  # type: ignore[no-any-return]


@verb("catalog.edit_revision", _("Edit revision"))
def edit_revision(revision: ProductRevision, *, actor: Any, reason: str = "", **values: Any) -> ProductRevision:
    """Change a draft: level, drawing number, what changes."""
    _draft_only(revision)
    same = taken(_same_level(revision.product, values.get("level", revision.level)), "level", revision)
    return changed(revision, values, same)  # type: ignore[no-any-return]


@verb("catalog.release_revision", _("Release revision"))
def release_revision(revision: ProductRevision, *, actor: Any, reason: str = "", effective_from: date) -> ProductRevision:
    """Make a draft the revision that holds from a day on; the one before is superseded and ends the day before."""
    Product.objects.filter(pk=revision.product_id).locked().get()
    ProductRevision.workflow.move(revision, "catalog.release_revision")
    before = ProductRevision.objects.filter(product=revision.product_id, period__isnull=False).order_by("-period").first()
    if before is not None:
        if before.effective_from and effective_from <= before.effective_from:
            raise Denied(
                "before_last_revision",
                _("Revision %(level)s holds from %(day)s. A new one must begin later.")
                % {"level": before.level, "day": day(before.effective_from)},
                field="effective_from",
            )
        before.status = ProductRevision.Status.SUPERSEDED
        before.period = DateRange(before.effective_from, effective_from, "[)")
        before.save(update_fields=["status", "period"])
    revision.period = DateRange(effective_from, None, "[)")
    revision.released_at, revision.released_by = clock.now(), actor
    revision.save(update_fields=["status", "period", "released_at", "released_by"])
    return revision


@verb("catalog.discard_revision", _("Discard draft"))
def discard_revision(revision: ProductRevision, *, actor: Any, reason: str = "") -> None:
    """Delete a draft that nobody refers to; its history stays."""
    _draft_only(revision)
    if revision.customer_items.exists():
        raise Denied("revision_in_use", _("A customer item refers to this revision. Change it first."))
    revision.delete()
