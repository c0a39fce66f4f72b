"""Our locations, departments and markets over REST."""

from typing import Any

from accounts.api.dated import IDENTITY
from accounts.filters.location import DepartmentFilter, LocationFilter
from accounts.filters.market import MarketFilter
from accounts.models import Department, Location, Market
from kam.core.api import RecordSerializer, RecordViewSet

NAMES = ["name_it", "name_en", "name_de"]


class LocationSerializer(RecordSerializer):
    """One of our own sites."""

    class Meta:
        model = Location
        fields = [
            *IDENTITY, "code", *NAMES, "country", "city", "address", "time_zone", "currency", "calendar", "sells", "produces",
            "sap_sales_organisation", "sap_plant", "stand_in", "is_active",
        ]  # fmt: skip


class LocationViewSet(RecordViewSet):
    """Our locations."""

    queryset = Location.objects.all()
    serializer_class = LocationSerializer
    filterset_class = LocationFilter
    ordering_fields = ("id", "code", "country", "city", "updated_at")
    create_action = "accounts.create_location"
    update_action = "accounts.edit_location"


class DepartmentSerializer(RecordSerializer):
    """A department of a location."""

    class Meta:
        model = Department
        fields = [*IDENTITY, "location", "function", *NAMES, "head"]


class DepartmentEditSerializer(DepartmentSerializer):
    """What an edit takes: a department stays what and where it is."""

    class Meta(DepartmentSerializer.Meta):
        read_only_fields = ["location", "function"]


class DepartmentViewSet(RecordViewSet):
    """Departments of our locations; their members are whoever holds the role there."""

    queryset = Department.objects.all()
    serializer_class = DepartmentSerializer
    filterset_class = DepartmentFilter
    ordering_fields = {"id": "id", "location": "location__code", "function": "function", "updated_at": "updated_at"}
    create_action = "accounts.create_department"
    update_action = "accounts.edit_department"

    def get_serializer_class(self) -> Any:
        """What a body may hold differs between creating and editing."""
        return DepartmentEditSerializer if self.action in {"update", "partial_update"} else DepartmentSerializer


class MarketSerializer(RecordSerializer):
    """An area with its countries, or a sector."""

    class Meta:
        model = Market
        fields = [*IDENTITY, "code", "dimension", *NAMES, "countries"]


class MarketViewSet(RecordViewSet):
    """Markets: areas and sectors."""

    queryset = Market.objects.all()
    serializer_class = MarketSerializer
    filterset_class = MarketFilter
    ordering_fields = ("id", "code", "dimension", "updated_at")
    create_action = "accounts.create_market"
    update_action = "accounts.edit_market"
