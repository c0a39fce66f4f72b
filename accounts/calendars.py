"""Activities as iCalendar: pure translation for feeds and invitations; no prices, no text, only what a calendar shows."""

from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from icalendar import Calendar, Event, vCalAddress, vText

from accounts.models import Activity
from kam.core import clock

STATUS = {"planned": "CONFIRMED", "done": "CONFIRMED", "cancelled": "CANCELLED"}


def _event(activity: Activity) -> Event:
    event = Event()
    event.add("uid", f"activity-{activity.pk}@kam")
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
    organizer = vCalAddress(f"MAILTO:{activity.owner.email}")
    organizer.params["cn"] = vText(str(activity.owner))
    event["organizer"] = organizer
    return event


def feed(activities: Iterable[Activity], name: str) -> bytes:
    """The calendar of a person's own activities."""
    calendar = Calendar()
    calendar.add("prodid", "-//KAM//KAM//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", name)
    for activity in activities:
        calendar.add_component(_event(activity))
    return bytes(calendar.to_ical())


def invitation_file(activity: Activity) -> tuple[str, bytes, str]:
    """The file that goes with the e-mail to a colleague who takes part."""
    return f"activity-{activity.pk}.ics", invitation(activity), "text/calendar"


def invitation(activity: Activity) -> bytes:
    """One activity to put into a calendar, as a file."""
    calendar = Calendar()
    calendar.add("prodid", "-//KAM//KAM//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(_event(activity))
    return bytes(calendar.to_ical())
