"""Forms of repairs from the workshop to the invoice: they parse; an action decides."""

from django import forms
from django.utils.translation import gettext_lazy as _

from kam.core.forms import Form


class ExpectedForm(Form):
    """What the repair comes to."""

    comes_to = forms.DecimalField(label=_("The repair comes to"), max_digits=14, decimal_places=2, min_value=0)


class DelayForm(Form):
    """Until when it takes, and why."""

    expected_on = forms.DateField(label=_("Ready by"))
    reason = forms.CharField(
        label=_("Reason in the customer's language"), max_length=2000, widget=forms.Textarea({"rows": 3}), help_text=_("The customer reads this.")
    )  # fmt: skip


class FinishForm(Form):
    """What was done."""

    work_done = forms.CharField(
        label=_("Work done in the customer's language"), max_length=4000, widget=forms.Textarea({"rows": 3})
    )
    parts_used = forms.CharField(label=_("Parts replaced"), max_length=2000, required=False, widget=forms.Textarea({"rows": 2}))
    hours_spent = forms.DecimalField(label=_("Hours spent"), max_digits=7, decimal_places=2, min_value=0)
    comes_to = forms.DecimalField(
        label=_("The repair comes to"), max_digits=14, decimal_places=2, min_value=0, required=False, help_text=_("Empty: as estimated.")
    )  # fmt: skip


class TestForm(Form):
    """What was measured, and whether it passed."""

    __test__ = False

    test_results = forms.CharField(label=_("Results of the test"), max_length=4000, widget=forms.Textarea({"rows": 3}))
    passed = forms.BooleanField(label=_("Passed"), required=False, help_text=_("Unmarked: it is repaired on."))


class ShippingForm(Form):
    """With which note it leaves."""

    note_out = forms.CharField(label=_("Our delivery note"), max_length=40)
    carrier = forms.CharField(label=_("Carrier"), max_length=120, required=False)
    packages = forms.IntegerField(label=_("Packages"), min_value=1, max_value=9999, required=False)
    weight = forms.DecimalField(label=_("Weight (kg)"), max_digits=9, decimal_places=2, min_value=0, required=False)


class PaperForm(Form):
    """What the customer wrote, where they have not said it with their refusal."""

    file = forms.FileField(
        label=_("What the customer wrote"), required=False, help_text=_("Not needed where they said so when they refused.")
    )


class UnrepairedForm(ShippingForm, PaperForm):
    """Both."""


class ExchangeForm(PaperForm):
    """The new piece."""

    new_serial = forms.CharField(label=_("Serial number of the new one"), max_length=60)
    note_out = forms.CharField(label=_("Our delivery note"), max_length=40)
    field_order = ["new_serial", "note_out", "file"]


class CostsForm(Form):
    """What it costs ourselves."""

    cost_labour = forms.DecimalField(
        label=_("Own cost of labour"), max_digits=14, decimal_places=2, min_value=0, required=False,
        help_text=_("Empty: the hours spent at our own rate."),
    )  # fmt: skip
    cost_parts = forms.DecimalField(label=_("Own cost of parts"), max_digits=14, decimal_places=2, min_value=0, required=False)
    cost_other = forms.DecimalField(
        label=_("Own cost of other work and freight"), max_digits=14, decimal_places=2, min_value=0, required=False
    )


class ChargeForm(Form):
    """How much, with which invoice."""

    charge = forms.DecimalField(label=_("Amount charged"), max_digits=14, decimal_places=2, min_value=0)
    invoice_out = forms.CharField(label=_("Invoice of the repair"), max_length=40)
