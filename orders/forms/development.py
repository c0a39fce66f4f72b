"""Forms of requests for development: what is needed, and the answer."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from catalog.forms import CatalogForm
from kam.core.forms import Form
from kam.core.money import base_currency
from orders.forms.agreements import CurrencyField
from orders.models import DevelopmentRequest


class DevelopmentRequestForm(CatalogForm):
    """What a customer needs."""

    currency = CurrencyField(initial=base_currency)
    file = forms.FileField(label=_("Document"), required=False, help_text=_("For example the customer's drawing."))

    class Meta:
        model = DevelopmentRequest
        fields = [
            "subject", "negotiation", "activity", "customer", "plant", "location", "need", "drawing", "target_price", "currency",
            "yearly_quantity", "answer_by",
        ]  # fmt: skip

    def choices_of(self, name: str, rows: Any) -> Any:
        """Of visits the one from which this is asked, of negotiations that one or the open ones: no list of everything."""
        rows = super().choices_of(name, rows)
        if name not in {"activity", "negotiation"}:
            return rows
        key = str(self.data.get(name) or self.initial.get(name) or "")
        if key.isdecimal() and len(key) < 19:
            return rows.filter(pk=int(key))
        return rows.open() if name == "negotiation" else rows.none()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["customer"].required = False
        self.fields["customer"].help_text = _("Empty: the one of the negotiation or visit.")


class DevelopmentAnswerForm(Form):
    """Whether it can be done, how, and by when."""

    answer = forms.ChoiceField(label=_("Answer"), choices=[("", "–"), *DevelopmentRequest.Answer.choices])
    answer_text = forms.CharField(label=_("In words"), max_length=1000, required=False, widget=forms.Textarea({"rows": 4}))
    ready_on = forms.DateField(label=_("Ready on"), required=False)
