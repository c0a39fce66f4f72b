"""The frame: the side bar leads only to pages that stand and that their reader may open; every entry's icon exists."""

import pytest
from django.urls import reverse

from kam import navigation
from kam.core.icons import icon
from tests.factories.accounts import UserFactory
from tests.pages import client_for


def every_entry():
    return [*(entry for area in navigation.AREAS for entry in area.entries), *navigation.CREATE]


def test_every_icon_of_the_frame_exists():
    for entry in every_entry():
        assert icon(entry.icon).startswith("<svg")


@pytest.mark.parametrize("role", ["administrator", "account_manager", "quality", "auditor", None])
def test_every_link_of_the_frame_opens_for_its_reader(db, role):
    user = UserFactory(role=role, language="en") if role else UserFactory(language="en")
    client = client_for(user)
    shell = navigation.Shell(user, "/")
    links = [link for _label, found in shell.areas() for link in found] + shell.create() + shell.phone()
    assert [link.address for link in links if link.address == reverse("home")]
    for address in {link.address for link in links}:
        assert client.get(address).status_code == 200, address


def test_what_is_not_yours_is_not_in_your_side_bar(db):
    quality = navigation.Shell(UserFactory(role="quality"), "/")
    administrator = navigation.Shell(UserFactory(role="administrator"), "/")
    assert "/people/new/" not in {link.address for link in quality.create()}
    assert "/people/new/" in {link.address for link in administrator.create()}


def test_the_page_one_is_on_is_marked(db):
    shell = navigation.Shell(UserFactory(role="administrator"), "/people/3/")
    assert [link.address for _label, links in shell.areas() for link in links if link.active] == ["/people/"]
