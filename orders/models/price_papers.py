"""Papers about agreed prices as they went to the customer: agreements to be signed and price lists; to whom, when, as which file."""

from typing import Any, Self

import pgtrigger
from django.conf import settings
from django.contrib.contenttypes.fields import GenericRelation
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, access_of
from catalog.models.scopes import PRICE_READERS
from kam.core.documents import Document
from kam.core.history import tracked
from kam.core.mails import Posting, new_message_id
from kam.core.records import Record
from kam.core.scoping import ScopedQuerySet
from orders.models.agreements import PriceAgreement
from orders.models.offers import LANGUAGES


class PricePaperQuerySet(ScopedQuerySet):
    """Papers about prices: read by who reads every agreement that stands in them, a price list only by who knows the customer."""

    def visible_to(self, user: Any) -> Self:
        if access_of(user).scope_of(PRICE_READERS).everything:
            return self
        told = self._with_all(PriceAgreement.objects.visible_to(user))
        return told.filter(Q(agreement__isnull=False) | Q(customer__in=Customer.objects.detailed_to(user).values("pk")))

    def permitted(self, user: Any, verb: str) -> Self:
        """The paper of an agreement: whoever may change that; a price list: whoever may do so for the customer, and reads it."""
        agreed = Q(agreement__in=PriceAgreement.objects.permitted(user, verb).values("pk"))
        listed = Q(agreement=None, customer__in=Customer.objects.permitted(user, verb).values("pk"))
        return self.visible_to(user).filter(agreed | listed)

    def _with_all(self, rows: Any) -> Self:
        others = PriceAgreement.objects.exclude(pk__in=rows.values("pk"))
        return self.filter(~Exists(others.filter(told_in=OuterRef("pk"))))

    def for_list(self) -> Self:
        return self.select_related("customer", "agreement", "document", "issued_by")


# What was sent stays in the row, which nobody changes or takes away; its history tells what became of it.
@tracked(
    exclude=(
        *("attempts", "not_before", "text", "message_id", "sha256", "document"),
        *("kind", "day", "stood", "addressee", "language", "issued_by", "issued_at"),
    ),
    erasable=("signed_by",),
    beside="agreement",
    told_at=("customer",),
    named_by="subject",
)
class PricePaper(Record, Posting):
    """A price agreement or price list that went to a customer; mailed once under its Message-ID, its print kept with its hash."""

    class Kind(models.TextChoices):
        AGREEMENT = "agreement", _("Price agreement")
        PRICE_LIST = "price_list", _("Price list")

    class State(models.TextChoices):
        ISSUED = "issued", _("issued")
        WAITING = "waiting", _("waiting")
        SENT = "sent", _("sent")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")

    STATUS_TONES = {"issued": "accent", "waiting": "wait", "sent": "ok", "failed": "no", "cancelled": "closed"}

    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, editable=False)
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, null=True, editable=False, verbose_name=_("customer"), related_name="price_papers"
    )
    agreement = models.ForeignKey(
        PriceAgreement,
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        verbose_name=_("price agreement"),
        related_name="papers",
    )
    agreements = models.ManyToManyField(
        PriceAgreement, editable=False, verbose_name=_("price agreements"), related_name="told_in"
    )
    #: The lines that stand in it, each with its days as they were, and the days of the agreement: what ends later ended later.
    stood = models.JSONField(_("prices as they stood"), default=dict, editable=False)
    day = models.DateField(_("prices on"), editable=False)
    addressee = models.CharField(_("addressee"), max_length=200, editable=False)
    language = models.CharField(_("language"), max_length=2, choices=LANGUAGES, editable=False)
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        verbose_name=_("sent by"),
        related_name="+",
    )
    issued_at = models.DateTimeField(_("issued"), editable=False)
    sent_to = models.CharField(_("sent to"), max_length=254, editable=False)
    recipients = ArrayField(models.EmailField(max_length=254), verbose_name=_("recipients"), default=list, editable=False)
    subject = models.CharField(_("subject"), max_length=200, editable=False)
    text = models.TextField(_("text"), max_length=20000, blank=True, editable=False)
    message_id = models.CharField(_("Message-ID"), max_length=120, unique=True, default=new_message_id, editable=False)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.ISSUED, editable=False)
    document = models.ForeignKey(
        Document, on_delete=models.PROTECT, null=True, editable=False, verbose_name=_("file"), related_name="+"
    )
    sha256 = models.CharField(_("SHA-256 of the file"), max_length=64, blank=True, editable=False)
    signed_on = models.DateField(_("signed on"), null=True, editable=False)
    signed_by = models.CharField(_("signed by"), max_length=120, blank=True, editable=False)
    documents = GenericRelation(Document)

    objects = PricePaperQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("paper about prices")
        verbose_name_plural = _("papers about prices")
        ordering = ["-issued_at", "-pk"]
        indexes = [
            models.Index(fields=["-issued_at", "-id"], name="orders_pricepaper_by_day"),
            models.Index(fields=["customer", "-issued_at", "-id"], name="orders_pricepaper_by_customer"),
            models.Index(fields=["updated_at", "id"], name="orders_pricepaper_by_change"),
            models.Index(fields=["not_before"], condition=Q(state="waiting"), name="orders_pricepaper_waiting"),
        ]
        triggers = [
            *Record.Meta.triggers,
            pgtrigger.Protect(name="stays", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="as_sent", fields=["kind", "customer", "agreement", "day", "stood", "addressee", "language", "issued_at"]
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="orders_pricepaper_about_one",
                condition=Q(kind="agreement", agreement__isnull=False)
                | Q(kind="price_list", agreement=None, customer__isnull=False),
            ),
            models.CheckConstraint(
                name="orders_pricepaper_sent",
                condition=Q(state="sent", sent_at__isnull=False, document__isnull=False) & ~Q(sha256="") | ~Q(state="sent"),
            ),
            models.CheckConstraint(
                name="orders_pricepaper_to_somebody", condition=~Q(state__in=["waiting", "sent"]) | ~Q(recipients=[])
            ),
            models.CheckConstraint(
                name="orders_pricepaper_signed", condition=Q(signed_on=None) | Q(kind="agreement") & ~Q(signed_by="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.name}"

    def get_absolute_url(self) -> str:
        """The paper's page."""
        return f"/price-papers/{self.pk}/"

    @property
    def name(self) -> str:
        """The number of the agreement, or the list's addressee and day."""
        return self.agreement.number if self.agreement else f"{self.addressee} {self.day:%Y-%m-%d}"
