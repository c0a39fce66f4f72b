"""Forms of loaners: they parse and scope choices; an action decides."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from catalog.forms import CatalogForm
from catalog.models import Product
from complaints.models import Repair, RepairLoaner
from kam.core.forms import Form


class LoanerForm(CatalogForm):
    """What a customer gets, for which repair, until when."""

    repair = forms.ModelChoiceField(label=_("Repair"), queryset=Repair.objects.select_related("plant__customer"))
    product = forms.ModelChoiceField(label=_("Product"), queryset=Product.objects.all())

    class Meta:
        model = RepairLoaner
        fields = ["repair", "product", "serial", "note_out", "due_on"]

    def choices_of(self, name: str, rows: Any) -> Any:
        """Only repairs for which the reader may give one."""
        rows = super().choices_of(name, rows)
        return rows.permitted(self.reader, "complaints.lend_unit").open() if name == "repair" else rows


class LoanerBackForm(Form):
    """When it came back, and how."""

    condition = forms.CharField(label=_("Condition on its return"), max_length=2000, widget=forms.Textarea({"rows": 2}))
    returned_on = forms.DateField(label=_("Returned on"), required=False, help_text=_("Empty: today."))
