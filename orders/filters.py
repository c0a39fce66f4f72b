"""Filters of price agreements, negotiations and of the ledger, one set a model, the same for screen, API and export."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import django_filters
from django.db.models import Exists, Model, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from accounts.models import Assignment, Customer, CustomerGroup, Location, Market, Plant, User
from catalog.filters import Searched, in_family
from catalog.models import Product, ProductFamily, Unit
from kam.core import clock
from kam.core.filters import Choices, FilterSet, visible_choices
from kam.core.plain import with_words
from orders.models import (
    AccountTotal,
    AgreementLine,
    CampaignCustomer,
    CampaignLine,
    Concession,
    DevelopmentRequest,
    IndexValue,
    LineKind,
    Negotiation,
    NegotiationDossier,
    NegotiationLine,
    NegotiationRound,
    Offer,
    OfferMail,
    OfferWorkbook,
    PriceAgreement,
    PriceCampaign,
    PriceConsent,
    PriceFinding,
    PriceIndex,
    SalesLine,
    SalesTotal,
    Stage,
    Standing,
    reach_of,
)
from orders.models.consent_status import OPEN as OPEN_CONSENTS
from orders.models.consent_status import ConsentStatus
from orders.models.negotiations import OPEN, named
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


class OfferFilter(Searched):
    """Offers by words, where they stand, for whom, what, how much and until when."""

    alive = django_filters.BooleanFilter(method="filter_alive", label=_("Open"))
    customer = django_filters.ModelChoiceFilter(
        field_name="plant__customer", queryset=visible_choices(Customer), label=_("Customer")
    )
    product = django_filters.ModelChoiceFilter(
        field_name="lines__product", queryset=visible_choices(Product), label=_("Product"), distinct=True
    )
    valid_until = django_filters.DateFromToRangeFilter(label=_("Valid until"))
    decided_on = django_filters.DateFromToRangeFilter(label=_("Decided on"))
    sent = django_filters.DateFromToRangeFilter(field_name="sent_at", label=_("Sent"))
    timed = django_filters.BooleanFilter(field_name="lead_days", lookup_expr="isnull", exclude=True, label=_("With a lead time"))
    market = django_filters.ModelChoiceFilter(
        queryset=visible_choices(Market), field_name="plant__customer__sector", label=_("Sector")
    )
    net = django_filters.RangeFilter(label=_("Net value"))
    negotiation = django_filters.ModelChoiceFilter(queryset=visible_choices(Negotiation), label=_("Negotiation"))
    shown_first = ("status", "customer", "product")

    class Meta:
        model = Offer
        fields = ["status", "consent", "plant", "selling_location", "currency", "number", "lost_reason", "sent_by"]

    def filter_alive(self, rows: Any, name: str, value: bool) -> QuerySet:
        """Those that are made or with the customer, or the others."""
        return rows.alive() if value else rows.exclude(status__in=Offer.ALIVE)


class OfferMailFilter(FilterSet):
    """Mails about offers by offer, state and who wrote them."""

    created_at = django_filters.DateFromToRangeFilter(label=_("Day"))

    class Meta:
        model = OfferMail
        fields = ["offer", "state", "automatic", "message_id"]


class OfferWorkbookFilter(FilterSet):
    """Customers' workbooks by offer."""

    class Meta:
        model = OfferWorkbook
        fields = ["offer"]


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


class NegotiationFilter(FilterSet):
    """Negotiations by stage, whose they are, with whom, where, on what, and by the days of decision."""

    search = django_filters.CharFilter(method="filter_search", label=_("Search"), max_length=200)
    mine = django_filters.BooleanFilter(method="filter_mine", label=_("Mine"))
    stage = Choices(choices=Stage.choices, label=_("Stage"))
    open = django_filters.BooleanFilter(method="filter_open", label=_("Open"))
    stale = django_filters.BooleanFilter(method="filter_stale", label=_("Stale"))
    of_group = django_filters.ModelChoiceFilter(
        queryset=visible_choices(CustomerGroup), method="filter_about", label=_("Group with its companies")
    )
    of_customer = django_filters.ModelChoiceFilter(
        queryset=visible_choices(Customer), method="filter_about", label=_("Customer with its plants")
    )
    of_plant = django_filters.ModelChoiceFilter(queryset=visible_choices(Plant), field_name="plant", label=_("Plant"))
    product = django_filters.ModelChoiceFilter(queryset=visible_choices(Product), method="filter_product", label=_("Product"))
    market = django_filters.ModelChoiceFilter(queryset=visible_choices(Market), method="filter_market", label=_("Sector"))
    decision = django_filters.DateFromToRangeFilter(field_name="decision_on", label=_("Decision of the customer"))
    decided = django_filters.DateFromToRangeFilter(field_name="decided_on", label=_("Decided"))
    shown_first = ("mine", "stage", "of_customer")

    class Meta:
        model = Negotiation
        fields = ["owner", "selling_location", "producing_location", "currency", "loss_reason"]

    def filter_search(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        """Those whose number or subject holds every word."""
        return with_words(rows, value)

    def filter_mine(self, rows: QuerySet, name: str, value: bool) -> QuerySet:
        """Those that the reader owns or is named in, or those of others."""
        own = named(self.reader)
        return rows.filter(own) if value else rows.exclude(own)

    def filter_open(self, rows: QuerySet, name: str, value: bool) -> QuerySet:
        """Those that nobody has decided yet, or the others."""
        return rows.filter(stage__in=OPEN) if value else rows.exclude(stage__in=OPEN)

    def filter_stale(self, rows: QuerySet, name: str, value: bool) -> QuerySet:
        """Open ones on which nobody has worked for long."""
        stale = Negotiation.objects.stale().values("pk")
        return rows.filter(pk__in=stale) if value else rows.exclude(pk__in=stale)

    def filter_about(self, rows: Any, name: str, value: Any) -> QuerySet:
        """Those with a group or a company and all below it."""
        return rows.about(value)  # type: ignore[no-any-return]

    def filter_product(self, rows: QuerySet, name: str, value: Product) -> QuerySet:
        """Those about a product."""
        return rows.filter(pk__in=NegotiationLine.objects.filter(product=value).values("negotiation"))

    def filter_market(self, rows: QuerySet, name: str, value: Market) -> QuerySet:
        """Those with a company of a sector."""
        return rows.filter(Q(customer__sector=value) | Q(plant__customer__sector=value))


class NegotiationDossierFilter(FilterSet):
    """Dossiers by their negotiation."""

    class Meta:
        model = NegotiationDossier
        fields = ["negotiation"]


class NegotiationRoundFilter(FilterSet):
    """Rounds by their dossier."""

    class Meta:
        model = NegotiationRound
        fields = ["dossier"]


class ConcessionFilter(FilterSet):
    """Concessions by their dossier, and by who gave."""

    class Meta:
        model = Concession
        fields = ["dossier", "side"]


class DevelopmentRequestFilter(FilterSet):
    """Requests for development by words, status, whose customer, where they come from, and by when they want an answer."""

    search = django_filters.CharFilter(method="filter_search", label=_("Search"), max_length=200)
    status = Choices(choices=DevelopmentRequest.Status.choices, label=_("Status"))
    due = django_filters.DateFromToRangeFilter(field_name="answer_by", label=_("Answer by"))
    shown_first = ("status", "customer")

    class Meta:
        model = DevelopmentRequest
        fields = ["customer", "plant", "negotiation", "activity", "location", "answer"]

    def filter_search(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        """Those whose number, subject or drawing holds every word."""
        return with_words(rows, value)


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
