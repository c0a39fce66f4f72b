"""Forms of the life of orders: per line what is confirmed, moved, delivered or invoiced; they parse, an action decides."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import PaymentTerm
from kam.core.documents import Document
from kam.core.forms import Form
from orders.actions.mailing import why_no_mail
from orders.forms.offers import MailForm
from orders.models import OrderCancellation, OrderChange, OrderConfirmation, OrderDelay, OrderLine

QUANTITY: dict[str, Any] = {"max_digits": 14, "decimal_places": 3, "required": False}
PRICE: dict[str, Any] = {"max_digits": 14, "decimal_places": 5, "required": False}
#: Name → (label, the field of a line that shows its value first), for each line of the order.
PerLine = dict[str, tuple[Any, Callable[..., forms.Field], str]]


class PaperForm(MailForm):
    """To whom a paper goes, whether it is mailed from here, and with which words."""

    by_mail = forms.TypedChoiceField(
        label=_("How it is sent"),
        choices=[("yes", _("Mail it from here")), ("no", _("I send it myself"))],
        coerce=lambda value: value == "yes",
        empty_value=None,
        required=False,
        help_text=_("Subject and text go with the mail from here, in the customer's language."),
    )
    field_order = ["sent_to", "by_mail", "subject", "text"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if why_no_mail() is not None:
            for name in ("by_mail", "subject", "text"):
                self.fields.pop(name, None)

    def values(self) -> dict[str, Any]:
        """The values; nothing chosen is not mailed."""
        values = super().values()
        if values.get("by_mail") is None:
            values.pop("by_mail", None)
        return values


class LinesForm(Form):
    """What is told of each line of an order; a line of which nothing is told is left out."""

    per_line: PerLine = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lines: list[OrderLine] = self.lines_of(self.record)
        for line in self.lines:
            line.order = self.record
            for name, (label, make, shown) in self.per_line.items():
                key = f"{name}_{line.pk}"
                words = {"position": line.position, "what": line.product or line.description, "field": label}
                field = make(label=_("%(position)s · %(what)s: %(field)s") % words)
                if shown:
                    self.initial.setdefault(key, getattr(line, shown))
                self.add(key, field)

    def lines_of(self, order: Any) -> list[OrderLine]:
        """The lines that are asked about."""
        return list(order.lines.live().select_related("product").order_by("position"))

    def values(self) -> dict[str, Any]:
        """The values, those of the lines as rows."""
        values = super().values()
        rows = []
        for line in self.lines:
            told = {name: values.pop(f"{name}_{line.pk}", None) for name in self.per_line}
            if any(value not in (None, "") for value in told.values()):
                rows.append({"line": line} | {name: value for name, value in told.items() if value not in (None, "")})
        return values | {"lines": rows}


def day_field(**options: Any) -> forms.Field:
    """A day that may be left out."""
    return forms.DateField(required=False, **options)


def quantity_field(**options: Any) -> forms.Field:
    """A quantity that may be left out."""
    return forms.DecimalField(**QUANTITY, **options)


def price_field(**options: Any) -> forms.Field:
    """A price that may be left out."""
    return forms.DecimalField(**PRICE, **options)


def revision_field(**options: Any) -> forms.Field:
    """A revision that may be left out."""
    return forms.CharField(required=False, max_length=20, **options)


CONTENT: PerLine = {
    "quantity": (_("quantity"), quantity_field, "quantity"),
    "price": (_("price"), price_field, "price"),
    "part_revision": (_("revision"), revision_field, "part_revision"),
}


class ConfirmForm(LinesForm, PaperForm):
    """Dates, quantities, prices and revisions as they are confirmed, terms that differ, and to whom it goes."""

    per_line = {"confirmed_on": (_("confirmed date"), day_field, "wanted_on"), **CONTENT}
    payment_term = forms.ModelChoiceField(
        label=_("Payment term"), queryset=PaymentTerm.objects.all(), required=False, help_text=_("Empty: as ordered.")
    )
    incoterms = forms.CharField(label=_("Incoterms"), max_length=3, required=False, help_text=_("Empty: as ordered."))
    incoterms_place = forms.CharField(label=_("Incoterms place"), max_length=70, required=False)
    deviations = forms.CharField(
        label=_("Other variations from the order"),
        max_length=4000,
        required=False,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("Any other term in which we depart from the order, as in our terms of sale instead of the customer's."),
    )


class OfDocumentsForm(Form):
    """A form that names a document of the order."""

    def choices_of(self, name: str, rows: Any) -> Any:
        """Only what is attached to the order."""
        found = super().choices_of(name, rows)
        if name != "document":
            return found
        order = getattr(self.record, "order", self.record)
        return found.filter(pk__in=Document.objects.about(order).values("pk"))


class AgreedForm(OfDocumentsForm):
    """How and when the customer agreed to a confirmation with variations, with the document or what they did."""

    agreed_how = forms.ChoiceField(label=_("How the customer agreed"), choices=OrderConfirmation.Agreed.choices)
    agreed_on = forms.DateField(label=_("On"), required=False, help_text=_("Empty: today."))
    document = forms.ModelChoiceField(
        label=_("Customer's acceptance"),
        queryset=Document.objects.all(),
        required=False,
        help_text=_("A document that is attached to the order."),
    )
    agreed_note = forms.CharField(label=_("What the customer said or did"), max_length=400, required=False)


class ChangeForm(LinesForm, OfDocumentsForm):
    """What is to be different: of the lines and of the header, who asked for it, when and with which document."""

    per_line = {"requested_on": (_("requested date"), day_field, "requested_on"), **CONTENT}
    cause = forms.ChoiceField(label=_("Asked for by"), choices=OrderChange.Cause.choices)
    reference = forms.CharField(label=_("Customer's reference"), max_length=35, required=False)
    received_on = forms.DateField(label=_("Received on"), required=False, help_text=_("Empty: today."))
    document = forms.ModelChoiceField(
        label=_("Customer's document"),
        queryset=Document.objects.all(),
        required=False,
        help_text=_("A document that is attached to the order."),
    )
    payment_term = forms.ModelChoiceField(
        label=_("Payment term"), queryset=PaymentTerm.objects.all(), required=False, help_text=_("Empty: as it is.")
    )
    incoterms = forms.CharField(label=_("Incoterms"), max_length=3, required=False, help_text=_("Empty: as it is."))
    incoterms_place = forms.CharField(label=_("Incoterms place"), max_length=70, required=False, help_text=_("Empty: as it is."))
    reason = forms.CharField(label=_("Why"), max_length=400, required=False)

    def values(self) -> dict[str, Any]:
        """The values; what is left empty stays as it is."""
        values = super().values()
        head = ("payment_term", "incoterms", "incoterms_place")
        return {name: value for name, value in values.items() if name not in head or value not in (None, "")}


class CancelForm(Form):
    """Which lines are cancelled, why, what is charged, and who gets a notice."""

    cause = forms.ChoiceField(label=_("Reason"), choices=OrderCancellation.Reason.choices)
    lines = forms.ModelMultipleChoiceField(
        label=_("Lines"), queryset=OrderLine.objects.all(), required=False, help_text=_("None: everything that was not shipped.")
    )
    reason = forms.CharField(label=_("Note"), max_length=400, required=False)
    work_charge = forms.DecimalField(
        label=_("Charged for work in progress"), max_digits=18, decimal_places=2, min_value=0, required=False
    )
    material_charge = forms.DecimalField(
        label=_("Charged for material"), max_digits=18, decimal_places=2, min_value=0, required=False,
        help_text=_("What is charged goes to the sales manager first."),
    )  # fmt: skip
    sent_to = forms.CharField(
        label=_("Notice to"), max_length=254, required=False, help_text=_("Empty: no notice of cancellation is made.")
    )

    def choices_of(self, name: str, rows: Any) -> Any:
        """Only the lines of the order that are not cancelled."""
        return rows.filter(order=self.record).live() if name == "lines" else super().choices_of(name, rows)

    def values(self) -> dict[str, Any]:
        """The values; a charge that is left empty is none."""
        values = super().values()
        return {name: value for name, value in values.items() if value is not None} | {"lines": list(values["lines"])}


class DelayForm(LinesForm, PaperForm):
    """New dates, the cause, and to whom the notice goes."""

    per_line = {"confirmed_on": (_("new date"), day_field, "")}
    cause = forms.ChoiceField(label=_("Cause"), choices=OrderDelay.Cause.choices)
    reason = forms.CharField(
        label=_("What happened"), max_length=400, required=False, help_text=_("It stands on the notice to the customer.")
    )

    def lines_of(self, order: Any) -> list[OrderLine]:
        """Only what is confirmed and still to be delivered."""
        return [line for line in super().lines_of(order) if line.status in OrderLine.BACKLOG]


class DeliverForm(LinesForm):
    """A delivery note, its day, and the quantities of its lines."""

    per_line = {"quantity": (_("quantity"), quantity_field, "")}
    note_number = forms.CharField(label=_("Delivery note"), max_length=40)
    delivered_on = forms.DateField(label=_("Delivered on"), required=False, help_text=_("Empty: today."))


class InvoiceForm(LinesForm):
    """An invoice, its day, and the quantities of its lines."""

    per_line = {"quantity": (_("quantity"), quantity_field, "")}
    number = forms.CharField(
        label=_("Number of the invoice"),
        max_length=40,
        required=False,
        help_text=_("Empty: the next one, where we invoice here."),
    )
    invoiced_on = forms.DateField(label=_("Invoiced on"), required=False, help_text=_("Empty: today."))


class NoticeForm(Form):
    """Who gets the notice of a cancellation that is approved."""

    sent_to = forms.CharField(
        label=_("Notice to"), max_length=254, required=False, help_text=_("Empty: no notice of cancellation is made.")
    )


class AddressForm(Form):
    """To which addresses a paper is mailed."""

    sent_to = forms.CharField(
        label=_("Sent to"),
        max_length=254,
        required=False,
        help_text=_("Empty: the contact's e-mail address. Several are parted by commas."),
    )
