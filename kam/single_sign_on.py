"""ROOF: single sign-on by OpenID Connect: the way to the issuer and back, and what the library leaves unchecked on it."""

from collections.abc import Callable
from typing import Any

import requests
from allauth.account.internal.decorators import login_not_required
from allauth.account.models import EmailAddress
from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.base import Provider
from allauth.socialaccount.providers.base.constants import AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Client, OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils.crypto import constant_time_compare, salted_hmac
from requests.adapters import BaseAdapter

from kam.core.outgoing import Unreachable, send

#: What an issuer's description has to name: an address of its own for each step.
STEPS = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint")


def nonce_of(state: str) -> str:
    """What the issuer has to repeat inside the identity that it gives out, so that it belongs to this very log-in."""
    return salted_hmac("kam.single_sign_on.nonce", state, algorithm="sha256").hexdigest()


class Client(OAuth2Client):
    """Sends the person to the issuer."""

    def get_redirect_url(self, authorization_url: str, scope: list[str], extra_params: dict[str, Any]) -> str:
        """The address at the issuer, with the nonce of this log-in."""
        return str(super().get_redirect_url(authorization_url, scope, extra_params | {"nonce": nonce_of(self.state or "")}))


class Steps(OpenIDConnectOAuth2Adapter):
    """The steps of one log-in."""

    client_class = Client

    @property
    def openid_config(self) -> dict[str, Any]:
        """What the issuer says of itself. Raises OAuth2Error where it is another than the configured one."""
        told: dict[str, Any] = super().openid_config
        if str(told.get("issuer", "")).rstrip("/") != self.get_provider().app.settings["server_url"].rstrip("/"):
            raise OAuth2Error("the issuer is not the configured one")
        if not all(str(told.get(step, "")).startswith("https://") for step in STEPS):
            raise OAuth2Error("the issuer's description lacks an address, or one is not https")
        return told

    def get_callback_url(self, request: HttpRequest, app: Any) -> str:
        """Where the issuer sends the person back to: the public address, never what the Host header says."""
        return settings.PUBLIC_URL + str(self.get_provider().get_callback_url())

    def complete_login(self, request: HttpRequest, app: Any, token: Any, **more: Any) -> Any:
        """Who the issuer says this is. Raises OAuth2Error where it was said for another log-in, or of two people."""
        try:
            login = super().complete_login(request, app, token, **more)
            identity, person = login.account.extra_data["id_token"], login.account.extra_data["userinfo"]
            if identity["sub"] != person["sub"]:
                raise OAuth2Error("the issuer speaks of two people")
            if not constant_time_compare(str(identity["nonce"]), nonce_of(request.GET["state"])):
                raise OAuth2Error("the identity belongs to another log-in")
        except (KeyError, TypeError, ValueError) as problem:
            raise OAuth2Error(f"the issuer's answer lacks something: {problem!r}") from problem
        return login


class Issuer(OpenIDConnectProvider):
    """The configured issuer; its addresses are the library's."""

    package = "allauth.socialaccount.providers.openid_connect"
    oauth2_adapter_class = Steps

    @property
    def server_url(self) -> str:
        """Where the issuer describes itself."""
        return str(self.app.settings["server_url"]).rstrip("/") + "/.well-known/openid-configuration"

    def get_redirect_from_request_kwargs(self, request: HttpRequest) -> dict[str, Any]:
        """Where the person wanted to go; nothing else that an address might ask for, such as adding an identity to an account."""
        return Provider.get_redirect_from_request_kwargs(self, request) | {"process": AuthProcess.LOGIN}

    def extract_email_addresses(self, data: dict[str, Any]) -> list[EmailAddress]:
        """The person's address, verified only where the issuer says just that: some write the word, and "false" is one too."""
        found: list[EmailAddress] = super().extract_email_addresses(data)
        for one in found:
            one.verified = str(one.verified).lower() == "true"
        return found


class Checked(BaseAdapter):
    """Requests to the issuer by the same rules as all others to other systems."""

    def send(self, request: Any, *_: Any, **__: Any) -> requests.Response:
        """Ask, and say what was answered. Raises ConnectionError."""
        body = request.body or b""
        try:
            answer = send(request.method, request.url, body.encode() if isinstance(body, str) else body, dict(request.headers))
        except Unreachable as problem:
            raise requests.ConnectionError(str(problem)) from problem
        response = requests.Response()
        response.request, response.url, response.status_code, response._content = request, request.url, answer.status, answer.body
        response.headers.update(answer.headers)
        return response

    def close(self) -> None:
        """Nothing is kept open."""


def issuer_session() -> requests.Session:
    """What the library asks the issuer with: https only, pinned, without redirects, within limits."""
    session = requests.Session()
    session.adapters.clear()
    session.mount("https://", Checked())
    session.max_redirects = 0
    session.headers["Accept-Encoding"] = "identity"
    session.trust_env = False
    return session


def _answering(view: Any) -> Callable[[HttpRequest, str], HttpResponseBase]:
    """A step of the way as a view: an issuer that does not answer, or not as it should, is a refusal and no error of KAM."""

    @login_not_required
    def answer(request: HttpRequest, provider_id: str) -> HttpResponseBase:
        steps = Steps(request, provider_id)
        try:
            provider = steps.get_provider()
        except SocialApp.DoesNotExist:
            raise Http404 from None
        try:
            return view.adapter_view(steps)(request)  # type: ignore[no-any-return]
        except (OAuth2Error, requests.RequestException) as problem:
            return render_authentication_error(request, provider, exception=problem)  # type: ignore[no-any-return]

    return answer


begin = _answering(OAuth2LoginView)
complete = _answering(OAuth2CallbackView)
