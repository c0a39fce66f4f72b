"""The class of a contract review, computed and explained: repetitive, with variations, new or special (domain 5.1)."""

from collections.abc import Collection
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import Role
from accounts.vat import EUROPEAN
from kam.core import formats
from kam.core.parameters import define, parameter
from orders.models import Offer, Order
from orders.models.checklists import COMPARED, FUNCTION_CHOICES, ReviewClass
from orders.reports.order_checks import PARTNERS, Finding, is_sensitive
from orders.reports.order_differences import Compared
from orders.reports.order_facts import OrderFacts, of_an_order

VALUE = of_an_order(
    "special_value", default=Decimal(100_000), label=_("Value in the group's currency above which an order or offer is special (class C)")
)  # fmt: skip
MANAGEMENT_VALUE = of_an_order(
    "management_value",
    default=Decimal(1_000_000),
    label=_("Value in the group's currency above which management takes part in a review"),
)
FUNCTIONS_OF_C = define(
    "orders.review_functions",
    default=["technical", "quality", "production", "logistics", "finance"],
    label=_("Functions whose opinion a review of class C needs, beside the account and area manager"),
    words=dict(FUNCTION_CHOICES),
).key
WORDS = {
    "frame": _("It is a frame order."),
    "new_customer": _("The customer is new."),
    "new_item": _("%(products)s: supplied to this plant for the first time."),
    "own_terms": _("The customer's own terms apply."),
    "penalties": _("Penalties for delay are agreed."),
    "sensitive_country": _("The goods go to %(country)s, which is no partner country."),
    "dual_use": _("%(products)s: dual use."),
    "value": _("The value is above %(limit)s."),
    "deviations": _("It deviates from the customer's specification."),
    "difference": _("Otherwise than offered or agreed: %(fields)s."),
    "finding": _("The checks found something to look at."),
    "repetitive": _("Known article, agreed price and terms, usual quantity: nothing differs."),
}
Why = list[dict[str, Any]]


def _because(code: str, **values: Any) -> dict[str, Any]:
    return {"code": code, "values": values}


def say_why(why: Why) -> list[str]:
    """Why a review has its class, in the reader's language."""
    said = []
    for one in why:
        values = dict(one["values"])
        if "fields" in values:
            values["fields"] = ", ".join(str(COMPARED.get(name, name)) for name in values["fields"])
        if "limit" in values:
            values["limit"] = formats.money(Decimal(values["limit"]), values.pop("currency"), 0)
        said.append(str(WORDS[one["code"]]) % values)
    return said


def class_of_order(facts: OrderFacts, found: Collection[Finding], differing: Collection[Compared]) -> tuple[str, Why]:
    """The class of an order, and why."""
    special = list(_special(facts))
    if special:
        return ReviewClass.SPECIAL, special
    varied: Why = []
    if facts.order.kind == Order.Kind.FRAME:
        varied.append(_because("frame"))
    if differing:
        varied.append(_because("difference", fields=sorted({one.field for one in differing})))
    if any(one.varies for one in found):
        varied.append(_because("finding"))
    return (ReviewClass.VARIED, varied) if varied else (ReviewClass.REPETITIVE, [_because("repetitive")])


def _special(facts: OrderFacts) -> Any:
    """Everything that makes an order new or special."""
    order = facts.order
    if not facts.known_customer:
        yield _because("new_customer")
    new = {line.product.code for line in facts.lines if line.product and line.product_id not in facts.supplied}
    if new:
        yield _because("new_item", products=_few(new))
    if order.own_terms and not (order.offer and order.offer.special_terms):
        yield _because("own_terms")
    if order.penalty_rate:
        yield _because("penalties")
    if is_sensitive(facts):
        yield _because("sensitive_country", country=facts.plant.country)
    dual = {line.product.code for line in facts.lines if line.product and line.product.is_dual_use}
    if dual:
        yield _because("dual_use", products=_few(dual))
    limit = facts.parameter(VALUE)
    if order.base_net > limit:
        yield _limit(limit)


def _limit(limit: Decimal) -> dict[str, Any]:
    from django.conf import settings

    return _because("value", limit=str(limit), currency=settings.BASE_CURRENCY)


def _few(codes: set[str]) -> str:
    """A handful of codes; how many there are beyond."""
    shown = sorted(codes)
    return ", ".join(shown[:5]) + (f" (+{len(shown) - 5})" if len(shown) > 5 else "")


def class_of_offer(offer: Offer) -> tuple[str, Why]:
    """The class of an offer before it is sent, and why: what it promises beyond our usual terms makes it special."""
    scopes = [f"customer:{offer.plant.customer_id}", f"location:{offer.selling_location_id}"]
    special: Why = []
    if offer.special_terms:
        special.append(_because("own_terms"))
    if offer.deviations:
        special.append(_because("deviations"))
    country = offer.plant.country
    if country not in EUROPEAN and country not in parameter(PARTNERS, scopes):
        special.append(_because("sensitive_country", country=country))
    dual = set(offer.lines.filter(product__is_dual_use=True).values_list("product__code", flat=True))
    if dual:
        special.append(_because("dual_use", products=_few(dual)))
    limit = parameter(VALUE, scopes)
    if (offer.base_annual_value or Decimal(0)) > limit:
        special.append(_limit(limit))
    return (ReviewClass.SPECIAL, special) if special else (ReviewClass.REPETITIVE, [_because("repetitive")])


def accountable(subject: Any, klass: str) -> str:
    """Who answers for a review: the account manager for frames and what is special with a global account, else the area manager."""
    group = subject.plant.customer.group
    is_global = group is not None and group.is_global_account
    frame = isinstance(subject, Order) and subject.kind == Order.Kind.FRAME
    return str(Role.ACCOUNT_MANAGER if frame or (klass == ReviewClass.SPECIAL and is_global) else Role.AREA_MANAGER)


def functions_of(subject: Any, klass: str, touched: Collection[str]) -> list[str]:
    """Whose signature a review needs: by class, and of those whom a finding or difference touches (domain 5.1)."""
    if klass == ReviewClass.REPETITIVE:
        return [str(Role.BACK_OFFICE)]
    leading = accountable(subject, klass)
    asked = [leading]
    if klass == ReviewClass.SPECIAL:
        scopes = [f"location:{subject.selling_location_id}"]
        asked += [str(Role.ACCOUNT_MANAGER), *parameter(FUNCTIONS_OF_C, scopes)]
        value = subject.base_net if isinstance(subject, Order) else subject.base_annual_value or Decimal(0)
        if value > parameter(MANAGEMENT_VALUE, scopes):
            asked.append(str(Role.MANAGEMENT))
    known = {code for code, _label in FUNCTION_CHOICES}
    asked += [one for one in touched if one in known and one != str(Role.BACK_OFFICE)]
    return list(dict.fromkeys(asked))
