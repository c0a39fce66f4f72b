"""The checks of a customer's order: price, revision, export, minimum, pack, lead time, validity, quantity, duplicates, addresses, VAT."""

import html
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from accounts.models import User
from catalog.actions import refresh_register
from catalog.models import ProductRevision
from kam.core import clock, formats
from kam.core.parameters import ParameterValue, set_parameter
from kam.core.periods import period
from orders.actions.order_review import refresh
from orders.models import Order, OrderLine, OrderSchedule
from orders.reports.order_checks import check_order, told
from orders.reports.order_differences import compare, differences
from orders.reports.order_facts import OrderFacts
from orders.reports.review_class import class_of_order, say_why
from tests.factories.accounts import CustomerFactory
from tests.factories.catalog import CustomerItemFactory, ProductFactory, ProductRevisionFactory
from tests.factories.documents import in_hand, required
from tests.factories.offers import offer_line, offered, priced_product
from tests.factories.prices import agreement, line
from tests.factories.reviews import known_product, ordered, reviewed_order
from tests.matrix import Matrix
from tests.pages import client_for
from tests.world import api_client


def codes(order: Order) -> dict[str, str]:
    """What the checks find, with whether it blocks."""
    return {one.code: str(one.level) for one in check_order(order)}


@pytest.mark.acceptance("AT-50")
def test_an_agreed_price_is_measured_against_the_ordered_one(matrix: Matrix) -> None:
    product = known_product(matrix.acme_it_plant, matrix.italy)
    agreement(line(product, "48.50"), plant=matrix.acme_it_plant, location=matrix.italy)
    order = ordered(matrix.acme_it_plant, matrix.italy, {"product": product, "quantity": 1200, "price": "47.00"})
    [price] = [one for one in differences(OrderFacts(order)) if one.field == "price"]
    assert (Decimal(price.expected), Decimal(price.found)) == (Decimal("48.5"), Decimal("47"))
    assert price.percent is not None
    assert round(price.percent, 2) == Decimal("-3.09")
    assert price.effect == Decimal("-1800.00")
    [finding] = [one for one in check_order(order) if one.code == "price"]
    assert (finding.level, finding.position) == ("block", 10)
    assert "48.50" in finding.text
    assert "47.00" in finding.text

    OrderLine.objects.filter(order=order).update(price=Decimal("48.495"))
    assert "price" not in codes(order), "within the rounding of a cent"
    OrderLine.objects.filter(order=order).update(price=Decimal("48.48"))
    assert codes(order)["price"] == "block"
    set_parameter(ParameterValue, actor=None, key="orders.price_tolerance", value="0.1", scope=f"customer:{matrix.acme_it.pk}")
    assert "price" not in codes(order), "within the customer's tolerance"


def test_a_price_per_hundred_is_compared_with_one_per_piece(matrix: Matrix) -> None:
    product = known_product(matrix.acme_it_plant, matrix.italy)
    agreement(line(product, "4850", price_unit=100), plant=matrix.acme_it_plant, location=matrix.italy)
    order = ordered(matrix.acme_it_plant, matrix.italy, {"product": product, "price": "48.50"})
    assert "price" not in codes(order)


def test_what_is_delivered_after_a_change_of_prices_is_named_with_its_day(matrix: Matrix) -> None:
    """A line has one price: the firm instalments after the change would go out at the one before."""
    today = clock.today()
    change = today + timedelta(days=60)
    product = known_product(matrix.acme_it_plant, matrix.italy)
    holder = {"plant": matrix.acme_it_plant, "location": matrix.italy, "pricing_date": "delivery"}
    agreement(line(product, "20"), first_day=today - timedelta(days=30), last_day=change - timedelta(days=1), **holder)
    agreement(line(product, "22.50"), first_day=change, **holder)
    order = ordered(matrix.acme_it_plant, matrix.italy, {"product": product, "quantity": 1000, "price": "20"})
    [ours] = order.lines.all()
    plan = [(30, 400, True), (59, 100, True), (60, 200, True), (90, 300, True)]
    for days, quantity, firm in plan:
        OrderSchedule.objects.create(line=ours, date=today + timedelta(days=days), quantity=quantity, firm=firm)
    [finding] = [one for one in check_order(order) if one.code == "price_changes"]
    assert (finding.code, finding.level, finding.position) == ("price_changes", "warn", 10)
    assert finding.text == (
        f"At position 10: 500 of it are wanted from {formats.day(change)}, when 22.50 is agreed instead of 20.00. "
        "Split the line by its days, each part at its own price."
    )
    OrderLine.objects.filter(pk=ours.pk).update(price=Decimal("22.50"))
    assert "price_changes" not in codes(order), "the rest has its own price"
    OrderLine.objects.filter(pk=ours.pk).update(price=Decimal(20))
    set_parameter(ParameterValue, actor=None, key="orders.price_tolerance", value="12", scope=f"customer:{matrix.acme_it.pk}")
    assert "price_changes" not in codes(order), "within the customer's tolerance"
    set_parameter(ParameterValue, actor=None, key="orders.price_tolerance", value="0", scope=f"customer:{matrix.acme_it.pk}")
    ours.schedule.filter(date__gte=change).update(firm=False)
    assert "price_changes" not in codes(order), "a forecast is no order"
    ours.schedule.filter(date__gte=change).update(firm=True)
    assert codes(order)["price_changes"] == "warn"
    ours.schedule.filter(date__gte=change).delete()
    OrderLine.objects.filter(pk=ours.pk).update(price=Decimal(19))
    assert "price_changes" not in codes(order), "a wrong price that does not change is a wrong price only"


@pytest.mark.acceptance("AT-51")
def test_another_revision_blocks_unless_the_agreed_one_only_comes(matrix: Matrix) -> None:
    product = known_product(matrix.acme_it_plant, matrix.italy)
    today = clock.today()
    old = product.revisions.get()
    ProductRevision.objects.filter(pk=old.pk).update(level="B", status="superseded", period=period(today - timedelta(400), today - timedelta(30)))  # fmt: skip
    new = ProductRevisionFactory(product=product, level="C", status="released", released_at=clock.now(), period=period(today - timedelta(29), None))  # fmt: skip
    CustomerItemFactory(customer=matrix.acme_it, product=product, agreed_revision=new)
    order = ordered(matrix.acme_it_plant, matrix.italy, {"product": product, "part_revision": "B", "agreed_revision": "C"})
    assert codes(order)["revision"] == "block"
    coming = today + timedelta(days=30)
    ProductRevision.objects.filter(pk=new.pk).update(period=period(coming, None))
    ProductRevision.objects.filter(pk=old.pk).update(period=period(today - timedelta(400), coming - timedelta(days=1)))
    found = {one.code: one for one in check_order(order)}
    assert "revision" not in found
    assert (found["revision_coming"].level, found["revision_coming"].position) == ("warn", 10)
    [row] = [one for one in differences(OrderFacts(order)) if one.field == "revision"]
    assert not row.blocking, "but it is decided line by line"
    OrderLine.objects.filter(order=order).update(part_revision="C")
    assert not {"revision", "revision_coming"} & set(codes(order))


@pytest.mark.acceptance("AT-53")
def test_listed_goods_to_a_country_that_is_no_partner_need_the_clause(matrix: Matrix) -> None:
    def to(country: str) -> dict[str, str]:
        plant = CustomerFactory(country=country, plant__country=country).plants.get()
        return codes(ordered(plant, matrix.italy, {"product": bearing}))

    bearing = ProductFactory(customs_code="8482 10 90")
    other = ProductFactory(customs_code="7318 15")
    assert to("TR")["export_clause"] == "block"
    assert "export_clause" not in to("CH"), "a partner"
    assert "export_clause" not in to("IT"), "domestic"
    assert "export_clause" not in to("FR"), "within the Union"
    plant = CustomerFactory(country="TR", plant__country="TR").plants.get()
    assert "export_clause" not in codes(ordered(plant, matrix.italy, {"product": other}))
    order = ordered(plant, matrix.italy, {"product": bearing})
    assert not [one for one in check_order(order, clause_agreed=True) if one.code == "export_clause"]
    set_parameter(ParameterValue, actor=None, key="orders.export_partner_countries", value=["TR"])
    assert "export_clause" not in codes(order), "countries are data"


def test_what_is_sanctioned_or_dual_use_blocks(matrix: Matrix) -> None:
    order = ordered(
        matrix.acme_us_plant,
        matrix.italy,
        {"product": ProductFactory(is_dual_use=True)},
        {"product": ProductFactory(is_sanctioned=True)},
    )
    found = codes(order)
    assert (found["dual_use"], found["sanctioned_product"]) == ("block", "block")
    inside = ordered(matrix.acme_de_plant, matrix.italy, {"product": ProductFactory(is_dual_use=True)})
    assert "dual_use" not in codes(inside)


def test_a_series_order_waits_for_the_customers_approval_of_the_part(matrix: Matrix) -> None:
    product = known_product(matrix.acme_it_plant, matrix.italy)
    item = CustomerItemFactory(customer=matrix.acme_it, product=product)
    required("ppap", "item", process="series", blocks=True)
    required("insurance", "customer")
    review = reviewed_order(matrix.acme_it_plant, matrix.italy, {"product": product})
    order = review.order
    assert order is not None
    assert codes(order) == {"product_document": "block", "customer_document": "warn"}
    [paper, insured] = check_order(order)
    assert (paper.position, insured.position) == (10, 0)
    assert paper.text.startswith(f"At position 10: PPAP of {item.part_number}: Missing. Have it approved")
    assert "document register" in insured.text
    assert [block.kind for block in order.blocks.active()] == ["technical"]
    assert set(review.signatures.values_list("function", flat=True)) >= {"quality"}
    in_hand(item, "ppap", checked=True)
    in_hand(matrix.acme_it, "insurance", checked=True, valid_to=clock.today() + timedelta(days=200))
    refresh(review, actor=None)
    assert codes(order) == {}
    assert not order.blocks.active().exists()

    samples = ordered(matrix.acme_it_plant, matrix.italy, {"product": CustomerItemFactory(customer=matrix.acme_it).product})
    refresh_register()
    assert codes(samples) == {"product_document": "block"}
    Order.objects.filter(pk=samples.pk).update(kind="sample")
    assert codes(Order.objects.get(pk=samples.pk)) == {"product_document": "warn"}, "samples are what gets it approved"


def test_a_missing_document_that_blocks_nothing_leaves_a_repetitive_order_repetitive(matrix: Matrix) -> None:
    product = known_product(matrix.acme_it_plant, matrix.italy)
    required("reach", "product")
    review = reviewed_order(matrix.acme_it_plant, matrix.italy, {"product": product})
    assert review.klass == "A"
    assert review.order is not None
    assert codes(review.order) == {"product_document": "warn"}


def test_quantities_below_the_minimum_off_the_pack_or_far_above_the_usual(matrix: Matrix) -> None:
    product = known_product(matrix.acme_it_plant, matrix.italy, minimum_order_quantity=50, pack_multiple=20)
    order = ordered(matrix.acme_it_plant, matrix.italy, {"product": product, "quantity": 30})
    found = codes(order)
    assert (found["minimum"], found["pack"]) == ("block", "block")
    OrderLine.objects.filter(order=order).update(quantity=150)
    assert codes(order) == {"pack": "block"}
    OrderLine.objects.filter(order=order).update(quantity=160)
    assert codes(order) == {"unusual_quantity": "warn"}
    set_parameter(ParameterValue, actor=None, key="orders.unusual_quantity", value="200")
    assert codes(order) == {}


def test_a_date_before_the_lead_time_blocks(matrix: Matrix) -> None:
    product = known_product(matrix.acme_it_plant, matrix.italy, lead_time_days=20)
    soon = clock.today() + timedelta(days=10)
    order = ordered(matrix.acme_it_plant, matrix.italy, {"product": product, "requested_on": soon})
    assert codes(order) == {"lead_time": "block"}
    [row] = [one for one in differences(OrderFacts(order)) if one.field == "date"]
    assert row.function == "production"
    assert row.delta is not None
    assert row.delta < 0
    OrderLine.objects.filter(order=order).update(requested_on=clock.today() + timedelta(days=60))
    assert codes(order) == {}
    matrix.acme_it_plant.transit_days = 45
    matrix.acme_it_plant.save()
    Order.objects.filter(pk=order.pk).update(requested_type="arrival")
    assert codes(Order.objects.get(pk=order.pk)) == {"lead_time": "block"}, "the days on the way count"


def test_what_is_over_holds_no_more(matrix: Matrix) -> None:
    product = priced_product()
    offer = offered(matrix.acme_it_plant, matrix.italy, offer_line(product), status="sent", by=matrix.sales_manager, approver=matrix.management)  # fmt: skip
    agreed = agreement(line(product, 25), plant=matrix.acme_it_plant, location=matrix.italy)
    order = ordered(matrix.acme_it_plant, matrix.italy, {"product": product}, offer=offer, agreement=agreed)
    assert not {"offer_expired", "agreement_expired"} & set(codes(order))
    later = offer.valid_until + timedelta(days=1)
    Order.objects.filter(pk=order.pk).update(customer_date=later)
    assert codes(Order.objects.get(pk=order.pk))["offer_expired"] == "block"
    Order.objects.filter(pk=order.pk).update(customer_date=agreed.first_day - timedelta(days=1))
    assert codes(Order.objects.get(pk=order.pk))["agreement_expired"] == "block"


def test_numbers_given_twice_new_addresses_other_payers_and_blocked_customers(matrix: Matrix) -> None:
    product = known_product(matrix.acme_it_plant, matrix.italy)
    first = ordered(matrix.acme_it_plant, matrix.italy, {"product": product})
    order = ordered(
        matrix.acme_it_plant, matrix.italy, {"product": product}, ship_to=matrix.acme_de_plant, bill_to=matrix.acme_de,
        vat_treatment="domestic",
    )  # fmt: skip
    assert codes(order) == {"new_ship_to": "warn", "other_payer": "warn"}
    order.customer_reference = first.customer_reference.lower()
    assert codes(order)["duplicate_reference"] == "block"
    matrix.acme_it.status, matrix.acme_it.status_reason = "blocked", "Insolvent"
    matrix.acme_it.save()
    assert codes(Order.objects.get(pk=order.pk))["customer_blocked"] == "block"


def test_an_exempt_sale_needs_a_checked_vat_number(matrix: Matrix) -> None:
    product = known_product(matrix.acme_de_plant, matrix.italy)
    customer = matrix.acme_de
    customer.vat_id, customer.vat_checked_on = "", None
    customer.save()
    order = ordered(matrix.acme_de_plant, matrix.italy, {"product": product}, vat_treatment="intra_eu")

    def now() -> dict[str, str]:
        return codes(Order.objects.get(pk=order.pk))

    assert now() == {"vat_number": "block"}
    customer.vat_id = "DE136695976"
    customer.save()
    assert now() == {"vies_missing": "block"}
    customer.vat_checked_on = clock.today() - timedelta(days=20)
    customer.save()
    assert now() == {}
    set_parameter(ParameterValue, actor=None, key="orders.vies_days", value=10)
    assert now() == {"vies_missing": "block"}
    Order.objects.filter(pk=order.pk).update(vat_treatment="declaration")
    assert now() == {"declaration_missing": "block"}
    Order.objects.filter(pk=order.pk).update(declaration_of_intent="2026-17")
    assert now() == {}


def test_the_head_is_compared_with_the_offer(matrix: Matrix) -> None:
    product = priced_product()
    offer = offered(
        matrix.acme_it_plant, matrix.italy, offer_line(product, 100, annual_quantity=Decimal(3650)), status="sent", by=matrix.sales_manager,
        approver=matrix.management, certificates="EN 10204 3.1", incoterms="FCA", incoterms_place="Montevarchi",
    )  # fmt: skip
    offered_line = offer.lines.get()
    order = ordered(
        matrix.acme_it_plant, matrix.italy, {"product": product, "offer_line": offered_line, "price": 25, "quantity": 120},
        offer=offer, certificates="EN 10204 3.2", incoterms="DAP", own_terms=True,
    )  # fmt: skip
    rows = {one.field: one for one in compare(OrderFacts(order))}
    differing = {name for name, one in rows.items() if not one.same}
    assert {"certificates", "incoterms", "terms", "quantity"} <= differing
    assert rows["price"].same
    assert rows["item"].same
    assert rows["quantity"].effect == Decimal("500.00")
    assert rows["incoterms"].function == "logistics"


def test_the_class_is_computed_and_explained(matrix: Matrix) -> None:
    def classed(order: Order) -> tuple[str, str]:
        facts = OrderFacts(order)
        klass, why = class_of_order(facts, check_order(order, facts=facts), differences(facts))
        return klass, " ".join(say_why(why))

    product = known_product(matrix.acme_it_plant, matrix.italy)
    same = ordered(matrix.acme_it_plant, matrix.italy, {"product": product})
    assert classed(same)[0] == "A"
    varied = ordered(matrix.acme_it_plant, matrix.italy, {"product": product, "price": 26})
    klass, why = classed(varied)
    assert klass == "B"
    assert "Price" in why
    new = ProductFactory()
    klass, why = classed(ordered(matrix.acme_it_plant, matrix.italy, {"product": new}))
    assert klass == "C"
    assert new.code in why
    for values in ({"own_terms": True}, {"penalty_rate": Decimal("0.5")}):
        assert classed(ordered(matrix.acme_it_plant, matrix.italy, {"product": product}, **values))[0] == "C"
    large = ordered(matrix.acme_it_plant, matrix.italy, {"product": product, "quantity": 5000})
    klass, why = classed(large)
    assert klass == "C"
    assert "100,000" in why
    set_parameter(ParameterValue, actor=None, key="orders.special_value", value="200000")
    assert classed(large)[0] == "B"


def test_five_hundred_lines_ask_no_more_than_five(matrix: Matrix) -> None:
    products = [known_product(matrix.acme_it_plant, matrix.italy, lead_time_days=10 + place) for place in range(5)]
    agreement(*(line(one, 25) for one in products), plant=matrix.acme_it_plant, location=matrix.italy)
    few = ordered(matrix.acme_it_plant, matrix.italy, *({"product": one} for one in products))
    many = ordered(matrix.acme_it_plant, matrix.italy)
    OrderLine.objects.bulk_create(
        OrderLine(order=many, position=20 + place, product=products[place % 5], quantity=10 + place, price=25, part_revision="A")
        for place in range(500)
    )
    for order in (few, many):
        wanted = [(one, clock.today() + timedelta(days=60 * part)) for one in order.lines.all() for part in (1, 2)]
        OrderSchedule.objects.bulk_create(OrderSchedule(line=one, date=day, quantity=one.quantity / 2) for one, day in wanted)

    def asked(order: Order) -> int:
        order = Order.objects.for_list().get(pk=order.pk)
        with CaptureQueriesContext(connection) as queries:
            check_order(order)
        return len(queries)

    assert asked(many) <= asked(few)
    assert len(check_order(many)) > 50


def test_what_was_found_is_told_again_in_the_readers_language(matrix: Matrix) -> None:
    product = known_product(matrix.acme_it_plant, matrix.italy, pack_multiple=20)
    order = ordered(matrix.acme_it_plant, matrix.italy, {"product": product, "quantity": "30.5"})
    with override("it"):
        kept = [one.kept() for one in check_order(order)]
    [(label, text)] = told(kept)
    assert str(label) == "Blocks"
    assert text.startswith("At position 10: 30.5 are no multiple of the pack of 20.")
    with override("de"):
        [(label, text)] = told(kept)
        assert str(label) == "Sperrt"
        assert text.startswith("Zu Position 10: 30,5 sind kein Vielfaches")


def test_a_check_says_why_it_blocks_and_lifts_in_the_readers_language(matrix: Matrix) -> None:
    product = known_product(matrix.acme_it_plant, matrix.italy)
    agreement(line(product, "1048.50"), plant=matrix.acme_it_plant, location=matrix.italy)
    review = reviewed_order(matrix.acme_it_plant, matrix.italy, {"product": product, "quantity": 1200, "price": "1047"})
    order = review.order
    assert order is not None

    def said(language: str) -> dict[str, str]:
        User.objects.filter(pk=matrix.back_office_it.pk).update(language=language)
        person = User.objects.get(pk=matrix.back_office_it.pk)
        [block] = api_client(person).get("/api/v1/order-blocks/", {"order": order.pk}).json()["results"]
        assert block["reason"] in html.unescape(client_for(person).get(order.get_absolute_url()).content.decode())
        return block

    with override("it"):
        refresh(review, actor=matrix.account_manager)
    assert said("en")["reason"].startswith("At position 10: The ordered price is 1,047.00, agreed is 1,048.50.")
    assert said("de")["reason"].startswith("Zu Position 10: ") and "1.047,00" in said("de")["reason"]
    OrderLine.objects.filter(order=order).update(price=Decimal("1046"))
    refresh(review, actor=matrix.account_manager)
    assert "1,046.00" in said("en")["reason"], "what stands is what was found last"
    OrderLine.objects.filter(order=order).update(price=Decimal("1048.50"))
    with override("it"):
        refresh(review, actor=matrix.account_manager)
    assert (said("en")["lift_reason"], said("en")["lifted_by"]) == ("The check no longer finds it.", None)
    assert said("de")["lift_reason"] == "Die Prüfung findet es nicht mehr."
    User.objects.filter(pk=matrix.back_office_it.pk).update(language="en")
    page = client_for(User.objects.get(pk=matrix.back_office_it.pk)).get(order.get_absolute_url()).content.decode()
    assert "by a check: The check no longer finds it." in page


def test_what_it_is_compared_with_is_said_in_the_readers_language(matrix: Matrix) -> None:
    product = known_product(matrix.acme_it_plant, matrix.italy, pack_multiple=20)
    review = reviewed_order(matrix.acme_it_plant, matrix.italy, {"product": product, "quantity": 30})
    with override("it"):
        refresh(review, actor=matrix.account_manager)
    [row] = review.differences.filter(field="pack")
    assert (row.basis, row.compared_with) == ("product", "Product")
    with override("de"):
        assert row.compared_with == "Produkt"
