"""The evidence of an order over REST: its trail as data, and as a file that a job makes."""

from datetime import datetime, time
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from kam.core.api import StrictSerializer
from kam.core.api_process import JobSerializer
from kam.core.rest import versions
from kam.core.rest.listing import check_parameters
from orders.actions.evidence import CUSTOMERS, READERS, start_evidence
from orders.reports.order_evidence import Evidence, trail


class EvidenceSerializer(serializers.Serializer):
    """One piece of evidence: what it is, what it says, when and by whom; the document where it is one."""

    kind = serializers.CharField()
    text = serializers.CharField()
    when = serializers.SerializerMethodField()
    who = serializers.CharField()
    document = serializers.IntegerField(source="document.pk", default=None, allow_null=True)
    sha256 = serializers.CharField(source="document.sha256", default="")

    def get_when(self, one: Evidence) -> datetime | None:
        """The moment; of what is known by its day only, its beginning."""
        if one.when is None or isinstance(one.when, datetime):
            return one.when
        return timezone.make_aware(datetime.combine(one.when, time.min))


class EvidenceFileSerializer(StrictSerializer):
    """Whose language it speaks, and whether all documents of the trail come with it, as a zip with their hashes."""

    language = serializers.ChoiceField(
        choices=[(READERS, "Yours"), (CUSTOMERS, "The customer's")], required=False, default=READERS
    )
    documents = serializers.BooleanField(required=False, default=True)


class OrderEvidenceVerbs:
    """The evidence of an order, for the endpoint of orders."""

    @extend_schema(summary="What led to the order and what became of it", responses=EvidenceSerializer(many=True))
    @action(detail=True, methods=["get"], filter_backends=[], pagination_class=None)
    def evidence(self: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        """As far as you may see it, in its order."""
        check_parameters(request, set())
        return Response(EvidenceSerializer(trail(self.get_object(), request.user), many=True).data)

    @extend_schema(summary="Have the evidence written", request=EvidenceFileSerializer, responses={201: JobSerializer})
    @action(detail=True, methods=["post"], url_path="evidence-file", filter_backends=[], pagination_class=None)
    def evidence_file(self: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        """A PDF of the trail, or a zip of it with every document that it names; answers the job whose file it is."""
        order = self.subject()
        versions.expected_version(request, order)
        body = EvidenceFileSerializer(data=request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        job = start_evidence(order, actor=request.user, **body.validated_data)
        return Response(JobSerializer(job, context=self.get_serializer_context()).data, status=201)
