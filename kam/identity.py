"""ROOF: what holds in every request about who is asking: their address for the log, their second factor, their typed name."""

from collections.abc import Callable
from ipaddress import ip_address
from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Role, access_of
from accounts.tasks import deliver_access_mail
from kam.core import access_log
from kam.core.rest.access import TokenAuthentication
from kam.core.rest.problems import Problem

Answer = Callable[[HttpRequest], HttpResponseBase]
#: Whoever holds one of these roles, or substitutes somebody who does, needs a second factor.
STRONG = frozenset({Role.ADMINISTRATOR, Role.SALES_MANAGER, Role.FINANCE})
NEEDED = _("Your role needs a second factor. Set one up on your profile.")
#: What one may open without it: the log-in pages themselves, and the files of the page.
OPEN = ("/accounts/", "/static/", "/language/", "/healthz", "/readyz")


def deliver(sealed: str, *, wanted: bool) -> None:
    """Send an access mail now, where the broker is away."""
    deliver_access_mail(sealed, wanted)


def client_address(request: HttpRequest) -> str:
    """Where a request comes from: the connection's address or, behind configured proxies, what the outermost of them saw.

    What a client writes into X-Forwarded-For itself stands further left and counts for nothing.
    """
    seen = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    count = settings.TRUSTED_PROXIES
    candidate = seen[-count] if 0 < count <= len(seen) else request.META.get("REMOTE_ADDR", "")
    try:
        return str(ip_address(candidate))
    except ValueError:
        return str(request.META.get("REMOTE_ADDR") or "0.0.0.0")  # noqa: S104 - a name for unknown, nothing listens there


def typed_name(request: HttpRequest, credentials: dict[str, Any] | None) -> str:
    """The name by which attempts are counted: what was typed as e-mail, without case."""
    typed = (credentials or {}).get("email") or (credentials or {}).get("username") or request.POST.get("login", "")
    return str(typed).strip().lower()[:254]


def needs_second_factor(user: Any) -> bool:
    """Whether a role of today asks for a second factor; the demonstration's log-ins are exempt."""
    return not settings.DEMO and bool(STRONG & access_of(user).roles)


def has_second_factor(user: Any) -> bool:
    """Whether the person has an authenticator app or a passkey; recovery codes alone are none."""
    return Authenticator.objects.filter(user=user).exclude(type=Authenticator.Type.RECOVERY_CODES).exists()


def lacks_second_factor(user: Any) -> bool:
    """Whether the person must have a second factor and has none."""
    return needs_second_factor(user) and not has_second_factor(user)


class PersonalToken(TokenAuthentication):
    """A token of somebody who must have a second factor opens the API once they have one, and not before."""

    def authenticate(self, request: Any) -> tuple[Any, Any] | None:
        """The person and the token; refused where the browser would send them to set up a second factor."""
        found = super().authenticate(request)
        if found is not None and lacks_second_factor(found[0]):
            raise Problem("second_factor_needed", NEEDED, status=403)
        return found


def closed(request: HttpRequest) -> HttpResponseBase:
    """An address of the log-in library that KAM does not have."""
    raise Http404


class IdentityMiddleware:
    """Notes the address for the access log, and keeps out whoever must have a second factor and has none yet."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        token = access_log.address.set(client_address(request))
        try:
            return self.refused(request) or self.get_response(request)
        finally:
            access_log.address.reset(token)

    def refused(self, request: HttpRequest) -> HttpResponseBase | None:
        """The way to the set-up of a second factor, or None where the person may go on."""
        user = request.user
        if not user.is_authenticated or request.path.startswith(OPEN) or not lacks_second_factor(user):
            return None
        if request.path.startswith("/api/"):
            problem = {
                "type": "about:blank",
                "title": str(NEEDED),
                "status": 403,
                "code": "second_factor_needed",
            }
            return JsonResponse(problem, status=403, content_type="application/problem+json")
        return HttpResponseRedirect(reverse("mfa_activate_totp"))
