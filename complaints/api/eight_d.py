"""The disciplines of an 8D over REST: what its verbs take, and causes and actions as records of their own."""

from typing import Any

from rest_framework import serializers

from accounts.models import User
from catalog.api.products import IDENTITY
from complaints.api.process import LetterVerbSerializer
from complaints.filters import CauseFilter, ComplaintActionFilter
from complaints.models import Cause, Complaint, ComplaintAction, Containment, ProblemFact
from kam.core.api import (
    RecordSerializer,
    RecordViewSet,
    ScopedPrimaryKeyField,
    SensibleDateField,
    StrictSerializer,
    VerbSerializer,
    verb_action,
)


class TeamSerializer(VerbSerializer):
    """The champion and the members besides the leader; who is not named leaves the team."""

    champion = ScopedPrimaryKeyField(queryset=User.objects.filter(is_active=True), required=False, allow_null=True)
    members = ScopedPrimaryKeyField(queryset=User.objects.filter(is_active=True), many=True, required=False)


class ProblemFactSerializer(StrictSerializer):
    """One question of is and is not."""

    question = serializers.ChoiceField(choices=ProblemFact.Question.choices)
    occurs = serializers.CharField(max_length=1000)
    absent = serializers.CharField(max_length=1000, required=False, allow_blank=True, default="")
    difference = serializers.CharField(max_length=1000, required=False, allow_blank=True, default="")


class ProblemSerializer(VerbSerializer):
    """Every question that is answered; others are taken away."""

    facts = ProblemFactSerializer(many=True)


class ContainmentPlaceSerializer(StrictSerializer):
    """One place: `quantity` 0 where somebody looked and found none."""

    place = serializers.ChoiceField(choices=Containment.Place.choices)
    quantity = serializers.DecimalField(max_digits=14, decimal_places=3, min_value=0)
    action = serializers.CharField(max_length=1000, required=False, allow_blank=True, default="")
    responsible = ScopedPrimaryKeyField(
        queryset=User.objects.filter(is_active=True), required=False, allow_null=True, default=None
    )
    introduced_on = SensibleDateField(required=False, allow_null=True, default=None)
    effective_from = SensibleDateField(required=False, allow_null=True, default=None)
    result = serializers.CharField(max_length=1000, required=False, allow_blank=True, default="")


class ContainmentSerializer(VerbSerializer):
    """The whole table."""

    places = ContainmentPlaceSerializer(many=True)


class FirstAnswerSerializer(LetterVerbSerializer):
    """To whom the first answer goes; to whoever complained unless told. With `by_mail` it is mailed from here with its print."""


class PreventionSerializer(VerbSerializer):
    """What was changed, where else it was looked at, what was learned."""

    papers = serializers.CharField(max_length=4000)
    similar = serializers.CharField(max_length=4000)
    lessons = serializers.CharField(max_length=4000)


class EightDSerializer(serializers.Serializer):
    """Team, problem and containment of a complaint; its causes and actions are records of their own."""

    team = serializers.SerializerMethodField()
    problem = ProblemFactSerializer(many=True)
    containment = ContainmentPlaceSerializer(many=True)

    def get_team(self, complaint: Complaint) -> list[dict[str, Any]]:
        """Who is in the team."""
        return [{"person": one.person_id, "part": one.part} for one in complaint.team.all()]


class ComplaintCauseSerializer(RecordSerializer):
    """A cause; below `parent` it says why that came about. A `root` cause is verified."""

    complaint = ScopedPrimaryKeyField(queryset=Complaint.objects.all())
    parent = ScopedPrimaryKeyField(queryset=Cause.objects.all(), required=False, allow_null=True)  # type: ignore[assignment]

    class Meta:
        model = Cause
        fields = [*IDENTITY, "complaint", "kind", "category", "text", "parent", "root", "verification"]


class CauseViewSet(RecordViewSet):
    """Causes of complaints."""

    queryset: Any = Cause.objects.all()
    serializer_class = ComplaintCauseSerializer
    filterset_class = CauseFilter
    ordering_fields = ("id", "updated_at")
    create_action = "complaints.add_cause"
    update_action = "complaints.edit_cause"
    delete_action = "complaints.remove_cause"


class ComplaintProofSerializer(VerbSerializer):
    """By what it is seen that it was done."""

    proof = serializers.CharField(max_length=1000)


class ComplaintActionSerializer(RecordSerializer):
    """An action: who does what against which cause by when."""

    complaint = ScopedPrimaryKeyField(queryset=Complaint.objects.all())
    cause = ScopedPrimaryKeyField(queryset=Cause.objects.all(), required=False, allow_null=True)
    owner = ScopedPrimaryKeyField(queryset=User.objects.filter(is_active=True))

    class Meta:
        model = ComplaintAction
        fields = [
            *IDENTITY, "complaint", "discipline", "text", "cause", "owner", "due_on", "done_on", "proof", "verified_on", "verified_by",
        ]  # fmt: skip
        read_only_fields = ["done_on", "proof", "verified_on", "verified_by"]


class ComplaintActionViewSet(RecordViewSet):
    """Actions about complaints."""

    queryset: Any = ComplaintAction.objects.all()
    serializer_class = ComplaintActionSerializer
    filterset_class = ComplaintActionFilter
    ordering_fields = ("id", "due_on", "updated_at")
    create_action = "complaints.add_action"
    update_action = "complaints.edit_action"
    finish = verb_action("complaints.finish_action", ComplaintProofSerializer)
    verify = verb_action("complaints.verify_action")
