"""Rows of the catalogue for tests: families, products with a released revision, costs, prices, items, work centres, bills."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import factory
from django.db.backends.postgresql.psycopg_any import DateRange
from factory.django import DjangoModelFactory

from catalog.models import (
    BillMaterial,
    BillOfResources,
    BillOperation,
    CustomerItem,
    ListPrice,
    Product,
    ProductFamily,
    ProductRevision,
    Programme,
    StandardCost,
    WorkCentre,
)
from tests.factories.accounts import CustomerFactory, LocationFactory

SINCE_2020 = DateRange(date(2020, 1, 1), None, "[)")


class ProductFamilyFactory(DjangoModelFactory):
    """A family; without `parent` a product line."""

    class Meta:
        model = ProductFamily

    code = factory.Sequence(lambda number: f"F-{number:03d}")
    name_en = factory.Sequence(lambda number: f"Family {number}")
    parent = None


class ProductFactory(DjangoModelFactory):
    """An active product that Italy produces; `revision=False` makes it without its released revision A."""

    class Meta:
        model = Product
        skip_postgeneration_save = True

    code = factory.Sequence(lambda number: f"KP-{number:05d}")
    name_en = factory.Sequence(lambda number: f"Pulley {number}")
    name_it = factory.Sequence(lambda number: f"Puleggia {number}")
    family = factory.SubFactory(ProductFamilyFactory)
    status = "active"
    producing_location = factory.SubFactory(LocationFactory)

    @factory.post_generation
    def revision(self, create: bool, given: Any, **extra: Any) -> None:
        """The revision in force."""
        if create and given is not False:
            ProductRevisionFactory(product=self, **extra)


class ProductRevisionFactory(DjangoModelFactory):
    """A released revision A since 2020; `status="draft"` makes a draft."""

    class Meta:
        model = ProductRevision

    product = factory.SubFactory(ProductFactory, revision=False)
    level = "A"
    drawing_number = factory.LazyAttribute(lambda made: f"D-{made.product.code}")
    status = "released"
    period = factory.LazyAttribute(lambda made: None if made.status == "draft" else SINCE_2020)
    released_at = factory.LazyAttribute(lambda made: None if made.status == "draft" else datetime(2020, 1, 1, tzinfo=UTC))


class StandardCostFactory(DjangoModelFactory):
    """A cost of 10 = 6 + 3 + 1 since 2020 at the producing location."""

    class Meta:
        model = StandardCost

    product = factory.SubFactory(ProductFactory)
    location = factory.SelfAttribute("product.producing_location")
    cost_version = "2020"
    period = SINCE_2020
    material = Decimal(6)
    variable_conversion = Decimal(3)
    fixed = Decimal(1)
    currency = factory.SelfAttribute("location.currency")


class ListPriceFactory(DjangoModelFactory):
    """A general price of 25 EUR since 2020."""

    class Meta:
        model = ListPrice

    product = factory.SubFactory(ProductFactory)
    location = None
    currency = "EUR"
    price = Decimal(25)
    period = SINCE_2020


class CustomerItemFactory(DjangoModelFactory):
    """What a customer calls a product, at all its plants."""

    class Meta:
        model = CustomerItem

    customer = factory.SubFactory(CustomerFactory)
    product = factory.SubFactory(ProductFactory)
    part_number = factory.Sequence(lambda number: f"PN-{number:06d}")


class ProgrammeFactory(DjangoModelFactory):
    """A programme of a customer."""

    class Meta:
        model = Programme

    customer = factory.SubFactory(CustomerFactory)
    code = factory.Sequence(lambda number: f"X{number}")
    name = factory.Sequence(lambda number: f"Platform {number}")


class WorkCentreFactory(DjangoModelFactory):
    """Two machines, two shifts of eight hours, 85 % efficiency, in Italy."""

    class Meta:
        model = WorkCentre

    location = factory.SubFactory(LocationFactory)
    code = factory.Sequence(lambda number: f"WC-{number:03d}")
    name_en = factory.Sequence(lambda number: f"Lathes {number}")
    machines = 2
    shifts = 2
    efficiency = Decimal(85)
    presence_rate = Decimal(92)


class BillOfResourcesFactory(DjangoModelFactory):
    """A bill since 2020; `hours={centre: hours_per_unit}` gives its operations, `steel=kg` a material."""

    class Meta:
        model = BillOfResources
        skip_postgeneration_save = True

    product = factory.SubFactory(ProductFactory)
    location = factory.SelfAttribute("product.producing_location")
    period = SINCE_2020

    @factory.post_generation
    def hours(self, create: bool, given: Any, **extra: Any) -> None:
        """Hours per unit by work centre."""
        for number, (centre, hours) in enumerate((given or {}).items(), 1):
            BillOperation.objects.create(bill=self, sequence=number * 10, work_centre=centre, hours_per_unit=hours, **extra)

    @factory.post_generation
    def steel(self, create: bool, given: Any, **extra: Any) -> None:
        """Kilograms of steel per unit."""
        if create and given:
            BillMaterial.objects.create(bill=self, position=10, material="Steel", grade="C45", quantity=given, gross_weight=given)
