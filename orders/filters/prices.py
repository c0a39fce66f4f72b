"""Filters of price agreements, findings, consents, indices and campaigns."""

from datetime import timedelta
from typing import Any

import django_filters
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, Plant
from catalog.filters import Searched
from catalog.models import Product
from kam.core.filters import Choices, FilterSet, visible_choices
from orders.filters.sales import sold_choices
from orders.models import (
    AgreementLine,
    CampaignCustomer,
    CampaignLine,
    IndexValue,
    PriceAgreement,
    PriceCampaign,
    PriceConsent,
    PriceFinding,
    PriceIndex,
    PriceLetter,
    PricePaper,
    Standing,
)
from orders.models.consent_status import OPEN as OPEN_CONSENTS
from orders.models.consent_status import ConsentStatus


class PriceAgreementFilter(FilterSet):
    """Price agreements by where they stand, for whom, where, product, and the day on which they hold."""

    standing = django_filters.ChoiceFilter(choices=Standing.choices, method="filter_standing", label=_("Standing"))
    number = django_filters.CharFilter(lookup_expr="iexact", label=_("Number"), max_length=24)
    product = django_filters.ModelChoiceFilter(queryset=visible_choices(Product), method="filter_product", label=_("Product"))
    of_customer = django_filters.ModelChoiceFilter(
        queryset=visible_choices(Customer), method="filter_customer", label=_("Holds for customer")
    )
    on = django_filters.DateFilter(field_name="period", lookup_expr="contains", label=_("Holds on"))
    ends = django_filters.DateFromToRangeFilter(field_name="period", method="filter_ends", label=_("Last day"))
    shown_first = ("standing", "of_customer", "product")

    class Meta:
        model = PriceAgreement
        fields = ["group", "customer", "plant", "programme", "location", "currency", "status", "consent", "offer"]

    def filter_standing(self, rows: Any, name: str, value: str) -> QuerySet:
        """Those that stand so today."""
        return rows.in_standing(value)  # type: ignore[no-any-return]

    def filter_product(self, rows: QuerySet, name: str, value: Product) -> QuerySet:
        """Those that price a product by itself or by a family above it."""
        families, family = [], value.family
        while family is not None:
            families.append(family.pk)
            family = family.parent  # type: ignore[assignment]
        lines = AgreementLine.objects.filter(Q(product=value) | Q(family__in=families))
        return rows.filter(pk__in=lines.values("agreement"))

    def filter_customer(self, rows: QuerySet, name: str, value: Customer) -> QuerySet:
        """Those with a company, with one of its plants, or with its group of today."""
        found = Q(customer=value) | Q(plant__customer=value)
        return rows.filter(found | Q(group=value.group_id) if value.group_id else found)

    def filter_ends(self, rows: QuerySet, name: str, value: slice) -> QuerySet:
        """Those whose last day lies between two days."""
        if value.start is not None:
            rows = rows.filter(period__endswith__gt=value.start)
        return rows if value.stop is None else rows.filter(period__endswith__lte=value.stop + timedelta(days=1))


class PriceFindingFilter(FilterSet):
    """Wrong prices by status, customer, day, document, and in whose favour they are."""

    status = Choices(choices=PriceFinding.Status.choices, label=_("Status"))
    unsettled = django_filters.BooleanFilter(method="filter_unsettled", label=_("Not settled"))
    customer = django_filters.ModelChoiceFilter(
        queryset=sold_choices(Customer, "plant__customer"), field_name="plant__customer", label=_("Customer")
    )
    plant = django_filters.ModelChoiceFilter(queryset=sold_choices(Plant, "plant"), label=_("Plant"))
    date = django_filters.DateFromToRangeFilter(label=_("Date"))
    document = django_filters.CharFilter(field_name="document__number", label=_("Document"), max_length=40)
    favour = django_filters.ChoiceFilter(
        choices=[("recover", _("To recover")), ("credit", _("To credit"))], method="filter_favour", label=_("In whose favour")
    )
    shown_first = ("status", "customer", "date")

    class Meta:
        model = PriceFinding
        fields = ["selling_location", "product", "agreement", "currency"]

    def filter_unsettled(self, rows: Any, name: str, value: bool) -> QuerySet:
        """Those about which something is still to be done, or the others."""
        return rows.unsettled() if value else rows.exclude(status__in=PriceFinding.UNSETTLED)

    def filter_favour(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        """Those that the customer owes us, or that we owe the customer."""
        return rows.filter(difference__lt=0) if value == "recover" else rows.filter(difference__gt=0)


class PriceLetterFilter(FilterSet):
    """Letters about wrong prices by customer, day, and the wrong price that stands in them."""

    customer = django_filters.ModelChoiceFilter(
        queryset=sold_choices(Customer, "plant__customer"), method="filter_customer", label=_("Customer")
    )
    finding = django_filters.ModelChoiceFilter(
        queryset=visible_choices(PriceFinding), field_name="findings", label=_("Wrong price")
    )
    sent_at = django_filters.DateFromToRangeFilter(label=_("Sent"))
    shown_first = ("customer", "sent_at")

    class Meta:
        model = PriceLetter
        fields = ["selling_location", "currency"]

    def filter_customer(self, rows: QuerySet, name: str, value: Customer) -> QuerySet:
        """Those about a plant that belongs to the company today."""
        return rows.filter(Exists(PriceFinding.objects.filter(letters=OuterRef("pk"), plant__customer=value)))


class PricePaperFilter(FilterSet):
    """Agreements and price lists that were sent, by customer, agreement, day, what became of the mail, and the signature."""

    customer = django_filters.ModelChoiceFilter(queryset=visible_choices(Customer), label=_("Customer"))
    agreement = django_filters.ModelChoiceFilter(
        queryset=visible_choices(PriceAgreement), field_name="agreements", label=_("Price agreement")
    )
    issued_at = django_filters.DateFromToRangeFilter(label=_("Sent"))
    signed = django_filters.BooleanFilter(field_name="signed_on", lookup_expr="isnull", exclude=True, label=_("Signed"))
    shown_first = ("customer", "kind")

    class Meta:
        model = PricePaper
        fields = ["kind", "state"]


class PriceConsentFilter(FilterSet):
    """Requests for consent by where they stand, whose customer, what they are about, and by when they are to be answered."""

    status = Choices(choices=ConsentStatus.choices, label=_("Status"))
    open = django_filters.BooleanFilter(method="filter_open", label=_("Open"))
    customer = django_filters.ModelChoiceFilter(
        field_name="plant__customer", queryset=visible_choices(Customer), label=_("Customer")
    )
    due = django_filters.DateFromToRangeFilter(field_name="due_at", label=_("Answer by"))
    shown_first = ("status", "customer")

    class Meta:
        model = PriceConsent
        fields = ["agreement", "offer", "plant", "selling_location", "asked_by"]

    def filter_open(self, rows: Any, name: str, value: bool) -> QuerySet:
        """Those that somebody has to act on, or the others."""
        return rows.open() if value else rows.exclude(status__in=OPEN_CONSENTS)


class PriceIndexFilter(Searched):
    """Price indices by words and currency."""

    class Meta:
        model = PriceIndex
        fields = ["currency"]


class IndexValueFilter(FilterSet):
    """Values of indices by index and day."""

    day = django_filters.DateFromToRangeFilter(label=_("Day"))

    class Meta:
        model = IndexValue
        fields = ["index"]


class PriceCampaignFilter(Searched):
    """Price campaigns by words, status, location and the day from which the new prices hold."""

    effective_on = django_filters.DateFromToRangeFilter(label=_("New prices from"))
    shown_first = ("status", "location")

    class Meta:
        model = PriceCampaign
        fields = ["status", "location", "basis"]


class CampaignCustomerFilter(FilterSet):
    """Customers of campaigns by campaign, where they stand, with whom, where, and who is late."""

    status = Choices(choices=CampaignCustomer.Status.choices, label=_("Status"))
    in_force = django_filters.BooleanFilter(method="filter_in_force", label=_("In force"))
    late = django_filters.BooleanFilter(method="filter_late", label=_("Letter is late"))
    of_customer = django_filters.ModelChoiceFilter(
        queryset=visible_choices(Customer), method="filter_customer", label=_("Customer with its plants and group")
    )
    effective_on = django_filters.DateFromToRangeFilter(label=_("New prices from"))
    shown_first = ("campaign", "status", "late")

    class Meta:
        model = CampaignCustomer
        fields = ["campaign", "group", "customer", "plant", "location"]

    def filter_in_force(self, rows: Any, name: str, value: bool) -> QuerySet:
        """Those whose new prices hold, or the others."""
        return rows.in_force() if value else rows.exclude(pk__in=rows.in_force().values("pk"))

    def filter_late(self, rows: Any, name: str, value: bool) -> QuerySet:
        """Those to whom the letter should have gone, or the others."""
        return rows.late() if value else rows.exclude(pk__in=rows.late().values("pk"))

    def filter_customer(self, rows: Any, name: str, value: Customer) -> QuerySet:
        """Those of a company, of its plants and of its group."""
        return rows.about(value)  # type: ignore[no-any-return]


class CampaignLineFilter(FilterSet):
    """Prices of campaigns by campaign, customer of it and product."""

    campaign = django_filters.ModelChoiceFilter(
        field_name="row__campaign", queryset=visible_choices(PriceCampaign), label=_("Price campaign")
    )
    product = django_filters.ModelChoiceFilter(field_name="line__product", queryset=visible_choices(Product), label=_("Product"))
    shown_first = ("campaign", "product")

    class Meta:
        model = CampaignLine
        fields = ["row"]
