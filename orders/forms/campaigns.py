"""Forms of price campaigns and letters about prices: they parse and scope choices; an action decides."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from catalog.forms import CatalogForm
from kam.core.forms import Form
from orders.models import CampaignCustomer, PriceCampaign
from orders.models.campaigns import HIGHEST, LOWEST


class RateField(forms.DecimalField):
    """A change of prices in per cent."""

    def __init__(self, **options: Any) -> None:
        known: dict[str, Any] = {"max_digits": 6, "decimal_places": 2, "min_value": LOWEST, "max_value": HIGHEST}
        super().__init__(**known | options)


class CampaignForm(CatalogForm):
    """A campaign: why, by how much, from when, and which agreed prices it finds."""

    percentage = RateField(
        label=_("Change asked (%)"),
        required=False,
        help_text=_("Empty where it follows from an index. A lower price has a minus."),
    )

    class Meta:
        model = PriceCampaign
        fields = [
            "title", "why", "location", "basis", "percentage", "index", "index_from", "index_to", "share", "effective_on",
            "notice_days", "open_orders", "discounts", "of_group", "of_customer", "of_sector", "of_family", "of_location",
        ]  # fmt: skip


class CampaignCustomerForm(CatalogForm):
    """What this customer is asked."""

    class Meta:
        model = CampaignCustomer
        fields = ["asked"]


class ConsentForm(Form):
    """Yes, or no and why."""

    consents = forms.TypedChoiceField(
        label=_("Your answer"),
        choices=[("yes", _("I consent")), ("no", _("I object"))],
        coerce=lambda value: value == "yes",
    )
    note = forms.CharField(
        label=_("Why"),
        max_length=1000,
        required=False,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("Needed for an objection."),
    )


class AskForm(Form):
    """To whom the letter goes, and from when on the prices change where it is late."""

    sent_to = forms.CharField(label=_("Sent to"), max_length=254, help_text=_("An e-mail address, or a name."))
    effective_on = forms.DateField(
        label=_("New prices from"), required=False, help_text=_("A later day where the notice period has begun.")
    )


class ClaimForm(Form):
    """To whom a letter about wrong prices goes."""

    sent_to = forms.CharField(label=_("Sent to"), max_length=254, help_text=_("An e-mail address, or a name."))


class AnswerForm(Form):
    """What the customer answered."""

    answered = RateField(label=_("Answered (%)"), required=False)
    answer = forms.CharField(
        label=_("What the customer said"), max_length=1000, required=False, widget=forms.Textarea({"rows": 3})
    )
    answered_on = forms.DateField(label=_("Answered on"), required=False, help_text=_("Leave empty for today."))


class AgreeForm(Form):
    """What the customer agreed to."""

    agreed = RateField(label=_("Agreed (%)"), required=False, help_text=_("Empty: what was asked."))
    effective_on = forms.DateField(label=_("New prices from"), required=False, help_text=_("Empty: as the letter says."))
    decided_on = forms.DateField(label=_("Decided on"), required=False, help_text=_("Leave empty for today."))
    reference = forms.CharField(label=_("Customer's reference"), max_length=60, required=False)


class RefuseForm(Form):
    """Why the customer refused."""

    refusal = forms.CharField(label=_("Why it was refused"), max_length=1000, widget=forms.Textarea({"rows": 3}))
    decided_on = forms.DateField(label=_("Decided on"), required=False, help_text=_("Leave empty for today."))
