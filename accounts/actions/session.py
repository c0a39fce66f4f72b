"""A person's open sessions and tokens: ended one by one, all others, or all at once when somebody is shut out."""

from typing import Any

from allauth.usersessions.models import UserSession
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from kam.core import clock
from kam.core.ports import ports
from kam.core.tokens import ApiToken
from kam.core.verbs import verb
from kam.core.workflow import Denied


@verb("accounts.end_session", _("End session"))
def end_session(user: User, *, actor: Any, reason: str = "", session: int) -> User:
    """End one of one's own sessions. Raises Denied where it is none of theirs."""
    found = UserSession.objects.filter(user=user, pk=session).first()
    if found is None:
        raise Denied("no_such_session", _("This session has ended already."), status=404)
    found.end()
    return user


def end_sessions(user: User, *, keep: str = "") -> int:
    """End every session of a person but the one with the key `keep`; answers how many there were."""
    sessions = UserSession.objects.filter(user=user).exclude(session_key=keep)
    for session in sessions:
        session.end()
    return len(sessions)


def end_tokens(user: User) -> int:
    """Revoke every living token of a person."""
    return ApiToken.objects.filter(user=user, revoked_at=None).update(revoked_at=clock.now())


def cut_off(user: User) -> None:
    """Close every way in that a person has open: sessions, tokens, and what other floors gave them (port `cut_off`)."""
    end_sessions(user)
    end_tokens(user)
    for end in ports("cut_off"):
        end(user)
