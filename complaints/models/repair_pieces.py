"""The pieces of a repair: each with its serial number, how it came, in what condition, and how far it is (domain 7.2, 8.5.3 of ISO 9001)."""

from typing import Any, Self

import pgtrigger
from django.conf import settings
from django.contrib.contenttypes.fields import GenericRelation
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce, NullIf, Upper
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models import Product
from complaints.models.repair_costs import COST_COLUMNS, Costed
from complaints.models.repair_findings import Found
from complaints.models.repair_work import Worked
from complaints.models.repairs import Repair
from complaints.models.serials import address_of_serial
from kam.core import clock
from kam.core.documents import Document
from kam.core.history import tracked
from kam.core.plain import search_index, search_text
from kam.core.records import Record
from kam.core.scoping import ScopedQuerySet
from kam.core.workflow import Denied, Transition, Workflow


class OfRepairQuerySet(ScopedQuerySet):
    """What hangs on a repair: read and written with it."""

    def visible_to(self, user: Any) -> Self:
        return self.filter(repair__in=Repair.objects.visible_to(user).values("pk"))

    def permitted(self, user: Any, verb: str) -> Self:
        return self.filter(repair__in=Repair.objects.permitted(user, verb).values("pk"))


class RepairPieceQuerySet(OfRepairQuerySet):
    """Pieces, read with their repair."""

    def for_list(self) -> Self:
        return self.select_related(
            "repair__plant__customer", "repair__repair_location__calendar", "repair__selling_location", "product"
        )

    def costs_visible_to(self, user: Any) -> Self:
        """The pieces of whose repair this person reads costs and margin."""
        return self.filter(repair__in=Repair.objects.costs_visible_to(user).values("pk"))

    def with_costs_of(self, user: Any) -> Self:
        """With whether this person reads costs and margin of each (`costs_read`)."""
        read = Repair.objects.costs_visible_to(user).values("pk")
        return self.annotate(costs_read=models.Case(models.When(repair__in=read, then=True), default=False))

    def open(self) -> Self:
        """Those on which something is still to be done."""
        return self.exclude(status__in=RepairPiece.OVER).exclude(repair__status__in=Repair.OVER)

    def late(self) -> Self:
        """Those that are not ready on the day that was promised."""
        return self.filter(status__in=RepairPiece.PROMISED, promised_on__lt=clock.today())

    def with_serial(self, serial: str) -> Self:
        """The pieces with this serial number, as declared or as found."""
        return self.filter(Q(serial__iexact=serial) | Q(serial_found__iexact=serial)) if serial else self.none()

    def twice(self, reader: Any) -> Self:
        """Open pieces whose serial number another open piece of the same product has, too, as far as the reader sees: one is wrong."""
        number = Upper(Coalesce(NullIf("serial_found", models.Value("")), "serial"))
        named = self.open().alias(number=number).exclude(number="")
        others = RepairPiece.objects.visible_to(reader).open().alias(number=number).exclude(pk=models.OuterRef("pk"))
        same = others.filter(product=models.OuterRef("product"), number=models.OuterRef("number"))
        return named.filter(models.Exists(same))


def _may_be_diagnosed(piece: Any) -> Denied | None:
    """A piece that is not what was declared waits for the customer; what is not labelled may be taken for another (AT-80)."""
    if piece.repair.authorised_at is None:
        return Denied("not_authorised", _("This came without authorisation. Have the repair authorised first."))
    if piece.mismatch and piece.settled_at is None:
        text = _("What came is not what was declared, or damaged. Tell the customer, then settle it.")
        return Denied("mismatch_open", text)
    if piece.labelled_at is None:
        return Denied("no_label", _("Print the label of the customer's property and put it on first."))
    return None


# What a repair costs ourselves is no part of a history that everybody reads who reads the repair.
@tracked(beside="repair", exclude=("search_text", *COST_COLUMNS))
class RepairPiece(Record, Found, Worked, Costed):
    """One piece that a customer sends back: the property of the customer from its arrival until it leaves again."""

    class Status(models.TextChoices):
        EXPECTED = "expected", pgettext_lazy("piece", "Expected")
        RECEIVED = "received", pgettext_lazy("piece", "Received")
        DIAGNOSIS = "diagnosis", pgettext_lazy("piece", "In diagnosis")
        DECISION = "decision", pgettext_lazy("piece", "To be decided")
        NO_FAULT = "no_fault", pgettext_lazy("piece", "No fault found")
        WARRANTY = "warranty", pgettext_lazy("piece", "Within warranty")
        UNREPAIRABLE = "unrepairable", pgettext_lazy("piece", "Not repairable")
        ESTIMATED = "estimate_sent", pgettext_lazy("piece", "Estimate sent")
        APPROVED = "approved", pgettext_lazy("piece", "Approved by the customer")
        REFUSED = "refused", pgettext_lazy("piece", "Refused by the customer")
        EXPIRED = "expired", pgettext_lazy("piece", "Estimate expired")
        IN_REPAIR = "in_repair", pgettext_lazy("piece", "In repair")
        FURTHER = "extra_approval", pgettext_lazy("piece", "Waits for further approval")
        TESTING = "testing", pgettext_lazy("piece", "In test")
        READY = "ready", pgettext_lazy("piece", "Ready")
        SHIPPED = "shipped", pgettext_lazy("piece", "Repaired and shipped")
        UNREPAIRED = "unrepaired", pgettext_lazy("piece", "Returned unrepaired")
        SCRAPPED = "scrapped", pgettext_lazy("piece", "Scrapped")
        REPLACED = "replaced", pgettext_lazy("piece", "Exchanged")
        STRUCK = "struck", pgettext_lazy("piece", "Not sent")

    class Settlement(models.TextChoices):
        CORRECTED = "corrected", pgettext_lazy("mismatch", "Declaration corrected by the customer")
        ACCEPTED = "accepted", pgettext_lazy("mismatch", "Accepted by the customer as it came")

    STATUS_TONES = {
        "expected": "draft", "received": "wait", "diagnosis": "accent", "decision": "wait", "no_fault": "accent", "warranty": "ok",
        "unrepairable": "no", "estimate_sent": "wait", "approved": "ok", "refused": "no", "expired": "no", "in_repair": "accent",
        "extra_approval": "wait", "testing": "accent", "ready": "ok", "shipped": "ok", "unrepaired": "closed",
        "scrapped": "closed", "replaced": "closed", "struck": "closed",
    }  # fmt: skip
    #: How a piece that came is accounted for in the end.
    LEFT = (Status.SHIPPED, Status.UNREPAIRED, Status.SCRAPPED, Status.REPLACED)
    OVER: tuple[str, ...] = (Status.STRUCK, *LEFT)
    #: Between the customer's consent and being ready: of these a day is promised.
    PROMISED = (Status.APPROVED, Status.WARRANTY, Status.IN_REPAIR, Status.FURTHER, Status.TESTING)
    #: What is not repaired goes where the customer says.
    NOT_REPAIRED = (Status.NO_FAULT, Status.UNREPAIRABLE, Status.REFUSED, Status.EXPIRED)

    repair = models.ForeignKey(Repair, on_delete=models.PROTECT, editable=False, verbose_name=_("repair"), related_name="pieces")
    position = models.PositiveSmallIntegerField(_("position"), editable=False)
    status = models.CharField(_("status"), max_length=14, choices=Status.choices, default=Status.EXPECTED, editable=False)
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("product"), related_name="repair_pieces"
    )
    revision = models.CharField(_("revision"), max_length=20, blank=True)
    serial = models.CharField(_("serial number"), max_length=60, blank=True)
    batch = models.CharField(_("batch"), max_length=40, blank=True)
    fault = models.TextField(_("fault as declared"), max_length=2000, blank=True)
    machine = models.CharField(_("machine or application"), max_length=120, blank=True)
    hours_run = models.PositiveIntegerField(_("hours run"), null=True, blank=True)
    delivered_on = models.DateField(_("delivered on"), null=True, blank=True)
    delivery_note = models.CharField(_("our delivery note"), max_length=40, blank=True)
    invoice = models.CharField(_("our invoice"), max_length=40, blank=True)
    notified_on = models.DateField(_("fault notified on"), null=True, blank=True)
    received_at = models.DateTimeField(_("received"), null=True, editable=False)
    received_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, editable=False, verbose_name=_("received by"), related_name="+"
    )  # fmt: skip
    serial_found = models.CharField(_("serial number found"), max_length=60, blank=True, editable=False)
    condition = models.TextField(_("condition"), max_length=2000, blank=True, editable=False)
    accessories = models.TextField(_("accessories"), max_length=1000, blank=True, editable=False)
    storage_place = models.CharField(_("storage place"), max_length=60, blank=True, editable=False)
    damaged = models.BooleanField(_("damaged on arrival"), default=False, editable=False)
    mismatch = models.BooleanField(_("differs from what was declared"), default=False, editable=False)
    informed_on = models.DateField(_("customer informed on"), null=True, editable=False)
    settlement = models.CharField(_("settled by"), max_length=9, choices=Settlement.choices, blank=True, editable=False)
    settled_at = models.DateTimeField(_("settled"), null=True, editable=False)
    labelled_at = models.DateTimeField(_("labelled"), null=True, editable=False)
    diagnosis_at = models.DateTimeField(_("diagnosis begun"), null=True, editable=False)
    repeat_of = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, editable=False, verbose_name=_("failed again after"), related_name="repeats"
    )
    documents = GenericRelation(Document)
    search_text = search_text("serial", "serial_found", "batch", "machine")

    objects = RepairPieceQuerySet.as_manager()
    workflow = Workflow(
        Transition("complaints.receive_piece", (Status.EXPECTED,), Status.RECEIVED),
        Transition("complaints.start_diagnosis", (Status.RECEIVED,), Status.DIAGNOSIS, _may_be_diagnosed),
        Transition("complaints.strike_piece", (Status.EXPECTED,), Status.STRUCK),
        Transition("complaints.note_findings", (Status.DIAGNOSIS,), Status.DECISION),
        Transition("complaints.decide_warranty", (Status.DECISION,), Status.WARRANTY),
        Transition("complaints.start_repair", (Status.APPROVED, Status.WARRANTY), Status.IN_REPAIR),
        Transition("complaints.note_expected", (Status.IN_REPAIR,), Status.IN_REPAIR),
        Transition("complaints.finish_repair", (Status.IN_REPAIR,), Status.TESTING),
        Transition("complaints.record_test", (Status.TESTING,), Status.READY),
        Transition("complaints.ship_piece", (Status.READY,), Status.SHIPPED),
        Transition("complaints.return_unrepaired", NOT_REPAIRED, Status.UNREPAIRED),
        Transition("complaints.scrap_piece", NOT_REPAIRED, Status.SCRAPPED),
        Transition("complaints.exchange_piece", NOT_REPAIRED, Status.REPLACED),
        Transition("complaints.declare_unrepairable", (Status.DECISION,), Status.UNREPAIRABLE),
    )

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("piece in repair")
        verbose_name_plural = _("pieces in repair")
        ordering = ["repair", "position", "pk"]
        indexes = [
            search_index("complaints_piece_search"),
            models.Index(fields=["status", "-received_at", "-id"], name="complaints_piece_by_status"),
            models.Index(fields=["-received_at", "-id"], name="complaints_piece_by_arrival"),
            models.Index(fields=["status", "-left_at", "-id"], name="complaints_piece_by_leaving"),
            models.Index(fields=["updated_at", "id"], name="complaints_piece_by_change"),
            models.Index(fields=["promised_on", "id"], name="complaints_piece_by_promise"),
            models.Index(models.functions.Upper("serial"), name="complaints_piece_serial"),
            models.Index(models.functions.Upper("serial_found"), name="complaints_piece_found"),
            models.Index(models.functions.Upper("new_serial"), name="complaints_piece_new"),
        ]
        triggers = [*Record.Meta.triggers, pgtrigger.Protect(name="stays", operation=pgtrigger.Delete)]
        constraints = [
            models.UniqueConstraint(fields=["repair", "position"], name="complaints_piece_once"),
            models.CheckConstraint(
                name="complaints_piece_arrived_when",
                condition=Q(status__in=["expected", "struck"], received_at__isnull=True)
                | ~Q(status__in=["expected", "struck"]) & Q(received_at__isnull=False),
            ),
            models.CheckConstraint(
                name="complaints_piece_settled_how",
                condition=Q(settled_at=None, settlement="")
                | Q(settled_at__isnull=False, informed_on__isnull=False, mismatch=True) & ~Q(settlement=""),
            ),
            models.CheckConstraint(
                name="complaints_piece_found_what",
                condition=Q(status__in=["expected", "received", "diagnosis", "struck"], diagnosed_at=None)
                | ~Q(status__in=["expected", "received", "diagnosis", "struck"])
                & Q(diagnosed_at__isnull=False)
                & ~Q(fault_code=""),
            ),
            models.CheckConstraint(
                name="complaints_piece_left_when",
                condition=Q(status__in=["shipped", "unrepaired", "scrapped", "replaced"], left_at__isnull=False)
                | ~Q(status__in=["shipped", "unrepaired", "scrapped", "replaced"]) & Q(left_at=None),
            ),
            models.CheckConstraint(
                name="complaints_piece_tested",
                condition=~Q(status__in=["ready", "shipped"]) | Q(tests__gt=0, ready_at__isnull=False),
            ),
            models.CheckConstraint(
                name="complaints_piece_settled_what",
                condition=Q(settled="", charge=None)
                | Q(settled="charged", charge__isnull=False)
                | Q(settled="free", charge=None) & ~Q(settled_how=""),
            ),
            models.CheckConstraint(
                name="complaints_piece_late",
                condition=Q(expected_on=None, late_because="")
                | Q(promised_on__isnull=False, expected_on__gt=models.F("promised_on")) & ~Q(late_because=""),
            ),
            models.CheckConstraint(
                name="complaints_piece_warranted",
                condition=~Q(warranty="within")
                | Q(warranty_until__isnull=False, notified_on__isnull=False, notified_on__lte=models.F("warranty_until")),
            ),
            models.CheckConstraint(
                name="complaints_piece_diagnosed",
                condition=Q(status__in=["expected", "received", "struck"])
                | Q(labelled_at__isnull=False) & (Q(mismatch=False) | Q(settled_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.repair.number} · {self.position}"

    def get_absolute_url(self) -> str:
        """The page of the piece."""
        return f"/repair-pieces/{self.pk}/"

    @property
    def known_serial(self) -> str:
        """The serial number by which it goes: as found, else as declared, else its batch."""
        return self.serial_found or self.serial or self.batch

    @property
    def serial_address(self) -> str:
        """Where everything stands that happened to its serial number; nowhere without one."""
        return address_of_serial(self.serial_found or self.serial)

    @property
    def is_over(self) -> bool:
        """Whether nothing is to be done about it any more."""
        return self.status in self.OVER

    @property
    def is_late(self) -> bool:
        """Whether it is not ready on the day that was promised."""
        return self.promised_on is not None and self.status in self.PROMISED and clock.today() > self.promised_on
