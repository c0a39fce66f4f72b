"""Activities and promises over REST: the rows that a person sees, and the same actions as the screen."""

from typing import Any

from django.db.models import Prefetch
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response

from accounts.actions.activity import create_activity
from accounts.actions.letter import file_letter
from accounts.actions.promise import create_promise
from accounts.filters.activity import ActivityFilter, PromiseFilter
from accounts.models import Activity, Contact, Customer, Plant, Promise, User
from kam.core.api import (
    RecordSerializer,
    RecordViewSet,
    ScopedPrimaryKeyField,
    SensibleDateField,
    StrictSerializer,
    VerbSerializer,
    verb_action,
)
from kam.core.api_files import UploadedFile
from kam.core.rest.fields import SensibleDateTimeField
from kam.core.rest.listing import check_parameters

IDENTITY = ["id", "version", "created_at", "updated_at"]


class ActivitySerializer(RecordSerializer):
    """A visit, call, mail, note or task. `client_key` makes a report arrive once, however often it is sent."""

    customer = ScopedPrimaryKeyField(queryset=Customer.objects.all(), required=False, allow_null=True)
    plant = ScopedPrimaryKeyField(queryset=Plant.objects.all(), required=False, allow_null=True)
    contacts = ScopedPrimaryKeyField(queryset=Contact.objects.all(), many=True, required=False)
    participants = ScopedPrimaryKeyField(queryset=User.objects.all(), many=True, required=False)
    starts_at = SensibleDateTimeField(required=False)
    client_key = serializers.UUIDField(required=False, allow_null=True)

    class Meta:
        model = Activity
        fields = [
            *IDENTITY,
            "kind",
            "status",
            "subject",
            "text",
            "customer",
            "plant",
            "owner",
            "participants",
            "contacts",
            "starts_at",
            "ends_at",
            "place",
            "signals",
            "next_step",
            "next_step_on",
            "private",
            "client_key",
        ]
        read_only_fields = ["status", "owner"]


class ActivityEditSerializer(ActivitySerializer):
    """What an edit takes: the device's key stays."""

    client_key = serializers.UUIDField(read_only=True)


class LetterSerializer(StrictSerializer):
    """An e-mail as a file (.eml or .msg), and whose it is; left out, its sender says so."""

    file = UploadedFile()
    customer = ScopedPrimaryKeyField(queryset=Customer.objects.all(), required=False)
    plant = ScopedPrimaryKeyField(queryset=Plant.objects.all(), required=False)
    contact = ScopedPrimaryKeyField(queryset=Contact.objects.all(), required=False)
    private = serializers.BooleanField(required=False, default=False)


class CompleteSerializer(VerbSerializer):
    """What happened; left out, the text stays."""

    text = serializers.CharField(max_length=20000, required=False, allow_blank=True)


class ActivityViewSet(RecordViewSet):
    """Activities: visits, calls, mails, notes and tasks with customers."""

    queryset = Activity.objects.all()
    serializer_class = ActivitySerializer
    filterset_class = ActivityFilter
    ordering_fields = ("id", "starts_at", "kind", "status", "subject", "next_step_on", "updated_at", "created_at")
    create_action = staticmethod(create_activity)
    update_action = "accounts.edit_activity"
    complete = verb_action("accounts.complete_activity", CompleteSerializer)
    cancel = verb_action("accounts.cancel_activity")
    reopen = verb_action("accounts.reopen_activity")

    @extend_schema(request={"multipart/form-data": LetterSerializer}, responses={201: ActivitySerializer})
    @action(detail=False, methods=["post"], url_path="from-mail", parser_classes=[MultiPartParser])
    def from_mail(self, request: Any) -> Response:
        """File an e-mail; the same one again answers with the activity that it made."""
        check_parameters(request, {"fields"})
        self.require("accounts.create_activity")
        body = LetterSerializer(data=request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        values = body.validated_data
        record = values.get("contact") or values.get("plant") or values.get("customer")
        activity = file_letter(values["file"], actor=request.user, record=record, private=values["private"])
        return self._answer(activity, status.HTTP_201_CREATED)

    def get_serializer_class(self) -> Any:
        """What a body may hold differs between creating and editing."""
        return ActivityEditSerializer if self.action in {"update", "partial_update"} else ActivitySerializer

    def get_queryset(self) -> Any:
        """The reader's activities with who took part, fetched once for a page; contacts whom the reader may not see are not named."""
        contacts = Contact.objects.visible_to(self.request.user)
        return super().get_queryset().prefetch_related("participants", Prefetch("contacts", contacts))


class PromiseSerializer(RecordSerializer):
    """Who promised what to whom by when, and what came of it."""

    customer = ScopedPrimaryKeyField(queryset=Customer.objects.all())
    plant = ScopedPrimaryKeyField(queryset=Plant.objects.all(), required=False, allow_null=True)
    contact = ScopedPrimaryKeyField(queryset=Contact.objects.all(), required=False, allow_null=True)
    owner = ScopedPrimaryKeyField(
        queryset=User.objects.all(), required=False, help_text="Who keeps or follows it; left out: who records it."
    )
    activity = ScopedPrimaryKeyField(queryset=Activity.objects.all(), required=False, allow_null=True)
    made_on = SensibleDateField(required=False)
    due_on = SensibleDateField()

    class Meta:
        model = Promise
        fields = [
            *IDENTITY,
            "side",
            "what",
            "customer",
            "plant",
            "activity",
            "owner",
            "contact",
            "made_on",
            "due_on",
            "status",
            "settled_on",
            "outcome",
        ]
        read_only_fields = ["status", "settled_on", "outcome"]


class PromiseEditSerializer(PromiseSerializer):
    """What an edit takes; the activity at which it was made stays, and a later day wants a reason."""

    activity: Any = serializers.PrimaryKeyRelatedField(read_only=True)
    reason = serializers.CharField(max_length=400, required=False, allow_blank=True, write_only=True)

    class Meta(PromiseSerializer.Meta):
        fields = [*PromiseSerializer.Meta.fields, "reason"]


class SettleSerializer(VerbSerializer):
    """How it ended, and on which day (today unless told)."""

    outcome = serializers.CharField(max_length=300, required=False, allow_blank=True)
    settled_on = SensibleDateField(required=False, allow_null=True)


class PromiseViewSet(RecordViewSet):
    """Promises: ours to customers and theirs to us."""

    queryset = Promise.objects.all()
    serializer_class = PromiseSerializer
    filterset_class = PromiseFilter
    ordering_fields = ("id", "due_on", "made_on", "status", "updated_at", "created_at")
    create_action = staticmethod(create_promise)
    update_action = "accounts.edit_promise"
    keep = verb_action("accounts.keep_promise", SettleSerializer)
    break_ = verb_action("accounts.break_promise", SettleSerializer)
    withdraw = verb_action("accounts.withdraw_promise")

    def get_serializer_class(self) -> Any:
        """What a body may hold differs between creating and editing."""
        return PromiseEditSerializer if self.action in {"update", "partial_update"} else PromiseSerializer
