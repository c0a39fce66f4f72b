"""What goes beyond one's own limits: the limits as data, what triggers which level, and how a reader is told of it (domain 1.8)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models.deciding import DECIDES
from kam.core.approvals import Limit, Trigger, limit
from kam.core.formats import number, percent
from orders.models.approvable import OF_FINANCE

MARGIN = limit(
    "margin",
    _("Contribution margin below which the sales manager, and management, approve prices"),
    key="orders.limit_margin",
    default=["35", "28"],
    unit="%",
    falling=True,
)
DISCOUNT = limit(
    "discount",
    _("Discount on the list above which the sales manager, and management, approve prices"),
    key="orders.limit_discount",
    default=["10", "20"],
    unit="%",
)
VALUE = limit(
    "value",
    _("Value of a year, in the group's currency, above which the sales manager, and management, approve prices"),
    key="orders.limit_value",
    default=["250000", "1000000"],
)
PAYMENT = limit(
    "payment",
    _("Days of payment above which the sales manager, and management, approve terms"),
    key="orders.limit_payment",
    default=["60", "90"],
    unit="cd",
)
#: What is given in kind counts as discount (domain 1.8), within the same limits.
IN_KIND = Limit("in_kind", _("Discount with what is given in kind"), DISCOUNT.definition)
LIMITS: tuple[Limit, ...] = (MARGIN, DISCOUNT, IN_KIND, VALUE, PAYMENT)
SPECIAL = "special_terms"
#: A price whose cost nobody knows: its margin cannot be told, so that somebody has to look at it.
UNCOSTED = "cost_unknown"
#: Whose limit is the floor itself: nobody below management decides on it.
FLOOR, SALES_MANAGER, MANAGEMENT = "floor_price", min(DECIDES), max(DECIDES)
#: Who has a part in a decision beside whoever makes it.
WITH_FINANCE = _("%(role)s, after finance")
#: What was triggered, in words; a figure that its reader may not see is left out.
WORDS = {
    "margin": _("Contribution margin"),
    "discount": _("Discount on the list"),
    "in_kind": IN_KIND.label,
    "value": _("Value of a year"),
    "payment": _("Days of payment"),
    FLOOR: _("Below the floor price"),
    UNCOSTED: _("Cost not known"),
    SPECIAL: _("Terms beyond our standard ones"),
}
PERCENT = frozenset({"margin", "discount", "in_kind", FLOOR})
#: Figures that not everybody who reads a record may read: of costs, and of the confidential dossier.
OF_COST, OF_DOSSIER = frozenset({"margin", FLOOR, UNCOSTED}), frozenset({"in_kind"})
#: What is told from the ledger adds up what other locations and accounts sold.
OF_LEDGER = frozenset({VALUE.code})


def scopes_of(product_line: int | None, location: int | None) -> list[str]:
    """Where limits are looked up: at the product line, then at the location; the general ones hold where neither has its own."""
    line = [] if product_line is None else [f"product_line:{product_line}"]
    return line if location is None else [*line, f"location:{location}"]


def strictest(found: Iterable[Trigger]) -> list[Trigger]:
    """Of each thing that was triggered the one that needs the highest level, and of these the one that goes furthest; the highest first."""
    kept: dict[str, Trigger] = {}
    for one in found:
        if one.code not in kept or _weight(one) > _weight(kept[one.code]):
            kept[one.code] = one
    return sorted(kept.values(), key=lambda one: (-one.level, one.code))


def _weight(one: Trigger) -> tuple[int, Decimal]:
    figure = one.value or Decimal(0)
    return one.level, -figure if one.code == MARGIN.code else figure


@dataclass(frozen=True)
class Reason:
    """What has to be approved, in the reader's words: what, its figure, of which product where it is of one, by whom."""

    code: str
    label: Any
    figure: str
    role: Any
    subject: str = ""


def reasons(
    kept: Sequence[dict[str, Any]],
    *,
    with_costs: bool,
    with_dossier: bool = False,
    with_figures: bool = True,
    with_ledger: bool = True,
) -> list[Reason]:
    """The kept triggers as a reader may see them: figures and products without the right to them are left out."""
    hidden = (frozenset() if with_costs else OF_COST) | (frozenset() if with_dossier else OF_DOSSIER)
    hidden |= frozenset() if with_ledger else OF_LEDGER
    found = []
    for one in kept:
        told = with_figures and one["code"] not in hidden
        subject = one.get("subject", "") if told else ""
        found.append(Reason(one["code"], WORDS[one["code"]], _figure(one) if told else "", _role(one), subject))
    return found


def _role(kept: dict[str, Any]) -> Any:
    """Who decides on a trigger, and whether finance has its part in it."""
    role = DECIDES[kept["level"]].label
    return WITH_FINANCE % {"role": role} if kept["code"] in OF_FINANCE else role


def _figure(kept: dict[str, Any]) -> str:
    if kept["value"] is None:
        return ""
    value = Decimal(kept["value"])
    return percent(value, 1) if kept["code"] in PERCENT else number(value, 0)
