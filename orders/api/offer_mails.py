"""Mails about offers over REST: what was sent from here, as what, and what was answered."""

from catalog.api.products import IDENTITY
from kam.core.api import RecordSerializer, RecordViewSet
from orders.filters import OfferMailFilter
from orders.models import OfferMail


class OfferMailSerializer(RecordSerializer):
    """A mail with an offer's print or an answer to one; `text` of an answer is a stranger's plain text, `sha256` that of `document`."""

    class Meta:
        model = OfferMail
        fields = [
            *IDENTITY, "offer", "answers", "written_by", "sender", "sender_name", "recipients", "subject", "text", "message_id", "state",
            "automatic", "document", "sha256", "sent_at", "attempts", "last_error",
        ]  # fmt: skip
        read_only_fields = fields


class OfferMailViewSet(RecordViewSet):
    """Mails about offers, to be read; `POST /offers/{id}/mail/` writes one."""

    queryset = OfferMail.objects.all()
    serializer_class = OfferMailSerializer
    filterset_class = OfferMailFilter
    ordering_fields = {"id": "id", "created_at": "created_at", "updated_at": "updated_at"}
