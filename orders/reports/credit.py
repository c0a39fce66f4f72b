"""How far a customer's credit is used: the limit beside open items, deliveries not invoiced, open orders and a new order (AT-52).

Everything counts for the company that pays, in the currency of its limit, at the rates of the day; whoever asks, since a
limit is one for all locations. What a reader may see of it is said by `reads_exposure`.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce, Greatest, Least
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Customer, Role, access_of
from kam.core import clock, formats
from kam.core.money import convert
from kam.core.parameters import define, parameter
from orders.models import OpenItem, Order, OrderLine

ZERO = Decimal(0)
define(
    "orders.overdue_days",
    default=30,
    unit="cd",
    label=gettext_lazy("For how many days a customer may be overdue before new orders are blocked"),
)
#: Orders that bind us, or are about to: registered and not at their end.
OPEN = tuple(status for status in Order.Status if status not in (Order.Status.RECEIVED, *Order.OVER))
#: Whose lines are no promise to deliver: a frame order's call-offs are; and what is sold inside the group.
APART = (Order.Kind.FRAME, Order.Kind.INTERCOMPANY)


@dataclass(frozen=True)
class Exposure:
    """What a company owes and will owe, in the currency of its limit; without a limit nothing is exceeded."""

    customer: Customer
    currency: str
    limit: Decimal | None
    limit_until: date | None
    open_items: Decimal
    deliveries: Decimal
    orders: Decimal
    new: Decimal
    #: Amount overdue for longer than is tolerated, and for how many days the oldest item is.
    overdue: Decimal
    days_overdue: int
    days_tolerated: int

    @property
    def total(self) -> Decimal:
        """Everything together."""
        return self.open_items + self.deliveries + self.orders + self.new

    @property
    def exceeded(self) -> Decimal:
        """By how much it is beyond the limit; a limit that has run out is none."""
        return ZERO if self.limit is None else max(self.total - self.limit, ZERO)

    @property
    def is_blocking(self) -> bool:
        """Whether an order has to wait for finance."""
        return self.exceeded > 0 or self.overdue > 0

    def __str__(self) -> str:
        """Why an order has to wait, in the language of the moment."""
        found = []
        if self.exceeded > 0:
            text = _("The credit limit of %(limit)s is exceeded by %(exceeded)s %(currency)s.")
            values = {"limit": formats.number(self.limit, 2), "exceeded": formats.number(self.exceeded, 2)}
            found.append(text % (values | {"currency": self.currency}))
        if self.overdue > 0:
            text = _("%(amount)s %(currency)s are overdue, the oldest for %(days)s days.")
            values = {"amount": formats.number(self.overdue, 2), "days": str(self.days_overdue)}
            found.append(text % (values | {"currency": self.currency}))
        return " ".join(found)


def payer_of(order: Order) -> Customer:
    """The company that pays an order."""
    return order.bill_to or order.customer


def exposure(customer: Customer, *, order: Order | None = None) -> Exposure:
    """The credit of a company; with an order of it, that one counts as new. Raises Denied where a rate of exchange is missing."""
    today = clock.today()
    currency = customer.currency

    def together(amounts: dict[str, Decimal]) -> Decimal:
        found = (convert(amount, one, currency, on=today).amount for one, amount in amounts.items() if amount)
        return sum(found, ZERO)

    items = OpenItem.objects.filter(customer=customer).open()
    tolerated = int(parameter("orders.overdue_days", [f"customer:{customer.pk}"]))
    late = items.overdue().order_by("due_on")
    oldest = late.first()
    days = oldest.days_overdue if oldest is not None else 0
    deliveries, ordered, new = _of_orders(customer, order)
    limit = customer.credit_limit
    if limit is not None and customer.credit_limit_until is not None and customer.credit_limit_until < today:
        limit = ZERO
    return Exposure(
        customer=customer,
        currency=currency,
        limit=limit,
        limit_until=customer.credit_limit_until,
        open_items=together(_by_currency(items, "open_amount")),
        deliveries=together(deliveries),
        orders=together(ordered),
        new=together(new),
        overdue=together(_by_currency(late, "open_amount")) if days > tolerated else ZERO,
        days_overdue=days,
        days_tolerated=tolerated,
    )


def _by_currency(rows: QuerySet, name: str) -> dict[str, Decimal]:
    found = rows.order_by().values("currency").annotate(total=Sum(name))
    return {one["currency"]: one["total"] for one in found}


def _of_orders(customer: Customer, order: Order | None) -> tuple[dict[str, Decimal], dict[str, Decimal], dict[str, Decimal]]:
    """Delivered and not invoiced, still to be delivered, and what this order adds, by currency, in one query."""
    delivered = Least(F("delivered_quantity"), F("quantity"))
    to_invoice = Greatest(F("delivered_quantity") - F("invoiced_quantity"), ZERO) * F("amount") / F("quantity")
    to_deliver = (F("quantity") - delivered) * F("amount") / F("quantity")
    here = Q(order__system="")  # what an ERP invoices stands among the open items of its list
    this = Q(order=order.pk if order is not None else 0)
    # Of a company that was merged into this one the orders keep their name, and this one pays.
    companies = Customer.objects.filter(Q(pk=customer.pk) | Q(merged_into=customer)).values("pk")
    pays = Q(order__bill_to__in=companies) | Q(order__bill_to__isnull=True, order__customer__in=companies)
    rows = (
        OrderLine.objects.live()
        .filter(pays, amount__isnull=False)
        .filter(Q(order__status__in=OPEN) | this)
        .exclude(order__kind__in=APART)
        .order_by()
        .values("order__currency")
        .annotate(
            deliveries=Coalesce(Sum(to_invoice, filter=here), ZERO),
            ordered=Coalesce(Sum(to_deliver, filter=~this), ZERO),
            new=Coalesce(Sum(to_deliver, filter=this), ZERO),
        )
    )
    found = list(rows)
    return tuple({one["order__currency"]: one[name] for one in found} for name in ("deliveries", "ordered", "new"))  # type: ignore[return-value]


def reads_exposure(user: Any, customer: Customer) -> bool:
    """Whether this person reads the whole of it: who leads the account or oversees all, and finance of a location that serves it."""
    access = access_of(user)
    leading, finance = access.scope_of({Role.ACCOUNT_MANAGER}), access.scope_of({Role.FINANCE})
    rows = Customer.objects.detailed_to(user).filter(pk=customer.pk)
    if access.sees_all:
        return bool(access.roles & {Role.SALES_MANAGER, Role.MANAGEMENT, Role.AUDITOR, Role.FINANCE})
    inside = Q(pk__in=[])
    for scope in (leading.led, finance.served):
        inside |= scope.companies.has("pk")
    return bool(rows.filter(inside).exists())
