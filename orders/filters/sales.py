"""Filters of the sales ledger and its totals, each choice narrowed to what the reader sees sold."""

from collections.abc import Sequence
from typing import Any

import django_filters
from django.db.models import Exists, Model, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from accounts.models import Assignment, Customer, CustomerGroup, Location, Market, Plant, User
from catalog.filters import in_family
from catalog.models import Product, ProductFamily, Unit
from kam.core import clock
from kam.core.filters import Choices, FilterSet, visible_choices
from orders.models import (
    AccountTotal,
    LineKind,
    SalesLine,
    SalesTotal,
    reach_of,
)
from orders.reports.reconciliation import Beside

NONE = "none"
OR_NONE: dict[str, Any] = {"null_label": _("None"), "null_value": NONE}


def sold_choices(model: type[Model], path: str) -> Any:
    """The rows that a person may see, and those that stand in their sales: what a location sold to a plant stays its to read."""

    def choices(request: Any) -> Any:
        rows = visible_choices(model)(request)
        if request is None or reach_of(request.user).everything:
            return rows
        sold = AccountTotal.objects.visible_to(request.user).filter(lines__gt=0, **{path: OuterRef("pk")})
        return model._default_manager.filter(Q(pk__in=rows.values("pk")) | Exists(sold))

    return choices


class LedgerFilter(FilterSet):
    """What lines and totals are told apart by; customers and groups are those of today; `none` asks for what has none."""

    plant = django_filters.ModelChoiceFilter(queryset=sold_choices(Plant, "plant"), label=_("Plant"))
    customer = django_filters.ModelChoiceFilter(
        queryset=sold_choices(Customer, "plant__customer"), field_name="plant__customer", label=_("Customer")
    )
    group = django_filters.ModelChoiceFilter(
        queryset=sold_choices(CustomerGroup, "plant__customer__group"),
        field_name="plant__customer__group",
        label=_("Group"),
        **OR_NONE,
    )
    product = django_filters.ModelChoiceFilter(queryset=visible_choices(Product), label=_("Product"), **OR_NONE)
    family = django_filters.ModelChoiceFilter(queryset=visible_choices(ProductFamily), method="filter_family", label=_("Family"))
    own_family = django_filters.ModelChoiceFilter(
        queryset=visible_choices(ProductFamily), field_name="product__family", label=_("Family without those below it"), **OR_NONE
    )
    selling_location = django_filters.ModelChoiceFilter(queryset=visible_choices(Location), label=_("Selling location"))
    producing_location = django_filters.ModelChoiceFilter(queryset=visible_choices(Location), label=_("Producing location"))
    account_manager = django_filters.ModelChoiceFilter(
        queryset=visible_choices(User), label=_("Account manager on the day"), **OR_NONE
    )
    present_manager = django_filters.ModelChoiceFilter(
        queryset=visible_choices(User), method="filter_present_manager", label=_("Account manager of today"), **OR_NONE
    )
    sector = django_filters.ModelChoiceFilter(queryset=visible_choices(Market), label=_("Sector"), **OR_NONE)
    area = django_filters.ModelChoiceFilter(queryset=visible_choices(Market), label=_("Area"), **OR_NONE)
    kind = Choices(choices=LineKind.choices, label=_("Kind"))
    is_intercompany = django_filters.BooleanFilter(label=_("Intercompany"))
    currency = django_filters.CharFilter(label=_("Currency"), max_length=3)
    unit = django_filters.ChoiceFilter(choices=Unit.choices, label=_("Unit"))

    def filter_family(self, rows: QuerySet, name: str, value: Any) -> QuerySet:
        """The rows of a family and of everything below it."""
        return in_family(rows, "product__family", value)

    def filter_present_manager(self, rows: QuerySet, name: str, value: Any) -> QuerySet:
        """The rows of customers that somebody leads today: the company itself, else its group; or nobody."""
        leading = Assignment.objects.on(clock.today()).filter(kind=Assignment.Kind.ACCOUNT_MANAGER)
        own = leading.filter(customer=OuterRef("plant__customer")).values("user")
        of_group = leading.filter(group=OuterRef("plant__customer__group")).values("user")
        rows = rows.alias(leader=Coalesce(Subquery(own[:1]), Subquery(of_group[:1])))
        return rows.filter(leader__isnull=True) if value == NONE else rows.filter(leader=value.pk)


class SalesLineFilter(LedgerFilter):
    """Lines by what they are told apart by, by day, document and source."""

    location_beside = django_filters.ModelChoiceFilter(
        queryset=visible_choices(Location), method="filter_location_beside", label=_("Compared with the location")
    )
    beside = django_filters.ChoiceFilter(choices=Beside.choices, method="filter_beside", label=_("Beside its sales"))

    date = django_filters.DateFromToRangeFilter(label=_("Date"))
    document = django_filters.CharFilter(field_name="document__number", label=_("Document"), max_length=40)
    system = django_filters.CharFilter(field_name="document__system", label=_("Source system"), max_length=40)
    shown_first = ("date", "customer", "kind")

    class Meta:
        model = SalesLine
        fields: list[str] = []

    def filter_location_beside(self, rows: QuerySet, name: str, value: Any) -> QuerySet:
        """What other locations sold to accounts that have an account manager."""
        return rows.filter(account_manager__isnull=False).exclude(selling_location=value)

    def filter_beside(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        """Of these, what the account managers of the location's goods of that year sold to the same plants, to others, or neither."""
        location, days = self.form.cleaned_data.get("location_beside"), self.form.cleaned_data.get("date")
        if location is None or days is None or days.start is None:
            return rows.none()
        here = AccountTotal.objects.visible_to(self.reader).filter(
            year=days.start.year, selling_location=location, kind=LineKind.GOODS, is_intercompany=False, lines__gt=0
        )
        theirs = here.filter(account_manager=OuterRef("account_manager"))
        same = Exists(theirs.filter(plant=OuterRef("plant")))
        match value:
            case Beside.SAME_PLANTS:
                return rows.filter(same)
            case Beside.OTHER_ACCOUNTS:
                return rows.filter(~same, Exists(theirs))
        return rows.filter(~Exists(theirs))


class SalesTotalFilter(LedgerFilter):
    """Totals by what they are told apart by, and by year."""

    year = django_filters.NumberFilter(label=_("Year"), min_value=1990, max_value=2199)

    class Meta:
        model = SalesTotal
        fields: list[str] = []


class SalesFilter(LedgerFilter):
    """What the sales screens are narrowed to; the year and the months are chosen beside it."""

    class Meta:
        model = SalesTotal
        fields: list[str] = []

    def counted(self, usual: Sequence[str]) -> tuple[tuple[str, ...], bool]:
        """Which kinds count, the usual ones unless some are chosen, and whether they are sales inside the group."""
        chosen = self.form.cleaned_data if self.is_valid() else {}
        return tuple(chosen.get("kind") or usual), bool(chosen.get("is_intercompany"))

    def only(self) -> dict[str, Sequence[Any]]:
        """The keys of each dimension of the figures that are chosen."""
        chosen = self.form.cleaned_data if self.is_valid() else {}
        found: dict[str, Sequence[Any]] = {}
        for name, value in chosen.items():
            if value in (None, "", []) or name in {"kind", "is_intercompany"}:
                continue
            if name == "family":
                found["family"] = list(ProductFamily.objects.with_descendants([value.pk]))
                continue
            key = getattr(value, "pk", value)
            found["family" if name == "own_family" else name] = [None if key == NONE else key]
        return found
