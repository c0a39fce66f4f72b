"""The deadlines of a complaint's steps as a person reads them: what was promised, when it is due as counted and as it binds, whether it was kept."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from complaints.models import Complaint, Step
from complaints.models.deadlines import kind_of
from kam.core import clock
from kam.core.badges import Badge
from kam.core.clock import Clock

TONES = {Clock.Colour.GREEN: "ok", Clock.Colour.AMBER: "wait", Clock.Colour.RED: "no"}


@dataclass(frozen=True)
class DueStep:
    """A step with its deadline."""

    step: str
    label: Any
    amount: int
    unit: str
    unit_label: Any
    imposed: bool
    started_at: datetime
    due_nominal: datetime
    due_at: datetime
    met_at: datetime | None
    paused: bool
    colour: str
    colour_label: Any
    round: int

    @property
    def badge(self) -> Badge:
        """In time, due soon or late."""
        return Badge(self.colour_label, TONES[Clock.Colour(self.colour)])


def steps_of(complaint: Complaint) -> list[DueStep]:
    """The steps with a deadline, those that were called off left out, in the order of the steps and, where it was reopened, of their rounds."""
    kinds = {kind_of(step): Step(step) for step in Step.values}
    rows = clock.clocks_of(complaint).filter(kind__in=list(kinds), stopped_at=None)
    rows = rows.prefetch_related("pauses", "other_calendars__days", "calendar__days")
    found: list[DueStep] = []
    for one in rows:
        step, colour = kinds[one.kind], Clock.Colour(one.colour())
        found.append(
            DueStep(
                step.value, step.label, one.amount, one.unit, one.get_unit_display(), not one.pausable, one.started_at,
                one.due_nominal, one.due_at, one.met_at, one.paused, colour.value, colour.label,
                1 + sum(other.step == step.value for other in found),
            )
        )  # fmt: skip
    order = list(Step.values)
    return sorted(found, key=lambda one: (order.index(one.step), one.round))
