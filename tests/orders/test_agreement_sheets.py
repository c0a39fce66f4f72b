"""Price agreements as a sheet: what is exported is imported unchanged, into an empty system too; faults at their cells; drafts only."""

from datetime import date
from decimal import Decimal
from typing import Any

from kam.core.import_kinds import import_kind
from orders.models import PriceAgreement
from tests.catalog.test_excel import carry_out, preview, written
from tests.factories.catalog import ProductFactory, ProgrammeFactory
from tests.factories.prices import agreement, line
from tests.matrix import Matrix

KIND = "orders.price_agreements"


def test_a_round_trip_is_the_identity_and_makes_drafts(matrix: Matrix) -> None:
    one, other = ProductFactory(), ProductFactory()
    terms = {"payment_terms": "Z060", "incoterms": "DAP", "incoterms_place": "Torino", "incoterms_version": "2020"}
    agreement(
        line(one, "12.5", price_unit=100, decimals=3, minimum_quantity=Decimal(5), reductions=[(date(2027, 1, 1), Decimal(3))]),
        line(other, scale="interval", steps=[(5, 10), (20, "9.5")], committed_quantity=Decimal(100)),
        line(None, None, family=one.family, discount=Decimal("7.5")),
        customer=matrix.acme_it, last_day=date(2026, 12, 31), reference="LTA 7", notice_days=60, rebate="incremental",
        reopening="When steel rises by 15 %", notes="Ask again in May",
        tiers=[(Decimal(250000), Decimal("1.5")), (Decimal(500000), Decimal("2.5"))], **terms,
    )  # fmt: skip
    agreement(
        line(
            one,
            9,
            tooling_cost=Decimal(1000),
            tooling_quantity=Decimal(500),
            tooling_since=date(2025, 7, 1),
            unreduced=Decimal(2),
        ),
        programme=ProgrammeFactory(customer=matrix.acme_de),
        location=matrix.germany,
        currency="USD",
    )
    agreement(line(one, 8), group=matrix.acme)
    actor = matrix.sales_manager
    rows = list(import_kind(KIND).export_rows(actor))
    before = written(KIND, actor)
    assert len(before) == 6
    record = preview(KIND, actor, rows)
    assert (record.counts["create"], record.counts["unchanged"], record.errors) == (0, 3, [])
    record = preview(KIND, actor, moved(rows))
    assert record.counts["create"] == 3, record.errors
    carry_out(record)
    made = PriceAgreement.objects.filter(status="draft")
    assert made.count() == 3
    exported = [row for row in written(KIND, actor) if row[7] == date(2027, 1, 1)]
    assert [row[9:] for row in exported] == [row[9:] for row in before]


def moved(rows: list[Any]) -> list[Any]:
    """The same rows a year later, without an end."""
    for row in rows:
        row.first_day, row.last_day = date(2027, 1, 1), None
    return rows


def test_faults_stand_at_their_cells_and_nothing_is_written(matrix: Matrix) -> None:
    product, other = ProductFactory(), ProductFactory()
    agreement(line(product, 1), line(other, scale="from", steps=[(1, 5), (10, 4)]), customer=matrix.acme_it)
    agreement(line(product, 1), customer=matrix.beta, first_day=date(2026, 2, 1))
    wrong = moved(list(import_kind(KIND).export_rows(matrix.sales_manager)))
    wrong[0].price = None  # neither price nor discount
    wrong[2].quantity = Decimal("0.5")  # below the step before it
    record = preview(KIND, matrix.account_manager, wrong)
    found = [(error["row"], error["column"]) for error in record.errors]
    together = (4, "customer's reference")  # the other step of an agreement that has a fault
    assert sorted(found) == [(2, "price"), (3, "step of the scale"), together, (5, "customer")]
    assert not PriceAgreement.objects.filter(status="draft").exists()
