"""Figures of offers: margin, discount, what of one has to be approved by whom (domain 1.8), and the why of its prices."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from kam.core.approvals import Trigger, highest, triggers
from orders.models import Concession, Offer, OfferLine
from orders.models.dossiers import reads_dossier
from orders.pricing.keeping import step_of
from orders.reports.floor_prices import below_floor, offered_articles
from orders.reports.limits import LIMITS, SALES_MANAGER, SPECIAL, scopes_of, strictest
from orders.reports.prices import say


def contribution(offer: Offer) -> Decimal | None:
    """The contribution margin in per cent of the net value (K-M2); not known while the cost of a line is not."""
    if offer.variable_cost is None or not offer.net:
        return None
    return (offer.net - offer.variable_cost) / offer.net * 100


def discount(offer: Offer) -> Decimal | None:
    """By how many per cent the offer lies below the list; where no line has a list price there is none."""
    if not offer.list_net:
        return None
    return (1 - offer.net / offer.list_net) * 100


def in_kind(offer: Offer) -> Decimal | None:
    """By how many per cent the offer lies below the list with what its negotiation gives in kind, as money of a year; None without any.

    Longer terms, free tooling, services: each concession of the dossier but those in the price, which the offer itself shows.
    """
    negotiation = offer.negotiation
    if negotiation is None or not negotiation.annual_value:
        return None
    given = Concession.objects.standing().filter(dossier__negotiation=negotiation, side=Concession.Side.GIVEN)
    worth = given.exclude(kind=Concession.Kind.PRICE).aggregate(worth=Sum("annual_value"))["worth"]
    if not worth:
        return None
    below = discount(offer) or Decimal(0)
    return below + worth / negotiation.annual_value * (100 - below)


def triggers_of(offer: Offer) -> list[Trigger]:
    """Everything of an offer that somebody else has to approve, the highest first; the highest decides (domain 1.8).

    The limits are those of each product line that it offers, else of the location, else the general ones; the strictest counts.
    """
    values = {
        "margin": contribution(offer),
        "discount": discount(offer),
        "in_kind": in_kind(offer),
        "value": offer.base_annual_value,
        "payment": None if offer.payment_term is None else Decimal(max(offer.payment_term.days)),
    }
    lines = list(offer.lines.select_related("product__family__parent"))
    found = below_floor(list(offered_articles(offer, lines).values()))
    for product_line in _product_lines(lines):
        found += triggers(LIMITS, values, scopes_of(product_line, offer.selling_location_id))
    if offer.special_terms:
        found.append(Trigger(SPECIAL, max(SALES_MANAGER, highest(found))))
    return strictest(found)


def _product_lines(lines: Sequence[OfferLine]) -> Sequence[int | None]:
    """The product lines of what counts in an offer; none in particular where nothing of it has a product."""
    return sorted({line.product.family.line.pk for line in lines if line.counts and line.product is not None}) or [None]


def reads_cost_of(offer: Offer, reader: Any) -> bool:
    """Whether a person reads cost and margin of an offer: who leads the account, and who oversees everything."""
    return Offer.objects.costs_visible_to(reader).filter(pk=offer.pk).exists()


def reads_dossier_of(offer: Offer, reader: Any) -> bool:
    """Whether a person reads the dossier of the negotiation that an offer was written for."""
    return offer.negotiation is not None and reads_dossier(reader, offer.negotiation)


def why(line: OfferLine, *, with_costs: bool) -> list[str]:
    """How the engine came to the price that it proposed, and why a cost is not known, in the reader's words."""
    kept = line.why or {}
    steps = [*kept.get("steps", []), *kept.get("blocked", []), *(kept.get("cost", []) if with_costs else [])]
    return [say(step_of(one), line.offer.currency) for one in steps]


#: What of the head two revisions are compared by.
COMPARED = (
    "subject", "contact", "language", "currency", "wanted_on", "valid_until", "special_terms", "payment", "incoterms", "incoterms_place", "delivery", "packaging",
    "warranty", "certificates", "assumptions", "exclusions", "deviations", "net",
)  # fmt: skip
LABELS = {"payment": _("payment")}


@dataclass(frozen=True)
class Pair:
    """A line of one revision beside that of another; one of them may be missing."""

    before: OfferLine | None
    now: OfferLine | None

    @property
    def differs(self) -> bool:
        """Whether the customer would notice."""
        if self.before is None or self.now is None:
            return True
        return any(getattr(self.before, name) != getattr(self.now, name) for name in SAID)

    @property
    def change(self) -> Decimal | None:
        """By how many per cent the price of one unit changed."""
        if self.before is None or self.now is None:
            return None
        return (self.now.price / self.now.price_unit) / (self.before.price / self.before.price_unit) * 100 - 100


SAID = ("kind", "product_id", "description", "quantity", "price", "price_unit", "step_quantities", "step_prices")


@dataclass(frozen=True)
class Beside:
    """Two revisions: what differs in the head (label, before, now), and their lines in pairs."""

    head: list[tuple[Any, Any, Any]]
    lines: list[Pair]


def beside(before: Offer, now: Offer) -> Beside:
    """Two revisions of an offer side by side; lines of one product are paired, then those of one position."""
    head = []
    for name in COMPARED:
        one, other = getattr(before, name), getattr(now, name)
        if one != other:
            field: Any = None if name in LABELS else Offer._meta.get_field(name)
            label = LABELS[name] if field is None else field.verbose_name
            head.append((label, one, other))
    left = list(before.lines.select_related("product"))
    pairs = []
    for line in now.lines.select_related("product"):
        same = next((one for one in left if _key(one) == _key(line)), None)
        if same is not None:
            left.remove(same)
        pairs.append(Pair(same, line))
    return Beside(head, [*pairs, *(Pair(one, None) for one in left)])


def _key(line: OfferLine) -> tuple[Any, ...]:
    return (line.kind, line.product_id, "" if line.product_id else line.description)
