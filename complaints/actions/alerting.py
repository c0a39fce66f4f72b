"""The alert: the departments that kind, severity, product and location call for are asked to acknowledge, at once and never in a digest.

Which departments these are is data: parameters of the location or product line. Who does not answer in time is raised by the
ladder of work items (domain 1.7); whoever took the complaint in is told whom to call.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import FUNCTIONS, Department, Role, account_manager_of, area_manager_of
from complaints.models import Complaint
from complaints.models.complaints import ACKNOWLEDGE
from kam.core import clock
from kam.core.links import Link, link_records
from kam.core.notifications import Way, define_notification, notify
from kam.core.parameters import define, parameter, parameters_in_turn
from kam.core.periods import months_later
from kam.core.work import Asking, WorkItem, assign_each, define_work, escalate_item

define_work(
    ACKNOWLEDGE,
    _("Acknowledge the complaint %(record)s of %(customer)s"),
    answers={"done": _("Acknowledged: we are on it")},
    owner=f"role:{Role.QUALITY}",
)
TOLD = define_notification("complaint_received", _("A customer of yours complains"), way=Way.MAIL)
SILENT = define_notification("complaint_silent", _("Nobody has acknowledged a complaint that you took in"), way=Way.MAIL)

_WORDS: dict[str, Any] = {str(role.value): role.label for role in FUNCTIONS}
CALLED: dict[str, tuple[list[str], Any]] = {
    Complaint.Kind.QUALITY: (["quality", "production", "technical"], _("Departments alerted of a complaint about quality")),
    Complaint.Kind.DELIVERY: (["logistics", "back_office"], _("Departments alerted of a complaint about delivery")),
    Complaint.Kind.DOCUMENTS: (["quality", "logistics"], _("Departments alerted of a complaint about documents")),
    Complaint.Kind.PRICE: (["finance", "back_office"], _("Departments alerted of a complaint about prices")),
    Complaint.Kind.SERVICE: (["service", "back_office"], _("Departments alerted of a complaint about service")),
}
for _kind, (_functions, _label) in CALLED.items():
    define(f"complaints.alert_{_kind}", default=_functions, label=_label, words=_WORDS)
GRAVE = define(
    "complaints.alert_grave",
    default=["quality", "production", "logistics", "technical"],
    label=_("Departments alerted besides where safety or the customer's line is at stake"),
    words=_WORDS,
)
MINUTES = define("complaints.alert_minutes", default=30, unit="min", label=_("Minutes within which an alert is acknowledged"))
REPEAT_MONTHS = define(
    "complaints.repeat_months", default=6, label=_("Months within which the same complaint counts as a repeat")
)
#: Departments of the location that sells; the others are those of the location that makes the product.
WHERE_SOLD = frozenset({Role.BACK_OFFICE, Role.FINANCE})


def _departments_called(complaint: Complaint, said: dict[str, Any]) -> list[Department]:
    """The departments that the parameters call for, each once; where a location has none of a function, the other location's is."""
    functions = list(said[f"complaints.alert_{complaint.kind}"])
    if complaint.severity == Complaint.Severity.SAFETY:
        functions += [one for one in said[GRAVE.key] if one not in functions]
    places = {complaint.selling_location_id, complaint.producing_location_id}
    rows = Department.objects.filter(location__in=places, function__in=functions).select_related("location")
    known = {(one.function, one.location_id): one for one in rows}
    found = []
    for function in functions:
        order = (complaint.producing_location_id, complaint.selling_location_id)
        for place in reversed(order) if function in WHERE_SOLD else order:
            if (function, place) in known:
                found.append(known[function, place])
                break
    return found


def alert(complaint: Complaint, *, actor: Any, beside: Sequence[Asking] = ()) -> None:
    """Ask every department called for to acknowledge, tell who leads and serves the customer; once each, however often.

    What else is to be done about the complaint is asked `beside` it.
    """
    keys = [f"complaints.alert_{complaint.kind}", GRAVE.key, MINUTES.key]
    said = parameters_in_turn(keys, [complaint.scopes])[0]
    due = clock.now() + timedelta(minutes=said[MINUTES.key])
    # Where no location has such a department, whoever oversees all of them finds somebody.
    addressed = [one.audience for one in _departments_called(complaint, said)] or [f"role:{Role.SALES_MANAGER}"]
    payload = {"scopes": complaint.scopes, "customer": complaint.plant.customer.name}
    asking = Asking(ACKNOWLEDGE, addressed, due=due, payload=payload, urgent=True)
    items = assign_each(complaint, [*beside, asking], actor=actor)[-1]
    leader = account_manager_of(complaint.plant.customer, clock.today())
    server = area_manager_of(complaint.plant, complaint.selling_location, clock.today())
    people = {one.pk: one for one in (leader, server) if one is not None}
    notify(TOLD, complaint, to=people.values(), actor=actor, urgent=True)
    repeat = earlier_of(complaint)
    if repeat is not None and complaint.repeats_id is None:
        complaint.repeats = repeat
        complaint.save()
        link_records(Link, actor=None, record=complaint, other=repeat, meaning=Link.Meaning.FOLLOWS)
    if complaint.severity == Complaint.Severity.SAFETY:
        _to_management(items[0], str(_("Safety or a standstill of the customer's line.")))
    elif complaint.repeats_id is not None:
        _to_management(items[0], str(_("The same complaint came before.")))


def _to_management(item: WorkItem, cause: str) -> None:
    """Raise one of the alerts to management at once (N4); it goes on to be the process owner's to acknowledge."""
    escalate_item(item.pk, level=WorkItem.Level.N4, cause=cause)


def earlier_of(complaint: Complaint) -> Complaint | None:
    """The last complaint of the same customer about the same product and defect within the months that make a repeat (AT-77)."""
    if complaint.product_id is None or not complaint.defect:
        return None
    since = months_later(complaint.received_at.date(), -parameter(REPEAT_MONTHS.key, complaint.scopes))
    rows = Complaint.objects.filter(
        plant__customer=complaint.plant.customer_id, product=complaint.product_id, defect=complaint.defect,
        received_at__date__gte=since, received_at__lte=complaint.received_at,
    ).exclude(pk=complaint.pk).exclude(status__in=Complaint.VOID)  # fmt: skip
    found: Complaint | None = rows.order_by("-received_at", "-pk").first()
    return found


def tell_reporters() -> int:
    """Tell whoever took a complaint in that a department has not acknowledged it in time, so that they call; once a department."""
    late = WorkItem.objects.open().filter(kind=ACKNOWLEDGE, due_at__lte=clock.now()).order_by("pk")
    told = 0
    for item in late.prefetch_related("record"):
        complaint = item.record
        if isinstance(complaint, Complaint) and complaint.reported_by is not None and not complaint.is_over:
            told += len(notify(SILENT, complaint, to=[complaint.reported_by], occasion=str(item.pk), urgent=True))
    return told
