"""What a hand-over reaches: the accounts, plants and open work that pass with the assignments; the preview and the move ask here."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import Assignment, Customer, CustomerGroup, Plant, User
from kam.core import clock
from kam.core.ports import ports
from kam.core.work import WorkItem


@dataclass(frozen=True)
class Touched:
    """Something that passes along: a stable code, its words, how many."""

    code: str
    label: Any
    count: int


@dataclass(frozen=True)
class Reach:
    """The rows that assignments stand for: groups, companies and plants led, plants served per location."""

    group_ids: frozenset[int] = frozenset()
    customer_ids: frozenset[int] = frozenset()
    plant_ids: frozenset[int] = frozenset()
    served: frozenset[tuple[int, int]] = frozenset()
    served_customer_ids: frozenset[int] = frozenset()

    @classmethod
    def of(cls, assignments: Iterable[Assignment]) -> "Reach":
        """What these assignments stand for; a company with an account manager of its own is not its group's."""
        rows = list(assignments)
        groups = {row.group_id for row in rows if row.group_id}
        companies = {row.customer_id for row in rows if row.customer_id}
        of_groups = Customer.objects.filter(group__in=groups).exclude(assignments__in=_current_own())
        companies |= set(of_groups.values_list("pk", flat=True))
        served = {(row.plant_id, row.location_id) for row in rows if row.plant_id and row.location_id}
        plants = {plant for plant, _location in served}
        return cls(
            frozenset(groups),
            frozenset(companies),
            frozenset(Plant.objects.filter(customer__in=companies).values_list("pk", flat=True)),
            frozenset(served),
            frozenset(Plant.objects.filter(pk__in=plants).values_list("customer", flat=True)),
        )

    def concerns(self, record: Any) -> bool:
        """Whether a record belongs to what passes: by its plant and location, its company or its group."""
        if isinstance(record, CustomerGroup):
            return record.pk in self.group_ids
        plant = record.pk if isinstance(record, Plant) else getattr(record, "plant_id", None)
        customer = record.pk if isinstance(record, Customer) else getattr(record, "customer_id", None)
        if plant in self.plant_ids or customer in self.customer_ids or getattr(record, "group_id", None) in self.group_ids:
            return True
        location = getattr(record, "selling_location_id", None) or getattr(record, "location_id", None)
        if plant is not None:
            return (plant, location) in self.served if location else any(plant == key for key, _location in self.served)
        return customer in self.served_customer_ids


def _current_own() -> Any:
    """The account manager assignments of single companies that hold today."""
    return Assignment.objects.on(clock.today()).filter(customer__isnull=False)


def work_to_move(source: User, reach: Reach) -> list[WorkItem]:
    """The open work of a person on records that pass, the records fetched kind by kind."""
    items = WorkItem.objects.open().filter(assignee=source).prefetch_related("record").order_by("pk")
    return [item for item in items if item.record is not None and reach.concerns(item.record)]


@dataclass(frozen=True)
class HandOverPreview:
    """What a hand-over would do: the assignments that pass, the work that moves, and how many of everything else."""

    source: User
    target: User
    day: date
    assignments: list[Assignment]
    work: list[WorkItem]
    touched: list[Touched] = field(default_factory=list)


def preview_hand_over(source: User, target: User, day: date, assignments: list[Assignment]) -> HandOverPreview:
    """What would pass with these assignments; nothing is written."""
    reach = Reach.of(assignments)
    work = work_to_move(source, reach)
    touched = [
        Touched("assignments", _("Assignments"), len(assignments)),
        Touched("work", _("Open work items"), len(work)),
        *(one for touch in ports("hand_over_touches") for one in touch(source, target, reach, actor=None, dry=True)),
    ]
    return HandOverPreview(source, target, day, assignments, work, touched)
