"""Our own costs of a repair and its margin: labour from the hours, the rest typed, read only by who reads costs there (K-R4)."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from complaints.actions import charge_piece, note_costs
from complaints.models import RepairPiece
from tests.complaints.test_estimates import refused, shop
from tests.factories import repairs
from tests.matrix import Matrix
from tests.pages import client_for
from tests.world import api_client


def test_costs_and_margin_are_read_by_who_reads_costs(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    piece = repairs.shipped(*shop(matrix))
    assert piece.cost == Decimal("246.00")  # six hours at 41.00
    charge_piece(piece, actor=matrix.finance_it, charge=Decimal("700.00"), invoice_out="F 1")
    finance, address = api_client(matrix.finance_it), f"/api/v1/repair-pieces/{piece.pk}/"
    said = finance.post(f"{address}note-costs/", {"cost_parts": "90.00", "cost_other": "14.00"}, format="json").json()
    assert (said["cost"], said["margin"], said["margin_share"]) == ("350.00", "350.00", "50.00")
    assert "Own cost" in client_for(matrix.finance_it).get(piece.get_absolute_url()).content.decode()
    for person in (matrix.service_it, matrix.quality_it, matrix.logistics_it):
        reader = api_client(person)
        seen = reader.get(address).json()
        assert "cost" not in seen and "margin" not in seen and seen["charge"] == "700.00"
        assert reader.get("/api/v1/repair-pieces/", {"fields": "margin"}).status_code == 400
        assert "Own cost" not in client_for(person).get(piece.get_absolute_url()).content.decode()
        with nothing_changed():
            assert reader.post(f"{address}note-costs/", {"cost_parts": "1.00"}, format="json").status_code == 403
    assert not any("cost" in field.name for field in RepairPiece.pgh_event_model._meta.fields)


def test_costs_are_noted_from_the_diagnosis_on_and_are_not_negative(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    here = repairs.arrived(*shop(matrix))
    refused("not_diagnosed", lambda: note_costs(here, actor=None), nothing_changed)
    piece = repairs.out_of_warranty(*shop(matrix))
    refused("out_of_range", lambda: note_costs(piece, actor=None, cost_parts=Decimal(-1)), nothing_changed, "cost_parts")
    told = note_costs(piece, actor=matrix.area_manager_us, cost_labour=Decimal(20), cost_parts=Decimal(5))
    assert (told.cost, told.margin, told.margin_share) == (Decimal(25), Decimal(-25), None)
    assert client_for(matrix.finance_it).post(f"/repair-pieces/{piece.pk}/costs/", {"cost_other": "3.50"}).status_code == 302
