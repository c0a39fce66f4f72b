"""Rows of the sales ledger for tests: documents with their header, lines, and sales as a source states them."""

from datetime import date
from decimal import Decimal
from typing import Any

import factory
from django.db import transaction
from factory.django import DjangoModelFactory

from orders.actions import record_sales, stage_sales
from orders.models import SalesBatch, SalesDocument, SalesHeader, SalesLine
from tests.factories.accounts import CustomerFactory, LocationFactory
from tests.factories.catalog import ProductFactory


class SalesBatchFactory(DjangoModelFactory):
    """One run of the writer."""

    class Meta:
        model = SalesBatch

    kind = "import"
    origin = "sales.csv"
    currency = "EUR"


class SalesDocumentFactory(DjangoModelFactory):
    """A document of the source SAP."""

    class Meta:
        model = SalesDocument

    system = "SAP"
    number = factory.Sequence(lambda number: f"9{number:07d}")


class SalesLineFactory(DjangoModelFactory):
    """Ten pieces for 100 EUR that cost 60, sold and made in Italy; its document gets a header."""

    class Meta:
        model = SalesLine
        skip_postgeneration_save = True

    document = factory.SubFactory(SalesDocumentFactory)
    number = "10"
    batch = factory.SubFactory(SalesBatchFactory)
    date = date(2026, 3, 16)
    plant = factory.LazyAttribute(lambda made: CustomerFactory().plants.get())
    selling_location = factory.SubFactory(LocationFactory)
    producing_location = factory.SelfAttribute("selling_location")
    product = factory.SubFactory(ProductFactory)
    quantity = Decimal(10)
    unit = "pcs"
    net = Decimal(100)
    currency = "EUR"
    rate = Decimal(1)
    cost = Decimal(60)
    local_cost = factory.SelfAttribute("cost")

    @factory.post_generation
    def header(self, create: bool, given: Any, **extra: Any) -> None:
        """What the source says about the document."""
        if create and given is not False and not self.document.headers.filter(ended_by=None).exists():
            SalesHeader.objects.create(
                document=self.document,
                batch=self.batch,
                date=self.date,
                customer=self.plant.customer,
                selling_location=self.selling_location,
                currency=self.currency,
                rate=self.rate,
                **extra,
            )


def stated(**values: Any) -> dict[str, Any]:
    """A line as a source states it: ten pieces for 100 EUR on 16 March 2026."""
    return {
        "system": "SAP",
        "document": "90001",
        "line": "10",
        "date": date(2026, 3, 16),
        "quantity": Decimal(10),
        "net": Decimal(100),
        "currency": "EUR",
    } | values


def record(*rows: dict[str, Any], actor: Any = None, **options: Any) -> SalesBatch | None:
    """Record sales as a source states them."""
    with transaction.atomic():
        return record_sales(SalesBatch, actor=actor, staged=stage_sales(rows), **options)
