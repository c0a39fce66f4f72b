"""Letters about wrong prices as they went to the customer: to whom, when, with which lines; their print is kept as a document."""

from typing import Any, Self

import pgtrigger
from django.conf import settings
from django.contrib.contenttypes.fields import GenericRelation
from django.db import models
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from accounts.models import Location
from kam.core.documents import Document
from kam.core.history import tracked
from kam.core.money import validate_currency
from kam.core.records import Record
from kam.core.scoping import ScopedQuerySet
from orders.models.findings import PriceFinding
from orders.models.offers import LANGUAGES


class PriceLetterQuerySet(ScopedQuerySet):
    """Letters about wrong prices: read by who reads every wrong price that stands in them."""

    def visible_to(self, user: Any) -> Self:
        return self._with_all(PriceFinding.objects.visible_to(user))

    def permitted(self, user: Any, verb: str) -> Self:
        return self._with_all(PriceFinding.objects.permitted(user, verb))

    def _with_all(self, rows: Any) -> Self:
        others = PriceFinding.objects.exclude(pk__in=rows.values("pk"))
        return self.filter(~Exists(others.filter(letters=OuterRef("pk"))))

    def for_list(self) -> Self:
        return self.select_related("selling_location", "sent_by").prefetch_related("documents__type")


@tracked(exclude=("lines",))
class PriceLetter(Record):
    """A letter about wrong prices of one customer, location and currency, with its lines as they were told; nobody changes it."""

    addressee = models.CharField(_("customer"), max_length=200, editable=False)
    selling_location = models.ForeignKey(
        Location, on_delete=models.PROTECT, editable=False, verbose_name=_("selling location"), related_name="price_letters"
    )
    currency = models.CharField(_("currency"), max_length=3, validators=[validate_currency], editable=False)
    language = models.CharField(_("language"), max_length=2, choices=LANGUAGES, editable=False)
    to_recover = models.DecimalField(_("to recover"), max_digits=20, decimal_places=6, editable=False)
    to_credit = models.DecimalField(_("to credit"), max_digits=20, decimal_places=6, editable=False)
    findings = models.ManyToManyField(PriceFinding, editable=False, verbose_name=_("wrong prices"), related_name="letters")
    lines = models.JSONField(_("lines"), default=list, editable=False)
    sent_to = models.CharField(_("sent to"), max_length=254, editable=False)
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        verbose_name=_("sent by"),
        related_name="+",
    )
    sent_at = models.DateTimeField(_("sent"), editable=False)
    documents = GenericRelation(Document)

    objects = PriceLetterQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("letter about wrong prices")
        verbose_name_plural = _("letters about wrong prices")
        ordering = ["-sent_at", "-pk"]
        indexes = [
            models.Index(fields=["-sent_at", "-id"], name="orders_priceletter_by_day"),
            models.Index(fields=["selling_location", "-sent_at", "-id"], name="orders_priceletter_by_location"),
            models.Index(fields=["updated_at", "id"], name="orders_priceletter_by_change"),
        ]
        triggers = [
            *Record.Meta.triggers,
            pgtrigger.Protect(name="stays", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="as_sent", fields=["lines", "currency", "language", "sent_to", "sent_by", "sent_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.addressee} · {self.sent_at:%Y-%m-%d}"

    def get_absolute_url(self) -> str:
        """The letter's page."""
        return f"/price-letters/{self.pk}/"

    @property
    def paper(self) -> Document | None:
        """The print as it was sent, once it is there; of what was fetched with it nothing is asked again."""
        papers = [one for one in self.documents.all() if one.type.code == "print" and one.uploaded_by_id is None]
        return min(papers, key=lambda one: one.pk, default=None)
