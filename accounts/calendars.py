"""Activities as iCalendar: pure translation for feeds and invitations; no prices, no text, only what a calendar shows."""

from collections.abc import Iterable
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from icalendar import Calendar, Event, vCalAddress, vText

from accounts.models import Activity, User
from kam.core import clock

STATUS = {"planned": "CONFIRMED", "done": "CONFIRMED", "cancelled": "CANCELLED"}


def _address(person: User, **details: str) -> vCalAddress:
    """A person as calendar programs name them."""
    address = vCalAddress(f"MAILTO:{person.email}")
    for name, value in {"cn": str(person), **details}.items():
        address.params[name] = vText(value)
    return address


def _event(activity: Activity) -> Event:
    event = Event()
    event.add("uid", f"activity-{activity.pk}@{urlsplit(settings.PUBLIC_URL).hostname or 'kam'}")
    event.add("sequence", activity.version)
    event.add("dtstamp", clock.now())
    event.add("dtstart", activity.starts_at)
    event.add("dtend", activity.ends_at or activity.starts_at + timedelta(hours=1))
    event.add("summary", f"{activity.get_kind_display()}: {activity.subject}")
    event.add("status", STATUS[activity.status])
    event.add("url", f"{settings.PUBLIC_URL}{activity.get_absolute_url()}")
    where = activity.place or (
        f"{activity.plant.name}, {activity.plant.address}, {activity.plant.city}" if activity.plant else ""
    )
    if where:
        event.add("location", where)
    event["organizer"] = _address(activity.owner)
    return event


def _calendar(*events: Event, **details: str) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", "-//KAM//KAM//EN")
    calendar.add("version", "2.0")
    for name, value in details.items():
        calendar.add(name, value)
    for event in events:
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def feed(activities: Iterable[Activity], name: str) -> bytes:
    """The calendar of a person's own activities."""
    return _calendar(*map(_event, activities), **{"x-wr-calname": name})


def event_file(activity: Activity) -> bytes:
    """One activity to put into a calendar by hand, as a file."""
    return _calendar(_event(activity), method="PUBLISH")


def invitation(activity: Activity, reader: User) -> tuple[str, bytes, str]:
    """What goes with the e-mail to a colleague: their calendar program enters, moves or takes out the activity, as it stands now (RFC 5546)."""
    takes_part = reader.pk in {activity.owner_id, *activity.participants.values_list("pk", flat=True)}
    method = "REQUEST" if takes_part and activity.status != Activity.Status.CANCELLED else "CANCEL"
    event = _event(activity)
    if method == "CANCEL":
        event["status"] = vText("CANCELLED")
    people = {person.pk: person for person in [*activity.participants.all(), reader] if person.pk != activity.owner_id}
    for _key, person in sorted(people.items()):
        details = {"role": "REQ-PARTICIPANT", "partstat": "NEEDS-ACTION", "rsvp": "TRUE"}
        event.add("attendee", _address(person, **details), encode=False)
    return f"activity-{activity.pk}.ics", _calendar(event, method=method), f"text/calendar; method={method}"
