"""Forms of customers, groups, plants and contacts: they parse and offer the reader's own rows, an action decides."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.countries import country_choices
from accounts.models import Contact, Customer, CustomerGroup, Location, Market, Plant
from kam.core import clock
from kam.core.calendars import WorkingCalendar
from kam.core.forms import Form, ModelForm


class CountryField(forms.ChoiceField):
    """A country by its name."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("label", _("Country"))
        super().__init__(choices=lambda: [("", ""), *country_choices()], **options)
        self.widget.attrs["data-choice"] = ""


class Confirmed(forms.BooleanField):
    """The tick that a similar customer is another company; shown once it was asked for."""

    def __init__(self) -> None:
        super().__init__(label=_("This is another company: save it all the same"), required=False)


class CustomerCreateForm(Form):
    """A prospect from a name, a country and a city."""

    name = forms.CharField(label=_("Legal name"), max_length=160)
    country = CountryField()
    city = forms.CharField(label=_("City"), max_length=80)
    vat_id = forms.CharField(label=_("VAT number"), max_length=40, required=False)
    group = forms.ModelChoiceField(CustomerGroup.objects.all(), label=_("Group"), required=False)
    sector = forms.ModelChoiceField(Market.objects.filter(dimension="sector"), label=_("Sector"), required=False)
    location = forms.ModelChoiceField(
        Location.objects.filter(is_active=True),
        label=_("Led by our location"),
        required=False,
        help_text=_("Empty: your own location, where you have one."),
    )
    code = forms.CharField(label=_("Code"), max_length=20, required=False, help_text=_("Empty: the next number."))
    address = forms.CharField(label=_("Address"), max_length=200, required=False)
    postal_code = forms.CharField(label=_("Postal code"), max_length=12, required=False)
    region = forms.CharField(label=_("Province or state"), max_length=40, required=False)
    website = forms.URLField(label=_("Website"), required=False, assume_scheme="https")
    notes = forms.CharField(label=_("Notes"), max_length=4000, required=False, widget=forms.Textarea)
    confirm_similar = Confirmed()


class CustomerForm(ModelForm):
    """A customer's own data; terms, status and group have their own pages."""

    country = CountryField()
    website = forms.URLField(label=_("Website"), required=False, assume_scheme="https")
    confirm_similar = Confirmed()

    class Meta:
        model = Customer
        fields = [
            "name",
            "code",
            "vat_id",
            "tax_code",
            "address",
            "postal_code",
            "city",
            "region",
            "country",
            "website",
            "language",
            "sector",
            "currency",
            "approves_site",
            "notes",
        ]

    def choices_of(self, name: str, rows: QuerySet) -> QuerySet:
        rows = super().choices_of(name, rows)
        return rows.filter(dimension="sector") if name == "sector" else rows

    def validate_unique(self) -> None:
        """Left to the action: a form must not tell of customers outside one's area."""

    def validate_constraints(self) -> None:
        """Left to the action and the database."""


class TermsForm(ModelForm):
    """A customer's commercial terms."""

    class Meta:
        model = Customer
        fields = list(Customer.commercial_fields)

    def validate_constraints(self) -> None:
        """Left to the action and the database."""


class GroupForm(ModelForm):
    """A customer group or global account."""

    website = forms.URLField(label=_("Website"), required=False, assume_scheme="https")

    class Meta:
        model = CustomerGroup
        fields = ["name", "code", "is_global_account", "tier", "sector", "parent", "website", "profile"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].required = self.record is not None

    def validate_unique(self) -> None:
        """Left to the action."""


class PlantForm(ModelForm):
    """A customer's plant."""

    country = CountryField()
    calendar = forms.ModelChoiceField(WorkingCalendar.objects.all(), label=_("Closures of the plant"), required=False)

    class Meta:
        model = Plant
        fields = [
            "name",
            "code",
            "products_made",
            "address",
            "postal_code",
            "city",
            "region",
            "country",
            "phone",
            "unloading_point",
            "transit_days",
            "packaging",
            "calendar",
        ]

    def validate_unique(self) -> None:
        """Left to the action."""

    def validate_constraints(self) -> None:
        """Left to the action and the database."""


class PlantCreateForm(PlantForm):
    """A further plant of a customer."""

    customer = forms.ModelChoiceField(Customer.objects.filter(merged_into__isnull=True), label=_("Customer"))
    location = forms.ModelChoiceField(Location.objects.filter(is_active=True), label=_("Led by our location"), required=False)
    field_order = ["customer"]

    class Meta(PlantForm.Meta):
        pass

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].required = False
        self.fields["country"].required = False


class ContactForm(ModelForm):
    """A person at a customer."""

    class Meta:
        model = Contact
        fields = [
            "customer",
            "plant",
            "first_name",
            "last_name",
            "function",
            "decision_role",
            "relationship",
            "language",
            "email",
            "phone",
            "mobile",
            "legal_basis",
            "is_active",
        ]


class ServiceForm(Form):
    """Which of our locations leads or serves a plant, from a day on."""

    location = forms.ModelChoiceField(Location.objects.filter(is_active=True), label=_("Our location"))
    service = forms.ChoiceField(
        label=_("What it does"),
        choices=[("leads", _("Leads the plant")), ("serves", _("Serves it")), ("none", _("No longer serves it"))],
    )
    from_day = forms.DateField(label=pgettext_lazy("date", "From"), initial=clock.today)
    until = forms.DateField(label=_("Until"), required=False, help_text=_("Empty: without an end."))


class FromDayForm(Form):
    """A decision that holds from a day on."""

    from_day = forms.DateField(label=pgettext_lazy("date", "From"), initial=clock.today)
    reason = forms.CharField(label=_("Reason"), max_length=2000, required=False, widget=forms.Textarea)


class MergeForm(Form):
    """Into which customer a record is merged."""

    into = forms.ModelChoiceField(Customer.objects.filter(merged_into__isnull=True), label=_("Customer that stays"))
    reason = forms.CharField(label=_("Reason"), max_length=2000, required=False, widget=forms.Textarea)

    def choices_of(self, name: str, rows: QuerySet) -> QuerySet:
        return super().choices_of(name, rows).exclude(pk=self.record.pk)


class AcquireForm(FromDayForm):
    """To which group a company goes."""

    group = forms.ModelChoiceField(
        CustomerGroup.objects.all(), label=_("New group"), required=False, help_text=_("Empty: the company leaves its group.")
    )
    field_order = ["group"]


class SellForm(FromDayForm):
    """To which company a plant goes."""

    to = forms.ModelChoiceField(Customer.objects.filter(merged_into__isnull=True), label=_("Buyer"))
    field_order = ["to"]

    def choices_of(self, name: str, rows: QuerySet) -> QuerySet:
        return super().choices_of(name, rows).exclude(pk=self.record.customer_id)


class CloseForm(FromDayForm):
    """From when a plant is closed, and what succeeds it."""

    successor = forms.ModelChoiceField(Plant.objects.filter(closed_on__isnull=True), label=_("Successor"), required=False)
    field_order = ["from_day", "successor"]

    def choices_of(self, name: str, rows: QuerySet) -> QuerySet:
        return super().choices_of(name, rows).exclude(pk=self.record.pk)


class ExternalCodeForm(Form):
    """What another system calls a record."""

    system = forms.CharField(label=_("System"), max_length=40, help_text=_("As in SAP DE."))
    code = forms.CharField(label=_("Code"), max_length=80)
    from_day = forms.DateField(label=pgettext_lazy("date", "From"), required=False)
