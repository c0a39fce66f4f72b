"""The form of Production's answers to a quantity plan."""

from typing import Any

from django import forms
from django.utils.dates import MONTHS
from django.utils.translation import gettext_lazy as _

from budgets.forms.figures import QUANTITY
from budgets.models import (
    PlanAnswer,
    months_of,
)
from budgets.reports.quantities import quantity_rows
from catalog.models import Product
from kam.core.forms import Form


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
