"""The demonstration's sales ledger: invoices and credit notes of three years, recorded by the ledger's own writer."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from typing import Any

from kam.core.calendars import WorkingCalendar
from kam.demo import stage
from kam.demo.catalogue import FACTORS, YOUNG
from kam.demo.organisation import person
from kam.demo.products import ProductData, is_young
from kam.demo.trade import FIRST_MONTHS, HANDED_OVER_ON, MARKETS, SEASONS, Buyer, buyers, share
from orders.actions import record_sales, stage_sales
from orders.models import LineKind, SalesBatch, SalesHeader

CENT = Decimal("0.01")
#: Location → the digits with which the numbers of its invoices begin.
NUMBERS = {"IT": 91, "DE": 92, "US": 93, "CN": 94}
RETURNED, PRICE_CORRECTED, SAMPLES, ROUNDED = 0.04, 0.015, 0.012, 0.002
SURCHARGE, FREIGHT, BONUS = Decimal("0.018"), Decimal("0.015"), Decimal("-0.015")
TRANSFER = Decimal("1.10")
#: Of a few lines the price was typed wrongly, in turn too low and too high.
MISPRICED, TYPED = 0.008, (Decimal("0.97"), Decimal("1.04"))
WORKING_DAYS = 21


@dataclass
class Invoice:
    """An invoice or credit note before it has its number: its lines as (kind, product, quantity, net amount)."""

    buyer: Buyer
    location: str
    day: date
    kind: str = SalesHeader.Kind.INVOICE
    intercompany: bool = False
    lines: list[tuple[str, ProductData | None, int, Decimal]] = field(default_factory=list)

    @property
    def goods(self) -> Decimal:
        """What its goods are worth."""
        return sum((net for kind, _product, _quantity, net in self.lines if kind == LineKind.GOODS), Decimal(0))

    @cached_property
    def order(self) -> tuple[date, str, str, bool]:
        """Invoices are numbered by day, then by plant."""
        return self.day, self.buyer.plant, self.kind, self.intercompany


def make() -> None:
    """Record what was sold until yesterday, as finance would: one run, a source system for each location."""
    rows = list(sales())
    with stage.at(0):
        record_sales(SalesBatch, actor=person("finance"), staged=stage_sales(rows), origin="SAP")


def sales() -> Iterator[dict[str, Any]]:
    """Every line as its source states it, in the order of the invoices."""
    calendars = {calendar.code: calendar for calendar in WorkingCalendar.objects.all()}
    months = [(month, {code: _working_days(month, calendar) for code, calendar in calendars.items()}) for month in _months()]
    made: list[Invoice] = []
    for buyer in buyers():
        own = [invoice for month, days in months for invoice in _of_month(buyer, month, days)]
        made += own + list(_bonus(buyer, own, months))
    counted: dict[str, int] = defaultdict(int)
    for invoice in sorted(made, key=lambda one: one.order):
        counted[invoice.location] += 1
        yield from _rows(invoice, f"{NUMBERS[invoice.location]}{counted[invoice.location]:06d}")


def _months() -> Iterator[date]:
    """The first day of each month, from three years ago to this one."""
    today = stage.day(0)
    for place in range(today.year * 12 + today.month - 1 - FIRST_MONTHS, today.year * 12 + today.month):
        yield date(place // 12, place % 12 + 1, 1)


def _working_days(month: date, calendar: WorkingCalendar) -> list[date]:
    """The working days of a month that are over."""
    days = (month + timedelta(days=distance) for distance in range(31))
    return [day for day in days if day.month == month.month and day < stage.day(0) and calendar.works_on(day)]


def _of_month(buyer: Buyer, month: date, days: dict[str, list[date]]) -> Iterator[Invoice]:
    """The invoices of one month, their credit notes, and what the producing location invoices to the one that sells."""
    season = SEASONS[buyer.location][month.month - 1]
    delivered: dict[ProductData, int] = defaultdict(int)
    # Of the month that has begun, as many orders have come as days are over.
    begun = min(len(days[buyer.location]) / WORKING_DAYS, 1) if month == stage.day(0).replace(day=1) else 1
    for turn in range(int(buyer.orders * season * begun + share("orders", buyer.plant, month))):
        seed = (buyer.plant, month, turn)
        if not days[buyer.location]:
            return
        day = days[buyer.location][int(share("day", *seed) * len(days[buyer.location]))]
        invoice = _invoice(buyer, day, seed)
        if not buyer.first_day <= day <= buyer.last_day or not invoice.lines:
            continue
        yield invoice
        yield from _credited(invoice, seed)
        for kind, product, quantity, _net in invoice.lines:
            if product and kind == LineKind.GOODS and product.producer != buyer.location:
                delivered[product] += quantity
    for producer in ("IT", "DE"):
        goods = [(product, quantity) for product, quantity in delivered.items() if product.producer == producer]
        if goods and days[producer]:
            yield Invoice(
                buyer,
                producer,
                days[producer][-1],
                intercompany=True,
                lines=[
                    (LineKind.GOODS, product, quantity, _rounded(product.cost * FACTORS[producer] * TRANSFER * quantity))
                    for product, quantity in goods
                ],
            )


def _invoice(buyer: Buyer, day: date, seed: tuple[object, ...]) -> Invoice:
    """One invoice: some products of the basket, with the surcharge and freight that some customers pay."""
    invoice = Invoice(buyer, buyer.location, day)
    basket = [product for product in buyer.basket if day >= stage.day(YOUNG + 25) or not is_young(product)]
    count = min(1 + int(share("lines", *seed) * 3), len(basket))
    first = int(share("first", *seed) * len(basket))
    amount = buyer.amount(day) * (0.65 + 0.7 * share("amount", *seed)) / max(count, 1)
    for place in range(count):
        product = basket[(first + place) % len(basket)]
        price = buyer.price(product, day)
        quantity = _packed(amount * (0.7 + 0.6 * share("line", place, *seed)) / float(price * MARKETS[buyer.location][2]))
        invoice.lines.append((LineKind.GOODS, product, quantity, _typed(price, place, *seed) * quantity))
    if count and share("sample", *seed) < SAMPLES:
        invoice.lines.append((LineKind.FREE_OF_CHARGE, basket[first - 1], 2, Decimal(0)))
    if buyer.location == "DE" and buyer.number % 3 == 0:
        invoice.lines.append((LineKind.SURCHARGE, None, 0, _rounded(invoice.goods * SURCHARGE)))
    if buyer.location == "US" and buyer.number % 2:
        invoice.lines.append((LineKind.FREIGHT, None, 0, _rounded(invoice.goods * FREIGHT)))
    return invoice


def _typed(price: Decimal, *seed: object) -> Decimal:
    """The price as it was invoiced: the agreed one, but for a few lines."""
    chance = share("mispriced", *seed)
    return price if chance >= MISPRICED else _rounded(price * TYPED[chance > MISPRICED / 2])


def _credited(invoice: Invoice, seed: tuple[object, ...]) -> Iterator[Invoice]:
    """The credit note for goods that came back, or for a price that was wrong."""
    day = invoice.day + timedelta(days=10 + int(share("credited", *seed) * 15))
    day += timedelta(days=(0, 0, 0, 0, 0, 2, 1)[day.weekday()])
    if day >= stage.day(0):
        return
    _kind, product, quantity, net = invoice.lines[0]
    what = share("credit", *seed)
    credit = Invoice(invoice.buyer, invoice.location, day, kind=SalesHeader.Kind.CREDIT_NOTE)
    if what < RETURNED:
        returned = max(quantity // 4, 1)
        credit.lines.append((LineKind.GOODS, product, -returned, -_rounded(net / quantity * returned)))
        yield credit
    elif what < RETURNED + PRICE_CORRECTED:
        credit.lines.append((LineKind.PRICE_CORRECTION, product, 0, -_rounded(net * Decimal("0.03"))))
        yield credit


def _bonus(buyer: Buyer, invoices: list[Invoice], months: list[tuple[date, dict[str, list[date]]]]) -> Iterator[Invoice]:
    """What a global account gets back in January for the year before."""
    for month, days in months:
        if not buyer.is_global or month.month != 1 or not days[buyer.location]:
            continue
        own = [one for one in invoices if one.day.year == month.year - 1 and not one.intercompany]
        back = _rounded(sum((one.goods for one in own), Decimal(0)) * BONUS)
        if back:
            lines: list[tuple[str, ProductData | None, int, Decimal]] = [(LineKind.REBATE, None, 0, back)]
            yield Invoice(buyer, buyer.location, days[buyer.location][-1], SalesHeader.Kind.CREDIT_NOTE, lines=lines)


def _rows(invoice: Invoice, number: str) -> Iterator[dict[str, Any]]:
    """The lines of an invoice as its source states them; one invoice in a few hundred states a total that does not agree."""
    buyer = invoice.buyer
    total = sum((net for _kind, _product, _quantity, net in invoice.lines), Decimal(0))
    total += Decimal("0.02") if share("total", number) < ROUNDED else 0
    former = buyer.former_manager if invoice.day < stage.day(HANDED_OVER_ON) else ""
    for place, (kind, product, quantity, net) in enumerate(invoice.lines, 1):
        yield {
            "system": f"SAP-{invoice.location}",
            "document": number,
            "document_kind": invoice.kind,
            "date": invoice.day,
            "customer": buyer.customer,
            "plant": buyer.plant,
            "selling_location": invoice.location,
            "total": total,
            "line": str(place * 10),
            "kind": kind,
            "intercompany": invoice.intercompany,
            "product": product.code if product else None,
            "quantity": quantity,
            "net": net,
            "currency": MARKETS[invoice.location][0],
            "account_manager": former,
        }


def _packed(quantity: float) -> int:
    """A quantity as people order it."""
    step = 1 if quantity < 20 else 5 if quantity < 100 else 10 if quantity < 500 else 50
    return max(round(quantity / step) * step, 1)


def _rounded(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)
