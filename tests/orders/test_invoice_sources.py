"""Where a location's invoices come from is declared on the screen and over REST; orders are found by the system that keeps them."""

from collections.abc import Callable
from typing import Any

from rest_framework.test import APIClient

from orders.models import InvoiceSource, Order
from tests.factories.customer_orders import OrderFactory
from tests.matrix import Matrix
from tests.pages import client_for


def test_finance_declares_the_source_of_its_location(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    browser = client_for(matrix.finance_it)
    assert browser.get("/invoice-sources/new/").status_code == 200
    assert browser.post("/invoice-sources/new/", {"location": matrix.italy.pk, "system": "SAP-IT"}).status_code == 302
    first = InvoiceSource.objects.get()
    assert (first.location, first.system, first.first_day) == (matrix.italy, "SAP-IT", None)
    with nothing_changed():
        again = browser.post("/invoice-sources/new/", {"location": matrix.italy.pk, "system": "KAM"})
        assert again.status_code == 422 and "from which day" in again.content.decode()
        abroad = browser.post("/invoice-sources/new/", {"location": matrix.usa.pk, "system": "KAM"})
        assert abroad.status_code in {403, 422}
    program = APIClient()
    program.force_authenticate(matrix.administrator)
    made = program.post("/api/v1/invoice-sources/", {"location": matrix.italy.pk, "system": "KAM", "first_day": "2099-01-01"})
    assert made.status_code == 201, made.content
    assert (made.json()["system"], made.json()["first_day"], made.json()["last_day"]) == ("KAM", "2099-01-01", None)
    rows = program.get("/api/v1/invoice-sources/", {"location": matrix.italy.pk, "ordering": "id"}).json()["results"]
    assert [(row["system"], row["last_day"]) for row in rows] == [("SAP-IT", "2098-12-31"), ("KAM", None)]
    assert [row["system"] for row in program.get("/api/v1/invoice-sources/", {"today": "true"}).json()["results"]] == ["SAP-IT"]
    page = browser.get(f"/invoice-sources/{first.pk}/").content.decode()
    assert "SAP-IT" in page
    with nothing_changed():
        program.force_authenticate(matrix.account_manager)
        refused = program.post("/api/v1/invoice-sources/", {"location": matrix.italy.pk, "system": "X"})
        assert refused.status_code == 403


def test_orders_are_found_by_the_system_that_keeps_them(matrix: Matrix) -> None:
    here = OrderFactory(plant=matrix.acme_it_plant, selling_location=matrix.italy)
    kept = OrderFactory(plant=matrix.acme_it_plant, selling_location=matrix.italy, registered=True, number="4711")
    Order.objects.filter(pk=kept.pk).update(system="SAP-IT")
    program = APIClient()
    program.force_authenticate(matrix.account_manager)

    def found(**asked: str) -> list[int]:
        return [row["id"] for row in program.get("/api/v1/orders/", asked).json()["results"]]

    assert found(system="SAP-IT") == found(elsewhere="true") == [kept.pk]
    assert found(elsewhere="false") == [here.pk]
    assert found(system="SAP-DE") == []
