"""The board of complaints shows by itself what others do meanwhile, and leaves alone who is at work in it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from complaints.reports import alerts_of
from kam.core.work import complete_work
from tests.e2e.browser import opened, playing, quiet, sign_in
from tests.factories.accounts import DepartmentFactory
from tests.factories.complaints import complained
from tests.matrix import Matrix, build

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def people(transactional_db: None, settings: Any, live_server: Any) -> Iterator[Matrix]:
    """The matrix behind a live server."""
    settings.ALLOWED_HOSTS, settings.CSRF_TRUSTED_ORIGINS = ["*"], [live_server.url]
    yield build()
    quiet()


def test_an_acknowledgement_appears_by_itself(people: Matrix, live_server: Any, tmp_path: Path) -> None:
    one = complained(people.acme_us_plant, people.usa, people.italy)

    def acknowledge(function: str) -> None:
        audience = DepartmentFactory(location=people.italy, function=function).audience
        complete_work(next(item for item in alerts_of(one) if item.audience == audience), actor=getattr(people, f"{function}_it"))

    with playing() as play:
        context = opened(play, tmp_path / "profile", viewport={"width": 1440, "height": 900})
        sign_in(context, live_server.url, people.sales_manager)
        page = context.pages[0]
        page.clock.install()
        page.goto(f"{live_server.url}/complaints/")
        expect(page.get_by_text("0 of 3")).to_be_visible()
        acknowledge("quality")
        page.clock.run_for(21_000)
        expect(page.get_by_text("1 of 3")).to_be_visible()
        assert page.url == f"{live_server.url}/complaints/"

        page.locator("#rows input[type=search], #rows input[type=text]").first.focus()
        acknowledge("production")
        page.clock.run_for(21_000)
        expect(page.get_by_text("1 of 3")).to_be_visible()
        page.locator("h1").click()
        page.clock.run_for(21_000)
        expect(page.get_by_text("2 of 3")).to_be_visible()
        context.close()
