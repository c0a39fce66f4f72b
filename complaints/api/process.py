"""What the verbs of a complaint's process take over REST, its letters, and its deadlines and its notice as they answer."""

from typing import Any

from rest_framework import serializers

from accounts.models import User
from catalog.api.products import IDENTITY
from complaints.filters import ComplaintLetterFilter
from complaints.models import Acceptance, Complaint, ComplaintLetter, Depth
from kam.core.api import RecordSerializer, RecordViewSet, ScopedPrimaryKeyField, VerbSerializer, verb_action


class LetterVerbSerializer(VerbSerializer):
    """A verb by which a letter goes to the customer: to whoever complained unless told, mailed from here only where asked for."""

    sent_to = serializers.CharField(max_length=254, required=False, allow_blank=True)
    by_mail = serializers.BooleanField(required=False)


class RejectionSerializer(LetterVerbSerializer):
    """To whom the letter goes that says why; to whoever complained unless told. With `by_mail` it is mailed from here with its print."""


class ComplaintLetterSerializer(RecordSerializer):
    """A letter as it was written; its print is the `document`."""

    class Meta:
        model = ComplaintLetter
        fields = [
            *IDENTITY, "complaint", "kind", "number", "language", "written_by", "written_at", "sent_to", "recipients", "subject", "text", "state",
            "sent_at", "last_error", "document", "sha256",
        ]  # fmt: skip
        read_only_fields = fields


class LetterSendSerializer(VerbSerializer):
    """To whom the letter goes; as before, or to whoever complained, where it is left out."""

    sent_to = serializers.CharField(max_length=254, required=False, allow_blank=True)


class ComplaintLetterViewSet(RecordViewSet):
    """Letters about complaints, as they were written; the verbs of a complaint write them."""

    queryset: Any = ComplaintLetter.objects.all()
    serializer_class = ComplaintLetterSerializer
    filterset_class = ComplaintLetterFilter
    ordering_fields = ("id", "written_at", "updated_at")
    send = verb_action("complaints.send_letter", LetterSendSerializer)


class ComplaintReasonSerializer(VerbSerializer):
    """A verb that insists on why."""

    reason = serializers.CharField(max_length=2000)


class AssessSerializer(VerbSerializer):
    """How grave, how deep, who leads; you unless told."""

    severity = serializers.ChoiceField(choices=Complaint.Severity.choices)
    depth = serializers.ChoiceField(choices=Depth.choices)
    leader = ScopedPrimaryKeyField(queryset=User.objects.filter(is_active=True), required=False, allow_null=True)


class FinalAnswerSerializer(LetterVerbSerializer):
    """The final answer; to whoever complained unless told. With `by_mail` it is mailed from here with its print."""

    answer = serializers.CharField(max_length=8000)


class ReplySerializer(VerbSerializer):
    """How the customer took it."""

    reply = serializers.ChoiceField(choices=Acceptance.choices, required=False)


class EvidenceSerializer(VerbSerializer):
    """By what it is seen that what was done works."""

    evidence = serializers.CharField(max_length=4000)


class GroundsSerializer(VerbSerializer):
    """Why it is not justified."""

    grounds = serializers.CharField(max_length=4000)


class DueStepSerializer(serializers.Serializer):
    """A step with its deadline as counted (`due_nominal`) and as it binds (`due_at`)."""

    step = serializers.CharField()
    round = serializers.IntegerField()
    amount = serializers.IntegerField()
    unit = serializers.CharField()
    started_at = serializers.DateTimeField()
    due_nominal = serializers.DateTimeField()
    due_at = serializers.DateTimeField()
    met_at = serializers.DateTimeField(allow_null=True)
    paused = serializers.BooleanField()
    colour = serializers.CharField()


class NoticeSerializer(serializers.Serializer):
    """The law, the term in days, by how many days the notice came late; null is to be checked by a person."""

    law = serializers.CharField(allow_blank=True)
    term = serializers.IntegerField(allow_null=True)
    by_contract = serializers.BooleanField()
    late_by = serializers.IntegerField(allow_null=True)
    words = serializers.CharField()
