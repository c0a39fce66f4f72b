"""The visit sheet: one page for its reader's eyes, without prices and without what is private to others."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from accounts.actions.promise import create_promise
from accounts.documents import visit_sheet
from accounts.models import Promise
from kam.core import clock
from kam.core.jobs import Job
from kam.core.printing import render
from kam.core.workflow import Denied
from tests.accounts.test_activity import as_, report
from tests.matrix import Matrix

pytestmark = pytest.mark.django_db


def printed(key: str, actor: Any, folder: Path) -> str:
    """The words on the paper; one page."""
    path = folder / "sheet.pdf"
    assert render(visit_sheet(key, actor=actor), path, actor=actor) == 1
    return " ".join(page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(str(path)))


def test_it_says_what_one_needs_on_the_way(matrix: Matrix, tmp_path: Path) -> None:
    now = clock.now()
    report(matrix, subject="Spring visit", text="They want samples", starts_at=now - timedelta(days=30))
    report(
        matrix,
        kind="call",
        subject="Reminder",
        starts_at=now - timedelta(days=3),
        next_step="Send drawing",
        next_step_on=clock.today(),
    )
    report(matrix, subject="Secret", private=True, kind="call", next_step="Hidden step", next_step_on=clock.today())
    report(matrix, subject="Autumn visit", starts_at=now + timedelta(days=5))
    create_promise(
        Promise,
        actor=matrix.account_manager,
        customer=matrix.acme_us,
        plant=matrix.acme_us_plant,
        what="Ten samples",
        due_on=clock.today(),
    )
    for key in (f"customer:{matrix.acme_us.pk}", f"plant:{matrix.acme_us_plant.pk}"):
        words = printed(key, matrix.area_manager_us, tmp_path)
        for expected in (
            "Visit sheet",
            "ACME Conveyors",
            "Elena Marchetti",
            "Daniel Reyes",
            "Grace Hopper",
            "Spring visit",
            "Reminder",
            "Ten samples",
            "Send drawing",
            "Autumn visit",
            "MOD 07-01-04",
        ):
            assert expected in words, expected
        assert "Secret" not in words and "Hidden" not in words and "500" not in words and "Z030" not in words


def test_it_speaks_the_readers_language_and_knows_no_foreign_rows(matrix: Matrix) -> None:
    matrix.account_manager.language = "de"
    assert visit_sheet(f"plant:{matrix.acme_us_plant.pk}", actor=matrix.account_manager).language == "de"
    for key in (f"customer:{matrix.beta.pk}", f"plant:{matrix.beta_plant.pk}", "customer:0", "customer:x", "order:1", ""):
        with pytest.raises(Denied) as refused:
            visit_sheet(key, actor=matrix.account_manager)
        assert refused.value.status == 404


def test_the_button_starts_the_print(matrix: Matrix, nothing_changed: Any) -> None:
    browser = as_(matrix.account_manager)
    assert "visit-sheet/" in browser.get(f"/plants/{matrix.acme_us_plant.pk}/").content.decode()
    answer = browser.post(f"/customers/{matrix.acme_us.pk}/visit-sheet/")
    job = Job.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, job.get_absolute_url())
    assert job.params["key"] == f"customer:{matrix.acme_us.pk}"
    with nothing_changed(apart_from=("django_session",)):
        assert browser.post(f"/plants/{matrix.beta_plant.pk}/visit-sheet/").status_code == 404
        assert browser.get(f"/plants/{matrix.acme_us_plant.pk}/visit-sheet/").status_code == 405


def test_it_stands_on_the_paper_of_the_location_that_leads(matrix: Matrix, tmp_path: Path) -> None:
    matrix.usa.name_en, matrix.usa.address, matrix.usa.city = "Transmission USA", "4 Mill Road", "Dayton"
    matrix.usa.save()
    matrix.area_manager_us.language = "en"
    matrix.area_manager_us.save()
    head = visit_sheet(f"plant:{matrix.acme_us_plant.pk}", actor=matrix.area_manager_us).letterhead
    assert (head.name, head.lines[:2]) == ("Transmission USA", ("4 Mill Road", "Dayton"))
    assert visit_sheet(f"customer:{matrix.acme_us.pk}", actor=matrix.area_manager_us).letterhead == head
