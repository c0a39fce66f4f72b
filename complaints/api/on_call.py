"""Who is on call over REST."""

from typing import Any

from rest_framework import serializers

from accounts.models import Department, User
from catalog.api.products import IDENTITY
from complaints.filters import OnCallFilter
from complaints.models import OnCall
from kam.core.api import RecordSerializer, RecordViewSet, ScopedPrimaryKeyField, SensibleDateField


class OnCallSerializer(RecordSerializer):
    """A turn: from `first_day` to `last_day`, both included, null is until further notice; `number` is the one to call."""

    department = ScopedPrimaryKeyField(queryset=Department.objects.all())
    person = ScopedPrimaryKeyField(queryset=User.objects.filter(is_active=True))
    first_day = SensibleDateField()
    last_day = SensibleDateField(required=False, allow_null=True)
    number = serializers.CharField(read_only=True)

    class Meta:
        model = OnCall
        fields = [*IDENTITY, "department", "person", "place", "phone", "first_day", "last_day", "number"]


class OnCallViewSet(RecordViewSet):
    """Turns on call: everybody reads whom to call."""

    queryset: Any = OnCall.objects.all()
    serializer_class = OnCallSerializer
    filterset_class = OnCallFilter
    ordering_fields = ("id", "place", "updated_at")
    create_action = "complaints.plan_on_call"
    update_action = "complaints.edit_on_call"
    delete_action = "complaints.remove_on_call"
