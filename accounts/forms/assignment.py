"""Forms of assignments and of the steps of a hand-over."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.forms.grant import PeriodForm
from accounts.models import Assignment, Customer, CustomerGroup, Location, Plant, User
from kam.core.forms import Form


class AssignmentForm(PeriodForm):
    """An account manager of a group or a customer, or an area manager of a plant at a location."""

    kind = forms.ChoiceField(label=_("As"), choices=Assignment.Kind.choices)
    user = forms.ModelChoiceField(queryset=User.objects.all(), label=_("Person"))
    group = forms.ModelChoiceField(
        queryset=CustomerGroup.objects.all(), label=_("Group"), required=False, help_text=_("Account manager of the whole group.")
    )
    customer = forms.ModelChoiceField(
        queryset=Customer.objects.all(), label=_("Customer"), required=False, help_text=_("Account manager of a single company.")
    )
    plant = forms.ModelChoiceField(
        queryset=Plant.objects.all(), label=_("Customer plant"), required=False, help_text=_("Area manager: plant and location.")
    )
    location = forms.ModelChoiceField(queryset=Location.objects.all(), label=_("Location"), required=False)
    field_order = ["kind", "user", "group", "customer", "plant", "location", "first_day", "last_day"]

    def choices_of(self, name: str, rows: Any) -> Any:
        rows = super().choices_of(name, rows)
        return rows.filter(is_active=True) if name == "user" else rows


class HandOverForm(Form):
    """From whom to whom, and when; the first step of a hand-over."""

    source = forms.ModelChoiceField(queryset=User.objects.all(), label=pgettext_lazy("person", "From"))
    target = forms.ModelChoiceField(queryset=User.objects.all(), label=pgettext_lazy("person", "To"))
    day = forms.DateField(label=_("First day of the new person"))

    def choices_of(self, name: str, rows: Any) -> Any:
        rows = super().choices_of(name, rows)
        if name == "source":
            return rows.filter(assignments__isnull=False).distinct()
        return rows.filter(is_active=True) if name == "target" else rows


class HandOverConfirmForm(HandOverForm):
    """What passes, chosen one by one; the second step."""

    assignments = forms.ModelMultipleChoiceField(
        queryset=Assignment.objects.all(), label=_("Assignments"), widget=forms.CheckboxSelectMultiple
    )
    reason = forms.CharField(label=_("Reason"), max_length=2000, required=False, widget=forms.Textarea({"rows": 2}))

    def choices_of(self, name: str, rows: Any) -> Any:
        rows = super().choices_of(name, rows)
        return rows.for_list() if name == "assignments" else rows
