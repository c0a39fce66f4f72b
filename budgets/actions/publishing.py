"""Publishing a round: its approved lines become the targets, in sets, and what held before steps back; all of it or nothing.

A large round is published by a job that shows how far it is. It is one transaction all the same: killed in the middle it has
written nothing, and done again it writes everything once.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from budgets.actions.papers import issue_published
from budgets.actions.quantities import tell_production
from budgets.actions.target_totals import keep_target_totals
from budgets.models import BudgetRound
from budgets.models.lines import CELL_COST
from budgets.models.targets import month_column
from budgets.models.years import MONTHS
from budgets.reports.portfolio import REPLACED
from kam.core import clock
from kam.core.jobs import Job, start_job
from kam.core.notifications import define_notification, notify
from kam.core.parameters import define, parameter
from kam.core.verbs import verb
from kam.core.workflow import Denied

KIND = "budgets.publish_round"
AT_ONCE = define(
    "budgets.publish_at_once",
    default=50_000,
    unit="",
    label=_("Lines up to which the targets of a round are written while one waits"),
)
PUBLISHED = define_notification("targets_published", _("The targets of the year are published"))

#: A cell as it counts in a target: its quantity, and its revenue and cost at the round's rate, each rounded by itself.
VALUES = {
    "quantity": "coalesce(sum(cell.quantity) FILTER (WHERE cell.month = {month}), 0)",
    "revenue": "coalesce(sum(round(cell.revenue * coalesce(rate.rate, 1), %(places)s)) FILTER (WHERE cell.month = {month}), 0)",
    "cost": f"sum(round({CELL_COST} * coalesce(rate.rate, 1), %(places)s)) FILTER (WHERE cell.month = {{month}})",
}
COLUMNS = [month_column(measure, month) for measure in VALUES for month in MONTHS]
SUMS = [value.format(month=month) for value in VALUES.values() for month in MONTHS]
# Sector and area are the buyer's of today, as the ledger notes those of a sale (orders.actions.resolving).
# What was planned before is asked of the totals, of other rounds only: the targets themselves grow while this goes on.
PUBLISH = f"""
WITH area AS (
    SELECT DISTINCT ON (country) country, market.id FROM accounts_market AS market, regexp_split_to_table(market.countries, '\\s+') AS country
    WHERE market.dimension = 'area' AND country <> '' ORDER BY country, market.code
), earlier AS MATERIALIZED (
    SELECT DISTINCT total.person_id, total.plant_id, total.customer_id, total.selling_location_id AS location_id
    FROM budgets_targettotal AS total JOIN budgets_budgetround AS other ON other.id = total.round_id
    WHERE total.level = 'account' AND other.first_month = %(first_month)s AND other.id <> %(round)s
)
INSERT INTO budgets_target (round_id, line_id, superseded, original, person_id, selling_location_id, producing_location_id, plant_id,
    customer_id, market_id, product_id, family_id, sector_id, area_id, currency, unit, {", ".join(COLUMNS)})
SELECT budget.round_id, line.id, false,
    NOT coalesce((budget.contributor_id, budget.location_id) IN (SELECT person_id, location_id FROM earlier), false)
        AND NOT coalesce((line.plant_id, budget.location_id) IN
            (SELECT plant_id, location_id FROM earlier WHERE plant_id IS NOT NULL), false)
        AND NOT coalesce(line.plant_id IS NULL AND (line.customer_id, budget.location_id) IN
            (SELECT customer_id, location_id FROM earlier WHERE plant_id IS NULL AND customer_id IS NOT NULL), false),
    budget.contributor_id, budget.location_id, line.producing_location_id, line.plant_id,
    coalesce(line.customer_id, plant.customer_id), line.market_id, line.product_id, coalesce(line.family_id, product.family_id),
    coalesce(company.sector_id, CASE WHEN market.dimension = 'sector' THEN market.id END),
    coalesce(area.id, CASE WHEN market.dimension = 'area' THEN market.id END),
    %(currency)s, line.unit, {", ".join(SUMS)}
FROM budgets_budget AS budget
JOIN budgets_budgetline AS line ON line.budget_id = budget.id
JOIN budgets_budgetcell AS cell ON cell.line_id = line.id
LEFT JOIN budgets_budgetrate AS rate ON rate.round_id = budget.round_id AND rate.currency = line.currency
LEFT JOIN accounts_plant AS plant ON plant.id = line.plant_id
LEFT JOIN catalog_product AS product ON product.id = line.product_id
LEFT JOIN accounts_customer AS company ON company.id = coalesce(line.customer_id, plant.customer_id)
LEFT JOIN accounts_market AS market ON market.id = line.market_id
LEFT JOIN area ON area.country = coalesce(plant.country, company.country)
WHERE budget.round_id = %(round)s AND budget.id = ANY(%(budgets)s)
GROUP BY budget.id, line.id, plant.id, product.id, company.id, market.id, area.id
ORDER BY line.id
"""
# The plan in force is, for each person and location, the last approved one; what somebody else plans by now is in force once
# (docs/decisions/budgets.md).
STEP_BACK = f"""
UPDATE budgets_target AS target SET superseded = true
FROM budgets_budgetround AS other
WHERE other.id = target.round_id AND other.first_month = %(first_month)s AND other.id <> %(round)s AND NOT target.superseded
    AND {REPLACED.format(round="%(round)s")}
RETURNING target.person_id
"""


@verb("budgets.publish_round", _("Publish targets"))
def publish_round(one: BudgetRound, *, actor: Any, reason: str = "", report: Any = None) -> BudgetRound:
    """Write the targets of an approved round and tell everyone who has one; a large round is left to a job, `one.job`.

    With a `report` it is done now, some budgets at a time, and the report hears how far it is. Raises Denied.
    """
    BudgetRound.workflow.move(one, "budgets.publish_round")
    sizes = list(one.budgets.order_by("pk").values_list("pk", "line_count"))
    if report is None and sum(lines for _key, lines in sizes) > parameter(AT_ONCE.key):
        one.refresh_from_db()
        one.job = _start(one, actor, reason)
        return one
    one.published_at = clock.now()
    one.save()
    values: dict[str, Any] = {"round": one.pk, "currency": one.currency, "places": one.decimals, "first_month": one.first_month}
    with connection.cursor() as cursor:
        for budgets in _parts(sizes, report):
            cursor.execute(PUBLISH, values | {"budgets": budgets})
        cursor.execute(STEP_BACK, values)
        losing = {person for (person,) in cursor.fetchall()}
    keep_target_totals(one.first_month)
    tell_production(one, actor=actor)
    issue_published(one, losing, actor=actor)
    for budget in one.budgets.select_related("contributor"):
        notify(PUBLISHED, budget, to=[budget.contributor], occasion=str(one.pk), actor=actor)
    return one


def _parts(sizes: Sequence[tuple[int, int]], report: Any) -> Iterator[Sequence[int]]:
    """All budgets (keys and numbers of lines) at once; for a job some at a time, a tenth of what is written at once, each part told."""
    if report is None:
        yield [key for key, _lines in sizes]
        return
    most, part, held = parameter(AT_ONCE.key) / 10, list[int](), 0
    for place, (key, lines) in enumerate(sizes):
        if part and held + lines > most:
            report(place - len(part), len(sizes))
            yield part
            part, held = [], 0
        part.append(key)
        held += lines
    if part:
        report(len(sizes) - len(part), len(sizes))
        yield part


def _start(one: BudgetRound, actor: Any, reason: str) -> Job:
    """Queue the publication, once."""
    running = Job.objects.filter(kind=KIND, params__round=one.pk, state__in=[Job.State.QUEUED, Job.State.RUNNING])
    if running.exists():
        raise Denied("being_published", _("This round is being published already."))
    params = {"round": one.pk, "title": str(one), "reason": reason}
    return start_job(KIND, actor=actor, params=params, verb="budgets.publish_round")


def run_publishing(job: Job, report: Any) -> dict[str, int]:
    """The job kind `budgets.publish_round`: what is published already is left alone."""
    one = BudgetRound.objects.get(pk=job.params["round"])
    if one.status == BudgetRound.Status.APPROVED:
        publish_round(one, actor=job.actor, reason=job.params["reason"], report=report)
    return {"targets": one.targets.count()}
