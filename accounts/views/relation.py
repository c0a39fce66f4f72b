"""How a relation stands at a glance, as facts on the pages of customers, plants and groups."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import Activity
from accounts.reports.relation import relation_with
from kam.core.formats import day
from kam.core.views import Fact


def relation_facts(reader: Any, *, card: bool, **of: Any) -> list[Fact]:
    """The last visit, the next one and the open promises with a customer, a plant or a group; a card names visits only."""
    found = relation_with(reader, **of)
    late = ngettext("%(count)d late", "%(count)d late", found.late_promises) % {"count": found.late_promises}
    visits = [
        _visit(_("Last visit"), found.last_visit, _("never")),
        _visit(_("Next visit"), found.next_visit, _("none planned")),
    ]
    if card:
        return visits
    promises = Fact(
        _("Open promises"),
        str(found.open_promises),
        "?tab=promises" if found.open_promises else "",
        late if found.late_promises else "",
    )
    return [*visits, promises]


def _visit(label: Any, visit: Activity | None, without: Any) -> Fact:
    if visit is None:
        return Fact(label, without)
    where = [visit.plant.name] if visit.plant else []
    return Fact(label, day(visit.starts_at), visit.get_absolute_url(), " · ".join([*where, str(visit.owner)]))
