"""Endpoints of what stands around the lists: saved views, exports as background work, the time line of a record, the access log."""

from collections.abc import Sequence
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView

from kam.core.about import visible_record
from kam.core.access_log import AccessLog
from kam.core.api import Problem, RecordSerializer, RecordViewSet, StrictSerializer
from kam.core.process_filters import AccessLogFilter, SavedViewFilter
from kam.core.rest.access import activate_language
from kam.core.rest.listing import check_parameters
from kam.core.saved_views import SavedView, delete_view, save_view
from kam.core.timeline import LONGEST, timeline
from kam.core.views.list_export import FORMATS, list_pages, page_of


class ListField(serializers.CharField):
    """The key of a list that there is."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=80, help_text=_("The list, such as accounts.customer."), **options)

    def to_internal_value(self, data: Any) -> str:
        """The key, if there is such a list."""
        key = str(super().to_internal_value(data))
        if key not in list_pages():
            raise serializers.ValidationError(_("There is no such list, or it cannot be exported."), code="does_not_exist")
        return key


class SavedViewSerializer(RecordSerializer):
    """A name for filters, order and columns of one list; shared, it shows its reader's rows."""

    list = ListField(source="page")  # type: ignore[assignment]

    class Meta:
        model = SavedView
        fields = ["id", "owner", "list", "name", "query", "columns", "shared", "created_at"]
        read_only_fields = ["owner"]


def _save(_model: Any, *, actor: Any, reason: str = "", **values: Any) -> SavedView:
    chosen: dict[str, Any] = {"query": "", "columns": [], "shared": False} | values
    return save_view(actor=actor, **chosen)


class SavedViewViewSet(RecordViewSet):
    """Saved views of lists: your own and the shared ones; saving one under a name that you have replaces it."""

    queryset = SavedView.objects.all()
    serializer_class = SavedViewSerializer
    filterset_class = SavedViewFilter
    ordering_fields = {"id": "id", "list": "page", "name": "name", "created_at": "created_at"}
    create_action = staticmethod(_save)
    delete_action = staticmethod(delete_view)


class AccessLogSerializer(RecordSerializer):
    """Who did what, when and from where."""

    class Meta:
        model = AccessLog
        fields = ["id", "kind", "user", "who", "about", "address", "at"]
        read_only_fields = fields


class AccessLogViewSet(RecordViewSet):
    """The access log, for administrators: log-ins, exports, roles, tokens, reads of confidential records."""

    queryset = AccessLog.objects.all()
    serializer_class = AccessLogSerializer
    filterset_class = AccessLogFilter
    ordering_fields = ("id", "at", "kind", "address")

    def list(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """The entries, a page at a time."""
        self.require("core.read_access_log")
        return super().list(request, *args, **kwargs)


class ListedColumnSerializer(serializers.Serializer):
    """A column of a list."""

    name = serializers.CharField()
    label: Any = serializers.CharField()


class ListedSerializer(serializers.Serializer):
    """A list that you may export: its key, its title and the columns that you may see."""

    key = serializers.CharField()
    title = serializers.CharField()
    columns = ListedColumnSerializer(many=True)


def list_of(reader: Any, key: str, query: str = "", columns: Sequence[str] = ()) -> Any:
    """A list as its reader sees it, filtered and sorted as on the screen."""
    page_class, address = list_pages()[key]
    name = f"{page_class.__module__}.{page_class.__qualname__}"
    return page_of({"page": name, "query": query, "columns": columns, "path": address}, reader)


def lists_of(reader: Any) -> list[dict[str, Any]]:
    """The lists that there are, with the columns that this reader may see."""
    pages = {key: list_of(reader, key) for key in sorted(list_pages())}
    return [{"key": key, "title": page.title, "columns": page.allowed_columns} for key, page in pages.items()]


class ExportBody(StrictSerializer):
    """Which list, filtered and sorted as on the screen, with which columns."""

    list = ListField()
    query = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=2000,
        help_text=_("As in the address of the list: status=active&ordering=name."),
    )
    columns = serializers.ListField(child=serializers.SlugField(max_length=60), required=False, max_length=200)
    format = serializers.ChoiceField(choices=FORMATS, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The list as its reader would see it."""
        page = list_of(self.context["request"].user, attrs["list"], attrs.get("query", ""), attrs.get("columns", []))
        known = {column.name for column in page.allowed_columns}
        if not set(attrs.get("columns", [])) <= known:
            raise serializers.ValidationError({"columns": _("The list has no such column for you.")})
        if page.filterset is not None:
            names = QueryDict(attrs.get("query", ""))
            unknown = [
                name for name in names if name not in {*page.filterset.form.fields, "ordering"} and not _ranged(page, name)
            ]
            if unknown or not page.filterset.is_valid():
                raise serializers.ValidationError({"query": _("The list has no such filter, or its value cannot be read.")})
        return {"page": page, "extension": attrs.get("format", "xlsx")}


def _ranged(page: Any, name: str) -> bool:
    """Whether a parameter is one end of a range."""
    fields = page.filterset.form.fields
    return any(
        name == f"{field}_{suffix}" for field in fields for suffix in getattr(fields[field].widget, "suffixes", ()) if suffix
    )


class ChangeSerializer(serializers.Serializer):
    """One field's old and new value, as the reader writes them."""

    label: Any = serializers.CharField(source="full_label")
    before = serializers.CharField(allow_blank=True)
    after = serializers.CharField(allow_blank=True)


class MomentSerializer(serializers.Serializer):
    """One step: what somebody (or the system, null) did, when, for whom, why, and what it changed."""

    at = serializers.DateTimeField()
    label: Any = serializers.CharField()
    actor = serializers.IntegerField(source="actor.pk", allow_null=True, default=None)
    principal = serializers.IntegerField(source="principal.pk", allow_null=True, default=None)
    reason = serializers.CharField(allow_blank=True)
    changes = ChangeSerializer(many=True)


class TimelineView(APIView):
    """The time line of a record, the newest step first; of a record that you see only as a card there is none."""

    permission_classes = [IsAuthenticated]

    def perform_authentication(self, request: Any) -> None:
        """Who asks, and the language of the texts that they read."""
        super().perform_authentication(request)
        activate_language(request)

    @extend_schema(
        summary="The time line of a record",
        parameters=[
            OpenApiParameter("record_type", required=True, description="Such as accounts.customer."),
            OpenApiParameter("record_id", int, required=True, description="The record's key."),
            OpenApiParameter("limit", int, description=f"How many steps at most (40, at most {LONGEST})."),
        ],
        responses=MomentSerializer(many=True),
    )
    def get(self, request: Any) -> Response:
        """What happened to a record, who did it, when and why, with old and new values."""
        check_parameters(request, {"record_type", "record_id", "limit"})
        asked = request.query_params
        record = visible_record(asked.get("record_type", ""), asked.get("record_id", ""), request.user)
        if record is None:
            raise Problem("not_found", _("There is nothing at this address that you may see."), status=404)
        limit = asked.get("limit", "40")
        if not (limit.isascii() and limit.isdigit() and len(limit) < 9 and 1 <= int(limit) <= LONGEST):
            text = _("Write a whole number from 1 to %(most)d.") % {"most": LONGEST}
            raise Problem("invalid", text, field="limit", status=status.HTTP_400_BAD_REQUEST)
        response = Response(MomentSerializer(timeline(record, request.user, int(limit)), many=True).data)
        response["Cache-Control"] = "private, no-store"
        return response


ENDPOINTS = [
    ("access-log", AccessLogViewSet, "access_log"),
    ("saved-views", SavedViewViewSet, "saved_view"),
]
