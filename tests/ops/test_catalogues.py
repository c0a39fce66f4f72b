"""The catalogues of words: what is drawn from sources, what is kept, what is called a fault."""

import json
from pathlib import Path

import pytest

from kam import configuration
from kam.core import catalogues
from kam.launch.prepare import prepare

CODE = """
from django.utils.translation import gettext_lazy as _, ngettext, pgettext
label = _("Offer")
many = ngettext("%(count)s row", "%(count)s rows", 2)
order = pgettext("sequence", "Order")
"""
PAGE = '{% load i18n %}<h1 title="{% translate "Plant" %}">{% blocktranslate trimmed with who=name %}\n  Led by {{ who }}\n{% endblocktranslate %}</h1>'
SCRIPT = 'toast(gettext("Saved"));'


@pytest.fixture
def house(tmp_path: Path) -> Path:
    (tmp_path / "kam").mkdir()
    (tmp_path / "templates").mkdir()
    (tmp_path / "kam" / "labels.py").write_text(CODE)
    (tmp_path / "templates" / "page.html").write_text(PAGE)
    (tmp_path / "kam" / "shell.js").write_text(SCRIPT)
    update(tmp_path)
    return tmp_path


def update(root: Path) -> None:
    for domain in catalogues.DOMAINS:
        template = catalogues.extracted(root, domain)
        for language in catalogues.LANGUAGES:
            catalogues.save(root, language, domain, catalogues.updated(root, language, domain, template))


def fill(root: Path, language: str, words: dict[str, str | list[str]]) -> int:
    entries = catalogues.missing(root, language)
    for entry in entries:
        source = entry["source"] if isinstance(entry["source"], str) else entry["source"][0]
        entry["translation"] = words.get(source, "")
    return catalogues.fill(root, language, json.loads(json.dumps(entries)))


ITALIAN: dict[str, str | list[str]] = {
    "Offer": "Offerta",
    "%(count)s row": ["%(count)s riga", "%(count)s righe"],
    "Order": "Ordine",
    "Plant": "Stabilimento",
    "Led by %(who)s": "Guidato da %(who)s",
    "Saved": "Salvato",
}
GERMAN: dict[str, str | list[str]] = {
    "Offer": "Angebot",
    "%(count)s row": ["%(count)s Zeile", "%(count)s Zeilen"],
    "Order": "Reihenfolge",
    "Plant": "Werk",
    "Led by %(who)s": "Geführt von %(who)s",
    "Saved": "Gespeichert",
}


def test_words_are_found_in_code_pages_and_scripts(house: Path) -> None:
    found = {(entry["domain"], str(entry["source"]), entry["context"]) for entry in catalogues.missing(house, "it")}
    assert found == {
        ("django", "Offer", None),
        ("django", "('%(count)s row', '%(count)s rows')", None),
        ("django", "Order", "sequence"),
        ("django", "Plant", None),
        ("django", "Led by %(who)s", None),
        ("djangojs", "Saved", None),
    }


def test_a_translator_fills_everything_and_nothing_is_wrong(house: Path) -> None:
    assert fill(house, "it", ITALIAN) == 6
    assert fill(house, "de", GERMAN) == 6
    assert catalogues.faults(house, set()) == []
    assert catalogues.missing(house, "it") == []


def test_updating_again_changes_nothing(house: Path) -> None:
    fill(house, "it", ITALIAN)
    before = {file: file.read_bytes() for file in house.rglob("*.po")}
    update(house)
    assert {file: file.read_bytes() for file in house.rglob("*.po")} == before


def test_a_changed_source_is_asked_for_anew_and_never_guessed(house: Path) -> None:
    fill(house, "it", ITALIAN)
    (house / "kam" / "labels.py").write_text(CODE.replace("Offer", "Offers"))
    assert {str(fault) for fault in catalogues.faults(house, set()) if fault.language == "it"} == {
        "it/django: missing: 'Offers'",
        "it/django: no longer in the sources: 'Offer'",
    }
    update(house)
    assert [entry["source"] for entry in catalogues.missing(house, "it")] == ["Offers"]
    assert "fuzzy" not in catalogues.catalogue_file(house, "it", "django").read_text()


@pytest.mark.parametrize(
    ("word", "translation", "says"),
    [
        ("Offer", "", "not translated"),
        ("Offer", "Offer", "the same as the source"),
        ("Led by %(who)s", "Guidato da %(chi)s", "its placeholders differ"),
        ("Led by %(who)s", "Guidato", "its placeholders differ"),
        ("%(count)s row", ["una riga", "%(count)s righe"], None),
        ("%(count)s row", ["%(count)s riga", "righe"], "its placeholders differ"),
        ("Offer", "Offerta\n", "line break"),
    ],
)
def test_faults_of_a_translation(house: Path, word: str, translation: str | list[str], says: str | None) -> None:
    fill(house, "it", {**ITALIAN, word: translation})
    found = [fault.what for fault in catalogues.faults(house, set()) if fault.language == "it"]
    assert (len(found) == 1 and says in found[0]) if says else found == []


def test_a_word_that_is_the_same_in_all_languages_may_be_listed(house: Path) -> None:
    fill(house, "it", {**ITALIAN, "Offer": "Offer"})
    assert [fault for fault in catalogues.faults(house, {"Offer"}) if fault.language == "it"] == []


def test_fuzzy_is_a_fault(house: Path) -> None:
    fill(house, "it", ITALIAN)
    file = catalogues.catalogue_file(house, "it", "django")
    file.write_text(file.read_text().replace('msgid "Offer"', '#, fuzzy\nmsgid "Offer"'))
    assert [fault.what for fault in catalogues.faults(house, set()) if fault.language == "it"] == ["fuzzy"]


def test_a_placeholder_without_a_name_is_a_fault_of_the_source(house: Path) -> None:
    (house / "kam" / "more.py").write_text('x = _("%s of %d")')
    assert "a placeholder without a name" in {
        fault.what for fault in catalogues.faults(house, set()) if fault.language == "source"
    }


def test_compiled_only_when_it_changed(house: Path) -> None:
    fill(house, "it", ITALIAN)
    assert catalogues.compile_all([house / "kam" / "locale"]) == 6
    assert catalogues.compile_all([house / "kam" / "locale"]) == 0
    import gettext

    with catalogues.catalogue_file(house, "it", "django").with_suffix(".mo").open("rb") as stream:
        words = gettext.GNUTranslations(stream)
    assert (words.gettext("Offer"), words.ngettext("%(count)s row", "%(count)s rows", 2)) == ("Offerta", "%(count)s righe")
    assert words.pgettext("sequence", "Order") == "Ordine"


def test_a_first_start_compiles_the_catalogues_before_django_looks_for_them(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []

    def begun() -> None:
        told.append("Django")
        raise SystemExit

    monkeypatch.setattr(configuration, "as_owner", configuration.as_owner)
    monkeypatch.setattr("kam.core.catalogues.compile_all", lambda _folders: told.append("catalogues"))
    monkeypatch.setattr("django.setup", begun)
    with pytest.raises(SystemExit):
        prepare()
    assert told == ["catalogues", "Django"]
