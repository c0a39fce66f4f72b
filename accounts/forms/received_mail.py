"""The form that says whose a received e-mail is."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Plant, ReceivedMail
from kam.core.forms import Form


class AssignMailForm(Form):
    """The plant that wrote and what it wants, or the number of the record that the e-mail belongs to."""

    plant = forms.ModelChoiceField(label=_("Plant"), queryset=Plant.objects.filter(status=Plant.Status.OPEN), required=False)
    use = forms.ChoiceField(
        label=_("Becomes"), choices=[("orders", _("an order")), ("complaints", _("a complaint"))], required=False
    )
    number = forms.CharField(
        label=_("Or belongs to number"), max_length=24, required=False, help_text=_("Our number of an order or complaint.")
    )

    class Meta:
        model = ReceivedMail
