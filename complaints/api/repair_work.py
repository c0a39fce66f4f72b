"""Bodies of the verbs of repairs from the workshop to the invoice, over REST."""

from typing import Any

from rest_framework import serializers

from kam.core.api import SensibleDateField, VerbSerializer, VisibleKeyField
from kam.core.documents import Document

MONEY: dict[str, Any] = {"max_digits": 14, "decimal_places": 2, "min_value": 0}


class ExpectedSerializer(VerbSerializer):
    """What the repair comes to."""

    comes_to = serializers.DecimalField(**MONEY)


class RepairDelaySerializer(VerbSerializer):
    """Until when it takes; the reason is what the customer reads."""

    expected_on = SensibleDateField()
    reason = serializers.CharField(max_length=2000)


class FinishSerializer(VerbSerializer):
    """What was done, with which parts, in how many hours, and what it comes to: the approved estimate where it is left out."""

    work_done = serializers.CharField(max_length=4000)
    parts_used = serializers.CharField(max_length=2000, required=False, allow_blank=True)
    hours_spent = serializers.DecimalField(max_digits=7, decimal_places=2, min_value=0)
    comes_to = serializers.DecimalField(**MONEY, required=False, allow_null=True)


class TestSerializer(VerbSerializer):
    """Whether it passed, and what was measured."""

    __test__ = False

    passed = serializers.BooleanField()
    test_results = serializers.CharField(max_length=4000)


class ShippingSerializer(VerbSerializer):
    """With which delivery note it leaves, and how."""

    note_out = serializers.CharField(max_length=40)
    carrier = serializers.CharField(max_length=120, required=False, allow_blank=True)
    packages = serializers.IntegerField(min_value=1, max_value=9999, required=False, allow_null=True)
    weight = serializers.DecimalField(max_digits=9, decimal_places=2, min_value=0, required=False, allow_null=True)


class DisposalSerializer(VerbSerializer):
    """The document on the piece that shows what the customer wants, where they have not said it with their refusal."""

    document = VisibleKeyField(queryset=Document.objects.all(), required=False, allow_null=True)


class UnrepairedSerializer(ShippingSerializer, DisposalSerializer):
    """Both."""


class ExchangeSerializer(DisposalSerializer):
    """The new one's serial number and delivery note."""

    new_serial = serializers.CharField(max_length=60)
    note_out = serializers.CharField(max_length=40)


class RepairCostsSerializer(VerbSerializer):
    """What the repair costs ourselves; labour is the hours spent at our own rate where it is left out."""

    cost_labour = serializers.DecimalField(**MONEY, required=False, allow_null=True)
    cost_parts = serializers.DecimalField(**MONEY, required=False, allow_null=True)
    cost_other = serializers.DecimalField(**MONEY, required=False, allow_null=True)


class ChargeSerializer(VerbSerializer):
    """How much, with which invoice."""

    charge = serializers.DecimalField(max_digits=14, decimal_places=2, min_value=0)
    invoice_out = serializers.CharField(max_length=40)
