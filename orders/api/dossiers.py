"""Dossiers of negotiations over REST: for who leads the account and the named team; every reading of one is logged."""

from decimal import Decimal
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api.products import IDENTITY
from kam.core.access_log import AccessLog, log_access
from kam.core.api import (
    RecordSerializer,
    RecordViewSet,
    ScopedPrimaryKeyField,
    SensibleDateField,
    VerbSerializer,
    verb_action,
)
from kam.core.api_prints import print_action
from orders.filters import ConcessionFilter, NegotiationDossierFilter, NegotiationRoundFilter
from orders.models import Concession, Negotiation, NegotiationDossier, NegotiationRound

PRICE: dict[str, Any] = {
    "max_digits": 14, "decimal_places": 5, "min_value": Decimal("0.00001"), "required": False, "allow_null": True,
}  # fmt: skip


class NegotiationRoundSerializer(RecordSerializer):
    """A round with both sides' positions."""

    class Meta:
        model = NegotiationRound
        fields = [
            *IDENTITY, "dossier", "number", "held_on", "channel", "participants", "our_price", "our_position", "their_price",
            "their_position", "minutes", "next_step", "struck_because",
        ]  # fmt: skip
        read_only_fields = fields


class ConcessionSerializer(RecordSerializer):
    """A concession given or got, with its value a year in the currency of the negotiation."""

    class Meta:
        model = Concession
        fields = [
            *IDENTITY, "dossier", "round", "side", "what", "kind", "figure", "years", "price_after", "in_return_for", "motivation",
            "annual_value", "struck_because",
        ]  # fmt: skip
        read_only_fields = fields


class NegotiationDossierSerializer(RecordSerializer):
    """The dossier of one negotiation, which stays the same; rounds and concessions are added by verbs."""

    negotiation = ScopedPrimaryKeyField(queryset=Negotiation.objects.all())
    bargaining_range = serializers.DecimalField(max_digits=14, decimal_places=5, read_only=True, allow_null=True)
    realised = serializers.DecimalField(max_digits=9, decimal_places=2, read_only=True, allow_null=True)
    rounds = NegotiationRoundSerializer(many=True, read_only=True)
    concessions = ConcessionSerializer(many=True, read_only=True)

    class Meta:
        model = NegotiationDossier
        fields = [
            *IDENTITY, "negotiation", "interests", "our_alternatives", "their_alternatives", "objective", "price_of",
            "opening_price", "opening_terms", "target_price", "target_terms", "walk_away_price", "walk_away_terms", "their_limit",
            "agreed_price", "outcome", "bargaining_range", "realised", "rounds", "concessions",
        ]  # fmt: skip

    def get_fields(self) -> dict[str, serializers.Field]:
        """Of which negotiation it is, is said once."""
        fields = super().get_fields()
        if self.instance is not None and not getattr(self, "many", False) and "negotiation" in fields:
            fields["negotiation"].required = False
        return fields


class AddRoundSerializer(VerbSerializer):
    """A round as it was held, today unless told."""

    held_on = SensibleDateField(required=False, allow_null=True)
    channel = serializers.ChoiceField(choices=NegotiationRound.Channel.choices)
    participants = serializers.CharField(max_length=300, required=False, allow_blank=True)
    our_price = serializers.DecimalField(**PRICE)
    our_position = serializers.CharField(max_length=400, required=False, allow_blank=True)
    their_price = serializers.DecimalField(**PRICE)
    their_position = serializers.CharField(max_length=400, required=False, allow_blank=True)
    minutes = serializers.CharField(max_length=8000, required=False, allow_blank=True)
    next_step = serializers.CharField(max_length=200, required=False, allow_blank=True)


class AddConcessionSerializer(VerbSerializer):
    """What was given or got: per cent of the price, days of payment, cost of tooling over years, or an amount a year."""

    side = serializers.ChoiceField(choices=Concession.Side.choices)
    what = serializers.CharField(max_length=200)
    kind = serializers.ChoiceField(choices=Concession.Kind.choices)
    figure = serializers.DecimalField(max_digits=16, decimal_places=2, min_value=Decimal("0.01"))
    years = serializers.IntegerField(min_value=1, max_value=30, required=False, allow_null=True)
    price_after = serializers.DecimalField(**PRICE)
    in_return_for = ScopedPrimaryKeyField(queryset=Concession.objects.all(), required=False, allow_null=True)
    motivation = serializers.CharField(max_length=300, required=False, allow_blank=True)


class CorrectRoundSerializer(AddRoundSerializer):
    """What is to stand in the round instead, and why."""

    held_on = SensibleDateField(required=False)
    channel = serializers.ChoiceField(choices=NegotiationRound.Channel.choices, required=False)
    reason = serializers.CharField(max_length=2000)


class CorrectConcessionSerializer(AddConcessionSerializer):
    """What is to stand in the concession instead, and why."""

    side = serializers.ChoiceField(choices=Concession.Side.choices, required=False)
    what = serializers.CharField(max_length=200, required=False)
    kind = serializers.ChoiceField(choices=Concession.Kind.choices, required=False)
    figure = serializers.DecimalField(max_digits=16, decimal_places=2, min_value=Decimal("0.01"), required=False)
    reason = serializers.CharField(max_length=2000)


class StrikeSerializer(VerbSerializer):
    """Why it is struck."""

    reason = serializers.CharField(max_length=300)


class LoggedViewSet(RecordViewSet):
    """Confidential records: that somebody looked is logged."""

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Those that you may see, a page at a time; that you looked is logged."""
        answer = super().list(request, *args, **kwargs)
        if answer.data["results"]:
            log_access(AccessLog.Kind.CONFIDENTIAL, request.user, about=self.model._meta.label_lower)
        return answer

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One of them; that you looked is logged."""
        answer = super().retrieve(request, *args, **kwargs)
        log_access(AccessLog.Kind.CONFIDENTIAL, request.user, about=f"{self.model._meta.label_lower} {kwargs['pk']}")
        return answer


class NegotiationRoundViewSet(LoggedViewSet):
    """Rounds of negotiations, as confidential as their dossier, where they are reported; here a wrong one is put right or struck."""

    queryset = NegotiationRound.objects.all()
    serializer_class = NegotiationRoundSerializer
    filterset_class = NegotiationRoundFilter
    ordering_fields = {"id": "id", "updated_at": "updated_at"}
    correct = verb_action("orders.correct_round", CorrectRoundSerializer)
    strike = verb_action("orders.strike_round", StrikeSerializer)


class ConcessionViewSet(LoggedViewSet):
    """Concessions given and got, as confidential as their dossier, where they are added; here a wrong one is put right or struck."""

    queryset = Concession.objects.all()
    serializer_class = ConcessionSerializer
    filterset_class = ConcessionFilter
    ordering_fields = {"id": "id", "updated_at": "updated_at"}
    correct = verb_action("orders.correct_concession", CorrectConcessionSerializer)
    strike = verb_action("orders.strike_concession", StrikeSerializer)


class NegotiationDossierViewSet(LoggedViewSet):
    """Dossiers of negotiations, confidential: only who leads the account, the sales manager, the management and who is named."""

    queryset = NegotiationDossier.objects.all()
    serializer_class = NegotiationDossierSerializer
    filterset_class = NegotiationDossierFilter
    ordering_fields = {"id": "id", "updated_at": "updated_at"}
    create_action = "orders.open_dossier"
    update_action = "orders.edit_dossier"
    add_round = verb_action("orders.add_round", AddRoundSerializer)
    add_concession = verb_action("orders.add_concession", AddConcessionSerializer)
    print = print_action("orders.negotiation_brief", "Print the negotiation brief")

    def get_queryset(self) -> Any:
        """Dossiers with what stands in them."""
        return super().get_queryset().prefetch_related("rounds", "concessions")
