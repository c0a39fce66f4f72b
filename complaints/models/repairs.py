"""Repairs: what a customer sends back to have it looked at, as one authorisation (RMA) with a line for each piece (domain 7.2, 7.3)."""

from typing import Any, Self

import pgtrigger
from django.conf import settings
from django.contrib.contenttypes.fields import GenericRelation
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Contact, Location, Plant, Role, access_of
from accounts.models.access import COST_READERS
from complaints.models.complaints import Complaint
from kam.core.documents import Document
from kam.core.history import tracked
from kam.core.plain import search_index, search_text
from kam.core.records import Record
from kam.core.scoping import ScopedQuerySet
from kam.core.work_items import WorkItem
from kam.core.workflow import Denied, Transition, Workflow

#: Who reads repairs: everybody but those who only administer.
REPAIR_READERS = frozenset(Role.values) - {Role.ADMINISTRATOR}


class RepairQuerySet(ScopedQuerySet):
    """Repairs: read by who leads the account, at the locations that sell and repair, and by whoever has or had to act (domain 11.3)."""

    def visible_to(self, user: Any) -> Self:
        access = access_of(user)
        scope = access.scope_of(REPAIR_READERS)
        if scope.everything:
            return self
        if not access.grants:
            return self.none()
        worked = WorkItem.objects.visible_to(user).filter(content_type=ContentType.objects.get_for_model(self.model))
        return self.filter(_within(scope) | Q(pk__in=worked.values("object_id")))

    def cards_visible_to(self, user: Any) -> Self:
        """The repairs elsewhere of an account that an area manager serves: they read number, date and status of them."""
        access = access_of(user)
        if access.sees_all:
            return self.none()
        return self.within(access.cards.plants, "plant").exclude(pk__in=Repair.objects.visible_to(user).values("pk"))

    def costs_visible_to(self, user: Any) -> Self:
        """The repairs whose costs this person reads: who leads the account or reads costs at one of its locations."""
        scope = access_of(user).scope_of(COST_READERS)
        return self if scope.everything else self.filter(_within(scope))

    def permitted(self, user: Any, verb: str) -> Self:
        """The account manager's own accounts, and what concerns the location where a role carries the verb."""
        scope = access_of(user).scope(verb)
        return self if scope.everything else self.filter(_within(scope))

    def for_list(self) -> Self:
        return self.select_related("plant__customer", "selling_location", "repair_location", "contact", "complaint")

    def open(self) -> Self:
        """Those on which something is still to be done."""
        return self.exclude(status__in=Repair.OVER)


def _within(scope: Any) -> Any:
    """What a scope leads, and what its locations sell or repair."""
    at = Q(selling_location__in=scope.location_ids) | Q(repair_location__in=scope.location_ids)
    return scope.led.plants.has("plant") | at


def _authorisable(repair: Any) -> Denied | None:
    """Only what says everything gets its authorisation (domain 7.2)."""
    missing = repair.missing
    if not missing:
        return None
    words = ", ".join(str(Repair.MISSING[name]) for name in missing)
    return Denied("incomplete", _("Still missing: %(what)s.") % {"what": words}, field=missing[0])


def _loaner_out() -> Denied:
    return Denied("loaner_out", _("The customer still has a loaner. Take it back first."))


def _withdrawable(repair: Any) -> Denied | None:
    """What has a loaner out does not end."""
    return _loaner_out() if repair.loaners.filter(returned_on=None).exists() else None


def _closable(repair: Any) -> Denied | None:
    """Every piece is accounted for: repaired and shipped, returned, scrapped, exchanged or never sent (AT-82)."""
    pieces = list(repair.pieces.all())
    there = [piece for piece in pieces if not piece.is_over]
    if there:
        words = _("%(done)d of %(all)d pieces are accounted for. The others have to go back, be scrapped or exchanged.")
        return Denied("pieces_open", words % {"done": len(pieces) - len(there), "all": len(pieces)})
    if repair.loaners.filter(returned_on=None).exists():
        return _loaner_out()
    if any(piece.status == "shipped" and not piece.settled for piece in pieces):
        return Denied("not_settled", _("Charge the repair of each piece, or declare it free of charge."))
    return None


@tracked(exclude=("search_text",))
class Repair(Record):
    """One authorisation to send goods back for repair: whose they are, who takes them, how they come and go."""

    class Status(models.TextChoices):
        REQUESTED = "requested", pgettext_lazy("repair", "Requested")
        AUTHORISED = "authorised", pgettext_lazy("repair", "RMA authorised")
        IN_TRANSIT = "in_transit", pgettext_lazy("repair", "In transit")
        RECEIVED = "received", pgettext_lazy("repair", "With us")
        CLOSED = "closed", pgettext_lazy("repair", "Closed")
        WITHDRAWN = "withdrawn", pgettext_lazy("repair", "Withdrawn")

    class Origin(models.TextChoices):
        REQUEST = "request", pgettext_lazy("repair", "Request of the customer")
        COMPLAINT = "complaint", pgettext_lazy("repair", "Settlement of a complaint")
        CONTRACT = "contract", pgettext_lazy("repair", "Service contract")
        EXCHANGE = "exchange", pgettext_lazy("repair", "Exchange programme")

    class Contamination(models.TextChoices):
        CLEAN = "clean", _("Clean, no dangerous substances")
        CLEANED = "cleaned", _("Decontaminated, certificate enclosed")
        CONTAMINATED = "contaminated", _("Contaminated: handle as the safety data sheet says")

    class Customs(models.TextChoices):
        UNION = "union", _("Union goods")
        RETURNED = "returned", _("Returned goods, exported within three years and unchanged")
        PROCESSING = "processing", _("Inward processing")
        OPEN = "open", _("To be checked by logistics")

    STATUS_TONES = {
        "requested": "wait", "authorised": "accent", "in_transit": "accent", "received": "accent", "closed": "ok",
        "withdrawn": "closed",
    }  # fmt: skip
    OVER: tuple[str, ...] = (Status.WITHDRAWN, Status.CLOSED)
    BEFORE_ARRIVAL = (Status.REQUESTED, Status.AUTHORISED, Status.IN_TRANSIT)
    #: What a repair must say to be authorised, in words.
    MISSING = {
        "pieces": _("at least one piece"),
        "product": _("the product of each piece"),
        "serial": _("a serial or batch number of each piece"),
        "fault": _("the fault of each piece"),
        "contact": _("the contact"),
        "return_address": _("the address for the return"),
        "contamination": _("the declaration of contamination"),
    }

    number = models.CharField(_("number"), max_length=24, unique=True, editable=False)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.REQUESTED, editable=False)
    plant = models.ForeignKey(Plant, on_delete=models.PROTECT, verbose_name=_("plant"), related_name="repairs")
    selling_location = models.ForeignKey(
        Location, on_delete=models.PROTECT, verbose_name=_("selling location"), related_name="repairs"
    )
    repair_location = models.ForeignKey(
        Location, on_delete=models.PROTECT, verbose_name=_("repairing location"), related_name="repaired_here"
    )
    contact = models.ForeignKey(
        Contact, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("contact"), related_name="repairs"
    )
    complaint = models.ForeignKey(
        Complaint, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("complaint"), related_name="repairs"
    )
    origin = models.CharField(_("origin"), max_length=9, choices=Origin.choices, default=Origin.REQUEST)
    urgent = models.BooleanField(_("urgent"), default=False)
    unannounced = models.BooleanField(_("came without authorisation"), default=False, editable=False)
    customer_reference = models.CharField(_("customer's reference"), max_length=35, blank=True)
    return_address = models.TextField(_("address for the return"), max_length=500, blank=True)
    contamination = models.CharField(_("contamination"), max_length=12, choices=Contamination.choices, blank=True)
    customs = models.CharField(_("customs status"), max_length=10, choices=Customs.choices, blank=True)
    contract = models.CharField(_("contract"), max_length=60, blank=True)
    instructions = models.TextField(_("further instructions to the customer"), max_length=2000, blank=True)
    note_in = models.CharField(_("customer's delivery note"), max_length=40, blank=True, editable=False)
    note_in_on = models.DateField(_("date of the delivery note"), null=True, editable=False)
    requested_at = models.DateTimeField(_("requested"), editable=False)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, editable=False, verbose_name=_("taken in by"), related_name="+"
    )  # fmt: skip
    closed_at = models.DateTimeField(_("closed"), null=True, editable=False)
    authorised_at = models.DateTimeField(_("authorised"), null=True, editable=False)
    authorised_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, editable=False, verbose_name=_("authorised by"), related_name="+"
    )  # fmt: skip
    documents = GenericRelation(Document)
    search_text = search_text("number", "customer_reference", "note_in", "contract")

    objects = RepairQuerySet.as_manager()
    workflow = Workflow(
        Transition("complaints.authorise_repair", (Status.REQUESTED,), Status.AUTHORISED, _authorisable),
        Transition("complaints.note_dispatch", (Status.AUTHORISED,), Status.IN_TRANSIT),
        Transition("complaints.close_repair", (Status.RECEIVED,), Status.CLOSED, _closable),
        Transition("complaints.withdraw_repair", BEFORE_ARRIVAL, Status.WITHDRAWN, _withdrawable),
    )

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("repair")
        verbose_name_plural = _("repairs")
        ordering = ["-requested_at", "-pk"]
        indexes = [
            search_index("complaints_repair_search"),
            models.Index(fields=["-requested_at", "-id"], name="complaints_rep_by_day"),
            models.Index(fields=["status", "-requested_at", "-id"], name="complaints_rep_by_status"),
            models.Index(fields=["number", "id"], name="complaints_rep_by_number"),
            models.Index(fields=["plant", "-requested_at", "-id"], name="complaints_rep_by_plant"),
            models.Index(fields=["selling_location", "-requested_at", "-id"], name="complaints_rep_by_seller"),
            models.Index(fields=["repair_location", "-requested_at", "-id"], name="complaints_rep_by_shop"),
            models.Index(fields=["updated_at", "id"], name="complaints_rep_by_change"),
        ]
        triggers = [*Record.Meta.triggers, pgtrigger.Protect(name="stays", operation=pgtrigger.Delete)]
        constraints = [
            models.CheckConstraint(
                name="complaints_rep_authorised_when",
                condition=Q(status__in=["authorised", "in_transit"], authorised_at__isnull=False)
                | ~Q(status__in=["authorised", "in_transit"]),
            ),
            models.CheckConstraint(
                name="complaints_rep_closed_when",
                condition=Q(status="closed", closed_at__isnull=False) | ~Q(status="closed") & Q(closed_at=None),
            ),
            models.CheckConstraint(name="complaints_rep_dispatched", condition=~Q(status="in_transit") | ~Q(note_in="")),
        ]

    def __str__(self) -> str:
        return str(self.number)

    def get_absolute_url(self) -> str:
        """The repair's page."""
        return f"/repairs/{self.pk}/"

    @property
    def is_over(self) -> bool:
        """Whether nothing is to be done about it any more."""
        return self.status in self.OVER

    @property
    def missing(self) -> list[str]:
        """What it must still say before it can be authorised, the names of MISSING."""
        pieces = list(self.pieces.exclude(status="struck")) if self.pk else []
        said = {
            "pieces": bool(pieces),
            "product": all(piece.product_id for piece in pieces),
            "serial": all(piece.serial or piece.batch for piece in pieces),
            "fault": all(piece.fault for piece in pieces),
            "contact": self.contact_id,
            "return_address": self.return_address.strip(),
            "contamination": self.contamination,
        }
        return [name for name, value in said.items() if not value]

    @property
    def language(self) -> str:
        """The language in which the customer is written to."""
        return str(self.contact.language if self.contact else self.plant.customer.language)

    @property
    def scopes(self) -> list[str]:
        """The scopes whose parameters hold for it: where it is repaired, where it is sold."""
        return [f"location:{self.repair_location_id}", f"location:{self.selling_location_id}"]
