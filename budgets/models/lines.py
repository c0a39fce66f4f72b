"""The lines of a budget and their cells: what is sold to whom, and in each month how much at which price (domain 8.3)."""

from decimal import Decimal
from typing import Self

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Case, Exists, ExpressionWrapper, OuterRef, Q, Value, When
from django.db.models.functions import Now, TruncDate
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, Location, Market, Plant, User
from budgets.models.budgets import Budget
from budgets.models.rounds import NOT_NEGATIVE
from budgets.models.scopes import BudgetOwnedQuerySet, CostReach
from catalog.models import Product, ProductFamily, StandardCost, unit_words
from kam.core.history import tracked
from kam.core.money import validate_currency
from kam.core.records import Record, version_trigger
from orders.models import Offer, OfferLine


class BudgetLineQuerySet(BudgetOwnedQuerySet):
    """The lines of budgets; seen with their budget, and by their counterpart."""

    budget_path = "budget"
    line_path = "pk"

    def _costs(self, reach: CostReach) -> Q:
        return reach.of_rows("budget__contributor", "budget__location", "producing_location")

    def with_awards(self) -> Self:
        """The same rows, each with whether an offer of what was to be won was accepted since it was planned (`offer_accepted`)."""
        accepted = OfferLine.objects.filter(
            product=OuterRef("product"),
            offer__plant=OuterRef("plant"),
            offer__selling_location=OuterRef("budget__location"),
            offer__status=Offer.Status.ACCEPTED,
            offer__decided_on__gte=TruncDate(ExpressionWrapper(OuterRef("created_at"), models.DateTimeField())),
        )
        won = When(chance="to_be_won", plant__isnull=False, product__isnull=False, then=Exists(accepted.counted()))
        return self.annotate(offer_accepted=Case(won, default=Value(False), output_field=models.BooleanField()))

    def for_list(self) -> Self:
        return self.with_awards().select_related(
            "budget__round",
            "budget__contributor",
            "budget__location",
            "plant__customer",
            "customer",
            "market",
            "product",
            "family",
            "producing_location",
            "proposed_by",
        )


#: What only readers of costs read; the history, which others read, leaves it out.
COSTS = ("standard_cost", "unit_cost", "cost_share", "cost")
#: What a month of a line costs, in the line's currency: its quantity at the cost of its version, else its share of the revenue.
CELL_COST = "coalesce(cell.quantity * line.unit_cost, cell.revenue * line.cost_share, CASE WHEN cell.revenue = 0 THEN 0 END)"


@tracked(exclude=("quantity", "revenue", *COSTS, "updated_at"))
class BudgetLine(Record):
    """One row of the grid: to a customer plant, or to the rest of a customer or market, a product or a whole family.

    The selling location is the budget's. `quantity`, `revenue` and `cost` are the kept totals of its months, in its unit and
    currency. `counter` is the year's revenue that whoever approves would rather see, until the contributor answers with it or a
    comment; past challenges are in the history. `review` says of a row of the finished proposal whether its contributor has looked at
    it. `proposed` is what its counterpart (`budgets.models.counterparts`) would plan, and
    `settled` the year's revenue that both agreed on or that was decided between them. A quantity costs `unit_cost`, that of the
    version of the standard cost that the line holds; without one a revenue costs `cost_share` of it (docs/decisions/budgets.md).
    `cost` is None while the cost of any month is not known.
    """

    class Chance(models.TextChoices):
        RUNNING = "running", _("Running business")
        AWARDED = "awarded", _("Awarded")
        TO_BE_WON = "to_be_won", _("To be won")

    class Challenge(models.TextChoices):
        MARKED = "marked", _("Marked for return")
        RETURNED = "returned", _("Returned")
        TAKEN = "taken", _("Counter-figure taken over")
        KEPT = "kept", _("Figure kept")

    class Proposal(models.TextChoices):
        PROPOSED = "proposed", _("Proposed")
        OPEN = "open", _("Open")
        AGREED = "agreed", _("Agreed")
        DECIDED = "decided", _("Decided")

    class Review(models.TextChoices):
        OPEN = "open", _("Still to look at")
        ACCEPTED = "accepted", _("Accepted as proposed")
        CHANGED = "changed", _("Changed")

    class Source(models.TextChoices):
        LAST_YEAR = "last_year", _("Last year")
        LAST_VERSION = "last_version", _("Last version")
        NEGOTIATIONS = "negotiations", _("Negotiations")
        BY_HAND = "by_hand", _("By hand")
        IMPORTED = "imported", _("Imported")

    budget = models.ForeignKey(Budget, on_delete=models.CASCADE, verbose_name=_("budget"), related_name="lines")
    plant = models.ForeignKey(
        Plant, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("customer plant"), related_name="+"
    )
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("rest of a customer"), related_name="+"
    )
    market = models.ForeignKey(
        Market, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("rest of a market"), related_name="+"
    )
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("product"), related_name="+"
    )
    family = models.ForeignKey(
        ProductFamily, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("product family"), related_name="+"
    )
    producing_location = models.ForeignKey(
        Location, on_delete=models.PROTECT, verbose_name=_("producing location"), related_name="+"
    )
    currency = models.CharField(_("currency"), max_length=3, validators=[validate_currency])
    unit = models.CharField(_("unit"), max_length=6, blank=True)
    chance = models.CharField(_("class"), max_length=9, choices=Chance.choices, default=Chance.RUNNING)
    source = models.CharField(_("source"), max_length=12, choices=Source.choices, default=Source.BY_HAND, editable=False)
    comment = models.CharField(_("comment"), max_length=400, blank=True)
    review = models.CharField(
        _("looked at"), max_length=8, choices=Review.choices, blank=True, default="", db_default="", editable=False
    )
    challenge = models.CharField(
        _("challenge"), max_length=8, choices=Challenge.choices, blank=True, default="", db_default="", editable=False
    )
    counter = models.DecimalField(
        _("counter-figure"), max_digits=18, decimal_places=2, null=True, blank=True, validators=[NOT_NEGATIVE], editable=False
    )
    challenge_reason = models.CharField(
        _("reason of the challenge"), max_length=400, blank=True, default="", db_default="", editable=False
    )
    challenge_answer = models.CharField(
        _("answer to the challenge"), max_length=400, blank=True, default="", db_default="", editable=False
    )
    proposal = models.CharField(
        _("proposal"), max_length=8, choices=Proposal.choices, blank=True, default="", db_default="", editable=False
    )
    proposed = models.DecimalField(
        _("proposed revenue"), max_digits=18, decimal_places=2, null=True, blank=True, validators=[NOT_NEGATIVE], editable=False
    )
    proposed_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("proposed by"), related_name="+", editable=False
    )
    proposed_at = models.DateTimeField(_("proposed on"), null=True, blank=True, editable=False)
    proposal_reason = models.CharField(
        _("reason of the proposal"), max_length=400, blank=True, default="", db_default="", editable=False
    )
    proposal_answer = models.CharField(
        _("answer to the proposal"), max_length=400, blank=True, default="", db_default="", editable=False
    )
    settled = models.DecimalField(
        _("revenue that was settled"), max_digits=18, decimal_places=2, null=True, blank=True, editable=False
    )
    quantity = models.DecimalField(_("quantity of the year"), max_digits=18, decimal_places=3, default=Decimal(0), editable=False)
    revenue = models.DecimalField(_("revenue of the year"), max_digits=18, decimal_places=2, default=Decimal(0), editable=False)
    standard_cost = models.ForeignKey(
        StandardCost,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("cost version"),
        related_name="+",
        editable=False,
    )
    unit_cost = models.DecimalField(_("cost of one unit"), max_digits=20, decimal_places=8, null=True, blank=True, editable=False)
    cost_share = models.DecimalField(
        _("cost as a share of the revenue"), max_digits=12, decimal_places=8, null=True, blank=True, editable=False
    )
    cost = models.DecimalField(_("cost of the year"), max_digits=18, decimal_places=2, null=True, blank=True, editable=False)

    objects = BudgetLineQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("budget line")
        verbose_name_plural = _("budget lines")
        ordering = ["budget", "pk"]
        triggers = [version_trigger("quantity", "revenue", *COSTS)]
        indexes = [
            models.Index(fields=["budget", "-revenue", "id"], name="budgets_line_by_revenue"),
            models.Index(fields=["plant", "budget"], name="budgets_line_by_plant"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "budget", "plant", "customer", "market", "product", "family", "producing_location", "currency", "unit",
                    "chance",
                ],
                nulls_distinct=False,
                name="budgets_line_once",
            ),
            models.CheckConstraint(
                condition=Q(plant__isnull=False, customer__isnull=True, market__isnull=True)
                | Q(plant__isnull=True, customer__isnull=False, market__isnull=True)
                | Q(plant__isnull=True, customer__isnull=True, market__isnull=False),
                name="budgets_line_one_buyer",
            ),
            models.CheckConstraint(condition=Q(product__isnull=True) ^ Q(family__isnull=True), name="budgets_line_one_article"),
            models.CheckConstraint(
                condition=Q(challenge="", counter__isnull=True, challenge_reason="", challenge_answer="")
                | ~Q(challenge="") & Q(counter__gte=0) & ~Q(challenge_reason=""),
                name="budgets_line_challenge_says_why",
            ),
            models.CheckConstraint(
                condition=~Q(challenge="kept") | ~Q(challenge_answer=""), name="budgets_line_kept_says_why"
            ),
            models.CheckConstraint(
                condition=Q(proposal="", proposed__isnull=True, proposed_by__isnull=True, proposed_at__isnull=True, settled__isnull=True)
                | ~Q(proposal="")
                & Q(proposed__gte=0, proposed_by__isnull=False, proposed_at__isnull=False)
                & ~Q(proposal_reason=""),
                name="budgets_line_proposal_says_why",
            ),
            models.CheckConstraint(
                condition=Q(proposal__in=["agreed", "decided"], settled__isnull=False)
                | ~Q(proposal__in=["agreed", "decided"]) & Q(settled__isnull=True),
                name="budgets_line_settled",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.buyer} · {self.article}"

    @property
    def unit_words(self) -> str:
        """Its unit beside a number."""
        return unit_words(self.unit)

    def get_absolute_url(self) -> str:
        """The line's page."""
        return f"/budgets/lines/{self.pk}/"

    @property
    def class_now(self) -> "BudgetLine.Chance":
        """Its class; what was to be won and whose offer was accepted since (rows of `for_list` know it) is awarded."""
        return self.Chance.AWARDED if getattr(self, "offer_accepted", False) else self.Chance(self.chance)

    @property
    def awarded(self) -> bool:
        """Whether it is awarded now."""
        return self.class_now == self.Chance.AWARDED

    @property
    def margin(self) -> Decimal | None:
        """Revenue less cost; None while the cost is not known."""
        return None if self.cost is None else self.revenue - self.cost

    @property
    def proposed_difference(self) -> Decimal | None:
        """By how much the counterpart's figure is above that of the owner."""
        return None if self.proposed is None else self.proposed - self.revenue

    @property
    def buyer(self) -> str:
        """To whom it is sold, in words."""
        if self.plant is not None:
            return f"{self.plant.name} · {self.plant.customer.name}"
        rest = self.customer or self.market
        return gettext("Rest of %(of)s") % {"of": rest}

    @property
    def article(self) -> str:
        """What is sold, in words."""
        return str(self.product or self.family)


#: What the contributor answers to a returned row.
ANSWERS = (BudgetLine.Challenge.TAKEN, BudgetLine.Challenge.KEPT)
#: What the owner of a shared row answers to its counterpart.
ROW_ANSWERS = (BudgetLine.Proposal.AGREED, BudgetLine.Proposal.OPEN)
#: Between which figures of a shared row the sales manager decides.
ROW_FIGURES = (("own", _("The owner's figure")), ("proposed", _("The proposed figure")))


class BudgetCellQuerySet(BudgetOwnedQuerySet):
    """The cells of lines; seen with their line."""

    budget_path = "line__budget"
    line_path = "line"


@tracked()
class BudgetCell(models.Model):
    """One month of a line: quantity, net price and revenue in the line's currency; `version` is what concurrent edits compare.

    A quantity without a price, or the other way round, is never kept: revenue alone is, where a line is planned in money only.
    There are millions of them, so that other systems are told of lines, not of cells.
    """

    line = models.ForeignKey(BudgetLine, on_delete=models.CASCADE, verbose_name=_("budget line"), related_name="cells")
    month = models.PositiveSmallIntegerField(_("month of the year"), validators=[MinValueValidator(1)])
    quantity = models.DecimalField(_("quantity"), max_digits=18, decimal_places=3, null=True, blank=True)
    price = models.DecimalField(_("net price"), max_digits=14, decimal_places=5, null=True, blank=True)
    revenue = models.DecimalField(_("revenue"), max_digits=18, decimal_places=2)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    updated_at = models.DateTimeField(_("last change"), db_default=Now(), editable=False)

    objects = BudgetCellQuerySet.as_manager()

    class Meta:
        verbose_name = _("budget cell")
        verbose_name_plural = _("budget cells")
        ordering = ["line", "month"]
        triggers = [version_trigger()]
        constraints = [
            models.UniqueConstraint(fields=["line", "month"], include=["quantity", "revenue"], name="budgets_cell_once"),
            models.CheckConstraint(condition=Q(month__gte=1, month__lte=12), name="budgets_cell_month"),
            models.CheckConstraint(
                condition=Q(quantity__isnull=True, price__isnull=True)
                | Q(quantity__isnull=False, price__isnull=False, quantity__gte=0, price__gte=0),
                name="budgets_cell_quantity_has_price",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line_id} · {self.month}"
