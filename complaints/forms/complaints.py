"""Forms of complaints: they parse and scope choices; an action decides."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Contact, Department, Location, Plant, User
from catalog.forms import CatalogForm
from complaints.actions.report_files import parsed
from complaints.models import Complaint, OnCall
from complaints.models.exchange import EXCHANGED
from kam.core.forms import Form
from orders.models import Order


class ManyFilesInput(forms.ClearableFileInput):
    """An input that takes several files; a phone offers its camera and its photos."""

    allow_multiple_selected = True


class PhotosField(forms.FileField):
    """Several photos, none of them required; what may be uploaded at all is for the documents to say."""

    widget = ManyFilesInput

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """The files, each as a field of one file takes it."""
        files = data if isinstance(data, list | tuple) else [data]
        one = super().clean
        return [one(file, None) for file in files if file]


class ComplaintForm(CatalogForm):
    """Everything that a complaint says; what is left empty can follow."""

    plant = forms.ModelChoiceField(label=_("Customer's plant"), queryset=Plant.objects.select_related("customer"))
    selling_location = forms.ModelChoiceField(
        label=_("Selling location"), queryset=Location.objects.all(), required=False, help_text=_("Empty: the one that leads the plant.")
    )  # fmt: skip
    producing_location = forms.ModelChoiceField(
        label=_("Producing location"), queryset=Location.objects.all(), required=False, help_text=_("Empty: the product's.")
    )
    contact = forms.ModelChoiceField(label=_("Who complained"), queryset=Contact.objects.all(), required=False)
    order = forms.ModelChoiceField(label=_("Order"), queryset=Order.objects.all(), required=False)
    received_at = forms.DateTimeField(label=_("Received"), required=False, help_text=_("Empty: now."))
    field_order = [
        "plant", "text", "claimed", "product", "line_stop", "safety", "kind", "simple", "defect", "order", "delivery_note", "batch",
        "serial", "invoice", "contact", "remedy", "channel", "received_at",
    ]  # fmt: skip

    class Meta:
        model = Complaint
        fields = [
            "kind", "simple", "line_stop", "safety", "plant", "selling_location", "producing_location", "contact", "product", "order",
            "customer_reference", "customer_part", "delivery_note", "invoice", "batch", "serial", "text", "defect", "detected_at",
            "remedy", "unit", "delivered", "claimed", "returned", "confirmed", "unjustified", "channel", "received_at",
            "discovered_on", "notified_on", *EXCHANGED,
        ]  # fmt: skip

    def choices_of(self, name: str, rows: Any) -> Any:
        """Of plants only those of which the reader sees more than the card."""
        return rows.detailed_to(self.reader) if name == "plant" else super().choices_of(name, rows)

    def values(self) -> dict[str, Any]:
        """The values for the action; what the form does not ask is left out."""
        return super().values()


class IntakeForm(ComplaintForm):
    """What is asked first, on a phone in a customer's plant: whose, what, how many, photos; all else is below and can follow."""

    photos = PhotosField(label=_("Photos"), required=False, widget=ManyFilesInput({"accept": "image/*"}))
    field_order = [
        "plant", "text", "claimed", "photos", "line_stop", "safety", "product", "kind", "simple", "order", "delivery_note", "batch",
        "serial", "contact", "remedy", "defect", "channel", "received_at",
    ]  # fmt: skip
    #: What stands open; the rest is behind “More”.
    FIRST = ("plant", "text", "claimed", "photos", "line_stop", "safety")

    def first(self) -> list[Any]:
        """The fields that stand open."""
        return [self[name] for name in self.FIRST]

    def rest(self) -> list[Any]:
        """The others."""
        return [field for field in self.visible_fields() if field.name not in self.FIRST]


class ReportFileForm(Form):
    """A customer's 8D file, and which of their plants complains."""

    plant = forms.ModelChoiceField(label=_("Customer's plant"), queryset=Plant.objects.select_related("customer"))
    file = forms.FileField(label=_("8D file (Report8D, JSON)"), widget=forms.ClearableFileInput({"accept": ".json"}))

    def choices_of(self, name: str, rows: Any) -> Any:
        """Of plants only those of which the reader sees more than the card."""
        return rows.detailed_to(self.reader)

    def values(self) -> dict[str, Any]:
        """The plant, and what the file says. Raises Denied for a file that is none."""
        values = super().values()
        return {"plant": values["plant"], "report": parsed(values["file"].read())}


class ReceiptForm(Form):
    """How the customer is told that the complaint came."""

    way = forms.ChoiceField(label=_("Confirmed by"), choices=Complaint.ReceiptWay.choices, required=False)
    sent_to = forms.CharField(
        label=_("Sent to"), max_length=254, required=False, help_text=_("Empty: the e-mail address of whoever complained.")
    )

    def values(self) -> dict[str, Any]:
        """A mail unless told."""
        values = super().values()
        return values | {"way": values["way"] or Complaint.ReceiptWay.MAIL}


class DuplicateForm(Form):
    """Which complaint it is the same as."""

    of = forms.ModelChoiceField(label=_("The same as"), queryset=Complaint.objects.select_related("plant__customer"))

    def choices_of(self, name: str, rows: Any) -> Any:
        """Open complaints of the same customer."""
        rows = super().choices_of(name, rows)
        if self.record is None:
            return rows
        return rows.open().filter(plant__customer=self.record.plant.customer_id).exclude(pk=self.record.pk)


class OnCallForm(CatalogForm):
    """A turn: whose, for which department, from when to when, called as which."""

    department = forms.ModelChoiceField(label=_("Department"), queryset=Department.objects.select_related("location"))
    person = forms.ModelChoiceField(label=_("Person"), queryset=User.objects.filter(is_active=True))
    first_day = forms.DateField(label=_("First day"))
    last_day = forms.DateField(label=_("Last day"), required=False, help_text=_("Empty: until further notice."))
    field_order = ["department", "person", "place", "phone", "first_day", "last_day"]

    class Meta:
        model = OnCall
        fields = ["department", "person", "place", "phone"]
