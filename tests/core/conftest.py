"""What the tests of the floor share."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from kam import roles
from kam.core.tokens import issue_token
from tests.factories.accounts import UserFactory


@pytest.fixture
def places(settings: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of a small endpoint that an administrator may write."""
    settings.ROOT_URLCONF = "tests.core.api_floor"
    for name in ("create", "edit", "remove", "widen"):
        monkeypatch.setitem(roles.ROLE_VERBS, f"tests.{name}_market", frozenset({"administrator"}))
    return "/api/v1/places/"


@pytest.fixture
def client_of() -> Callable[..., APIClient]:
    """A client with a token of a person."""

    def make(user: Any) -> APIClient:
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Token {issue_token(user, name='tests')}")
        return client

    return make


@pytest.fixture
def administrator(db: None) -> Any:
    """An administrator."""
    return UserFactory(role="administrator", email="root@kam.example")


@pytest.fixture
def api(administrator: Any, client_of: Callable[..., APIClient]) -> APIClient:
    """The API as the administrator."""
    return client_of(administrator)


@pytest.fixture
def reader_api(db: None, client_of: Callable[..., APIClient]) -> APIClient:
    """The API as somebody who may read and write nothing here."""
    return client_of(UserFactory(role="auditor"))
