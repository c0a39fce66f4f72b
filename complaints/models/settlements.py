"""How a complaint is settled with the customer, up to which amount by whom, and what it cost us (domain 6.4)."""

from typing import Any, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models.products import NOT_NEGATIVE
from complaints.models.complaints import Complaint
from complaints.models.eight_d import OfComplaintQuerySet
from complaints.models.repairs import Repair
from kam.core.history import tracked
from kam.core.money import base_currency, validate_currency
from kam.core.records import Record
from kam.core.workflow import Transition, Workflow
from orders.models import Order


def _person(label: Any) -> Any:
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, editable=False, verbose_name=label, related_name="+"
    )


class SettlementQuerySet(OfComplaintQuerySet):
    """Settlements, read with their complaint."""

    def for_list(self) -> Self:
        return self.select_related("complaint__plant__customer", "order", "repair", "proposed_by", "decided_by")

    def open(self) -> Self:
        """Those that are not decided or not carried out yet."""
        return self.filter(status__in=Settlement.OPEN)


@tracked(beside="complaint")
class Settlement(Record):
    """One way in which the customer is compensated, worth so much; above the proposer's limit another approves it."""

    class Remedy(models.TextChoices):
        REPLACEMENT = "replacement", pgettext_lazy("remedy", "Replacement")
        CREDIT = "credit", pgettext_lazy("remedy", "Credit note")
        REPAIR = "repair", pgettext_lazy("remedy", "Repair")
        SORTING = "sorting", pgettext_lazy("remedy", "Sorting or rework")
        ALLOWANCE = "allowance", pgettext_lazy("remedy", "Price allowance")

    class Status(models.TextChoices):
        ASKED = "asked", pgettext_lazy("settlement", "To be approved")
        APPROVED = "approved", pgettext_lazy("settlement", "To be carried out")
        DONE = "done", pgettext_lazy("settlement", "Carried out")
        DECLINED = "declined", pgettext_lazy("settlement", "Declined")
        WITHDRAWN = "withdrawn", pgettext_lazy("settlement", "Withdrawn")

    STATUS_TONES = {"asked": "wait", "approved": "accent", "done": "ok", "declined": "no", "withdrawn": "closed"}
    OPEN = (Status.ASKED, Status.APPROVED)
    #: What counts towards the limit: whoever splits an amount does not get below it.
    COUNTED = (*OPEN, Status.DONE)

    complaint = models.ForeignKey(
        Complaint, on_delete=models.PROTECT, editable=False, verbose_name=_("complaint"), related_name="settlements"
    )
    remedy = models.CharField(_("remedy"), max_length=11, choices=Remedy.choices)
    amount = models.DecimalField(_("amount"), max_digits=18, decimal_places=2, validators=[NOT_NEGATIVE])
    currency = models.CharField(_("currency"), max_length=3, default=base_currency, validators=[validate_currency])
    base_amount = models.DecimalField(_("amount in the group's currency"), max_digits=18, decimal_places=2, editable=False)
    unverified = models.BooleanField(
        _("before the analysis"),
        default=False,
        help_text=_("Free of charge subject to verification; it is invoiced if the complaint proves not justified."),
    )
    note = models.CharField(_("note"), max_length=400, blank=True)
    status = models.CharField(_("status"), max_length=9, choices=Status.choices, default=Status.ASKED, editable=False)
    level = models.PositiveSmallIntegerField(_("level of approval"), default=0, editable=False)
    proposed_by = _person(_("proposed by"))
    decided_by = _person(_("decided by"))
    decided_at = models.DateTimeField(_("decided"), null=True, editable=False)
    done_at = models.DateTimeField(_("carried out"), null=True, editable=False)
    reference = models.CharField(_("number of the document"), max_length=60, blank=True, editable=False)
    order = models.ForeignKey(
        Order, on_delete=models.PROTECT, null=True, editable=False, verbose_name=_("replacement order"), related_name="+"
    )
    repair = models.ForeignKey(
        Repair, on_delete=models.PROTECT, null=True, editable=False, verbose_name=_("repair"), related_name="+"
    )

    objects = SettlementQuerySet.as_manager()
    workflow = Workflow(
        Transition("complaints.approve_settlement", (Status.ASKED,), Status.APPROVED),
        Transition("complaints.decline_settlement", (Status.ASKED,), Status.DECLINED),
        Transition("complaints.carry_out_settlement", (Status.APPROVED,), Status.DONE),
        Transition("complaints.withdraw_settlement", OPEN, Status.WITHDRAWN),
    )

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("settlement")
        verbose_name_plural = _("settlements")
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="complaints_settlement_by_day"),
            models.Index(fields=["updated_at", "id"], name="complaints_settlement_changed"),
        ]
        triggers = [
            *Record.Meta.triggers,
            pgtrigger.Protect(name="stays", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="as_proposed", fields=["complaint", "remedy", "amount", "currency", "base_amount", "level"]),
        ]
        constraints = [
            models.CheckConstraint(name="complaints_settlement_amount", condition=Q(amount__gte=0, base_amount__gte=0)),
            models.CheckConstraint(
                name="complaints_settlement_two_people",
                condition=Q(level=0) | Q(decided_by=None) | ~Q(decided_by=F("proposed_by")),
            ),
            models.CheckConstraint(
                name="complaints_settlement_decided",
                condition=Q(status__in=["asked", "withdrawn"]) | Q(decided_at__isnull=False),
            ),
            models.CheckConstraint(
                name="complaints_settlement_done",
                condition=~Q(status="done") & Q(done_at=None) | Q(status="done", done_at__isnull=False) & ~Q(reference=""),
            ),
        ]

    def __str__(self) -> str:
        return str(_("%(remedy)s for %(complaint)s") % {"remedy": self.get_remedy_display(), "complaint": self.complaint.number})

    def get_absolute_url(self) -> str:
        """Its own page, where it is decided."""
        return f"/complaint-settlements/{self.pk}/"


class ComplaintCostQuerySet(OfComplaintQuerySet):
    """Costs of complaints: read and written only by those who read costs there."""

    def costs_visible_to(self, user: Any) -> Self:
        """The costs of the complaints whose costs this person reads."""
        return self.filter(complaint__in=Complaint.objects.costs_visible_to(user).values("pk"))

    def visible_to(self, user: Any) -> Self:
        return self.costs_visible_to(user)

    def for_list(self) -> Self:
        return self.select_related("complaint__plant__customer", "settlement")


@tracked(exclude=("amount", "hours", "rate"), beside="complaint")
class ComplaintCost(Record):
    """What a complaint cost, in the group's currency (external failure cost), or what a supplier pays back of it."""

    class Kind(models.TextChoices):
        REPLACED = "replaced", pgettext_lazy("cost", "Replaced goods at cost")
        FREIGHT = "freight", pgettext_lazy("cost", "Freight")
        PREMIUM_FREIGHT = "premium_freight", pgettext_lazy("cost", "Premium freight")
        SORTING = "sorting", pgettext_lazy("cost", "Sorting")
        REWORK = "rework", pgettext_lazy("cost", "Rework")
        ANALYSIS = "analysis", pgettext_lazy("cost", "Analysis")
        SCRAP = "scrap", pgettext_lazy("cost", "Scrap")
        DEBIT = "debit", pgettext_lazy("cost", "Customer's debit note")
        CREDIT = "credit", pgettext_lazy("cost", "Credit note")
        RECHARGE = "recharge", pgettext_lazy("cost", "Recharged to the supplier")

    complaint = models.ForeignKey(Complaint, on_delete=models.PROTECT, verbose_name=_("complaint"), related_name="costs")
    kind = models.CharField(_("kind"), max_length=15, choices=Kind.choices)
    incurred_on = models.DateField(_("day"))
    hours = models.DecimalField(_("hours"), max_digits=8, decimal_places=2, null=True, blank=True, validators=[NOT_NEGATIVE])
    rate = models.DecimalField(
        _("rate an hour"), max_digits=10, decimal_places=2, null=True, blank=True, validators=[NOT_NEGATIVE]
    )
    amount = models.DecimalField(
        _("amount"), max_digits=18, decimal_places=2, blank=True, validators=[NOT_NEGATIVE],
        help_text=_("In the group's currency. Empty where hours and rate are given."),
    )  # fmt: skip
    note = models.CharField(_("note"), max_length=200, blank=True)
    settlement = models.OneToOneField(
        Settlement, on_delete=models.PROTECT, null=True, editable=False, verbose_name=_("settlement"), related_name="cost"
    )

    objects = ComplaintCostQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("cost of a complaint")
        verbose_name_plural = _("costs of complaints")
        ordering = ["incurred_on", "pk"]
        indexes = [
            models.Index(fields=["incurred_on", "id"], name="complaints_cost_by_day"),
            models.Index(fields=["updated_at", "id"], name="complaints_cost_changed"),
        ]
        constraints = [
            models.CheckConstraint(name="complaints_cost_amount", condition=Q(amount__gte=0)),
            models.CheckConstraint(
                name="complaints_cost_hours_rated",
                condition=Q(hours=None, rate=None) | Q(hours__isnull=False, rate__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.complaint.number}"

    def get_absolute_url(self) -> str:
        """The settlement and costs of its complaint."""
        return f"/complaints/{self.complaint_id}/?tab=settlement"
