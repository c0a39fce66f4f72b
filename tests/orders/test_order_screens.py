"""Orders on the screen, over the API and as a sheet: what is missing leads to its field, a file comes along, the same order once."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.contenttypes.models import ContentType

from kam.core import clock
from kam.core.documents import Document, attach_document, retire_document, standard_type
from kam.core.timeline import timeline
from orders.actions import edit_order, set_block
from orders.models import Order
from tests.factories.customer_orders import OrderFactory, ordered
from tests.factories.files import named, pdf
from tests.factories.offers import payment_term, priced_product
from tests.matrix import Matrix
from tests.pages import client_for, words
from tests.world import api_client


def table(*lines: dict[str, object]) -> dict[str, object]:
    """Lines of the form as a browser sends them."""
    sent: dict[str, object] = {"lines-TOTAL_FORMS": len(lines), "lines-INITIAL_FORMS": 0}
    for number, line in enumerate(lines):
        sent |= {f"lines-{number}-{name}": value for name, value in line.items()}
    return sent


def test_an_order_is_entered_with_its_paper_and_registered(matrix: Matrix) -> None:
    product, _term = priced_product(), payment_term(30)
    browser = client_for(matrix.back_office_it)
    day = clock.today() + timedelta(days=40)
    head = {
        "kind": "standard", "plant": matrix.acme_it_plant.pk, "selling_location": matrix.italy.pk, "customer_reference": "4500 1",
        "customer_date": clock.today().isoformat(), "channel": "mail", "requested_on": day.isoformat(), "requested_type": "ship",
        "partial_allowed": "on", "payment_term": _term.pk, "paper": named(pdf(), "order.pdf"),
    }  # fmt: skip
    line = {
        "product": product.pk,
        "quantity": "100",
        "price_unit": 1,
        "schedule": f"{day.isoformat()} = 40; {(day + timedelta(days=7)).isoformat()} = 60",
    }
    answer = browser.post("/orders/new/", head | table(line))
    assert answer.status_code == 302, [one.errors for one in answer.context["form"].tables["lines"].forms]
    order = Order.objects.get()
    assert (order.incomplete, order.net) == ([], Decimal(2500)) and order.lines.get().schedule.count() == 2
    assert Document.objects.about(order).get().type.code == "purchase_order"
    page = browser.get(order.get_absolute_url()).content.decode()
    assert "4500 1" in page and "order.pdf" not in page and "What the customer sent" in page
    form = browser.get(f"/orders/{order.pk}/edit/").context["form"]
    assert form.tables["lines"].forms[0].initial["position"] == 10
    browser.post(f"/orders/{order.pk}/register/")
    order.refresh_from_db()
    assert order.status == "in_review"


def test_a_pdf_that_is_none_is_refused_and_what_was_typed_stays(matrix: Matrix) -> None:
    head = {
        "kind": "standard", "plant": matrix.acme_it_plant.pk, "selling_location": matrix.italy.pk, "customer_reference": "X-1",
        "channel": "mail", "requested_type": "ship", "paper": named(b"MZ this is a program", "order.pdf"),
    }  # fmt: skip
    answer = client_for(matrix.back_office_it).post(
        "/orders/new/", head | table({"product": priced_product().pk, "quantity": "1"})
    )
    assert answer.status_code == 422 and "X-1" in answer.content.decode()
    assert not Order.objects.exists() and not Document.objects.exists()


def test_what_the_customer_sent_stands_beside_the_lines_and_beside_the_form(matrix: Matrix) -> None:
    order = ordered(matrix.acme_it_plant, matrix.italy)
    browser, places = client_for(matrix.back_office_it), (order.get_absolute_url(), f"/orders/{order.pk}/edit/")
    drawing = attach_document(
        Document,
        actor=matrix.back_office_it,
        record=order,
        type=standard_type("drawing"),
        file=named(pdf("D"), "d.pdf"),
        revision="A",
    )
    Document.objects.update(preview_state="ready")
    paper = Document.objects.get(type__code="purchase_order")
    for address in places:
        page = browser.get(address).content.decode()
        assert f"/documents/{paper.pk}/preview/" in page and f"/documents/{drawing.pk}/preview/" not in page, address
    retire_document(paper, actor=matrix.back_office_it, reason="Wrong file")
    first, second = (browser.get(address).content.decode() for address in places)
    assert "is not attached yet" in first and "k-beside-form" not in second


def test_what_is_missing_leads_to_its_field(matrix: Matrix) -> None:
    order = ordered(matrix.acme_it_plant, matrix.italy, customer_date=None)
    page = client_for(matrix.back_office_it).get(order.get_absolute_url()).content.decode()
    assert f"/orders/{order.pk}/edit/#id_customer_date" in page
    read = client_for(matrix.account_manager).get(order.get_absolute_url()).content.decode()
    assert "What is missing" in read and "#id_customer_date" not in read


def test_a_block_says_who_lifts_it_and_shows_them_the_button(matrix: Matrix) -> None:
    order = ordered(matrix.acme_it_plant, matrix.italy)
    block = set_block(order, actor=None, kind="credit", reason="Overdue since March")
    address = f"/order-blocks/{block.pk}/release/"
    assert address not in client_for(matrix.back_office_it).get(order.get_absolute_url()).content.decode()
    page = client_for(matrix.finance_it).get(order.get_absolute_url()).content.decode()
    assert address in page and "Finance" in page and "Overdue since March" in page


def test_the_time_line_tells_the_fields_of_a_line_under_one_heading(matrix: Matrix) -> None:
    product, by = priced_product(25), matrix.back_office_it
    order = ordered(matrix.acme_it_plant, matrix.italy, {"product": product, "quantity": Decimal(10)}, by=by)
    edit_order(order, actor=by, lines=[{"product": product, "quantity": Decimal(12)}])
    changed, entered = (
        next(row for row in moment.rows if row.name.endswith(" 10"))
        for moment in timeline(order, by)
        if any(row.name.endswith(" 10") for row in moment.rows)
    )
    assert (entered.is_new, changed.is_new, entered.is_gone) == (True, False, False)
    assert len(entered.changes) > 5 and {"Quantity", "Product"} <= {str(one.label) for one in entered.changes}
    assert [(one.full_label, one.before, one.after) for one in changed.changes] == [(f"{changed.name} · Quantity", "10", "12")]
    text = words(client_for(by).get(f"/about/{ContentType.objects.get_for_model(order).pk}/{order.pk}/timeline/"))
    assert text.count(entered.name) == 2, "one heading for each step"
    told = api_client(by).get("/api/v1/timeline/", {"record_type": "orders.order", "record_id": order.pk}).json()
    assert f"{changed.name} · Quantity" in {one["label"] for step in told for one in step["changes"]}


def test_elsewhere_an_area_manager_reads_number_kind_date_and_status(matrix: Matrix) -> None:
    away = OrderFactory(
        plant=matrix.acme_it_plant, selling_location=matrix.italy, registered=True, customer_reference="SECRET-1", net=987
    )
    browser = client_for(matrix.area_manager_us)
    card = browser.get(f"/customers/{matrix.acme_it.pk}/orders/").content.decode()
    assert away.number in card and "SECRET-1" not in card and "987" not in card
    assert browser.get(away.get_absolute_url()).status_code == 404


def test_the_same_purchase_order_over_the_api_is_one_order(matrix: Matrix) -> None:
    product, _term = priced_product(), payment_term(30)
    body = {
        "plant": matrix.acme_it_plant.pk, "selling_location": matrix.italy.pk, "customer_reference": "API-1",
        "customer_date": clock.today().isoformat(), "channel": "api",
        "lines": [{"product": product.pk, "quantity": "10.000", "schedule": []}],
    }  # fmt: skip
    client = api_client(matrix.back_office_it)
    first = client.post("/api/v1/orders/", body, format="json", HTTP_IDEMPOTENCY_KEY="k1")
    again = client.post("/api/v1/orders/", body, format="json", HTTP_IDEMPOTENCY_KEY="k1")
    assert (first.status_code, again.status_code, again.json()["id"]) == (201, 201, first.json()["id"])
    refused = client.post("/api/v1/orders/", body, format="json")
    assert (refused.status_code, refused.json()["code"]) == (409, "duplicate_order")
    assert first.json()["lines"][0]["price"] == "25.00000" and first.json()["incomplete"] == [
        "payment_term", "document", "lines.10.requested_on",
    ]  # fmt: skip
    several = client.post("/api/v1/orders/", [body | {"customer_reference": f"API-{number}"} for number in (2, 3)], format="json")
    assert several.status_code == 201 and Order.objects.count() == 3
    unknown = client.post(
        "/api/v1/orders/", body | {"customer_reference": "API-9", "lines": [{"product": 99, "quantity": "1"}]}, format="json"
    )
    assert unknown.status_code == 400 and Order.objects.count() == 3


@pytest.mark.parametrize(("part", "named"), [("customers", "acme_it"), ("plants", "acme_it_plant")])
def test_the_orders_of_a_customer_stand_on_its_page(matrix: Matrix, part: str, named: str) -> None:
    order = ordered(matrix.acme_it_plant, matrix.italy)
    page = client_for(matrix.back_office_it).get(f"/{part}/{getattr(matrix, named).pk}/orders/").content.decode()
    assert order.get_absolute_url() in page


def test_a_draft_is_called_by_the_customers_number_once(matrix: Matrix) -> None:
    OrderFactory(plant=matrix.acme_it_plant, selling_location=matrix.italy, number="", customer_reference="PO-DRAFT-7")
    numbered = OrderFactory(
        plant=matrix.acme_it_plant, selling_location=matrix.italy, registered=True, customer_reference="PO-REAL-8"
    )
    rows = client_for(matrix.back_office_it).get("/orders/").content.decode()
    assert rows.count("PO-DRAFT-7") == 1
    assert numbered.number in rows and rows.count("PO-REAL-8") == 1
