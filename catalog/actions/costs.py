"""Standard costs: publishing a version of a location as one set; a published cost is never changed."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.contrib.postgres.fields import DateRangeField
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import F, Func, Value
from django.utils.translation import gettext_lazy as _

from accounts.models import Location
from catalog.actions.rows import faults, refuse
from catalog.models import StandardCost
from catalog.models.scopes import require_location
from kam.core.formats import day
from kam.core.verbs import verb
from kam.core.workflow import Denied

PARTS = ("material", "variable_conversion", "fixed", "currency", "price_unit")
AT_ONCE = 1000


@verb("catalog.publish_costs", _("Publish standard costs"))
def publish_costs(
    model: type[StandardCost],
    *,
    actor: Any,
    reason: str = "",
    location: Location,
    cost_version: str,
    first_day: date,
    costs: Sequence[dict[str, Any]],
    complete: bool = False,
) -> list[StandardCost]:
    """Publish a version of a location's standard costs from a day on, all or nothing; answers with the new costs.

    Each cost names product, material, variable_conversion, fixed, and may name currency (else the location's) and
    price_unit (else 1). What held before for the same product ends the day before; with `complete` so do the costs of
    the products that are not in the set. A cost that is there already, the same, is passed over.
    """
    require_location(actor, "catalog.publish_costs", location)
    Location.objects.filter(pk=location.pk).locked().get()
    refuse(cost_refusals(location, cost_version, first_day, costs))
    known = _known(location, cost_version)
    rows = _rows(location, cost_version, first_day, costs)
    new = [row for row in rows if row.product_id not in known]
    if not new:
        return []
    closing = StandardCost.objects.filter(location=location, period__contains=first_day).exclude(cost_version=cost_version)
    if not complete:
        closing = closing.filter(product__in=[row.product_id for row in new])
    begins = Func(F("period"), function="lower")
    closing.update(period=Func(begins, Value(first_day), function="daterange", output_field=DateRangeField()))
    return StandardCost.objects.bulk_create(new, batch_size=AT_ONCE)


def cost_refusals(location: Location, cost_version: str, first_day: date, costs: Sequence[dict[str, Any]]) -> list[Denied]:
    """Why a version of costs cannot be published as it is, each at its place in the set (`costs.3.material`)."""
    rows, known = _rows(location, cost_version, first_day, costs), _known(location, cost_version)
    return _set_faults(rows, known) + _order_faults(rows, location, known)


def _rows(location: Location, cost_version: str, first_day: date, costs: Sequence[dict[str, Any]]) -> list[StandardCost]:
    head = {"location": location, "cost_version": cost_version, "period": DateRange(first_day, None, "[)")}
    return [StandardCost(**head, **{"currency": location.currency} | cost) for cost in costs]


def _known(location: Location, cost_version: str) -> dict[int, StandardCost]:
    """What this version holds already, by product."""
    return {row.product_id: row for row in StandardCost.objects.filter(location=location, cost_version=cost_version)}


def _set_faults(rows: Sequence[StandardCost], known: dict[int, StandardCost]) -> list[Denied]:
    """What is wrong with the set by itself: fields, a product twice, a published cost that would change."""
    if not rows:
        return [Denied("no_costs", _("Give at least one cost."), field="costs", status=400)]
    wrong: list[Denied] = []
    seen: set[int] = set()
    for number, row in enumerate(rows):
        at = f"costs.{number}."
        wrong += faults(row, exclude=("product", "location", "period"), prefix=at)
        if row.product_id in seen:
            wrong.append(Denied("twice", _("This product is in the set twice."), field=f"{at}product", status=400))
        seen.add(row.product_id)
        published = known.get(row.product_id)
        if published and (
            published.first_day != row.first_day or any(getattr(published, part) != getattr(row, part) for part in PARTS)
        ):
            wrong.append(
                Denied(
                    "published_already",
                    _("Version %(version)s of this cost is published and stays as it is. Publish a new version.")
                    % {"version": row.cost_version},
                    field=f"{at}product",
                )
            )
    return wrong


def _order_faults(rows: Sequence[StandardCost], location: Location, known: dict[int, StandardCost]) -> list[Denied]:
    """The products for which a cost holds already that begins on this day or later."""
    if not rows or rows[0].first_day is None:
        return []
    begins = rows[0].first_day
    later = dict(
        StandardCost.objects.filter(location=location, period__startswith__gte=begins)
        .order_by("period", "pk")
        .values_list("product_id", "period")
    )
    return [
        Denied(
            "later_version",
            _("A cost that holds from %(day)s is published already. The new version must begin on %(next)s or later.")
            % {"day": day(later[row.product_id].lower), "next": day(later[row.product_id].lower + timedelta(days=1))},
            field=f"costs.{number}.product",
        )
        for number, row in enumerate(rows)
        if row.product_id in later and row.product_id not in known
    ]
