"""What a hand-over does to negotiations: open ones pass on, what was decided stays with who led it."""

from collections.abc import Iterator
from typing import Any

from django.db.models import F

from accounts.models import User
from accounts.reports.hand_over import Reach, Touched
from orders.models import Negotiation


def pass_negotiations(source: User, target: User, reach: Reach, *, actor: Any, dry: bool) -> Iterator[Touched]:
    """Open negotiations of a person on what passes get the new owner, the next step included; counted alone where `dry`."""
    rows = Negotiation.objects.open().filter(owner=source).select_related("plant", "customer", "group").order_by("pk")
    keys = [row.pk for row in rows if reach.concerns(row)]
    if keys and not dry:
        passing = Negotiation.objects.filter(pk__in=keys)
        passing.filter(next_step_by=F("owner")).update(next_step_by=target)
        passing.update(owner=target)
    if keys:
        yield Touched("negotiation", Negotiation._meta.verbose_name_plural, len(keys))
