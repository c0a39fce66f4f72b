"""Endpoints of the floor's process parts: work items, notifications, jobs, exchange rates, calendars, parameters."""

from typing import Any

from django.http import FileResponse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from kam.core.api import (
    PeriodField,
    Problem,
    RecordSerializer,
    RecordViewSet,
    SensibleDateField,
    SensibleDateTimeField,
    StrictSerializer,
    VerbSerializer,
    verb_action,
)
from kam.core.api_lists import ExportBody, ListedSerializer, lists_of
from kam.core.calendars import CalendarDay, WorkingCalendar
from kam.core.jobs import Job, may_fetch
from kam.core.money import ExchangeRate
from kam.core.notifications import KINDS, Notification, NotificationPreference, read_all_notifications, set_preference, shown
from kam.core.parameters import DEFINITIONS, ParameterValue
from kam.core.ports import port
from kam.core.process_filters import (
    ExchangeRateFilter,
    JobFilter,
    NotificationFilter,
    ParameterValueFilter,
    WorkingCalendarFilter,
    WorkItemFilter,
)
from kam.core.rest.listing import check_parameters
from kam.core.views.list_export import export_list
from kam.core.work_items import WorkItem


class RecordReference(serializers.Serializer):
    """The record that something stands on: its kind, key, name and page."""

    type = serializers.CharField()
    id = serializers.IntegerField()
    name = serializers.CharField()
    url = serializers.CharField()

    def to_representation(self, row: Any) -> dict[str, Any]:
        """The reference of a row's record."""
        record = row.record
        url = record.get_absolute_url() if record is not None and hasattr(record, "get_absolute_url") else ""
        kind = f"{row.content_type.app_label}.{row.content_type.model}"
        return {"type": kind, "id": row.object_id, "name": str(record) if record is not None else "", "url": url}


class WorkItemSerializer(RecordSerializer):
    """Something to do on a record, with its deadline."""

    words = serializers.CharField(read_only=True, help_text=_("What is to be done."))
    record = RecordReference(source="*", read_only=True)
    due = SensibleDateTimeField(source="deadline", read_only=True, allow_null=True)
    due_nominal = SensibleDateTimeField(source="clock.due_nominal", read_only=True, allow_null=True, default=None)
    colour = serializers.CharField(read_only=True, help_text=_("green, amber or red; empty without a deadline."))
    used_percent = serializers.SerializerMethodField(help_text=_("Share of the time used, in percent."))
    answers = serializers.SerializerMethodField(help_text=_("The answers that it may get."))

    class Meta:
        model = WorkItem
        fields = [
            "id", "version", "created_at", "updated_at", "kind", "words", "occasion", "record", "audience", "assignee", "asked_by",
            "asked_at", "due", "due_nominal", "colour", "used_percent", "state", "level", "answers", "answer", "comment", "done_at",
            "done_by", "on_behalf_of",
        ]  # fmt: skip
        read_only_fields = fields

    def get_used_percent(self, row: WorkItem) -> float | None:
        """Share of the time used, in percent."""
        share = row.used_share()
        return None if share is None else round(share * 100, 2)

    def get_answers(self, row: WorkItem) -> list[str]:
        """The answers that it may get."""
        return list(row.definition.answers)


class CompleteBody(VerbSerializer):
    """How an item was done."""

    answer = serializers.SlugField(max_length=40, default="done")
    comment = serializers.CharField(required=False, allow_blank=True, max_length=20000)


class ReassignBody(VerbSerializer):
    """Who has to do it from now on: a person, or an audience such as `department:3`."""

    user = serializers.IntegerField(required=False, min_value=1, max_value=2**62)
    audience = serializers.RegexField(r"^(department:[1-9][0-9]{0,17}|role:[a-z_]{1,40})$", required=False, max_length=80)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Exactly one of the two, and somebody stands behind it."""
        user, audience = attrs.pop("user", None), attrs.pop("audience", None)
        if (user is None) == (audience is None):
            raise serializers.ValidationError({"user": _("Name a person or an audience.")})
        people = port("audience_members")(audience or f"user:{user}")
        if not people:
            raise serializers.ValidationError({"audience" if audience else "user": _("Nobody active stands behind this.")})
        return {**attrs, "to": audience or people[0]}


class WorkItemViewSet(RecordViewSet):
    """What people and departments have to do on records, by when, and what came of it."""

    queryset = WorkItem.objects.all()
    serializer_class = WorkItemSerializer
    filterset_class = WorkItemFilter
    ordering_fields = {"id": "id", "due": "due", "asked_at": "asked_at", "level": "level", "updated_at": "updated_at"}
    claim = verb_action("core.claim_work")
    complete = verb_action("core.complete_work", CompleteBody)
    cancel = verb_action("core.cancel_work")
    reassign = verb_action("core.reassign_work", ReassignBody)


class NotificationSerializer(RecordSerializer):
    """Something that you were told about a record."""

    subject = serializers.SerializerMethodField(help_text=_("What it says; empty when the record is no longer yours to see."))
    record = serializers.SerializerMethodField()

    class Meta:
        model = Notification
        fields = ["id", "kind", "occasion", "subject", "record", "urgent", "created_at", "updated_at", "read_at"]
        read_only_fields = fields

    def get_subject(self, row: Notification) -> str:
        """What it says, in the reader's language."""
        return row.subject if row in self.context.get("shown", ()) else ""

    @extend_schema_field(RecordReference(allow_null=True))
    def get_record(self, row: Notification) -> dict[str, Any] | None:
        """The record, while it is the reader's to see."""
        return RecordReference().to_representation(row) if row in self.context.get("shown", ()) else None


class NotificationViewSet(RecordViewSet):
    """What you were told; a text whose record you may no longer see is not shown."""

    queryset = Notification.objects.all()
    serializer_class = NotificationSerializer
    filterset_class = NotificationFilter
    ordering_fields = ("id", "created_at", "updated_at")
    read = verb_action("core.read_notification")

    def present(self, records: list[Any]) -> list[dict[str, Any]]:
        """The texts of those whose record is still visible."""
        self._shown = shown(records, self.request.user)
        return super().present(records)

    def get_serializer_context(self) -> dict[str, Any]:
        """With the notifications whose text may be shown."""
        return {**super().get_serializer_context(), "shown": getattr(self, "_shown", ())}

    @extend_schema(request=None, responses={200: OpenApiTypes.OBJECT})
    @action(detail=False, methods=["post"], url_path="read-all", filter_backends=[], pagination_class=None)
    def read_all(self, request: Any) -> Response:
        """Mark everything as read."""
        return Response({"read": read_all_notifications(request.user)})


class PreferenceSerializer(RecordSerializer):
    """How you want to be told of one kind."""

    kind = serializers.ChoiceField(choices=[])

    class Meta:
        model = NotificationPreference
        fields = ["id", "kind", "way"]

    def get_fields(self) -> dict[str, serializers.Field]:
        """The kinds are those that the applications have registered."""
        fields = super().get_fields()
        fields["kind"] = serializers.ChoiceField(choices=sorted(KINDS))
        return fields


def _choose(model: Any, *, actor: Any, kind: str, way: str, reason: str = "") -> NotificationPreference:
    return set_preference(actor, kind, way)


class PreferenceViewSet(RecordViewSet):
    """How you want to be told, kind by kind; sending a kind again changes it. What is urgent comes by e-mail in any case."""

    queryset = NotificationPreference.objects.all()
    serializer_class = PreferenceSerializer
    ordering_fields = ("id", "kind")
    create_action = staticmethod(_choose)


class JobSerializer(RecordSerializer):
    """A piece of background work."""

    percent = serializers.IntegerField(read_only=True, allow_null=True)

    class Meta:
        model = Job
        fields = [
            "id", "kind", "state", "done", "total", "percent", "message", "result", "errors", "file_name", "cancel_asked",
            "created_at", "updated_at", "ended_at",
        ]  # fmt: skip
        read_only_fields = fields


class JobViewSet(RecordViewSet):
    """Your background work: how far it is and what came of it."""

    queryset = Job.objects.all()
    serializer_class = JobSerializer
    filterset_class = JobFilter
    ordering_fields = ("id", "created_at", "updated_at", "state")
    cancel = verb_action("core.cancel_job")

    @extend_schema(responses=ListedSerializer(many=True))
    @action(detail=False, methods=["get"], filter_backends=[], pagination_class=None)
    def lists(self, request: Any) -> Response:
        """The lists that can be exported, with the columns that you may see."""
        check_parameters(request, set())
        return Response(ListedSerializer(lists_of(request.user), many=True).data)

    @extend_schema(request=ExportBody, responses={201: JobSerializer})
    @action(detail=False, methods=["post"], filter_backends=[], pagination_class=None)
    def export(self, request: Any) -> Response:
        """Write a list to a file, as you see it: filtered, sorted, with these columns; the job's file is the result."""
        body = ExportBody(data=request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        return self._answer(export_list(**body.validated_data), 201)

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"], filter_backends=[], pagination_class=None)
    def file(self, request: Any, pk: Any = None) -> Any:
        """The result file; the right to it is asked again."""
        job = self.get_object()
        path = job.file_path if may_fetch(job, request.user) else None
        if path is None:
            raise Problem("not_found", _("There is no file, or it is no longer yours to fetch."), status=404)
        kind = "application/octet-stream"
        response = FileResponse(path.open("rb"), as_attachment=True, filename=job.file_name, content_type=kind)
        response["X-Content-Type-Options"], response["Content-Security-Policy"] = "nosniff", "sandbox"
        return response


class ExchangeRateSerializer(RecordSerializer):
    """What one unit of a currency was worth in another."""

    class Meta:
        model = ExchangeRate
        fields = ["id", "version", "created_at", "updated_at", "from_currency", "to_currency", "kind", "date", "rate", "source"]
        extra_kwargs = {"rate": {"min_value": 0}}


class CorrectRateBody(VerbSerializer):
    """The right value of a rate."""

    rate = serializers.DecimalField(max_digits=18, decimal_places=8, min_value=0)
    source = serializers.CharField(required=False, allow_blank=True, max_length=80)  # type: ignore[assignment]


class ExchangeRateViewSet(RecordViewSet):
    """Exchange rates: of the budget, a month's average, of the day."""

    queryset = ExchangeRate.objects.all()
    serializer_class = ExchangeRateSerializer
    filterset_class = ExchangeRateFilter
    ordering_fields = ("id", "date", "from_currency", "to_currency", "kind", "updated_at")
    create_action = "core.record_exchange_rate"
    correct = verb_action("core.correct_exchange_rate", CorrectRateBody)


class CalendarDaySerializer(serializers.ModelSerializer):
    """A day on which a calendar differs from its rule."""

    class Meta:
        model = CalendarDay
        fields = ["date", "kind", "note"]


class WorkingCalendarSerializer(RecordSerializer):
    """The working days of a place."""

    days = CalendarDaySerializer(many=True, read_only=True)

    class Meta:
        model = WorkingCalendar
        fields = [
            "id", "version", "created_at", "updated_at", "code", "name", "country", "subdivision", "patron_saint", "working_weekdays",
            "day_starts", "day_ends", "time_zone", "days",
        ]  # fmt: skip


class SetDaysBody(VerbSerializer):
    """Days to mark; an empty kind takes the marks away."""

    days = serializers.ListField(child=SensibleDateField(), min_length=1, max_length=366)
    kind = serializers.ChoiceField(choices=[*CalendarDay.Kind.choices, ("", _("by the rule"))], allow_blank=True)
    note = serializers.CharField(required=False, allow_blank=True, max_length=120)


class WorkingCalendarViewSet(RecordViewSet):
    """Working calendars: weekdays, holidays, patron saint, closures."""

    queryset = WorkingCalendar.objects.prefetch_related("days")
    serializer_class = WorkingCalendarSerializer
    filterset_class = WorkingCalendarFilter
    ordering_fields = ("id", "code", "name", "country", "updated_at")
    create_action = "core.create_calendar"
    update_action = "core.change_calendar"
    set_days = verb_action("core.set_calendar_days", SetDaysBody)


class ParameterValueSerializer(RecordSerializer):
    """A value of a parameter from a day on."""

    period = PeriodField(read_only=True)
    valid_from = SensibleDateField(write_only=True, required=False)

    class Meta:
        model = ParameterValue
        fields = ["id", "version", "created_at", "updated_at", "key", "scope", "value", "period", "valid_from"]


class DefinitionSerializer(StrictSerializer):
    """A parameter as it is without a value of its own."""

    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    unit = serializers.CharField()
    default = serializers.JSONField()


class ParameterValueViewSet(RecordViewSet):
    """Values of parameters, in general or for a location, customer or product line; sending one ends the one before."""

    queryset = ParameterValue.objects.all()
    serializer_class = ParameterValueSerializer
    filterset_class = ParameterValueFilter
    ordering_fields = ("id", "key", "scope", "updated_at")
    create_action = "core.set_parameter"

    @extend_schema(responses=DefinitionSerializer(many=True))
    @action(detail=False, methods=["get"], filter_backends=[], pagination_class=None)
    def definitions(self, request: Any) -> Response:
        """Every parameter with its default and unit."""
        rows = sorted(DEFINITIONS.values(), key=lambda one: one.key)
        return Response(DefinitionSerializer(rows, many=True).data)


__all__ = [
    "ExchangeRateViewSet",
    "JobViewSet",
    "NotificationViewSet",
    "ParameterValueViewSet",
    "PreferenceViewSet",
    "WorkItemViewSet",
    "WorkingCalendarViewSet",
]
