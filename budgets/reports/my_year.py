"""My year: whose years a reader may open, and how one of them stands as a whole and by each dimension.

The figures come from reports.standings; the thresholds decide the colours.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Location, User, access_of
from budgets.models import Measure, TargetTotal, cost_reach_of
from budgets.models.scopes import BUDGET_READERS, CONTRIBUTORS, people_of, whole_margins_of
from budgets.models.target_totals import Level
from budgets.reports.attainment import Accuracy, Standing, accuracy
from budgets.reports.standings import DIMENSIONS, NOBODY, Question, standings
from budgets.reports.thresholds import Colour, Limits
from kam.core import clock
from kam.core.parameters import define, parameter

AMBER = define(
    "budgets.amber_percent", default=Decimal(5), unit="%", label=_("Shortfall against the plan beyond which a figure is amber")
)
RED = define(
    "budgets.red_percent", default=Decimal(10), unit="%", label=_("Shortfall against the plan beyond which a figure may be red")
)
RED_AMOUNT = define(
    "budgets.red_amount",
    default=Decimal(10_000),
    label=_("Shortfall in the company's currency that a red figure must exceed, too"),
)
#: What the page opens with, for one person and for several.
OVERVIEW = ("customer", "family", "location")
OVERVIEW_OF_MANY = ("person", "customer", "family", "area")
AT_MOST = 500


@dataclass(frozen=True)
class Part:
    """A part of a year: what it is, how it stands, and its colour; `key` is None for what has no such record."""

    key: int | None
    label: str
    standing: Standing
    colour: Colour
    by: str = ""


@dataclass(frozen=True)
class Breakdown:
    """A year by one dimension, the furthest behind first; `others` are the rows that are not shown, added up."""

    by: str
    parts: Sequence[Part]
    others: Standing | None


def people_to_see(reader: Any) -> list[User]:
    """Whose years this person may look at: everybody's who prepares budgets, for those who oversee all; else one's own."""
    access = access_of(reader)
    if access.scope_of(BUDGET_READERS).everything:
        asked = User.objects.filter(grants__role__in=CONTRIBUTORS, grants__period__contains=clock.today(), is_active=True)
        return list(asked.distinct().order_by("last_name", "first_name", "pk"))
    return list(User.objects.filter(pk__in=people_of(reader)).order_by("last_name", "first_name", "pk"))


def locations_to_see(reader: Any) -> list[Location]:
    """The locations whose years this person may look at: where they read the plans of everybody."""
    scope = access_of(reader).scope_of(BUDGET_READERS)
    rows = Location.objects.all() if scope.everything else Location.objects.filter(pk__in=scope.location_ids)
    return sorted(rows, key=lambda one: (str(one.name), one.pk))


def sees_the_company(reader: Any) -> bool:
    """Whether this person reads every plan."""
    return access_of(reader).scope_of(BUDGET_READERS).everything


def reads_measure(asked: Question, reader: Any) -> bool:
    """Whether this person may ask for this measure of a year that they see: margins are for who reads every cost behind them."""
    if asked.measure != Measure.MARGIN or cost_reach_of(reader).everything:
        return True
    return asked.person is not None and asked.person.pk in whole_margins_of(reader)


def years_to_see(reader: Any) -> list[date]:
    """The years for which there are targets that this person sees, the latest first."""
    rows = TargetTotal.objects.visible_to(reader).in_force().filter(level=Level.ACCOUNT).order_by("-round__first_month")
    return list(rows.values_list("round__first_month", flat=True).distinct())


def running_year(years: Sequence[date]) -> date | None:
    """Of these years the one that runs, else the last that began, else the first to come."""
    return next(iter([one for one in years if one <= clock.today()] or years), None)


def limits() -> Limits:
    """The thresholds of today."""
    return Limits(parameter(AMBER.key) / 100, parameter(RED.key) / 100, parameter(RED_AMOUNT.key))


def whole(asked: Question) -> Standing:
    """How a year stands as a whole; whoever asks must be one who may."""
    return standings(asked)[NOBODY]


def colour_of(standing: Standing) -> Colour:
    """The colour of a year by the thresholds of today."""
    return limits().colour(standing.planned, standing.gap)


def breakdown(asked: Question, by: str, of: Standing, most: int = AT_MOST) -> Breakdown:
    """A year by a dimension, where `of` is the whole; whoever asks must be one who may."""
    bounds = limits()
    found = standings(asked, by, most)
    labels = {record.pk: str(record) for record in DIMENSIONS[by].model.objects.filter(pk__in=[key for key in found if key])}
    parts = [
        Part(key or None, labels.get(key, ""), standing, bounds.colour(standing.planned, standing.gap), by)
        for key, standing in found.items()
        if any(standing.plan) or any(standing.actual)
    ]
    return Breakdown(by, parts, without(of, found.values()) if len(found) == most else None)


def parts_of(asked: Question, by: str) -> list[Part]:
    """A year as rows: by a dimension, or as one row that is the whole."""
    standing = whole(asked)
    if not by:
        return [Part(None, str(asked.person or asked.location or ""), standing, colour_of(standing))]
    found = breakdown(asked, by, standing)
    rest = [Part(None, gettext("Others"), found.others, colour_of(found.others), by)] if found.others else []
    return [*found.parts, *rest]


def without(of: Standing, parts: Iterable[Standing]) -> Standing | None:
    """What is left of a year beside these parts, month by month; None where nothing is."""
    plan, actual = list(of.plan), list(of.actual)
    for part in parts:
        plan = [left - amount for left, amount in zip(plan, part.plan, strict=True)]
        actual = [left - amount for left, amount in zip(actual, part.actual, strict=True)]
    return Standing(plan, actual) if any(plan) or any(actual) else None


def plan_accuracy(asked: Question) -> Accuracy | None:
    """How well the plan met what came, by family and month (K-B8); None before the first month is over."""
    rows = standings(asked, "family").values()
    planned = [amount for one in rows for amount in one.plan[: one.months]]
    actual = [amount for one in rows for amount in one.actual]
    return accuracy(planned, actual) if actual else None
