"""What stands in a customer's price list on a day: the agreed prices in force and those to come, without what a nearer one displaces."""

from datetime import date
from typing import Any

from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer
from kam.core.workflow import Denied
from orders.models import AgreementLine

#: The longest list that is printed at once.
MOST = 3000


def prices_of(customer: Customer, on: date, rows: Any) -> tuple[list[AgreementLine], list[AgreementLine]]:
    """Of these rows the agreed prices of a customer that hold on a day, and those that begin later. Raises Denied where there are none."""
    held = Q(customer=customer) | Q(plant__customer=customer)
    if customer.group_id:
        held |= Q(group=customer.group_id)
    rows = rows.filter(held, agreed=True)
    rows = (
        rows.filter(Q(period__endswith__gt=on) | Q(period__endswith__isnull=True))
        .for_price_list()
        .order_by(F("product__code").asc(nulls_last=True), "family__code", "period", "pk")
    )
    found = list(rows[: MOST + 1])
    if len(found) > MOST:
        raise Denied(
            "too_long", _("More than %(most)d prices are agreed. Export the price agreements to Excel.") % {"most": MOST}
        )
    now = [line for line in found if line.first_day is not None and line.first_day <= on]
    later = [line for line in found if line.first_day is not None and line.first_day > on]
    own = {_what(line) for line in now if line.customer_id}
    everywhere = {what[:-1] for what in own if what[-1] is None}
    shown = [line for line in now if not line.group_id or not (_what(line) in own or _what(line)[:-1] in everywhere)]
    if not shown and not later:
        raise Denied("no_prices", _("No price is agreed with this customer on this day or later."))
    return shown, later


def _what(line: AgreementLine) -> tuple[Any, ...]:
    """What a line prices, whoever agreed it: the location last."""
    return line.product_id, line.family_id, line.currency, line.programme_id, line.location_id
