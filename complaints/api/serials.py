"""The history of a serial number over REST."""

from rest_framework import serializers

from complaints.reports.serials import HAPPENINGS


class SerialAskedSerializer(serializers.Serializer):
    """Of which serial number."""

    serial = serializers.CharField(max_length=60)


class PastSerializer(serializers.Serializer):
    """One thing that happened to a serial number; `address` is the page of the record that tells of it."""

    day = serializers.DateField()
    kind = serializers.ChoiceField(choices=list(HAPPENINGS))
    record = serializers.CharField()
    address = serializers.CharField(source="record.get_absolute_url")
    product = serializers.IntegerField(source="product.pk", allow_null=True, default=None)
    customer = serializers.IntegerField(source="customer.pk")
    words = serializers.CharField()
    state = serializers.CharField(allow_blank=True)
