"""No unmarked text: with every translation wrapped in ⟦…⟧, every page shows only wrapped words, data, and a few proper names."""

import re
import time
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from zoneinfo import available_timezones

import holidays
import pytest
from babel import Locale
from django.apps import apps
from django.conf import settings
from django.core.cache import caches
from django.db import models
from django.test import Client
from django.urls import reverse
from django.utils import translation

from kam.core import clock
from kam.core.calendars import WorkingCalendar
from kam.core.parameters import DEFINITIONS
from tests.factories.workbooks import COVER, HEADERS, HINT, QUOTE, TITLE
from tests.pages import PART
from tests.permission_matrix import MATRIX, OF_ONESELF
from tests.test_permissions import address_of
from tests.world import World, browser

OPEN, CLOSE = "⟦", "⟧"
#: What is the same in every language: names of products and formats, keys of the keyboard, codes.
SAME = {
    "kam", "excel", "csv", "pdf", "api", "openapi", "rest", "ctrl", "esc", "alt", "shift", "enter", "italiano", "english", "deutsch",
    "it", "en", "de", "vat", "utc", "id", "url", "json", "ics", "dxf", "sha", "mb", "kb", "h", "eur", "usd", "cny", "token",
    "tabler", "totp", "swagger", "ui", "am", "pm",
}  # fmt: skip
SHOWN = ("title", "aria-label", "placeholder", "alt", "data-label", "data-text", "aria-description")
SILENT = {"script", "style", "template", "svg", "code", "kbd"}
WORD = re.compile(r"[^\W\d_]{2,}")
#: Values of parameters as an administrator writes them: codes of countries, times with their unit.
CODES = re.compile(r"[A-Z]{2}(, [A-Z]{2})+|\d+ (hours|calendar_days|working_days)(, \d+ (hours|calendar_days|working_days))*")
#: The administrator, the sales manager, an account manager; where these have no page, the departments and an area manager.
READERS, ENOUGH = "dsatfpreql", 3
#: Answers that are files or that lead elsewhere.
NO_PAGES = {
    "core:document_detail",
    "core:document_preview",
    "core:job_file",
    "accounts:activity_file",
    "core:notification_open",
    "accounts:visit_worker",
    "core:push_worker",
    "orders:offer_mail",
    "orders:price_paper_mail",
    "complaints:complaint_report_8d",
}
PAGES = sorted(
    [
        name
        for name, row in MATRIX.items()
        if "GET" in row.who and not name.startswith("api:") and name not in NO_PAGES and not name.endswith("_choices")
    ]
    + [name for name in OF_ONESELF if name in {"mfa_index", "usersessions_list", "mfa_list_webauthn"}]
)


class Texts(HTMLParser):
    """The words that a reader sees or is read out, each with where it stands."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attributes if name in SHOWN and value]
        values = dict(attributes)
        if tag == "input" and values.get("type") in {"submit", "button"}:
            self.found.append(values.get("value") or "")
        self.silent += tag in SILENT

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in SILENT

    def handle_data(self, data: str) -> None:
        if not self.silent and data.strip():
            self.found.append(data.strip())


def without_wrapped(text: str) -> str:
    """The text outside the brackets, however deep they stand in each other."""
    depth, rest = 0, []
    for letter in text:
        depth += (letter == OPEN) - (letter == CLOSE)
        if depth <= 0 and letter not in OPEN + CLOSE:
            rest.append(letter)
    return "".join(rest)


@pytest.fixture(scope="module")
def pseudo() -> Iterator[None]:
    """Every translation, wrapped."""
    patch = pytest.MonkeyPatch()
    real = translation._trans
    names = {"gettext": real.gettext, "ngettext": real.ngettext, "pgettext": real.pgettext, "npgettext": real.npgettext}

    def wrap(function: Any) -> Any:
        def wrapped(*values: Any) -> str:
            text = function(*values)
            return f"{OPEN}{text}{CLOSE}" if text.strip() else text

        return wrapped

    for name, function in names.items():
        patch.setattr(real, name, wrap(function), raising=False)
    caches["pieces"].clear()
    yield
    patch.undo()
    caches["pieces"].clear()


@pytest.fixture(scope="module")
def data(world: World) -> set[str]:
    """Every word that stands in a row, and the names of countries, currencies, time zones and holidays."""
    found = set(SAME)
    for model in apps.get_models():
        columns = [
            one.name
            for one in model._meta.concrete_fields
            if isinstance(one, models.CharField | models.TextField | models.FileField | models.UUIDField)
        ]
        translated = {one for one in columns if model._meta.get_field(one).choices}
        for row in model._default_manager.values_list(*[one for one in columns if one not in translated]) if columns else []:
            for value in row:
                found |= {word.lower() for word in WORD.findall(str(value or ""))}
    found |= {f"{user.first_name[:1]}{user.last_name[:1]}".lower() for user in world.people.values()}  # the round marks
    found |= {
        word.lower() for text in (COVER, QUOTE, TITLE, HINT, *HEADERS) for word in WORD.findall(text)
    }  # of a customer's workbook
    locale = Locale("en")
    for names in (locale.territories, locale.currencies, locale.languages):
        found |= {word.lower() for value in names.values() for word in WORD.findall(str(value))}
    proper = [*available_timezones(), *DEFINITIONS]
    for country in WorkingCalendar.objects.exclude(country="").values_list("country", flat=True):
        proper += holidays.country_holidays(country, years=range(clock.today().year - 1, clock.today().year + 3)).values()
    found |= {word.lower() for name in proper for word in WORD.findall(name)}
    found |= {word.lower() for code, label in settings.LANGUAGES for word in WORD.findall(f"{code} {label}")}
    return found


@pytest.mark.parametrize("name", PAGES)
def test_every_text_is_marked(world: World, pseudo, data, name):
    row, seen = MATRIX.get(name), 0
    for letter in READERS:
        if seen == ENOUGH:
            break
        if row is not None and row.who["GET"] != "*" and letter not in row.who["GET"]:
            continue
        found = world.row(row.kind, "own", letter) if row is not None and row.kind else None
        if row is not None and row.kind and found is None:
            continue
        just_signed_in(world.browsers[letter])
        answer = world.browsers[letter].get(address_of(name, found), **({} if name == "home" else PART))
        if answer.status_code == 200 and "text/html" in answer["Content-Type"]:
            seen += 1
            assert unmarked(answer.content.decode(), data) == {}, f"{name}, {letter}: mark these texts for translation"
    assert seen


def test_every_text_of_the_page_that_changes_a_password_is_marked(world: World, pseudo, data):
    person = world.people["a"]
    person.set_password("a long enough phrase")
    person.save(update_fields=["password"])
    client = browser(person)
    just_signed_in(client)
    answer = client.get(reverse("account_change_password"))
    assert answer.status_code == 200
    assert unmarked(answer.content.decode(), data) == {}


def just_signed_in(browser: Client) -> None:
    """Pages about one's own password and keys open to who has just shown who they are."""
    session = browser.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time()}]
    session.save()


def unmarked(page: str, data: set[str]) -> dict[str, list[str]]:
    """The words of a page that are neither wrapped nor data, under the text in which they stand."""
    texts = Texts()
    texts.feed(page)
    bare = {}
    for text in texts.found:
        if CODES.fullmatch(text):
            continue
        words = [word for word in WORD.findall(without_wrapped(text)) if word.lower() not in data]
        if words:
            bare[text[:120]] = words
    return bare
