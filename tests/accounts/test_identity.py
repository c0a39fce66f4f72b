"""Who comes in and who does not, over HTTP: lockout, second factor, resets, sessions, the support site, what is logged."""

import re
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client

from accounts.actions.session import end_session
from accounts.actions.user import deactivate_user
from accounts.models import User
from kam.core.access_log import AccessLog
from kam.core.sealed_text import seal, unseal
from kam.core.tokens import find_token, issue_token
from kam.core.workflow import Denied
from kam.identity import client_address
from tests.factories.accounts import DelegationFactory
from tests.matrix import Matrix

pytestmark = pytest.mark.django_db
PASSWORD = "a long and quiet river"
LOGIN = "/accounts/login/"
SECRET = "JBSWY3DPEHPK3PXP"


@pytest.fixture
def person(matrix: Matrix) -> User:
    """The account manager with a password."""
    matrix.account_manager.set_password(PASSWORD)
    matrix.account_manager.save()
    return matrix.account_manager


@pytest.fixture(autouse=True)
def real_installation(settings: Any) -> None:
    """Not the demonstration, whose log-ins are exempt from the second factor; mail is delivered at once."""
    from kam.celery import app

    settings.DEMO = False
    settings.PUBLIC_URL = "https://kam.example"
    app.conf.task_always_eager = True


@pytest.fixture(autouse=True)
def no_task_waits() -> Any:
    """Tasks of these tests run at once; those of others do not."""
    from kam.celery import app

    yield
    app.conf.task_always_eager = False


def log_in(client: Client, email: str, password: str = PASSWORD, address: str = "10.0.0.1", **more: str) -> Any:
    """Send the log-in form from a network address."""
    return client.post(LOGIN, {"login": email, "password": password, **more}, REMOTE_ADDR=address)


def code_now() -> str:
    """The one-time code of this moment for the test's secret."""
    return format_hotp_value(hotp_value(SECRET, next(iter(yield_hotp_counters_from_time()))))


def signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_a_log_in_opens_a_new_session_and_is_logged(client: Client, person: User) -> None:
    client.get(LOGIN)
    session = client.session
    session["before"] = "1"
    session.save()
    before = session.session_key
    response = log_in(client, "Account.Manager@KAM.example")
    assert (response.status_code, response["Location"], signed_in(client)) == (302, "/", True)
    assert client.session.session_key != before
    assert not Session.objects.filter(session_key=before).exists()
    entry = AccessLog.objects.latest("pk")
    assert (entry.kind, entry.user, entry.address) == ("login", person, "10.0.0.1")


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "http://localhost/"]
)
def test_next_stays_local(client: Client, person: User, target: str) -> None:
    assert log_in(client, person.email, next=target)["Location"] == "/"


def test_next_leads_to_a_page_of_kam(client: Client, person: User) -> None:
    assert log_in(client, person.email, next="/people/")["Location"] == "/people/"


def test_unknown_wrong_and_shut_out_get_the_same_answer(client: Client, matrix: Matrix, person: User) -> None:
    User.objects.filter(pk=matrix.nobody.pk).update(is_active=False, password=person.password)
    answers = []
    for email, password in (("stranger@nowhere.example", PASSWORD), (person.email, "wrong"), (matrix.nobody.email, PASSWORD)):
        response = log_in(Client(), email, password)
        text = re.sub(r'value="[^"]*"', "", response.content.decode())
        answers.append((response.status_code, text))
    assert answers[0] == answers[1] == answers[2]
    assert answers[0][0] == 200
    assert (
        AccessLog.objects.filter(kind="login_failed").values_list("who", flat=True).order_by("pk").first()
        == "stranger@nowhere.example"
    )


def test_lockout_is_of_one_person_from_one_address_only(client: Client, matrix: Matrix, person: User) -> None:
    for _attempt in range(settings.AXES_FAILURE_LIMIT):
        log_in(Client(), person.email, "wrong", address="10.6.6.6")
    locked = Client()
    response = log_in(locked, person.email, PASSWORD, address="10.6.6.6")
    assert (response.status_code, signed_in(locked)) == (429, False)
    elsewhere = Client()
    log_in(elsewhere, person.email, PASSWORD, address="10.0.0.2")
    assert signed_in(elsewhere)
    colleague = Client()
    matrix.account_manager2.set_password(PASSWORD)
    matrix.account_manager2.save()
    log_in(colleague, matrix.account_manager2.email, PASSWORD, address="10.6.6.6")
    assert signed_in(colleague)


def test_the_case_of_the_address_does_not_escape_the_lockout(person: User) -> None:
    for attempt in range(settings.AXES_FAILURE_LIMIT):
        log_in(Client(), person.email.upper() if attempt % 2 else person.email, "wrong", address="10.6.6.6")
    assert log_in(Client(), f" {person.email} ", PASSWORD, address="10.6.6.6").status_code == 429


@pytest.mark.parametrize(
    ("proxies", "header", "expected"),
    [
        (0, "1.2.3.4", "10.0.0.9"),
        (1, "6.6.6.6, 1.2.3.4", "1.2.3.4"),
        (2, "6.6.6.6, 1.2.3.4, 10.1.1.1", "1.2.3.4"),
        (2, "1.2.3.4", "10.0.0.9"),
        (1, "nonsense", "10.0.0.9"),
    ],
)
def test_forwarded_addresses_count_only_from_configured_proxies(
    rf: Any, settings: Any, proxies: int, header: str, expected: str
) -> None:
    settings.TRUSTED_PROXIES = proxies
    assert client_address(rf.get("/", REMOTE_ADDR="10.0.0.9", HTTP_X_FORWARDED_FOR=header)) == expected


@pytest.mark.parametrize("who", ["administrator", "sales_manager", "finance_it"])
def test_strong_roles_go_no_further_without_a_second_factor(client: Client, matrix: Matrix, who: str) -> None:
    client.force_login(getattr(matrix, who))
    for path in ("/", "/people/", "/support/", "/api/v1/docs/"):
        response = client.get(path)
        assert response.status_code in {302, 403}
        if response.status_code == 302:
            assert response["Location"] == "/accounts/2fa/totp/activate/"
    answer = client.get("/api/v1/users/")
    assert (answer.status_code, answer.json()["code"]) == (403, "second_factor_needed")


def test_the_substitute_of_a_strong_role_needs_a_second_factor_too(client: Client, matrix: Matrix) -> None:
    client.force_login(matrix.nobody)
    assert client.get("/people/").status_code == 200
    DelegationFactory(principal=matrix.sales_manager, substitute=matrix.nobody)
    assert client.get("/people/")["Location"] == "/accounts/2fa/totp/activate/"


def test_the_demonstration_is_exempt(client: Client, matrix: Matrix, settings: Any) -> None:
    settings.DEMO = True
    client.force_login(matrix.administrator)
    assert client.get("/people/").status_code == 200


def test_a_second_factor_is_asked_for_and_a_code_works_once(client: Client, matrix: Matrix) -> None:
    user = matrix.sales_manager
    user.set_password(PASSWORD)
    user.save()
    TOTP.activate(user, SECRET)
    kept = Authenticator.objects.get(user=user).data["secret"]
    assert kept.startswith("sealed1:")
    assert SECRET not in kept
    response = log_in(client, user.email)
    assert (response["Location"], signed_in(client)) == ("/accounts/2fa/authenticate/", False)
    code = code_now()
    client.post("/accounts/2fa/authenticate/", {"code": code})
    assert signed_in(client)
    assert client.get("/people/").status_code == 200
    again = Client()
    log_in(again, user.email)
    again.post("/accounts/2fa/authenticate/", {"code": code})
    assert not signed_in(again)


def test_recovery_codes_are_unreadable_at_rest_and_work_once(client: Client, person: User) -> None:
    TOTP.activate(person, SECRET)
    codes = RecoveryCodes.activate(person)
    first = codes.generate_codes()[0]
    kept = str(Authenticator.objects.get(user=person, type="recovery_codes").data)
    assert first not in kept
    assert "sealed1:" in kept
    log_in(client, person.email)
    client.post("/accounts/2fa/authenticate/", {"code": first})
    assert signed_in(client)
    again = Client()
    log_in(again, person.email)
    again.post("/accounts/2fa/authenticate/", {"code": first})
    assert not signed_in(again)


def test_sealed_text_is_refused_when_changed_or_under_another_key(settings: Any) -> None:
    kept = seal("secret")
    assert (unseal(kept), unseal("plain")) == ("secret", "plain")
    settings.SECRET_KEY = "another key"
    with pytest.raises(ValueError, match="another key"):
        unseal(kept)


def _ask(client: Client, email: str, **more: Any) -> Any:
    return client.post("/accounts/password/reset/", {"email": email}, **more)


def _link(mail: Any) -> str:
    return next(line for line in mail.body.split() if line.startswith("http"))


def test_a_reset_answers_alike_and_mails_only_who_exists(client: Client, person: User, mailoutbox: list) -> None:
    known, unknown = _ask(client, person.email), _ask(Client(), "stranger@nowhere.example")
    assert (
        (known.status_code, known["Location"])
        == (unknown.status_code, unknown["Location"])
        == (302, "/accounts/password/reset/done/")
    )
    assert [mail.to for mail in mailoutbox] == [[person.email]]


def test_the_link_of_a_reset_starts_with_the_public_address_whatever_the_host(
    client: Client, person: User, mailoutbox: list
) -> None:
    _ask(client, person.email, HTTP_HOST="localhost:1")
    assert _link(mailoutbox[0]).startswith("https://kam.example/accounts/password/reset/key/")
    assert "localhost" not in mailoutbox[0].body + mailoutbox[0].subject


def test_a_reset_works_once_ends_sessions_and_tokens_and_does_not_log_in(client: Client, person: User, mailoutbox: list) -> None:
    browser = Client()
    log_in(browser, person.email)
    token = issue_token(person, name="old")
    _ask(client, person.email)
    path = _link(mailoutbox[0]).removeprefix("https://kam.example")
    form = client.get(path)["Location"]
    fresh = "another long quiet river"
    client.post(form, {"password1": fresh, "password2": fresh})
    assert not signed_in(client)
    assert find_token(token) is None
    assert browser.get("/people/").status_code == 302
    assert UserSession.objects.filter(user=person).count() == 0
    later = Client()
    assert "key" not in later.get(path, follow=True).context or later.get(path).status_code == 200
    later.post(path, {"password1": PASSWORD, "password2": PASSWORD})
    assert User.objects.get(pk=person.pk).check_password(fresh)


def test_a_reset_lasts_an_hour(client: Client, person: User, mailoutbox: list, time_machine: Any) -> None:
    from django.utils import timezone

    _ask(client, person.email)
    path = _link(mailoutbox[0]).removeprefix("https://kam.example")
    time_machine.move_to(timezone.localtime() + timedelta(minutes=59))
    assert client.get(path).status_code == 302
    time_machine.move_to(timezone.localtime() + timedelta(minutes=2))
    assert client.get(path).status_code == 200


def test_a_changed_password_ends_other_sessions_and_tokens_but_not_this_one(client: Client, person: User) -> None:
    other = Client()
    log_in(other, person.email)
    log_in(client, person.email)
    token = issue_token(person, name="old")
    fresh = "another long quiet river"
    client.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": fresh, "password2": fresh})
    assert User.objects.get(pk=person.pk).check_password(fresh)
    assert client.get("/people/").status_code == 200
    assert other.get("/people/").status_code == 302
    assert find_token(token) is None
    assert AccessLog.objects.filter(kind="password", user=person).count() == 1


def test_one_ends_ones_own_sessions_and_nobody_elses(client: Client, matrix: Matrix, person: User, nothing_changed: Any) -> None:
    other = Client()
    log_in(other, person.email)
    log_in(client, person.email)
    foreign = UserSession.objects.get(session_key=other.session.session_key)
    with pytest.raises(Denied) as refused:
        end_session(matrix.account_manager2, actor=matrix.account_manager2, session=foreign.pk)
    assert refused.value.code == "no_such_session"
    end_session(person, actor=person, session=foreign.pk)
    assert other.get("/people/").status_code == 302
    assert client.get("/people/").status_code == 200


def test_somebody_shut_out_is_out_at_the_next_request(client: Client, matrix: Matrix, person: User) -> None:
    log_in(client, person.email)
    assert client.get("/people/").status_code == 200
    deactivate_user(person, actor=matrix.administrator)
    response = client.get("/people/")
    assert (response.status_code, response["Location"].split("?")[0]) == (302, LOGIN)
    assert UserSession.objects.filter(user=person).count() == 0


def test_nobody_signs_up(client: Client) -> None:
    before = User.objects.count()
    client.post("/accounts/signup/", {"email": "new@nowhere.example", "password1": PASSWORD, "password2": PASSWORD})
    assert User.objects.count() == before


def test_the_support_site_reads_and_never_writes(client: Client, matrix: Matrix, settings: Any, nothing_changed: Any) -> None:
    settings.DEMO = True
    anonymous = client.get("/support/", follow=True)
    assert anonymous.redirect_chain[-1][0] == f"{LOGIN}?next=/support/"
    client.force_login(matrix.account_manager)
    User.objects.filter(pk=matrix.account_manager.pk).update(is_staff=True, is_superuser=True)
    assert client.get("/support/accounts/user/", follow=True).redirect_chain[-1][0] == "/"
    client.force_login(matrix.administrator)
    assert client.get("/support/").status_code == 200
    page = client.get(f"/support/accounts/user/{matrix.nobody.pk}/change/")
    assert page.status_code == 200
    assert "Nobody" in page.content.decode()
    assert "password" not in page.content.decode().lower().replace("password_change", "")
    with nothing_changed():
        for path in ("user/add/", f"user/{matrix.nobody.pk}/change/", f"user/{matrix.nobody.pk}/delete/"):
            assert client.post(f"/support/accounts/{path}", {"email": "x@y.example"}).status_code == 403


def test_the_access_log_is_for_administrators_and_cannot_be_changed(matrix: Matrix) -> None:
    from django.db import DatabaseError, transaction

    from kam.core.access_log import log_access

    log_access("export", matrix.nobody, about="customers\n\x00")
    entry = AccessLog.objects.visible_to(matrix.administrator).latest("pk")
    assert entry.about == "customers"
    assert AccessLog.objects.visible_to(matrix.sales_manager).count() == 0
    for change in (lambda: AccessLog.objects.update(about="x"), lambda: AccessLog.objects.all().delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    assert AccessLog.objects.get(pk=entry.pk).about == "customers"


def test_single_sign_on_stands_only_where_it_is_configured(client: Client) -> None:
    assert settings.OIDC is False
    assert "sso" not in client.get(LOGIN).content.decode()


@pytest.mark.parametrize("path", ["/accounts/email/", "/accounts/3rdparty/"])
def test_nobody_adds_an_address_or_an_identity_by_themselves(
    client: Client, person: User, nothing_changed: Any, path: str
) -> None:
    log_in(client, person.email)
    with nothing_changed():
        assert client.get(path).status_code == 404
        assert client.post(path, {"email": "mine@nowhere.example", "action_add": ""}).status_code == 404


@pytest.mark.parametrize(
    ("email", "verified", "opens"),
    [
        ("Account.Manager@KAM.example", True, True),
        ("account.manager@kam.example", False, False),
        ("stranger@nowhere.example", True, False),
    ],
)
def test_single_sign_on_opens_only_the_account_of_a_verified_address(
    rf: Any, person: User, settings: Any, email: str, verified: bool, opens: bool
) -> None:
    from allauth.account.models import EmailAddress
    from allauth.core import context
    from allauth.socialaccount.adapter import get_adapter
    from allauth.socialaccount.models import SocialAccount, SocialLogin

    settings.SOCIALACCOUNT_PROVIDERS = {
        "openid_connect": {
            "APPS": [
                {
                    "provider_id": "sso",
                    "name": "SSO",
                    "client_id": "id",
                    "secret": "s",
                    "settings": {"server_url": "https://idp.example"},
                }
            ]
        }
    }
    request = rf.get("/")
    with context.request_context(request):
        login = SocialLogin(
            user=User(email=email),
            account=SocialAccount(provider="sso", uid="1"),
            email_addresses=[EmailAddress(email=email, verified=verified)],
            provider=get_adapter(request).get_provider(request, "sso"),
        )
        login.lookup()
    assert (login.is_existing, login.user.pk == person.pk) == (opens, opens)
    assert get_adapter(request).is_open_for_signup(request, login) is False
    if opens:
        assert EmailAddress.objects.get(user=person).verified is True
        assert User.objects.get(pk=person.pk).check_password(PASSWORD)


def test_a_person_shut_out_does_not_come_in_by_single_sign_on(rf: Any, person: User) -> None:
    from types import SimpleNamespace

    from kam.adapters import SocialAccountAdapter

    User.objects.filter(pk=person.pk).update(is_active=False)
    login = SimpleNamespace(
        email_addresses=[SimpleNamespace(email=person.email, verified=True)], provider=SimpleNamespace(app=None)
    )
    adapter = SocialAccountAdapter(rf.get("/"))
    adapter.can_authenticate_by_email = lambda *_: True  # type: ignore[method-assign]
    assert adapter.authenticate_by_email(login) is None
