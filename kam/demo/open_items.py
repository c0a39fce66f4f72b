"""The demonstration's open items: what the last invoices of each location leave unpaid, on the list of last Friday."""

from datetime import timedelta
from decimal import Decimal

from accounts.models import PaymentTerm
from kam.core.import_kinds import Change
from kam.core.money import convert, round_money
from kam.demo import stage
from kam.demo.organisation import person
from kam.demo.trade import share
from orders.actions import record_open_items
from orders.models import OpenItem, OpenItemList, SalesHeader

BASE = "EUR"
#: How far back invoices may still be open, and which part of them is not paid in time.
REACH, LATE = 240, 0.06
DUNNED_EVERY = 20


def make() -> None:
    """Record the list of each location, as its accounting draws it: what is not due yet, and a little that is overdue."""
    as_of = stage.day(-((stage.day(0).weekday() - 5) % 7 + 1))
    terms = {one.code: one for one in PaymentTerm.objects.all()}
    rates: dict[str, Decimal] = {}
    lists: dict[int, list[Change]] = {}
    places = {}
    rows = SalesHeader.objects.current().filter(date__gt=as_of - timedelta(days=REACH), date__lte=as_of, lines_net__gt=0)
    for number, one in enumerate(rows.for_list().order_by("document__number", "pk"), 2):
        term = terms.get(one.customer.payment_terms)
        due = term.due_days(one.date)[-1] if term else one.date + timedelta(days=30)
        if due < as_of and share("late", one.document.number) > LATE:
            continue
        if one.currency not in rates:
            rates[one.currency] = convert(Decimal(1), one.currency, BASE, on=as_of, rounded=False).amount
        amount = round_money(one.lines_net, one.currency)
        values = {
            "selling_location": one.selling_location,
            "customer": one.customer,
            "document_number": one.document.number,
            "kind": OpenItem.Kind.INVOICE,
            "date": one.date,
            "due_on": due,
            "currency": one.currency,
            "amount": amount,
            "open_amount": amount,
            "base_open": round_money(amount * rates[one.currency], BASE),
            "dunning_level": min(max((as_of - due).days, 0) // DUNNED_EVERY, 3),
        }
        places[one.selling_location_id] = one.selling_location
        lists.setdefault(one.selling_location_id, []).append(Change(number, one.document.number, values))
    with stage.at(0):
        for key in sorted(lists):
            system = f"SAP-{places[key].code}"
            record_open_items(
                OpenItemList, actor=person("finance"), location=places[key], system=system, as_of=as_of, new=lists[key]
            )
