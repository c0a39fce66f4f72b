"""Forms of price agreements and of the price check: they parse and scope choices; an action decides."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, CustomerGroup, Location, Plant
from catalog.forms import CatalogForm, LineForm, LinesMixin
from catalog.models import Product, Programme
from catalog.models.scopes import reads_some_costs
from kam.core import clock, formats
from kam.core.forms import Form
from kam.core.money import base_currency, validate_currency
from orders.models import AgreementLine, IndexValue, PriceAgreement, PriceClause, PriceIndex

MOST_PAIRS = 40


class PairsField(forms.CharField):
    """A short table in one field, as in `100 = 11.00; 500 = 9.80`: what stands before and behind each sign is read by a field."""

    default_error_messages = {
        "pairs": _("Write each step as in %(example)s, with a semicolon between them."),
        "too_many": _("At most %(most)d steps."),
    }

    def __init__(self, before: forms.Field, behind: forms.Field, example: str, **options: Any) -> None:
        super().__init__(**{"required": False, "max_length": 2000, "strip": True} | options)
        self.before, self.behind, self.example = before, behind, example
        for part in (before, behind):
            part.localize = True

    def clean(self, value: Any) -> list[tuple[Any, Any]]:
        """The pairs; an empty field has none."""
        text = super().clean(value)
        parts = [part for part in text.replace("\n", ";").split(";") if part.strip()]
        if len(parts) > MOST_PAIRS:
            raise forms.ValidationError(self.error_messages["too_many"] % {"most": MOST_PAIRS}, code="too_many")
        pairs = []
        for part in parts:
            one, sign, other = part.partition("=")
            if not sign:
                raise forms.ValidationError(self.error_messages["pairs"] % {"example": self.example}, code="pairs")
            pairs.append((self.before.clean(one.strip()), self.behind.clean(other.strip())))
        return pairs

    def prepare_value(self, value: Any) -> Any:
        """Pairs as one writes them; what was typed stays as it is."""
        if isinstance(value, list | tuple):
            return "; ".join(f"{_written(one)} = {_written(other)}" for one, other in value)
        return value

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether other pairs stand there than at first."""
        return (self.prepare_value(initial) or "") != (data or "")


def _written(value: Any) -> str:
    if isinstance(value, date):
        return formats.day(value)
    return formats.number(value, None) if isinstance(value, Decimal) else str(value)


class CurrencyField(forms.CharField):
    """The code of a currency, in capital letters however it was typed; one that is none is refused."""

    def __init__(self, **options: Any) -> None:
        known: dict[str, Any] = {"label": _("Currency"), "max_length": 3}
        super().__init__(**known | options)

    def clean(self, value: Any) -> str:
        """The code."""
        code = str(super().clean(value)).upper()
        if code:
            validate_currency(code)
        return code


class AgreementLineForm(LineForm):
    """The price of a product or family."""

    steps = PairsField(
        forms.DecimalField(max_digits=14, decimal_places=3, min_value=Decimal(0)),
        forms.DecimalField(max_digits=14, decimal_places=5, min_value=Decimal(0)),
        "100 = 11,00",
        label=_("Steps (quantity = price)"),
    )
    reductions = PairsField(
        forms.DateField(),
        forms.DecimalField(max_digits=5, decimal_places=2, min_value=Decimal(0)),
        "1/1/2027 = 3",
        label=_("Long-term reductions (from = %)"),
    )

    class Meta:
        model = AgreementLine
        fields = [
            "product", "family", "price", "price_unit", "discount", "scale", "minimum_quantity", "committed_quantity", "decimals",
            "unreduced", "tooling_cost", "tooling_quantity", "tooling_since",
        ]  # fmt: skip

    field_order = ["product", "family", "price", "price_unit", "discount", "scale", "steps", "reductions"]


class ClauseForm(LineForm):
    """How prices follow an index."""

    class Meta:
        model = PriceClause
        fields = [
            "kind", "index", "product", "reference", "share", "threshold", "weight", "symmetric", "averaging", "lag", "closing_day",
            "floor", "cap", "missing", "fallback", "fallback_addition",
        ]  # fmt: skip


class AgreementForm(LinesMixin, CatalogForm):
    """An agreement with its lines."""

    line_forms = {"lines": (_("Prices"), AgreementLineForm), "clauses": (_("Indices and metal surcharges"), ClauseForm)}
    group = forms.ModelChoiceField(label=_("Group"), queryset=CustomerGroup.objects.all(), required=False)
    customer = forms.ModelChoiceField(label=_("Customer"), queryset=Customer.objects.all(), required=False)
    plant = forms.ModelChoiceField(
        label=_("Plant"),
        queryset=Plant.objects.all(),
        required=False,
        help_text=_("With a group, a company or a plant: choose one of the three."),
    )
    first_day = forms.DateField(label=_("Valid from"))
    last_day = forms.DateField(label=_("Valid until"), required=False, help_text=_("Leave empty while no end is known."))
    currency = CurrencyField(initial=base_currency)
    tiers = PairsField(
        forms.DecimalField(max_digits=18, decimal_places=2, min_value=Decimal(0)),
        forms.DecimalField(max_digits=5, decimal_places=2, min_value=Decimal(0)),
        "250000 = 1,5",
        label=_("Tiers of the rebate (turnover above = %)"),
    )
    field_order = [
        "group", "customer", "plant", "programme", "location", "currency", "first_day", "last_day", "pricing_date", "notice_days",
        "payment_terms", "incoterms", "incoterms_place", "incoterms_version", "rebate", "tiers", "reference",
    ]  # fmt: skip
    heads = {
        "group": _("Agreed with"),
        "first_day": _("Validity"),
        "payment_terms": _("Terms"),
        "rebate": _("Rebate"),
        "reference": _("Notes"),
    }

    class Meta:
        model = PriceAgreement
        fields = [
            "group", "customer", "plant", "programme", "location", "currency", "pricing_date", "payment_terms", "incoterms",
            "incoterms_place", "incoterms_version", "notice_days", "rebate", "reference", "reopening", "notes",
        ]  # fmt: skip

    def lines_of(self, name: str, form_class: Any) -> list[dict[str, Any]]:
        """The lines that the record has, their steps and reductions as pairs."""
        rows = self.initial.get(name)
        names = [*form_class.Meta.fields, *(["steps", "reductions"] if name == "lines" else [])]
        return [{field: getattr(row, field) for field in names} for row in (rows.all() if rows is not None else [])]


class ReviseForm(Form):
    """From when other prices hold, and by how much they change."""

    first_day = forms.DateField(label=_("Valid from"))
    last_day = forms.DateField(label=_("Valid until"), required=False, help_text=_("Leave empty while no end is known."))
    change = forms.DecimalField(
        label=_("Change of the prices (%)"),
        max_digits=6,
        decimal_places=2,
        initial=0,
        help_text=_("A reduction is negative. Each price can be edited afterwards, in the draft."),
    )


class TerminateForm(Form):
    """When an agreement ends, and why."""

    last_day = forms.DateField(
        label=_("Last day"), required=False, help_text=_("Empty: today. An agreement that has not begun is called off.")
    )
    reason = forms.CharField(label=_("Reason"), max_length=2000, widget=forms.Textarea({"rows": 3}))


class IndexForm(CatalogForm):
    """A price index."""

    class Meta:
        model = PriceIndex
        fields = ["code", "name_it", "name_en", "name_de", "currency", "source"]


class IndexValueForm(CatalogForm):
    """What an index stood at on a day."""

    class Meta:
        model = IndexValue
        fields = ["index", "day", "value"]


class ValueForm(Form):
    """Another value."""

    value = forms.DecimalField(label=_("Value"), max_digits=16, decimal_places=6, min_value=Decimal("0.000001"))
    reason = forms.CharField(label=_("Reason"), max_length=2000, required=False, widget=forms.Textarea({"rows": 3}))


class PriceCheckForm(Form):
    """What is asked of the price engine; it is sent in the address."""

    plant = forms.ModelChoiceField(label=_("Plant"), queryset=Plant.objects.select_related("customer"))
    product = forms.ModelChoiceField(label=_("Product"), queryset=Product.objects.select_related("family", "producing_location"))
    quantity = forms.DecimalField(label=_("Quantity"), max_digits=14, decimal_places=3, min_value=Decimal("0.001"), initial=1)
    day = forms.DateField(label=_("Date of the order"), required=False, help_text=_("Leave empty for today."))
    requested = forms.DateField(label=_("Requested date"), required=False, help_text=_("For agreements that go by it."))
    delivery = forms.DateField(label=_("Delivery date"), required=False, help_text=_("For agreements that go by it."))
    location = forms.ModelChoiceField(
        label=_("Selling location"),
        queryset=Location.objects.all(),
        required=False,
        help_text=_("Leave empty for the one that leads the plant."),
    )
    currency = CurrencyField(required=False, help_text=_("Leave empty for the company's."))
    programme = forms.ModelChoiceField(label=_("Programme"), queryset=Programme.objects.all(), required=False)
    freight = forms.DecimalField(
        label=_("Freight per unit"),
        max_digits=14,
        decimal_places=5,
        min_value=0,
        required=False,
        help_text=_("What it costs to send one, for the contribution margin."),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if not reads_some_costs(self.reader):
            del self.fields["freight"]

    def choices_of(self, name: str, rows: Any) -> Any:
        """Of plants only those of which the reader sees more than the card."""
        return rows.detailed_to(self.reader) if name == "plant" else super().choices_of(name, rows)

    def question(self) -> dict[str, Any]:
        """What is asked, by the names of a question."""
        asked = {name: value for name, value in self.cleaned_data.items() if name != "version"}
        return asked | {"day": asked["day"] or clock.today(), "freight": asked.get("freight") or Decimal(0)}
