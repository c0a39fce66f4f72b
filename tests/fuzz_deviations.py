"""What the fuzz of the API needs of deviations: a row for each verb, and what a client knows beyond the shape of a body."""

import itertools
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from accounts.models import Location, Plant, User
from budgets.models import BudgetRound, CorrectiveAction, Deviation, DeviationCause, SalesMeeting, TargetTotal

number = itertools.count(1)
#: In which status a deviation waits for a verb.
STATUS = {"plan": "analysing", "start": "action_planned", "finish": "in_progress", "judge": "done", "close": "effective"}


def day(after: int) -> date:
    """A day so many days from today."""
    return timezone.localdate() + timedelta(days=after)


def departing(person: User, verb: str) -> Deviation:
    """A deviation of a person's at the German plant of the global account, with a cause and an action that is done or to be done."""
    plant = Plant.objects.filter(customer__code="C-ACME-DE").order_by("pk").first()
    made = Deviation.objects.create(
        first_month=date(2025, 1, 1), kind="plant", key=next(number), plant=plant,
        location=Location.objects.get(code="DE"), person=person, responsible=person, measure="revenue", months=12, planned=120,
        actual=20, worth=120, found_months=12, found_planned=120, found_actual=20, found_at=timezone.now(),
        status=STATUS.get(verb, "detected"),
    )  # fmt: skip
    DeviationCause.objects.create(deviation=made, code="price", amount=-100)
    done = {} if verb == "plan" else {"status": "done", "done_on": day(0)}
    CorrectiveAction.objects.create(
        deviation=made,
        what=f"Visit {made.key}",
        owner=person,
        due_on=day(30),
        first_month=date(2025, 2, 1),
        expected=[10],
        **done,
    )
    return made


def met(person: User) -> SalesMeeting:
    """A meeting about a person, on a day of its own."""
    return SalesMeeting.objects.create(held_on=day(-next(number)), person=person, held_by=person)


def _leader() -> User:
    return User.objects.get(email="account.manager@kam.example")


def _action(_key: int | None) -> dict[str, Any]:
    return {
        "due_on": day(30).isoformat(), "first_month": "2025-03-01", "expected": ["10.00"], "owner": _leader().pk,
        "reason": "Later.",
    }  # fmt: skip


def _new_action(key: int | None) -> dict[str, Any]:
    """Something against a deviation of the account manager's."""
    values = _action(key) | {"deviation": departing(_leader(), "analyse").pk}
    values.pop("reason")
    return values


def _report(_key: int | None) -> dict[str, Any]:
    """Of a year for which the account manager has a target."""
    year, now, person = date(2093, 1, 1), timezone.now(), _leader()
    one, _made = BudgetRound.objects.get_or_create(
        first_month=year, number=1,
        defaults={"status": "published", "opened_at": now, "deadline": day(30), "currency": "EUR", "requested_by": person,
                  "approved_at": now, "approved_by": person, "published_at": now},
    )  # fmt: skip
    plant = Plant.objects.filter(customer__code="C-ACME-DE").order_by("pk")[0]
    TargetTotal.objects.get_or_create(
        round=one, level="account", superseded=False, original=True, selling_location=Location.objects.get(code="DE"),
        person=person, plant=plant, customer=plant.customer,
    )  # fmt: skip
    return {"first_month": year.isoformat()}


DEVIATING: dict[tuple[str, str], Callable[[int | None], dict[str, Any]]] = {
    ("correctiveaction", "POST"): _new_action,
    ("correctiveaction", "PUT"): _action,
    ("correctiveaction", "PATCH"): _action,
    ("correctiveaction", "complete"): lambda _key: {"done_on": None},
    ("deviation", "explain"): lambda _key: {"causes": [{"code": "price", "amount": "-5.00"}]},
    ("deviation", "print_report"): _report,
    ("salesmeeting", "POST"): lambda _key: {"person": _leader().pk, "held_on": day(-500 - next(number)).isoformat()},
}
