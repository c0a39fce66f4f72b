"""Product families: a tree whose top levels are the product lines."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from kam.core.history import tracked
from kam.core.plain import search_index, search_text
from kam.core.records import Record
from kam.core.scoping import SharedQuerySet
from kam.core.words import Translated


class ProductFamilyQuerySet(SharedQuerySet):
    """Families; everyone reads them."""

    def with_descendants(self, keys: Iterable[int]) -> list[int]:
        """The keys of these families and of everything below them."""
        below = defaultdict(list)
        for key, parent in ProductFamily.objects.values_list("pk", "parent_id"):
            below[parent].append(key)
        found, waiting = [], [*keys]
        while waiting:
            key = waiting.pop()
            found.append(key)
            waiting += below[key]
        return found

    def for_list(self) -> Self:
        return self.select_related("parent")


def product_line_scopes() -> list[tuple[str, str]]:
    """Product lines as scopes of parameters, with their names."""
    return [(f"product_line:{line.pk}", line.name) for line in ProductFamily.objects.filter(parent=None).order_by("code", "pk")]


@tracked(exclude=("search_text",))
class ProductFamily(Record, Translated):
    """Products that are sold, planned and compared together; a family without a parent is a product line."""

    code = models.CharField(_("code"), max_length=20, unique=True)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("belongs to"), related_name="children"
    )
    search_text = search_text("code", "name_it", "name_en", "name_de")

    objects = ProductFamilyQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("product family")
        verbose_name_plural = _("product families")
        ordering = ["code", "pk"]
        indexes = [search_index("catalog_family_search"), models.Index(fields=["code", "id"], name="catalog_family_by_code")]
        constraints = [
            models.CheckConstraint(
                condition=Q(parent__isnull=True) | ~Q(parent=F("id")), name="catalog_family_not_its_own_parent"
            )
        ]

    def get_absolute_url(self) -> str:
        """The family's page."""
        return f"/product-families/{self.pk}/"

    @property
    def line(self) -> "ProductFamily":
        """The product line: the family at the top of the tree above this one."""
        top = self
        while top.parent is not None:
            top = top.parent
        return top
