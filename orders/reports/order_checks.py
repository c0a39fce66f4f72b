"""The checks of a customer's order: each a rule that blocks or warns, its limits as data, its text saying what to do (domain 4.4)."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Customer, Role
from accounts.vat import EUROPEAN
from catalog.models import CustomerItem, Product
from kam.core import clock, formats
from kam.core.words import in_every_language, in_this_language
from orders.models import Order, OrderLine
from orders.models.order_blocks import BlockKind
from orders.pricing import Priced
from orders.reports.order_differences import (
    Compared,
    coming_revision,
    differences,
    net_price,
    per_price_unit,
    same_price,
    written,
)
from orders.reports.order_facts import OrderFacts, of_an_order

UNUSUAL = of_an_order(
    "unusual_quantity", default=Decimal(150), unit="%", label=_("Share of the average of the last orders above which a quantity is unusual")
)  # fmt: skip
VIES_DAYS = of_an_order(
    "vies_days", default=365, unit="cd", label=_("Days for which a check of a VAT number in VIES holds for an exempt sale")
)
CLAUSE_SINCE = of_an_order(
    "export_clause_since", default="2024-03-20", label=_("Orders from this day on need the clause against re-export to Russia")
)
#: Kept by finance: the consolidated text of Regulation (EU) 833/2014, article 12g and its annexes, is what counts.
PARTNERS = of_an_order(
    "export_partner_countries",
    default=["US", "JP", "GB", "KR", "AU", "CA", "NZ", "NO", "CH", "LI", "IS"],
    label=_("Partner countries to which goods go without the clause against re-export"),
)
LISTED_GOODS = of_an_order(
    "export_listed_goods",
    default=["8482", "8483"],
    label=_("Customs codes, or their first digits, of goods that need the clause against re-export"),
)


class Level(StrEnum):
    """What a finding does: nobody accepts the order while it stands, or somebody looks at it."""

    BLOCK = "block"
    WARN = "warn"


@dataclass(frozen=True)
class Rule:
    """What is looked for: its words with what to do, the function whose matter it is, the kind of block that it sets."""

    code: str
    text: Any
    function: str = str(Role.BACK_OFFICE)
    level: Level = Level.BLOCK
    block: str = ""


@dataclass
class Finding:
    """What a rule found; `field` is that of the difference whose decision settles it."""

    rule: Rule
    values: dict[str, Any] = field(default_factory=dict)
    position: int = 0
    field: str = ""
    level: Level = Level.BLOCK

    @property
    def code(self) -> str:
        """The code of its rule."""
        return self.rule.code

    @property
    def varies(self) -> bool:
        """Whether it makes an order one with variations; a document that blocks nothing is asked for while the order goes on."""
        return self.level == Level.BLOCK or self.rule not in (PRODUCT_PAPER, CUSTOMER_PAPER)

    def __str__(self) -> str:
        return self.text

    @property
    def text(self) -> str:
        """What was found, and what to do, in the reader's language."""
        text = str(self.rule.text) % self.values
        return str(_("At position %(position)s: %(text)s")) % {"position": self.position, "text": text} if self.position else text

    def kept(self) -> dict[str, Any]:
        """As a review keeps it: its values in every language, as they were when it was closed."""
        values = {name: in_every_language(value) for name, value in self.values.items()}
        return {"code": self.code, "level": str(self.level), "position": self.position, "field": self.field, "values": values}


PRICE = Rule("price", _("The ordered price is %(found)s, agreed is %(expected)s. Ask the customer for a corrected order, or have the account manager decide."), Role.ACCOUNT_MANAGER, block=BlockKind.PRICE)  # fmt: skip
LAST_PRICE = Rule("last_price", _("The price is %(found)s, in the last order it was %(expected)s. Ask whether it is meant."), Role.ACCOUNT_MANAGER, Level.WARN)  # fmt: skip
PRICE_CHANGES = Rule("price_changes", _("%(quantity)s of it are wanted from %(day)s, when %(expected)s is agreed instead of %(found)s. Split the line by its days, each part at its own price."), Role.ACCOUNT_MANAGER, Level.WARN)  # fmt: skip
CURRENCY = Rule("currency", _("Ordered in %(found)s, offered or agreed in %(expected)s. Ask the customer for a corrected order."), Role.FINANCE, block=BlockKind.PRICE)  # fmt: skip
ITEM = Rule("item", _("%(found)s was ordered, %(expected)s was offered. Ask the customer which is meant."), Role.TECHNICAL, block=BlockKind.TECHNICAL)  # fmt: skip
REVISION = Rule("revision", _("Revision %(found)s was ordered, agreed is %(expected)s. Ask the customer for a corrected order."), Role.TECHNICAL, block=BlockKind.TECHNICAL)  # fmt: skip
COMING = Rule("revision_coming", _("Revision %(found)s was ordered; the agreed %(expected)s holds from %(day)s. Decide for this line which one is delivered."), Role.TECHNICAL, Level.WARN)  # fmt: skip
MINIMUM = Rule("minimum", _("%(found)s are below the minimum of %(expected)s. Ask for more, or have the sales manager waive it."), Role.SALES_MANAGER)  # fmt: skip
PACK = Rule("pack", _("%(found)s are no multiple of the pack of %(expected)s. Ask for full packs, or have the sales manager waive it."), Role.SALES_MANAGER)  # fmt: skip
LEAD_TIME = Rule("lead_time", _("Wanted to leave on %(found)s, the standard lead time reaches until %(expected)s. Production consents, or you propose the later date."), Role.PRODUCTION)  # fmt: skip
NOT_SOLD = Rule("product_not_sold", _("%(product)s takes no orders for series (%(status)s). Have it released, or order it as a sample."), Role.TECHNICAL, block=BlockKind.TECHNICAL)  # fmt: skip
CUSTOMER_BLOCKED = Rule("customer_blocked", _("The customer is blocked: %(reason)s. Ask who blocked it."), Role.FINANCE, block=BlockKind.COMPLIANCE)  # fmt: skip
OFFER_OVER = Rule("offer_expired", _("The offer %(number)s was valid until %(day)s, the order is of a later day. Make a revision of the offer and have it approved."), Role.ACCOUNT_MANAGER, block=BlockKind.PRICE)  # fmt: skip
AGREEMENT_OVER = Rule("agreement_expired", _("The price agreement %(number)s does not hold on the day of the order. Extend it or agree anew."), Role.ACCOUNT_MANAGER, block=BlockKind.PRICE)  # fmt: skip
VAT = Rule("vat_number", _("Exempt within the Union, and the customer has no VAT number. Ask for it, or charge VAT."), Role.FINANCE, block=BlockKind.BILLING)  # fmt: skip
VIES = Rule("vies_missing", _("The VAT number was not checked in VIES within %(days)s days. Check it and note the day on the customer's page."), Role.FINANCE, block=BlockKind.BILLING)  # fmt: skip
INTENT = Rule("declaration_missing", _("Exempt by declaration of intent, and no declaration is noted. Ask for its number."), Role.FINANCE, block=BlockKind.BILLING)  # fmt: skip
CLAUSE = Rule("export_clause", _("%(product)s (customs code %(code)s) to %(country)s needs the clause against re-export to Russia in the contract. Agree on it, and answer the legal question of the review with its evidence."), Role.FINANCE, block=BlockKind.COMPLIANCE)  # fmt: skip
SANCTIONED = Rule("sanctioned_product", _("%(product)s is on a sanctions list. Do not accept before the compliance officer has released it."), Role.FINANCE, block=BlockKind.COMPLIANCE)  # fmt: skip
DUAL_USE = Rule("dual_use", _("%(product)s is dual use and leaves the Union. It needs an export licence before it is accepted."), Role.FINANCE, block=BlockKind.COMPLIANCE)  # fmt: skip
DUPLICATE = Rule("duplicate_reference", _("The customer's number %(reference)s stands in the order %(number)s of the same year already. Look whether it is the same order."))  # fmt: skip
QUANTITY = Rule("unusual_quantity", _("%(quantity)s is more than usual: %(average)s on average so far, orders counted: %(orders)s. Ask whether it is a typing error."), Role.BACK_OFFICE, Level.WARN)  # fmt: skip
SHIP_TO = Rule("new_ship_to", _("Goods go to %(plant)s for the first time. Check address, transport and packaging."), Role.LOGISTICS, Level.WARN)  # fmt: skip
PAYER = Rule("other_payer", _("Another company pays: %(company)s. Check that it has agreed to."), Role.FINANCE, Level.WARN)  # fmt: skip
INCOTERMS = Rule("incoterms", _("Incoterms are %(found)s, agreed are %(expected)s."), Role.LOGISTICS, Level.WARN)
PRODUCT_PAPER = Rule("product_document", _("%(document)s of %(record)s: %(status)s. Have it approved and checked in the document register, or say there why it is not required."), Role.QUALITY, block=BlockKind.TECHNICAL)  # fmt: skip
CUSTOMER_PAPER = Rule("customer_document", _("%(document)s of %(record)s: %(status)s. Request it and have it checked in the document register, or say there why it is not required."), Role.ACCOUNT_MANAGER, block=BlockKind.COMPLIANCE)  # fmt: skip
RULES = {
    rule.code: rule
    for rule in (
        PRICE, LAST_PRICE, PRICE_CHANGES, CURRENCY, ITEM, REVISION, COMING, MINIMUM, PACK, LEAD_TIME, NOT_SOLD, CUSTOMER_BLOCKED, OFFER_OVER,
        AGREEMENT_OVER, VAT, VIES, INTENT, CLAUSE, SANCTIONED, DUAL_USE, DUPLICATE, QUANTITY, SHIP_TO, PAYER, INCOTERMS,
        PRODUCT_PAPER, CUSTOMER_PAPER,
    )
}  # fmt: skip
#: Which rule a difference falls under; the others are for a decision only.
OF_DIFFERENCES = {
    "price": PRICE, "currency": CURRENCY, "item": ITEM, "revision": REVISION, "minimum": MINIMUM, "pack": PACK, "date": LEAD_TIME,
    "incoterms": INCOTERMS,
}  # fmt: skip
#: Values are written when they are read, in the language of that moment.
_written, _day, _number = lazy(written, str), lazy(formats.day, str), lazy(formats.number, str)
LEVELS = {Level.BLOCK: pgettext_lazy("check", "Blocks"), Level.WARN: pgettext_lazy("check", "Look at it")}


def check_order(order: Order, *, facts: OrderFacts | None = None, clause_agreed: bool = False) -> list[Finding]:
    """Everything that the rules find in a whole order, blocks first, as many queries for five hundred lines as for one.

    `clause_agreed` says that the clause against re-export stands in the contract, with its evidence.
    """
    facts = facts or OrderFacts(order)
    found = [_of(facts, one) for one in differences(facts) if one.field in OF_DIFFERENCES]
    for look in LOOKS:
        found += look(facts)
    if clause_agreed:
        found = [one for one in found if one.rule is not CLAUSE]
    return sorted(found, key=lambda one: (one.level != Level.BLOCK, one.position, one.code))


def told(kept: Collection[dict[str, Any]]) -> list[tuple[Any, str]]:
    """Findings that a review kept, in the reader's language: whether each blocked, and its words."""
    shown = []
    for one in kept:
        rule = RULES.get(one["code"])
        if rule is not None:
            values = {name: in_this_language(value) for name, value in one["values"].items()}
            finding = Finding(rule, values, one["position"], one["field"], Level(one["level"]))
            shown.append((LEVELS[finding.level], finding.text))
    return shown


def _found(rule: Rule, position: int = 0, **values: Any) -> Finding:
    return Finding(rule, values, position, level=rule.level)


def _of(facts: OrderFacts, one: Compared) -> Finding:
    """The finding about a difference."""
    rule = OF_DIFFERENCES[one.field]
    values: dict[str, Any] = {"expected": _written(one.field, one.expected), "found": _written(one.field, one.found)}
    if one.field == "price" and not one.blocking:
        rule = LAST_PRICE
    if one.field == "revision" and not one.blocking and one.line is not None:
        rule = COMING
        values["day"] = _day(coming_revision(facts, one.line, one.expected))
    return Finding(rule, values, one.position, one.field, rule.level)


def _masters(facts: OrderFacts) -> Iterator[Finding]:
    """Customers that are blocked, products that are not sold."""
    if facts.customer.status == Customer.Status.BLOCKED:
        yield _found(CUSTOMER_BLOCKED, reason=facts.customer.status_reason or formats.EMPTY)
    free = {Order.Kind.SAMPLE, Order.Kind.TOOLING, Order.Kind.REPAIR, Order.Kind.SPARE_PART}
    for line in facts.lines:
        if line.product and facts.order.kind not in free and not line.product.takes_orders_on(facts.day):
            yield _found(NOT_SOLD, line.position, product=line.product.code, status=Product.Status(line.product.status).label)


def _validity(facts: OrderFacts) -> Iterator[Finding]:
    """What was offered or agreed has to hold on the day of the customer's order."""
    order = facts.order
    offers = {one.pk: one for one in [order.offer, *(line.offer_line.offer for line in facts.lines if line.offer_line)] if one}
    for offer in offers.values():
        if offer.valid_until < facts.day:
            yield _found(OFFER_OVER, number=offer.name, day=_day(offer.valid_until))
    lines = (line.agreement_line.agreement for line in facts.lines if line.agreement_line)
    for agreement in {one.pk: one for one in [order.agreement, *lines] if one}.values():
        if agreement.period is not None and facts.day not in agreement.period:
            yield _found(AGREEMENT_OVER, number=agreement.number)


def _price_changes(facts: OrderFacts) -> Iterator[Finding]:
    """A line has one price; what of it is delivered after a change of the agreed price would go out at the one before."""
    for line in facts.lines:
        later = facts.priced_later.get(line.pk)
        if not later or line.offer_line or line.price is None or facts.order.kind in Order.WITHOUT_PRICE:
            continue
        first, found = _agreed(facts.priced[line.pk], line), net_price(line)
        for day, answer in later.items():
            expected = _agreed(answer, line)
            if expected is None or expected == first or same_price(facts, expected, found):
                continue
            rest = sum((one.quantity for one in line.schedule.all() if one.firm and one.date >= day), Decimal(0))
            values = {"expected": _written("price", str(expected)), "found": _written("price", str(found))}
            yield _found(PRICE_CHANGES, line.position, day=_day(day), quantity=_number(rest, None), **values)
            break


def _agreed(answer: Priced, line: OrderLine) -> Decimal | None:
    """What was agreed, per price unit of the line; None where nothing but the list prices it."""
    if answer.price is None or answer.winner is None or answer.winner.line is None:
        return None
    return per_price_unit(answer.price / answer.price_unit, line)


def _tax(facts: OrderFacts) -> Iterator[Finding]:
    """What a sale without VAT needs."""
    order, customer = facts.order, facts.customer
    if order.vat_treatment == Order.VatTreatment.DECLARATION and not order.declaration_of_intent:
        yield _found(INTENT)
    seller, country = order.selling_location.country, customer.country
    across = not order.vat_treatment and seller != country and {seller, country} <= EUROPEAN
    if order.vat_treatment != Order.VatTreatment.INTRA_EU and not across:
        return
    days = facts.parameter(VIES_DAYS)
    if not customer.vat_id:
        yield _found(VAT)
    elif customer.vat_checked_on is None or (clock.today() - customer.vat_checked_on).days > days:
        yield _found(VIES, days=days)


def leaves_union(facts: OrderFacts) -> bool:
    """Whether goods leave the European Union."""
    return facts.plant.country not in EUROPEAN


def is_sensitive(facts: OrderFacts) -> bool:
    """Whether goods leave the Union for a country that is no partner."""
    return leaves_union(facts) and facts.plant.country not in facts.parameter(PARTNERS)


def _export(facts: OrderFacts) -> Iterator[Finding]:
    """Sanctions, dual use, and the clause against re-export (Regulation (EU) 833/2014, article 12g; AT-53)."""
    outside = leaves_union(facts)
    needs = outside and is_sensitive(facts) and facts.day.isoformat() >= facts.parameter(CLAUSE_SINCE)
    for line in facts.lines:
        product = line.product
        if product is None:
            continue
        if product.is_sanctioned:
            yield _found(SANCTIONED, line.position, product=product.code)
        if product.is_dual_use and outside:
            yield _found(DUAL_USE, line.position, product=product.code)
        code = product.customs_code.replace(" ", "").replace(".", "")
        if needs and code and any(code.startswith(listed) for listed in facts.parameter(LISTED_GOODS)):
            yield _found(CLAUSE, line.position, product=product.code, code=product.customs_code, country=facts.plant.country)


def _unusual(facts: OrderFacts) -> Iterator[Finding]:
    """A quantity far above the usual one is likely to be a typing error; frames and call-offs have quantities of their own."""
    if facts.order.kind in {Order.Kind.FRAME, Order.Kind.CALL_OFF}:
        return
    share = facts.parameter(UNUSUAL)
    for line in facts.lines:
        before = [one.quantity for one in facts.usual.get(line.product_id or 0, []) if one.unit == line.unit]
        if not before:
            continue
        average = sum(before, Decimal(0)) / len(before)
        if line.quantity > average * share / 100:
            yield _found(
                QUANTITY, line.position, quantity=_number(line.quantity, None), orders=len(before),
                average=_number(average.quantize(Decimal(1)) if average > 10 else average.quantize(Decimal("0.001")), None),
            )  # fmt: skip


def _parties(facts: OrderFacts) -> Iterator[Finding]:
    """Numbers that the customer gave twice, addresses and payers that are new."""
    order, namesake = facts.order, facts.namesake
    if namesake is not None and order.kind != Order.Kind.CALL_OFF:
        yield _found(DUPLICATE, reference=order.customer_reference, number=namesake.number or formats.EMPTY)
    if facts.is_new_address:
        yield _found(SHIP_TO, plant=order.destination.name)
    if order.bill_to is not None and order.bill_to_id != order.customer_id:
        yield _found(PAYER, company=order.bill_to.name)


def _papers(facts: OrderFacts) -> Iterator[Finding]:
    """Required documents that are missing, not checked or over: of a part that the customer has to approve, of the customer, of the order (12.2)."""
    first: dict[int, int] = {}
    for line in facts.lines:
        first.setdefault(line.product_id or 0, line.position)
    for one in facts.lacking:
        product = one.record.product_id if isinstance(one.record, CustomerItem) else one.record.pk
        own = isinstance(one.record, (CustomerItem, Product))
        values = {"document": one.type, "record": one.record, "status": one.status.label}
        level = Level.BLOCK if one.blocks else Level.WARN
        yield Finding(PRODUCT_PAPER if own else CUSTOMER_PAPER, values, first[product] if own else 0, level=level)


LOOKS: tuple[Callable[[OrderFacts], Iterator[Finding]], ...] = (
    _masters,
    _validity,
    _price_changes,
    _tax,
    _export,
    _unusual,
    _parties,
    _papers,
)
