"""The log of access: who logged in, exported, granted a role, made a token or read something confidential; append-only."""

from contextvars import ContextVar
from typing import Any, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from kam.core import clock
from kam.core.scoping import ScopedQuerySet

#: The network address of the request that is being answered; empty in background tasks.
address: ContextVar[str] = ContextVar("address", default="")


class AccessLogQuerySet(ScopedQuerySet):
    """Entries: for administrators only."""

    def visible_to(self, user: Any) -> Self:
        return self if user.is_authenticated and user.may("core.read_access_log") else self.none()

    def for_list(self) -> Self:
        return self.select_related("user")


class AccessLog(models.Model):
    """One entry: who did what, when and from where. It is written once and never changed or deleted."""

    class Kind(models.TextChoices):
        LOGIN = "login", _("Logged in")
        LOGIN_FAILED = "login_failed", _("Log-in refused")
        LOCKED = "locked", _("Locked out")
        LOGOUT = "logout", _("Logged out")
        PASSWORD = "password", _("Password changed")
        SECOND_FACTOR = "second_factor", _("Second factor changed")
        EXPORT = "export", _("Export")
        TOKEN = "token", _("API token")
        ROLE = "role", _("Role")
        DELEGATION = "delegation", _("Delegation")
        ACCOUNT = "account", _("Account")
        CONFIDENTIAL = "confidential", _("Confidential record read")

    kind = models.CharField(_("what"), max_length=16, choices=Kind.choices)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("who"),
        related_name="access_log",
    )
    who = models.CharField(_("as typed"), max_length=254, blank=True)
    about = models.CharField(_("about"), max_length=200, blank=True)
    address = models.CharField(_("address"), max_length=45, blank=True)
    at = models.DateTimeField(_("when"), default=clock.now)

    objects = AccessLogQuerySet.as_manager()

    class Meta:
        verbose_name = _("access log entry")
        verbose_name_plural = _("access log")
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["-at", "-id"], name="core_accesslog_listed"),
            models.Index(fields=["user", "-at", "-id"], name="core_accesslog_by_person"),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.who or self.user or ''}".strip()


def log_access(kind: str, user: Any, *, about: Any = "", who: str = "") -> None:
    """Write an entry; `about` says in stable words what was touched, `who` what was typed where nobody is known."""
    AccessLog.objects.create(
        kind=kind,
        user=user if user is not None and user.pk else None,
        who=_kept(who, 254),
        about=_kept(str(about), 200),
        address=address.get()[:45],
    )


def _kept(text: str, length: int) -> str:
    """A text as the log keeps it: no control characters, not longer than its column."""
    return "".join(sign for sign in text if sign.isprintable())[:length]
