"""Where each order stands, and what all orders add up to in the figures of the cockpit; both are kept by the database (order_upkeep)."""

from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Location, Plant, access_of
from kam.core.scoping import ScopedQuerySet, Way, asking
from orders.models import order_upkeep
from orders.models.customer_orders import ORDER_READERS, Order


def _at(locations: Any) -> Any:
    """What these locations sell or produce."""
    return Q(selling_location__in=locations) | Q(producing_location__in=locations)


def _key(model: Any, label: Any, **options: Any) -> Any:
    """A key that its order has, and enforces, too."""
    return models.ForeignKey(
        model, on_delete=models.PROTECT, db_index=False, db_constraint=False, related_name="+", verbose_name=label, **options
    )


class OrderStandingQuerySet(ScopedQuerySet):
    """Standings; read with their order."""

    def visible_to(self, user: Any) -> Self:
        scope = access_of(user).scope_of(ORDER_READERS)
        return self if scope.everything else self.filter(scope.led.plants.has("plant") | _at(scope.location_ids))


class OrderStanding(models.Model):
    """Where one order stands: what is wrong with it, until when it is blocked, the first day that it owes something, what it counts for."""

    order = models.OneToOneField(
        Order,
        on_delete=models.DO_NOTHING,
        primary_key=True,
        db_constraint=False,
        related_name="standing",
        verbose_name=_("order"),
    )
    plant = _key(Plant, _("plant"))
    selling_location = _key(Location, _("selling location"))
    producing_location = _key(Location, _("producing location"))
    base_net = models.DecimalField(_("net value in the group's currency"), max_digits=18, decimal_places=2)
    alive = models.BooleanField(_("something is still to be done"))
    flaw = models.CharField(_("what its status keeps it from"), max_length=11, blank=True)
    waiting = models.BooleanField(_("waiting for the customer's acceptance"))
    blocked_until = models.DateField(_("blocked until"), null=True)
    due_on = models.DateField(_("first day that something is owed on"), null=True)
    figures = models.JSONField(_("what it counts for"))

    objects = OrderStandingQuerySet.as_manager()

    class Meta:
        verbose_name = _("standing of an order")
        verbose_name_plural = _("standings of orders")
        ordering = ["-base_net", "-order"]
        indexes = [
            models.Index(fields=["-base_net", "-order"], condition=Q(alive=True), name="orders_standing_by_worth"),
            models.Index(fields=["flaw", "-base_net", "-order"], condition=~Q(flaw=""), name="orders_standing_by_flaw"),
            models.Index(fields=["-base_net", "-order"], condition=Q(waiting=True), name="orders_standing_waiting"),
            models.Index(fields=["due_on"], condition=Q(due_on__isnull=False), name="orders_standing_due"),
            models.Index(fields=["blocked_until"], condition=Q(blocked_until__isnull=False), name="orders_standing_blocked"),
            models.Index(fields=["plant", "-base_net"], condition=Q(alive=True), name="orders_standing_by_plant"),
            models.Index(
                fields=["selling_location", "-base_net", "-order"], condition=Q(alive=True), name="orders_standing_by_seller"
            ),
            models.Index(
                fields=["producing_location", "-base_net", "-order"], condition=Q(alive=True), name="orders_standing_by_producer"
            ),
        ]
        triggers = [*order_upkeep.total_triggers()]

    def __str__(self) -> str:
        return str(self.order_id)


class OrderTotalQuerySet(ScopedQuerySet):
    """Totals of orders: all plants of one's locations, and beside them the plants of one's accounts at the others."""

    def visible_to(self, user: Any) -> Self:
        scope = access_of(user).scope_of(ORDER_READERS)
        if scope.everything:
            return self.filter(plant=None)
        home = _at(scope.location_ids)
        seen = Q(plant=None) & home | Q(plant__isnull=False) & scope.led.plants.has("plant") & ~home
        return asking(self.filter(seen), Way.FIRST)


class OrderTotal(models.Model):
    """By how much orders move a cell: a figure of a plant, or of all plants, at a selling and a producing location, on a day.

    A cell may have several rows, and is their sum. `early` is by how many days a delivery came before its day.
    """

    plant = _key(Plant, _("plant"), null=True)
    selling_location = _key(Location, _("selling location"))
    producing_location = _key(Location, _("producing location"))
    figure = models.CharField(_("figure"), max_length=20)
    day = models.DateField(_("day"), null=True)
    early = models.IntegerField(_("days before the day"), null=True)
    in_full = models.BooleanField(_("in full"), null=True)
    count = models.BigIntegerField(_("count"))
    worth = models.DecimalField(_("value in the group's currency"), max_digits=24, decimal_places=2)
    folded = models.BooleanField(_("the only row of its cell"), default=False)

    objects = OrderTotalQuerySet.as_manager()

    class Meta:
        verbose_name = _("total of orders")
        verbose_name_plural = _("totals of orders")
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["plant", "figure", "day"], name="orders_ordertotal_by_plant"),
            models.Index(fields=["figure", "day"], condition=Q(plant__isnull=True), name="orders_ordertotal_of_all"),
            models.Index(fields=["id"], condition=Q(folded=False), name="orders_ordertotal_new"),
        ]

    def __str__(self) -> str:
        return f"{self.figure} · {self.day}"
