"""Contents of printed documents of accounts: the visit sheet, one page to read on the way to a customer, without prices."""

from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.countries import country_name
from accounts.models import (
    Activity,
    Assignment,
    Contact,
    Customer,
    Location,
    Plant,
    Promise,
    account_manager_of,
    leading_location,
)
from kam.core import clock
from kam.core.formats import day
from kam.core.printing import Contents, Letterhead, PrintForm
from kam.core.timeline import timeline
from kam.core.work_items import WorkItem
from kam.core.workflow import Denied

FORM = "visit_sheet"
FORMS = {
    FORM: {
        "name_en": "Visit sheet", "name_it": "Scheda visita", "name_de": "Besuchsblatt", "procedure": "PQ 07-01",
        "form": "MOD 07-01-04", "revision": "0",
    },
}  # fmt: skip
MOST_CONTACTS, MOST_PROMISES, MOST_ACTIVITIES, MOST_FACTS, MOST_WORK = 8, 8, 6, 5, 5
WITHOUT_VISIT = timedelta(days=180)


def install_print_forms(**_of_migrate: Any) -> None:
    """Make the print forms that every installation has, where they are missing; what was changed stays."""
    for code, values in FORMS.items():
        PrintForm.objects.get_or_create(code=code, defaults=values)


def visit_sheet(key: str, *, actor: Any) -> Contents:
    """One page for a visit to `customer:12` or `plant:12`, as its reader may see it now. Raises Denied where it is not theirs."""
    noun, _colon, number = str(key).partition(":")
    model: Any = {"customer": Customer, "plant": Plant}.get(noun)
    record = model.objects.visible_to(actor).filter(pk=int(number)).first() if model and number.isdecimal() else None
    if record is None:
        raise Denied("not_found", _("There is no such record."), status=404)
    with translation.override(actor.language):
        return Contents(
            template="sheet.typ",
            form=FORM,
            title=_("Visit sheet"),
            number=record.code,
            language=actor.language,
            path=record.get_absolute_url(),
            letterhead=letterhead(leading_location(record), actor.language),
            data={
                "subtitle": record.code,
                "reference": _reference(record),
                "addressee": _addressee(record),
                "blocks": _blocks(record, actor),
            },
            file_name=f"{_('Visit sheet')} {record.code}.pdf",
        )


def letterhead(location: Location | None, language: str) -> Letterhead:
    """The head of a paper: the location's name and address in the language of the paper; without a location only KAM."""
    if location is None:
        return Letterhead()
    lines = (location.address, location.city, str(country_name(location.country)))
    return Letterhead(name=location.name_in(language), lines=tuple(line for line in lines if line))


def _addressee(record: Any) -> list[str]:
    customer = record.customer if isinstance(record, Plant) else record
    name = [customer.name, record.name] if isinstance(record, Plant) else [customer.name]
    place = f"{record.postal_code} {record.city}".strip()
    return [*dict.fromkeys(name), *filter(None, (record.address, place, str(country_name(record.country))))]


def _reference(record: Any) -> list[list[str]]:
    """Who of us leads and serves."""
    customer = record.customer if isinstance(record, Plant) else record
    plants = [record] if isinstance(record, Plant) else list(Plant.objects.filter(customer=customer))
    leader = account_manager_of(customer, clock.today())
    area = Assignment.objects.on(clock.today()).filter(plant__in=plants, kind=Assignment.Kind.AREA_MANAGER)
    people = list(dict.fromkeys(str(row.user) for row in area.select_related("user").order_by("user__last_name", "pk")))
    rows = [[_("Account manager"), str(leader or "–")], [_("Area managers"), ", ".join(people[:3]) or "–"]]
    if getattr(record, "products_made", ""):
        rows.append([_("What it makes"), record.products_made[:120]])
    if record.phone if hasattr(record, "phone") else "":
        rows.append([_("Phone"), record.phone])
    return rows


def _blocks(record: Any, actor: Any) -> list[dict[str, Any]]:
    here = Q(plant=record) if isinstance(record, Plant) else Q(customer=record)
    activities = Activity.objects.visible_to(actor).filter(here).for_list().order_by("-starts_at", "-pk")
    done = activities.filter(status=Activity.Status.DONE)
    visit = done.filter(kind=Activity.Kind.VISIT).first()
    since = visit.starts_at if visit else clock.now() - WITHOUT_VISIT
    return [
        *_last_visit(visit),
        *_people(record, actor),
        *_promises(here, actor),
        *_changes(record, actor, done, since, visit),
        *_work(record, actor),
        *_steps(activities),
    ]


def _table(heading: str, columns: list[Any], rows: list[list[str]]) -> list[dict[str, Any]]:
    if not rows:
        return []
    named = [{"label": label, "width": width} if width else {"label": label} for label, width in columns]
    return [{"kind": "heading", "text": heading}, {"kind": "table", "columns": named, "rows": rows}]


def _last_visit(visit: Activity | None) -> list[dict[str, Any]]:
    if visit is None:
        return [{"kind": "notice", "text": _("No visit is on record.")}]
    head = _("Last visit on %(day)s by %(person)s: %(subject)s") % {
        "day": day(visit.starts_at), "person": visit.owner, "subject": visit.subject,
    }  # fmt: skip
    return [{"kind": "heading", "text": head}, *([{"kind": "text", "text": visit.text[:600]}] if visit.text else [])]


def _people(record: Any, actor: Any) -> list[dict[str, Any]]:
    people = Contact.objects.visible_to(actor).filter(is_active=True)
    if isinstance(record, Plant):
        people = people.filter(Q(plant=record) | Q(plant__isnull=True, customer=record.customer))
    else:
        people = people.filter(customer=record)
    rows = [
        [
            str(one),
            one.function or "–",
            one.get_decision_role_display() if one.decision_role else "–",
            one.phone or one.email or "–",
        ]
        for one in people.order_by("last_name", "first_name", "pk")[:MOST_CONTACTS]
    ]
    return _table(_("People"), [(_("Name"), 42), (_("Function"), None), (_("Role in decisions"), 36), (_("Phone"), 36)], rows)


def _promises(here: Q, actor: Any) -> list[dict[str, Any]]:
    rows = Promise.objects.visible_to(actor).filter(here).open().for_list().order_by("due_on", "pk")
    today = clock.today()
    cells = [
        [
            one.get_side_display(),
            one.what,
            str(one.owner if one.side == Promise.Side.OURS else one.contact or "–"),
            f"{day(one.due_on)}{' !' if one.due_on < today else ''}",
        ]
        for one in rows[:MOST_PROMISES]
    ]
    return _table(_("Open promises"), [(_("Whose"), 16), (_("What"), None), (_("Who"), 36), (_("Due"), 22)], cells)


def _changes(record: Any, actor: Any, done: Any, since: Any, visit: Activity | None) -> list[dict[str, Any]]:
    """What was done and what changed since the last visit."""
    rows = [
        [day(one.starts_at), one.get_kind_display(), one.subject, str(one.owner)]
        for one in done.filter(starts_at__gte=since).exclude(pk=visit.pk if visit else None)[:MOST_ACTIVITIES]
    ]
    facts = [moment for moment in timeline(record, actor) if moment.at > since][:MOST_FACTS]
    rows += [[day(one.at), str(one.label), one.reason, str(one.actor or "KAM")] for one in facts]
    heading = _("Since the last visit") if visit else _("In the last half year")
    return _table(heading, [(_("Day"), 20), (_("What"), 30), (_("Subject"), None), (_("By"), 36)], rows)


def _work(record: Any, actor: Any) -> list[dict[str, Any]]:
    items = WorkItem.objects.on(record).visible_to(actor).open().for_list().by_urgency()[:MOST_WORK]
    ticks = []
    for item in items:
        item.record = record
        ticks.append({"text": str(item)})
    return [{"kind": "heading", "text": _("Open work")}, {"kind": "ticks", "items": ticks}] if ticks else []


def _steps(activities: Any) -> list[dict[str, Any]]:
    steps = (
        activities.exclude(next_step="")
        .filter(next_step_on__gte=clock.today() - timedelta(days=90))
        .order_by("next_step_on", "pk")
    )
    planned = activities.filter(status=Activity.Status.PLANNED).order_by("starts_at", "pk")
    dated = [(timezone.localdate(one.starts_at), one.subject) for one in planned[:4]]
    dated += [(one.next_step_on, one.next_step) for one in steps[:6] if one.next_step_on]
    ticks = [{"text": f"{day(on)}: {what}"} for on, what in sorted(dated)]
    return [{"kind": "heading", "text": _("Next steps")}, {"kind": "ticks", "items": ticks}] if ticks else []
