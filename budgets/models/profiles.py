"""Seasonality profiles: how a year of a family or of a customer falls on the months, twelve weights of together 100 % (domain 8.4)."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Self

from django.db import models
from django.db.models import F, Q, Value
from django.db.models.lookups import Exact
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, access_of
from budgets.models.rounds import NOT_NEGATIVE
from budgets.models.scopes import reads_budgets
from budgets.models.years import MONTHS, months_of
from catalog.models import ProductFamily
from kam.core.history import tracked
from kam.core.records import Record
from kam.core.scoping import ScopedQuerySet

WHOLE = Decimal(100)


def weight_column(month: int) -> str:
    """The column of a month of the calendar."""
    return f"month_{month:02d}"


WEIGHTS = [weight_column(month) for month in MONTHS]


def _together(columns: Sequence[str]) -> Any:
    first, *others = (F(column) for column in columns)
    total: Any = first
    for one in others:
        total = total + one
    return total


class SeasonalityProfileQuerySet(ScopedQuerySet):
    """Profiles: of families read by everyone who reads plans, of customers by who sees the customer in detail."""

    def visible_to(self, user: Any) -> Self:
        if not reads_budgets(user):
            return self.none()
        return self.filter(Q(customer__isnull=True) | Q(customer__in=Customer.objects.detailed_to(user)))

    def permitted(self, user: Any, verb: str) -> Self:
        """A family's profile is everybody's: who does the verb everywhere writes it; a customer's, who may see the customer."""
        if not user.may(verb):
            return self.none()
        rows = self.visible_to(user)
        return rows if access_of(user).scope(verb).everything else rows.filter(family__isnull=True)

    def for_list(self) -> Self:
        return self.select_related("family", "customer")


class TwelveWeights(models.Model):
    """The weights of January to December as columns."""

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return " ".join(f"{weight.normalize():f}" for weight in self.weights)

    @property
    def weights(self) -> list[Decimal]:
        """January to December."""
        return [getattr(self, column) for column in WEIGHTS]

    def of_year(self, first_month: date) -> list[Decimal]:
        """The weights in the order of the months of a plan's year."""
        return [getattr(self, weight_column(month.month)) for month in months_of(first_month)]


for _column in WEIGHTS:
    TwelveWeights.add_to_class(  # type: ignore[attr-defined]
        _column, models.DecimalField(max_digits=7, decimal_places=4, default=Decimal(0), validators=[NOT_NEGATIVE])
    )


@tracked()
class SeasonalityProfile(TwelveWeights, Record):
    """Twelve weights that add up to 100 %: of a family, or of a customer, which comes before its families."""

    family = models.OneToOneField(
        ProductFamily, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("product family"), related_name="+"
    )
    customer = models.OneToOneField(
        Customer, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("customer"), related_name="+"
    )

    objects = SeasonalityProfileQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("seasonality profile")
        verbose_name_plural = _("seasonality profiles")
        ordering = ["customer", "family", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(family__isnull=True) ^ Q(customer__isnull=True), name="budgets_profile_of_one"),
            models.CheckConstraint(condition=Exact(_together(WEIGHTS), Value(WHOLE)), name="budgets_profile_is_whole"),
            models.CheckConstraint(
                condition=Q(**{f"{column}__gte": 0 for column in WEIGHTS}), name="budgets_profile_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return gettext("Seasonality of %(what)s") % {"what": self.customer or self.family}

    def get_absolute_url(self) -> str:
        """The profile's page."""
        return f"/budgets/profiles/{self.pk}/"
