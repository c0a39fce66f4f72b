"""What the provider says, and its addresses."""

import json
from typing import Any

from allauth.idp.oidc.adapter import DefaultOIDCAdapter
from django.conf import settings
from django.urls import include, path

urlpatterns = [path("", include("allauth.idp.urls")), path("accounts/", include("allauth.urls"))]


def told(about: str) -> dict[str, Any]:
    """What the test wants to be said."""
    return dict(json.loads((settings.FOLDER / "told.json").read_text()).get(about, {}))


class Adapter(DefaultOIDCAdapter):
    """Says what a real provider says, and on top of it what the test wants to be said."""

    def get_claims(
        self, purpose: Any, user: Any, client: Any, scopes: Any, email: str | None = None, **more: Any
    ) -> dict[str, Any]:
        """What it tells of the person."""
        claims = super().get_claims(purpose, user, client, scopes, email, **more)
        return claims | (told("person") if purpose == "userinfo" else {})

    def populate_id_token(self, id_token: dict[str, Any], client: Any, scopes: Any, **more: Any) -> None:
        """What stands in the token."""
        id_token.update(told("identity"))

    def populate_server_metadata(self, data: dict[str, Any]) -> None:
        """What it tells of itself."""
        data.update(told("itself"))
