"""What is to change in price in the world of the permission matrix."""

from typing import Any

from tests.factories.accounts import LocationFactory
from tests.factories.campaigns import campaigned, only_row, silence
from tests.world_people import PEOPLE, World


def of_the_campaigns(world: World) -> None:
    """Campaigns for a price of ACME in America at the American location, as far along as a verb needs them, and the same for GAMMA."""
    built, china = world.built, LocationFactory(country="CN")
    made: dict[str, list[Any]] = {}
    for location, plant, by in ((built.usa, built.acme_us_plant, built.account_manager), (china, world.foreign["plant"], None)):
        where = {"of_location": location, "of_customer": plant.customer}
        holder: dict[str, Any] | None = {"plant": plant, "location": location}
        for kind, status in (("draft", "draft"), ("handed_in", "in_approval"), ("approved", "approved"), ("asked", "asked")):
            one = campaigned(location, by=by, approver=built.sales_manager, status=status, to=holder, **where)
            made.setdefault(kind, []).append(one)
            holder = None
    for one in made["handed_in"]:
        silence(one)
    kinds = {
        "campaign": made["draft"],
        "campaign_handed_in": made["handed_in"],
        "campaign_customer": [only_row(one) for one in made["draft"]],
        "consenting_customer": [only_row(one) for one in made["handed_in"]],
        "customer_to_ask": [only_row(one) for one in made["approved"]],
        "asked_customer": [only_row(one) for one in made["asked"]],
    }
    for kind, (own, foreign) in kinds.items():
        world.own[kind] = dict.fromkeys("arsmu", own)
        world.foreign[kind] = {letter: own if letter not in "arsmu" else foreign for letter in PEOPLE if letter not in "smu"}
