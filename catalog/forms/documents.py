"""Forms of the register of documents and of what is required."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Department, User
from catalog.forms.catalogue import CatalogForm
from catalog.models import DocumentRequirement
from kam.core.forms import Form


class RequirementForm(CatalogForm):
    """A requirement from a day on."""

    first_day = forms.DateField(label=_("Valid from"), required=False, help_text=_("Empty: from today on."))

    class Meta:
        model = DocumentRequirement
        fields = ["type", "subject", "tier", "process", "product_line", "blocks", "notes"]

    def choices_of(self, name: str, rows: Any) -> Any:
        """Types in use, and product lines only."""
        rows = super().choices_of(name, rows)
        if name == "type":
            return rows.filter(is_active=True)
        return rows.filter(parent=None) if name == "product_line" else rows


class RequirementChangeForm(CatalogForm):
    """Whether a requirement blocks orders, from a day on."""

    first_day = forms.DateField(label=_("Valid from"), required=False, help_text=_("Empty: from today on."))

    class Meta:
        model = DocumentRequirement
        fields = ["blocks", "notes"]


class RequirementEndForm(Form):
    """The last day of a requirement."""

    last_day = forms.DateField(label=_("Last day"), required=False, help_text=_("Empty: no more from today on."))


class DocumentDueForm(Form):
    """Until when the customer is asked to send a document."""

    due_on = forms.DateField(label=_("Due on"), required=False, help_text=_("Empty: after the usual number of days."))


class DocumentHoldersForm(Form):
    """Who looks after a document, and who must hold its current revision."""

    owner = forms.ModelChoiceField(label=_("Looked after by"), queryset=User.objects.filter(is_active=True), required=False)
    people = forms.ModelMultipleChoiceField(
        label=_("People who hold it"), queryset=User.objects.filter(is_active=True), required=False
    )
    departments = forms.ModelMultipleChoiceField(
        label=_("Departments that hold it"), queryset=Department.objects.all(), required=False
    )
