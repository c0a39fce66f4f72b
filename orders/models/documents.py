"""Sales documents: which one it is, and what its source says about it, version after version."""

from decimal import Decimal
from typing import Any, Self

import pgtrigger
from django.apps import apps
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Abs, Now, Upper
from django.db.models.lookups import GreaterThan
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, Location
from kam.core.money import validate_currency
from kam.core.scoping import ScopedQuerySet
from orders.models.batches import SalesBatch
from orders.models.scopes import reach_of

#: How far a stated total may lie from the sum of its lines before the two differ.
TOLERANCE = Decimal("0.005")
#: Documents and runs are checked once a statement; keys checked row by row would make a third of a large import's headers.
REFERENCES = """
IF EXISTS (
    SELECT FROM (SELECT DISTINCT document_id AS key FROM made) AS named
    WHERE NOT EXISTS (SELECT FROM orders_salesdocument WHERE id = named.key)
) OR EXISTS (
    SELECT FROM (SELECT DISTINCT batch_id AS key FROM made) AS named
    WHERE NOT EXISTS (SELECT FROM orders_salesbatch WHERE id = named.key)
) THEN
    RAISE foreign_key_violation USING MESSAGE = 'the sales ledger would name a document or a run that does not exist';
END IF;
"""
#: A new version of a header begins with the sum of the lines that are there; every later change of a line moves it on.
SUM_LINES = f"""
{REFERENCES}
UPDATE orders_salesheader AS header SET lines_net = found.net
FROM (
    SELECT made.id, made.lines_net, (
        SELECT coalesce(sum(net), 0) FROM orders_salesline AS line WHERE line.document_id = made.document_id AND ended_by_id IS NULL
    ) AS net FROM made OFFSET 0
) AS found
WHERE header.id = found.id AND found.lines_net <> found.net;
RETURN NULL;
"""


class SalesDocumentQuerySet(ScopedQuerySet):
    """Documents; seen by whoever sees one of their lines."""

    def visible_to(self, user: Any) -> Self:
        if reach_of(user).everything:
            return self
        lines: Any = apps.get_model("orders", "SalesLine")._default_manager
        return self.filter(Exists(lines.visible_to(user).filter(document=OuterRef("pk"))))


class SalesDocument(models.Model):
    """An invoice or a credit note of a source system: its number there, which never changes."""

    system = models.CharField(_("system"), max_length=40)
    number = models.CharField(_("number"), max_length=40)
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)

    objects = SalesDocumentQuerySet.as_manager()

    class Meta:
        verbose_name = _("sales document")
        verbose_name_plural = _("sales documents")
        ordering = ["system", "number", "pk"]
        constraints = [models.UniqueConstraint(fields=["system", "number"], name="orders_document_once")]
        indexes = [models.Index(Upper("number"), name="orders_document_number")]
        triggers = [
            pgtrigger.ReadOnly(name="immutable"),
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        """The document with its lines."""
        return f"/sales/documents/{self.pk}/"


class SalesHeaderQuerySet(ScopedQuerySet):
    """What was said about documents; seen with the document."""

    def visible_to(self, user: Any) -> Self:
        if reach_of(user).everything:
            return self
        return self.filter(document__in=SalesDocument.objects.visible_to(user))

    def current(self) -> Self:
        """What holds now."""
        return self.filter(ended_by__isnull=True)

    def different(self) -> Self:
        """The documents whose stated total does not agree with their lines."""
        return self.current().filter(difference__isnull=False)

    def for_list(self) -> Self:
        return self.select_related("document", "customer", "selling_location")


class SalesHeader(models.Model):
    """What the source says about a document in one version: date, parties, total. Never changed, only followed by another."""

    class Kind(models.TextChoices):
        INVOICE = "invoice", _("Invoice")
        CREDIT_NOTE = "credit_note", _("Credit note")

    document = models.ForeignKey(
        SalesDocument,
        on_delete=models.PROTECT,
        db_index=False,
        db_constraint=False,
        related_name="headers",
        verbose_name=_("document"),
    )
    version = models.PositiveIntegerField(_("version"), default=1)
    batch = models.ForeignKey(
        SalesBatch, on_delete=models.PROTECT, db_constraint=False, related_name="headers", verbose_name=_("run")
    )
    ended_by = models.ForeignKey(
        SalesBatch,
        on_delete=models.PROTECT,
        db_constraint=False,
        null=True,
        blank=True,
        related_name="ended_headers",
        verbose_name=_("ended by"),
    )
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices, default=Kind.INVOICE)
    date = models.DateField(_("date"))
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="sales_headers", verbose_name=_("sold-to party")
    )
    selling_location = models.ForeignKey(
        Location,
        on_delete=models.PROTECT,
        db_index=False,
        db_constraint=False,
        related_name="+",
        verbose_name=_("selling location"),
    )
    currency = models.CharField(_("currency"), max_length=3, validators=[validate_currency])
    rate = models.DecimalField(_("rate to the currency of the group"), max_digits=18, decimal_places=8)
    total = models.DecimalField(_("total as stated"), max_digits=20, decimal_places=6, null=True, blank=True)
    lines_net = models.DecimalField(_("sum of the lines"), max_digits=20, decimal_places=6, default=Decimal(0), editable=False)
    difference = models.GeneratedField(
        expression=models.Case(
            models.When(GreaterThan(Abs(F("total") - F("lines_net")), models.Value(TOLERANCE)), then=F("total") - F("lines_net")),
        ),
        output_field=models.DecimalField(_("difference"), max_digits=20, decimal_places=6, null=True),
        db_persist=True,
    )

    objects = SalesHeaderQuerySet.as_manager()

    class Meta:
        verbose_name = _("header of a sales document")
        verbose_name_plural = _("headers of sales documents")
        ordering = ["-date", "-pk"]
        indexes = [
            models.Index(
                fields=["date", "id"],
                condition=Q(difference__isnull=False, ended_by__isnull=True),
                name="orders_header_different",
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["document", "ended_by"], nulls_distinct=False, name="orders_header_current_once"),
            models.CheckConstraint(condition=Q(rate__gt=0, version__gte=1), name="orders_header_sensible"),
        ]
        triggers = [
            pgtrigger.ReadOnly(name="immutable", exclude=["ended_by", "lines_net", "difference"]),
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="sum_lines",
                level=pgtrigger.Statement,
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                referencing=pgtrigger.Referencing(new="made"),
                func=SUM_LINES,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.document} {self.version}"

    def get_absolute_url(self) -> str:
        """The page of the document."""
        return f"/sales/documents/{self.document_id}/"
