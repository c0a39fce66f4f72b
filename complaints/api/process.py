"""What the verbs of a complaint's process take over REST, and its deadlines and its notice as they answer."""

from rest_framework import serializers

from accounts.models import User
from complaints.models import Acceptance, Complaint, Depth
from kam.core.api import ScopedPrimaryKeyField, VerbSerializer


class ComplaintReasonSerializer(VerbSerializer):
    """A verb that insists on why."""

    reason = serializers.CharField(max_length=2000)


class AssessSerializer(VerbSerializer):
    """How grave, how deep, who leads; you unless told."""

    severity = serializers.ChoiceField(choices=Complaint.Severity.choices)
    depth = serializers.ChoiceField(choices=Depth.choices)
    leader = ScopedPrimaryKeyField(queryset=User.objects.filter(is_active=True), required=False, allow_null=True)


class FinalAnswerSerializer(VerbSerializer):
    """The final answer; to whoever complained unless told."""

    answer = serializers.CharField(max_length=8000)
    sent_to = serializers.CharField(max_length=254, required=False, allow_blank=True)


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
