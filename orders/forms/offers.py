"""Forms of offers: they parse and scope choices; an action decides."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Contact, Location, Plant
from catalog.forms import CatalogForm, LineForm, LinesMixin
from kam.core.forms import Form, ReasonForm
from orders.actions.mailing import why_no_mail
from orders.forms.agreements import CurrencyField, PairsField
from orders.models import Negotiation, Offer, OfferLine
from orders.models.offers import LANGUAGES
from orders.reports.offers import reads_cost_of


class OfferLineForm(LineForm):
    """What is offered at one position."""

    price = forms.DecimalField(
        label=_("Price"),
        max_digits=14,
        decimal_places=5,
        min_value=Decimal("0.00001"),
        required=False,
        help_text=_("Leave it empty for the price that the engine finds."),
    )
    steps = PairsField(
        forms.DecimalField(max_digits=14, decimal_places=3, min_value=Decimal(0)),
        forms.DecimalField(max_digits=14, decimal_places=5, min_value=Decimal(0)),
        "100 = 11,00",
        label=_("Scale (from quantity = price)"),
    )

    class Meta:
        model = OfferLine
        fields = [
            "kind", "product", "description", "quantity", "price", "price_unit", "unit", "annual_quantity", "minimum_quantity",
            "customer_part", "part_revision", "surcharge_basis", "variable_cost",
        ]  # fmt: skip

    field_order = ["kind", "product", "description", "quantity", "price", "price_unit", "unit", "steps"]


class OfferForm(LinesMixin, CatalogForm):
    """An offer with its lines; what is left empty is the customer's."""

    line_forms = {"lines": (_("Lines"), OfferLineForm)}
    heads = {
        "plant": _("Customer"),
        "subject": _("Enquiry"),
        "payment_term": _("Terms"),
        "assumptions": _("Assumptions"),
        "notes": _("Notes"),
    }
    plant = forms.ModelChoiceField(label=_("Plant"), queryset=Plant.objects.select_related("customer"))
    selling_location = forms.ModelChoiceField(label=_("Selling location"), queryset=Location.objects.all())
    contact = forms.ModelChoiceField(label=_("Contact"), queryset=Contact.objects.all(), required=False)
    negotiation = forms.ModelChoiceField(label=_("Negotiation"), queryset=Negotiation.objects.all(), required=False)
    language = forms.ChoiceField(
        label=_("Language"), required=False, choices=[("", "–"), *LANGUAGES], help_text=_("Empty: the customer's.")
    )
    currency = CurrencyField(required=False, help_text=_("Empty: the customer's."))
    valid_until = forms.DateField(label=_("Valid until"), required=False, help_text=_("Empty: thirty days from today."))

    class Meta:
        model = Offer
        fields = [
            "plant", "selling_location", "contact", "negotiation", "language", "currency", "subject", "enquiry", "enquiry_complete_on", "wanted_on", "valid_until",
            "payment_term", "incoterms", "incoterms_place", "incoterms_version", "delivery", "packaging", "warranty",
            "certificates", "assumptions", "exclusions", "deviations", "special_terms", "notes",
        ]  # fmt: skip

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.record is not None and self.record.negotiation_id is not None:
            choices: Any = self.fields["negotiation"]
            if not choices.queryset.filter(pk=self.record.negotiation_id).exists():
                del self.fields["negotiation"]  # the reader does not see it, and does not take it away

    def choices_of(self, name: str, rows: Any) -> Any:
        """Of plants only those of which the reader sees more than the card."""
        return rows.detailed_to(self.reader) if name == "plant" else super().choices_of(name, rows)

    def lines_of(self, name: str, form_class: Any) -> list[dict[str, Any]]:
        """The lines that the offer has, their scales as pairs; a cost that is found anew, or is not the reader's, stays empty."""
        rows = list(self.initial.get(name) or [])
        shown = bool(rows) and reads_cost_of(rows[0].offer, self.reader)
        values = [{field: getattr(row, field) for field in (*form_class.Meta.fields, "steps")} for row in rows]
        return [one if shown and one["product"] is None else one | {"variable_cost": None} for one in values]


class MailForm(Form):
    """A mail with an offer's print: to whom, and its words."""

    sent_to = forms.CharField(
        label=_("Sent to"),
        max_length=254,
        required=False,
        help_text=_("Empty: the contact's e-mail address. Several are parted by commas."),
    )
    subject = forms.CharField(label=_("Subject of the mail"), max_length=200, required=False)
    text = forms.CharField(label=_("Text of the mail"), max_length=20000, required=False, widget=forms.Textarea({"rows": 8}))


class SendForm(MailForm):
    """To whom an offer goes, whether it is mailed from here and with which words, and whether the revisions before it end."""

    by_mail = forms.TypedChoiceField(
        label=_("How it is sent"),
        choices=[("yes", _("Mail it from here")), ("no", _("I send it myself"))],
        coerce=lambda value: value == "yes",
        empty_value=None,
        required=False,
        help_text=_("Subject and text go with the mail from here, in the customer's language."),
    )
    supersede = forms.BooleanField(
        label=_("The revisions before it end"),
        required=False,
        initial=True,
        help_text=_("Leave it out where several are to stay alive beside each other."),
    )
    field_order = ["sent_to", "by_mail", "subject", "text"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if why_no_mail() is not None:
            for name in ("by_mail", "subject", "text"):
                del self.fields[name]


class AcceptForm(Form):
    """What the customer accepted it by, and whether it becomes an order or its prices an agreement."""

    accepted_reference = forms.CharField(
        label=_("Customer's acceptance"),
        max_length=60,
        required=False,
        help_text=_("The number of their order, where they sent one: up to 35 characters."),
    )
    customer_date = forms.DateField(label=_("Customer's order date"), required=False)
    paper = forms.FileField(label=_("Customer's order (file)"), required=False)
    agree = forms.BooleanField(
        label=_("Draft the price agreement instead of the order"),
        required=False,
        help_text=_(
            "Its goods at these prices and terms; what holds for them already is changed by it. Complete it and hand it in."
        ),
    )
    first_day = forms.DateField(label=_("Prices valid from"), required=False, help_text=_("Empty: from today."))
    last_day = forms.DateField(label=_("Prices valid until"), required=False, help_text=_("Leave empty while no end is known."))


class LoseForm(Form):
    """Why an offer was lost, to whom, at which price."""

    lost_reason = forms.ChoiceField(label=_("Reason of the loss"), choices=[("", "–"), *Offer.LossReason.choices])
    lost_note = forms.CharField(label=_("How it was lost"), max_length=400, required=False)
    competitor = forms.CharField(label=_("Competitor"), max_length=120, required=False)
    competitor_price = forms.DecimalField(
        label=_("Competitor's price"), max_digits=18, decimal_places=2, min_value=Decimal("0.01"), required=False
    )


class NewOfferForm(Form):
    """Until when the new one is valid."""

    valid_until = forms.DateField(label=_("Valid until"), required=False, help_text=_("Empty: at least thirty days from today."))


class PauseForm(ReasonForm):
    """What the customer was asked, and since when."""

    begins = forms.DateField(label=_("Waiting since"), required=False, help_text=_("Empty: today."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].label = _("What the customer was asked")
        self.fields["reason"].required = True


class ResumeForm(Form):
    """When the customer answered."""

    ends = forms.DateField(label=_("Answered on"), required=False, help_text=_("Empty: today."))
