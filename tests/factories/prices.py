"""Price agreements for tests: agreed by two people, or a draft, with their lines."""

import itertools
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from kam.core import clock
from kam.core.periods import period
from orders.actions.agreements import clauses_of, draft_of
from orders.models import AgreementLine, AgreementOpinion, PriceAgreement, PriceClause
from tests.factories.accounts import CustomerFactory, UserFactory

NUMBERS = itertools.count(1)
LONG_AGO = datetime(2025, 12, 1, 9, tzinfo=UTC)


def line(product: Any, price: Any = None, **values: Any) -> dict[str, Any]:
    """A line as the actions are told it."""
    plain = {"product": product, "price": None if price is None else Decimal(str(price))}
    if "steps" in values:
        values["steps"] = [(Decimal(str(quantity)), Decimal(str(one))) for quantity, one in values["steps"]]
    return plain | values


def agreement(*lines: dict[str, Any], status: str = "active", **values: Any) -> PriceAgreement:
    """An agreement from 2026 on in EUR with a new company unless told otherwise, in force unless `status` says what else."""
    first, last = values.pop("first_day", date(2026, 1, 1)), values.pop("last_day", None)
    if not {"group", "customer", "plant", "programme"} & set(values):
        values["customer"] = CustomerFactory()
    clauses = values.pop("clauses", ())
    made, rows = draft_of(first_day=first, last_day=last, lines=lines, **{"currency": "EUR"} | values)
    made.period = period(first, last)
    made.save(force_insert=True)
    for row in rows:
        row.agreement, row.agreed = made, status == "active"
    AgreementLine.objects.bulk_create(rows)
    PriceClause.objects.bulk_create(clauses_of(made, clauses))
    if status != "draft":
        made.number = f"PA-TEST-2026-{next(NUMBERS):05d}"
        made.submitted_by, made.submitted_at = UserFactory(), LONG_AGO
        made.status = status
    if status == "active":
        made.approved_by, made.approved_at = UserFactory(), LONG_AGO
    made.save()
    return made


def for_finance(made: PriceAgreement) -> PriceAgreement:
    """The same with payment terms that finance has to agree to."""
    PriceAgreement.objects.filter(pk=made.pk).update(level=1, triggers=[{"code": "payment", "level": 1, "value": "75"}])
    made.refresh_from_db()
    return made


def opined(made: PriceAgreement, location: Any, person: Any) -> PriceAgreement:
    """The same with an area manager who is asked what they think of it, and has much time."""
    AgreementOpinion.objects.create(agreement=made, location=location, person=person, due_at=clock.now() + timedelta(days=365))
    return made
