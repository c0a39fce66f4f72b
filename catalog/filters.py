"""Filters of the catalogue, one set a model, the same for screen, API and export."""

from typing import Any

import django_filters
from django.db.models import Q, QuerySet, Value
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, CustomerGroup, Plant
from catalog.models import (
    BillOfResources,
    CustomerItem,
    DocumentEntry,
    DocumentRequirement,
    EntryStatus,
    ListPrice,
    Product,
    ProductFamily,
    ProductRevision,
    Programme,
    StandardCost,
    Transfer,
    WorkCentre,
)
from catalog.models.document_subjects import document_subjects
from catalog.models.scopes import reads_some_costs
from kam.core import clock
from kam.core.file_filters import LARGEST_KEY
from kam.core.filters import Choices, FilterSet, visible_choices
from kam.core.plain import Plain

MOST_WORDS = 10


def with_words(rows: QuerySet, text: str, *paths: str) -> QuerySet:
    """The rows in which every word of a text stands in one of these plain columns; accents and case do not matter."""
    for word in text.split()[:MOST_WORDS]:
        plain = Plain(Value(word))
        found = Q()
        for path in paths:
            found |= Q(**{f"{path}__contains": plain})
        rows = rows.filter(found)
    return rows


class Searched(FilterSet):
    """A list with a search field; `searched` names the plain columns, `search_fields` stay as they are."""

    searched: tuple[str, ...] = ("search_text",)
    search = django_filters.CharFilter(method="filter_search", label=_("Search"), max_length=200)

    def filter_search(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        """The rows in which every word stands."""
        return with_words(rows, value, *self.searched)


def in_family(rows: QuerySet, path: str, family: ProductFamily) -> QuerySet:
    """The rows whose product belongs to a family or to one below it."""
    return rows.filter(**{f"{path}__in": ProductFamily.objects.with_descendants([family.pk])})


class FamilyFilter(Searched):
    """Families by words, and by what they belong to."""

    class Meta:
        model = ProductFamily
        fields = ["parent"]


class ProductFilter(Searched):
    """Products by words (code, names, drawing number), family with all below it, status, place, origin, customer and cost."""

    family = django_filters.ModelChoiceFilter(queryset=visible_choices(ProductFamily), method="filter_family", label=_("Family"))
    status = Choices(choices=Product.Status.choices, label=_("Status"))
    customer = django_filters.ModelChoiceFilter(
        queryset=visible_choices(Customer), field_name="customer_items__customer", method="filter_customer", label=_("Sold to")
    )
    last_order_date = django_filters.DateFromToRangeFilter(label=_("Last-order date"))
    standard_cost = django_filters.RangeFilter(method="filter_cost", label=_("Standard cost"), field_name="standard_cost")
    shown_first = ("family", "status")

    class Meta:
        model = Product
        fields = ["family", "status", "producing_location", "customer", "origin_country", "is_dual_use", "is_sanctioned"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.reader is not None and not reads_some_costs(self.reader):
            self.filters.pop("standard_cost", None)

    def filter_search(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        """Every word in the code, a name or a drawing number."""
        for word in value.split()[:MOST_WORDS]:
            plain = Plain(Value(word))
            drawn = ProductRevision.objects.filter(search_text__contains=plain).values("product")
            rows = rows.filter(Q(search_text__contains=plain) | Q(pk__in=drawn))
        return rows

    def filter_family(self, rows: QuerySet, name: str, family: ProductFamily) -> QuerySet:
        """The family and everything below it."""
        return in_family(rows, "family", family)

    def filter_customer(self, rows: QuerySet, name: str, customer: Customer) -> QuerySet:
        """The products for which this customer has a part number."""
        return rows.filter(pk__in=CustomerItem.objects.visible_to(self.reader).filter(customer=customer).values("product"))

    def filter_cost(self, rows: Any, name: str, value: slice) -> QuerySet:
        """The products of this standard cost, among those whose cost the reader may see."""
        rows = rows.costs_visible_to(self.reader).with_costs(self.reader)
        if value.start is not None:
            rows = rows.filter(standard_cost__gte=value.start)
        return rows if value.stop is None else rows.filter(standard_cost__lte=value.stop)


class RevisionFilter(Searched):
    """Revisions by drawing number, product and status."""

    class Meta:
        model = ProductRevision
        fields = ["product", "status"]


class DatedFilter(Searched):
    """Dated rows of products by words, family, and whether they hold now, later or no more."""

    searched = ("product__search_text",)
    family = django_filters.ModelChoiceFilter(
        queryset=visible_choices(ProductFamily), field_name="product__family", method="filter_family", label=_("Family")
    )
    validity = django_filters.ChoiceFilter(
        choices=[("now", _("Holds today")), ("later", _("Begins later")), ("past", _("Has ended"))],
        method="filter_validity",
        label=_("Validity"),
    )
    on = django_filters.DateFilter(field_name="period", lookup_expr="contains", label=_("Holds on"))

    def filter_family(self, rows: QuerySet, name: str, family: ProductFamily) -> QuerySet:
        """The family and everything below it."""
        return in_family(rows, "product__family", family)

    def filter_validity(self, rows: Any, name: str, value: str) -> QuerySet:
        """What holds today, begins later, or has ended."""
        today = clock.today()
        if value == "now":
            return rows.on(today)
        return rows.filter(period__startswith__gt=today) if value == "later" else rows.filter(period__endswith__lte=today)


class StandardCostFilter(DatedFilter):
    """Standard costs by product, location and version."""

    class Meta:
        model = StandardCost
        fields = ["product", "location", "cost_version", "currency"]


class ListPriceFilter(DatedFilter):
    """List prices by product, list and currency."""

    general = django_filters.BooleanFilter(field_name="location", lookup_expr="isnull", label=_("List of all locations"))

    class Meta:
        model = ListPrice
        fields = ["product", "location", "currency"]


class BillFilter(DatedFilter):
    """Bills of resources by product, location and work centre."""

    work_centre = django_filters.ModelChoiceFilter(
        queryset=visible_choices(WorkCentre), field_name="operations__work_centre", method="filter_centre", label=_("Work centre")
    )

    class Meta:
        model = BillOfResources
        fields = ["product", "location"]

    def filter_centre(self, rows: QuerySet, name: str, centre: WorkCentre) -> QuerySet:
        """The bills that take hours at a work centre."""
        return rows.filter(pk__in=centre.operations.values("bill"))


class CustomerItemFilter(Searched):
    """Customer items by part number or our product, customer, plant."""

    searched = ("search_text", "product__search_text")

    class Meta:
        model = CustomerItem
        fields = ["customer", "plant", "product", "agreed_revision"]


class ProgrammeFilter(Searched):
    """Programmes by words, customer and dates."""

    start_of_production = django_filters.DateFromToRangeFilter(label=_("Start of production"))
    end_of_production = django_filters.DateFromToRangeFilter(label=_("End of production"))

    class Meta:
        model = Programme
        fields = ["customer"]


class WorkCentreFilter(Searched):
    """Work centres by words, location and use."""

    class Meta:
        model = WorkCentre
        fields = ["location", "is_active"]


class DocumentRequirementFilter(FilterSet):
    """Requirements of documents by type, kind of record, tier, phase and product line."""

    validity = django_filters.ChoiceFilter(
        choices=[("now", _("Holds today")), ("later", _("Begins later")), ("past", _("Has ended"))],
        method="filter_validity",
        label=_("Validity"),
    )

    class Meta:
        model = DocumentRequirement
        fields = ["type", "subject", "tier", "process", "product_line", "blocks"]

    filter_validity = DatedFilter.filter_validity


class DocumentEntryFilter(Searched):
    """The register by status, type, record, customer, tier, and by what is due."""

    searched = ("customer__search_text",)
    status = Choices(choices=EntryStatus.choices, method="filter_status", label=_("Status"))
    due = django_filters.BooleanFilter(method="filter_due", label=_("Something is to be done"))
    blocks = django_filters.BooleanFilter(method="filter_blocks", label=_("Blocks orders"))
    subject = django_filters.ChoiceFilter(
        choices=DocumentRequirement.Subject.choices, method="filter_subject", label=_("Document of")
    )
    record_id = django_filters.NumberFilter(
        field_name="object_id", label=_("Record"), min_value=1, max_value=LARGEST_KEY, decimal_places=0
    )
    tier = django_filters.ChoiceFilter(
        field_name="customer__group__tier", choices=CustomerGroup.Tier.choices, label=_("Tier of the customer")
    )
    due_on = django_filters.DateFromToRangeFilter(label=_("Due on"))
    valid_to = django_filters.DateFromToRangeFilter(field_name="document__valid_to", label=_("Valid to"))
    shown_first = ("status", "type", "customer")

    class Meta:
        model = DocumentEntry
        fields = ["type", "customer", "plant", "required", "owner"]

    def filter_status(self, rows: Any, name: str, values: list[str]) -> QuerySet:
        """Those of one of these statuses."""
        return rows.in_status(*values) if values else rows

    def filter_due(self, rows: Any, name: str, value: bool) -> QuerySet:
        """What somebody has to see to, or all the rest."""
        return rows.due() if value else rows.exclude(pk__in=rows.due().order_by().values("pk"))

    def filter_blocks(self, rows: Any, name: str, value: bool) -> QuerySet:
        """What orders wait for, or all the rest."""
        return rows.exclude(blocks_in=[]) if value else rows.filter(blocks_in=[])

    def filter_subject(self, rows: Any, name: str, value: str) -> QuerySet:
        """What stands on records of one kind."""
        return rows.filter(content_type=document_subjects()[value].content_type)


class TransferFilter(FilterSet):
    """Transfers by what passes, the locations, status and day."""

    search = django_filters.CharFilter(method="filter_search", label=_("Search"), max_length=200)
    plant = django_filters.ModelChoiceFilter(queryset=visible_choices(Plant), label=_("Plant"))
    product = django_filters.ModelChoiceFilter(queryset=visible_choices(Product), label=_("Product"))
    shown_first = ("search", "status", "source", "target")

    class Meta:
        model = Transfer
        fields = ["plant", "product", "source", "target", "status", "day"]

    def filter_search(self, rows: Any, name: str, value: str) -> QuerySet:
        """Transfers in whose number every word stands."""
        return with_words(rows, value, "search_text")
