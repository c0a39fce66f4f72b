"""Negotiations: what a customer or prospect may buy, how far it is, how likely, worth how much a year; who reads and writes them (domain 10.1)."""

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from typing import Any, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, CustomerGroup, Location, Plant, Role, access_of
from kam.core import clock
from kam.core.history import tracked
from kam.core.money import validate_currency
from kam.core.parameters import define, parameter
from kam.core.plain import search_index, search_text
from kam.core.records import Record, version_trigger
from kam.core.scoping import ScopedQuerySet
from kam.core.workflow import Transition, Workflow

#: Who reads negotiations: those who sell, and those who oversee it; no department does (domain 11.3).
NEGOTIATION_READERS = frozenset(
    {Role.ACCOUNT_MANAGER, Role.AREA_MANAGER, Role.SALES_MANAGER, Role.BACK_OFFICE, Role.MANAGEMENT, Role.AUDITOR}
)
STALE = define(
    "orders.negotiation_stale_days",
    default=30,
    unit="cd",
    label=_("Days without work on an open negotiation after which it is stale"),
)


def reads_negotiations(user: Any) -> bool:
    """Whether this person reads negotiations at all."""
    return bool(access_of(user).roles & NEGOTIATION_READERS)


class Stage(models.TextChoices):
    """How far a negotiation is."""

    LEAD = "lead", _("Lead")
    QUALIFIED = "qualified", _("Qualified")
    RFQ = "rfq_received", _("Enquiry received")
    COSTING = "in_costing", _("In costing")
    OFFER = "offer_sent", _("Offer sent")
    NEGOTIATION = "negotiation", _("In negotiation")
    WON = "won", _("Won")
    LOST = "lost", _("Lost")
    NO_DECISION = "no_decision", _("No decision")
    WITHDRAWN = "withdrawn", _("Withdrawn")


OPEN = (Stage.LEAD, Stage.QUALIFIED, Stage.RFQ, Stage.COSTING, Stage.OFFER, Stage.NEGOTIATION)
DECIDED = (Stage.WON, Stage.LOST, Stage.NO_DECISION, Stage.WITHDRAWN)

#: What a stage may ask for before it is reached, in the words of the reader.
EVIDENCE = {
    "value": _("its value by year"),
    "products": _("a product or family"),
    "decision_date": _("the day of the customer's decision"),
    "competitors": _("the competitors"),
    "document": _("a document, such as the customer's enquiry"),
    "statement": _("what shows it, in words"),
}
LIKELY = {Stage.LEAD: 10, Stage.QUALIFIED: 20, Stage.RFQ: 30, Stage.COSTING: 40, Stage.OFFER: 50, Stage.NEGOTIATION: 75}
ASKED: dict[Stage, list[str]] = {
    Stage.LEAD: [],
    Stage.QUALIFIED: ["value", "decision_date"],
    Stage.RFQ: ["document"],
    Stage.COSTING: ["products"],
    Stage.OFFER: ["statement"],
    Stage.NEGOTIATION: ["statement"],
    Stage.WON: ["statement"],
}
PROBABILITY = {
    Stage.LEAD: define("orders.probability_lead", default=LIKELY[Stage.LEAD], unit="%", label=_("Probability of a lead")),
    Stage.QUALIFIED: define(
        "orders.probability_qualified", default=LIKELY[Stage.QUALIFIED], unit="%", label=_("Probability of a qualified lead")
    ),
    Stage.RFQ: define(
        "orders.probability_rfq_received",
        default=LIKELY[Stage.RFQ],
        unit="%",
        label=_("Probability once the enquiry is received"),
    ),
    Stage.COSTING: define(
        "orders.probability_in_costing", default=LIKELY[Stage.COSTING], unit="%", label=_("Probability while it is costed")
    ),
    Stage.OFFER: define(
        "orders.probability_offer_sent", default=LIKELY[Stage.OFFER], unit="%", label=_("Probability once the offer is sent")
    ),
    Stage.NEGOTIATION: define(
        "orders.probability_negotiation", default=LIKELY[Stage.NEGOTIATION], unit="%", label=_("Probability in negotiation")
    ),
}
EVIDENCE_LABELS = {
    Stage.QUALIFIED: _("Evidence for a qualified lead"),
    Stage.RFQ: _("Evidence for a received enquiry"),
    Stage.COSTING: _("Evidence for a negotiation in costing"),
    Stage.OFFER: _("Evidence for a sent offer"),
    Stage.NEGOTIATION: _("Evidence for a negotiation in negotiation"),
    Stage.WON: _("Evidence for a won negotiation"),
}
EVIDENCE_OF = {
    stage: define(f"orders.evidence_{stage.value}", default=ASKED[stage], label=label, words=EVIDENCE)
    for stage, label in EVIDENCE_LABELS.items()
}


def scopes_of(location: Location | None) -> list[str]:
    """The scopes whose parameters hold for a negotiation at one of our locations."""
    return [f"location:{location.pk}"] if location is not None else []


def probability_at(stage: str, location: Location | None = None) -> int:
    """How likely it is, in per cent, to win what is at a stage."""
    if stage in PROBABILITY:
        return max(0, min(100, int(parameter(PROBABILITY[Stage(stage)].key, scopes_of(location)))))
    return 100 if stage == Stage.WON else 0


def evidence_for(stage: str, location: Location | None = None) -> list[str]:
    """What is asked for before a stage is reached, as keys of EVIDENCE."""
    if stage not in EVIDENCE_OF:
        return []
    asked: Iterable[str] = parameter(EVIDENCE_OF[Stage(stage)].key, scopes_of(location))
    return [one for one in asked if one in EVIDENCE]


class NegotiationQuerySet(ScopedQuerySet):
    """Negotiations: read by whoever leads the account, at the location that sells, and by its owner and named team."""

    def visible_to(self, user: Any) -> Self:
        scope = access_of(user).scope_of(NEGOTIATION_READERS)
        if scope.everything:
            return self
        return self.filter(led_by(scope) | _sold(scope) | named(user))

    def permitted(self, user: Any, verb: str) -> Self:
        """The account manager's own accounts; at one of our locations what it sells to a plant or company that it serves (domain 10.5)."""
        scope = access_of(user).scope(verb)
        if scope.everything:
            return self
        there = scope.served.plants.has("plant") | scope.served.companies.has("customer")
        return self.filter(led_by(scope) | there & Q(selling_location__in=scope.location_ids))

    def for_list(self) -> Self:
        return self.select_related(
            "group", "customer", "plant__customer", "selling_location", "producing_location", "owner", "next_step_by"
        ).annotate(stale_days=models.Value(parameter(STALE.key)))

    def open(self) -> Self:
        """Those that nobody has decided yet."""
        return self.filter(stage__in=OPEN)

    def stale(self) -> Self:
        """Open ones on which nobody has worked for long."""
        return self.open().filter(touched_at__lt=clock.now() - timedelta(days=parameter(STALE.key)))

    def with_weight(self) -> Self:
        """With `weighted_amount`: the value of a year times its probability (K-S4)."""
        return self.annotate(
            weighted_amount=models.ExpressionWrapper(
                F("base_annual_value") * F("probability") / Decimal(100),
                output_field=models.DecimalField(max_digits=20, decimal_places=2),
            )
        )

    def about(self, record: Any) -> Self:
        """Those with a group, its companies and plants; with a company and its plants; with a plant."""
        match record:
            case CustomerGroup():
                return self.filter(Q(group=record) | Q(customer__group=record) | Q(plant__customer__group=record))
            case Customer():
                return self.filter(Q(customer=record) | Q(plant__customer=record))
        return self.filter(plant=record)


def may_negotiate(one: Any, user: Any, verb: str) -> bool:
    """Whether a person may do this verb on a negotiation that is not written yet: the same rule as `permitted`."""
    scope = access_of(user).scope(verb)
    if scope.everything:
        return True
    if one.group_id:
        return one.group_id in scope.group_ids
    at_home = one.selling_location_id in scope.location_ids
    if one.customer_id:
        company = Customer.objects.filter(pk=one.customer_id)
        return bool(company.within(scope.led.companies).exists() or (at_home and company.within(scope.served.companies).exists()))
    plant = Plant.objects.filter(pk=one.plant_id)
    return bool(plant.within(scope.led.plants).exists() or (at_home and plant.within(scope.served.plants).exists()))


def led_by(scope: Any) -> Any:
    """The condition that a negotiation is with an account that a scope leads."""
    led = scope.led
    return led.plants.has("plant") | led.companies.has("customer") | Q(group__in=scope.group_ids)


def _sold(scope: Any) -> Any:
    """What one of a scope's locations sells, and what concerns a plant that it serves and has no location yet."""
    groups = Customer.objects.within(scope.served.companies).filter(group__isnull=False).values("group")
    there = scope.served.plants.has("plant") | scope.served.companies.has("customer") | Q(group__in=groups)
    undecided = scope.served.plants.has("plant") & Q(selling_location__isnull=True)
    return there & Q(selling_location__in=scope.location_ids) | undecided


def named(user: Any, path: str = "") -> Q:
    """The condition that a person is named: as the owner or in the team, while they hold a role at all."""
    if not access_of(user).grants:
        return Q(pk__in=[])
    joined = Negotiation.team.through.objects.filter(user=user).values("negotiation")
    key = f"{path}__in" if path else "pk__in"
    owner = f"{path}__owner" if path else "owner"
    return Q(**{owner: user.pk}) | Q(**{key: joined})


@tracked(exclude=("search_text", "touched_at"))
class Negotiation(Record):
    """A chance to sell to a group, a company or a plant, prospects included: what, where, how far, how likely, worth how much."""

    class LossReason(models.TextChoices):
        PRICE = "price", _("Price")
        DELIVERY = "delivery", _("Delivery time")
        TECHNICAL = "technical", _("Technical reasons")
        QUALITY = "quality", _("Quality")
        TERMS = "terms", _("Terms")
        RELATION = "relation", _("Relation with the customer")
        OTHER = "other", _("Other reasons")

    STATUS_TONES = {
        "lead": "draft",
        "qualified": "draft",
        "rfq_received": "wait",
        "in_costing": "wait",
        "offer_sent": "wait",
        "negotiation": "accent",
        "won": "ok",
        "lost": "no",
        "no_decision": "closed",
        "withdrawn": "closed",
    }

    number = models.CharField(_("number"), max_length=24, editable=False, unique=True)
    subject = models.CharField(_("subject"), max_length=160)
    group = models.ForeignKey(
        CustomerGroup, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("group"), related_name="negotiations"
    )
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("customer"), related_name="negotiations"
    )
    plant = models.ForeignKey(
        Plant, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("plant"), related_name="negotiations"
    )
    selling_location = models.ForeignKey(
        Location, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("selling location"), related_name="+"
    )
    producing_location = models.ForeignKey(
        Location, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("producing location"), related_name="+"
    )
    stage = models.CharField(_("stage"), max_length=12, choices=Stage.choices, default=Stage.LEAD, editable=False)
    stage_since = models.DateTimeField(_("at this stage since"), editable=False)
    evidence = models.CharField(_("evidence of the stage"), max_length=400, blank=True, editable=False)
    probability = models.PositiveSmallIntegerField(
        _("probability (%)"), validators=[MinValueValidator(0), MaxValueValidator(100)], default=0
    )
    probability_reason = models.CharField(_("why another probability than the stage's"), max_length=200, blank=True)
    currency = models.CharField(_("currency"), max_length=3, validators=[validate_currency])
    start_of_production = models.DateField(_("start of production"), null=True, blank=True)
    end_of_production = models.DateField(_("end of production"), null=True, blank=True)
    years = ArrayField(models.PositiveSmallIntegerField(), verbose_name=_("years"), default=list, blank=True, editable=False)
    year_values = ArrayField(
        models.DecimalField(max_digits=18, decimal_places=2),
        verbose_name=_("value by year"),
        default=list,
        blank=True,
        editable=False,
    )
    annual_value = models.DecimalField(_("annual value"), max_digits=18, decimal_places=2, default=0, editable=False)
    lifetime_value = models.DecimalField(_("lifetime value"), max_digits=18, decimal_places=2, default=0, editable=False)
    rate = models.DecimalField(_("rate to the company's currency"), max_digits=18, decimal_places=8, default=1, editable=False)
    rate_on = models.DateField(_("rate of"), editable=False)
    base_annual_value = models.DecimalField(
        _("annual value in the company's currency"), max_digits=18, decimal_places=2, default=0, editable=False
    )
    decision_on = models.DateField(_("decision of the customer"), null=True, blank=True)
    decision_criteria = models.CharField(_("decision criteria"), max_length=300, blank=True)
    competitors = models.CharField(_("competitors"), max_length=300, blank=True)
    incumbent = models.CharField(_("present supplier"), max_length=120, blank=True)
    next_step = models.CharField(_("next step"), max_length=200, blank=True)
    next_step_on = models.DateField(_("next step by"), null=True, blank=True)
    next_step_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("next step of"),
        related_name="+",
    )
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, verbose_name=_("owner"), related_name="+")
    team = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, verbose_name=_("team"), related_name="+")
    notes = models.TextField(_("notes"), blank=True, max_length=4000)
    decided_on = models.DateField(_("decided on"), null=True, editable=False)
    loss_reason = models.CharField(_("reason of the loss"), max_length=10, choices=LossReason.choices, blank=True, editable=False)
    lost_to = models.CharField(_("lost to"), max_length=120, blank=True, editable=False)
    lost_price = models.DecimalField(_("competitor's price"), max_digits=14, decimal_places=5, null=True, editable=False)
    outcome = models.CharField(_("how it ended"), max_length=400, blank=True, editable=False)
    touched_at = models.DateTimeField(_("last worked on"), editable=False)
    search_text = search_text("number", "subject")

    objects = NegotiationQuerySet.as_manager()
    workflow = Workflow(
        Transition("orders.win_negotiation", OPEN, Stage.WON),
        Transition("orders.lose_negotiation", OPEN, Stage.LOST),
        Transition("orders.leave_negotiation", OPEN, Stage.NO_DECISION),
        Transition("orders.withdraw_negotiation", OPEN, Stage.WITHDRAWN),
        Transition("orders.reopen_negotiation", DECIDED, Stage.NEGOTIATION),
        field="stage",
    )

    class Meta(Record.Meta):
        abstract = False
        # That somebody worked on its dossier is no change of the negotiation.
        triggers = [version_trigger("touched_at")]
        verbose_name = _("negotiation")
        verbose_name_plural = _("negotiations")
        ordering = ["decision_on", "pk"]
        indexes = [
            search_index("orders_negotiation_search"),
            models.Index(fields=["decision_on", "id"], name="orders_negotiation_by_day"),
            models.Index(fields=["stage", "decision_on", "id"], name="orders_negotiation_by_stage"),
            models.Index(fields=["owner", "stage"], name="orders_negotiation_by_owner"),
            models.Index(fields=["decided_on", "id"], name="orders_negotiation_by_end"),
            models.Index(fields=["updated_at", "id"], name="orders_negotiation_by_change"),
        ]
        constraints = [
            models.CheckConstraint(
                name="orders_negotiation_with_one",
                condition=Q(group__isnull=False, customer__isnull=True, plant__isnull=True)
                | Q(group__isnull=True, customer__isnull=False, plant__isnull=True)
                | Q(group__isnull=True, customer__isnull=True, plant__isnull=False),
            ),
            models.CheckConstraint(
                name="orders_negotiation_decided_when",
                condition=Q(stage__in=[stage.value for stage in DECIDED]) ^ Q(decided_on__isnull=True),
            ),
            models.CheckConstraint(
                name="orders_negotiation_lost_says_why",
                condition=~Q(stage="lost") | ~Q(loss_reason="") & ~Q(lost_to="") & Q(lost_price__gt=0),
            ),
            models.CheckConstraint(name="orders_negotiation_probability", condition=Q(probability__lte=100)),
            models.CheckConstraint(name="orders_negotiation_value", condition=Q(annual_value__gte=0, lifetime_value__gte=0)),
            models.CheckConstraint(
                name="orders_negotiation_step_whole",
                condition=Q(next_step="", next_step_on__isnull=True, next_step_by__isnull=True)
                | ~Q(next_step="") & Q(next_step_on__isnull=False, next_step_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} · {self.subject}"

    def get_absolute_url(self) -> str:
        """The negotiation's page."""
        return f"/negotiations/{self.pk}/"

    @property
    def holder(self) -> Any:
        """With whom: the plant, the company or the group."""
        return self.plant or self.customer or self.group

    @property
    def company(self) -> Any:
        """The company with which it is led; none where it is a whole group."""
        return self.customer or (self.plant.customer if self.plant else None)

    def is_with(self, plant: Plant) -> bool:
        """Whether it is led with the customer of a plant, or with the whole group of that one."""
        company = self.company
        return bool(company.pk == plant.customer_id if company else self.group_id == plant.customer.group_id)

    @property
    def is_open(self) -> bool:
        """Whether nobody has decided yet."""
        return self.stage in OPEN

    @property
    def stale(self) -> bool:
        """Whether it is open and nobody has worked on it for long."""
        days = getattr(self, "stale_days", None)
        days = parameter(STALE.key) if days is None else days
        return self.is_open and self.touched_at < clock.now() - timedelta(days=days)

    @property
    def weighted_value(self) -> Decimal:
        """Its annual value times its probability, in the company's currency."""
        return (self.base_annual_value * self.probability / 100).quantize(Decimal("0.01"))

    @property
    def by_year(self) -> list[tuple[int, Decimal]]:
        """Its value year by year, in its own currency."""
        return list(zip(self.years, self.year_values, strict=True))


@tracked(beside="negotiation")
class NegotiationMember(Negotiation.team.through):  # type: ignore[name-defined,misc]
    """Somebody named in the team of a negotiation, so that its time line tells who was named and who is not any more."""

    class Meta:
        proxy = True
        verbose_name = _("team")
