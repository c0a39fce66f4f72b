"""Forms of diagnosis, warranty and estimates: they parse and scope choices; an action decides."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.utils.formats import localize_input, sanitize_separators
from django.utils.translation import gettext_lazy as _

from catalog.forms import CatalogForm
from complaints.models import RepairEstimate, RepairEstimateLine, RepairPiece
from kam.core.forms import Form


class FindingsForm(Form):
    """What was found on a piece."""

    fault_code = forms.ChoiceField(label=_("Fault found"), choices=[("", "–"), *RepairPiece.Fault.choices])
    cause_code = forms.ChoiceField(label=_("Cause"), choices=[("", "–"), *RepairPiece.Cause.choices], required=False)
    responsible = forms.ChoiceField(
        label=_("Responsibility"), choices=[("", "–"), *RepairPiece.Responsible.choices], required=False
    )
    findings = forms.CharField(
        label=_("Findings in the customer's language"), max_length=4000, widget=forms.Textarea({"rows": 4}),
        help_text=_("The customer reads this in the estimate and in the report."),
    )  # fmt: skip
    hours_needed = forms.DecimalField(label=_("Hours needed"), max_digits=7, decimal_places=2, min_value=0, required=False)
    parts_needed = forms.CharField(label=_("Parts needed"), max_length=2000, required=False, widget=forms.Textarea({"rows": 2}))


class WarrantyForm(Form):
    """From when, for how long, when it was notified, and whether something excludes it."""

    warranty_from = forms.DateField(
        label=_("Warranty from"), required=False, help_text=_("The delivery, or the start-up where the contract says so.")
    )
    warranty_months = forms.IntegerField(label=_("Months of warranty"), min_value=0, max_value=240, required=False)
    notified_on = forms.DateField(
        label=_("Fault notified on"), required=False, help_text=_("This day decides, not the day of the arrival.")
    )
    excluded = forms.BooleanField(
        label=_("Excluded from warranty"), required=False, help_text=_("Misuse, opening by others and ordinary wear exclude it in any case.")
    )  # fmt: skip
    reason = forms.CharField(label=_("Reason"), max_length=2000, required=False, widget=forms.Textarea({"rows": 2}))


class EstimateForm(CatalogForm):
    """What an estimate says; its lines are written one under the other, their parts between semicolons."""

    lines = forms.CharField(
        label=_("Lines"), max_length=20000, widget=forms.Textarea({"rows": 8}),
        help_text=_("One a line: kind; description; quantity or hours; price for one. Kinds: labour, part, external, test, freight."),
    )  # fmt: skip

    class Meta:
        model = RepairEstimate
        fields = ["work", "discount", "replacement_value", "exchange_price", "diagnosis_fee", "lead_days"]

    field_order = ["piece", "work", "lines"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["discount"].required = False

    def clean_lines(self) -> list[dict[str, Any]]:
        """The lines as the action takes them."""
        rows = []
        for number, text in enumerate((self.cleaned_data["lines"] or "").splitlines(), 1):
            if not text.strip():
                continue
            parts = [part.strip() for part in text.split(";")]
            if len(parts) != 4:
                raise forms.ValidationError(
                    _("Line %(number)d does not have four parts between semicolons."), params={"number": number}
                )
            kind, words, quantity, price = parts
            kinds = {str(label).casefold(): code for code, label in RepairEstimateLine.Kind.choices}
            rows.append(
                {
                    "kind": kinds.get(kind.casefold(), kind.casefold()),
                    "text": words,
                    "quantity": figure_of(quantity, number),
                    "price": figure_of(price, number),
                }
            )
        return rows


class EstimateAddForm(EstimateForm):
    """A new estimate of a piece."""

    piece = forms.ModelChoiceField(label=_("Piece"), queryset=RepairPiece.objects.select_related("repair"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["diagnosis_fee"].help_text = _("Empty: an hour of work, as the parameters say.")

    def choices_of(self, name: str, rows: Any) -> Any:
        """Only pieces for which the reader may write one."""
        rows = super().choices_of(name, rows)
        return rows.permitted(self.reader, "complaints.create_estimate").open() if name == "piece" else rows

    def values(self) -> dict[str, Any]:
        """What was typed; an empty fee is the usual one."""
        found: dict[str, Any] = super().values()
        if found.get("diagnosis_fee") is None:
            found.pop("diagnosis_fee", None)
        return found


def figure_of(text: str, number: int) -> Decimal:
    """A figure as the reader writes it."""
    try:
        return Decimal(str(sanitize_separators(text)))
    except InvalidOperation:
        raise forms.ValidationError(
            _("Line %(number)d: “%(text)s” is no number."), params={"number": number, "text": text}
        ) from None


def lines_as_text(estimate: RepairEstimate) -> str:
    """The lines of an estimate as the form shows them."""
    return "\n".join(
        "; ".join([str(line.get_kind_display()), line.text, localize_input(line.quantity), localize_input(line.price)])
        for line in estimate.lines.all()
    )


class AnswerForm(Form):
    """Who of the customer answered, when, and the paper that shows it."""

    decided_by = forms.CharField(label=_("Answered by"), max_length=120)
    decided_on = forms.DateField(label=_("Answered on"), required=False, help_text=_("Empty: today."))
    file = forms.FileField(label=_("What the customer wrote"), help_text=_("The mail or the signed estimate."))


class ApprovalForm(AnswerForm):
    """That, and under which order."""

    purchase_order = forms.CharField(label=_("Customer's order"), max_length=35, required=False)
    field_order = ["decided_by", "decided_on", "purchase_order", "file"]


class RefusalForm(AnswerForm):
    """That, and what is to become of the piece."""

    instruction = forms.ChoiceField(label=_("What the customer wants"), choices=RepairEstimate.Instruction.choices)
    reason = forms.CharField(label=_("Reason"), max_length=2000, required=False, widget=forms.Textarea({"rows": 2}))
    field_order = ["decided_by", "decided_on", "instruction", "reason", "file"]
