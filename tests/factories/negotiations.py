"""Negotiations for tests: with a new company in EUR unless told otherwise, as a row of the database; and their lines as actions are told them."""

import itertools
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from kam.core.work import assign_work
from orders.models import DevelopmentRequest, Negotiation
from orders.models.development import ANSWER
from orders.models.negotiations import DECIDED, probability_at
from tests.factories.accounts import CustomerFactory, UserFactory

NUMBERS = itertools.count(1)
LONG_AGO = datetime(2026, 1, 7, 9, tzinfo=UTC)


def volume(product: Any, volumes: Any, price: Any = None, **values: Any) -> dict[str, Any]:
    """A line as the actions are told it."""
    figures = [(year, Decimal(str(quantity))) for year, quantity in volumes]
    return {"product": product, "volumes": figures, "price": None if price is None else Decimal(str(price))} | values


def negotiation(**values: Any) -> Negotiation:
    """A negotiation at a stage, `value` a year in EUR; a decided one ended on its `decided_on`."""
    if not {"group", "customer", "plant"} & set(values):
        values["customer"] = CustomerFactory()
    stage, value = values.pop("stage", "lead"), values.pop("value", 0)
    if stage in DECIDED:
        values = {"decided_on": date(2026, 2, 1), "outcome": "-"} | values
    if stage == "lost":
        values = {"loss_reason": "price", "lost_to": "Rexroth", "lost_price": 1} | values
    known = {
        "number": f"NG-TEST-2026-{next(NUMBERS):05d}",
        "subject": "Drives",
        "currency": "EUR",
        "stage": stage,
        "stage_since": LONG_AGO,
        "touched_at": LONG_AGO,
        "rate_on": LONG_AGO.date(),
        "probability": probability_at(stage),
        "annual_value": value,
        "base_annual_value": value,
    }
    if "owner" not in values:
        values["owner"] = UserFactory()
    return Negotiation.objects.create(**known | values)


def development_request(one: Negotiation, location: Any, **values: Any) -> DevelopmentRequest:
    """What R&D of a location is asked about a negotiation's plant; its department, where there is one, has it to do."""
    made = DevelopmentRequest.objects.create(
        number=f"DR-TEST-2026-{next(NUMBERS):05d}", subject="Shaft", need="Hollow", currency="EUR", answer_by=date(2099, 1, 1),
        negotiation=one, customer=one.company, plant=one.plant, location=location, asked_by=one.owner, **values,
    )  # fmt: skip
    department = location.departments.filter(function="technical").first()
    if department is not None:
        assign_work(made, ANSWER, to=department.audience, actor=None, tell=False)
    return made
