"""Customers' own workbooks for an offer: the file as it came, which of its columns takes what of ours, and the file as we filled it."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kam.core.documents import Document
from kam.core.history import tracked
from kam.core.records import Record
from kam.core.scoping import ScopedQuerySet
from orders.models.offers import Offer


class OfferWorkbookQuerySet(ScopedQuerySet):
    """Workbooks, read and written with their offers."""

    def visible_to(self, user: Any) -> Self:
        return self.filter(offer__in=Offer.objects.visible_to(user).values("pk"))

    def permitted(self, user: Any, verb: str) -> Self:
        return self.filter(offer__in=Offer.objects.permitted(user, verb).values("pk"))

    def for_list(self) -> Self:
        return self.select_related("offer__plant__customer", "document", "filled", "filled_by")


@tracked(exclude=("fingerprint", "columns", "sheet", "header_row"), beside="offer")
class OfferWorkbook(Record):
    """A customer's workbook; `columns` says by letter what each takes, and the next one with the same header is read alike."""

    class Value(models.TextChoices):
        BY_CUSTOMER_PART = "by_customer_part", _("finds the line: customer part number")
        BY_PRODUCT = "by_product", _("finds the line: our number")
        PRODUCT = "product", _("our number")
        CUSTOMER_PART = "customer_part", _("customer part number")
        DESCRIPTION = "description", _("description")
        REVISION = "part_revision", _("revision of the drawing")
        EACH = "each", _("price of one unit")
        PRICE = "price", _("price per price unit")
        PRICE_UNIT = "price_unit", _("price unit")
        CURRENCY = "currency", _("currency")
        QUANTITY = "quantity", _("quantity")
        MINIMUM = "minimum_quantity", _("minimum order quantity")
        SURCHARGE = "surcharge_basis", _("basis of surcharges")
        DELIVERY = "delivery", _("lead time")
        OFFER = "offer", _("number of the offer")

    #: What finds the line of a row, and is read only.
    FINDS = (Value.BY_CUSTOMER_PART, Value.BY_PRODUCT)

    offer = models.ForeignKey(Offer, on_delete=models.PROTECT, editable=False, verbose_name=_("offer"), related_name="workbooks")
    document = models.ForeignKey(
        Document, on_delete=models.PROTECT, editable=False, verbose_name=_("file as it came"), related_name="+"
    )
    sheet = models.CharField(_("sheet"), max_length=31, blank=True, editable=False)
    header_row = models.PositiveIntegerField(_("row of the headers"), null=True, editable=False)
    columns = models.JSONField(_("what the columns take"), default=dict, editable=False)
    fingerprint = models.CharField(max_length=64, blank=True, editable=False)
    filled = models.ForeignKey(
        Document, on_delete=models.PROTECT, null=True, editable=False, verbose_name=_("filled file"), related_name="+"
    )
    filled_at = models.DateTimeField(_("filled"), null=True, editable=False)
    filled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        verbose_name=_("filled by"),
        related_name="+",
    )

    objects = OfferWorkbookQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("customer's workbook")
        verbose_name_plural = _("customers' workbooks")
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="orders_workbook_by_day"),
            models.Index(fields=["offer", "-id"], name="orders_workbook_by_offer"),
            models.Index(fields=["updated_at", "id"], name="orders_workbook_by_change"),
            models.Index(fields=["fingerprint", "-filled_at"], condition=~Q(fingerprint=""), name="orders_workbook_known"),
        ]
        constraints = [
            models.CheckConstraint(
                name="orders_workbook_filled",
                condition=Q(filled=None, filled_at=None) | Q(filled__isnull=False, filled_at__isnull=False) & ~Q(fingerprint=""),
            ),
        ]

    def __str__(self) -> str:
        return self.document.original_name

    def get_absolute_url(self) -> str:
        """The page on which it is filled."""
        return f"/offer-workbooks/{self.pk}/"
