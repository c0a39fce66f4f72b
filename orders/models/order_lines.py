"""The lines of orders: what was ordered against what was agreed, when it is wanted, promised and delivered; their schedule."""

from datetime import date
from typing import Any

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Round
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models import PriceUnit, Product, Unit, unit_words
from catalog.models.products import ABOVE_ZERO, NOT_NEGATIVE
from kam.core.history import tracked
from kam.core.records import Record
from kam.core.scoping import ScopedQuerySet
from orders.models import order_upkeep
from orders.models.agreement_lines import AgreementLine
from orders.models.customer_orders import SHARE, Order, stays
from orders.models.offer_lines import OfferLine


class OrderLineQuerySet(ScopedQuerySet):
    """Lines of orders; read with their order."""

    def visible_to(self, user: Any) -> "OrderLineQuerySet":
        return self.filter(order__in=Order.objects.visible_to(user))

    def for_list(self) -> "OrderLineQuerySet":
        return self.select_related("product", "order")

    def live(self) -> "OrderLineQuerySet":
        """Those that were not cancelled."""
        return self.exclude(status=OrderLine.Status.CANCELLED)


@tracked(exclude=("amount",), beside="order", named_by="position")
class OrderLine(Record):
    """What is ordered at one position; the price and the surcharge on it are per 1, 100 or 1000 units."""

    class Status(models.TextChoices):
        OPEN = "open", pgettext_lazy("order line", "Open")
        IN_REVIEW = "in_review", pgettext_lazy("order line", "In review")
        CONFIRMED = "confirmed", pgettext_lazy("order line", "Confirmed")
        PRODUCED = "produced", pgettext_lazy("order line", "Produced")
        SHIPPED_PART = "shipped_part", pgettext_lazy("order line", "Shipped in part")
        SHIPPED = "shipped", pgettext_lazy("order line", "Shipped")
        INVOICED = "invoiced", pgettext_lazy("order line", "Invoiced")
        CANCELLED = "cancelled", pgettext_lazy("order line", "Cancelled")

    STATUS_TONES = {
        "open": "draft", "in_review": "wait", "confirmed": "ok", "produced": "accent", "shipped_part": "accent", "shipped": "ok",
        "invoiced": "ok", "cancelled": "closed",
    }  # fmt: skip
    #: Goods that are promised and still to be delivered.
    BACKLOG = (Status.CONFIRMED, Status.PRODUCED, Status.SHIPPED_PART)

    order = models.ForeignKey(Order, on_delete=models.CASCADE, verbose_name=_("order"), related_name="lines")
    position = models.PositiveSmallIntegerField(_("position"), editable=False)
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("product"), related_name="order_lines"
    )
    description = models.CharField(
        _("description"),
        max_length=400,
        blank=True,
        help_text=_("Of a product, leave it empty for its name in the order's language."),
    )
    customer_part = models.CharField(_("customer part number"), max_length=35, blank=True)
    part_revision = models.CharField(_("revision ordered"), max_length=20, blank=True)
    agreed_revision = models.CharField(_("revision agreed"), max_length=20, blank=True, editable=False)
    quantity = models.DecimalField(_("quantity"), max_digits=14, decimal_places=3, validators=[ABOVE_ZERO])
    unit = models.CharField(_("unit"), max_length=8, choices=Unit.choices, default=Unit.PIECE)
    price = models.DecimalField(
        _("price"),
        max_digits=14,
        decimal_places=5,
        null=True,
        blank=True,
        validators=[NOT_NEGATIVE],
        help_text=_("The price that the customer ordered at."),
    )
    price_unit = models.PositiveSmallIntegerField(_("price unit"), choices=PriceUnit.choices, default=PriceUnit.ONE)
    surcharge = models.DecimalField(
        _("surcharge"), max_digits=14, decimal_places=5, default=0, validators=[NOT_NEGATIVE], help_text=_("Per price unit.")
    )
    discount = models.DecimalField(_("discount (%)"), max_digits=5, decimal_places=2, default=0, validators=SHARE)
    amount = models.GeneratedField(
        expression=Round(F("quantity") * (F("price") * (100 - F("discount")) / 100 + F("surcharge")) / F("price_unit"), 2),
        output_field=models.DecimalField(max_digits=18, decimal_places=2, null=True),
        db_persist=True,
    )
    requested_on = models.DateField(
        _("requested date"), null=True, blank=True, help_text=_("Leave it empty for the date of the order.")
    )
    first_confirmed_on = models.DateField(_("first confirmed date"), null=True, editable=False)
    confirmed_on = models.DateField(_("confirmed date"), null=True, editable=False)
    offer_line = models.ForeignKey(
        OfferLine,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("line of the offer"),
        related_name="order_lines",
    )
    agreement_line = models.ForeignKey(
        AgreementLine,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("line of the agreement"),
        related_name="order_lines",
    )
    frame_line = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("line of the frame order"),
        related_name="called_off",
    )
    customer_cumulative = models.DecimalField(
        _("received so far as the customer counts"),
        max_digits=14,
        decimal_places=3,
        null=True,
        blank=True,
        validators=[NOT_NEGATIVE],
    )
    status = models.CharField(_("status"), max_length=12, choices=Status.choices, default=Status.OPEN, editable=False)
    delivered_quantity = models.DecimalField(_("delivered"), max_digits=14, decimal_places=3, default=0, editable=False)
    delivered_on = models.DateField(_("last delivered"), null=True, editable=False)
    invoiced_quantity = models.DecimalField(_("invoiced"), max_digits=14, decimal_places=3, default=0, editable=False)
    lot_required = models.BooleanField(_("lot or serial numbers required"), default=False)
    notes = models.CharField(_("special notes"), max_length=400, blank=True)

    objects = OrderLineQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("line of an order")
        verbose_name_plural = _("lines of orders")
        ordering = ["order", "position", "pk"]
        indexes = [
            models.Index(
                fields=["confirmed_on", "id"],
                condition=Q(status__in=["confirmed", "produced", "shipped_part"]),
                name="orders_orderline_promised",
            ),
        ]
        triggers = [
            *Record.Meta.triggers,
            *order_upkeep.triggers("line"),
            stays("registered_stays", ~pgtrigger.Q(old__status="open")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["order", "position"], name="orders_orderline_position_once"),
            models.CheckConstraint(name="orders_orderline_of_something", condition=Q(product__isnull=False) | ~Q(description="")),
            models.CheckConstraint(
                name="orders_orderline_quantities",
                condition=Q(quantity__gt=0, delivered_quantity__gte=0, invoiced_quantity__gte=0)
                & (Q(customer_cumulative__isnull=True) | Q(customer_cumulative__gte=0)),
            ),
            models.CheckConstraint(
                name="orders_orderline_prices",
                condition=Q(surcharge__gte=0, discount__gte=0, discount__lte=100) & (Q(price__isnull=True) | Q(price__gte=0)),
            ),
            models.CheckConstraint(name="orders_orderline_price_unit", condition=Q(price_unit__in=[1, 100, 1000])),
            models.CheckConstraint(
                name="orders_orderline_priced", condition=Q(status__in=["open", "cancelled"]) | Q(price__isnull=False)
            ),
            models.CheckConstraint(
                name="orders_orderline_confirmed_dates",
                condition=Q(first_confirmed_on__isnull=True, confirmed_on__isnull=True)
                | Q(first_confirmed_on__isnull=False, confirmed_on__isnull=False),
            ),
            models.CheckConstraint(
                name="orders_orderline_promised_when",
                condition=Q(status__in=["open", "in_review", "cancelled"]) | Q(confirmed_on__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order.name} · {self.position}"

    def get_absolute_url(self) -> str:
        """The page of its order."""
        return f"/orders/{self.order_id}/"

    @property
    def first_delivery(self) -> date | None:
        """The day by which the first of it is to be delivered, confirmed or as the instalments say; None where neither does."""
        return self.confirmed_on or min((one.date for one in self.schedule.all()), default=None)

    @property
    def unit_words(self) -> str:
        """The unit as it stands beside a number."""
        return unit_words(self.unit)

    @property
    def wanted_on(self) -> Any:
        """When the customer wants it: its own date, or that of the order."""
        return self.requested_on or self.order.requested_on

    @property
    def open_quantity(self) -> Any:
        """What is still to be delivered."""
        return max(self.quantity - self.delivered_quantity, 0)


class OrderScheduleQuerySet(ScopedQuerySet):
    """Instalments; read with their order."""

    def visible_to(self, user: Any) -> "OrderScheduleQuerySet":
        return self.filter(line__order__in=Order.objects.visible_to(user))


@tracked()
class OrderSchedule(Record):
    """One instalment of a line: how much on which day, firm or planned."""

    line = models.ForeignKey(OrderLine, on_delete=models.CASCADE, verbose_name=_("line"), related_name="schedule")
    date = models.DateField(_("date"))
    quantity = models.DecimalField(_("quantity"), max_digits=14, decimal_places=3, validators=[ABOVE_ZERO])
    firm = models.BooleanField(_("firm"), default=True)

    objects = OrderScheduleQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("schedule line")
        verbose_name_plural = _("schedule lines")
        ordering = ["line", "date", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["line", "date"], name="orders_orderschedule_day_once"),
            models.CheckConstraint(name="orders_orderschedule_quantity", condition=Q(quantity__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.line} · {self.date:%Y-%m-%d}"
