"""Customers' orders: who orders what of which location, from receipt to closing; who reads and writes them (domain 4.2, 4.3).

A block is no status: it stands beside it, so that several can and each is lifted by whoever may (order_blocks).
"""

from collections.abc import Collection
from decimal import Decimal
from typing import Any, Self

import pgtrigger
from django.conf import settings
from django.contrib.contenttypes.fields import GenericRelation
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import ExtractYear, Upper
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import FUNCTIONS, Contact, Customer, Location, PaymentTerm, Plant, Role, access_of
from catalog.models.products import NOT_NEGATIVE
from catalog.models.scopes import PRICE_READERS
from kam.core.documents import Document
from kam.core.history import tracked
from kam.core.money import validate_currency
from kam.core.plain import search_index, search_text
from kam.core.ports import port
from kam.core.records import Record
from kam.core.scoping import ScopedQuerySet
from kam.core.workflow import Denied, Transition, Workflow
from orders.models import order_upkeep
from orders.models.agreements import PriceAgreement
from orders.models.offers import LANGUAGES, Offer

#: Departments work on what their location sells or produces; the back office is one of the office and goes with the sale.
DEPARTMENTS = frozenset(FUNCTIONS) - {Role.BACK_OFFICE}
#: Who reads orders with their prices: who sells, who oversees, and the departments that carry them out; never with margins.
ORDER_READERS = PRICE_READERS | DEPARTMENTS
#: The type of document that is what the customer sent.
PURCHASE_ORDER = "purchase_order"
SHARE = [NOT_NEGATIVE, MaxValueValidator(100)]


def reads_orders(user: Any) -> bool:
    """Whether there is any order that this person may read."""
    return bool(access_of(user).roles & ORDER_READERS)


class OrderQuerySet(ScopedQuerySet):
    """Orders: read by who leads the account, and at the locations that sell and produce (domain 1.2, 11.3)."""

    def visible_to(self, user: Any) -> Self:
        access = access_of(user)
        scope = access.scope_of(ORDER_READERS)
        here = (*scope.location_ids, *access.stood_in_ids(DEPARTMENTS))
        return self if scope.everything else self.filter(scope.led.plants.has("plant") | _at(here))

    def cards_visible_to(self, user: Any) -> Self:
        """The orders elsewhere of an account that an area manager serves: they read number, kind, date and status of them."""
        access = access_of(user)
        return self.none() if access.sees_all else self.within(access.cards.plants, "plant").exclude(
            pk__in=Order.objects.visible_to(user).values("pk")
        )  # fmt: skip

    def permitted(self, user: Any, verb: str) -> Self:
        """The account manager's own accounts, the plants served by the selling location, and what concerns a department."""
        return self.within_roles(user, port("role_verbs").get(verb, frozenset()))

    def within_roles(self, user: Any, roles: Collection[str], *, standing_in: bool = False) -> Self:
        """Those within the scope of a grant of one of these roles, where asked for also of a department that stands in."""
        access, roles = access_of(user), frozenset(roles)
        office, departments = access.scope_of(roles - DEPARTMENTS), access.scope_of(roles & DEPARTMENTS)
        if office.everything or departments.everything:
            return self
        at_home = office.served.plants.has("plant") & Q(selling_location__in=office.location_ids)
        here = (*departments.location_ids, *(access.stood_in_ids(roles & DEPARTMENTS) if standing_in else ()))
        return self.filter(office.led.plants.has("plant") | at_home | _at(here))

    def for_list(self) -> Self:
        return self.select_related(
            "customer", "plant__customer", "selling_location", "producing_location", "payment_term", "entered_by"
        )

    def alive(self) -> Self:
        """Those on which something is still to be done."""
        return self.exclude(status__in=Order.OVER)


def kept_elsewhere(order: Any) -> Denied | None:
    """Why nothing is done with an order here that another system keeps, or None."""
    if not order.system:
        return None
    text = _("This order is kept in %(system)s and follows its lists. Change it there.")
    return Denied("kept_elsewhere", text % {"system": order.system})


class OrderWorkflow(Workflow):
    """The life of an order that is kept here."""

    def why_not(self, record: Any, verb: str) -> Denied | None:
        return kept_elsewhere(record) or super().why_not(record, verb)


def stays(name: str, condition: Any = None) -> pgtrigger.Trigger:
    """Rows of an order that are never deleted, but where another system keeps it: the import that brought it can be taken back."""
    return pgtrigger.Trigger(
        name=name,
        operation=pgtrigger.Delete,
        when=pgtrigger.Before,
        condition=condition,
        func="IF EXISTS (SELECT FROM orders_order AS head WHERE head.id = OLD.order_id AND head.system = '') THEN "
        "RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME; END IF; RETURN OLD;",
    )


def _at(locations: Any) -> Any:
    """What these locations sell or produce."""
    return Q(selling_location__in=locations) | Q(producing_location__in=locations)


def _complete(order: Any) -> Denied | None:
    """Only a complete order is registered; what is missing is kept as the incompletion list."""
    if order.incomplete:
        return Denied("incomplete", _("Something is missing. The list on the order's page leads to each field."))
    return None


def _reviewed(order: Any) -> Denied | None:
    """No order goes out before its review is closed (domain 5)."""
    if not order.reviewed:
        return Denied("not_reviewed", _("The contract review is not closed positively for the order as it stands."))
    return _unblocked(order)


def _unblocked(order: Any) -> Denied | None:
    """Nothing moves on past an active block."""
    block = order.blocks.active().first()
    if block is None:
        return None
    text = _("The order is blocked (%(kind)s). Whoever may lift the block has to lift it first.")
    return Denied("blocked", text % {"kind": block.get_kind_display()})


@tracked(exclude=("search_text",))
class Order(Record):
    """An order of a customer's plant to one of our locations; `net` and `base_net` are kept with its lines."""

    class Kind(models.TextChoices):
        STANDARD = "standard", pgettext_lazy("order", "Standard")
        FRAME = "frame", pgettext_lazy("order", "Frame order")
        CALL_OFF = "call_off", pgettext_lazy("order", "Call-off")
        SAMPLE = "sample", pgettext_lazy("order", "Sample or prototype")
        TOOLING = "tooling", pgettext_lazy("order", "Tooling")
        SPARE_PART = "spare_part", pgettext_lazy("order", "Spare part")
        REPAIR = "repair", pgettext_lazy("order", "Repair")
        FREE_OF_CHARGE = "free_of_charge", pgettext_lazy("order", "Free of charge or replacement")
        CONSIGNMENT = "consignment", pgettext_lazy("order", "Consignment")
        INTERCOMPANY = "intercompany", pgettext_lazy("order", "Intercompany")

    class Status(models.TextChoices):
        RECEIVED = "received", pgettext_lazy("order", "Received")
        REGISTERED = "registered", pgettext_lazy("order", "Registered")
        IN_REVIEW = "in_review", pgettext_lazy("order", "In review")
        DISCREPANCY = "discrepancy", pgettext_lazy("order", "With discrepancies")
        ACCEPTED = "accepted", pgettext_lazy("order", "Accepted")
        CONFIRMED = "confirmed", pgettext_lazy("order", "Confirmed")
        IN_PROGRESS = "in_progress", pgettext_lazy("order", "In progress")
        PARTIALLY_DELIVERED = "partially_delivered", pgettext_lazy("order", "Partially delivered")
        DELIVERED = "delivered", pgettext_lazy("order", "Delivered")
        INVOICED = "invoiced", pgettext_lazy("order", "Invoiced")
        CLOSED = "closed", pgettext_lazy("order", "Closed")
        CHANGE_REQUESTED = "change_requested", pgettext_lazy("order", "Change requested")
        ON_HOLD = "on_hold", pgettext_lazy("order", "On hold")
        CANCELLED = "cancelled", pgettext_lazy("order", "Cancelled")
        REJECTED = "rejected", pgettext_lazy("order", "Rejected")

    class Channel(models.TextChoices):
        HAND = "hand", pgettext_lazy("channel", "By hand")
        MAIL = "mail", pgettext_lazy("channel", "E-mail")
        PORTAL = "portal", pgettext_lazy("channel", "Portal")
        EDI = "edi", pgettext_lazy("channel", "EDI")
        EXCEL = "excel", pgettext_lazy("channel", "Excel")
        API = "api", pgettext_lazy("channel", "Interface")
        VERBAL = "verbal", pgettext_lazy("channel", "Verbal")
        OFFER = "offer", pgettext_lazy("channel", "From an offer")

    class RequestedType(models.TextChoices):
        SHIP = "ship", _("Date of shipment")
        ARRIVAL = "arrival", _("Date of arrival")

    class VatTreatment(models.TextChoices):
        DOMESTIC = "domestic", pgettext_lazy("vat", "Domestic")
        INTRA_EU = "intra_eu", pgettext_lazy("vat", "Intra-community, exempt")
        EXPORT = "export", pgettext_lazy("vat", "Export, exempt")
        DECLARATION = "declaration", pgettext_lazy("vat", "Exempt by declaration of intent")
        REVERSE_CHARGE = "reverse_charge", pgettext_lazy("vat", "Reverse charge")

    STATUS_TONES = {
        "received": "draft", "registered": "wait", "in_review": "wait", "discrepancy": "no", "accepted": "accent", "confirmed": "ok",
        "in_progress": "accent", "partially_delivered": "accent", "delivered": "ok", "invoiced": "ok", "closed": "closed",
        "change_requested": "wait", "on_hold": "wait", "cancelled": "closed", "rejected": "closed",
    }  # fmt: skip
    #: Before our word is given; given and not yet carried out; nothing more is to be done.
    BEFORE = (Status.RECEIVED, Status.REGISTERED, Status.IN_REVIEW, Status.DISCREPANCY, Status.ACCEPTED)
    RUNNING = (Status.CONFIRMED, Status.IN_PROGRESS, Status.PARTIALLY_DELIVERED)
    OVER = (Status.CLOSED, Status.CANCELLED, Status.REJECTED)
    #: Their goods are not paid for by this order.
    WITHOUT_PRICE = (Kind.FREE_OF_CHARGE,)

    number = models.CharField(_("number"), max_length=24, blank=True, editable=False)
    #: The ERP that keeps the order, by whose number it goes then; empty where it is kept here.
    system = models.CharField(_("source system"), max_length=40, blank=True, default="", db_default="", editable=False)
    kind = models.CharField(_("kind"), max_length=14, choices=Kind.choices, default=Kind.STANDARD)
    status = models.CharField(_("status"), max_length=19, choices=Status.choices, default=Status.RECEIVED, editable=False)
    held_from = models.CharField(
        _("status before it was held"), max_length=19, blank=True, choices=Status.choices, editable=False
    )
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, verbose_name=_("sold to"), related_name="orders", editable=False
    )
    plant = models.ForeignKey(Plant, on_delete=models.PROTECT, verbose_name=_("plant"), related_name="orders")
    ship_to = models.ForeignKey(
        Plant,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("ship to"),
        help_text=_("Leave it empty where the goods go to the plant that orders."),
        related_name="+",
    )
    bill_to = models.ForeignKey(
        Customer,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("bill to"),
        help_text=_("Leave it empty where the company that orders pays."),
        related_name="+",
    )
    selling_location = models.ForeignKey(
        Location, on_delete=models.PROTECT, verbose_name=_("selling location"), related_name="orders"
    )
    producing_location = models.ForeignKey(
        Location,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("producing location"),
        help_text=_("Leave it empty where the selling location produces."),
        related_name="produced_orders",
    )
    contact = models.ForeignKey(
        Contact, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("contact"), related_name="orders"
    )
    frame = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("frame order"), related_name="call_offs"
    )
    customer_reference = models.CharField(_("customer's order number"), max_length=35, blank=True)
    customer_date = models.DateField(_("customer's order date"), null=True, blank=True)
    received_at = models.DateTimeField(_("received"))
    channel = models.CharField(_("channel"), max_length=6, choices=Channel.choices, default=Channel.HAND)
    language = models.CharField(_("language"), max_length=2, choices=LANGUAGES)
    currency = models.CharField(_("currency"), max_length=3, validators=[validate_currency])
    payment_term = models.ForeignKey(
        PaymentTerm, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("payment term"), related_name="orders"
    )
    incoterms = models.CharField(_("Incoterms"), max_length=3, blank=True)
    incoterms_place = models.CharField(_("Incoterms place"), max_length=70, blank=True)
    incoterms_version = models.CharField(
        _("Incoterms version"), max_length=4, blank=True, choices=[("2010", "2010"), ("2020", "2020")]
    )
    offer = models.ForeignKey(
        Offer, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("offer"), related_name="orders"
    )
    agreement = models.ForeignKey(
        PriceAgreement, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("price agreement"), related_name="orders"
    )
    requested_on = models.DateField(_("requested date"), null=True, blank=True)
    requested_type = models.CharField(
        _("the requested date is"), max_length=7, choices=RequestedType.choices, default=RequestedType.SHIP
    )
    partial_allowed = models.BooleanField(_("partial deliveries allowed"), default=True)
    penalty_rate = models.DecimalField(
        _("penalty per commenced week (%)"), max_digits=5, decimal_places=2, null=True, blank=True, validators=SHARE
    )
    penalty_cap = models.DecimalField(
        _("penalty at most (%)"), max_digits=5, decimal_places=2, null=True, blank=True, validators=SHARE
    )
    tolerance = models.DecimalField(
        _("quantity tolerance (%)"), max_digits=5, decimal_places=2, default=Decimal(0), validators=SHARE
    )
    certificates = models.CharField(_("certificates"), max_length=200, blank=True)
    packaging = models.CharField(_("packaging"), max_length=400, blank=True)
    transport = models.CharField(_("transport"), max_length=200, blank=True)
    vat_treatment = models.CharField(_("VAT treatment"), max_length=14, blank=True, choices=VatTreatment.choices)
    declaration_of_intent = models.CharField(_("declaration of intent"), max_length=40, blank=True)
    own_terms = models.BooleanField(_("the customer's own terms apply"), default=False)
    notes = models.TextField(_("internal notes"), blank=True, max_length=4000)
    net = models.DecimalField(_("net value"), max_digits=18, decimal_places=2, default=0, editable=False)
    base_net = models.DecimalField(
        _("net value in the group's currency"), max_digits=18, decimal_places=2, default=0, editable=False
    )
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        verbose_name=_("entered by"),
        related_name="+",
    )
    registered_at = models.DateTimeField(_("registered"), null=True, editable=False)
    reviewed = models.BooleanField(_("reviewed as it stands"), default=False, db_default=False, editable=False)
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, editable=False)
    confirmation = models.PositiveSmallIntegerField(_("revision of the confirmation"), default=0, editable=False)
    waiting_customer = models.BooleanField(_("waiting for the customer's acceptance"), default=False, editable=False)
    ended_reason = models.CharField(_("why it ended"), max_length=400, blank=True, editable=False)
    incomplete = models.JSONField(_("what is missing"), default=list, editable=False)
    documents = GenericRelation(Document)
    search_text = search_text("number", "customer_reference")

    objects = OrderQuerySet.as_manager()
    workflow = OrderWorkflow(
        Transition("orders.register_order", (Status.RECEIVED,), Status.REGISTERED, _complete),
        Transition("orders.open_review", (Status.REGISTERED, Status.CHANGE_REQUESTED), Status.IN_REVIEW),
        Transition("orders.find_discrepancy", (Status.IN_REVIEW,), Status.DISCREPANCY),
        Transition("orders.resume_review", (Status.DISCREPANCY,), Status.IN_REVIEW),
        Transition("orders.accept_order", (Status.IN_REVIEW,), Status.ACCEPTED, _reviewed),
        Transition("orders.confirm_order", (Status.ACCEPTED,), Status.CONFIRMED, _reviewed),
        Transition("orders.request_change", (Status.ACCEPTED, *RUNNING), Status.CHANGE_REQUESTED),
        Transition("orders.start_order", (Status.CONFIRMED,), Status.IN_PROGRESS),
        Transition("orders.deliver_part", (Status.CONFIRMED, Status.IN_PROGRESS), Status.PARTIALLY_DELIVERED),
        Transition("orders.deliver_order", RUNNING, Status.DELIVERED),
        Transition("orders.invoice_order", (*RUNNING, Status.DELIVERED), Status.INVOICED),
        Transition("orders.close_order", (Status.INVOICED,), Status.CLOSED),
        Transition("orders.hold_order", (*BEFORE, *RUNNING, Status.CHANGE_REQUESTED), Status.ON_HOLD),
        # Resumed, an order stands where it was held: its action reads that from `held_from`.
        Transition("orders.resume_order", (Status.ON_HOLD,), Status.REGISTERED),
        Transition(
            "orders.cancel_order",
            (*BEFORE, Status.CONFIRMED, Status.IN_PROGRESS, Status.CHANGE_REQUESTED, Status.ON_HOLD),
            Status.CANCELLED,
        ),
        Transition(
            "orders.reject_order", (Status.RECEIVED, Status.REGISTERED, Status.IN_REVIEW, Status.DISCREPANCY), Status.REJECTED
        ),
    )

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        ordering = ["-received_at", "-pk"]
        indexes = [
            search_index("orders_order_search"),
            models.Index(fields=["-received_at", "-id"], name="orders_order_by_day"),
            models.Index(fields=["status", "-received_at", "-id"], name="orders_order_by_status"),
            models.Index(fields=["kind", "-received_at", "-id"], name="orders_order_by_kind"),
            models.Index(fields=["number", "id"], name="orders_order_by_number"),
            models.Index(fields=["customer_reference", "id"], name="orders_order_by_reference"),
            models.Index(fields=["requested_on", "id"], name="orders_order_by_request"),
            models.Index(fields=["net", "id"], name="orders_order_by_net"),
            models.Index(fields=["selling_location", "-received_at", "-id"], name="orders_order_by_seller"),
            models.Index(fields=["producing_location", "-received_at", "-id"], name="orders_order_by_producer"),
            models.Index(fields=["plant", "-received_at", "-id"], name="orders_order_by_plant"),
            models.Index(fields=["updated_at", "id"], name="orders_order_by_change"),
            models.Index(fields=["system", "-received_at", "-id"], condition=~Q(system=""), name="orders_order_by_system"),
        ]
        triggers = [
            *Record.Meta.triggers,
            *order_upkeep.triggers("order"),
            pgtrigger.Protect(
                name="numbered_stays",
                operation=pgtrigger.Delete,
                condition=~pgtrigger.Q(old__number="") & pgtrigger.Q(old__system=""),
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["system", "number"], condition=~Q(number=""), name="orders_order_number_once"),
            models.UniqueConstraint(
                "customer",
                Upper("customer_reference"),
                ExtractYear("customer_date"),
                condition=~Q(customer_reference="")
                & ~Q(status__in=["cancelled", "rejected"])
                & ~Q(kind="call_off")
                & Q(system=""),
                name="orders_order_reference_once",
            ),
            models.UniqueConstraint(
                "frame",
                Upper("customer_reference"),
                condition=~Q(customer_reference="") & ~Q(status__in=["cancelled", "rejected"]) & Q(kind="call_off"),
                name="orders_order_call_off_once",
            ),
            models.CheckConstraint(
                name="orders_order_registered",
                condition=Q(status__in=["received", "on_hold", "cancelled", "rejected"])
                | ~Q(number="") & ~Q(customer_reference="") & Q(registered_at__isnull=False, customer_date__isnull=False),
            ),
            models.CheckConstraint(
                name="orders_order_number_of_registered",
                condition=Q(number="", registered_at__isnull=True) | ~Q(number="") & Q(registered_at__isnull=False),
            ),
            models.CheckConstraint(name="orders_order_kept_elsewhere", condition=Q(system="") | ~Q(number="")),
            models.CheckConstraint(
                name="orders_order_confirmed",
                condition=Q(confirmation=0, confirmed_at__isnull=True) | Q(confirmation__gt=0, confirmed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="orders_order_held",
                condition=Q(status="on_hold") & ~Q(held_from="") | ~Q(status="on_hold") & Q(held_from=""),
            ),
            models.CheckConstraint(
                name="orders_order_call_off_of_frame",
                condition=Q(kind="call_off", frame__isnull=False) | ~Q(kind="call_off") & Q(frame__isnull=True),
            ),
            models.CheckConstraint(
                name="orders_order_ended_why", condition=~Q(status__in=["cancelled", "rejected"]) | ~Q(ended_reason="")
            ),
            models.CheckConstraint(
                name="orders_order_shares",
                condition=Q(tolerance__gte=0, tolerance__lte=100)
                & (Q(penalty_rate__isnull=True) | Q(penalty_rate__gte=0, penalty_rate__lte=100))
                & (Q(penalty_cap__isnull=True) | Q(penalty_cap__gte=0, penalty_cap__lte=100)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} · {self.customer.name}"

    def get_absolute_url(self) -> str:
        """The order's page."""
        return f"/orders/{self.pk}/"

    @property
    def name(self) -> str:
        """Our number, or what the customer calls it until it has one."""
        return self.number or self.customer_reference or str(_("Draft"))

    @property
    def their_number(self) -> str:
        """The customer's number, to stand beside our own; nothing where the order is called by it."""
        return self.customer_reference if self.number else ""

    @property
    def destination(self) -> Plant:
        """Where the goods go."""
        return self.ship_to or self.plant

    @property
    def producer(self) -> Location:
        """Our location that produces."""
        return self.producing_location or self.selling_location

    @property
    def payment(self) -> str:
        """The payment term in the active language."""
        return str(self.payment_term or "")

    @property
    def is_editable(self) -> bool:
        """Whether it is changed freely: once it is registered its review has begun, and a change is requested instead."""
        return self.status == Order.Status.RECEIVED
