"""The demonstration's complaints are brought by the real steps into every state that a complaint of a year and a half comes to."""

from collections import Counter

import pytest
from django.utils import translation

from complaints.models import Complaint, ComplaintCost, Settlement
from kam.core.workflow import Denied
from kam.demo import complaints_worked, stage
from tests.factories.accounts import UserFactory
from tests.factories.catalog import ProductFactory
from tests.matrix import Matrix


@pytest.mark.django_db
def test_every_complaint_comes_as_far_as_its_fate(matrix: Matrix) -> None:
    UserFactory(role="quality", role__location=matrix.italy)
    stage.begin()
    products = tuple(ProductFactory(producing_location=matrix.italy) for _number in range(7))
    place = complaints_worked.Place(matrix.acme_us_plant, matrix.usa, products, matrix.area_manager_us)
    try:
        with translation.override("it"):
            complaints_worked.make([place])
    except Denied as denied:
        pytest.fail(f"{denied.code} {denied.field}: {denied}")
    states = Counter(Complaint.objects.values_list("status", flat=True))
    assert sum(states.values()) == 108
    assert set(states) >= {
        "assessed", "containment", "analysis", "action_defined", "action_implemented", "prevention", "answer_sent", "closed",
        "effective", "unjustified", "reopened",
    }  # fmt: skip
    assert states["effective"] == 24 and states["unjustified"] == 6
    assert Settlement.objects.filter(status="done").count() > 20 and ComplaintCost.objects.filter(kind="recharge").exists()
    assert not Complaint.objects.filter(received_at__gt=stage.datetime.now(stage.SEAT)).exists()
