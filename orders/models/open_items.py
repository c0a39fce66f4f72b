"""Customers' open items: what the accounts of a location say is not paid, as of the day of its last list; who reads it.

A location's list replaces the one before: what a later list does not name any more is settled on its day.
"""

from datetime import date
from typing import Any, Self

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Customer, Location, access_of
from catalog.models.scopes import PRICE_READERS
from kam.core import clock
from kam.core.history import tracked
from kam.core.money import validate_currency
from kam.core.plain import search_index, search_text
from kam.core.records import Record
from kam.core.scoping import ScopedQuerySet


class OpenItemListQuerySet(ScopedQuerySet):
    """The lists of our locations: read by whoever reads items of them."""

    def visible_to(self, user: Any) -> Self:
        scope = access_of(user).scope_of(PRICE_READERS)
        if scope.everything:
            return self
        return self.filter(Q(location__in=scope.location_ids) | Q(location__in=_owing_to(user)))

    def permitted(self, user: Any, verb: str) -> Self:
        scope = access_of(user).scope(verb)
        return self if scope.everything else self.filter(location__in=scope.location_ids)


def _owing_to(user: Any) -> Any:
    return OpenItem.objects.visible_to(user).values("selling_location")


@tracked()
class OpenItemList(Record):
    """The open items of one location as a whole: the day on which its last list was drawn, and the system that drew it."""

    location = models.OneToOneField(Location, on_delete=models.PROTECT, verbose_name=_("location"), related_name="open_item_list")
    system = models.CharField(_("source system"), max_length=40)
    as_of = models.DateField(_("as of"))

    objects = OpenItemListQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("list of open items")
        verbose_name_plural = _("lists of open items")
        ordering = ["location__code", "pk"]

    def __str__(self) -> str:
        return f"{self.location.code} · {self.as_of.isoformat()}"


class OpenItemQuerySet(ScopedQuerySet):
    """Open items: read like sales, by who leads the customer and at the location to which it owes (domain 1.2, 11.3)."""

    def visible_to(self, user: Any) -> Self:
        scope = access_of(user).scope_of(PRICE_READERS)
        if scope.everything:
            return self
        return self.filter(scope.led.companies.has("customer") | Q(selling_location__in=scope.location_ids))

    def permitted(self, user: Any, verb: str) -> Self:
        scope = access_of(user).scope(verb)
        return self if scope.everything else self.filter(selling_location__in=scope.location_ids)

    def open(self) -> Self:
        """Those that the last list of their location names."""
        return self.filter(settled_on__isnull=True)

    def overdue(self, day: date | None = None) -> Self:
        """Those that the customer should have paid before a day, today if none is given; credits are never overdue."""
        return self.open().filter(due_on__lt=day or clock.today(), open_amount__gt=0)

    def for_list(self) -> Self:
        return self.select_related("customer", "selling_location__open_item_list")


@tracked(exclude=("search_text",))
class OpenItem(Record):
    """One item of a customer's account that is not paid, in its own currency; what lowers the debt has a minus."""

    class Kind(models.TextChoices):
        INVOICE = "invoice", _("Invoice")
        CREDIT_NOTE = "credit_note", _("Credit note")
        PAYMENT = "payment", _("Payment on account")
        OTHER = "other", pgettext_lazy("open item", "Other")

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, verbose_name=_("customer"), related_name="open_items")
    selling_location = models.ForeignKey(
        Location, on_delete=models.PROTECT, verbose_name=_("selling location"), related_name="open_items"
    )
    document_number = models.CharField(_("document number"), max_length=40)
    instalment = models.CharField(_("item or instalment"), max_length=20, blank=True)
    kind = models.CharField(_("kind"), max_length=11, choices=Kind.choices, default=Kind.INVOICE)
    date = models.DateField(_("date"))
    due_on = models.DateField(_("due on"))
    currency = models.CharField(_("currency"), max_length=3, validators=[validate_currency])
    amount = models.DecimalField(_("amount"), max_digits=18, decimal_places=2)
    open_amount = models.DecimalField(_("open amount"), max_digits=18, decimal_places=2)
    base_open = models.DecimalField(_("open amount in the group's currency"), max_digits=18, decimal_places=2, editable=False)
    dunning_level = models.PositiveSmallIntegerField(_("dunning level"), default=0, validators=[MaxValueValidator(9)])
    settled_on = models.DateField(_("settled on"), null=True, editable=False)
    search_text = search_text("document_number")

    objects = OpenItemQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("open item")
        verbose_name_plural = _("open items")
        ordering = ["due_on", "pk"]
        indexes = [
            search_index("orders_openitem_search"),
            models.Index(fields=["due_on", "id"], name="orders_openitem_by_due"),
            models.Index(fields=["due_on", "id"], name="orders_openitem_open", condition=Q(settled_on__isnull=True)),
            models.Index(fields=["customer", "due_on", "id"], name="orders_openitem_by_customer"),
            models.Index(fields=["selling_location", "due_on", "id"], name="orders_openitem_by_location"),
            models.Index(fields=["date", "id"], name="orders_openitem_by_date"),
            models.Index(fields=["base_open", "id"], name="orders_openitem_by_amount"),
            models.Index(fields=["dunning_level", "id"], name="orders_openitem_by_dunning"),
            models.Index(fields=["updated_at", "id"], name="orders_openitem_by_change"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["selling_location", "document_number", "instalment"], name="orders_openitem_once"),
            models.CheckConstraint(name="orders_openitem_owes", condition=~Q(open_amount=0)),
        ]

    def __str__(self) -> str:
        return f"{self.document_number} / {self.instalment}" if self.instalment else self.document_number

    def get_absolute_url(self) -> str:
        """The page of the item."""
        return f"/open-items/{self.pk}/"

    @property
    def as_of(self) -> Any:
        """The day of the list that says so."""
        return self.selling_location.open_item_list.as_of

    @property
    def days_overdue(self) -> int:
        """For how many calendar days it should have been paid; 0 where it is not due, settled, or in the customer's favour."""
        if self.settled_on is not None or self.open_amount <= 0:
            return 0
        return int(max((clock.today() - self.due_on).days, 0))
