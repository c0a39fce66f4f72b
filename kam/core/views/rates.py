"""Exchange rates: the list, recording one, correcting one."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kam.core.forms import FieldsForm, Form
from kam.core.money import ExchangeRate, record_exchange_rate
from kam.core.process_filters import ExchangeRateFilter
from kam.core.tables import Column
from kam.core.views.form import FormPage
from kam.core.views.list import ListPage
from kam.core.views.verb import VerbView


class RateList(ListPage):
    """Every exchange rate, the newest first."""

    model = ExchangeRate
    title = _("Exchange rates")
    icon = "coins"
    filterset_class = ExchangeRateFilter
    default_order = ("-date", "from_currency", "to_currency", "kind")
    columns = (
        Column("date", _("Date"), kind="date", sort="date", link=lambda rate: f"/exchange-rates/{rate.pk}/correct/"),
        Column("from_currency", pgettext_lazy("currency", "From"), sort="from_currency"),
        Column("to_currency", pgettext_lazy("currency", "To"), sort="to_currency"),
        Column("kind", _("Kind"), value="get_kind_display", sort="kind"),
        Column("rate", _("Rate"), kind="number", decimals=6, sort="rate"),
        Column("source", _("Source"), sort="source"),
    )
    create_url = "core:rate_create"
    create_verb = "core.record_exchange_rate"
    create_label = _("Record rate")
    empty_title = _("No rate yet")
    empty_text = _("Finance records the budget's rates, the month's averages and those of the day.")


class RateForm(FieldsForm):
    """A rate."""

    class Meta:
        model = ExchangeRate
        fields = ["from_currency", "to_currency", "kind", "date", "rate", "source"]


class RateCreate(FormPage):
    """Record a rate."""

    model = ExchangeRate
    title = _("Record exchange rate")
    form_class = RateForm
    verb = "core.record_exchange_rate"
    creates = True
    cancel_url = "/exchange-rates/"
    submit_label = _("Record")

    def act(self, form: Any) -> Any:
        """Record it."""
        values = form.values()
        values.pop("version", None)
        return record_exchange_rate(ExchangeRate, actor=self.reader, **values)

    def next_address(self, record: Any) -> str:
        """Back to the list."""
        return "/exchange-rates/"


class CorrectForm(Form):
    """The right value, and why."""

    rate = forms.DecimalField(label=_("Rate"), max_digits=18, decimal_places=8)
    source = forms.CharField(label=_("Source"), max_length=80, required=False)
    reason = forms.CharField(label=_("Reason"), max_length=2000, required=False, widget=forms.Textarea)


class RateCorrect(VerbView):
    """Correct a rate; documents keep the one that they were made with."""

    model = ExchangeRate
    verb = "core.correct_exchange_rate"
    form_class = CorrectForm
    text = _("Documents keep the rate that they were made with.")
    success = _("The rate is corrected.")

    def initial(self) -> dict[str, Any]:
        return {"rate": self.record.rate, "source": self.record.source}

    def next_address(self, result: Any) -> str:
        """Back to the list."""
        return "/exchange-rates/"
