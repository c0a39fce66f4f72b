"""API tokens: shown once, kept hashed, ended by date, revocation, deactivation and a new password."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from rest_framework.test import APIClient

from kam.core.tokens import ApiToken, digest_of, find_token, issue_token, revoke_token
from kam.core.workflow import Denied
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db
ME = "/api/v1/users/me/"


def ask(secret: str) -> int:
    return APIClient().get(ME, headers={"Authorization": f"Token {secret}"}).status_code


@pytest.fixture
def person():
    return UserFactory(role="auditor")


def test_a_token_opens_the_api_as_its_person(person):
    secret = issue_token(person, name="ERP")
    answer = APIClient().get(ME, headers={"Authorization": f"Token {secret}"})
    assert answer.status_code == 200 and answer.json()["email"] == person.email


def test_only_the_hash_is_kept(person):
    secret = issue_token(person, name="ERP")
    token = ApiToken.objects.get()
    assert secret.startswith("kam_") and len(secret) >= 4 + 43
    assert token.digest == digest_of(secret) and len(token.digest) == 64
    assert secret not in str({field.name: getattr(token, field.name) for field in token._meta.fields})
    assert not hasattr(token, "events")
    assert (token.expires_at - token.created_at).days == 90


@pytest.mark.parametrize("scheme", ["Token ", "Token wrong", "Token kam_\xff", "token"])
def test_a_wrong_token_is_refused(scheme):
    answer = APIClient().get(ME, HTTP_AUTHORIZATION=scheme)
    assert answer.status_code == 401 and answer.json()["code"] == "invalid_token"


def test_another_scheme_is_no_log_in(person):
    secret = issue_token(person, name="ERP")
    assert APIClient().get(ME, headers={"Authorization": f"Bearer {secret}"}).status_code == 401


def test_an_expired_a_revoked_and_an_inactive_persons_token_are_alike(person):
    secret, other = issue_token(person, name="ERP", days=1), issue_token(person, name="BI")
    with time_machine.travel(timezone.now() + timedelta(days=2)):
        assert ask(secret) == 401 and ask(other) == 200
    revoke_token(find_token(other))
    assert ask(other) == 401 and ask(secret) == 200
    person.is_active = False
    person.save()
    assert ask(secret) == 401


def test_a_new_password_ends_every_token(person):
    secret = issue_token(person, name="ERP")
    person.set_password("correct horse battery")
    person.save()
    assert ask(secret) == 401
    assert ask(issue_token(person, name="ERP")) == 200


def test_the_last_use_is_noted_at_most_once_a_minute(person):
    secret = issue_token(person, name="ERP")
    start = timezone.now()
    used = []
    for seconds in (0, 30, 61):
        with time_machine.travel(start + timedelta(seconds=seconds), tick=False):
            ask(secret)
            used.append(ApiToken.objects.get().last_used_at)
    assert used == [start, start, start + timedelta(seconds=61)]


@pytest.mark.parametrize(
    ("name", "days", "code"), [("", 90, "required"), ("  ", 90, "required"), ("x", 0, "out_of_range"), ("x", 366, "out_of_range")]
)
def test_a_token_needs_a_name_and_an_end(person, name, days, code):
    with pytest.raises(Denied) as refused:
        issue_token(person, name=name, days=days)
    assert refused.value.code == code and not ApiToken.objects.exists()


def test_who_may_not_log_in_gets_no_token():
    with pytest.raises(Denied):
        issue_token(UserFactory(is_active=False), name="x")


PAGE = "/profile/tokens/"


PASSWORD = "correct horse battery"


@pytest.fixture
def signed_in(person, client):
    person.set_password(PASSWORD)
    person.save()
    client.post("/accounts/login/", {"login": person.email, "password": PASSWORD})
    return client


def make(client):
    """Ask for a token and give the password when it is asked for."""
    asked = client.post(PAGE, {"name": "ERP", "days": "30"})
    assert asked.status_code == 302 and asked["Location"].startswith("/accounts/reauthenticate/")
    assert not ApiToken.objects.exists()
    return client.post(asked["Location"], {"password": PASSWORD})


def test_a_token_is_made_after_the_password_and_shown_once(signed_in, person):
    answer = make(signed_in)
    token = ApiToken.objects.get()
    text = answer.content.decode()
    secret = text[text.index("kam_") :][:47]
    assert answer.status_code == 200 and digest_of(secret) == token.digest and ask(secret) == 200
    assert answer["Cache-Control"] == "private, no-store"
    assert (token.expires_at - token.created_at).days == 30 and token.user == person
    assert secret not in signed_in.get(PAGE).content.decode()


def test_a_wrong_password_makes_no_token(signed_in):
    asked = signed_in.post(PAGE, {"name": "ERP", "days": "30"})
    signed_in.post(asked["Location"], {"password": "wrong"})
    assert not ApiToken.objects.exists()


def test_the_password_counts_for_five_minutes(signed_in):
    make(signed_in)
    assert signed_in.post(PAGE, {"name": "BI", "days": "30"}).status_code == 200
    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        assert signed_in.post(PAGE, {"name": "Late", "days": "30"}).status_code == 302
    assert set(ApiToken.objects.values_list("name", flat=True)) == {"ERP", "BI"}


def test_wrong_input_stands_at_its_field_and_makes_nothing(signed_in):
    make(signed_in)
    answer = signed_in.post(PAGE, {"name": "", "days": "9999"})
    assert answer.status_code == 422 and ApiToken.objects.count() == 1
    assert set(answer.context["form"].errors) == {"name", "days"}


def test_only_ones_own_tokens_are_shown_and_revoked(signed_in, person):
    mine, foreign = issue_token(person, name="Mine"), issue_token(UserFactory(), name="Foreign")
    text = signed_in.get(PAGE).content.decode()
    assert "Mine" in text and "Foreign" not in text
    assert signed_in.post(f"{PAGE}{find_token(foreign).pk}/revoke/").status_code == 404
    assert signed_in.post(f"{PAGE}{find_token(mine).pk}/revoke/").status_code == 302
    assert ask(mine) == 401 and find_token(foreign) is not None
    assert signed_in.get(f"{PAGE}1/revoke/").status_code == 405
