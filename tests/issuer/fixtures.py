"""KAM beside the provider: configured as an installation would be that has one."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.issuer import CLIENT, Issuer
from tests.receiver import make_authority

BEGIN = "/accounts/oidc/sso/login/"
BACK = f"{BEGIN}callback/"


@pytest.fixture(scope="session")
def running_issuer(tmp_path_factory: pytest.TempPathFactory, live_server: Any) -> Iterator[Issuer]:
    """One provider for the run, with an authority of its own."""
    folder = tmp_path_factory.mktemp("issuer")
    authority, certificate = make_authority(folder, "localhost")
    with Issuer(folder, authority, certificate, live_server.url + BACK) as issuer:
        yield issuer


@pytest.fixture
def issuer(running_issuer: Issuer, settings: Any, live_server: Any) -> Issuer:
    """The provider, and KAM configured for it."""
    settings.PUBLIC_URL, settings.ALLOWED_HOSTS = live_server.url, ["*"]
    configure(settings, running_issuer, running_issuer.address)
    return running_issuer


def configure(settings: Any, issuer: Issuer, address: str) -> None:
    """What kam/settings.py makes of OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET, OUTGOING_HOSTS and OUTGOING_CA."""
    settings.OUTGOING_HOSTS, settings.OUTGOING_CA = ["localhost"], str(issuer.authority)
    app = {"provider_id": "sso", "name": "x", "client_id": CLIENT, "secret": issuer.secret, "settings": {"server_url": address}}
    providers = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": providers | {"APPS": [app]}}
