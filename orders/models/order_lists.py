"""The open orders of a location as its ERP lists them: the day of the last list and the system that drew it.

What a later list does not name any more is over there: shipped where deliveries of it are known, cancelled where none is.
"""

from typing import Any, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Location, access_of
from kam.core.history import tracked
from kam.core.records import Record
from kam.core.scoping import ScopedQuerySet
from orders.models.customer_orders import ORDER_READERS, Order


class OrderListQuerySet(ScopedQuerySet):
    """The lists of our locations: read by whoever reads orders of them."""

    def visible_to(self, user: Any) -> Self:
        scope = access_of(user).scope_of(ORDER_READERS)
        if scope.everything:
            return self
        orders = Order.objects.visible_to(user).values("selling_location")
        return self.filter(models.Q(location__in=scope.location_ids) | models.Q(location__in=orders))

    def permitted(self, user: Any, verb: str) -> Self:
        scope = access_of(user).scope(verb)
        return self if scope.everything else self.filter(location__in=scope.location_ids)


@tracked()
class OrderList(Record):
    """The open orders of one location as a whole, as of a day."""

    location = models.OneToOneField(Location, on_delete=models.PROTECT, verbose_name=_("location"), related_name="order_list")
    system = models.CharField(_("source system"), max_length=40)
    as_of = models.DateField(_("as of"))

    objects = OrderListQuerySet.as_manager()

    class Meta(Record.Meta):
        abstract = False
        verbose_name = _("list of open orders")
        verbose_name_plural = _("lists of open orders")
        ordering = ["location__code", "pk"]

    def __str__(self) -> str:
        return f"{self.location.code} · {self.as_of.isoformat()}"
