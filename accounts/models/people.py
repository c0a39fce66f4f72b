"""People who use KAM: who they are, which language they read, and what they may do."""

from typing import Any, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from kam.core.history import tracked
from kam.core.ports import port
from kam.core.records import Record, version_trigger
from kam.core.scoping import SharedQuerySet

#: What a person may do to their own row without any role.
OWN_VERBS = frozenset({"accounts.edit_profile", "accounts.end_session"})


class UserQuerySet(SharedQuerySet):
    """People; everybody may look up a colleague, and edit their own profile."""

    def permitted(self, user: Any, verb: str) -> Self:
        if verb in OWN_VERBS:
            return self.filter(pk=user.pk, is_active=True)
        return super().permitted(user, verb)

    def active(self) -> Self:
        """People who may log in."""
        return self.filter(is_active=True)


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    """Makes people; the e-mail address is the log-in name, compared without case."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Make a person who may log in."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Make a person who may also open the support site."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        """The person with this e-mail address, whatever its case."""
        return self.get(email__iexact=username)


@tracked(exclude=("password", "last_login"))
class User(AbstractBaseUser, PermissionsMixin, Record):
    """A person who logs in: an employee of one of our locations."""

    email = models.EmailField(_("e-mail"), unique=True)
    first_name = models.CharField(_("first name"), max_length=80)
    last_name = models.CharField(_("last name"), max_length=80)
    language = models.CharField(
        _("language"), max_length=2, choices=[("it", "Italiano"), ("en", "English"), ("de", "Deutsch")], default="it"
    )
    time_zone = models.CharField(_("time zone"), max_length=64, default="Europe/Rome")
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(_("may open the support site"), default=False)
    date_joined = models.DateTimeField(_("created"), auto_now_add=True)

    objects = UserManager()
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["first_name", "last_name"]

    class Meta(Record.Meta):
        abstract = False
        triggers = [version_trigger("last_login")]
        verbose_name = _("user")
        verbose_name_plural = _("users")
        ordering = ["last_name", "first_name", "pk"]
        constraints = [models.UniqueConstraint(Lower("email"), name="accounts_user_email_without_case")]

    def __str__(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or self.email

    def may(self, verb: str) -> bool:
        """Whether a role of today carries the verb; on which rows is for `permitted` to say."""
        return port("access_of")(self).may(verb)

    def renew_access(self) -> None:
        """Resolve the rights anew at the next question: something that decides them was written."""
        self.__dict__.pop("_access", None)

    def get_absolute_url(self) -> str:
        """The person's card."""
        return f"/people/{self.pk}/"
