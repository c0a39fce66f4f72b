"""Endpoints of imports and of the mappings by which foreign files are read."""

from dataclasses import fields
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response

from kam.core.api import RecordSerializer, RecordViewSet, ScopedPrimaryKeyField, StrictSerializer, VerbSerializer, verb_action
from kam.core.api_files import IDENTITY, PARSERS, UploadedFile
from kam.core.excel import Rules
from kam.core.file_filters import ImportFilter, ImportMappingFilter
from kam.core.import_kinds import kinds_for
from kam.core.imports import Import, ImportMapping, upload_import
from kam.core.rest.listing import check_parameters

HEADER, TEXT, KEY = 200, 400, 60


class KeptRules(StrictSerializer):
    """How a table is read; what is left out is found in the table itself."""

    sheet = serializers.CharField(required=False, allow_blank=True, max_length=HEADER)
    header_row = serializers.IntegerField(required=False, min_value=0, max_value=1000)
    encoding = serializers.CharField(required=False, allow_blank=True, max_length=20)
    delimiter = serializers.CharField(required=False, allow_blank=True, max_length=1, trim_whitespace=False)
    decimal = serializers.CharField(required=False, allow_blank=True, max_length=1, help_text=_("The decimal mark: , or ."))
    dates = serializers.CharField(required=False, allow_blank=True, max_length=3, help_text="dmy, mdy, ymd")
    columns = serializers.DictField(
        required=False,
        child=serializers.CharField(allow_blank=True, max_length=KEY),
        help_text=_("Header of the file: our column."),
    )
    constants = serializers.DictField(
        required=False,
        child=serializers.CharField(allow_blank=True, max_length=TEXT),
        help_text=_("Our column: what stands in every row."),
    )
    values = serializers.DictField(
        required=False,
        child=serializers.DictField(child=serializers.CharField(allow_blank=True, max_length=TEXT)),
        help_text=_("Our column: text of the file: what it stands for."),
    )
    lines_key = serializers.CharField(required=False, allow_blank=True, max_length=HEADER)
    heads_key = serializers.CharField(required=False, allow_blank=True, max_length=HEADER)

    def to_internal_value(self, data: Any) -> Any:
        """The rules."""
        return Rules.of(super().to_internal_value(data))

    def to_representation(self, instance: Any) -> Any:
        """What was said."""
        return {one.name: instance[one.name] for one in fields(Rules) if one.name in instance}


class ImportSerializer(RecordSerializer):
    """A sheet that you uploaded: what it would do or did, and every fault in it."""

    class Meta:
        model = Import
        fields = [
            *IDENTITY, "kind", "original_name", "second_name", "size", "sha256", "state", "mapping", "mapping_version", "rules", "found",
            "counts", "errors", "preview", "skipped", "ignored", "message", "quarantine", "applied_at", "undone_at", "job",
        ]  # fmt: skip
        read_only_fields = fields


class ImportBody(VerbSerializer):
    """A sheet and the kind of rows that it contains; `second` holds the heads of its lines, `mapping` says how they are read."""

    kind = serializers.RegexField(r"^[a-z_.]{1,60}$", max_length=60)
    file = UploadedFile()
    second = UploadedFile(required=False)
    mapping = ScopedPrimaryKeyField(queryset=ImportMapping.objects.all(), required=False)


class MapBody(VerbSerializer):
    """How the file of an import is read (without rules: found anew); with a name it is kept for the next file."""

    rules = KeptRules(required=False)
    name = serializers.CharField(required=False, allow_blank=True, max_length=80)


class ConfirmBody(VerbSerializer):
    """Whether rows with errors stop the import or are left out of it."""

    quarantine = serializers.BooleanField(
        required=False, help_text=_("Import only the rows without errors; the others can be fetched, mended and brought back.")
    )


class ImportKindSerializer(StrictSerializer):
    """A kind of import that you may carry out, with its columns."""

    code = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    columns = serializers.ListField(child=serializers.DictField())


class ImportViewSet(RecordViewSet):
    """Your imports: upload, look at what would happen, confirm."""

    queryset = Import.objects.all()
    serializer_class = ImportSerializer
    filterset_class = ImportFilter
    parser_classes = PARSERS
    ordering_fields = ("id", "created_at", "state")
    map = verb_action("core.map_import", MapBody)
    confirm = verb_action("core.confirm_import", ConfirmBody)
    cancel = verb_action("core.cancel_import")
    undo = verb_action("core.undo_import")

    @extend_schema(request={"multipart/form-data": ImportBody}, responses={201: ImportSerializer})
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Upload a sheet; it is read in the background and nothing is written before you confirm."""
        check_parameters(request, {"fields"})
        self.require(upload_import)
        body = ImportBody(data=request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        return self._answer(upload_import(Import, actor=request.user, **body.validated_data), status.HTTP_201_CREATED)

    @extend_schema(responses={200: ImportKindSerializer(many=True)})
    @action(detail=False, methods=["get"], filter_backends=[], pagination_class=None)
    def kinds(self, request: Any) -> Response:
        """What you may import, and the columns of each sheet."""
        check_parameters(request, set())
        return Response(
            [
                {
                    "code": kind.code,
                    "label": str(kind.label),
                    "columns": [
                        {"key": column.key, "label": str(column.label), "kind": column.kind, "required": column.required}
                        for column in kind.columns
                    ],
                }
                for kind in kinds_for(request.user)
            ]
        )


class ImportMappingSerializer(RecordSerializer):
    """How files of one source are read; they are known again by their headers."""

    kind = serializers.RegexField(r"^[a-z_.]{1,60}$", max_length=60)
    rules = KeptRules()
    headers = serializers.ListField(child=serializers.CharField(allow_blank=True, max_length=HEADER), max_length=300)

    class Meta:
        model = ImportMapping
        fields = [*IDENTITY, "kind", "name", "rules", "headers"]


class EditedImportMappingSerializer(ImportMappingSerializer):
    """A mapping that is there: its kind and the headers by which it knows files stay."""

    kind = serializers.CharField(read_only=True)  # type: ignore[assignment]
    headers = serializers.ListField(child=serializers.CharField(), read_only=True)


class ImportMappingViewSet(RecordViewSet):
    """Saved mappings of the kinds that you may import."""

    queryset = ImportMapping.objects.all()
    serializer_class = ImportMappingSerializer
    filterset_class = ImportMappingFilter
    ordering_fields = ("id", "kind", "name", "updated_at")
    create_action = "core.save_mapping"
    update_action = "core.edit_mapping"
    delete_action = "core.delete_mapping"

    def get_serializer_class(self) -> Any:
        """What a mapping is for is said once."""
        return EditedImportMappingSerializer if self.action in {"update", "partial_update"} else ImportMappingSerializer


ENDPOINTS = [
    ("imports", ImportViewSet, "import"),
    ("import-mappings", ImportMappingViewSet, "import_mapping"),
]
