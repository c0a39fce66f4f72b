"""Filters of documents, comments and imports; the same for screen and API."""

from typing import Any

import django_filters
from django.contrib.contenttypes.models import ContentType
from django.utils.translation import gettext_lazy as _

from kam.core.comments import Comment
from kam.core.documents import Document, DocumentType, Validity
from kam.core.filters import FilterSet
from kam.core.imports import Import, ImportMapping
from kam.core.printing import PrintForm

LARGEST_KEY = 2**62


class OnRecordFilter(FilterSet):
    """What stands on one record, or on records of one kind."""

    record_type = django_filters.CharFilter(method="filter_record_type", label=_("Kind of record"), help_text="accounts.customer")
    record_id = django_filters.NumberFilter(
        field_name="object_id", label=_("Record"), min_value=1, max_value=LARGEST_KEY, decimal_places=0
    )

    def filter_record_type(self, queryset: Any, name: str, value: str) -> Any:
        """The rows on records of a kind such as `accounts.customer`; none for a kind that does not exist."""
        app, _dot, model = value.lower().partition(".")
        return queryset.filter(content_type__in=ContentType.objects.filter(app_label=app, model=model))


class DocumentFilter(OnRecordFilter):
    """Documents by record, type, validity and uploader."""

    state = django_filters.ChoiceFilter(
        method="filter_state",
        choices=[choice for choice in Validity.choices if choice[0] != Validity.MISSING],
        label=_("Validity"),
    )

    class Meta:
        model = Document
        fields = ["type", "scan_state", "preview_state", "language", "uploaded_by"]

    def filter_state(self, queryset: Any, name: str, value: str) -> Any:
        """Documents of one derived state, as of today."""
        return queryset.in_state(value)


class DocumentTypeFilter(FilterSet):
    """Types of documents by code and use."""

    class Meta:
        model = DocumentType
        fields = ["code", "is_active"]


class PrintFormFilter(FilterSet):
    """Print forms by code, procedure and form."""

    class Meta:
        model = PrintForm
        fields = ["code", "procedure", "form"]


class CommentFilter(OnRecordFilter):
    """Comments by record and author."""

    class Meta:
        model = Comment
        fields = ["author"]


class ImportFilter(FilterSet):
    """My imports by state and kind."""

    class Meta:
        model = Import
        fields = ["state", "kind"]


class ImportMappingFilter(FilterSet):
    """Mappings by kind and name."""

    class Meta:
        model = ImportMapping
        fields = ["kind", "name"]
