"""Price agreements: for whom, from when to when, on which terms; from the draft to what holds, and who reads and writes them.

What was agreed is never changed: a change is a new agreement, which ends what it replaces (domain 10.4).
"""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Self

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import BooleanField, ExpressionWrapper, Q, Value
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, CustomerGroup, Location, Plant, access_of
from accounts.models.access import COST_READERS
from catalog.models import Programme
from catalog.models.scopes import PRICE_READERS
from kam.core import clock
from kam.core.history import tracked
from kam.core.money import validate_currency
from kam.core.parameters import define, parameter
from kam.core.periods import Dated, DatedQuerySet
from kam.core.plain import search_index, search_text
from kam.core.records import Record
from kam.core.scoping import ScopedQuerySet
from kam.core.workflow import Denied, Transition, Workflow
from orders.models.approvable import TermsApprovable, decidable, finance_agreed, waiting_for_finance
from orders.models.consent_status import consent_field

WARN = define(
    "orders.agreement_warning_days",
    default=["90", "60", "30"],
    unit="cd",
    label=_("Days before the end of a price agreement on which its account manager is warned"),
)
#: The verb of an area manager who was asked about an agreement that holds at all of our locations.
OPINION = "orders.give_opinion"
#: The verbs of finance.
OF_TERMS = frozenset({"orders.agree_agreement_terms", "orders.refuse_agreement_terms"})
#: What of an agreement may change once it is no draft any more; the generated text is not known yet when a trigger looks.
MOVES = "{status,consent,level,triggers,finance_by_id,finance_at,period,ending,called_off,number,submitted_by_id,submitted_at,approved_by_id,approved_at,updated_at,version,search_text}"
KEPT = f"""
IF OLD.status <> 'draft' AND (to_jsonb(NEW) - '{MOVES}'::text[]) IS DISTINCT FROM (to_jsonb(OLD) - '{MOVES}'::text[]) THEN
    RAISE EXCEPTION 'an agreement that was handed in is never changed';
END IF;
RETURN NEW;
"""


class Rising(models.Func):
    """Whether each value of an array lies above the one before; an empty one rises."""

    function, arity = "kam_rising", 1
    output_field = models.BooleanField()


class AgreementScopedQuerySet(DatedQuerySet, ScopedQuerySet):
    """Agreements and their lines: read where prices are dealt with, by whom they concern.

    Whoever leads the account reads all of them; a role at one of our locations those that hold for its plants there, so that
    an order can be priced: of the plant, its company and its group, if they hold for this location or for all.
    """

    def visible_to(self, user: Any) -> Self:
        return self.concerning(access_of(user).scope_of(PRICE_READERS))

    def concerning(self, scope: Any) -> Self:
        """Those that concern what a scope leads, or serves at its locations."""
        if scope.everything:
            return self
        led, served = scope.led, scope.served
        at_home = Q(location__isnull=True) | Q(location__in=scope.location_ids)
        return self.filter(_concerning(led) | Q(group__in=scope.group_ids) | _concerning(served) & at_home)

    def permitted(self, user: Any, verb: str) -> Self:
        """The account manager's own accounts; of an area manager the plants served, at the own location only (domain 10.5, 11.1)."""
        scope = access_of(user).scope(verb)
        if scope.everything:
            return self
        return self.filter(_owned(scope) | scope.served.plants.has("plant") & Q(location__in=scope.location_ids))

    def costs_visible_to(self, user: Any) -> Self:
        """Those whose cost and margin a person reads: who leads the account, and who oversees everything."""
        scope = access_of(user).scope_of(COST_READERS & PRICE_READERS)
        return self if scope.everything else self.filter(_owned(scope))

    def with_cost_rights(self, user: Any) -> Self:
        """The same rows, each with whether this person reads its cost and margin (`reads_cost`)."""
        scope = access_of(user).scope_of(COST_READERS & PRICE_READERS)
        mark = Value(True) if scope.everything else ExpressionWrapper(_owned(scope), output_field=BooleanField())
        return self.annotate(reads_cost=mark)


def _owned(scope: Any) -> Any:
    """The condition that an agreement is with whom a scope leads."""
    return scope.led.plants.has("plant") | scope.led.companies.has("customer") | Q(group__in=scope.group_ids)


def _concerning(scope: Any) -> Any:
    """The condition that an agreement may price a sale to the plants of a scope."""
    groups = Customer.objects.within(scope.companies).filter(group__isnull=False).values("group")
    return scope.plants.has("plant") | scope.companies.has("customer") | Q(group__in=groups)


def may_agree(agreement: Any, user: Any, verb: str) -> bool:
    """Whether a person may do this verb on an agreement that is not written yet: the same rule as `permitted`."""
    scope = access_of(user).scope(verb)
    if scope.everything:
        return True
    if agreement.group_id:
        return agreement.group_id in scope.group_ids
    if agreement.customer_id:
        return bool(Customer.objects.within(scope.led.companies).filter(pk=agreement.customer_id).exists())
    plants = Plant.objects.filter(pk=agreement.plant_id)
    at_home = agreement.location_id in scope.location_ids and plants.within(scope.served.plants).exists()
    return bool(at_home or plants.within(scope.led.plants).exists())


class Standing(models.TextChoices):
    """Where an agreement stands today; it follows from its status, its days and how it ended (domain 10.4)."""

    DRAFT = "draft", _("Draft")
    IN_APPROVAL = "in_approval", _("In approval")
    FUTURE = "future", _("Begins later")
    ACTIVE = "active", _("In force")
    EXPIRING = "expiring", _("Expiring")
    EXPIRED = "expired", _("Expired")
    REPLACED = "replaced", _("Replaced")
    TERMINATED = "terminated", _("Terminated")


class PriceAgreementQuerySet(AgreementScopedQuerySet):
    """Price agreements."""

    def permitted(self, user: Any, verb: str) -> Self:
        """Who may change them; an opinion is for the location that was asked, and terms are for finance where they hold."""
        if verb in OF_TERMS:
            return self.concerning(access_of(user).scope(verb))
        if verb != OPINION:
            return super().permitted(user, verb)
        scope = access_of(user).scope(verb)
        asked = PriceAgreement.objects.filter(opinions__location__in=scope.location_ids)
        return self if scope.everything else self.filter(pk__in=asked.values("pk"))

    def for_list(self) -> Self:
        return self.select_related(
            "group",
            "customer",
            "plant__customer",
            "programme",
            "location",
            "replaces",
            "submitted_by",
            "approved_by",
            "finance_by",
        ).annotate(warning_days=models.Value(warning_days()))

    def in_standing(self, standing: str, today: date | None = None) -> Self:
        """Those that stand so today."""
        today = today or clock.today()
        if standing in {Standing.DRAFT, Standing.IN_APPROVAL}:
            return self.filter(status=standing)
        agreed = self.filter(status=PriceAgreement.Status.ACTIVE)
        over = Q(period__endswith__lte=today) | Q(called_off=True)
        if standing in {Standing.REPLACED, Standing.TERMINATED}:
            return agreed.filter(over, ending=standing)
        if standing == Standing.EXPIRED:
            return agreed.filter(over, ending="")
        holding = agreed.filter(called_off=False)
        if standing == Standing.FUTURE:
            return holding.filter(period__startswith__gt=today)
        near = today + timedelta(days=warning_days())
        holding = holding.on(today)
        if standing == Standing.EXPIRING:
            return holding.filter(period__endswith__lte=near)
        return holding.filter(Q(period__endswith__gt=near) | Q(period__endswith__isnull=True))


def warning_days() -> int:
    """How many days before its end an agreement counts as expiring."""
    return max((int(days) for days in parameter(WARN.key)), default=0)


def _has_lines(agreement: Any) -> Denied | None:
    """Only an agreement with a price can be handed in."""
    if agreement.lines.exists():
        return None
    return Denied("no_lines", _("Give at least one product or family with its price."))


def _holds(agreement: Any) -> Denied | None:
    """What is over already cannot be terminated or changed."""
    if agreement.called_off or (agreement.last_day is not None and agreement.last_day < clock.today()):
        return Denied("agreement_over", _("This agreement is over already. Make a new one."))
    return None


# What margins are behind an agreement is no part of a history that everybody reads who reads the agreement.
@tracked(exclude=("search_text", "triggers"))
class PriceAgreement(Record, Dated, TermsApprovable):
    """Prices agreed with a group, a company, a plant, or for a programme of a company, at one of our locations or at all."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        IN_APPROVAL = "in_approval", _("In approval")
        ACTIVE = "active", _("Agreed")

    class Ending(models.TextChoices):
        REPLACED = "replaced", _("Replaced")
        TERMINATED = "terminated", _("Terminated")

    class Rebate(models.TextChoices):
        """How the rate of a tier that was reached is taken; with the same figures the two differ widely (AT-36)."""

        RETROACTIVE = "retroactive", _("On the whole turnover")
        INCREMENTAL = "incremental", _("Tier by tier")

    class PricingDate(models.TextChoices):
        ORDER = "order", _("Date of the order")
        REQUESTED = "requested", _("Requested date")
        DELIVERY = "delivery", _("Delivery date")

    STATUS_TONES = {"active": "ok", "in_approval": "wait"}

    number = models.CharField(_("number"), max_length=24, blank=True, editable=False)
    group = models.ForeignKey(
        CustomerGroup, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("group"), related_name="price_agreements"
    )
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("customer"), related_name="price_agreements"
    )
    plant = models.ForeignKey(
        Plant, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("plant"), related_name="price_agreements"
    )
    programme = models.ForeignKey(
        Programme, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("programme"), related_name="price_agreements"
    )
    location = models.ForeignKey(
        Location,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("selling location"),
        help_text=_("Leave empty where the prices hold at all of our locations."),
        related_name="+",
    )
    currency = models.CharField(_("currency"), max_length=3, validators=[validate_currency])
    status = models.CharField(_("status"), max_length=11, choices=Status.choices, default=Status.DRAFT, editable=False)
    consent = consent_field()
    ending = models.CharField(_("how it ended"), max_length=10, choices=Ending.choices, blank=True, editable=False)
    called_off = models.BooleanField(_("called off before it began"), default=False, editable=False)
    replaces = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("replaces"),
        related_name="followers",
    )
    offer = models.ForeignKey(
        "orders.Offer",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("offer"),
        related_name="agreements",
    )
    pricing_date = models.CharField(_("pricing date"), max_length=9, choices=PricingDate.choices, default=PricingDate.ORDER)
    payment_terms = models.CharField(_("payment terms"), max_length=4, blank=True)
    incoterms = models.CharField(_("Incoterms"), max_length=3, blank=True)
    incoterms_place = models.CharField(_("Incoterms place"), max_length=70, blank=True)
    incoterms_version = models.CharField(
        _("Incoterms version"), max_length=4, blank=True, choices=[("2010", "2010"), ("2020", "2020")]
    )
    notice_days = models.PositiveSmallIntegerField(
        _("notice period (calendar days)"), null=True, blank=True, validators=[MaxValueValidator(3660)]
    )
    rebate = models.CharField(_("rebate"), max_length=11, choices=Rebate.choices, blank=True)
    rebate_from = ArrayField(models.DecimalField(max_digits=18, decimal_places=2), default=list, editable=False)
    rebate_rates = ArrayField(models.DecimalField(max_digits=5, decimal_places=2), default=list, editable=False)
    reference = models.CharField(_("customer's reference"), max_length=60, blank=True)
    reopening = models.TextField(
        _("reopening clauses"),
        blank=True,
        max_length=4000,
        default="",
        db_default="",
        help_text=_("When prices are negotiated anew before the end; in the customer's language, as it is printed."),
    )
    notes = models.TextField(_("notes"), blank=True, max_length=4000, help_text=_("For us alone: never printed."))
    search_text = search_text("number", "reference")

    objects = PriceAgreementQuerySet.as_manager()
    workflow = Workflow(
        Transition("orders.submit_agreement", (Status.DRAFT,), Status.IN_APPROVAL, _has_lines),
        Transition("orders.approve_agreement", (Status.IN_APPROVAL,), Status.ACTIVE, decidable),
        Transition("orders.agree_agreement_terms", (Status.IN_APPROVAL,), Status.IN_APPROVAL, waiting_for_finance),
        Transition("orders.refuse_agreement_terms", (Status.IN_APPROVAL,), Status.DRAFT, waiting_for_finance),
        Transition("orders.return_agreement", (Status.IN_APPROVAL,), Status.DRAFT),
        Transition("orders.send_agreement", (Status.ACTIVE,), Status.ACTIVE, _holds),
        Transition("orders.terminate_agreement", (Status.ACTIVE,), Status.ACTIVE, _holds),
    )

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("price agreement")
        verbose_name_plural = _("price agreements")
        ordering = ["-period", "-pk"]
        indexes = [
            search_index("orders_agreement_search"),
            models.Index(fields=["-period", "-id"], name="orders_agreement_by_day"),
            models.Index(fields=["status", "-period", "-id"], name="orders_agreement_by_status"),
            models.Index(fields=["number", "id"], name="orders_agreement_by_number"),
            models.Index(fields=["updated_at", "id"], name="orders_agreement_by_change"),
        ]
        triggers = [
            *Record.Meta.triggers,
            pgtrigger.Trigger(name="kept", operation=pgtrigger.Update, when=pgtrigger.Before, func=KEPT),
            pgtrigger.Protect(name="agreed_stays", operation=pgtrigger.Delete, condition=pgtrigger.Q(old__status="active")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["number"], condition=~Q(number=""), name="orders_agreement_number_once"),
            models.CheckConstraint(
                name="orders_agreement_for_one",
                condition=Q(group__isnull=False, customer__isnull=True, plant__isnull=True)
                | Q(group__isnull=True, customer__isnull=False, plant__isnull=True)
                | Q(group__isnull=True, customer__isnull=True, plant__isnull=False),
            ),
            models.CheckConstraint(
                name="orders_agreement_programme_of_company",
                condition=Q(programme__isnull=True) | Q(customer__isnull=False),
            ),
            models.CheckConstraint(name="orders_agreement_begins", condition=Q(period__startswith__isnull=False)),
            models.CheckConstraint(name="orders_agreement_called_off", condition=Q(called_off=False) | Q(ending="terminated")),
            models.CheckConstraint(
                name="orders_agreement_status_and_facts",
                condition=Q(status="draft", submitted_at__isnull=True, approved_at__isnull=True, ending="")
                | Q(status="in_approval", submitted_at__isnull=False, approved_at__isnull=True, ending="")
                | Q(status="active", submitted_at__isnull=False, approved_at__isnull=False, approved_by__isnull=False),
            ),
            finance_agreed("orders_agreement_finance"),
            models.CheckConstraint(name="orders_agreement_numbered", condition=Q(status="draft") | ~Q(number="")),
            models.CheckConstraint(
                name="orders_agreement_rebate",
                condition=Q(rebate="", rebate_from=[], rebate_rates=[])
                | ~Q(rebate="") & ~Q(rebate_from=[]) & Q(rebate_from__len=models.F("rebate_rates__len")),
            ),
            models.CheckConstraint(
                name="orders_agreement_tiers_rise", condition=Q(Rising("rebate_from")) & Q(Rising("rebate_rates"))
            ),
            models.CheckConstraint(
                name="orders_agreement_two_persons",
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=models.F("submitted_by")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number or _('Draft')} · {self.holder}"

    @property
    def tiers(self) -> list[tuple[Decimal, Decimal]]:
        """The rebate: above which turnover which rate in per cent, the lowest first."""
        return list(zip(self.rebate_from, self.rebate_rates, strict=True))

    def get_absolute_url(self) -> str:
        """The agreement's page."""
        return f"/price-agreements/{self.pk}/"

    @property
    def holder(self) -> Any:
        """With whom it was agreed: the programme, plant, company or group."""
        return self.programme or self.plant or self.customer or self.group

    @property
    def company(self) -> Customer | None:
        """The company that signs: of a group its first one."""
        if self.plant is not None:
            return self.plant.customer
        if self.customer is not None or self.group is None:
            return self.customer
        return self.group.customers.order_by("code", "pk").first()

    @property
    def standing(self) -> str:
        """Where it stands today."""
        if self.status != self.Status.ACTIVE:
            return self.status
        today = clock.today()
        if self.called_off or (self.period.upper is not None and self.period.upper <= today):
            return self.ending or Standing.EXPIRED
        if self.period.lower > today:
            return Standing.FUTURE
        days = getattr(self, "warning_days", None)
        days = warning_days() if days is None else days
        soon = self.period.upper is not None and self.period.upper <= today + timedelta(days=days)
        return Standing.EXPIRING if soon else Standing.ACTIVE

    def get_standing_display(self) -> str:
        """Where it stands, in words."""
        return str(Standing(self.standing).label)
