"""Forms of repairs: they parse and scope choices; an action decides."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Contact, Location, Plant
from catalog.forms import CatalogForm
from catalog.models import Product
from complaints.forms.complaints import ManyFilesInput, PhotosField
from complaints.models import Complaint, Repair, RepairPiece
from kam.core.forms import Form


class RepairForm(CatalogForm):
    """What a repair says, its pieces apart."""

    plant = forms.ModelChoiceField(label=_("Customer's plant"), queryset=Plant.objects.select_related("customer"))
    contact = forms.ModelChoiceField(label=_("Contact"), queryset=Contact.objects.all(), required=False)
    selling_location = forms.ModelChoiceField(
        label=_("Selling location"), queryset=Location.objects.all(), required=False, help_text=_("Empty: the one that leads the plant.")
    )  # fmt: skip
    repair_location = forms.ModelChoiceField(
        label=_("Repairing location"), queryset=Location.objects.all(), required=False, help_text=_("Empty: the one that sells.")
    )
    complaint = forms.ModelChoiceField(
        label=_("Complaint"), queryset=Complaint.objects.select_related("plant__customer"), required=False
    )

    class Meta:
        model = Repair
        fields = [
            "plant", "contact", "urgent", "customer_reference", "return_address", "contamination", "customs", "origin", "complaint",
            "contract", "selling_location", "repair_location", "instructions",
        ]  # fmt: skip

    def choices_of(self, name: str, rows: Any) -> Any:
        """Of plants only those of which the reader sees more than the card."""
        return rows.detailed_to(self.reader) if name == "plant" else super().choices_of(name, rows)


class RepairRequestForm(RepairForm):
    """A new repair: whose, what, which serial numbers, and what is wrong."""

    product = forms.ModelChoiceField(label=_("Product"), queryset=Product.objects.all(), required=False)
    serials = forms.CharField(
        label=_("Serial numbers"), required=False, widget=forms.Textarea({"rows": 3}), max_length=13000,
        help_text=_("One a line: each becomes a piece of its own."),
    )  # fmt: skip
    fault = forms.CharField(label=_("Fault as declared"), max_length=2000, required=False, widget=forms.Textarea({"rows": 3}))
    field_order = ["plant", "contact", "product", "serials", "fault", "urgent", "contamination", "customer_reference"]


class UnannouncedForm(RepairRequestForm):
    """Goods that came by themselves: what they are, how they look, where they lie."""

    condition = forms.CharField(label=_("Condition"), max_length=2000, widget=forms.Textarea({"rows": 3}))
    storage_place = forms.CharField(label=_("Storage place"), max_length=60, required=False, help_text=_("Empty: quarantine."))
    note_in = forms.CharField(label=_("Customer's delivery note"), max_length=40, required=False)
    photos = PhotosField(label=_("Photos"), required=False, widget=ManyFilesInput({"accept": "image/*"}))
    field_order = ["plant", "product", "serials", "condition", "storage_place", "note_in", "photos", "fault", "contact"]


class DispatchForm(Form):
    """With which delivery note the customer sent the goods."""

    note_in = forms.CharField(label=_("Customer's delivery note"), max_length=40)
    note_in_on = forms.DateField(label=_("Date of the delivery note"), required=False)


class PieceForm(CatalogForm):
    """What is declared of a piece."""

    product = forms.ModelChoiceField(label=_("Product"), queryset=Product.objects.all(), required=False)

    class Meta:
        model = RepairPiece
        fields = [
            "product", "serial", "batch", "revision", "fault", "machine", "hours_run", "delivered_on", "delivery_note", "invoice",
            "notified_on",
        ]  # fmt: skip


class PieceAddForm(PieceForm):
    """A further piece of a repair."""

    repair = forms.ModelChoiceField(label=_("Repair"), queryset=Repair.objects.select_related("plant__customer"))
    field_order = ["repair", "product", "serial", "batch", "fault"]

    def choices_of(self, name: str, rows: Any) -> Any:
        """Only repairs to which the reader may add."""
        rows = super().choices_of(name, rows)
        return rows.permitted(self.reader, "complaints.add_piece").open() if name == "repair" else rows


class ReceivePieceForm(Form):
    """How a piece came."""

    serial_found = forms.CharField(
        label=_("Serial number on the piece"), max_length=60, required=False, help_text=_("As it is read from the piece, not from the note.")
    )  # fmt: skip
    condition = forms.CharField(label=_("Condition"), max_length=2000, widget=forms.Textarea({"rows": 3}))
    accessories = forms.CharField(label=_("Accessories"), max_length=1000, required=False, widget=forms.Textarea({"rows": 2}))
    storage_place = forms.CharField(label=_("Storage place"), max_length=60, required=False)
    damaged = forms.BooleanField(label=_("Damaged on arrival"), required=False)
    photos = PhotosField(label=_("Photos"), required=False, widget=ManyFilesInput({"accept": "image/*"}))


class SettleForm(Form):
    """How a difference was settled with the customer."""

    settlement = forms.ChoiceField(label=_("Settled by"), choices=RepairPiece.Settlement.choices)
    informed_on = forms.DateField(label=_("Customer told on"))
