"""Questions to the price engine and its answers over REST: the figures, and why in the reader's words."""

import re
from collections.abc import Mapping
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

KEY = re.compile(r"[0-9]{1,18}", re.ASCII)
#: What a cost says in figures.
FIGURES = ("version", "full", "variable", "margin", "contribution", "margin_rate", "contribution_rate", "minimum")
AMOUNT: dict[str, Any] = {"max_digits": 28, "decimal_places": 6, "allow_null": True}


class AskedField(ScopedPrimaryKeyField):
    """The key of a record that many questions name; `read` finds all of them at once."""

    def read(self, questions: Any) -> None:
        """Read every record of this field that the questions name and the reader may see."""
        keys = [one.get(self.field_name) for one in questions if isinstance(one, dict)]
        wanted = {int(key) for key in keys if type(key) is int or (isinstance(key, str) and KEY.fullmatch(key))}
        found = self.get_queryset().filter(pk__in=wanted) if wanted else ()
        context: Any = self.context
        context.setdefault("asked", {})[self.field_name] = {str(row.pk): row for row in found}

    def to_internal_value(self, data: Any) -> Any:
        """The record, as it was read for all questions; what was not found there is refused like everywhere."""
        known = self.context.get("asked", {}).get(self.field_name, {})
        return known.get(str(data)) or super().to_internal_value(data)


class QuestionSerializer(StrictSerializer):
    """What one line asks; without a day today's price, without a location that of the one that leads the plant.

    `requested` and `delivery` are the days that agreements may go by instead of that of the order.
    """

    plant = AskedField(queryset=Plant.objects.select_related("customer"))
    product = AskedField(queryset=Product.objects.select_related("family", "producing_location"))
    quantity = serializers.DecimalField(max_digits=14, decimal_places=3, min_value=Decimal("0.001"))
    day = SensibleDateField(required=False)
    requested = SensibleDateField(required=False, allow_null=True)
    delivery = SensibleDateField(required=False, allow_null=True)
    location = AskedField(queryset=Location.objects.all(), required=False, allow_null=True)
    currency = serializers.CharField(max_length=3, required=False, validators=[validate_currency])
    programme = AskedField(queryset=Programme.objects.all(), required=False, allow_null=True)
    freight = serializers.DecimalField(
        max_digits=14, decimal_places=5, min_value=0, required=False, help_text="What one unit costs to be sent, for the margin."
    )

    def to_internal_value(self, data: Any) -> Any:
        """The question."""
        values = super().to_internal_value(data)
        return Question(**{"day": clock.today()} | values)


class QuestionsSerializer(StrictSerializer):
    """Up to 200 questions at once."""

    questions = QuestionSerializer(many=True, min_length=1, max_length=200)  # type: ignore[call-arg]

    def to_internal_value(self, data: Any) -> Any:
        """The questions, each kind of record that they name read in one query."""
        asked = data.get("questions") if isinstance(data, Mapping) else None
        questions: Any = self.fields["questions"]
        if isinstance(asked, list) and len(asked) <= questions.max_length:
            for field in questions.child.fields.values():
                if isinstance(field, AskedField):
                    field.read(asked)
        return super().to_internal_value(data)


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


class CostSerializer(serializers.Serializer):
    """What the quantity costs and earns, where costs are the reader's; `missing` says why there is none, and who can mend it."""

    version = serializers.CharField(allow_blank=True)
    full = serializers.DecimalField(**AMOUNT)
    variable = serializers.DecimalField(**AMOUNT)
    margin = serializers.DecimalField(**AMOUNT)
    contribution = serializers.DecimalField(**AMOUNT)
    margin_rate = serializers.DecimalField(max_digits=12, decimal_places=4, allow_null=True)
    contribution_rate = serializers.DecimalField(max_digits=12, decimal_places=4, allow_null=True)
    minimum = serializers.DecimalField(max_digits=20, decimal_places=2, allow_null=True)
    missing = WhySerializer(allow_null=True)


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
    cost = CostSerializer(allow_null=True)

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
                "hints": [told(step, answer.currency) for step in shown.hinted],
                "cost": shown.cost
                and {
                    **{name: getattr(shown.cost, name) for name in FIGURES},
                    "missing": told(shown.cost.missing, answer.currency) if shown.cost.missing else None,
                },
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
        "number": line.number if line else "",
        "list_price": listed.pk if listed else None,
        "verdict": candidate.verdict,
        "text": text,
    }
