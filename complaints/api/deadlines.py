"""The deadlines that customers impose, over REST."""

from typing import Any

from accounts.models import Customer
from catalog.api.products import IDENTITY
from complaints.filters import CustomerDeadlineFilter
from complaints.models import CustomerDeadline
from kam.core.api import RecordSerializer, RecordViewSet, ScopedPrimaryKeyField, SensibleDateField


class CustomerDeadlineSerializer(RecordSerializer):
    """Within which time of the receipt a customer's document wants a step, from `first_day` to `last_day`, both included."""

    customer = ScopedPrimaryKeyField(queryset=Customer.objects.all())
    first_day = SensibleDateField(required=False)
    last_day = SensibleDateField(required=False, allow_null=True)

    class Meta:
        model = CustomerDeadline
        fields = [*IDENTITY, "customer", "profile", "step", "amount", "unit", "roll", "first_day", "last_day"]


class CustomerDeadlineViewSet(RecordViewSet):
    """Customers' deadlines: where one is in force it replaces our own, the strictest of several first."""

    queryset: Any = CustomerDeadline.objects.all()
    serializer_class = CustomerDeadlineSerializer
    filterset_class = CustomerDeadlineFilter
    ordering_fields = ("id", "step", "amount", "updated_at")
    create_action = "complaints.create_deadline"
    update_action = "complaints.edit_deadline"
    delete_action = "complaints.remove_deadline"
