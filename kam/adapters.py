"""ROOF: what the log-in library asks us: who may come in and how, what their secrets look like at rest, where links lead."""

import logging
import time
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.account.models import EmailAddress
from allauth.core import context as current
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from accounts.actions.session import end_sessions, end_tokens
from kam.core.access_log import AccessLog, log_access
from kam.core.dispatch import send
from kam.core.sealed_text import seal, unseal
from kam.identity import client_address, deliver, needs_second_factor
from kam.single_sign_on import issuer_session

UNKNOWN = "account/email/unknown_account"
SINGLE_SIGN_ON = "single sign-on"
logger = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):
    """Log-in by e-mail for people whom an administrator has made."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody makes an account for themselves."""
        return False

    def is_safe_url(self, url: str) -> bool:
        """`next` leads to a page of KAM, never to another host."""
        return url_has_allowed_host_and_scheme(
            url, allowed_hosts={current.request.get_host()}, require_https=current.request.is_secure()
        )

    def get_client_ip(self, request: HttpRequest) -> str:
        """The address that counts for limits: the proxies' word only where proxies are configured."""
        return client_address(request)

    def get_reset_password_from_key_url(self, key: str) -> str:
        """The link of a reset, always under the public address and never under the Host header."""
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
        return settings.PUBLIC_URL + path.replace("UID-KEY", key)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Nothing: attempts are counted per person and address in one place, so that nobody locks a colleague out."""

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        """The person behind the credentials; somebody shut out gets the answer that a stranger gets."""
        user = super().authenticate(request, **credentials)
        return user if user is not None and user.is_active else None

    def is_reauthentication_required(self, *, app: str, **more: Any) -> bool:
        """Who has just logged in sets up a second factor without typing the password again."""
        if app == "allauth.mfa":
            steps = get_authentication_records(current.request, current.request.user)
            if steps and time.time() - steps[-1]["at"] < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT:
                return False
        return bool(super().is_reauthentication_required(app=app, **more))

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """A refused log-in goes into the log, with what was typed as the name."""
        locked = getattr(request, "axes_locked_out", False)
        log_access(AccessLog.Kind.LOCKED if locked else AccessLog.Kind.LOGIN_FAILED, None, who=str(credentials.get("email", "")))

    def post_login(self, request: HttpRequest, user: Any, **details: Any) -> HttpResponse:
        """A log-in goes into the log."""
        log_access(AccessLog.Kind.LOGIN, user)
        return super().post_login(request, user, **details)

    def logout(self, request: HttpRequest) -> None:
        """A log-out too."""
        if request.user.is_authenticated:
            log_access(AccessLog.Kind.LOGOUT, request.user)
        super().logout(request)

    def set_password(self, user: Any, password: str) -> None:
        """A new password ends every other session and every token of the person."""
        super().set_password(user, password)
        own = current.request.session.session_key if current.request.user.pk == user.pk else ""
        end_sessions(user, keep=own or "")
        end_tokens(user)
        log_access(AccessLog.Kind.PASSWORD, user)

    def send_notification_mail(self, template_prefix: str, user: Any, *values: Any, **more: Any) -> None:
        """A second factor that is set up or taken off, and codes that are made anew, go into the log too."""
        if template_prefix.startswith("mfa/"):
            log_access(AccessLog.Kind.SECOND_FACTOR, user, about=template_prefix.rpartition("/")[2])
        super().send_notification_mail(template_prefix, user, *values, **more)

    def format_email_subject(self, subject: str) -> str:
        """The subject names KAM, never the host that a request claims."""
        return f"KAM: {subject}"

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Write an access mail and send it in the background: an unknown address costs the same and gets none."""
        public = urlsplit(settings.PUBLIC_URL)
        site = SimpleNamespace(name="KAM", domain=public.netloc)
        links = {name: self._public(value) for name, value in context.items() if name.endswith("_url") and isinstance(value, str)}
        message = self.render_mail(
            template_prefix, email, {"email": email, **context, **links, "request": None, "current_site": site}
        )
        sealed = seal("\n".join([email, " ".join(message.subject.split()), message.body]))
        wanted = template_prefix != UNKNOWN
        if not send("accounts.tasks.deliver_access_mail", sealed, wanted):
            deliver(sealed, wanted=wanted)

    @staticmethod
    def _public(address: str) -> str:
        """The same page under the public address."""
        parts = urlsplit(address)
        return settings.PUBLIC_URL + parts._replace(scheme="", netloc="").geturl()


class MFAAdapter(DefaultMFAAdapter):
    """Second factors: sealed at rest, named after KAM, not to be taken off by whoever needs one."""

    def encrypt(self, text: str) -> str:
        """Secrets of second factors and seeds of recovery codes, as the table holds them."""
        return seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        """The secret again."""
        return unseal(encrypted_text)

    def _get_site_name(self) -> str:
        return "KAM"

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Passkeys belong to the public address, never to the Host header."""
        return {"id": urlsplit(settings.PUBLIC_URL).hostname or "localhost", "name": "KAM"}

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """The last second factor stays with whoever must have one."""
        others = Authenticator.objects.filter(user=authenticator.user_id).exclude(pk=authenticator.pk)
        last = not others.exclude(type=Authenticator.Type.RECOVERY_CODES).exists()
        return not (last and authenticator.type != Authenticator.Type.RECOVERY_CODES and needs_second_factor(authenticator.user))


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """Single sign-on opens only accounts that exist, by the e-mail address that the provider has verified."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """A stranger of the identity provider gets no account."""
        return False

    def get_requests_session(self) -> Any:
        """The issuer is asked by the rules for requests to other systems."""
        return issuer_session()

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Whoever is no person of KAM, or is one no more, is turned away in the same words, and logged."""
        if not sociallogin.is_existing or not sociallogin.user.is_active:
            told = ", ".join(one.email for one in sociallogin.email_addresses)
            log_access(AccessLog.Kind.LOGIN_FAILED, None, who=told, about=SINGLE_SIGN_ON)
            raise ImmediateHttpResponse(render(request, "account/signup_closed.html", status=403))

    def on_authentication_error(
        self, request: HttpRequest, provider: Any, error: Any = None, exception: Any = None, extra_context: Any = None
    ) -> None:
        """A way to the issuer and back that did not end well goes into the log."""
        logger.warning("Single sign-on did not end well (%s): %s", error, str(exception or "")[:300])
        log_access(AccessLog.Kind.LOGIN_FAILED, None, about=SINGLE_SIGN_ON)

    def authenticate_by_email(self, sociallogin: Any) -> Any:
        """The person with the verified address. Administrators set it, so it counts as verified here too: the password stays."""
        found = super().authenticate_by_email(sociallogin)
        if found is None or not found[0].is_active:
            return None
        user, email = found
        EmailAddress.objects.update_or_create(user=user, email=email.lower(), defaults={"verified": True})
        return user, email
