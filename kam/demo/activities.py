"""The demonstration's year with its customers: visits, calls, mails, notes and tasks, promises of both sides, comments, work, documents."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.core.files.base import ContentFile

from accounts.actions.activity import cancel_activity, create_activity
from accounts.actions.promise import break_promise, create_promise, keep_promise
from accounts.duplicates import SHARED_CUSTOMER
from accounts.models import Activity, Contact, Plant, Promise, User
from kam.core.calendars import WorkingCalendar, working_day_on_or_after, working_day_on_or_before
from kam.core.comments import Comment, write_comment
from kam.core.documents import Document, attach_document, standard_type
from kam.core.work import assign_work
from kam.demo import stage, words
from kam.demo.customers import AREA, MANAGERS, UNLED
from kam.demo.organisation import person

FIRST, LAST, HOW_MANY = -420, 42, 250
KINDS = ("visit", "call", "visit", "mail", "call", "note", "visit", "task", "call", "mail")
SIGNALS: tuple[list[str], ...] = (["volume"], [], ["competitor", "price"], [], ["project"], ["quality"], [])


@dataclass(frozen=True)
class Place:
    """A plant with who goes there and whom they meet."""

    plant: Plant
    login: str
    language: str
    calendar: WorkingCalendar
    contacts: tuple[Contact, ...]


def make() -> None:
    """Make the year day by day, in the order in which it happened."""
    places = list(_places())
    made = [activity for turn in range(HOW_MANY) if (activity := _activity(turn, places)) is not None]
    _promises(places)
    _talk(made)


def _places() -> Iterator[Place]:
    """The global accounts' plants and every third other plant, once for the account manager and once for the area manager."""
    calendars = {calendar.code: calendar for calendar in WorkingCalendar.objects.all()}
    rows = (
        Plant.objects.filter(status=Plant.Status.OPEN, customer__status="active")
        .select_related("customer__group")
        .order_by("code", "pk")
    )
    for number, plant in enumerate(rows.prefetch_related("contacts", "services__location")):
        group, company = plant.customer.group, int(plant.customer.code[2:]) - 10000
        if (group is None and number % 3) or company in UNLED:
            continue
        leads = next((row.location.code for row in plant.services.all() if row.leads), "IT")
        if group is not None:
            manager = "account.manager" if group.code in ("GA-007", "GA-003") else "account.manager2"
        else:
            manager = MANAGERS[company % 2]
        contacts = tuple(sorted(plant.contacts.all(), key=lambda one: one.pk))
        login = AREA[leads] if number % 3 == 1 else manager
        yield Place(plant, login, person(login).language, calendars[leads], contacts)


def _filled(text: str, language: str, turn: int) -> str:
    return text.format(
        family=words.FAMILIES[language][turn % 5],
        size=(63, 80, 90, 125, 160)[turn // 3 % 5],
        pieces=(20, 60, 120, 250, 400)[turn % 5],
        month=words.MONTHS[language][turn // 2 % 4],
    )


def _when(offset: int, calendar: WorkingCalendar, turn: int) -> datetime:
    """A full or half hour of a working day where it happens: of the past on or before this day, of the future on or after."""
    worked = working_day_on_or_after if offset > 0 else working_day_on_or_before
    return datetime.combine(worked(stage.day(offset), calendar), time(8 + turn * 5 % 9, 30 * (turn % 2)), calendar.zone)


def _activity(turn: int, places: list[Place]) -> Activity | None:
    """One activity: reported on its evening, or planned in these days."""
    offset = FIRST + (LAST - FIRST) * turn // HOW_MANY
    place = places[turn * 7 % len(places)]
    language, kind = place.language, KINDS[turn % len(KINDS)]
    subject, text = words.ACTIVITIES[language][kind][turn // 2 % len(words.ACTIVITIES[language][kind])]
    starts = _when(offset, place.calendar, turn)
    actor = person(place.login)
    planned = offset > 0
    step = turn % 3 == 0 and not planned
    with stage.at(min(offset, -2 if planned else -1), hour=22):
        activity: Activity = create_activity(
            Activity,
            actor=actor,
            kind=kind,
            subject=_filled(subject, language, turn),
            text="" if planned else _filled(text, language, turn),
            plant=place.plant,
            starts_at=starts,
            ends_at=starts + timedelta(hours=2) if kind == "visit" else None,
            contacts=list(place.contacts[: 1 + turn % 2]) if kind in ("visit", "call", "mail") else None,
            signals=[] if planned else SIGNALS[turn % len(SIGNALS)],
            private=turn % 41 == 17,
            next_step=words.NEXT_STEPS[language][turn % 5] if step else "",
            next_step_on=stage.day(offset + 5 + turn % 30) if step else None,
            status=Activity.Status.PLANNED if planned else Activity.Status.DONE,
        )
        if planned and turn % 11 == 3:
            cancel_activity(activity, actor=actor, reason=words.OUTCOMES[language][1])
    return activity


def _promises(places: list[Place]) -> None:
    """Sixty promises: kept, broken, open and late."""
    for turn in range(60):
        place = places[(turn * 11 + 3) % len(places)]
        language = place.language
        side, what = words.PROMISES[language][turn % 6]
        made_on, due = -300 + turn * 5, -270 + turn * 5 + turn % 40
        actor = person(place.login)
        with stage.at(made_on):
            promise = create_promise(
                Promise,
                actor=actor,
                customer=place.plant.customer,
                plant=place.plant,
                side=side,
                what=_filled(what, language, turn),
                due_on=stage.day(due),
                contact=place.contacts[0] if place.contacts else None,
            )
        if due > -20 or turn % 9 == 8:
            continue
        broken = turn % 7 == 5
        with stage.at(due + (12 if broken else -2)):
            settle = break_promise if broken else keep_promise
            settle(promise, actor=person(place.login), outcome=words.OUTCOMES[language][int(broken)])


def _talk(made: list[Activity]) -> None:
    """Comments with mentions, a few questions among colleagues, and reports of visits as documents."""
    visits = [one for one in made if one.kind == "visit" and not one.private and one.status == "done"]
    sales_manager, technical = person("sales.manager"), person("technical")
    seat = WorkingCalendar.objects.get(code="IT")
    for turn, visit in enumerate(visits[-24::2]):
        owner = User.objects.get(pk=visit.owner_id)
        with stage.at(-20 + turn, hour=16):
            told = (sales_manager, technical)[turn % 2]
            text = words.COMMENTS[owner.language][turn % 3].format(key=told.pk)
            write_comment(Comment, actor=owner, record=visit, text=text)
            if turn % 3 == 0 and visit.customer is not None:
                asker = person("area.manager.us" if owner.email.startswith("account") else "account.manager2")
                assign_work(
                    visit.customer,
                    SHARED_CUSTOMER,
                    to=owner,
                    actor=asker,
                    due=_when(turn - 8, seat, turn),
                    occasion=f"demo {turn}",
                    payload={"asker": str(asker), "asked": visit.customer.name.rsplit(" ", 1)[0]},
                )
            if turn % 4 == 1:
                report = ContentFile(f"{visit.subject}\n\n{visit.text}\n".encode(), name=f"report-{turn}.txt")
                attach_document(
                    Document, actor=owner, record=visit, type=standard_type("other"), file=report, title=visit.subject
                )
