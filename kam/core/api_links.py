"""The endpoint of links between records of any kinds."""

from typing import Any

import django_filters
from django.contrib.contenttypes.models import ContentType
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from kam.core.about import visible_record
from kam.core.api import RecordSerializer, RecordViewSet, VerbSerializer
from kam.core.api_files import IDENTITY, LARGEST_KEY, OnRecord
from kam.core.api_process import RecordReference
from kam.core.filters import FilterSet
from kam.core.links import Link, link_records, unlink_records


class LinkFilter(FilterSet):
    """Links of which a record is either end, and by meaning."""

    record_type = django_filters.CharFilter(method="filter_record_type", label=_("Kind of record"), help_text="accounts.customer")
    record_id = django_filters.NumberFilter(
        method="filter_record_id", label=_("Record"), min_value=1, max_value=LARGEST_KEY, decimal_places=0
    )

    class Meta:
        model = Link
        fields = ["meaning"]

    def filter_record_type(self, queryset: Any, name: str, value: str) -> Any:
        """The links with an end of this kind; with `record_id` that very record."""
        app, _dot, model = value.lower().partition(".")
        kinds = ContentType.objects.filter(app_label=app, model=model)
        key = self.form.cleaned_data.get("record_id")
        here, there = Q(content_type__in=kinds), Q(other_type__in=kinds)
        return queryset.filter(here & Q(object_id=key) | there & Q(other_id=key) if key else here | there)

    def filter_record_id(self, queryset: Any, name: str, value: Any) -> Any:
        """The links with an end of this key."""
        return queryset.filter(Q(object_id=value) | Q(other_id=value))


class OtherReference(RecordReference):
    """The record at the other end."""

    def to_representation(self, row: Any) -> dict[str, Any]:
        """The reference of the other end."""
        other = row.other
        url = other.get_absolute_url() if other is not None and hasattr(other, "get_absolute_url") else ""
        kind = f"{row.other_type.app_label}.{row.other_type.model}"
        return {"type": kind, "id": row.other_id, "name": str(other) if other is not None else "", "url": url}


class LinkSerializer(RecordSerializer):
    """That one record has to do with another."""

    record = RecordReference(source="*", read_only=True)
    other = OtherReference(source="*", read_only=True)

    class Meta:
        model = Link
        fields = [*IDENTITY, "record", "other", "meaning", "note", "made_by"]
        read_only_fields = ["made_by"]


class LinkBody(OnRecord, VerbSerializer):
    """A link to make: from one record to another one."""

    other_type = serializers.RegexField(
        r"^[a-z_]{1,40}\.[a-z_]{1,60}$", max_length=110, help_text=_("Such as accounts.customer.")
    )
    other_id = serializers.IntegerField(min_value=1, max_value=LARGEST_KEY)
    meaning = serializers.ChoiceField(choices=Link.Meaning.choices, default=Link.Meaning.RELATED)
    note = serializers.CharField(required=False, allow_blank=True, max_length=200)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Both records in the place of their kinds and keys; a foreign one does not exist."""
        attrs = super().validate(attrs)
        other = visible_record(attrs.pop("other_type"), attrs.pop("other_id"), self.context["request"].user)
        if other is None:
            raise serializers.ValidationError({"other_id": _("There is no such record.")}, code="does_not_exist")
        return {**attrs, "other": other}


class LinkViewSet(RecordViewSet):
    """Links between the records that you see, seen by whoever sees both ends; linking again answers with the link that is there."""

    queryset = Link.objects.select_related("content_type", "other_type").prefetch_related("record", "other")
    serializer_class = LinkSerializer
    filterset_class = LinkFilter
    ordering_fields = ("id", "created_at", "updated_at")
    create_action = staticmethod(link_records)
    create_body = LinkBody
    delete_action = staticmethod(unlink_records)


ENDPOINTS = [("links", LinkViewSet, "link")]
