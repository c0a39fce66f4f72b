"""Where a location's invoices come from, over REST."""

from typing import Any

from accounts.models import Location
from catalog.api.products import IDENTITY
from kam.core.api import RecordSerializer, RecordViewSet, ScopedPrimaryKeyField, SensibleDateField
from orders.filters.sources import InvoiceSourceFilter
from orders.models import InvoiceSource


class InvoiceSourceSerializer(RecordSerializer):
    """The system whose invoices count for a location from `first_day` (null is always) to `last_day` (null is until further notice)."""

    location = ScopedPrimaryKeyField(queryset=Location.objects.all())
    first_day = SensibleDateField(required=False, allow_null=True)
    last_day = SensibleDateField(read_only=True, allow_null=True)

    class Meta:
        model = InvoiceSource
        fields = [*IDENTITY, "location", "system", "first_day", "last_day"]


class InvoiceSourceViewSet(RecordViewSet):
    """Sources of invoices; the next one of a location ends the one before."""

    queryset: Any = InvoiceSource.objects.all()
    serializer_class = InvoiceSourceSerializer
    filterset_class = InvoiceSourceFilter
    ordering_fields = ("id", "system", "updated_at")
    create_action = "orders.declare_invoice_source"
