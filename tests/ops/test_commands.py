"""The commands of an administrator at the keyboard."""

import logging
import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.models import RoleGrant, User
from kam.core.access_log import AccessLog
from kam.core.tokens import find_token

pytestmark = pytest.mark.django_db


@pytest.fixture
def person() -> User:
    return User.objects.create_user("mario.rossi@kam.example", "a password", first_name="Mario", last_name="Rossi")


def test_a_token_is_printed_and_nothing_else(person: User, caplog: pytest.LogCaptureFixture) -> None:
    output = StringIO()
    with caplog.at_level(logging.INFO):
        call_command("token", "Mario.Rossi@KAM.example", stdout=output)
    assert not caplog.records
    assert AccessLog.objects.get(kind="token").user == person
    lines = output.getvalue().splitlines()
    assert len(lines) == 1
    assert re.fullmatch(r"\S{30,}", lines[0])
    token = find_token(lines[0])
    assert token is not None
    assert token.user == person


def test_nobody_gets_no_token(person: User) -> None:
    with pytest.raises(CommandError, match=r"Nobody has the e-mail address x@y\.z"):
        call_command("token", "x@y.z")


def test_the_first_administrator_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAM_ADMIN_EMAIL", "boss@example.com")
    output = StringIO()
    call_command("first_administrator", stdout=output)
    found = re.search(r"Password, shown only now: (\S+)", output.getvalue())
    user = User.objects.get(email="boss@example.com")
    assert found is not None
    assert user.check_password(found[1])
    assert list(RoleGrant.objects.values_list("user", "role", "location")) == [(user.pk, "administrator", None)]

    again = StringIO()
    call_command("first_administrator", stdout=again)
    assert again.getvalue() == ""
    assert User.objects.count() == 1


def test_without_an_address_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAM_ADMIN_EMAIL", "")
    output = StringIO()
    call_command("first_administrator", stdout=output)
    assert "KAM_ADMIN_EMAIL" in output.getvalue()
    assert not User.objects.exists()
