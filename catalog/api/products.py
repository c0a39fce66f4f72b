"""Families, products and revisions over REST."""

from typing import Any

from rest_framework import serializers

from catalog.filters import FamilyFilter, ProductFilter, RevisionFilter
from catalog.models import Product, ProductFamily, ProductRevision, ProductUnit
from kam.core.api import RecordSerializer, RecordViewSet, ScopedPrimaryKeyField, SensibleDateField, VerbSerializer, verb_action

IDENTITY = ["id", "version", "created_at", "updated_at"]
NAMES = ["name_it", "name_en", "name_de"]


class ProductFamilySerializer(RecordSerializer):
    """A family, or without `parent` a product line."""

    class Meta:
        model = ProductFamily
        fields = [*IDENTITY, "code", *NAMES, "parent"]


class ProductFamilyViewSet(RecordViewSet):
    """Product families."""

    queryset = ProductFamily.objects.all()
    serializer_class = ProductFamilySerializer
    filterset_class = FamilyFilter
    ordering_fields = ("id", "code", "updated_at")
    create_action = "catalog.create_family"
    update_action = "catalog.edit_family"


class ProductUnitSerializer(RecordSerializer):
    """Another unit of a product: one of it is `factor` base units."""

    class Meta:
        model = ProductUnit
        fields = ["unit", "factor"]

    def get_fields(self) -> dict[str, serializers.Field]:
        """The unit and its factor; the reason belongs to the product."""
        fields = super().get_fields()
        fields.pop("reason", None)
        return fields


class ProductSerializer(RecordSerializer):
    """A product; its status moves by verbs, its standard cost (of one base unit, at the producing location) is read by some."""

    cost_fields = ("standard_cost", "standard_cost_currency")
    units = ProductUnitSerializer(many=True, required=False)
    standard_cost = serializers.DecimalField(max_digits=20, decimal_places=7, read_only=True, allow_null=True)
    standard_cost_currency = serializers.CharField(read_only=True, allow_null=True)

    class Meta:
        model = Product
        fields = [
            *IDENTITY,
            "code",
            *NAMES,
            "family",
            "status",
            "last_order_date",
            "successor",
            "producing_location",
            "base_unit",
            "units",
            "net_weight",
            "gross_weight",
            "lead_time_days",
            "minimum_order_quantity",
            "pack_multiple",
            "customs_code",
            "origin_country",
            "is_dual_use",
            "is_sanctioned",
            "notes",
            "standard_cost",
            "standard_cost_currency",
        ]
        read_only_fields = ["status", "last_order_date", "successor"]


class PhaseOutSerializer(VerbSerializer):
    """Until when orders are taken, and what comes instead."""

    last_order_date = SensibleDateField()
    successor = ScopedPrimaryKeyField(queryset=Product.objects.all(), required=False, allow_null=True)


class ProductViewSet(RecordViewSet):
    """Products: names in three languages, units, logistics and trade data, from development to discontinued."""

    queryset = Product.objects.all()
    serializer_class = ProductSerializer
    filterset_class = ProductFilter
    ordering_fields = ("id", "code", "status", "name_it", "name_en", "name_de", "last_order_date", "updated_at", "standard_cost")
    create_action = "catalog.create_product"
    update_action = "catalog.edit_product"
    launch = verb_action("catalog.launch_product")
    phase_out = verb_action("catalog.phase_out_product", PhaseOutSerializer)
    discontinue = verb_action("catalog.discontinue_product")
    reactivate = verb_action("catalog.reactivate_product")

    def get_queryset(self) -> Any:
        """Products with their units and, where the reader may see it, their cost."""
        rows: Any = super().get_queryset().prefetch_related("units")
        return rows if getattr(self, "swagger_fake_view", False) else rows.with_costs(self.request.user)


class ProductRevisionSerializer(RecordSerializer):
    """A revision of a product; a draft has no period yet, a released one is not changed any more."""

    product = ScopedPrimaryKeyField(queryset=Product.objects.all())

    class Meta:
        model = ProductRevision
        fields = [
            *IDENTITY,
            "product",
            "level",
            "drawing_number",
            "description",
            "status",
            "period",
            "released_at",
            "released_by",
        ]
        read_only_fields = ["status", "period", "released_at", "released_by"]

    def get_fields(self) -> dict[str, serializers.Field]:
        """The product is said once, when the revision is drafted."""
        fields = super().get_fields()
        if self.instance is not None and not isinstance(self.instance, list):
            fields["product"].read_only = True
        return fields


class ReleaseSerializer(VerbSerializer):
    """From which day the revision holds."""

    effective_from = SensibleDateField()


class ProductRevisionViewSet(RecordViewSet):
    """Revisions of products with their drawing numbers; one released revision holds at a date."""

    queryset = ProductRevision.objects.all()
    serializer_class = ProductRevisionSerializer
    filterset_class = RevisionFilter
    ordering_fields = ("id", "drawing_number", "level", "updated_at")
    ordering = ("product__code", "-period", "level")
    create_action = "catalog.create_revision"
    update_action = "catalog.edit_revision"
    delete_action = "catalog.discard_revision"
    release = verb_action("catalog.release_revision", ReleaseSerializer)
