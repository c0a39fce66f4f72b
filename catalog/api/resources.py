"""Work centres and bills of resources over REST."""

from typing import Any

from rest_framework import serializers

from accounts.models import Location
from catalog.api.products import IDENTITY, NAMES
from catalog.filters import BillFilter, WorkCentreFilter
from catalog.models import BillMaterial, BillOfResources, BillOperation, Product, WorkCentre
from kam.core.api import RecordSerializer, RecordViewSet, ScopedPrimaryKeyField, SensibleDateField


class WorkCentreSerializer(RecordSerializer):
    """A work centre; `hours_a_day` is what it can do on a working day. Its location is said once."""

    location = ScopedPrimaryKeyField(queryset=Location.objects.all())
    hours_a_day = serializers.DecimalField(max_digits=14, decimal_places=4, read_only=True)

    class Meta:
        model = WorkCentre
        fields = [
            *IDENTITY,
            "location",
            "code",
            *NAMES,
            "machines",
            "shifts",
            "hours_per_shift",
            "efficiency",
            "presence_rate",
            "is_active",
            "hours_a_day",
        ]

    def get_fields(self) -> dict[str, serializers.Field]:
        """The location stays as it is when a work centre is changed."""
        fields = super().get_fields()
        if isinstance(self.instance, WorkCentre):
            fields["location"].read_only = True
        return fields


class WorkCentreViewSet(RecordViewSet):
    """Work centres: machines, shifts, hours, efficiency and presence."""

    queryset = WorkCentre.objects.all()
    serializer_class = WorkCentreSerializer
    filterset_class = WorkCentreFilter
    ordering_fields = {"id": "id", "code": "code", "location": "location__code", "updated_at": "updated_at"}
    create_action = "catalog.create_work_centre"
    update_action = "catalog.edit_work_centre"


class LineSerializer(RecordSerializer):
    """A line of a bill; the reason belongs to the bill."""

    def get_fields(self) -> dict[str, serializers.Field]:
        """The line's own fields."""
        fields = super().get_fields()
        fields.pop("reason", None)
        return fields


class OperationSerializer(LineSerializer):
    """Hours per unit and set-up hours per lot at a work centre, and how many months before delivery."""

    class Meta:
        model = BillOperation
        fields = ["work_centre", "hours_per_unit", "setup_hours", "offset_months"]


class MaterialSerializer(LineSerializer):
    """A material or part that one unit takes."""

    class Meta:
        model = BillMaterial
        fields = ["material", "grade", "quantity", "unit", "gross_weight"]


class BillSerializer(RecordSerializer):
    """A bill of resources with its lines in their order; product, location and first day are said once."""

    product = ScopedPrimaryKeyField(queryset=Product.objects.all())
    location = ScopedPrimaryKeyField(queryset=Location.objects.all())
    first_day = SensibleDateField(write_only=True)
    operations = OperationSerializer(many=True)
    materials = MaterialSerializer(many=True, required=False)

    class Meta:
        model = BillOfResources
        fields = [
            *IDENTITY,
            "product",
            "location",
            "bill_version",
            "period",
            "first_day",
            "lot",
            "yield_rate",
            "operations",
            "materials",
        ]
        read_only_fields = ["bill_version", "period"]

    def get_fields(self) -> dict[str, serializers.Field]:
        """Product, location and first day stay as they are when a version that has not begun is changed."""
        fields = super().get_fields()
        if isinstance(self.instance, BillOfResources):
            for name in ("product", "location"):
                fields[name].read_only = True
            fields["first_day"] = SensibleDateField(read_only=True)
        return fields


class BillOfResourcesViewSet(RecordViewSet):
    """Bills of resources; a change of one that holds is a new version (POST), one that has not begun is changed in place."""

    queryset = BillOfResources.objects.all()
    serializer_class = BillSerializer
    filterset_class = BillFilter
    ordering_fields = {"id": "id", "product": "product__code", "location": "location__code", "updated_at": "updated_at"}
    create_action = "catalog.record_bill"
    update_action = "catalog.edit_bill"

    def get_queryset(self) -> Any:
        """Bills with their lines."""
        return super().get_queryset().prefetch_related("operations", "materials")
