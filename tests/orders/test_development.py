"""Requests for development: asked from a negotiation or a visit, answered with a date by R&D of the location, and by nobody else."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from accounts.actions.activity import create_activity
from accounts.models import Activity
from kam.core import clock
from kam.core.notifications import Notification
from kam.core.work_items import WorkItem
from kam.core.workflow import Denied
from orders.actions import answer_development, ask_development, withdraw_development
from orders.models import DevelopmentRequest, Negotiation
from tests.factories.negotiations import negotiation
from tests.matrix import Matrix
from tests.world import browser


def soon() -> date:
    """A day within reach."""
    return clock.today() + timedelta(days=10)


def asked(matrix: Matrix, **values: Any) -> DevelopmentRequest:
    """The account manager asks R&D in Italy for ACME in Italy."""
    known = {
        "customer": matrix.acme_it,
        "location": matrix.italy,
        "subject": "Coupling",
        "need": "Hollow shaft",
        "answer_by": soon(),
    }
    made: DevelopmentRequest = ask_development(DevelopmentRequest, actor=matrix.account_manager, **known | values)
    return made


def test_from_a_negotiation_to_a_dated_answer(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    sought = negotiation(plant=matrix.acme_us_plant, selling_location=matrix.usa, owner=matrix.account_manager)
    one = asked(matrix, customer=None, negotiation=sought, target_price=Decimal("11.5"), yearly_quantity=Decimal(2000))
    assert (one.customer, one.plant, one.number[:6]) == (matrix.acme_us, matrix.acme_us_plant, "DR-IT-")
    item = WorkItem.objects.on(one).open().get()
    answering = {
        name
        for name, user in matrix.users.items()
        if DevelopmentRequest.objects.permitted(user, "orders.answer_development").exists()
    }
    assert answering == {"technical_it"}
    seeing = {name for name, user in matrix.users.items() if DevelopmentRequest.objects.visible_to(user).exists()}
    assert seeing >= {"account_manager", "area_manager_us", "technical_it", "sales_manager"}
    assert not seeing & {"account_manager2", "area_manager_de", "quality_it", "logistics_it", "nobody"}
    assert not Negotiation.objects.visible_to(matrix.technical_it).exists(), "who answers does not read the negotiation"
    page = browser(matrix.technical_it).get(one.get_absolute_url()).content.decode()
    assert "Hollow shaft" in page and sought.number not in page
    for answer, field in (
        ({"answer": "feasible"}, "ready_on"),
        ({"answer": "feasible", "ready_on": clock.today() - timedelta(days=1)}, "ready_on"),
        ({"answer": "conditions", "ready_on": soon()}, "answer_text"),
        ({"answer": "not_feasible"}, "answer_text"),
        ({"answer": "perhaps", "answer_text": "x", "ready_on": soon()}, "answer"),
    ):
        with nothing_changed(), pytest.raises(Denied) as refused:
            answer_development(one, actor=matrix.technical_it, **answer)
        assert refused.value.field == field
    with nothing_changed(), pytest.raises(Denied):
        answer_development(one, actor=matrix.account_manager, answer="feasible", ready_on=soon())
    answer_development(one, actor=matrix.technical_it, answer="conditions", answer_text="With another steel", ready_on=soon())
    one.refresh_from_db()
    item.refresh_from_db()
    assert (one.status, one.ready_on, item.state) == ("answered", soon(), "done")
    assert Notification.objects.filter(kind="work_done", reader=matrix.account_manager).exists()
    with nothing_changed(), pytest.raises(Denied):
        withdraw_development(one, actor=matrix.account_manager, reason="Too late")
    assert DevelopmentRequest.objects.visible_to(matrix.technical_it).get() == one, "who answered goes on seeing it"


def test_from_a_visit_and_taken_back(matrix: Matrix, nothing_changed: Callable[..., Any]) -> None:
    visit = create_activity(Activity, actor=matrix.account_manager, kind="visit", subject="Line", plant=matrix.acme_de_plant)
    one = asked(matrix, customer=None, activity=visit)
    assert (one.customer, one.plant) == (matrix.acme_de, matrix.acme_de_plant)
    for wrong, field in (
        ({"customer": None}, "customer"),
        ({"plant": matrix.acme_us_plant}, "plant"),
        ({"activity": visit}, "activity"),
        ({"answer_by": clock.today() - timedelta(days=1)}, "answer_by"),
        ({"target_price": Decimal(0)}, "target_price"),
        ({"currency": "XXY"}, "currency"),
    ):
        with nothing_changed(), pytest.raises(Denied) as refused:
            asked(matrix, **wrong)
        assert refused.value.field == field
    with nothing_changed(), pytest.raises(Denied):
        asked(matrix, customer=matrix.beta)
    with nothing_changed(), pytest.raises(Denied, match="Say why"):
        withdraw_development(one, actor=matrix.account_manager)
    withdraw_development(one, actor=matrix.account_manager, reason="Bought elsewhere")
    assert not WorkItem.objects.on(one).open().exists()
