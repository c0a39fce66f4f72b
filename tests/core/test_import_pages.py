"""Imports on their pages: a foreign file is uploaded, its columns are named and kept, its rows go in and come out again; and by command."""

import io
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import Market, User
from kam.core import imports
from kam.core.imports import Import, ImportMapping
from tests.core.test_staged_imports import quiet
from tests.databases import contents
from tests.factories.accounts import UserFactory
from tests.factories.files import named
from tests.pages import words

pytestmark = [pytest.mark.django_db]
SAP = "KTOKD;BEZEI;ART;WERT\nZ01;Italien;GEBIET;1\nZ02;Spanien;GEBIET;2\n"
HOLDS = {"column_0": "code", "column_1": "name_en", "column_2": "dimension", "texts_2": "GEBIET = area", "column_3": ""}


@pytest.fixture
def person(db: None) -> User:
    """Somebody who may import markets."""
    return UserFactory(role="sales_manager")


@pytest.fixture
def browser(person: User) -> Client:
    """Their browser."""
    client = Client()
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def uploaded(browser: Client, text: str = SAP, **values: Any) -> Import:
    """The import after the page took the file and the worker has read it."""
    answer = browser.post("/imports/new/", {"kind": "accounts.markets", "file": named(text.encode(), "sap.csv"), **values})
    assert answer.status_code == 302, words(answer)
    return read(Import.objects.first())


def read(record: Any) -> Any:
    imports.run_preview(record.job, quiet)
    record.refresh_from_db()
    return record


def mapped(browser: Client, record: Import, **values: Any) -> Any:
    """The import after the page of its columns was sent and the worker has read it again."""
    answer = browser.post(f"/imports/{record.pk}/map/", HOLDS | {"decimal": ",", "dates": "dmy"} | values)
    assert answer.status_code == 302, words(answer)
    record.refresh_from_db()
    return read(record)


def test_a_foreign_file_is_mapped_kept_imported_and_taken_back(browser, person):
    record = uploaded(browser)
    assert record.state == "mapping"
    page = words(browser.get(f"/imports/{record.pk}/"))
    assert "does not know yet" in page and "semicolon" in page
    shown = browser.get(f"/imports/{record.pk}/map/")
    assert shown.status_code == 200 and "Z01 · Z02" in words(shown)
    mapped(browser, record, name="SAP markets")
    assert (record.state, record.counts["create"], record.counts["errors"]) == ("previewed", 2, 0)
    page = words(browser.get(f"/imports/{record.pk}/"))
    assert "As KAM reads it" in page and "SAP markets" in page and "Italien" in page
    assert browser.post(f"/imports/{record.pk}/confirm/", {}).status_code == 302
    record.refresh_from_db()
    imports.run_apply(record.job, quiet)
    assert list(Market.objects.values_list("code", "name_en", "dimension")) == [
        ("Z01", "Italien", "area"),
        ("Z02", "Spanien", "area"),
    ]
    undo = browser.post(f"/imports/{record.pk}/undo/", {"reason": "wrong file"})
    assert undo.status_code == 302
    record.refresh_from_db()
    assert record.state == "undoing"
    imports.run_undo(record.job, quiet)
    record.refresh_from_db()
    assert record.state == "undone" and not Market.objects.exists()


def test_the_next_file_is_known_and_the_kept_mapping_has_its_page(browser):
    mapped(browser, uploaded(browser), name="SAP markets")
    mapping = ImportMapping.objects.get()
    known = uploaded(browser, "BEZEI;ART;WERT;KTOKD\nMalta;GEBIET;1;Z09\n")
    assert (known.state, known.mapping, known.counts["create"]) == ("previewed", mapping, 1)
    chosen = uploaded(browser, SAP, mapping=mapping.pk)
    assert (chosen.state, chosen.mapping, chosen.counts["create"]) == ("previewed", mapping, 2)
    assert "SAP markets" in words(browser.get("/imports/mappings/"))
    page = words(browser.get(f"/imports/mappings/{mapping.pk}/"))
    assert "KTOKD" in page and "GEBIET" in page and "WERT" in page
    assert browser.post(f"/imports/mappings/{mapping.pk}/edit/", {"name": "Markets of SAP"}).status_code == 302
    mapping.refresh_from_db()
    assert mapping.name == "Markets of SAP" and mapping.rules["columns"]["KTOKD"] == "code"
    assert browser.post(f"/imports/mappings/{mapping.pk}/delete/", {}).status_code == 302
    assert not ImportMapping.objects.exists() and uploaded(browser).state == "mapping"


def test_what_cannot_be_meant_is_refused_on_the_page_and_changes_nothing(browser, nothing_changed):
    record = uploaded(browser)
    for wrong, told in (
        ({"column_1": "code"}, "is chosen for two columns"),
        ({"texts_2": "GEBIET"}, "Write a line for each text"),
        ({"column_3": "salary"}, "Select a valid choice"),
    ):
        with nothing_changed():
            answer = browser.post(f"/imports/{record.pk}/map/", HOLDS | wrong)
        assert answer.status_code >= 400 and told in words(answer)


def test_another_delimiter_finds_the_columns_anew(browser):
    record = uploaded(browser)
    mapped(browser, record, delimiter=",")
    assert record.found["headers"] == ["KTOKD;BEZEI;ART;WERT"] and record.state == "mapping"
    assert mapped(browser, record, delimiter=";").found["headers"][0] == "KTOKD"


def test_headers_of_other_programs_are_proposed_by_their_words(browser):
    record = uploaded(browser, "MarketCode,EnglishName,dimension\nQ,Quebec,area\n")
    page = browser.get(f"/imports/{record.pk}/map/")
    form = page.context["form"]
    assert [form.initial[f"column_{place}"] for place in range(3)] == ["", "", "dimension"]
    record = uploaded(browser, "Code_No,NAME_EN,Dimension\nQ,Quebec,area\n")
    assert record.state == "mapping" or record.counts["create"] == 1


def called(*arguments: str, **options: Any) -> str:
    """What the command prints."""
    out = io.StringIO()
    call_command("import_data", *arguments, stdout=out, stderr=out, **options)
    return out.getvalue()


@pytest.mark.django_db(transaction=True)
def test_by_command_with_a_mapping_as_whoever_kept_it(browser, person, tmp_path):
    mapped(browser, uploaded(browser), name="SAP markets")
    file = tmp_path / "next.csv"
    file.write_text(SAP)
    told = called("accounts.markets", str(file), mapping="SAP markets", check=True)
    assert "create 2" in told and not Market.objects.exists()
    told = called("accounts.markets", str(file), mapping="SAP markets")
    assert "carried out" in told and Market.objects.count() == 2
    assert Import.objects.first().actor == person
    assert "unchanged 2" in called("accounts.markets", str(file), mapping="SAP markets")
    file.write_text(SAP + "Z03;;GEBIET;3\n")
    before = contents()["accounts_market"]
    with pytest.raises(CommandError):
        called("accounts.markets", str(file), mapping="SAP markets")
    assert contents()["accounts_market"] == before
    file.write_text(SAP + "Z03;;GEBIET;3\nZ04;Malta;GEBIET;3\n")
    called("accounts.markets", str(file), mapping="SAP markets", quarantine=True)
    assert set(Market.objects.values_list("code", flat=True)) == {"Z01", "Z02", "Z04"}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        (("accounts.markets", "nowhere.csv"), {"user": "person"}),
        (("accounts.markets", "FILE"), {}),
        (("accounts.markets", "FILE"), {"mapping": "Unknown"}),
        (("accounts.markets", "FILE"), {"user": "nobody@kam.example"}),
        (("accounts.nothing", "FILE"), {"user": "person"}),
        (("accounts.locations", "FILE"), {"user": "person"}),
    ],
)
def test_a_command_that_cannot_be_meant_changes_nothing(person, tmp_path, nothing_changed, arguments, options):
    file = tmp_path / "sap.csv"
    file.write_text(SAP)
    given = [str(file) if argument == "FILE" else argument for argument in arguments]
    values = {name: person.email if value == "person" else value for name, value in options.items()}
    with nothing_changed(), pytest.raises(CommandError):
        called(*given, **values)
