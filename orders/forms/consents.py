"""The form of a decision on local prices; an action decides."""

from django import forms
from django.utils.translation import gettext_lazy as _

from kam.core.forms import Form


class DecideForm(Form):
    """Whether the prices may hold, and why."""

    allow = forms.TypedChoiceField(
        label=_("Decision"),
        choices=[("yes", _("The prices may hold")), ("no", _("The prices are not allowed"))],
        coerce=lambda value: value == "yes",
    )
    reason = forms.CharField(label=_("Reason"), max_length=2000, widget=forms.Textarea({"rows": 3}))
