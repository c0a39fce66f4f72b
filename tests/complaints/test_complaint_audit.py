"""Complaints drawn by chance, and the samples of the interface: repeatable, and only of what their reader sees."""

from typing import Any

from complaints.models import Complaint
from complaints.reports.samples import drawn_complaints
from tests.factories.catalog import ProductFactory
from tests.factories.complaints import complained
from tests.factories.order_lives import accepted_order
from tests.matrix import Matrix
from tests.world import api_client, browser


def test_the_same_word_draws_the_same_complaints(matrix: Matrix) -> None:
    product = ProductFactory(producing_location=matrix.italy)
    for _turn in range(4):
        complained(matrix.acme_it_plant, matrix.italy, None, product=product, producing_location=None)
    found = [one.pk for one in drawn_complaints(matrix.auditor, "audit", 3)]
    assert len(set(found)) == 3 == Complaint.objects.filter(registered_at__isnull=False).count() - 1
    assert found == [one.pk for one in drawn_complaints(matrix.auditor, "audit", 3)]
    assert list(drawn_complaints(matrix.area_manager_us, "audit", 3)) == []
    page = browser(matrix.auditor).get("/complaint-audit/?seed=audit").content.decode()
    assert all(f"/complaints/{key}/" in page for key in found)
    assert (
        "/complaints/" + str(found[0]) not in browser(matrix.area_manager_us).get("/complaint-audit/?seed=audit").content.decode()
    )
    assert browser(matrix.auditor).get("/complaint-audit/?seed=%00").status_code == 200
    api = api_client(matrix.auditor)
    assert [one["id"] for one in api.get("/api/v1/complaints/sample/?seed=audit&count=3").json()] == found


def test_samples_over_the_interface(matrix: Matrix) -> None:
    orders = {accepted_order(matrix.acme_it_plant, matrix.italy).pk for _turn in range(3)}

    def drawn(reader: Any, asked: str) -> Any:
        return api_client(reader).get(f"/api/v1/orders/sample/?{asked}")

    first = [one["id"] for one in drawn(matrix.auditor, "seed=a&count=2").json()]
    assert (
        len(first) == 2
        and set(first) <= orders
        and first == [one["id"] for one in drawn(matrix.auditor, "seed=a&count=2").json()]
    )
    assert drawn(matrix.area_manager_us, "seed=a").json() == []
    for wrong in ("count=0", "count=51", "seed=" + "a" * 41, "other=1"):
        assert drawn(matrix.auditor, wrong).status_code == 400
    assert api_client(matrix.auditor).get("/api/v1/contract-reviews/sample/").json() == []
