"""Rounds: the year's plan as it is asked for by the sales manager, first and in every revision (domain 8)."""

from decimal import Decimal
from typing import Any, Self

from babel.numbers import get_currency_precision
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from budgets.models.scopes import RoundQuerySet
from budgets.models.years import months_over, year_name
from kam.core import clock
from kam.core.history import tracked
from kam.core.money import validate_currency
from kam.core.records import Record
from kam.core.workflow import Denied, Transition, Workflow

NOT_NEGATIVE = MinValueValidator(Decimal(0))


def _all_approved(one: Any) -> Denied | None:
    """Every budget of the round is approved, and there is one."""
    if not one.budgets.exists():
        return Denied("no_budgets", _("There is no budget in this round."))
    waiting = one.budgets.exclude(status="approved").count()
    if not waiting:
        return None
    return Denied("budgets_open", _("%(count)s budgets of this round are not approved yet.") % {"count": waiting})


def _becomes_targets(one: Any) -> Denied | None:
    """An estimate says what will come; it never says what has to."""
    if one.kind == BudgetRound.Kind.ESTIMATE:
        return Denied("estimate_no_target", _("An estimate never becomes a target. Close it when everyone has handed in."))
    return _all_approved(one)


def _has_done_its_work(one: Any) -> Denied | None:
    """A budget is put away once its targets are published; an estimate when it is complete."""
    if one.status == BudgetRound.Status.OPEN and one.kind != BudgetRound.Kind.ESTIMATE:
        return Denied("round_not_published", _("This round is not published yet."))
    return None


class BudgetRoundQuerySet(RoundQuerySet):
    """Budget rounds."""

    def for_list(self) -> Self:
        return self.select_related("requested_by", "approved_by")


@tracked()
class BudgetRound(Record):
    """A version of the year: the annual budget (V1, V2, …), a revision (R1, R2, …) or an estimate (FC06: after six months).

    Only the sales manager asks for one. An estimate has the months that are over as they were and never becomes a target.
    """

    class Kind(models.TextChoices):
        ANNUAL = "annual", _("Annual budget")
        REVISION = "revision", _("Revision")
        ESTIMATE = "estimate", _("Estimate of the months to come")

    class Status(models.TextChoices):
        REQUESTED = "requested", _("Requested")
        OPEN = "open", _("In preparation")
        CONSOLIDATED = "consolidated", _("Consolidated")
        SHARED = "shared", _("Shared")
        APPROVED = "approved", _("Approved")
        PUBLISHED = "published", _("Published")
        CLOSED = "closed", _("Closed")
        CANCELLED = "cancelled", _("Called off")

    class ClosedMonths(models.TextChoices):
        KEPT = "kept", _("Kept as planned")
        ACTUALS = "actuals", _("Taken from the actuals")

    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices, default=Kind.ANNUAL)
    closed_months = models.CharField(
        _("months that are over"),
        max_length=7,
        choices=ClosedMonths.choices,
        default=ClosedMonths.KEPT,
        db_default=ClosedMonths.KEPT,
    )
    first_month = models.DateField(_("first month of the year"))
    number = models.PositiveSmallIntegerField(_("number"), editable=False)
    status = models.CharField(_("status"), max_length=12, choices=Status.choices, default=Status.REQUESTED)
    guidelines = models.TextField(_("guidelines"), blank=True)
    deadline = models.DateField(_("budgets due on"))
    currency = models.CharField(_("currency"), max_length=3, validators=[validate_currency], editable=False)
    top_down = models.DecimalField(
        _("top-down target"), max_digits=18, decimal_places=2, null=True, blank=True, validators=[NOT_NEGATIVE]
    )
    stretch = models.DecimalField(
        _("stretch"), max_digits=18, decimal_places=2, default=Decimal(0), editable=False, validators=[NOT_NEGATIVE]
    )
    stretch_reason = models.CharField(_("reason of the stretch"), max_length=400, blank=True, editable=False)
    requested_by = models.ForeignKey(
        User, on_delete=models.PROTECT, verbose_name=_("requested by"), related_name="+", editable=False
    )
    approved_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("approved by"), related_name="+", editable=False
    )
    opened_at = models.DateTimeField(_("opened"), null=True, blank=True, editable=False)
    approved_at = models.DateTimeField(_("approved"), null=True, blank=True, editable=False)
    published_at = models.DateTimeField(_("published"), null=True, blank=True, editable=False)

    objects = BudgetRoundQuerySet.as_manager()
    workflow = Workflow(
        Transition("budgets.edit_round", (Status.REQUESTED, Status.OPEN), Status.OPEN),
        Transition("budgets.open_round", (Status.REQUESTED,), Status.OPEN),
        Transition("budgets.consolidate_round", (Status.OPEN,), Status.CONSOLIDATED, _becomes_targets),
        Transition("budgets.share_round", (Status.CONSOLIDATED,), Status.SHARED),
        Transition("budgets.approve_round", (Status.SHARED,), Status.APPROVED),
        Transition("budgets.publish_round", (Status.APPROVED,), Status.PUBLISHED),
        Transition("budgets.close_round", (Status.PUBLISHED, Status.OPEN), Status.CLOSED, _has_done_its_work),
        Transition("budgets.cancel_round", (Status.REQUESTED, Status.OPEN, Status.CONSOLIDATED, Status.SHARED), Status.CANCELLED),
    )
    STATUS_TONES = {
        "requested": "draft",
        "open": "wait",
        "consolidated": "wait",
        "shared": "wait",
        "approved": "ok",
        "published": "ok",
        "closed": "closed",
        "cancelled": "closed",
    }

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("budget round")
        verbose_name_plural = _("budget rounds")
        ordering = ["-first_month", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["first_month", "kind", "number"],
                condition=~Q(kind="estimate", status="cancelled"),
                name="budgets_round_once",
            ),
            models.UniqueConstraint(
                fields=["first_month"],
                condition=~Q(status__in=["published", "closed", "cancelled"]) & ~Q(kind="estimate"),
                name="budgets_round_one_running",
                violation_error_message=_("A round for this year is running. Finish it or call it off first."),
            ),
            models.UniqueConstraint(
                fields=["first_month"],
                condition=~Q(status__in=["published", "closed", "cancelled"]) & Q(kind="estimate"),
                name="budgets_round_one_estimate_running",
            ),
            models.CheckConstraint(condition=Q(first_month__day=1), name="budgets_round_begins_with_a_month"),
            models.CheckConstraint(condition=Q(number__gte=1), name="budgets_round_number"),
            models.CheckConstraint(
                condition=Q(kind__in=["revision", "estimate"]) | Q(closed_months="kept"),
                name="budgets_round_only_revisions_take_actuals",
            ),
            models.CheckConstraint(condition=Q(stretch__gte=0), name="budgets_round_stretch"),
            models.CheckConstraint(condition=Q(stretch=0) | ~Q(stretch_reason=""), name="budgets_round_stretch_says_why"),
            models.CheckConstraint(
                condition=(Q(status__in=["approved", "published", "closed"]) & ~Q(kind="estimate")) ^ Q(approved_at__isnull=True),
                name="budgets_round_approved_when",
            ),
            models.CheckConstraint(
                condition=Q(approved_at__isnull=True, approved_by__isnull=True)
                | Q(approved_at__isnull=False, approved_by__isnull=False),
                name="budgets_round_approved_by",
            ),
            models.CheckConstraint(
                condition=(Q(status__in=["published", "closed"]) & ~Q(kind="estimate")) ^ Q(published_at__isnull=True),
                name="budgets_round_published_when",
            ),
        ]

    #: The job that goes on with what was asked of a large round, where there is one.
    job: Any = None

    def __str__(self) -> str:
        return gettext("Budget %(year)s %(version)s") % {"year": self.year, "version": self.name}

    def get_absolute_url(self) -> str:
        """The round's board."""
        return f"/budgets/rounds/{self.pk}/"

    @property
    def year(self) -> str:
        """What the year is called."""
        return year_name(self.first_month)

    @property
    def name(self) -> str:
        """The version within its year: V1, R2, FC06."""
        if self.kind == self.Kind.ESTIMATE:
            return f"FC{self.number:02d}"
        return f"{'V' if self.kind == self.Kind.ANNUAL else 'R'}{self.number}"

    @property
    def months_over(self) -> int:
        """How many months are nobody's to plan: those over when a revision was opened, or when an estimate was asked for."""
        if self.kind == self.Kind.REVISION:
            return months_over(self.first_month, timezone.localdate(self.opened_at) if self.opened_at else clock.today())
        return self.number if self.kind == self.Kind.ESTIMATE else 0

    @property
    def decimals(self) -> int:
        """The decimals of its currency: amounts are rounded to them."""
        return int(get_currency_precision(self.currency))

    @property
    def accepts_work(self) -> bool:
        """Whether budgets may be prepared now."""
        return self.status == self.Status.OPEN


class BudgetRateQuerySet(RoundQuerySet):
    """Budget rates; seen with their round."""

    def for_list(self) -> Self:
        return self.select_related("round")


@tracked()
class BudgetRate(Record):
    """What one unit of a currency is worth in the currency of a round, for the whole year (domain 1.4: the version's fixed rates)."""

    round = models.ForeignKey(BudgetRound, on_delete=models.CASCADE, verbose_name=_("budget round"), related_name="rates")
    currency = models.CharField(_("currency"), max_length=3, validators=[validate_currency])
    rate = models.DecimalField(_("rate"), max_digits=18, decimal_places=8)

    objects = BudgetRateQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("budget rate")
        verbose_name_plural = _("budget rates")
        ordering = ["currency", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["round", "currency"], name="budgets_rate_once"),
            models.CheckConstraint(condition=Q(rate__gt=0), name="budgets_rate_above_zero"),
        ]

    def __str__(self) -> str:
        return f"{self.currency} {self.rate.normalize():f}"

    def get_absolute_url(self) -> str:
        """The board of its round."""
        return f"/budgets/rounds/{self.round_id}/"
