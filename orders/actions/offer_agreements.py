"""The price agreement that an accepted offer becomes: its goods at their prices, on its terms, as a draft (domain 10.2, 10.4)."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from kam.core.workflow import Denied
from orders.actions.agreed import overlap
from orders.actions.agreements import create_agreement
from orders.models import AgreementLine, Offer, OfferLine, PriceAgreement


def agree_on(offer: Offer, *, actor: Any, first_day: date, last_day: date | None = None) -> PriceAgreement:
    """Draft the agreement of an accepted offer; where one of the same key holds already, as the change that takes its place.

    Raises Denied where nothing of it can be agreed, and where what holds begins no earlier, or is not one alone: it is named.
    """
    lines = list(offer.lines.filter(kind=OfferLine.Kind.ITEM, product__isnull=False).select_related("product"))
    if not lines:
        text = _("Nothing of this offer can be agreed: it has no goods with a product. Accept it without an agreement.")
        raise Denied("nothing_to_agree", text, field="agree")
    codes = [line.product.code for line in lines if line.product is not None]
    twice = next((code for code in codes if codes.count(code) > 1), None)
    if twice is not None:
        text = _("%(product)s was offered at two positions. Accept without an agreement, and draft it with the price that holds.")
        raise Denied("twice", text % {"product": twice}, field="agree")
    draft: PriceAgreement = create_agreement(
        PriceAgreement,
        actor=actor,
        plant=offer.plant,
        location=offer.selling_location,
        currency=offer.currency,
        first_day=first_day,
        last_day=last_day,
        payment_terms=offer.payment_term.code if offer.payment_term else "",
        incoterms=offer.incoterms,
        incoterms_place=offer.incoterms_place,
        incoterms_version=offer.incoterms_version,
        reference=offer.accepted_reference,
        lines=[_agreed(line) for line in lines],
    )
    draft.offer, draft.replaces = offer, _replaced(draft, actor)
    draft.save()
    return draft


def _agreed(line: OfferLine) -> dict[str, Any]:
    """What an offered line says, as it is agreed: its price, or its scale from the quantity offered on."""
    steps = line.steps
    if steps and line.quantity < steps[0][0]:
        steps = [(line.quantity, line.price), *steps]
    prices = [price for _quantity, price in steps] or [line.price]
    price: dict[str, Any] = {"price": None, "scale": "from", "steps": steps} if steps else {"price": line.price}
    return price | {
        "product": line.product,
        "price_unit": line.price_unit,
        "minimum_quantity": line.minimum_quantity,
        "decimals": max(2, *(_decimals(one) for one in prices)),
    }


def _decimals(price: Decimal) -> int:
    """How many decimals a price needs."""
    return max(0, -int(price.normalize().as_tuple().exponent))


def _replaced(draft: PriceAgreement, actor: Any) -> PriceAgreement | None:
    """The one agreement that this draft would overlap, and changes; None where it overlaps none (AT-88)."""
    keys = list(draft.lines.values_list("key", flat=True))
    rows = (
        AgreementLine.objects.filter(agreed=True, key__in=keys, period__overlap=draft.period).for_list().order_by("period", "pk")
    )
    others = {line.agreement_id: line for line in rows}
    if not others:
        return None
    line = next(iter(others.values()))
    known = PriceAgreement.objects.all() if actor is None else PriceAgreement.objects.permitted(actor, "orders.revise_agreement")
    if len(others) > 1 or line.agreement.period.lower >= draft.period.lower or not known.filter(pk=line.agreement_id).exists():
        raise overlap(line, actor)
    agreement: PriceAgreement = line.agreement
    return agreement
