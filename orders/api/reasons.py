"""What has to be approved and by whom, as the API tells it of offers, price agreements and price campaigns alike."""

from rest_framework import serializers


class ReasonSerializer(serializers.Serializer):
    """What of a record somebody else has to approve: what it is, its figure, of which product where it is of one, who decides on it."""

    code = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    figure = serializers.CharField(allow_blank=True)
    subject = serializers.CharField(allow_blank=True)
    role = serializers.CharField()
