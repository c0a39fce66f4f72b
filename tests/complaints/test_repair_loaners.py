"""Loaners: given until a day, out once, fetched back by logistics; a repair neither closes nor is withdrawn while one is out."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from complaints.actions import close_repair, lend_unit, take_back_unit, withdraw_repair
from complaints.models import Repair, RepairLoaner
from kam.core import clock
from kam.core.work_items import WorkItem
from tests.complaints.test_estimates import refused, shop
from tests.factories import repairs
from tests.factories.catalog import ProductFactory
from tests.matrix import Matrix
from tests.pages import client_for
from tests.world import api_client


def test_a_loaner_is_given_and_comes_back(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    repair, product = repairs.authorised(*shop(matrix)), ProductFactory(producing_location=matrix.italy)
    due = clock.today() + timedelta(days=20)
    body = {"repair": repair.pk, "product": product.pk, "serial": "L-1", "note_out": "DDT 3", "due_on": due.isoformat()}
    client = api_client(matrix.service_it)
    said = client.post("/api/v1/repair-loaners/", body, format="json")
    assert said.status_code == 201 and said.json()["given_on"] == clock.today().isoformat()
    assert WorkItem.objects.on(repair).open().filter(kind="fetch_loaner").count() == 1
    other = repairs.authorised(*shop(matrix))
    with nothing_changed():
        again = client.post("/api/v1/repair-loaners/", body | {"repair": other.pk, "serial": "l-1"}, format="json")
    assert (again.status_code, again.json()["code"]) == (409, "loaner_out")
    loaner = RepairLoaner.objects.get()
    page = client_for(matrix.logistics_it).get(repair.get_absolute_url()).content.decode()
    assert str(loaner) in page and f"/repair-loaners/{loaner.pk}/back/" in page
    refused("required", lambda: take_back_unit(loaner, actor=matrix.logistics_it), nothing_changed, "condition")
    tomorrow = clock.today() + timedelta(days=1)
    refused(
        "impossible_day", lambda: take_back_unit(loaner, actor=None, condition="Clean", returned_on=tomorrow), nothing_changed,
        "returned_on",
    )  # fmt: skip
    assert client_for(matrix.logistics_it).post(f"/repair-loaners/{loaner.pk}/back/", {"condition": "Clean"}).status_code == 302
    assert not WorkItem.objects.on(repair).open().filter(kind="fetch_loaner").exists()
    loaner.refresh_from_db()
    refused("returned_already", lambda: take_back_unit(loaner, actor=None, condition="x"), nothing_changed)
    assert lend_unit(RepairLoaner, actor=None, repair=other, product=product, serial="L-1", note_out="4", due_on=due).pk


def test_nothing_ends_while_a_loaner_is_out(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    loaner = repairs.lent(*shop(matrix))
    refused("loaner_out", lambda: withdraw_repair(loaner.repair, actor=None, reason="x"), nothing_changed)
    repair, product = repairs.closable(*shop(matrix)), ProductFactory(producing_location=matrix.italy)
    due = clock.today()
    out = lend_unit(RepairLoaner, actor=None, repair=repair, product=product, serial="L-2", note_out="4", due_on=due)
    refused("loaner_out", lambda: close_repair(repair, actor=matrix.area_manager_us), nothing_changed)
    take_back_unit(out, actor=matrix.service_it, condition="Clean")
    closed = close_repair(Repair.objects.get(pk=repair.pk), actor=matrix.area_manager_us)
    assert closed.status == "closed"
    refused(
        "repair_over",
        lambda: lend_unit(RepairLoaner, actor=None, repair=closed, product=product, serial="L-2", note_out="4", due_on=due),
        nothing_changed,
    )


def test_what_is_missing_is_said_at_its_field_and_the_database_keeps_one_out(
    matrix: Matrix, nothing_changed: Callable[..., Any]
) -> None:
    loaner = repairs.lent(*shop(matrix))
    repair, due = repairs.authorised(*shop(matrix)), clock.today()

    def lend(**values: Any) -> Any:
        said = {"product": loaner.product, "serial": "L-9", "note_out": "4", "due_on": due} | values
        return lend_unit(RepairLoaner, actor=None, repair=repair, **said)

    for values, code, field in (
        ({"serial": ""}, "invalid", "serial"),
        ({"product": None}, "required", "product"),
        ({"due_on": None}, "invalid", "due_on"),
        ({"due_on": due - timedelta(days=1)}, "too_early", "due_on"),
    ):
        refused(code, lambda values=values: lend(**values), nothing_changed, field)
    with pytest.raises(IntegrityError), transaction.atomic():
        RepairLoaner.objects.filter(pk=lend().pk).update(serial=loaner.serial.lower())
    rows = api_client(matrix.service_it).get("/api/v1/repair-loaners/?overdue=true").json()["results"]
    assert rows == []
    with clock.moment(clock.now() + timedelta(days=40)):
        assert api_client(matrix.service_it).get("/api/v1/repair-loaners/?overdue=true").json()["results"]
