"""Offers: what we offer to a plant, revision by revision, from the draft to what became of it; who reads and writes them (domain 10.2).

What was sent is never changed: a change is the next revision, and each of them stays readable.
"""

from typing import Any, Self

import pgtrigger
from django.conf import settings
from django.contrib.contenttypes.fields import GenericRelation
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Contact, Location, PaymentTerm, Plant
from catalog.models.products import ABOVE_ZERO
from kam.core import clock
from kam.core.documents import Document
from kam.core.history import tracked
from kam.core.money import validate_currency
from kam.core.plain import search_index, search_text
from kam.core.records import Record
from kam.core.workflow import Denied, Transition, Workflow
from orders.models.approvable import TermsApprovable, decidable, finance_agreed, waiting_for_finance
from orders.models.consent_status import consent_field
from orders.models.negotiations import Negotiation
from orders.models.scopes import LocalQuerySet

LANGUAGES = [("it", "Italiano"), ("en", "English"), ("de", "Deutsch")]
#: What of an offer may change once it was sent: where it stands and what became of it.
MOVES = "{status,search_text,decided_on,lost_reason,lost_note,competitor,competitor_price,accepted_reference,updated_at,version}"
KEPT = f"""
IF OLD.status NOT IN ('draft', 'in_approval', 'approved')
    AND (to_jsonb(NEW) - '{MOVES}'::text[]) IS DISTINCT FROM (to_jsonb(OLD) - '{MOVES}'::text[])
THEN
    RAISE EXCEPTION 'an offer that was sent is never changed';
END IF;
RETURN NEW;
"""


class OfferQuerySet(LocalQuerySet):
    """Offers: read like sales, by whoever leads the account and at the location that sells (domain 1.2, 11.3)."""

    def for_list(self) -> Self:
        return self.select_related(
            "plant__customer",
            "selling_location",
            "contact",
            "payment_term",
            "submitted_by",
            "approved_by",
            "finance_by",
            "sent_by",
        )

    def latest_out(self) -> Self:
        """Those with customers, of several revisions alive at once the latest only."""
        later = Offer.objects.filter(number=OuterRef("number"), revision__gt=OuterRef("revision"), status__in=Offer.OUT)
        return self.filter(~Exists(later), status__in=Offer.OUT)

    def alive(self) -> Self:
        """Those that a customer could still accept or that are being made."""
        return self.filter(status__in=Offer.ALIVE)


def _complete(offer: Any) -> Denied | None:
    """Only an offer with a price for something can be handed in."""
    if not offer.lines.exists():
        return Denied("no_lines", _("Give at least one line with its price."))
    return _valid(offer)


def _valid(offer: Any) -> Denied | None:
    """What is over cannot be sent."""
    if offer.valid_until < clock.today():
        return Denied("offer_over", _("The offer's validity is over. Give it a later last day."), field="valid_until")
    return None


def _over(offer: Any) -> Denied | None:
    """Only what is over expires."""
    return None if offer.is_over else Denied("still_valid", _("This offer is still valid."))


def _standing(offer: Any) -> Denied | None:
    """What has expired is approved anew, as the next revision, before it can be accepted (domain 10.2)."""
    if offer.is_over:
        return Denied(
            "offer_over",
            _("This offer has expired. Make a revision of it: what it says has to be approved again before it holds."),
        )
    return None


# What costs are behind an offer is no part of a history that everybody reads who reads the offer.
@tracked(exclude=("search_text", "triggers", "approved_print", "variable_cost"))
class Offer(Record, TermsApprovable):
    """An offer to a plant by one of our locations, in one revision; `net`, `list_net` and `variable_cost` are kept with its lines."""

    class Status(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("offer", "Draft")
        IN_APPROVAL = "in_approval", pgettext_lazy("offer", "In approval")
        APPROVED = "approved", pgettext_lazy("offer", "Approved")
        SENT = "sent", pgettext_lazy("offer", "Sent")
        IN_NEGOTIATION = "in_negotiation", pgettext_lazy("offer", "In negotiation")
        ACCEPTED = "accepted", pgettext_lazy("offer", "Accepted")
        LOST = "lost", pgettext_lazy("offer", "Lost")
        EXPIRED = "expired", pgettext_lazy("offer", "Expired")
        WITHDRAWN = "withdrawn", pgettext_lazy("offer", "Withdrawn")
        SUPERSEDED = "superseded", pgettext_lazy("offer", "Superseded")

    LossReason = Negotiation.LossReason
    STATUS_TONES = {
        "in_approval": "wait", "approved": "accent", "sent": "accent", "in_negotiation": "accent", "accepted": "ok", "lost": "no",
        "expired": "closed", "withdrawn": "closed", "superseded": "closed",
    }  # fmt: skip
    #: Made or with the customer; what is out can be accepted, lost, or expire.
    ALIVE = (Status.DRAFT, Status.IN_APPROVAL, Status.APPROVED, Status.SENT, Status.IN_NEGOTIATION)
    OUT = (Status.SENT, Status.IN_NEGOTIATION)

    number = models.CharField(_("number"), max_length=24, blank=True, editable=False)
    revision = models.PositiveSmallIntegerField(_("revision"), default=0, editable=False)
    replaces = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, editable=False, verbose_name=_("revision of"), related_name="followers"
    )
    plant = models.ForeignKey(Plant, on_delete=models.PROTECT, verbose_name=_("plant"), related_name="offers")
    selling_location = models.ForeignKey(
        Location, on_delete=models.PROTECT, verbose_name=_("selling location"), related_name="offers"
    )
    contact = models.ForeignKey(
        Contact, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("contact"), related_name="offers"
    )
    negotiation = models.ForeignKey(
        Negotiation, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("negotiation"), related_name="offers"
    )
    language = models.CharField(_("language"), max_length=2, choices=LANGUAGES)
    currency = models.CharField(_("currency"), max_length=3, validators=[validate_currency])
    subject = models.CharField(_("subject"), max_length=160)
    enquiry = models.CharField(_("customer's enquiry"), max_length=60, blank=True)
    enquiry_complete_on = models.DateField(_("enquiry complete on"), null=True, blank=True)
    wanted_on = models.DateField(
        _("delivery wanted on"),
        null=True,
        blank=True,
        help_text=_("Prices of agreements that go by the requested date or by that of the delivery are those of this day."),
    )
    valid_until = models.DateField(_("valid until"))
    payment_term = models.ForeignKey(
        PaymentTerm, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("payment term"), related_name="offers"
    )
    incoterms = models.CharField(_("Incoterms"), max_length=3, blank=True)
    incoterms_place = models.CharField(_("Incoterms place"), max_length=70, blank=True)
    incoterms_version = models.CharField(
        _("Incoterms version"), max_length=4, blank=True, choices=[("2010", "2010"), ("2020", "2020")]
    )
    delivery = models.CharField(_("lead time"), max_length=160, blank=True)
    packaging = models.CharField(_("packaging"), max_length=200, blank=True)
    warranty = models.CharField(_("warranty"), max_length=200, blank=True)
    certificates = models.CharField(_("certificates"), max_length=200, blank=True)
    assumptions = models.TextField(_("assumptions"), blank=True, max_length=4000)
    exclusions = models.TextField(_("exclusions"), blank=True, max_length=4000)
    deviations = models.TextField(_("deviations from the customer's specification"), blank=True, max_length=4000)
    special_terms = models.BooleanField(
        _("terms beyond our standard ones"),
        default=False,
        help_text=_(
            "Liability, penalties, exclusivity, consignment stock, or the customer's own terms: finance and legal are asked."
        ),
    )
    notes = models.TextField(_("internal notes"), blank=True, max_length=4000)
    status = models.CharField(_("status"), max_length=14, choices=Status.choices, default=Status.DRAFT, editable=False)
    consent = consent_field()
    net = models.DecimalField(_("net value"), max_digits=18, decimal_places=2, default=0, editable=False)
    list_net = models.DecimalField(_("value at list prices"), max_digits=18, decimal_places=2, null=True, editable=False)
    variable_cost = models.DecimalField(_("variable cost"), max_digits=18, decimal_places=2, null=True, editable=False)
    base_annual_value = models.DecimalField(
        _("value of a year in the group's currency"), max_digits=18, decimal_places=2, null=True, editable=False
    )
    approved_print = models.CharField(max_length=64, blank=True, editable=False)
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        verbose_name=_("sent by"),
        related_name="+",
    )
    sent_at = models.DateTimeField(_("sent"), null=True, editable=False)
    sent_to = models.CharField(_("sent to"), max_length=254, blank=True, editable=False)
    lead_days = models.PositiveSmallIntegerField(_("working days until it was sent"), null=True, editable=False)
    lead_limit = models.PositiveSmallIntegerField(_("working days allowed"), null=True, editable=False)
    decided_on = models.DateField(_("decided on"), null=True, editable=False)
    lost_reason = models.CharField(_("reason of the loss"), max_length=10, choices=LossReason.choices, blank=True, editable=False)
    lost_note = models.CharField(_("how it was lost"), max_length=400, blank=True, editable=False)
    competitor = models.CharField(_("competitor"), max_length=120, blank=True, editable=False)
    competitor_price = models.DecimalField(
        _("competitor's price"), max_digits=18, decimal_places=2, null=True, validators=[ABOVE_ZERO], editable=False
    )
    accepted_reference = models.CharField(_("customer's acceptance"), max_length=60, blank=True, editable=False)
    documents = GenericRelation(Document)
    search_text = search_text("number", "subject", "enquiry")

    objects = OfferQuerySet.as_manager()
    workflow = Workflow(
        Transition("orders.submit_offer", (Status.DRAFT,), Status.IN_APPROVAL, _complete),
        Transition("orders.approve_offer", (Status.IN_APPROVAL,), Status.APPROVED, decidable),
        Transition("orders.agree_terms", (Status.IN_APPROVAL,), Status.IN_APPROVAL, waiting_for_finance),
        Transition("orders.refuse_terms", (Status.IN_APPROVAL,), Status.DRAFT, waiting_for_finance),
        Transition("orders.return_offer", (Status.IN_APPROVAL,), Status.DRAFT),
        Transition("orders.send_offer", (Status.APPROVED,), Status.SENT, _valid),
        Transition("orders.negotiate_offer", (Status.SENT,), Status.IN_NEGOTIATION, _standing),
        Transition("orders.accept_offer", OUT, Status.ACCEPTED, _standing),
        Transition("orders.lose_offer", (*OUT, Status.EXPIRED), Status.LOST),
        Transition("orders.withdraw_offer", (Status.IN_APPROVAL, Status.APPROVED, *OUT), Status.WITHDRAWN),
        Transition("orders.expire_offer", OUT, Status.EXPIRED, _over),
    )

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("offer")
        verbose_name_plural = _("offers")
        ordering = ["-created_at", "-pk"]
        indexes = [
            search_index("orders_offer_search"),
            models.Index(fields=["-created_at", "-id"], name="orders_offer_by_day"),
            models.Index(fields=["status", "-created_at", "-id"], name="orders_offer_by_status"),
            models.Index(fields=["valid_until", "id"], name="orders_offer_by_validity"),
            models.Index(fields=["net", "id"], name="orders_offer_by_net"),
            models.Index(fields=["selling_location", "-created_at", "-id"], name="orders_offer_by_location"),
            models.Index(fields=["plant", "-created_at", "-id"], name="orders_offer_by_plant"),
            models.Index(fields=["updated_at", "id"], name="orders_offer_by_change"),
        ]
        triggers = [
            *Record.Meta.triggers,
            pgtrigger.Trigger(name="kept", operation=pgtrigger.Update, when=pgtrigger.Before, func=KEPT),
            pgtrigger.Protect(name="sent_stays", operation=pgtrigger.Delete, condition=~pgtrigger.Q(old__status="draft")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["number", "revision"], condition=~Q(number=""), name="orders_offer_revision_once"),
            models.UniqueConstraint(fields=["number"], condition=Q(status="accepted"), name="orders_offer_accepted_once"),
            models.CheckConstraint(name="orders_offer_numbered", condition=Q(status="draft") | ~Q(number="")),
            models.CheckConstraint(
                name="orders_offer_revision_of", condition=Q(revision=0) | Q(revision__gt=0, replaces__isnull=False)
            ),
            models.CheckConstraint(
                name="orders_offer_approved",
                condition=Q(status__in=["draft", "in_approval", "withdrawn"])
                | Q(approved_at__isnull=False, approved_by__isnull=False) & ~Q(approved_print=""),
            ),
            models.CheckConstraint(
                name="orders_offer_two_persons",
                condition=Q(approved_by__isnull=True) | Q(level=0) | ~Q(approved_by=models.F("submitted_by")),
            ),
            finance_agreed("orders_offer_finance"),
            models.CheckConstraint(
                name="orders_offer_sent",
                condition=Q(status__in=["draft", "in_approval", "approved", "withdrawn"]) | Q(sent_at__isnull=False),
            ),
            models.CheckConstraint(
                name="orders_offer_lost_why", condition=~Q(status="lost") | ~Q(lost_reason="") & Q(decided_on__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} · {self.plant.customer.name}"

    def get_absolute_url(self) -> str:
        """The offer's page."""
        return f"/offers/{self.pk}/"

    @property
    def name(self) -> str:
        """Number and revision, as everybody names it."""
        return f"{self.number}/{self.revision}" if self.number else str(_("Draft"))

    @property
    def is_over(self) -> bool:
        """Whether its last day has passed while it was with the customer."""
        return self.status == self.Status.EXPIRED or (self.status in self.OUT and self.valid_until < clock.today())

    @property
    def payment(self) -> str:
        """The payment term in the active language."""
        return str(self.payment_term or "")
