"""Proposals of a revision over REST."""

from rest_framework import serializers

from budgets.api.figures import IDENTITY
from budgets.filters import RevisionProposalFilter
from budgets.models import BudgetRound, RevisionProposal
from kam.core.api import RecordSerializer, RecordViewSet, SensibleDateField, VerbSerializer, verb_action


class RevisionProposalSerializer(RecordSerializer):
    """What somebody proposes to plan anew, why, and with which effect; the sales manager decides."""

    first_month = SensibleDateField(help_text="The first day of the year's first month.")

    class Meta:
        model = RevisionProposal
        fields = [*IDENTITY, "first_month", "why", "effect", "amount", "status", "proposed_by", "decided_by", "round"]
        read_only_fields = ["status", "proposed_by", "decided_by", "round"]


class AcceptSerializer(VerbSerializer):
    """Until when budgets are due in the revision, and what happens to the months that are over."""

    deadline = SensibleDateField()
    closed_months = serializers.ChoiceField(choices=BudgetRound.ClosedMonths.choices, required=False)


class RevisionProposalViewSet(RecordViewSet):
    """Proposals of a revision."""

    queryset = RevisionProposal.objects.all()
    serializer_class = RevisionProposalSerializer
    filterset_class = RevisionProposalFilter
    ordering_fields = ("id", "created_at", "updated_at")
    create_action = "budgets.propose_revision"
    accept = verb_action("budgets.accept_revision", AcceptSerializer)
    decline = verb_action("budgets.decline_revision")
    withdraw = verb_action("budgets.withdraw_revision")
