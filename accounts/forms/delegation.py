"""Forms of substitution."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Location, Role, User
from kam.core.forms import Form


class DelegationForm(Form):
    """Who acts for oneself, from a day to a day."""

    substitute = forms.ModelChoiceField(
        queryset=User.objects.all(), label=_("Substitute"), required=False, help_text=_("Empty: nobody acts, your work goes up.")
    )
    first_day = forms.DateField(label=_("First day away"))
    last_day = forms.DateField(label=_("Last day away"))
    role = forms.ChoiceField(label=_("Only as"), required=False, choices=[("", _("all roles")), *Role.choices])
    location = forms.ModelChoiceField(queryset=Location.objects.all(), label=_("Only at"), required=False)
    note = forms.CharField(label=_("Note for the substitute"), max_length=200, required=False)

    def choices_of(self, name: str, rows: Any) -> Any:
        rows = super().choices_of(name, rows)
        return rows.filter(is_active=True) if name in {"substitute", "principal"} else rows


class DelegationForOtherForm(DelegationForm):
    """Who acts for somebody who is away already."""

    principal = forms.ModelChoiceField(queryset=User.objects.all(), label=_("Person away"))
    field_order = ["principal", "substitute", "first_day", "last_day"]
