"""Forms of budgeted account costs."""

from typing import Any

from django import forms
from django.utils.dates import MONTHS
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer
from budgets.forms.figures import MONEY
from budgets.models import months_of
from budgets.models.account_costs import CostKind
from kam.core.forms import Form


class AccountCostForm(Form):
    """An amount that is set aside."""

    kind = forms.ChoiceField(label=_("Kind of cost"), choices=CostKind.choices)
    month = forms.TypedChoiceField(label=_("Month"), required=False, coerce=int, empty_value=None)
    customer = forms.ModelChoiceField(Customer.objects.all(), label=_("Customer"), required=False)
    amount = forms.DecimalField(label=_("Amount"), **MONEY)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        months = months_of(self.record.round.first_month)
        self.fields["month"].choices = [  # type: ignore[attr-defined]
            ("", _("Whole year")),
            *((place, f"{MONTHS[month.month]} {month.year}") for place, month in enumerate(months, 1)),
        ]


class AccountCostEditForm(Form):
    """Another amount."""

    amount = forms.DecimalField(label=_("Amount"), **MONEY)
