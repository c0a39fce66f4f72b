"""Targets: what an approved plan asks of a person, a location, a product and a market, row by row and month by month.

They are written once, from the approved lines, when a round is published, so that revenue, product and market reconcile by
construction; nothing but a later published round says anything else.
"""

from typing import Any, Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, Location, Market, Plant, User, access_of
from budgets.models.lines import BudgetLine
from budgets.models.rounds import BudgetRound
from budgets.models.scopes import BUDGET_READERS, CostedQuerySet, CostReach, of_people
from budgets.models.years import MONTHS
from catalog.models import Product, ProductFamily, unit_words
from kam.core.records import noted_trigger

MEASURES = ("quantity", "revenue")
#: The cost of a month, for readers of costs only; empty where it is not known, so that a sum of revenue less cost leaves it out.
COST = "cost"


def month_column(measure: str, month: int) -> str:
    """The column of a measure in a month of the plan's year."""
    return f"{measure}_{month:02d}"


class TargetQuerySet(CostedQuerySet):
    """Targets: a person's own, and those of the locations where one holds a role that reads plans."""

    def _costs(self, reach: CostReach) -> Q:
        return reach.of_rows("person", "selling_location", "producing_location")

    def visible_to(self, user: Any) -> Self:
        scope = access_of(user).scope_of(BUDGET_READERS)
        if scope.everything:
            return self
        return self.filter(of_people(user, "person", "selling_location") | Q(selling_location__in=scope.location_ids))

    def in_force(self) -> Self:
        """The targets of the last published round of each year."""
        return self.filter(superseded=False)

    def original(self) -> Self:
        """The targets with which each person's year began, whatever a revision made of them."""
        return self.filter(original=True)

    def for_list(self) -> Self:
        return self.select_related(
            "round", "person", "selling_location", "producing_location", "plant", "customer", "market", "product", "family"
        )

    def with_year(self) -> Self:
        """The targets with the totals of their year: `year_quantity`, `year_revenue`, and `year_cost` where every month has one."""
        return self.annotate(**{f"year_{measure}": sum_of(measure) for measure in (*MEASURES, COST)})


def sum_of(measure: str) -> Any:
    """The twelve months of a measure added up, as an expression."""
    first, *others = (F(month_column(measure, month)) for month in MONTHS)
    total: Any = first
    for one in others:
        total = total + one
    return total


def _key(model: Any, label: Any, *, null: bool = False) -> Any:
    return models.ForeignKey(model, on_delete=models.PROTECT, null=null, blank=null, related_name="+", verbose_name=label)


class Target(models.Model):
    """One approved line as a target of its person; the months are columns, amounts in the round's currency at its rates.

    Sector and area are those of the buyer when the round was published, as the ledger keeps those of a sale.
    """

    round = models.ForeignKey(BudgetRound, on_delete=models.PROTECT, verbose_name=_("budget round"), related_name="targets")
    line = models.OneToOneField(BudgetLine, on_delete=models.PROTECT, verbose_name=_("budget line"), related_name="target")
    superseded = models.BooleanField(_("superseded"), default=False, editable=False)
    original = models.BooleanField(_("original"), default=True, editable=False)
    person = _key(User, _("person"))
    selling_location = _key(Location, _("selling location"))
    producing_location = _key(Location, _("producing location"))
    plant = _key(Plant, _("customer plant"), null=True)
    customer = _key(Customer, _("customer"), null=True)
    market = _key(Market, _("market"), null=True)
    product = _key(Product, _("product"), null=True)
    family = _key(ProductFamily, _("product family"))
    sector = _key(Market, _("sector"), null=True)
    area = _key(Market, _("area"), null=True)
    currency = models.CharField(_("currency"), max_length=3)
    unit = models.CharField(_("unit"), max_length=6, blank=True)
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)
    updated_at = models.DateTimeField(_("last change"), db_default=Now(), editable=False, db_index=True)

    objects = TargetQuerySet.as_manager()

    class Meta:
        verbose_name = _("target")
        verbose_name_plural = _("targets")
        ordering = ["pk"]
        triggers = [noted_trigger()]
        indexes = [models.Index(fields=["round", "person"], name="budgets_target_by_person")]

    def __str__(self) -> str:
        return f"{self.person} · {self.plant or self.customer or self.market} · {self.product or self.family}"

    @property
    def unit_words(self) -> str:
        """Its unit beside a number."""
        return unit_words(self.unit)

    def get_absolute_url(self) -> str:
        """The line that it came from."""
        return f"/budgets/lines/{self.line_id}/"


for _measure in MEASURES:
    for _month in MONTHS:
        Target.add_to_class(  # type: ignore[attr-defined]
            month_column(_measure, _month),
            models.DecimalField(max_digits=18, decimal_places=3 if _measure == "quantity" else 2, default=0, editable=False),
        )
for _month in MONTHS:
    Target.add_to_class(  # type: ignore[attr-defined]
        month_column(COST, _month), models.DecimalField(max_digits=18, decimal_places=2, null=True, blank=True, editable=False)
    )
