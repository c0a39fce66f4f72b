"""Price campaigns: why prices are to change from a day on, by how much, for which agreements; from the draft to its approval.

Nothing that was agreed changes by a campaign: only what a customer agrees to becomes a new price agreement.
"""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, CustomerGroup, Location, Market
from catalog.models import ProductFamily
from kam.core import clock
from kam.core.history import tracked
from kam.core.plain import search_index, search_text
from kam.core.records import Record
from kam.core.scoping import ScopedQuerySet
from kam.core.workflow import Denied, Transition, Workflow
from orders.models.approvable import Approvable
from orders.models.indices import PriceIndex

#: By how many per cent a price may change, as the action that revises an agreement allows.
LOWEST, HIGHEST = Decimal("-99.99"), Decimal("1000")


def change_in_price(label: Any, **options: Any) -> models.DecimalField:
    """A column for a change of prices in per cent."""
    bounds = [MinValueValidator(LOWEST), MaxValueValidator(HIGHEST)]
    return models.DecimalField(label, max_digits=6, decimal_places=2, validators=bounds, **options)


#: The verb of the area manager for all of their customers at once: it reaches the campaigns in which their location was asked.
CONSENT_WHOLE = "orders.consent_to_whole_campaign"


class PriceCampaignQuerySet(ScopedQuerySet):
    """Campaigns: read by who reads a customer in them, written by who may write all of their customers."""

    def visible_to(self, user: Any) -> Self:
        return self._with_some("visible_to", user)

    def permitted(self, user: Any, verb: str) -> Self:
        if not user.may(verb):
            return self.none()
        if verb == CONSENT_WHOLE:
            return self._with_some("permitted", user, verb)
        rows = self._rows()
        others = rows.exclude(pk__in=rows.model._default_manager.permitted(user, verb).values("pk"))
        return self.filter(Exists(rows.filter(campaign=OuterRef("pk"))), ~Exists(others.filter(campaign=OuterRef("pk"))))

    def _with_some(self, rule: str, *arguments: Any) -> Self:
        rows = getattr(self._rows(), rule)(*arguments)
        return self.filter(Exists(rows.filter(campaign=OuterRef("pk"))))

    def _rows(self) -> Any:
        """The customers of campaigns."""
        campaigns: Any = self.model
        return campaigns.customers.rel.related_model._default_manager.all()

    def with_figure_rights(self, user: Any) -> Self:
        """With whether a person reads every customer in a campaign (`reads_all`), and of each one cost and margin (`reads_cost`)."""
        every = {}
        for name, rule in (("reads_all", "visible_to"), ("reads_cost", "costs_visible_to")):
            readable = getattr(self._rows(), rule)(user).values("pk")
            every[name] = ~Exists(self._rows().filter(campaign=OuterRef("pk")).exclude(pk__in=readable))
        return self.annotate(**every)

    def for_list(self) -> Self:
        return self.select_related(
            "location", "index", "of_group", "of_customer", "of_sector", "of_family", "of_location", "submitted_by", "approved_by"
        )


def _ready(campaign: Any) -> Denied | None:
    """Only what still begins, and asks somebody, can be handed in."""
    if not campaign.customers.filter(status="planned").exists():
        return Denied("no_customers", _("No customer is left in this campaign."))
    if campaign.effective_on <= clock.today():
        return Denied("day_is_over", _("The prices have to change on a day to come."), field="effective_on")
    return None


# As with agreements: margins are no part of the history.
@tracked(exclude=("search_text", "triggers"))
class PriceCampaign(Record, Approvable):
    """A change of agreed prices from a day on, by a percentage or by what an index did, for the customers that a filter found."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        IN_APPROVAL = "in_approval", _("In approval")
        APPROVED = "approved", _("Approved")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    class Basis(models.TextChoices):
        """From what the percentage comes."""

        PERCENTAGE = "percentage", _("A percentage")
        INDEX = "index", _("What an index did")

    class OpenOrders(models.TextChoices):
        """At which price orders are delivered that were placed before."""

        OLD = "old", _("Open orders keep the old price")
        NEW = "new", _("Open orders take the new price")

    STATUS_TONES = {"in_approval": "wait", "approved": "ok", "withdrawn": "closed"}

    number = models.CharField(_("number"), max_length=24, blank=True, editable=False)
    title = models.CharField(_("title"), max_length=160)
    why = models.TextField(
        _("why"), max_length=4000, help_text=_("The customer reads it in the letter: write it in words that fit there.")
    )
    location = models.ForeignKey(
        Location, on_delete=models.PROTECT, verbose_name=_("location that writes"), related_name="price_campaigns"
    )
    basis = models.CharField(_("basis"), max_length=10, choices=Basis.choices, default=Basis.PERCENTAGE)
    percentage = change_in_price(_("change asked (%)"))
    index = models.ForeignKey(
        PriceIndex, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("price index"), related_name="+"
    )
    index_from = models.DateField(_("index at the beginning, on"), null=True, blank=True)
    index_to = models.DateField(_("index now, on"), null=True, blank=True)
    share = models.DecimalField(
        _("share of the price that follows it (%)"),
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal("0.01")), MaxValueValidator(Decimal(100))],
    )
    value_from = models.DecimalField(_("value at the beginning"), max_digits=16, decimal_places=6, null=True, editable=False)
    value_to = models.DecimalField(_("value now"), max_digits=16, decimal_places=6, null=True, editable=False)
    effective_on = models.DateField(_("new prices from"))
    notice_days = models.PositiveSmallIntegerField(
        _("notice period (calendar days)"),
        default=60,
        validators=[MaxValueValidator(3660)],
        help_text=_("Where an agreement has a longer one, that one holds."),
    )
    open_orders = models.CharField(_("open orders"), max_length=3, choices=OpenOrders.choices, default=OpenOrders.OLD)
    discounts = models.BooleanField(
        _("also discounts on the list"),
        default=False,
        db_default=False,
        help_text=_(
            "They follow the list by themselves: only where the list stays as it is. The discount becomes smaller or larger."
        ),
    )
    of_group = models.ForeignKey(
        CustomerGroup, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("only this group"), related_name="+"
    )
    of_customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("only this customer"), related_name="+"
    )
    of_sector = models.ForeignKey(
        Market, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("only this sector"), related_name="+"
    )
    of_family = models.ForeignKey(
        ProductFamily, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("only this family"), related_name="+"
    )
    of_location = models.ForeignKey(
        Location,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("only agreements of this location"),
        related_name="+",
    )
    #: The first day that no longer counts among the twelve months by which money is measured.
    measured_until = models.DateField(_("measured until"), editable=False)
    status = models.CharField(_("status"), max_length=11, choices=Status.choices, default=Status.DRAFT, editable=False)
    search_text = search_text("number", "title")

    objects = PriceCampaignQuerySet.as_manager()
    workflow = Workflow(
        Transition("orders.submit_campaign", (Status.DRAFT,), Status.IN_APPROVAL, _ready),
        Transition("orders.approve_campaign", (Status.IN_APPROVAL,), Status.APPROVED, _ready),
        Transition("orders.return_campaign", (Status.IN_APPROVAL,), Status.DRAFT),
        Transition("orders.withdraw_campaign", (Status.IN_APPROVAL, Status.APPROVED), Status.WITHDRAWN),
    )

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("price campaign")
        verbose_name_plural = _("price campaigns")
        ordering = ["-effective_on", "-pk"]
        indexes = [
            search_index("orders_campaign_search"),
            models.Index(fields=["-effective_on", "-id"], name="orders_campaign_by_day"),
            models.Index(fields=["status", "-effective_on", "-id"], name="orders_campaign_by_status"),
            models.Index(fields=["updated_at", "id"], name="orders_campaign_by_change"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["number"], condition=~Q(number=""), name="orders_campaign_number_once"),
            models.CheckConstraint(name="orders_campaign_numbered", condition=Q(status="draft") | ~Q(number="")),
            models.CheckConstraint(name="orders_campaign_changes", condition=~Q(percentage=0)),
            models.CheckConstraint(
                name="orders_campaign_basis",
                condition=Q(
                    basis="percentage",
                    index__isnull=True,
                    index_from__isnull=True,
                    index_to__isnull=True,
                    share__isnull=True,
                    value_from__isnull=True,
                    value_to__isnull=True,
                )
                | Q(
                    basis="index",
                    index__isnull=False,
                    index_from__isnull=False,
                    index_to__isnull=False,
                    share__isnull=False,
                    value_from__isnull=False,
                    value_to__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="orders_campaign_status_and_facts",
                condition=Q(status="draft", submitted_at__isnull=True, approved_at__isnull=True)
                | Q(status="in_approval", submitted_at__isnull=False, approved_at__isnull=True)
                | Q(status="approved", submitted_at__isnull=False, approved_at__isnull=False)
                | Q(status="withdrawn", submitted_at__isnull=False),
            ),
            models.CheckConstraint(
                name="orders_campaign_two_persons",
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=models.F("submitted_by")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} · {self.title}"

    def get_absolute_url(self) -> str:
        """The campaign's page."""
        return f"/price-campaigns/{self.pk}/"

    @property
    def name(self) -> str:
        """Its number, or that it is a draft."""
        return self.number or str(_("Draft"))

    @property
    def last_day_to_send(self) -> date:
        """Until when a letter has to be out so that the notice period is kept; a customer's own may be longer."""
        return self.effective_on - timedelta(days=self.notice_days)
