"""How a relation stands at a glance: the last and the next visit, and what is promised; as the reader sees it."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q

from accounts.models import Activity, Promise
from kam.core import clock


@dataclass(frozen=True)
class Relation:
    """The last and the next visit of anybody, and the open promises of both sides with how many of them are late."""

    last_visit: Activity | None
    next_visit: Activity | None
    open_promises: int
    late_promises: int


def relation_with(reader: Any, **of: Any) -> Relation:
    """The relation with a customer, a plant or a group (`customer=…`, `plant=…`, `customer__group=…`). Three queries."""
    visits = Activity.objects.visible_to(reader).filter(kind=Activity.Kind.VISIT, **of).select_related("owner", "plant")
    promises = Promise.objects.visible_to(reader).open().filter(**of).order_by()
    counted = promises.aggregate(all=Count("pk"), late=Count("pk", filter=Q(due_on__lt=clock.today())))
    return Relation(
        visits.filter(status=Activity.Status.DONE).order_by("-starts_at", "-pk").first(),
        visits.filter(status=Activity.Status.PLANNED, starts_at__gte=clock.now()).order_by("starts_at", "pk").first(),
        counted["all"],
        counted["late"],
    )
