"""Deviations: where the year departs from its plan, why, and what comes of it (domain 9); causes stand with them."""

from decimal import Decimal
from typing import Any, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, CustomerGroup, Location, Market, Plant, Role, User, access_of
from budgets.models.scopes import BUDGET_READERS, people_of, whole_margins_of
from budgets.models.standings import Measure, NodeKind, State
from budgets.models.years import year_name
from catalog.models import Product, ProductFamily, unit_words
from kam.core import formats
from kam.core.history import tracked
from kam.core.parameters import define, parameter
from kam.core.records import Record
from kam.core.scoping import ScopedQuerySet
from kam.core.workflow import Denied, Transition, Workflow

EXPLAINED = define(
    "budgets.explained_percent", default=Decimal(80), unit="%", label=_("Share of a deviation that its causes must explain")
)
#: Kinds that are all of one of our locations: a role there reads them.
OF_A_LOCATION = (NodeKind.PLANT, NodeKind.LOCATION)


def enough_explained(deviation: Any) -> Denied | None:
    """The causes explain most of the gap, and somebody has an action to carry out (domain 9)."""
    explained = sum((cause.amount for cause in deviation.causes.all()), Decimal(0))
    share, needed = deviation.share_of(explained), parameter(EXPLAINED.key)
    if share < needed:
        return Denied(
            "not_explained",
            _("The causes explain %(share)s of the deviation; %(needed)s are needed.")
            % {"share": formats.percent(share), "needed": formats.percent(needed, 0)},
            field="causes",
        )
    if not deviation.actions.filter(status="open").exists():
        return Denied(
            "no_action", _("Add a corrective action with an owner, a due date and its expected effect."), field="actions"
        )
    return None


def _all_done(deviation: Any) -> Denied | None:
    if deviation.actions.filter(status="open").exists():
        return Denied("actions_open", _("Some corrective actions are still open."))
    if not deviation.actions.filter(status="done").exists():
        return Denied("no_action", _("No corrective action was carried out."))
    return None


class AroundDeviations(ScopedQuerySet):
    """Rows that follow the row rule of deviations; `path` leads to the deviation from the row (empty: the row itself).

    A person reads what is theirs, who leads an account what is of the account, a role at one of our locations what is of the
    location alone, who oversees all everything. A total over several locations or people is read by none of them, a margin by whoever
    leads the account only.
    """

    path = ""

    def _on(self, condition: dict[str, Any]) -> Q:
        return Q(**{f"{self.path}__{name}" if self.path else name: value for name, value in condition.items()})

    def _within(self, user: Any, scope: Any) -> Q:
        led = self._led(scope)
        found = self._on({"person__in": people_of(user)}) | led
        found |= self._on({"kind__in": OF_A_LOCATION, "location__in": scope.location_ids})
        # A margin is the group's: who leads an account reads it, a location does not (domain 11.3).
        of_margin = self._on({"measure": Measure.MARGIN})
        return found & ~of_margin | of_margin & (self._on({"person__in": whole_margins_of(user)}) | led)

    def _led(self, scope: Any) -> Q:
        """What belongs to the accounts that are led by a scope."""
        found = Q(pk__in=[])
        if scope.group_ids:
            found |= self._on({"kind": NodeKind.GROUP, "group__in": scope.group_ids})
            found |= self._on({"kind": NodeKind.CUSTOMER, "customer__group__in": scope.group_ids})
            found |= self._on({"kind": NodeKind.PLANT, "plant__customer__group__in": scope.group_ids})
        if scope.company_ids:
            found |= self._on({"kind": NodeKind.CUSTOMER, "customer__in": scope.company_ids})
            found |= self._on({"kind": NodeKind.PLANT, "plant__customer__in": scope.company_ids})
        return found

    def visible_to(self, user: Any) -> Self:
        scope = access_of(user).scope_of(BUDGET_READERS)
        return self if scope.everything else self.filter(self._within(user, scope))

    def permitted(self, user: Any, verb: str) -> Self:
        """Inside the scope of a role that carries the verb; of a person's own rows their own roles decide."""
        scope = access_of(user).scope(verb)
        if scope.everything:
            return self
        if not user.may(verb):
            return self.none()
        # At a plant of somebody else's account a location reads and does not act: the analysis is the owner's (domain 9).
        here = self._on({"kind": NodeKind.LOCATION, "location__in": scope.location_ids})
        acting = self._on({"person__in": people_of(user)}) | here | self._led(scope)
        return self.filter(self._within(user, scope) & acting)


class DeviationQuerySet(AroundDeviations):
    """Deviations."""

    def for_list(self) -> Self:
        return self.select_related(
            "person", "location", "group", "customer", "plant", "family", "product", "market", "responsible"
        )

    def cases(self) -> Self:
        """Those that are looked into; the others point to one of these."""
        return self.filter(explained_by__isnull=True)

    def running(self) -> Self:
        """Those that have not come to an end."""
        return self.exclude(status__in=Deviation.ENDED)


def _key(model: Any, label: Any) -> Any:
    return models.ForeignKey(model, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=label)


@tracked(exclude=("updated_at",))
class Deviation(Record):
    """A node that is far below its plan, as it was found, as it stands, and how far its correction is.

    `planned` and `actual` are of the months over by now, `found_…` as of the sweep that opened it. One with `explained_by` only
    points to the case that explains it. The six effects are the bridge from plan to actuals as of the analysis.
    """

    class Status(models.TextChoices):
        DETECTED = "detected", _("Detected")
        ANALYSING = "analysing", _("In analysis")
        PLANNED = "action_planned", _("Action planned")
        RUNNING = "in_progress", _("Action in progress")
        DONE = "done", _("Action done")
        EFFECTIVE = "effective", _("Effective")
        NOT_EFFECTIVE = "not_effective", _("Not effective")
        CLOSED = "closed", _("Closed")
        ACCEPTED = "accepted_no_action", _("Accepted without action")
        REVISED = "to_budget_revision", _("To budget revision")

    ENDED = (Status.CLOSED, Status.ACCEPTED, Status.REVISED)
    EFFECTS = ("volume", "mix", "price", "exchange", "new", "ceased")

    first_month = models.DateField(_("first month of the year"))
    kind = models.CharField(_("node"), max_length=8, choices=NodeKind.choices)
    key = models.BigIntegerField(_("record"))
    measure = models.CharField(_("measure"), max_length=8, choices=Measure.choices)
    unit = models.CharField(_("unit"), max_length=8, blank=True)
    person = _key(User, _("person"))
    location = _key(Location, _("location"))
    group = _key(CustomerGroup, _("customer group"))
    customer = _key(Customer, _("customer"))
    plant = _key(Plant, _("customer plant"))
    family = _key(ProductFamily, _("product family"))
    product = _key(Product, _("product"))
    market = _key(Market, _("market"))
    responsible = _key(User, _("responsible"))
    status = models.CharField(_("status"), max_length=18, choices=Status.choices, default=Status.DETECTED)
    state = models.CharField(_("now"), max_length=5, choices=State.choices, default=State.RED)
    explained_by = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="explains", verbose_name=_("explained by")
    )
    months = models.PositiveSmallIntegerField(_("months over"))
    planned = models.DecimalField(_("target to date"), max_digits=20, decimal_places=3)
    actual = models.DecimalField(_("actual to date"), max_digits=20, decimal_places=3)
    worth = models.DecimalField(_("worth of the target"), max_digits=20, decimal_places=2)
    found_months = models.PositiveSmallIntegerField(_("months over when found"))
    found_planned = models.DecimalField(_("target when found"), max_digits=20, decimal_places=3)
    found_actual = models.DecimalField(_("actual when found"), max_digits=20, decimal_places=3)
    gap = models.GeneratedField(
        expression=F("actual") - F("planned"),
        output_field=models.DecimalField(_("gap"), max_digits=20, decimal_places=3),
        db_persist=True,
    )
    volume = models.DecimalField(_("volume"), max_digits=18, decimal_places=2, null=True, editable=False)
    mix = models.DecimalField(_("mix"), max_digits=18, decimal_places=2, null=True, editable=False)
    price = models.DecimalField(_("price"), max_digits=18, decimal_places=2, null=True, editable=False)
    exchange = models.DecimalField(_("exchange"), max_digits=18, decimal_places=2, null=True, editable=False)
    new = models.DecimalField(_("new"), max_digits=18, decimal_places=2, null=True, editable=False)
    ceased = models.DecimalField(_("ceased"), max_digits=18, decimal_places=2, null=True, editable=False)
    expected_effect = models.DecimalField(_("expected effect"), max_digits=18, decimal_places=2, null=True, editable=False)
    measured_effect = models.DecimalField(_("measured effect"), max_digits=18, decimal_places=2, null=True, editable=False)
    comment = models.TextField(_("comment"), blank=True, max_length=4000)
    decision = models.CharField(_("decision"), max_length=400, blank=True)
    found_at = models.DateTimeField(_("found"))
    done_at = models.DateTimeField(_("actions done"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    objects = DeviationQuerySet.as_manager()
    workflow = Workflow(
        Transition("budgets.analyse_deviation", (Status.DETECTED,), Status.ANALYSING),
        Transition("budgets.explain_deviation", (Status.DETECTED, Status.ANALYSING, Status.NOT_EFFECTIVE), Status.ANALYSING),
        Transition("budgets.plan_deviation", (Status.ANALYSING, Status.NOT_EFFECTIVE), Status.PLANNED, enough_explained),
        Transition("budgets.start_deviation", (Status.PLANNED,), Status.RUNNING),
        Transition("budgets.finish_deviation", (Status.RUNNING,), Status.DONE, _all_done),
        Transition("budgets.judge_deviation", (Status.DONE,), Status.EFFECTIVE),
        Transition("budgets.close_deviation", (Status.EFFECTIVE,), Status.CLOSED),
        Transition(
            "budgets.accept_deviation",
            (Status.DETECTED, Status.ANALYSING, Status.PLANNED, Status.RUNNING, Status.NOT_EFFECTIVE),
            Status.ACCEPTED,
        ),
        Transition(
            "budgets.revise_deviation",
            (Status.DETECTED, Status.ANALYSING, Status.PLANNED, Status.RUNNING, Status.NOT_EFFECTIVE),
            Status.REVISED,
        ),
    )
    STATUS_TONES = {
        "detected": ("no", "circle-alert"),
        "analysing": "wait",
        "action_planned": "wait",
        "in_progress": "wait",
        "done": "wait",
        "effective": "ok",
        "not_effective": "no",
        "closed": "closed",
        "accepted_no_action": "closed",
        "to_budget_revision": "closed",
        "green": ("ok", "check"),
        "amber": ("wait", "trending-down"),
        "red": ("no", "circle-alert"),
        "above": ("accent", "trending-up"),
    }

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("deviation")
        verbose_name_plural = _("deviations")
        ordering = ["gap", "pk"]
        indexes = [
            models.Index(fields=["person", "status"], name="budgets_deviation_by_person"),
            models.Index(fields=["location", "kind"], name="budgets_deviation_by_location"),
            models.Index(fields=["gap", "id"], name="budgets_deviation_by_gap"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["first_month", "kind", "key", "person", "location", "measure", "unit"],
                condition=~Q(status__in=["closed", "accepted_no_action", "to_budget_revision"]),
                nulls_distinct=False,
                name="budgets_deviation_one_running",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["closed", "accepted_no_action", "to_budget_revision"]) ^ Q(ended_at__isnull=True),
                name="budgets_deviation_ended_when",
            ),
            models.CheckConstraint(condition=~Q(explained_by=F("id")), name="budgets_deviation_not_by_itself"),
            models.CheckConstraint(
                condition=~Q(status__in=["accepted_no_action", "to_budget_revision"]) | ~Q(decision=""),
                name="budgets_deviation_decided_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.node} · {self.get_measure_display()} {self.year}"

    @property
    def unit_words(self) -> str:
        """Its unit beside a number."""
        return unit_words(self.unit)

    def get_absolute_url(self) -> str:
        """The deviation's page."""
        return f"/budgets/deviations/{self.pk}/"

    @property
    def year(self) -> str:
        """What the year is called."""
        return year_name(self.first_month)

    @property
    def node(self) -> str:
        """What the node is, in words: whose, and of what."""
        match self.kind:
            case NodeKind.PERSON:
                return str(self.person)
            case NodeKind.LOCATION:
                return str(self.location)
            case NodeKind.PLANT:
                return f"{self.plant} · {self.location}"
        whose = str(self.person) if self.person else gettext("Whole company")
        return f"{getattr(self, self.kind)} · {whose}"

    @property
    def analyst(self) -> Any:
        """Who looks into it: the responsible person, else the audience of the sales manager."""
        return self.responsible or f"role:{Role.SALES_MANAGER}"

    @property
    def percent(self) -> Decimal | None:
        """The gap in per cent of the plan, to two decimals."""
        return round(self.gap / self.planned * 100, 2) if self.planned else None

    @property
    def money_gap(self) -> Decimal:
        """The gap in the company's currency: of a quantity at the plan's average price."""
        return round(self.worth * self.gap / self.planned, 2) if self.planned else Decimal(0)

    @property
    def explained(self) -> Decimal:
        """What its causes add up to."""
        return sum((cause.amount for cause in self.causes.all()), Decimal(0))

    def share_of(self, amount: Decimal) -> Decimal:
        """An amount in per cent of the gap."""
        return amount / self.money_gap * 100 if self.money_gap else Decimal(100)

    @property
    def ended(self) -> bool:
        """Whether it has come to an end."""
        return self.status in self.ENDED


class AroundDeviationQuerySet(AroundDeviations):
    """Rows of a deviation; seen and written with it."""

    path = "deviation"


@tracked()
class DeviationCause(Record):
    """A cause of a deviation, with the money that it explains (below zero as the gap is)."""

    class Code(models.TextChoices):
        DEMAND = "demand", _("Customer's demand")
        LOST_SHARE = "lost_share", _("Lost share, competitor")
        PRICE = "price", _("Price")
        MIX = "mix", _("Mix")
        DELAY = "delay", _("Delay of a project")
        DELIVERY = "delivery", _("Our delivery")
        QUALITY = "quality", _("Quality, complaint")
        EXCHANGE = "exchange", _("Exchange rate")
        PHASE_OUT = "phase_out", _("Phase-out")
        CALENDAR = "calendar", _("Calendar")
        BUDGET_ERROR = "budget_error", _("Error in the budget")
        CREDIT_BLOCK = "credit_block", _("Credit block")
        OTHER = "other", _("Other")

    deviation = models.ForeignKey(Deviation, on_delete=models.CASCADE, related_name="causes", verbose_name=_("deviation"))
    code = models.CharField(_("cause"), max_length=12, choices=Code.choices)
    amount = models.DecimalField(_("amount"), max_digits=18, decimal_places=2)
    comment = models.CharField(_("comment"), max_length=400, blank=True)

    objects = AroundDeviationQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("cause")
        verbose_name_plural = _("causes")
        ordering = ["deviation", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["deviation", "code"], name="budgets_cause_once"),
        ]

    def __str__(self) -> str:
        return str(self.get_code_display())

    def get_absolute_url(self) -> str:
        """The page of its deviation."""
        return f"/budgets/deviations/{self.deviation_id}/"
