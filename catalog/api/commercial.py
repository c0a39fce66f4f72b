"""Costs, list prices, customer items and programmes over REST."""

from typing import Any

from rest_framework import serializers

from accounts.models import Customer, Location
from catalog.api.products import IDENTITY
from catalog.filters import CustomerItemFilter, ListPriceFilter, ProgrammeFilter, StandardCostFilter
from catalog.models import CustomerItem, ListPrice, PriceUnit, Product, Programme, StandardCost
from kam.core.api import (
    RecordSerializer,
    RecordViewSet,
    ScopedPrimaryKeyField,
    SensibleDateField,
    StrictSerializer,
    VerbSerializer,
    verb_action,
)


class StandardCostSerializer(RecordSerializer):
    """A standard cost of one version, split; `total` is the sum, all per price unit."""

    cost_fields = ("material", "variable_conversion", "fixed", "total")
    total = serializers.DecimalField(source="sum", max_digits=15, decimal_places=5, read_only=True)

    class Meta:
        model = StandardCost
        fields = [
            *IDENTITY,
            "product",
            "location",
            "cost_version",
            "period",
            "material",
            "variable_conversion",
            "fixed",
            "total",
            "currency",
            "price_unit",
        ]
        read_only_fields = fields


class PublishedCostSerializer(StrictSerializer):
    """One cost of a version."""

    product = ScopedPrimaryKeyField(queryset=Product.objects.all())
    material = serializers.DecimalField(max_digits=14, decimal_places=5, min_value=0)
    variable_conversion = serializers.DecimalField(max_digits=14, decimal_places=5, min_value=0)
    fixed = serializers.DecimalField(max_digits=14, decimal_places=5, min_value=0)
    currency = serializers.CharField(max_length=3, required=False)
    price_unit = serializers.ChoiceField(choices=PriceUnit.choices, required=False)


class PublishSerializer(VerbSerializer):
    """A version of a location's costs as one set; `complete` ends the costs of products that are not in it."""

    location = ScopedPrimaryKeyField(queryset=Location.objects.all())
    cost_version = serializers.CharField(max_length=20)
    first_day = SensibleDateField()
    complete = serializers.BooleanField(required=False, default=False)
    costs = PublishedCostSerializer(many=True, max_length=10_000)  # type: ignore[call-arg]


class PublishedSerializer(serializers.Serializer):
    """What a publication made: the new costs; none when they were there already."""

    count = serializers.IntegerField(help_text="Number of new costs.")
    ids = serializers.ListField(child=serializers.IntegerField(), help_text="Their keys.")

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """The costs by their keys."""
        return {"count": len(instance), "ids": [cost.pk for cost in instance]}


class StandardCostViewSet(RecordViewSet):
    """Standard costs of the locations whose costs you may read; published as versions, never changed."""

    queryset = StandardCost.objects.all()
    serializer_class = StandardCostSerializer
    filterset_class = StandardCostFilter
    ordering_fields = {
        "id": "id",
        "product": "product__code",
        "location": "location__code",
        "cost_version": "cost_version",
        "period": "period",
        "material": "material",
        "variable_conversion": "variable_conversion",
        "fixed": "fixed",
        "updated_at": "updated_at",
    }
    publish = verb_action("catalog.publish_costs", PublishSerializer, answer=PublishedSerializer, detail=False)


class ListPriceSerializer(RecordSerializer):
    """A new price from a day on; without `last_day` until a later one begins."""

    product = ScopedPrimaryKeyField(queryset=Product.objects.all())
    first_day = SensibleDateField(write_only=True)
    last_day = SensibleDateField(write_only=True, required=False, allow_null=True)

    class Meta:
        model = ListPrice
        fields = [*IDENTITY, "product", "location", "currency", "price", "price_unit", "period", "first_day", "last_day"]
        read_only_fields = ["period"]


class ListPriceViewSet(RecordViewSet):
    """List prices, those of the future included. A change is a new price; one that has not begun can be withdrawn."""

    queryset = ListPrice.objects.all()
    serializer_class = ListPriceSerializer
    filterset_class = ListPriceFilter
    ordering_fields = {
        "id": "id",
        "product": "product__code",
        "currency": "currency",
        "price": "price",
        "period": "period",
        "updated_at": "updated_at",
    }
    create_action = "catalog.record_list_price"
    delete_action = "catalog.withdraw_list_price"


class CustomerItemSerializer(RecordSerializer):
    """What a customer, or one of its plants, calls a product; customer and product are said once."""

    customer = ScopedPrimaryKeyField(queryset=Customer.objects.all())
    product = ScopedPrimaryKeyField(queryset=Product.objects.all())

    class Meta:
        model = CustomerItem
        fields = [
            *IDENTITY,
            "customer",
            "plant",
            "product",
            "part_number",
            "description",
            "agreed_revision",
            "minimum_delivery_quantity",
        ]

    def get_fields(self) -> dict[str, serializers.Field]:
        """Customer and product stay as they are when an item is changed."""
        fields = super().get_fields()
        if isinstance(self.instance, CustomerItem):
            for name in ("customer", "product"):
                fields[name].read_only = True
        return fields


class CustomerItemViewSet(RecordViewSet):
    """Customers' part numbers, with the revision that was agreed."""

    queryset = CustomerItem.objects.all()
    serializer_class = CustomerItemSerializer
    filterset_class = CustomerItemFilter
    ordering_fields = {
        "id": "id",
        "part_number": "part_number",
        "customer": "customer__name",
        "product": "product__code",
        "updated_at": "updated_at",
    }
    create_action = "catalog.create_customer_item"
    update_action = "catalog.edit_customer_item"


class ProgrammeSerializer(RecordSerializer):
    """A programme of a customer; the customer is said once."""

    customer = ScopedPrimaryKeyField(queryset=Customer.objects.all())

    class Meta:
        model = Programme
        fields = [*IDENTITY, "customer", "code", "name", "start_of_production", "end_of_production", "notes"]

    def get_fields(self) -> dict[str, serializers.Field]:
        """The customer stays as it is when a programme is changed."""
        fields = super().get_fields()
        if isinstance(self.instance, Programme):
            fields["customer"].read_only = True
        return fields


class ProgrammeViewSet(RecordViewSet):
    """Customers' programmes from start to end of production."""

    queryset = Programme.objects.all()
    serializer_class = ProgrammeSerializer
    filterset_class = ProgrammeFilter
    ordering_fields = {
        "id": "id",
        "code": "code",
        "customer": "customer__name",
        "start_of_production": "start_of_production",
        "end_of_production": "end_of_production",
        "updated_at": "updated_at",
    }
    create_action = "catalog.create_programme"
    update_action = "catalog.edit_programme"
