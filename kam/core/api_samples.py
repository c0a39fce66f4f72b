"""Samples over REST: `GET …/sample/?seed=…&count=…` draws records by chance, the same again by the same word."""

from typing import Any

from django.db.models import Q
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from kam.core.rest.listing import check_parameters
from kam.core.samples import LONGEST, drawn, word_of

MOST = 50


class SampleSerializer(serializers.Serializer):
    """The word, today's date without one, and how many: ten unless told."""

    seed = serializers.CharField(required=False, max_length=LONGEST)
    count = serializers.IntegerField(required=False, min_value=1, max_value=MOST, default=10)


class SampleVerb:
    """The sample of an endpoint; `sampled` says which of its records can be drawn."""

    sampled: Q
    several = False  # what it answers is a list of records: true of the sample, and so it is described

    @extend_schema(
        summary="Draw records by chance",
        parameters=[OpenApiParameter("seed", str), OpenApiParameter("count", int)],
        filters=False,
    )
    @action(detail=False, methods=["get"], filter_backends=[], pagination_class=None, several=True)
    def sample(self: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Of those that you see; the same word draws the same ones again."""
        check_parameters(request, {"seed", "count"})
        asked = SampleSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        rows = drawn(self.get_queryset().filter(self.sampled), word_of(request), asked.validated_data["count"])
        return Response(self.get_serializer(rows, many=True).data)
