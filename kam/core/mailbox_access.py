"""How each mailbox of ours was read last, and the newest token by which it is opened where its authority gives out a new one each time."""

import json
from hashlib import sha256
from typing import Any, Self
from urllib.parse import urlencode

from django.db import models
from django.utils.translation import gettext_lazy as _

from kam.core import clock, outgoing
from kam.core.scoping import ScopedQuerySet
from kam.core.sealed_text import seal, unseal


class Refused(Exception):
    """The authority of a mail server gave no token."""


class MailboxAccessQuerySet(ScopedQuerySet):
    """How mailboxes do: for administrators."""

    def visible_to(self, user: Any) -> Self:
        return self if user.may("core.read_support") else self.none()


class MailboxAccess(models.Model):
    """One mailbox: when it was read last, what went wrong since, and its newest refresh token, sealed."""

    mailbox = models.CharField(_("mailbox"), max_length=400, unique=True)
    read_at = models.DateTimeField(_("last read"), null=True, blank=True)
    failed_at = models.DateTimeField(_("failed"), null=True, blank=True)
    last_error = models.CharField(_("last error"), max_length=300, blank=True)
    refresh_token = models.TextField(editable=False, blank=True)
    #: The digest of the configured token that the kept one came from: where another is configured, the kept one is out of date.
    begun_with = models.CharField(max_length=64, editable=False, blank=True)

    objects = MailboxAccessQuerySet.as_manager()

    class Meta:
        verbose_name = _("mailbox")
        verbose_name_plural = _("mailboxes")
        ordering = ["mailbox", "pk"]

    def __str__(self) -> str:
        return self.mailbox


def note_reading(mailbox: str, error: str) -> None:
    """Note that a mailbox was read, or why it could not be."""
    values = {"failed_at": clock.now(), "last_error": error[:300]} if error else {"read_at": clock.now(), "last_error": ""}
    MailboxAccess.objects.update_or_create(mailbox=mailbox[:400], defaults=values)


def fresh_token(mailbox: str, asked: dict[str, str]) -> str:
    """A token to log in with now, for the refresh token that is configured or that its authority gave out last.

    Without a refresh token the program itself is asked for (client credentials). Raises Refused.
    """
    configured = asked.get("refresh_token", "")
    mark = sha256(configured.encode()).hexdigest()
    kept = MailboxAccess.objects.filter(mailbox=mailbox[:400], begun_with=mark).exclude(refresh_token="").first()
    body = {"grant_type": "refresh_token", "refresh_token": unseal(kept.refresh_token) if kept else configured}
    if not configured:
        body = {"grant_type": "client_credentials"}
    body |= {name: asked[name] for name in ("client_id", "client_secret", "scope") if asked.get(name)}
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    try:
        answer = outgoing.post(outgoing.checked_address(asked["token_url"]), urlencode(body).encode(), headers)
    except outgoing.Unreachable as problem:
        raise Refused(str(problem)) from problem
    try:
        said = json.loads(answer.body)
        token = str(said["access_token"])
    except (ValueError, KeyError, TypeError) as problem:
        raise Refused(f"{answer.status}: {answer.text}") from problem
    if (new := said.get("refresh_token")) and configured and new != body["refresh_token"]:
        MailboxAccess.objects.update_or_create(
            mailbox=mailbox[:400], defaults={"refresh_token": seal(str(new)), "begun_with": mark}
        )
    return token
