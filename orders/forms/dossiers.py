"""Forms of the dossier of a negotiation: its preparation, a round, a concession, and their corrections."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from catalog.forms import CatalogForm
from kam.core import clock
from kam.core.forms import Form, ReasonForm
from orders.models import Concession, Negotiation, NegotiationDossier, NegotiationRound


class DossierForm(CatalogForm):
    """What stands in a dossier; a small one has one line."""

    small = ("negotiation", "target_price", "walk_away_price", "outcome", "version")

    class Meta:
        model = NegotiationDossier
        fields = [
            "interests", "our_alternatives", "their_alternatives", "objective", "price_of", "opening_price", "opening_terms",
            "target_price", "target_terms", "walk_away_price", "walk_away_terms", "their_limit", "agreed_price", "outcome",
        ]  # fmt: skip

    def shorten(self) -> None:
        """Leave target, limit and outcome; what else stands there stays as it is."""
        for name in [name for name in self.fields if name not in self.small]:
            del self.fields[name]


class NewDossierForm(DossierForm):
    """The dossier of a negotiation that has none yet."""

    negotiation = forms.ModelChoiceField(label=_("Negotiation"), queryset=Negotiation.objects.all())
    field_order = ["negotiation"]

    def choices_of(self, name: str, rows: Any) -> Any:
        """The negotiation from which it is opened, else the open ones."""
        rows = super().choices_of(name, rows)
        key = str(self.data.get(name) or self.initial.get(name) or "") if name == "negotiation" else ""
        if key.isdecimal() and len(key) < 19:
            return rows.filter(pk=int(key))
        return rows.open() if name == "negotiation" else rows


class RoundForm(Form):
    """A round with both sides' positions."""

    held_on = forms.DateField(label=_("Held on"), required=False, help_text=_("Leave empty for today."))
    channel = forms.ChoiceField(label=_("How"), choices=NegotiationRound.Channel.choices)
    participants = forms.CharField(label=_("Participants"), max_length=300, required=False)
    our_price = forms.DecimalField(label=_("Our price"), max_digits=14, decimal_places=5, required=False)
    our_position = forms.CharField(label=_("Our position"), max_length=400, required=False)
    their_price = forms.DecimalField(label=_("Their price"), max_digits=14, decimal_places=5, required=False)
    their_position = forms.CharField(label=_("Their position"), max_length=400, required=False)
    minutes = forms.CharField(label=_("Minutes"), max_length=8000, required=False, widget=forms.Textarea({"rows": 4}))
    next_step = forms.CharField(label=_("Next step"), max_length=200, required=False)

    def values(self) -> dict[str, Any]:
        """The values for an action; without a day it was today."""
        values = super().values()
        values["held_on"] = values["held_on"] or clock.today()
        return values


class ConcessionForm(Form):
    """Something given or got, and in return for what."""

    side = forms.ChoiceField(label=_("Given or got"), choices=Concession.Side.choices)
    what = forms.CharField(label=_("What"), max_length=200)
    kind = forms.ChoiceField(label=_("Kind"), choices=Concession.Kind.choices)
    figure = forms.DecimalField(label=_("Per cent, days, cost or amount"), max_digits=16, decimal_places=2)
    years = forms.IntegerField(label=_("Over years"), min_value=1, max_value=30, required=False, help_text=_("For tooling."))
    price_after = forms.DecimalField(label=_("Price afterwards"), max_digits=14, decimal_places=5, required=False)
    in_return_for = forms.ModelChoiceField(label=_("In return for"), queryset=Concession.objects.all(), required=False)
    motivation = forms.CharField(label=_("Why without anything in return"), max_length=300, required=False)

    def choices_of(self, name: str, rows: Any) -> Any:
        """The concessions of this dossier."""
        rows = super().choices_of(name, rows)
        return rows.standing().filter(dossier=self.dossier) if name == "in_return_for" else rows

    @property
    def dossier(self) -> Any:
        """Of which dossier it is."""
        return self.record


class CorrectRoundForm(RoundForm, ReasonForm):
    """A round as it really was, and why it was reported otherwise."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["held_on"].required, self.fields["held_on"].help_text = True, ""
        self.fields["reason"].required = True
        self.order_fields([name for name in self.fields if name != "reason"])


class CorrectConcessionForm(ConcessionForm, ReasonForm):
    """A concession as it really was, and why it was recorded otherwise."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = True
        self.order_fields([name for name in self.fields if name != "reason"])

    @property
    def dossier(self) -> Any:
        """The dossier of the concession."""
        return self.record.dossier
