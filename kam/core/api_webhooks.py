"""Endpoints of webhooks and their deliveries; a secret is answered once, when it is made."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from kam.core.api import RecordSerializer, RecordViewSet, StrictSerializer, verb_action
from kam.core.api_files import IDENTITY
from kam.core.rest.listing import check_parameters
from kam.core.webhook_filters import WebhookDeliveryFilter, WebhookFilter
from kam.core.webhooks import Webhook, WebhookDelivery, event_label, event_names, told_models


class WebhookSerializer(RecordSerializer):
    """An address that is told of changes by the rights of its owner; `secret` only where it was just made."""

    url = serializers.CharField(max_length=500, help_text="https://")
    event_types = serializers.ListField(child=serializers.ChoiceField(choices=[]), min_length=1, max_length=1000)
    status = serializers.ChoiceField(choices=WebhookFilter.STATUS, read_only=True)
    secret = serializers.SerializerMethodField(help_text=_("Only in the answer to its making."))

    class Meta:
        model = Webhook
        fields = [
            *IDENTITY, "name", "url", "owner", "event_types", "is_active", "status", "paused_at", "paused_because", "failures",
            "delivered_at", "secret",
        ]  # fmt: skip
        read_only_fields = ["paused_at", "paused_because", "failures", "delivered_at"]
        extra_kwargs = {"owner": {"required": False}}

    def get_fields(self) -> dict[str, serializers.Field]:
        """The events are those of the endpoints that there are."""
        fields = super().get_fields()
        fields["event_types"].child = serializers.ChoiceField(choices=event_names())  # type: ignore[attr-defined]
        return fields

    def get_secret(self, row: Webhook) -> str:
        """The secret, where this very request made it."""
        return str(self.context.get("secrets", {}).get(row.pk, ""))

    def to_representation(self, instance: Any) -> Any:
        """The webhook; its secret only where there is one to show."""
        row = super().to_representation(instance)
        return row if row.get("secret") else {name: value for name, value in row.items() if name != "secret"}


class WebhookDeliverySerializer(RecordSerializer):
    """One change told to one webhook, or still to be told; `key` is its webhook-id."""

    event = serializers.CharField(read_only=True)

    class Meta:
        model = WebhookDelivery
        fields = [
            "id", "webhook", "key", "event", "record_type", "record_id", "record_version", "change", "happened_at", "state", "attempts",
            "not_before", "sent_at", "status", "seconds", "said",
        ]  # fmt: skip
        read_only_fields = fields


class SecretSerializer(serializers.Serializer):
    """A new secret, shown this once."""

    id = serializers.IntegerField()
    secret = serializers.CharField(source="shown_secret")


class EventSerializer(StrictSerializer):
    """Something that a webhook may be told of."""

    event = serializers.CharField()
    label: Any = serializers.CharField()
    noun = serializers.CharField()


class WebhookViewSet(RecordViewSet):
    """Webhooks: addresses of other systems, what they are told, and how that goes. For administrators; the owner sees theirs."""

    queryset = Webhook.objects.all()
    serializer_class = WebhookSerializer
    filterset_class = WebhookFilter
    ordering_fields = ("id", "name", "failures", "delivered_at", "updated_at")
    create_action = "core.create_webhook"
    update_action = "core.edit_webhook"
    pause = verb_action("core.pause_webhook")
    resume = verb_action("core.resume_webhook")
    renew_secret = verb_action("core.renew_webhook_secret", answer=SecretSerializer)
    try_ = verb_action("core.try_webhook", answer=WebhookDeliverySerializer)

    def call(self, name: str, subject: Any, /, **values: Any) -> Any:
        """Do the action; a secret that it made is for this answer."""
        webhook = super().call(name, subject, **values)
        self.secrets = {**getattr(self, "secrets", {}), webhook.pk: getattr(webhook, "shown_secret", "")}
        return webhook

    def get_serializer_context(self) -> dict[str, Any]:
        """With the secrets that were just made."""
        return {**super().get_serializer_context(), "secrets": getattr(self, "secrets", {})}

    @extend_schema(responses=EventSerializer(many=True))
    @action(detail=False, methods=["get"], filter_backends=[], pagination_class=None)
    def events(self, request: Any) -> Response:
        """Every event that a webhook may be told of, in words, with the noun of its endpoint."""
        check_parameters(request, set())
        nouns = {label: noun for label, (_model, noun) in told_models().items()}
        rows = [{"event": event, "label": event_label(event), "noun": nouns[event.rpartition(".")[0]]} for event in event_names()]
        return Response(EventSerializer(rows, many=True).data)


class WebhookDeliveryViewSet(RecordViewSet):
    """What webhooks were told, with what was answered."""

    queryset = WebhookDelivery.objects.all()
    serializer_class = WebhookDeliverySerializer
    filterset_class = WebhookDeliveryFilter
    ordering_fields = ("id", "happened_at", "sent_at", "attempts")
    repeat = verb_action("core.repeat_delivery")


ENDPOINTS = [
    ("webhooks", WebhookViewSet, "webhook"),
    ("webhook-deliveries", WebhookDeliveryViewSet, "webhook_delivery"),
]
