"""Forms of budgets: whose, how they are filled, how the year falls on its months, with whom they are shared."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.dates import MONTHS
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, Location, Plant, Role, User
from budgets.actions.filling import FillSource
from budgets.forms.figures import MONEY
from budgets.models import (
    BudgetRound,
)
from budgets.models.profiles import WEIGHTS
from budgets.reports.checklist import forgotten
from catalog.models import ProductFamily
from kam.core.forms import Form


class BudgetForm(Form):
    """One more budget that is asked for."""

    round = forms.ModelChoiceField(BudgetRound.objects.filter(status=BudgetRound.Status.OPEN), label=_("Budget round"))
    contributor = forms.ModelChoiceField(User.objects.filter(is_active=True), label=_("Contributor"))
    location = forms.ModelChoiceField(Location.objects.filter(is_active=True, sells=True), label=_("Location"))
    top_down = forms.DecimalField(label=_("Top-down target"), required=False, **MONEY)


class TargetForm(Form):
    """What is asked of a budget from above."""

    top_down = forms.DecimalField(label=_("Top-down target"), required=False, **MONEY)


class FillForm(Form):
    """What the budget is filled from, and how much more or less than that."""

    source = forms.ChoiceField(label=_("Fill from"), choices=FillSource.choices)
    volume_percent = forms.DecimalField(label=_("Change of quantity (%)"), max_digits=6, decimal_places=2, initial=0)
    price_percent = forms.DecimalField(label=_("Change of price (%)"), max_digits=6, decimal_places=2, initial=0)
    anew = forms.BooleanField(label=_("Take out first what was filled this way before"), required=False)


class PasteForm(Form):
    """A list from a spreadsheet; what it was understood as is shown before it is written."""

    text = forms.CharField(
        label=_("List"),
        max_length=20_000,
        widget=forms.Textarea({"rows": 12}),
        help_text=_("A row each: plant (or customer), product, quantity of the year, net price; parted by tabs or semicolons."),
    )


class ReasonsForm(Form):
    """One reason for the plants that are ticked."""

    plants = forms.ModelMultipleChoiceField(
        Plant.objects.all(), label=_("Plants"), required=False, widget=forms.CheckboxSelectMultiple
    )
    why = forms.CharField(label=_("Why nothing is planned"), max_length=400, widget=forms.Textarea({"rows": 3}))

    def choices_of(self, name: str, rows: Any) -> Any:
        """The plants that the checklist names; the budget's contributor reads them all."""
        return rows.filter(pk__in=[key for key, _name in forgotten(self.record)])


class ProfileEditForm(Form):
    """Twelve weights, or the years whose sales make them."""

    years = forms.TypedChoiceField(
        label=_("From the sales of"),
        coerce=int,
        empty_value=None,
        required=False,
        choices=[
            ("", _("the weights below")),
            ("1", _("the last complete year")),
            ("2", _("the last two years")),
            ("3", _("the last three years")),
        ],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for month, column in enumerate(WEIGHTS, 1):
            field = forms.DecimalField(label=MONTHS[month], max_digits=7, decimal_places=4, min_value=0, required=False)
            self.add(column, field)

    def values(self) -> dict[str, Any]:
        """The values for the action."""
        values = super().values()
        weights = [values.pop(column) or Decimal(0) for column in WEIGHTS]
        return values | {"weights": None if values["years"] else weights}


class ProfileForm(ProfileEditForm):
    """The profile of a family or of a customer."""

    family = forms.ModelChoiceField(ProductFamily.objects.all(), label=_("Product family"), required=False)
    customer = forms.ModelChoiceField(Customer.objects.all(), label=_("Or a customer"), required=False)
    field_order = ["family", "customer", "years"]


class ShareForm(Form):
    """To whom a budget is shown, and how."""

    user = forms.ModelChoiceField(User.objects.filter(is_active=True), label=_("Person"), required=False)
    role = forms.ChoiceField(label=_("Or a role"), choices=[("", "–"), *Role.choices], required=False)
    location = forms.ModelChoiceField(
        Location.objects.filter(is_active=True), label=_("Location"), required=False, help_text=_("Of the role.")
    )
    may_comment = forms.BooleanField(label=_("May comment"), required=False)
    until = forms.DateField(label=_("Until"), required=False, help_text=_("Empty: until you withdraw it."))
