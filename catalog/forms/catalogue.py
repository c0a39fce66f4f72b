"""Forms of products, revisions, costs, prices, customer items, programmes and work centres."""

from typing import Any

from django import forms
from django.forms import formset_factory
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.countries import country_choices
from accounts.models import Customer, Location, Plant
from catalog.models import (
    BillMaterial,
    BillOperation,
    CustomerItem,
    PriceUnit,
    Product,
    ProductFamily,
    ProductRevision,
    ProductUnit,
    Programme,
    WorkCentre,
)
from catalog.models.scopes import locations_of
from kam.core.forms import FieldsForm, Form, ModelForm, ReaderForm
from kam.core.money import base_currency
from kam.core.views.base import refusals_of
from kam.core.workflow import Denied

SPARE_LINES = 3


class CatalogForm(ModelForm):
    """A form of one model; what must be unique or fit together is for the action to refuse."""

    def _post_clean(self) -> None:
        self._validate_unique = self._validate_constraints = False
        exclude = self._get_validation_exclusions()  # type: ignore[attr-defined]
        self.instance = forms.models.construct_instance(self, self.instance, self._meta.fields, self._meta.exclude)
        try:
            self.instance.full_clean(exclude=exclude, validate_unique=False, validate_constraints=False)
        except forms.ValidationError as error:
            self._update_errors(error)  # type: ignore[attr-defined]

    def values(self) -> dict[str, Any]:
        """The values for an action; a form that makes a record has no version."""
        values = super().values()
        if self.record is None:
            values.pop("version", None)
        return values


class LineForm(ReaderForm, forms.ModelForm):
    """One line of a table in a form; an empty one is passed over. Fields `below` stand in a second row under the others."""

    below: tuple[str, ...] = ()

    def beside(self) -> list[Any]:
        """The fields of the first row, those of the table's head."""
        return [field for field in self.visible_fields() if field.name not in self.below]

    def under(self) -> list[Any]:
        """The fields of the second row."""
        return [field for field in self.visible_fields() if field.name in self.below]

    @cached_property
    def changed_data(self) -> list[str]:
        """What was filled in; a default that was taken away fills nothing in."""
        return [name for name in super().changed_data if self[name].data not in (None, "")]

    _post_clean = FieldsForm._post_clean  # fields are checked by the form; the line as a whole by the action


class LinesMixin:
    """A form with tables of lines: `line_forms` by the name of the value that they make."""

    line_forms: dict[str, tuple[Any, type[LineForm]]] = {}
    data: Any
    is_bound: bool
    reader: Any
    initial: Any

    @cached_property
    def tables(self) -> dict[str, Any]:
        """The tables by name, with the record's lines and a few empty ones."""
        made = {}
        for name, (label, form_class) in self.line_forms.items():
            factory = formset_factory(form_class, extra=SPARE_LINES, can_delete=True, max_num=500)
            lines = [] if self.is_bound else self.lines_of(name, form_class)
            table = factory(self.data if self.is_bound else None, prefix=name, initial=lines, form_kwargs={"reader": self.reader})
            table.label = label  # type: ignore[attr-defined]
            made[name] = table
        return made

    def lines_of(self, name: str, form_class: type[LineForm]) -> list[dict[str, Any]]:
        """The lines that the record has."""
        rows = self.initial.get(name)
        rows = rows.all() if hasattr(rows, "all") else rows or []
        fields = form_class._meta.fields or []
        return [{field: getattr(row, field) for field in fields} for row in rows]

    def is_valid(self) -> bool:
        """Whether the form and every line can be read."""
        lines = [table.is_valid() for table in self.tables.values()]
        return super().is_valid() and all(lines)  # type: ignore[misc]

    def values(self) -> dict[str, Any]:
        """The values for an action, the lines as lists."""
        return super().values() | {name: self.lines(name) for name in self.line_forms}  # type: ignore[misc]

    def lines(self, name: str) -> list[dict[str, Any]]:
        """The lines that were filled in and not struck out."""
        return [{field: one.cleaned_data[field] for field in one.fields if field != "DELETE"} for one in self.filled(name)]

    def filled(self, name: str) -> list[Any]:
        """The forms of the lines that count, in their order."""
        return [one for one in self.tables[name].forms if one.has_changed() and not one.cleaned_data.get("DELETE")]

    def place(self, denied: Denied) -> None:
        """Put refusals of single lines at their fields."""
        for one in refusals_of(denied):
            parts = one.field.split(".")
            if len(parts) == 3 and parts[0] in self.tables:
                line = self.filled(parts[0])[int(parts[1])]
                line.add_error(parts[2] if parts[2] in line.fields else None, str(one))


class FamilyForm(CatalogForm):
    """A product family."""

    class Meta:
        model = ProductFamily
        fields = ["code", "name_it", "name_en", "name_de", "parent"]


class UnitForm(LineForm):
    """Another unit of a product."""

    class Meta:
        model = ProductUnit
        fields = ["unit", "factor"]


class ProductForm(LinesMixin, CatalogForm):
    """A product with its other units."""

    line_forms = {"units": (_("Other units"), UnitForm)}
    origin_country = forms.ChoiceField(
        label=_("Country of origin"), required=False, choices=lambda: [("", "–"), *country_choices()]
    )

    class Meta:
        model = Product
        fields = [
            "code",
            "family",
            "name_it",
            "name_en",
            "name_de",
            "producing_location",
            "base_unit",
            "net_weight",
            "gross_weight",
            "lead_time_days",
            "minimum_order_quantity",
            "pack_multiple",
            "customs_code",
            "origin_country",
            "is_dual_use",
            "is_sanctioned",
            "notes",
        ]


class PhaseOutForm(Form):
    """Until when orders are taken, and what comes instead."""

    last_order_date = forms.DateField(label=_("Last-order date"))
    successor = forms.ModelChoiceField(label=_("Successor"), queryset=Product.objects.all(), required=False)
    reason = forms.CharField(label=_("Reason"), max_length=2000, required=False, widget=forms.Textarea({"rows": 3}))


class RevisionForm(CatalogForm):
    """A draft of a revision."""

    class Meta:
        model = ProductRevision
        fields = ["level", "drawing_number", "description"]


class RevisionCreateForm(CatalogForm):
    """A draft of a revision of a product."""

    class Meta:
        model = ProductRevision
        fields = ["product", "level", "drawing_number", "description"]


class ReleaseForm(Form):
    """From which day a revision holds."""

    effective_from = forms.DateField(label=_("Effective from"))
    reason = forms.CharField(label=_("Reason"), max_length=2000, required=False, widget=forms.Textarea({"rows": 3}))


class PriceForm(Form):
    """A list price from a day on."""

    product = forms.ModelChoiceField(label=_("Product"), queryset=Product.objects.all())
    location = forms.ModelChoiceField(
        label=_("Selling location"),
        queryset=Location.objects.all(),
        required=False,
        help_text=_("Leave empty for the list of all locations."),
    )
    currency = forms.CharField(label=_("Currency"), max_length=3, initial=base_currency)
    price = forms.DecimalField(label=_("Price"), max_digits=14, decimal_places=5)
    price_unit = forms.TypedChoiceField(label=_("Price unit"), coerce=int, choices=PriceUnit.choices, initial=1)
    first_day = forms.DateField(label=_("Valid from"))
    last_day = forms.DateField(label=_("Valid until"), required=False, help_text=_("Leave empty while no end is known."))

    def clean_currency(self) -> str:
        """The code in capital letters."""
        return str(self.cleaned_data["currency"]).upper()

    def values(self) -> dict[str, Any]:
        """The values of a new price."""
        values = super().values()
        values.pop("version", None)
        return values


class CustomerItemForm(CatalogForm):
    """What a customer calls a product; customer and product stay."""

    class Meta:
        model = CustomerItem
        fields = ["part_number", "description", "plant", "agreed_revision", "minimum_delivery_quantity"]

    def choices_of(self, name: str, rows: Any) -> Any:
        """Plants of this customer and released revisions of this product."""
        rows = super().choices_of(name, rows)
        if name == "plant":
            return rows.filter(customer=self.instance.customer_id)
        return rows.filter(product=self.instance.product_id).exclude(status="draft") if name == "agreed_revision" else rows


class CustomerItemCreateForm(CatalogForm):
    """What a customer calls which product; plant and revision are chosen afterwards or with them."""

    customer = forms.ModelChoiceField(label=_("Customer"), queryset=Customer.objects.all())
    plant = forms.ModelChoiceField(
        label=_("Plant"),
        queryset=Plant.objects.all(),
        required=False,
        help_text=_("Leave empty when it holds for all plants of the customer."),
    )

    class Meta:
        model = CustomerItem
        fields = ["customer", "product", "part_number", "description", "plant", "agreed_revision", "minimum_delivery_quantity"]

    def choices_of(self, name: str, rows: Any) -> Any:
        """Customers that this person keeps; no drafts."""
        rows = super().choices_of(name, rows)
        if name == "customer":
            return rows & Customer.objects.permitted(self.reader, "catalog.create_customer_item")
        return rows.exclude(status="draft") if name == "agreed_revision" else rows


class ProgrammeForm(CatalogForm):
    """A programme; its customer stays."""

    class Meta:
        model = Programme
        fields = ["code", "name", "start_of_production", "end_of_production", "notes"]


class ProgrammeCreateForm(CatalogForm):
    """A programme of a customer."""

    class Meta:
        model = Programme
        fields = ["customer", "code", "name", "start_of_production", "end_of_production", "notes"]


class WorkCentreForm(CatalogForm):
    """A work centre; its location stays."""

    class Meta:
        model = WorkCentre
        fields = [
            "code",
            "name_it",
            "name_en",
            "name_de",
            "machines",
            "shifts",
            "hours_per_shift",
            "efficiency",
            "presence_rate",
            "is_active",
        ]


class WorkCentreCreateForm(CatalogForm):
    """A work centre of a location where this person plans."""

    class Meta:
        model = WorkCentre
        fields = ["location", *WorkCentreForm.Meta.fields]

    def choices_of(self, name: str, rows: Any) -> Any:
        """The locations where this person plans."""
        return locations_of(self.reader, "catalog.create_work_centre") if name == "location" else super().choices_of(name, rows)


class OperationForm(LineForm):
    """Hours at a work centre."""

    class Meta:
        model = BillOperation
        fields = ["work_centre", "hours_per_unit", "setup_hours", "offset_months"]


class MaterialForm(LineForm):
    """A material that one unit takes."""

    class Meta:
        model = BillMaterial
        fields = ["material", "grade", "quantity", "unit", "gross_weight"]


class BillForm(LinesMixin, Form):
    """Lot, yield, work centres and materials of a version."""

    line_forms = {"operations": (_("Work centres"), OperationForm), "materials": (_("Materials"), MaterialForm)}
    lot = forms.DecimalField(label=_("Production lot"), max_digits=12, decimal_places=3, min_value=0, initial=1)
    yield_rate = forms.DecimalField(label=_("Yield (%)"), max_digits=5, decimal_places=2, min_value=0, max_value=100, initial=100)


class BillCreateForm(BillForm):
    """A version of the bill of a product at a location from a day on."""

    product = forms.ModelChoiceField(label=_("Product"), queryset=Product.objects.all())
    location = forms.ModelChoiceField(label=_("Location"), queryset=Location.objects.all())
    first_day = forms.DateField(label=_("Valid from"))
    field_order = ["product", "location", "first_day"]

    def choices_of(self, name: str, rows: Any) -> Any:
        """The locations where this person plans."""
        return locations_of(self.reader, "catalog.record_bill") if name == "location" else super().choices_of(name, rows)

    def values(self) -> dict[str, Any]:
        """The values of a new version."""
        values = super().values()
        values.pop("version", None)
        return values


class CostForm(Form):
    """The standard cost of one product at one location, as a version from a day on."""

    product = forms.ModelChoiceField(queryset=Product.objects.all(), label=_("Product"))
    location = forms.ModelChoiceField(queryset=Location.objects.all(), label=_("Location"))
    cost_version = forms.CharField(label=_("Cost version"), max_length=20)
    first_day = forms.DateField(label=_("Valid from"))
    material = forms.DecimalField(label=_("Material"), max_digits=14, decimal_places=5, min_value=0)
    variable_conversion = forms.DecimalField(label=_("Variable conversion"), max_digits=14, decimal_places=5, min_value=0)
    fixed = forms.DecimalField(label=_("Fixed"), max_digits=14, decimal_places=5, min_value=0)
    currency = forms.CharField(
        label=_("Currency"), max_length=3, required=False, help_text=_("Empty: the currency of the location.")
    )
    price_unit = forms.TypedChoiceField(label=_("Price unit"), choices=PriceUnit.choices, coerce=int, initial=1)
    reason = forms.CharField(label=_("Reason"), max_length=2000, required=False, widget=forms.Textarea)

    def choices_of(self, name: str, rows: Any) -> Any:
        """Only the locations whose costs this person publishes."""
        return locations_of(self.reader, "catalog.publish_costs") if name == "location" else super().choices_of(name, rows)
