"""Correcting whose sales they were: a wrong assignment was put right, and the sales of a period follow it (not a hand-over)."""

from datetime import date
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.models import CustomerGroup
from kam.core.jobs import Job, start_job
from kam.core.verbs import verb
from kam.core.workflow import Denied
from orders.actions.sales import TAKEN_OVER
from orders.actions.writing import lock_ledger, run
from orders.actions.wrong_prices import check_batch
from orders.models import SalesBatch

CORRECTED = "sales_corrected"
# The account manager of the day, as the assignments say it now; what the source itself stated stays.
FIND = f"""
CREATE TEMPORARY TABLE {CORRECTED} ON COMMIT DROP AS
SELECT line.id, coalesce(own.user_id, of_group.user_id) AS account_manager_id
FROM orders_salesline AS line
JOIN accounts_plant AS plant ON plant.id = line.plant_id
LEFT JOIN accounts_plantownership AS owned ON owned.plant_id = line.plant_id AND owned.period @> line.date
LEFT JOIN accounts_assignment AS own ON own.customer_id = coalesce(owned.customer_id, plant.customer_id)
    AND own.kind = 'account_manager' AND own.period @> line.date
LEFT JOIN accounts_groupmembership AS member ON member.customer_id = coalesce(owned.customer_id, plant.customer_id)
    AND member.period @> line.date
LEFT JOIN accounts_assignment AS of_group ON of_group.group_id = member.group_id AND of_group.period @> line.date
WHERE line.ended_by_id IS NULL AND NOT line.manager_stated AND line.date BETWEEN %(first_day)s AND %(last_day)s
    AND (%(everything)s OR member.group_id = %(group)s OR coalesce(owned.customer_id, plant.customer_id) = %(customer)s)
    AND line.account_manager_id IS DISTINCT FROM coalesce(own.user_id, of_group.user_id)
"""
END = f"UPDATE orders_salesline SET ended_by_id = %(batch)s WHERE id IN (SELECT id FROM {CORRECTED})"
MAKE = f"""
INSERT INTO orders_salesline (version, batch_id, {TAKEN_OVER})
SELECT held.version + 1, %(batch)s, {TAKEN_OVER.replace("account_manager_id", "corrected.account_manager_id")}
FROM {CORRECTED} AS corrected JOIN orders_salesline AS held USING (id)
"""


def start_correction(
    *, actor: Any, first_day: date, last_day: date, group: Any = None, customer: Any = None, reason: str = ""
) -> Job:
    """Have the account managers of a period's sales corrected in the background. Raises Denied."""
    _check(first_day, last_day)
    params = {
        "first_day": first_day.isoformat(),
        "last_day": last_day.isoformat(),
        "group": group.pk if group else None,
        "customer": customer.pk if customer else None,
        "reason": reason,
    }
    return start_job("orders.correct_managers", actor=actor, params=params, verb="orders.correct_managers")


def run_correction(job: Job, report: Any) -> dict[str, int]:
    """The job kind `orders.correct_managers`: twice without harm, since what is right already is left alone."""
    batch = correct_managers(
        SalesBatch,
        actor=job.actor,
        reason=job.params["reason"],
        first_day=date.fromisoformat(job.params["first_day"]),
        last_day=date.fromisoformat(job.params["last_day"]),
        group=job.params["group"],
        customer=job.params["customer"],
    )
    return batch.counts if batch else {"changed": 0}


@verb("orders.correct_managers", _("Correct account managers of sales"))
def correct_managers(
    model: type[SalesBatch],
    *,
    actor: Any,
    reason: str = "",
    first_day: date,
    last_day: date,
    group: int | None = None,
    customer: int | None = None,
) -> SalesBatch | None:
    """Give the sales of a period the account manager whom the assignments name for their day, of a group, a customer, or all.

    Answers with the run, or None when they all have the right one. What the source stated itself stays.
    """
    _check(first_day, last_day)
    lock_ledger()
    values = {
        "first_day": first_day,
        "last_day": last_day,
        "group": group,
        "customer": customer,
        "everything": group is None and customer is None,
    }
    run(f"DROP TABLE IF EXISTS {CORRECTED}")
    found = run(FIND, **values)
    if not found:
        return None
    subject = CustomerGroup.objects.filter(pk=group).values_list("name", flat=True).first() if group else ""
    batch = model(
        kind=model.Kind.MANAGERS,
        origin=f"{first_day:%Y-%m-%d} – {last_day:%Y-%m-%d} {subject or ''}".strip()[:200],
        actor=actor,
        currency=settings.BASE_CURRENCY,
        counts={"changed": found},
    )
    batch.save()
    run(END, batch=batch.pk)
    run(MAKE, batch=batch.pk)
    check_batch(batch)
    return batch


def _check(first_day: date, last_day: date) -> None:
    if last_day < first_day:
        raise Denied("period_in_order", _("The last day cannot lie before the first."), field="last_day", status=400)
