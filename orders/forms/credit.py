"""The form of a release of credit; an action decides."""

from django import forms
from django.utils.translation import gettext_lazy as _

from kam.core.forms import Form


class ReleaseForm(Form):
    """Until when an order may go on beyond the credit limit, and why."""

    until = forms.DateField(label=_("Released until"))
    reason = forms.CharField(label=_("Reason"), max_length=400, widget=forms.Textarea({"rows": 3}))
