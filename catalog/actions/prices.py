"""List prices: recording one from a day on, withdrawing one that has not begun."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils.translation import gettext_lazy as _

from accounts.models import Location
from catalog.actions.rows import created
from catalog.models import ListPrice, Product
from kam.core import clock
from kam.core.formats import day
from kam.core.periods import period
from kam.core.verbs import verb
from kam.core.workflow import Denied


@verb("catalog.record_list_price", _("Record list price"))
def record_list_price(
    model: type[ListPrice],
    *,
    actor: Any,
    reason: str = "",
    product: Product,
    currency: str,
    price: Decimal,
    first_day: date,
    location: Location | None = None,
    price_unit: int = 1,
    last_day: date | None = None,
) -> ListPrice:
    """Record the price of a product from a day on; the price before ends the day before, a later one limits this one.

    A price that held in the past is not rewritten. The same price again writes nothing. Raises Denied.
    """
    if last_day is not None and last_day < first_day:
        raise Denied("period_in_order", _("The last day cannot lie before the first."), field="last_day", status=400)
    Product.objects.filter(pk=product.pk).locked().get()
    prices = ListPrice.objects.of_list(product, location, currency)
    later = prices.filter(period__startswith__gt=first_day).order_by("period").first()
    if later is not None and later.first_day is not None:
        if last_day is not None and last_day >= later.first_day:
            raise Denied(
                "later_price",
                _("From %(day)s another price is recorded already. End this one before.") % {"day": day(later.first_day)},
                field="last_day",
            )
        last_day = last_day or later.first_day - timedelta(days=1)
    row = ListPrice(
        product=product,
        location=location,
        currency=currency,
        price=price,
        price_unit=price_unit,
        period=period(first_day, last_day),
    )
    before = prices.on(first_day).first()
    if before is not None:
        if (before.price, before.price_unit, before.last_day) == (price, price_unit, last_day):
            return before
        _close(before, first_day)
    return created(row)  # type: ignore[no-any-return]


def _close(before: ListPrice, first_day: date) -> None:
    """End the price before, unless that would rewrite what held."""
    if before.first_day == first_day:
        raise Denied(
            "price_from_this_day",
            _("From this day a price is recorded already. Withdraw it while it has not begun, or choose a later day."),
            field="first_day",
        )
    if first_day < clock.today():
        raise Denied("price_in_the_past", _("Prices of past days stay as they were. Begin today or later."), field="first_day")
    before.period = DateRange(before.first_day, first_day, "[)")
    before.save(update_fields=["period"])


@verb("catalog.withdraw_list_price", _("Withdraw list price"))
def withdraw_list_price(price: ListPrice, *, actor: Any, reason: str = "") -> None:
    """Take back a price that has not begun; the price before it goes on in its place."""
    if price.first_day is None or price.first_day <= clock.today():
        raise Denied("price_has_begun", _("This price holds already. Record a new one from today or later."))
    Product.objects.filter(pk=price.product_id).locked().get()
    before = (
        ListPrice.objects.of_list(price.product, price.location, price.currency).filter(period__endswith=price.first_day).first()
    )
    end = price.period.upper
    price.delete()
    if before is not None:
        before.period = DateRange(before.first_day, end, "[)")
        before.save(update_fields=["period"])
