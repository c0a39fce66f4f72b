"""Corrective actions and sales meetings over REST."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from accounts.models import User
from budgets.actions import add_action
from budgets.actions.papers import start_issuing
from budgets.api.figures import IDENTITY
from budgets.filters import CorrectiveActionFilter, SalesMeetingFilter
from budgets.models import CorrectiveAction, Deviation, SalesMeeting
from budgets.models.corrective_actions import MOST_MONTHS
from kam.core.api import (
    RecordSerializer,
    RecordViewSet,
    ScopedPrimaryKeyField,
    SensibleDateField,
    VerbSerializer,
    verb_action,
)
from kam.core.api_prints import print_action
from kam.core.workflow import Denied


class CorrectiveActionSerializer(RecordSerializer):
    """What is done against a deviation, by whom and when, and what it is to bring in each month from `first_month` on."""

    deviation = ScopedPrimaryKeyField(queryset=Deviation.objects.all())
    owner = ScopedPrimaryKeyField(queryset=User.objects.all())
    due_on = SensibleDateField()
    first_month = SensibleDateField(help_text="The first day of the first month of its effect.")
    expected = serializers.ListField(
        child=serializers.DecimalField(max_digits=16, decimal_places=2, min_value=0), min_length=1, max_length=MOST_MONTHS
    )
    on_time = serializers.BooleanField(read_only=True, allow_null=True, help_text="Done by its day; null while it is open.")

    class Meta:
        model = CorrectiveAction
        fields = [
            *IDENTITY, "deviation", "what", "owner", "due_on", "first_month", "expected", "status", "done_on", "on_time", "outcome",
        ]  # fmt: skip
        read_only_fields = ["status", "done_on", "outcome"]


class CorrectiveActionEditSerializer(CorrectiveActionSerializer):
    """What an edit takes; a later day needs a reason."""

    deviation: Any = serializers.PrimaryKeyRelatedField(read_only=True)
    reason = serializers.CharField(max_length=400, required=False, write_only=True)

    class Meta(CorrectiveActionSerializer.Meta):
        fields = [*CorrectiveActionSerializer.Meta.fields, "reason"]


class CompleteActionSerializer(VerbSerializer):
    """What came of it, and on which day; left out: today."""

    outcome = serializers.CharField(max_length=400, required=False, allow_blank=True)
    done_on = SensibleDateField(required=False, allow_null=True)


def new_action(model: type[CorrectiveAction], *, actor: Any, deviation: Deviation, **values: Any) -> CorrectiveAction:
    """Plan an action against the deviation that the body names."""
    if not Deviation.objects.permitted(actor, "budgets.add_action").filter(pk=deviation.pk).exists():
        raise Denied("outside_your_area", _("This deviation is for somebody else to correct."), field="deviation", status=403)
    return add_action(deviation, actor=actor, **values)  # type: ignore[no-any-return]


new_action.code = add_action.code  # type: ignore[attr-defined]


class CorrectiveActionViewSet(RecordViewSet):
    """Corrective actions of deviations."""

    queryset = CorrectiveAction.objects.all()
    serializer_class = CorrectiveActionSerializer
    filterset_class = CorrectiveActionFilter
    ordering_fields = ("id", "due_on", "status", "updated_at", "created_at")
    create_action = staticmethod(new_action)
    update_action = "budgets.edit_action"
    complete = verb_action("budgets.complete_action", CompleteActionSerializer)
    cancel = verb_action("budgets.cancel_action")

    def get_serializer_class(self) -> Any:
        """What a body may hold differs between creating and editing."""
        return CorrectiveActionEditSerializer if self.action in {"update", "partial_update"} else CorrectiveActionSerializer


class SalesMeetingSerializer(RecordSerializer):
    """The minutes of a meeting about one person's year, or without a person about the team's."""

    person = ScopedPrimaryKeyField(queryset=User.objects.all(), required=False, allow_null=True)
    held_on = SensibleDateField(required=False)

    class Meta:
        model = SalesMeeting
        fields = [*IDENTITY, "held_on", "person", "held_by", "minutes", "decisions"]
        read_only_fields = ["held_by"]


class SalesMeetingEditSerializer(SalesMeetingSerializer):
    """What an edit takes: the texts."""

    person: Any = serializers.PrimaryKeyRelatedField(read_only=True)
    held_on: Any = serializers.DateField(read_only=True)


class SalesMeetingViewSet(RecordViewSet):
    """Sales meetings with their minutes."""

    queryset = SalesMeeting.objects.all()
    serializer_class = SalesMeetingSerializer
    filterset_class = SalesMeetingFilter
    ordering_fields = ("id", "held_on", "updated_at", "created_at")
    create_action = "budgets.hold_meeting"
    update_action = "budgets.edit_meeting"
    print_sheet = print_action("budgets.meeting_sheet", "Print the sheet of a sales meeting", issuing=start_issuing)

    def get_serializer_class(self) -> Any:
        """What a body may hold differs between creating and editing."""
        return SalesMeetingEditSerializer if self.action in {"update", "partial_update"} else SalesMeetingSerializer
