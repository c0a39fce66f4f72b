"""Complaints: what a customer complains about, how much of it, how grave it is; who reads and writes them (domain 6.2, 6.3).

The quantities are four: complained, returned, confirmed defective, unjustified. None follows from another.
"""

from decimal import Decimal
from typing import Any, Self

import pgtrigger
from django.conf import settings
from django.contrib.contenttypes.fields import GenericRelation
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Count, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce, Upper
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Contact, Location, Plant, Role, access_of
from accounts.models.access import COST_READERS
from catalog.models import Product, Unit
from catalog.models.products import NOT_NEGATIVE
from complaints.models.exchange import Exchanged
from complaints.models.process import IN_WORK, PROCESS_CONSTRAINTS, TRANSITIONS, Process
from kam.core.documents import Document
from kam.core.history import tracked
from kam.core.plain import search_index, search_text
from kam.core.records import Record
from kam.core.scoping import ScopedQuerySet
from kam.core.work_items import WorkItem
from kam.core.workflow import Denied, Transition, Workflow
from orders.models import Order

#: Who reads complaints: everybody but those who only administer.
COMPLAINT_READERS = frozenset(Role.values) - {Role.ADMINISTRATOR}


class ComplaintQuerySet(ScopedQuerySet):
    """Complaints: read by who leads the account, at the locations that sell and produce, and by whoever has or had to act (domain 11.3)."""

    def visible_to(self, user: Any) -> Self:
        access = access_of(user)
        scope = access.scope_of(COMPLAINT_READERS)
        if scope.everything:
            return self
        if not access.grants:
            return self.none()
        worked = WorkItem.objects.visible_to(user).filter(content_type=ContentType.objects.get_for_model(self.model))
        return self.filter(_within(scope) | Q(reported_by=user.pk) | Q(pk__in=worked.values("object_id")))

    def cards_visible_to(self, user: Any) -> Self:
        """The complaints elsewhere of an account that an area manager serves: they read number, kind, date and status of them."""
        access = access_of(user)
        if access.sees_all:
            return self.none()
        return self.within(access.cards.plants, "plant").exclude(pk__in=Complaint.objects.visible_to(user).values("pk"))

    def costs_visible_to(self, user: Any) -> Self:
        """The complaints whose costs this person reads: who leads the account or reads costs at one of its locations."""
        scope = access_of(user).scope_of(COST_READERS)
        return self if scope.everything else self.filter(_within(scope))

    def permitted(self, user: Any, verb: str) -> Self:
        """The account manager's own accounts, and what concerns the location where a role carries the verb."""
        scope = access_of(user).scope(verb)
        return self if scope.everything else self.filter(_within(scope))

    def for_list(self) -> Self:
        return self.select_related(
            "plant__customer", "selling_location", "producing_location", "product", "order", "contact", "reported_by", "leader"
        )

    def open(self) -> Self:
        """Those on which something is still to be done."""
        return self.filter(status__in=[one for one in Complaint.Status.values if one not in Complaint.OVER])

    def counted(self) -> Self:
        """What figures count: neither duplicates nor what was withdrawn."""
        return self.exclude(status__in=[Complaint.Status.DUPLICATE, Complaint.Status.WITHDRAWN])

    def unanswered(self) -> Self:
        """Those whose alert some department has not acknowledged yet."""
        items = WorkItem.objects.open().filter(kind=ACKNOWLEDGE, content_type=ContentType.objects.get_for_model(Complaint))
        return self.filter(pk__in=items.values("object_id"))

    def with_answers(self) -> Self:
        """With how many departments were asked (`asked`) and how many of them have acknowledged (`answered`)."""
        items = WorkItem.objects.filter(
            kind=ACKNOWLEDGE, content_type=ContentType.objects.get_for_model(Complaint), object_id=OuterRef("pk")
        )
        asked = items.exclude(state=WorkItem.State.CANCELLED).order_by().values("object_id")
        counted = asked.annotate(asked=Count("pk"), answered=Count("pk", filter=Q(state=WorkItem.State.DONE)))
        return self.annotate(
            **{name: Coalesce(Subquery(counted.values(name)), 0) for name in ("asked", "answered")},
        )


def _within(scope: Any) -> Any:
    """What a scope leads, and what its locations sell or produce."""
    at = Q(selling_location__in=scope.location_ids) | Q(producing_location__in=scope.location_ids)
    return scope.led.plants.has("plant") | at


#: The kind of work by which a department says that it has taken the matter in hand.
ACKNOWLEDGE = "acknowledge_complaint"


def _complete(complaint: Any) -> Denied | None:
    """Only what says what it is about is registered (domain 6.2)."""
    missing = complaint.missing
    if not missing:
        return None
    words = ", ".join(str(Complaint.MISSING[name]) for name in missing)
    return Denied("incomplete", _("Still missing: %(what)s.") % {"what": words}, field=missing[0])


@tracked(exclude=("search_text", "exchanged_header"))
class Complaint(Process, Exchanged, Record):
    """What a customer's plant complains about with one of our locations, from receipt to its end."""

    class Kind(models.TextChoices):
        QUALITY = "quality", pgettext_lazy("complaint", "Quality")
        DELIVERY = "delivery", pgettext_lazy("complaint", "Delivery")
        DOCUMENTS = "documents", pgettext_lazy("complaint", "Documents")
        PRICE = "price", pgettext_lazy("complaint", "Price")
        SERVICE = "service", pgettext_lazy("complaint", "Service")

    class Status(models.TextChoices):
        RECEIVED = "received", pgettext_lazy("complaint", "Received")
        REGISTERED = "registered", pgettext_lazy("complaint", "Registered")
        ACKNOWLEDGED = "acknowledged", pgettext_lazy("complaint", "Confirmed to the customer")
        ASSESSED = "assessed", pgettext_lazy("complaint", "Assessed")
        CONTAINMENT = "containment", pgettext_lazy("complaint", "Containment (D3)")
        ANALYSIS = "analysis", pgettext_lazy("complaint", "Cause analysis (D4)")
        ACTION_DEFINED = "action_defined", pgettext_lazy("complaint", "Actions defined (D5)")
        ACTION_IMPLEMENTED = "action_implemented", pgettext_lazy("complaint", "Actions implemented (D6)")
        PREVENTION = "prevention", pgettext_lazy("complaint", "Prevention (D7)")
        ANSWER_SENT = "answer_sent", pgettext_lazy("complaint", "Final answer sent")
        CLOSED = "closed", pgettext_lazy("complaint", "Closed (D8)")
        EFFECTIVE = "effective", pgettext_lazy("complaint", "Effectiveness verified")
        UNJUSTIFIED = "unjustified", pgettext_lazy("complaint", "Not justified")
        REOPENED = "reopened", pgettext_lazy("complaint", "Reopened")
        DUPLICATE = "duplicate", pgettext_lazy("complaint", "Duplicate")
        WITHDRAWN = "withdrawn", pgettext_lazy("complaint", "Withdrawn")

    class Severity(models.IntegerChoices):
        SAFETY = 1, _("1 – safety or line stop")
        MAJOR = 2, _("2 – major")
        MINOR = 3, _("3 – minor")
        OTHER = 4, _("4 – not the product")

    class Channel(models.TextChoices):
        VISIT = "visit", pgettext_lazy("channel", "Visit")
        PHONE = "phone", pgettext_lazy("channel", "Phone")
        MAIL = "mail", pgettext_lazy("channel", "E-mail")
        PORTAL = "portal", pgettext_lazy("channel", "Portal")
        GOODS = "goods", pgettext_lazy("channel", "Returned goods")
        DEBIT = "debit", pgettext_lazy("channel", "Debit note")
        API = "api", pgettext_lazy("channel", "Interface")

    class Defect(models.TextChoices):
        DIMENSION = "dimension", pgettext_lazy("defect", "Dimension")
        SURFACE = "surface", pgettext_lazy("defect", "Surface")
        FUNCTION = "function", pgettext_lazy("defect", "Function")
        MATERIAL = "material", pgettext_lazy("defect", "Material")
        ASSEMBLY = "assembly", pgettext_lazy("defect", "Assembly")
        DAMAGE = "damage", pgettext_lazy("defect", "Damage in transport")
        WRONG_PART = "wrong_part", pgettext_lazy("defect", "Wrong or mixed parts")
        QUANTITY = "quantity", pgettext_lazy("defect", "Wrong quantity")
        LATE = "late", pgettext_lazy("defect", "Late or early")
        PACKAGING = "packaging", pgettext_lazy("defect", "Packaging or label")
        CERTIFICATE = "certificate", pgettext_lazy("defect", "Certificate or document")
        INVOICE = "invoice", pgettext_lazy("defect", "Price or invoice")
        BEHAVIOUR = "behaviour", pgettext_lazy("defect", "Service or communication")

    class Remedy(models.TextChoices):
        REPLACEMENT = "replacement", pgettext_lazy("remedy", "Replacement")
        CREDIT = "credit", pgettext_lazy("remedy", "Credit note")
        REPAIR = "repair", pgettext_lazy("remedy", "Repair")
        SORTING = "sorting", pgettext_lazy("remedy", "Sorting or rework")
        ALLOWANCE = "allowance", pgettext_lazy("remedy", "Price allowance")
        CORRECTION = "correction", pgettext_lazy("remedy", "Correction only")
        NOTHING = "nothing", pgettext_lazy("remedy", "Nothing")

    class ReceiptWay(models.TextChoices):
        MAIL = "mail", pgettext_lazy("receipt", "E-mail")
        PHONE = "phone", pgettext_lazy("receipt", "Phone")
        PORTAL = "portal", pgettext_lazy("receipt", "Customer's portal")

    STATUS_TONES = {
        "received": "no", "registered": "wait", "acknowledged": "accent", "assessed": "accent", "containment": "accent",
        "analysis": "accent", "action_defined": "accent", "action_implemented": "accent", "prevention": "accent", "answer_sent": "wait", "closed": "ok",
        "effective": "ok", "unjustified": "closed", "reopened": "no", "duplicate": "closed", "withdrawn": "closed",
    }  # fmt: skip
    #: What never was a complaint of its own, or is none any more.
    VOID = (Status.DUPLICATE, Status.WITHDRAWN, Status.UNJUSTIFIED)
    OVER = (*VOID, Status.CLOSED, Status.EFFECTIVE)
    #: What a complaint must say to be registered, in words.
    MISSING = {
        "text": _("what the customer complains about"),
        "product": _("the product, the order or the delivery"),
        "claimed": _("the quantity complained about"),
        "remedy": _("what the customer wants"),
    }

    number = models.CharField(_("number"), max_length=24, unique=True, editable=False)
    kind = models.CharField(_("kind"), max_length=9, choices=Kind.choices, default=Kind.QUALITY)
    simple = models.BooleanField(_("simple report, no 8D"), default=False)
    status = models.CharField(_("status"), max_length=18, choices=Status.choices, default=Status.RECEIVED, editable=False)
    severity = models.PositiveSmallIntegerField(_("severity"), choices=Severity.choices, editable=False)
    line_stop = models.BooleanField(_("the customer's line stands still"), default=False)
    safety = models.BooleanField(_("safety is at stake"), default=False)
    plant = models.ForeignKey(Plant, on_delete=models.PROTECT, verbose_name=_("plant"), related_name="complaints")
    selling_location = models.ForeignKey(
        Location, on_delete=models.PROTECT, verbose_name=_("selling location"), related_name="complaints"
    )
    producing_location = models.ForeignKey(
        Location, on_delete=models.PROTECT, verbose_name=_("producing location"), related_name="produced_complaints"
    )
    contact = models.ForeignKey(
        Contact, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("contact"), related_name="complaints"
    )
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("product"), related_name="complaints"
    )
    order = models.ForeignKey(
        Order, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("order"), related_name="complaints"
    )
    customer_reference = models.CharField(_("customer's complaint number"), max_length=35, blank=True)
    customer_part = models.CharField(_("customer part number"), max_length=35, blank=True)
    delivery_note = models.CharField(_("delivery note"), max_length=40, blank=True)
    invoice = models.CharField(_("invoice"), max_length=40, blank=True)
    batch = models.CharField(_("batch"), max_length=40, blank=True)
    serial = models.CharField(_("serial number"), max_length=60, blank=True)
    text = models.TextField(_("what is wrong"), max_length=4000)
    defect = models.CharField(_("defect"), max_length=11, choices=Defect.choices, blank=True)
    detected_at = models.CharField(_("where it was found"), max_length=160, blank=True)
    remedy = models.CharField(_("what the customer wants"), max_length=11, choices=Remedy.choices, blank=True)
    unit = models.CharField(_("unit"), max_length=8, choices=Unit.choices, default=Unit.PIECE)
    delivered = models.DecimalField(
        _("quantity delivered"), max_digits=14, decimal_places=3, null=True, blank=True, validators=[NOT_NEGATIVE]
    )
    claimed = models.DecimalField(
        _("quantity complained about"), max_digits=14, decimal_places=3, null=True, blank=True, validators=[NOT_NEGATIVE]
    )
    returned = models.DecimalField(
        _("quantity returned"), max_digits=14, decimal_places=3, null=True, blank=True, validators=[NOT_NEGATIVE]
    )
    confirmed = models.DecimalField(
        _("quantity confirmed defective"), max_digits=14, decimal_places=3, null=True, blank=True, validators=[NOT_NEGATIVE]
    )
    unjustified = models.DecimalField(
        _("quantity without defect"), max_digits=14, decimal_places=3, null=True, blank=True, validators=[NOT_NEGATIVE]
    )
    channel = models.CharField(_("channel"), max_length=6, choices=Channel.choices, default=Channel.PHONE)
    received_at = models.DateTimeField(_("received"))
    discovered_on = models.DateField(_("defect discovered on"), null=True, blank=True)
    notified_on = models.DateField(_("notified by the customer on"), null=True, blank=True)
    reported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, editable=False, verbose_name=_("taken in by"), related_name="+"
    )  # fmt: skip
    registered_at = models.DateTimeField(_("registered"), null=True, editable=False)
    receipt_at = models.DateTimeField(_("receipt confirmed"), null=True, editable=False)
    receipt_way = models.CharField(_("confirmed by"), max_length=6, choices=ReceiptWay.choices, blank=True, editable=False)
    repeats = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, editable=False, verbose_name=_("repeats"), related_name="repeated_by"
    )
    duplicate_of = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, editable=False, verbose_name=_("duplicate of"), related_name="duplicates"
    )
    documents = GenericRelation(Document)
    search_text = search_text("number", "customer_reference", "delivery_note", "invoice", "batch", "serial", "text")

    objects = ComplaintQuerySet.as_manager()
    workflow = Workflow(
        Transition("complaints.register_complaint", (Status.RECEIVED,), Status.REGISTERED, _complete),
        # What is only received stays so until it is registered: its action says which.
        Transition("complaints.send_receipt", (Status.RECEIVED, Status.REGISTERED), Status.ACKNOWLEDGED),
        Transition("complaints.mark_duplicate", (Status.RECEIVED, Status.REGISTERED, Status.ACKNOWLEDGED), Status.DUPLICATE),
        Transition(
            "complaints.withdraw_complaint",
            (Status.RECEIVED, Status.REGISTERED, Status.ACKNOWLEDGED, Status.REOPENED, Status.ANSWER_SENT, *IN_WORK),
            Status.WITHDRAWN,
        ),
        *TRANSITIONS,
    )

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("complaint")
        verbose_name_plural = _("complaints")
        ordering = ["-received_at", "-pk"]
        indexes = [
            search_index("complaints_complaint_search"),
            models.Index(fields=["-received_at", "-id"], name="complaints_by_day"),
            models.Index(fields=["status", "-received_at", "-id"], name="complaints_by_status"),
            models.Index(fields=["kind", "-received_at", "-id"], name="complaints_by_kind"),
            models.Index(fields=["severity", "-received_at", "-id"], name="complaints_by_severity"),
            models.Index(fields=["number", "id"], name="complaints_by_number"),
            models.Index(fields=["selling_location", "-received_at", "-id"], name="complaints_by_seller"),
            models.Index(fields=["producing_location", "-received_at", "-id"], name="complaints_by_producer"),
            models.Index(fields=["plant", "-received_at", "-id"], name="complaints_by_plant"),
            # Those of a location are counted in it without reading the rows.
            models.Index(fields=["selling_location", "producing_location", "status"], name="complaints_by_place"),
            models.Index(fields=["plant", "product", "defect"], name="complaints_by_defect"),
            models.Index(Upper("serial"), name="complaints_by_serial"),
            models.Index(fields=["updated_at", "id"], name="complaints_by_change"),
        ]
        triggers = [*Record.Meta.triggers, pgtrigger.Protect(name="stays", operation=pgtrigger.Delete)]
        constraints = [
            *PROCESS_CONSTRAINTS,
            models.CheckConstraint(name="complaints_severity", condition=Q(severity__range=(1, 4))),
            models.CheckConstraint(name="complaints_grave_is_first", condition=Q(line_stop=False, safety=False) | Q(severity=1)),
            models.CheckConstraint(
                name="complaints_registered_when",
                condition=Q(status__in=["received", "duplicate", "withdrawn"]) | Q(registered_at__isnull=False),
            ),
            models.CheckConstraint(
                name="complaints_receipt_how",
                condition=Q(receipt_at__isnull=True, receipt_way="") | Q(receipt_at__isnull=False) & ~Q(receipt_way=""),
            ),
            models.CheckConstraint(
                name="complaints_acknowledged_when", condition=~Q(status="acknowledged") | Q(receipt_at__isnull=False)
            ),
            models.CheckConstraint(
                name="complaints_duplicate_of_what",
                condition=Q(status="duplicate", duplicate_of__isnull=False)
                | ~Q(status="duplicate") & Q(duplicate_of__isnull=True),
            ),
            models.CheckConstraint(
                name="complaints_not_its_own",
                condition=(Q(repeats=None) | ~Q(repeats=F("id"))) & (Q(duplicate_of=None) | ~Q(duplicate_of=F("id"))),
            ),
            *(
                models.CheckConstraint(
                    name=f"complaints_{name}_sensible",
                    condition=Q(**{f"{name}__isnull": True}) | Q(**{f"{name}__gte": Decimal(0)}),
                )
                for name in ("delivered", "claimed", "returned", "confirmed", "unjustified")
            ),
            models.CheckConstraint(
                name="complaints_confirmed_delivered",
                condition=Q(confirmed__isnull=True) | Q(delivered__isnull=True) | Q(confirmed__lte=F("delivered")),
            ),
        ]

    def __str__(self) -> str:
        return str(self.number)

    def get_absolute_url(self) -> str:
        """The complaint's page."""
        return f"/complaints/{self.pk}/"

    @property
    def is_over(self) -> bool:
        """Whether nothing is to be done about it any more."""
        return self.status in self.OVER

    @property
    def missing(self) -> list[str]:
        """What it must still say before it can be registered, the names of MISSING."""
        about = self.product_id or self.order_id or self.delivery_note or self.invoice
        counted = self.kind not in {self.Kind.QUALITY, self.Kind.DELIVERY} or self.claimed is not None
        said = {"text": self.text, "product": about, "claimed": counted, "remedy": self.remedy}
        return [name for name, value in said.items() if not value]

    @property
    def scopes(self) -> list[str]:
        """The scopes whose parameters hold for it: its product line, where it is made, where it is sold."""
        line = [f"product_line:{self.product.family.line.pk}"] if self.product else []
        return [*line, f"location:{self.producing_location_id}", f"location:{self.selling_location_id}"]


def first_severity(complaint: Complaint) -> int:
    """How grave it is by what is known when it comes in; quality confirms it or not (domain 6.5)."""
    if complaint.line_stop or complaint.safety:
        return Complaint.Severity.SAFETY
    if complaint.kind == Complaint.Kind.QUALITY:
        return Complaint.Severity.MINOR if complaint.simple else Complaint.Severity.MAJOR
    return Complaint.Severity.MINOR if complaint.kind == Complaint.Kind.DELIVERY else Complaint.Severity.OTHER
