"""Repairs in a browser, in Italian: an estimate that the customer refuses under the signed link, and a repair that comes dearer and is approved once more."""

from typing import Any

import pytest
from playwright.sync_api import expect

from complaints.actions.repair_secrets import link_of
from complaints.models import Repair, RepairEstimate, RepairPiece
from tests.e2e.pages import Desk, Kam, word
from tests.e2e.test_complaints import step
from tests.factories.catalog import ProductFactory
from tests.factories.repairs import approved
from tests.matrix import Matrix

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


def press(kam: Kam, path: str, label: str) -> Kam:
    """A button of a record that does at once."""
    kam.go(path).main.locator(".k-record-steps").get_by_role("button", name=word(label), exact=True).click()
    return kam.settled()


def under_the_link(desk: Desk, estimate: RepairEstimate, *, phone: bool, **answer: str) -> Kam:
    """A customer without an account reads an estimate and answers it."""
    link = link_of(estimate)
    visitor = desk.open(phone=phone).go(link[link.index("/consent/") :])
    expect(visitor.page.locator("h1")).to_contain_text(str(estimate))
    assert visitor.wide() <= 0
    visitor.page.check(f"[name=answer][value={answer.pop('says')}]")
    instruction = answer.pop("instruction", "")
    if instruction:
        visitor.page.select_option("[name=instruction]", instruction)
    for name, text in answer.items():
        visitor.page.fill(f"[name={name}]", text)
    visitor.page.locator("form button.btn-primary").click()
    expect(visitor.page.locator("form button.btn-primary")).to_have_count(0)
    estimate.refresh_from_db()
    return visitor


def sent_estimate(seller: Kam, piece: RepairPiece, lines: str) -> RepairEstimate:
    """An estimate as the seller writes and sends it."""
    seller.go(f"/repair-estimates/new/?piece={piece.pk}")
    seller.page.fill("[name=work]", "Guarnizione e cuscinetto nuovi")
    seller.page.fill("[name=lines]", lines)
    seller.page.fill("[name=lead_days]", "8")
    seller.save()
    seller.settled()
    estimate = piece.estimates.order_by("-revision")[0]
    step(seller, f"{estimate.get_absolute_url()}send/")
    estimate.refresh_from_db()
    assert estimate.status == "sent"
    return estimate


def test_an_estimate_refused_under_the_link_goes_back_unrepaired(world: Matrix, desk: Desk) -> None:
    product = ProductFactory(producing_location=world.italy, name_it="Riduttore")
    seller, shop = desk.open(world.area_manager_us), desk.open(world.service_it, phone=True)
    seller.go("/repairs/new/")
    seller.choose("plant", world.acme_us_plant.name)
    seller.choose("contact", "Hopper")
    seller.choose("product", product.code)
    step(
        seller, "", select={"contamination": "clean", "repair_location": str(world.italy.pk)}, serials="SN-4711", fault="Perde olio",
        return_address="1 Works Road, Columbus",
    )  # fmt: skip
    repair = Repair.objects.get()
    expect(seller.heading).to_contain_text(repair.number)
    step(seller, f"{repair.get_absolute_url()}authorise/")
    piece = repair.pieces.get()
    address = piece.get_absolute_url()

    step(shop, f"{address}receive/", serial_found="SN-4711", condition="Polveroso, completo", storage_place="Scaffale R2")
    assert shop.wide() <= 0
    press(shop, address, "Label of the customer's property")
    press(shop, address, "Begin diagnosis")
    step(
        shop, f"{address}findings/", select={"fault_code": "leak", "cause_code": "wear"}, findings="La guarnizione è consumata.",
        hours_needed="6,5",
    )  # fmt: skip
    quality = desk.open(world.quality_it)
    step(quality, f"{address}warranty/", warranty_from="01/02/2020", notified_on="01/09/2026")
    estimate = sent_estimate(seller, piece, "manodopera; Riparazione; 6,5; 62\nricambio; Cuscinetto; 1; 148,60")
    visitor = under_the_link(
        desk, estimate, phone=True, says="refused", name="Grace Hopper", instruction="return", text="Troppo caro"
    )
    expect(visitor.page.locator("main")).to_contain_text("Grace Hopper")
    assert (estimate.status, estimate.channel, estimate.instruction) == ("refused", "link", "return")

    step(desk.open(world.logistics_it, phone=True), f"{address}unrepaired/", note_out="DDT 88", packages="1")
    press(seller, repair.get_absolute_url(), "Close repair")
    expect(seller.main).to_contain_text("Restituito non riparato")
    repair.refresh_from_db()
    assert repair.status == "closed"
    shop.go(address)
    expect(shop.main).to_contain_text("Polveroso, completo")
    assert shop.wide() <= 0


def test_what_comes_dearer_is_approved_once_more_then_tested_shipped_and_charged(world: Matrix, desk: Desk) -> None:
    piece = approved(world.acme_us_plant, world.usa, world.italy)
    address = piece.get_absolute_url()
    shop, seller, quality = desk.open(world.service_it, phone=True), desk.open(world.area_manager_us), desk.open(world.quality_it)
    press(shop, address, "Begin the repair")
    step(shop, f"{address}expected/", comes_to="861,00")
    expect(shop.main).to_contain_text("Attende integrazione")
    estimate = sent_estimate(seller, piece, "manodopera; Riparazione; 8; 62\nricambio; Cuscinetto e albero; 1; 365")
    assert (str(estimate.total), estimate.further) == ("861.00", True)
    under_the_link(desk, estimate, phone=False, says="approved", name="Grace Hopper", purchase_order="PO 78")
    assert (estimate.status, estimate.purchase_order) == ("approved", "PO 78")

    for result in ("Perde ancora a 4 bar", "A tenuta a 6 bar"):
        step(shop, f"{address}finish/", work_done="Albero e guarnizione sostituiti", parts_used="Albero", hours_spent="8")
        quality.go(f"{address}test/")
        if "6 bar" in result:
            quality.page.check("[name=passed]")
        step(quality, "", test_results=result)
    step(desk.open(world.logistics_it, phone=True), f"{address}ship/", note_out="DDT 89", carrier="Corriere")
    step(desk.open(world.finance_it), f"{address}charge/", charge="861,00", invoice_out="F 12")
    press(seller, piece.repair.get_absolute_url(), "Close repair")
    piece.refresh_from_db()
    repair: Any = Repair.objects.get(pk=piece.repair_id)
    assert (piece.status, piece.tests, piece.settled, repair.status) == ("shipped", 2, "charged", "closed")
    for kam in (shop, seller):
        for path, said in (("/repair-figures/", "50,00"), (f"/serials/?serial={piece.serial}", str(piece))):
            kam.go(path)
            expect(kam.main).to_contain_text(said)
            assert kam.wide() <= 0
