"""Consent to local prices: which price an area manager asked about, what the account manager answered, what the sales manager decided (domain 11.1)."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Location, Plant
from kam.core import clock
from kam.core.formats import moment
from kam.core.history import tracked
from kam.core.records import Record
from kam.core.workflow import Denied, Transition, Workflow
from orders.models.agreements import PriceAgreement
from orders.models.consent_status import CONSENT_TONES, OPEN, ConsentStatus
from orders.models.offers import Offer
from orders.models.scopes import LocalQuerySet


class PriceConsentQuerySet(LocalQuerySet):
    """Requests for consent: read like what they are about, by whoever leads the account and at the location that sells."""

    def for_list(self) -> Self:
        return self.select_related("plant__customer", "selling_location", "asked_by", "answered_by", "decided_by")

    def of(self, subject: Any) -> Self:
        """Those about a price agreement or an offer."""
        return self.filter(**{"agreement" if isinstance(subject, PriceAgreement) else "offer": subject})

    def open(self) -> Self:
        """Those that somebody has to act on."""
        return self.filter(status__in=OPEN)


def _late(consent: Any) -> Denied | None:
    """As long as the account manager has time to answer, nobody decides in their place."""
    if consent.status == ConsentStatus.WAITING and clock.now() < consent.due_at:
        text = _("The account manager has until %(moment)s to answer.")
        return Denied("not_late", text % {"moment": moment(consent.due_at)})
    return None


# What was out of the corridor stands in the rows as they were asked about; the time line tells what became of it, that of the
# plant and of its customer too (domain 11.1).
@tracked(exclude=("outside", "print"), told_at=("plant", "plant__customer"), named_by="name")
class PriceConsent(Record):
    """What an area manager asks of the account manager: local prices outside the corridor, in an agreement or in an offer."""

    STATUS_TONES = CONSENT_TONES

    agreement = models.ForeignKey(
        PriceAgreement,
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        verbose_name=_("price agreement"),
        related_name="consents",
    )
    offer = models.ForeignKey(
        Offer, on_delete=models.PROTECT, null=True, editable=False, verbose_name=_("offer"), related_name="consents"
    )
    name = models.CharField(_("price agreement or offer"), max_length=240, editable=False)
    plant = models.ForeignKey(Plant, on_delete=models.PROTECT, editable=False, verbose_name=_("plant"), related_name="+")
    selling_location = models.ForeignKey(
        Location, on_delete=models.PROTECT, editable=False, verbose_name=_("selling location"), related_name="+"
    )
    status = models.CharField(
        _("status"), max_length=10, choices=ConsentStatus.choices, default=ConsentStatus.WAITING, editable=False
    )
    outside = models.JSONField(_("outside the corridor"), default=list, editable=False)
    print = models.CharField(_("what was asked about"), max_length=64, editable=False)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, editable=False, verbose_name=_("asked by"), related_name="+"
    )
    asked_at = models.DateTimeField(_("asked"), editable=False)
    why = models.CharField(_("why"), max_length=2000, editable=False)
    due_at = models.DateTimeField(_("answer by"), editable=False)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        verbose_name=_("answered by"),
        related_name="+",
    )
    answered_at = models.DateTimeField(_("answered"), null=True, editable=False)
    answer = models.CharField(_("answer"), max_length=2000, blank=True, editable=False)
    escalated_at = models.DateTimeField(_("escalated"), null=True, editable=False)
    escalation = models.CharField(_("why it was escalated"), max_length=2000, blank=True, editable=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        verbose_name=_("decided by"),
        related_name="+",
    )
    decided_at = models.DateTimeField(_("decided"), null=True, editable=False)
    decision = models.CharField(_("decision"), max_length=2000, blank=True, editable=False)

    objects = PriceConsentQuerySet.as_manager()
    workflow = Workflow(
        Transition("orders.give_consent", (ConsentStatus.WAITING, ConsentStatus.REFUSED), ConsentStatus.GIVEN),
        Transition("orders.refuse_consent", (ConsentStatus.WAITING,), ConsentStatus.REFUSED),
        Transition("orders.escalate_consent", (ConsentStatus.WAITING, ConsentStatus.REFUSED), ConsentStatus.ESCALATED, _late),
        Transition("orders.decide_consent", (ConsentStatus.ESCALATED,), ConsentStatus.ALLOWED),
        Transition("orders.take_back_consent", OPEN, ConsentStatus.WITHDRAWN),
    )

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("request for consent")
        verbose_name_plural = _("requests for consent")
        ordering = ["-asked_at", "-pk"]
        indexes = [
            models.Index(fields=["-asked_at", "-id"], name="orders_consent_by_day"),
            models.Index(fields=["status", "due_at", "id"], name="orders_consent_by_status"),
            models.Index(fields=["due_at", "id"], name="orders_consent_by_due"),
            models.Index(fields=["updated_at", "id"], name="orders_consent_by_change"),
        ]
        constraints = [
            models.CheckConstraint(
                name="orders_consent_about_one", condition=Q(agreement__isnull=False) ^ Q(offer__isnull=False)
            ),
            models.UniqueConstraint(
                fields=["agreement"],
                condition=Q(status__in=["waiting", "refused", "escalated"]),
                name="orders_consent_one_of_agreement",
            ),
            models.UniqueConstraint(
                fields=["offer"],
                condition=Q(status__in=["waiting", "refused", "escalated"]),
                name="orders_consent_one_of_offer",
            ),
            models.CheckConstraint(
                name="orders_consent_answered",
                condition=~Q(status__in=["given", "refused"]) | Q(answered_at__isnull=False, answered_by__isnull=False),
            ),
            models.CheckConstraint(name="orders_consent_refused_why", condition=~Q(status="refused") | ~Q(answer="")),
            models.CheckConstraint(
                name="orders_consent_decided",
                condition=~Q(status__in=["allowed", "disallowed"])
                | Q(escalated_at__isnull=False, decided_at__isnull=False, decided_by__isnull=False) & ~Q(decision=""),
            ),
            models.CheckConstraint(
                name="orders_consent_two_persons",
                condition=(Q(answered_by__isnull=True) | ~Q(answered_by=models.F("asked_by")))
                & (Q(decided_by__isnull=True) | ~Q(decided_by=models.F("asked_by"))),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The page of the request."""
        return f"/price-consents/{self.pk}/"

    @property
    def subject(self) -> Any:
        """The price agreement or offer that it is about."""
        return self.agreement or self.offer
