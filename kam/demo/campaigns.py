"""The demonstration's price campaign: one in progress, with a customer at every point at which a customer of a campaign can stand."""

from collections import defaultdict
from decimal import Decimal
from typing import Any

from accounts.models import Location, Plant, User
from kam.core import clock
from kam.demo import stage
from kam.demo.prices import author_of, decider, with_terms
from kam.demo.trade import buyers
from orders.actions import (
    agree_campaign_customer,
    approve_agreement,
    approve_campaign,
    ask_campaign_customer,
    consent_to_campaign,
    create_campaign,
    edit_campaign_customer,
    leave_out_campaign_customer,
    note_campaign_answer,
    refuse_campaign_customer,
    submit_campaign,
)
from orders.models import CampaignConsent, CampaignCustomer, PriceAgreement, PriceCampaign

#: What becomes of the customers, in turn; whoever comes after them was asked.
FATES = ("future", "agreed", "answered", "asked", "refused", "late", "left_out", "future")
#: From when on the new prices hold, and when the campaign was drafted, approved, and its letters went out.
EFFECTIVE, DRAFTED, APPROVED, SENT = 25, -58, -42, -40
WHY = "The steel that we work has become dearer; we can no longer absorb the increase."


def make() -> None:
    """Ask the customers of one account manager at one location for more, and let come what came."""
    author, location = _whose()
    with stage.at(DRAFTED):
        made = create_campaign(
            PriceCampaign,
            actor=author,
            title=f"Steel {clock.today().year + 1}",
            why=WHY,
            location=location,
            percentage=Decimal("3.50"),
            effective_on=stage.day(EFFECTIVE),
            notice_days=60,
            of_location=location,
        )
        rows = list(made.customers.select_related("plant__customer").order_by("pk"))
        for place, row in enumerate(rows[:2]):
            edit_campaign_customer(row, actor=author, asked=row.asked - Decimal(place + 1) / 2)
        for row in rows:
            if _fate(rows, row) == "left_out":
                leave_out_campaign_customer(row, actor=author, reason="A tender is running.")
        submit_campaign(made, actor=author)
    with stage.at(DRAFTED + 2):
        _consents(made)
    with stage.at(APPROVED):
        approve_campaign(made, actor=decider(made))
    for row in rows:
        _became(row, _fate(rows, row), author)


def _fate(rows: list[CampaignCustomer], row: CampaignCustomer) -> str:
    place = rows.index(row)
    return FATES[place] if place < len(FATES) else "asked"


def _whose() -> tuple[User, Location]:
    """The account manager and location with the fewest buying plants that are enough to show everything."""
    plants = {plant.code: plant for plant in Plant.objects.select_related("customer")}
    sold: dict[tuple[int, str], set[str]] = defaultdict(set)
    authors: dict[int, User] = {}
    for buyer in buyers():
        if buyer.last_day == stage.day(0) and buyer.basket:
            author = author_of(plants[buyer.plant].customer)
            authors[author.pk] = author
            sold[author.pk, buyer.location].add(buyer.plant)
    enough = [(len(codes), min(codes), key) for key, codes in sold.items() if len(codes) > len(FATES)]
    _count, _first, (key, code) = min(enough)
    return authors[key], Location.objects.get(code=code)


def _consents(campaign: PriceCampaign) -> None:
    """Half of the area managers consent; the others let the time pass."""
    for one in CampaignConsent.objects.filter(row__campaign=campaign).select_related("row", "person").order_by("pk"):
        if one.row_id % 2 and one.person.may("orders.consent_to_campaign"):
            consent_to_campaign(one.row, actor=one.person, consents=True)


def _became(row: CampaignCustomer, fate: str, author: Any) -> None:
    if fate in {"late", "left_out"}:
        return
    with stage.at(SENT):
        ask_campaign_customer(row, actor=author, sent_to=f"purchasing@{row.holder.code.lower()}.example")
    with stage.at(SENT + 14):
        if fate in {"answered", "agreed"}:
            said = "They accept two per cent, and want the old price until the end of the quarter."
            note_campaign_answer(row, actor=author, answered=Decimal("2.00"), answer=said)
        if fate == "refused":
            refuse_campaign_customer(row, actor=author, refusal="A competitor keeps its prices for the year.")
        if fate == "future":
            agree_campaign_customer(row, actor=author, reference="Letter of acceptance")
    with stage.at(SENT + 16):
        if fate == "agreed":
            agree_campaign_customer(row, actor=author, agreed=Decimal("2.00"))
        if fate == "future":
            for new in PriceAgreement.objects.filter(campaign_lines__row=row).distinct():
                approve_agreement(with_terms(new), actor=decider(new))
