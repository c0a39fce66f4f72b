"""Repairs for tests, as far along as they are needed."""

from typing import Any

from accounts.models import Location, Plant
from complaints.actions import (
    authorise_repair,
    label_piece,
    receive_piece,
    request_repair,
)
from complaints.models import Repair, RepairPiece
from tests.factories.accounts import ContactFactory
from tests.factories.catalog import ProductFactory


def requested(
    plant: Plant, selling: Location, shop: Location | None = None, *, serials: str = "SN-1", by: Any = None, **head: Any
) -> Repair:
    """A repair that says everything and waits for its authorisation."""
    contact = head.pop("contact", None) or ContactFactory(customer=plant.customer, plant=plant)
    known = {
        "selling_location": selling, "repair_location": shop or selling, "contact": contact, "contamination": "clean",
        "fault": "Leaks oil",
    }  # fmt: skip
    if "product" not in head:
        head["product"] = ProductFactory(producing_location=selling)
    return request_repair(Repair, actor=by, plant=plant, serials=serials, **known | head)


def authorised(plant: Plant, selling: Location, shop: Location | None = None, **values: Any) -> Repair:
    """One that the customer may send."""
    return authorise_repair(requested(plant, selling, shop, **values), actor=None)


def arrived(
    plant: Plant, selling: Location, shop: Location | None = None, *, serial_found: str = "SN-1", **values: Any
) -> RepairPiece:
    """The only piece of a repair, which is here."""
    piece = authorised(plant, selling, shop, **values).pieces.get()
    return receive_piece(piece, actor=None, serial_found=serial_found, condition="Dusty, complete")


def labelled(plant: Plant, selling: Location, shop: Location | None = None, **values: Any) -> RepairPiece:
    """A piece that is here as declared, with its label."""
    return label_piece(arrived(plant, selling, shop, **values), actor=None)
