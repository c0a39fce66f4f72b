"""Forms of a complaint's process: what is asked before each of its verbs."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, User
from complaints.forms.letters import LetterForm
from complaints.models import Acceptance, Complaint, CustomerDeadline, Depth
from kam.core.forms import FieldsForm, Form


def text_field(label: Any, most: int = 4000, *, required: bool = True, help_text: Any = "") -> forms.CharField:
    """A text of several lines."""
    return forms.CharField(
        label=label, max_length=most, required=required, help_text=help_text, widget=forms.Textarea({"rows": 4})
    )


class AssessForm(Form):
    """How grave, how deep, who leads."""

    severity = forms.TypedChoiceField(label=_("Severity"), choices=Complaint.Severity.choices, coerce=int)
    depth = forms.ChoiceField(label=_("Depth"), choices=Depth.choices)
    leader = forms.ModelChoiceField(
        label=_("Leader"), queryset=User.objects.filter(is_active=True), required=False, help_text=_("Empty: you.")
    )


class GroundsForm(Form):
    """Why it is not justified."""

    grounds = text_field(_("Why it is not justified"), help_text=_("With the evidence; the customer will read it."))


class AnswerForm(LetterForm):
    """The final answer and to whom it goes."""

    answer = text_field(_("Answer"), 8000, help_text=_("As the customer reads it."))
    field_order = ["answer", "sent_to", "by_mail"]


class ReplyForm(Form):
    """How the customer took the answer."""

    reply = forms.ChoiceField(label=_("Customer's reply"), choices=Acceptance.choices)


class EvidenceForm(Form):
    """By what it is seen that what was done works."""

    evidence = text_field(_("Effectiveness"), help_text=_("By which figures it is seen that it does not come back."))


class DeadlineForm(FieldsForm):
    """Within which time a customer's document wants a step."""

    customer = forms.ModelChoiceField(label=_("Customer"), queryset=Customer.objects.all())
    first_day = forms.DateField(label=_("First day"), required=False, help_text=_("Empty: today."))
    last_day = forms.DateField(label=_("Last day"), required=False, help_text=_("Empty: until further notice."))
    field_order = ["customer", "profile", "step", "amount", "unit", "roll", "first_day", "last_day"]

    class Meta:
        model = CustomerDeadline
        fields = ["customer", "profile", "step", "amount", "unit", "roll"]
