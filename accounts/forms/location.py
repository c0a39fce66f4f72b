"""Forms of our locations and their departments."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms.people import time_zones
from accounts.models import FUNCTIONS, Location, User
from kam.core.calendars import WorkingCalendar
from kam.core.forms import Form, ModelForm


class LocationForm(ModelForm):
    """A location of ours."""

    time_zone = forms.ChoiceField(label=_("Time zone"), choices=time_zones)
    calendar = forms.ModelChoiceField(queryset=WorkingCalendar.objects.all(), label=_("Working calendar"))

    class Meta:
        model = Location
        fields = [
            "code", "name_en", "name_it", "name_de", "country", "city", "address", "time_zone", "currency", "calendar",
            "sells", "produces", "sap_sales_organisation", "sap_plant", "stand_in", "is_active",
        ]  # fmt: skip

    def choices_of(self, name: str, rows: Any) -> Any:
        """Who stands in is another location that is active."""
        rows = super().choices_of(name, rows)
        return rows.filter(is_active=True).exclude(pk=self.instance.pk) if name == "stand_in" else rows

    def validate_unique(self) -> None:
        """The action refuses a code that is taken."""


class DepartmentForm(Form):
    """A department's names and head."""

    name_en = forms.CharField(label=_("Name in English"), max_length=160)
    name_it = forms.CharField(label=_("Name in Italian"), max_length=160, required=False)
    name_de = forms.CharField(label=_("Name in German"), max_length=160, required=False)
    head = forms.ModelChoiceField(
        queryset=User.objects.all(),
        label=_("Head"),
        required=False,
        help_text=_("Late work of the department goes up to this person."),
    )

    def choices_of(self, name: str, rows: Any) -> Any:
        rows = super().choices_of(name, rows)
        return rows.filter(is_active=True) if name == "head" else rows


class DepartmentCreateForm(DepartmentForm):
    """A new department of a location."""

    location = forms.ModelChoiceField(queryset=Location.objects.all(), label=_("Location"))
    function = forms.ChoiceField(label=_("Function"), choices=[(role.value, role.label) for role in FUNCTIONS])
    field_order = ["location", "function"]
