"""Forms of orders, their blocks and call-offs: they parse and scope choices; an action decides."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.models import Contact, Customer, Location, Plant
from catalog.forms import CatalogForm, LineForm, LinesMixin
from catalog.models import Unit
from kam.core.forms import Form
from orders.forms.agreements import CurrencyField, PairsField
from orders.models import Offer, Order, OrderBlock, OrderLine, PriceAgreement
from orders.models.offers import LANGUAGES

SCHEDULE_EXAMPLE = "04.05.2026 = 200"


def schedule_field() -> PairsField:
    """The instalments of a line in one field."""
    return PairsField(
        forms.DateField(),
        forms.DecimalField(max_digits=14, decimal_places=3, min_value=Decimal("0.001")),
        SCHEDULE_EXAMPLE,
        label=_("Schedule (day = quantity)"),
    )


class OrderLineForm(LineForm):
    """What is ordered at one position."""

    below = ("requested_on", "schedule", "discount", "surcharge", "description", "notes", "lot_required")
    position = forms.IntegerField(required=False, widget=forms.HiddenInput)
    unit = forms.ChoiceField(label=_("Unit"), choices=[("", "–"), *Unit.choices], required=False)
    schedule = schedule_field()
    field_order = ["position", "product", "customer_part", "part_revision", "quantity", "unit", "price", "price_unit"]

    class Meta:
        model = OrderLine
        fields = [
            "product", "customer_part", "part_revision", "quantity", "unit", "price", "price_unit", "surcharge", "discount",
            "requested_on", "description", "lot_required", "notes",
        ]  # fmt: skip

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name in ("surcharge", "discount"):
            self.fields[name].required = False


class OrderForm(LinesMixin, CatalogForm):
    """An order with its lines and the customer's paper; what is left empty is the offer's, the agreement's or the customer's."""

    line_forms = {"lines": (_("Lines"), OrderLineForm)}
    field_order = [
        "plant", "kind", "customer_reference", "customer_date", "received_at", "channel", "contact", "language", "paper",
        "selling_location", "producing_location", "offer", "agreement", "requested_on", "requested_type", "ship_to",
        "partial_allowed", "tolerance", "incoterms", "incoterms_place", "incoterms_version", "packaging", "transport",
        "certificates", "currency", "payment_term", "bill_to", "vat_treatment", "declaration_of_intent", "penalty_rate",
        "penalty_cap", "own_terms", "notes",
    ]  # fmt: skip
    heads = {
        "plant": _("Customer and order"),
        "selling_location": _("Who of us, and on which basis"),
        "requested_on": _("Delivery"),
        "currency": _("Commercial terms"),
        "notes": _("For us alone"),
    }
    plant = forms.ModelChoiceField(label=_("Plant"), queryset=Plant.objects.select_related("customer"))
    selling_location = forms.ModelChoiceField(label=_("Selling location"), queryset=Location.objects.all())
    producing_location = forms.ModelChoiceField(
        label=_("Producing location"),
        queryset=Location.objects.all(),
        required=False,
        help_text=_("Leave it empty where the selling location produces."),
    )
    ship_to = forms.ModelChoiceField(
        label=_("Ship to"), queryset=Plant.objects.select_related("customer"), required=False, help_text=_("Empty: the plant.")
    )
    bill_to = forms.ModelChoiceField(
        label=_("Bill to"), queryset=Customer.objects.all(), required=False, help_text=_("Empty: the company of the plant.")
    )
    contact = forms.ModelChoiceField(label=_("Contact"), queryset=Contact.objects.all(), required=False)
    offer = forms.ModelChoiceField(label=_("Offer"), queryset=Offer.objects.filter(status=Offer.Status.ACCEPTED), required=False)
    agreement = forms.ModelChoiceField(label=_("Price agreement"), queryset=PriceAgreement.objects.all(), required=False)
    language = forms.ChoiceField(
        label=_("Language"), required=False, choices=[("", "–"), *LANGUAGES], help_text=_("Empty: the customer's.")
    )
    currency = CurrencyField(required=False, help_text=_("Empty: the customer's."))
    received_at = forms.DateTimeField(label=_("Received"), required=False, help_text=_("Empty: now."))
    tolerance = forms.DecimalField(
        label=_("Quantity tolerance (%)"), required=False, min_value=0, max_value=100, max_digits=5, decimal_places=2
    )
    paper = forms.FileField(
        label=_("Customer's order (file)"), required=False, help_text=_("What the customer sent; it stands beside the lines.")
    )

    class Meta:
        model = Order
        fields = [
            "kind", "plant", "selling_location", "customer_reference", "customer_date", "received_at", "channel", "requested_on",
            "requested_type", "ship_to", "bill_to", "producing_location", "contact", "offer", "agreement", "language", "currency",
            "payment_term", "incoterms", "incoterms_place", "incoterms_version", "partial_allowed", "penalty_rate", "penalty_cap",
            "tolerance", "certificates", "packaging", "transport", "vat_treatment", "declaration_of_intent", "own_terms", "notes",
        ]  # fmt: skip

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        kind: Any = self.fields["kind"]
        if self.record is None or self.record.kind != Order.Kind.CALL_OFF:
            kind.choices = [one for one in kind.choices if one[0] != Order.Kind.CALL_OFF]
        for name in ("offer", "agreement"):
            self._leave_what_is_hidden(name)

    def _leave_what_is_hidden(self, name: str) -> None:
        """What the reader does not see they do not take away."""
        present = getattr(self.record, f"{name}_id", None)
        choices: Any = self.fields[name]
        if present and not choices.queryset.filter(pk=present).exists():
            del self.fields[name]

    def choices_of(self, name: str, rows: Any) -> Any:
        """Of plants and companies only those of which the reader sees more than the card."""
        return rows.detailed_to(self.reader) if name in {"plant", "ship_to", "bill_to"} else super().choices_of(name, rows)

    def lines_of(self, name: str, form_class: Any) -> list[dict[str, Any]]:
        """The lines that the order has, with their instalments as pairs."""
        return [
            {field: getattr(row, field) for field in (*form_class.Meta.fields, "position")}
            | {"schedule": [(one.date, one.quantity) for one in row.schedule.all()]}
            for row in self.initial.get(name) or []
        ]

    def lines(self, name: str) -> list[dict[str, Any]]:
        """The lines as an action is told them; an instalment whose day stood there before stays as firm as it was."""
        firm: dict[Any, bool] = {}
        if self.record is not None:
            for line in self.record.lines.prefetch_related("schedule"):
                firm |= {(line.position, one.date): one.firm for one in line.schedule.all()}
        told = super().lines(name)
        for one in told:
            one["schedule"] = [
                {"date": day, "quantity": quantity, "firm": firm.get((one["position"], day), True)}
                for day, quantity in one["schedule"]
            ]
        return told

    def values(self) -> dict[str, Any]:
        """The values for an action; what was left empty is not told."""
        values = super().values()
        return {
            name: value for name, value in values.items() if not (value is None and name in {"paper", "tolerance", "received_at"})
        }


class CopyOrderForm(Form):
    """What the customer calls the new order."""

    customer_reference = forms.CharField(label=_("Customer's order number"), max_length=35, required=False)
    customer_date = forms.DateField(label=_("Customer's order date"), required=False)


class FromOfferForm(CopyOrderForm):
    """What the customer calls the order that an offer became, and when the goods are wanted."""

    requested_on = forms.DateField(label=_("Requested date"), required=False)


class FromAgreementForm(FromOfferForm):
    """Which plant orders at the prices of an agreement, and where."""

    plant = forms.ModelChoiceField(label=_("Plant"), queryset=Plant.objects.select_related("customer"))
    selling_location = forms.ModelChoiceField(label=_("Selling location"), queryset=Location.objects.all())
    field_order = ["plant", "selling_location"]

    def choices_of(self, name: str, rows: Any) -> Any:
        """The plants that the agreement is about."""
        if name != "plant":
            return super().choices_of(name, rows)
        agreement, rows = self.record, rows.detailed_to(self.reader)
        if agreement.plant_id is not None:
            return rows.filter(pk=agreement.plant_id)
        if agreement.customer_id is not None:
            return rows.filter(customer=agreement.customer_id)
        return rows.filter(customer__group=agreement.group_id)


class BlockForm(Form):
    """What an order is blocked for, why and until when."""

    kind = forms.ChoiceField(label=_("Blocked for"), choices=OrderBlock.Kind.choices)
    reason = forms.CharField(label=_("Reason"), max_length=400, widget=forms.Textarea({"rows": 3}))
    until = forms.DateField(
        label=_("Until"), required=False, help_text=_("The last day on which it holds. Leave it empty until somebody lifts it.")
    )


class CallOffLineForm(LineForm):
    """What is called off of one line of the frame order."""

    frame_line = forms.ModelChoiceField(
        label=_("Line of the frame order"), queryset=OrderLine.objects.select_related("product", "order")
    )
    schedule = schedule_field()
    field_order = ["frame_line", "schedule", "customer_cumulative"]

    class Meta:
        model = OrderLine
        fields = ["frame_line", "customer_cumulative"]


class CallOffForm(LinesMixin, Form):
    """A call-off from a frame order: the customer's number and date, what is firm, and each line's instalments."""

    line_forms = {"lines": (_("Lines"), CallOffLineForm)}
    customer_reference = forms.CharField(label=_("Number of the call-off"), max_length=35)
    customer_date = forms.DateField(label=_("Date of the call-off"))
    firm_until = forms.DateField(
        label=_("Firm until"),
        required=False,
        help_text=_("Instalments until this day are firm, later ones are planning. Empty: all are firm."),
    )
    paper = forms.FileField(label=_("Customer's order (file)"), required=False)

    @cached_property
    def tables(self) -> dict[str, Any]:
        """The table of lines; it offers the lines of this frame order only."""
        made = super().tables
        for table in made.values():
            for one in (*table.forms, table.empty_form):
                field = one.fields["frame_line"]
                field.queryset = field.queryset.filter(order=self.record).exclude(status=OrderLine.Status.CANCELLED)
        return made

    def lines_of(self, name: str, form_class: Any) -> list[dict[str, Any]]:
        """Every line of the frame order, its instalments still to be told."""
        return [{"frame_line": line, "schedule": []} for line in self.record.lines.exclude(status=OrderLine.Status.CANCELLED)]

    def filled(self, name: str) -> list[Any]:
        """The lines of which something is called off."""
        return [one for one in super().filled(name) if one.cleaned_data.get("schedule")]

    def lines(self, name: str) -> list[dict[str, Any]]:
        """The lines as an action is told them."""
        return [
            one | {"schedule": [{"date": day, "quantity": quantity} for day, quantity in one["schedule"]]}
            for one in super().lines(name)
        ]

    def values(self) -> dict[str, Any]:
        """The values for an action; a paper that was not chosen is not told."""
        return {name: value for name, value in super().values().items() if value is not None or name != "paper"}
