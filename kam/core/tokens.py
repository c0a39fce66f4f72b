"""API tokens: made for one person, shown once, stored hashed, expiring; they carry their person's rights and nothing more."""

import hashlib
import secrets
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _

from kam.core import clock
from kam.core.access_log import AccessLog, log_access
from kam.core.scoping import OwnQuerySet
from kam.core.workflow import Denied

START = "kam_"
LONGEST_LIFE = 365
USE_NOTED_EVERY = timedelta(minutes=1)


class ApiToken(models.Model):
    """A token of one person. Only its hash is kept; it ends by date, by revocation, or when its person's password changes."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", verbose_name=_("person"))
    name = models.CharField(_("name"), max_length=80)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    prefix = models.CharField(_("begins with"), max_length=12, editable=False)
    password_mark = models.CharField(max_length=128, editable=False)
    created_at = models.DateTimeField(_("created"), editable=False)
    expires_at = models.DateTimeField(_("valid until"))
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True, editable=False)

    objects = OwnQuerySet.as_manager()

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["user", "-created_at", "-id"], name="core_apitoken_of_person")]
        constraints = [models.CheckConstraint(condition=Q(expires_at__gt=models.F("created_at")), name="core_apitoken_lives")]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @property
    def alive(self) -> bool:
        """Whether the token still opens the API."""
        return (
            self.revoked_at is None
            and self.expires_at > clock.now()
            and self.user.is_active
            and constant_time_compare(self.password_mark, self.user.get_session_auth_hash())
        )


def digest_of(secret: str) -> str:
    """The hash under which a token is kept; 256 random bits need no salt."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


def issue_token(user: Any, *, name: str, days: int = 90) -> str:
    """Make a token for a person, valid for so many days, and return it: the only time that it can be read.

    Raises Denied for a person who may not log in and for a life outside 1 to 365 days.
    """
    if not user.is_active:
        raise Denied("inactive_user", _("This person may not log in, so they cannot have a token."))
    if not 1 <= days <= LONGEST_LIFE:
        raise Denied("out_of_range", _("A token lives from 1 to 365 days."), field="days", status=400)
    if not name.strip():
        raise Denied("required", _("Give the token a name that tells what uses it."), field="name", status=400)
    secret = START + secrets.token_urlsafe(32)
    now = clock.now()
    ApiToken.objects.create(
        user=user,
        name=name.strip()[:80],
        digest=digest_of(secret),
        prefix=secret[:8],
        password_mark=user.get_session_auth_hash(),
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    log_access(AccessLog.Kind.TOKEN, user, about=name.strip())
    return secret


def find_token(secret: str) -> ApiToken | None:
    """The living token with this secret, or None; its use is noted at most once a minute."""
    token = ApiToken.objects.select_related("user").filter(digest=digest_of(secret)).first()
    if token is None or not token.alive:
        return None
    now = clock.now()
    if token.last_used_at is None or now - token.last_used_at > USE_NOTED_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return token


def revoke_token(token: ApiToken) -> None:
    """End a token now; the next request with it is refused."""
    ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=clock.now())
