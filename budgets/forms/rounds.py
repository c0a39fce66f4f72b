"""Forms of rounds: asking for one, its rates, what is asked from above, proposals of a revision."""

from datetime import date
from typing import Any

from django import forms
from django.utils.dates import MONTHS
from django.utils.translation import gettext_lazy as _

from accounts.models import Market, User
from budgets.forms.figures import MONEY
from budgets.models import (
    BudgetRound,
    TopDownTarget,
    year_name,
)
from catalog.models import ProductFamily
from kam.core import clock
from kam.core.forms import Form


class RoundEditForm(Form):
    """What may change while budgets are prepared."""

    deadline = forms.DateField(label=_("Budgets due on"))
    top_down = forms.DecimalField(label=_("Top-down target"), required=False, **MONEY)
    guidelines = forms.CharField(label=_("Guidelines"), required=False, max_length=20_000, widget=forms.Textarea({"rows": 6}))


def years_to_plan() -> range:
    """The years for which a budget may be asked for: the last one, for a revision of a fiscal year, up to five ahead."""
    return range(clock.today().year - 1, clock.today().year + 6)


class RoundForm(RoundEditForm):
    """A round that is asked for: its year begins with any month."""

    kind = forms.ChoiceField(label=_("Kind"), choices=BudgetRound.Kind.choices)
    closed_months = forms.ChoiceField(
        label=_("Months that are over"),
        choices=BudgetRound.ClosedMonths.choices,
        initial=BudgetRound.ClosedMonths.KEPT,
        required=False,
        help_text=_("In a revision only."),
    )
    year = forms.TypedChoiceField(label=_("Year"), coerce=int)
    month = forms.TypedChoiceField(
        label=_("First month of the year"),
        coerce=int,
        choices=[(month, str(month)) for month in range(1, 13)],
        help_text=_("January for a calendar year."),
    )
    field_order = ["kind", "year", "month", "closed_months", "deadline", "top_down", "guidelines"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["year"].choices = [(year, str(year)) for year in years_to_plan()]  # type: ignore[attr-defined]
        self.fields["month"].choices = [(month, MONTHS[month]) for month in range(1, 13)]  # type: ignore[attr-defined]

    def values(self) -> dict[str, Any]:
        """The values for the action; year and month are the first day."""
        values = super().values()
        values["first_month"] = date(values.pop("year"), values.pop("month"), 1)
        values.pop("version", None)
        values["closed_months"] = values["closed_months"] or BudgetRound.ClosedMonths.KEPT
        return values


class RateForm(Form):
    """A budget rate."""

    currency = forms.CharField(label=_("Currency"), min_length=3, max_length=3)
    rate = forms.DecimalField(label=_("Rate"), max_digits=18, decimal_places=8, min_value=0)


class StretchForm(Form):
    """What the sales manager takes on."""

    amount = forms.DecimalField(label=_("Amount"), **MONEY)
    why = forms.CharField(label=_("Where it is to come from"), max_length=400, required=False, widget=forms.Textarea({"rows": 3}))


class TopDownForm(Form):
    """An amount that a part of the round is to reach."""

    of = forms.ChoiceField(label=_("Of"), choices=TopDownTarget.Of.choices)
    family = forms.ModelChoiceField(ProductFamily.objects.all(), label=_("Product family"), required=False)
    market = forms.ModelChoiceField(Market.objects.all(), label=_("Market"), required=False)
    amount = forms.DecimalField(label=_("Top-down target"), **MONEY)


class TopDownEditForm(Form):
    """Another amount for a part."""

    amount = forms.DecimalField(label=_("Top-down target"), **MONEY)


class DistributeForm(Form):
    """What is shared out to the persons."""

    amount = forms.DecimalField(label=_("Amount"), required=False, help_text=_("Empty: the target of the round."), **MONEY)


class ProposalForm(Form):
    """A revision that is proposed."""

    first_month = forms.TypedChoiceField(label=_("Year"), coerce=date.fromisoformat)
    why = forms.CharField(label=_("Why the plan no longer holds"), max_length=4_000, widget=forms.Textarea({"rows": 4}))
    effect = forms.CharField(
        label=_("Effect on revenue, customers and production"), max_length=4_000, widget=forms.Textarea({"rows": 4})
    )
    amount = forms.DecimalField(
        label=_("Effect on the year's revenue"), max_digits=18, decimal_places=2, required=False, localize=True
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        years = BudgetRound.objects.visible_to(self.reader).filter(published_at__isnull=False).order_by("-first_month")
        firsts = list(dict.fromkeys(years.values_list("first_month", flat=True)))
        self.fields["first_month"].choices = [(first.isoformat(), year_name(first)) for first in firsts]  # type: ignore[attr-defined]


class AcceptForm(Form):
    """How the revision that was proposed is asked for."""

    deadline = forms.DateField(label=_("Budgets due on"))
    closed_months = forms.ChoiceField(label=_("Months that are over"), choices=BudgetRound.ClosedMonths.choices)


class OpenForm(Form):
    """Who is asked."""

    participants = forms.ModelMultipleChoiceField(
        User.objects.filter(is_active=True),
        label=_("Participants"),
        required=False,
        help_text=_("Empty: everyone who has something to plan."),
    )
    top_down = forms.DecimalField(label=_("Top-down target"), required=False, **MONEY)
