"""What a hand-over does to activities and promises: what is planned and open passes on, what was done stays with who did it."""

from collections.abc import Iterator
from typing import Any

from accounts.models import Activity, Promise, User
from accounts.reports.hand_over import Reach, Touched


def pass_activities(source: User, target: User, reach: Reach, *, actor: Any, dry: bool) -> Iterator[Touched]:
    """Planned activities and open promises of a person on what passes get the new owner; counted alone where `dry`."""
    for model, rows in (
        (Activity, Activity.objects.filter(owner=source, status=Activity.Status.PLANNED)),
        (Promise, Promise.objects.filter(owner=source, status=Promise.Status.OPEN)),
    ):
        keys = [row.pk for row in rows.select_related("plant", "customer").order_by("pk") if reach.concerns(row)]
        if not dry and keys:
            model.objects.filter(pk__in=keys).update(owner=target)  # type: ignore[attr-defined]
        if keys:
            yield Touched(model._meta.model_name or "", model._meta.verbose_name_plural, len(keys))
