"""Forms of plans: they parse figures as the reader writes them and offer the reader's own rows; an action decides."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.dates import MONTHS
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, Location, Market, Plant, Role, User
from budgets.actions.deviations import Cause
from budgets.actions.filling import FillSource
from budgets.actions.lines import CellValue
from budgets.models import (
    BudgetLine,
    BudgetRound,
    CorrectiveAction,
    DeviationCause,
    PlanAnswer,
    TopDownTarget,
    months_of,
    year_name,
)
from budgets.models.corrective_actions import MOST_MONTHS
from budgets.models.lines import ANSWERS
from budgets.models.profiles import WEIGHTS
from budgets.reports.checklist import forgotten
from budgets.reports.quantities import quantity_rows
from catalog.models import Product, ProductFamily
from kam.core import clock
from kam.core.forms import Form, dress

MONEY: dict[str, Any] = {"max_digits": 18, "decimal_places": 2, "min_value": 0}
QUANTITY: dict[str, Any] = {"max_digits": 18, "decimal_places": 3, "min_value": 0}
PRICE: dict[str, Any] = {"max_digits": 14, "decimal_places": 5, "min_value": 0}


class RoundEditForm(Form):
    """What may change while budgets are prepared."""

    deadline = forms.DateField(label=_("Budgets due on"))
    top_down = forms.DecimalField(label=_("Top-down target"), required=False, **MONEY)
    guidelines = forms.CharField(label=_("Guidelines"), required=False, max_length=20_000, widget=forms.Textarea({"rows": 6}))


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


class TopDownForm(Form):
    """An amount that a part of the round is to reach."""

    of = forms.ChoiceField(label=_("Of"), choices=TopDownTarget.Of.choices)
    family = forms.ModelChoiceField(ProductFamily.objects.all(), label=_("Product family"), required=False)
    market = forms.ModelChoiceField(Market.objects.all(), label=_("Market"), required=False)
    amount = forms.DecimalField(label=_("Top-down target"), **MONEY)


class TopDownEditForm(Form):
    """Another amount for a part."""

    amount = forms.DecimalField(label=_("Top-down target"), **MONEY)


class AnswerForm(Form):
    """What Production says to a product."""

    product = forms.ModelChoiceField(Product.objects.all(), label=_("Product"))
    month = forms.TypedChoiceField(label=_("Month"), coerce=int, empty_value=None, required=False)
    answer = forms.ChoiceField(label=_("Answer"), choices=PlanAnswer.Answer.choices)
    quantity = forms.DecimalField(label=_("Up to a quantity"), required=False, **QUANTITY)
    day = forms.DateField(label=_("Only from"), required=False)
    note = forms.CharField(label=_("Note"), max_length=400, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        months = enumerate(months_of(self.record.round.first_month), 1)
        choices = [("", _("every month")), *((place, MONTHS[day.month]) for place, day in months)]
        self.fields["month"].choices = choices  # type: ignore[attr-defined]

    def choices_of(self, name: str, rows: Any) -> Any:
        """The products of the plan."""
        return rows.visible_to(self.reader).filter(pk__in=[row.product.pk for row in quantity_rows(self.record)])


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


class RateForm(Form):
    """A budget rate."""

    currency = forms.CharField(label=_("Currency"), min_length=3, max_length=3)
    rate = forms.DecimalField(label=_("Rate"), max_digits=18, decimal_places=8, min_value=0)


class StretchForm(Form):
    """What the sales manager takes on."""

    amount = forms.DecimalField(label=_("Amount"), **MONEY)
    why = forms.CharField(label=_("Where it is to come from"), max_length=400, required=False, widget=forms.Textarea({"rows": 3}))


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


class ShareForm(Form):
    """To whom a budget is shown, and how."""

    user = forms.ModelChoiceField(User.objects.filter(is_active=True), label=_("Person"), required=False)
    role = forms.ChoiceField(label=_("Or a role"), choices=[("", "–"), *Role.choices], required=False)
    location = forms.ModelChoiceField(
        Location.objects.filter(is_active=True), label=_("Location"), required=False, help_text=_("Of the role.")
    )
    may_comment = forms.BooleanField(label=_("May comment"), required=False)
    until = forms.DateField(label=_("Until"), required=False, help_text=_("Empty: until you withdraw it."))


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
            self.fields[column] = field
            dress(self, column, field)

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


class MonthsForm(Form):
    """The twelve months of a line: quantity, net price and revenue; what is left empty follows from the others."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.line: BudgetLine = self.record
        for month in range(1, 13):
            for name, options in (("quantity", QUANTITY), ("price", PRICE), ("revenue", MONEY)):
                field = forms.DecimalField(label=self._label(month, name), required=False, **options)
                self.fields[f"{name}_{month}"] = field
                dress(self, f"{name}_{month}", field)

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


def years_to_plan() -> range:
    """The years for which a budget may be asked for: the last one, for a revision of a fiscal year, up to five ahead."""
    return range(clock.today().year - 1, clock.today().year + 6)


class CausesForm(Form):
    """The causes of a deviation: how much money each explains, with a comment; an empty amount is no cause."""

    comment = forms.CharField(label=_("Comment"), max_length=4000, required=False, widget=forms.Textarea({"rows": 3}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for code, label in DeviationCause.Code.choices:
            amount = forms.DecimalField(label=label, required=False, max_digits=18, decimal_places=2)
            note = forms.CharField(label=_("%(cause)s: comment") % {"cause": label}, max_length=400, required=False)
            for name, field in ((f"amount_{code}", amount), (f"note_{code}", note)):
                self.fields[name] = field
                dress(self, name, field)

    def causes(self) -> Iterator[tuple[str, list[Any]]]:
        """A cause's name and its two fields, one after the other."""
        for code, label in DeviationCause.Code.choices:
            yield str(label), [self[f"amount_{code}"], self[f"note_{code}"]]

    def values(self) -> dict[str, Any]:
        """The values for the action."""
        given = super().values()
        causes = [
            Cause(code, given[f"amount_{code}"], given[f"note_{code}"])
            for code in DeviationCause.Code.values
            if given[f"amount_{code}"] is not None
        ]
        version = {"version": given["version"]} if "version" in given else {}
        return {"causes": causes, "comment": given["comment"]} | version


class ActionForm(Form):
    """A corrective action: what, who, until when, and what it brings in each month from its first one on."""

    what = forms.CharField(label=_("What is done"), max_length=300)
    owner = forms.ModelChoiceField(User.objects.filter(is_active=True), label=_("Owner"))
    due_on = forms.DateField(label=_("Due on"))
    first_month = forms.TypedChoiceField(label=_("First month of its effect"), coerce=date.fromisoformat)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        deviation = self.record.deviation if isinstance(self.record, CorrectiveAction) else self.record
        months = months_of(deviation.first_month)
        given = self.initial.get("first_month")
        if isinstance(given, date) and given not in months:
            months.insert(0, given)
        self.fields["first_month"].choices = [  # type: ignore[attr-defined]
            (month.isoformat(), f"{MONTHS[month.month]} {month.year}") for month in months
        ]
        for place in range(1, MOST_MONTHS + 1):
            label = _("Expected effect, month %(month)s") % {"month": place}
            field = forms.DecimalField(label=label, required=place == 1, max_digits=16, decimal_places=2, min_value=0)
            self.fields[f"expected_{place}"] = field
            dress(self, f"expected_{place}", field)

    def values(self) -> dict[str, Any]:
        """The values for the action: the months up to the last one that is filled."""
        values = super().values()
        months = [values.pop(f"expected_{place}") or Decimal(0) for place in range(1, MOST_MONTHS + 1)]
        while len(months) > 1 and not months[-1]:
            months.pop()
        return values | {"expected": months}


class ActionEditForm(ActionForm):
    """The same for an action that is there; a later day needs a reason."""

    reason = forms.CharField(label=_("Reason"), max_length=400, required=False, help_text=_("Needed where the day moves back."))


class DoneForm(Form):
    """What came of an action."""

    outcome = forms.CharField(label=_("Outcome"), max_length=400, required=False, widget=forms.Textarea({"rows": 3}))
    done_on = forms.DateField(label=_("Done on"), required=False, help_text=_("Empty: today."))


class MinutesForm(Form):
    """What was said and what was decided."""

    minutes = forms.CharField(label=_("Minutes"), max_length=20_000, required=False, widget=forms.Textarea({"rows": 10}))
    decisions = forms.CharField(label=_("Decisions"), max_length=20_000, required=False, widget=forms.Textarea({"rows": 6}))


class MeetingForm(MinutesForm):
    """A meeting: about whom, on which day; without a person about the team."""

    person = forms.ModelChoiceField(
        User.objects.filter(is_active=True), label=_("Person"), required=False, help_text=_("Empty: the team.")
    )
    held_on = forms.DateField(label=_("Held on"))
    field_order = ["person", "held_on", "minutes", "decisions"]
