"""The price list of a customer: the agreed prices in force on a day and those to come, with scales and both item numbers; never a cost."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.countries import country_name
from accounts.documents import letterhead
from accounts.models import Customer, account_manager_of, leading_location
from catalog.models import CustomerItem, reads_prices
from kam.core import clock
from kam.core.formats import day
from kam.core.printing import Contents
from kam.core.workflow import Denied
from orders.documents.agreement import line_on_paper
from orders.documents.forms import PRICE_LIST
from orders.models import AgreementLine
from orders.reports.price_lists import prices_of
from orders.reports.prices import refuse_price_list


def price_list_print(key: str, *, actor: Any) -> Contents:
    """The list of a customer on a day (`key`: the customer's, and the day after a colon), as far as its reader sees the agreements.

    In the customer's language. Raises Denied for whoever reads no prices, and where none is agreed.
    """
    if not reads_prices(actor):
        raise Denied("prices_hidden", _("Prices are not for you to see."), status=403)
    one, _colon, told = str(key).partition(":")
    rows = Customer.objects.visible_to(actor).select_related("group")
    customer = rows.filter(pk=int(one)).first() if one.isdecimal() else None
    if customer is None:
        raise Denied("not_found", _("There is no such record."), status=404)
    on = date.fromisoformat(told) if told else clock.today()
    now, later = prices_of(customer, on, AgreementLine.objects.visible_to(actor))
    refuse_price_list(customer, actor)
    return list_contents(customer, on, now, later, CustomerItem.objects.visible_to(actor))


def list_contents(
    customer: Customer, on: date, now: Sequence[AgreementLine], later: Sequence[AgreementLine], items: QuerySet[CustomerItem]
) -> Contents:
    """A customer's list with these prices in force and to come, in the customer's language; their own numbers are among `items`."""
    with translation.override(customer.language):
        title = _("Price list")
        return Contents(
            template="price_list.typ",
            form=PRICE_LIST,
            title=title,
            language=customer.language,
            path=customer.get_absolute_url(),
            letterhead=letterhead(leading_location(customer), customer.language),
            data=_data(customer, on, now, later, items),
            file_name=f"{title} {customer.code or customer.name} {on:%Y-%m-%d}.pdf".replace("/", "-"),
        )


def _data(
    customer: Customer, on: date, now: Sequence[AgreementLine], later: Sequence[AgreementLine], items: QuerySet[CustomerItem]
) -> dict[str, Any]:
    leader = account_manager_of(customer, clock.today())
    place = f"{customer.postal_code} {customer.city}".strip()
    parts = _part_numbers(customer, [*now, *later], items)
    pairs = [
        [_("Date"), day(clock.today())],
        [_("Prices on"), day(on)],
        [_("Your contact"), str(leader or "")],
        [_("E-mail"), leader.email if leader else ""],
    ]
    return {
        "addressee": [row for row in (customer.name, customer.address, place, str(country_name(customer.country))) if row],
        "reference": [pair for pair in pairs if pair[1]],
        "opening": _("These prices are agreed between us, net and without VAT."),
        "columns": [_("Our article · your part number"), _("Quantity"), _("Price"), _("per")],
        "parts": [
            [heading, [_line(line, parts) for line in lines]]
            for heading, lines in ((_("In force on %(day)s") % {"day": day(on)}, now), (_("Prices to come"), later))
            if lines
        ],
    }


def _part_numbers(customer: Customer, lines: Sequence[AgreementLine], items: QuerySet[CustomerItem]) -> dict[int, list[str]]:
    """The customer's own numbers of each product, each once."""
    products = {line.product_id for line in lines if line.product_id}
    items = items.filter(customer=customer, product__in=products).order_by("part_number", "pk")
    found: dict[int, dict[str, None]] = defaultdict(dict)
    for product, number in items.values_list("product", "part_number"):
        found[product][number] = None
    return {product: list(numbers) for product, numbers in found.items()}


def _line(line: AgreementLine, parts: dict[int, list[str]]) -> dict[str, Any]:
    """A price as on the agreement's own paper, with its currency, its days and where it holds."""
    told = line_on_paper(line, line.agreement, parts)
    days = _("From %(day)s") % {"day": day(line.first_day)}
    if line.last_day:
        days = _("From %(day)s to %(last)s") % {"day": day(line.first_day), "last": day(line.last_day)}
    where = [
        _("Plant %(name)s") % {"name": line.plant.name} if line.plant else "",
        _("Programme %(name)s") % {"name": line.programme.name} if line.programme else "",
        _("From our location %(name)s") % {"name": line.location.name} if line.location else "",
        line.agreement.number,
    ]
    notes = [*told["notes"], " · ".join([days, *(one for one in where if one)])]
    followed = [clause.index.code for clause in line.agreement.clauses.all() if clause.product_id in (None, line.product_id)]
    if followed:
        notes.append(_("The price follows %(indices)s, as agreed there.") % {"indices": ", ".join(dict.fromkeys(followed))})
    return told | {"notes": notes, "per": told["per"] if line.discount is not None else f"{line.currency} / {told['per']}"}
