"""Forms of lines: what they are of, their months, the challenge of a row and its answer, what two people plan for a shared row."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.dates import MONTHS
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, Location, Market, Plant
from budgets.actions.lines import CellValue
from budgets.forms.figures import MONEY, PRICE, QUANTITY
from budgets.models import (
    BudgetLine,
    months_of,
)
from budgets.models.lines import ANSWERS, ROW_ANSWERS, ROW_FIGURES
from catalog.models import Product, ProductFamily
from kam.core.forms import Form


class LineForm(Form):
    """A new line: to whom, what, and how much in the year."""

    plant = forms.ModelChoiceField(Plant.objects.filter(status=Plant.Status.OPEN), label=_("Customer plant"), required=False)
    customer = forms.ModelChoiceField(Customer.objects.all(), label=_("Rest of a customer"), required=False)
    market = forms.ModelChoiceField(Market.objects.all(), label=_("Rest of a market"), required=False)
    product = forms.ModelChoiceField(Product.objects.all(), label=_("Product"), required=False)
    family = forms.ModelChoiceField(ProductFamily.objects.all(), label=_("Or a whole family"), required=False)
    quantity = forms.DecimalField(label=_("Quantity of the year"), required=False, **QUANTITY)
    revenue = forms.DecimalField(label=_("Revenue of the year"), required=False, **MONEY)
    currency = forms.CharField(
        label=_("Currency"), max_length=3, required=False, help_text=_("Empty: the currency of the location.")
    )
    producing_location = forms.ModelChoiceField(
        Location.objects.filter(is_active=True, produces=True),
        label=_("Producing location"),
        required=False,
        help_text=_("Empty: the selling location."),
    )
    chance = forms.ChoiceField(label=_("Class"), choices=BudgetLine.Chance.choices)
    comment = forms.CharField(label=_("Comment"), max_length=400, required=False)

    def values(self) -> dict[str, Any]:
        """What was filled in; what was left empty follows from the budget."""
        values = super().values()
        optional = ("quantity", "revenue", "currency", "producing_location")
        return {name: value for name, value in values.items() if name not in optional or value not in (None, "")}


class LineEditForm(Form):
    """What may change about a line itself."""

    chance = forms.ChoiceField(label=_("Class"), choices=BudgetLine.Chance.choices)
    comment = forms.CharField(label=_("Comment"), max_length=400, required=False)


class MonthsForm(Form):
    """The twelve months of a line: quantity, net price and revenue; what is left empty follows from the others."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.line: BudgetLine = self.record
        for month in range(1, 13):
            for name, options in (("quantity", QUANTITY), ("price", PRICE), ("revenue", MONEY)):
                field = forms.DecimalField(label=self._label(month, name), required=False, **options)
                self.add(f"{name}_{month}", field)

    def _label(self, month: int, name: str) -> str:
        words = {"quantity": _("Quantity"), "price": _("Net price"), "revenue": _("Revenue")}
        return f"{self.names[month - 1]} · {words[name]}"

    @property
    def names(self) -> list[str]:
        """The months of the plan's year, by name."""
        return [str(MONTHS[day.month]) for day in months_of(self.line.budget.round.first_month)]

    def months(self) -> Iterator[tuple[str, list[Any]]]:
        """A month's name and its three fields, one after the other."""
        for place, name in enumerate(self.names, 1):
            yield name, [self[f"{field}_{place}"] for field in ("quantity", "price", "revenue")]

    def cells(self) -> list[CellValue]:
        """The months that differ from what the line holds: quantity and price make the revenue, a revenue typed over them the price."""
        changed = []
        for cell in self.line.cells.order_by("month"):
            quantity, price, revenue = (self.cleaned_data[f"{name}_{cell.month}"] for name in ("quantity", "price", "revenue"))
            if (quantity, price, revenue) == (cell.quantity, cell.price, cell.revenue):
                continue
            if quantity is not None and price is not None and (quantity, price) != (cell.quantity, cell.price):
                revenue = None
            elif quantity is not None:
                price = None
            changed.append(CellValue(cell.line_id, cell.month, quantity, price, revenue, cell.version))
        return changed


class SpreadForm(Form):
    """A year's figure over the months of a line."""

    revenue = forms.DecimalField(label=_("Revenue of the year"), required=False, **MONEY)
    quantity = forms.DecimalField(label=_("Quantity of the year"), required=False, **QUANTITY)
    shape = forms.ChoiceField(
        label=_("How"),
        choices=[
            ("own", _("In the line's own shape")),
            ("equal", _("Equally over the twelve months")),
            ("profile", _("By the seasonality profile of the customer or family")),
        ],
    )

    def values(self) -> dict[str, Any]:
        """The values for the action: equal weights, the profile, or the line's own shape."""
        values = super().values()
        shape = values.pop("shape")
        return values | {"weights": [Decimal(1)] * 12 if shape == "equal" else None, "by_profile": shape == "profile"}


class ChallengeForm(Form):
    """Why a row goes back, and what to set against it."""

    why = forms.CharField(label=_("What has to change"), max_length=400, widget=forms.Textarea({"rows": 2}))
    counter = forms.DecimalField(
        label=_("Counter-figure: revenue of the year"),
        required=False,
        help_text=_("Empty: what was sold in the last twelve months."),
        **MONEY,
    )


class ChallengeAnswerForm(Form):
    """What the contributor says to a returned row."""

    answer = forms.ChoiceField(label=_("Answer"), choices=[(one.value, one.label) for one in ANSWERS])
    comment = forms.CharField(
        label=_("Comment"),
        max_length=400,
        required=False,
        widget=forms.Textarea({"rows": 2}),
        help_text=_("Needed where the figure stays."),
    )


class RowProposalForm(Form):
    """What the counterpart of a row would plan, and why."""

    proposed = forms.DecimalField(label=_("Proposed revenue of the year"), **MONEY)
    why = forms.CharField(label=_("Reason"), max_length=400, widget=forms.Textarea({"rows": 2}))


class RowAnswerForm(ChallengeAnswerForm):
    """What the owner of a shared row says to the proposal."""

    answer = forms.ChoiceField(
        label=_("Answer"),
        choices=[(ROW_ANSWERS[0].value, _("Agree: take the proposed figure over")), (ROW_ANSWERS[1].value, _("Keep my figure"))],
    )


class RowDecisionForm(Form):
    """Which of both figures of a shared row holds."""

    figure = forms.ChoiceField(label=_("Figure"), choices=ROW_FIGURES)
    why = forms.CharField(label=_("Reason"), max_length=400, widget=forms.Textarea({"rows": 2}))
