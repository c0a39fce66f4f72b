"""Forms of settlements and costs of a complaint."""

from django import forms
from django.utils.translation import gettext_lazy as _

from complaints.models import ComplaintCost, Settlement
from kam.core.forms import FieldsForm, Form
from kam.core.money import base_currency
from orders.models import Order


class SettlementForm(Form):
    """How the customer is compensated, and with how much."""

    remedy = forms.ChoiceField(label=_("Remedy"), choices=Settlement.Remedy.choices)
    amount = forms.DecimalField(label=_("Amount"), max_digits=18, decimal_places=2, min_value=0)
    currency = forms.CharField(label=_("Currency"), min_length=3, max_length=3, initial=base_currency)
    unverified = forms.BooleanField(
        label=_("Before the analysis"),
        required=False,
        help_text=_("Free of charge subject to verification; it is invoiced if the complaint proves not justified."),
    )
    note = forms.CharField(label=_("Note"), max_length=400, required=False)


class CarriedForm(Form):
    """By which document it was carried out."""

    reference = forms.CharField(
        label=_("Number of the document"),
        max_length=60,
        required=False,
        help_text=_("Credit note, order, delivery note, report."),
    )


class ReplacedForm(CarriedForm):
    """By which order the goods are replaced."""

    order = forms.ModelChoiceField(label=_("Replacement order"), queryset=Order.objects.all(), required=False)

    field_order = ["order", "reference"]

    def choices_of(self, name: str, rows: object) -> object:
        """Orders of the customer."""
        found = super().choices_of(name, rows)
        return found.filter(plant__customer=self.record.complaint.plant.customer_id) if name == "order" else found


class CostForm(FieldsForm):
    """A cost of a complaint."""

    amount = forms.DecimalField(
        label=_("Amount"), max_digits=18, decimal_places=2, required=False,
        help_text=_("In the group's currency. Empty where hours and rate are given."),
    )  # fmt: skip

    class Meta:
        model = ComplaintCost
        fields = ["kind", "incurred_on", "hours", "rate", "amount", "note"]
