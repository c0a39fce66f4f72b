"""Single sign-on through a real OpenID provider over https: who comes in, who does not, and what a false answer leads to."""

import re
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
import requests
from allauth.mfa.totp.internal.auth import TOTP
from allauth.socialaccount.models import SocialAccount

from accounts.actions.user import deactivate_user
from accounts.models import User
from kam.core.access_log import AccessLog
from tests.accounts.test_strong_access import SECRET, code_now
from tests.issuer import PERSON, Issuer
from tests.issuer.fixtures import BACK, BEGIN, configure
from tests.matrix import Matrix, build
from tests.receiver import free_port

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(transactional_db: None, issuer: Issuer) -> Matrix:
    """The small matrix behind the live server; the provider tells the truth about the account manager."""
    built = build()
    issuer.tells(person={"email": built.account_manager.email, "email_verified": True})
    return built


class Visitor:
    """An HTTP client that goes the way a browser goes, one step at a time."""

    def __init__(self, kam: str, issuer: Issuer) -> None:
        self.kam, self.issuer, self.session = kam, issuer, requests.Session()
        self.session.verify, self.session.trust_env = str(issuer.authority), False

    def get(self, address: str) -> requests.Response:
        """One step: what an address answers, redirects not followed."""
        return self.session.get(urljoin(self.kam, address), allow_redirects=False, timeout=60)

    def begin(self, more: str = "") -> str:
        """Press the button: the address at the provider to which KAM sends."""
        answer = self.get(BEGIN + more)
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"]

    def identify(self, at: str) -> str:
        """Log in at the provider: the address at KAM to which it sends back."""
        answer = self.get(at)
        while not answer.headers.get("Location", "").startswith(self.kam):
            if "Location" in answer.headers:
                answer = self.get(urljoin(answer.url, answer.headers["Location"]))
                continue
            form = dict(re.findall(r'name="(csrfmiddlewaretoken|next)" value="([^"]*)"', answer.text))
            form = {name: value.replace("&amp;", "&") for name, value in form.items()}
            form |= {"login": PERSON, "password": self.issuer.password}
            headers = {"Referer": answer.url}
            answer = self.session.post(answer.url, form, headers=headers, allow_redirects=False, timeout=60)
            assert answer.status_code == 302, answer.text
        return answer.headers["Location"]

    def come(self, more: str = "") -> requests.Response:
        """The whole way: what KAM answers in the end."""
        return self.get(self.identify(self.begin(more)))

    @property
    def inside(self) -> bool:
        """Whether KAM knows who this is."""
        return self.get("/customers/").status_code == 200


@pytest.fixture
def visitor(world: Matrix, issuer: Issuer, live_server: Any) -> Visitor:
    return Visitor(live_server.url, issuer)


def refused(answer: requests.Response, status: int) -> bool:
    """Whether an answer refuses, on a page of KAM."""
    return answer.status_code == status and "/accounts/login/" in answer.text


def test_the_button_is_there_only_where_a_provider_is_configured(visitor: Visitor, settings: Any) -> None:
    assert BEGIN in visitor.get("/accounts/login/").text
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": []}}
    assert "oidc" not in visitor.get("/accounts/login/").text
    assert visitor.get(BEGIN).status_code == visitor.get(BACK).status_code == 404


def test_a_known_person_comes_in_and_where_they_wanted_to_go(world: Matrix, visitor: Visitor) -> None:
    at = visitor.begin("?next=/plants/")
    asked = {name: values[0] for name, values in parse_qs(urlsplit(at).query).items()}
    assert set(asked["scope"].split()) == {"openid", "profile", "email"}
    assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
    assert asked["redirect_uri"] == visitor.kam + BACK
    assert len(asked["code_challenge"]) == 43 and len(asked["nonce"]) == 64 and len(asked["state"]) >= 16
    answer = visitor.get(visitor.identify(at))
    assert (answer.status_code, answer.headers["Location"]) == (302, "/plants/")
    assert visitor.inside


def test_afterwards_the_password_still_opens(world: Matrix, visitor: Visitor) -> None:
    before = User.objects.get(pk=world.account_manager.pk).password
    assert visitor.come().status_code == 302
    assert User.objects.get(pk=world.account_manager.pk).password == before


def test_next_does_not_lead_to_another_host(visitor: Visitor) -> None:
    assert visitor.come("?next=https://elsewhere.example/").headers["Location"] == "/"


def test_the_way_back_is_the_public_address_whatever_the_host_header_says(visitor: Visitor) -> None:
    answer = visitor.session.get(visitor.kam + BEGIN, headers={"Host": "elsewhere.example"}, allow_redirects=False, timeout=60)
    assert parse_qs(urlsplit(answer.headers["Location"]).query)["redirect_uri"] == [visitor.kam + BACK]


def test_who_is_not_known_or_not_verified_is_turned_away(
    world: Matrix, issuer: Issuer, visitor: Visitor, nothing_changed: Any
) -> None:
    own = world.account_manager.email
    for person in (
        {"email": "stranger@nowhere.example", "email_verified": True},
        {"email": "", "email_verified": True},
        {"email": own, "email_verified": False},
        {"email": own, "email_verified": "false"},
        {"email": own, "email_verified": None},
    ):
        issuer.tells(person=person)
        with nothing_changed():
            assert refused(visitor.come(), 403), person
        assert not visitor.inside, person
        entry = AccessLog.objects.latest("pk")
        assert (entry.kind, entry.about, entry.user) == ("login_failed", "single sign-on", None)
        assert entry.who == person["email"]


def test_the_word_true_is_a_verified_address(world: Matrix, issuer: Issuer, visitor: Visitor) -> None:
    issuer.tells(person={"email": world.account_manager.email.upper(), "email_verified": "true"})
    visitor.come()
    assert visitor.inside


def test_who_was_shut_out_does_not_come_in_again(world: Matrix, visitor: Visitor, nothing_changed: Any) -> None:
    assert visitor.come().status_code == 302 and visitor.inside
    deactivate_user(world.account_manager, actor=world.administrator)
    assert not visitor.inside
    with nothing_changed():
        assert refused(visitor.come(), 403)
    assert not visitor.inside


def test_the_second_factor_is_asked_for_where_there_is_one(
    world: Matrix, issuer: Issuer, visitor: Visitor, settings: Any
) -> None:
    settings.DEMO = False
    TOTP.activate(world.sales_manager, SECRET)
    issuer.tells(person={"email": world.sales_manager.email, "email_verified": True})
    assert visitor.come().headers["Location"] == "/accounts/2fa/authenticate/"
    assert not visitor.inside
    page = visitor.get("/accounts/2fa/authenticate/")
    form = {"code": code_now(), "csrfmiddlewaretoken": visitor.session.cookies["csrftoken"]}
    assert visitor.session.post(page.url, form, headers={"Referer": page.url}, timeout=60).status_code == 200
    assert visitor.inside


def test_who_must_have_a_second_factor_goes_no_further_than_its_set_up(
    world: Matrix, issuer: Issuer, visitor: Visitor, settings: Any
) -> None:
    settings.DEMO = False
    issuer.tells(person={"email": world.administrator.email, "email_verified": True})
    assert visitor.come().status_code == 302
    assert visitor.get("/customers/").headers["Location"] == "/accounts/2fa/totp/activate/"


def test_a_false_answer_of_the_provider_opens_nothing(
    world: Matrix, issuer: Issuer, visitor: Visitor, nothing_changed: Any
) -> None:
    person = {"email": world.account_manager.email, "email_verified": True}
    at_once: list[dict[str, Any]] = [
        {"itself": {"issuer": "https://elsewhere.example"}},
        {"itself": {"token_endpoint": "http://localhost/token"}},
        {"itself": {"userinfo_endpoint": None}},
        {"itself": {"authorization_endpoint": "javascript:alert(1)"}},
    ]
    on_the_way_back: list[dict[str, Any]] = [
        {"identity": {"iss": "https://elsewhere.example"}},
        {"identity": {"aud": "another client"}},
        {"identity": {"nonce": "of another log-in"}},
        {"identity": {"nonce": None}},
        {"identity": {"exp": 1}},
        {"identity": {"sub": "another person"}},
        {"person": person | {"sub": "another person"}},
        {"person": person | {"sub": None}},
        {"itself": {"token_endpoint": "https://169.254.169.254/"}},
        {"itself": {"userinfo_endpoint": "https://10.0.0.1/"}},
    ]
    for told in (*at_once, *on_the_way_back):
        issuer.tells(**{"person": person} | told)
        with nothing_changed():
            answer = visitor.get(BEGIN) if told in at_once else visitor.come()
        assert refused(answer, 401), told
        assert not visitor.inside, told


def test_a_state_that_is_not_this_visitor_s_opens_nothing(
    visitor: Visitor, issuer: Issuer, live_server: Any, nothing_changed: Any
) -> None:
    other = Visitor(live_server.url, issuer)
    back = visitor.identify(visitor.begin())
    state = parse_qs(urlsplit(back).query)["state"][0]
    with nothing_changed():
        assert refused(other.get(back), 401)
        assert refused(visitor.get(back.replace(state, f"{state}x")), 401)
        assert refused(visitor.get(back.replace(f"state={state}", "")), 401)
    assert not other.inside and not visitor.inside
    assert visitor.get(back).status_code == 302 and visitor.inside


def test_a_code_works_once_and_with_its_own_log_in(visitor: Visitor, nothing_changed: Any) -> None:
    first, second = visitor.begin(), visitor.begin()
    stolen = parse_qs(urlsplit(visitor.identify(first)).query)["code"][0]
    own = visitor.identify(second)
    code = parse_qs(urlsplit(own).query)["code"][0]
    with nothing_changed():
        assert refused(visitor.get(own.replace(code, stolen)), 401)  # the verifier of the second does not fit the first
    assert not visitor.inside
    back = visitor.identify(visitor.begin())
    assert visitor.get(back).status_code == 302 and visitor.inside
    visitor.session.cookies.clear()
    assert refused(visitor.get(back), 401)


def test_a_provider_that_is_away_or_not_trusted_is_no_error_of_kam(
    issuer: Issuer, visitor: Visitor, settings: Any, nothing_changed: Any
) -> None:
    back = visitor.identify(visitor.begin())
    with nothing_changed():
        settings.OUTGOING_CA = ""
        assert refused(visitor.get(BEGIN), 401)
        assert refused(visitor.get(back), 401)
        settings.OUTGOING_CA, settings.OUTGOING_HOSTS = str(issuer.authority), []
        assert refused(visitor.get(BEGIN), 401)
        configure(settings, issuer, f"https://localhost:{free_port()}")
        assert refused(visitor.get(BEGIN), 401)


def test_nobody_adds_an_identity_to_an_account_by_themselves(
    world: Matrix, issuer: Issuer, visitor: Visitor, nothing_changed: Any
) -> None:
    visitor.come()
    issuer.tells(person={"email": "stranger@nowhere.example", "email_verified": True})
    with nothing_changed():
        assert refused(visitor.come("?process=connect"), 403)
    assert not SocialAccount.objects.exists()
