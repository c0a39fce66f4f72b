"""Customers' workbooks over REST: taken in with an offer, looked at, filled; the files are documents."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api.products import IDENTITY
from kam.core.api import RecordSerializer, RecordViewSet, ScopedPrimaryKeyField, StrictSerializer, VerbSerializer, verb_action
from kam.core.api_files import PARSERS, UploadedFile
from kam.core.rest.listing import check_parameters
from orders.actions import fill_workbook, take_workbook
from orders.actions.workbooks import Choice, looked_at
from orders.filters import OfferWorkbookFilter
from orders.models import Offer, OfferWorkbook


class OfferWorkbookSerializer(RecordSerializer):
    """A customer's workbook: `document` as it came, `filled` as we filled it, `columns` what each column takes by its letter."""

    columns = serializers.DictField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = OfferWorkbook
        fields = [*IDENTITY, "offer", "document", "sheet", "header_row", "columns", "filled", "filled_at", "filled_by"]
        read_only_fields = fields


class TakeWorkbookBody(VerbSerializer):
    """A workbook (.xlsx) for an offer."""

    offer = ScopedPrimaryKeyField(queryset=Offer.objects.all())
    file = UploadedFile()


class FillWorkbookSerializer(VerbSerializer):
    """Which sheet, in which row its headers stand, and what each column takes, by the letters of the columns."""

    sheet = serializers.CharField(max_length=31)
    header_row = serializers.IntegerField(min_value=1, max_value=5000)
    columns = serializers.DictField(child=serializers.ChoiceField(choices=OfferWorkbook.Value.choices), allow_empty=False)


class ExchangeSerializer(StrictSerializer):
    """A cell that would be written, or keeps its formula (`kept`)."""

    cell = serializers.CharField()
    header: Any = serializers.CharField(source="label")
    old = serializers.CharField()
    new = serializers.CharField(source="text")
    kept = serializers.BooleanField()


class RowSerializer(StrictSerializer):
    """A row whose number no line of the offer has."""

    row = serializers.IntegerField()
    number = serializers.CharField()


class FillingSerializer(StrictSerializer):
    """What filling comes to."""

    cells = ExchangeSerializer(many=True)
    rows_without_line = RowSerializer(many=True)
    lines_without_row = serializers.ListField(child=serializers.CharField())


class OfferWorkbookViewSet(RecordViewSet):
    """Customers' workbooks of offers: `look` says what would be written, `fill` writes it into a copy."""

    queryset = OfferWorkbook.objects.all()
    serializer_class = OfferWorkbookSerializer
    filterset_class = OfferWorkbookFilter
    parser_classes = PARSERS
    create_body = TakeWorkbookBody
    ordering_fields = {"id": "id", "created_at": "created_at", "updated_at": "updated_at"}
    fill = verb_action("orders.fill_workbook", FillWorkbookSerializer)

    @extend_schema(request={"multipart/form-data": TakeWorkbookBody}, responses={201: OfferWorkbookSerializer})
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Take in a workbook with its offer."""
        check_parameters(request, {"fields"})
        self.require(take_workbook)
        body = TakeWorkbookBody(data=request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        made = take_workbook(OfferWorkbook, actor=request.user, **body.validated_data)
        return self._answer(made, status.HTTP_201_CREATED)

    @extend_schema(summary="What filling would write", request=FillWorkbookSerializer, responses=FillingSerializer)
    @action(detail=True, methods=["post"], filter_backends=[], pagination_class=None, body_class=FillWorkbookSerializer)
    def look(self, request: Request, pk: str | None = None) -> Response:
        """Each cell with what stands in it and what would, the rows without a line, the lines without a row; nothing is written."""
        record = self.get_object()
        self.require(fill_workbook, record)
        body = FillWorkbookSerializer(data=request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        values = body.validated_data
        return Response(
            FillingSerializer(looked_at(record, Choice(values["sheet"], values["header_row"], values["columns"]))).data
        )
