"""Received e-mails over REST: to be read, assigned and set aside."""

from typing import Any

from rest_framework import serializers

from accounts.api.dated import IDENTITY
from accounts.filters.received_mail import ReceivedMailFilter
from accounts.models import Plant, ReceivedMail
from kam.core.api import RecordSerializer, RecordViewSet, ScopedPrimaryKeyField, VerbSerializer, verb_action


class ReceivedMailSerializer(RecordSerializer):
    """An e-mail; `text` is a stranger's plain text, `sender` what the mail says and proven by nothing."""

    record_type = serializers.SerializerMethodField(help_text="What it is filed with, such as orders.order; empty: nothing yet.")
    record_id = serializers.IntegerField(source="filed_id", read_only=True, allow_null=True)

    class Meta:
        model = ReceivedMail
        fields = [
            *IDENTITY, "use", "mailbox", "message_id", "sender", "sender_name", "subject", "text", "sent_at", "received_at",
            "automatic", "state", "note", "contact", "plant", "record_type", "record_id",
        ]  # fmt: skip
        read_only_fields = fields

    def get_record_type(self, mail: ReceivedMail) -> str:
        """The kind of record."""
        return ".".join(mail.filed_type.natural_key()) if mail.filed_type is not None else ""


class AssignMailSerializer(VerbSerializer):
    """The plant that wrote, and what the e-mail becomes (what its mailbox is for unless told); or the number of what it belongs to."""

    plant = ScopedPrimaryKeyField(queryset=Plant.objects.all(), required=False, allow_null=True)
    use = serializers.ChoiceField(choices=ReceivedMail.Use.choices, required=False)
    number = serializers.CharField(max_length=24, required=False, allow_blank=True)


class AsideSerializer(VerbSerializer):
    """Why."""

    reason = serializers.CharField(max_length=400)


class ReceivedMailViewSet(RecordViewSet):
    """What came into the mailboxes for orders and complaints."""

    queryset: Any = ReceivedMail.objects.all()
    serializer_class = ReceivedMailSerializer
    filterset_class = ReceivedMailFilter
    ordering_fields = ("id", "received_at", "sender", "subject", "updated_at")
    assign = verb_action("accounts.assign_mail", AssignMailSerializer)
    set_aside = verb_action("accounts.set_aside_mail", AsideSerializer)
