"""What was ordered beside what was offered and agreed, field by field, with what each difference is worth a year (domain 5.5)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import PaymentTerm, Role
from kam.core import clock, formats
from orders.models import Order, OrderLine
from orders.models.checklists import COMPARED
from orders.reports.order_facts import CAPITAL, OrderFacts, of_an_order

TOLERANCE = of_an_order(
    "price_tolerance", default=Decimal(0), unit="%", label=_("Difference between ordered and agreed price that counts as none")
)
ROUNDING = of_an_order("price_rounding", default=Decimal("0.01"), label=_("Difference per price unit that is taken for rounding"))
#: What a field's value is, to be written as its reader writes it.
KINDS = {"quantity": "number", "price": "price", "date": "day", "minimum": "number", "pack": "number"}
OURS, THEIRS = "ours", "theirs"
TERMS = {OURS: pgettext_lazy("terms", "Our terms"), THEIRS: pgettext_lazy("terms", "The customer's terms")}
#: Whose matter a field is.
CONCERNS = {
    "currency": Role.FINANCE,
    "payment": Role.FINANCE,
    "incoterms": Role.LOGISTICS,
    "certificates": Role.QUALITY,
    "terms": Role.ACCOUNT_MANAGER,
    "item": Role.TECHNICAL,
    "customer_part": Role.BACK_OFFICE,
    "revision": Role.TECHNICAL,
    "quantity": Role.PRODUCTION,
    "price": Role.ACCOUNT_MANAGER,
    "date": Role.PRODUCTION,
    "minimum": Role.SALES_MANAGER,
    "pack": Role.SALES_MANAGER,
}


@dataclass
class Compared:
    """One field of an order beside what was offered or agreed; `effect` is of a year, in the group's currency, seen from us."""

    field: str
    basis: str
    expected: str
    found: str
    line: OrderLine | None = None
    same: bool = False
    blocking: bool = False
    delta: Decimal | None = None
    percent: Decimal | None = None
    effect: Decimal | None = None

    @property
    def name(self) -> str:
        """Which field of which position, in the reader's language."""
        field = str(COMPARED[self.field])
        return f"{self.position} · {field}" if self.position else field

    @property
    def position(self) -> int:
        """The position of its line; 0 for what concerns the whole order."""
        return self.line.position if self.line else 0

    @property
    def function(self) -> str:
        """Whose matter it is."""
        return str(CONCERNS[self.field])


def written(field: str, value: str) -> str:
    """A kept value as its reader writes it."""
    if not value:
        return formats.EMPTY
    match KINDS.get(field):
        case "day":
            return formats.day(date.fromisoformat(value))
        case "price":
            return formats.number(Decimal(value), 2, most=5)
        case "number":
            return formats.number(Decimal(value), None)
    return str(TERMS.get(value, value)) if field == "terms" else value


def compare(facts: OrderFacts) -> list[Compared]:
    """Every field of a whole order that something is known to compare with, the same ones too; the head first."""
    found = list(_head(facts))
    for line in facts.lines:
        for rule in LINE_RULES:
            found += rule(facts, line)
    return found


def differences(facts: OrderFacts) -> list[Compared]:
    """What was ordered otherwise than offered or agreed."""
    return [one for one in compare(facts) if not one.same]


def _text(value: Decimal) -> str:
    return f"{value.normalize():f}"


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def _head(facts: OrderFacts) -> Iterator[Compared]:
    """Currency, payment, Incoterms, certificates, general terms: of the offer, else of the agreement, else as usual with the customer."""
    order = facts.order
    source: Any = order.offer or order.agreement
    basis = (order.offer.name if order.offer else order.agreement.number if order.agreement else "") or "terms"
    holder = source or facts.customer
    if source is not None:
        yield Compared("currency", basis, source.currency, order.currency, same=source.currency == order.currency, blocking=True)
    agreed = order.offer.payment_term if order.offer else facts.terms.get(holder.payment_terms)
    if agreed is not None:
        yield _payment(facts, agreed, basis)
    if holder.incoterms:
        expected, found = _incoterms(holder), _incoterms(order)
        yield Compared("incoterms", basis, expected, found, same=_plain(expected) == _plain(found))
    if order.offer is not None:
        expected, found = order.offer.certificates, order.certificates
        yield Compared("certificates", basis, expected, found, same=_plain(expected) == _plain(found))
        allowed = order.offer.special_terms
    else:
        allowed = False
    found = THEIRS if order.own_terms else OURS
    yield Compared("terms", basis, THEIRS if allowed else OURS, found, same=allowed or not order.own_terms)


def _incoterms(holder: Any) -> str:
    return " ".join(part for part in (holder.incoterms, holder.incoterms_place, holder.incoterms_version) if part)


def _payment(facts: OrderFacts, agreed: PaymentTerm, basis: str) -> Compared:
    """Terms of payment; a longer one costs what the money of a year costs for those days."""
    ordered = facts.order.payment_term
    days = max(ordered.days, default=0) - max(agreed.days, default=0) if ordered else 0
    year = sum((_value_of_a_year(facts, line) for line in facts.lines), Decimal(0))
    effect = facts.in_base(-year * days / 365 * facts.parameter(CAPITAL) / 100) if days else None
    same = ordered is not None and ordered.pk == agreed.pk
    return Compared(
        "payment",
        basis,
        agreed.code,
        ordered.code if ordered else "",
        same=same,
        delta=Decimal(days) if days else None,
        effect=effect,
    )


def _value_of_a_year(facts: OrderFacts, line: OrderLine) -> Decimal:
    return facts.of_a_year(line) * (line.price or Decimal(0)) / line.price_unit


def _item(facts: OrderFacts, line: OrderLine) -> Iterator[Compared]:
    """The article and the customer's number for it."""
    if line.offer_line and line.offer_line.product:
        expected, found = line.offer_line.product.code, line.product.code if line.product else line.description
        yield Compared("item", line.offer_line.offer.name, expected, found, line, same=expected == found, blocking=True)
    item = facts.items.get(line.product_id or 0)
    if item is not None and line.customer_part:
        same = _plain(item.part_number) == _plain(line.customer_part)
        yield Compared("customer_part", "item", item.part_number, line.customer_part, line, same=same)


def _revision(facts: OrderFacts, line: OrderLine) -> Iterator[Compared]:
    """The drawing's revision; one that was agreed but holds only later is a matter for a decision, not a block (AT-51)."""
    item = facts.items.get(line.product_id or 0)
    agreed = item.agreed_revision.level if item and item.agreed_revision else ""
    agreed = agreed or line.agreed_revision or (line.offer_line.part_revision if line.offer_line else "")
    if not agreed or not line.part_revision:
        return
    same = _plain(agreed) == _plain(line.part_revision)
    coming = coming_revision(facts, line, agreed)
    yield Compared("revision", "revision", agreed, line.part_revision, line, same=same, blocking=coming is None)


def coming_revision(facts: OrderFacts, line: OrderLine, agreed: str) -> date | None:
    """From when an agreed revision holds that does not hold yet; None where it does, or nobody knows it."""
    for row in facts.revisions.get(line.product_id or 0, []):
        if _plain(row.level) == _plain(agreed) and row.effective_from is not None and row.effective_from > clock.today():
            return row.effective_from
    return None


def _quantity(facts: OrderFacts, line: OrderLine) -> Iterator[Compared]:
    """The quantity against the offer's, unless it has a scale; below a minimum and off the pack, whoever sells decides."""
    offered = line.offer_line
    if offered is not None and not offered.step_quantities and facts.order.kind != Order.Kind.CALL_OFF:
        delta = line.quantity - offered.quantity
        effect = facts.in_base(delta * offered.price / offered.price_unit) if delta else None
        percent = delta / offered.quantity * 100
        yield Compared(
            "quantity", offered.offer.name, _text(offered.quantity), _text(line.quantity), line, same=not delta, delta=delta,
            percent=percent, effect=effect,
        )  # fmt: skip
    quantity = facts.in_base_unit(line)
    if line.product is None or quantity is None:
        return
    item = facts.items.get(line.product.pk)
    for minimum, basis in (
        (offered.minimum_quantity if offered else None, "offer"),
        (item.minimum_delivery_quantity if item else None, "item"),
        (line.product.minimum_order_quantity, "product"),
    ):
        if minimum is not None:
            yield Compared("minimum", basis, _text(minimum), _text(quantity), line, same=quantity >= minimum, blocking=True)
            break
    pack = line.product.pack_multiple
    if pack:
        yield Compared("pack", "product", _text(pack), _text(quantity), line, same=quantity % pack == 0, blocking=True)


def _price(facts: OrderFacts, line: OrderLine) -> Iterator[Compared]:
    """The price per price unit against the offer's, else against what was agreed, else against the last order's (AT-50)."""
    if line.price is None or facts.order.kind in Order.WITHOUT_PRICE:
        return
    known = expected_price(facts, line)
    if known is None:
        return
    per_unit, basis, blocking = known
    expected, found = per_price_unit(per_unit, line), net_price(line)
    delta = found - expected
    effect = facts.in_base(delta / line.price_unit * facts.of_a_year(line))
    percent = delta / expected * 100 if expected else None
    yield Compared(
        "price", basis, _text(expected), _text(found), line, same=same_price(facts, expected, found), blocking=blocking, delta=delta,
        percent=percent, effect=effect,
    )  # fmt: skip


def net_price(line: OrderLine) -> Decimal:
    """The ordered price per price unit, less its discount."""
    return (line.price or Decimal(0)) * (100 - line.discount) / 100


def per_price_unit(per_unit: Decimal, line: OrderLine) -> Decimal:
    """The price of one unit as that of the line's price unit."""
    return (per_unit * line.price_unit).quantize(Decimal("0.00001"), ROUND_HALF_UP)


def same_price(facts: OrderFacts, expected: Decimal, found: Decimal) -> bool:
    """Whether two prices differ by no more than rounding, or than the tolerance of this customer."""
    return abs(found - expected) <= max(expected * facts.parameter(TOLERANCE) / 100, facts.parameter(ROUNDING))


def expected_price(facts: OrderFacts, line: OrderLine) -> tuple[Decimal, str, bool] | None:
    """The price of one unit that was offered or agreed, with what says so and whether another one blocks."""
    offered = line.offer_line
    if offered is not None:
        if offered.offer.currency != facts.order.currency:
            return None
        reached = [price for begins, price in offered.steps if begins <= line.quantity]
        return (reached[-1] if reached else offered.price) / offered.price_unit, offered.offer.name, True
    answer = facts.priced.get(line.pk)
    agreed = answer.winner.line if answer and answer.winner else None
    if answer is not None and agreed is not None and answer.price is not None:
        return answer.price / answer.price_unit, agreed.number, True
    for before in facts.usual.get(line.product_id or 0, []):
        if before.price and before.unit == line.unit and before.currency == facts.order.currency:
            return before.price * (100 - before.discount) / 100 / before.price_unit, before.order, False
    return None


def _date(facts: OrderFacts, line: OrderLine) -> Iterator[Compared]:
    """The day on which the goods have to leave against the standard lead time; production consents to an earlier one."""
    asked = facts.leaves_on(line)
    if asked is None or line.product is None or line.product.lead_time_days is None:
        return
    earliest = facts.earliest(line.product.lead_time_days)
    delta = Decimal((asked - earliest).days)
    same = asked >= earliest
    shown = None if same else delta
    yield Compared("date", "lead_time", earliest.isoformat(), asked.isoformat(), line, same=same, blocking=True, delta=shown)


LINE_RULES: tuple[Callable[[OrderFacts, OrderLine], Iterator[Compared]], ...] = (_item, _revision, _quantity, _price, _date)
