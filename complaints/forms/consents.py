"""The form that a customer fills in under a signed link; nobody of ours uses it."""

from django import forms
from django.utils.translation import gettext_lazy as _

from complaints.models import EstimateVisit, RepairEstimate
from kam.core.forms import Form

ANSWERS = (
    (EstimateVisit.What.APPROVED, _("I approve: repair it at this price")),
    (EstimateVisit.What.REFUSED, _("I do not approve")),
    (EstimateVisit.What.QUESTION, _("I have a question first")),
)


class ConsentForm(Form):
    """What the customer says to an estimate."""

    answer = forms.ChoiceField(label=_("Your answer"), choices=ANSWERS, widget=forms.RadioSelect)
    name = forms.CharField(label=_("Your name"), max_length=120)
    purchase_order = forms.CharField(label=_("Your order number"), max_length=35, required=False)
    instruction = forms.ChoiceField(
        label=_("If you do not approve"), choices=[("", "–"), *RepairEstimate.Instruction.choices], required=False
    )
    text = forms.CharField(label=_("Remark or question"), max_length=2000, required=False, widget=forms.Textarea({"rows": 4}))
