"""Price indices and their values over REST."""

from rest_framework import serializers

from catalog.api.products import IDENTITY
from kam.core.api import RecordSerializer, RecordViewSet, ScopedPrimaryKeyField
from orders.filters import IndexValueFilter, PriceIndexFilter
from orders.models import IndexValue, PriceIndex


class PriceIndexSerializer(RecordSerializer):
    """A published index; an empty currency is an index in points."""

    class Meta:
        model = PriceIndex
        fields = [*IDENTITY, "code", "name_en", "name_it", "name_de", "currency", "source"]


class PriceIndexViewSet(RecordViewSet):
    """Indices that clauses of price agreements follow."""

    queryset = PriceIndex.objects.all()
    serializer_class = PriceIndexSerializer
    filterset_class = PriceIndexFilter
    ordering_fields = {"id": "id", "code": "code", "updated_at": "updated_at"}
    create_action = "orders.create_index"
    update_action = "orders.edit_index"


class IndexValueSerializer(RecordSerializer):
    """What an index stood at on a day; index and day are said once."""

    index = ScopedPrimaryKeyField(queryset=PriceIndex.objects.all())

    class Meta:
        model = IndexValue
        fields = [*IDENTITY, "index", "day", "value"]

    def get_fields(self) -> dict[str, serializers.Field]:
        """Index and day stay as they are when a value is corrected."""
        fields = super().get_fields()
        if isinstance(self.instance, IndexValue):
            for name in ("index", "day"):
                fields[name].read_only = True
        return fields


class IndexValueViewSet(RecordViewSet):
    """Values of indices."""

    queryset = IndexValue.objects.all()
    serializer_class = IndexValueSerializer
    filterset_class = IndexValueFilter
    ordering_fields = {"id": "id", "day": "day", "updated_at": "updated_at"}
    create_action = "orders.record_index_value"
    update_action = "orders.correct_index_value"
