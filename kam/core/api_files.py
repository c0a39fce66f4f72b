"""Endpoints of documents and comments: files come as multipart/form-data, everything else as JSON."""

from typing import Any

from django.http import FileResponse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response

from kam.core.about import fetch_records, visible_record
from kam.core.api import (
    RecordSerializer,
    RecordViewSet,
    ScopedPrimaryKeyField,
    SensibleDateField,
    StrictSerializer,
    VerbSerializer,
    verb_action,
)
from kam.core.api_process import RecordReference
from kam.core.comments import LONGEST, Comment
from kam.core.documents import LANGUAGES, Document, DocumentType, Validity, attach_document
from kam.core.file_filters import CommentFilter, DocumentFilter, DocumentTypeFilter, PrintFormFilter
from kam.core.papers import create_document_type, edit_document_type, edit_print_form
from kam.core.printing import PrintForm
from kam.core.rest.access import StrictJSONParser
from kam.core.rest.listing import check_parameters
from kam.core.uploads import MAX_MEGABYTES

LARGEST_KEY = 2**62
IDENTITY = ["id", "version", "created_at", "updated_at"]
# What the server says of a file, never the client.
OF_THE_FILE = [
    "original_name", "media_type", "size", "sha256", "state", "scan_state", "preview_state", "superseded_by", "retired_at", "retired_by",
    "uploaded_by", "private_to",
]  # fmt: skip
PARSERS = [MultiPartParser, StrictJSONParser]


class OnRecord(StrictSerializer):
    """A body that names the record on which something is put: its kind and key; a foreign one does not exist."""

    record_type = serializers.RegexField(
        r"^[a-z_]{1,40}\.[a-z_]{1,60}$", max_length=110, help_text=_("Such as accounts.customer.")
    )
    record_id = serializers.IntegerField(min_value=1, max_value=LARGEST_KEY)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The record in the place of its kind and key."""
        user = self.context["request"].user
        record = visible_record(attrs.pop("record_type"), attrs.pop("record_id"), user)
        if record is None:
            raise serializers.ValidationError({"record_id": _("There is no such record.")}, code="does_not_exist")
        return {**attrs, "record": record}


class UploadedFile(serializers.FileField):
    """A file."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            allow_empty_file=True, max_length=200, help_text=_("At most %(limit)d MB.") % {"limit": MAX_MEGABYTES}, **options
        )


class DocumentTypeSerializer(RecordSerializer):
    """A type of document and what one of it must state."""

    name = serializers.CharField(read_only=True, help_text=_("In the reader's language."))

    class Meta:
        model = DocumentType
        fields = [
            *IDENTITY, "code", "name", "name_it", "name_en", "name_de", "must_expire", "must_have_number", "must_have_revision",
            "warning_days", "is_active",
        ]  # fmt: skip


class EditedDocumentTypeSerializer(DocumentTypeSerializer):
    """A type that is there: its code stays."""

    class Meta(DocumentTypeSerializer.Meta):
        read_only_fields = ["code"]


class DocumentTypeViewSet(RecordViewSet):
    """Types of documents."""

    queryset = DocumentType.objects.all()
    serializer_class = DocumentTypeSerializer
    filterset_class = DocumentTypeFilter
    ordering_fields = ("id", "code", "updated_at")
    create_action = staticmethod(create_document_type)
    update_action = staticmethod(edit_document_type)

    def get_serializer_class(self) -> Any:
        """The code is given once."""
        return EditedDocumentTypeSerializer if self.action in {"update", "partial_update"} else DocumentTypeSerializer


class PrintFormSerializer(RecordSerializer):
    """What stands in the foot of a print."""

    name = serializers.CharField(read_only=True, help_text=_("In the reader's language."))

    class Meta:
        model = PrintForm
        fields = [*IDENTITY, "code", "name", "name_it", "name_en", "name_de", "procedure", "form", "revision", "revised_on"]
        read_only_fields = ["code"]


class PrintFormViewSet(RecordViewSet):
    """Print forms: procedure, form code and revision, as the quality system knows them."""

    queryset = PrintForm.objects.all()
    serializer_class = PrintFormSerializer
    filterset_class = PrintFormFilter
    ordering_fields = ("id", "code", "updated_at")
    update_action = staticmethod(edit_print_form)


class DocumentSerializer(RecordSerializer):
    """A document on a record; its file is at `file/`."""

    record = RecordReference(source="*", read_only=True)
    state = serializers.ChoiceField(choices=Validity.choices, read_only=True, help_text=_("Whether it can be relied on today."))

    class Meta:
        model = Document
        fields = [
            *IDENTITY, "record", "type", "number", "title", "revision", "issued_on", "valid_from", "valid_to", "language", *OF_THE_FILE,
        ]  # fmt: skip
        read_only_fields = OF_THE_FILE


class StatedBody(VerbSerializer):
    """A file and what the document states of itself."""

    file = UploadedFile()
    number = serializers.CharField(required=False, allow_blank=True, max_length=80)
    title = serializers.CharField(required=False, allow_blank=True, max_length=200)
    revision = serializers.CharField(required=False, allow_blank=True, max_length=20)
    issued_on = SensibleDateField(required=False)
    valid_from = SensibleDateField(required=False)
    valid_to = SensibleDateField(required=False)
    language = serializers.ChoiceField(choices=LANGUAGES, required=False)


class AttachBody(OnRecord, StatedBody):
    """A new document for a record."""

    type = ScopedPrimaryKeyField(queryset=DocumentType.objects.filter(is_active=True))


class OnRecords(RecordViewSet):
    """Rows that stand on records, shown with the names of those."""

    def present(self, records: list[Any]) -> list[dict[str, Any]]:
        """The rows as the reader sees them, their records fetched together."""
        fetch_records(records)
        return super().present(records)


class DocumentViewSet(OnRecords):
    """Documents on the records that you see."""

    queryset = Document.objects.select_related("content_type")
    serializer_class = DocumentSerializer
    filterset_class = DocumentFilter
    parser_classes = PARSERS
    ordering_fields = ("id", "created_at", "updated_at", "valid_to", "title", "number")
    update_action = "core.edit_document"
    revise = verb_action("core.revise_document", StatedBody)
    retire = verb_action("core.retire_document")

    @extend_schema(request={"multipart/form-data": AttachBody}, responses={201: DocumentSerializer})
    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Attach a file to a record."""
        check_parameters(request, {"fields"})
        self.require(attach_document)
        body = AttachBody(data=request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        document = attach_document(Document, actor=request.user, **body.validated_data)
        return self._answer(document, status.HTTP_201_CREATED)

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"], filter_backends=[], pagination_class=None)
    def file(self, request: Any, pk: Any = None) -> Any:
        """The file itself, as a download."""
        document = self.get_object()
        denied = document.why_not_readable()
        if denied:
            raise denied
        kind = "application/octet-stream"
        response = FileResponse(document.file.open("rb"), as_attachment=True, filename=document.original_name, content_type=kind)
        response["X-Content-Type-Options"], response["Content-Security-Policy"] = "nosniff", "sandbox"
        return response


class CommentSerializer(RecordSerializer):
    """What somebody said on a record; people are mentioned as @[key]."""

    record = RecordReference(source="*", read_only=True)
    text = serializers.CharField(max_length=LONGEST)

    class Meta:
        model = Comment
        fields = [*IDENTITY, "record", "text", "author", "mentioned", "edited_at", "deleted_at"]
        read_only_fields = ["author", "mentioned", "edited_at", "deleted_at"]


class CommentBody(OnRecord, VerbSerializer):
    """A new comment on a record, or at a place in it: a month of a budget line is `month-3`."""

    text = serializers.CharField(max_length=LONGEST)
    place = serializers.RegexField(r"^[a-z0-9-]*$", max_length=80, required=False, allow_blank=True)


class CommentViewSet(OnRecords):
    """Comments on the records that you see; you change and delete your own for a day."""

    queryset = Comment.objects.select_related("content_type")
    serializer_class = CommentSerializer
    filterset_class = CommentFilter
    ordering_fields = ("id", "created_at", "updated_at")
    create_action = "core.write_comment"
    create_body = CommentBody
    update_action = "core.edit_comment"
    delete_action = "core.delete_comment"


ENDPOINTS = [
    ("comments", CommentViewSet, "comment"),
    ("document-types", DocumentTypeViewSet, "document_type"),
    ("documents", DocumentViewSet, "document"),
    ("print-forms", PrintFormViewSet, "print_form"),
]
