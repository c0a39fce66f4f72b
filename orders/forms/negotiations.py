"""Forms of negotiations: they parse and scope choices; an action decides."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, CustomerGroup, Plant, User
from catalog.forms import CatalogForm, LineForm, LinesMixin
from kam.core.forms import NOTHING, Form
from kam.core.money import base_currency
from orders.forms.agreements import CurrencyField, PairsField
from orders.models import Negotiation, NegotiationLine
from orders.models.negotiations import OPEN


class NegotiationLineForm(LineForm):
    """What may be bought, how many a year, at which price."""

    volumes = PairsField(
        forms.IntegerField(),
        forms.DecimalField(max_digits=14, decimal_places=3),
        "2027 = 10000",
        label=_("Quantities (year = quantity)"),
    )
    later_prices = PairsField(
        forms.IntegerField(),
        forms.DecimalField(max_digits=14, decimal_places=5),
        "2028 = 11,50",
        label=_("Other prices (from year = price)"),
    )

    class Meta:
        model = NegotiationLine
        fields = ["product", "family", "description", "price", "price_unit", "target_price"]

    field_order = ["product", "family", "description", "volumes", "price", "price_unit", "later_prices", "target_price"]


class NegotiationForm(LinesMixin, CatalogForm):
    """A negotiation with what it is about."""

    line_forms = {"lines": (_("Products and quantities"), NegotiationLineForm)}
    group = forms.ModelChoiceField(label=_("Group"), queryset=CustomerGroup.objects.all(), required=False)
    customer = forms.ModelChoiceField(label=_("Customer"), queryset=Customer.objects.all(), required=False)
    plant = forms.ModelChoiceField(
        label=_("Plant"),
        queryset=Plant.objects.all(),
        required=False,
        help_text=_("With a group, a company or a plant, prospects included: choose one of the three."),
    )
    currency = CurrencyField(initial=base_currency)
    probability = forms.IntegerField(
        label=_("Probability (%)"), min_value=0, max_value=100, required=False, help_text=_("Empty: the one of the stage.")
    )
    owner = forms.ModelChoiceField(
        label=_("Owner"), queryset=User.objects.filter(is_active=True), required=False, help_text=_("Empty: yourself.")
    )
    team = forms.ModelMultipleChoiceField(
        label=_("Team"),
        queryset=User.objects.filter(is_active=True),
        required=False,
        help_text=_("Whoever is named here reads this negotiation and its dossier."),
    )
    field_order = ["subject", "group", "customer", "plant"]

    class Meta:
        model = Negotiation
        fields = [
            "subject", "group", "customer", "plant", "selling_location", "producing_location", "currency", "start_of_production",
            "end_of_production", "decision_on", "probability", "probability_reason", "competitors", "incumbent",
            "decision_criteria", "next_step", "next_step_on", "next_step_by", "owner", "team", "notes",
        ]  # fmt: skip

    def values(self) -> dict[str, Any]:
        """The values for an action; without an owner it stays who it is."""
        values = super().values()
        if values.get("owner") is None:
            values.pop("owner", None)
        return values

    def lines_of(self, name: str, form_class: Any) -> list[dict[str, Any]]:
        """The lines that the record has, their quantities and prices as pairs."""
        rows = self.initial.get(name)
        names = [*form_class.Meta.fields, "volumes", "later_prices"]
        return [{field: getattr(row, field) for field in names} for row in (rows.all() if rows is not None else [])]


class StageForm(Form):
    """The stage that a negotiation has reached, and what shows it."""

    stage = forms.ChoiceField(label=_("Stage"), choices=[(stage.value, stage.label) for stage in OPEN])
    evidence = forms.CharField(
        label=_("What shows it"), max_length=400, required=False, help_text=_("For a stage further back: why it goes back.")
    )
    file = forms.FileField(label=_("Document"), required=False, help_text=_("For example the customer's enquiry."))


class StepForm(Form):
    """What came of the next step, and the one after it."""

    result = forms.CharField(label=_("What came of it"), max_length=2000, widget=forms.Textarea({"rows": 3}))
    next_step = forms.CharField(label=_("Next step"), max_length=200, required=False)
    next_step_on = forms.DateField(label=_("Next step by"), required=False)
    next_step_by = forms.ModelChoiceField(
        label=_("Next step of"), queryset=User.objects.filter(is_active=True), required=False, help_text=_("Empty: the owner.")
    )


class WonForm(Form):
    """What shows that it is won, and since when."""

    evidence = forms.CharField(label=_("What shows it"), max_length=400, help_text=_("The order, the contract."))
    decided_on = forms.DateField(label=_("Decided on"), required=False, help_text=_("Leave empty for today."))


class LostForm(Form):
    """Why, to whom and at which price a negotiation is lost."""

    loss_reason = forms.ChoiceField(label=_("Reason"), choices=[("", NOTHING), *Negotiation.LossReason.choices], required=False)
    lost_to = forms.CharField(label=_("Lost to"), max_length=120, required=False)
    lost_price = forms.DecimalField(
        label=_("Competitor's price"),
        max_digits=14,
        decimal_places=5,
        required=False,
        help_text=_("In the currency of the negotiation; estimated where it is not known."),
    )
    outcome = forms.CharField(label=_("In words"), max_length=400, required=False)
    decided_on = forms.DateField(label=_("Decided on"), required=False, help_text=_("Leave empty for today."))


class EndForm(Form):
    """Why a negotiation ends without a winner, and when."""

    reason = forms.CharField(label=_("Reason"), max_length=400, widget=forms.Textarea({"rows": 3}))
    decided_on = forms.DateField(label=_("Decided on"), required=False, help_text=_("Leave empty for today."))
