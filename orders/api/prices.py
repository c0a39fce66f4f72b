"""Questions to the price engine and its answers over REST: the figures, and why in the reader's words."""

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from accounts.models import Location, Plant
from catalog.models import Product, Programme
from kam.core import clock
from kam.core.api import ScopedPrimaryKeyField, SensibleDateField, StrictSerializer
from kam.core.money import validate_currency
from orders.pricing import Candidate, Question, Step
from orders.reports.prices import Shown, say

AMOUNT: dict[str, Any] = {"max_digits": 28, "decimal_places": 6, "allow_null": True}


class QuestionSerializer(StrictSerializer):
    """What one line asks; without a day today's price, without a location that of the one that leads the plant."""

    plant = ScopedPrimaryKeyField(queryset=Plant.objects.select_related("customer"))
    product = ScopedPrimaryKeyField(queryset=Product.objects.select_related("family"))
    quantity = serializers.DecimalField(max_digits=14, decimal_places=3, min_value=Decimal("0.001"))
    day = SensibleDateField(required=False)
    location = ScopedPrimaryKeyField(queryset=Location.objects.all(), required=False, allow_null=True)
    currency = serializers.CharField(max_length=3, required=False, validators=[validate_currency])
    programme = ScopedPrimaryKeyField(queryset=Programme.objects.all(), required=False, allow_null=True)

    def to_internal_value(self, data: Any) -> Any:
        """The question."""
        values = super().to_internal_value(data)
        return Question(**{"day": clock.today()} | values)


class QuestionsSerializer(StrictSerializer):
    """Up to 200 questions at once."""

    questions = QuestionSerializer(many=True, min_length=1, max_length=200)  # type: ignore[call-arg]


class WhySerializer(serializers.Serializer):
    """A step of the computation: its code, its figures, and the sentence that says it."""

    code = serializers.CharField()
    text = serializers.CharField()
    values = serializers.DictField(child=serializers.CharField())


class CandidateSerializer(serializers.Serializer):
    """A price that won or lost: of an agreement (`agreement`, `number`) or of the list."""

    agreement = serializers.IntegerField(allow_null=True)
    number = serializers.CharField(allow_blank=True)
    list_price = serializers.IntegerField(allow_null=True)
    verdict = serializers.CharField()
    text = serializers.CharField(allow_blank=True)


class PricedSerializer(serializers.Serializer):
    """The answer to a question; `blocked` says why there is no price."""

    plant = serializers.IntegerField()
    product = serializers.IntegerField()
    quantity = serializers.DecimalField(max_digits=14, decimal_places=3)
    day = serializers.DateField()
    currency = serializers.CharField()
    price = serializers.DecimalField(max_digits=14, decimal_places=5, allow_null=True)
    price_unit = serializers.IntegerField()
    goods = serializers.DecimalField(**AMOUNT)
    surcharge = serializers.DecimalField(**AMOUNT)
    tooling = serializers.DecimalField(**AMOUNT)
    net = serializers.DecimalField(**AMOUNT)
    blocked = WhySerializer(allow_null=True)
    winner = CandidateSerializer(allow_null=True)
    losers = CandidateSerializer(many=True)
    steps = WhySerializer(many=True)
    hints = WhySerializer(many=True)

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """An answer as its reader may see it."""
        shown: Shown = instance
        answer = shown.answer
        question = answer.question
        return super().to_representation(
            {
                "plant": question.plant.pk,
                "product": question.product.pk,
                "quantity": question.quantity,
                "day": question.day,
                "currency": answer.currency,
                "price": answer.price,
                "price_unit": answer.price_unit,
                "goods": answer.goods,
                "surcharge": answer.surcharge,
                "tooling": answer.tooling,
                "net": answer.net,
                "blocked": told(answer.blocked, answer.currency) if answer.blocked else None,
                "winner": named(answer.winner, "") if answer.winner else None,
                "losers": [named(one, text) for one, text in shown.lost],
                "steps": [told(step, answer.currency) for step in answer.steps],
                "hints": [told(step, answer.currency) for step in answer.hints],
            }
        )


class ShownSerializer(serializers.Serializer):
    """The answers in the order of the questions."""

    results = PricedSerializer(many=True)


def told(step: Step, currency: str) -> dict[str, Any]:
    """A step with its figures as they are computed and the sentence in the reader's language."""
    values = {name: ", ".join(map(str, value)) if isinstance(value, list) else str(value) for name, value in step.values.items()}
    return {"code": step.code, "text": say(step, currency), "values": values}


def named(candidate: Candidate, text: str) -> dict[str, Any]:
    """A price by the record that says it."""
    line, listed = candidate.line, candidate.listed
    return {
        "agreement": line.agreement_id if line else None,
        "number": line.agreement.number if line else "",
        "list_price": listed.pk if listed else None,
        "verdict": candidate.verdict,
        "text": text,
    }
