"""Page objects: what a person does on KAM's pages, in their words; a desk opens pages for people and notes what consoles say."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation
from django.utils.translation import gettext
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from kam.configuration import ROOT
from tests.e2e.browser import sign_in

PASSWORD = "kam-demo"
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
#: A browser reports each answer of 4xx; these are what a journey asked for: a refusal of a form, a page of somebody else.
#: Journeys work without the offline page (it has a test of its own), and the browser says that too.
ASKED = re.compile(r"the server responded with a status of (400|404|409|412|422)|Service Worker registration blocked")
#: Scripts have run (a key pressed before is lost) and no part is on its way.
SETTLED = "() => document.readyState === 'complete' && ![...document.querySelectorAll('.k-loading, .htmx-request')].some(part => part.checkVisibility())"

DROP = """(files) => {
    const given = new DataTransfer();
    for (const [name, text] of files) given.items.add(new File([text], name, { type: "text/csv" }));
    return given;
}"""

# A loaded machine takes its time; a page that never comes still fails.
expect.set_options(timeout=20_000)


def word(text: str, language: str = "it", **values: Any) -> str:
    """What a text of the source reads in a language."""
    with translation.override(language):
        return gettext(text) % values if values else gettext(text)


class Desk:
    """A browser with contexts for people; `faults` holds every error and warning of every console, scripts' and policy's alike."""

    def __init__(self, browser: Browser, address: str) -> None:
        self.browser, self.address = browser, address
        self.faults: list[str] = []
        self.contexts: list[BrowserContext] = []

    def open(self, user: Any = None, *, phone: bool = False, language: str = "it", **options: Any) -> "Kam":
        """A page for a person who is logged in, or for somebody who is not."""
        size = {"width": 390, "height": 844} if phone else {"width": 1440, "height": 900}
        context = self.browser.new_context(
            viewport=size, locale=language, has_touch=phone, is_mobile=phone, service_workers="block", **options
        )
        self.contexts.append(context)
        if user is not None:
            sign_in(context, self.address, user)
        page = context.new_page()
        page.set_default_timeout(15000)
        page.on("console", self._heard)
        page.on("pageerror", lambda fault: self.faults.append(f"script: {fault}"))
        return Kam(page, self.address)

    def _heard(self, message: Any) -> None:
        if message.type in {"error", "warning"} and not ASKED.search(message.text):
            self.faults.append(f"{message.type}: {message.text}")

    def close(self) -> None:
        """Leave every page."""
        for context in self.contexts:
            context.close()


class Kam:
    """Any page of KAM as one person sees it."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address

    def go(self, path: str) -> "Kam":
        """Open an address and wait for its parts."""
        self.page.goto(f"{self.address}{path}")
        return self.settled()

    def settled(self) -> "Kam":
        """Wait until the page listens and no part of it is still on its way."""
        self.page.wait_for_function(SETTLED)
        return self

    @property
    def main(self) -> Locator:
        """What stands beside the side bar."""
        return self.page.locator("main")

    @property
    def heading(self) -> Locator:
        """The page's title."""
        return self.page.locator("main h1")

    def log_in(self, email: str) -> None:
        """Fill the log-in and send it."""
        self.page.goto(f"{self.address}/accounts/login/")
        self.page.fill("[name=login]", email)
        self.page.fill("[name=password]", PASSWORD)
        self.page.click("form .btn-primary")
        self.page.wait_for_url(f"{self.address}/")
        self.settled()

    def log_out(self) -> None:
        """Through the menu at the foot of the side bar."""
        self.settled()
        self.page.click(".k-me-button")
        self.page.click(".k-me form[action$='/logout/'] button")
        self.page.wait_for_url(re.compile("/accounts/login/"))

    def search(self, text: str) -> None:
        """Open the search with its key and type."""
        self.settled()
        self.page.keyboard.press("/")
        self.page.locator(".k-palette input[type=search]").press_sequentially(text)

    def choose(self, name: str, text: str) -> None:
        """Choose in a field with search, by what is typed."""
        self.settled()
        field = self.page.locator(f"select[name={name}]").locator("xpath=..")
        field.locator(".ts-control").click()
        field.locator("input").last.press_sequentially(text)
        field.locator(".ts-dropdown .option", has_text=text).first.dispatch_event("click")

    def save(self) -> None:
        """The main button of a form."""
        self.page.click("[data-save]")

    def theme(self, name: str) -> None:
        """Light or dark, in the person's menu."""
        self.settled()
        self.page.click(".k-me-button")
        self.page.click(f".k-me [x-data=theme] button[\\@click={name}]")
        self.page.keyboard.press("Escape")

    def speak(self, language: str) -> None:
        """Change the language in the top bar."""
        self.settled()
        self.page.click(".k-language")
        self.page.click(f".k-top [name=language][value={language}]")
        expect(self.page.locator("html")).to_have_attribute("lang", language)
        self.settled()

    def wide(self) -> int:
        """By how many pixels the page is wider than its window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))

    def barriers(self) -> list[str]:
        """What axe finds serious or critical on this page; the context must go past the policy, for axe alone."""
        if not AXE.exists():
            pytest.skip("axe-core is not installed")
        if not self.page.evaluate("'axe' in window"):
            self.page.add_script_tag(path=AXE)
        found = self.page.evaluate(
            "() => axe.run({resultTypes: ['violations']}).then(all => JSON.stringify(all.violations"
            ".filter(one => ['serious', 'critical'].includes(one.impact))"
            ".map(one => `${one.id}: ${one.nodes.slice(0, 3).map(node => node.target.join(' ')).join(' | ')}`)))"
        )
        return list(json.loads(found))


class Record(Kam):
    """The page of one record."""

    def edit(self) -> None:
        """By its key."""
        self.settled()
        self.page.keyboard.press("e")
        self.page.wait_for_url(re.compile("/edit/"))


class RowList(Kam):
    """A list page."""

    def names(self) -> list[str]:
        """What stands first in every row, in its order."""
        return self.page.locator("#rows tbody th a").all_inner_texts()

    def columns(self) -> list[str]:
        """The heads of the columns."""
        return [text.strip() for text in self.page.locator("#rows thead th[scope=col]").all_inner_texts()]

    def filter(self, name: str, value: str) -> None:
        """Add a filter."""
        self.settled()
        self.page.click("[data-key=f]")
        self.page.select_option(f".k-filter-form [name={name}]", value)
        self.page.click(".k-filter-form .btn-primary")
        expect(self.page.locator(".k-chip b").first).to_be_visible()
        self.settled()

    def sort(self, column: str) -> None:
        """Press the head of a column."""
        self.settled()
        self.page.locator("#rows thead a", has_text=column).click()
        expect(self.page.locator("#rows th[aria-sort]", has_text=column)).to_be_visible()

    def show(self, column: str) -> None:
        """Add a column."""
        self.settled()
        self.page.locator(
            "button[aria-haspopup]:has(svg)", has_text=word("Columns %(shown)s of %(all)s").split(" ")[0]
        ).first.click()
        self.page.check(f"[name=column][value={column}]")
        with self.page.expect_navigation():
            self.page.locator("form:has([name=do][value=layout]) .btn-primary").click()

    def keep_view(self, name: str) -> None:
        """Save what stands here under a name."""
        self.settled()
        self.page.click(".k-tab-button")
        self.page.fill("#view-name", name)
        self.page.locator("form:has(#view-name) .btn-primary").click()
        expect(self.page.locator(".k-tab.on")).to_contain_text(name)

    def look(self, name: str) -> Locator:
        """Press a row beside its link: the quick look opens."""
        self.page.locator("#rows tbody tr", has_text=name).locator("td").nth(2).click()
        drawer = self.page.locator("#drawer")
        expect(drawer.locator("h2").first).to_contain_text(name)
        return drawer

    def export(self, kind: str) -> None:
        """Ask for the rows as a file; the page of the job follows."""
        self.page.locator(".k-list-head .k-drop > button").click()
        self.page.click(f"[name=format][value={kind}]")
        self.page.wait_for_url(re.compile(r"/jobs/\d+/"))


class ImportPage(Kam):
    """The pages of an import: files go in, their columns are named, what would happen is looked at and confirmed."""

    @classmethod
    def on(cls, kam: Kam) -> "ImportPage":
        """The same page of the same person."""
        return cls(kam.page, kam.address)

    def put_in(self, kind: str, file: Path, second: Path | None = None) -> None:
        """Choose one file, or lines and their heads, each in its field."""
        self.go(f"/imports/new/?kind={kind}")
        self.page.set_input_files("[name=file]", file)
        if second is not None:
            self.page.set_input_files("[name=second]", second)
        self.send()

    def drop(self, kind: str, *files: tuple[str, str]) -> None:
        """Drag files, told by name and text, onto the page together; KAM says which of two holds the lines."""
        self.go(f"/imports/new/?kind={kind}")
        given = self.page.evaluate_handle(DROP, [list(file) for file in files])
        self.page.locator("[data-drop-zone]").first.dispatch_event("drop", {"dataTransfer": given})
        self.page.wait_for_function(
            "(count) => [...document.querySelectorAll('[data-drop-zone] input')].filter(one => one.files.length).length === count",
            arg=len(files),
        )
        self.send()

    def send(self) -> None:
        """Press the button; the page of the import follows."""
        self.save()
        self.page.wait_for_url(re.compile(r"/imports/\d+/$"))

    def open_columns(self) -> None:
        """The page on which one says what the columns hold."""
        self.settled()
        self.page.locator("a[href$='/map/']").first.click()
        self.page.wait_for_url(re.compile("/map/"))
        self.settled()

    def hold(self, **columns: str) -> None:
        """Choose for each of our columns the column of the file that holds it; everything else that was proposed is not read."""
        for select in self.page.locator(".k-mapping select").all():
            select.select_option("")
        for key, header in columns.items():
            self.page.get_by_label(header, exact=True).select_option(key)

    def translate(self, header: str, *texts: str) -> None:
        """Say what texts of a column stand for, a line each."""
        row = self.page.locator("tr", has=self.page.get_by_label(header, exact=True))
        row.locator("summary").click()
        row.locator("textarea").fill("\n".join(texts))

    def everywhere(self, **texts: str) -> None:
        """Say what stands in every row."""
        part = self.page.locator("details", has=self.page.locator("[name^=constant_]"))
        part.locator("summary").click()
        for key, text in texts.items():
            field = part.locator(f"[name=constant_{key}]")
            field.select_option(text) if field.evaluate("one => one.tagName") == "SELECT" else field.fill(text)

    def join_by(self, lines: str, heads: str) -> None:
        """Say by which number a line finds its head."""
        self.page.select_option("[name=lines_key]", lines)
        self.page.select_option("[name=heads_key]", heads)

    def keep(self, name: str) -> None:
        """Keep the mapping under a name and have the file read again."""
        self.page.fill("[name=name]", name)
        self.send()

    def confirm(self, *, without_errors: bool = False) -> None:
        """Import, where there are errors only the other rows."""
        self.settled()
        self.page.locator(
            "button, a", has_text=re.compile(rf"^\s*({'|'.join(word('Import', of) for of in ('it', 'en'))})\s*$")
        ).locator("visible=true").last.click()
        if without_errors:
            self.page.wait_for_url(re.compile("/confirm/"))
            self.page.check("[name=quarantine]")
        if "/confirm/" in self.page.url:
            self.save()
        self.page.wait_for_url(re.compile(r"/imports/\d+/$"))
        self.settled()
