"""Plants: created, edited, served by our locations from a day on."""

from datetime import timedelta
from typing import Any

import pytest

from accounts.actions.plant import create_plant, edit_plant, serve_plant
from accounts.models import Assignment, Plant, PlantOwnership, PlantService
from kam.core import clock
from kam.core.workflow import Denied
from tests.factories.accounts import CustomerFactory
from tests.matrix import Matrix
from tests.pages import client_for


def services(plant: Plant) -> list[tuple[str, bool, Any, Any]]:
    """Who serves a plant, as (location, leads, first day, last day)."""
    rows = PlantService.objects.filter(plant=plant).select_related("location").order_by("location__code", "period")
    return [(row.location.code, row.leads, row.first_day, row.last_day) for row in rows]


def test_a_further_plant_belongs_to_its_customer(matrix: Matrix) -> None:
    plant = create_plant(
        Plant, actor=matrix.account_manager, customer=matrix.acme_de, name="Kassel", city="Kassel", transit_days=2
    )
    assert (plant.country, plant.customer, plant.transit_days) == ("DE", matrix.acme_de, 2)
    assert PlantOwnership.objects.get(plant=plant).customer == matrix.acme_de
    assert services(plant) == []


def test_the_location_of_an_area_manager_leads_the_plant_that_they_create(matrix: Matrix) -> None:
    plant = create_plant(Plant, actor=matrix.area_manager_de, customer=matrix.acme_de, name="Kassel")
    assert services(plant) == [("DE", True, clock.today(), None)]


@pytest.mark.parametrize(
    ("person", "code"),
    [("area_manager_us", "not_your_customer"), ("quality_it", "not_permitted"), ("account_manager2", "not_your_customer")],
)
def test_a_plant_is_added_only_to_ones_own_customers(matrix: Matrix, nothing_changed: Any, person: str, code: str) -> None:
    with nothing_changed(), pytest.raises(Denied) as refusal:
        create_plant(Plant, actor=getattr(matrix, person), customer=matrix.acme_de, name="Kassel")
    assert (refusal.value.code, refusal.value.status) == (code, 403)


def test_editing_a_plant(matrix: Matrix, nothing_changed: Any) -> None:
    edit_plant(matrix.acme_de_plant, actor=matrix.area_manager_de, unloading_point="Gate 3", transit_days=4)
    fresh = Plant.objects.get(pk=matrix.acme_de_plant.pk)
    assert (fresh.unloading_point, fresh.transit_days) == ("Gate 3", 4)
    for values, code in (
        ({"code": matrix.beta_plant.code}, "code_taken"),
        ({"customer": matrix.beta}, "not_editable"),
        ({"transit_days": -1}, "invalid"),
    ):
        with nothing_changed(), pytest.raises(Denied) as refusal:
            edit_plant(fresh, actor=matrix.area_manager_de, **values)
        assert refusal.value.code == code
    with nothing_changed(), pytest.raises(Denied):
        edit_plant(fresh, actor=matrix.area_manager_us, name="mine")


def test_whoever_led_goes_on_serving_when_another_location_leads(matrix: Matrix) -> None:
    day = clock.today() + timedelta(days=30)
    eve = day - timedelta(days=1)
    serve_plant(matrix.acme_de_plant, actor=matrix.account_manager, location=matrix.italy, service="leads", from_day=day)
    assert services(matrix.acme_de_plant) == [
        ("DE", True, None, eve),
        ("DE", False, day, None),
        ("IT", False, None, eve),
        ("IT", True, day, None),
    ]


def test_leading_for_some_weeks_gives_the_lead_back(matrix: Matrix) -> None:
    first, last = clock.today() + timedelta(days=10), clock.today() + timedelta(days=20)
    serve_plant(
        matrix.acme_de_plant, actor=matrix.sales_manager, location=matrix.usa, service="leads", from_day=first, until=last
    )
    assert services(matrix.acme_de_plant) == [
        ("DE", True, None, first - timedelta(days=1)),
        ("DE", False, first, last),
        ("DE", True, last + timedelta(days=1), None),
        ("IT", False, None, None),
        ("US", True, first, last),
    ]


def test_a_location_that_no_longer_serves_ends_its_area_managers_assignment(matrix: Matrix) -> None:
    day = clock.today() + timedelta(days=1)
    serve_plant(matrix.acme_de_plant, actor=matrix.account_manager, location=matrix.germany, service="none", from_day=day)
    assert services(matrix.acme_de_plant) == [("DE", True, None, clock.today()), ("IT", False, None, None)]
    assert Assignment.objects.get(plant=matrix.acme_de_plant).last_day == clock.today()


def test_the_same_service_again_writes_nothing(matrix: Matrix, nothing_changed: Any) -> None:
    with nothing_changed():
        serve_plant(matrix.acme_de_plant, actor=matrix.account_manager, location=matrix.germany, service="leads")


@pytest.mark.parametrize(
    ("person", "values", "code"),
    [
        ("area_manager_de", {}, "not_permitted"),
        ("account_manager2", {}, "not_permitted"),
        ("account_manager", {"service": "sells"}, "unknown_service"),
        ("account_manager", {"until": clock.today() - timedelta(days=1)}, "ends_before_start"),
    ],
)
def test_refused_services(matrix: Matrix, nothing_changed: Any, person: str, values: dict[str, Any], code: str) -> None:
    with nothing_changed(), pytest.raises(Denied) as refusal:
        serve_plant(matrix.acme_de_plant, actor=getattr(matrix, person), location=matrix.usa, **values)
    assert refusal.value.code == code


def test_a_plant_is_found_by_the_name_of_its_company(matrix: Matrix) -> None:
    client = client_for(matrix.area_manager_de)
    found = client.get("/plants/", {"search": matrix.acme_de.name}).content.decode()
    assert f"/plants/{matrix.acme_de_plant.pk}/" in found
    other = CustomerFactory(name="Zeppelin Werke", plant__name="Halle 7")
    assert f"/plants/{other.plants.get().pk}/" not in client.get("/plants/", {"search": "Zeppelin"}).content.decode()
    everything = client_for(matrix.sales_manager).get("/plants/", {"search": "zeppelin"}).content.decode()
    assert f"/plants/{other.plants.get().pk}/" in everything
    assert f"/plants/{matrix.acme_de_plant.pk}/" not in everything
