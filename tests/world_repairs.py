"""Repairs in the world of the permission matrix, as far along as each verb needs one."""

from typing import Any

from complaints.models import Repair
from tests.factories.accounts import LocationFactory
from tests.factories.repairs import (
    answerable,
    approved,
    arrived,
    authorised,
    closable,
    diagnosed,
    estimated,
    in_diagnosis,
    in_repair,
    in_test,
    labelled,
    lent,
    offered,
    out_of_warranty,
    ready,
    refused,
    requested,
    shipped,
)
from tests.world_people import PEOPLE, World

READERS = "arsbtqplfemu"


def of_the_repairs(world: World) -> None:
    """Repairs of ACME in America that Italy does, and of GAMMA elsewhere."""
    built, china = world.built, LocationFactory(country="CN")
    own = (built.acme_us_plant, built.usa, built.italy)
    foreign = (world.foreign["plant"], china, china)

    def put(kind: str, make: Any) -> None:
        mine, other = make(*own), make(*foreign)
        world.own[kind] = dict.fromkeys(READERS, mine)
        world.foreign[kind] = {letter: mine if letter not in READERS else other for letter in PEOPLE if letter not in "smu"}

    put("repair", requested)
    put("authorised_repair", authorised)
    put("received_repair", lambda *place: arrived(*place).repair)
    put("repair_piece", lambda *place: authorised(*place).pieces.get())
    put("differing_piece", lambda *place: arrived(*place, serial_found="SN-9"))
    put("received_piece", arrived)
    put("labelled_piece", labelled)
    put("piece_in_diagnosis", in_diagnosis)
    put("diagnosed_piece", diagnosed)
    put("charged_piece", out_of_warranty)
    put("repair_estimate", estimated)
    put("sent_estimate", lambda *place: answerable(offered(*place)))
    put("approved_piece", approved)
    put("piece_in_repair", in_repair)
    put("piece_in_test", in_test)
    put("ready_piece", ready)
    put("refused_piece", refused)
    put("scrap_piece", lambda *place: refused(*place, instruction="scrap"))
    put("exchange_piece", lambda *place: refused(*place, instruction="exchange"))
    put("shipped_piece", shipped)
    put("closable_repair", closable)
    put("repair_loaner", lent)
    put("repair_letter", lambda *place: Repair.objects.get(pk=authorised(*place).pk).letters.get())
