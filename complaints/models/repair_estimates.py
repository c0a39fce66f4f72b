"""Estimates of repairs: what a repair costs the customer, line by line, until when it holds, and what the customer said to it (domain 7.2, 7.4)."""

from decimal import Decimal
from typing import Any, Self

import pgtrigger
from django.contrib.contenttypes.fields import GenericRelation
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from complaints.models.repair_findings import moment, person
from complaints.models.repair_pieces import RepairPiece
from complaints.models.repairs import Repair
from kam.core import clock
from kam.core.documents import Document
from kam.core.formats import day
from kam.core.history import tracked
from kam.core.money import validate_currency
from kam.core.records import Record
from kam.core.scoping import ScopedQuerySet
from kam.core.workflow import Denied, Transition, Workflow

NOT_NEGATIVE = MinValueValidator(Decimal(0))
#: What of an estimate may change once the customer has it: where it stands and what they said.
MOVES = "{status,decided_at,decided_on,decided_by,channel,purchase_order,instruction,answer,recorded_by_id,reminded_at,evidence_id,updated_at,version}"
KEPT = f"""
IF OLD.status <> 'draft' AND (to_jsonb(NEW) - '{MOVES}'::text[]) IS DISTINCT FROM (to_jsonb(OLD) - '{MOVES}'::text[])
THEN
    RAISE EXCEPTION 'an estimate that was sent is never changed';
END IF;
IF OLD.status IN ('approved', 'refused') AND NEW.status <> OLD.status
THEN
    RAISE EXCEPTION 'what a customer decided is never changed';
END IF;
RETURN NEW;
"""


class RepairEstimateQuerySet(ScopedQuerySet):
    """Estimates, read and written with their repair."""

    def visible_to(self, user: Any) -> Self:
        return self.filter(piece__repair__in=Repair.objects.visible_to(user).values("pk"))

    def permitted(self, user: Any, verb: str) -> Self:
        return self.filter(piece__repair__in=Repair.objects.permitted(user, verb).values("pk"))

    def for_list(self) -> Self:
        return self.select_related(
            "piece__repair__plant__customer",
            "piece__repair__selling_location",
            "piece__repair__repair_location",
            "piece__product",
        )

    def open(self) -> Self:
        """Those that are being made or that a customer could still answer."""
        return self.filter(status__in=[RepairEstimate.Status.DRAFT, RepairEstimate.Status.SENT])


@tracked(beside="piece", exclude=("fingerprint",), erasable=("decided_by", "answer"))
class RepairEstimate(Record):
    """What the repair of a piece costs, in one revision; from its sending on it only gets its answer."""

    class Status(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("estimate", "Draft")
        SENT = "sent", pgettext_lazy("estimate", "Sent")
        APPROVED = "approved", pgettext_lazy("estimate", "Approved")
        REFUSED = "refused", pgettext_lazy("estimate", "Refused")
        EXPIRED = "expired", pgettext_lazy("estimate", "Expired")
        REPLACED = "replaced", pgettext_lazy("estimate", "Replaced")

    class Channel(models.TextChoices):
        LINK = "link", pgettext_lazy("consent", "Signed link")
        HAND = "hand", pgettext_lazy("consent", "Recorded by hand")

    class Instruction(models.TextChoices):
        BACK = "return", pgettext_lazy("instruction", "Send it back unrepaired")
        SCRAP = "scrap", pgettext_lazy("instruction", "Scrap it")
        EXCHANGE = "exchange", pgettext_lazy("instruction", "Exchange it")

    STATUS_TONES = {
        "draft": "draft", "sent": "wait", "approved": "ok", "refused": "no", "expired": "no", "replaced": "closed",
    }  # fmt: skip

    piece = models.ForeignKey(
        RepairPiece, on_delete=models.PROTECT, editable=False, verbose_name=_("piece"), related_name="estimates"
    )
    revision = models.PositiveSmallIntegerField(_("revision"), editable=False)
    status = models.CharField(_("status"), max_length=8, choices=Status.choices, default=Status.DRAFT, editable=False)
    currency = models.CharField(_("currency"), max_length=3, editable=False, validators=[validate_currency])
    work = models.TextField(_("work in the customer's language"), max_length=4000, blank=True)
    discount = models.DecimalField(_("discount"), max_digits=14, decimal_places=2, default=Decimal(0), validators=[NOT_NEGATIVE])
    total = models.DecimalField(_("total"), max_digits=14, decimal_places=2, default=Decimal(0), editable=False)
    replacement_value = models.DecimalField(
        _("value of a new one"), max_digits=14, decimal_places=2, null=True, blank=True, validators=[NOT_NEGATIVE]
    )
    exchange_price = models.DecimalField(
        _("price of an exchange"), max_digits=14, decimal_places=2, null=True, blank=True, validators=[NOT_NEGATIVE]
    )
    diagnosis_fee = models.DecimalField(
        _("fee for the diagnosis if refused"), max_digits=14, decimal_places=2, null=True, blank=True, validators=[NOT_NEGATIVE]
    )
    lead_days = models.PositiveSmallIntegerField(_("working days for the repair"), null=True, blank=True)
    uneconomic = models.BooleanField(_("beyond economic repair"), default=False, editable=False)
    further = models.BooleanField(_("further approval of a repair that has begun"), default=False, editable=False)
    written_by = person(_("written by"))
    sent_at = moment(_("sent"))
    sent_by = person(_("sent by"))
    valid_until = models.DateField(_("valid until"), null=True, editable=False)
    fingerprint = models.CharField(max_length=64, blank=True, editable=False)
    reminded_at = moment(_("reminded"))
    decided_at = moment(_("answer recorded"))
    decided_on = models.DateField(_("answered on"), null=True, editable=False)
    decided_by = models.CharField(_("answered by"), max_length=120, blank=True, editable=False)
    channel = models.CharField(_("how it came"), max_length=4, choices=Channel.choices, blank=True, editable=False)
    purchase_order = models.CharField(_("customer's order"), max_length=35, blank=True, editable=False)
    instruction = models.CharField(_("instruction"), max_length=8, choices=Instruction.choices, blank=True, editable=False)
    answer = models.TextField(_("words of the customer"), max_length=2000, blank=True, editable=False)
    recorded_by = person(_("recorded by"))
    evidence = models.ForeignKey(
        Document, on_delete=models.PROTECT, null=True, editable=False, verbose_name=_("evidence"), related_name="+"
    )
    documents = GenericRelation(Document)

    objects = RepairEstimateQuerySet.as_manager()
    workflow = Workflow(
        Transition("complaints.send_estimate", (Status.DRAFT,), Status.SENT),
        Transition("complaints.approve_estimate", (Status.SENT,), Status.APPROVED),
        Transition("complaints.refuse_estimate", (Status.SENT, Status.EXPIRED), Status.REFUSED),
        Transition("complaints.revise_estimate", (Status.SENT, Status.EXPIRED), Status.REPLACED),
    )

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("estimate of a repair")
        verbose_name_plural = _("estimates of repairs")
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["status", "-id"], name="complaints_est_by_status"),
            models.Index(fields=["-sent_at", "-id"], name="complaints_est_by_day"),
            models.Index(fields=["valid_until", "id"], name="complaints_est_by_validity"),
            models.Index(fields=["updated_at", "id"], name="complaints_est_by_change"),
        ]
        triggers = [
            *Record.Meta.triggers,
            pgtrigger.Protect(name="stays", operation=pgtrigger.Delete),
            pgtrigger.Trigger(name="as_sent", when=pgtrigger.Before, operation=pgtrigger.Update, func=KEPT),
        ]
        constraints = [
            models.UniqueConstraint(fields=["piece", "revision"], name="complaints_est_once"),
            models.UniqueConstraint(
                fields=["piece"], condition=Q(status__in=["draft", "sent"]), name="complaints_est_one_alive"
            ),
            models.CheckConstraint(
                name="complaints_est_sent",
                condition=Q(status="draft") | Q(sent_at__isnull=False, valid_until__isnull=False) & ~Q(fingerprint=""),
            ),
            models.CheckConstraint(
                name="complaints_est_decided",
                condition=Q(status__in=["approved", "refused"], decided_at__isnull=False, decided_on__isnull=False)
                & ~Q(decided_by="") & ~Q(channel="")
                | ~Q(status__in=["approved", "refused"]),
            ),
            models.CheckConstraint(
                name="complaints_est_approved_in_time",
                condition=~Q(status="approved") | Q(decided_on__lte=F("valid_until")),
            ),
            models.CheckConstraint(
                name="complaints_est_shown", condition=~Q(channel="hand") | Q(evidence__isnull=False)
            ),
            models.CheckConstraint(
                name="complaints_est_exchange", condition=Q(uneconomic=False) | Q(status="draft") | Q(exchange_price__isnull=False)
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.piece}/R{self.revision}"

    def get_absolute_url(self) -> str:
        """The page of the estimate."""
        return f"/repair-estimates/{self.pk}/"

    @property
    def is_late(self) -> bool:
        """Whether its last day is over."""
        return self.valid_until is not None and clock.today() > self.valid_until


def expired(estimate: RepairEstimate) -> Denied:
    """After its last day an estimate is issued again (AT-81)."""
    until = day(estimate.valid_until)
    return Denied("estimate_expired", _("The estimate was valid until %(day)s. Issue it again.") % {"day": until})


class RepairEstimateLineQuerySet(ScopedQuerySet):
    """Lines, read with their estimate."""

    def visible_to(self, user: Any) -> Self:
        return self.filter(estimate__in=RepairEstimate.objects.visible_to(user).values("pk"))

    def permitted(self, user: Any, verb: str) -> Self:
        return self.filter(estimate__in=RepairEstimate.objects.permitted(user, verb).values("pk"))


@tracked(beside="estimate")
class RepairEstimateLine(models.Model):
    """A line of an estimate: hours, a part, work of others, a test or freight, at a price for one."""

    class Kind(models.TextChoices):
        LABOUR = "labour", pgettext_lazy("estimate line", "Labour")
        PART = "part", pgettext_lazy("estimate line", "Part")
        EXTERNAL = "external", pgettext_lazy("estimate line", "Work of others")
        TEST = "test", pgettext_lazy("estimate line", "Test")
        FREIGHT = "freight", pgettext_lazy("estimate line", "Freight")

    estimate = models.ForeignKey(
        RepairEstimate, on_delete=models.CASCADE, editable=False, verbose_name=_("estimate"), related_name="lines"
    )
    position = models.PositiveSmallIntegerField(_("position"), editable=False)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    text = models.CharField(_("description"), max_length=200, blank=True)
    quantity = models.DecimalField(
        _("quantity or hours"), max_digits=10, decimal_places=2, validators=[MinValueValidator(Decimal("0.01"))]
    )
    price = models.DecimalField(_("price for one"), max_digits=12, decimal_places=2, validators=[NOT_NEGATIVE])
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2, editable=False)

    objects = RepairEstimateLineQuerySet.as_manager()

    class Meta:
        verbose_name = _("line of an estimate")
        verbose_name_plural = _("lines of an estimate")
        ordering = ["estimate", "position"]
        constraints = [
            models.UniqueConstraint(fields=["estimate", "position"], name="complaints_est_line_once"),
            models.CheckConstraint(name="complaints_est_line_positive", condition=Q(quantity__gt=0, price__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.estimate} · {self.position}"
