"""What the first screen counts and lists, from the reader's own rows: figures with what hides behind them, plants with their visits."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, F, Max, Min, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Activity, Customer, Department, Location, Plant, Promise, User
from kam.core import clock
from kam.core.jobs import Job
from kam.core.work import WorkItem

LAST, NEXT, UNVISITED = 30, 14, 90
MOST = 8


@dataclass(frozen=True)
class Figure:
    """A number of the first screen: what it counts, what stands under it, where its rows are; `alert` where somebody has to act."""

    label: str
    value: int
    detail: str
    address: str
    alert: bool = False


def _work(reader: User) -> Figure:
    work = WorkItem.objects.to_do_by(reader).with_due()
    found = work.aggregate(all=Count("pk"), late=Count("pk", filter=Q(due__lt=clock.now())))
    late = ngettext("%(count)d late", "%(count)d late", found["late"]) % {"count": found["late"]}
    return Figure(_("To do"), found["all"], late if found["late"] else _("nothing late"), "/inbox/", bool(found["late"]))


def _customers(plants: QuerySet[Plant], mine: bool) -> Figure:
    rows = Customer.objects.filter(pk__in=plants.values("customer"))
    count = Count("pk", filter=Q(status=Customer.Status.ACTIVE))
    found = rows.aggregate(active=count, prospects=Count("pk", filter=Q(status=Customer.Status.PROSPECT)))
    detail = ngettext("%(count)d prospect", "%(count)d prospects", found["prospects"]) % {"count": found["prospects"]}
    query = {"status": "active", **({"mine": "true"} if mine else {})}
    return Figure(_("Active customers"), found["active"], detail, f"/customers/?{urlencode(query)}")


def _plants(reader: User, plants: QuerySet[Plant], mine: bool) -> Figure:
    seen = Activity.objects.visible_to(reader).filter(
        kind=Activity.Kind.VISIT, status=Activity.Status.DONE, starts_at__gte=clock.now() - timedelta(days=UNVISITED)
    )
    total, lately = plants.count(), plants.filter(pk__in=seen.filter(plant__isnull=False).values("plant")).count()
    detail = _("%(count)d not visited for %(days)d days") % {"count": total - lately, "days": UNVISITED}
    return Figure(_("Plants"), total, detail, "/plants/?mine=true" if mine else "/plants/")


def _visits(reader: User, mine: bool) -> tuple[Figure, Figure]:
    now, today = clock.now(), clock.today()
    rows = Activity.objects.visible_to(reader).filter(kind=Activity.Kind.VISIT)
    if mine:
        joined = Activity.participants.through.objects.filter(user=reader).values("activity")
        rows = rows.filter(Q(owner=reader) | Q(pk__in=joined))
    since, before, until = (now + timedelta(days=days) for days in (-LAST, -2 * LAST, NEXT))
    done, planned = Q(status=Activity.Status.DONE), Q(status=Activity.Status.PLANNED)
    found = rows.aggregate(
        lately=Count("pk", filter=done & Q(starts_at__gte=since, starts_at__lte=now)),
        earlier=Count("pk", filter=done & Q(starts_at__gte=before, starts_at__lt=since)),
        coming=Count("pk", filter=planned & Q(starts_at__gte=now, starts_at__lte=until)),
        forgotten=Count("pk", filter=planned & Q(starts_at__lt=now)),
    )
    own = {"kind": "visit", **({"mine": "true"} if mine else {})}
    past = urlencode({**own, "status": "done", "when_min": today - timedelta(days=LAST), "when_max": today})
    ahead = urlencode({**own, "status": "planned", "when_min": today, "when_max": today + timedelta(days=NEXT)})
    open_reports = _("%(count)d without a report") % {"count": found["forgotten"]}
    return (
        Figure(
            _("Visits, last %(days)d days") % {"days": LAST},
            found["lately"],
            _("%(count)d in the %(days)d days before") % {"count": found["earlier"], "days": LAST},
            f"/activities/?{past}",
        ),
        Figure(
            _("Visits, next %(days)d days") % {"days": NEXT},
            found["coming"],
            open_reports if found["forgotten"] else _("every report written"),
            f"/activities/?{ahead}",
            bool(found["forgotten"]),
        ),
    )


def _promises(reader: User, mine: bool) -> Figure:
    rows = Promise.objects.visible_to(reader).open()
    rows = rows.filter(owner=reader) if mine else rows
    found = rows.order_by().aggregate(all=Count("pk"), late=Count("pk", filter=Q(due_on__lt=clock.today())))
    late = ngettext("%(count)d late", "%(count)d late", found["late"]) % {"count": found["late"]}
    query = urlencode({"status": "open", **({"mine": "true"} if mine else {})})
    detail = late if found["late"] else _("nothing late")
    return Figure(_("Open promises"), found["all"], detail, f"/promises/?{query}", bool(found["late"]))


def _house(reader: User) -> list[Figure]:
    """What an administrator looks after."""
    people = User.objects.active()
    seen = people.filter(last_login__gte=clock.now() - timedelta(days=LAST)).count()
    since = clock.now() - timedelta(days=7)
    jobs = Job.objects.visible_to(reader).filter(created_at__gte=since)
    failed = jobs.filter(state="failed").count()
    headless = Department.objects.filter(head=None).count()
    return [
        Figure(
            _("People"), people.count(), _("%(count)d logged in within %(days)d days") % {"count": seen, "days": LAST}, "/people/"
        ),
        Figure(_("Locations"), Location.objects.filter(is_active=True).count(), _("in use"), "/locations/"),
        Figure(
            _("Departments"),
            Department.objects.count(),
            _("%(count)d without a head") % {"count": headless},
            "/departments/",
            headless > 0,
        ),
        Figure(_("Jobs, last 7 days"), jobs.count(), _("%(count)d failed") % {"count": failed}, "/jobs/", failed > 0),
    ]


def figures(reader: User, own: QuerySet[Plant]) -> list[Figure]:
    """The line of figures: of the reader's own plants if they have any, else of what their departments serve."""
    mine = own.exists()
    open_plants = Plant.objects.detailed_to(reader).filter(status=Plant.Status.OPEN)
    plants = open_plants.filter(pk__in=own.values("pk")) if mine else open_plants
    if reader.may("accounts.edit_user") and not mine:
        return [_work(reader), *_house(reader)]
    return [
        _work(reader),
        _customers(plants, mine),
        _plants(reader, plants, mine),
        *_visits(reader, mine),
        _promises(reader, mine),
    ]


def looked_after(reader: User, own: QuerySet[Plant]) -> QuerySet[Plant]:
    """The reader's own plants if they have any, else those that their department serves or that they oversee."""
    return own if own.exists() else Plant.objects.detailed_to(reader)


def plants_at_a_glance(reader: User, plants: QuerySet[Plant]) -> QuerySet[Plant]:
    """Plants with `last_visit`, `next_visit` and `open_promises` as the reader sees them; those with something ahead come first."""
    visits = Activity.objects.visible_to(reader).filter(plant=OuterRef("pk"), kind=Activity.Kind.VISIT).order_by().values("plant")
    done, planned = visits.filter(status=Activity.Status.DONE), visits.filter(status=Activity.Status.PLANNED)
    promised = Promise.objects.visible_to(reader).open().filter(plant=OuterRef("pk")).order_by().values("plant")
    rows = plants.filter(status=Plant.Status.OPEN).select_related("customer")
    return rows.annotate(
        last_visit=Subquery(done.annotate(at=Max("starts_at")).values("at")),
        next_visit=Subquery(planned.filter(starts_at__gte=clock.now()).annotate(at=Min("starts_at")).values("at")),
        open_promises=Subquery(promised.annotate(n=Count("pk")).values("n")),
    ).order_by(F("next_visit").asc(nulls_last=True), F("last_visit").desc(nulls_last=True), "customer__name", "name", "pk")[:MOST]


def visits_ahead(reader: User) -> QuerySet[Activity]:
    """The visits that anybody has planned at plants of the reader, the next one first."""
    rows: Any = Activity.objects.visible_to(reader).filter(kind=Activity.Kind.VISIT, status=Activity.Status.PLANNED)
    return rows.filter(starts_at__gte=clock.now()).for_list().order_by("starts_at", "pk")[:MOST]
