"""Which law a contract stands under, and whether a confirmation that departs from the order waits for the customer under it: rules as data."""

from collections.abc import Collection
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.countries import country_name
from kam.core.parameters import define, parameter

#: What a confirmation can say otherwise than the order.
FIELDS = {
    "date": _("Date"),
    "quantity": _("Quantity"),
    "price": _("Price"),
    "revision": _("Revision of the drawing"),
    "payment": _("Payment"),
    "delivery": _("Terms of delivery"),
    "condition": _("Condition of the contract review"),
    "other": _("Other terms"),
}
CISG = "CISG"
LAW = define(
    "orders.governing_law",
    default="",
    label=_("Law of the contracts (two letters of the country, or CISG); empty: the country of both, else CISG"),
)
OUTSIDE = define(
    "orders.countries_outside_cisg",
    default=["GB", "IE", "IN", "MT", "TW", "ZA"],
    label=_("Countries without the UN Convention on Contracts (CISG): a contract with them is to be checked"),
)
#: Italy: civil code, article 1326, fifth paragraph, accessory terms too; Germany, Austria, Switzerland: BGB § 150 II and its like.
EVERY_VARIATION = define(
    "orders.laws_every_variation",
    default=["AT", "CH", "DE", "ES", "FR", "IT", "PL"],
    label=_("Laws under which a confirmation with any variation is a new proposal that waits for the customer"),
)
#: CISG, article 19: what materially alters the proposal; anything else is agreed unless the customer objects.
MATERIAL_ONLY = define(
    "orders.laws_material_variation",
    default=[CISG],
    label=_("Laws under which only a material variation makes a confirmation a new proposal"),
)
MATERIAL = define(
    "orders.material_variations",
    default=["date", "quantity", "price", "revision", "payment", "delivery"],
    label=_("Variations that are material (CISG, article 19)"),
    words=FIELDS,
)


def law_of(order: Any) -> str:
    """The law of the contract of whatever has a plant and a selling location, an order or a complaint.

    As agreed with the customer or usual at the location, else by the countries; empty: to be checked.
    """
    scopes = [f"customer:{order.plant.customer_id}", f"location:{order.selling_location_id}"]
    agreed = str(parameter(LAW.key, scopes)).strip().upper()
    if agreed:
        return agreed[:4]
    ours, theirs = order.selling_location.country, order.plant.customer.country
    if ours == theirs:
        return str(ours)
    outside = set(parameter(OUTSIDE.key))
    return "" if {ours, theirs} & outside else CISG


def waits_under(law: str, varied: Collection[str]) -> bool:
    """Whether a confirmation with these variations waits for the customer: under a law that nobody has described it does."""
    if not varied:
        return False
    if law in parameter(MATERIAL_ONLY.key):
        return bool(set(varied) & set(parameter(MATERIAL.key)))
    return True


def is_described(law: str) -> bool:
    """Whether the rules of this law are known here; otherwise whether the contract is concluded is to be checked."""
    return bool(law) and law in {*parameter(EVERY_VARIATION.key), *parameter(MATERIAL_ONLY.key)}


def said_of(law: str) -> Any:
    """What stands beside a confirmation with variations about the law of its contract."""
    if not is_described(law):
        return _("to be checked")
    return law if law == CISG else country_name(law)
