"""Endpoint of the devices on which a person is told at once."""

from typing import Any

from rest_framework import serializers

from kam.core.api import RecordSerializer, RecordViewSet
from kam.core.devices import PushDevice, register_device, remove_device


class PushDeviceSerializer(RecordSerializer):
    """A browser or phone that takes web push: its address and its two keys (base64url), which are not answered again."""

    endpoint = serializers.CharField(max_length=500, write_only=True, help_text="https://")
    public_key = serializers.CharField(max_length=100, write_only=True)
    secret = serializers.CharField(max_length=40, write_only=True)

    class Meta:
        model = PushDevice
        fields = ["id", "name", "endpoint", "public_key", "secret", "created_at", "last_sent_at"]
        read_only_fields = ["created_at", "last_sent_at"]


def _register(_model: Any, *, actor: Any, reason: str = "", **values: Any) -> PushDevice:
    return register_device(actor, **values)


class PushDeviceViewSet(RecordViewSet):
    """Your devices; sending an address again changes its keys and its name."""

    queryset = PushDevice.objects.all()
    serializer_class = PushDeviceSerializer
    ordering_fields = ("id", "created_at", "name")
    create_action = staticmethod(_register)
    delete_action = staticmethod(remove_device)


ENDPOINTS = [("push-devices", PushDeviceViewSet, "push_device")]
