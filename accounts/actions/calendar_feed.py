"""Calendar feeds: a secret address per person and program, shown once, kept as a hash, revoked at once."""

import hashlib
import secrets

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import CalendarFeed, User
from kam.core import clock
from kam.core.turns import take_turn
from kam.core.workflow import Denied

MOST = 10


@transaction.atomic
def issue_feed(user: User, *, name: str) -> str:
    """Make a feed and answer with its secret, which nobody can read again. Raises Denied beyond ten living feeds."""
    take_turn(f"feeds {user.pk}")
    if CalendarFeed.objects.filter(user=user, revoked_at=None).count() >= MOST:
        raise Denied("too_many_feeds", _("Ten calendars read your activities already. Revoke one first."), field="name")
    secret = secrets.token_urlsafe(32)
    CalendarFeed.objects.create(user=user, name=name.strip()[:80], hash=digest(secret))
    return secret


def digest(secret: str) -> str:
    """The hash by which a secret is found."""
    return hashlib.sha256(secret.encode()).hexdigest()


def revoke_feed(feed: CalendarFeed) -> CalendarFeed:
    """Close a feed: its address answers as if it had never been."""
    if feed.revoked_at is None:
        feed.revoked_at = clock.now()
        feed.save(update_fields=["revoked_at"])
    return feed


def revoke_feeds(user: User) -> None:
    """Close every feed of a person who is shut out (port `cut_off`)."""
    CalendarFeed.objects.filter(user=user, revoked_at=None).update(revoked_at=clock.now())


def owner_of(secret: str) -> User | None:
    """Whose feed a secret opens, noting the day; None for an unknown or revoked one, or a person who may not log in."""
    feed = CalendarFeed.objects.filter(hash=digest(secret), revoked_at=None, user__is_active=True).select_related("user").first()
    if feed is None:
        return None
    if feed.last_used_on != clock.today():
        CalendarFeed.objects.filter(pk=feed.pk).update(last_used_on=clock.today())
    return feed.user
