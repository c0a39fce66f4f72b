"""The customers of price campaigns: what each is asked, answers and agrees to or refuses, on which prices, and which area managers consent."""

from datetime import date, timedelta
from typing import Any, Self

from django.conf import settings
from django.contrib.contenttypes.fields import GenericRelation
from django.db import models
from django.db.models import BooleanField, DateField, Exists, ExpressionWrapper, F, OuterRef, Q, Subquery, Value
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, CustomerGroup, Location, Plant, access_of
from kam.core import clock
from kam.core.documents import Document
from kam.core.history import tracked
from kam.core.records import Record
from kam.core.scoping import ScopedQuerySet
from kam.core.workflow import Denied, Transition, Workflow
from orders.models.agreement_lines import AgreementLine
from orders.models.agreements import AgreementScopedQuerySet, PriceAgreement
from orders.models.campaigns import CONSENT_WHOLE, PriceCampaign, change_in_price
from orders.models.negotiations import NEGOTIATION_READERS
from orders.models.opinions import Asked, given

#: The verb of the area manager: it reaches the customers of whom their location was asked.
CONSENT = "orders.consent_to_campaign"
#: Where a customer stands whose new agreements hold.
IN_FORCE = "in_force"


class CampaignCustomerQuerySet(AgreementScopedQuerySet):
    """Customers of campaigns: read and written as their agreements are, but only by those who sell or oversee it."""

    def visible_to(self, user: Any) -> Self:
        return self.concerning(access_of(user).scope_of(NEGOTIATION_READERS))

    def permitted(self, user: Any, verb: str) -> Self:
        """Who may change the agreements; consent is for the location that was asked."""
        if verb not in {CONSENT, CONSENT_WHOLE}:
            return super().permitted(user, verb)
        scope = access_of(user).scope(verb)
        asked = CampaignConsent.objects.filter(row=OuterRef("pk"), location__in=scope.location_ids)
        return self if scope.everything else self.filter(Exists(asked))

    def with_money_rights(self, user: Any) -> Self:
        """With `reads_money`: whether this person reads every sale behind a row; a part of a turnover would be a wrong figure."""
        scope = access_of(user).scope_of(NEGOTIATION_READERS)
        if scope.everything:
            return self.annotate(reads_money=Value(True))
        led = scope.led
        whole = led.plants.has("plant") | led.companies.has("customer") | Q(group__in=scope.group_ids)
        whole |= Q(location__in=scope.location_ids)
        return self.annotate(reads_money=ExpressionWrapper(whole, output_field=BooleanField()))

    def for_list(self) -> Self:
        rows = self.select_related(
            "campaign__location", "campaign__index", "group", "customer", "plant__customer", "location", "responsible", "sent_by"
        )
        return rows.annotate(waiting=Exists(CampaignLine.objects.waiting().filter(row=OuterRef("pk"))))

    def in_force(self) -> Self:
        """Those whose new prices hold."""
        waiting = CampaignLine.objects.waiting().filter(row=OuterRef("pk"))
        return self.filter(~Exists(waiting), status=CampaignCustomer.Status.AGREED)

    def late(self) -> Self:
        """Those of approved campaigns to whom no letter went although the notice period has begun."""
        last = ExpressionWrapper(F("effective_on") - F("notice_days"), output_field=DateField())
        rows = self.filter(status=CampaignCustomer.Status.PLANNED, campaign__status=PriceCampaign.Status.APPROVED)
        return rows.alias(last_to_send=last).filter(last_to_send__lt=clock.today())

    def about(self, customer: Customer) -> Self:
        """Those of a company, of its plants and of its group of today."""
        found = Q(customer=customer) | Q(plant__customer=customer)
        return self.filter(found | Q(group=customer.group_id) if customer.group_id else found)


def _approved(row: Any) -> Denied | None:
    """Nobody is asked for what nobody approved."""
    if row.campaign.status != PriceCampaign.Status.APPROVED:
        state = row.campaign.get_status_display()
        return Denied("campaign_not_approved", _("The campaign is “%(state)s”: it has to be approved.") % {"state": state})
    return None


def _not_written(row: Any) -> Denied | None:
    """What was agreed becomes price agreements once."""
    if row.status == CampaignCustomer.Status.AGREED and not row.lines.filter(agreement__isnull=True).exists():
        return Denied("agreed_already", _("The new price agreements are there already."))
    return _approved(row)


@tracked()
class CampaignCustomer(Record):
    """A customer in a campaign: asked how much, until when, by whom; answered, agreed or refused.

    It stands for the agreements with one group, company or plant at one of our locations, or at all: who reads one reads all.
    """

    class Status(models.TextChoices):
        PLANNED = "planned", _("Planned")
        ASKED = "asked", _("Letter sent")
        ANSWERED = "answered", _("Answered")
        AGREED = "agreed", _("Agreed")
        REFUSED = "refused", _("Refused")
        LEFT_OUT = "left_out", _("Left out")

    STATUS_TONES = {"asked": "wait", "answered": "accent", "agreed": "ok", "refused": "no", "left_out": "closed"}

    campaign = models.ForeignKey(
        PriceCampaign, on_delete=models.CASCADE, verbose_name=_("price campaign"), related_name="customers", editable=False
    )
    group = models.ForeignKey(
        CustomerGroup,
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        verbose_name=_("group"),
        related_name="campaign_rows",
    )
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, null=True, editable=False, verbose_name=_("customer"), related_name="campaign_rows"
    )
    plant = models.ForeignKey(
        Plant, on_delete=models.PROTECT, null=True, editable=False, verbose_name=_("plant"), related_name="campaign_rows"
    )
    location = models.ForeignKey(
        Location, on_delete=models.PROTECT, null=True, editable=False, verbose_name=_("selling location"), related_name="+"
    )
    status = models.CharField(_("status"), max_length=8, choices=Status.choices, default=Status.PLANNED, editable=False)
    asked = change_in_price(_("asked (%)"))
    effective_on = models.DateField(_("new prices from"), editable=False)
    notice_days = models.PositiveSmallIntegerField(_("notice period (calendar days)"), editable=False)
    responsible = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        verbose_name=_("who sends the letter"),
        related_name="+",
    )
    sent_to = models.CharField(_("sent to"), max_length=254, blank=True, editable=False)
    sent_at = models.DateTimeField(_("sent"), null=True, editable=False)
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        verbose_name=_("sent by"),
        related_name="+",
    )
    answered = change_in_price(_("answered (%)"), null=True, editable=False)
    answered_on = models.DateField(_("answered on"), null=True, editable=False)
    answer = models.CharField(_("what the customer said"), max_length=1000, blank=True, editable=False)
    agreed = change_in_price(_("agreed (%)"), null=True, editable=False)
    decided_on = models.DateField(_("decided on"), null=True, editable=False)
    reference = models.CharField(_("customer's reference"), max_length=60, blank=True, editable=False)
    refusal = models.CharField(_("why it was refused"), max_length=1000, blank=True, editable=False)
    documents = GenericRelation(Document)

    objects = CampaignCustomerQuerySet.as_manager()
    workflow = Workflow(
        Transition("orders.ask_campaign_customer", (Status.PLANNED,), Status.ASKED, _approved),
        Transition("orders.note_campaign_answer", (Status.ASKED, Status.ANSWERED), Status.ANSWERED, _approved),
        Transition(
            "orders.agree_campaign_customer",
            (Status.ASKED, Status.ANSWERED, Status.REFUSED, Status.AGREED),
            Status.AGREED,
            _not_written,
        ),
        Transition("orders.refuse_campaign_customer", (Status.ASKED, Status.ANSWERED), Status.REFUSED, _approved),
        Transition("orders.leave_out_campaign_customer", (Status.PLANNED,), Status.LEFT_OUT),
    )

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("customer of a price campaign")
        verbose_name_plural = _("customers of price campaigns")
        ordering = ["campaign", "pk"]
        indexes = [
            models.Index(fields=["status", "effective_on", "id"], name="orders_campaigncustomer_by_day"),
            models.Index(fields=["effective_on", "id"], name="orders_campaigncustomer_on"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "group", "customer", "plant", "location"],
                nulls_distinct=False,
                name="orders_campaigncustomer_once",
            ),
            models.CheckConstraint(
                name="orders_campaigncustomer_with_one",
                condition=Q(group__isnull=False, customer__isnull=True, plant__isnull=True)
                | Q(group__isnull=True, customer__isnull=False, plant__isnull=True)
                | Q(group__isnull=True, customer__isnull=True, plant__isnull=False),
            ),
            models.CheckConstraint(name="orders_campaigncustomer_changes", condition=~Q(asked=0)),
            models.CheckConstraint(
                name="orders_campaigncustomer_status_and_facts",
                condition=Q(status__in=["planned", "left_out"], sent_at__isnull=True, decided_on__isnull=True)
                | Q(status="asked", sent_at__isnull=False, decided_on__isnull=True)
                | Q(status="answered", sent_at__isnull=False, answered_on__isnull=False, decided_on__isnull=True)
                | Q(status="agreed", sent_at__isnull=False, decided_on__isnull=False, agreed__isnull=False)
                | Q(status="refused", sent_at__isnull=False, decided_on__isnull=False) & ~Q(refusal=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.campaign.name} · {self.holder}"

    def get_absolute_url(self) -> str:
        """The customer's page in the campaign."""
        return f"/price-campaigns/customers/{self.pk}/"

    @property
    def holder(self) -> Any:
        """With whom the prices were agreed: the plant, the company or the group."""
        return self.plant or self.customer or self.group

    @property
    def addressee(self) -> Customer | None:
        """The company to which the letter goes: of a group its first one."""
        if self.plant is not None:
            return self.plant.customer
        if self.customer is not None or self.group is None:
            return self.customer
        found: Customer | None = self.group.customers.order_by("code", "pk").first()
        return found

    @property
    def last_day_to_send(self) -> date:
        """Until when the letter has to be out so that the notice period is kept."""
        return self.effective_on - timedelta(days=self.notice_days)

    @property
    def is_late(self) -> bool:
        """Whether nobody was asked although the notice period has begun."""
        asked = self.status != self.Status.PLANNED or self.campaign.status != PriceCampaign.Status.APPROVED
        return not asked and self.last_day_to_send < clock.today()

    def get_standing_display(self) -> str:
        """Where it stands, in words."""
        standing = self.standing
        if standing == IN_FORCE:
            return str(_("In force"))
        return self.campaign.get_status_display() if self.status == self.Status.PLANNED else self.get_status_display()

    @property
    def standing(self) -> str:
        """Where it stands: the campaign's status until the letter is out, and in force once the new agreements hold."""
        if self.status == self.Status.PLANNED:
            return self.campaign.status
        if self.status == self.Status.AGREED:
            waiting = getattr(self, "waiting", None)
            waiting = CampaignLine.objects.waiting().filter(row=self).exists() if waiting is None else waiting
            return self.status if waiting else IN_FORCE
        return self.status


class CampaignLineQuerySet(ScopedQuerySet):
    """Prices of campaigns: read and written with the customer of the campaign, whose agreements they all are."""

    def visible_to(self, user: Any) -> Self:
        return self.filter(row__in=CampaignCustomer.objects.visible_to(user).values("pk"))

    def permitted(self, user: Any, verb: str) -> Self:
        return self.filter(row__in=CampaignCustomer.objects.permitted(user, verb).values("pk"))

    def for_list(self) -> Self:
        running = CampaignLine.objects.running().filter(line=OuterRef("line")).exclude(row=OuterRef("row")).order_by("pk")
        return self.annotate(also_in=Subquery(running.values("row__campaign__title")[:1])).select_related(
            "row__campaign",
            "row__group",
            "row__customer",
            "row__plant",
            "line__agreement",
            "line__product",
            "line__family",
            "agreement",
        )

    def running(self) -> Self:
        """Those of which a campaign still asks for another price."""
        undecided = (CampaignCustomer.Status.PLANNED, CampaignCustomer.Status.ASKED, CampaignCustomer.Status.ANSWERED)
        return self.filter(row__status__in=undecided).exclude(row__campaign__status=PriceCampaign.Status.WITHDRAWN)

    def waiting(self) -> Self:
        """Those whose new price does not hold yet: no agreement, none that was approved, or one that begins later."""
        status = PriceAgreement.Status.ACTIVE
        holding = Q(agreement__status=status, agreement__period__startswith__lte=clock.today())
        return self.filter(Q(agreement__isnull=True) | ~holding)


@tracked()
class CampaignLine(Record):
    """An agreed price that a campaign wants to change, and the agreement in which its new price was written."""

    row = models.ForeignKey(
        CampaignCustomer, on_delete=models.CASCADE, editable=False, verbose_name=_("customer"), related_name="lines"
    )
    line = models.ForeignKey(
        AgreementLine, on_delete=models.PROTECT, editable=False, verbose_name=_("price"), related_name="campaign_lines"
    )
    agreement = models.ForeignKey(
        PriceAgreement,
        on_delete=models.SET_NULL,
        null=True,
        editable=False,
        verbose_name=_("new price agreement"),
        related_name="campaign_lines",
    )

    objects = CampaignLineQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("price of a campaign")
        verbose_name_plural = _("prices of campaigns")
        ordering = ["row", "pk"]
        constraints = [models.UniqueConstraint(fields=["row", "line"], name="orders_campaignline_once")]

    def __str__(self) -> str:
        return f"{self.row} · {self.line.subject}"

    def get_absolute_url(self) -> str:
        """The page of the customer in the campaign."""
        return f"/price-campaigns/customers/{self.row_id}/"


class CampaignConsentQuerySet(ScopedQuerySet):
    """Consents, read and written with the customer of the campaign."""

    def visible_to(self, user: Any) -> Self:
        return self.filter(row__in=CampaignCustomer.objects.visible_to(user).values("pk"))

    def permitted(self, user: Any, verb: str) -> Self:
        return self.filter(row__in=CampaignCustomer.objects.permitted(user, verb).values("pk"))

    def for_list(self) -> Self:
        return self.select_related("location", "person", "given_by")


@tracked()
class CampaignConsent(Asked):
    """What the area manager of one of our locations says to the campaign at a customer that they serve; silence is no objection."""

    row = models.ForeignKey(
        CampaignCustomer, on_delete=models.CASCADE, editable=False, verbose_name=_("customer"), related_name="consents"
    )

    objects = CampaignConsentQuerySet.as_manager()

    class Meta(Asked.Meta):
        abstract = False
        verbose_name = _("consent to a price campaign")
        verbose_name_plural = _("consents to price campaigns")
        constraints = [
            models.UniqueConstraint(fields=["row", "location", "person"], name="orders_campaignconsent_once"),
            given("orders_campaignconsent_given"),
        ]
