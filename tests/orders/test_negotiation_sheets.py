"""Negotiations as a sheet: what is exported is there already, new ones become leads with their value, every fault stands at its cell."""

from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from kam.core.import_kinds import import_kind
from orders.actions import create_negotiation
from orders.models import Negotiation
from tests.catalog.test_excel import carry_out, preview, written
from tests.factories.catalog import ProductFactory
from tests.factories.negotiations import volume
from tests.matrix import Matrix

KIND = "orders.negotiations"


def row(matrix: Matrix, product: Any = None, **values: Any) -> SimpleNamespace:
    """A row of a sheet: belt drives for ACME's plant in America."""
    empty = dict.fromkeys(column.key for column in import_kind(KIND).columns) | {
        "price_unit": 1,
        "volumes": (),
        "later_prices": (),
    }
    known = {"subject": "Belt drives", "plant": matrix.acme_us_plant, "selling_location": matrix.usa, "currency": "EUR"}
    return SimpleNamespace(**empty | known | {"product": product} | values)


def test_rows_of_one_negotiation_become_one_lead_with_its_value(matrix: Matrix) -> None:
    one, other = ProductFactory(), ProductFactory()
    sheet = [
        row(matrix, one, volumes=[(2027, Decimal(1000)), (2028, Decimal(2000))], price=Decimal(365), price_unit=100,
            later_prices=[(2028, Decimal(350))], decision_on=date(2099, 1, 7), competitors="Rexroth"),
        row(matrix, other, volumes=[(2028, Decimal(10))], price=Decimal("12.5"), target_price=Decimal(11)),
        row(matrix, None, subject="A gearbox", description="Gearbox of the new line", owner=matrix.sales_manager),
    ]  # fmt: skip
    record = preview(KIND, matrix.account_manager, sheet)
    assert (record.counts["create"], record.errors) == (2, [])
    carry_out(record)
    drives, gearbox = Negotiation.objects.order_by("pk")
    assert (drives.stage, drives.probability, drives.owner) == ("lead", 10, matrix.account_manager)
    assert drives.by_year == [(2027, Decimal(3650)), (2028, Decimal(7125))], "2,000 × 350 / 100 + 10 × 12.50"
    assert (gearbox.owner, gearbox.lines.get().description) == (matrix.sales_manager, "Gearbox of the new line")
    assert drives.number and drives.competitors == "Rexroth"


def test_a_round_trip_is_the_identity(matrix: Matrix) -> None:
    product, me = ProductFactory(), matrix.account_manager
    for subject in ("Drives", "Gears"):
        create_negotiation(
            Negotiation, actor=me, subject=subject, customer=matrix.acme_it, selling_location=matrix.italy, currency="EUR",
            lines=[volume(product, [(2027, 5), (2028, 6)], "2.5"), volume(None, [], description="More")],
            next_step="Call", next_step_on=date(2099, 1, 7), notes="By phone",
        )  # fmt: skip
    rows = list(import_kind(KIND).export_rows(me))
    assert len(written(KIND, me)) == 4
    assert written(KIND, matrix.area_manager_us) == [], "who does not see a negotiation does not export it"
    record = preview(KIND, me, rows)
    assert (record.counts["create"], record.counts["unchanged"], record.errors) == (0, 2, [])
    rows[0].price = Decimal(3)
    errors = preview(KIND, me, rows).errors
    assert [(error["row"], error["column"]) for error in errors if "changed on its page" in error["expected"]] == [(2, "subject")]


def test_every_fault_stands_at_its_cell_and_nothing_is_written(matrix: Matrix) -> None:
    product = ProductFactory()
    sheet = [
        row(matrix, product, customer=matrix.acme_it),  # two holders
        row(matrix, product, subject="Later", start_of_production=date(2027, 5, 1), end_of_production=date(2027, 4, 1)),
        row(matrix, product, subject="Years", volumes=[(2028, Decimal(1)), (2027, Decimal(1))]),
        row(matrix, product, subject="Step", next_step="Call"),
        row(matrix, product, subject="Foreign", plant=matrix.beta_plant, selling_location=None),
    ]
    record = preview(KIND, matrix.area_manager_us, sheet)
    found = sorted((error["row"], error["column"]) for error in record.errors)
    assert (3, "end of production") in found
    assert (4, "quantities by year") in found and (5, "next step by") in found
    assert {number for number, _column in found} == {2, 3, 4, 5, 6}
    assert not Negotiation.objects.exists()
