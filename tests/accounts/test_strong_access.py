"""No way round: tokens, resets and single sign-on of who needs a second factor; what ends with a role; strangers cost the same."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.core import context
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.internal.flows.login import complete_login
from allauth.socialaccount.models import SocialAccount, SocialLogin
from django.contrib.auth.hashers import MD5PasswordHasher
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.storage.fallback import FallbackStorage
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import User
from kam import adapters
from kam.core import clock
from kam.core.access_log import AccessLog
from kam.core.tokens import ApiToken, issue_token
from tests.accounts.test_identity import (
    LOGIN,
    PASSWORD,
    SECRET,
    code_now,
    log_in,
    no_task_waits,
    person,
    real_installation,
    signed_in,
)
from tests.factories.accounts import DelegationFactory
from tests.matrix import Matrix

__all__ = ["no_task_waits", "person", "real_installation"]
pytestmark = pytest.mark.django_db


def with_token(user: User) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {issue_token(user, name='program')}")
    return client


@pytest.mark.parametrize("who", ["administrator", "sales_manager", "finance_it"])
def test_a_token_of_who_needs_a_second_factor_opens_nothing_before_it_is_set_up(
    matrix: Matrix, nothing_changed, who: str
) -> None:
    user = getattr(matrix, who)
    api = with_token(user)
    with nothing_changed(apart_from=("core_apitoken",)):
        for answer in (
            api.get("/api/v1/customers/"),
            api.get("/api/v1/search/?q=acme"),
            api.post("/api/v1/markets/", {"code": "X"}),
        ):
            assert (answer.status_code, answer.json()["code"]) == (403, "second_factor_needed")
    TOTP.activate(user, SECRET)
    assert api.get("/api/v1/customers/").status_code == 200


def test_a_token_made_before_the_role_came_is_kept_out_as_well(matrix: Matrix) -> None:
    api = with_token(matrix.nobody)
    assert api.get("/api/v1/customers/").status_code == 200
    DelegationFactory(principal=matrix.sales_manager, substitute=matrix.nobody)
    assert api.get("/api/v1/customers/").json()["code"] == "second_factor_needed"


def test_a_reset_does_not_go_round_the_second_factor(client: Client, matrix: Matrix, mailoutbox: list) -> None:
    user = matrix.sales_manager
    TOTP.activate(user, SECRET)
    client.post("/accounts/password/reset/", {"email": user.email})
    link = next(word for word in mailoutbox[0].body.split() if word.startswith("http")).removeprefix("https://kam.example")
    client.post(client.get(link)["Location"], {"password1": PASSWORD, "password2": PASSWORD})
    assert not signed_in(client) and Authenticator.objects.filter(user=user, type="totp").exists()
    assert log_in(client, user.email)["Location"] == "/accounts/2fa/authenticate/" and not signed_in(client)
    client.post("/accounts/2fa/authenticate/", {"code": code_now()})
    assert signed_in(client)


def test_single_sign_on_does_not_go_round_the_second_factor(rf: Any, matrix: Matrix, settings: Any) -> None:
    user = matrix.sales_manager
    TOTP.activate(user, SECRET)
    settings.SOCIALACCOUNT_PROVIDERS = {
        "openid_connect": {
            "APPS": [{"provider_id": "sso", "name": "SSO", "client_id": "id", "secret": "s", "settings": {"server_url": "https://idp.example"}}]
        }
    }  # fmt: skip
    request = rf.get("/")
    request.session, request.user = Client().session, AnonymousUser()
    request._messages = FallbackStorage(request)
    with context.request_context(request):
        login = SocialLogin(
            user=User(email=user.email),
            account=SocialAccount(provider="sso", uid="1"),
            email_addresses=[EmailAddress(email=user.email, verified=True)],
            provider=get_adapter(request).get_provider(request, "sso"),
        )
        answer = complete_login(request, login)
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/2fa/authenticate/")
    assert "_auth_user_id" not in request.session


def test_what_is_done_with_a_second_factor_is_logged(
    client: Client, person: User, django_capture_on_commit_callbacks: Any
) -> None:
    log_in(client, person.email)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    client.get("/accounts/2fa/totp/activate/")
    code = format_hotp_value(hotp_value(client.session["mfa.totp.secret"], next(iter(yield_hotp_counters_from_time()))))
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post("/accounts/2fa/totp/activate/", {"code": code}).status_code == 302
        client.post("/accounts/2fa/recovery-codes/generate/")
    client.post("/accounts/2fa/totp/deactivate/")
    logged = list(AccessLog.objects.filter(kind="second_factor", user=person).order_by("pk").values_list("about", flat=True))
    assert logged[0] == "totp_activated" and "recovery_codes_generated" in logged and logged[-1] == "totp_deactivated"


def test_the_end_of_a_role_counts_at_the_next_request_of_session_and_token(client: Client, matrix: Matrix, person: User) -> None:
    log_in(client, person.email)
    api = with_token(person)
    address = f"/customers/{matrix.acme_us.pk}/"
    assert client.get(address).status_code == api.get(f"/api/v1{address}").status_code == 200
    for grant in person.grants.all():
        grant.period = f"[{clock.today() - timedelta(days=9)},{clock.today()})"
        grant.save()
    assert client.get(address).status_code == api.get(f"/api/v1{address}").status_code == 404
    assert api.get("/api/v1/customers/").json()["count"] == 0


def test_a_token_says_when_it_was_last_used_and_ends_by_itself(matrix: Matrix, time_machine: Any) -> None:
    api = with_token(matrix.account_manager)
    assert ApiToken.objects.get().last_used_at is None
    assert api.get("/api/v1/customers/").status_code == 200
    assert ApiToken.objects.get().last_used_at is not None
    time_machine.move_to(clock.now() + timedelta(days=91))
    assert api.get("/api/v1/customers/").status_code == 401


def test_strangers_cost_as_many_password_checks_as_colleagues(matrix: Matrix, person: User, monkeypatch: Any) -> None:
    """A password is checked once whoever is typed: that is what takes the time."""
    done: Counter[str] = Counter()
    real = MD5PasswordHasher.encode

    def counted(hasher: Any, *values: Any, **more: Any) -> Any:
        done["checks"] += 1
        return real(hasher, *values, **more)

    monkeypatch.setattr(MD5PasswordHasher, "encode", counted)
    User.objects.filter(pk=matrix.nobody.pk).update(is_active=False, password=person.password)
    matrix.quality_it.set_unusable_password()
    matrix.quality_it.save()
    for typed in ("stranger@nowhere.example", person.email, matrix.nobody.email, matrix.quality_it.email):
        done.clear()
        assert log_in(Client(), typed, "wrong").status_code == 200
        assert done["checks"] == 1, typed


def test_a_reset_for_a_stranger_writes_seals_and_hands_over_a_mail_too(
    matrix: Matrix, person: User, monkeypatch: Any, mailoutbox: list
) -> None:
    handed: list[tuple[str, bool]] = []
    sealed: list[str] = []
    real = adapters.seal
    monkeypatch.setattr(adapters, "seal", lambda text: sealed.append(text) or real(text))
    monkeypatch.setattr(adapters, "send", lambda name, mail, wanted: handed.append((name, wanted)) or True)
    User.objects.filter(pk=matrix.nobody.pk).update(is_active=False)
    for typed in (person.email, "stranger@nowhere.example", matrix.nobody.email):
        Client().post("/accounts/password/reset/", {"email": typed})
    assert [wanted for _name, wanted in handed] == [True, False, False]
    assert len({name for name, _wanted in handed}) == 1 and len(sealed) == 3 and mailoutbox == []
    assert max(map(len, sealed)) < 3 * min(map(len, sealed))


@pytest.mark.parametrize("host", ["evil.example", "kam.example.evil.example", "localhost.evil.example", "[::1"])
def test_a_host_that_is_not_ours_gets_no_answer(
    client: Client, person: User, nothing_changed: Any, mailoutbox: list, host: str
) -> None:
    with nothing_changed():
        for answer in (
            client.get(LOGIN, HTTP_HOST=host),
            client.post("/accounts/password/reset/", {"email": person.email}, HTTP_HOST=host),
        ):
            assert answer.status_code == 400 and host not in answer.content.decode()
    assert mailoutbox == []


def test_cookies_are_for_the_server_alone_and_behind_tls_for_tls_alone(person: User, settings: Any) -> None:
    for secure in (False, True):
        client = Client()
        settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = secure
        client.get(LOGIN, secure=secure)
        log_in(client, person.email)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME]
        assert (cookie["httponly"], cookie["samesite"], bool(cookie["secure"])) == (True, "Lax", secure)
        assert bool(client.cookies["csrftoken"]["secure"]) == secure and client.cookies["csrftoken"]["samesite"] == "Lax"
