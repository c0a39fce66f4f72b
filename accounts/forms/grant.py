"""Forms of role grants, and of the day on which a dated row ends."""

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Location, Role
from kam.core.forms import Form


class PeriodForm(Form):
    """From a day to a day; empty is from today, and open."""

    first_day = forms.DateField(label=pgettext_lazy("date", "From"), required=False, help_text=_("Empty: today."))
    last_day = forms.DateField(label=pgettext_lazy("date", "To"), required=False, help_text=_("The last day; empty: open."))


class RoleGrantForm(PeriodForm):
    """A role for one location, or for all."""

    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)
    location = forms.ModelChoiceField(
        queryset=Location.objects.all(), label=_("Location"), required=False, help_text=_("Empty: all locations.")
    )
    field_order = ["role", "location", "first_day", "last_day"]


class EndForm(Form):
    """The last day of a dated row, and why."""

    last_day = forms.DateField(label=_("Last day"), required=False, help_text=_("Empty: it ends now."))
    reason = forms.CharField(label=_("Reason"), max_length=2000, required=False, widget=forms.Textarea({"rows": 3}))
