"""Figures of repairs: backlog, turnaround gross and net, yield, no fault found, returns, margin; read back from the API and leading to their pieces."""

from datetime import UTC, datetime
from decimal import Decimal
from html import unescape
from typing import Any

import pytest

from complaints.actions import (
    approve_estimate,
    charge_piece,
    create_estimate,
    finish_repair,
    free_piece,
    note_costs,
    note_findings,
    record_test,
    send_estimate,
    ship_piece,
    start_repair,
)
from complaints.models import RepairEstimate, RepairPiece
from kam.core import clock
from tests.complaints.test_estimates import shop, signed
from tests.factories import repairs
from tests.matrix import Matrix
from tests.pages import client_for, words
from tests.world import api_client

ADDRESS = "/api/v1/repair-pieces/figures/"


def at(day: int, month: int = 3) -> Any:
    return clock.moment(datetime(2026, month, day, 9, tzinfo=UTC))


def figures(person: Any, **asked: Any) -> Any:
    answer = api_client(person).get(ADDRESS, {"year": 2026} | asked)
    assert answer.status_code == 200, answer.content
    return answer.json()


def repaired(matrix: Matrix, left: int, *, failed: int = 0, serial: str = "SN-1") -> RepairPiece:
    """A piece that came on 2 March, waited for the customer from the 6th to the 16th (AT-45) and left on a day of March."""
    with at(2):
        piece = repairs.out_of_warranty(*shop(matrix), serials=serial, serial_found=serial)
    with at(6):
        estimate = send_estimate(
            create_estimate(RepairEstimate, actor=None, piece=piece, lines=repairs.LINES, work="New seal"), actor=None
        )
    with at(16):
        approve_estimate(RepairEstimate.objects.get(pk=estimate.pk), actor=None, decided_by="Ada", file=signed())
        piece = start_repair(RepairPiece.objects.get(pk=piece.pk), actor=None)
    with at(20):
        for number in range(failed + 1):
            piece = finish_repair(piece, actor=None, work_done="New seal", hours_spent=Decimal(6))
            piece = record_test(piece, actor=None, passed=number == failed, test_results="Measured")
    with at(left):
        return ship_piece(piece, actor=None, note_out="DDT 4")


def leads(page: str, path: str) -> set[str]:
    return {unescape(part.split('"')[0]) for part in page.split('href="')[1:] if part.startswith(path)}


@pytest.mark.acceptance("AT-45")
def test_the_year_in_figures_and_the_pieces_behind_them(matrix: Matrix) -> None:
    first, second = repaired(matrix, 23), repaired(matrix, 31, failed=1, serial="SN-2")
    with at(24):
        repairs.in_diagnosis(*shop(matrix), serials="SN-3", serial_found="SN-3")
        nothing = repairs.in_diagnosis(*shop(matrix), serials="SN-4", serial_found="SN-4")
        note_findings(nothing, actor=None, fault_code="none", findings="It runs.")
    with at(10, 5):
        again = repairs.arrived(*shop(matrix), product=first.product)
    assert again.repeat_of == first
    repairs.arrived(matrix.beta_plant, matrix.germany)
    charge_piece(first, actor=None, charge=Decimal("733.60"), invoice_out="F 1")
    note_costs(first, actor=None, cost_parts=Decimal("100.00"))
    free_piece(second, actor=None, reason="Goodwill")

    found = figures(matrix.service_it)
    assert (found["shipped"], found["open"], found["late"], found["late_percent"]) == (2, 3, 0, "0.00")
    assert {one["status"]: one["pieces"] for one in found["backlog"]} == {"received": 1, "diagnosis": 1, "no_fault": 1}
    gross, net, gross_wd, net_wd = found["turnaround"]
    assert (gross["median"], net["median"]) == ("25.0", "15.0"), "21 and 29 days, ten of them the customer's"
    assert (net["mean"], net["percentile_90"], net["net"], net["working_days"]) == ("15.0", "18.2", True, False)
    assert (Decimal(gross_wd["median"]) - Decimal(net_wd["median"]), gross_wd["working_days"]) == (6, True)
    assert found["months"][2] == {"shipped": 2, "median": "15.0", "percentile_90": "18.2"}
    assert (found["test_yield"], found["first_pass_yield"], found["return_rate"]) == ("66.67", "50.00", "50.00")
    assert (found["analysed"], found["no_fault_found"]) == (3, "33.33")
    assert found["in_time_percent"] == "100.00"
    assert [(one["key"], one["pieces"]) for one in found["pareto"]["fault_code"]] == [("leak", 2), ("none", 1)]
    assert found["margins"] is None, "the workshop reads no costs"
    [money] = figures(matrix.area_manager_us)["margins"]
    assert (money["charge"], money["cost"], money["margin"], money["share"]) == ("733.60", "346.00", "387.60", "52.84")
    assert (money["charged"], money["free"], money["free_cost"]) == (1, 1, "246.00")
    assert (figures(matrix.area_manager_de)["open"], figures(matrix.area_manager_de)["shipped"]) == (1, 0)
    assert figures(matrix.area_manager_de)["turnaround"][0]["median"] is None
    everything = {"customer": matrix.acme_us.pk, "location": matrix.italy.pk}
    assert figures(matrix.management, **everything)["open"] == 3 and figures(matrix.management)["open"] == 4
    assert figures(matrix.management, location=matrix.germany.pk)["shipped"] == 0
    for wrong in ({"location": 0}, {"year": "x"}, {"plant": 1}):
        assert api_client(matrix.service_it).get(ADDRESS, wrong).status_code == 400

    seller, workshop = client_for(matrix.area_manager_us), client_for(matrix.service_it)
    page = seller.get("/repair-figures/?year=2026").content.decode()
    expected = {
        "status=shipped&left_after=2026-01-01&left_before=2026-12-31": {first, second},
        "status=shipped&left_after=2026-01-01&left_before=2026-12-31&returned=true": {first},
        "analysed=true&received_after=2026-01-01&received_before=2026-12-31&fault_code=none": {nothing},
        "open=true&status=received": {again},
    }
    addresses = leads(page, "/repair-pieces/?")
    for query, pieces in expected.items():
        address = next(one for one in addresses if one.endswith(f"?{query}"))
        rows = api_client(matrix.area_manager_us).get(f"/api/v1{address}").json()["results"]
        assert {row["id"] for row in rows} == {one.pk for one in pieces}, query
    assert all(seller.get(address).status_code == 200 for address in addresses)
    assert "387.60" in words(seller.get("/repair-figures/?year=2026"))
    seen = words(workshop.get(f"/repair-figures/?year=2026&customer={matrix.acme_us.pk}&location={matrix.italy.pk}"))
    assert "387.60" not in seen and "Margin of repairs" not in seen and "18.2" in seen
    assert "No figures yet." in words(client_for(matrix.area_manager_de).get("/repair-figures/?year=2025"))


def test_the_list_of_pieces_takes_costs_along_only_for_who_reads_them(matrix: Matrix) -> None:
    piece = repairs.shipped(*shop(matrix))
    charge_piece(piece, actor=None, charge=Decimal("700.00"), invoice_out="F 1")
    for person, reads in ((matrix.finance_it, True), (matrix.service_it, False), (matrix.area_manager_de, False)):
        client = client_for(person)
        client.post("/repair-pieces/", {"do": "layout", "column": ["piece", "charge", "cost", "margin"]})
        assert ("246.00" in words(client.get("/repair-pieces/"))) is reads
