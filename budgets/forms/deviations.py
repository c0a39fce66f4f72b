"""Forms of deviations: causes, corrective actions, minutes of the sales meeting."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.dates import MONTHS
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from budgets.actions.deviations import Cause
from budgets.models import (
    CorrectiveAction,
    DeviationCause,
)
from budgets.models.corrective_actions import MEASURED_UNTIL, MOST_MONTHS
from budgets.models.years import month_after
from kam.core.forms import Form


class CausesForm(Form):
    """The causes of a deviation: how much money each explains, with a comment; an empty amount is no cause."""

    comment = forms.CharField(label=_("Comment"), max_length=4000, required=False, widget=forms.Textarea({"rows": 3}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for code, label in DeviationCause.Code.choices:
            amount = forms.DecimalField(label=label, required=False, max_digits=18, decimal_places=2)
            note = forms.CharField(label=_("%(cause)s: comment") % {"cause": label}, max_length=400, required=False)
            for name, field in ((f"amount_{code}", amount), (f"note_{code}", note)):
                self.add(name, field)

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
        months = [month_after(deviation.first_month, place) for place in range(MEASURED_UNTIL)]
        given = self.initial.get("first_month")
        if isinstance(given, date) and given not in months:
            months.insert(0, given)
        self.fields["first_month"].choices = [  # type: ignore[attr-defined]
            (month.isoformat(), f"{MONTHS[month.month]} {month.year}") for month in months
        ]
        for place in range(1, MOST_MONTHS + 1):
            label = _("Expected effect, month %(month)s") % {"month": place}
            field = forms.DecimalField(label=label, required=place == 1, max_digits=16, decimal_places=2, min_value=0)
            self.add(f"expected_{place}", field)

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
