"""The form that says where a location's invoices come from."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Location
from kam.core.forms import Form


class InvoiceSourceForm(Form):
    """Which system's invoices count for a location, from when."""

    location = forms.ModelChoiceField(Location.objects.filter(is_active=True), label=_("Location"))
    system = forms.CharField(
        label=_("System"),
        max_length=40,
        help_text=_("As its lists call themselves, such as SAP-IT; KAM where invoices are made here."),
    )
    first_day = forms.DateField(
        label=_("First day"), required=False, help_text=_("Empty: always, where the location has no source yet.")
    )
