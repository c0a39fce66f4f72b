"""Filters of rounds, budgets, their lines, targets and deviations; the same for screen, API and export."""

from typing import Any

import django_filters
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, Location, Market, Plant, User
from budgets.models import (
    AccountCost,
    AccountExpense,
    Budget,
    BudgetLine,
    BudgetRound,
    BudgetShare,
    CorrectiveAction,
    Deviation,
    HandIn,
    IssuedPaper,
    Measure,
    NodeKind,
    PaperKind,
    QuantityPlan,
    RevisionProposal,
    SalesMeeting,
    SeasonalityProfile,
    State,
    Target,
    TopDownTarget,
)
from budgets.models.account_costs import CostKind
from budgets.models.counterparts import shared_rows
from budgets.models.scopes import people_of, shared_with
from budgets.reports.looks import Look, looked_at
from catalog.models import Product, ProductFamily
from kam.core.filters import Choices, FilterSet, visible_choices
from kam.core.work_items import hands_of


class BudgetRoundFilter(FilterSet):
    """Rounds by status, kind and first month of the year."""

    shown_first = ("status", "kind")
    status = Choices(choices=BudgetRound.Status.choices, label=_("Status"))
    kind = django_filters.ChoiceFilter(choices=BudgetRound.Kind.choices, label=_("Kind"))
    first_month = django_filters.DateFilter(label=_("First month of the year"))

    class Meta:
        model = BudgetRound
        fields: list[str] = []


class BudgetFilter(FilterSet):
    """Budgets: mine, of a round, person or location, by status."""

    shown_first = ("mine", "round", "status", "location")
    mine = django_filters.BooleanFilter(method="filter_mine", label=_("Mine"))
    shared = django_filters.BooleanFilter(method="filter_shared", label=_("Shared with me"))
    round = django_filters.ModelChoiceFilter(queryset=visible_choices(BudgetRound), label=_("Budget round"))
    status = Choices(choices=Budget.Status.choices, label=_("Status"))
    location = django_filters.ModelChoiceFilter(queryset=visible_choices(Location), label=_("Location"))
    contributor = django_filters.ModelChoiceFilter(queryset=visible_choices(User), label=_("Contributor"))
    hand_in = django_filters.ChoiceFilter(method="filter_hand_in", choices=HandIn.choices, label=_("Deadline"))

    class Meta:
        model = Budget
        fields: list[str] = []

    def filter_hand_in(self, queryset: Any, name: str, value: str) -> Any:
        """Of those that are due by now, the ones that were handed in by then, or the others (K-B9)."""
        return queryset.with_hand_in().filter(hand_in=value)

    def filter_mine(self, queryset: Any, name: str, value: bool) -> Any:
        """Those that the reader prepares, for themselves or for whom they substitute; or those of others."""
        own = Q(contributor__in=people_of(self.reader))
        return queryset.filter(own) if value else queryset.exclude(own)

    def filter_shared(self, queryset: Any, name: str, value: bool) -> Any:
        """Those that somebody shared with the reader; or the others."""
        shared = Q(pk__in=shared_with(self.reader))
        return queryset.filter(shared) if value else queryset.exclude(shared)


class IssuedPaperFilter(FilterSet):
    """Issued prints: by kind, round, recipient and year."""

    shown_first = ("kind", "round", "person")
    kind = Choices(choices=PaperKind.choices, label=_("Kind"))
    round = django_filters.ModelChoiceFilter(queryset=visible_choices(BudgetRound), label=_("Budget round"))
    person = django_filters.ModelChoiceFilter(queryset=visible_choices(User), label=_("Recipient"))
    first_month = django_filters.DateFilter(label=_("First month of the year"))

    class Meta:
        model = IssuedPaper
        fields: list[str] = []


class BudgetLineFilter(FilterSet):
    """Lines of a budget: by plant, customer, market, product, family and class."""

    shown_first = ("budget", "look", "customer", "product", "challenge", "counterpart")
    budget = django_filters.ModelChoiceFilter(queryset=visible_choices(Budget), label=_("Budget"))
    round = django_filters.ModelChoiceFilter(
        field_name="budget__round", queryset=visible_choices(BudgetRound), label=_("Budget round")
    )
    plant = django_filters.ModelChoiceFilter(queryset=visible_choices(Plant), label=_("Customer plant"))
    customer = django_filters.ModelChoiceFilter(method="filter_customer", queryset=visible_choices(Customer), label=_("Customer"))
    product = django_filters.ModelChoiceFilter(queryset=visible_choices(Product), label=_("Product"))
    family = django_filters.ModelChoiceFilter(
        method="filter_family", queryset=visible_choices(ProductFamily), label=_("Product family")
    )
    chance = Choices(method="filter_chance", choices=BudgetLine.Chance.choices, label=_("Class"))
    source = Choices(choices=BudgetLine.Source.choices, label=_("Source"))
    look = django_filters.ChoiceFilter(method="filter_look", choices=Look.choices, label=_("Look at"))
    review = Choices(choices=BudgetLine.Review.choices, label=_("Looked at"))
    challenge = Choices(choices=BudgetLine.Challenge.choices, label=_("Challenge"))
    counterpart = django_filters.BooleanFilter(method="filter_counterpart", label=_("Rows I share"))
    proposal = Choices(choices=BudgetLine.Proposal.choices, label=_("Proposal"))

    class Meta:
        model = BudgetLine
        fields: list[str] = []

    def filter_chance(self, queryset: Any, name: str, value: list[str]) -> Any:
        """The lines of these classes as they stand now: what an accepted offer awarded is found among the awarded ones."""
        found = Q(chance__in=value, offer_accepted=False)
        if BudgetLine.Chance.AWARDED in value:
            found |= Q(offer_accepted=True)
        return queryset.with_awards().filter(found)

    def filter_look(self, queryset: Any, name: str, value: str) -> Any:
        """The lines that somebody who approves looks at first."""
        return looked_at(queryset, value, self.reader)

    def filter_counterpart(self, queryset: Any, name: str, value: bool) -> Any:
        """The rows of others that the reader may propose figures for; or all others."""
        mine = Q(pk__in=shared_rows(self.reader))
        return queryset.filter(mine) if value else queryset.exclude(mine)

    def filter_customer(self, queryset: Any, name: str, value: Customer) -> Any:
        """The lines of the customer's plants and of its rest."""
        return queryset.filter(Q(plant__customer=value) | Q(customer=value))

    def filter_family(self, queryset: Any, name: str, value: ProductFamily) -> Any:
        """The lines of the family's products, of itself and of the families below it."""
        keys = ProductFamily.objects.with_descendants([value.pk])
        return queryset.filter(Q(product__family__in=keys) | Q(family__in=keys))


class BudgetShareFilter(FilterSet):
    """Shares of budgets: of a budget, with a person, running or withdrawn."""

    budget = django_filters.ModelChoiceFilter(queryset=visible_choices(Budget), label=_("Budget"))
    user = django_filters.ModelChoiceFilter(queryset=visible_choices(User), label=_("Person"))
    withdrawn = django_filters.BooleanFilter(field_name="withdrawn_at", lookup_expr="isnull", exclude=True, label=_("Withdrawn"))

    class Meta:
        model = BudgetShare
        fields: list[str] = []


class QuantityPlanFilter(FilterSet):
    """Quantity plans by round and producing location."""

    shown_first = ("location",)
    location = django_filters.ModelChoiceFilter(queryset=visible_choices(Location), label=_("Producing location"))
    round = django_filters.NumberFilter(field_name="round_id", label=_("Budget round"))

    class Meta:
        model = QuantityPlan
        fields: list[str] = []


class TopDownTargetFilter(FilterSet):
    """Top-down targets of parts by round."""

    round = django_filters.ModelChoiceFilter(queryset=visible_choices(BudgetRound), label=_("Budget round"))
    of = django_filters.ChoiceFilter(choices=TopDownTarget.Of.choices, label=_("Of"))

    class Meta:
        model = TopDownTarget
        fields: list[str] = []


class AccountCostFilter(FilterSet):
    """Budgeted account costs by budget, kind and customer."""

    budget = django_filters.ModelChoiceFilter(queryset=visible_choices(Budget), label=_("Budget"))
    kind = Choices(choices=CostKind.choices, label=_("Kind of cost"))
    customer = django_filters.ModelChoiceFilter(queryset=visible_choices(Customer), label=_("Customer"))

    class Meta:
        model = AccountCost
        fields: list[str] = []


class AccountExpenseFilter(FilterSet):
    """Actual account costs by kind, person, location, customer and day."""

    shown_first = ("kind", "person", "location")
    kind = Choices(choices=CostKind.choices, label=_("Kind of cost"))
    person = django_filters.ModelChoiceFilter(queryset=visible_choices(User), label=_("Person"))
    location = django_filters.ModelChoiceFilter(queryset=visible_choices(Location), label=_("Location"))
    customer = django_filters.ModelChoiceFilter(queryset=visible_choices(Customer), label=_("Customer"))
    since = django_filters.DateFilter(field_name="date", lookup_expr="gte", label=_("Since"))
    until = django_filters.DateFilter(field_name="date", lookup_expr="lte", label=_("Until"))

    class Meta:
        model = AccountExpense
        fields: list[str] = []


class RevisionProposalFilter(FilterSet):
    """Proposals by status and year."""

    shown_first = ("status",)
    status = Choices(choices=RevisionProposal.Status.choices, label=_("Status"))
    first_month = django_filters.DateFilter(label=_("First month of the year"))

    class Meta:
        model = RevisionProposal
        fields: list[str] = []


class SeasonalityProfileFilter(FilterSet):
    """Profiles by family and customer."""

    family = django_filters.ModelChoiceFilter(queryset=visible_choices(ProductFamily), label=_("Product family"))
    customer = django_filters.ModelChoiceFilter(queryset=visible_choices(Customer), label=_("Customer"))

    class Meta:
        model = SeasonalityProfile
        fields: list[str] = []


class TargetFilter(FilterSet):
    """Targets: in force or not, of a round, person, location, customer, market, product and family."""

    shown_first = ("in_force", "round", "person", "selling_location")
    in_force = django_filters.BooleanFilter(field_name="superseded", exclude=True, label=_("In force"))
    round = django_filters.ModelChoiceFilter(queryset=visible_choices(BudgetRound), label=_("Budget round"))
    person = django_filters.ModelChoiceFilter(queryset=visible_choices(User), label=_("Person"))
    selling_location = django_filters.ModelChoiceFilter(queryset=visible_choices(Location), label=_("Selling location"))
    plant = django_filters.ModelChoiceFilter(queryset=visible_choices(Plant), label=_("Customer plant"))
    customer = django_filters.ModelChoiceFilter(queryset=visible_choices(Customer), label=_("Customer"))
    market = django_filters.ModelChoiceFilter(queryset=visible_choices(Market), label=_("Market"))
    product = django_filters.ModelChoiceFilter(queryset=visible_choices(Product), label=_("Product"))
    family = django_filters.ModelChoiceFilter(queryset=visible_choices(ProductFamily), label=_("Product family"))

    class Meta:
        model = Target
        fields: list[str] = []


class DeviationFilter(FilterSet):
    """Deviations: cases or everything that is red, running, mine, of a kind, measure, person, location and customer."""

    shown_first = ("mine", "running", "status", "kind", "person")
    mine = django_filters.BooleanFilter(method="filter_mine", label=_("Mine"))
    running = django_filters.BooleanFilter(field_name="ended_at", lookup_expr="isnull", label=_("Running"))
    case = django_filters.BooleanFilter(field_name="explained_by", lookup_expr="isnull", label=_("Cases only"))
    status = Choices(choices=Deviation.Status.choices, label=_("Status"))
    state = Choices(choices=State.choices, label=_("Now"))
    kind = Choices(choices=NodeKind.choices, label=_("Node"))
    measure = Choices(choices=Measure.choices, label=_("Measure"))
    first_month = django_filters.DateFilter(label=_("First month of the year"))
    person = django_filters.ModelChoiceFilter(queryset=visible_choices(User), label=_("Person"))
    responsible = django_filters.ModelChoiceFilter(queryset=visible_choices(User), label=_("Responsible"))
    location = django_filters.ModelChoiceFilter(queryset=visible_choices(Location), label=_("Location"))
    customer = django_filters.ModelChoiceFilter(method="filter_customer", queryset=visible_choices(Customer), label=_("Customer"))
    explained_by = django_filters.ModelChoiceFilter(queryset=visible_choices(Deviation), label=_("Explained by"))

    class Meta:
        model = Deviation
        fields: list[str] = []

    def filter_mine(self, queryset: Any, name: str, value: bool) -> Any:
        """Those that the reader has to look into, for themselves or for whom they substitute; or those of others."""
        own = Q(responsible__in=people_of(self.reader))
        return queryset.filter(own) if value else queryset.exclude(own)

    def filter_customer(self, queryset: Any, name: str, value: Customer) -> Any:
        """Those of the customer and of its plants."""
        return queryset.filter(Q(customer=value) | Q(plant__customer=value))


class CorrectiveActionFilter(FilterSet):
    """Corrective actions: mine, open, of a deviation, due until a day."""

    shown_first = ("mine", "status", "owner")
    mine = django_filters.BooleanFilter(method="filter_mine", label=_("Mine"))
    status = Choices(choices=CorrectiveAction.Status.choices, label=_("Status"))
    owner = django_filters.ModelChoiceFilter(queryset=visible_choices(User), label=_("Owner"))
    deviation = django_filters.ModelChoiceFilter(queryset=visible_choices(Deviation), label=_("Deviation"))
    due_until = django_filters.DateFilter(field_name="due_on", lookup_expr="lte", label=_("Due until"))

    class Meta:
        model = CorrectiveAction
        fields: list[str] = []

    def filter_mine(self, queryset: Any, name: str, value: bool) -> Any:
        """Those that the reader carries out; or those of others."""
        own = Q(owner__in=hands_of(self.reader).people)
        return queryset.filter(own) if value else queryset.exclude(own)


class SalesMeetingFilter(FilterSet):
    """Sales meetings: of a person, of the team, since a day."""

    shown_first = ("person", "team")
    person = django_filters.ModelChoiceFilter(queryset=visible_choices(User), label=_("Person"))
    team = django_filters.BooleanFilter(field_name="person", lookup_expr="isnull", label=_("Team"))
    since = django_filters.DateFilter(field_name="held_on", lookup_expr="gte", label=_("Held since"))

    class Meta:
        model = SalesMeeting
        fields: list[str] = []
